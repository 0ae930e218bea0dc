"""Frozen editions (16:00 汇总) and bulletins (R-08, R-11, R-21). Figures are never edited: a correction is a new edition."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.documents.models import Number, OfficialDocument
from duban.inspection.models import Finding
from duban.kernel.fields import Row
from duban.people.models import User
from duban.reporting.states import BulletinState, EditionState
from duban.territory.models import Unit


class Edition(Row):
    """One frozen daily summary: as-of time, definition version, text beside the figures."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="editions")
    day = models.DateField()
    sequence = models.PositiveSmallIntegerField(default=1)
    as_of = models.DateTimeField()
    since = models.DateTimeField(help_text=_("上一期截数时间；其后登记的计入本期"))
    frozen_at = models.DateTimeField()
    definition_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=EditionState.choices, default=EditionState.FROZEN)
    digest = models.CharField(max_length=64, help_text=_("冻结数字的校验值"))
    sections = models.JSONField(default=list, help_text=_("文字部分 [{heading, paragraphs}]"))
    late_notes = models.JSONField(default=list)
    missing_teams = models.JSONField(default=list)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    correction_reason = models.CharField(max_length=200, blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_label = models.CharField(max_length=80, blank=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-day", "-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "day", "sequence"], name="one_edition_sequence")
        ]

    @property
    def area_path(self) -> str:
        return self.campaign.area_path


class EditionCell(Row):
    """One frozen figure of one line and column, with the ids of the rows behind it."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="cells")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="+", help_text=_("空为合计")
    )
    line_ordinal = models.PositiveSmallIntegerField()
    line_title = models.CharField(max_length=80)
    column = models.CharField(max_length=30)
    value = models.BigIntegerField()
    rows_kind = models.CharField(max_length=20)
    row_ids = models.JSONField(default=list)

    class Meta:
        ordering = ["edition", "line_ordinal", "column"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "line_ordinal", "column"], name="one_cell_per_line_column"
            )
        ]


class Bulletin(Row):
    """One issue of the numbered bulletin series (督导通报第N期)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="bulletins")
    issue = models.PositiveSmallIntegerField(null=True)
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="bulletin")
    day = models.DateField()
    title = models.CharField(max_length=160)
    state = models.CharField(max_length=12, choices=BulletinState.choices, default=BulletinState.DRAFT)
    lead = models.TextField(blank=True)
    sections = models.JSONField(default=list)
    findings = models.ManyToManyField(Finding, blank=True, related_name="bulletins")
    recipients = models.ManyToManyField(Unit, blank=True, related_name="+")
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdraw_reason = models.CharField(max_length=200, blank=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-day", "-issue"]
        constraints = [models.UniqueConstraint(fields=["campaign", "issue"], name="one_bulletin_issue")]
