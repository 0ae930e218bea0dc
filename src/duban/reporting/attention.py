"""“需要看的地方”: areas and units the rules point at. The system proposes, a person judges; never about persons.

Rules: coverage below 70 % in two rounds running, two or more overdue, the same category again and again in a week.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from duban.reporting import indicators, queries
from duban.reporting.questions import Question

LOW_COVERAGE = 70
LOW_ROUNDS = 2
MANY_OVERDUE = 2
RECURRING = 3
WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Attention:
    """One proposal: which unit, why, how many rows stand behind it and where they open."""

    rule: str
    unit_id: UUID
    title: str
    text: str
    count: int
    query: dict[str, str]


def places_to_look_at(
    question: Question, *, coverage: list[queries.CoverageLine] | None = None
) -> list[Attention]:
    """This function will apply every rule and return the proposals, by unit."""
    lines = queries.coverage_grid(question, rounds=LOW_ROUNDS)[1] if coverage is None else coverage
    found = [*_low_coverage(lines), *_overdue(question), *_recurring(question)]
    return sorted(found, key=lambda item: (item.title, item.rule))


def _low_coverage(lines: list[queries.CoverageLine]) -> list[Attention]:
    found = []
    for line in lines:
        last = line.cells[-LOW_ROUNDS:]
        low = [cell for cell in last if cell.percent is not None and cell.percent < LOW_COVERAGE]
        if len(low) < LOW_ROUNDS:
            continue
        text = _("连续%(n)s轮覆盖率低于%(limit)s%%") % {"n": LOW_ROUNDS, "limit": LOW_COVERAGE}
        query = {"rows": "unvisited", "unit": str(line.unit_id), "round": str(last[-1].round_number)}
        found.append(Attention("coverage", line.unit_id, line.title, text, last[-1].unvisited, query))
    return found


def _overdue(question: Question) -> list[Attention]:
    late = indicators.standing(question).filter(is_late=True).order_by()
    by_unit = Counter(late.values_list("unit_id", "unit__name"))
    return [
        Attention(
            "overdue",
            unit_id,
            name,
            _("%(n)s个问题逾期") % {"n": n},
            n,
            {"code": "B6-1", "unit": str(unit_id)},
        )
        for (unit_id, name), n in by_unit.items()
        if n >= MANY_OVERDUE
    ]


def _recurring(question: Question) -> list[Attention]:
    week = question.narrowed(since=question.as_of - WINDOW)
    rows = indicators.new_findings(week).order_by()
    fields = ("unit_id", "unit__name", "category_id", "category__title")
    found = []
    for (unit_id, name, category_id, category), n in Counter(rows.values_list(*fields)).items():
        if n < RECURRING:
            continue
        text = _("7日内“%(category)s”同类问题%(n)s个") % {"category": category, "n": n}
        query = {"code": "B1-1", "unit": str(unit_id), "category": str(category_id), "days": "7"}
        found.append(Attention("recurring", unit_id, name, text, n, query))
    return found
