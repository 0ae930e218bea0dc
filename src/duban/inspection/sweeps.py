"""Sweeps: remind teams whose sheet is missing, lock the sheets, check the tally at night.

All may run any number of times.
"""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.inspection import operations
from duban.inspection.models import DailySheet, Finding
from duban.inspection.operations.sheets import cutoff_at
from duban.inspection.states import SheetState
from duban.kernel import clock, tally
from duban.kernel.actor import SYSTEM
from duban.kernel.jobs import sweep
from duban.teams.models import Dispatch
from duban.teams.states import DispatchState

WORKING = (CampaignState.RUNNING, CampaignState.CLOSED)
CHECKED_AT = (3, 0)  # hour and minute of the nightly check


def _owing(campaign: Campaign) -> "list[tuple[date, object]]":
    """Return (day, team) of dispatches whose sheet is not locked yet, oldest first."""
    locked = DailySheet.objects.filter(
        team_id=OuterRef("team_id"), day=OuterRef("day"), state=SheetState.LOCKED
    )
    return list(
        Dispatch.objects.filter(~Exists(locked), campaign=campaign)
        .exclude(state=DispatchState.CANCELLED)
        .order_by("day", "team")
        .values_list("day", "team_id")
    )


@sweep("inspection.remind_missing_sheets", order=10)
def remind_missing_sheets(at: datetime) -> int:
    """This function will remind every team without a sheet from the warning time to the cut-off, once per team and day."""
    done = 0
    day = clock.local_day(at)
    for campaign in Campaign.objects.filter(state=CampaignState.RUNNING):
        ends = cutoff_at(campaign, day)
        if not ends - timedelta(minutes=campaign.warn_minutes) <= at < ends:
            continue
        for owed_day, team_id in _owing(campaign):
            if owed_day == day and operations.remind_team(at=at, team_id=team_id, day=day):
                done += 1
    return done


@sweep("inspection.lock_sheets", order=20)
def lock_sheets(at: datetime) -> int:
    """This function will lock the sheets of every day whose cut-off has passed, also days the worker slept through."""
    done = 0
    for campaign in Campaign.objects.filter(state__in=WORKING):
        days = {day for day, _team in _owing(campaign)}
        days.update(
            DailySheet.objects.filter(campaign=campaign)
            .exclude(state=SheetState.LOCKED)
            .values_list("day", flat=True)
        )
        for day in sorted(days):
            if at >= cutoff_at(campaign, day):
                done += operations.lock_day(actor=SYSTEM, at=at, campaign_id=campaign.pk, day=day)
    return done


def rebuild_tally() -> int:
    """This function will count all findings anew into the tally and return how many there are."""
    return tally.rebuild_rows(Finding)


@sweep("inspection.check_tally", order=90)
def check_tally(at: datetime) -> int:
    """This function will compare tally and rows once a night and rebuild the tally if they differ (1), else return 0."""
    local = clock.local(at)
    if (local.hour, local.minute) != CHECKED_AT:
        return 0
    return tally.mend(Finding)
