"""The area of a campaign is fixed while it runs: its cases are found by it, its figures are counted by it."""

from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.kernel.errors import Conflict
from duban.territory.moves import Move, follows_moves


@follows_moves("campaigns")
def hold(move: Move) -> int:
    """This function will bring campaigns not yet started along; closed ones keep the area they were run over.

    :raises Conflict: if the subtree holds the whole area of a campaign that is being run.
    """
    moving = Campaign.objects.filter(move.inside())
    held = moving.filter(state=CampaignState.RUNNING).first()
    if held:
        words = {"title": held.title}
        raise Conflict(
            "campaign_running",
            _("“%(title)s”以这里为范围，正在进行，其间不能调整上级。请先结束专项。") % words,
        )
    return moving.filter(state=CampaignState.PREPARING).update(area_path=move.rewritten())
