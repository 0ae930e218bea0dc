"""What the field app takes along for a day without signal: own dispatches, opened places with their past, key points.

Everything comes through the same `*_visible_to` as the pages. Of a sealed place only its number and opening time is told.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from duban.burden.models import Deferral
from duban.burden.queries import delays_at
from duban.campaigns.models import Campaign, Measure
from duban.field import queries
from duban.inspection.models import Finding, Line, Visit
from duban.inspection.policy import findings_visible_to, own_team_ids, visits_visible_to
from duban.inspection.responsibility import duty_phone_of, responsible_unit
from duban.inspection.states import VisitState
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.planning.policy import points_visible_to
from duban.rectification.policy import items_visible_to
from duban.sites.models import Site
from duban.teams.models import Dispatch, DispatchSite
from duban.teams.policy import dispatches_visible_to, slots_visible_to
from duban.teams.queries import joined_to
from duban.teams.states import DispatchState

OTHERS_SINCE = timedelta(hours=48)
SHOWN = 5
Row = dict[str, Any]


def day_of(actor: Actor, at: datetime) -> Row:
    """Return the day of the actor: campaigns, dispatches with their places, key points. Times are ISO with offset."""
    day = clock.local_day(at)
    dispatches = list(_dispatches(actor, at))
    slots = _slots(actor, dispatches)
    opened = [slot.site for rows in slots.values() for slot in rows if _is_open(slot)]
    past = _Past(actor, at, {site.pk for site in opened})
    past.delays = delays_at(opened, at)
    past.joined = {one.pk: joined_to(one) for one in dispatches}
    campaigns = Campaign.objects.filter(pk__in=queries.campaigns_of(actor)).order_by("starts_on")
    return {
        "day": day.isoformat(),
        "campaigns": [
            {"title": one.title, "cutoff": one.cutoff.strftime("%H:%M"), "measures": _measures(one, at)}
            for one in campaigns
        ],
        "dispatches": [_dispatch(one, slots[one.pk], past) for one in dispatches],
        "points": [
            {"text": one.text, "is_must_ask": one.is_must_ask}
            for one in points_visible_to(actor)
            .filter(sheet__day=day, sheet__campaign__in=campaigns, dropped_reason="", merged_into=None)
            .order_by("sheet_id", "ordinal")
        ],
    }  # fmt: skip


def _dispatches(actor: Actor, at: datetime) -> Iterable[Dispatch]:
    rows = dispatches_visible_to(actor).filter(day=clock.local_day(at), team__in=own_team_ids(actor))
    return rows.exclude(state=DispatchState.CANCELLED).order_by("team__number")


def _slots(actor: Actor, dispatches: Iterable[Dispatch]) -> dict[UUID, list[DispatchSite]]:
    found: dict[UUID, list[DispatchSite]] = defaultdict(list)
    rows = (
        slots_visible_to(actor)
        .filter(dispatch__in=dispatches, merged_into=None)
        .select_related(
            "site__site_type", "site__territory_unit", "site__department_unit", "site__operator_unit"
        )
    )
    for slot in rows.order_by("dispatch_id", "ordinal"):
        found[slot.dispatch_id].append(slot)
    return found


def _is_open(slot: DispatchSite) -> bool:
    return not slot.is_sealed or slot.revealed_at is not None


def _dispatch(dispatch: Dispatch, slots: Iterable[DispatchSite], past: "_Past") -> Row:
    return {
        "id": str(dispatch.pk), "team": dispatch.team.name, "state": dispatch.state,
        "vehicle": dispatch.vehicle_note, "places": [_place(slot, past) for slot in slots],
    }  # fmt: skip


def _place(slot: DispatchSite, past: "_Past") -> Row:
    row: Row = {"id": str(slot.pk), "ordinal": slot.ordinal, "opens_at": _iso(slot.opens_at), "site": None}
    if _is_open(slot):
        row["site"] = _site(slot.site) | past.of(slot.site_id) | {"notes": past.notes_on(slot)}
    return row


def _site(site: Site) -> Row:
    return {
        "code": site.code, "name": site.name, "address": site.address, "kind": site.site_type.title, "duty_phone": duty_phone_of(site),
        "checklist": site.site_type.default_checklist,
        "lines": {line: responsible_unit(site, line).name for line in Line.values},
    }  # fmt: skip


def _measures(campaign: Campaign, at: datetime) -> list[Row]:
    """Return the demands in force that have exceptions: an inspector must know them before finding fault (S2-56)."""
    rows = Measure.objects.filter(directive__campaign=campaign, effective_from__lte=at).exclude(exceptions="")
    rows = rows.filter(Q(effective_to=None) | Q(effective_to__gt=at)).order_by(
        "directive__issued_on", "ordinal"
    )
    return [{"text": one.text, "exceptions": one.exceptions} for one in rows]


def _iso(moment: datetime | None) -> str | None:
    return clock.local(moment).isoformat() if moment else None


class _Past:
    """What happened before at opened places: last findings, open orders, others' visits of the last two days."""

    def __init__(self, actor: Actor, at: datetime, sites: set[UUID]) -> None:
        self.findings: dict[UUID, list[Row]] = defaultdict(list)
        self.orders: dict[UUID, list[Row]] = defaultdict(list)
        self.others: dict[UUID, list[Row]] = defaultdict(list)
        self.delays: dict[UUID, Deferral] = {}
        self.joined: dict[UUID, dict[UUID, list[DispatchSite]]] = {}
        if sites:
            self._read_findings(actor, sites)
            self._read_orders(actor, sites)
            self._read_others(actor, at, sites)

    def notes_on(self, slot: DispatchSite) -> list[str]:
        """Return what to know before going: the unit's request for delay, what another team left to this one."""
        notes = []
        if (asked := self.delays.get(slot.site_id)) is not None:
            said = {"unit": asked.unit.label, "ground": asked.get_ground_display()}
            notes.append(_("%(unit)s请求缓检：%(ground)s，去不去由组长判断。") % said)
        for other in self.joined.get(slot.dispatch_id, {}).get(slot.pk, []):
            said = {"team": other.dispatch.team.name, "reason": other.manual_reason or other.merge_reason}
            notes.append(_("%(team)s并入，请一并查看：%(reason)s") % said)
        return notes

    def of(self, site_id: UUID) -> Row:
        return {
            "findings": self.findings[site_id],
            "orders": self.orders[site_id],
            "others": self.others[site_id],
        }

    def _read_findings(self, actor: Actor, sites: set[UUID]) -> None:
        rows: Iterable[Finding] = findings_visible_to(actor).filter(site_id__in=sites).order_by("-found_at")
        for row in rows:
            if len(self.findings[row.site_id]) < SHOWN:
                told = {"fact": row.fact, "at": _iso(row.found_at), "state": str(row.get_state_display())}
                self.findings[row.site_id].append(told)

    def _read_orders(self, actor: Actor, sites: set[UUID]) -> None:
        rows = items_visible_to(actor).filter(finding__site_id__in=sites, is_open=True)
        for row in rows.select_related("order", "finding").order_by("order__due_at"):
            told = {"number": row.order.number_text, "fact": row.finding.fact, "due": _iso(row.order.due_at)}
            self.orders[row.finding.site_id].append(told)

    def _read_others(self, actor: Actor, at: datetime, sites: set[UUID]) -> None:
        rows: Iterable[Visit] = (
            visits_visible_to(actor)
            .filter(site_id__in=sites, arrived_at__gte=at - OTHERS_SINCE, state=VisitState.SUBMITTED)
            .exclude(team__in=own_team_ids(actor))
            .select_related("team")
            .order_by("-arrived_at")
        )
        for row in rows:
            self.others[row.site_id].append({"team": row.team.name, "at": _iso(row.arrived_at)})
