"""Named reads of documents, numbers and deliveries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from duban.campaigns.models import Campaign
from duban.documents import policy
from duban.documents.capacities import bodies_near
from duban.documents.models import (
    GUARDED_KINDS,
    Bundle,
    Delivery,
    Draft,
    Number,
    OfficialDocument,
    RecipientGroup,
    Series,
)
from duban.documents.states import DraftState, NumberState
from duban.kernel import files
from duban.kernel.actor import CASE_ROLES, Actor, Role
from duban.kernel.bounded import count_of
from duban.people.models import User


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


def document_rows(document_id: UUID | None) -> QuerySet[OfficialDocument]:
    """Return the one document (or none) a link points at."""
    return OfficialDocument.objects.filter(pk=document_id)


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


def drafts_listed(
    actor: Actor, campaign: Campaign, *, state: str = "", mine: bool = False
) -> QuerySet[Draft]:
    """Return the campaign's drafts the actor may read, newest change first; `mine` = lying with the actor now."""
    rows = policy.drafts_visible_to(actor).filter(campaign=campaign)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(pk__in=drafts_with(actor).values("pk")) if mine else rows
    return rows.select_related("drafted_by", "reviewer", "signer", "number").order_by("-changed_at", "-id")


def drafts_with(actor: Actor, *, campaign_id: UUID | None = None) -> QuerySet[Draft]:
    """Return the drafts that wait for the actor's review, countersignature or signature."""
    me = actor.user_id
    waiting = (
        Q(state=DraftState.REVIEWING, reviewer_id=me)
        | Q(state=DraftState.SIGNING, signer_id=me)
        | Q(
            state=DraftState.COUNTERSIGNING,
            pk__in=Draft.objects.filter(
                countersignatures__user_id=me, countersignatures__agreed_at=None
            ).values("pk"),
        )
    )
    rows = policy.drafts_visible_to(actor).filter(waiting)
    return rows.filter(campaign_id=campaign_id) if campaign_id else rows


def approvers(campaign: Campaign, roles: frozenset[Role] = CASE_ROLES) -> QuerySet[User]:
    """Return the persons who may review, countersign or (campaign heads) sign in a campaign, by post."""
    held = Q(grants__role__in=roles, grants__revoked_at=None)
    held &= Q(grants__campaign_id=None) | Q(grants__campaign_id=campaign.pk)
    return User.objects.filter(held, is_active=True).distinct().order_by("post_label", "username")


def signers(campaign: Campaign) -> QuerySet[User]:
    """Return the persons who may sign for the campaign's body."""
    return approvers(campaign, frozenset({Role.CAMPAIGN_HEAD}))


def approvers_of(draft: Draft) -> QuerySet[User]:
    """Return the persons who may review and countersign a draft: of a guarded kind only those who may write it."""
    is_guarded = draft.kind in GUARDED_KINDS
    return approvers(draft.campaign, policy.GUARDED_WRITERS if is_guarded else CASE_ROLES)


def groups_of(campaign: Campaign) -> QuerySet[RecipientGroup]:
    """Return the campaign's recipient groups with their listed units."""
    return RecipientGroup.objects.filter(campaign=campaign).prefetch_related("units").order_by("name")


def series_of_campaign(campaign: Campaign) -> QuerySet[Series]:
    """Return the number series of a campaign, and those the body above it numbers its recommendations in."""
    rows = Series.objects.filter(
        Q(campaign=campaign) | Q(campaign=None, body__in=bodies_near(campaign).order_by())
    )
    return rows.select_related("body").order_by("title", "code")


def series_listed(actor: Actor, campaign: Campaign) -> QuerySet[Series]:
    """Return those of the campaign's series whose numbers the actor may read, hold and void by hand."""
    visible = policy.series_visible_to(actor, campaign).values("pk")
    return series_of_campaign(campaign).filter(pk__in=visible)


def numbers_of(series: Series, *, limit: int = 100) -> list[Number]:
    """Return the latest numbers of a series with their documents."""
    rows = Number.objects.filter(series=series).select_related("document", "draft")
    return list(rows.order_by("-year", "-serial")[:limit])


def bundles_of(actor: Actor, campaign: Campaign) -> QuerySet[Bundle]:
    """Return the bundles the actor asked for, newest first."""
    return policy.bundles_visible_to(actor).filter(campaign=campaign).select_related("file")


def without_document(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Return those of `rows` about which no document of this kind stands."""
    made = OfficialDocument.objects.filter(kind=kind).exclude(state="voided").values("subject_id")
    return rows.exclude(pk__in=made)


def reserved_number(actor: Actor, campaign: Campaign, number_id: UUID) -> Number | None:
    """Return a number of the campaign's series that is reserved and not on a draft."""
    rows = Number.objects.filter(
        series__in=series_listed(actor, campaign).order_by(), state=NumberState.RESERVED, draft=None
    )
    return rows.select_related("series").filter(pk=number_id).first()
