"""The journal: `record` writes one event in the caller's transaction. Reading back and sealing live in seals.py.

Verbs are `<noun>.<past tense>`; each app registers its verbs with one sentence each (`register_verbs`), so that the
journal page, timelines and the docs speak the same words. An unregistered verb is a programming error.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import Text
from duban.kernel.models import Event, EventDetail

VERBS: dict[str, Text] = {}


def register_verbs(verbs: Mapping[str, Text]) -> None:
    """This function will add an app's verbs and their sentences to the catalogue (called from AppConfig.ready)."""
    VERBS.update(verbs)


def canonical(body: Mapping[str, Any]) -> str:
    """This function will return the one JSON text of `body` that hashes are taken over."""
    return json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def detail_digest(salt: str, body: Mapping[str, Any]) -> str:
    """This function will return the salted SHA-256 (hex) that an event keeps of its erasable detail."""
    return hashlib.sha256(f"{salt}\n{canonical(body)}".encode()).hexdigest()


def record(
    verb: str,
    *,
    actor: Actor,
    at: datetime,
    subject: models.Model,
    label: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    campaign_id: UUID | None = None,
    area_path: str | None = None,
) -> Event:
    """This function will append one event in the current transaction.

    `subject` gives type and id; campaign and area are taken from it when it carries `campaign_id` / `area_path`.
    `detail` is kept apart and erasable. Never put a name, phone number or message body into `reason` or `label`.
    """
    if verb not in VERBS:
        raise LookupError(f"journal verb {verb!r} is not registered")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("journal.record needs the transaction of the change it records")
    salt = secrets.token_hex(16) if detail else ""
    event = Event(
        verb=verb,
        actor_kind=actor.kind.value,
        actor_id=actor.user_id,
        actor_label=actor.label[:80],
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=(label or str(subject))[:200],
        campaign_id=campaign_id or getattr(subject, "campaign_id", None),
        area_path=area_path if area_path is not None else getattr(subject, "area_path", ""),
        at=at,
        recorded_at=clock.now(),
        reason=reason[:500],
        detail_hash=detail_digest(salt, detail) if detail else "",
    )
    event.save(force_insert=True)
    if detail:
        body = json.loads(canonical(detail))
        EventDetail(event=event, salt=salt, body=body).save(force_insert=True)
    return event


def events_of(subject: models.Model) -> models.QuerySet[Event]:
    """Return the events of one object, newest first."""
    return Event.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).order_by("-id")
