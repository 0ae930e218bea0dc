"""Rounds (轮次): numbered, and bound to the checklist versions published when they open."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.checklists.models import ChecklistVersion
from duban.checklists.states import VersionState
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, NotFound, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import policy
from duban.teams.models import Round


def load_campaign(actor: Actor, campaign_id: UUID) -> Campaign:
    """This function will return the campaign if the actor works in it.

    :raises NotFound: otherwise. :raises WrongState: if it is closed or erased.
    """
    rows = Campaign.objects.filter(pk=campaign_id)
    if not actor.is_system:
        rows = rows.filter(policy.campaign_condition(actor, policy.STAFF, prefix=""))
    campaign = rows.first()
    if campaign is None:
        raise NotFound()
    if campaign.state in (CampaignState.CLOSED, CampaignState.ERASED):
        raise WrongState("campaign_closed", _("专项已结束，不能再安排。"))
    return campaign


@transaction.atomic
def open_round(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    number: int,
    starts_on: date,
    ends_on: date,
    note: str = "",
) -> Round:
    """This function will open a round and pin the checklist versions published at that moment (S2-16).

    :raises Invalid: for dates in the wrong order. :raises Conflict: if the number is taken.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_manage_rounds(actor, campaign))
    _check_days(starts_on, ends_on)
    opened = Round(campaign=campaign, number=number, starts_on=starts_on, ends_on=ends_on, note=note)
    try:
        with transaction.atomic():
            opened.save(force_insert=True)
    except IntegrityError:
        text = _("第%(number)s轮已经开启。") % {"number": number}
        raise Conflict("duplicate_round", text, {"number": text}) from None
    versions = ChecklistVersion.objects.filter(checklist__campaign=campaign, state=VersionState.PUBLISHED)
    opened.checklist_versions.set(versions)
    detail = {"starts_on": starts_on, "ends_on": ends_on, "checklists": [str(one) for one in versions]}
    journal.record("round.opened", actor=actor, at=at, subject=opened, detail=detail)
    return opened


@transaction.atomic
def change_round(
    *, actor: Actor, at: datetime, round_id: UUID, starts_on: date, ends_on: date, reason: str
) -> Round:
    """This function will move the dates of a round for a stated reason; days with dispatches stay inside it."""
    opened = get_visible(policy.rounds_visible_to(actor), round_id, lock=True)
    require(policy.can_manage_rounds(actor, opened.campaign))
    _check_days(starts_on, ends_on)
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明调整理由。"), {"reason": _("请写明调整理由。")})
    # A covert dispatch moves with nobody's knowledge: the office is not told that there is one.
    known = policy.dispatches_visible_to(actor).filter(round=opened).exclude(state="cancelled")
    outside = known.exclude(day__range=(starts_on, ends_on)).count()
    if outside:
        text = _("已有 %(count)s 个批次排在新日期之外。") % {"count": outside}
        raise Invalid("dispatch_outside", text, {"ends_on": text})
    before = {"starts_on": opened.starts_on, "ends_on": opened.ends_on}
    opened.starts_on, opened.ends_on = starts_on, ends_on
    opened.save(update_fields=["starts_on", "ends_on"])
    journal.record(
        "round.changed", actor=actor, at=at, subject=opened, reason=reason, detail={"before": before}
    )
    return opened


def _check_days(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        text = _("结束日期不能早于开始日期。")
        raise Invalid("ends_before_start", text, {"ends_on": text})
