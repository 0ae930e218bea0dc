"""Loading one row through a scoped queryset: out of scope and missing look the same.

A scope that is asked as `once_per_actor` handed it out gets a statement that is put together once for the actor: every
act loads its row first, and putting the statement together costs ten times the answer.
"""

from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.query import get_related_populators

from duban.kernel.errors import NotFound
from duban.kernel.scope import Scope

M = TypeVar("M", bound=models.Model)
MOST_STATEMENTS = 1000


def get_visible(rows: models.QuerySet[M], key: UUID | str, *, lock: bool = False) -> M:
    """This function will return the row `key` of a `*_visible_to` queryset, locked for the transaction if asked.

    :raises NotFound: if it does not exist or is outside the scope.
    """
    rows = rows.select_for_update(of=("self",)) if lock else rows
    statement = _statement(rows, lock) if isinstance(key, UUID) else None
    # One row needs no order; sorting by the key would cost more than the rest of the statement.
    found = (
        statement.row(key)
        if statement and isinstance(key, UUID)
        else next(iter(rows.filter(pk=key).order_by()[:1]), None)
    )
    if found is None:
        raise NotFound()
    return found


class _Statement:
    """“One row of these rows by its key”, compiled; only the key is bound anew."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        mark = uuid4()
        compiler = rows.filter(pk=mark).order_by()[:1].query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        self.params = list(params)
        self.place = self.params.index(_adapted(mark))
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        self.converters = [(place, *pair) for place, pair in converters.items()]
        self.annotations = dict(compiler.annotation_col_map or {})
        start, end = compiler.klass_info["select_fields"][0], compiler.klass_info["select_fields"][-1] + 1
        self.own = slice(start, end)
        self.names = [column[0].target.attname for column in compiler.select[start:end]]
        self.model = compiler.klass_info["model"]
        self.related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def row(self, key: UUID) -> Any:
        params = [*self.params]
        params[self.place] = _adapted(key)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchone()
        if found is None:
            return None
        values = list(found)
        for place, functions, expression in self.converters:
            for function in functions:
                values[place] = function(values[place], expression, connection)
        one = self.model.from_db(connection.alias, self.names, values[self.own])
        for populator in self.related:
            populator.populate(values, one)
        for name, place in self.annotations.items():
            setattr(one, name, values[place])
        return one


def _adapted(key: UUID) -> Any:
    return key if connection.features.has_native_uuid_field else key.hex


_statements: dict[Any, _Statement | None] = {}


def _statement(rows: models.QuerySet[Any], lock: bool) -> _Statement | None:
    """Return the kept statement of a scope; None where the rows are not the scope alone (a filter was added)."""
    scope: Scope | None = rows._hints.get("scope")  # type: ignore[attr-defined]
    if scope is None or not scope.is_unchanged(rows):
        return None
    place = (scope.name, scope.actor, str(rows.query.select_related), lock, connection.vendor)
    if place not in _statements:
        if len(_statements) >= MOST_STATEMENTS:
            _statements.clear()
        try:
            _statements[place] = _Statement(rows)
        except EmptyResultSet:  # a scope that holds nothing
            _statements[place] = None
    return _statements[place]
