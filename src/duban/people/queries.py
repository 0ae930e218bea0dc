"""Named reads of accounts, grants and declarations."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from duban.kernel.actor import Actor
from duban.kernel.prepared import Prepared
from duban.people.models import Grant, RecusalDeclaration, RoleRule, User
from duban.people.policy import users_visible_to

NEEDING_SECOND_FACTOR = Prepared(
    lambda: RoleRule.objects.filter(needs_second_factor=True).values_list("role", flat=True)
)


def accounts(actor: Actor) -> QuerySet[User]:
    """Return the visible accounts with their unit and open grants prefetched."""
    open_grants = Grant.objects.filter(revoked_at=None).select_related("unit")
    return (
        users_visible_to(actor)
        .select_related("unit", "post")
        .prefetch_related(Prefetch("grants", queryset=open_grants, to_attr="open_grants"))
        .order_by("username")
    )


def open_declaration(user_id: UUID, campaign_id: UUID) -> RecusalDeclaration | None:
    """Return the standing recusal declaration of a user for a campaign."""
    return (
        RecusalDeclaration.objects.filter(user_id=user_id, campaign_id=campaign_id, superseded_at=None)
        .prefetch_related("units")
        .first()
    )


def roles_needing_second_factor() -> frozenset[str]:
    """Return the roles that must sign in with a second factor."""
    return frozenset(NEEDING_SECOND_FACTOR())
