"""The cut-off: every running campaign's past days get their edition, in order, whatever the worker missed."""

from datetime import datetime, timedelta

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.kernel import clock, jobs
from duban.kernel.actor import SYSTEM
from duban.reporting import freezing, operations
from duban.reporting.models import Edition


@jobs.sweep("freeze_editions", order=30)
def freeze_due(at: datetime) -> int:
    """This function will freeze each day whose cut-off has passed and that has no edition yet."""
    frozen = 0
    for campaign in Campaign.objects.filter(state=CampaignState.RUNNING).order_by("starts_on"):
        day = freezing.first_day(campaign)
        last = clock.local_day(at)
        if campaign.ends_on:
            last = min(last, campaign.ends_on)
        there = set(Edition.objects.filter(campaign=campaign).values_list("day", flat=True))
        while day <= last and freezing.cutoff_of(campaign, day) <= at:
            if day not in there:
                operations.freeze_edition(actor=SYSTEM, at=at, campaign_id=campaign.pk, day=day)
                frozen += 1
            day += timedelta(days=1)
    return frozen
