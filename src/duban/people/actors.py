"""From an account to an Actor: all grants and declared recusals loaded once per request or job."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from duban.kernel.actor import Actor, GrantView, Kind, Role
from duban.people.models import Grant, RecusalDeclaration, User

MembershipLoader = Callable[[UUID], frozenset[UUID]]
_memberships: list[MembershipLoader] = []


def register_memberships(loader: MembershipLoader) -> None:
    """This function will have `loader` tell an actor's teams (teams lies above people and registers itself)."""
    _memberships.append(loader)


def actor_for(user: User, *, at: datetime) -> Actor:
    """Return the Actor of an account at a moment: open grants, recused units, teams (three queries)."""
    grants = (
        Grant.objects.filter(user=user, revoked_at=None)
        .filter(Q(ends_at=None) | Q(ends_at__gt=at))
        .annotate(former_paths=F("unit__former_paths"))
        .order_by("granted_at")
    )
    views = tuple(
        GrantView(
            role=Role(grant.role),
            area_path=path,
            unit_id=grant.unit_id,
            campaign_id=grant.campaign_id,
            capacity=grant.capacity,
        )
        for grant in grants
        # Cases from before a move bear the path of that time: the unit's own people still find them (decision 0015).
        for path in dict.fromkeys([grant.area_path, *grant.former_paths.split()])
        if user.is_active
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
    rows = RecusalDeclaration.objects.filter(user_id=user_id, superseded_at=None, units__isnull=False)
    return frozenset(rows.values_list("units", flat=True))
