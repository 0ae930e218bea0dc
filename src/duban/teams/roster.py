"""Who is on duty when: the grid of teams or people by day, off-duty days, the dispatches left short.

Counted by §4.1: a dispatch is one sending-out of a team on a day (批次), person-times (人次) are the sum of the people
over dispatches that went out. What is only planned is counted apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from duban.campaigns.models import Campaign
from duban.kernel.actor import Actor
from duban.people.models import User
from duban.teams import policy
from duban.teams.models import Absence, Dispatch, Team, TeamKind, TeamMember
from duban.teams.states import DispatchState


@dataclass
class DayCell:
    """One line on one day: the dispatch, if the reader may know of one, and whether somebody is off duty."""

    day: date
    dispatch: Dispatch | None = None
    people: int = 0
    places: int = 0
    absent: int = 0

    @property
    def has_gone(self) -> bool:
        return self.dispatch is not None and self.dispatch.state in policy.GONE_OUT


@dataclass
class DutyLine:
    """A team, or a person of a team, over the days of the grid."""

    team: Team
    cells: list[DayCell]
    member: TeamMember | None = None
    dispatches: int = 0
    person_times: int = 0
    planned: int = 0


@dataclass
class DutyGrid:
    """The grid with its totals per day and over all: 批次, 人次, what is planned, distinct people (人数)."""

    days: list[date]
    lines: list[DutyLine]
    totals: list[DayCell] = field(default_factory=list)
    dispatches: int = 0
    person_times: int = 0
    planned: int = 0
    people: int = 0


def week_of(day: date) -> list[date]:
    """Return Monday to Sunday around a day."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=step) for step in range(7)]


def month_of(day: date) -> list[date]:
    """Return every day of the month of a day."""
    first = day.replace(day=1)
    return [one for step in range(31) if (one := first + timedelta(days=step)).month == first.month]


def standing_dispatches(actor: Actor, campaign: Campaign, days: Sequence[date]) -> QuerySet[Dispatch]:
    """Return the visible dispatches of the days that were not cancelled, with their people and number of places."""
    return (
        policy.dispatches_visible_to(actor)
        .filter(campaign=campaign, day__range=(days[0], days[-1]))
        .exclude(state=DispatchState.CANCELLED)
        .prefetch_related("members")
        .annotate(place_count=Count("dispatch_sites", distinct=True))
    )


def duty_grid(
    actor: Actor, campaign: Campaign, days: Sequence[date], *, kind: str = "", by_person: bool = False
) -> DutyGrid:
    """Return the roster of the days, a line per team or per member, in a number of queries that does not grow."""
    teams = policy.teams_visible_to(actor).filter(campaign=campaign).order_by("-kind", "number")
    if kind:
        teams = teams.filter(kind=kind)
    shown = list(teams)
    found = {(one.team_id, one.day): one for one in standing_dispatches(actor, campaign, days)}
    out = _off_days(actor, campaign, days)
    if by_person:
        lines = _person_lines(actor, shown, days, found, out)
    else:
        crews = _open_crews(shown)
        lines = [_team_line(team, days, found, out, crews[team.pk]) for team in shown]
        lines = [line for line in lines if line.team.is_active or line.dispatches or line.planned]
    return _totalled(
        DutyGrid(list(days), lines), [one for one in found.values() if not kind or one.team.kind == kind]
    )


def _open_crews(teams: Iterable[Team]) -> dict[UUID, set[UUID]]:
    crews: dict[UUID, set[UUID]] = defaultdict(set)
    rows = TeamMember.objects.filter(team__in=[team.pk for team in teams], left_on=None)
    for team_id, user_id in rows.values_list("team_id", "user_id"):
        crews[team_id].add(user_id)
    return crews


def _off_days(actor: Actor, campaign: Campaign, days: Sequence[date]) -> dict[UUID, set[date]]:
    found: dict[UUID, set[date]] = defaultdict(set)
    rows = policy.absences_visible_to(actor).filter(
        campaign=campaign, starts_on__lte=days[-1], ends_on__gte=days[0]
    )
    for row in rows:
        found[row.user_id] |= {day for day in days if row.starts_on <= day <= row.ends_on}
    return found


def _team_line(
    team: Team, days: Sequence[date], found: dict[tuple[UUID, date], Dispatch], out: dict[UUID, set[date]],
    crew: set[UUID],
) -> DutyLine:  # fmt: skip
    line = DutyLine(team, [])
    for day in days:
        cell = DayCell(
            day, found.get((team.pk, day)), absent=sum(day in out[user] for user in crew if user in out)
        )
        if cell.dispatch is not None:
            cell.people = cell.dispatch.member_count or len(cell.dispatch.members.all())
            cell.places = cell.dispatch.place_count
            line.dispatches += cell.has_gone
            line.person_times += cell.people if cell.has_gone else 0
            line.planned += cell.dispatch.state == DispatchState.PLANNED
        line.cells.append(cell)
    return line


def _person_lines(
    actor: Actor, teams: list[Team], days: Sequence[date], found: dict[tuple[UUID, date], Dispatch],
    out: dict[UUID, set[date]],
) -> list[DutyLine]:  # fmt: skip
    by_id = {team.pk: team for team in teams}
    rows = TeamMember.objects.filter(team__in=by_id, left_on=None).select_related("user")
    duty: dict[tuple[UUID, date], Dispatch] = {}
    for one in found.values():
        for user in one.members.all():
            duty[user.pk, one.day] = one
    lines = []
    order = {team.pk: place for place, team in enumerate(teams)}
    for member in sorted(rows, key=lambda one: (order[one.team_id], one.role != "head", one.user.post_label)):
        line = DutyLine(by_id[member.team_id], [], member)
        for day in days:
            one = duty.get((member.user_id, day))
            cell = DayCell(day, one, people=1 if one else 0, absent=int(day in out.get(member.user_id, ())))
            line.dispatches += cell.has_gone
            line.person_times += cell.has_gone
            line.planned += one is not None and one.state == DispatchState.PLANNED
            line.cells.append(cell)
        lines.append(line)
    return lines


def _totalled(grid: DutyGrid, found: list[Dispatch]) -> DutyGrid:
    grid.totals = [DayCell(day) for day in grid.days]
    places = {day: place for place, day in enumerate(grid.days)}
    people: set[UUID] = set()
    for one in found:
        total = grid.totals[places[one.day]]
        total.dispatch = one
        count = one.member_count or len(one.members.all())
        total.people += count
        total.places += 1
        if one.state in policy.GONE_OUT:
            grid.dispatches += 1
            grid.person_times += count
            people |= {user.pk for user in one.members.all()}
        elif one.state == DispatchState.PLANNED:
            grid.planned += 1
    grid.people = len(people)
    return grid


def undermanned(actor: Actor, campaign: Campaign, day: date) -> list[tuple[Dispatch, list[User]]]:
    """Return the planned dispatches from `day` on that hold somebody who is off duty, with these people."""
    rows = list(
        policy.dispatches_visible_to(actor)
        .filter(campaign=campaign, day__gte=day, state=DispatchState.PLANNED)
        .prefetch_related("members")
        .order_by("day", "team__number")
    )
    users = {user.pk for one in rows for user in one.members.all()}
    absences = list(
        Absence.objects.filter(campaign=campaign, user__in=users, withdrawn_at=None, ends_on__gte=day)
    )
    short = []
    for one in rows:
        away = [
            user for user in one.members.all()
            if any(row.user_id == user.pk and row.starts_on <= one.day <= row.ends_on for row in absences)
        ]  # fmt: skip
        if away:
            short.append((one, away))
    return short


def duty_of(actor: Actor, campaign: Campaign, days: Sequence[date]) -> list[Dispatch]:
    """Return the dispatches for a calendar program: whom the actor sees on duty, covert teams never."""
    rows = standing_dispatches(actor, campaign, days).exclude(team__kind=TeamKind.COVERT)
    return list(rows.order_by("day", "team__number"))
