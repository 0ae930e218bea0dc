"""Who may ask units for figures, who approves it, who objects and who answers (G-30…G-35)."""

from uuid import UUID

from django.db.models import QuerySet

from duban.burden.models import Deferral, FormApproval, Objection
from duban.burden.states import ApprovalState, ObjectionState
from duban.campaigns.models import Campaign
from duban.kernel.actor import CASE_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import area_condition
from duban.territory.models import Unit

READERS = frozenset({*OFFICE_ROLES, Role.LEADER, Role.TEAM_HEAD, Role.INSPECTOR})


def approvals_visible_to(actor: Actor) -> QuerySet[FormApproval]:
    """Return the form approvals of the campaigns the actor works in; a unit sees what it may be asked."""
    if actor.is_system:
        return FormApproval.objects.all()
    campaigns = {grant.campaign_id for grant in actor.grants if grant.role in {*READERS, Role.UNIT_LIAISON}}
    if not campaigns:
        return FormApproval.objects.none()
    rows = FormApproval.objects.all()
    if None not in campaigns:
        rows = rows.filter(campaign_id__in=campaigns)
    if actor.has_role(READERS):
        return rows
    return rows.filter(state=ApprovalState.APPROVED)


def objections_visible_to(actor: Actor) -> QuerySet[Objection]:
    """Return the objections of units in the actor's area, or of the own unit."""
    if actor.is_system:
        return Objection.objects.all()
    if actor.kind is Kind.UNIT_LINK:
        return Objection.objects.filter(unit_id=actor.unit_id)
    roles = {*CASE_ROLES, Role.UNIT_LIAISON}
    return Objection.objects.filter(area_condition(actor, roles))


def can_request_form_approval(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may apply for a question to units."""
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=campaign.pk):
        return ALLOW
    return deny("not_office")


def can_decide_form_approval(actor: Actor, approval: FormApproval) -> Decision:
    """Test whether the actor may decide: the campaign head, never on one's own application."""
    if approval.state != ApprovalState.REQUESTED:
        return deny("decided")
    if approval.requested_by_id is not None and approval.requested_by_id == actor.user_id:
        return deny("own_matter")
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=approval.campaign_id):
        return ALLOW
    return deny("not_head")


def can_issue_form_approval(actor: Actor, approval: FormApproval) -> Decision:
    """Test whether the actor may make a document of an approval: the office, once it is approved."""
    if approval.state != ApprovalState.APPROVED:
        return deny("not_approved")
    return can_request_form_approval(actor, approval.campaign)


def can_file_objection(actor: Actor, unit: Unit, campaign_id: UUID) -> Decision:
    """Test whether the actor speaks for the unit: its link, its liaison, or the office for a unit without account."""
    if actor.kind is Kind.UNIT_LINK:
        return ALLOW if actor.unit_id == unit.pk else deny("other_unit")
    roles = {Role.UNIT_LIAISON, *OFFICE_ROLES}
    if actor.has_role(roles, campaign_id=campaign_id, path=unit.path):
        return ALLOW
    return deny("other_unit")


def can_answer_objection(actor: Actor, objection: Objection) -> Decision:
    """Test whether the actor may answer: office or campaign head of the area, never of the objecting unit."""
    if objection.state != ObjectionState.OPEN:
        return deny("answered")
    if actor.unit_id == objection.unit_id:
        return deny("own_unit")
    if actor.has_role(OFFICE_ROLES, campaign_id=objection.campaign_id, path=objection.area_path):
        return ALLOW
    return deny("not_office")


def unit_spoken_for(actor: Actor, campaign_id: UUID) -> UUID | None:
    """Return the unit the actor is the liaison of in the campaign, or None."""
    for grant in actor.grants:
        if grant.role is Role.UNIT_LIAISON and grant.campaign_id in (None, campaign_id):
            return grant.unit_id
    return None


def deferrals_visible_to(actor: Actor) -> QuerySet[Deferral]:
    """Return the requests for delay of units in the actor's area, or of the own unit."""
    if actor.is_system:
        return Deferral.objects.all()
    if actor.kind is Kind.UNIT_LINK:
        return Deferral.objects.filter(unit_id=actor.unit_id)
    return Deferral.objects.filter(area_condition(actor, {*CASE_ROLES, Role.UNIT_LIAISON}))
