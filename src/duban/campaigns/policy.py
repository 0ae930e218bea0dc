"""Who may see and run campaigns. Every staff role sees its campaign; only the office changes it, only the head ends it."""

from django.db.models import Q, QuerySet

from duban.campaigns.models import Campaign, Directive
from duban.campaigns.states import CampaignState
from duban.kernel.actor import OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.fields import within
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING

# Roles that read directives, rules and checklists; a unit under supervision and a referral authority do not.
READERS = frozenset(Role) - {Role.UNIT_LIAISON, Role.LINE_AUTHORITY, Role.AUDITOR}
LIVE = (CampaignState.PREPARING, CampaignState.RUNNING)


def _prefixes(path: str) -> list[str]:
    """Return the path and the paths above it: 1.2.7. → 1., 1.2., 1.2.7."""
    parts = path.rstrip(".").split(".")
    return [".".join(parts[: length + 1]) + "." for length in range(len(parts))]


def _reach(actor: Actor, roles: frozenset[Role]) -> Q:
    """Return the campaigns a grant of `roles` touches: its area holds the campaign's, or lies inside it."""
    condition = NOTHING
    for grant in actor.grants:
        if grant.role not in roles:
            continue
        part = (
            (within(grant.area_path) | Q(area_path__in=_prefixes(grant.area_path)))
            if grant.area_path
            else Q()
        )
        if grant.campaign_id:
            part &= Q(pk=grant.campaign_id)
        condition = condition | part if part else Q()
        if not condition:
            return Q()
    return condition


def is_in_reach(actor: Actor, campaign: Campaign) -> bool:
    """Test whether the actor works in a campaign at hand: `campaigns_visible_to` for one row, without a query."""
    if actor.is_system:
        return True
    return actor.kind is Kind.USER and any(
        grant.campaign_id in (None, campaign.pk)
        and (campaign.area_path.startswith(grant.area_path) or grant.area_path.startswith(campaign.area_path))
        for grant in actor.grants
    )


def campaigns_visible_to(actor: Actor) -> QuerySet[Campaign]:
    """Return the campaigns the actor works in (any role); the system sees all."""
    if actor.is_system:
        return Campaign.objects.all()
    if actor.kind is not Kind.USER:
        return Campaign.objects.none()
    return Campaign.objects.filter(_reach(actor, frozenset(Role)))


def campaigns_readable_by(actor: Actor) -> QuerySet[Campaign]:
    """Return the campaigns whose directives, rules and checklists the actor may read."""
    if actor.is_system:
        return Campaign.objects.all()
    if actor.kind is not Kind.USER:
        return Campaign.objects.none()
    return Campaign.objects.filter(_reach(actor, READERS))


def directives_visible_to(actor: Actor) -> QuerySet[Directive]:
    """Return the directives of the campaigns the actor may read."""
    return Directive.objects.filter(campaign__in=campaigns_readable_by(actor))


def _office(actor: Actor, campaign: Campaign, roles: frozenset[Role] = OFFICE_ROLES) -> bool:
    return actor.is_system or actor.has_role(roles, campaign_id=campaign.pk, path=campaign.area_path)


def can_install_pack(actor: Actor) -> Decision:
    """Test whether the actor may install or update packs (they serve every campaign)."""
    if actor.is_system or actor.has_role({Role.ADMIN, Role.CAMPAIGN_HEAD}):
        return ALLOW
    return deny("not_admin")


def can_create_campaign(actor: Actor, area_path: str) -> Decision:
    """Test whether the actor may set up a campaign over an area."""
    if actor.is_system or actor.has_role({Role.ADMIN, Role.CAMPAIGN_HEAD}, path=area_path):
        return ALLOW
    return deny("not_head")


def can_change_campaign(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may change settings, scope, periods, focuses and rules."""
    if not _office(actor, campaign):
        return deny("not_office")
    return ALLOW if campaign.state in LIVE else deny("campaign_closed")


def can_start_campaign(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may start the campaign."""
    return ALLOW if _office(actor, campaign) else deny("not_office")


def can_close_campaign(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may end the campaign by a closing decision (S4-70)."""
    return ALLOW if _office(actor, campaign, frozenset({Role.CAMPAIGN_HEAD})) else deny("not_head")


can_reopen_campaign = can_close_campaign
can_erase_campaign = can_close_campaign
can_register_directive = can_change_campaign


def can_repeal_directive(actor: Actor, directive: Directive) -> Decision:
    """Test whether the actor may repeal the directive."""
    return can_change_campaign(actor, directive.campaign)
