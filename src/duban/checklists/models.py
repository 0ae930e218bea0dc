"""Checklists authored as XLSForm, converted to XForm, published as immutable versions (FIELD.md, R-06)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Measure, RuleItem
from duban.checklists.states import VersionState
from duban.kernel.fields import Row


class Checklist(Row):
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="checklists")
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)
    site_types = models.JSONField(default=list, help_text=_("适用的点位类型代码"))

    class Meta:
        ordering = ["campaign", "code"]
        constraints = [models.UniqueConstraint(fields=["campaign", "code"], name="one_checklist_code")]

    def __str__(self) -> str:
        return self.title


class ChecklistVersion(Row):
    """One version: the XLSX as authored, the XForm as converted, and `questions`, the parsed tree doors render from."""

    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=VersionState.choices, default=VersionState.DRAFT)
    source = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, related_name="+")
    xform = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120, blank=True)
    form_id = models.CharField(max_length=80)
    version_label = models.CharField(max_length=40)
    questions = models.JSONField(default=list)
    checked_by = models.CharField(max_length=30, help_text=_("odk_validate 或 xpath"))
    warnings = models.JSONField(default=list)
    uploaded_at = models.DateTimeField()
    uploaded_by_label = models.CharField(max_length=80, blank=True)
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["checklist", "-number"]
        constraints = [models.UniqueConstraint(fields=["checklist", "number"], name="one_version_number")]

    def __str__(self) -> str:
        return f"{self.checklist} v{self.number}"


class CheckItem(Row):
    """One question that is a check (select of 符合/不符合/不适用/未查), with what it is based on."""

    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="items")
    name = models.CharField(max_length=60)
    ordinal = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=300)
    label_en = models.CharField(max_length=300, blank=True)
    is_must_ask = models.BooleanField(default=False)
    measure_refs = models.JSONField(default=list, help_text=_("清单中写的“文件代码/措施代码”"))
    rule_refs = models.JSONField(default=list, help_text=_("清单中写的“规则集/条目”"))
    measures = models.ManyToManyField(Measure, blank=True, related_name="check_items")
    rule_items = models.ManyToManyField(RuleItem, blank=True, related_name="check_items")
    finding_template = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["version", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="one_item_name")]

    def __str__(self) -> str:
        return self.label
