"""Who may read the journal: auditors and the campaign office, each for their area and their campaigns.

What would tell where a covert team goes, or what lies in the sealed rooms, is left to the head and the auditor.
"""

from django.db.models import Q, QuerySet

from duban.campaigns.policy import campaigns_visible_to
from duban.kernel.actor import OFFICE_ROLES, Actor, Role
from duban.kernel.fields import within
from duban.kernel.models import Event
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING, area_condition

READERS = frozenset({Role.AUDITOR, *OFFICE_ROLES})
FULL_READERS = frozenset({Role.AUDITOR, Role.CAMPAIGN_HEAD})
GUARDED_TYPES = (
    "teams.team", "teams.teammember", "teams.dispatch", "teams.dispatchsite", "planning.draw", "inspection.visit",
    "documents.guarded",  # lines about papers, numbers and series of guarded kinds (documents/models.py)
)  # fmt: skip
SEALED_PREFIX = "leads."


def can_read_journal(actor: Actor) -> Decision:
    """Test whether the actor may open the journal at all."""
    return ALLOW if actor.is_system or actor.has_role(READERS) else deny("not_auditor")


def events_visible_to(actor: Actor) -> QuerySet[Event]:
    """Return the journal lines in the actor's areas and campaigns; an auditor also sees those without a place."""
    rows = Event.objects.all()
    if actor.is_system:
        return rows
    if not can_read_journal(actor):
        return rows.none()
    campaigns = campaigns_visible_to(actor).values("pk")
    full = _reach(actor, FULL_READERS) & Q(campaign_id=None) | _in_campaigns(actor, FULL_READERS, campaigns)
    partly = _reach(actor, OFFICE_ROLES) & Q(campaign_id=None) | _in_campaigns(actor, OFFICE_ROLES, campaigns)
    partly &= ~Q(subject_type__in=GUARDED_TYPES)
    own = Q(actor_id=actor.user_id)
    unplaced = Q(campaign_id=None, area_path="") if actor.has_role({Role.AUDITOR}) else NOTHING
    sealed = Q() if actor.has_role({Role.AUDITOR}) else ~Q(subject_type__startswith=SEALED_PREFIX)
    return rows.filter(full | partly | unplaced | own).filter(sealed)


def _reach(actor: Actor, roles: frozenset[Role]) -> Q:
    return area_condition(actor, roles, campaign_field=None) or ~NOTHING


def _in_campaigns(actor: Actor, roles: frozenset[Role], campaigns: QuerySet) -> Q:
    """Return the condition for lines of the campaigns in which the actor holds one of `roles`."""
    condition = NOTHING
    for path, campaign_id in actor.areas(roles):
        if campaign_id is not None:
            condition |= Q(campaign_id=campaign_id)
        else:
            condition |= Q(campaign_id__in=campaigns.filter(within(path)) if path else campaigns)
    return condition
