"""Forms of accountability: every step of a case has one; `answer()` gives the arguments of its operation."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from duban.accountability import queries, states
from duban.accountability.limits import ANSWER_MONTHS, APPEAL_MONTHS, remedy_words
from duban.accountability.models import AccountabilityCase
from duban.accountability.policy import REVIEW_ROLES
from duban.inspection.models import Consequence
from duban.kernel import clock
from duban.kernel.actor import OFFICE_ROLES
from duban.people.models import User
from duban.rectification.models import TraceBack
from duban.web.forms.moments import MomentField
from duban.web.forms.orders import day_field, text_field

YES_NO = [("yes", _("是")), ("no", _("否"))]
FOUND = [("no", _("不存在")), ("yes", _("存在"))]


def lines(text: str) -> list[str]:
    """Return the non-empty lines of a text."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


class UserChoice(forms.ModelChoiceField):
    """People appear by post."""

    def label_from_instance(self, obj: User) -> str:  # type: ignore[override]
        return f"{obj.post_label}（{obj.unit.label}）" if obj.unit else obj.post_label


class ProvisionChoice(forms.ModelChoiceField):
    """A provision with its text and version."""

    def label_from_instance(self, obj: Any) -> str:
        version = obj.version
        return f"《{version.instrument.title}》{version.label} 第{obj.number}条 {obj.topic}"


def user_field(label: Any, rows: QuerySet[User]) -> UserChoice:
    """Return a field for somebody of the campaign."""
    return UserChoice(label=label, queryset=rows.select_related("unit"))


class CaseFilter(forms.Form):
    """Filter of the list."""

    q = forms.CharField(
        label=_("编号、单位、岗位"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("编号、单位、岗位")}),
    )
    kind = forms.ChoiceField(
        label=_("对象"), required=False, choices=[("", _("全部对象")), *states.SubjectKind.choices]
    )
    responsibility = forms.ChoiceField(
        label=_("责任类型"), required=False, choices=[("", _("全部类型")), *states.Responsibility.choices]
    )
    since = day_field(_("启动自"), required=False)
    until = day_field(_("启动至"), required=False)


class OpenForm(forms.Form):
    """Who is examined, for which day, by whom."""

    subject = forms.ChoiceField(
        label=_("对象"), widget=forms.RadioSelect, help_text=_("只能是责任链上的单位或岗位，不写姓名。")
    )
    act_on = day_field(_("行为发生日"), help_text=_("依据的条款须在这一天有效。"))
    facts = text_field(_("初步事实"), limit=4000, required=False)

    def __init__(self, *args: Any, trace_back: TraceBack, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units, posts = queries.subjects_of(trace_back)
        self.fields["subject"].choices = [  # type: ignore[attr-defined]
            *[(f"{unit.pk}", f"{unit.name}") for unit in units],
            *[(f"{post.unit_id}/{post.pk}", f"{post.unit.label} {post.title}") for post in posts],
        ]
        staff = queries.staff_of(trace_back.campaign, OFFICE_ROLES)
        self.fields["handler"] = user_field(_("经办人"), staff)
        self.order_fields(["subject", "act_on", "handler", "facts"])

    def answer(self) -> dict[str, Any]:
        """Return the arguments of open_case."""
        given = self.cleaned_data
        unit_id, _slash, post_id = given["subject"].partition("/")
        return {
            "unit_id": UUID(unit_id),
            "post_id": UUID(post_id) if post_id else None,
            "act_on": given["act_on"],
            "handler_id": given["handler"].pk,
            "facts": given["facts"],
        }


class StepForm(forms.Form):
    """Base of the forms of a step; knows its case and who asks."""

    looks: dict[str, str] = {}

    def __init__(self, *args: Any, case: AccountabilityCase, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.today = clock.local_day(request.at)
        self.build()

    def build(self) -> None:
        """Add what depends on the case."""

    def answer(self) -> dict[str, Any]:
        """Return the arguments of the operation."""
        return dict(self.cleaned_data)

    def shown(self) -> list[tuple[forms.BoundField, str]]:
        """Return every field with its look."""
        return [(self[name], self.looks.get(name, "")) for name in self.fields]

    def measure_field(self, label: Any, initial: list[str] | None = None) -> forms.MultipleChoiceField:
        """Return the ladder of measures that fits the subject."""
        ladder = states.MEASURES[states.SubjectKind(self.case.subject_kind)]
        return forms.MultipleChoiceField(
            label=label,
            required=False,
            choices=[(one.value, one.label) for one in ladder],
            initial=initial,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("由轻到重；都不选即不予问责。"),
        )

    def body_field(self, label: Any) -> forms.ModelChoiceField:
        """Return the bodies with authority; the last one asked comes first."""
        last = self.case.proposals.order_by("-sequence").first()
        rows = queries.deciding_bodies(self.case.campaign)
        return forms.ModelChoiceField(label=label, queryset=rows, initial=last.to_body_id if last else None)


class EmptyForm(StepForm):
    """A step that needs no words."""


class ReasonStep(StepForm):
    """A step that needs a reason."""

    reason = text_field(_("理由"), error_messages={"required": _("请写明理由。")})


class HandOverStep(ReasonStep):
    def build(self) -> None:
        self.fields["handler"] = user_field(
            _("新的经办人"), queries.staff_of(self.case.campaign, OFFICE_ROLES)
        )

    def answer(self) -> dict[str, Any]:
        return {"handler_id": self.cleaned_data["handler"].pk, "reason": self.cleaned_data["reason"]}


class SubstanceStep(StepForm):
    """Facts, basis, responsibility, consequence."""

    looks = {"basis_kind": "segments"}
    facts = text_field(_("事实"), limit=4000, rows=6, help_text=_("时间、岗位、要求、查明的情况。"))
    act_on = day_field(_("行为发生日"))
    basis_kind = forms.ChoiceField(
        label=_("依据类别"), choices=states.BasisKind.choices, widget=forms.RadioSelect
    )
    responsibility = forms.ChoiceField(label=_("责任类型"), choices=states.Responsibility.choices)
    consequence = forms.ChoiceField(label=_("后果程度"), choices=Consequence.choices)
    consequence_reason = text_field(_("后果理由"), rows=2, required=False)

    def build(self) -> None:
        case = self.case
        self.fields["provision"] = ProvisionChoice(
            label=_("依据条款"),
            queryset=queries.provisions_valid_on(case.act_on),
            initial=case.provision_id,
            help_text=_("只列行为发生日有效的版本。"),
        )
        for name in ("facts", "act_on", "basis_kind", "responsibility", "consequence", "consequence_reason"):
            self.fields[name].initial = getattr(case, name)
        if case.told_on:
            self.fields["facts"].widget.attrs["readonly"] = True
            self.fields["facts"].help_text = _("已告知对象，不能改写。另有发现的，请补充新事实。")
        self.order_fields(["facts", "act_on", "basis_kind", "provision", "responsibility", "consequence"])

    def answer(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        provision = given.pop("provision")
        return {**given, "facts": given["facts"].replace("\r\n", "\n"), "provision_id": provision.pk}


class ExamineStep(StepForm):
    """One line of the double check."""

    looks = {"is_responsible": "segments"}
    line = forms.ChoiceField(label=_("责任层级"), choices=states.ExaminedLine.choices)
    is_responsible = forms.ChoiceField(label=_("是否负有责任"), choices=YES_NO, widget=forms.RadioSelect)
    result = text_field(_("查了哪些岗位、结论和理由"), help_text=_("没有责任的写“无”和理由。"))

    def answer(self) -> dict[str, Any]:
        return {**self.cleaned_data, "is_responsible": self.cleaned_data["is_responsible"] == "yes"}


class TellStep(StepForm):
    """What the subject is told before it is heard."""

    told_on = day_field(_("告知日期"))
    reasons = text_field(_("拟处理意见的理由"), limit=2000)

    def build(self) -> None:
        last = self.case.proposals.order_by("-sequence").first()
        self.fields["told_on"].initial = self.today
        self.fields["measures"] = self.measure_field(_("拟处理意见"), last.measures if last else None)
        self.fields["to_body"] = self.body_field(_("有权决定的组织"))
        self.order_fields(["told_on", "measures", "reasons", "to_body"])

    def answer(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        body = given.pop("to_body")
        return {**given, "to_body_id": body.pk}


class ProposeStep(StepForm):
    """The proposal after the defence."""

    reasons = text_field(_("建议的理由"), limit=2000, help_text=_("写明申辩采纳情况对建议的影响。"))

    def build(self) -> None:
        last = self.case.proposals.order_by("-sequence").first()
        self.fields["measures"] = self.measure_field(_("处理建议"), last.measures if last else None)
        self.fields["to_body"] = self.body_field(_("提请决定的组织"))
        self.order_fields(["measures", "reasons", "to_body"])

    answer = TellStep.answer


class NewFactsStep(StepForm):
    """Facts found after the defence, and the measure in mind if it changes."""

    facts = text_field(_("新查明的事实"), limit=4000)
    is_changed = forms.BooleanField(label=_("拟处理意见随之调整"), required=False)
    reasons = text_field(_("调整的理由"), limit=2000, required=False)

    def build(self) -> None:
        self.fields["measures"] = self.measure_field(_("调整后的拟处理意见"))
        self.order_fields(["facts", "is_changed", "measures", "reasons"])

    def answer(self) -> dict[str, Any]:
        given = self.cleaned_data
        measures = given["measures"] if given["is_changed"] else None
        return {"facts": given["facts"], "measures": measures, "reasons": given["reasons"]}


class DefenceStep(StepForm):
    """The hearing, or its waiver."""

    heard_on = day_field(_("听取日期"))
    heard_by_posts = text_field(_("听取人岗位"), rows=2, help_text=_("每行一个岗位，不少于两个，不写姓名。"))
    is_waived = forms.BooleanField(label=_("对象放弃陈述和申辩"), required=False)
    waiver_record = text_field(_("放弃的情况"), rows=2, required=False)
    statement = text_field(_("陈述"), limit=4000, rows=4, required=False)
    defence = text_field(_("申辩"), limit=4000, rows=4, required=False)
    response = text_field(_("采纳情况和理由"), limit=4000, required=False)
    signature = forms.CharField(
        label=_("对象签署的意见"), max_length=200, required=False, help_text=_("未签署的写明原因。")
    )

    def build(self) -> None:
        self.fields["heard_on"].initial = self.today

    def answer(self) -> dict[str, Any]:
        return {**self.cleaned_data, "heard_by_posts": lines(self.cleaned_data["heard_by_posts"])}


class DistinctionsStep(StepForm):
    """The three questions, all at once."""

    looks = {f"is-{code}": "segments" for code in states.Distinction.values}

    def build(self) -> None:
        known = {row.distinction: row for row in self.case.distinctions.all()}
        for code, label in states.Distinction.choices:
            row = known.get(code)
            initial = None if row is None else "yes" if row.is_fault_to_tolerate else "no"
            self.fields[f"is-{code}"] = forms.ChoiceField(
                label=label,
                initial=initial,
                widget=forms.RadioSelect,
                choices=[("yes", _("属于前者，可容的失误")), ("no", _("不属于前者"))],
            )
            self.fields[code] = text_field(_("理由"), rows=2, initial=row.reason if row else "")

    def answer(self) -> dict[str, Any]:
        given = self.cleaned_data
        codes = states.Distinction.values
        return {"answers": {code: (given[f"is-{code}"] == "yes", given[code]) for code in codes}}


class ConsiderStep(StepForm):
    """Tolerance considered: opened, or not opened because …"""

    looks = {"is_opened": "cards"}
    is_opened = forms.ChoiceField(
        label=_("是否启动容错"),
        widget=forms.RadioSelect,
        choices=[("yes", _("启动，另行办理容错申请")), ("no", _("不启动"))],
    )
    reason = text_field(_("理由"))

    def answer(self) -> dict[str, Any]:
        return {**self.cleaned_data, "is_opened": self.cleaned_data["is_opened"] == "yes"}


def vote_fields(form: StepForm) -> None:
    """Add who sat and how they voted."""
    form.fields["attendees"] = text_field(
        _("出席岗位"), rows=4, help_text=_("每行一个岗位，不少于三个，不写姓名。")
    )
    for name, label in (("votes_for", _("赞成")), ("votes_against", _("反对")), ("votes_abstain", _("弃权"))):
        initial = None if name == "votes_for" else 0
        form.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=200, initial=initial)


class DecisionStep(StepForm):
    """The collective decision with its remedy."""

    decided_on = day_field(_("决定日期"))
    reasons = text_field(_("决定的理由"), limit=2000)
    remedy = text_field(_("申诉途径和期限"), limit=1000, help_text=_("系统拟文，由人核对。"))
    number_text = forms.CharField(label=_("决定文号"), max_length=80, required=False)
    appeal_months = forms.IntegerField(
        label=_("申诉期限（月）"), min_value=1, max_value=12, initial=APPEAL_MONTHS
    )
    answer_months = forms.IntegerField(
        label=_("答复期限（月）"), min_value=1, max_value=12, initial=ANSWER_MONTHS
    )

    def build(self) -> None:
        last = self.case.proposals.order_by("-sequence").first()
        self.fields["decided_on"].initial = self.today
        self.fields["body"] = self.body_field(_("作出决定的组织"))
        vote_fields(self)
        self.fields["measures"] = self.measure_field(_("决定的方式"), last.measures if last else None)
        if last is not None:
            self.fields["remedy"].initial = remedy_words(last.to_body.name)
        self.order_fields(
            [
                "body",
                "decided_on",
                "attendees",
                "votes_for",
                "votes_against",
                "votes_abstain",
                "measures",
                "reasons",
            ]
        )

    def answer(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        body = given.pop("body")
        return {**given, "body_id": body.pk, "attendees": lines(given["attendees"])}


class DeliveryStep(StepForm):
    """Delivery with its receipt."""

    delivered_on = day_field(_("送达日期"), help_text=_("自这一天起计算申诉期限。"))
    received_by_label = forms.CharField(label=_("签收岗位"), max_length=80)
    delivery_method = forms.CharField(label=_("送达方式"), max_length=80, initial=_("当面送达"))

    def build(self) -> None:
        self.fields["delivered_on"].initial = self.today


class ConcludeStep(StepForm):
    execution = text_field(
        _("执行情况"), limit=4000, rows=5, help_text=_("抄送、检查、整改和以案促改的落实情况。")
    )


class ApplyStep(StepForm):
    """An application for tolerance, by the unit or for it."""

    applicant_label = forms.CharField(label=_("申请的单位或岗位"), max_length=80)
    grounds = text_field(_("理由"), limit=4000, rows=5)
    emergency_grounds = forms.MultipleChoiceField(
        label=_("应急情形"),
        required=False,
        choices=states.EmergencyGround.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("没有的可不选。"),
    )
    is_unintended = forms.BooleanField(label=_("非有意而为"), required=False)

    def build(self) -> None:
        self.fields["applicant_label"].initial = self.case.subject_label


class VerifyStep(StepForm):
    """Six factors, seven exclusions, opinion."""

    looks = {f"exclusion-{code}": "segments" for code in states.Exclusion.values}

    def build(self) -> None:
        for code, label in states.Factor.choices:
            self.fields[f"factor-{code}"] = text_field(label, limit=1000, rows=2)
        for code, label in states.Exclusion.choices:
            self.fields[f"exclusion-{code}"] = forms.ChoiceField(
                label=label, choices=FOUND, widget=forms.RadioSelect
            )
        self.fields["opinion"] = text_field(_("核实意见"), limit=2000)

    def answer(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "factors": {code: given[f"factor-{code}"] for code in states.Factor.values},
            "exclusions": {code: given[f"exclusion-{code}"] == "yes" for code in states.Exclusion.values},
            "opinion": given["opinion"],
        }


class DetermineStep(StepForm):
    """The collective determination with what is still to be corrected."""

    looks = {"result": "cards"}
    determined_on = day_field(_("认定日期"))
    result = forms.ChoiceField(
        label=_("认定结果"), choices=states.ToleranceResult.choices, widget=forms.RadioSelect
    )
    reason = text_field(_("认定的理由"), limit=2000)

    def build(self) -> None:
        self.fields["determined_on"].initial = self.today
        self.fields["body"] = self.body_field(_("认定的组织"))
        vote_fields(self)
        for number in (1, 2, 3):
            self.fields[f"correction-{number}"] = forms.CharField(
                label=_("纠错事项 %(number)s") % {"number": number}, max_length=300, required=False
            )
            self.fields[f"due-{number}"] = day_field(_("完成期限"), required=False)
        self.order_fields(
            ["body", "determined_on", "attendees", "votes_for", "votes_against", "votes_abstain"]
        )

    def answer(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("determined_on", "result", "reason", "votes_for", "votes_against", "votes_abstain")
        pairs = [(given[f"correction-{one}"], given[f"due-{one}"]) for one in (1, 2, 3)]
        return {name: given[name] for name in names} | {
            "body_id": given["body"].pk,
            "attendees": lines(given["attendees"]),
            "corrections": [(text, due) for text, due in pairs if text],
        }


class ToldStep(StepForm):
    told_on = day_field(_("反馈日期"))
    told_to = forms.CharField(label=_("反馈给哪些单位和岗位"), max_length=200)

    def build(self) -> None:
        self.fields["told_on"].initial = self.today


class CorrectionStep(StepForm):
    """The check of one correction."""

    looks = {"is_corrected": "segments"}
    checked_on = day_field(_("核查日期"))
    is_corrected = forms.ChoiceField(label=_("是否已纠正"), choices=YES_NO, widget=forms.RadioSelect)
    note = text_field(_("核查情况"))

    def build(self) -> None:
        self.fields["checked_on"].initial = self.today
        open_items = [item for item in self.case.tolerance.corrections.all() if not item.is_corrected]
        choices = [(str(item.pk), f"{item.ordinal}. {item.text}（{item.due_on}）") for item in open_items]
        self.fields["item"] = forms.ChoiceField(label=_("纠错事项"), choices=choices)
        self.order_fields(["item"])

    def answer(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        item_id = UUID(given.pop("item"))
        return {**given, "item_id": item_id, "is_corrected": given["is_corrected"] == "yes"}


class AppealStep(StepForm):
    """A written appeal."""

    filed_by_label = forms.CharField(label=_("申诉的单位或岗位"), max_length=80)
    filed_on = day_field(_("申诉日期"), help_text=_("以书面申诉提交的日期为准。"))
    reasons = text_field(_("申诉理由"), limit=4000, rows=6)

    def build(self) -> None:
        self.fields["filed_on"].initial = self.today
        self.fields["filed_by_label"].initial = self.case.subject_label


class ReviewerStep(StepForm):
    """Who reviews: nobody who handled the case is offered."""

    def build(self) -> None:
        rows = queries.staff_of(self.case.campaign, REVIEW_ROLES)
        rows = rows.exclude(pk__in=self.case.handlers.values("pk"))
        self.fields["reviewer"] = user_field(_("审查人"), rows)
        self.fields["reviewer"].help_text = _("办理过本案的人、参加决定的岗位和对象单位的人不能担任。")

    def answer(self) -> dict[str, Any]:
        return {"reviewer_id": self.cleaned_data["reviewer"].pk}


class AppealDecisionStep(StepForm):
    """The review's result."""

    looks = {"outcome": "cards"}
    outcome = forms.ChoiceField(
        label=_("审查结果"),
        widget=forms.RadioSelect,
        choices=[
            ("uphold", _("维持原决定")),
            ("change", _("变更为较轻的方式")),
            ("revoke", _("撤销原决定")),
            ("dismiss", _("超过期限，不予受理")),
        ],
    )
    reasons = text_field(_("审查的理由"), limit=4000, rows=5)
    decided_on = day_field(_("答复日期"))

    def build(self) -> None:
        self.fields["decided_on"].initial = self.today
        self.fields["measures"] = self.measure_field(_("变更后的方式"))
        self.fields["measures"].help_text = _("只在变更时选，须轻于原决定。")
        self.order_fields(["outcome", "measures"])


class PublicationStep(StepForm):
    """The text to be made public, drafted by the program."""

    text = text_field(
        _("公开内容"), limit=2000, rows=6, help_text=_("系统拟文，由人核对。只写单位和岗位，不写姓名。")
    )

    def build(self) -> None:
        publication = getattr(self.case, "publication", None)
        self.fields["text"].initial = publication.text if publication else queries.public_words(self.case)


class LegalCheckStep(StepForm):
    opinion = text_field(_("核对意见"), help_text=_("核对事实、依据、表述和最小范围。"))


class MeddlingForm(forms.Form):
    """Who asked about what, and what was answered."""

    asker_label = forms.CharField(
        label=_("来人、来电的单位和岗位"), max_length=120, help_text=_("只写单位和岗位，不写姓名。")
    )
    kind = forms.ChoiceField(label=_("情形"), choices=states.MeddlingKind.choices, widget=forms.RadioSelect)
    matter = forms.CharField(label=_("涉及事项"), max_length=200)
    asked_at = MomentField(label=_("时间"))
    content = text_field(_("打听、过问的内容"), limit=2000, rows=4)
    answer = text_field(_("如何答复"), rows=2)
