"""Named reads of the tree."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from duban.kernel.fields import within
from duban.territory.models import Unit, UnitKind


def descendants(unit: Unit, *, kinds: Iterable[str] = ()) -> QuerySet[Unit]:
    """Return the active units at or below `unit`, in tree order."""
    rows = Unit.objects.filter(within(unit.path, field="path"), is_active=True)
    wanted = list(kinds)
    return (rows.filter(kind__in=wanted) if wanted else rows).order_by("path")


def ancestors(unit: Unit) -> list[Unit]:
    """Return the units above `unit`, from the root down."""
    parts = unit.path.split(".")[:-2]
    paths = [".".join(parts[: n + 1]) + "." for n in range(len(parts))]
    return list(Unit.objects.filter(path__in=paths).order_by("depth"))


def township_of(unit: Unit) -> Unit | None:
    """Return the township division at or above `unit`."""
    if unit.kind == UnitKind.TOWNSHIP:
        return unit
    return next((one for one in reversed(ancestors(unit)) if one.kind == UnitKind.TOWNSHIP), None)


def by_codes(codes: Iterable[str]) -> dict[str, Unit]:
    """Return the units with these codes, by code."""
    return {unit.code: unit for unit in Unit.objects.filter(code__in=list(codes))}


def names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return unit names by id."""
    return dict(Unit.objects.filter(pk__in=list(ids)).values_list("pk", "name"))
