"""The journal: `record` writes one event in the caller's transaction. Reading back and sealing live in seals.py.

Verbs are `<noun>.<past tense>`; each app registers its verbs with one sentence each (`register_verbs`), so that the
journal page, timelines and the docs speak the same words. An unregistered verb is a programming error.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
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
    _require_verb_and_transaction(verb)
    salt = secrets.token_hex(16) if detail else ""
    event = _event(
        verb, actor, at, subject, label=label, reason=reason, campaign_id=campaign_id, area_path=area_path
    )
    event.detail_hash = detail_digest(salt, detail) if detail else ""
    _append(event)
    if detail:
        _append(EventDetail(event=event, salt=salt, body=json.loads(canonical(detail))))
    return event


def _append(row: Event | EventDetail) -> None:
    """This function will insert a row with a statement that is put together once.

    Every operation writes to the journal: building the same statement each time would cost ten times the writing.
    """
    connection = transaction.get_connection()
    fields = row._meta.concrete_fields
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(type(row), connection.vendor), values)
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insertion(model: type[models.Model], vendor: str) -> str:
    quote = transaction.get_connection().ops.quote_name
    columns = [quote(field.column) for field in model._meta.concrete_fields]
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608


def record_each(
    verb: str, *, actor: Actor, at: datetime, subjects: Iterable[models.Model], label: str = ""
) -> list[Event]:
    """This function will append one event for each subject, as `record` does, in one statement."""
    _require_verb_and_transaction(verb)
    return Event.objects.bulk_create(
        [_event(verb, actor, at, subject, label=label) for subject in subjects], batch_size=200
    )


def _require_verb_and_transaction(verb: str) -> None:
    if verb not in VERBS:
        raise LookupError(f"journal verb {verb!r} is not registered")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("journal.record needs the transaction of the change it records")


def _event(
    verb: str, actor: Actor, at: datetime, subject: models.Model, *, label: str = "", reason: str = "",
    campaign_id: UUID | None = None, area_path: str | None = None,
) -> Event:  # fmt: skip
    return Event(
        verb=verb,
        actor_kind=actor.kind.value,
        actor_id=actor.user_id,
        actor_label=actor.label[:80],
        subject_type=_type_of(subject),
        subject_id=subject.pk,
        subject_label=(label or str(subject))[:200],
        campaign_id=campaign_id or getattr(subject, "campaign_id", None),
        area_path=area_path if area_path is not None else getattr(subject, "area_path", ""),
        at=at,
        recorded_at=clock.now(),
        reason=reason[:500],
    )


def events_of(subject: models.Model) -> models.QuerySet[Event]:
    """Return the events of one object, newest first."""
    kinds = {subject._meta.label_lower, _type_of(subject)}
    return Event.objects.filter(subject_type__in=kinds, subject_id=subject.pk).order_by("-id")


def _type_of(subject: models.Model) -> str:
    """Return the type a line is filed under: the model's, or the closed shelf a row asks for (`journal_shelf`)."""
    return getattr(subject, "journal_shelf", "") or subject._meta.label_lower
