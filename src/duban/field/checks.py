"""Verifications and look-backs on a phone: what waits for this person, with its photos, and handing the result in.

The phone writes them without signal and hands them in later. Its own id makes a repeat harmless; its own time is kept
and not trusted: the time of receipt counts, as for everything that moves a case (§2.10).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse

from duban.field import queries
from duban.field.openrosa import asked_id, door, require_reader, told_time
from duban.inspection.models import Evidence, Finding
from duban.inspection.policy import evidence_visible_to
from duban.kernel import clock, files
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.people import devices
from duban.rectification import operations as rectification
from duban.rectification import policy
from duban.rectification.models import LookBack, OrderItem, VerificationMethod
from duban.rectification.queries import findings_to_verify, look_backs_listed, photos_of

MOST = 60  # of each kind: a phone's day, not the office's queue
Row = dict[str, Any]


def waiting(actor: Actor, at: datetime) -> list[Row]:
    """Return what this person may verify or look at again in the running campaigns of own teams, those due first."""
    rows: list[Row] = []
    for campaign_id in queries.campaigns_of(actor):
        rows += _to_verify(actor, campaign_id)
        rows += _to_look_at(actor, campaign_id)
    return sorted(rows, key=lambda row: row["due"] or "9")


def _to_verify(actor: Actor, campaign_id: UUID) -> list[Row]:
    rows: list[Row] = []
    for finding in (
        findings_to_verify(actor, campaign_id).prefetch_related("evidence").iterator(chunk_size=MOST)
    ):
        if len(rows) == MOST:
            break
        item = finding.open_items[0] if finding.open_items else None
        if item is None or not _may(actor, finding, item):
            continue
        reply = next(iter(item.replies.all()), None)
        needs_site = not _may(actor, finding, item, VerificationMethod.PHOTOS)
        rows.append(_row("verify", finding.pk, finding) | {
            "order": item.order.number_text, "asked": item.requirement, "needs_site": needs_site,
            "reply": reply.measures if reply else "", "due": clock.local(finding.due_at).isoformat() if finding.due_at else "",
        })  # fmt: skip
    return rows


def _may(actor: Actor, finding: Finding, item: OrderItem, method: str = "") -> bool:
    replies = [answer.reply for answer in item.replies.all()]
    return bool(policy.can_verify(actor, finding, item.order, replies, method))


def _to_look_at(actor: Actor, campaign_id: UUID) -> list[Row]:
    listed: list[LookBack] = list(
        look_backs_listed(actor, campaign_id)
        .filter(done_at=None)
        .prefetch_related("finding__evidence")[: MOST * 2]
    )
    mine = [one for one in listed if policy.can_record_look_back(actor, one)][:MOST]
    return [
        _row("look_back", one.pk, one.finding) | {
            "order": "", "asked": "", "needs_site": True, "reply": one.finding.on_spot_note, "due": one.due_on.isoformat(),
        }
        for one in mine
    ]  # fmt: skip


def _row(kind: str, key: UUID, finding: Finding) -> Row:
    photos = [str(one.pk) if one and one.thumbnail_id else "" for one in photos_of(finding)]
    return {
        "kind": kind, "id": str(key), "number": str(finding), "fact": finding.fact, "severity": finding.get_severity_display(),
        "unit": finding.unit.name, "site": finding.site.name, "site_code": finding.site.code,
        "address": finding.site.address, "before": photos[0], "after": photos[1],
    }  # fmt: skip


@door("GET")
def photo(request: HttpRequest, holder: devices.Holder, token: str, evidence_id: UUID) -> FileResponse:
    """Give the small picture of a photo this person may see."""
    require_reader(holder)
    rows = evidence_visible_to(holder.actor).select_related("thumbnail")
    found: Evidence = get_visible(rows, evidence_id)
    if found.thumbnail is None:
        raise NotFound("no_thumbnail")
    return FileResponse(files.open_file(found.thumbnail), content_type=found.thumbnail.media_type)


@door("POST")
def verify(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Take one verification written on the phone."""
    require_reader(holder)
    rectification.verify_item(
        actor=holder.actor, at=request.at, verification_id=asked_id(request, "id"), finding_id=asked_id(request, "target"),
        outcome=request.POST.get("outcome", ""), method=request.POST.get("method", ""),
        opinion=request.POST.get("opinion", ""), told_at=told_time(request.POST.get("told_at")),
    )  # fmt: skip
    return HttpResponse(status=201)


@door("POST")
def look_back(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Take the result of one look-back written on the phone."""
    require_reader(holder)
    held = request.POST.get("held", "")
    if held not in ("yes", "no"):
        raise Invalid("bad_value", "held")
    rectification.record_look_back(
        actor=holder.actor, at=request.at, look_back_id=asked_id(request, "target"), held=held == "yes",
        note=request.POST.get("note", ""), told_at=told_time(request.POST.get("told_at")),
    )  # fmt: skip
    return HttpResponse(status=201)
