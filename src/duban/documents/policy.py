"""Who may see, draft, approve, issue, receive and void official documents.

A document is seen by the bodies of its area, by every unit it was delivered to, and through its order's link.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import BooleanField, F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.documents.models import (
    CIRCULATED_KINDS,
    GUARDED_KINDS,
    GUARDED_SERIES,
    Audience,
    Bundle,
    Delivery,
    Draft,
    OfficialDocument,
    RecipientGroup,
    Series,
)
from duban.documents.states import (
    BUNDLE_TRANSITIONS,
    DOCUMENT_TRANSITIONS,
    DRAFT_TRANSITIONS,
    DocumentState,
    DraftState,
)
from duban.kernel.actor import CASE_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING, area_condition
from duban.kernel.workflow import can_move

STAFF_ROLES = CASE_ROLES | {Role.COVERT_INSPECTOR, Role.AUDITOR}
# Who reads the papers of guarded kinds, their numbers and their deliveries.
FULL_READERS = frozenset({Role.CAMPAIGN_HEAD, Role.AUDITOR})
# Who of them writes, reviews and signs such papers; an auditor writes nothing.
GUARDED_WRITERS = frozenset({Role.CAMPAIGN_HEAD})
# An empty Q() vanishes in “Q() | other”, so “everything” must be said in words.
EVERYTHING = ~NOTHING
URGE_AGAIN = timedelta(hours=1)
RECEIVING_ROLES = frozenset({Role.UNIT_LIAISON, Role.LINE_AUTHORITY})


def documents_visible_to(actor: Actor) -> QuerySet[OfficialDocument]:
    """Return the documents the actor may read."""
    rows = OfficialDocument.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is Kind.UNIT_LINK:
        return rows.filter(subject_id=actor.order_id) if actor.order_id else rows.none()
    if actor.kind is not Kind.USER:
        return rows.none()
    condition = area_condition(actor, FULL_READERS) or EVERYTHING
    condition |= (area_condition(actor, STAFF_ROLES) or EVERYTHING) & ~Q(kind__in=GUARDED_KINDS)
    condition |= _circulated(actor)
    delivered = _delivered(actor)
    if delivered is not None:
        condition |= Q(pk__in=delivered)
    return rows.filter(condition)


def _circulated(actor: Actor) -> Q:
    campaigns = {grant.campaign_id for grant in actor.grants if grant.role in STAFF_ROLES}
    if not campaigns:
        return NOTHING
    in_campaign = Q() if None in campaigns else Q(campaign_id__in=campaigns)
    if connection.vendor != "sqlite":
        return in_campaign & Q(kind__in=CIRCULATED_KINDS)
    # SQLite takes every kind for as frequent as a letter and would read all letters. The index of the circulated ones
    # serves only who writes its condition out: a bound value could be any kind.
    listed = ", ".join(f"'{kind}'" for kind in CIRCULATED_KINDS)
    is_circulated = RawSQL(f"kind IN ({listed})", (), output_field=BooleanField())  # noqa: S611 - constants above
    return Q(pk__in=OfficialDocument.objects.filter(in_campaign, is_circulated).values("pk"))


def _delivered(actor: Actor) -> QuerySet[Delivery] | None:
    if not actor.has_role(RECEIVING_ROLES | {Role.HEADQUARTERS}):
        return None
    return deliveries_visible_to(actor, received_only=True).values("document_id")


def deliveries_visible_to(actor: Actor, *, received_only: bool = False) -> QuerySet[Delivery]:
    """Return the deliveries the actor may read; with `received_only` those to the actor's own units."""
    rows = Delivery.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is Kind.UNIT_LINK and actor.order_id:
        return rows.filter(document__subject_id=actor.order_id, unit_id=actor.unit_id)
    if actor.kind is not Kind.USER:
        return rows.none()
    campaign = "document__campaign_id"
    own = area_condition(actor, RECEIVING_ROLES, path_field="unit__path", campaign_field=campaign)
    own = (own or EVERYTHING) | _to_headquarters(actor)
    if received_only:
        return rows.filter(own)
    paths = {"path_field": "document__area_path", "campaign_field": campaign}
    full = area_condition(actor, FULL_READERS, **paths) or EVERYTHING
    staff = (area_condition(actor, STAFF_ROLES, **paths) or EVERYTHING) & ~Q(document__kind__in=GUARDED_KINDS)
    return rows.filter(own | full | staff)


def _to_headquarters(actor: Actor) -> Q:
    """Return the condition for what was sent to the headquarters the actor serves, never to other units."""
    campaigns = {grant.campaign_id for grant in actor.grants if grant.role is Role.HEADQUARTERS}
    if not campaigns:
        return NOTHING
    condition = Q(unit_id=F("document__campaign__headquarters_id"))
    return condition if None in campaigns else condition & Q(document__campaign_id__in=campaigns)


def series_visible_to(actor: Actor, campaign: Campaign) -> QuerySet[Series]:
    """Return the number series of all bodies the actor may read in a campaign: guarded ones are left to full readers."""
    rows = Series.objects.all()
    if actor.is_system or actor.has_role(FULL_READERS, campaign_id=campaign.pk):
        return rows
    return (
        rows.exclude(code__in=GUARDED_SERIES)
        if actor.has_role(OFFICE_ROLES, campaign_id=campaign.pk)
        else rows.none()
    )


def can_open_series(actor: Actor, campaign: Campaign | None) -> Decision:
    """Test whether the actor may set up a number series."""
    campaign_id = campaign.pk if campaign else None
    if actor.is_system or actor.has_role(OFFICE_ROLES | {Role.ADMIN}, campaign_id=campaign_id):
        return ALLOW
    return deny("not_office", _("只有专班可以设立文号序列。"))


def can_take_number(actor: Actor, series: Series) -> Decision:
    """Test whether the actor may take numbers of a series (the caller's own policy decides the act)."""
    if actor.is_system or actor.has_role(CASE_ROLES, campaign_id=series.campaign_id):
        return ALLOW
    return deny("not_staff", _("只有专班和督导组可以编文号。"))


def can_issue_document(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may issue documents at all (the caller's own policy decides the act)."""
    if actor.is_system or actor.has_role(CASE_ROLES, campaign_id=campaign.pk):
        return ALLOW
    return deny("not_staff", _("只有专班和督导组可以印发公文。"))


def can_send_document(actor: Actor, document: OfficialDocument) -> Decision:
    """Test whether the actor may send the document to further units."""
    if document.state != DocumentState.ISSUED:
        return deny("already_void", _("这份公文已作废。"))
    return can_issue_document(actor, document.campaign)


def can_void_document(actor: Actor, document: OfficialDocument) -> Decision:
    """Test whether the actor may void an issued document."""
    if not can_move(document.state, DOCUMENT_TRANSITIONS, "void"):
        return deny("already_void", _("这份公文已作废。"))
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=document.campaign_id):
        return ALLOW
    return deny("not_office", _("只有专班可以作废公文。"))


def can_receive_document(actor: Actor, delivery: Delivery) -> Decision:
    """Test whether the actor may acknowledge a delivery for the receiving unit."""
    if delivery.received_at:
        return deny("already_received", _("这份公文已签收。"))
    if actor.kind is Kind.UNIT_LINK and actor.unit_id == delivery.unit_id:
        return ALLOW
    campaign = delivery.document.campaign
    if actor.has_role(RECEIVING_ROLES, campaign_id=campaign.pk, path=delivery.unit.path):
        return ALLOW
    if delivery.unit_id == campaign.headquarters_id and actor.has_role(
        {Role.HEADQUARTERS}, campaign_id=campaign.pk
    ):
        return ALLOW
    return deny("not_addressee", _("只有收文单位可以签收。"))


def can_urge_receipt(actor: Actor, delivery: Delivery, at: datetime) -> Decision:
    """Test whether the actor may urge the unit to acknowledge the document."""
    if delivery.received_at:
        return deny("already_received", _("这份公文已签收。"))
    if delivery.document.state != DocumentState.ISSUED:
        return deny("already_void", _("这份公文已作废。"))
    if delivery.urged_at and at - delivery.urged_at < URGE_AGAIN:
        return deny("urged_just_now", _("一小时内已经催过。"))
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=delivery.document.campaign_id):
        return ALLOW
    return deny("not_office", _("只有专班可以催签收。"))


def can_make_variant(actor: Actor, document: OfficialDocument) -> Decision:
    """Test whether the actor may make a public version of an internal document."""
    if document.state != DocumentState.ISSUED:
        return deny("already_void", _("这份公文已作废。"))
    if document.audience != Audience.INTERNAL:
        return deny("not_internal", _("公开版只能由内部版生成。"))
    if document.kind in GUARDED_KINDS:
        return deny("guarded_kind", _("这种文书不出公开版。"))
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=document.campaign_id):
        return ALLOW
    return deny("not_office", _("只有专班可以生成公开版。"))


def can_draft(actor: Actor, campaign: Campaign, kind: str = "") -> Decision:
    """Test whether the actor may draft official documents (of this kind) and keep the recipient groups."""
    if kind in GUARDED_KINDS and not (
        actor.user_id and actor.has_role(GUARDED_WRITERS, campaign_id=campaign.pk)
    ):
        return deny("guarded_kind", _("这种文书只由专班负责人拟稿、核稿和签发。"))
    if actor.user_id and actor.has_role(OFFICE_ROLES, campaign_id=campaign.pk):
        return ALLOW
    return deny("not_office", _("只有专班可以拟稿。"))


def can_correct(actor: Actor, document: OfficialDocument, kind: str) -> Decision:
    """Test whether a draft of this kind may correct the document: a guarded one is corrected by its own kind only."""
    if document.kind in GUARDED_KINDS and kind != document.kind:
        return deny("guarded_kind", _("更正这份文书，须用同一种文书。"))
    return can_draft(actor, document.campaign, document.kind)


def drafts_visible_to(actor: Actor) -> QuerySet[Draft]:
    """Return the drafts of the actor's office, and those in which the actor is named; guarded ones for heads only."""
    rows = Draft.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is not Kind.USER:
        return rows.none()
    named = Q(drafted_by_id=actor.user_id) | Q(reviewer_id=actor.user_id) | Q(signer_id=actor.user_id)
    asked = Q(pk__in=Draft.objects.filter(countersignatures__user_id=actor.user_id).values("pk"))
    seen = (named | asked) & ~Q(state=DraftState.DRAFTING) | Q(drafted_by_id=actor.user_id)
    open_kinds = ((area_condition(actor, OFFICE_ROLES) or EVERYTHING) | seen) & ~Q(kind__in=GUARDED_KINDS)
    return rows.filter(open_kinds | (area_condition(actor, GUARDED_WRITERS) or EVERYTHING))


def groups_visible_to(actor: Actor) -> QuerySet[RecipientGroup]:
    """Return the recipient groups of the campaigns the actor drafts for."""
    rows = RecipientGroup.objects.all()
    if actor.is_system:
        return rows
    condition = area_condition(actor, OFFICE_ROLES, path_field="campaign__area_path")
    return rows.filter(condition or EVERYTHING)


def can_change_draft(actor: Actor, draft: Draft) -> Decision:
    """Test whether the actor may change, hand in or discard the draft: its drafter, while it is with the drafter."""
    if draft.state != DraftState.DRAFTING:
        return deny("under_approval", _("文稿正在办理，撤回后才能修改。"))
    if actor.user_id == draft.drafted_by_id:
        return ALLOW
    return deny("not_drafter", _("只有拟稿人可以修改。"))


def can_recall_draft(actor: Actor, draft: Draft) -> Decision:
    """Test whether the drafter may take the text back before it is signed."""
    if not can_move(draft.state, DRAFT_TRANSITIONS, "recall"):
        return deny("not_under_approval", _("文稿不在办理中。"))
    return ALLOW if actor.user_id == draft.drafted_by_id else deny("not_drafter", _("只有拟稿人可以撤回。"))


def can_review_draft(actor: Actor, draft: Draft) -> Decision:
    """Test whether the actor is the named reviewer and the text is there."""
    if draft.state != DraftState.REVIEWING:
        return deny("not_for_review", _("文稿不在核稿环节。"))
    return (
        ALLOW if actor.user_id == draft.reviewer_id else deny("not_reviewer", _("只有指定的核稿人可以核稿。"))
    )


def can_countersign_draft(actor: Actor, draft: Draft, waiting: bool) -> Decision:
    """Test whether the actor is asked to countersign (`waiting`) and the text is there."""
    if draft.state != DraftState.COUNTERSIGNING:
        return deny("not_for_countersigning", _("文稿不在会签环节。"))
    return ALLOW if waiting else deny("not_countersigner", _("您不在会签人中，或已经会签。"))


def can_sign_draft(actor: Actor, draft: Draft) -> Decision:
    """Test whether the actor is the named signer, holds the office, and is not the drafter."""
    if draft.state != DraftState.SIGNING:
        return deny("not_for_signing", _("文稿不在签发环节。"))
    if actor.user_id != draft.signer_id:
        return deny("not_signer", _("只有指定的签发人可以签发。"))
    if actor.user_id == draft.drafted_by_id:
        return deny("own_draft", _("拟稿人不能签发自己的文稿。"))
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=draft.campaign_id):
        return ALLOW
    return deny("not_head", _("签发人须为专班负责人。"))


def can_send_back_draft(actor: Actor, draft: Draft, waiting: bool) -> Decision:
    """Test whether the text lies with the actor, who may send it back to the drafter."""
    if (
        can_review_draft(actor, draft)
        or can_countersign_draft(actor, draft, waiting)
        or can_sign_draft(actor, draft)
    ):
        return ALLOW
    return deny("not_with_you", _("文稿不在您这里办理。"))


def bundles_visible_to(actor: Actor) -> QuerySet[Bundle]:
    """Return the bundles the actor asked for."""
    rows = Bundle.objects.all()
    return rows if actor.is_system else rows.filter(asked_by_id=actor.user_id)


def can_retry_bundle(actor: Actor, bundle: Bundle) -> Decision:
    """Test whether a failed bundle may be tried again."""
    if can_move(bundle.state, BUNDLE_TRANSITIONS, "retry"):
        return ALLOW
    return deny("not_failed", _("只有生成失败的可以重试。"))
