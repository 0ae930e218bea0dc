"""Preparing the database of a data folder: folder, tables, a clear message when it cannot be reached.

An empty database gets its tables in one go; an older one is migrated. Both end in the same tables
with the same list of applied migrations (a contract test compares them).
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from duban.kernel.errors import Conflict, Unavailable

# Steps that only say what the models look like; every other step is run, or the migrations are applied one by one.
DESCRIBING = ("django.db.migrations.operations.models", "django.db.migrations.operations.fields")


def prepare() -> None:
    """This function will create the data folder and bring the database up to date.

    :raises Unavailable: if the database cannot be reached.
    """
    settings.DATA.mkdir(parents=True, exist_ok=True)
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise Unavailable(
            "no_database", _("连不上数据库：%(error)s") % {"error": str(error).splitlines()[0]}
        ) from None
    create_tables(DEFAULT_DB_ALIAS)
    call_command("migrate", verbosity=0, interactive=False)


def create_tables(alias: str) -> bool:
    """This function will give a database without any table what all migrations together give it; false if it has some.

    Migrating step by step draws the whole model tree anew for each of some 250 steps; here it is drawn once, as it is
    after the last of them. All or nothing: a process killed half-way leaves an empty database.
    """
    database = connections[alias]
    if database.introspection.table_names():
        return False
    loader = MigrationLoader(database)
    steps = _steps_that_run(loader)
    if steps is None:
        return False
    state = loader.project_state()
    recorder = MigrationRecorder(database)
    with database.schema_editor() as editor:
        editor.create_model(recorder.Migration)
        for model in state.apps.get_models():
            if model._meta.can_migrate(database):
                editor.create_model(model)
        for app_label, step in steps:
            step.database_forwards(app_label, editor, state, state)
        for app_label, name in loader.disk_migrations:
            recorder.migration_qs.create(app=app_label, name=name)
    return True


def _steps_that_run(loader: MigrationLoader) -> list[tuple[str, Any]] | None:
    """Return the steps that do more than describe models, in order; None if one is of a kind not known here."""
    run: list[tuple[str, Any]] = []
    plans = (loader.graph.forwards_plan(leaf) for leaf in sorted(loader.graph.leaf_nodes()))
    for key in dict.fromkeys(key for plan in plans for key in plan):
        for step in loader.disk_migrations[key].operations:
            if isinstance(step, RunPython | RunSQL):
                run.append((key[0], step))
            elif type(step).__module__ not in DESCRIBING:
                return None
    return run


def is_empty() -> bool:
    """Test whether nothing has been recorded in this database yet."""
    from duban.kernel.models import Event

    return "kernel_event" not in connection.introspection.table_names() or not Event.objects.exists()


def set_aside(name: str) -> None:
    """This function will put the SQLite database of the data folder aside as `NAME.sqlite3`, so that a new one begins.

    :raises Conflict: on a database server, where only its administrator may empty it.
    """
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    if connection.vendor != "sqlite" or path.parent != settings.DATA:
        raise Conflict("demo_unfinished", _("上次演示没有建完。请换一个空的数据库和 --data 文件夹再建。"))
    connection.close()
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(path.with_name(f"{name}.sqlite3{ending}"))
