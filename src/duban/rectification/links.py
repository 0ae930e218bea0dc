"""Signed links for units without an account: 32 random bytes, only the SHA-256 kept, revocable, expiring.

The token is shown once, when it is made. What a link may do is the policy's business: one order, one unit.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor, Kind
from duban.kernel.errors import Gone, NotFound
from duban.kernel.policy import require
from duban.rectification import policy
from duban.rectification.deadlines import LINK_LIFE
from duban.rectification.models import SelfCheck, UnitLink, WorkOrder

TOKEN_BYTES = 32


def new_token() -> str:
    """This function will return a fresh token of 32 random bytes in URL-safe letters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_digest(token: str) -> str:
    """This function will return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def order_address(token: str) -> str:
    """This function will return the full address of an order link."""
    return f"{settings.BASE_URL.rstrip('/')}/u/{token}/"


def self_check_address(token: str) -> str:
    """This function will return the full address of a self-check link."""
    return f"{settings.BASE_URL.rstrip('/')}/u/s/{token}/"


def create_link(order: WorkOrder, *, actor: Actor, at: datetime) -> tuple[UnitLink, str]:
    """This function will make a link for the order and return it with its token; call inside an operation."""
    token = new_token()
    link = UnitLink.objects.create(
        order=order, unit_id=order.unit_id, token_hash=token_digest(token), created_at=at,
        expires_at=max(order.due_at, at) + LINK_LIFE,
    )  # fmt: skip
    journal.record("link.created", actor=actor, at=at, subject=order)
    return link, token


def revoke_links(order: WorkOrder, *, actor: Actor, at: datetime) -> int:
    """This function will revoke every live link of the order; call inside an operation."""
    count = order.links.filter(revoked_at=None).update(revoked_at=at)
    if count:
        journal.record("link.revoked", actor=actor, at=at, subject=order)
    return count


@transaction.atomic
def renew_link(*, actor: Actor, at: datetime, order_id: object) -> WorkOrder:
    """This function will revoke the old links of an order and return it with `.fresh_token` of a new one."""
    from duban.kernel.loading import get_visible
    from duban.rectification.progress import allow

    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    allow(policy.can_renew_link(actor, order))
    revoke_links(order, actor=actor, at=at)
    _link, order.fresh_token = create_link(order, actor=actor, at=at)
    return order


@transaction.atomic
def revoke_order_links(*, actor: Actor, at: datetime, order_id: object) -> int:
    """This function will switch off the links of an order, e.g. after a leak."""
    from duban.kernel.loading import get_visible

    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    require(policy.can_renew_link(actor, order))
    return revoke_links(order, actor=actor, at=at)


def find_link(token: str, at: datetime) -> UnitLink:
    """This function will return the live link of a token.

    :raises NotFound: for an unknown token. :raises Gone: if it was revoked or has expired.
    """
    digest = token_digest(token)
    link = UnitLink.objects.select_related("order", "unit").filter(token_hash=digest).first()
    if link is None or not hmac.compare_digest(link.token_hash, digest):
        raise NotFound("link_unknown", _("没有这个链接，请核对二维码或联系专班。"))
    if link.revoked_at is not None or link.expires_at <= at:
        raise Gone()
    return link


def open_link(token: str, at: datetime) -> Actor:
    """This function will return who speaks through an order link: its unit, for that one order.

    :raises NotFound, Gone:
    """
    link = find_link(token, at)
    return Actor(
        kind=Kind.UNIT_LINK,
        label=_("%(unit)s（扫码）") % {"unit": link.unit.label},
        unit_id=link.unit_id,
        order_id=link.order_id,
    )


@transaction.atomic
def note_first_open(*, actor: Actor, at: datetime, token: str) -> None:
    """This function will note once that the unit has opened the link. Opening is not signing for the order."""
    link = find_link(token, at)
    if UnitLink.objects.filter(pk=link.pk, first_opened_at=None).update(first_opened_at=at):
        journal.record("link.opened", actor=actor, at=at, subject=link.order)


def find_self_check(token: str, at: datetime) -> SelfCheck:
    """This function will return the self-check of a token.

    :raises NotFound: for an unknown token. :raises Gone: if it was revoked or has expired.
    """
    digest = token_digest(token)
    check = (
        SelfCheck.objects.select_related("common_problem__campaign", "unit").filter(token_hash=digest).first()
    )
    if check is None or not hmac.compare_digest(check.token_hash, digest):
        raise NotFound("link_unknown", _("没有这个链接，请核对二维码或联系专班。"))
    if check.revoked_at is not None or check.expires_at <= at:
        raise Gone()
    return check


def open_self_check_link(token: str, at: datetime) -> Actor:
    """This function will return who speaks through a self-check link: its unit, for no order."""
    check = find_self_check(token, at)
    return Actor(
        kind=Kind.UNIT_LINK, label=_("%(unit)s（扫码）") % {"unit": check.unit.label}, unit_id=check.unit_id
    )
