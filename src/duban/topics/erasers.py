"""What topics give up at the end of a campaign: the words; counts by place and kind stay."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from duban.campaigns.erasure import Eraser, register
from duban.campaigns.models import Campaign
from duban.kernel.models import StoredFile
from duban.topics.models import Topic


def _count(campaign: Campaign) -> int:
    return Topic.objects.filter(campaign=campaign).exclude(subject="", answer="").count()


def _give_up(campaign: Campaign) -> Iterable[StoredFile]:
    Topic.objects.filter(campaign=campaign).update(subject="", answer="")
    return []


register(Eraser("topics", _("群众反映的事项文字"), _count, _give_up))
