"""Who may see and make key points and draws."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.campaigns.policy import can_change_campaign
from duban.kernel.actor import OFFICE_ROLES, Actor, Role
from duban.kernel.clock import local_day
from duban.kernel.policy import ALLOW, Decision, deny
from duban.planning.models import DailyKeyPoints, Draw, KeyPoint
from duban.planning.states import DrawState, KeyPointsState
from duban.teams.models import Round
from duban.teams.policy import CREW, campaign_condition, is_manager, managed_condition


def sheets_visible_to(actor: Actor) -> QuerySet[DailyKeyPoints]:
    """Return key point sheets: all to office, leader and auditor, pushed ones to teams, none to the supervised side."""
    rows = DailyKeyPoints.objects.select_related("campaign", "composed_by", "approved_by")
    if actor.is_system:
        return rows
    inside = managed_condition(actor, {*OFFICE_ROLES, Role.LEADER, Role.AUDITOR})
    return rows.filter(inside | (campaign_condition(actor, CREW) & Q(state=KeyPointsState.PUSHED)))


def points_visible_to(actor: Actor) -> QuerySet[KeyPoint]:
    """Return the points of the sheets the actor sees."""
    return KeyPoint.objects.filter(sheet__in=sheets_visible_to(actor)).select_related("sheet__campaign")


def draws_visible_to(actor: Actor) -> QuerySet[Draw]:
    """Return draws: covert ones to the campaign head only, open ones to the office, revealed open ones to auditors."""
    rows = Draw.objects.select_related("campaign", "round", "drawn_by")
    if actor.is_system:
        return rows
    condition = managed_condition(actor, {Role.CAMPAIGN_HEAD})
    condition |= managed_condition(actor, {Role.OFFICE}) & Q(is_covert=False)
    condition |= managed_condition(actor, {Role.AUDITOR, Role.LEADER}) & Q(
        is_covert=False, state=DrawState.REVEALED
    )
    return rows.filter(condition)


def _is_head(actor: Actor, campaign: Campaign) -> bool:
    return actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=campaign.pk, path=campaign.area_path)


def can_compose_key_points(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may draft and edit key points."""
    return ALLOW if is_manager(actor, campaign) else deny("not_office", _("当日要点由专班起草。"))


def can_edit_sheet(actor: Actor, sheet: DailyKeyPoints) -> Decision:
    """Test whether the actor may edit the points of this sheet now: drafts only."""
    decision = can_compose_key_points(actor, sheet.campaign)
    if not decision:
        return decision
    if sheet.state != KeyPointsState.DRAFT:
        return deny("not_draft", _("要点已批准，修改前须先退回。"))
    return ALLOW


def can_approve_key_points(actor: Actor, sheet: DailyKeyPoints) -> Decision:
    """Test whether the actor may approve: the campaign head, and never the person who composed the sheet."""
    if not _is_head(actor, sheet.campaign):
        return deny("not_head", _("当日要点由专班组长批准。"))
    if sheet.composed_by_id is not None and sheet.composed_by_id == actor.user_id:
        return deny("own_draft", _("起草人不能批准自己起草的要点，请由另一位组长批准。"))
    return ALLOW


def can_return_key_points(actor: Actor, sheet: DailyKeyPoints) -> Decision:
    """Test whether the actor may send an approved sheet back to draft."""
    return ALLOW if is_manager(actor, sheet.campaign) else deny("not_office")


def can_push_key_points(actor: Actor, sheet: DailyKeyPoints) -> Decision:
    """Test whether the actor may send the approved sheet to the teams."""
    return ALLOW if is_manager(actor, sheet.campaign) else deny("not_office", _("要点由专班下发。"))


def can_read_key_points(actor: Actor, sheet: DailyKeyPoints, *, crew: Collection[UUID]) -> Decision:
    """Test whether the actor may record the team's reading: a member of the team, after the push."""
    if actor.user_id not in crew or not actor.has_role(CREW, campaign_id=sheet.campaign_id):
        return deny("not_member", _("只有本组成员可以登记已读。"))
    if sheet.state != KeyPointsState.PUSHED:
        return deny("not_pushed", _("要点尚未下发。"))
    return ALLOW


def can_draw(actor: Actor, campaign: Campaign, *, is_covert: bool) -> Decision:
    """Test whether the actor may draw: the office for open teams, the campaign head alone for covert ones."""
    if is_manager(actor, campaign, is_covert=is_covert):
        return ALLOW
    return deny("not_office", _("抽取由专班办理，暗访组的抽取由专班组长办理。"))


def can_draw_early(actor: Actor, campaign: Campaign, *, reason: str) -> Decision:
    """Test whether the actor may draw a coming day before today's cut-off: the head, with a reason."""
    if not _is_head(actor, campaign):
        return deny("before_cutoff", _("次日的抽取在今日截数后进行；提前抽取须由专班组长写明理由。"))
    if not reason.strip():
        return deny("reason_missing", _("提前抽取请写明理由。"))
    return ALLOW


def can_reveal_draws(actor: Actor, opened: Round, *, at: datetime) -> Decision:
    """Test whether the seeds of a round may be published: after its last day, by the head or the system."""
    if not (actor.is_system or _is_head(actor, opened.campaign)):
        return deny("not_head", _("种子由专班组长在轮次结束后公开。"))
    if local_day(at) <= opened.ends_on:
        return deny("round_open", _("轮次结束后才能公开种子。"))
    return ALLOW


def can_read_risk(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may see the points of sites: who plans. Points tell where a visit is likely."""
    return ALLOW if is_manager(actor, campaign) else deny("not_office", _("点位分数只供专班安排检查使用。"))


def can_change_risk_table(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may change the table of points of a running campaign."""
    decision = can_read_risk(actor, campaign)
    return can_change_campaign(actor, campaign) if decision else decision
