"""Visits, answers, evidence, findings, support requests and daily team sheets (R-06, R-07, §2.9, §2.11).

A finding is one fact at one site with one responsible unit or post. A citizen is never its subject (G-1, S2-54).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Category, Code, FocusArea, Measure, RuleItem
from duban.checklists.models import ChecklistVersion
from duban.inspection.states import (
    FindingState,
    Lateness,
    SheetState,
    SubmissionState,
    SupportState,
    VisitState,
)
from duban.kernel.fields import PathField, Row
from duban.people.models import Device, Post, SubjectClass, User
from duban.sites.models import Site
from duban.teams.models import Dispatch, DispatchSite, Round, Team
from duban.territory.models import Unit


class Mode(models.TextChoices):
    OPEN = "open", _("明察")
    COVERT = "covert", _("暗访")
    UNANNOUNCED = "unannounced", _("四不两直")
    PHONE = "phone", _("电话抽查")


class Method(models.TextChoices):
    ON_SITE_VISIT = "on_site_visit", _("实地走访")
    SITE_VIEW = "site_view", _("现场查看")
    FIXED_POINT = "fixed_point", _("定点督查")
    RANDOM = "random", _("随机抽查")
    DOUBLE_RANDOM = "double_random", _("双随机")
    PHONE = "phone", _("电话抽查")
    DOCUMENTS = "documents", _("查阅资料")
    INTERVIEW = "interview", _("询问谈话")
    JOINT = "joint", _("联合检查")
    CROSS = "cross", _("交叉检查")
    LOOK_BACK = "look_back", _("回头看")
    THEMED = "themed", _("专题督查")
    STATIONED = "stationed", _("蹲点")


class CallOutcome(models.TextChoices):
    """What came of a telephone spot check (S4-13)."""

    ANSWERED = "answered", _("已接听")
    UNANSWERED = "unanswered", _("无人接听")
    WRONG = "wrong", _("号码不是该单位")


class Entry(models.TextChoices):
    WEB = "web", _("网页录入")
    PAPER = "paper", _("纸质补录")
    FIELD = "field", _("外业端")
    OPENROSA = "openrosa", _("ODK Collect")


class Visit(Row):
    """One inspection of one site (点位次). The client may create the id offline; it is the idempotency key."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="visits")
    number = models.PositiveIntegerField()
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="visits")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="visits")
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, null=True, related_name="visits")
    dispatch_site = models.ForeignKey(
        DispatchSite, on_delete=models.PROTECT, null=True, related_name="visits"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits")
    area_path = PathField()
    checklist_version = models.ForeignKey(
        ChecklistVersion, on_delete=models.PROTECT, null=True, related_name="visits"
    )
    mode = models.CharField(max_length=12, choices=Mode.choices)
    methods = models.JSONField(default=list)
    purpose = models.CharField(max_length=200, blank=True)
    day = models.DateField(help_text=_("到点位当地日期"))
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField()
    entry = models.CharField(max_length=10, choices=Entry.choices, default=Entry.WEB)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    inspectors = models.ManyToManyField(User, related_name="visits")
    partners = models.ManyToManyField(Unit, blank=True, related_name="+", help_text=_("联合检查单位"))
    accompanied_count = models.PositiveSmallIntegerField(default=0)
    accompanied_post = models.CharField(max_length=80, blank=True)
    no_notice_points = models.JSONField(default=list, help_text=_("四不两直六点逐项声明"))
    deferred_at = models.DateTimeField(null=True, help_text=_("单位因应急请求改期"))
    call_number = models.CharField(max_length=40, blank=True, help_text=_("电话抽查拨打的单位值班电话"))
    call_outcome = models.CharField(max_length=10, choices=CallOutcome.choices, blank=True)
    call_post = models.CharField(max_length=80, blank=True, help_text=_("接听岗位，不写姓名"))
    signature = models.CharField(max_length=12, default="none", help_text=_("signed、refused、covert、none"))
    unit_opinion = models.CharField(max_length=300, blank=True)
    self_statement = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=VisitState.choices, default=VisitState.OPEN)
    submitted_at = models.DateTimeField(null=True)
    manual_reason = models.CharField(
        max_length=200, blank=True, help_text=_("派出安排以外的点位：增加的理由")
    )
    content_digest = models.CharField(
        max_length=64, blank=True, help_text=_("提交内容的校验值，用于识别重复提交")
    )

    class Meta:
        ordering = ["-arrived_at", "-id"]
        indexes = [
            models.Index(fields=["campaign", "day", "team"], name="visit_day_team"),
            models.Index(fields=["campaign", "arrived_at", "id"], name="visit_time"),
            models.Index(fields=["area_path", "arrived_at"], name="visit_scope"),
            models.Index(fields=["site", "arrived_at"], name="visit_site"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_visit_number"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=models.F("arrived_at")), name="left_after_arrived"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Answer(Row):
    """One answer: question name and raw value; `index` counts repeats."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="answers")
    name = models.CharField(max_length=80)
    index = models.PositiveSmallIntegerField(default=0)
    value = models.TextField(blank=True)
    is_check = models.BooleanField(default=False)
    is_must_ask = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "name", "index"], name="one_answer")]


class Severity(models.TextChoices):
    INCIPIENT = "incipient", _("苗头")
    GENERAL = "general", _("一般")
    PROMINENT = "prominent", _("突出")
    SERIOUS = "serious", _("严重")


class Consequence(models.TextChoices):
    NONE = "none", _("无")
    ADVERSE = "adverse", _("造成不良影响")
    RISK = "risk", _("发生风险")
    SERIOUS = "serious", _("后果严重")


class Line(models.TextChoices):
    TERRITORY = "territory", _("属地责任")
    DEPARTMENT = "department", _("主管部门责任")
    UNIT = "unit", _("单位责任")


class Finding(Row):
    """A problem (问题): one fact, one site, one responsible unit or post. Counted by scope and state (kernel.tally)."""

    tally_topic = "finding"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="findings")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="findings")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="findings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="findings", help_text=_("责任单位"))
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="findings")
    subject_class = models.CharField(max_length=20, choices=SubjectClass.choices)
    area_path = PathField(help_text=_("登记时点位的区划路径"))
    unit_path = PathField(help_text=_("登记时责任单位的路径"))
    line = models.CharField(max_length=12, choices=Line.choices)
    territory_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    department_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="findings")
    focus_area = models.ForeignKey(FocusArea, on_delete=models.PROTECT, null=True, related_name="findings")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, null=True, related_name="findings")
    rule_items = models.ManyToManyField(RuleItem, blank=True, related_name="findings")
    codes = models.ManyToManyField(Code, blank=True, related_name="findings")
    template = models.CharField(max_length=60, blank=True)
    check_item_name = models.CharField(max_length=80, blank=True)
    fact = models.TextField()
    requirement = models.CharField(max_length=300, blank=True)
    citation = models.CharField(max_length=200, blank=True, help_text=_("主管机关认定文号（G-6）"))
    severity = models.CharField(max_length=12, choices=Severity.choices)
    consequence = models.CharField(max_length=12, choices=Consequence.choices, default=Consequence.NONE)
    consequence_reason = models.CharField(max_length=200, blank=True)
    reported_figures = models.JSONField(null=True, help_text=_("报送不实：报送数、核实数、来源、时间"))
    found_at = models.DateTimeField()
    found_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True, help_text=_("当场向单位岗位说明的时间（当日通报）"))
    entered_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=FindingState.choices, default=FindingState.REGISTERED)
    state_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    is_on_spot = models.BooleanField(default=False)
    on_spot_note = models.CharField(max_length=300, blank=True)
    corrected_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    is_extended = models.BooleanField(default=False)
    lateness = models.CharField(max_length=10, choices=Lateness.choices, blank=True, default=Lateness.NONE)
    overdue_at = models.DateTimeField(null=True, help_text=_("逾期发生的时间，办结后保留"))
    written_off_at = models.DateTimeField(null=True)
    recurrence_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="recurrences")
    reopened_at = models.DateTimeField(null=True)
    is_false_rectification = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True)
    withdraw_reason = models.CharField(max_length=300, blank=True)
    transfer_number = models.CharField(max_length=60, blank=True)
    content_digest = models.CharField(
        max_length=64, blank=True, help_text=_("提交内容的校验值，用于识别重复提交")
    )

    class Meta:
        ordering = ["-found_at", "-id"]
        indexes = [
            models.Index(fields=["campaign", "found_at", "id"], name="finding_time"),
            models.Index(fields=["area_path", "found_at"], name="finding_scope"),
            models.Index(fields=["unit_path", "found_at"], name="finding_unit_scope"),
            models.Index(fields=["campaign", "state", "area_path", "team"], name="finding_state_area"),
            models.Index(fields=["campaign", "state", "unit_path"], name="finding_state_unit"),
            models.Index(fields=["campaign", "state", "found_at", "id"], name="finding_state_time"),
            models.Index(fields=["campaign", "state", "state_at"], name="finding_state_since"),
            models.Index(
                fields=["campaign", "state", "due_at", "paused_at", "area_path"], name="finding_overdue"
            ),
            models.Index(fields=["found_by", "state"], name="finding_finder"),
            models.Index(
                fields=["due_at"], name="finding_due", condition=Q(state__in=("ordered", "rectifying"))
            ),
            models.Index(fields=["site", "category"], name="finding_site"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_finding_number"),
            models.CheckConstraint(condition=~Q(subject_class=""), name="finding_has_subject_class"),
        ]

    def __str__(self) -> str:
        return f"{self.number:04d}"


class Phase(models.TextChoices):
    BEFORE = "before", _("整改前")
    AFTER = "after", _("整改后")
    RECORD = "record", _("资料")


class Evidence(Row):
    """A photo or file: stripped of EXIF, hashed, captioned; capture time kept apart from upload time (G-4)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="evidence")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="evidence")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="evidence")
    question = models.CharField(max_length=80, blank=True)
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.BEFORE)
    file = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, related_name="+")
    thumbnail = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    received_sha256 = models.CharField(max_length=64, help_text=_("收到的原始字节的校验值"))
    caption = models.CharField(max_length=120, blank=True)
    taken_at = models.DateTimeField(null=True)
    uploaded_at = models.DateTimeField()
    uploaded_by_label = models.CharField(max_length=80)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    cover_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["uploaded_at", "id"]


class Submission(Row):
    """A record as a phone sent it, byte for byte; its id is the instanceID, so that a repeat is recognised (FIELD.md).

    Held: not entered yet, because a person has to look first. A later version of a record points at the one it replaces.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="submissions")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="submissions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    checklist_version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="submissions")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    xml = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, related_name="+")
    xml_sha256 = models.CharField(max_length=64)
    area_path = PathField()
    state = models.CharField(max_length=10, choices=SubmissionState.choices, default=SubmissionState.APPLIED)
    held_for = models.CharField(max_length=24, blank=True)
    received_at = models.DateTimeField()
    told_times = models.JSONField(
        default=dict, help_text=_("手机所记而晚于收到时间的时刻，入账时以收到时间为准")
    )
    decided_at = models.DateTimeField(null=True)
    decided_by_label = models.CharField(max_length=80, blank=True)
    decision_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["campaign", "received_at"], name="submission_time"),
            models.Index(fields=["state", "received_at"], name="submission_held", condition=Q(state="held")),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_version.checklist} · {self.device}"


class SubmissionFile(Row):
    """A photo a record names: awaited until it arrives. Kept without EXIF, like every photo (G-4)."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    finding_id = models.UUIDField(null=True)
    question = models.CharField(max_length=80, blank=True)
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.BEFORE)
    received_sha256 = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    file = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["submission", "name"]
        constraints = [models.UniqueConstraint(fields=["submission", "name"], name="one_file_per_name")]


class SupportRequest(Row):
    """What a site or a unit needs from headquarters: materials, staff, a rule (S0-78, §2.12)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="support_requests")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="support_requests")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="support_requests")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    area_path = PathField()
    kind = models.CharField(max_length=12, help_text=_("materials、staff、policy、other"))
    text = models.CharField(max_length=300)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=SupportState.choices, default=SupportState.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_label = models.CharField(max_length=80, blank=True)


class DailySheet(Row):
    """A team's sheet of the day (督导日报): locks at the cut-off; later entries belong to the next edition."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="daily_sheets")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="daily_sheets")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.OPEN)
    typical_problems = models.TextField(blank=True)
    difficulties = models.TextField(blank=True)
    suggestions = models.TextField(blank=True)
    tomorrow = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by_label = models.CharField(max_length=80, blank=True)
    reminded_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField(null=True, help_text=_("锁定数据的截止时间：当日截数时刻"))
    late_note = models.TextField(blank=True, help_text=_("截数后补报的文字，列入次日"))
    late_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "day"], name="one_sheet_per_team_day")]
        indexes = [models.Index(fields=["campaign", "day"], name="sheet_day")]
