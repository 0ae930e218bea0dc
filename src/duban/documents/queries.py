"""Named reads of documents, numbers and deliveries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from duban.documents import policy
from duban.documents.models import Delivery, Number, OfficialDocument, Series
from duban.documents.states import NumberState
from duban.kernel import files
from duban.kernel.actor import Actor
from duban.kernel.bounded import count_of


@dataclass(frozen=True, slots=True)
class SeriesState:
    """How a series stands in a year: numbers given, used, voided, reserved, and serials that are missing."""

    year: int
    last: int
    used: int
    voided: int
    reserved: int
    missing: tuple[int, ...]


def documents_listed(
    actor: Actor,
    *,
    campaign_id: UUID | None = None,
    kind: str = "",
    state: str = "",
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    unread_only: bool = False,
) -> QuerySet[OfficialDocument]:
    """Return the readable documents with the counts of their deliveries, newest first."""
    rows = policy.documents_visible_to(actor).select_related("campaign", "number")
    if campaign_id:
        rows = rows.filter(campaign_id=campaign_id)
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(Q(number_text__icontains=text) | Q(title__icontains=text))
    if since:
        rows = rows.filter(issued_at__gte=since)
    if until:
        rows = rows.filter(issued_at__lt=until)
    if unread_only:
        rows = rows.filter(pk__in=Delivery.objects.filter(received_at=None).values("document_id"))
    return rows.annotate(
        sent_count=count_of(Delivery, "document"),
        received_count=count_of(Delivery, "document", received_at__isnull=False),
    ).order_by("-issued_at", "-id")


def unread_deliveries(actor: Actor, *, campaign_id: UUID | None = None) -> QuerySet[Delivery]:
    """Return what was sent to the actor's own units and is not yet acknowledged."""
    rows = policy.deliveries_visible_to(actor, received_only=True).filter(
        received_at=None, document__state="issued"
    )
    if campaign_id:
        rows = rows.filter(document__campaign_id=campaign_id)
    return rows.select_related("document", "unit").order_by("sent_at", "id")


def deliveries_of(document: OfficialDocument) -> QuerySet[Delivery]:
    """Return the deliveries of a document: main recipients first, then copies."""
    return document.deliveries.select_related("unit").order_by("is_copy", "unit__path")


def documents_about(subject_type: str, subject_id: UUID) -> QuerySet[OfficialDocument]:
    """Return the documents issued about one object, newest first."""
    rows = OfficialDocument.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return rows.order_by("-issued_at")


def series_states(series: Series) -> list[SeriesState]:
    """Return how a series stands, per year; `missing` is empty by construction and shown to prove it."""
    rows = (
        Number.objects.filter(series=series)
        .values("year")
        .annotate(
            last=Max("serial"),
            used=Count("id", filter=Q(state=NumberState.USED)),
            voided=Count("id", filter=Q(state=NumberState.VOIDED)),
            reserved=Count("id", filter=Q(state=NumberState.RESERVED)),
        )
        .order_by("year")
    )
    states: list[SeriesState] = []
    before = 0
    for row in rows:
        first = 1 if "{year}" in series.pattern else before + 1
        present = set(Number.objects.filter(series=series, year=row["year"]).values_list("serial", flat=True))
        missing = tuple(n for n in range(first, row["last"] + 1) if n not in present)
        before = row["last"]
        states.append(SeriesState(missing=missing, **row))
    return states


def file_bytes(document: OfficialDocument, suffix: str) -> bytes:
    """Return the stored bytes of a drawn file."""
    return files.read(getattr(document, suffix))
