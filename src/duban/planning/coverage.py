"""What the rounds have reached: township × site type, unvisited sites, repeat visits. Reads only, in the reader's scope.

Coverage is distinct sites with a handed-in visit ÷ active sites (A5). What a covert team did enters for those only who
may read it, so two readers may see two figures; each figure opens exactly the rows it counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from duban.campaigns.models import Campaign
from duban.inspection.models import Method, Visit
from duban.inspection.policy import visits_visible_to
from duban.inspection.states import VisitState
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.sites.models import Site, SiteType
from duban.sites.policy import sites_visible_to
from duban.teams.limits import protected_on
from duban.teams.models import ProtectedPeriod, Round
from duban.teams.policy import protections_visible_to
from duban.territory.models import Unit

REPEAT_HOURS = 48
NOWHERE = "-"
PLACES = ("area_path", "territory_unit__path", "department_unit__path", "operator_unit__path")


@dataclass(frozen=True)
class Scope:
    """Who asks about what: the campaign, one round or all of them."""

    actor: Actor
    campaign: Campaign
    round: Round | None = None


def sites_in(scope: Scope) -> QuerySet[Site]:
    """Return the active sites of the campaign the reader may see."""
    return sites_visible_to(scope.actor).filter(within(scope.campaign.area_path), is_active=True)


def visits_in(scope: Scope) -> QuerySet[Visit]:
    """Return the handed-in visits of the round, or of all rounds, the reader may see."""
    rows = visits_visible_to(scope.actor).filter(campaign=scope.campaign, state=VisitState.SUBMITTED)
    return rows.filter(round=scope.round) if scope.round else rows


@dataclass
class Cell:
    """How much of some sites was reached."""

    sites: int = 0
    visited: int = 0

    @property
    def percent(self) -> int | None:
        return round(100 * self.visited / self.sites) if self.sites else None

    @property
    def unvisited(self) -> int:
        return self.sites - self.visited

    def add(self, is_visited: bool) -> None:
        self.sites += 1
        self.visited += is_visited


@dataclass
class TownLine:
    """A line of the campaign's scope (township, group of units) with a cell per site type and the sum."""

    key: str
    title: str
    path: str
    cells: dict[UUID, Cell] = field(default_factory=dict)
    total: Cell = field(default_factory=Cell)


@dataclass
class CoverageTable:
    types: list[SiteType]
    lines: list[TownLine]
    total: Cell
    by_type: dict[UUID, Cell]


def scope_lines(campaign: Campaign) -> list[Unit]:
    """Return the lines of the campaign's report in their order."""
    return [line.unit for line in campaign.scope_units.select_related("unit").order_by("ordinal")]


def line_of(path: str, lines: Sequence[Unit]) -> str:
    """Return the key of the innermost line a path lies in, or NOWHERE."""
    found = [unit for unit in lines if path.startswith(unit.path)]
    return str(max(found, key=lambda unit: len(unit.path)).pk) if found else NOWHERE


def coverage(scope: Scope) -> CoverageTable:
    """Return coverage by township × site type. Every site is in exactly one cell, so that sums agree. Four queries."""
    units = scope_lines(scope.campaign)
    lines = {str(unit.pk): TownLine(str(unit.pk), unit.label, unit.path) for unit in units}
    visited = set(visits_in(scope).order_by().values_list("site_id", flat=True))
    total, by_type = Cell(), defaultdict(Cell)
    known: dict[str, str] = {}
    for pk, path, type_id in sites_in(scope).order_by().values_list("pk", "area_path", "site_type_id"):
        key = known.setdefault(path, line_of(path, units))
        line = lines.setdefault(key, TownLine(NOWHERE, "", ""))
        for cell in (line.cells.setdefault(type_id, Cell()), line.total, total, by_type[type_id]):
            cell.add(pk in visited)
    types = list(SiteType.objects.filter(pk__in=by_type).order_by("code"))
    return CoverageTable(types, [line for line in lines.values() if line.total.sites], total, dict(by_type))


def protections(scope: Scope, day: date) -> list[ProtectedPeriod]:
    """Return the protected periods of a day that the reader may see: why a place was not visited."""
    seen = set(protections_visible_to(scope.actor).order_by().values_list("pk", flat=True))
    return [one for one in protected_on(day) if one.pk in seen]


def protected_sites(scope: Scope, day: date) -> QuerySet[Site]:
    """Return the sites that lie in a protected unit that day, or for which one answers."""
    condition = Q(pk__in=())
    for period in protections(scope, day):
        for field_name in PLACES:
            condition |= within(period.unit.path, field=field_name)
    return sites_in(scope).filter(condition)


def site_rows(
    scope: Scope,
    *,
    line: str = "",
    type_id: UUID | None = None,
    show: str = "",
    text: str = "",
    day: date | None = None,
) -> QuerySet[Site]:
    """Return the sites behind a cell, longest unvisited first, with `last_day` (of any round) and `reached`.

    `show` is "visited", "unvisited", "protected" (not visited, and protected on `day`) or "" for all; `line` is a scope
    line's id or NOWHERE.
    """
    rows = sites_in(scope)
    if line:
        rows = rows.filter(_line_condition(scope.campaign, line))
    if type_id:
        rows = rows.filter(site_type_id=type_id)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code__icontains=text))
    reached = visits_in(scope).order_by().values("site_id")
    if show == "visited":
        rows = rows.filter(pk__in=reached)
    elif show in ("unvisited", "protected"):
        rows = rows.exclude(pk__in=reached)
    if show == "protected" and day:
        rows = rows.filter(pk__in=protected_sites(scope, day).order_by().values("pk"))
    ever = visits_in(Scope(scope.actor, scope.campaign)).filter(site_id=OuterRef("pk"))
    last = ever.order_by("-arrived_at").values("day")[:1]
    return (
        rows.annotate(last_day=Subquery(last))
        .select_related("site_type", "area", "territory_unit", "department_unit", "operator_unit")
        .order_by("last_day", "area_path", "code")
    )


def _line_condition(campaign: Campaign, line: str) -> Q:
    units = scope_lines(campaign)
    if line == NOWHERE:
        condition = Q()
        for unit in units:
            condition &= ~within(unit.path)
        return condition
    wanted = next((unit for unit in units if str(unit.pk) == line), None)
    if wanted is None:
        return Q(pk__in=())
    condition = within(wanted.path)
    for unit in units:  # an inner line has its sites to itself
        if unit.pk != wanted.pk and unit.path.startswith(wanted.path):
            condition &= ~within(unit.path)
    return condition


def visit_counts(scope: Scope, site_ids: Iterable[UUID]) -> Counter[UUID]:
    """Return how many handed-in visits of the round (or of all) the sites had."""
    rows = visits_in(scope).filter(site_id__in=list(site_ids)).order_by()
    return Counter(rows.values_list("site_id", flat=True))


def visit_rows(
    scope: Scope, since: date, until: date, *, line: str = "", team_id: UUID | None = None
) -> QuerySet[Visit]:
    """Return the handed-in visits of a period, of one scope line and one team if asked, newest first."""
    rows = visits_in(scope).filter(day__range=(since, until))
    if line:
        rows = rows.filter(_line_condition(scope.campaign, line))
    if team_id:
        rows = rows.filter(team_id=team_id)
    return rows.select_related("team", "round", "site__site_type", "site__area").order_by(
        "-arrived_at", "-id"
    )


@dataclass(frozen=True)
class Repeat:
    """Two visits of one place less than 48 hours apart."""

    earlier: Visit
    later: Visit

    @property
    def hours(self) -> int:
        return round((self.later.arrived_at - self.earlier.arrived_at).total_seconds() / 3600)

    @property
    def is_look_back(self) -> bool:
        return Method.LOOK_BACK in (self.later.methods or [])

    @property
    def is_same_team(self) -> bool:
        return self.earlier.team_id == self.later.team_id


def _period(scope: Scope, since: datetime, until: datetime) -> list[Visit]:
    rows = visits_in(scope).filter(arrived_at__gte=since, arrived_at__lt=until)
    return list(
        rows.select_related("team", "site__area", "site__territory_unit", "site__operator_unit", "site__site_type")
        .order_by("arrived_at", "id")
    )  # fmt: skip


def repeat_visits(scope: Scope, since: date, until: date) -> list[Repeat]:
    """Return the visits of a period that came less than 48 hours after another one of the same place, newest first."""
    start = clock.start_of_day(since)
    rows = _period(scope, start - timedelta(hours=REPEAT_HOURS), clock.end_of_day(until))
    last: dict[UUID, Visit] = {}
    found = []
    for visit in rows:
        before = last.get(visit.site_id)
        near = before and visit.arrived_at - before.arrived_at < timedelta(hours=REPEAT_HOURS)
        if before is not None and near and visit.arrived_at >= start:
            found.append(Repeat(before, visit))
        last[visit.site_id] = visit
    return found[::-1]


@dataclass
class UnitWeek:
    """The visits a unit had in one calendar week (from Monday)."""

    unit: Unit
    monday: date
    visits: list[Visit] = field(default_factory=list)

    @property
    def days(self) -> int:
        return len({visit.day for visit in self.visits})

    @property
    def sites(self) -> int:
        return len({visit.site_id for visit in self.visits})

    @property
    def teams(self) -> list[str]:
        return sorted({visit.team.name for visit in self.visits})


def unit_weeks(scope: Scope, since: date, until: date, *, least: int = 2) -> list[UnitWeek]:
    """Return per unit and week the visits it had, from `least` on, most first within a week (anti-burden, G-34).

    The unit is who runs the place; where nobody is named, the place's government.
    """
    weeks: dict[tuple[UUID, date], UnitWeek] = {}
    for visit in _period(scope, clock.start_of_day(since), clock.end_of_day(until)):
        unit = visit.site.operator_unit or visit.site.territory_unit
        monday = visit.day - timedelta(days=visit.day.weekday())
        weeks.setdefault((unit.pk, monday), UnitWeek(unit, monday)).visits.append(visit)
    found = [week for week in weeks.values() if len(week.visits) >= least]
    return sorted(found, key=lambda week: (-week.monday.toordinal(), -len(week.visits), week.unit.path))
