"""What is destroyed at the end of a campaign (G-9). Apps above register what they hold; nothing here knows photos.

An eraser tells what it would destroy (`count`) and gives up its rows and files (`give_up`). Blobs are deleted
after the commit and checked again by a sweep, so that a crash never leaves a file the certificate calls destroyed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, DestructionCertificate
from duban.kernel.files import storage_name
from duban.kernel.models import EventDetail, StoredFile


@dataclass(frozen=True)
class Eraser:
    """One kind of sensitive material: how many records it has, and how to give them up (returns its files)."""

    code: str
    title: str | Promise
    count: Callable[[Campaign], int]
    give_up: Callable[[Campaign], Iterable[StoredFile]]
    in_use: Callable[[StoredFile], bool] = lambda stored: False


ERASERS: dict[str, Eraser] = {}


def register(eraser: Eraser) -> None:
    """This function will add a kind of material to every erase plan (called from AppConfig.ready)."""
    ERASERS[eraser.code] = eraser


def _details(campaign: Campaign) -> Any:
    return EventDetail.objects.filter(event__campaign_id=campaign.pk)


def _give_up_details(campaign: Campaign) -> list[StoredFile]:
    _details(campaign).delete()  # the events keep the salted hash, so the journal still verifies
    return []


register(
    Eraser("journal_details", _("留痕明细"), lambda campaign: _details(campaign).count(), _give_up_details)
)


def plan_lines(campaign: Campaign) -> list[dict[str, Any]]:
    """Return what would be erased: [{code, title, records}]."""
    return [
        {"code": one.code, "title": str(one.title), "records": one.count(campaign)}
        for one in ERASERS.values()
    ]


def destroy(campaign: Campaign, at: datetime) -> tuple[list[dict[str, Any]], list[str]]:
    """This function will make every eraser give up its rows and mark the files as erased.

    A file that is still used elsewhere (same bytes in another campaign) stays. Returns lines and file digests.
    """
    lines: list[dict[str, Any]] = []
    digests: list[str] = []
    for eraser in ERASERS.values():
        records = eraser.count(campaign)
        given = list({stored.pk: stored for stored in eraser.give_up(campaign)}.values())
        gone = [stored for stored in given if not any(one.in_use(stored) for one in ERASERS.values())]
        StoredFile.objects.filter(pk__in=[stored.pk for stored in gone]).update(erased_at=at)
        digests += [stored.sha256 for stored in gone]
        lines.append(
            {"code": eraser.code, "title": str(eraser.title), "records": records, "files": len(gone)}
        )
    return lines, sorted(set(digests))


def finish(certificate_id: UUID, at: datetime) -> int:
    """This function will delete the blobs of a certificate from the storage and mark it complete; safe to repeat."""
    certificate = DestructionCertificate.objects.get(pk=certificate_id)
    deleted = 0
    # Bytes that somebody uploaded again since are a new record and stay.
    gone = StoredFile.objects.filter(sha256__in=certificate.file_digests).exclude(erased_at=None)
    for sha256 in gone.values_list("sha256", flat=True):
        if default_storage.exists(storage_name(sha256)):
            default_storage.delete(storage_name(sha256))
            deleted += 1
    DestructionCertificate.objects.filter(pk=certificate_id, completed_at=None).update(completed_at=at)
    return deleted
