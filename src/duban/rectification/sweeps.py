"""Sweeps of rectification: the ladder of lateness and the look-back samples of days that are over.

Each step is its own transaction: a kill in between loses nothing, and the next run goes on from the rows.
"""

from datetime import date, datetime, timedelta

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.inspection.models import Finding
from duban.inspection.states import WAITING_ON_UNIT, FindingState, Lateness
from duban.kernel import clock, tally
from duban.kernel.actor import SYSTEM
from duban.kernel.jobs import sweep
from duban.rectification import operations
from duban.rectification.models import LookBack, WorkOrder

CHECKED_AT = (3, 5)  # local hour and minute at which the tally of orders is compared with the rows
SAMPLED_DAYS = 14  # how far back a worker that was down looks for days without a sample


@sweep("rectification.check_tally", order=90)
def check_tally(at: datetime) -> int:
    """This function will compare the tally of orders with the rows once a night and mend it if they differ."""
    local = clock.local(at)
    return tally.mend(WorkOrder) if (local.hour, local.minute) == CHECKED_AT else 0


@sweep("rectification.lateness", order=20)
def advance_lateness(at: datetime) -> int:
    """This function will take every step of lateness that became due before `at`, in order, each at its own time."""
    late = Finding.objects.filter(state__in=WAITING_ON_UNIT, due_at__lte=at, paused_at=None)
    done = 0
    for finding_id in (
        late.exclude(lateness=Lateness.TRACED).order_by("due_at", "id").values_list("pk", flat=True)
    ):
        while operations.advance_lateness(actor=SYSTEM, at=at, finding_id=finding_id):
            done += 1
    return done


@sweep("rectification.look_backs", order=40)
def sample_look_backs(at: datetime) -> int:
    """This function will draw the look-backs of every finished day that has write-offs and no sample yet."""
    today = clock.local_day(at)
    done = 0
    for campaign in Campaign.objects.filter(state=CampaignState.RUNNING, look_back_percent__gt=0):
        first = max(campaign.starts_on, today - timedelta(days=SAMPLED_DAYS))
        for offset in range((today - first).days):
            day = first + timedelta(days=offset)
            if _needs_sample(campaign, day):
                made = operations.sample_look_backs(
                    actor=SYSTEM, at=clock.end_of_day(day), campaign_id=campaign.pk, day=day
                )
                done += len(made)
    return done


def _needs_sample(campaign: Campaign, day: date) -> bool:
    start, end = clock.start_of_day(day), clock.end_of_day(day)
    written_off = Finding.objects.filter(
        campaign=campaign, state=FindingState.WRITTEN_OFF, written_off_at__gte=start, written_off_at__lt=end
    )
    return written_off.exists() and not LookBack.objects.filter(finding__in=written_off).exists()
