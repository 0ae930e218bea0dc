"""Named reads of editions, bulletins and the series behind the charts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from duban.campaigns.models import Campaign, ScopeGroup
from duban.inspection.models import DailySheet, Finding
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import NotFound, Text
from duban.reporting import indicators, policy, questions
from duban.reporting.freezing import COLUMNS, FIRST_CUMULATIVE, TOTAL
from duban.reporting.models import Bulletin, Edition, EditionCell
from duban.reporting.questions import Question
from duban.reporting.states import EditionState
from duban.sites.models import Site
from duban.teams.models import Round


@dataclass(frozen=True, slots=True)
class TableColumn:
    code: str
    title: Text
    rows_kind: str

    @property
    def starts_block(self) -> bool:
        return self.code == FIRST_CUMULATIVE


@dataclass(frozen=True, slots=True)
class TableCell:
    """A frozen figure and, where editions are compared, the one before it."""

    column: str
    value: int
    before: int | None = None

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.value - self.before


@dataclass
class TableLine:
    ordinal: int
    title: str
    unit_id: UUID | None
    cells: list[TableCell] = field(default_factory=list)


@dataclass
class EditionTable:
    """The frozen table: columns, one line per expected unit, the totals, and whether the sums agree."""

    columns: list[TableColumn]
    lines: list[TableLine]
    total: TableLine

    @property
    def sums_agree(self) -> bool:
        sums = [sum(line.cells[n].value for line in self.lines) for n in range(len(self.columns))]
        return sums == [cell.value for cell in self.total.cells]


def editions_listed(actor: Actor, campaign: Campaign) -> QuerySet[Edition]:
    """Return the readable editions of a campaign, newest first."""
    rows = policy.editions_visible_to(actor).filter(campaign=campaign)
    return rows.select_related("document", "signed_by").order_by("-day", "-sequence")


def edition_table(edition: Edition, *, before: Edition | None = None) -> EditionTable:
    """Return the frozen figures of an edition (one query; one more to compare with another)."""
    columns = [TableColumn(code, title, kind) for code, title, kind in COLUMNS]
    earlier = _values(before) if before else None
    lines: dict[int, TableLine] = {}
    fields = ("line_ordinal", "line_title", "unit_id", "column", "value")
    cells: dict[tuple[int, str], int] = {}
    for row in EditionCell.objects.filter(edition=edition).order_by("line_ordinal").values(*fields):
        ordinal = row["line_ordinal"]
        lines.setdefault(ordinal, TableLine(ordinal, row["line_title"], row["unit_id"]))
        cells[ordinal, row["column"]] = row["value"]
    for line in lines.values():
        for column in columns:
            key = (line.unit_id if line.ordinal != TOTAL else TOTAL, column.code)
            past = None if earlier is None else earlier.get(key, 0)
            line.cells.append(TableCell(column.code, cells.get((line.ordinal, column.code), 0), past))
    total = lines.pop(TOTAL, TableLine(TOTAL, "", None, [TableCell(column.code, 0) for column in columns]))
    return EditionTable(columns, [lines[ordinal] for ordinal in sorted(lines)], total)


def _values(edition: Edition) -> dict[tuple[Any, str], int]:
    rows = EditionCell.objects.filter(edition=edition).values_list(
        "line_ordinal", "unit_id", "column", "value"
    )
    return {
        (TOTAL if ordinal == TOTAL else unit_id, column): value for ordinal, unit_id, column, value in rows
    }


def totals_of(editions: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Return the totals of several editions by column (one query)."""
    totals: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = EditionCell.objects.filter(edition__in=list(editions), line_ordinal=TOTAL)
    for edition_id, column, value in rows.values_list("edition_id", "column", "value"):
        totals[edition_id][column] = value
    return dict(totals)


def edition_before(edition: Edition) -> Edition | None:
    """Return the edition of the day before that stands."""
    rows = Edition.objects.filter(campaign_id=edition.campaign_id, day__lt=edition.day)
    return rows.exclude(state=EditionState.SUPERSEDED).order_by("-day", "-sequence").first()


def cell_rows(edition: Edition, ordinal: int, column: str) -> tuple[str, list[UUID]]:
    """Return what the rows of a frozen figure are and their ids, in their frozen order.

    :raises NotFound: for a line or column the edition does not have.
    """
    cells = EditionCell.objects.filter(edition=edition, column=column)
    if ordinal != TOTAL:
        cells = cells.filter(line_ordinal=ordinal)
    found = list(cells.order_by("line_ordinal"))
    if not found:
        raise NotFound()
    return found[0].rows_kind, [UUID(row) for cell in found for row in cell.row_ids]


def late_sheets(edition: Edition) -> QuerySet[DailySheet]:
    """Return the sheets of the edition's day that came after its cut-off."""
    rows = DailySheet.objects.filter(campaign_id=edition.campaign_id, day=edition.day, late_at__isnull=False)
    return rows.select_related("team").order_by("late_at")


def bulletins_listed(actor: Actor, campaign: Campaign) -> QuerySet[Bulletin]:
    """Return the readable bulletins with the number of their problems, drafts first."""
    rows = policy.bulletins_visible_to(actor).filter(campaign=campaign).select_related("document")
    return rows.annotate(problem_count=Count("findings", distinct=True)).order_by("-day", "-drafted_at")


def bulletin_findings(bulletin: Bulletin) -> QuerySet[Finding]:
    """Return the problems of a bulletin in the order of its list."""
    rows = bulletin.findings.select_related("site", "unit", "post", "category")
    return rows.order_by("category__ordinal", "found_at", "id")


@dataclass(frozen=True, slots=True)
class DayFlow:
    """One day of the campaign: found, closed, and what was open at its end."""

    day: date
    found: int
    closed: int
    open: int


def daily_flow(question: Question) -> list[DayFlow]:
    """Return found (by the day it was found) and closed per local day, with the stock that follows from them."""
    zone = clock.zone()
    rows = indicators.standing(question)
    found = dict(
        rows.order_by()
        .annotate(day=TruncDate("found_at", tzinfo=zone))
        .values_list("day")
        .annotate(n=Count("pk"))
    )
    closed = dict(
        rows.filter(is_closed=True, written_off_at__isnull=False)
        .order_by()
        .annotate(day=TruncDate("written_off_at", tzinfo=zone))
        .values_list("day")
        .annotate(n=Count("pk"))
    )
    if not found and not closed:
        return []
    day = min([*found, *closed])
    last = min(max(question.last_day, day), day + timedelta(days=400))
    flow, stock = [], 0
    while day <= last:
        stock += found.get(day, 0) - closed.get(day, 0)
        flow.append(DayFlow(day, found.get(day, 0), closed.get(day, 0), stock))
        day += timedelta(days=1)
    return flow


@dataclass(frozen=True, slots=True)
class DayRate:
    """The same-day completion of one day."""

    day: date
    closed: int
    due: int

    @property
    def percent(self) -> Any:
        return indicators.share(self.closed, self.due)


def same_day_rates(question: Question) -> list[DayRate]:
    """Return the same-day completion per day of issue; days without such orders have no rate."""
    due = indicators.period_orders(question).filter(is_due_same_day=True)
    due = due.filter(pk__in=due.order_by().values("pk")).order_by()
    in_time = indicators.closed_same_day(due).filter(written_off_at__lte=question.as_of)
    all_of = dict(due.values_list("issued_on").annotate(n=Count("pk", distinct=True)))
    closed = dict(in_time.values_list("issued_on").annotate(n=Count("pk", distinct=True)))
    return [DayRate(day, closed.get(day, 0), n) for day, n in sorted(all_of.items()) if day]


AGES: tuple[tuple[str, int, int | None], ...] = (
    ("0", 0, 0), ("1", 1, 1), ("2-3", 2, 3), ("4-7", 4, 7), ("8", 8, None),
)  # fmt: skip


@dataclass
class AgeBand:
    """Open problems of one age in whole local days, split as the edition splits them."""

    code: str
    fed_back: int = 0
    in_hand: int = 0
    overdue: int = 0

    @property
    def total(self) -> int:
        return self.fed_back + self.in_hand + self.overdue


def open_ages(question: Question) -> list[AgeBand]:
    """Return the open problems by age since confirmation."""
    bands = [AgeBand(code) for code, _low, _high in AGES]
    rows = indicators.standing(question).filter(is_closed=False).order_by()
    for confirmed_at, is_fed_back, is_late in rows.values_list("confirmed_at", "is_fed_back", "is_late"):
        age = (question.last_day - clock.local_day(confirmed_at)).days
        at = next(n for n, (_c, low, high) in enumerate(AGES) if age <= low or high is None or age <= high)
        if is_fed_back:
            bands[at].fed_back += 1
        elif is_late:
            bands[at].overdue += 1
        else:
            bands[at].in_hand += 1
    return bands


@dataclass
class CoverageCell:
    round_number: int
    visited: int
    sites: int

    @property
    def percent(self) -> int | None:
        return None if not self.sites else round(100 * self.visited / self.sites)

    @property
    def unvisited(self) -> int:
        return self.sites - self.visited


@dataclass
class CoverageLine:
    unit_id: UUID
    title: str
    path: str
    cells: list[CoverageCell]


def coverage_grid(question: Question, *, rounds: int = 10) -> tuple[list[Round], list[CoverageLine]]:
    """Return township × last rounds: distinct sites visited ÷ active sites (A5). Three queries."""
    held = questions.rounds(question).filter(starts_on__lte=question.last_day)
    chosen = list(reversed(held.order_by("-number")[:rounds]))
    towns = list(
        question.campaign.scope_units.filter(group=ScopeGroup.TOWNSHIP)
        .select_related("unit")
        .order_by("ordinal")
    )
    towns = [town for town in towns if town.unit.path.startswith(question.path)]
    sites = dict(questions.sites(question).values_list("id", "area_path"))
    visits = indicators.period_visits(question).filter(round__in=chosen).order_by()
    seen: dict[tuple[str, int], set[UUID]] = defaultdict(set)
    paths = {town.unit.path for town in towns}
    home = {site: _town_of(path, paths) for site, path in sites.items()}
    for site_id, number in visits.values_list("site_id", "round__number").distinct():
        if town := home.get(site_id):
            seen[town, number].add(site_id)
    totals: dict[str, int] = defaultdict(int)
    for town in home.values():
        totals[town] += 1
    lines = [
        CoverageLine(
            town.unit_id,
            town.unit.label,
            town.unit.path,
            [
                CoverageCell(one.number, len(seen[town.unit.path, one.number]), totals[town.unit.path])
                for one in chosen
            ],
        )
        for town in towns
    ]
    return chosen, lines


def _town_of(path: str, towns: Iterable[str]) -> str:
    return next((town for town in towns if path.startswith(town)), "")


def unvisited_sites(question: Question) -> QuerySet[Site]:
    """Return the active sites in scope without a visit in the question's round or period."""
    visited = indicators.period_visits(question).order_by().values("site_id")
    return questions.sites(question).exclude(pk__in=visited)
