"""What teams give up at the end of a campaign (G-9): days off duty and calendar addresses of its people."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from duban.campaigns.erasure import Eraser, register
from duban.campaigns.models import Campaign
from duban.kernel.models import StoredFile
from duban.teams.models import Absence, RosterFeed


def _count(campaign: Campaign) -> int:
    return (
        Absence.objects.filter(campaign=campaign).count()
        + RosterFeed.objects.filter(campaign=campaign).count()
    )


def _give_up(campaign: Campaign) -> Iterable[StoredFile]:
    Absence.objects.filter(campaign=campaign).delete()
    RosterFeed.objects.filter(campaign=campaign).delete()
    return []


register(Eraser("days_off_duty", _("缺勤登记和日历地址"), _count, _give_up))
