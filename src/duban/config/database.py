"""Preparing the database of a data folder: folder, migrations, a clear message when it cannot be reached."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from duban.kernel.errors import Conflict, Unavailable


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
    call_command("migrate", verbosity=0, interactive=False)


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
