"""From what is on record about a site to its points: each reason by itself, the total is their sum. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from duban.kernel.clock import local_day
from duban.planning.risk.rates import doublings, shrunk_rate
from duban.planning.risk.table import Table


@dataclass(frozen=True)
class Opened:
    """What is behind a point and can be opened: finding, visit, grade, key_point, type or area, and what it is called."""

    kind: str
    id: UUID
    label: str


@dataclass(frozen=True)
class Reason:
    """Why a site has points: the reason's code, its points, the facts for the sentence, the rows to open."""

    code: str
    points: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Opened, ...] = ()


@dataclass(frozen=True)
class Score:
    """The points of a site as of a moment under a version of the table."""

    site_id: UUID
    points: int
    reasons: tuple[Reason, ...]
    version: str
    as_of: datetime


@dataclass(frozen=True)
class FindingFact:
    id: UUID
    label: str
    severity: str
    found_at: datetime
    is_open: bool
    is_overdue: bool
    is_recurrence: bool


@dataclass(frozen=True)
class RateFact:
    """How a group of sites did: findings and visits of the group, and of all."""

    opened: Opened
    findings: int
    visits: int
    all_findings: int
    all_visits: int


@dataclass(frozen=True)
class GradeFact:
    id: UUID
    title: str
    weight: int
    highest: int


@dataclass(frozen=True)
class TopicFact:
    """What was reported about a site or its area: how many times, until when."""

    opened: Opened
    count: int
    until: date


@dataclass(frozen=True)
class SiteFacts:
    """Everything a score may know about a site. Nothing here names or counts a person or a team."""

    site_id: UUID
    findings: Sequence[FindingFact] = ()
    last_visit: tuple[UUID, str, datetime] | None = None
    type_rate: RateFact | None = None
    area_rate: RateFact | None = None
    grade: GradeFact | None = None
    key_points: Sequence[Opened] = ()
    topics: Sequence[TopicFact] = ()


def score(facts: SiteFacts, table: Table, at: datetime) -> Score:
    """Return the site's points; reasons without points are left out."""
    found = (_REASONS[code](facts, values, at) for code, values in table.values.items() if code in _REASONS)
    reasons = tuple(one for one in found if one is not None and one.points)
    return Score(facts.site_id, sum(one.points for one in reasons), reasons, table.version, at)


def _rows(findings: Sequence[FindingFact]) -> tuple[Opened, ...]:
    return tuple(Opened("finding", one.id, one.label) for one in findings)


def _days(since: datetime, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds() / 86400)


def _own_record(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason:
    total = 0.0
    counted = []
    for one in facts.findings:
        full = values.get(one.severity, 0) + (values["recurrence"] if one.is_recurrence else 0)
        left = full * 0.5 ** (_days(one.found_at, at) / values["half_life_days"])
        total += left
        if left >= 0.05:
            counted.append(one)
    return Reason("own_record", min(values["most"], round(total)), {"count": len(counted)}, _rows(counted))


def _open_findings(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason:
    counted = [one for one in facts.findings if one.is_open]
    points = min(values["most"], values["each"] * len(counted))
    return Reason("open_findings", points, {"count": len(counted)}, _rows(counted))


def _overdue_findings(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason:
    counted = [one for one in facts.findings if one.is_open and one.is_overdue]
    points = min(values["most"], values["each"] * len(counted))
    return Reason("overdue_findings", points, {"count": len(counted)}, _rows(counted))


def _since_visit(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason:
    if facts.last_visit is None:
        return Reason("since_visit", min(values["most"], values["never"]), {"days": None})
    key, label, arrived_at = facts.last_visit
    days = int(_days(arrived_at, at))
    points = min(values["most"], days // values["days_per_point"])
    return Reason("since_visit", points, {"days": days}, (Opened("visit", key, label),))


def _rate(code: str, fact: RateFact | None, values: Mapping[str, int]) -> Reason | None:
    if fact is None or not fact.all_visits or not fact.all_findings:
        return None
    mean = fact.all_findings / fact.all_visits
    rate = shrunk_rate(fact.findings, fact.visits, mean=mean, prior=values["prior_visits"])
    points = round(values["average"] + values["per_doubling"] * doublings(rate, mean))
    facts = {
        "title": fact.opened.label, "findings": fact.findings, "visits": fact.visits, "rate": rate, "mean": mean,
    }  # fmt: skip
    return Reason(code, max(0, min(values["most"], points)), facts, (fact.opened,))


def _type_rate(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason | None:
    return _rate("type_rate", facts.type_rate, values)


def _area_rate(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason | None:
    return _rate("area_rate", facts.area_rate, values)


def _area_grade(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason | None:
    grade = facts.grade
    if grade is None:
        return None
    share = (grade.weight - 1) / (grade.highest - 1) if grade.highest > 1 else 1.0
    row = Opened("grade", grade.id, grade.title)
    return Reason("area_grade", round(values["most"] * share), {"title": grade.title}, (row,))


def _key_points(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason:
    points = min(values["most"], values["each"] * len(facts.key_points))
    return Reason("key_points", points, {"count": len(facts.key_points)}, tuple(facts.key_points))


def _topics(facts: SiteFacts, values: Mapping[str, int], at: datetime) -> Reason:
    since = local_day(at) - timedelta(days=values["window_days"])
    rows = [one for one in facts.topics if one.until > since]
    count = sum(one.count for one in rows)
    return Reason(
        "topics",
        min(values["most"], values["each"] * count),
        {"count": count},
        tuple(one.opened for one in rows),
    )


_REASONS = {
    "own_record": _own_record,
    "open_findings": _open_findings,
    "overdue_findings": _overdue_findings,
    "since_visit": _since_visit,
    "type_rate": _type_rate,
    "area_rate": _area_rate,
    "area_grade": _area_grade,
    "key_points": _key_points,
    "topics": _topics,
}
