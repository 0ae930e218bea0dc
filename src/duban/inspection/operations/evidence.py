"""Adding photos to visits and findings. What is kept is re-encoded, scaled and free of EXIF (photos.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.inspection import photos, policy, screening
from duban.inspection.models import Evidence, Finding, Phase, Visit
from duban.inspection.operations.findings import register_finding
from duban.inspection.operations.visits import journal_kept
from duban.inspection.states import FindingState, VisitState
from duban.kernel import files, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, DubanError, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

MOST_PHOTOS = 40


@transaction.atomic
def attach_evidence(
    *,
    actor: Actor,
    at: datetime,
    content: bytes | photos.Photo,
    file_name: str = "",
    visit_id: UUID | None = None,
    finding_id: UUID | None = None,
    evidence_id: UUID | None = None,
    phase: str = Phase.BEFORE,
    caption: str = "",
    taken_at: datetime | None = None,
    cover_count: int = 0,
    question: str = "",
    screening_override: str = "",
) -> Evidence:
    """This function will keep a photo of a finding or a visit; the same photo a second time returns the first.

    `content` are the bytes as received, or a photo that photos.prepare has made fit to keep.

    `taken_at` wins over the EXIF time; a time in the future is not believed. `cover_count` says how many places the
    person covered before sending. Without a caption one is made of phase and site.

    :raises Invalid: not a photo, truncated, HEIC, too many pixels, too many photos.
    :raises TooLarge: over 20 MB.
    :raises Conflict: `evidence_id` belongs to another photo.
    """
    if phase not in Phase.values:
        raise Invalid("unknown_phase", _("请选择整改前、整改后或资料。"), {"phase": _("请选择。")})
    row = _target(actor, visit_id, finding_id)
    require(policy.can_attach_evidence(actor, row, phase))
    if row.state in (FindingState.WITHDRAWN, VisitState.WITHDRAWN):
        raise WrongState()
    kept = screening.require_clean({"caption": caption}, override=screening_override)
    photo = content if isinstance(content, photos.Photo) else photos.prepare(content)
    if earlier := _known(row, evidence_id, photo.received_sha256, phase):
        return earlier
    if row.evidence.count() >= MOST_PHOTOS:
        raise Invalid("too_many_photos", _("每项最多%(count)s张照片。") % {"count": MOST_PHOTOS})
    visit = row if isinstance(row, Visit) else None
    moment = taken_at or photo.taken_at
    evidence = Evidence(
        campaign_id=row.campaign_id, visit=visit, finding=None if visit else row, question=question[:80], phase=phase,
        file=files.keep(photo.content, media_type=photo.media_type, at=at),
        thumbnail=files.keep(photo.thumbnail, media_type=photo.media_type, at=at),
        received_sha256=photo.received_sha256, caption=_caption(row, phase, caption),
        taken_at=moment if moment and moment <= at else None, uploaded_at=at, uploaded_by_label=actor.label[:80],
        width=photo.width, height=photo.height, cover_count=max(0, min(cover_count, 99)),
    )  # fmt: skip
    if evidence_id:
        evidence.pk = evidence_id
    try:
        with transaction.atomic():
            evidence.save(force_insert=True)
    except IntegrityError:
        raise Conflict("same_id_other_content", _("同一编号已有另一张照片。")) from None
    journal.record(
        "evidence.attached", actor=actor, at=at, subject=row,
        detail={"evidence": evidence.pk, "sha256": evidence.file.sha256, "received": evidence.received_sha256, "phase": phase},
    )  # fmt: skip
    journal_kept(actor, at, row, kept, screening_override)
    return evidence


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that comes with a finding."""

    content: bytes
    file_name: str = ""
    phase: str = Phase.BEFORE
    caption: str = ""


@transaction.atomic
def record_finding(*, actor: Actor, at: datetime, photos: Sequence[NewPhoto] = (), **finding: Any) -> Finding:
    """This function will register a finding together with its photos: all of it or nothing.

    `finding` are the arguments of `register_finding`; sending the same again changes nothing.
    """
    made = register_finding(actor=actor, at=at, **finding)
    for number, photo in enumerate(photos):
        try:
            attach_evidence(
                actor=actor, at=at, content=photo.content, file_name=photo.file_name, finding_id=made.pk,
                phase=photo.phase, caption=photo.caption,
            )  # fmt: skip
        except DubanError as error:
            text = _("第%(number)s张（%(name)s）：%(message)s") % {
                "number": number + 1, "name": photo.file_name, "message": error.message,
            }  # fmt: skip
            raise Invalid(error.code, text, {f"photos_{photo.phase}": text}) from None
    return made


def _target(actor: Actor, visit_id: UUID | None, finding_id: UUID | None) -> Visit | Finding:
    if finding_id is not None:
        return get_visible(policy.findings_visible_to(actor).select_related("site"), finding_id)
    if visit_id is None:
        raise Invalid("no_target", _("照片须归入检查记录或问题。"))
    return get_visible(policy.visits_visible_to(actor).select_related("site"), visit_id)


def _known(row: Visit | Finding, evidence_id: UUID | None, received: str, phase: str) -> Evidence | None:
    if evidence_id is not None and (found := Evidence.objects.filter(pk=evidence_id).first()):
        if found.received_sha256 == received and row.pk in (found.finding_id, found.visit_id):
            return found
        raise Conflict("same_id_other_content", _("同一编号已有另一张照片。"))
    return row.evidence.filter(received_sha256=received, phase=phase).first()


def _caption(row: Visit | Finding, phase: str, caption: str) -> str:
    text = caption.strip() or f"{Phase(phase).label} · {row.site.name}"
    return text[:120]
