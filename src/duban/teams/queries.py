"""Named reads on teams: declarations of recusal, slots of a dispatch, roster, load, liaison coverage."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, ScopeGroup
from duban.kernel.actor import Actor
from duban.kernel.bounded import count_of
from duban.kernel.errors import Text
from duban.kernel.fields import within
from duban.kernel.journal import events_of
from duban.people.models import RecusalDeclaration, User
from duban.sites.models import Site
from duban.teams import policy
from duban.teams.models import (
    Absence,
    Dispatch,
    DispatchSite,
    LiaisonAssignment,
    LiaisonVisit,
    RosterFeed,
    Round,
    Team,
    TeamKind,
    TeamMember,
)
from duban.teams.states import DispatchState
from duban.territory.models import Unit, UnitKind

SOURCES: dict[str, Text] = {"draw": _("随机抽取"), "theme": _("专题安排"), "manual": _("人工增派")}


def open_members(team: Team) -> list[TeamMember]:
    """Return the present members of a team with their accounts, head first."""
    order = {"head": 0, "deputy": 1, "liaison": 2, "member": 3, "recorder": 4, "expert": 5}
    rows = team.members.filter(left_on=None).select_related("user", "user__unit", "body")
    return sorted(rows, key=lambda one: (order.get(one.role, 9), one.joined_on, one.user.post_label))


def crew_of(dispatch: Dispatch) -> list[TeamMember]:
    """Return the people of a dispatch in their role (a borrowed person keeps the role of the own team)."""
    users = {user.pk: user for user in dispatch.members.all()}
    rows = TeamMember.objects.filter(user__in=users, team__campaign_id=dispatch.campaign_id).filter(
        Q(left_on=None) | Q(left_on__gte=dispatch.day)
    )
    best: dict[UUID, TeamMember] = {}
    for row in rows.select_related("user", "body").order_by("joined_on"):
        known = best.get(row.user_id)
        if known is None or row.team_id == dispatch.team_id:
            best[row.user_id] = row
    return sorted(
        best.values(), key=lambda one: (one.role != "head", one.role != "deputy", one.user.post_label)
    )


@dataclass(frozen=True)
class Swap:
    """A change of a dispatch's people as the journal tells it: who went off, who came on, why, by whom, when."""

    at: datetime
    who: str
    reason: str
    out: User | None
    into: User | None


def swaps_of(dispatch: Dispatch) -> list[Swap]:
    """Return the changes of the people of a dispatch, newest first."""
    events = list(
        events_of(dispatch)
        .filter(verb="dispatch.member_swapped")
        .select_related("detail")
        .order_by("-at", "-id")
    )
    bodies = [event.detail.body if hasattr(event, "detail") else {} for event in events]
    keys = {body.get(name) for body in bodies for name in ("out", "in")} - {None}
    users = {str(user.pk): user for user in User.objects.filter(pk__in=keys)}
    return [
        Swap(event.at, event.actor_label, event.reason, users.get(body.get("out")), users.get(body.get("in")))
        for event, body in zip(events, bodies, strict=True)
    ]


def recused_units(user_ids: Iterable[UUID], campaign_id: UUID) -> dict[UUID, list[Unit]]:
    """Return the units each person has declared to stay away from in the campaign."""
    declared: dict[UUID, list[Unit]] = {}
    rows = RecusalDeclaration.objects.filter(
        user_id__in=list(user_ids), campaign_id=campaign_id, superseded_at=None
    ).prefetch_related("units")
    for row in rows.order_by("user_id"):
        declared[row.user_id] = sorted(row.units.all(), key=lambda unit: unit.code)
    return declared


def off_duty(user_ids: Iterable[UUID], campaign_id: UUID, day: date) -> set[UUID]:
    """Return which of the people have an absence on a day."""
    rows = Absence.objects.filter(
        user_id__in=list(user_ids),
        campaign_id=campaign_id,
        withdrawn_at=None,
        starts_on__lte=day,
        ends_on__gte=day,
    )
    return set(rows.values_list("user_id", flat=True))


def sites_with_parties(sites: QuerySet[Site]) -> QuerySet[Site]:
    """Return sites with area and responsible parties loaded."""
    return sites.select_related("area", "territory_unit", "department_unit", "operator_unit", "site_type")


@dataclass(frozen=True)
class Slot:
    """One place of a dispatch as a reader may know it. `site` is None while the name is sealed."""

    id: UUID
    ordinal: int
    source: str
    is_sealed: bool
    opens_at: datetime | None
    revealed_at: datetime | None
    site: Site | None
    manual_reason: str = ""
    merged_into: DispatchSite | None = None
    merge_reason: str = ""

    @property
    def source_label(self) -> Text:
        return SOURCES.get(self.source, self.source)


def slots_of(dispatch: Dispatch) -> list[Slot]:
    """Return the places of a dispatch; the site of a sealed one is not even loaded."""
    rows = DispatchSite.objects.filter(dispatch=dispatch).order_by("ordinal")
    plain = list(
        rows.values("id", "ordinal", "source", "is_sealed", "opens_at", "revealed_at", "manual_reason")
    )
    known = rows.filter(Q(is_sealed=False) | Q(revealed_at__isnull=False))
    places = ("site__area", "site__site_type", "site__territory_unit", "merged_into__dispatch__team")
    sites = {row.pk: row for row in known.select_related(*places)}
    slots = []
    for row in plain:
        opened = sites.get(row["id"])
        if opened is None:
            row["manual_reason"] = ""  # a reason may describe the place
            slots.append(Slot(site=None, **row))
            continue
        slots.append(
            Slot(site=opened.site, merged_into=opened.merged_into, merge_reason=opened.merge_reason, **row)
        )
    return slots


def others_at(actor: Actor, slot: DispatchSite) -> list[DispatchSite]:
    """Return the places of other open teams that are the same site on the same day and that the actor may know of."""
    return others_there(actor, slot.dispatch, [slot.site_id]).get(slot.site_id, [])


def others_there(
    actor: Actor, dispatch: Dispatch, site_ids: Iterable[UUID]
) -> dict[UUID, list[DispatchSite]]:
    """Return, by site, where other open teams go to the same sites that day, as far as the actor may know.

    A sealed place is not told, so that adding sites by hand cannot find out where others will be; nor is one where the
    other team has been already, as it could not look at anything more.
    """
    rows = policy.dispatch_sites_visible_to(actor).filter(
        dispatch__campaign=dispatch.campaign_id, dispatch__day=dispatch.day, site_id__in=list(site_ids), merged_into=None
    )  # fmt: skip
    rows = (
        rows.filter(visits=None)
        .exclude(dispatch=dispatch.pk)
        .exclude(dispatch__state=DispatchState.CANCELLED)
    )
    found: dict[UUID, list[DispatchSite]] = {}
    if dispatch.team.is_covert:
        return found
    for row in rows.exclude(dispatch__team__kind=TeamKind.COVERT).order_by("dispatch__team__number"):
        found.setdefault(row.site_id, []).append(row)
    return found


def joined_to(dispatch: Dispatch) -> dict[UUID, list[DispatchSite]]:
    """Return, by place of a dispatch, what other teams left to it."""
    found: dict[UUID, list[DispatchSite]] = {}
    for row in DispatchSite.objects.filter(merged_into__dispatch=dispatch).select_related("dispatch__team"):
        found.setdefault(row.merged_into_id, []).append(row)  # type: ignore[arg-type]
    return found


def feed_of(token_hash: str) -> RosterFeed | None:
    """Return the standing calendar address with this digest."""
    rows = RosterFeed.objects.filter(token_hash=token_hash, revoked_at=None)
    return rows.select_related("campaign", "user").first()


def live_dispatch(team: Team, day: date) -> Dispatch | None:
    """Return the dispatch of a team on a day that was not cancelled."""
    return Dispatch.objects.filter(team=team, day=day).exclude(state=DispatchState.CANCELLED).first()


def round_on(campaign: Campaign, day: date) -> Round | None:
    """Return the round that covers a day, the newest if several do."""
    return (
        Round.objects.filter(campaign=campaign, starts_on__lte=day, ends_on__gte=day)
        .order_by("-number")
        .first()
    )


@dataclass
class RosterRow:
    """A line of the day's board: a team and its dispatch, if there is one."""

    team: Team
    dispatch: Dispatch | None = None
    places: int = 0
    sealed: int = 0
    people: int = 0


def dispatches_of_day(actor: Actor, campaign: Campaign, day: date) -> QuerySet[Dispatch]:
    """Return the dispatches of a day the actor may know of, cancelled ones left out."""
    return (
        policy.dispatches_visible_to(actor)
        .filter(campaign=campaign, day=day)
        .exclude(state=DispatchState.CANCELLED)
    )


def roster_teams(actor: Actor, campaign: Campaign, day: date) -> QuerySet[Team]:
    """Return the lines of a day's board: active teams the actor may send out or belongs to, others if they were out."""
    sent = dispatches_of_day(actor, campaign, day).order_by().values("team_id")
    return (
        policy.teams_visible_to(actor)
        .filter(Q(is_active=True) | Q(pk__in=sent), campaign=campaign)
        .prefetch_related("sectors")
        .order_by("-kind", "number")
    )


def roster(
    actor: Actor, campaign: Campaign, day: date, teams: Iterable[Team] | None = None
) -> list[RosterRow]:
    """Return the board of a day: a line per team (all of `roster_teams`, or those given) with its dispatch."""
    teams = list(roster_teams(actor, campaign, day) if teams is None else teams)
    dispatches = (
        dispatches_of_day(actor, campaign, day)
        .filter(team__in=[team.pk for team in teams])
        .prefetch_related("members")
        .annotate(
            place_count=count_of(DispatchSite, "dispatch"),
            sealed_count=count_of(DispatchSite, "dispatch", is_sealed=True, revealed_at=None),
        )
    )
    by_team = {one.team_id: one for one in dispatches}
    rows = []
    for team in teams:
        one = by_team.get(team.pk)
        if one is None:
            rows.append(RosterRow(team))
            continue
        people = one.member_count or len(one.members.all())
        rows.append(RosterRow(team, one, one.place_count, one.sealed_count, people))
    return rows


def roster_totals(
    actor: Actor, campaign: Campaign, day: date, teams: QuerySet[Team] | None = None
) -> dict[str, int]:
    """Return what a board counts over all its lines, or those of `teams`: teams sent, people, places, sealed places."""
    rows = dispatches_of_day(actor, campaign, day).order_by()
    if teams is not None:
        rows = rows.filter(team__in=teams.order_by().values("pk"))
    sent = rows.aggregate(
        sent=Count("pk"), people=Sum("member_count"), waiting=Count("pk", filter=Q(member_count=0))
    )
    people = sent["people"] or 0
    if sent["waiting"]:  # until a team departs its people are those on the dispatch
        waiting = rows.filter(member_count=0).values("pk")
        people += Dispatch.members.through.objects.filter(dispatch__in=waiting).count()
    places = DispatchSite.objects.filter(dispatch__in=rows.values("pk"))
    is_sealed = Q(is_sealed=True, revealed_at=None)
    found = places.aggregate(places=Count("pk"), sealed=Count("pk", filter=is_sealed))
    return found | {"sent": sent["sent"], "people": people}


def team_loads(actor: Actor, teams: QuerySet[Team]) -> dict[UUID, dict[str, int]]:
    """Return per team: dispatches that went out, person-times and sites of those dispatches (S4-25…27).

    A dispatch on the way counts for those only who may know of it.
    """
    keys = [team.pk for team in teams]
    underway = policy.dispatches_visible_to(actor).filter(team__in=keys, state__in=policy.GONE_OUT)
    known = list(underway.exclude(state=DispatchState.RETURNED).order_by().values_list("pk", flat=True))
    went = Dispatch.objects.filter(Q(state=DispatchState.RETURNED) | Q(pk__in=known), team__in=keys)
    loads: dict[UUID, dict[str, int]] = defaultdict(lambda: {"dispatches": 0, "people": 0, "sites": 0})
    for row in went.order_by().values("team_id").annotate(count=Count("id"), people=Sum("member_count")):
        loads[row["team_id"]] |= {"dispatches": row["count"], "people": row["people"] or 0}
    visited = Q(dispatch__state=DispatchState.RETURNED) | Q(dispatch__in=known)
    places = (
        DispatchSite.objects.filter(visited, dispatch__team__in=keys).order_by().values("dispatch__team_id")
    )
    for row in places.annotate(count=Count("id")):
        loads[row["dispatch__team_id"]]["sites"] = row["count"]
    return dict(loads)


@dataclass
class LiaisonCoverage:
    """What the liaison table covers on a day, and what should be looked at. It warns; it never blocks (S0-64)."""

    leaders: int
    areas: int
    expected: list[Unit]
    missing: list[Unit]
    overlapping: list[tuple[Unit, list[LiaisonAssignment]]]
    overloaded: list[LiaisonAssignment] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.overlapping


def liaisons_on(campaign: Campaign, day: date) -> QuerySet[LiaisonAssignment]:
    """Return the liaison table as valid on a day."""
    return (
        LiaisonAssignment.objects.filter(campaign=campaign, valid_from__lte=day)
        .filter(Q(valid_to=None) | Q(valid_to__gte=day))
        .select_related("leader", "supporting_department")
        .prefetch_related(Prefetch("areas", queryset=Unit.objects.order_by("sort_order", "code")))
        .order_by("ordinal", "valid_from")
    )


def liaison_areas(campaign: Campaign) -> list[Unit]:
    """Return the areas the liaison table must cover: the campaign's areas in their order, and every zone inside it."""
    listed = [
        line.unit
        for line in campaign.scope_units.filter(group=ScopeGroup.TOWNSHIP)
        .select_related("unit")
        .order_by("ordinal")
    ]
    known = {unit.pk for unit in listed}
    zones = Unit.objects.filter(within(campaign.area_path, field="path"), kind=UnitKind.ZONE, is_active=True)
    return listed + [zone for zone in zones.order_by("code") if zone.pk not in known]


def liaison_coverage(campaign: Campaign, day: date) -> LiaisonCoverage:
    """Return the check of the liaison table against the campaign's areas (S0-62…64).

    An area is covered by an assignment of itself, of the area above it, or of the division a listed body sits in.
    """
    rows = list(liaisons_on(campaign, day))
    expected = liaison_areas(campaign)
    holders: dict[UUID, list[LiaisonAssignment]] = {unit.pk: [] for unit in expected}
    for row in rows:
        for area in row.areas.all():
            for unit in expected:
                related = unit.path.startswith(area.path) or area.path.startswith(unit.path)
                if related and row not in holders[unit.pk]:
                    holders[unit.pk].append(row)
    loads = Counter(row.leader_title for row in rows for _area in row.areas.all())
    return LiaisonCoverage(
        leaders=len({row.leader_id or row.leader_title for row in rows}),
        areas=len({area.pk for row in rows for area in row.areas.all()}),
        expected=expected,
        missing=[unit for unit in expected if not holders[unit.pk]],
        overlapping=[(unit, holders[unit.pk]) for unit in expected if len(holders[unit.pk]) > 1],
        overloaded=[row for row in rows if loads[row.leader_title] > 2],
    )


LIAISON_DAYS = 7  # not stated in source: after a week without a visit the leader is reminded


def areas_to_visit(actor: Actor, campaign: Campaign, day: date) -> list[tuple[Unit, date | None]]:
    """Return the leader's own liaison areas without a visit in the last LIAISON_DAYS, with the day of the last one."""
    lines = list(liaisons_on(campaign, day).filter(leader_id=actor.user_id))
    visits = LiaisonVisit.objects.filter(assignment__in=lines, withdrawn_at=None).order_by("day")
    last = dict(visits.values_list("area_id", "day"))
    since = day - timedelta(days=LIAISON_DAYS)
    areas = [unit for line in lines for unit in line.areas.all()]
    return [(unit, last.get(unit.pk)) for unit in areas if last.get(unit.pk, date.min) <= since]
