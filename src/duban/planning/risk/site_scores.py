"""Reading what is on record about the sites of a campaign, in a number of queries that does not grow with them.

What covert teams do stays outside: their visits are never read, their findings only from the moment the unit has the
order in hand. So a score cannot tell that somebody was there unseen. Planned and sealed visits are not read at all.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q

from duban.campaigns.models import Campaign, CampaignUnit
from duban.checklists.models import CheckItem
from duban.inspection.models import Finding, Visit
from duban.inspection.policy import COVERT
from duban.inspection.states import FindingState, VisitState
from duban.kernel.clock import local_day
from duban.kernel.fields import within
from duban.planning.models import KeyPoint
from duban.planning.risk.scores import (
    FindingFact,
    GradeFact,
    Opened,
    RateFact,
    Score,
    SiteFacts,
    TopicFact,
    score,
)
from duban.planning.risk.table import table_in_force
from duban.planning.states import KeyPointsState
from duban.rectification.models import OrderItem
from duban.sites.models import RiskAreaGrade, Site
from duban.topics.models import Topic

# A matter handed over by number gives no points: they would speak of it.
NOT_COUNTED = (
    FindingState.REGISTERED, FindingState.RETURNED, FindingState.WITHDRAWN, FindingState.TRANSFERRED,
)  # fmt: skip
SITE_COLUMNS = (
    "pk", "area_path", "site_type_id", "site_type__title", "site_type__default_checklist",
    "territory_unit__path", "department_unit__path", "operator_unit__path",
)  # fmt: skip


def site_scores(
    *, campaign: Campaign, at: datetime, site_ids: Collection[UUID] | None = None
) -> dict[UUID, Score]:
    """Return the points of every site in use in the campaign's area (or of some of them) as of `at`.

    Who may read them is `planning.policy.can_read_risk`; the rates are those of the whole campaign in any case.
    """
    record = _Record(campaign, at)
    table = table_in_force(campaign, at)
    wanted = None if site_ids is None else set(site_ids)
    return {
        site.pk: score(record.facts(site), table, at)
        for site in record.sites
        if wanted is None or site.pk in wanted
    }


@dataclass(frozen=True)
class _Place:
    pk: UUID
    area_path: str
    type_id: UUID
    type_title: str
    checklist: str
    party_paths: tuple[str, ...]

    @classmethod
    def of(cls, row: tuple) -> "_Place":
        return cls(*row[:5], tuple(path for path in row[5:] if path))


@dataclass
class _Tally:
    findings: int = 0
    visits: int = 0


@dataclass
class _KeyPointReach:
    """What a key point of the day touches."""

    opened: Opened
    site_ids: set[UUID]
    paths: tuple[str, ...]
    check_items: set[str] = field(default_factory=set)

    def touches(self, place: _Place, items: Mapping[str, set[str]]) -> bool:
        return (
            place.pk in self.site_ids
            or any(
                path.startswith(one) for one in self.paths for path in (place.area_path, *place.party_paths)
            )
            or bool(self.check_items & items.get(place.checklist, set()))
        )


class _Record:
    """All that is read, once, for one moment."""

    def __init__(self, campaign: Campaign, at: datetime) -> None:
        self.campaign, self.at = campaign, at
        self.sites = [_Place.of(row) for row in _sites(campaign)]
        self.lines = sorted(
            CampaignUnit.objects.filter(campaign=campaign).values_list("unit__path", "unit__name", "unit_id")
        )
        self.paths = [line[0] for line in self.lines]
        self.findings: dict[UUID, list[FindingFact]] = defaultdict(list)
        self.last_visits: dict[UUID, tuple[UUID, str, datetime]] = {}
        self.by_type: dict[UUID, _Tally] = defaultdict(_Tally)
        self.by_area: dict[str, _Tally] = defaultdict(_Tally)
        self.everywhere = _Tally()
        known = {place.pk: place for place in self.sites}
        self._read_findings(known)
        self._read_visits(known)
        self.grades = list(_grades(campaign, at))
        self.key_points = list(_key_points(campaign, at))
        self.topics = list(_topics(campaign, at))
        self.items = _check_items(campaign, at) if any(one.check_items for one in self.key_points) else {}

    def _tallies(self, place: _Place) -> Iterable[_Tally]:
        return self.everywhere, self.by_type[place.type_id], self.by_area[self._line(place.area_path)[0]]

    def _line(self, area_path: str) -> tuple[str, str, UUID | None]:
        """Return path, name and unit of the reporting line a place belongs to, the nearest above it."""
        position = bisect_right(self.paths, area_path)
        for line in reversed(self.lines[:position]):
            if area_path.startswith(line[0]):
                return line
        return "", "", None

    def _read_findings(self, known: Mapping[UUID, _Place]) -> None:
        for site_id, is_open_team, fact in _findings(self.campaign, self.at):
            if (place := known.get(site_id)) is None:
                continue
            self.findings[site_id].append(fact)
            for tally in self._tallies(place) if is_open_team else ():
                tally.findings += 1

    def _read_visits(self, known: Mapping[UUID, _Place]) -> None:
        rows = _visits(self.campaign, self.at)
        for site_id, key, number, arrived_at in rows:
            if (place := known.get(site_id)) is None:
                continue
            self.last_visits[site_id] = (key, str(number), arrived_at)
            for tally in self._tallies(place):
                tally.visits += 1

    def facts(self, place: _Place) -> SiteFacts:
        path, name, unit_id = self._line(place.area_path)
        return SiteFacts(
            site_id=place.pk,
            findings=self.findings.get(place.pk, ()),
            last_visit=self.last_visits.get(place.pk),
            type_rate=self._rate(
                Opened("type", place.type_id, place.type_title), self.by_type[place.type_id]
            ),
            area_rate=self._rate(Opened("area", unit_id, name), self.by_area[path]) if unit_id else None,
            grade=self._grade(place),
            key_points=[one.opened for one in self.key_points if one.touches(place, self.items)],
            topics=[
                fact
                for site_id, path, fact in self.topics
                if site_id == place.pk or (site_id is None and _lies_in(place, path))
            ],
        )

    def _rate(self, opened: Opened, tally: _Tally) -> RateFact:
        return RateFact(
            opened, tally.findings, tally.visits, self.everywhere.findings, self.everywhere.visits
        )

    def _grade(self, place: _Place) -> GradeFact | None:
        """Return the grade that weighs most among those published for the place's area and the areas above it."""
        found = [grade for path, grade in self.grades if place.area_path.startswith(path)]
        return max(found, key=lambda one: one.weight / one.highest, default=None)


def _sites(campaign: Campaign) -> Iterable[tuple]:
    rows = Site.objects.filter(within(campaign.area_path), is_active=True)
    return rows.order_by("code").values_list(*SITE_COLUMNS)


def _known_to_the_unit(at: datetime) -> Exists:
    """Return the condition “an order with this finding has been issued”."""
    return Exists(OrderItem.objects.filter(finding_id=OuterRef("pk"), order__issued_at__lte=at).values("pk"))


def _counted(campaign: Campaign, at: datetime):
    rows = Finding.objects.filter(campaign=campaign, confirmed_at__lte=at, entered_at__lte=at)
    return rows.exclude(state__in=NOT_COUNTED).filter(~COVERT | _known_to_the_unit(at))


def _findings(campaign: Campaign, at: datetime) -> Iterable[tuple[UUID, bool, FindingFact]]:
    open_work = ExpressionWrapper(~COVERT, output_field=BooleanField())
    rows = _counted(campaign, at).annotate(of_open_work=open_work).order_by("found_at", "pk")
    columns = (
        "site_id", "of_open_work", "pk", "number", "severity", "found_at", "written_off_at", "reopened_at",
        "overdue_at", "recurrence_of_id",
    )  # fmt: skip
    for (
        site_id,
        is_open_work,
        key,
        number,
        severity,
        found_at,
        closed,
        reopened,
        overdue,
        earlier,
    ) in rows.values_list(*columns):
        is_open = _is_later(closed, at) or (reopened is not None and closed <= reopened <= at)
        yield site_id, is_open_work, FindingFact(
            key, f"{number:04d}", severity, found_at, is_open, not _is_later(overdue, at), earlier is not None
        )  # fmt: skip


def _is_later(moment: datetime | None, at: datetime) -> bool:
    return moment is None or moment > at


def _visits(campaign: Campaign, at: datetime) -> Iterable[tuple[UUID, UUID, int, datetime]]:
    """Return the open visits that were handed in, earliest first; one put off at the unit's request looked at nothing."""
    rows = Visit.objects.filter(
        ~COVERT, campaign=campaign, state=VisitState.SUBMITTED, arrived_at__lte=at, submitted_at__lte=at,
        deferred_at=None,
    )  # fmt: skip
    return rows.order_by("arrived_at", "pk").values_list("site_id", "pk", "number", "arrived_at")


def _grades(campaign: Campaign, at: datetime) -> Iterable[tuple[str, GradeFact]]:
    steps = campaign.area_path.rstrip(".").split(".")
    above = [".".join(steps[:count]) + "." for count in range(1, len(steps) + 1)]
    rows = RiskAreaGrade.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)
    rows = rows.filter(within(campaign.area_path) | Q(area_path__in=above))
    for row in rows.select_related("scheme", "area").order_by("area_path", "pk"):
        weights = {one["code"]: one for one in row.scheme.grades}
        if row.grade in weights:
            highest = max(one["weight"] for one in weights.values())
            title = f"{row.area.name} {weights[row.grade]['title']}"
            yield row.area_path, GradeFact(row.pk, title, weights[row.grade]["weight"], highest)


def _key_points(campaign: Campaign, at: datetime) -> Iterable[_KeyPointReach]:
    rows = KeyPoint.objects.filter(
        sheet__campaign=campaign, sheet__day=local_day(at), sheet__approved_at__lte=at, dropped_reason="",
        sheet__state__in=(KeyPointsState.APPROVED, KeyPointsState.PUSHED),
    )  # fmt: skip
    found = {
        row.pk: _KeyPointReach(
            Opened("key_point", row.sheet_id, str(row.ordinal)), set(), (), set(row.check_items)
        )
        for row in rows.order_by("ordinal")
    }
    links = KeyPoint.findings.through.objects.filter(
        keypoint_id__in=rows.values("pk"), finding_id__in=_counted(campaign, at).values("pk")
    )
    for key, site_id in links.values_list("keypoint_id", "finding__site_id"):
        found[key].site_ids.add(site_id)
    targets = KeyPoint.target_units.through.objects.filter(keypoint_id__in=rows.values("pk"))
    for key, path in targets.values_list("keypoint_id", "unit__path"):
        found[key].paths += (path,)
    return found.values()


def _lies_in(place: _Place, path: str) -> bool:
    return any(one.startswith(path) for one in (place.area_path, *place.party_paths))


def _topics(campaign: Campaign, at: datetime) -> Iterable[tuple[UUID | None, str, TopicFact]]:
    """Return what was reported: about a site, or about an area without a site (then of every site in it)."""
    rows = Topic.objects.filter(campaign=campaign, created_at__lte=at)
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)).order_by("-ends_on", "pk")
    for row in rows.values_list("pk", "site_id", "area_path", "subject", "count", "ends_on"):
        pk, site_id, path, subject, count, ends_on = row
        yield site_id, path, TopicFact(Opened("topic", pk, subject), count, ends_on)


def _check_items(campaign: Campaign, at: datetime) -> dict[str, set[str]]:
    """Return the names of the checks in the newest published version of each checklist of the campaign."""
    rows = CheckItem.objects.filter(
        Q(version__retired_at=None) | Q(version__retired_at__gt=at),
        version__checklist__campaign=campaign, version__published_at__lte=at,
    ).order_by("version__checklist", "-version__number")  # fmt: skip
    found: dict[str, tuple[int, set[str]]] = {}
    for code, number, name in rows.values_list(
        F("version__checklist__code"), F("version__number"), F("name")
    ):
        newest, names = found.setdefault(code, (number, set()))
        if number == newest:
            names.add(name)
    return {code: names for code, (_number, names) in found.items()}
