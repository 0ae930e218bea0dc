"""Migrations: one line per app, complete, and each can be taken back and made again on an empty database."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler

from duban.config.database import create_tables

SOURCE = Path(__file__).resolve().parents[2] / "src" / "duban"
OURS = sorted({path.parents[1].name for path in SOURCE.glob("*/migrations/0*.py")})
ALIAS = "empty"


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", OURS)
def test_migrations_of_an_app_stand_in_one_line(app: str) -> None:
    loader = MigrationLoader(None)
    own = [key for key in loader.disk_migrations if key[0] == app]
    parents = Counter(
        parent for key in own for parent in loader.disk_migrations[key].dependencies if parent[0] == app
    )
    assert own and len(loader.graph.leaf_nodes(app)) == 1
    assert all(count == 1 for count in parents.values()) and len(parents) == len(own) - 1


@pytest.fixture
def empty_database(tmp_path: Path, django_db_blocker: Any) -> Iterator[Any]:
    """A database of the current engine without a single table, reachable under its own alias."""
    kept = connections[DEFAULT_DB_ALIAS].settings_dict
    name = (
        str(tmp_path / "empty.sqlite3")
        if "sqlite" in kept["ENGINE"]
        else f"duban_empty_{tmp_path.parent.name}".replace("-", "_")
    )
    settings = {key: value for key, value in kept.items() if key != "TEST"} | {
        "NAME": name,
        "CONN_MAX_AGE": 0,
    }
    connections.settings[ALIAS] = ConnectionHandler({DEFAULT_DB_ALIAS: settings}).settings[DEFAULT_DB_ALIAS]
    connection = connections[ALIAS]
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            yield connection
        finally:
            connection.close()
            if connection.vendor == "postgresql":
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{name}"')
            del connections.settings[ALIAS]
            delattr(connections._connections, ALIAS)


def test_every_migration_gives_the_tables_of_the_models_and_can_be_taken_back(empty_database: Any) -> None:
    connection = empty_database
    assert create_tables(ALIAS)
    assert not create_tables(ALIAS)  # a database that has tables is left to the migrations
    of_the_models = _furniture(connection)
    _drop_everything(connection)
    call_command("migrate", database=ALIAS, verbosity=0, interactive=False)
    assert _furniture(connection) == of_the_models
    tables = set(connection.introspection.table_names())
    for app in OURS:
        call_command("migrate", app, "zero", database=ALIAS, verbosity=0, interactive=False)
    left = {name for name in connection.introspection.table_names() if name.split("_")[0] in OURS}
    assert left == set()
    call_command("migrate", database=ALIAS, verbosity=0, interactive=False)
    assert set(connection.introspection.table_names()) == tables


def _drop_everything(connection: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    else:
        connection.close()
        Path(connection.settings_dict["NAME"]).unlink()


def _furniture(connection: Any) -> dict[str, Any]:
    """Columns, constraints and indexes of every table by name, triggers, and the migrations noted as applied."""
    if connection.vendor == "postgresql":
        indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        checks = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        checks = "SELECT name, '' FROM sqlite_master WHERE type = 'view'"
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        tables = {
            name: (_columns(connection, cursor, name), _constraints(connection, cursor, name))
            for name in connection.introspection.table_names(cursor)
        }
        rows = []
        for text in (indexes, checks, triggers, "SELECT app, name FROM django_migrations"):
            cursor.execute(text)
            rows.append(sorted(cursor.fetchall()))
    return {"tables": tables, "rows": rows}


def _columns(connection: Any, cursor: Any, table: str) -> list[Any]:
    columns = connection.introspection.get_table_description(cursor, table)
    return sorted(
        (one.name, str(one.type_code), one.null_ok, one.default, one.display_size) for one in columns
    )


def _constraints(connection: Any, cursor: Any, table: str) -> list[Any]:
    """SQLite gives checks and foreign keys no names but their place: they count by their columns."""
    found = connection.introspection.get_constraints(cursor, table)
    named = {name for name in found if not name.startswith(("__", "fk_"))}
    return sorted(
        (
            name if name in named else "",
            one["columns"],
            one["unique"],
            one["primary_key"],
            str(one["foreign_key"]),
            one["check"],
        )
        for name, one in found.items()
    )
