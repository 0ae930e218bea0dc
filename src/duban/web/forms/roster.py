"""Forms of the roster, of coverage and load, and of the team board."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.kernel.actor import Actor
from duban.people.models import User
from duban.planning.coverage import NOWHERE, scope_lines
from duban.sites.models import SiteType
from duban.teams.models import MemberRole, Round, Team, TeamKind
from duban.teams.policy import is_manager, members_visible_to, rounds_visible_to, teams_visible_to
from duban.web.forms.teams import day_field, reason_field

SHOWN = (
    ("", _("全部点位")),
    ("unvisited", _("未到")),
    ("protected", _("未到，保护期内")),
    ("visited", _("已到")),
)


def kind_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("组别"), required=False, choices=[("", _("全部组别")), *TeamKind.choices]
    )


class CalendarFilter(forms.Form):
    by = forms.ChoiceField(
        label=_("按"), required=False, choices=[("", _("按督导组")), ("person", _("按人员"))]
    )
    kind = kind_field()


class RoundFilter(forms.Form):
    """Which round coverage is asked for; empty is the running one."""

    round = forms.ChoiceField(label=_("轮次"), required=False)

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = rounds_visible_to(actor).filter(campaign=campaign).order_by("-number")
        self.rounds: dict[str, Round] = {str(one.number): one for one in rows}
        numbered = [(number, str(one)) for number, one in self.rounds.items()]
        self.fields["round"].choices = [("", _("最近一轮")), ("all", _("全部轮次")), *numbered]

    def chosen(self, today: Any) -> Round | None:
        """Return the round asked for, the latest one begun, or None for all."""
        asked = self.cleaned_data.get("round", "") if self.is_valid() else ""
        if asked == "all":
            return None
        begun = [one for one in self.rounds.values() if one.starts_on <= today]
        return self.rounds.get(asked) or next(iter(begun), None)


class SiteRowsFilter(RoundFilter):
    q = forms.CharField(
        label=_("点位"), required=False, widget=forms.TextInput(attrs={"placeholder": _("点位名称、编码")})
    )
    line = forms.ChoiceField(label=_("乡镇、单位"), required=False)
    type = forms.ModelChoiceField(
        SiteType.objects.none(), label=_("类型"), required=False, empty_label=_("全部类型")
    )
    show = forms.ChoiceField(label=_("到访"), required=False, choices=SHOWN)
    field_order = ("q", "round", "line", "type", "show")

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, campaign=campaign, **kwargs)
        lines = [(str(unit.pk), unit.label) for unit in scope_lines(campaign)]
        self.fields["line"].choices = [("", _("全部乡镇、单位")), *lines, (NOWHERE, _("其他"))]
        self.fields["type"].queryset = SiteType.objects.filter(pack=campaign.pack, is_active=True)


class PeriodFilter(forms.Form):
    since = day_field(_("自"), required=False)
    until = day_field(_("至"), required=False)


class RepeatFilter(PeriodFilter):
    least = forms.TypedChoiceField(
        label=_("每周到访"), required=False, coerce=int, empty_value=2,
        choices=[("", _("每周 2 次以上")), (3, _("每周 3 次以上")), (5, _("每周 5 次以上"))],
    )  # fmt: skip


class LoadFilter(PeriodFilter):
    kind = kind_field()


class VisitRowsFilter(PeriodFilter):
    line = forms.ChoiceField(label=_("乡镇、单位"), required=False)
    team = forms.ModelChoiceField(
        Team.objects.none(), label=_("督导组"), required=False, empty_label=_("全部督导组")
    )

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [(str(unit.pk), unit.label) for unit in scope_lines(campaign)]
        self.fields["line"].choices = [("", _("全部乡镇、单位")), *lines, (NOWHERE, _("其他"))]
        self.fields["team"].queryset = teams_visible_to(actor).filter(campaign=campaign)


class VehicleForm(forms.Form):
    vehicle_note = forms.CharField(
        label=_("车辆"), required=False, max_length=80, help_text=_("车牌或“公交”“步行”，不写行车路线")
    )


class AbsenceForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label=_("岗位"), empty_label=_("请选择"))
    starts_on = day_field(_("自"))
    ends_on = day_field(_("至"), help_text=_("只记日期，不写原因"))

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = members_visible_to(actor).filter(team__campaign=campaign, left_on=None)
        if not is_manager(actor, campaign):
            rows = rows.filter(user_id=actor.user_id)
        elif not is_manager(actor, campaign, is_covert=True):
            rows = rows.exclude(team__kind=TeamKind.COVERT)
        people = User.objects.filter(pk__in=rows.values("user_id"), is_active=True)
        self.fields["user"].queryset = people.order_by("post_label")


class MoveMemberForm(forms.Form):
    to_team = forms.ModelChoiceField(Team.objects.none(), label=_("调入"), empty_label=_("请选择"))
    role = forms.ChoiceField(
        label=_("组内职务"),
        required=False,
        choices=[("", _("照旧（组长、副组长改为成员）")), *MemberRole.choices],
    )
    reason = reason_field(_("调整理由"))

    def __init__(self, *args: Any, actor: Actor, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_team"].queryset = movable_teams(actor, team.campaign).exclude(pk=team.pk)


class MoveSectorForm(forms.Form):
    to_team = forms.ModelChoiceField(
        Team.objects.none(), label=_("划给"), required=False, empty_label=_("暂不划给任何组")
    )
    reason = reason_field(_("调整理由"))

    def __init__(
        self, *args: Any, actor: Actor, campaign: Campaign, team: Team | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        rows = movable_teams(actor, campaign)
        self.fields["to_team"].queryset = rows.exclude(pk=team.pk) if team else rows


def movable_teams(actor: Actor, campaign: Campaign) -> Any:
    """Return the active teams the actor may change: covert ones for the head alone."""
    rows = teams_visible_to(actor).filter(campaign=campaign, is_active=True)
    if not is_manager(actor, campaign, is_covert=True):
        rows = rows.filter(~Q(kind=TeamKind.COVERT))
    return rows.order_by("-kind", "number")
