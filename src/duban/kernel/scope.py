"""From an actor's grants to the rows it may see: the one place where areas become conditions."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from duban.kernel.actor import Actor, Role
from duban.kernel.fields import within

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
        part = within(path, field=path_field) if path else Q()
        if campaign is not None and campaign_field is not None:
            part &= Q(**{campaign_field: campaign})
        if not part:
            return Q()
        condition = part if condition is None else condition | part
    return NOTHING if condition is None else condition
