"""Signing in: closed sign-up, second factor per role, the recusal declaration before first access (G-23)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

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

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Refuse the password in use beside the field: an initial one must really be replaced."""
        password = super().clean_password(password, user)
        if user is not None and user.pk and user.check_password(password):
            raise ValidationError(_("新口令不能与原口令相同。"))
        return password

    def set_password(self, user: User, password: str) -> None:
        """Change the own password, on record."""
        changed = people.change_own_password(
            actor=actor_for(user, at=self.request.at), at=self.request.at, password=password
        )
        user.password, user.must_change_password = changed.password, changed.must_change_password

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"


DECLARING_ROLES = frozenset({*FIELD_ROLES, Role.EXPERT})


def gate(request: HttpRequest) -> str | None:
    """This function will return where a signed-in person must go first, or None.

    A password that somebody else has set is replaced. A role that needs a second factor must set one up; an inspector declares recusal before first access.
    """
    if request.user.must_change_password:
        return reverse("account_change_password")
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
