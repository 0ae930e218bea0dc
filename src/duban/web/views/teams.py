"""Teams and rounds: lists, one team, members, rounds. Reads through queries, writes through operations."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning import policy as planning_policy
from duban.teams import operations as teams
from duban.teams import policy, queries
from duban.teams.composition import joint_check, team_gaps
from duban.teams.models import Round, Team
from duban.web.forms.teams import MemberForm, RoundDatesForm, RoundForm, TeamFilter, TeamForm
from duban.web.pages import View, export_rows, form_errors, paginate, said, staff_page


def team_page(view: View) -> View:
    """This decorator will show the page to those who work in the campaign; to all others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_see_teams(request.actor, request.campaign):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


# Refusals that the person can lift on the same form, e.g. by giving a reason; all others are a 403 page.
ON_FORM = frozenset({"before_cutoff", "reason_missing"})


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """This function will run `act` if the form holds; a refusal goes onto the form. Returns what `act` returned or None."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Denied as error:
        if error.code not in ON_FORM:
            raise
        form_errors(form, error)
    except (Invalid, Conflict) as error:
        form_errors(form, error)
    return None


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """Return the tabs of this area that the actor may open."""
    runs = policy.is_manager(request.actor, request.campaign)
    rows = [
        ("dispatches:board", _("当日派出"), True),
        ("roster:calendar", _("值班日历"), True),
        ("roster:coverage", _("覆盖"), True),
        ("roster:repeats", _("重复到访"), True),
        ("roster:load", _("负荷与轮换"), True),
        ("teams:list", _("督导组"), True),
        ("rounds:list", _("轮次"), True),
        ("draws:list", _("抽取"), runs),
        ("limits:list", _("保护期与上限"), True),
        ("liaison:show", _("联系监督"), True),
    ]
    return [
        {"label": label, "url": reverse(name), "current": name == current}
        for name, label, shown in rows
        if shown
    ]


def context(request: HttpRequest, tab: str, **extra: Any) -> dict[str, Any]:
    """Return what every page of this area needs: tabs and the decisions its buttons hang on."""
    actor, campaign = request.actor, request.campaign
    can = {
        "manage": policy.is_manager(actor, campaign),
        "manage_covert": policy.is_manager(actor, campaign, is_covert=True),
        "draw": bool(planning_policy.can_draw(actor, campaign, is_covert=False)),
    }
    return {
        "tabs": tabs(request, tab),
        "can": can,
        "now": request.at,
        "today": local_day(request.at),
        **extra,
    }


def _filtered(request: HttpRequest, form: TeamFilter) -> QuerySet[Team]:
    rows = policy.teams_visible_to(request.actor).filter(campaign=request.campaign)
    given = form.cleaned_data if form.is_valid() else {}
    if not given.get("closed"):
        rows = rows.filter(is_active=True)
    for name in ("kind", "group"):
        if given.get(name):
            rows = rows.filter(**{name: given[name]})
    if given.get("q"):
        matches = Q(name__icontains=given["q"]) | Q(sectors__name__icontains=given["q"])
        rows = rows.filter(pk__in=Team.objects.filter(matches).values("pk"))
    return rows.order_by("-kind", "number")


def _lines(request: HttpRequest, found: Any) -> list[dict[str, Any]]:
    """Return a line per team: head, liaison person, people, sectors, load, what it lacks."""
    keys = [team.pk for team in found]
    rows = (
        Team.objects.filter(pk__in=keys)
        .prefetch_related("sectors", "members__user")
        .order_by("-kind", "number")
    )
    loads = queries.team_loads(request.actor, rows)
    lines = []
    for team in rows:
        members = [one for one in team.members.all() if one.left_on is None]
        posts = {one.role: one.user.post_label for one in members}
        load = loads.get(team.pk, {})
        line = {
            "team": team,
            "people": len(members),
            "head": posts.get("head"),
            "liaison": posts.get("liaison"),
        }
        line |= {"sectors": "、".join(unit.label for unit in team.sectors.all())}
        line |= {"gaps": team_gaps(members) if team.is_active else []}
        line |= {"dispatches": load.get("dispatches", 0), "people_times": load.get("people", 0)}
        lines.append(line | {"sites": load.get("sites", 0)})
    return lines


COLUMNS = [
    (gettext_lazy("组名"), lambda line: line["team"].name),
    (gettext_lazy("组别"), lambda line: line["team"].get_kind_display()),
    (gettext_lazy("组长"), lambda line: line["head"] or ""),
    (gettext_lazy("联络员"), lambda line: line["liaison"] or ""),
    (gettext_lazy("人数"), lambda line: line["people"]),
    (gettext_lazy("片区"), lambda line: line["sectors"]),
    (gettext_lazy("每日点位"), lambda line: line["team"].daily_capacity),
    (gettext_lazy("批次"), lambda line: line["dispatches"]),
    (gettext_lazy("人次"), lambda line: line["people_times"]),
    (gettext_lazy("点位次"), lambda line: line["sites"]),
]


@team_page
def list_teams(request: HttpRequest) -> HttpResponse:
    form = TeamFilter(request.GET)
    rows = _filtered(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("督导组"), COLUMNS, _lines(request, rows))
    page = paginate(request, rows)
    extra = {
        "form": form,
        "page": page,
        "lines": _lines(request, page.object_list),
        "found": page.paginator.count,
    }
    return render(request, "teams/list.html", context(request, "teams:list", **extra))


@team_page
def add_team(request: HttpRequest) -> HttpResponse:
    require(policy.can_manage_team(request.actor, Team(campaign=request.campaign)))
    form = TeamForm(request.POST or None, actor=request.actor, campaign=request.campaign)
    if request.method == "POST":
        made = attempt(
            form,
            lambda: teams.create_team(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk, **form.values()
            ),
        )
        if made:
            said(request, _("%(team)s已成立") % {"team": made.name})
            return redirect("teams:show", made.pk)
    return render(request, "teams/form.html", context(request, "teams:list", form=form))


@team_page
def change_team(request: HttpRequest, pk: UUID) -> HttpResponse:
    team = get_visible(policy.teams_visible_to(request.actor), pk)
    require(policy.can_manage_team(request.actor, team))
    initial = {name: getattr(team, name) for name in ("name", "group", "daily_capacity")}
    initial |= {"sectors": list(team.sectors.all()), "partners": list(team.partners.all())}
    form = TeamForm(
        request.POST or None, initial=initial, actor=request.actor, campaign=team.campaign, team=team
    )
    if request.method == "POST":
        act = {"actor": request.actor, "at": request.at, "team_id": pk}
        if attempt(form, lambda: teams.change_team(**act, **form.values())):
            said(request, _("%(team)s已修改") % {"team": team.name})
            return redirect("teams:show", pk)
    return render(request, "teams/form.html", context(request, "teams:list", form=form, team=team))


def _team_context(request: HttpRequest, team: Team, **extra: Any) -> dict[str, Any]:
    members = list(team.members.select_related("user", "body").order_by("left_on", "joined_on"))
    present = queries.open_members(team)
    kinds = [unit.kind for unit in team.partners.all()]
    kinds += [one.body.kind for one in present if one.body]
    dispatches = policy.dispatches_visible_to(request.actor).filter(team=team).select_related(None)
    shown = {
        "team": team,
        "members": present,
        "former": [one for one in members if one.left_on],
        "gaps": team_gaps(present) if team.is_active else [],
        "joint": joint_check(kinds),
        "load": queries.team_loads(request.actor, Team.objects.filter(pk=team.pk)).get(team.pk),
        "dispatches": dispatches.select_related("round", "team").annotate(places=Count("dispatch_sites"))[
            :15
        ],
        "can_manage": policy.can_manage_team(request.actor, team),
        "member_form": MemberForm(actor=request.actor, team=team),
    }
    return context(request, "teams:list", **(shown | extra))


@team_page
def show_team(request: HttpRequest, pk: UUID) -> HttpResponse:
    team = get_visible(policy.teams_visible_to(request.actor), pk)
    return render(request, "teams/show.html", _team_context(request, team))


@team_page
@require_POST
def add_member(request: HttpRequest, pk: UUID) -> HttpResponse:
    team = get_visible(policy.teams_visible_to(request.actor), pk)
    form = MemberForm(request.POST, actor=request.actor, team=team)
    member = attempt(
        form,
        lambda: teams.add_member(
            actor=request.actor, at=request.at, team_id=pk, user_id=form.cleaned_data["user"].pk,
            role=form.cleaned_data["role"],
        ),
    )  # fmt: skip
    if member is None:
        return render(request, "teams/show.html", _team_context(request, team, member_form=form), status=422)
    said(request, _("%(post)s已入组") % {"post": member.user.post_label})
    return redirect("teams:show", pk)


@team_page
@require_POST
def end_membership(request: HttpRequest, pk: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "")
    member = teams.end_membership(actor=request.actor, at=request.at, member_id=pk, reason=reason)
    said(request, _("%(post)s已离组") % {"post": member.user.post_label})
    return redirect("teams:show", member.team_id)


@team_page
@require_POST
def close_team(request: HttpRequest, pk: UUID) -> HttpResponse:
    team = teams.close_team(
        actor=request.actor, at=request.at, team_id=pk, reason=request.POST.get("reason", "")
    )
    said(request, _("%(team)s已撤销") % {"team": team.name})
    return redirect("teams:show", pk)


def _rounds(request: HttpRequest) -> QuerySet[Round]:
    known = policy.dispatches_visible_to(request.actor).order_by().values("pk")
    sent = Q(dispatches__state__in=policy.GONE_OUT, dispatches__in=known)
    rows = policy.rounds_visible_to(request.actor).filter(campaign=request.campaign)
    return rows.annotate(
        sent=Count("dispatches", filter=sent, distinct=True),
        checklists=Count("checklist_versions", distinct=True),
    ).order_by("-number")


@team_page
def list_rounds(request: HttpRequest) -> HttpResponse:
    rows = _rounds(request)
    if request.GET.get("export"):
        columns = [
            (_("轮次"), str), (_("开始"), lambda one: one.starts_on), (_("结束"), lambda one: one.ends_on),
            (_("批次"), lambda one: one.sent), (_("检查表"), lambda one: one.checklists), (_("说明"), lambda one: one.note),
        ]  # fmt: skip
        return export_rows(request, _("轮次"), columns, rows)
    form = RoundForm(request.POST or None, initial={"number": (rows[0].number if rows else 0) + 1})
    if request.method == "POST":
        act = {"actor": request.actor, "at": request.at, "campaign_id": request.campaign.pk}
        if made := attempt(form, lambda: teams.open_round(**act, **form.cleaned_data)):
            said(request, _("%(round)s已开启") % {"round": made})
            return redirect("rounds:list")
    extra = {
        "form": form,
        "page": paginate(request, rows),
        "current": queries.round_on(request.campaign, local_day(request.at)),
    }
    return render(request, "teams/rounds.html", context(request, "rounds:list", **extra))


@team_page
def change_round(request: HttpRequest, pk: UUID) -> HttpResponse:
    opened = get_visible(policy.rounds_visible_to(request.actor), pk)
    initial = {"starts_on": opened.starts_on, "ends_on": opened.ends_on}
    form = RoundDatesForm(request.POST or None, initial=initial)
    if request.method == "POST":
        act = {"actor": request.actor, "at": request.at, "round_id": pk}
        if attempt(form, lambda: teams.change_round(**act, **form.cleaned_data)):
            said(request, _("%(round)s日期已调整") % {"round": opened})
            return redirect("rounds:list")
    versions = opened.checklist_versions.select_related("checklist")
    extra = {"form": form, "round": opened, "versions": versions}
    return render(request, "teams/round.html", context(request, "rounds:list", **extra))
