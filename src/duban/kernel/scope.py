"""From an actor's grants to the rows it may see: the one place where areas become conditions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeGuard, TypeVar
from uuid import UUID

from django.db.models import CharField, F, Func, Model, Q, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from duban.kernel.actor import Actor, Role
from duban.kernel.fields import PathField, path_end, within

NOTHING = Q(pk__in=())
M = TypeVar("M", bound=Model)


def once_per_actor(build: Callable[[Actor], QuerySet[M]]) -> Callable[[Actor], QuerySet[M]]:
    """This decorator will build the queryset of a `*_visible_to` once per actor and hand out copies of it.

    Only for what depends on nothing but the actor: an actor whose grants change is another actor.
    """
    built = lru_cache(maxsize=512)(build)
    name = f"{build.__module__}.{build.__qualname__}"

    @wraps(build)
    def copy(actor: Actor) -> QuerySet[M]:
        whole = built(actor)
        rows = whole.all()
        rows._hints = {**rows._hints, "scope": Scope(name, actor, whole.query)}  # type: ignore[attr-defined]
        return rows

    return copy


@dataclass(frozen=True, slots=True)
class Scope:
    """Which scope a queryset came from; it travels with the copies made of it."""

    name: str
    actor: Actor
    query: Query

    def is_unchanged(self, rows: QuerySet[Any]) -> bool:
        """Test whether `rows` are still the whole scope, however they are ordered and whatever they are joined with."""
        now, then = rows.query, self.query
        return (
            now.where == then.where
            and now.annotations.keys() == then.annotations.keys()
            and now.deferred_loading == then.deferred_loading
            and not (now.distinct or now.is_sliced or now.combinator or now.group_by or now.extra)
            and not rows._prefetch_related_lookups  # type: ignore[attr-defined]
            and rows._fields is None  # type: ignore[attr-defined]
        )


class _Unindexed(Func):
    """The same text, in a form that no index serves."""

    template = "(%(expressions)s || '')"
    arity = 1
    output_field = CharField()


def area_condition(
    actor: Actor,
    roles: Iterable[Role],
    *,
    path_field: str = "area_path",
    campaign_field: str | None = "campaign_id",
    campaign_id: UUID | None = None,
) -> Q:
    """This function will return the condition for rows inside any of the actor's areas for `roles`.

    `campaign_field=None` for rows without a campaign. No grant → a condition that matches nothing.
    """
    condition: Q | None = None
    for path, campaign in actor.areas(roles, campaign_id=campaign_id):
        part = _inside(path, path_field) if path else Q()
        if campaign is not None and campaign_field is not None:
            part &= Q(**{campaign_field: campaign})
        if not part:
            return Q()
        condition = part if condition is None else condition | part
    return NOTHING if condition is None else condition


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the paths that lie below no other one."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def anywhere(paths: Iterable[str], *, field: str = "area_path") -> Q:
    """Return the condition “at or below one of `paths`”."""
    condition = NOTHING
    for path in paths:
        condition |= within(path, field=field)
    return condition


def _inside(path: str, field: str) -> Q:
    """Return the range condition of an area; below a root of the tree in a form that no path index serves.

    A root holds nearly every row: its range picks out nothing, and an engine that went by it would sort them all
    instead of reading the newest from the index by time.
    """
    if path.count(".") > 1:
        return within(path, field=field)
    here = _Unindexed(F(field))
    return Q(GreaterThanOrEqual(here, path), LessThan(here, path_end(path)))


def in_list_order(rows: QuerySet[M]) -> QuerySet[M]:
    """Return `rows` with the areas in a form that no index serves: for the first page of a scope of many thousand rows.

    There every few rows of the list, read in its order, lie in the area; picking the whole area first and sorting it
    would cost as much as the area is large.
    """
    rows = rows.all()
    _without_path_index(rows.query.where)
    return rows


def _without_path_index(node: WhereNode) -> None:
    for place, child in enumerate(node.children):
        if isinstance(child, WhereNode):
            _without_path_index(child)
        elif _is_end_of_area(child):
            node.children[place] = type(child)(_Unindexed(child.lhs), child.rhs)  # type: ignore[call-overload]


def _is_end_of_area(child: Any) -> TypeGuard[GreaterThanOrEqual | LessThan]:
    if not isinstance(child, (GreaterThanOrEqual, LessThan)):
        return False
    return isinstance(child.lhs, Col) and isinstance(child.lhs.target, PathField)


def is_kept_in_order(rows: QuerySet[Any]) -> bool:
    """Test whether an index runs in the order of `rows`, so that they can be read along it."""
    if not rows.query.order_by:
        return False
    first = str(rows.query.order_by[0]).lstrip("-")
    kept = {("campaign", first), ("campaign", "state", first), (first,)}
    return any(tuple(index.fields[: len(one)]) == one for index in rows.model._meta.indexes for one in kept)
