"""Who may see and keep checklists: field roles see what is published, the office keeps them."""

from django.db.models import Q, QuerySet

from duban.campaigns.models import Campaign
from duban.campaigns.policy import campaigns_readable_by, can_change_campaign
from duban.checklists.models import Checklist, ChecklistVersion
from duban.checklists.states import VersionState
from duban.kernel.actor import OFFICE_ROLES, Actor, Role
from duban.kernel.policy import Decision

KEEPERS = frozenset(OFFICE_ROLES | {Role.ADMIN, Role.LEADER})


def versions_visible_to(actor: Actor) -> QuerySet[ChecklistVersion]:
    """Return the versions of the actor's campaigns; drafts only for those who keep checklists."""
    rows = ChecklistVersion.objects.filter(checklist__campaign__in=campaigns_readable_by(actor))
    if actor.is_system or actor.has_role(KEEPERS):
        return rows
    return rows.filter(~Q(state=VersionState.DRAFT))


def checklists_visible_to(actor: Actor) -> QuerySet[Checklist]:
    """Return the checklists of the actor's campaigns."""
    return Checklist.objects.filter(campaign__in=campaigns_readable_by(actor))


def can_upload_version(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may upload a version into the campaign."""
    return can_change_campaign(actor, campaign)


def can_publish_version(actor: Actor, version: ChecklistVersion) -> Decision:
    """Test whether the actor may publish the version."""
    return can_change_campaign(actor, version.checklist.campaign)


can_retire_version = can_publish_version
