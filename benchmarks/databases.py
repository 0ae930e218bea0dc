"""Databases of a benchmark's own on a PostgreSQL server: made before, dropped afterwards."""

from urllib.parse import urlsplit


def run_sql(url: str, *statements: str) -> None:
    """This function will run statements on the server of `url`, each on its own (CREATE and DROP DATABASE)."""
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(
        host=parts.hostname, port=parts.port or 5432, user=parts.username, password=parts.password, dbname="postgres",
        autocommit=True,
    ) as link:  # fmt: skip
        for statement in statements:
            link.execute(statement)  # type: ignore[call-overload]
