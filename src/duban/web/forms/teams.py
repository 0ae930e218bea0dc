"""Forms of teams, rounds, dispatches, draws and the liaison table. They shape input; the rules are the operations'."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, ScopeGroup
from duban.kernel.actor import Actor, Role
from duban.kernel.fields import within
from duban.people.models import User
from duban.people.policy import users_visible_to
from duban.planning.drawing.instance import DIAL
from duban.sites.models import Site, SiteType
from duban.sites.policy import sites_visible_to
from duban.teams import queries
from duban.teams.models import LiaisonAssignment, MemberRole, Round, Team, TeamKind
from duban.teams.policy import is_manager, members_visible_to, rounds_visible_to, teams_visible_to
from duban.teams.states import DispatchState
from duban.territory.models import DISCIPLINE_KINDS, Unit, UnitKind
from duban.territory.policy import units_visible_to

DATE = {"type": "date"}
PARTNER_KINDS = (*DISCIPLINE_KINDS, UnitKind.LINE_DEPARTMENT, UnitKind.PARTNER)
SITE_LIMIT = 200


def day_field(label: Any, **extra: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"), **extra)


def reason_field(label: Any = "", **extra: Any) -> forms.CharField:
    return forms.CharField(
        label=label or _("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}), **extra
    )


def scope_units(actor: Actor, campaign: Campaign, *chosen: UUID) -> Any:
    """Return the units a team's sector or a liaison area can be: the campaign's lines, its zones, what is chosen."""
    listed = Q(pk__in=campaign.scope_units.values("unit_id")) | Q(kind=UnitKind.ZONE) | Q(pk__in=chosen)
    rows = units_visible_to(actor).filter(listed, is_active=True)
    return rows.filter(Q(pk=campaign.scope_id) | within(campaign.area_path, field="path")).order_by("path")


class TeamFilter(forms.Form):
    q = forms.CharField(
        label=_("组名、片区"), required=False, widget=forms.TextInput(attrs={"placeholder": _("组名、片区")})
    )
    kind = forms.ChoiceField(
        label=_("组别"), required=False, choices=[("", _("全部组别")), *TeamKind.choices]
    )
    group = forms.ChoiceField(
        label=_("对象"), required=False, choices=[("", _("全部对象")), *ScopeGroup.choices]
    )
    closed = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("在用")), ("1", _("含已撤销"))]
    )


class RosterFilter(forms.Form):
    kind = forms.ChoiceField(
        label=_("组别"), required=False, choices=[("", _("全部组别")), *TeamKind.choices]
    )
    state = forms.ChoiceField(
        label=_("派出状态"), required=False,
        choices=[("", _("全部状态")), ("none", _("未排")), *DispatchState.choices[:3]],
    )  # fmt: skip


class TeamForm(forms.Form):
    kind = forms.ChoiceField(label=_("组别"), choices=TeamKind.choices)
    number = forms.IntegerField(label=_("编号"), min_value=1, max_value=999)
    name = forms.CharField(label=_("组名"), max_length=40, help_text=_("如：第4督导组"))
    group = forms.ChoiceField(
        label=_("督导对象"), required=False, choices=[("", _("不限")), *ScopeGroup.choices]
    )
    daily_capacity = forms.IntegerField(label=_("每日点位数"), min_value=1, max_value=60, initial=8)
    sectors = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("片区或单位组"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("抽取只在片区内进行；不选为全域"),
    )  # fmt: skip
    partners = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("室组地、联合部门"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, actor: Actor, campaign: Campaign, team: Team | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        chosen = list(team.sectors.values_list("pk", flat=True)) if team else []
        self.fields["sectors"].queryset = scope_units(actor, campaign, *chosen)
        self.fields["partners"].queryset = (
            units_visible_to(actor)
            .filter(within(campaign.area_path, field="path"), kind__in=PARTNER_KINDS, is_active=True)
            .order_by("path")
        )
        if not is_manager(actor, campaign, is_covert=True):
            self.fields["kind"].choices = [row for row in TeamKind.choices if row[0] != TeamKind.COVERT]
        if team:
            del self.fields["kind"], self.fields["number"]

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        fields = dict(self.cleaned_data)
        fields["sector_ids"] = [unit.pk for unit in fields.pop("sectors")]
        fields["partner_ids"] = [unit.pk for unit in fields.pop("partners")]
        return fields


class MemberForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label=_("岗位"), empty_label=_("请选择"))
    role = forms.ChoiceField(label=_("组内职务"), choices=MemberRole.choices)

    def __init__(self, *args: Any, actor: Actor, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = users_visible_to(actor).filter(is_active=True)
        supervised = Q(grants__role=Role.UNIT_LIAISON, grants__revoked_at=None)
        present = Q(memberships__team=team, memberships__left_on=None)
        rows = (
            rows.exclude(supervised)
            .exclude(present)
            .select_related("unit")
            .order_by("unit__path", "post_label")
        )
        self.fields["user"].queryset = rows
        self.fields["user"].label_from_instance = lambda user: f"{user.post_label}（{user.unit}）"


class ReasonForm(forms.Form):
    reason = reason_field()


class RoundForm(forms.Form):
    number = forms.IntegerField(label=_("轮次"), min_value=1, max_value=999)
    starts_on = day_field(_("开始日期"))
    ends_on = day_field(_("结束日期"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class RoundDatesForm(forms.Form):
    starts_on = day_field(_("开始日期"))
    ends_on = day_field(_("结束日期"))
    reason = reason_field(_("调整理由"))


class DispatchForm(forms.Form):
    """A dispatch planned by hand: team and day are fixed by the page, sites are ticked."""

    round = forms.ModelChoiceField(Round.objects.none(), label=_("轮次"), empty_label=None)
    source = forms.ChoiceField(
        label=_("安排方式"),
        choices=[("theme", _("专题安排")), ("manual", _("人工增派"))],
        widget=forms.RadioSelect,
    )
    sites = forms.ModelMultipleChoiceField(
        Site.objects.none(), label=_("点位"), widget=forms.CheckboxSelectMultiple
    )
    members = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("派出人员"), widget=forms.CheckboxSelectMultiple,
        help_text=_("至少 2 名督导人员，含组长或副组长；专家不计"),
    )  # fmt: skip
    is_sealed = forms.BooleanField(
        label=_("封存点位"), required=False, initial=True, help_text=_("出发并到启封时间后，组内才看得到名称")
    )
    opens_at = forms.TimeField(
        label=_("首个点位启封时间"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    every = forms.IntegerField(
        label=_("其后间隔（分）"), required=False, min_value=5, max_value=480, initial=60
    )
    vehicle_note = forms.CharField(label=_("车辆"), required=False, max_length=80)
    reason = reason_field(_("安排理由"))

    def __init__(
        self, *args: Any, actor: Actor, team: Team, day: Any, found: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        rounds = rounds_visible_to(actor).filter(
            campaign_id=team.campaign_id, starts_on__lte=day, ends_on__gte=day
        )
        self.fields["round"].queryset = rounds.order_by("-number")
        rows = sites_visible_to(actor).filter(is_active=True).order_by("area_path", "code")
        if not self.is_bound:
            rows = self._offered(rows, team, found)
        self.fields["sites"].queryset = rows
        crew = [one.user_id for one in queries.open_members(team)]
        self.fields["members"].queryset = User.objects.filter(pk__in=crew).order_by("post_label")
        self.fields["members"].initial = crew

    def _offered(self, rows: Any, team: Team, found: str) -> Any:
        """Return the sites worth ticking: the team's sectors, or what was searched for; a bound form takes any."""
        reach = Q()
        for sector in team.sectors.all():
            reach |= within(sector.path) | within(sector.path, field="territory_unit__path")
            reach |= within(sector.path, field="operator_unit__path")
        if found:
            reach = Q(name__icontains=found) | Q(code__icontains=found)
        keys = list(rows.filter(reach).values_list("pk", flat=True)[:SITE_LIMIT])
        return rows.filter(pk__in=keys)


class SwapForm(forms.Form):
    out_user = forms.ModelChoiceField(User.objects.none(), label=_("换下"), empty_label=_("请选择"))
    in_user = forms.ModelChoiceField(
        User.objects.none(), label=_("换上"), required=False, empty_label=_("不补人")
    )
    reason = reason_field(_("理由（如病假、公务）"))

    def __init__(self, *args: Any, actor: Actor, dispatch: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        crew = [user.pk for user in dispatch.members.all()]
        self.fields["out_user"].queryset = User.objects.filter(pk__in=crew).order_by("post_label")
        rows = members_visible_to(actor).filter(team__campaign_id=dispatch.campaign_id, left_on=None)
        if not dispatch.team.is_covert:
            rows = rows.exclude(team__kind=TeamKind.COVERT)
        others = User.objects.filter(pk__in=rows.values("user_id"), is_active=True).exclude(pk__in=crew)
        self.fields["in_user"].queryset = others.order_by("post_label")


class SiteByCodeForm(forms.Form):
    code = forms.CharField(label=_("点位编码"), max_length=60)
    reason = reason_field(_("增派理由"))


class LiaisonForm(forms.Form):
    ordinal = forms.IntegerField(label=_("序号"), min_value=1, max_value=99)
    leader_title = forms.CharField(label=_("领导职务"), max_length=80)
    leader = forms.ModelChoiceField(
        User.objects.none(),
        label=_("账号"),
        required=False,
        empty_label=_("不关联"),
        help_text=_("领导登录后看本人联系地区"),
    )
    areas = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("联系地区"), widget=forms.CheckboxSelectMultiple
    )
    supporting_department = forms.ModelChoiceField(
        Unit.objects.none(), label=_("配合部门"), empty_label=_("请选择")
    )
    valid_from = day_field(_("自何日起"))

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = Unit.objects.filter(
            pk__in=[unit.pk for unit in queries.liaison_areas(campaign)]
        ).order_by("path")
        inside = units_visible_to(actor).filter(within(campaign.area_path, field="path"), is_active=True)
        self.fields["supporting_department"].queryset = inside.filter(kind__in=DISCIPLINE_KINDS).order_by(
            "path"
        )
        leaders = users_visible_to(actor).filter(
            grants__role=Role.LEADER, grants__revoked_at=None, is_active=True
        )
        self.fields["leader"].queryset = leaders.distinct().order_by("post_label")

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        fields = dict(self.cleaned_data)
        fields["area_ids"] = [unit.pk for unit in fields.pop("areas")]
        fields["supporting_department_id"] = fields.pop("supporting_department").pk
        leader = fields.pop("leader")
        fields["leader_id"] = leader.pk if leader else None
        return fields


class EndLiaisonForm(forms.Form):
    on = day_field(_("最后一日"))
    reason = reason_field()


class WithdrawForm(forms.Form):
    reason = reason_field()


class LiaisonVisitForm(forms.Form):
    """A leader's visit, entered afterwards."""

    line = forms.ModelChoiceField(LiaisonAssignment.objects.none(), label=_("领导"), empty_label=None)
    area = forms.ModelChoiceField(Unit.objects.none(), label=_("联系地区"), empty_label=_("请选择"))
    day = day_field(_("日期"))
    watched = forms.CharField(
        label=_("看了什么"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("写单位、场所和事项，不写个人"),
    )  # fmt: skip
    asked = forms.CharField(
        label=_("提出的要求"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, lines: QuerySet[LiaisonAssignment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines
        self.fields["area"].queryset = Unit.objects.filter(
            pk__in=LiaisonAssignment.areas.through.objects.filter(liaisonassignment__in=lines).values("unit")
        ).order_by("sort_order", "code")

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        fields = dict(self.cleaned_data)
        return {"assignment_id": fields.pop("line").pk, "area_id": fields.pop("area").pk, **fields}


class LiaisonVisitFilter(forms.Form):
    """Words, leader, area, days."""

    q = forms.CharField(label=_("看了什么、要求"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("看了什么、要求")}))  # fmt: skip
    line = forms.ModelChoiceField(
        LiaisonAssignment.objects.none(), label=_("领导"), required=False, empty_label=_("领导")
    )
    since = day_field(_("从"), required=False)
    until = day_field(_("到"), required=False)

    def __init__(self, *args: Any, lines: QuerySet[LiaisonAssignment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines


class DrawForm(forms.Form):
    """What a draw starts from. Everything here becomes part of the committed inputs."""

    round = forms.ModelChoiceField(Round.objects.none(), label=_("轮次"), empty_label=None)
    day = day_field(_("派出日期"))
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), label=_("派出的组"), widget=forms.CheckboxSelectMultiple
    )
    quota = forms.IntegerField(
        label=_("每组点位数"), required=False, min_value=1, max_value=60,
        help_text=_("填写则每组必须抽满此数；不填则按各组每日点位数，能抽多少抽多少"),
    )  # fmt: skip
    site_types = forms.ModelMultipleChoiceField(
        SiteType.objects.none(), label=_("只抽这些类型"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("不选为全部类型"),
    )  # fmt: skip
    expert_types = forms.ModelMultipleChoiceField(
        SiteType.objects.none(),
        label=_("须有专家的类型"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    must = forms.CharField(
        label=_("必到点位编码"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个；群众反映集中、逾期未到的点位"),
    )  # fmt: skip
    algorithm = forms.ChoiceField(
        label=_("抽取方法"), required=False,
        choices=[
            ("", _("按轮次：一天的轮次等概率，多天的轮次按全轮计划")),
            ("optimal-v1", _("全轮计划：保证全覆盖，按风险安排再访")),
            ("uniform-v1", _("等概率：本轮未到的先抽")),
        ],
    )  # fmt: skip
    dial = forms.TypedChoiceField(
        label=_("风险与意外"), required=False, coerce=float, empty_value=DIAL, initial="1.0",
        choices=[("0.2", _("偏重风险")), ("1.0", _("兼顾")), ("5.0", _("偏重意外"))],
        help_text=_("只影响再访给谁，全覆盖不变；见下图"),
    )  # fmt: skip
    first = forms.TimeField(
        label=_("首个点位启封时间"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("不填则出发后即可启封"),
    )  # fmt: skip
    every = forms.IntegerField(
        label=_("其后间隔（分）"), required=False, min_value=5, max_value=480, initial=60
    )
    early_reason = reason_field(_("截数前提前抽取的理由"), required=False)

    def __init__(
        self, *args: Any, actor: Actor, campaign: Campaign, is_covert: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._actor, self._is_covert = actor, is_covert
        self.fields["round"].queryset = rounds_visible_to(actor).filter(campaign=campaign).order_by("-number")
        rows = teams_visible_to(actor).filter(campaign=campaign, is_active=True)
        covert = Q(kind=TeamKind.COVERT)
        self.fields["teams"].queryset = rows.filter(covert if is_covert else ~covert).order_by(
            "-kind", "number"
        )
        types = SiteType.objects.filter(is_active=True, pack=campaign.pack)
        self.fields["site_types"].queryset = self.fields["expert_types"].queryset = types

    def clean_must(self) -> list[UUID]:
        codes = [line.strip() for line in self.cleaned_data["must"].splitlines() if line.strip()]
        known = dict(sites_visible_to(self._actor).filter(code__in=codes).values_list("code", "pk"))
        if unknown := [code for code in codes if code not in known]:
            raise forms.ValidationError(_("没有这些点位：%(codes)s") % {"codes": "、".join(unknown[:5])})
        return list(known.values())

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        given = self.cleaned_data
        chosen, quota, first = given["teams"], given["quota"], given["first"]
        return {
            "round_id": given["round"].pk,
            "day": given["day"],
            "team_ids": [team.pk for team in chosen],
            "is_covert": self._is_covert,
            "quotas": {team.pk: quota for team in chosen} if quota else None,
            "site_type_ids": [one.pk for one in given["site_types"]],
            "expert_type_ids": [one.pk for one in given["expert_types"]],
            "must_site_ids": given["must"],
            "opening": {"first": f"{first:%H:%M}", "every": given["every"] or 60} if first else None,
            "early_reason": given["early_reason"],
            "algorithm": given["algorithm"],
            "dial": given["dial"],
        }
