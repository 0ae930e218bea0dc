"""SQLite is told about its tables once a night; PostgreSQL looks itself."""

from django.db import connection

from duban.kernel.statistics import take_statistics
from tests.world import at


def known_tables() -> set[str]:
    with connection.cursor() as cursor:
        if "sqlite_stat1" not in connection.introspection.table_names(cursor):
            return set()
        cursor.execute("SELECT DISTINCT tbl FROM sqlite_stat1")
        return {name for (name,) in cursor.fetchall()}


def test_tables_are_looked_at_once_a_night(world):
    assert take_statistics(at("03:19")) == take_statistics(at("15:20")) == 0
    done = take_statistics(at("03:20"))
    if connection.vendor == "sqlite":
        assert done == 1
        assert {"territory_unit", "teams_team"} <= known_tables()
    else:
        assert done == 0
