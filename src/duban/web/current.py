"""The campaign a person is working in: chosen in the session, else the newest running one in reach."""

from django.http import HttpRequest

from duban.campaigns.models import Campaign
from duban.campaigns.policy import campaigns_visible_to
from duban.campaigns.states import CampaignState
from duban.kernel.ids import parse_id

SESSION_KEY = "campaign"


def campaign_for(request: HttpRequest) -> Campaign | None:
    """Return the current campaign of the request, or None if the actor reaches none."""
    if not request.user.is_authenticated:
        return None
    rows = campaigns_visible_to(request.actor).select_related(
        "scope", "body", "headquarters", "lead_department"
    )
    chosen = parse_id(request.session.get(SESSION_KEY))
    if chosen and (found := rows.filter(pk=chosen).first()):
        return found
    running = rows.filter(state=CampaignState.RUNNING).order_by("-starts_on").first()
    return running or rows.order_by("-starts_on").first()
