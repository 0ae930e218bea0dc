"""What incoming gives up at the end of a campaign (G-9): the names of post holders. Posts and texts stay."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from duban.campaigns.erasure import Eraser, register
from duban.campaigns.models import Campaign
from duban.incoming.models import PostHolder
from duban.kernel.models import StoredFile


def _give_up_holders(campaign: Campaign) -> Iterable[StoredFile]:
    PostHolder.objects.filter(liaison__campaign=campaign).delete()
    return []


register(
    Eraser(
        "post_holders",
        gettext_lazy("联系分工中任职人员的姓名"),
        lambda campaign: PostHolder.objects.filter(liaison__campaign=campaign).count(),
        _give_up_holders,
    )
)
