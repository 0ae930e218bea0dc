"""Sweeps of campaigns: finish the destruction of files that a crash interrupted."""

from datetime import datetime

from duban.campaigns import erasure
from duban.campaigns.models import DestructionCertificate
from duban.kernel.jobs import sweep


@sweep("campaigns.erase", order=90)
def finish_destruction(at: datetime) -> int:
    """This function will finish every certificate whose files were not yet deleted."""
    waiting = DestructionCertificate.objects.filter(completed_at=None).values_list("pk", flat=True)
    return sum(1 for pk in waiting if erasure.finish(pk, at) >= 0)
