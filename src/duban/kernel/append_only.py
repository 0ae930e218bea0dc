"""Database triggers that refuse UPDATE and DELETE on append-only tables (SQLite and PostgreSQL)."""

from collections.abc import Iterable
from typing import Any

APPEND_ONLY = ("kernel_event", "kernel_seal", "kernel_sealedevent")


def install(connection: Any, tables: Iterable[str] = APPEND_ONLY) -> None:
    """This function will create the triggers; running it twice is harmless."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION duban_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
        for table in tables:
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(_create(connection.vendor, table, verb))


def remove(connection: Any, tables: Iterable[str] = APPEND_ONLY) -> None:
    """This function will drop the triggers (migrating backwards, or emptying a test database)."""
    with connection.cursor() as cursor:
        for table in tables:
            for verb in ("UPDATE", "DELETE"):
                suffix = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb.lower()}{suffix}")


def _create(vendor: str, table: str, verb: str) -> str:
    name = f"{table}_no_{verb.lower()}"
    if vendor == "postgresql":
        return (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION duban_append_only()"
        )
    return (
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'append-only table {table}'); END"
    )
