"""Work orders, replies, plans, disputes, verifications, look-backs, urges, referrals, common problems, trace-backs.

R-08…R-10, R-12, S2-26…42, S2-35, §2.10. Units answer through a signed link (UnitLink) without an account.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.burden.models import FormApproval
from duban.campaigns.models import Campaign, Category
from duban.documents.models import Number, OfficialDocument
from duban.inspection.models import Finding
from duban.kernel.fields import PathField, Row
from duban.people.models import Post, User
from duban.rectification.states import (
    WITH_THE_UNIT,
    CommonState,
    DeadlineKind,
    DisputeState,
    Ground,
    OrderState,
    PlanState,
    ReferralState,
    ResultKind,
    TraceState,
)
from duban.teams.models import Team
from duban.territory.models import Unit


class WorkOrder(Row):
    """An order (交办单) to one unit with its same-day chain of six timestamps (S2-26…31). Counted like findings."""

    tally_topic = "order"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="orders")
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="order")
    number_text = models.CharField(max_length=80, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="orders")
    area_path = PathField(help_text=_("责任单位的路径"))
    proposed_by_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="orders")
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=200, blank=True)
    deadline_kind = models.CharField(max_length=10, choices=DeadlineKind.choices)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.DRAFT)
    is_due_same_day = models.BooleanField(default=True, help_text=_("下达时即要求当日办结（B4 分母）"))
    # the same-day chain: 当日督导、通报、督办、整改、反馈、核验销号
    inspected_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    issued_on = models.DateField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by_label = models.CharField(max_length=80, blank=True)
    rectified_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    written_off_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["campaign", "issued_on", "state"], name="order_day"),
            models.Index(fields=["area_path", "issued_at"], name="order_scope"),
            models.Index(fields=["state", "due_at"], name="order_due"),
            models.Index(fields=["campaign", "issued_at", "id"], name="order_time"),
            models.Index(fields=["campaign", "area_path", "state"], name="order_state"),
            models.Index(fields=["campaign", "state", "area_path"], name="order_open"),
            models.Index(fields=["number_text"], name="order_number"),
            models.Index(
                fields=["campaign", "due_at", "id"],
                name="order_waiting",
                condition=Q(state__in=WITH_THE_UNIT),
            ),
        ]

    def __str__(self) -> str:
        return self.number_text or str(_("未编号交办单"))


class OrderItem(Row):
    """One problem on an order. A finding stands on at most one open order."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="items")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="order_items")
    ordinal = models.PositiveSmallIntegerField()
    requirement = models.CharField(max_length=300)
    is_open = models.BooleanField(default=True, help_text=_("交办单作废或异议成立后关闭"))

    class Meta:
        ordering = ["order", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["order", "ordinal"], name="one_item_ordinal"),
            models.UniqueConstraint(
                fields=["finding"], condition=Q(is_open=True), name="one_open_order_per_finding"
            ),
        ]


class UnitLink(Row):
    """A signed link or QR code of an order (or self-check) for a unit without an account; only its hash is kept."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, null=True, related_name="links")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    first_opened_at = models.DateTimeField(null=True)


class Outcome(models.TextChoices):
    DONE = "done", _("已整改")
    CANNOT_TODAY = "cannot_today", _("今日办不完")


class Reply(Row):
    """A unit's reply (反馈): at most five fields (G-32). The principal leader has seen it."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="replies")
    sequence = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    completed_at = models.DateTimeField(null=True)
    principal_agreed = models.BooleanField(default=False)
    replied_at = models.DateTimeField()
    replied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    replied_by_label = models.CharField(max_length=80)
    is_on_behalf = models.BooleanField(default=False, help_text=_("单位无账号，由专班或督导组代录（G-36）"))
    link = models.ForeignKey(UnitLink, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["order", "sequence"]
        constraints = [models.UniqueConstraint(fields=["order", "sequence"], name="one_reply_sequence")]


class ReplyItem(Row):
    """What was done about one item. Photos are inspection.Evidence of the finding with phase `after`."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="replies")
    measures = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "item"], name="one_reply_per_item")]


class PlanRequest(Row):
    """A plan for what cannot be done today, with the new date asked for; decided by the office (S2-30)."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="plans")
    items = models.ManyToManyField(OrderItem, related_name="plans")
    reason = models.CharField(max_length=300)
    plan = models.TextField()
    asked_due_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    requested_by_label = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.REQUESTED)
    granted_due_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="requested"), name="one_open_plan_per_order"
            )
        ]


class Dispute(Row):
    """A unit's disagreement with one item, on fixed grounds, decided by somebody else in two working days (§2.6)."""

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="disputes")
    ground = models.CharField(max_length=14, choices=Ground.choices)
    statement = models.TextField()
    filed_at = models.DateTimeField()
    filed_by_label = models.CharField(max_length=80)
    answer_due_on = models.DateField()
    state = models.CharField(max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-filed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="open"), name="one_open_dispute_per_item"
            )
        ]


class Pause(Row):
    """An interval in which a finding's clock stands still; the due time moves by its length when it ends."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="pauses")
    cause = models.CharField(max_length=12)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding"], condition=Q(to_at=None), name="one_open_pause"),
            models.CheckConstraint(
                condition=Q(to_at=None) | Q(to_at__gte=models.F("from_at")), name="pause_ends_after_start"
            ),
        ]


class VerificationOutcome(models.TextChoices):
    PASSED = "passed", _("通过，予以销号")
    SENT_BACK = "sent_back", _("未到位，退回整改")
    FALSE = "false", _("与反馈不符")


class VerificationMethod(models.TextChoices):
    ON_SITE = "on_site", _("现场核验")
    PHOTOS = "photos", _("照片核验")
    DOCUMENTS = "documents", _("资料核验")


class Verification(Row):
    """Verification of one finding by somebody other than the replier and, for serious ones, the finder."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="verifications")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, null=True, related_name="verifications")
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, related_name="verifications")
    verifier = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=VerificationMethod.choices)
    outcome = models.CharField(max_length=10, choices=VerificationOutcome.choices)
    opinion = models.CharField(max_length=300)
    verified_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text=_("手机上填写核验的时间，由手机报来"))
    new_finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["verified_at", "id"], name="verification_time")]


class LookBack(Row):
    """A sampled re-check after write-off (回头看)."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="look_backs")
    area_path = PathField()
    sampled_at = models.DateTimeField()
    sample_seed = models.CharField(max_length=64)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    held = models.BooleanField(null=True)
    note = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField(null=True, help_text=_("手机上填写结果的时间，由手机报来"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding"], condition=Q(done_at=None), name="one_open_look_back")
        ]
        indexes = [
            models.Index(fields=["due_on", "done_at"], name="look_back_due"),
            models.Index(fields=["due_on", "id"], name="look_back_open", condition=Q(done_at=None)),
        ]


class UrgeStep(models.TextChoices):
    URGE = "urge", _("催办")
    ESCALATE = "escalate", _("提级督办")


class Urge(Row):
    """One urge (催办单) or escalation of an order; exactly once per episode of lateness."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="urges")
    step = models.CharField(max_length=10, choices=UrgeStep.choices)
    episode = models.PositiveSmallIntegerField(default=1)
    findings = models.ManyToManyField(Finding, related_name="urges")
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="urge")
    number_text = models.CharField(max_length=80, blank=True)
    overdue_days = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "step", "episode"], name="one_urge_per_step")]
        indexes = [models.Index(fields=["raised_at"], name="urge_unsigned", condition=Q(signed_at=None))]


class TraceReason(models.TextChoices):
    OVERDUE = "overdue", _("逾期")
    FALSE = "false", _("虚假整改")
    RECURRENCE = "recurrence", _("反弹")
    SERIOUS = "serious", _("后果严重")


class TraceBack(Row):
    """A proposal to trace responsibility back; raised by rule, decided by a named person with reasons (S2-32, G-26)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="trace_backs")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="trace_backs")
    area_path = PathField()
    reason = models.CharField(max_length=12, choices=TraceReason.choices)
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=TraceState.choices, default=TraceState.RAISED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)
    conclusion = models.TextField(blank=True)
    concluded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "reason"], name="one_trace_back_per_reason")
        ]


class TraceNode(Row):
    """One rung of the chain: site duty holder → unit head → line department → township → supervising body (§2.5)."""

    trace_back = models.ForeignKey(TraceBack, on_delete=models.CASCADE, related_name="nodes")
    ordinal = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    duty = models.CharField(max_length=200)
    basis = models.CharField(max_length=200, blank=True)
    done = models.CharField(max_length=300, blank=True)
    gap = models.CharField(max_length=300, blank=True)
    responsibility = models.CharField(max_length=20, blank=True, help_text=_("责任类型，可为“无”"))

    class Meta:
        ordering = ["trace_back", "ordinal"]


class Referral(Row):
    """A hand-over of a finding to the line authority, and that authority's own result (S2-39…42)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="referrals")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="referrals")
    area_path = PathField()
    authority = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="referral")
    number_text = models.CharField(max_length=80, blank=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")
    matter = models.CharField(max_length=300)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reply_due_on = models.DateField()
    state = models.CharField(max_length=10, choices=ReferralState.choices, default=ReferralState.SENT)
    result_kind = models.CharField(
        max_length=24,
        blank=True,
        choices=ResultKind.choices,
        help_text=_("由主管部门依法作出，不计入四种形态"),
    )
    result = models.CharField(max_length=300, blank=True)
    result_number = models.CharField(max_length=80, blank=True)
    result_on = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)
    published_by_authority = models.BooleanField(default=False)


class CommonProblem(Row):
    """Similar findings at several sites, and the notice to all units in scope to check themselves (S2-35, G-37)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="common_problems")
    title = models.CharField(max_length=80)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    findings = models.ManyToManyField(Finding, related_name="common_problems")
    question = models.CharField(max_length=200, help_text=_("请单位对照检查的一句话"))
    state = models.CharField(max_length=10, choices=CommonState.choices, default=CommonState.PROPOSED)
    approval = models.ForeignKey(FormApproval, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="common_problem")
    number_text = models.CharField(max_length=80, blank=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField(null=True)
    reply_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)


class SelfCheck(Row):
    """A unit's answer to a common-problem notice: yes/no and a number, nothing more (G-37)."""

    common_problem = models.ForeignKey(CommonProblem, on_delete=models.PROTECT, related_name="self_checks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    has_problem = models.BooleanField(null=True)
    count = models.PositiveIntegerField(null=True)
    replied_at = models.DateTimeField(null=True)
    replied_by_label = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["common_problem", "unit"], name="one_self_check_per_unit"),
            models.CheckConstraint(
                condition=Q(replied_at=None) | Q(has_problem__isnull=False), name="self_check_has_answer"
            ),
        ]
