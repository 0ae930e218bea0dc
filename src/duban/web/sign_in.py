"""Signing in: closed sign-up, second factor per role, the recusal declaration before first access (G-23)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.urls import reverse

from duban.kernel.actor import FIELD_ROLES, PUBLIC, Role
from duban.people import operations as people
from duban.people import queries
from duban.people.actors import actor_for
from duban.people.models import User


class ClosedAccountAdapter(DefaultAccountAdapter):
    """This adapter will refuse self-registration (accounts are made by the administrator or come from SSO) and journal sign-ins."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in after all factors, on record."""
        super().login(request, user)
        people.record_sign_in(actor=actor_for(user, at=request.at), at=request.at, user_id=user.pk)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a wrong password."""
        people.record_failed_sign_in(actor=PUBLIC, at=request.at, username=credentials.get("username", ""))


DECLARING_ROLES = frozenset({*FIELD_ROLES, Role.EXPERT})


def gate(request: HttpRequest) -> str | None:
    """This function will return where a signed-in person must go first, or None.

    A role that needs a second factor must set one up; an inspector declares recusal before first access.
    """
    needing = queries.roles_needing_second_factor()
    if (
        needing
        and any(grant.role in needing for grant in request.actor.grants)
        and not is_mfa_enabled(request.user)
    ):
        return reverse("mfa_activate_totp")
    campaign = request.campaign
    if not campaign or not request.actor.has_role(DECLARING_ROLES, campaign_id=campaign.pk):
        return None
    if request.session.get("declared") == str(campaign.pk):
        return None
    if queries.open_declaration(request.user.pk, campaign.pk) is None:
        return reverse("recusal:declare")
    request.session["declared"] = str(campaign.pk)
    return None
