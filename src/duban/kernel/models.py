"""Kernel tables: the journal and its seals, counters, calendar days, stored files, tallies.

Events are append-only: UPDATE and DELETE are refused by triggers on both engines (see migrations).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.kernel.fields import PathField, Row


class Event(Row):
    """One line of the journal, written in the transaction of the change it records. Holds no personal data."""

    verb = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    subject_label = models.CharField(max_length=200, blank=True)
    campaign_id = models.UUIDField(null=True)
    area_path = PathField(blank=True)
    at = models.DateTimeField(help_text=_("事情发生的时间"))
    recorded_at = models.DateTimeField(help_text=_("写入的时间"))
    reason = models.CharField(max_length=500, blank=True)
    detail_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["campaign_id", "at"], name="event_campaign"),
            models.Index(fields=["verb", "at"], name="event_verb"),
            models.Index(fields=["actor_id", "at"], name="event_actor"),
        ]


class EventDetail(models.Model):
    """The erasable detail of an event; the event keeps only the salted hash, so erasing leaves the proof intact."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="detail")
    salt = models.CharField(max_length=32)
    body = models.JSONField()


class Seal(models.Model):
    """One closed Merkle tree over the events since the last seal; `chain` hashes the previous chain and this root."""

    number = models.PositiveIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)


class SealedEvent(models.Model):
    """The place of an event in its seal's tree."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="seal_place")
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="places")
    leaf = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "leaf"], name="one_event_per_leaf")]


class Counter(models.Model):
    """A named gap-free counter, advanced inside the transaction that uses the number."""

    name = models.CharField(max_length=120, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)


class CalendarDay(models.Model):
    """An editable exception to the official working-day table (调休); wins over the packaged table."""

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    note = models.CharField(max_length=80, blank=True)


class StoredFile(Row):
    """One file by content hash; the same bytes are stored once. `name` is what the uploader called it."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class Tally(models.Model):
    """Exact counts of case rows by scope: a folded figure plus open deltas (see tally.py).

    `topic` names what is counted (e.g. `finding`), `key` its state. Deltas are appended by operations, folded by
    the sweep into one row per (topic, campaign, path, key).
    """

    topic = models.CharField(max_length=20)
    campaign_id = models.UUIDField()
    path = PathField()
    key = models.CharField(max_length=30)
    amount = models.BigIntegerField()
    is_folded = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["topic", "campaign_id", "is_folded", "path"], name="tally_scope")]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "campaign_id", "path", "key"],
                condition=models.Q(is_folded=True),
                name="one_total_per_scope",
            )
        ]
