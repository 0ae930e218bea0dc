"""Writing rows of one model in bulk on either engine: COPY or executemany, indexes and constraints off meanwhile."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models


class Loader:
    """Writes rows of one model from a prototype and the columns that vary."""

    def __init__(self, prototype: models.Model, varying: Sequence[str]) -> None:
        self.table = prototype._meta.db_table
        self.fields = prototype._meta.concrete_fields
        self.row = [
            field.get_db_prep_save(getattr(prototype, field.attname), connection) for field in self.fields
        ]
        places = {field.attname: place for place, field in enumerate(self.fields)}
        self.places = [places[name] for name in varying]

    def rows(self, values: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
        for given in values:
            row = self.row.copy()
            for place, value in zip(self.places, given, strict=True):
                row[place] = self.adapt(value)
            yield row

    def adapt(self, value: Any) -> Any:
        """Return a value as the engine stores it: SQLite keeps ids as hex and moments as UTC text."""
        if connection.vendor == "postgresql":
            return value
        if isinstance(value, UUID):
            return value.hex
        if isinstance(value, datetime):
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        return value.isoformat() if isinstance(value, date) else value

    def repeat(self, count: int, times: int) -> None:
        """This function will add `times - 1` copies of the `count` rows there are, with ids and numbers going on."""
        columns = [field.column for field in self.fields]
        hex_of = "lpad(to_hex({n}), 12, '0')" if connection.vendor == "postgresql" else "printf('%012x', {n})"
        for copy in range(1, times):
            serial = f"(number + {copy * count})" if "number" in columns else f"(s + {copy * count})"
            if connection.vendor == "postgresql":
                own = f"({hex_of.format(n=serial)} || substr(replace(id::text, '-', ''), 13))::uuid"
                source = f"(SELECT *, ('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint AS s FROM \"{self.table}\") AS f"  # noqa: S608
            else:
                own = f"{hex_of.format(n=serial)} || substr(id, 13)"
                source = f'(SELECT *, rowid AS s FROM "{self.table}") AS f'  # noqa: S608
            values = [{"id": own, "number": serial}.get(name, f'"{name}"') for name in columns]
            names = ", ".join(f'"{name}"' for name in columns)
            with connection.cursor() as cursor:
                cursor.execute(
                    f'INSERT INTO "{self.table}" ({names}) SELECT {", ".join(values)} FROM {source} WHERE s <= {count}'  # noqa: S608
                )

    def load(self, values: Iterable[Sequence[Any]]) -> None:
        columns = ", ".join(f'"{field.column}"' for field in self.fields)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f'COPY "{self.table}" ({columns}) FROM STDIN') as copy:
                    for row in self.rows(values):
                        copy.write_row(row)
                return
            marks = ", ".join(["?"] * len(self.fields))
            raw = connection.connection.cursor()
            raw.execute("BEGIN")
            raw.executemany(f'INSERT INTO "{self.table}" ({columns}) VALUES ({marks})', self.rows(values))  # noqa: S608
            raw.execute("COMMIT")


class Unindexed:
    """Within it the secondary indexes of some tables are gone and foreign keys are not checked."""

    def __init__(self, *tables: str) -> None:
        self.tables, self.sql = tables, []

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET session_replication_role = replica")
                cursor.execute("SET maintenance_work_mem = '512MB'")
                cursor.execute(
                    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN "
                    "(SELECT conname FROM pg_constraint)", [list(self.tables)],
                )  # fmt: skip
            else:
                cursor.execute("PRAGMA foreign_keys = OFF")
                marks = ", ".join(["%s"] * len(self.tables))
                cursor.execute(
                    f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",  # noqa: S608
                    self.tables,
                )
            found = cursor.fetchall()
            for name, sql in found:
                cursor.execute(f'DROP INDEX "{name}"')
                self.sql.append(sql)

    def __exit__(self, *_error: object) -> None:
        with connection.cursor() as cursor:
            for sql in self.sql:
                cursor.execute(sql.replace("%", "%%"))
            if connection.vendor == "postgresql":
                cursor.execute("SET session_replication_role = DEFAULT")
            else:
                cursor.execute("PRAGMA foreign_keys = ON")


def key(number: int, kind: int) -> UUID:
    """This function will return a time-ordered id: the row's number as the time, `kind` keeps tables apart."""
    return UUID(int=(number << 80) | (0x7 << 76) | (0x2 << 62) | (kind << 40) | number)


def copied(number: int, kind: int, copy: int, count: int) -> UUID:
    """This function will return the id that `Loader.repeat` gives the row `number` in its copy number `copy` (0 = the row itself)."""
    return UUID(int=((number + copy * count) << 80) | (key(number, kind).int & ((1 << 80) - 1)))
