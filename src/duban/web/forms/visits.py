"""Forms of visits and daily sheets. They shape input; the rules are the operations'."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.inspection.models import CallOutcome, Entry, Method, Mode, Visit
from duban.inspection.no_notice import POINTS
from duban.inspection.operations.sheets import TEXTS
from duban.inspection.operations.visits import UNSIGNED
from duban.inspection.states import VisitState
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.people.models import User
from duban.sites.models import Site
from duban.sites.policy import sites_visible_to
from duban.teams.models import Dispatch, DispatchSite, Team
from duban.teams.policy import dispatch_sites_visible_to, teams_visible_to
from duban.teams.states import DispatchState
from duban.web.forms.moments import MomentField
from duban.web.forms.pickers import NamedChoiceField

SITE_LIMIT = 400
ENTRIES = [(Entry.WEB, _("现场录入")), (Entry.PAPER, _("纸质记录补录"))]
SIGNATURES = [
    ("signed", _("陪同岗位已签字")),
    ("refused", _("拒签")),
    ("covert", _("暗访，未签")),
    ("phone", _("电话抽查，未签")),
]


def day_field(label: Any, **extra: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **extra
    )


class VisitFilter(forms.Form):
    """The filter bar of the visit list."""

    q = forms.CharField(
        label=_("点位、编号"), required=False,
        widget=forms.TextInput(attrs={"placeholder": _("点位、编号"), "type": "search"}),
    )  # fmt: skip
    team = NamedChoiceField(label=_("督导组"), required=False, empty_label=_("督导组"))
    mode = forms.ChoiceField(label=_("方式"), required=False, choices=[("", _("方式")), *Mode.choices])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("状态")), *VisitState.choices])
    since = day_field(_("自"), required=False)
    until = day_field(_("至"), required=False)

    def __init__(self, data: Any, *, actor: Actor, campaign: Campaign) -> None:
        super().__init__(data)
        self.fields["team"].queryset = teams_visible_to(actor).filter(campaign=campaign)  # type: ignore[attr-defined]

    def condition(self) -> Q:
        """Return the condition of what is filtered; a field that makes no sense does not filter."""
        self.is_valid()
        self.errors.clear()  # an odd address shows the list, not a form in error
        given = self.cleaned_data
        condition = Q()
        if text := (given.get("q") or "").strip():
            part = Q(site__name__icontains=text)
            if text.isdigit() and len(text) < 9:
                part |= Q(number=int(text))
            condition &= part
        for name in ("mode", "state", "team"):
            if given.get(name):
                condition &= Q(**{name: given[name]})
        if given.get("since"):
            condition &= Q(day__gte=given["since"])
        if given.get("until"):
            condition &= Q(day__lte=given["until"])
        return condition


class PlaceForm(forms.Form):
    """Which team on which day: it decides which sites the visit form offers."""

    team = forms.ModelChoiceField(None, label=_("督导组"), empty_label=None)
    day = day_field(_("日期"))

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class VisitForm(forms.Form):
    """The head of a visit: site, mode, methods, arrival, inspectors."""

    visit_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    slot = forms.ModelChoiceField(
        DispatchSite.objects.none(), label=_("点位（当日派出安排）"), required=False, widget=forms.RadioSelect,
        empty_label=_("不在安排内，另选点位"),
    )  # fmt: skip
    site = forms.ModelChoiceField(
        Site.objects.none(), label=_("另选点位"), required=False, empty_label=_("请选择")
    )
    manual_reason = forms.CharField(label=_("增加点位的理由"), max_length=200, required=False)
    entry = forms.ChoiceField(
        label=_("录入方式"), widget=forms.RadioSelect, choices=ENTRIES, initial=Entry.WEB
    )
    mode = forms.ChoiceField(
        label=_("检查方式"), widget=forms.RadioSelect, choices=Mode.choices, initial=Mode.OPEN
    )
    methods = forms.MultipleChoiceField(
        label=_("检查方法"), widget=forms.CheckboxSelectMultiple, choices=Method.choices,
        initial=[Method.ON_SITE_VISIT],
    )  # fmt: skip
    arrived_at = MomentField(label=_("到达时间"), help_text=_("补录纸质记录的，填当时的真实时间"))
    inspectors = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("检查人员"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("不少于2人；不选则为当日派出人员"),
    )  # fmt: skip
    purpose = forms.CharField(label=_("检查事项"), max_length=200, required=False)

    def __init__(self, *args: Any, actor: Actor, team: Team, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dispatch = Dispatch.objects.filter(team=team, day=day).exclude(state=DispatchState.CANCELLED).first()
        slots = dispatch_sites_visible_to(actor).filter(dispatch=dispatch).order_by("ordinal")
        self.fields["slot"].queryset = slots  # type: ignore[attr-defined]
        self.fields["slot"].label_from_instance = lambda slot: slot.site.name  # type: ignore[attr-defined]
        self.fields["site"].queryset = self._sites(actor, team)  # type: ignore[attr-defined]
        people = User.objects.filter(
            Q(memberships__team=team, memberships__left_on=None) | Q(dispatches=dispatch)
        )
        if dispatch is None:
            people = User.objects.filter(memberships__team=team, memberships__left_on=None)
        self.fields["inspectors"].queryset = people.distinct().order_by("post_label")  # type: ignore[attr-defined]
        self.has_dispatch = dispatch is not None

    @staticmethod
    def _sites(actor: Actor, team: Team) -> Any:
        condition = Q()
        for path in team.sectors.values_list("path", flat=True):
            condition |= within(path)
        rows = sites_visible_to(actor).filter(condition & within(team.campaign.area_path), is_active=True)
        return rows.filter(pk__in=list(rows.order_by("area_path").values_list("pk", flat=True)[:SITE_LIMIT]))

    def arguments(self) -> dict[str, Any]:
        """Return what `open_visit` takes besides the team."""
        given = self.cleaned_data
        plain = ("visit_id", "entry", "mode", "methods", "arrived_at", "purpose", "manual_reason")
        slot, site = given["slot"], given["site"]
        return {
            **{name: given[name] for name in plain},
            "dispatch_site_id": slot.pk if slot else None,
            "site_id": site.pk if site and not slot else None,
            "inspector_ids": [user.pk for user in given["inspectors"]],
        }


class ClosingForm(forms.Form):
    """Handing a visit in: departure, escort, opinion, self-statement, signature, the six points."""

    left_at = MomentField(label=_("离开时间"))
    accompanied_count = forms.IntegerField(label=_("陪同人数"), min_value=0, max_value=99, initial=0)
    accompanied_post = forms.CharField(
        label=_("陪同岗位"), max_length=80, required=False, help_text=_("只写岗位，不写姓名")
    )
    call_outcome = forms.ChoiceField(
        label=_("通话结果"), widget=forms.RadioSelect, choices=CallOutcome.choices,
        error_messages={"required": _("请选通话结果。")},
    )  # fmt: skip
    call_post = forms.CharField(
        label=_("接听岗位"), max_length=80, required=False, help_text=_("只写岗位，不写姓名")
    )
    unit_opinion = forms.CharField(
        label=_("单位意见"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    self_statement = forms.CharField(
        label=_("检查人员自律声明"),
        max_length=200,
        initial=_("轻车简从，未接受宴请和礼品，自行用餐，遵守保密纪律"),
    )
    signature = forms.ChoiceField(label=_("签字情况"), widget=forms.RadioSelect, choices=SIGNATURES)
    screening_override = forms.CharField(
        label=_("保留文字的理由"),
        max_length=200,
        required=False,
        help_text=_("文字疑似有个人信息而确需保留时填写，写入留痕"),
    )

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points: list[str] = []
        self.is_call = visit.mode == Mode.PHONE
        if not self.is_call:
            del self.fields["call_outcome"], self.fields["call_post"]
        else:
            del self.fields["accompanied_count"], self.fields["accompanied_post"]
        may = {UNSIGNED[visit.mode]} if visit.mode in UNSIGNED else {"signed", "refused"}
        self.fields["signature"].choices = [one for one in SIGNATURES if one[0] in may]
        if visit.mode == Mode.UNANNOUNCED:
            for code, label in POINTS.items():
                self.fields[f"point_{code}"] = forms.ChoiceField(
                    label=label, widget=forms.RadioSelect, choices=[("1", _("做到")), ("0", _("未做到"))]
                )
                self.points.append(f"point_{code}")

    def arguments(self) -> dict[str, Any]:
        """Return what `submit_visit` takes."""
        given = {name: value for name, value in self.cleaned_data.items() if not name.startswith("point_")}
        points = {name.removeprefix("point_"): self.cleaned_data[name] == "1" for name in self.points}
        return {**given, "no_notice": points}


class SheetForm(forms.Form):
    """The four texts of a daily sheet; the figures are counted, not typed."""

    typical_problems = forms.CharField(
        label=_("典型问题"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    difficulties = forms.CharField(
        label=_("困难和单位诉求"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    suggestions = forms.CharField(label=_("建议"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    tomorrow = forms.CharField(label=_("明日安排"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    screening_override = forms.CharField(
        label=_("保留文字的理由"),
        max_length=200,
        required=False,
        help_text=_("文字疑似有个人信息而确需保留时填写，写入留痕"),
    )

    def arguments(self) -> dict[str, str]:
        """Return what `submit_daily_sheet` takes."""
        return {name: self.cleaned_data[name] for name in (*TEXTS, "screening_override")}
