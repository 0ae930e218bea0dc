"""From an account to an Actor: all grants and declared recusals loaded once per request or job."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from duban.kernel.actor import Actor, GrantView, Kind, Role
from duban.kernel.prepared import Prepared
from duban.people.models import Grant, RecusalDeclaration, User

OPEN_GRANTS = Prepared(
    lambda user_id: (
        Grant.objects.filter(user_id=user_id, revoked_at=None)
        .order_by("granted_at")
        .values_list(
            "role", "area_path", "unit_id", "campaign_id", "capacity", "ends_at", "unit__former_paths"
        )
    )
)
RECUSED_UNITS = Prepared(
    lambda user_id: RecusalDeclaration.units.through.objects.filter(
        recusaldeclaration__user_id=user_id, recusaldeclaration__superseded_at=None
    ).values_list("unit_id", flat=True)
)
MembershipLoader = Callable[[UUID], frozenset[UUID]]
_memberships: list[MembershipLoader] = []


def register_memberships(loader: MembershipLoader) -> None:
    """This function will have `loader` tell an actor's teams (teams lies above people and registers itself)."""
    _memberships.append(loader)


def actor_for(user: User, *, at: datetime) -> Actor:
    """Return the Actor of an account at a moment: open grants, recused units, teams (three queries)."""
    rows = OPEN_GRANTS(user_id=user.pk)
    views = tuple(
        GrantView(Role(role), path, unit_id, campaign_id, capacity)
        for role, area_path, unit_id, campaign_id, capacity, ends_at, former in (
            rows if user.is_active else ()
        )
        if ends_at is None or ends_at > at
        # Cases from before a move bear the path of that time: the unit's own people still find them (decision 0015).
        for path in dict.fromkeys([area_path, *former.split()])
    )
    return Actor(
        kind=Kind.USER,
        label=user.post_label,
        user_id=user.pk,
        grants=views,
        unit_id=user.unit_id,
        recused_unit_ids=_recused(user.pk),
        team_ids=frozenset().union(*(loader(user.pk) for loader in _memberships)) if views else frozenset(),
    )


def _recused(user_id: UUID) -> frozenset[UUID]:
    return frozenset(RECUSED_UNITS(user_id=user_id))
