"""How work is spread: load per team and member, and how teams rotate over the areas. For planning, in the order of teams.

Days on duty are counted, never results: nothing here says who works better.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from duban.campaigns.models import Campaign
from duban.kernel.actor import Actor
from duban.planning.coverage import NOWHERE, Scope, line_of, scope_lines, visits_in
from duban.teams import policy, roster
from duban.teams.models import Team, TeamMember
from duban.territory.models import Unit


@dataclass
class TeamLoad:
    """A team in a period: dispatches, person-times, places reached, handed-in visits."""

    team: Team
    dispatches: int = 0
    person_times: int = 0
    visits: int = 0
    sites: int = 0
    planned: int = 0

    @property
    def per_dispatch(self) -> float | None:
        return round(self.visits / self.dispatches, 1) if self.dispatches else None


@dataclass
class MemberLoad:
    """A member in a period: days out, the longest run of days without a pause, days planned, last day out."""

    member: TeamMember
    days: int = 0
    longest_run: int = 0
    planned: int = 0
    absent: int = 0
    last_day: date | None = None


@dataclass
class Rotation:
    """Where a team went: visits per line of the scope, and the longest run of days in one line only."""

    team: Team
    cells: dict[str, int] = field(default_factory=dict)
    longest_run: int = 0
    run_title: str = ""

    @property
    def total(self) -> int:
        return sum(self.cells.values())


def team_loads(scope: Scope, days: Sequence[date], *, kind: str = "") -> list[TeamLoad]:
    """Return the load of every visible team over the days, in the order of teams."""
    grid = roster.duty_grid(scope.actor, scope.campaign, days, kind=kind)
    visits: Counter[UUID] = Counter()
    places: dict[UUID, set[UUID]] = defaultdict(set)
    rows = visits_in(scope).filter(day__range=(days[0], days[-1])).order_by()
    for team_id, site_id in rows.values_list("team_id", "site_id"):
        visits[team_id] += 1
        places[team_id].add(site_id)
    return [
        TeamLoad(
            line.team, line.dispatches, line.person_times, visits[line.team.pk], len(places[line.team.pk]), line.planned
        )
        for line in grid.lines
    ]  # fmt: skip


def longest_run(days: Sequence[date]) -> int:
    """Return the greatest number of days in a row."""
    numbered = [(day - timedelta(days=place)) for place, day in enumerate(sorted(set(days)))]
    return max((len(list(group)) for _key, group in groupby(numbered)), default=0)


def member_loads(
    actor: Actor, campaign: Campaign, days: Sequence[date], *, kind: str = ""
) -> list[MemberLoad]:
    """Return the days on duty of every present member of the teams the actor runs or belongs to, in team order."""
    grid = roster.duty_grid(actor, campaign, days, kind=kind, by_person=True)
    runs_all = policy.is_manager(actor, campaign)
    loads = []
    for line in grid.lines:
        if line.member is None or not (runs_all or line.team.pk in actor.team_ids):
            continue
        gone = [cell.day for cell in line.cells if cell.has_gone]
        loads.append(
            MemberLoad(
                line.member, len(gone), longest_run(gone), line.planned,
                sum(cell.absent for cell in line.cells), max(gone, default=None),
            )
        )  # fmt: skip
    return loads


def rotations(scope: Scope, days: Sequence[date], *, kind: str = "") -> tuple[list[Unit], list[Rotation]]:
    """Return the scope's lines and, per visible team, the visits in each and the longest run of days in one line.

    A long run in one place calls for rotation or a cross inspection (§2.9); the table says so, nothing follows by itself.
    """
    units = scope_lines(scope.campaign)
    teams = policy.teams_visible_to(scope.actor).filter(campaign=scope.campaign).order_by("-kind", "number")
    teams = teams.filter(kind=kind) if kind else teams
    found = {team.pk: Rotation(team) for team in teams}
    seen: dict[UUID, dict[date, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    rows = visits_in(scope).filter(day__range=(days[0], days[-1]), team__in=found)
    known: dict[str, str] = {}
    for team_id, day, path in rows.order_by("day").values_list("team_id", "day", "area_path"):
        key = known.setdefault(path, line_of(path, units))
        found[team_id].cells[key] = found[team_id].cells.get(key, 0) + 1
        seen[team_id][day][key] += 1
    titles = {str(unit.pk): unit.label for unit in units} | {NOWHERE: ""}
    for team_id, by_day in seen.items():
        where = [next(iter(places)) if len(places) == 1 else "" for _day, places in sorted(by_day.items())]
        runs = [(len(list(group)), key) for key, group in groupby(where) if key]
        length, key = max(runs, default=(0, ""))
        found[team_id].longest_run, found[team_id].run_title = length, titles.get(key, "")
    return units, [one for one in found.values() if one.team.is_active or one.total]
