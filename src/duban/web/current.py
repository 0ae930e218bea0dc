"""The campaign a person is working in: chosen in the session, else the newest running one in reach."""

from django.http import HttpRequest

from duban.campaigns.models import Campaign
from duban.campaigns.policy import campaigns_visible_to, is_in_reach
from duban.campaigns.states import CampaignState
from duban.kernel.ids import parse_id
from duban.kernel.prepared import Prepared

SESSION_KEY = "campaign"
ONE = Prepared(lambda campaign_id: Campaign.objects.filter(pk=campaign_id).select_related("scope", "body"))


def campaign_for(request: HttpRequest) -> Campaign | None:
    """Return the current campaign of the request, or None if the actor reaches none."""
    if not request.user.is_authenticated:
        return None
    chosen = parse_id(request.session.get(SESSION_KEY)) or _only(request)
    for found in ONE(campaign_id=chosen) if chosen else ():
        if is_in_reach(request.actor, found):
            return found
    rows = campaigns_visible_to(request.actor).select_related("scope", "body").order_by("-starts_on")
    return rows.filter(state=CampaignState.RUNNING).first() or rows.first()


def _only(request: HttpRequest) -> object:
    """Return the campaign that all grants of the actor name, if there is just one: it needs no search."""
    named = {grant.campaign_id for grant in request.actor.grants}
    return named.pop() if len(named) == 1 else None
