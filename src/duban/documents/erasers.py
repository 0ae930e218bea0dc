"""What documents give up at the end of a campaign (G-9): the working text of drafts. Issued documents stay."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from duban.campaigns.erasure import Eraser, register
from duban.campaigns.models import Campaign
from duban.documents.models import Countersignature, Draft
from duban.kernel.models import StoredFile


def _held(campaign: Campaign) -> QuerySet[Draft]:
    opinions = Countersignature.objects.filter(draft__campaign=campaign).exclude(opinion="").values("draft")
    worded = ~Q(record={}) | ~Q(names=[]) | ~Q(send_back_reason="") | Q(pk__in=opinions)
    return Draft.objects.filter(worded, campaign=campaign)


def _give_up_drafts(campaign: Campaign) -> Iterable[StoredFile]:
    Countersignature.objects.filter(draft__campaign=campaign).update(opinion="")
    _held(campaign).update(record={}, names=[], send_back_reason="")
    return []


register(
    Eraser(
        "drafts",
        gettext_lazy("公文稿的正文、姓名和会签意见"),
        lambda campaign: _held(campaign).count(),
        _give_up_drafts,
    )
)
