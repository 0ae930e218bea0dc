"""Counts in the frame: what is mine today, what is open, what waits for verification; the campaign line."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext  # noqa: F401

from duban.campaigns.journal_scope import can_read_journal, events_visible_to
from duban.inspection.models import Finding
from duban.inspection.queries import state_counts
from duban.inspection.states import OPEN_STATES, FindingState
from duban.kernel import clock, tally
from duban.kernel.bounded import BOUND, bounded_count
from duban.teams.models import Round, Team, TeamKind

REMEMBERED_SECONDS = 30


def counts(request: HttpRequest) -> dict[str, int]:
    """Return the badge figures of the side bar for this actor."""
    campaign = request.campaign
    if not campaign:
        return {}
    states = state_counts(request.actor, campaign.pk)
    return {
        "mine": _mine(request),
        "open": sum(states[state] for state in OPEN_STATES),
        "to_verify": states[FindingState.FED_BACK],
    }


def _mine(request: HttpRequest) -> int:
    """Return how many to-dos are the actor's own; in a large campaign remembered for a moment, until the next act."""
    from duban.reporting import todos

    campaign = request.campaign
    size = sum(tally.counts(Finding.tally_topic, campaign_id=campaign.pk, path=campaign.area_path).values())
    if size <= BOUND:
        return todos.count_mine(request.actor, campaign, request.at)
    known = cache.get(_key(request))
    if known is None or known[0] != campaign.pk:
        known = (campaign.pk, todos.count_mine(request.actor, campaign, request.at))
        cache.set(_key(request), known, REMEMBERED_SECONDS)
    return known[1]


def forget(request: HttpRequest) -> None:
    """This function will have the next page count the actor's to-dos anew: something was just done."""
    cache.delete(_key(request))


def _key(request: HttpRequest) -> str:
    return f"badge:mine:{request.user.pk}"


def campaign_line(request: HttpRequest) -> str:
    """Return “第22日 · 第21轮 · 20个督导组、2个暗访组” for the top bar."""
    campaign = request.campaign
    day = (clock.local_day(request.at) - campaign.starts_on).days + 1
    current = Round.objects.filter(campaign=campaign, starts_on__lte=clock.local_day(request.at)).last()
    open_teams = Team.objects.filter(campaign=campaign, is_active=True).exclude(kind=TeamKind.COVERT).count()
    covert = Team.objects.filter(campaign=campaign, is_active=True, kind=TeamKind.COVERT).count()
    parts = [_("第%(day)s日") % {"day": day}]
    if current:
        parts.append(_("第%(number)s轮") % {"number": current.number})
    teams = _("%(count)s个督导组") % {"count": open_teams}
    if covert:
        teams += _("、%(count)s个暗访组") % {"count": covert}
    return " · ".join([*parts, teams])


def journal_today(request: HttpRequest) -> int | None:
    """Return how many of today's journal lines the reader may open; None for who reads no journal.

    A count over all lines would tell everybody that something is being planned.
    """
    if not can_read_journal(request.actor):
        return None
    start = clock.start_of_day(clock.local_day(request.at))
    rows = events_visible_to(request.actor).filter(at__gte=start)
    return bounded_count(rows.filter(campaign_id=request.campaign.pk) if request.campaign else rows)
