"""Who may see, issue, receive and void official documents.

A document is seen by the bodies of its area, by every unit it was delivered to, and through its order's link.
"""

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.documents.models import Delivery, OfficialDocument, Series
from duban.documents.states import DOCUMENT_TRANSITIONS, DocumentState
from duban.kernel.actor import CASE_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING, area_condition
from duban.kernel.workflow import can_move

# Read by every staff member of the campaign wherever the own area lies.
CIRCULATED_KINDS = ("bulletin", "daily_summary")
# Would tell where a team is going, or that a covert team exists.
GUARDED_KINDS = ("dispatch_sheet", "draw_record")
STAFF_ROLES = CASE_ROLES | {Role.COVERT_INSPECTOR, Role.AUDITOR}
# An empty Q() vanishes in “Q() | other”, so “everything” must be said in words.
EVERYTHING = ~NOTHING
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
    condition = area_condition(actor, {Role.CAMPAIGN_HEAD, Role.AUDITOR}) or EVERYTHING
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
    circulated = Q(kind__in=CIRCULATED_KINDS)
    return circulated if None in campaigns else circulated & Q(campaign_id__in=campaigns)


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
    staff = area_condition(actor, STAFF_ROLES, path_field="document__area_path", campaign_field=campaign)
    return rows.filter(own | (staff or EVERYTHING))


def _to_headquarters(actor: Actor) -> Q:
    """Return the condition for what was sent to the headquarters the actor serves, never to other units."""
    campaigns = {grant.campaign_id for grant in actor.grants if grant.role is Role.HEADQUARTERS}
    if not campaigns:
        return NOTHING
    condition = Q(unit_id=F("document__campaign__headquarters_id"))
    return condition if None in campaigns else condition & Q(document__campaign_id__in=campaigns)


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
