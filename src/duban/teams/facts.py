"""What an Actor knows of teams: the ones whose open member the person is, loaded once per request or job."""

from uuid import UUID

from duban.kernel.prepared import Prepared
from duban.people.actors import register_memberships
from duban.teams.models import TeamMember

OPEN_MEMBERSHIPS = Prepared(
    lambda user_id: (
        TeamMember.objects.filter(user_id=user_id, left_on=None).order_by().values_list("team_id", flat=True)
    )
)


def own_team_ids(user_id: UUID) -> frozenset[UUID]:
    """Return the ids of the teams the user belongs to now."""
    return frozenset(OPEN_MEMBERSHIPS(user_id=user_id))


register_memberships(own_team_ids)
