"""Notices inside the system to a user or a unit (reminders, warnings, urges). No push outside duty hours (G-33)."""

from django.db import models

from duban.campaigns.models import Campaign
from duban.kernel.fields import Row
from duban.people.models import User
from duban.territory.models import Unit


class Notice(Row):
    """One line for one reader; `once_key` makes sweeps idempotent."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="notices")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="notices")
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    link = models.CharField(max_length=200, blank=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    once_key = models.CharField(max_length=120, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "read_at", "created_at"], name="notice_user"),
            models.Index(fields=["unit", "created_at"], name="notice_unit"),
        ]
