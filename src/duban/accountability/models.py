"""Accountability cases with all that G-20 asks for, tolerance, decisions, appeals, publication, meddling.

The subject is an organisation or a post, never a private person. Nothing is decided by the program (G-26).
"""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.accountability.states import (
    AppealState,
    BasisKind,
    CaseState,
    Distinction,
    ExaminedLine,
    MeddlingKind,
    PublicationState,
    Responsibility,
    SubjectKind,
    ToleranceChoice,
    ToleranceResult,
    ToleranceState,
)
from duban.campaigns.models import Campaign, Provision
from duban.documents.models import OfficialDocument
from duban.inspection.models import Consequence
from duban.kernel.fields import PathField, Row
from duban.people.models import Post, User
from duban.rectification.models import TraceBack
from duban.territory.models import Unit


class AccountabilityCase(Row):
    """One matter of one subject, from an opened trace-back to its conclusion (S1-41…43, S3-48…50)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="accountability_cases")
    trace_back = models.ForeignKey(TraceBack, on_delete=models.PROTECT, related_name="accountability_cases")
    number_text = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=12, choices=SubjectKind.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="accountability_cases")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="accountability_cases")
    area_path = PathField(help_text=_("责任单位的路径"))
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.DRAFTED)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handler = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handlers = models.ManyToManyField(User, related_name="+", help_text=_("曾经办理过的人，申诉审查须回避"))
    act_on = models.DateField(help_text=_("行为发生日"))
    facts = models.TextField(blank=True)
    basis_kind = models.CharField(max_length=12, choices=BasisKind.choices, blank=True)
    provision = models.ForeignKey(Provision, on_delete=models.PROTECT, null=True, related_name="+")
    responsibility = models.CharField(max_length=24, choices=Responsibility.choices, blank=True)
    consequence = models.CharField(max_length=10, choices=Consequence.choices, default=Consequence.NONE)
    consequence_reason = models.CharField(max_length=300, blank=True)
    told_on = models.DateField(null=True, help_text=_("事实、依据和拟处理意见告知日"))
    tolerance_choice = models.CharField(max_length=12, choices=ToleranceChoice.choices, blank=True)
    tolerance_reason = models.CharField(max_length=300, blank=True)
    tolerance_considered_at = models.DateTimeField(null=True)
    tolerance_considered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    effective_on = models.DateField(null=True)
    concluded_at = models.DateTimeField(null=True)
    execution = models.TextField(blank=True, help_text=_("执行情况"))
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number_text"], name="one_accountability_number"),
            models.CheckConstraint(
                condition=Q(subject_kind="organisation", post=None)
                | Q(subject_kind="post", post__isnull=False),
                name="accountability_subject_is_unit_or_post",
            ),
            models.UniqueConstraint(
                fields=["trace_back", "unit"], condition=Q(post=None) & ~Q(state="withdrawn"),
                name="one_open_case_per_unit",
            ),
            models.UniqueConstraint(
                fields=["trace_back", "post"], condition=~Q(state="withdrawn"), name="one_open_case_per_post"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["campaign", "state", "opened_at"], name="accountability_list"),
            models.Index(fields=["area_path", "opened_at"], name="accountability_scope"),
        ]

    def __str__(self) -> str:
        return self.number_text

    @property
    def subject_label(self) -> str:
        return f"{self.unit.label}{self.post.title}" if self.post else self.unit.label


class NewFacts(Row):
    """Facts found after a defence: the only ground on which a heavier measure may be told again (G-21)."""

    case = models.ForeignKey(AccountabilityCase, on_delete=models.PROTECT, related_name="new_facts")
    text = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["added_at", "id"]


class Examination(Row):
    """One line of responsibility examined, with its result even where there is none (一案双查, S3-49)."""

    case = models.ForeignKey(AccountabilityCase, on_delete=models.PROTECT, related_name="examinations")
    line = models.CharField(max_length=12, choices=ExaminedLine.choices)
    is_responsible = models.BooleanField()
    result = models.CharField(
        max_length=300, help_text=_("查了哪些岗位、结论和理由；没有责任的写明“无”和理由")
    )
    examined_at = models.DateTimeField()
    examined_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "line"]
        constraints = [models.UniqueConstraint(fields=["case", "line"], name="one_examination_per_line")]


class Defence(Row):
    """The subject's statement and defence as heard, or its waiver; the latest one counts (G-20)."""

    case = models.ForeignKey(AccountabilityCase, on_delete=models.PROTECT, related_name="defences")
    sequence = models.PositiveSmallIntegerField()
    heard_on = models.DateField()
    heard_by_posts = models.JSONField(default=list, help_text=_("听取人岗位，不少于两人"))
    is_waived = models.BooleanField(default=False)
    waiver_record = models.CharField(max_length=300, blank=True)
    statement = models.TextField(blank=True)
    defence = models.TextField(blank=True)
    response = models.TextField(blank=True, help_text=_("采纳情况和理由"))
    signature = models.CharField(max_length=200, blank=True, help_text=_("对象签署的意见；未签署的写明原因"))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "sequence"]
        constraints = [models.UniqueConstraint(fields=["case", "sequence"], name="one_defence_sequence")]


class Proposal(Row):
    """Measures told to the subject or proposed after its defence, to the body with authority."""

    case = models.ForeignKey(AccountabilityCase, on_delete=models.PROTECT, related_name="proposals")
    sequence = models.PositiveSmallIntegerField()
    is_told = models.BooleanField(help_text=_("告知对象的拟处理意见；否则为听取申辩后的建议"))
    measures = models.JSONField(default=list)
    reasons = models.TextField()
    to_body = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", help_text=_("有权决定的组织")
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "sequence"]
        constraints = [models.UniqueConstraint(fields=["case", "sequence"], name="one_proposal_sequence")]


class DistinctionAnswer(Row):
    """The answer to one of the three distinctions: which side the act falls on, and why."""

    case = models.ForeignKey(AccountabilityCase, on_delete=models.PROTECT, related_name="distinctions")
    distinction = models.CharField(max_length=12, choices=Distinction.choices)
    is_fault_to_tolerate = models.BooleanField(help_text=_("属于前者（可容的失误）"))
    reason = models.CharField(max_length=300)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "distinction"], name="one_answer_per_distinction")
        ]


class ToleranceCase(Row):
    """The tolerance procedure of one case (§2.7, S4-62). Tolerated still corrects."""

    case = models.OneToOneField(AccountabilityCase, on_delete=models.PROTECT, related_name="tolerance")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tolerance_cases")
    area_path = PathField()
    state = models.CharField(max_length=12, choices=ToleranceState.choices, default=ToleranceState.APPLIED)
    is_ex_officio = models.BooleanField(default=False)
    applicant_label = models.CharField(max_length=80, help_text=_("申请的岗位或单位；依职权启动的写办理岗位"))
    grounds = models.TextField()
    emergency_grounds = models.JSONField(default=list)
    is_unintended = models.BooleanField(default=False, help_text=_("非有意而为"))
    applied_at = models.DateTimeField()
    due_on = models.DateField(null=True, help_text=_("本环节期限（工作日）"))
    declined_reason = models.CharField(max_length=300, blank=True)
    factors = models.JSONField(default=dict)
    exclusions = models.JSONField(default=dict)
    opinion = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True)
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    attendees = models.JSONField(default=list)
    votes_for = models.PositiveSmallIntegerField(null=True)
    votes_against = models.PositiveSmallIntegerField(null=True)
    votes_abstain = models.PositiveSmallIntegerField(null=True)
    determined_on = models.DateField(null=True)
    result = models.CharField(max_length=10, choices=ToleranceResult.choices, blank=True)
    result_reason = models.TextField(blank=True)
    told_on = models.DateField(null=True)
    told_to = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(_("%(number)s 容错")) % {"number": self.case}


class CorrectionItem(Row):
    """What a tolerated subject still has to correct, by when, and the check of it."""

    tolerance = models.ForeignKey(ToleranceCase, on_delete=models.PROTECT, related_name="corrections")
    ordinal = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    due_on = models.DateField()
    checked_on = models.DateField(null=True)
    is_corrected = models.BooleanField(null=True)
    check_note = models.CharField(max_length=300, blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["tolerance", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["tolerance", "ordinal"], name="one_correction_ordinal")
        ]


class AccountabilityDecision(Row):
    """The collective decision, its remedy and its delivery. Delivery starts the remedy clock."""

    case = models.OneToOneField(AccountabilityCase, on_delete=models.PROTECT, related_name="decision")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="accountability_decisions")
    area_path = PathField()
    number_text = models.CharField(max_length=80, blank=True)
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    attendees = models.JSONField(default=list, help_text=_("出席岗位"))
    decided_on = models.DateField()
    votes_for = models.PositiveSmallIntegerField()
    votes_against = models.PositiveSmallIntegerField()
    votes_abstain = models.PositiveSmallIntegerField()
    measures = models.JSONField(default=list, help_text=_("空为不予问责"))
    reasons = models.TextField()
    remedy = models.TextField()
    appeal_months = models.PositiveSmallIntegerField(default=1)
    answer_months = models.PositiveSmallIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    delivered_on = models.DateField(null=True)
    delivery_method = models.CharField(max_length=80, blank=True)
    received_by_label = models.CharField(max_length=80, blank=True)
    remedy_until = models.DateField(null=True)
    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_on=None) | Q(delivered_on__gte=models.F("decided_on")),
                name="delivered_after_decided",
            ),
            models.CheckConstraint(
                condition=Q(votes_for__gt=models.F("votes_against")), name="decision_carried"
            ),
        ]

    def __str__(self) -> str:
        return self.number_text or str(self.case)

    def remedy_is_open(self, day: date) -> bool:
        """Test whether an appeal on `day` would be in time."""
        return self.remedy_until is not None and day <= self.remedy_until


class Appeal(Row):
    """An appeal to the deciding body, reviewed by somebody who never handled the case (G-22)."""

    case = models.OneToOneField(AccountabilityCase, on_delete=models.PROTECT, related_name="appeal")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="appeals")
    area_path = PathField()
    state = models.CharField(max_length=12, choices=AppealState.choices, default=AppealState.FILED)
    filed_on = models.DateField()
    filed_by_label = models.CharField(max_length=80)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_on_behalf = models.BooleanField(default=False)
    is_within_limit = models.BooleanField()
    reasons = models.TextField()
    answer_due_on = models.DateField()
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    measures = models.JSONField(null=True, help_text=_("变更后的方式"))
    result_reasons = models.TextField(blank=True)
    decided_on = models.DateField(null=True)
    answered_on = models.DateField(null=True, help_text=_("书面答复日"))

    def __str__(self) -> str:
        return str(_("%(number)s 申诉")) % {"number": self.case}


class Publication(Row):
    """A decision made public: unit and post, no names, only after effect and a legal check (G-25)."""

    case = models.OneToOneField(AccountabilityCase, on_delete=models.PROTECT, related_name="publication")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="accountability_publications"
    )
    area_path = PathField()
    state = models.CharField(
        max_length=10, choices=PublicationState.choices, default=PublicationState.DRAFTED
    )
    text = models.TextField()
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    legal_opinion = models.CharField(max_length=300, blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    published_on = models.DateField(null=True)
    remove_on = models.DateField(null=True)
    removed_on = models.DateField(null=True)
    removal_reason = models.CharField(max_length=300, blank=True)


class MeddlingRecord(Row):
    """Somebody asked about, pleaded in or meddled with a matter: recorded by whoever was asked (G-27)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="meddling_records")
    case = models.ForeignKey(
        AccountabilityCase, on_delete=models.PROTECT, null=True, related_name="meddling_records"
    )
    area_path = PathField()
    asker_label = models.CharField(max_length=120, help_text=_("单位和岗位"))
    kind = models.CharField(max_length=12, choices=MeddlingKind.choices)
    matter = models.CharField(max_length=200)
    content = models.TextField()
    answer = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-id"]
