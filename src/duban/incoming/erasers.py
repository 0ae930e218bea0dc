"""What incoming gives up at the end of a campaign (G-9): names of post holders, originals, readings nobody confirmed.

What was confirmed stays: measures, rules, posts, and the covered text their quotations point into.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from duban.campaigns.erasure import Eraser, register
from duban.campaigns.models import Campaign, Directive
from duban.campaigns.states import CampaignState
from duban.incoming.models import IncomingText, PostHolder, Proposal
from duban.incoming.states import TextState
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


def _originals(campaign: Campaign) -> QuerySet[StoredFile]:
    """Return the files of texts that arrived and of directives: they hold names as they came."""
    read = IncomingText.objects.filter(campaign=campaign).values("file")
    registered = Directive.objects.filter(campaign=campaign).exclude(source_file=None).values("source_file")
    return StoredFile.objects.filter(Q(pk__in=read) | Q(pk__in=registered), erased_at=None)


def _give_up_originals(campaign: Campaign) -> Iterable[StoredFile]:
    given = list(_originals(campaign))
    IncomingText.objects.filter(campaign=campaign).update(file_name="")
    return given


def _is_original_used(stored: StoredFile) -> bool:
    """Test whether a campaign that is not erased still holds the same bytes."""
    texts = IncomingText.objects.filter(file=stored).exclude(campaign__state=CampaignState.ERASED)
    directives = Directive.objects.filter(source_file=stored).exclude(campaign__state=CampaignState.ERASED)
    return texts.exists() or directives.exists()


register(
    Eraser(
        "incoming_originals",
        gettext_lazy("收文和上级部署的原件"),
        lambda campaign: _originals(campaign).count(),
        _give_up_originals,
        in_use=_is_original_used,
    )
)

UNREAD = {"title": "", "text": "", "addressees": [], "copy_to": []}


def _unconfirmed(campaign: Campaign) -> QuerySet[Proposal]:
    decided = Q(text__state__in=(TextState.CONFIRMED, TextState.ATTACHED))
    return Proposal.objects.filter(text__campaign=campaign).exclude(decided & Q(is_taken=True))


def _undecided(campaign: Campaign) -> QuerySet[IncomingText]:
    rows = IncomingText.objects.filter(campaign=campaign)
    return rows.filter(state__in=(TextState.WAITING, TextState.DISCARDED)).exclude(**UNREAD)


def _corrected(campaign: Campaign) -> QuerySet[IncomingText]:
    rows = IncomingText.objects.filter(campaign=campaign)
    return rows.filter(~Q(earlier=[]) | ~Q(warnings=[]))


def _give_up_readings(campaign: Campaign) -> Iterable[StoredFile]:
    _unconfirmed(campaign).delete()
    _undecided(campaign).update(**UNREAD, publisher="", source_url="")
    _corrected(campaign).update(earlier=[], warnings=[])
    return []


register(
    Eraser(
        "incoming_readings",
        gettext_lazy("收文中未确认的读取结果和更正前的内容"),
        lambda campaign: (
            _unconfirmed(campaign).count() + _undecided(campaign).count() + _corrected(campaign).count()
        ),
        _give_up_readings,
    )
)
