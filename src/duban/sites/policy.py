"""Who may see and change sites and area grades."""

from django.db.models import QuerySet

from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Actor, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import area_condition
from duban.sites.models import RiskAreaGrade, Site

READERS = {*CASE_ROLES, *FIELD_ROLES, Role.EXPERT, Role.ADMIN}


def sites_visible_to(actor: Actor) -> QuerySet[Site]:
    """Return the sites in the actor's areas. That a site exists is no secret; that it will be visited is."""
    if actor.is_system:
        return Site.objects.all()
    return Site.objects.filter(area_condition(actor, READERS, campaign_field=None))


def grades_visible_to(actor: Actor) -> QuerySet[RiskAreaGrade]:
    """Return the area grades in the actor's areas."""
    if actor.is_system:
        return RiskAreaGrade.objects.all()
    return RiskAreaGrade.objects.filter(area_condition(actor, READERS, campaign_field=None))


def can_change_sites(actor: Actor, area_path: str) -> Decision:
    """Test whether the actor may add or change sites in an area."""
    if actor.is_system or actor.has_role({Role.ADMIN, *OFFICE_ROLES}, path=area_path):
        return ALLOW
    return deny("not_office")


def can_import_sites(actor: Actor) -> Decision:
    """Test whether the actor may import sites at all; each line is then held against its area."""
    if actor.is_system or actor.has_role({Role.ADMIN, *OFFICE_ROLES}):
        return ALLOW
    return deny("not_office")
