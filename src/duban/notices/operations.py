"""Writing and reading notices inside the system. Nothing leaves the machine from here."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import models, transaction

from duban.kernel import journal
from duban.kernel.actor import SYSTEM, Actor
from duban.kernel.errors import Text
from duban.kernel.loading import get_visible
from duban.notices import policy
from duban.notices.models import Notice


@transaction.atomic(savepoint=False)
def notify(
    *,
    at: datetime,
    campaign_id: UUID,
    once_key: str,
    kind: str,
    text: Text,
    user_id: UUID | None = None,
    unit_id: UUID | None = None,
    link: str = "",
    subject: models.Model | None = None,
    actor: Actor = SYSTEM,
) -> Notice:
    """This function will leave one line for a user or a unit; the same `once_key` a second time changes nothing."""
    if user_id is None and unit_id is None:
        raise ValueError("a notice needs a reader")
    notice, created = Notice.objects.get_or_create(
        once_key=once_key[:120],
        defaults={
            "campaign_id": campaign_id,
            "user_id": user_id,
            "unit_id": unit_id,
            "kind": kind,
            "text": str(text)[:300],
            "link": link[:200],
            "subject_type": subject._meta.label_lower if subject is not None else "",
            "subject_id": subject.pk if subject is not None else None,
            "created_at": at,
        },
    )
    if created:
        journal.record("notice.sent", actor=actor, at=at, subject=notice, label=kind)
    return notice


@transaction.atomic(savepoint=False)
def notify_each(
    *,
    at: datetime,
    campaign_id: UUID,
    once_key: str,
    kind: str,
    text: Text,
    user_ids: Iterable[UUID],
    link: str = "",
    subject: models.Model,
    actor: Actor = SYSTEM,
) -> list[Notice]:
    """This function will leave the same line for each of the users, as `notify` does; `once_key` is kept per user."""
    keys = {f"{once_key}:{user_id}"[:120]: user_id for user_id in user_ids}
    there = set(Notice.objects.filter(once_key__in=keys).values_list("once_key", flat=True))
    made = Notice.objects.bulk_create(
        [
            Notice(
                once_key=key, campaign_id=campaign_id, user_id=user_id, kind=kind, text=str(text)[:300],
                link=link[:200], subject_type=subject._meta.label_lower, subject_id=subject.pk, created_at=at,
            )
            for key, user_id in keys.items()
            if key not in there
        ],
        batch_size=200,
    )  # fmt: skip
    journal.record_each("notice.sent", actor=actor, at=at, subjects=made, label=kind)
    return made


@transaction.atomic
def mark_read(*, actor: Actor, at: datetime, notice_id: UUID) -> Notice:
    """This function will note that the reader has seen the line; a second time changes nothing.

    :raises NotFound: if it is somebody else's.
    """
    notice = get_visible(policy.notices_visible_to(actor), notice_id)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=at)
    notice.refresh_from_db(fields=["read_at"])
    return notice
