"""What inspection gives up at the end of a campaign (G-9): evidence files, and the wording of sensitive findings.

Numbers, dates, states and hashes stay, so that counts and the journal still agree.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.campaigns.erasure import Eraser, register
from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.inspection.models import Evidence, Finding, Submission, SubmissionFile
from duban.kernel.models import StoredFile


def _evidence(campaign: Campaign) -> QuerySet[Evidence]:
    return Evidence.objects.filter(campaign=campaign, file__erased_at=None)


def _give_up_evidence(campaign: Campaign) -> Iterable[StoredFile]:
    rows = list(_evidence(campaign).select_related("file", "thumbnail"))
    Evidence.objects.filter(campaign=campaign).update(caption="")
    return [stored for row in rows for stored in (row.file, row.thumbnail) if stored]


def _is_used(stored: StoredFile) -> bool:
    """Test whether a campaign that is not erased still shows the same bytes."""
    users = Evidence.objects.filter(Q(file=stored) | Q(thumbnail=stored))
    return users.exclude(campaign__state=CampaignState.ERASED).exists()


def _records(campaign: Campaign) -> QuerySet[Submission]:
    return Submission.objects.filter(campaign=campaign, xml__erased_at=None)


def _give_up_records(campaign: Campaign) -> Iterable[StoredFile]:
    waiting = StoredFile.objects.filter(
        pk__in=SubmissionFile.objects.filter(submission__campaign=campaign).values("file")
    )
    return [*(row.xml for row in _records(campaign).select_related("xml")), *waiting.filter(erased_at=None)]


def _is_record_used(stored: StoredFile) -> bool:
    users = Submission.objects.filter(Q(xml=stored) | Q(files__file=stored))
    return users.exclude(campaign__state=CampaignState.ERASED).exists()


def _sensitive(campaign: Campaign) -> QuerySet[Finding]:
    return Finding.objects.filter(campaign=campaign, rule_items__erase_at_end=True).distinct()


def _give_up_wording(campaign: Campaign) -> Iterable[StoredFile]:
    keys = list(_sensitive(campaign).values_list("pk", flat=True))
    Finding.objects.filter(pk__in=keys).update(
        fact=_("（已按清除计划清除）"), on_spot_note="", requirement=""
    )
    return []


register(
    Eraser(
        "evidence",
        gettext_lazy("照片和证据文件"),
        lambda campaign: _evidence(campaign).count(),
        _give_up_evidence,
        _is_used,
    )
)
register(
    Eraser(
        "phone_records",
        gettext_lazy("手机提交的原始记录"),
        lambda campaign: _records(campaign).count(),
        _give_up_records,
        _is_record_used,
    )
)
register(
    Eraser(
        "sensitive_findings",
        gettext_lazy("结束后须清除的问题表述"),
        lambda campaign: _sensitive(campaign).count(),
        _give_up_wording,
    )
)
