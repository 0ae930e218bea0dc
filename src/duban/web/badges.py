"""Counts in the frame: what is mine today, what is open, what waits for verification; the campaign line."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext  # noqa: F401

from duban.inspection.policy import findings_visible_to
from duban.inspection.states import OPEN_STATES, FindingState
from duban.kernel import clock
from duban.kernel.models import Event
from duban.teams.models import Round, Team, TeamKind


def counts(request: HttpRequest) -> dict[str, int]:
    """Return the badge figures of the side bar for this actor."""
    campaign = request.campaign
    if not campaign:
        return {}
    from duban.reporting import todos

    rows = findings_visible_to(request.actor).filter(campaign_id=campaign.pk)
    return {
        "mine": todos.count_mine(request.actor, campaign, request.at),
        "open": rows.filter(state__in=OPEN_STATES).count(),
        "to_verify": rows.filter(state=FindingState.FED_BACK).count(),
    }


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


def journal_today(request: HttpRequest) -> int:
    """Return how many journal lines today has."""
    start = clock.start_of_day(clock.local_day(request.at))
    rows = Event.objects.filter(at__gte=start)
    return (rows.filter(campaign_id=request.campaign.pk) if request.campaign else rows).count()
