"""Campaigns, directives and measures, and the catalogues that packs bring (R-01…R-03, S0-26…S0-61, S2-3…7).

Catalogues (rule sets, focus sets, codes, categories, finding templates, legal register) are versioned data; the
program itself knows no field of supervision.
"""

from datetime import time

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.states import CampaignState
from duban.kernel.fields import PathField, Row
from duban.people.models import SubjectClass
from duban.territory.models import Unit


class InstalledPack(Row):
    """Which pack, in which version, is loaded."""

    code = models.CharField(max_length=40, unique=True)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=60)
    installed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    words = models.JSONField(default=dict)
    profile = models.JSONField(default=dict, help_text=_("时限档、一日时刻等默认值"))

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title


class RuleSet(Row):
    pack = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField(default=1)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    source_note = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["pack", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "code", "version"], name="one_rule_set_version")
        ]

    def __str__(self) -> str:
        return self.title


class Route(models.TextChoices):
    RECTIFY = "rectify", _("督促整改")
    REFERRAL = "referral", _("转行业主管部门")
    LEAD = "lead", _("移送线索")
    RECTIFY_OR_LEAD = "rectify_or_lead", _("整改或移送线索")
    ACCOUNTABILITY = "accountability", _("责任倒查")


class RuleItem(Row):
    """One rule: whom it may concern and how a breach is handled; evidence tag shown beside the text."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(max_length=40)
    ordinal = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    subject_class = models.CharField(max_length=20, choices=SubjectClass.choices)
    route = models.CharField(max_length=20, choices=Route.choices)
    needs_citation = models.BooleanField(default=False, help_text=_("须引用主管机关认定（G-6）"))
    legal_review = models.BooleanField(default=False, help_text=_("登记前须法制审核"))
    erase_at_end = models.BooleanField(default=False, help_text=_("专项结束后清除（G-9）"))
    period_flag = models.CharField(max_length=30, blank=True, help_text=_("只在这一时期适用"))
    evidence_tag = models.CharField(max_length=30)
    status = models.CharField(max_length=12, default="stated")
    behaviour_codes = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rule_set", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["rule_set", "code"], name="one_rule_item_code")]

    def __str__(self) -> str:
        return self.title


class FocusSet(Row):
    pack = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    change_reason = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(null=True)
    changed_by_label = models.CharField(max_length=80, blank=True)
    source_note = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["pack", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "code", "version"], name="one_focus_set_version")
        ]

    def __str__(self) -> str:
        return self.title


class FocusArea(Row):
    focus_set = models.ForeignKey(FocusSet, on_delete=models.CASCADE, related_name="areas")
    code = models.CharField(max_length=40)
    ordinal = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["focus_set", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["focus_set", "code"], name="one_focus_area_code")]

    def __str__(self) -> str:
        return self.title


class Code(Row):
    """A behaviour, effect, fault or cause code or a work line (S0-31, S0-37, S0-59…61, S1-44…46)."""

    pack = models.CharField(max_length=40)
    group = models.CharField(max_length=30)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80, blank=True)
    level = models.CharField(max_length=16, help_text=_("organisation 或 duty_holder"))

    class Meta:
        ordering = ["group", "code"]
        constraints = [models.UniqueConstraint(fields=["pack", "group", "code"], name="one_code")]

    def __str__(self) -> str:
        return self.title


class Category(Row):
    """Category of problems (类别) of a pack."""

    pack = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=40)
    title_en = models.CharField(max_length=60, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal", "code"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="one_category_code")]

    def __str__(self) -> str:
        return self.title


class FindingTemplate(Row):
    """A finding worded to the duty (S2-22), filled in with one tap."""

    pack = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=24)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="templates")
    fact = models.TextField()
    duty = models.CharField(max_length=200, blank=True)
    requirement = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=12)
    line = models.CharField(max_length=12, help_text=_("territory、department 或 unit"))
    lines = models.JSONField(default=list, help_text=_("有关的责任线，第一条即 line"))
    rule_items = models.JSONField(default=list)
    behaviour_codes = models.JSONField(default=list)
    site_types = models.JSONField(default=list)
    on_spot_possible = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pack", "code"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="one_template_code")]

    def __str__(self) -> str:
        return self.title


class LegalInstrument(Row):
    """A law or regulation; the register is shared by all packs."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=30)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title


class LegalVersion(Row):
    """One version of an instrument with its validity; `precision` says how exactly the dates are known."""

    instrument = models.ForeignKey(LegalInstrument, on_delete=models.CASCADE, related_name="versions")
    label = models.CharField(max_length=60)
    adopted_on = models.DateField(null=True)
    precision = models.CharField(max_length=8, default="day")
    note = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    evidence_tag = models.CharField(max_length=30)

    class Meta:
        ordering = ["instrument", "valid_from"]


class Provision(Row):
    version = models.ForeignKey(LegalVersion, on_delete=models.CASCADE, related_name="provisions")
    number = models.CharField(max_length=30)
    topic = models.CharField(max_length=160)
    evidence_tag = models.CharField(max_length=30, blank=True)


class Urgency(models.TextChoices):
    NORMAL = "normal", _("常态")
    EMERGENCY = "emergency", _("应急")


class Campaign(Row):
    """A supervision campaign (专项监督): scope, rules, day rhythm, time-limit profile, end and erase plan."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)
    pack = models.CharField(max_length=40)
    trigger = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=300, blank=True)
    scope = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", help_text=_("范围：区划"))
    area_path = PathField()
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", help_text=_("专班"))
    lead_department = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    headquarters = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    urgency = models.CharField(max_length=12, choices=Urgency.choices, default=Urgency.NORMAL)
    cutoff = models.TimeField(default=time(16, 0))
    formal_order_at = models.TimeField(default=time(17, 0))
    warn_minutes = models.PositiveSmallIntegerField(default=60)
    starts_on = models.DateField()
    review_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=CampaignState.choices, default=CampaignState.PREPARING)
    order_number_pattern = models.CharField(max_length=60, default="督交〔{year}〕{serial}号")
    rule_sets = models.ManyToManyField(RuleSet, blank=True, related_name="campaigns")
    focus_sets = models.ManyToManyField(FocusSet, blank=True, related_name="campaigns")
    day_rail = models.JSONField(default=list, help_text=_("一日时刻 [{at, until, title, step}]"))
    look_back_percent = models.PositiveSmallIntegerField(default=10)
    look_back_days = models.PositiveSmallIntegerField(default=7)
    urge_after_hours = models.PositiveSmallIntegerField(default=9)
    escalate_after_hours = models.PositiveSmallIntegerField(default=33)
    trace_after_hours = models.PositiveSmallIntegerField(default=57)
    may_open_position = models.BooleanField(default=False, help_text=_("允许现场记录定位，默认关闭"))
    erase_plan = models.JSONField(default=dict)
    closing_number = models.CharField(max_length=60, blank=True)
    closing_reason = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="campaign_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def campaign_id(self):
        return self.pk


class RiskTable(Row):
    """A version of the table of risk points (风险计分表): a pack's, or a campaign's own, with who changed it and why.

    The newest version of the campaign holds, else the newest of its pack; older ones stay, so that a score of
    another day can be computed again.
    """

    pack = models.CharField(max_length=40)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="risk_tables")
    version = models.PositiveSmallIntegerField()
    lines = models.JSONField(help_text=_("[{code, title, title_en, tag, note, values}]"))
    valid_from = models.DateTimeField()
    change_reason = models.CharField(max_length=200, blank=True)
    changed_by_label = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["pack", "campaign", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "version"], condition=Q(campaign=None), name="one_pack_risk_table"
            ),
            models.UniqueConstraint(fields=["campaign", "version"], name="one_campaign_risk_table"),
        ]

    def __str__(self) -> str:
        kind = _("专项") if self.campaign_id else _("专项包")
        return f"{kind} v{self.version}"


class ScopeGroup(models.TextChoices):
    TOWNSHIP = "township", _("乡镇（街道）")
    CITY_UNIT = "city_unit", _("市直单位")


class CampaignUnit(Row):
    """A line of the campaign's report: every expected unit is listed even with zeros."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="scope_units")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=12, choices=ScopeGroup.choices)
    ordinal = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["campaign", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["campaign", "unit"], name="one_scope_line_per_unit")]


class CampaignPeriod(Row):
    """A period flag (holiday, change of term, outbreak, resumption of work) usable in rules (S0-81, S4-19)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="periods")
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)


class DirectiveKind(models.TextChoices):
    DIRECTIVE = "directive", _("上级部署")
    ANNOUNCEMENT = "announcement", _("通告指令")
    NOTICE = "notice", _("纪律通知")
    MEETING = "meeting", _("会议决定")


class Directive(Row):
    """An instruction from above or an announcement with the measures it demands (R-02)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="directives")
    code = models.CharField(max_length=40, help_text=_("专项内的代码，清单以“代码/措施代码”引用"))
    kind = models.CharField(max_length=14, choices=DirectiveKind.choices)
    issuer_title = models.CharField(max_length=80)
    issuer_level = models.CharField(max_length=12, blank=True)
    number = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=160)
    issued_on = models.DateField()
    text = models.TextField(blank=True)
    source_file = models.ForeignKey(
        "kernel.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    received_at = models.DateTimeField()
    repealed_at = models.DateTimeField(null=True)
    repeal_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-issued_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "code"], name="one_directive_code")]

    def __str__(self) -> str:
        return self.title


class Measure(Row):
    """One demand of a directive with scope, exceptions and validity (S2-56)."""

    directive = models.ForeignKey(Directive, on_delete=models.CASCADE, related_name="measures")
    code = models.CharField(max_length=40)
    ordinal = models.PositiveSmallIntegerField(default=1)
    text = models.CharField(max_length=400)
    scope_note = models.CharField(max_length=200, blank=True)
    exceptions = models.CharField(max_length=300, blank=True)
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True)
    source_start = models.PositiveIntegerField(null=True, help_text=_("在原文中的位置"))
    source_end = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["directive", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["directive", "code"], name="one_measure_code"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gt=models.F("effective_from")),
                name="measure_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def reference(self) -> str:
        """Return “directive code/measure code”, as check items cite it."""
        return f"{self.directive.code}/{self.code}"


class DestructionCertificate(Row):
    """What was destroyed at the end of a campaign, by whom, on which decision (G-9). Never deleted itself."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="certificates")
    number = models.PositiveSmallIntegerField()
    destroyed_at = models.DateTimeField()
    destroyed_by_label = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    lines = models.JSONField(default=list, help_text=_("[{code, title, records, files}]"))
    file_digests = models.JSONField(default=list, help_text=_("已清除文件的摘要"))
    digest = models.CharField(max_length=64, help_text=_("以上内容的摘要，写入留痕"))
    completed_at = models.DateTimeField(null=True, help_text=_("文件确已从存储中删除的时间"))

    class Meta:
        ordering = ["campaign", "number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="one_certificate_number")]
