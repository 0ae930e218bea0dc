"""Idempotent work derived from state: tomorrow's draft of key points after the cut-off; seeds of rounds that are over."""

from datetime import date, datetime, timedelta

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.kernel.actor import SYSTEM
from duban.kernel.clock import local_day, moment
from duban.planning.models import DailyKeyPoints, Draw
from duban.planning.operations.draws import reveal_draws
from duban.planning.operations.sheets import compose_key_points
from duban.planning.states import DrawState


def sweep(at: datetime) -> int:
    """This function will draft the next day's key points and reveal the draws of rounds whose last day is over."""
    return _drafts(at) + _reveals(at)


def _reveals(at: datetime) -> int:
    due = Draw.objects.filter(state=DrawState.DRAWN, round__ends_on__lt=local_day(at)).order_by()
    rounds = due.values_list("round_id", flat=True).distinct()
    return sum(len(reveal_draws(actor=SYSTEM, at=at, round_id=key)) for key in list(rounds))


def _drafts(at: datetime) -> int:
    """This function will compose the sheet after the last cut-off for each running campaign that has none yet.

    The draft carries the moment of the cut-off; what comes in later is taken in by whoever works on it.
    """
    made = 0
    for campaign in Campaign.objects.filter(state=CampaignState.RUNNING).order_by("pk"):
        cutoff = _last_cutoff(campaign, at)
        day = local_day(cutoff) + timedelta(days=1)
        if not _wants_draft(campaign, day):
            continue
        compose_key_points(actor=SYSTEM, at=cutoff, campaign_id=campaign.pk, day=day)
        made += 1
    return made


def _last_cutoff(campaign: Campaign, at: datetime) -> datetime:
    today = moment(local_day(at), campaign.cutoff)
    return today if at >= today else moment(local_day(at) - timedelta(days=1), campaign.cutoff)


def _wants_draft(campaign: Campaign, day: date) -> bool:
    """Test whether a day has no sheet yet though the campaign sends teams out and has begun before it."""
    if day <= campaign.starts_on or not campaign.teams.filter(is_active=True).exists():
        return False
    return not DailyKeyPoints.objects.filter(campaign=campaign, day=day).exists()
