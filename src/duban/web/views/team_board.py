"""The team board: members and sectors moved between teams, by hand or by form; days off duty. One operation either way."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel.clock import local_day
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning.coverage import scope_lines
from duban.teams import operations as teams
from duban.teams import policy
from duban.teams.composition import team_gaps
from duban.teams.models import Team
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to
from duban.web.forms.roster import AbsenceForm, MoveMemberForm, MoveSectorForm, movable_teams
from duban.web.pages import back, said
from duban.web.views.teams import attempt, context, team_page


def _columns(request: HttpRequest) -> list[dict[str, Any]]:
    rows = movable_teams(request.actor, request.campaign).prefetch_related("sectors", "members__user__unit")
    columns = []
    for team in rows:
        members = [one for one in team.members.all() if one.left_on is None]
        members.sort(key=lambda one: (one.role != "head", one.role != "deputy", one.user.post_label))
        columns.append(
            {
                "team": team,
                "members": members,
                "gaps": team_gaps(members),
                "sectors": sorted(team.sectors.all(), key=lambda unit: unit.path),
            }
        )
    return columns


@team_page
def show_board(request: HttpRequest) -> HttpResponse:
    """Show the teams the actor may change side by side, with the sectors no team has."""
    require(policy.can_manage_team(request.actor, Team(campaign=request.campaign)))
    columns = _columns(request)
    taken = {unit.pk for column in columns for unit in column["sectors"]}
    free = [unit for unit in scope_lines(request.campaign) if unit.pk not in taken]
    extra = {"columns": columns, "free": free, "people": sum(len(one["members"]) for one in columns)}
    return render(request, "teams/team_board.html", context(request, "teams:list", **extra))


@team_page
def move_member(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move a member to another team; the board's drop fills in the same form."""
    member = get_visible(policy.members_visible_to(request.actor), pk)
    require(policy.can_manage_team(request.actor, member.team))
    initial = {"to_team": request.GET.get("to_team")}
    form = MoveMemberForm(request.POST or None, initial=initial, actor=request.actor, team=member.team)

    def act() -> Any:
        given = form.cleaned_data
        return teams.move_member(
            actor=request.actor, at=request.at, member_id=pk, to_team_id=given["to_team"].pk,
            role=given["role"], reason=given["reason"],
        )  # fmt: skip

    if request.method == "POST" and (moved := attempt(form, act)):
        said(request, _("%(post)s已调入%(team)s") % {"post": moved.user.post_label, "team": moved.team.name})
        return back(request, "teams:board")
    extra = {"form": form, "title": member.user.post_label, "from_team": member.team}
    return render(request, "teams/move.html", context(request, "teams:list", **extra))


@team_page
def move_sector(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Hand a sector to another team; the board's drop fills in the same form."""
    require(policy.can_manage_team(request.actor, Team(campaign=request.campaign)))
    unit = get_visible(units_visible_to(request.actor), unit_id)
    team = _from_team(request, unit)
    initial = {"to_team": request.GET.get("to_team")}
    form = MoveSectorForm(
        request.POST or None, initial=initial, actor=request.actor, campaign=request.campaign, team=team
    )

    def act() -> Unit:
        to_team = form.cleaned_data["to_team"]
        return teams.move_sector(
            actor=request.actor, at=request.at, unit_id=unit_id, from_team_id=team.pk if team else None,
            to_team_id=to_team.pk if to_team else None, reason=form.cleaned_data["reason"],
        )  # fmt: skip

    if request.method == "POST" and attempt(form, act):
        said(request, _("%(unit)s已重新划分") % {"unit": unit.label})
        return back(request, "teams:board")
    extra = {"form": form, "title": unit.label, "from_team": team, "unit": unit}
    return render(request, "teams/move.html", context(request, "teams:list", **extra))


def _from_team(request: HttpRequest, unit: Unit) -> Team | None:
    """Return the team of `?from=` that has the sector; a team that cannot be changed is as good as missing."""
    asked = request.GET.get("from", "")
    if not asked:
        return None
    rows = movable_teams(request.actor, request.campaign).filter(sectors=unit)
    found = next((team for team in rows if str(team.pk) == asked), None)
    if found is None:
        raise NotFound()
    return found


@team_page
def record_absence(request: HttpRequest) -> HttpResponse:
    """Record days off duty, of oneself or of a member of a team one runs."""
    initial = {
        "user": request.actor.user_id,
        "starts_on": local_day(request.at),
        "ends_on": local_day(request.at),
    }
    form = AbsenceForm(request.POST or None, initial=initial, actor=request.actor, campaign=request.campaign)
    if not form.fields["user"].queryset.exists():
        raise NotFound()

    def act() -> Any:
        given = form.cleaned_data
        return teams.record_absence(
            actor=request.actor, at=request.at, campaign_id=request.campaign.pk, user_id=given["user"].pk,
            starts_on=given["starts_on"], ends_on=given["ends_on"],
        )  # fmt: skip

    if request.method == "POST" and attempt(form, act):
        said(request, _("缺勤已登记；人手不足的批次请换人"))
        return redirect("roster:calendar")
    return render(request, "roster/absence.html", context(request, "roster:calendar", form=form))


@team_page
@require_POST
def withdraw_absence(request: HttpRequest, pk: UUID) -> HttpResponse:
    teams.withdraw_absence(actor=request.actor, at=request.at, absence_id=pk)
    said(request, _("缺勤已撤销，原批次未出发的已补回"))
    return redirect("roster:calendar")
