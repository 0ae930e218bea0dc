"""Opening sealed sites: by the team on the spot, or in an emergency by the campaign head with a reason (S0-66)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.models import Event
from duban.kernel.policy import require
from duban.teams import policy
from duban.teams.models import DispatchSite


@transaction.atomic
def reveal_site(*, actor: Actor, at: datetime, dispatch_site_id: UUID) -> DispatchSite:
    """This function will open a sealed site to its team and journal who opened which site and when.

    :raises Denied: before departure or the opening time, or for somebody who is not on the dispatch.
    """
    slot = get_visible(policy.slots_visible_to(actor).select_related("site"), dispatch_site_id)
    crew = set(slot.dispatch.members.values_list("pk", flat=True))
    require(policy.can_reveal_site(actor, slot, crew=crew, at=at))
    changed = DispatchSite.objects.filter(pk=slot.pk, is_sealed=True, revealed_at=None).update(
        revealed_at=at, revealed_to_id=actor.user_id
    )
    if not changed:
        raise Conflict("already_revealed", _("该点位已经启封。"))
    slot.revealed_at, slot.revealed_to_id = at, actor.user_id
    journal.record(
        "dispatch.site_revealed", actor=actor, at=at, subject=slot, label=f"{slot.dispatch} · {slot}",
        campaign_id=slot.dispatch.campaign_id, area_path=slot.dispatch.campaign.area_path,
        detail={"site": slot.site_id, "code": slot.site.code},
    )  # fmt: skip
    return slot


@transaction.atomic
def note_look(*, actor: Actor, at: datetime, dispatch_id: UUID) -> int:
    """This function will journal that the actor reads the opened sites of a dispatch, once per person and site.

    Whoever opened a site has that on record already. Returns how many sites were seen for the first time.
    """
    slots = policy.dispatch_sites_visible_to(actor).filter(dispatch_id=dispatch_id, is_sealed=True)
    known = Event.objects.filter(
        subject_type=DispatchSite._meta.label_lower, subject_id__in=slots.order_by().values("pk"),
        actor_id=actor.user_id, verb__in=("dispatch.site_seen", "dispatch.site_revealed"),
    )  # fmt: skip
    seen = set(known.values_list("subject_id", flat=True))
    fresh = [slot for slot in slots.order_by("ordinal") if slot.pk not in seen]
    for slot in fresh:
        journal.record(
            "dispatch.site_seen", actor=actor, at=at, subject=slot, label=f"{slot.dispatch} · {slot}",
            campaign_id=slot.dispatch.campaign_id, area_path=slot.dispatch.campaign.area_path,
            detail={"ordinal": slot.ordinal},
        )  # fmt: skip
    return len(fresh)


@transaction.atomic
def break_seal(*, actor: Actor, at: datetime, dispatch_site_id: UUID, reason: str) -> DispatchSite:
    """This function will let the campaign head read one sealed site for a stated emergency; the seal stays for others.

    The event is written in the same transaction: no look without a trace.
    """
    slot = get_visible(policy.slots_visible_to(actor), dispatch_site_id)
    require(policy.can_break_seal(actor, slot))
    if len(reason.strip()) < 4:
        text = _("请写明紧急查看的理由。")
        raise Invalid("reason_missing", text, {"reason": text})
    if not slot.is_sealed or slot.revealed_at is not None:
        raise Conflict("not_sealed", _("该点位未封存或已启封，不必紧急查看。"))
    journal.record(
        "dispatch.seal_broken", actor=actor, at=at, subject=slot, label=f"{slot.dispatch} · {slot}",
        campaign_id=slot.dispatch.campaign_id, area_path=slot.dispatch.campaign.area_path,
        reason=reason, detail={"ordinal": slot.ordinal},  # the subject tells which site; the line must not, it is sealed
    )  # fmt: skip
    return slot
