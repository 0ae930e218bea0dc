"""Whose notices one sees: one's own, and those of the unit one answers for."""

from django.db.models import Q, QuerySet

from duban.kernel.actor import Actor, Kind, Role
from duban.notices.models import Notice


def notices_visible_to(actor: Actor) -> QuerySet[Notice]:
    """Return the notices addressed to this account or to the unit it is the liaison of."""
    if actor.kind is not Kind.USER or actor.user_id is None:
        return Notice.objects.none()
    units = [grant.unit_id for grant in actor.grants if grant.role is Role.UNIT_LIAISON and grant.unit_id]
    return Notice.objects.filter(Q(user_id=actor.user_id) | Q(unit_id__in=units))
