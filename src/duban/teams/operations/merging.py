"""Two teams at one place on one day: one goes, and looks at the other's matter too. Never with a covert team."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import policy, queries
from duban.teams.models import Dispatch, DispatchSite
from duban.teams.states import DispatchState

STANDING = (DispatchState.PLANNED, DispatchState.DEPARTED)


@transaction.atomic
def merge_place(
    *, actor: Actor, at: datetime, dispatch_site_id: UUID, into_id: UUID, reason: str
) -> DispatchSite:
    """This function will leave a place of a dispatch to another open team that goes there the same day.

    The place stays in its dispatch, marked; what it was planned for is shown to the team that goes.

    :raises NotFound: for a place that is sealed or not the actor's to see.
    :raises Invalid: for another place or day, or without a reason. :raises Conflict: once somebody has been there.
    """
    # In one order: two people who merge towards each other at once must not wait for one another.
    locked = {key: _slot(actor, key) for key in sorted({dispatch_site_id, into_id})}
    slot, other = locked[dispatch_site_id], locked[into_id]
    _require_may(actor, slot.dispatch)
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})
    if other.pk not in {one.pk for one in queries.others_at(actor, slot)}:
        raise Invalid("not_same_place", _("只能并入当日也到这个点位的其他督导组。"))
    if slot.dispatch.state not in STANDING or slot.merged_into_id is not None:
        raise WrongState()
    if slot.visits.exists() or slot.joined.exists():
        raise Conflict("already_visited", _("本组已在这里检查，或有别组并入本组，不能再并出。"))
    slot.merged_into, slot.merge_reason = other, reason.strip()[:200]
    slot.save(update_fields=["merged_into", "merge_reason"])
    _record(actor, at, "dispatch.place_merged", slot, reason=reason)
    return slot


@transaction.atomic
def part_place(*, actor: Actor, at: datetime, dispatch_site_id: UUID) -> DispatchSite:
    """This function will take a merger back while the team can still go itself."""
    slot = _slot(actor, dispatch_site_id)
    _require_may(actor, slot.dispatch)
    if slot.merged_into_id is None or slot.dispatch.state not in STANDING:
        raise WrongState()
    slot.merged_into, slot.merge_reason = None, ""
    slot.save(update_fields=["merged_into", "merge_reason"])
    _record(actor, at, "dispatch.place_parted", slot)
    return slot


def _slot(actor: Actor, slot_id: UUID) -> DispatchSite:
    return get_visible(policy.dispatch_sites_visible_to(actor), slot_id, lock=True)


def _require_may(actor: Actor, dispatch: Dispatch) -> None:
    require(policy.can_merge_place(actor, dispatch, crew=set(dispatch.members.values_list("pk", flat=True))))


def _record(actor: Actor, at: datetime, verb: str, slot: DispatchSite, *, reason: str = "") -> None:
    """The line names the number of the place, not the place: as for every change of a dispatch."""
    journal.record(
        verb, actor=actor, at=at, subject=slot.dispatch, area_path=slot.dispatch.campaign.area_path, reason=reason,
        detail={"ordinal": slot.ordinal},
    )  # fmt: skip
