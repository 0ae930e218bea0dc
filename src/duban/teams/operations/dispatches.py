"""Dispatches (批次): planned, changed with a reason, departed, returned, cancelled (S4-23…26, §2.9).

Events about sealed plans name neither site nor area, so that the journal does not tell where a visit will be.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import User
from duban.sites.models import Site
from duban.sites.policy import sites_visible_to
from duban.teams import limits, policy, queries
from duban.teams.composition import crew_shortage
from duban.teams.models import Dispatch, DispatchSite, Round, Team, TeamMember
from duban.teams.recusal import find_clash
from duban.teams.states import TRANSITIONS, DispatchState

Place = tuple[UUID, str, datetime | None]


@transaction.atomic
def create_dispatch(
    *,
    actor: Actor,
    at: datetime,
    round_id: UUID,
    team_id: UUID,
    day: date,
    sites: Sequence[Place],
    member_ids: Iterable[UUID] | None = None,
    is_sealed: bool | None = None,
    vehicle_note: str = "",
    reason: str = "",
) -> Dispatch:
    """This function will plan a team's day. `sites` holds (site id, source draw|theme|manual, opening time or None).

    `member_ids=None` sends every present member. A site is sealed when it has an opening time, when the team is covert
    or when `is_sealed` says so.

    :raises Invalid: for recusal, too few inspectors, capacity or a wrong day. :raises Conflict: if the team goes already.
    """
    opened = get_visible(policy.rounds_visible_to(actor), round_id)
    team = get_visible(
        policy.teams_visible_to(actor).filter(campaign_id=opened.campaign_id), team_id, lock=True
    )
    require(policy.can_plan_dispatch(actor, team))
    _check_day(opened, team, day, at)
    crew = _choose_crew(team, member_ids, day)
    if shortage := crew_shortage(crew):
        raise Invalid("crew_short", shortage, {"members": shortage})
    _check_on_duty(crew, team.campaign_id, day)
    _check_free(crew, day)
    if len(sites) > team.daily_capacity:
        text = _("%(team)s每日最多 %(limit)s 处，安排了 %(count)s 处。") % {
            "team": team.name, "limit": team.daily_capacity, "count": len(sites),
        }  # fmt: skip
        raise Invalid("over_capacity", text, {"sites": text})
    places = _load_sites(actor, team, [key for key, _source, _opens in sites])
    check_recusal([one.user for one in crew], team.campaign_id, places.values())
    _check_protection([places[key] for key, source, _opens in sites if source != "draw"], day, reason)
    dispatch = Dispatch(
        campaign_id=opened.campaign_id,
        round=opened,
        team=team,
        day=day,
        vehicle_note=vehicle_note,
        created_at=at,
    )
    try:
        with transaction.atomic():
            dispatch.save(force_insert=True)
    except IntegrityError:
        raise Conflict("already_dispatched", _("%(team)s当日已有批次。") % {"team": team.name}) from None
    dispatch.members.add(*[one.user_id for one in crew])
    DispatchSite.objects.bulk_create(
        [
            _slot(dispatch, ordinal, places[key], source, opens_at, is_sealed, reason if source == "manual" else "")
            for ordinal, (key, source, opens_at) in enumerate(sites, 1)
        ]
    )  # fmt: skip
    journal.record(
        "dispatch.created", actor=actor, at=at, subject=dispatch, area_path=team.campaign.area_path, reason=reason,
        detail={"day": day, "round": opened.number, "sites": len(sites), "people": len(crew)},
    )  # fmt: skip
    return dispatch


@transaction.atomic
def add_dispatch_site(
    *,
    actor: Actor,
    at: datetime,
    dispatch_id: UUID,
    site_id: UUID,
    reason: str,
    source: str = "manual",
    opens_at: datetime | None = None,
    is_sealed: bool | None = None,
) -> DispatchSite:
    """This function will add a site to a dispatch by hand, with the reason, while it is planned or on the way."""
    dispatch = _load(actor, dispatch_id)
    require(policy.can_plan_dispatch(actor, dispatch.team))
    _need_reason(reason)
    _need_state(dispatch, DispatchState.PLANNED, DispatchState.DEPARTED)
    if dispatch.dispatch_sites.filter(site_id=site_id).exists():
        raise Conflict("already_there", _("该点位已在本批次中。"))
    if dispatch.dispatch_sites.count() >= dispatch.team.daily_capacity:
        text = _("%(team)s当日点位已满 %(limit)s 处。") % {
            "team": dispatch.team.name,
            "limit": dispatch.team.daily_capacity,
        }
        raise Invalid("over_capacity", text)
    site = _load_sites(actor, dispatch.team, [site_id])[site_id]
    check_recusal(dispatch.members.all(), dispatch.campaign_id, [site])
    last = dispatch.dispatch_sites.order_by("-ordinal").values_list("ordinal", flat=True).first() or 0
    slot = _slot(dispatch, last + 1, site, source, opens_at, is_sealed, reason)
    slot.save(force_insert=True)
    _record(actor, at, "dispatch.site_added", dispatch, reason=reason, detail={"ordinal": slot.ordinal})
    return slot


@transaction.atomic
def remove_dispatch_site(*, actor: Actor, at: datetime, dispatch_site_id: UUID, reason: str) -> Dispatch:
    """This function will take a site off a planned dispatch, with the reason."""
    slot = get_visible(policy.slots_visible_to(actor), dispatch_site_id)
    dispatch = _load(actor, slot.dispatch_id)
    require(policy.can_plan_dispatch(actor, dispatch.team))
    _need_reason(reason)
    _need_state(dispatch, DispatchState.PLANNED)
    _record(actor, at, "dispatch.site_removed", dispatch, reason=reason, detail={"ordinal": slot.ordinal})
    slot.delete()
    return dispatch


@transaction.atomic
def swap_member(
    *,
    actor: Actor,
    at: datetime,
    dispatch_id: UUID,
    out_user_id: UUID,
    in_user_id: UUID | None = None,
    reason: str,
) -> Dispatch:
    """This function will replace a person of a dispatch, or take one off it (sickness), with the reason.

    Person-times stay as frozen at departure. :raises Invalid: if too few inspectors would be left or for recusal.
    """
    dispatch = _load(actor, dispatch_id)
    require(policy.can_plan_dispatch(actor, dispatch.team))
    _need_reason(reason)
    _need_state(dispatch, DispatchState.PLANNED, DispatchState.DEPARTED)
    crew = queries.crew_of(dispatch)
    if out_user_id not in {one.user_id for one in crew}:
        raise Invalid("not_on_dispatch", _("该同志不在本批次。"), {"out_user": _("请选择本批次人员。")})
    crew = [one for one in crew if one.user_id != out_user_id]
    if in_user_id is not None:
        member = _load_substitute(actor, dispatch, in_user_id)
        if in_user_id in {one.user_id for one in crew}:
            raise Conflict("already_there", _("该同志已在本批次。"))
        _check_on_duty([member], dispatch.campaign_id, dispatch.day)
        _check_free([member], dispatch.day)
        sites = Site.objects.filter(dispatch_sites__dispatch=dispatch)
        check_recusal([member.user], dispatch.campaign_id, queries.sites_with_parties(sites))
        crew.append(member)
    if shortage := crew_shortage(crew):
        raise Invalid("crew_short", shortage, {"in_user": shortage})
    dispatch.members.remove(out_user_id)
    if in_user_id is not None:
        dispatch.members.add(in_user_id)
    detail = {"out": out_user_id, "in": in_user_id}
    _record(actor, at, "dispatch.member_swapped", dispatch, reason=reason, detail=detail)
    return dispatch


@transaction.atomic
def note_vehicle(*, actor: Actor, at: datetime, dispatch_id: UUID, vehicle_note: str) -> Dispatch:
    """This function will note the vehicle of a dispatch until it is back; the note before stays in the journal."""
    dispatch = _load(actor, dispatch_id)
    crew = set(dispatch.members.values_list("pk", flat=True))
    require(policy.can_run_dispatch(actor, dispatch, crew=crew))
    _need_state(dispatch, DispatchState.PLANNED, DispatchState.DEPARTED)
    note, before = " ".join(vehicle_note.split())[:80], dispatch.vehicle_note
    if note == before:
        return dispatch
    dispatch.vehicle_note = note
    dispatch.save(update_fields=["vehicle_note"])
    _record(actor, at, "dispatch.vehicle_noted", dispatch, detail={"before": before, "after": note})
    return dispatch


@transaction.atomic
def depart(*, actor: Actor, at: datetime, dispatch_id: UUID) -> Dispatch:
    """This function will record the departure and freeze the person-times (S4-26)."""
    dispatch = _load(actor, dispatch_id)
    crew = queries.crew_of(dispatch)
    require(policy.can_run_dispatch(actor, dispatch, crew={one.user_id for one in crew}))
    if local_day(at) != dispatch.day:
        text = _("本批次排在 %(day)s，当日才能出发。") % {"day": dispatch.day.isoformat()}
        raise Invalid("wrong_day", text)
    if shortage := crew_shortage(crew):
        raise Invalid("crew_short", shortage)
    workflow.move(dispatch, TRANSITIONS, "depart", departed_at=at, member_count=dispatch.members.count())
    _record(actor, at, "dispatch.departed", dispatch, detail={"people": dispatch.member_count})
    return dispatch


@transaction.atomic
def return_dispatch(*, actor: Actor, at: datetime, dispatch_id: UUID) -> Dispatch:
    """This function will record that the team is back."""
    dispatch = _load(actor, dispatch_id)
    crew = set(dispatch.members.values_list("pk", flat=True))
    require(policy.can_run_dispatch(actor, dispatch, crew=crew))
    if dispatch.departed_at and at < dispatch.departed_at:
        raise Invalid("before_departure", _("返回时间不能早于出发时间。"))
    workflow.move(dispatch, TRANSITIONS, "return", returned_at=at)
    _record(actor, at, "dispatch.returned", dispatch)
    return dispatch


@transaction.atomic
def cancel_dispatch(*, actor: Actor, at: datetime, dispatch_id: UUID, reason: str) -> Dispatch:
    """This function will call off a planned dispatch, with the reason; the team may then be planned anew."""
    dispatch = _load(actor, dispatch_id)
    require(policy.can_plan_dispatch(actor, dispatch.team))
    _need_reason(reason)
    workflow.move(dispatch, TRANSITIONS, "cancel")
    _record(actor, at, "dispatch.cancelled", dispatch, reason=reason)
    return dispatch


def check_recusal(users: Iterable[User], campaign_id: UUID, sites: Iterable[Site]) -> None:
    """This function will refuse if one of the people declared recusal from a unit behind one of the sites.

    :raises Invalid: naming the post and the unit.
    """
    people = {user.pk: user for user in users}
    declared = queries.recused_units(people, campaign_id)
    clash = find_clash(declared, sites)
    if clash is None:
        return
    text = _("%(post)s 已申报回避 %(unit)s，不能派往其有关点位，请换人或换点位。") % {
        "post": people[clash.user_id].post_label,
        "unit": clash.unit.name,
    }
    raise Invalid("recused", text, {"sites": text})


def _check_protection(sites: Iterable[Site], day: date, reason: str) -> None:
    """Refuse a visit by hand to a protected unit unless somebody says why it cannot wait."""
    periods = limits.protected_on(day)
    for site in sites:
        if not reason.strip() and (period := limits.protection_of(site, periods)):
            text = _("%(unit)s在保护期内（至%(day)s），确需到访请写明理由。") % {
                "unit": period.unit.label, "day": period.ends_on.isoformat(),
            }  # fmt: skip
            raise Invalid("protected", text, {"reason": text})


def _load(actor: Actor, dispatch_id: UUID) -> Dispatch:
    return get_visible(policy.dispatches_visible_to(actor), dispatch_id, lock=True)


def _record(actor: Actor, at: datetime, verb: str, dispatch: Dispatch, **extra: object) -> None:
    journal.record(
        verb,
        actor=actor,
        at=at,
        subject=dispatch,
        area_path=dispatch.campaign.area_path,
        **extra,  # type: ignore[arg-type]
    )


def _check_day(opened: Round, team: Team, day: date, at: datetime) -> None:
    text = ""
    if day < local_day(at):
        text = _("不能安排已经过去的日期。")
    elif not opened.starts_on <= day <= opened.ends_on:
        text = _("%(day)s 不在%(round)s日期内。") % {"day": day.isoformat(), "round": opened}
    if text:
        raise Invalid("wrong_day", text, {"day": text})
    if not team.is_active:
        raise Conflict("team_closed", _("%(team)s已撤销。") % {"team": team.name})


def _choose_crew(team: Team, member_ids: Iterable[UUID] | None, day: date) -> list[TeamMember]:
    members = queries.open_members(team)
    if member_ids is None:
        off = queries.off_duty([one.user_id for one in members], team.campaign_id, day)
        return [one for one in members if one.user_id not in off]
    wanted = {str(key) for key in member_ids}
    chosen = [one for one in members if str(one.user_id) in wanted]
    if len(chosen) != len(wanted):
        text = _("派出人员须是%(team)s现有成员。") % {"team": team.name}
        raise Invalid("not_member", text, {"members": text})
    return chosen


def _check_free(crew: Iterable[TeamMember], day: date) -> None:
    people = {one.user_id: one.user for one in crew}
    taken = (
        Dispatch.members.through.objects.filter(user_id__in=people, dispatch__day=day)
        .exclude(dispatch__state=DispatchState.CANCELLED)
        .values_list("user_id", flat=True)
        .first()
    )
    if taken:  # the other team is not named: it may be a covert one
        text = _("%(post)s 当日另有派出。") % {"post": people[taken].post_label}
        raise Conflict("person_taken", text, {"members": text})


def _check_on_duty(crew: Iterable[TeamMember], campaign_id: UUID, day: date) -> None:
    people = {one.user_id: one.user for one in crew}
    for user_id in queries.off_duty(people, campaign_id, day):
        text = _("%(post)s 当日登记了缺勤。") % {"post": people[user_id].post_label}
        raise Conflict("off_duty", text, {"members": text, "in_user": text})


def _load_substitute(actor: Actor, dispatch: Dispatch, user_id: UUID) -> TeamMember:
    rows = policy.members_visible_to(actor).filter(
        user_id=user_id, left_on=None, team__campaign_id=dispatch.campaign_id, user__is_active=True
    )
    if not dispatch.team.is_covert:
        rows = rows.exclude(team__kind="covert")
    member = next(iter(sorted(rows, key=lambda one: one.team_id != dispatch.team_id)), None)
    if member is None:
        text = _("接替人员须是本专项督导组现有成员。")
        raise Invalid("not_member", text, {"in_user": text})
    return member


def _load_sites(actor: Actor, team: Team, site_ids: list[UUID]) -> dict[UUID, Site]:
    if len(set(site_ids)) != len(site_ids):
        text = _("同一点位重复安排。")
        raise Invalid("duplicate_site", text, {"sites": text})
    rows = queries.sites_with_parties(sites_visible_to(actor).filter(pk__in=site_ids, is_active=True))
    found = {site.pk: site for site in rows if site.area_path.startswith(team.campaign.area_path)}
    if len(found) != len(site_ids):
        text = _("有 %(count)s 个点位不存在、已停用或不在专项范围内。") % {
            "count": len(site_ids) - len(found)
        }
        raise Invalid("unknown_site", text, {"sites": text})
    return found


def _slot(
    dispatch: Dispatch, ordinal: int, site: Site, source: str, opens_at: datetime | None,
    is_sealed: bool | None, reason: str,
) -> DispatchSite:  # fmt: skip
    if source not in queries.SOURCES:
        raise Invalid("unknown_source", _("点位来源不明。"))
    if opens_at is not None and local_day(opens_at) != dispatch.day:
        text = _("启封时间须在派出当日。")
        raise Invalid("opens_on_other_day", text, {"opens_at": text})
    sealed = bool(opens_at) or dispatch.team.is_covert if is_sealed is None else is_sealed
    return DispatchSite(
        dispatch=dispatch, site=site, ordinal=ordinal, source=source, manual_reason=reason[:200], is_sealed=sealed,
        opens_at=opens_at, area_path=site.area_path,
    )  # fmt: skip


def _need_state(dispatch: Dispatch, *states: str) -> None:
    if dispatch.state not in states:
        raise WrongState()


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})
