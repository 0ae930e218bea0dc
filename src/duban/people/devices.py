"""Phones that work for an account: registered once, known by a token, ended at any time.

The token stands in the address (`/field/key/<token>/`) because ODK Collect knows no other way (FIELD.md). It is shown
once; only its hash is kept, so that a copy of the database opens no door.
"""

import base64
import hashlib
import json
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import DubanError, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people import policy
from duban.people.actors import actor_for
from duban.people.models import Device, User

TOKEN_BYTES = 32
LIFE = timedelta(days=365)
SEEN_EVERY = timedelta(minutes=1)  # how finely the last contact is kept
LARGEST_SKEW = 10 * 365 * 86400


class UnknownDevice(DubanError):
    """The token opens nothing (HTTP 401)."""

    status = 401
    default_code = "unknown_device"
    default_message = gettext_lazy(
        "手机没有登记或登记已失效。数据还在手机上，请在“我的手机”页重新登记后再提交。"
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who speaks through a phone. Whose account is disabled may still hand in work, and read nothing."""

    device: Device
    actor: Actor
    is_disabled: bool


def token_digest(token: str) -> str:
    """This function will return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def path(token: str) -> str:
    """This function will return the path under which the server knows the phone."""
    return f"/field/key/{token}/"


def app_path(token: str) -> str:
    """Return where our own app takes the token: in the fragment, which browsers do not send and servers do not log."""
    return f"/field/#{token}"


def collect_settings(token: str) -> str:
    """This function will return Collect's settings as its QR code holds them: base64 of zlib of JSON (FIELD.md)."""
    general = {
        "server_url": f"{settings.BASE_URL.rstrip('/')}{path(token)}".rstrip("/"), "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular", "image_size": "small",
    }  # fmt: skip
    body = {"general": general, "admin": {}, "project": {"name": _("督办")}}
    return base64.b64encode(zlib.compress(json.dumps(body, ensure_ascii=False).encode())).decode()


@transaction.atomic
def register_device(*, actor: Actor, at: datetime, user_id: UUID, name: str) -> tuple[Device, str]:
    """This function will register a phone for an account and return it with its token, which is shown only now.

    :raises NotFound: no such account in the actor's reach. :raises Invalid: no name, disabled account.
    """
    user = User.objects.select_related("unit").filter(pk=user_id).first()
    if user is None or not policy.can_register_device(actor, user):
        raise NotFound()
    name = name.strip()[:60]
    if not name:
        raise Invalid("no_name", _("请写手机的名称。"), {"name": _("请写手机的名称。")})
    if not user.is_active:
        raise Invalid("account_disabled", _("账号已停用，不能登记手机。"))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    device = Device.objects.create(
        user=user, name=name, token_hash=token_digest(token), registered_at=at,
        registered_by_label=actor.label[:80], expires_at=at + LIFE,
    )  # fmt: skip
    journal.record("device.registered", actor=actor, at=at, subject=device, label=f"{user} · {name}")
    return device, token


@transaction.atomic
def revoke_device(*, actor: Actor, at: datetime, device_id: UUID, reason: str = "") -> Device:
    """This function will end a phone's access. Ending it twice changes nothing."""
    device = get_visible(policy.devices_visible_to(actor), device_id, lock=True)
    require(policy.can_end_device(actor, device))
    if device.revoked_at is None:
        device.revoked_at = at
        device.save(update_fields=["revoked_at"])
        label = f"{device.user} · {device.name}"
        journal.record("device.revoked", actor=actor, at=at, subject=device, label=label, reason=reason)
    return device


def holder_of(token: str, *, at: datetime) -> Holder:
    """This function will return who speaks through a phone.

    :raises UnknownDevice: for a wrong, revoked or expired token.
    """
    device = Device.objects.select_related("user__unit").filter(token_hash=token_digest(token)).first()
    if device is None:
        raise UnknownDevice()
    if device.revoked_at is not None:
        raise UnknownDevice(
            "device_revoked", _("这部手机已被停用。数据还在手机上，请联系专班核实后重新登记再提交。")
        )
    if device.expires_at <= at:
        raise UnknownDevice("device_expired", _("手机登记已满一年，请重新登记。数据还在手机上。"))
    is_disabled = not device.user.is_active
    # The actor of a disabled account is what it was: the doors let it hand in, and whoever decides enters that.
    device.user.is_active = True
    return Holder(device, actor_for(device.user, at=at), is_disabled)


def note_contact(device: Device, *, at: datetime, device_time: datetime | None = None) -> None:
    """This function will keep when a phone was last heard of and how far its clock is off; at most once a minute."""
    if device.last_seen_at is not None and at - device.last_seen_at < SEEN_EVERY:
        return
    changes: dict[str, object] = {"last_seen_at": at}
    if device_time is not None:
        skew = round((device_time - at).total_seconds())
        changes |= {"clock_skew_seconds": max(-LARGEST_SKEW, min(skew, LARGEST_SKEW)), "skew_measured_at": at}
    Device.objects.filter(pk=device.pk).update(**changes)
