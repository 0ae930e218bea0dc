"""Who may see and change rounds, teams, dispatches and the liaison table.

A covert team is seen by its members, the campaign head and the auditor; its dispatches by its members and the head
only (S2-11). A sealed site is known to nobody through these rows until it is revealed (S0-66).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.kernel.actor import FIELD_ROLES, OFFICE_ROLES, Actor, Role
from duban.kernel.fields import within
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING, area_condition, once_per_actor
from duban.teams.models import (
    Absence,
    Dispatch,
    DispatchSite,
    LiaisonAssignment,
    LiaisonVisit,
    ProtectedPeriod,
    RosterFeed,
    Round,
    Team,
    TeamKind,
    TeamMember,
)
from duban.teams.states import DispatchState

OVERSEERS = frozenset({*OFFICE_ROLES, Role.LEADER, Role.AUDITOR})
CREW = frozenset({*FIELD_ROLES, Role.EXPERT})
STAFF = frozenset({*OVERSEERS, *FIELD_ROLES, Role.EXPERT, Role.HEADQUARTERS, Role.ADMIN})
# An empty Q() vanishes in “Q() | other”, so “everything” must be said in words.
EVERYTHING = ~NOTHING
GONE_OUT = (DispatchState.DEPARTED, DispatchState.RETURNED)


def campaign_condition(actor: Actor, roles: Collection[Role], *, prefix: str = "campaign") -> Q:
    """Return the condition for rows of campaigns that overlap the actor's areas for `roles`.

    An inspector of one town belongs to the campaign of the whole county: the campaign's area may lie above the grant.
    """
    key, area = (f"{prefix}_id", f"{prefix}__area_path") if prefix else ("pk", "area_path")
    condition = NOTHING
    for path, campaign_id in actor.areas(roles):
        if campaign_id is not None:
            condition |= Q(**{key: campaign_id})
        elif not path:
            return EVERYTHING
        else:
            steps = path.rstrip(".").split(".")
            above = [".".join(steps[:count]) + "." for count in range(1, len(steps) + 1)]
            condition |= within(path, field=area) | Q(**{f"{area}__in": above})
    return condition


def managed_condition(actor: Actor, roles: Collection[Role], *, prefix: str = "campaign") -> Q:
    """Return the condition for rows of campaigns whose whole area lies inside the actor's areas for `roles`."""
    key, area = (f"{prefix}_id", f"{prefix}__area_path") if prefix else ("pk", "area_path")
    return area_condition(actor, roles, path_field=area, campaign_field=key) or EVERYTHING


def _own_teams(actor: Actor) -> frozenset[UUID]:
    """Return the teams of an actor who holds a field or expert role (known to the actor, no query)."""
    return actor.team_ids if actor.has_role(CREW) else frozenset()


@once_per_actor
def rounds_visible_to(actor: Actor) -> QuerySet[Round]:
    """Return the rounds of the campaigns the actor works in; units of the supervised side see none."""
    rows = Round.objects.select_related("campaign")
    return rows if actor.is_system else rows.filter(campaign_condition(actor, STAFF))


@once_per_actor
def teams_visible_to(actor: Actor) -> QuerySet[Team]:
    """Return open teams to staff, a covert team to its members, the campaign head and the auditor (S2-11).

    An expert sees the own team only (S2-9).
    """
    rows = Team.objects.select_related("campaign")
    if actor.is_system:
        return rows
    openly = campaign_condition(actor, STAFF - {Role.EXPERT}) & ~Q(kind=TeamKind.COVERT)
    secretly = managed_condition(actor, {Role.CAMPAIGN_HEAD, Role.AUDITOR})
    return rows.filter(openly | secretly | Q(pk__in=_own_teams(actor)))


def members_visible_to(actor: Actor) -> QuerySet[TeamMember]:
    """Return the memberships of the teams the actor sees."""
    return TeamMember.objects.filter(team__in=teams_visible_to(actor)).select_related("team", "user", "body")


@once_per_actor
def dispatches_visible_to(actor: Actor) -> QuerySet[Dispatch]:
    """Return dispatches: all to the campaign head, open ones to the office, the own team's to its members.

    Leaders and auditors see open dispatches once they have returned; nobody else can tell that a visit is coming.
    """
    rows = Dispatch.objects.select_related("campaign", "round", "team")
    if actor.is_system:
        return rows
    not_covert = ~Q(team__kind=TeamKind.COVERT)
    condition = managed_condition(actor, {Role.CAMPAIGN_HEAD})
    condition |= managed_condition(actor, {Role.OFFICE}) & not_covert
    condition |= (
        managed_condition(actor, {Role.LEADER, Role.AUDITOR}) & not_covert & Q(state=DispatchState.RETURNED)
    )
    condition |= Q(team__in=_own_teams(actor))
    if actor.user_id and actor.has_role(CREW):
        condition |= Q(
            pk__in=Dispatch.members.through.objects.filter(user_id=actor.user_id).values("dispatch_id")
        )
    return rows.filter(condition)


def looks_visible_to(actor: Actor) -> QuerySet[Dispatch]:
    """Return the dispatches whose list of looks the actor may ask for: the visible ones, for auditors all of their area.

    Who may then read it says `can_read_looks`; the list names places by their number only.
    """
    rows = Dispatch.objects.select_related("campaign", "round", "team")
    if actor.is_system:
        return rows
    audited = managed_condition(actor, {Role.AUDITOR})
    return rows.filter(audited | Q(pk__in=dispatches_visible_to(actor).order_by().values("pk")))


@once_per_actor
def slots_visible_to(actor: Actor) -> QuerySet[DispatchSite]:
    """Return the places in visible dispatches, sealed ones included. For operations; never show their site."""
    return DispatchSite.objects.filter(dispatch__in=dispatches_visible_to(actor)).select_related(
        "dispatch__campaign", "dispatch__team", "dispatch__round"
    )


def dispatch_sites_visible_to(actor: Actor) -> QuerySet[DispatchSite]:
    """Return the dispatch sites whose name the actor may read: not sealed, or revealed by the team."""
    return (
        slots_visible_to(actor)
        .filter(Q(is_sealed=False) | Q(revealed_at__isnull=False))
        .select_related("site")
    )


def liaisons_visible_to(actor: Actor) -> QuerySet[LiaisonAssignment]:
    """Return the liaison table: it is published as the annex of a notice, so all staff of the campaign see it."""
    rows = LiaisonAssignment.objects.select_related("campaign", "leader", "supporting_department")
    return rows if actor.is_system else rows.filter(campaign_condition(actor, STAFF))


def absences_visible_to(actor: Actor) -> QuerySet[Absence]:
    """Return the standing absences: the own ones, those of open teams to the office, all to the campaign head."""
    rows = Absence.objects.filter(withdrawn_at=None).select_related("user", "campaign")
    if actor.is_system:
        return rows
    covert = TeamMember.objects.filter(team__kind=TeamKind.COVERT, left_on=None).values("user_id")
    condition = managed_condition(actor, {Role.CAMPAIGN_HEAD})
    condition |= managed_condition(actor, {Role.OFFICE}) & ~Q(user_id__in=covert)
    return rows.filter(condition | Q(user_id=actor.user_id)) if actor.user_id else rows.filter(condition)


def feeds_visible_to(actor: Actor) -> QuerySet[RosterFeed]:
    """Return the actor's own calendar addresses; nobody reads another person's."""
    return RosterFeed.objects.filter(user_id=actor.user_id, revoked_at=None)


def is_manager(actor: Actor, campaign: Campaign, *, is_covert: bool = False) -> bool:
    """Test whether the actor runs teams of the campaign; covert teams are run by the head alone."""
    roles = {Role.CAMPAIGN_HEAD} if is_covert else OFFICE_ROLES
    return actor.is_system or actor.has_role(roles, campaign_id=campaign.pk, path=campaign.area_path)


def can_see_teams(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor works in the campaign; to the supervised side these pages do not exist."""
    roles = STAFF - {Role.HEADQUARTERS}
    if actor.is_system or any(
        grant.role in roles and grant.campaign_id in (None, campaign.pk) for grant in actor.grants
    ):
        return ALLOW
    return deny("not_staff")


def can_manage_rounds(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may open and change rounds."""
    return ALLOW if is_manager(actor, campaign) else deny("not_office", _("轮次由专班安排。"))


def can_manage_team(actor: Actor, team: Team) -> Decision:
    """Test whether the actor may set up and change this team."""
    if is_manager(actor, team.campaign, is_covert=team.is_covert):
        return ALLOW
    if team.is_covert:
        return deny("not_head", _("暗访组由专班组长组建和调整。"))
    return deny("not_office", _("督导组由专班组建和调整。"))


def can_plan_dispatch(actor: Actor, team: Team) -> Decision:
    """Test whether the actor may send this team out, change or cancel its dispatch."""
    if is_manager(actor, team.campaign, is_covert=team.is_covert):
        return ALLOW
    return deny("not_office", _("派出由专班安排，暗访组由专班组长安排。"))


def can_run_dispatch(actor: Actor, dispatch: Dispatch, *, crew: Collection[UUID]) -> Decision:
    """Test whether the actor may record departure and return: a person on the dispatch, or who planned it."""
    if actor.user_id in crew and actor.has_role(FIELD_ROLES, campaign_id=dispatch.campaign_id):
        return ALLOW
    if is_manager(actor, dispatch.campaign, is_covert=dispatch.team.is_covert):
        return ALLOW
    return deny("not_on_dispatch", _("只有本批次派出人员或专班可以登记。"))


def can_merge_place(actor: Actor, dispatch: Dispatch, *, crew: Collection[UUID]) -> Decision:
    """Test whether the actor may leave a place of this dispatch to another team: who plans it, or who is on it.

    Never a covert team's: the other team would learn of it.
    """
    if dispatch.team.is_covert:
        return deny("covert_place", _("暗访点位不并组。"))
    return can_run_dispatch(actor, dispatch, crew=crew)


def can_reveal_site(actor: Actor, slot: DispatchSite, *, crew: Collection[UUID], at: datetime) -> Decision:
    """Test whether the actor may open a sealed site now: on the dispatch, departed, opening time reached (S0-66)."""
    if actor.user_id not in crew or not actor.has_role(FIELD_ROLES, campaign_id=slot.dispatch.campaign_id):
        return deny("not_on_dispatch", _("只有本批次派出的督导人员可以启封。"))
    if slot.dispatch.state != DispatchState.DEPARTED:
        return deny("not_departed", _("出发后才能启封。"))
    if slot.opens_at is not None and at < slot.opens_at:
        return deny("too_early", _("未到启封时间。"))
    return ALLOW


def can_break_seal(actor: Actor, slot: DispatchSite) -> Decision:
    """Test whether the actor may look into a sealed plan for a stated emergency: the campaign head alone."""
    campaign = slot.dispatch.campaign
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=campaign.pk, path=campaign.area_path):
        return ALLOW
    return deny("not_head", _("紧急查看封存点位限专班组长，并写明理由。"))


def can_record_absence(actor: Actor, campaign: Campaign, *, user_id: UUID, is_covert: bool) -> Decision:
    """Test whether the actor may record days off duty: the person itself, or who runs the person's team."""
    if actor.user_id == user_id or is_manager(actor, campaign, is_covert=is_covert):
        return ALLOW
    return deny("not_office", _("缺勤由本人或专班登记。"))


def can_open_feed(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may have a calendar of who is on duty: crews and the office."""
    if actor.has_role({*CREW, *OFFICE_ROLES}, campaign_id=campaign.pk):
        return ALLOW
    return deny("not_on_roster", _("值班日历供督导组和专班使用。"))


def can_read_looks(actor: Actor, dispatch: Dispatch, *, leads: Collection[UUID]) -> Decision:
    """Test whether the actor may read who saw the sites of a dispatch: its head, who plans it, the auditor."""
    campaign = dispatch.campaign
    if actor.user_id in leads or is_manager(actor, campaign, is_covert=dispatch.team.is_covert):
        return ALLOW
    if actor.has_role({Role.AUDITOR}, campaign_id=campaign.pk, path=campaign.area_path):
        return ALLOW
    return deny("not_lead", _("谁看过点位，由本组组长、专班和审计查看。"))


def can_manage_liaison(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may change the liaison table."""
    return ALLOW if is_manager(actor, campaign) else deny("not_office", _("联系监督分工由专班维护。"))


def liaison_visits_visible_to(actor: Actor) -> QuerySet[LiaisonVisit]:
    """Return the leaders' visits in the actor's areas: the office's, the auditor's, and a leader's own areas (S0-62)."""
    rows = LiaisonVisit.objects.select_related("assignment", "area", "entered_by")
    if actor.is_system:
        return rows
    return rows.filter(area_condition(actor, OVERSEERS) or EVERYTHING)


def can_log_liaison_visit(actor: Actor, assignment: LiaisonAssignment) -> Decision:
    """Test whether the actor may enter visits of this line: the leader, or the office on the leader's behalf."""
    if actor.user_id and assignment.leader_id == actor.user_id:
        return ALLOW
    if is_manager(actor, assignment.campaign):
        return ALLOW
    return deny("not_own_line", _("联系督导由领导本人或专班登记。"))


def protections_visible_to(actor: Actor) -> QuerySet[ProtectedPeriod]:
    """Return protected periods: of units in the areas of whoever plans or oversees, and of the own unit."""
    rows = ProtectedPeriod.objects.select_related("unit", "campaign", "entered_by")
    if actor.is_system:
        return rows
    return rows.filter(area_condition(actor, {*OVERSEERS, *FIELD_ROLES}, campaign_field=None) or EVERYTHING)


def can_set_limits(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may protect a unit from draws for some days."""
    return ALLOW if is_manager(actor, campaign) else deny("not_office", _("保护期由专班登记。"))


def can_set_budget(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may set the visit budget and the rotation rule."""
    if actor.is_system or actor.has_role(
        {Role.CAMPAIGN_HEAD}, campaign_id=campaign.pk, path=campaign.area_path
    ):
        return ALLOW
    return deny("not_head", _("到访上限和轮换由专班组长设定。"))
