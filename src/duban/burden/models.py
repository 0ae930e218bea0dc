"""Anti-burden: every question asked of a unit has an approval, an expiry and an owner; units can object (G-30…G-37)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.burden.states import ApprovalState, ObjectionState
from duban.campaigns.models import Campaign
from duban.kernel.fields import PathField, Row
from duban.people.models import User
from duban.territory.models import Unit


class FormApproval(Row):
    """Approval of a data request: purpose, fields, units asked, estimated minutes, valid until."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="form_approvals")
    number = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=80)
    purpose = models.CharField(max_length=300)
    fields = models.JSONField(default=list)
    unit_count = models.PositiveIntegerField(default=0)
    minutes = models.PositiveSmallIntegerField()
    alternative_checked = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=ApprovalState.choices, default=ApprovalState.REQUESTED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()


class Objection(Row):
    """A unit's objection that a demand adds to its burden; answered in two working days (G-35)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="objections")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    area_path = PathField()
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    subject_label = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    filed_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=ObjectionState.choices, default=ObjectionState.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)


class DeferralGround(models.TextChoices):
    RESCUE = "rescue", _("抢险救援")
    CASE = "case", _("突发事件处置")
    PEOPLE = "people", _("群众转移安置")
    SUPPLY = "supply", _("断水断电断路抢修")


class Deferral(Row):
    """A unit in an emergency asks that checks wait until the end of the day (S4-10: inspection must not disturb the work).

    Asked at any time, whether or not somebody is coming: the unit learns nothing by asking. It forbids nothing; the team
    that is about to go sees it and decides.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="deferrals")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    area_path = PathField()
    ground = models.CharField(max_length=10, choices=DeferralGround.choices)
    asked_at = models.DateTimeField()
    asked_by_label = models.CharField(max_length=80)
    until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["unit", "until"], name="deferral_standing")]
