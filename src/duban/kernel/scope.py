"""From an actor's grants to the rows it may see: the one place where areas become conditions."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Concat
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from duban.kernel.actor import Actor, Role
from duban.kernel.fields import path_end, within

NOTHING = Q(pk__in=())


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


def _inside(path: str, field: str) -> Q:
    """Return the range condition of an area; below a root of the tree in a form that no path index serves.

    A root holds nearly every row: its range picks out nothing, and an engine that went by it would sort them all
    instead of reading the newest from the index by time.
    """
    if path.count(".") > 1:
        return within(path, field=field)
    here = Concat(F(field), Value(""), output_field=CharField())
    return Q(GreaterThanOrEqual(here, Value(path)), LessThan(here, Value(path_end(path))))
