"""Reads that every page makes, with their SQL worked out once: afterwards only the values are bound.

For the few fixed questions of the frame (who is this, which campaign, how many today), where building the query costs
ten times the answer. Lists build theirs each time: their shape follows the actor and the filter.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators

from duban.kernel.ids import new_id


@dataclass(frozen=True)
class _Plan:
    """SQL, its values (a name stands where a value is bound), converters per column, and the compiler's columns."""

    sql: str
    values: tuple[Any, ...]
    names: dict[int, str]
    converters: list[tuple[int, list[Any], Any]]
    compiler: Any
    rows: QuerySet[Any]

    def bound(self, values: dict[str, Any]) -> list[Any]:
        """Return the values of the statement in their places."""
        return [
            _adapted(values[self.names[place]]) if place in self.names else value
            for place, value in enumerate(self.values)
        ]


class Prepared:
    """A query of fixed shape: `Prepared(lambda day: Round.objects.filter(starts_on=day))(day=today)` → list of rows.

    Rows are what the queryset gives: instances, tuples, or single values with `flat=True`. Values are UUIDs, text,
    moments or days, never None (a missing value is another shape).
    """

    def __init__(self, build: Callable[..., QuerySet[Any]]) -> None:
        self.build = build
        self.plans: dict[str, _Plan] = {}

    def __call__(self, **values: UUID | str | date) -> list[Any]:
        plan = self.plans.get(connection.vendor) or self._plan(values)
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, plan.bound(values))
            found = cursor.fetchall()
        return list(_rows(plan, [_converted(plan, row) for row in found]))

    def count(self, **values: UUID | str | date) -> int:
        """Return how many rows there are (a slice bounds it)."""
        plan = self.plans.get(connection.vendor) or self._plan(values)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({plan.sql}) AS counted", plan.bound(values))  # noqa: S608
            return int(cursor.fetchone()[0])

    def _plan(self, values: dict[str, Any]) -> _Plan:
        marks = {name: _mark(value) for name, value in values.items()}
        rows = self.build(**marks)
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        known = {_adapted(mark): name for name, mark in marks.items()}
        names = {place: known[value] for place, value in enumerate(params) if value in known}
        if set(names.values()) != set(marks):
            raise LookupError(
                f"not every value stands in the query: {sorted(set(marks) - set(names.values()))}"
            )
        columns = [column for column, _sql, _alias in compiler.select]
        converters = compiler.get_converters(columns)
        plan = _Plan(
            sql, tuple(params), names, [(place, *pair) for place, pair in converters.items()], compiler, rows
        )
        self.plans[connection.vendor] = plan
        return plan


def _mark(value: Any) -> Any:
    """Return a value of the same kind that stands nowhere else in the query."""
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, datetime):
        return value + timedelta(microseconds=secrets.randbelow(10**12))
    if isinstance(value, date):
        return date(1, 1, 1) + timedelta(days=secrets.randbelow(500_000))
    return f"mark{new_id().hex}"


def _adapted(value: Any) -> Any:
    """Return a value as the engine takes it."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _converted(plan: _Plan, row: Sequence[Any]) -> list[Any]:
    values = list(row)
    for place, functions, expression in plan.converters:
        for function in functions:
            values[place] = function(values[place], expression, connection)
    return values


def _rows(plan: _Plan, found: list[list[Any]]) -> Iterator[Any]:
    if not issubclass(plan.rows._iterable_class, ModelIterable):
        is_flat = plan.rows._iterable_class.__name__ == "FlatValuesListIterable"
        yield from (row[0] if is_flat else tuple(row) for row in found)
        return
    compiler, database = plan.compiler, connection.alias
    info = compiler.klass_info
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    related = get_related_populators(info, compiler.select, database)  # type: ignore[call-arg]
    for row in found:
        one = info["model"].from_db(database, names, row[start:end])
        for populator in related:
            populator.populate(row, one)
        yield one
