"""Counting one day for its edition: every expected unit a line, every figure with the ids behind it, totals as sums.

Reads only. What it returns for a past moment is what it returned then (moments.py), so a freeze that ran late gives
the figures of the cut-off.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, ScopeGroup
from duban.inspection.models import DailySheet
from duban.kernel import clock
from duban.kernel.errors import Text
from duban.kernel.journal import canonical
from duban.kernel.models import Event
from duban.rectification.models import OrderItem
from duban.reporting import indicators
from duban.reporting.indicators import DEFINITION_VERSION
from duban.reporting.models import Edition
from duban.reporting.questions import Question
from duban.reporting.states import EditionState
from duban.teams.models import Dispatch, Team
from duban.teams.states import DispatchState
from duban.territory.models import UnitKind

# column, heading, what its rows are; the second block is cumulative
COLUMNS: tuple[tuple[str, Text, str], ...] = (
    ("visits", _("督导点位"), "visit"),
    ("found", _("今日发现"), "finding"),
    ("on_spot", _("现场整改"), "finding"),
    ("ordered", _("已交办"), "finding"),
    ("found_total", _("累计发现"), "finding"),
    ("closed_total", _("累计销号"), "finding"),
    ("fed_back", _("待核验"), "finding"),
    ("in_hand", _("整改中"), "finding"),
    ("overdue", _("逾期"), "finding"),
)
COLUMN_CODES = tuple(code for code, _title, _kind in COLUMNS)
FIRST_CUMULATIVE = "found_total"
TOTAL = 0  # line ordinal of the totals
Cells = dict[tuple[int, str], list[UUID]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: an expected unit, or what belongs to none of them."""

    ordinal: int
    title: str
    unit_id: UUID | None
    paths: tuple[str, ...] = ()  # of the unit now and before it was moved: rows bear the path of their day


@dataclass
class Count:
    """The counted day: lines in order and the ids per (line ordinal, column)."""

    campaign: Campaign
    day: date
    as_of: datetime
    since: datetime
    known_at: datetime
    lines: list[Line]
    cells: Cells = field(default_factory=lambda: defaultdict(list))

    @property
    def question(self) -> Question:
        """Return the question this count answers, for texts and drill-downs."""
        return Question(self.campaign, as_of=self.as_of, since=self.since, known_at=self.known_at)

    def value(self, ordinal: int, column: str) -> int:
        return len(self.cells.get((ordinal, column), ()))

    def total(self, column: str) -> int:
        return sum(self.value(line.ordinal, column) for line in self.lines)

    def ids(self, column: str) -> list[UUID]:
        return [row for line in self.lines for row in self.cells.get((line.ordinal, column), ())]


def cutoff_of(campaign: Campaign, day: date) -> datetime:
    """Return the moment of the campaign's cut-off on a day; 00:00 means 24:00."""
    return clock.end_of_day(day) if campaign.cutoff == time() else clock.moment(day, campaign.cutoff)


def first_day(campaign: Campaign) -> date:
    """Return the first day that gets an edition: the day the campaign starts, or began to run if that is later."""
    started = (
        Event.objects.filter(verb="campaign.started", subject_id=campaign.pk)
        .order_by("at")
        .values_list("at", flat=True)
    ).first()
    if started is None or clock.local_day(started) < campaign.starts_on:
        return campaign.starts_on
    day = clock.local_day(started)
    return day if started <= cutoff_of(campaign, day) else date.fromordinal(day.toordinal() + 1)


def since_of(campaign: Campaign, day: date) -> datetime:
    """Return the cut-off the day's window begins at: that of the last edition before it, or the very beginning."""
    before = (
        Edition.objects.filter(campaign=campaign, day__lt=day)
        .exclude(state=EditionState.SUPERSEDED)
        .order_by("-day")
        .values_list("as_of", flat=True)
        .first()
    )
    return before or clock.start_of_day(date(2000, 1, 1))


def count_day(
    campaign: Campaign, day: date, *, as_of: datetime, since: datetime, known_at: datetime
) -> Count:
    """This function will count one day: (since, as_of] for what is new, everything up to as_of for what stands."""
    lines = expected_lines(campaign)
    finder = LineFinder(lines, _group_line(campaign, lines))
    count = Count(campaign, day, as_of, since, known_at, lines)
    question = count.question
    _count_visits(count, finder, question)
    _count_findings(count, finder, question)
    _count_orders(count, finder, question)
    if any(ordinal == finder.other.ordinal for ordinal, _column in count.cells):
        lines.append(finder.other)
    return count


def expected_lines(campaign: Campaign) -> list[Line]:
    """Return a line per unit the campaign expects to report on, in the campaign's order."""
    rows = campaign.scope_units.select_related("unit").order_by("ordinal")
    return [
        Line(position, row.unit.label, row.unit_id, tuple(row.unit.paths))
        for position, row in enumerate(rows, start=1)
    ]


def _group_line(campaign: Campaign, lines: list[Line]) -> Line | None:
    """Return the one line that stands for all city units, if the campaign has it so."""
    groups = [
        row.unit_id
        for row in campaign.scope_units.select_related("unit").filter(group=ScopeGroup.CITY_UNIT)
        if row.unit.kind == UnitKind.UNIT_GROUP
    ]
    return next((line for line in lines if [line.unit_id] == groups), None)


class LineFinder:
    """Puts a row on its line: the first of its paths that lies in an expected unit, the deepest unit winning."""

    def __init__(self, lines: list[Line], group: Line | None) -> None:
        places = [(path, line) for line in lines for path in line.paths]
        self.places = sorted(places, key=lambda place: -len(place[0]))
        self.group = group
        self.other = Line(len(lines) + 1, str(_("其他单位")), None)

    def line_of(self, paths: Iterable[str | None]) -> Line:
        """Return the line for the paths of a row, in their order of precedence."""
        known = [path for path in paths if path]
        for position, path in enumerate(known):
            for place, line in self.places:
                if path.startswith(place):
                    return line
            if position == 0 and self.group is not None:
                return self.group
        return self.other


def _count_visits(count: Count, finder: LineFinder, question: Question) -> None:
    rows = indicators.period_visits(question)
    fields = ("id", "site__operator_unit__path", "area_path", "site__territory_unit__path")
    for visit_id, operator, area, territory in rows.values_list(*fields):
        line = finder.line_of([operator or area, area, territory])
        count.cells[line.ordinal, "visits"].append(visit_id)


def _count_findings(count: Count, finder: LineFinder, question: Question) -> None:
    fields = (
        "id",
        "unit_path",
        "area_path",
        "confirmed_at",
        "is_on_spot",
        "is_closed",
        "is_fed_back",
        "is_late",
    )
    for row in indicators.standing(question).values(*fields):
        ordinal = finder.line_of([row["unit_path"], row["area_path"]]).ordinal
        columns = ["found_total"]
        if row["confirmed_at"] > count.since:
            columns += ["found", "on_spot"] if row["is_on_spot"] else ["found"]
        if row["is_closed"]:
            columns.append("closed_total")
        elif row["is_fed_back"]:
            columns.append("fed_back")
        else:
            columns.append("overdue" if row["is_late"] else "in_hand")
        for column in columns:
            count.cells[ordinal, column].append(row["id"])


def _count_orders(count: Count, finder: LineFinder, question: Question) -> None:
    orders = indicators.period_orders(question).order_by().values("pk")
    items = OrderItem.objects.filter(order__in=orders).order_by("order__issued_at", "ordinal")
    for finding_id, unit_path, area_path in items.values_list(
        "finding_id", "finding__unit_path", "finding__area_path"
    ):
        count.cells[finder.line_of([unit_path, area_path]).ordinal, "ordered"].append(finding_id)


def missing_teams(campaign: Campaign, day: date, at: datetime) -> list[dict[str, object]]:
    """Return the teams that were out on the day and had not handed in their sheet by `at`."""
    out = Dispatch.objects.filter(campaign=campaign, day=day).exclude(state=DispatchState.CANCELLED)
    handed_in = DailySheet.objects.filter(campaign=campaign, day=day, submitted_at__lte=at)
    rows = (
        Team.objects.filter(pk__in=out.order_by().values("team_id"))
        .exclude(pk__in=handed_in.values("team_id"))
        .order_by("-kind", "number")
    )
    return [{"id": str(team.pk), "name": team.name, "is_covert": team.is_covert} for team in rows]


def late_notes(count: Count) -> list[dict[str, str]]:
    """Return what entered this edition late: sheets after the last cut-off, problems found before it."""
    notes: list[dict[str, str]] = []
    late = DailySheet.objects.filter(
        campaign=count.campaign, late_at__gt=count.since, late_at__lte=count.as_of
    ).select_related("team")
    for sheet in late.order_by("late_at"):
        notes.append(
            {"kind": "sheet", "team": sheet.team.name, "day": sheet.day.isoformat(), "at": _stamp(sheet.late_at),
             "text": sheet.late_note}
        )  # fmt: skip
    rows = indicators.new_findings(count.question).filter(found_at__lte=count.since)
    for number, found_at in rows.values_list("number", "found_at"):
        notes.append({"kind": "finding", "number": f"{number:04d}", "at": _stamp(found_at)})
    return notes


def _stamp(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def digest_of(count: Count) -> str:
    """This function will return the SHA-256 (hex) over every frozen figure and the ids behind it."""
    body = {
        "campaign": count.campaign.code,
        "day": count.day.isoformat(),
        "as_of": count.as_of.astimezone(UTC).isoformat(),
        "since": count.since.astimezone(UTC).isoformat(),
        "definition": DEFINITION_VERSION,
        "cells": [
            [
                line.ordinal,
                line.title,
                column,
                [str(row) for row in count.cells.get((line.ordinal, column), ())],
            ]
            for line in count.lines
            for column in COLUMN_CODES
        ],
    }
    return hashlib.sha256(canonical(body).encode()).hexdigest()
