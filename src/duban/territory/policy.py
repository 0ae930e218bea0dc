"""Who may see and change the tree. Names and codes of public bodies are not secret among signed-in staff."""

from django.db.models import QuerySet

from duban.kernel.actor import Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import area_condition
from duban.territory.models import Unit


def units_visible_to(actor: Actor) -> QuerySet[Unit]:
    """Return the units in any of the actor's granted areas (every role); the system sees all."""
    if actor.is_system:
        return Unit.objects.all()
    if actor.kind is not Kind.USER:
        return Unit.objects.none()
    return Unit.objects.filter(area_condition(actor, Role, path_field="path", campaign_field=None))


def can_change_tree(actor: Actor, parent: Unit | None) -> Decision:
    """Test whether the actor may add, change or end units below `parent` (None = the root)."""
    if actor.is_system or actor.has_role({Role.ADMIN}, path=parent.path if parent else ""):
        return ALLOW
    return deny("not_admin")


def can_import(actor: Actor) -> Decision:
    """Test whether the actor may import units or divisions at all; each line is then held against its area."""
    if actor.is_system or actor.has_role({Role.ADMIN}):
        return ALLOW
    return deny("not_admin")
