"""Writes on number series, numbers, issued documents and deliveries.

Other apps call these inside their own transaction: a number is taken, used and printed in the commit of its act,
so a rollback gives it back. Drawing the files happens after the commit (sweeps.py).
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.documents import drawing, policy
from duban.documents.capacities import issuing_body
from duban.documents.kinds import kind_of
from duban.documents.models import Delivery, Number, OfficialDocument, Series
from duban.documents.numbering import series_of
from duban.documents.states import DOCUMENT_TRANSITIONS, NUMBER_TRANSITIONS
from duban.kernel import clock, counters, jobs, journal, workflow
from duban.kernel.actor import SYSTEM, Actor
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

RENDER_JOB = "documents.render"


@transaction.atomic
def open_series(
    *,
    actor: Actor,
    at: datetime,
    body_id: UUID,
    campaign_id: UUID | None,
    code: str,
    title: str,
    pattern: str,
) -> Series:
    """This function will open a number series of a body, or return the one that is open under this code.

    `pattern` carries {serial} and, where numbers start anew each year, {year}.

    :raises Invalid: for a pattern without {serial}.
    """
    campaign = Campaign.objects.filter(pk=campaign_id).first() if campaign_id else None
    if campaign_id and campaign is None:
        raise NotFound()
    require(policy.can_open_series(actor, campaign))
    if "{serial}" not in pattern:
        raise Invalid("bad_pattern", _("文号格式须含“{serial}”。"), {"pattern": _("须含“{serial}”。")})
    known = Series.objects.filter(body_id=body_id, campaign_id=campaign_id, code=code).first()
    if known:
        return known
    series = Series(body_id=body_id, campaign_id=campaign_id, code=code, title=title, pattern=pattern)
    series.save(force_insert=True)
    journal.record("series.opened", actor=actor, at=at, subject=series, label=title, reason=pattern)
    return series


@transaction.atomic
def reserve_number(*, actor: Actor, at: datetime, series: Series) -> Number:
    """This function will take the next number of a series; its counter stays locked until the caller commits.

    A series whose pattern has no {year} counts on over the years.
    """
    require(policy.can_take_number(actor, series))
    year = clock.local_day(at).year
    by_year = "{year}" in series.pattern
    serial = counters.take(f"number.{series.pk}.{year}" if by_year else f"number.{series.pk}")
    _require_no_gap(series, year if by_year else None, serial)
    text = series.pattern.replace("{year}", str(year)).replace("{serial}", str(serial))
    number = Number(series=series, year=year, serial=serial, text=text, reserved_at=at)
    number.save(force_insert=True)
    journal.record(
        "number.reserved", actor=actor, at=at, subject=number, label=text, campaign_id=series.campaign_id
    )
    return number


def _require_no_gap(series: Series, year: int | None, serial: int) -> None:
    """A restored backup or a hand in the tables may tear counter and numbers apart: say so, give nothing out."""
    rows = series.numbers.filter(year=year) if year else series.numbers.all()
    last = rows.aggregate(last=models.Max("serial"))["last"] or 0
    if serial != last + 1:
        message = _(
            "“%(series)s”最后一个文号是 %(last)s，计数器已到 %(next)s，中间有缺号或重号。请管理员核对文号后再发文。"
        )
        raise Conflict(
            "number_gap", message % {"series": series.title, "last": last or _("无"), "next": serial - 1}
        )


@transaction.atomic
def take_number(*, actor: Actor, at: datetime, campaign: Campaign, kind: str) -> Number:
    """This function will take the next number of the series a kind is numbered in, opening the series at first use."""
    code, title, pattern = series_of(kind, campaign.order_number_pattern)
    body_id, campaign_id = campaign.body_id, campaign.pk
    if kind_of(kind).capacity:  # numbered over all campaigns of the commission
        body_id, campaign_id = issuing_body(campaign, kind_of(kind)).pk, None
    series = Series.objects.filter(body_id=body_id, campaign_id=campaign_id, code=code).first()
    if series is None:
        series = open_series(
            actor=SYSTEM,
            at=at,
            body_id=body_id,
            campaign_id=campaign_id,
            code=code,
            title=title,
            pattern=pattern,
        )
    return reserve_number(actor=actor, at=at, series=series)


@transaction.atomic
def use_number(*, actor: Actor, at: datetime, number: Number) -> Number:
    """This function will mark a reserved number as used.

    :raises WrongState: if it was used or voided before.
    """
    require(policy.can_take_number(actor, number.series))
    return workflow.move(number, NUMBER_TRANSITIONS, "use")


@transaction.atomic
def void_number(*, actor: Actor, at: datetime, number: Number, reason: str) -> Number:
    """This function will void a number for good; it keeps its place with the reason and is never given again.

    :raises Invalid: without a reason.
    """
    require(policy.can_take_number(actor, number.series))
    require_reason(reason)
    workflow.move(number, NUMBER_TRANSITIONS, "void", void_reason=reason.strip())
    journal.record(
        "number.voided",
        actor=actor,
        at=at,
        subject=number,
        label=number.text,
        reason=reason,
        campaign_id=number.series.campaign_id,
    )
    return number


@transaction.atomic
def issue_document(
    *,
    actor: Actor,
    at: datetime,
    campaign: Campaign,
    kind: str,
    title: str,
    record: dict[str, Any],
    subject: models.Model,
    number: Number | None = None,
    main_ids: Iterable[UUID] = (),
    copy_ids: Iterable[UUID] = (),
    area_path: str = "",
    **more: Any,
) -> OfficialDocument:
    """This function will freeze a record as an official document, use its number and send it to its units.

    `record` follows kinds/<kind>/kind.yaml; dates are local. The area is the subject's unless given. `more` are the
    document's audience, names, and what it corrects or is a variant of.

    :raises Invalid: naming each field the record lacks.
    """
    require(policy.can_issue_document(actor, campaign))
    record = dict(record)
    if number is not None and "issue_no" not in record:  # an issue number is printed as 第N期, not as 文号
        record.setdefault("number", number.text)
    drawing.check(kind, record)
    document = OfficialDocument(
        campaign=campaign,
        kind=kind,
        number=number,
        number_text=number.text if number else more.pop("number_text", ""),
        title=title[:200],
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        record=record,
        record_digest=record_digest(record),
        issued_at=at,
        issued_by_label=actor.label[:80],
        area_path=area_path or getattr(subject, "area_path", "") or campaign.area_path,
        **more,
    )
    document.save(force_insert=True)
    if number is not None:
        workflow.move(number, NUMBER_TRANSITIONS, "use")
    _deliver(document, at, main_ids, copy_ids)
    detail = {"kind": kind, "digest": document.record_digest}
    journal.record("document.issued", actor=actor, at=at, subject=document, detail=detail)
    jobs.after_commit(RENDER_JOB, str(document.pk))
    return document


@transaction.atomic
def send_document(
    *,
    actor: Actor,
    at: datetime,
    document_id: UUID,
    main_ids: Iterable[UUID] = (),
    copy_ids: Iterable[UUID] = (),
) -> OfficialDocument:
    """This function will send an issued document to further units; nobody is sent it twice."""
    document = get_visible(policy.documents_visible_to(actor), document_id)
    require(policy.can_send_document(actor, document))
    _deliver(document, at, main_ids, copy_ids)
    journal.record("document.sent", actor=actor, at=at, subject=document)
    return document


def _deliver(
    document: OfficialDocument, at: datetime, main_ids: Iterable[UUID], copy_ids: Iterable[UUID]
) -> None:
    there = set(document.deliveries.values_list("unit_id", flat=True))
    mains = [unit_id for unit_id in dict.fromkeys(main_ids) if unit_id not in there]
    copies = [unit_id for unit_id in dict.fromkeys(copy_ids) if unit_id not in there.union(mains)]
    Delivery.objects.bulk_create(
        [Delivery(document=document, unit_id=unit_id, sent_at=at) for unit_id in mains]
        + [Delivery(document=document, unit_id=unit_id, is_copy=True, sent_at=at) for unit_id in copies]
    )


def record_digest(record: dict[str, Any]) -> str:
    """This function will return the SHA-256 (hex) over the one JSON text of a record."""
    return hashlib.sha256(journal.canonical(record).encode()).hexdigest()


@transaction.atomic
def void_document(*, actor: Actor, at: datetime, document_id: UUID, reason: str) -> OfficialDocument:
    """This function will void a document and its number; both stay readable with the reason.

    :raises Invalid: without a reason.
    """
    document = get_visible(policy.documents_visible_to(actor), document_id)
    require(policy.can_void_document(actor, document))
    require_reason(reason)
    workflow.move(document, DOCUMENT_TRANSITIONS, "void", void_reason=reason.strip())
    if document.number is not None:
        workflow.move(document.number, NUMBER_TRANSITIONS, "void", void_reason=reason.strip())
    journal.record("document.voided", actor=actor, at=at, subject=document, reason=reason)
    return document


@transaction.atomic
def receive_document(*, actor: Actor, at: datetime, delivery_id: UUID) -> Delivery:
    """This function will acknowledge a delivery for the receiving unit, once.

    :raises Denied: for anybody but the receiving unit.
    """
    rows = policy.deliveries_visible_to(actor).select_related("document__campaign", "unit")
    delivery = get_visible(rows, delivery_id, lock=True)
    require(policy.can_receive_document(actor, delivery))
    delivery.received_at = at
    delivery.received_by_label = actor.label[:80]
    delivery.save(update_fields=["received_at", "received_by_label"])
    journal.record(
        "document.received", actor=actor, at=at, subject=delivery.document, reason=delivery.unit.name
    )
    return delivery


@transaction.atomic
def receive_documents(*, actor: Actor, at: datetime, delivery_ids: Iterable[UUID]) -> list[Delivery]:
    """This function will acknowledge several deliveries at once; what a colleague acknowledged meanwhile stays as it is.

    :raises Denied: if one of them went to somebody else.
    """
    waiting = policy.deliveries_visible_to(actor).filter(pk__in=set(delivery_ids), received_at=None)
    keys = waiting.order_by("sent_at", "pk").values_list("pk", flat=True)
    return [receive_document(actor=actor, at=at, delivery_id=key) for key in list(keys)]


@transaction.atomic
def take_as_received(*, actor: Actor, at: datetime, subject: Any, unit_id: UUID, label: str) -> int:
    """This function will acknowledge what was issued to a unit about `subject`, which the unit has just signed for or answered.

    No line of its own in the journal: the act that calls it has one. A unit signs once, not for the paper again.
    """
    waiting = Delivery.objects.filter(
        document__subject_type=subject._meta.label_lower, document__subject_id=subject.pk, unit_id=unit_id, received_at=None
    )  # fmt: skip
    return waiting.update(received_at=at, received_by_label=label[:80])


@transaction.atomic
def urge_receipt(*, actor: Actor, at: datetime, delivery_id: UUID) -> Delivery:
    """This function will note that a unit was urged to acknowledge a document; the caller tells the unit.

    :raises Denied: once it is acknowledged, or within an hour of the last time.
    """
    rows = policy.deliveries_visible_to(actor).select_related("document__campaign", "unit")
    delivery = get_visible(rows, delivery_id, lock=True)
    require(policy.can_urge_receipt(actor, delivery, at))
    delivery.urged_at, delivery.urge_count = at, delivery.urge_count + 1
    delivery.save(update_fields=["urged_at", "urge_count"])
    journal.record("document.urged", actor=actor, at=at, subject=delivery.document, reason=delivery.unit.name)
    return delivery


@transaction.atomic
def record_download(*, actor: Actor, at: datetime, document_id: UUID, suffix: str) -> OfficialDocument:
    """This function will note in the journal that somebody took a copy of a document."""
    document = get_visible(policy.documents_visible_to(actor), document_id)
    journal.record("document.downloaded", actor=actor, at=at, subject=document, reason=suffix)
    return document


def render_document(
    *, actor: Actor, at: datetime, document_id: UUID, suffix: str = "pdf"
) -> OfficialDocument:
    """This function will draw a document's PDF or Word file unless it is stored, outside a long transaction.

    The frozen record gives the same bytes each time, so two workers at once store one file.
    """
    document = get_visible(policy.documents_visible_to(actor), document_id)
    if getattr(document, f"{suffix}_id"):
        return document
    drawn = drawing.draw(document, suffix)
    with transaction.atomic():
        drawing.keep_drawn(document, suffix, drawn, at)
    return document


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})
