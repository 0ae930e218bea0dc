"""What a day's key points and a draw are made from: named reads over directives, findings, sites and teams."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign, Category, Directive, Measure
from duban.inspection.models import Finding, Visit
from duban.inspection.policy import COVERT, NOT_KNOWN_YET, findings_visible_to
from duban.inspection.states import FindingState, VisitState
from duban.kernel.actor import Actor
from duban.kernel.clock import end_of_day, start_of_day
from duban.kernel.errors import Invalid
from duban.kernel.fields import within
from duban.planning.draw import DEFAULT_ALGORITHM
from duban.planning.drawing.instance import DIAL
from duban.planning.models import DailyKeyPoints, KeyPoint
from duban.planning.round_plan import put_resting_last, rotate_teams, with_plan
from duban.sites.models import Site
from duban.sites.policy import sites_visible_to
from duban.teams import limits
from duban.teams import queries as teams
from duban.teams.composition import is_inspector
from duban.teams.models import DispatchSite, ProtectedPeriod, Round, Team, TeamKind
from duban.teams.policy import teams_visible_to
from duban.teams.recusal import paths_of
from duban.teams.states import DispatchState

LEFT_OUT = (FindingState.WITHDRAWN, FindingState.RETURNED, FindingState.TRANSFERRED)


@dataclass
class Proposal:
    """One point the three inputs propose, before it is written."""

    source: str
    text: str
    source_note: str = ""
    directive: Directive | None = None
    measure: Measure | None = None
    category: Category | None = None
    findings: list[Finding] = field(default_factory=list)
    check_items: list[str] = field(default_factory=list)


def window_start(campaign: Campaign, day: date) -> datetime:
    """Return from when directives count as new: the composing of the sheet before, or the start of the campaign."""
    last = DailyKeyPoints.objects.filter(campaign=campaign, day__lt=day).order_by("-day").first()
    return last.composed_at if last else start_of_day(campaign.starts_on)


def new_directives(campaign: Campaign, day: date, at: datetime) -> QuerySet[Directive]:
    """Return directives received since the last sheet, in force, not yet considered for an earlier day."""
    used = KeyPoint.objects.filter(
        sheet__campaign=campaign, sheet__day__lt=day, directive__isnull=False
    ).values("directive_id")
    return (
        Directive.objects.filter(campaign=campaign, repealed_at=None, received_at__lte=at)
        .filter(received_at__gte=window_start(campaign, day))
        .exclude(pk__in=used)
        .prefetch_related("measures", "measures__check_items")
        .order_by("received_at", "id")
    )


def yesterdays_findings(actor: Actor, campaign: Campaign, day: date) -> list[tuple[Category, list[Finding]]]:
    """Return the findings of the day before by category, most frequent first."""
    eve = day - timedelta(days=1)
    rows = (
        findings_visible_to(actor)
        .filter(campaign=campaign, found_at__gte=start_of_day(eve), found_at__lt=end_of_day(eve))
        .exclude(state__in=LEFT_OUT)
        .exclude(COVERT, state__in=NOT_KNOWN_YET)  # every team reads the sheet
        .select_related("category")
        .order_by("found_at", "id")
    )
    groups: dict[UUID, list[Finding]] = defaultdict(list)
    for finding in rows:
        groups[finding.category_id].append(finding)
    ordered = sorted(
        groups.values(), key=lambda group: (-len(group), group[0].category.ordinal, group[0].category.code)
    )
    return [(group[0].category, group) for group in ordered]


def site_inputs(
    actor: Actor,
    opened: Round,
    day: date,
    *,
    is_covert: bool,
    sectors: Collection[str],
    site_type_ids: Collection[UUID],
    expert_type_ids: Collection[UUID],
    must_ids: Collection[UUID],
) -> list[dict[str, Any]]:
    """Return the candidate sites of a draw.

    What covert teams plan or saw stays out of open draws: otherwise the list of candidates would tell where they go.
    """
    campaign = opened.campaign
    placed = DispatchSite.objects.exclude(dispatch__state=DispatchState.CANCELLED)
    visits = Visit.objects.filter(round=opened).exclude(state=VisitState.WITHDRAWN)
    if not is_covert:
        placed = placed.exclude(dispatch__team__kind=TeamKind.COVERT)
        visits = visits.exclude(team__kind=TeamKind.COVERT)
    today = set(placed.filter(dispatch__day=day).values_list("site_id", flat=True))
    coming = placed.filter(dispatch__round=opened, dispatch__state=DispatchState.PLANNED)
    seen = set(visits.values_list("site_id", flat=True)) | set(coming.values_list("site_id", flat=True))
    rows = sites_visible_to(actor).filter(is_active=True)
    if site_type_ids:
        rows = rows.filter(Q(site_type_id__in=site_type_ids) | Q(pk__in=must_ids))
    found = []
    periods = limits.protected_on(day)
    for site in teams.sites_with_parties(rows).order_by("code"):
        if not site.area_path.startswith(campaign.area_path) or site.pk in today:
            continue
        area, *parties = paths_of(site)
        must = site.pk in must_ids
        reach = [area, *parties]
        if sectors and not must and not any(path.startswith(one) for one in sectors for path in reach):
            continue
        if period := limits.protection_of(site, periods):
            if must:
                raise _protected(site, period)
            continue
        found.append(_site_input(site, area, parties, site.pk in seen, must, expert_type_ids))
    return found


def _protected(site: Site, period: ProtectedPeriod) -> Invalid:
    text = _("%(site)s在保护期内（至%(day)s），不能作为必到点位；确需到访请手动增派并写明理由。") % {
        "site": site.name, "day": period.ends_on.isoformat(),
    }  # fmt: skip
    return Invalid("protected", text, {"must": text})


def protected_sites(actor: Actor, opened: Round, day: date) -> list[dict[str, Any]]:
    """Return the sites a draw of the day leaves out because their unit is protected, with the last day of it."""
    periods = limits.protected_on(day)
    if not periods:
        return []
    rows = sites_visible_to(actor).filter(within(opened.campaign.area_path), is_active=True)
    pairs = (
        (site, limits.protection_of(site, periods))
        for site in teams.sites_with_parties(rows).order_by("code")
    )
    return [
        {"code": site.code, "name": site.name, "until": period.ends_on.isoformat()}
        for site, period in pairs
        if period
    ]


def _site_input(
    site: Site, area: str, parties: list[str], visited: bool, must: bool, expert_type_ids: Collection[UUID]
) -> dict[str, Any]:
    return {
        "id": str(site.pk),
        "code": site.code,
        "name": site.name,
        "type": site.site_type.code,
        "area": area,
        "parties": sorted(set(parties)),
        "visited": visited,
        "must": must,
        "needs_expert": site.site_type_id in expert_type_ids,
    }


def team_input(team: Team, quota: int | None) -> dict[str, Any]:
    """Return a team as the draw sees it: sectors, recused units of its people, capacity, whether an expert comes along."""
    members = teams.open_members(team)
    declared = teams.recused_units([one.user_id for one in members], team.campaign_id)
    recused = {unit.path for units in declared.values() for unit in units}
    return {
        "id": str(team.pk),
        "name": team.name,
        "quota": min(quota, team.daily_capacity) if quota else team.daily_capacity,
        "is_exact": bool(quota),
        "sectors": sorted(unit.path for unit in team.sectors.all()),
        "recused": sorted(recused),
        "has_expert": any(not is_inspector(one.role, one.user.is_expert) for one in members),
    }


def draw_inputs(
    actor: Actor,
    opened: Round,
    day: date,
    chosen: list[Team],
    *,
    is_covert: bool,
    quotas: Mapping[UUID, int],
    site_type_ids: Collection[UUID] = (),
    expert_type_ids: Collection[UUID] = (),
    must_ids: Collection[UUID] = (),
    opening: Mapping[str, Any] | None = None,
    at: datetime,
    algorithm: str = "",
    dial: float = DIAL,
) -> dict[str, Any]:
    """Return the canonical inputs of a draw; they and the seed give the result, nothing else does.

    Without a named algorithm a round of more than one day is planned, one day alone is drawn evenly.

    :raises Infeasible: if a demand on the plan cannot hold.
    """
    rows = [team_input(team, quotas.get(team.pk)) for team in chosen]
    sectors = {path for row in rows for path in row["sectors"]}
    if any(not row["sectors"] for row in rows):
        sectors = set()
    sites = site_inputs(
        actor, opened, day, is_covert=is_covert, sectors=sectors, site_type_ids=set(site_type_ids),
        expert_type_ids=set(expert_type_ids), must_ids=set(must_ids),
    )  # fmt: skip
    inputs = {
        "algorithm": algorithm or usual_algorithm(opened),
        "campaign": opened.campaign.code,
        "round": opened.number,
        "day": day.isoformat(),
        "is_covert": is_covert,
        "opening": dict(opening) if opening else None,
        "teams": sorted(rows, key=lambda row: row["id"]),
        "sites": sorted(sites, key=lambda row: row["id"]),
        "protected": protected_sites(actor, opened, day),
    }
    rotate_teams(inputs, opened.campaign, day)
    if inputs["algorithm"] != "optimal-v1":
        if not is_covert:
            put_resting_last(inputs["sites"], opened.campaign, day)
        return inputs
    others = teams_visible_to(actor).filter(campaign=opened.campaign, is_active=True)
    others = [
        team
        for team in others.exclude(pk__in=[one.pk for one in chosen]).prefetch_related("sectors")
        if team.is_covert == is_covert
    ]
    places = {str(team.pk): team.daily_capacity for team in [*chosen, *others]}
    later = [team_input(team, None) for team in others]
    return with_plan(inputs, opened, day, at, later=later, dial=dial, places=places)


def usual_algorithm(opened: Round) -> str:
    """Return how a round is drawn unless somebody says otherwise: by a plan if it has more than one day."""
    return "optimal-v1" if opened.ends_on > opened.starts_on else DEFAULT_ALGORITHM
