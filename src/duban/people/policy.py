"""Who may see and manage accounts, posts and grants."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import anywhere, area_condition, outermost
from duban.people.models import Device, ImportRun, Post, RecusalRequest, User
from duban.territory.models import Unit


def users_visible_to(actor: Actor) -> QuerySet[User]:
    """Return the accounts of units in the actor's area: for administrators, auditors and the campaign office."""
    if actor.is_system:
        return User.objects.all()
    roles = {Role.ADMIN, Role.AUDITOR, *OFFICE_ROLES}
    return User.objects.filter(area_condition(actor, roles, path_field="unit__path", campaign_field=None))


def posts_visible_to(actor: Actor) -> QuerySet[Post]:
    """Return the posts of units in the actor's area."""
    if actor.is_system:
        return Post.objects.all()
    roles = {Role.ADMIN, *CASE_ROLES, Role.COVERT_INSPECTOR}
    # Posts are read in the order of the tree, so the path index serves a whole country as well as a village.
    return Post.objects.filter(
        anywhere(outermost(path for path, _campaign in actor.areas(roles)), field="unit__path")
    )


def devices_visible_to(actor: Actor) -> QuerySet[Device]:
    """Return the actor's own phones and those of the accounts it sees."""
    rows = Device.objects.select_related("user__unit")
    if actor.is_system:
        return rows
    return rows.filter(Q(user_id=actor.user_id) | Q(user__in=users_visible_to(actor).values("pk")))


def can_register_device(actor: Actor, user: User) -> Decision:
    """Test whether the actor may register a phone for an account: the person, or the administrator."""
    if actor.user_id is not None and actor.user_id == user.pk:
        return ALLOW
    return can_manage_users(actor, user.unit)


def can_end_device(actor: Actor, device: Device) -> Decision:
    """Test whether the actor may end a phone's access: the person, the administrator, the office of the area."""
    if can_register_device(actor, device.user):
        return ALLOW
    if device.user.unit and actor.has_role(OFFICE_ROLES, path=device.user.unit.path):
        return ALLOW
    return deny("not_admin")


def recusal_requests_visible_to(actor: Actor) -> QuerySet[RecusalRequest]:
    """Return the recusal requests the actor may decide."""
    roles = {Role.CAMPAIGN_HEAD, Role.OFFICE}
    return RecusalRequest.objects.filter(area_condition(actor, roles, path_field="unit__path"))


def imports_visible_to(actor: Actor) -> QuerySet[ImportRun]:
    """Return the actor's own imports: a table waiting for its confirmation is nobody else's business."""
    if actor.is_system:
        return ImportRun.objects.all()
    return ImportRun.objects.filter(user_id=actor.user_id) if actor.user_id else ImportRun.objects.none()


def can_manage_users(actor: Actor, unit: Unit | None) -> Decision:
    """Test whether the actor may create and change accounts of `unit` (None = rules for all accounts)."""
    if actor.is_system or actor.has_role({Role.ADMIN}, path=unit.path if unit else None):
        return ALLOW
    return deny("not_admin")


def can_grant_role(actor: Actor, unit: Unit, role: str) -> Decision:
    """Test whether the actor may grant `role` over `unit`: the administrator, or the office for team roles."""
    if can_manage_users(actor, unit):
        return ALLOW
    team_roles = {Role.TEAM_HEAD, Role.INSPECTOR, Role.EXPERT, Role.UNIT_LIAISON}
    if role in team_roles and actor.has_role(OFFICE_ROLES, path=unit.path):
        return ALLOW
    return deny("not_admin")


def can_request_recusal(actor: Actor, unit: Unit, campaign_id: UUID) -> Decision:
    """Test whether the actor may ask that somebody keep out of a unit's matters: staff of the campaign, the unit itself."""
    if actor.is_system or (actor.kind is Kind.UNIT_LINK and actor.unit_id == unit.pk):
        return ALLOW
    if actor.has_role({*FIELD_ROLES, *OFFICE_ROLES, Role.EXPERT}, campaign_id=campaign_id):
        return ALLOW
    if actor.has_role({Role.UNIT_LIAISON}, campaign_id=campaign_id, path=unit.path):
        return ALLOW
    return deny("other_unit", _("只能就本单位的事项申请回避。"))


def can_decide_recusal(actor: Actor, request: RecusalRequest) -> Decision:
    """Test whether the actor may decide a recusal request; never about oneself (§2.1)."""
    if request.user_id == actor.user_id:
        return deny("own_matter")
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=request.campaign_id, path=request.unit.path):
        return ALLOW
    return deny("not_head")


def can_import_posts(actor: Actor) -> Decision:
    """Test whether the actor may import posts at all; each line is then held against its area."""
    if actor.is_system or actor.has_role({Role.ADMIN}):
        return ALLOW
    return deny("not_admin")
