"""Named reads of inspection: the register with its tabs and filters, similar findings, the sheet's figures.

Every list comes back with what a row shows already joined, in a number of queries that does not grow with the rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.inspection.models import DailySheet, Evidence, Finding, SupportRequest, Visit
from duban.inspection.policy import (
    COVERT,
    NOT_KNOWN_YET,
    findings_visible_to,
    own_team_ids,
    sheets_visible_to,
    support_requests_visible_to,
    visits_visible_to,
)
from duban.inspection.states import (
    OPEN_STATES,
    WAITING_ON_UNIT,
    FindingState,
    SheetState,
    SupportState,
    VisitState,
)
from duban.kernel import clock, tally
from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.bounded import BOUND, COUNTED, GLANCE, bounded_count, count_of
from duban.kernel.errors import Text
from duban.kernel.fields import within
from duban.kernel.prepared import Prepared
from duban.kernel.scope import anywhere, outermost
from duban.teams.models import Dispatch, Team
from duban.teams.states import DispatchState

S = FindingState
SIMILAR_DAYS = 3
DAYS_OF_DOUBLES = 7
TABS: tuple[tuple[str, Text], ...] = (
    ("open", _("未销号")), ("mine", _("待我办")), ("registered", _("待确认")), ("rectifying", _("整改中")),
    ("fed_back", _("待核验")), ("overdue", _("逾期")), ("disputed", _("有异议")), ("written_off", _("已销号")),
    ("all", _("全部")),
)  # fmt: skip
SORTS = {
    "number": ("number",), "found": ("found_at", "number"), "site": ("site__name", "number"),
    "severity": ("severity_rank", "number"), "due": ("due_at", "number"),
}  # fmt: skip
SEVERITY_RANK = {"incipient": 1, "general": 2, "prominent": 3, "serious": 4}


def overdue(at: datetime) -> Q:
    """Return the condition “still waits on the unit and the limit has passed” (a paused clock does not run)."""
    return Q(state__in=WAITING_ON_UNIT, due_at__lt=at, paused_at=None)


def mine(actor: Actor) -> Q:
    """Return the condition for findings that wait for this actor's act."""
    condition = Q(pk__in=())
    if actor.has_role(OFFICE_ROLES):
        condition |= Q(state__in=(S.REGISTERED, S.CONFIRMED, S.ON_SPOT, S.DISPUTED)) & ~Q(
            found_by_id=actor.user_id
        )
    if actor.has_role(FIELD_ROLES):
        own_team = Q(team__members__user_id=actor.user_id, team__members__left_on=None)
        own = Finding.objects.filter(own_team, state=S.RETURNED)
        condition |= Q(pk__in=own.values("pk"))
        condition |= Q(state__in=(S.FED_BACK, S.ON_SPOT)) & ~Q(found_by_id=actor.user_id)
    if actor.has_role({Role.UNIT_LIAISON}):
        condition |= Q(state__in=WAITING_ON_UNIT)
    return condition


def tab_condition(tab: str, actor: Actor, at: datetime) -> Q:
    """Return the condition of a tab of the register; an unknown tab is the first."""
    plain = {
        "registered": Q(state=S.REGISTERED), "rectifying": Q(state__in=WAITING_ON_UNIT), "fed_back": Q(state=S.FED_BACK),
        "disputed": Q(state=S.DISPUTED), "written_off": Q(state=S.WRITTEN_OFF), "all": Q(),
    }  # fmt: skip
    if tab == "overdue":
        return overdue(at)
    if tab == "mine":
        return mine(actor)
    return plain.get(tab, Q(state__in=OPEN_STATES))


def _by_state(rows: QuerySet[Finding], counted: str = "pk") -> Counter[str]:
    return Counter(dict(rows.order_by().values_list("state").annotate(found=Count(counted))))


_CAMPAIGN_AREA = Prepared(
    lambda campaign_id: Campaign.objects.filter(pk=campaign_id).values_list("area_path", flat=True)
)


def whole_campaign(paths: Iterable[str], campaign_id: UUID) -> bool:
    """Test whether one of the areas holds the whole area of the campaign, so that no case of it lies elsewhere."""
    area = next(iter(_CAMPAIGN_AREA(campaign_id=campaign_id)), "")
    return any(area.startswith(path) for path in paths)


def _tallied(actor: Actor, campaign_id: UUID) -> Counter[str] | None:
    """Return the findings by state in all of the actor's areas as kept by the operations; None: count them."""
    if actor.is_system:
        return Counter(tally.counts(Finding.tally_topic, campaign_id=campaign_id, path=""))
    if actor.kind is not Kind.USER or actor.has_role({Role.UNIT_LIAISON}, campaign_id=campaign_id):
        return None
    states: Counter[str] = Counter()
    for path in outermost(path for path, _any in actor.areas(CASE_ROLES, campaign_id=campaign_id)):
        states.update(tally.counts(Finding.tally_topic, campaign_id=campaign_id, path=path))
    return states


def state_counts(actor: Actor, campaign_id: UUID, *, exact_below: int = COUNTED) -> Counter[str]:
    """Return the visible findings by state: counted in a small scope, taken from the tally in a large one.

    From the tally of the areas goes what a covert team has not made known and what the actor is recused from; what
    the own teams found elsewhere is added. Each of these is few rows, so the figure is exact and costs no full count.
    """
    states = _tallied(actor, campaign_id)
    if states is None or states.total() <= exact_below:
        return _by_state(findings_visible_to(actor).filter(campaign_id=campaign_id))
    if actor.is_system:
        return states
    rows = Finding.objects.filter(campaign_id=campaign_id)
    paths = outermost(path for path, _any in actor.areas(CASE_ROLES, campaign_id=campaign_id))
    office = [path for path, _any in actor.areas(OFFICE_ROLES, campaign_id=campaign_id)]
    own = own_team_ids(actor)
    partly = [path for path in paths if not any(path.startswith(one) for one in office)]
    if partly:
        hidden = rows.filter(anywhere(partly), COVERT, state__in=NOT_KNOWN_YET).exclude(anywhere(office))
        # Counted as "*", an index with state, area and team answers this alone.
        states.subtract(_by_state(hidden.exclude(team_id__in=own), "*"))
    if own and not whole_campaign(paths, campaign_id):
        states.update(_by_state(rows.filter(team_id__in=own).exclude(anywhere(paths))))
    if recused := actor.recused_unit_ids:
        unbound = findings_visible_to(replace(actor, recused_unit_ids=frozenset())).filter(
            campaign_id=campaign_id
        )
        concerned = (
            Q(unit_id__in=recused) | Q(territory_unit_id__in=recused) | Q(department_unit_id__in=recused)
        )
        states.subtract(_by_state(unbound.filter(concerned)))
    return states


def _mine_count(actor: Actor, rows: QuerySet[Finding], states: Counter[str]) -> int:
    """Return how many findings wait for the actor; in a large scope from the states less the actor's own findings."""
    if states.total() <= BOUND or actor.has_role({Role.UNIT_LIAISON}):
        return rows.filter(mine(actor)).count()
    waiting = set()
    if actor.has_role(OFFICE_ROLES):
        waiting |= {S.REGISTERED, S.CONFIRMED, S.ON_SPOT, S.DISPUTED}
    if actor.has_role(FIELD_ROLES):
        waiting |= {S.FED_BACK, S.ON_SPOT}
    found = sum(states[state] for state in waiting)
    found -= rows.filter(state__in=waiting, found_by_id=actor.user_id).count()
    if actor.has_role(FIELD_ROLES):
        found += rows.filter(team_id__in=actor.team_ids, state=S.RETURNED).count()
    return found


def tab_counts(
    actor: Actor, campaign_id: UUID, at: datetime, states: Counter[str] | None = None
) -> dict[str, int]:
    """Return the count of every tab: by state (counted or tallied; `states` if known already), overdue, mine."""
    rows = findings_visible_to(actor).filter(campaign_id=campaign_id)
    states = state_counts(actor, campaign_id) if states is None else states
    return {
        "open": sum(states[state] for state in OPEN_STATES),
        "mine": _mine_count(actor, rows, states),
        "registered": states[S.REGISTERED],
        "rectifying": sum(states[state] for state in WAITING_ON_UNIT),
        "fed_back": states[S.FED_BACK],
        "overdue": bounded_count(rows.filter(overdue(at)), GLANCE if states.total() > BOUND else BOUND),
        "disputed": states[S.DISPUTED],
        "written_off": states[S.WRITTEN_OFF],
        "all": sum(states.values()),
    }


@dataclass(frozen=True)
class FindingFilter:
    """What the register is filtered by; empty values do not filter."""

    text: str = ""
    area_path: str = ""
    category_id: UUID | None = None
    severity: str = ""
    team_id: UUID | None = None
    found_from: date | None = None
    found_to: date | None = None
    due: str = ""
    state: str = ""
    unit_id: UUID | None = None
    site_id: UUID | None = None
    ids: tuple[UUID, ...] = field(default=())


def filtered(rows: QuerySet[Finding], wanted: FindingFilter, at: datetime) -> QuerySet[Finding]:
    """Return `rows` under a filter."""
    condition = Q()
    if wanted.text:
        text = wanted.text.strip()
        part = Q(site__name__icontains=text) | Q(fact__icontains=text) | Q(unit__name__icontains=text)
        if text.lstrip("0").isdigit() and len(text) < 9:
            part |= Q(number=int(text))
        condition &= part
    if wanted.area_path:
        condition &= within(wanted.area_path)
    if wanted.found_from:
        condition &= Q(found_at__gte=clock.start_of_day(wanted.found_from))
    if wanted.found_to:
        condition &= Q(found_at__lt=clock.end_of_day(wanted.found_to))
    exact = {
        "category_id": wanted.category_id, "severity": wanted.severity, "team_id": wanted.team_id,
        "state": wanted.state, "unit_id": wanted.unit_id, "site_id": wanted.site_id,
    }  # fmt: skip
    condition &= Q(**{name: value for name, value in exact.items() if value})
    if wanted.ids:
        condition &= Q(pk__in=wanted.ids)
    return rows.filter(condition & _due_condition(wanted.due, at))


def _due_condition(due: str, at: datetime) -> Q:
    tonight = clock.end_of_day(clock.local_day(at))
    conditions = {
        "overdue": overdue(at),
        "today": Q(state__in=WAITING_ON_UNIT, due_at__gte=at, due_at__lte=tonight),
        "later": Q(state__in=WAITING_ON_UNIT, due_at__gt=tonight),
        "none": Q(due_at=None),
    }
    return conditions.get(due, Q())


def register(actor: Actor, campaign_id: UUID) -> QuerySet[Finding]:
    """Return the visible findings of a campaign with everything a row shows."""
    return (
        findings_visible_to(actor)
        .filter(campaign_id=campaign_id)
        .select_related("site", "unit", "category", "team", "visit", "campaign")
    )


# What a row of the register shows; whoever shows more reads whole rows.
ROW = (
    "campaign_id", "number", "area_path", "found_at", "found_by_id", "fact", "severity", "state", "due_at", "paused_at",
    "is_on_spot", "site__name", "unit__name", "unit__short_name", "category__title",
)  # fmt: skip


def brief(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """Return `rows` of the register with the columns of a list only: fifty rows out of a million are read often."""
    return rows.select_related(None).select_related("site", "unit", "category").only(*ROW)


def in_order(rows: QuerySet[Finding], sort: str) -> QuerySet[Finding]:
    """Return `rows` in the order `[-]key` of SORTS; newest found first by default."""
    from django.db.models import Case, IntegerField, Value, When

    key, backwards = sort.lstrip("-"), sort.startswith("-")
    if key == "severity":
        ranks = [When(severity=name, then=Value(rank)) for name, rank in SEVERITY_RANK.items()]
        rows = rows.annotate(severity_rank=Case(*ranks, default=Value(0), output_field=IntegerField()))
    names = SORTS.get(key)
    if names is None:
        return rows.order_by("-found_at", "-id")
    return rows.order_by(*(f"-{name}" if backwards else name for name in names), "id")


def finding_page(actor: Actor) -> QuerySet[Finding]:
    """Return findings with everything the detail page shows."""
    photos = Evidence.objects.select_related("file", "thumbnail")
    return (
        findings_visible_to(actor)
        .select_related(
            "campaign", "visit", "round", "team", "site__site_type", "site__area", "unit", "post", "territory_unit",
            "department_unit", "category", "focus_area", "measure__directive", "found_by", "recurrence_of",
        )
        .prefetch_related("codes", "rule_items__rule_set", Prefetch("evidence", photos), "support_requests")
    )  # fmt: skip


def similar_elsewhere(finding: Finding, actor: Actor, *, days: int = SIMILAR_DAYS) -> QuerySet[Finding]:
    """Return findings of the same category (and template) at other sites within some days: a common problem? (S2-35)."""
    rows = register(actor, finding.campaign_id).filter(
        category_id=finding.category_id,
        found_at__gte=finding.found_at - timedelta(days=days),
        found_at__lte=finding.found_at + timedelta(days=days),
    )
    if finding.template:
        rows = rows.filter(template=finding.template)
    return rows.exclude(site_id=finding.site_id).exclude(state=S.WITHDRAWN).order_by("-found_at")


def visits(actor: Actor, campaign_id: UUID) -> QuerySet[Visit]:
    """Return the visible visits of a campaign with what a row shows."""
    standing = [state for state in S if state != S.WITHDRAWN]
    return (
        visits_visible_to(actor)
        .filter(campaign_id=campaign_id)
        .select_related("site__site_type", "team", "round", "campaign")
        .annotate(finding_count=count_of(Finding, "visit", state__in=standing))
    )


def visit_page(actor: Actor) -> QuerySet[Visit]:
    """Return visits with everything the detail page shows."""
    photos = Evidence.objects.select_related("file", "thumbnail")
    findings = Finding.objects.select_related("category", "unit").prefetch_related(
        Prefetch("evidence", photos)
    )
    return (
        visits_visible_to(actor)
        .select_related(
            "campaign", "team", "round", "dispatch", "site__site_type", "site__area", "site__territory_unit",
            "site__department_unit", "site__operator_unit", "checklist_version__checklist", "entered_by",
        )
        .prefetch_related(
            "inspectors", "partners", "answers", Prefetch("findings", findings.order_by("number")),
            Prefetch("evidence", photos), "support_requests",
        )
    )  # fmt: skip


def own_teams(actor: Actor, campaign_id: UUID) -> QuerySet[Team]:
    """Return the active teams of the campaign the actor is a member of."""
    return Team.objects.filter(
        campaign_id=campaign_id, is_active=True, members__user_id=actor.user_id, members__left_on=None
    ).distinct()


@dataclass(frozen=True)
class SheetFigures:
    """The pre-filled figures of a team's day; nobody types them."""

    dispatches: int
    person_times: int
    visits: int
    sites: list[str]
    findings: int
    by_category: list[tuple[str, int]]
    on_spot: int
    awaiting: int
    support: int


def sheet_figures(team: Team, day: date, *, as_of: datetime | None = None) -> SheetFigures:
    """Return the figures of a team's day by entries up to `as_of` (None = all so far), counted by §4.1."""
    sent = Dispatch.objects.filter(team=team, day=day).exclude(state=DispatchState.CANCELLED)
    visits_of_day = Visit.objects.filter(team=team, day=day).exclude(state=VisitState.WITHDRAWN)
    findings = Finding.objects.filter(team=team, visit__day=day).exclude(state=S.WITHDRAWN)
    support = SupportRequest.objects.filter(visit__team=team, visit__day=day)
    if as_of is not None:
        visits_of_day = visits_of_day.filter(entered_at__lt=as_of)
        findings = findings.filter(entered_at__lt=as_of)
        support = support.filter(raised_at__lt=as_of)
    categories = Counter(findings.values_list("category__title", flat=True))
    return SheetFigures(
        dispatches=sent.count(),
        person_times=sum(sent.values_list("member_count", flat=True)),
        visits=visits_of_day.count(),
        sites=list(visits_of_day.order_by("arrived_at").values_list("site__name", flat=True)),
        findings=sum(categories.values()),
        by_category=sorted(categories.items(), key=lambda pair: (-pair[1], pair[0])),
        on_spot=findings.filter(is_on_spot=True).count(),
        awaiting=findings.filter(state__in=(S.REGISTERED, S.RETURNED, S.CONFIRMED)).count(),
        support=support.count(),
    )


@dataclass(frozen=True)
class SheetRow:
    """One team's line in the overview of a day."""

    team: Team
    sheet: DailySheet | None
    visits: int
    findings: int

    @property
    def state(self) -> str:
        return self.sheet.state if self.sheet else SheetState.OPEN


def sheets_of_day(actor: Actor, campaign_id: UUID, day: date) -> list[SheetRow]:
    """Return a line for every team that went out on `day` and whose sheet the actor may read (four queries)."""
    sheets = {one.team_id: one for one in sheets_visible_to(actor).filter(campaign_id=campaign_id, day=day)}
    sent = Dispatch.objects.filter(campaign_id=campaign_id, day=day, team_id=OuterRef("pk")).exclude(
        state=DispatchState.CANCELLED
    )
    if not actor.is_system and not actor.has_role(OFFICE_ROLES, campaign_id=campaign_id):
        # Leaders learn that a team went out when it is back; its own members know.
        sent = sent.filter(Q(state=DispatchState.RETURNED) | Q(team_id__in=own_team_ids(actor)))
    teams = Team.objects.filter(Q(pk__in=sheets) | Exists(sent), campaign_id=campaign_id)
    readable = _readable_teams(actor, campaign_id)
    visit_counts = _count(
        Visit.objects.filter(campaign_id=campaign_id, day=day).exclude(state=VisitState.WITHDRAWN)
    )
    finding_counts = _count(
        Finding.objects.filter(campaign_id=campaign_id, visit__day=day).exclude(state=S.WITHDRAWN)
    )
    return [
        SheetRow(team, sheets.get(team.pk), visit_counts.get(team.pk, 0), finding_counts.get(team.pk, 0))
        for team in teams.filter(readable).order_by("kind", "number")
    ]


def _readable_teams(actor: Actor, campaign_id: UUID) -> Q:
    own = Q(pk__in=own_teams(actor, campaign_id).values("pk"))
    if actor.is_system or actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=campaign_id):
        return Q()
    if actor.has_role({Role.OFFICE, Role.LEADER}, campaign_id=campaign_id):
        return ~Q(kind="covert") | own
    return own


def _count(rows: QuerySet[Any]) -> Mapping[UUID, int]:
    return dict(rows.order_by().values_list("team_id").annotate(found=Count("pk")))


def support_requests(actor: Actor, campaign_id: UUID) -> QuerySet[SupportRequest]:
    """Return the visible support requests, open ones first, then by due time."""
    return (
        support_requests_visible_to(actor)
        .filter(campaign_id=campaign_id)
        .select_related("unit", "visit__site", "visit__team", "finding__site")
        .order_by("-state", "due_at")
    )


def open_support_count(actor: Actor, campaign_id: UUID) -> int:
    """Return how many visible support requests wait for an answer."""
    return support_requests_visible_to(actor).filter(campaign_id=campaign_id, state=SupportState.OPEN).count()


def recorded_twice(actor: Actor, campaign_id: UUID) -> list[tuple[Visit, Visit]]:
    """Return the looks of the last days that stand as two visits of one team, site and day: first the earlier one."""
    rows = visits_visible_to(actor).filter(campaign_id=campaign_id).exclude(state=VisitState.WITHDRAWN)
    latest = rows.order_by("-day").values_list("day", flat=True).first()
    if latest is None:
        return []
    recent = rows.filter(day__gt=latest - timedelta(days=DAYS_OF_DOUBLES)).select_related(
        "site", "team", "entered_by"
    )
    first: dict[tuple[UUID, UUID, date], Visit] = {}
    doubles = []
    for visit in recent.order_by("entered_at", "id"):
        key = (visit.team_id, visit.site_id, visit.day)
        if key in first:
            doubles.append((first[key], visit))
        first.setdefault(key, visit)
    return doubles
