"""Counting only as far as a person reads: exact up to a bound, beyond it “10000+”."""

from typing import Any

from django.db.models import Count, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

BOUND = 10_000
GLANCE = 100  # badges and tabs of a large scope: from here on “many” is what matters
COUNTED = (
    2_000  # scopes up to here are counted by state, larger ones are told from the tally, which is as exact
)


class AtLeast(int):
    """A count that stopped at its bound: a number to calculate with, shown as `10000+`."""

    def __str__(self) -> str:
        return f"{int(self)}+"

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) + "+"


def bounded_count(rows: QuerySet[Any], bound: int = BOUND) -> int:
    """Return how many rows there are; more than `bound` come back as AtLeast(bound)."""
    found = rows.order_by().values("pk")[: bound + 1].count()
    return found if found <= bound else AtLeast(bound)


def count_of(model: type[Model], field: str, **conditions: Any) -> Coalesce:
    """Return the annotation “number of `model` rows whose `field` is this row”, worked out per shown row only.

    A join with GROUP BY would work it out for every row of the list before the page is cut.
    """
    rows = model._default_manager.filter(**{field: OuterRef("pk")}, **conditions).order_by()
    counted = (
        rows.annotate(_of=F(field)).values("_of").annotate(_found=Count("pk", distinct=True)).values("_found")
    )
    return Coalesce(Subquery(counted), 0)
