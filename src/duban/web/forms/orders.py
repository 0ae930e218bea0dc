"""Forms of the order pages: filters, drafting, decisions, verification."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.rectification.models import VerificationMethod, VerificationOutcome
from duban.rectification.states import DeadlineKind, ResultKind

MOMENT = "%Y-%m-%dT%H:%M"
FORMATS = [MOMENT, "%Y-%m-%d %H:%M"]


def moment_field(label: Any, **more: Any) -> forms.DateTimeField:
    """Return a field for a local date and time."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(label=label, input_formats=FORMATS, widget=widget, **more)


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **more)


def text_field(label: Any, limit: int = 300, rows: int = 3, **more: Any) -> forms.CharField:
    """Return a field for a few lines."""
    return forms.CharField(label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **more)


class OrderFilter(forms.Form):
    """Filter of the order list."""

    q = forms.CharField(
        label=_("单号、单位、点位"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("单号、单位、点位")}),
    )
    unit = forms.ChoiceField(label=_("单位"), required=False)
    since = day_field(_("下达自"), required=False)
    until = day_field(_("下达至"), required=False)

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", _("全部单位")), *units]


class QueueFilter(forms.Form):
    """Filter of the verification queue."""

    q = forms.CharField(
        label=_("编号、单位、点位"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("编号、单位、点位")}),
    )


class DraftForm(forms.Form):
    """Which findings, until when, on what basis."""

    findings = forms.MultipleChoiceField(
        label=_("交办事项"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选要交办的问题。")},
    )
    deadline_kind = forms.ChoiceField(
        label=_("整改期限"),
        choices=DeadlineKind.choices,
        initial=DeadlineKind.SAME_DAY,
        widget=forms.RadioSelect,
    )
    due_at = moment_field(_("期限到"), required=False, help_text=_("立行立改、当日可不填，按当日 24:00。"))
    basis = forms.CharField(label=_("交办依据"), max_length=200, required=False)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["findings"].choices = choices


class ChangeForm(DraftForm):
    """A draft before it is signed: which problems stay or join, what is asked of each."""

    def __init__(self, *args: Any, findings: list[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, choices=[(str(row.pk), str(row)) for row, _asked in findings], **kwargs)
        self._findings = findings
        for row, asked in findings:
            self.fields[f"asked-{row.pk}"] = text_field(
                _("对问题 %(number)s 的要求") % {"number": row}, rows=2, required=False, initial=asked
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return one row per problem: the finding, whether it is chosen, the field of what is asked."""
        chosen = set(self["findings"].value() or [])
        return [
            {"finding": row, "checked": str(row.pk) in chosen, "asked": self[f"asked-{row.pk}"]}
            for row, _asked in self._findings
        ]

    def requirements(self) -> dict[Any, str]:
        """Return finding id → requirement of the chosen problems, in the order of the page."""
        chosen = set(self.cleaned_data["findings"])
        return {
            row.pk: self.cleaned_data[f"asked-{row.pk}"]
            for row, _asked in self._findings
            if str(row.pk) in chosen
        }


class ReasonForm(forms.Form):
    """A reason that goes into the journal."""

    reason = text_field(_("理由"), error_messages={"required": _("请写明理由。")})


class PlanForm(forms.Form):
    """Grant or refuse a later limit."""

    approve = forms.ChoiceField(
        label=_("决定"), choices=[("yes", _("批准")), ("no", _("不批准"))], widget=forms.RadioSelect
    )
    granted_due_at = moment_field(_("批准的期限"), required=False)
    reason = text_field(_("理由"), required=False, rows=2)


class DisputeDecisionForm(forms.Form):
    """Uphold or reject a dispute."""

    upheld = forms.ChoiceField(
        label=_("决定"), choices=[("yes", _("异议成立，撤销问题")), ("no", _("异议不成立，恢复计时"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = text_field(_("理由"), error_messages={"required": _("请写明理由。")})


class VerifyForm(forms.Form):
    """Verification of one item."""

    outcome = forms.ChoiceField(
        label=_("核验结果"), choices=VerificationOutcome.choices, widget=forms.RadioSelect,
        error_messages={"required": _("请选核验结果。")},
    )  # fmt: skip
    method = forms.ChoiceField(
        label=_("核验方式"), choices=VerificationMethod.choices, initial=VerificationMethod.ON_SITE,
        widget=forms.RadioSelect,
    )  # fmt: skip
    opinion = text_field(_("核验意见"), error_messages={"required": _("请写核验意见。")})

    def __init__(self, *args: Any, needs_site: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_site:  # 突出 and 严重 are verified at the site
            only = VerificationMethod.ON_SITE
            self.fields["method"].choices = [(only.value, only.label)]


class LookBackForm(forms.Form):
    """Result of a re-check."""

    held = forms.ChoiceField(
        label=_("回头看结果"),
        choices=[("yes", _("未反弹")), ("no", _("已反弹，重新整改"))],
        widget=forms.RadioSelect,
    )
    note = text_field(_("现场情况"), error_messages={"required": _("请写明现场情况。")})


class UrgeForm(forms.Form):
    """Until when an answer is expected."""

    new_due_at = moment_field(_("新的期限"), required=False, help_text=_("不填按今日 24:00。原期限照计。"))


class ReferralForm(forms.Form):
    """To whom, what, until when."""

    authority = forms.ChoiceField(
        label=_("行业主管部门"), error_messages={"required": _("请选行业主管部门。")}
    )
    matter = text_field(_("转办事项"), error_messages={"required": _("请写明转办事项。")})
    reply_due_on = day_field(_("回复期限"), required=False, help_text=_("不填按时限档的工作日计。"))

    def __init__(self, *args: Any, authorities: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].choices = [("", _("请选择")), *authorities]


class ReferralResultForm(forms.Form):
    """What the authority did under its own law."""

    result_kind = forms.ChoiceField(label=_("处理结果"), choices=[("", _("请选择")), *ResultKind.choices])
    result = text_field(_("结果内容"))
    result_number = forms.CharField(label=_("文号"), max_length=80, required=False)
    result_on = day_field(_("处理日期"), required=False)
    published_by_authority = forms.BooleanField(label=_("主管部门已公开通报"), required=False)


class CommonForm(forms.Form):
    """Like findings and the one sentence to check against."""

    findings = forms.MultipleChoiceField(
        label=_("同类问题"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选两个以上同类问题。")},
    )
    title = forms.CharField(label=_("哪一类问题"), max_length=80, help_text=_("如“卡口登记缺项问题”。"))
    question = text_field(_("请单位对照检查的一句话"), limit=200, rows=2)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["findings"].choices = choices


class NoticeForm(forms.Form):
    """Until when units answer."""

    reply_due_at = moment_field(_("反馈期限"))


class TraceDecisionForm(forms.Form):
    """Open or waive, with reasons."""

    is_opened = forms.ChoiceField(
        label=_("决定"), choices=[("yes", _("启动责任倒查")), ("no", _("不启动"))], widget=forms.RadioSelect
    )
    reason = text_field(_("理由"), error_messages={"required": _("请写明理由。")})


class TraceConclusionForm(forms.Form):
    """Each rung of the chain and the conclusion; “无” is an answer."""

    KINDS = [
        ("", _("请选择")), ("无", _("无")), ("直接责任", _("直接责任")), ("主要领导责任", _("主要领导责任")),
        ("重要领导责任", _("重要领导责任")), ("监督责任", _("监督责任")),
    ]  # fmt: skip
    conclusion = text_field(_("结论"), limit=2000, rows=4, error_messages={"required": _("请写明结论。")})

    def __init__(self, *args: Any, nodes: list, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nodes = nodes
        for node in nodes:
            self.fields[f"done-{node.pk}"] = forms.CharField(
                label=_("已履责情况"), max_length=300, required=False
            )
            self.fields[f"gap-{node.pk}"] = forms.CharField(
                label=_("不到位之处"), max_length=300, required=False
            )
            self.fields[f"responsibility-{node.pk}"] = forms.ChoiceField(
                label=_("责任类型"), choices=self.KINDS, required=False
            )

    @property
    def rungs(self) -> list[dict[str, Any]]:
        """Return each rung with its three bound fields."""
        return [
            {
                "node": node,
                "fields": [self[f"{name}-{node.pk}"] for name in ("done", "gap", "responsibility")],
            }
            for node in self.nodes
        ]

    def answers(self) -> dict[Any, dict[str, str]]:
        """Return what was filled in, by rung."""
        names = ("done", "gap", "responsibility")
        return {
            node.pk: {name: self.cleaned_data[f"{name}-{node.pk}"] for name in names} for node in self.nodes
        }


class ApprovalForm(forms.Form):
    """Application for a question to units (§2.11 表格审批单)."""

    title = forms.CharField(label=_("表格名称"), max_length=80)
    purpose = text_field(_("用途"))
    fields_text = text_field(_("要填的项目"), limit=600, rows=4, help_text=_("每行一项。"))
    unit_count = forms.IntegerField(label=_("涉及单位数"), min_value=1)
    minutes = forms.IntegerField(label=_("预计每单位用时（分）"), min_value=1, max_value=240)
    alternative_checked = forms.CharField(
        label=_("是否已有其他来源"), max_length=200, help_text=_("谁已掌握这些数据、为何不能直接用。")
    )
    expires_at = moment_field(_("有效期至"))


class DecisionForm(forms.Form):
    """Approve or refuse."""

    approve = forms.ChoiceField(
        label=_("决定"), choices=[("yes", _("批准")), ("no", _("不批准"))], widget=forms.RadioSelect
    )
    reason = text_field(_("理由"), limit=200, rows=2, required=False)


class AnswerForm(forms.Form):
    """Answer to a burden objection."""

    upheld = forms.ChoiceField(
        label=_("决定"), choices=[("yes", _("成立")), ("no", _("不成立"))], widget=forms.RadioSelect
    )
    answer = text_field(_("答复和理由"), error_messages={"required": _("请写明答复和理由。")})


class ObjectionForm(forms.Form):
    """A unit's objection from its account."""

    text = text_field(_("哪项要求加重了负担"), error_messages={"required": _("请写明哪项要求加重了负担。")})
