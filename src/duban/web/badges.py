"""Counts in the frame: what is mine today, what is open, what waits for verification; the campaign line."""

from collections import Counter
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _

from duban.campaigns.journal_scope import can_read_journal, events_visible_to
from duban.inspection.models import Finding
from duban.inspection.queries import state_counts
from duban.inspection.states import OPEN_STATES, FindingState
from duban.kernel import clock, tally
from duban.kernel.bounded import BOUND, GLANCE, bounded_count
from duban.kernel.models import Event
from duban.kernel.prepared import Prepared
from duban.teams.models import Round, Team, TeamKind

REMEMBERED_SECONDS = 30
NEWEST_EVENT = Prepared(lambda: Event.objects.order_by("-pk").values_list("pk", flat=True)[:1])
ROUND_NUMBERS = Prepared(
    lambda campaign_id, day: (
        Round.objects.filter(campaign_id=campaign_id, starts_on__lte=day)
        .order_by("-number")
        .values_list("number", flat=True)[:1]
    )
)
TEAMS_BY_KIND = Prepared(
    lambda campaign_id: (
        Team.objects.filter(campaign_id=campaign_id, is_active=True)
        .order_by()
        .values_list("kind")
        .annotate(found=Count("pk"))
    )
)


def states_of(request: HttpRequest) -> Counter[str]:
    """Return the actor's findings by state, worked out once per request: the frame and the register show the same."""
    if not hasattr(request, "finding_states"):
        request.finding_states = state_counts(request.actor, request.campaign.pk)  # type: ignore[attr-defined]
    return request.finding_states  # type: ignore[attr-defined,no-any-return]


def counts(request: HttpRequest) -> dict[str, int]:
    """Return the badge figures of the side bar for this actor."""
    campaign = request.campaign
    if not campaign:
        return {}
    states = states_of(request)
    return {
        "mine": _mine(request),
        "open": sum(states[state] for state in OPEN_STATES),
        "to_verify": states[FindingState.FED_BACK],
    }


def _mine(request: HttpRequest) -> int:
    """Return how many to-dos are the actor's own, counted anew after every line of the journal.

    In a large campaign, where somebody writes every few seconds, the figure is remembered for a moment, until the
    actor's next act.
    """
    from duban.reporting import todos

    campaign = request.campaign
    position = None if _is_large(request) else _journal_position()
    known = cache.get(_key(request))
    if known is None or known[:2] != (campaign.pk, position):
        known = (campaign.pk, position, todos.count_mine(request.actor, campaign, request.at))
        cache.set(_key(request), known, REMEMBERED_SECONDS)
    return known[2]


def _is_large(request: HttpRequest) -> bool:
    if states_of(request).total() > BOUND:
        return True
    campaign = request.campaign
    return (
        sum(tally.counts(Finding.tally_topic, campaign_id=campaign.pk, path=campaign.area_path).values())
        > BOUND
    )


def _journal_position() -> UUID | None:
    """Return the newest line of the journal: every change of rows writes one in its own transaction."""
    return next(iter(NEWEST_EVENT()), None)


def forget(request: HttpRequest) -> None:
    """This function will have the next page count the actor's to-dos anew: something was just done."""
    cache.delete(_key(request))


def _key(request: HttpRequest) -> str:
    return f"badge:mine:{request.user.pk}"


def campaign_line(request: HttpRequest) -> str:
    """Return “第22日 · 第21轮 · 20个督导组、2个暗访组” for the top bar."""
    campaign = request.campaign
    day = (clock.local_day(request.at) - campaign.starts_on).days + 1
    number = next(iter(ROUND_NUMBERS(campaign_id=campaign.pk, day=clock.local_day(request.at))), 0)
    teams_by_kind = Counter(dict(TEAMS_BY_KIND(campaign_id=campaign.pk)))
    covert = teams_by_kind.pop(TeamKind.COVERT, 0)
    parts = [_("第%(day)s日") % {"day": day}]
    if number:
        parts.append(_("第%(number)s轮") % {"number": number})
    teams = _("%(count)s个督导组") % {"count": teams_by_kind.total()}
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
    rows = rows.filter(campaign_id=request.campaign.pk) if request.campaign else rows
    return bounded_count(rows, GLANCE if request.campaign and _is_large(request) else BOUND)
