"""Who sees orders and what follows from them, and who may do what. Pure but for the `*_visible_to` querysets."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.inspection.models import Finding, Severity
from duban.inspection.states import FINDING_TRANSITIONS, WAITING_ON_UNIT, FindingState
from duban.kernel.actor import CASE_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision
from duban.kernel.policy import deny as deny_because
from duban.kernel.scope import area_condition, once_per_actor
from duban.kernel.workflow import can_move
from duban.rectification.models import (
    CommonProblem,
    Dispute,
    LookBack,
    OrderItem,
    PlanRequest,
    Referral,
    Reply,
    SelfCheck,
    TraceBack,
    Urge,
    Verification,
    VerificationMethod,
    WorkOrder,
)
from duban.rectification.states import (
    COMMON_TRANSITIONS,
    ORDER_TRANSITIONS,
    REFERRAL_TRANSITIONS,
    TRACE_TRANSITIONS,
    DisputeState,
    OrderState,
    PlanState,
)
from duban.territory.models import Unit

CHECKERS = frozenset({*OFFICE_ROLES, Role.TEAM_HEAD, Role.INSPECTOR})
STATE_NOW = "wrong_state_now"
REASONS = {
    STATE_NOW: _("当前状态不能这样办理。"),
    "not_staff": _("由专班综合岗或督导组办理。"),
    "not_head": _("由专班组长岗签发或决定。"),
    "not_office": _("由专班综合岗办理。"),
    "not_checker": _("由督导组或专班综合岗核验。"),
    "other_unit": _("只能办理本单位的事项。"),
    "recused": _("您已申报对该单位回避。"),
    "own_unit": _("涉及您所在的单位，须由他人办理。"),
    "earlier_handler": _("发现人、拟单人、签发人须回避，由其他岗位答复。"),
    "replier": _("反馈是由您提交或代录的，须由他人核验。"),
    "finder": _("程度为“严重”，发现人须回避，由他人核验。"),
    "on_site_needed": _("程度为“突出”“严重”的，须现场核验。"),
}


def deny(reason: str) -> Decision:
    """This function will return a refusal with its sentence."""
    return deny_because(reason, REASONS[reason])


# What one sees -------------------------------------------------------------------------------------------
def _order_condition(actor: Actor, prefix: str = "") -> Q:
    """Return the condition for orders one sees, or (by `prefix`) for what hangs on them: literal columns, no set of ids."""
    if actor.is_system:
        return Q()
    if actor.kind is Kind.UNIT_LINK:
        link = {"pk": actor.order_id, "unit_id": actor.unit_id, "issued_at__isnull": False}
        return Q(**{f"{prefix}{name}": value for name, value in link.items()})
    place = {"path_field": f"{prefix}area_path", "campaign_field": f"{prefix}campaign_id"}
    staff = area_condition(actor, CASE_ROLES, **place)
    if _has_team(actor):
        staff |= Q(**{f"{prefix}proposed_by_team__in": actor.team_ids})
    if not actor.has_role({Role.UNIT_LIAISON}):
        return staff
    return staff | (
        area_condition(actor, {Role.UNIT_LIAISON}, **place) & Q(**{f"{prefix}issued_at__isnull": False})
    )


@once_per_actor
def orders_visible_to(actor: Actor) -> QuerySet[WorkOrder]:
    """Return the orders of the actor's area and own teams; a unit sees its own once they are issued."""
    return WorkOrder.objects.filter(_order_condition(actor))


def items_visible_to(actor: Actor) -> QuerySet[OrderItem]:
    """Return the items of the orders one sees."""
    return OrderItem.objects.filter(_order_condition(actor, "order__"))


def plans_visible_to(actor: Actor) -> QuerySet[PlanRequest]:
    """Return the plan requests of the orders one sees."""
    return PlanRequest.objects.filter(_order_condition(actor, "order__"))


def disputes_visible_to(actor: Actor) -> QuerySet[Dispute]:
    """Return the disputes of the orders one sees."""
    return Dispute.objects.filter(_order_condition(actor, "item__order__"))


def urges_visible_to(actor: Actor) -> QuerySet[Urge]:
    """Return the urges of the orders one sees; the unit sees signed ones."""
    rows = Urge.objects.filter(_order_condition(actor, "order__"))
    if actor.is_system or actor.has_role(CASE_ROLES):
        return rows
    return rows.filter(signed_at__isnull=False)


def look_backs_visible_to(actor: Actor) -> QuerySet[LookBack]:
    """Return the sampled re-checks in the actor's area. The unit does not see that it was sampled."""
    if actor.is_system:
        return LookBack.objects.all()
    return LookBack.objects.filter(area_condition(actor, CASE_ROLES, campaign_field="finding__campaign_id"))


@once_per_actor
def checkable_findings_visible_to(actor: Actor) -> QuerySet[Finding]:
    """Return the findings whose rectification the actor can see: those of its orders, area and teams."""
    rows = Finding.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is Kind.UNIT_LINK:
        return rows.filter(order_items__order_id=actor.order_id, unit_id=actor.unit_id)
    return rows.filter(_checkable_condition(actor))


@once_per_actor
def verifications_visible_to(actor: Actor) -> QuerySet[Verification]:
    """Return the verifications of the findings whose rectification the actor can see; units read theirs on the order."""
    rows = Verification.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is Kind.UNIT_LINK:
        return rows.filter(item__order_id=actor.order_id, finding__unit_id=actor.unit_id)
    return rows.filter(_checkable_condition(actor, "finding__"))


def _checkable_condition(actor: Actor, prefix: str = "") -> Q:
    campaign = f"{prefix}campaign_id"
    condition = area_condition(actor, CASE_ROLES, path_field=f"{prefix}unit_path", campaign_field=campaign)
    condition |= area_condition(actor, CASE_ROLES, path_field=f"{prefix}area_path", campaign_field=campaign)
    if _has_team(actor):
        condition |= Q(**{f"{prefix}team__in": actor.team_ids})
    return condition


def trace_backs_visible_to(actor: Actor) -> QuerySet[TraceBack]:
    """Return the trace-backs of the actor's area: office, heads and leaders."""
    if actor.is_system:
        return TraceBack.objects.all()
    return TraceBack.objects.filter(area_condition(actor, {*OFFICE_ROLES, Role.LEADER}))


def referrals_visible_to(actor: Actor) -> QuerySet[Referral]:
    """Return the referrals of the actor's area, and for a line authority those sent to it."""
    if actor.is_system:
        return Referral.objects.all()
    condition = area_condition(actor, CASE_ROLES)
    own = [grant.unit_id for grant in actor.grants if grant.role is Role.LINE_AUTHORITY and grant.unit_id]
    if own:
        condition |= Q(authority_id__in=own)
    return Referral.objects.filter(condition)


def common_problems_visible_to(actor: Actor) -> QuerySet[CommonProblem]:
    """Return the common problems of the campaigns the actor works in."""
    if actor.is_system:
        return CommonProblem.objects.all()
    campaigns = {grant.campaign_id for grant in actor.grants if grant.role in CASE_ROLES}
    rows = CommonProblem.objects.all()
    return rows if None in campaigns else rows.filter(campaign_id__in=campaigns)


def self_checks_visible_to(actor: Actor) -> QuerySet[SelfCheck]:
    """Return the self-checks of the area, or of the own unit."""
    rows = SelfCheck.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is Kind.UNIT_LINK:
        return rows.none() if actor.order_id else rows.filter(unit_id=actor.unit_id, revoked_at=None)
    return rows.filter(
        area_condition(
            actor,
            {*CASE_ROLES, Role.UNIT_LIAISON},
            path_field="unit__path",
            campaign_field="common_problem__campaign_id",
        )
    )


# Orders --------------------------------------------------------------------------------------------------
def can_draft_order(actor: Actor, unit: Unit, campaign_id: UUID) -> Decision:
    """Test whether the actor may draft an order to `unit`: the office, or a team of the area."""
    if (refusal := _keep_out(actor, unit.pk)) is not None:
        return refusal
    return can_draft_orders(actor, campaign_id)


def can_draft_orders(actor: Actor, campaign_id: UUID) -> Decision:
    """Test whether the actor may draft orders in the campaign at all."""
    return ALLOW if actor.has_role(CHECKERS, campaign_id=campaign_id) else deny("not_staff")


def can_issue_order(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may sign: the campaign head of the unit's area."""
    if (refusal := _keep_out(actor, order.unit_id)) is not None:
        return refusal
    if not can_move(order.state, ORDER_TRANSITIONS, "issue"):
        return deny(STATE_NOW)
    return _role(actor, {Role.CAMPAIGN_HEAD}, order, "not_head")


def can_issue_list(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may freeze a list or the ledger as a document."""
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=campaign.pk):
        return ALLOW
    return deny("not_office")


def can_issue_rectification_notice(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may issue a 整改通知书 for an order: its campaign head, while the order is open."""
    if (refusal := _keep_out(actor, order.unit_id)) is not None:
        return refusal
    if order.state not in (OrderState.ISSUED, OrderState.RECEIVED):
        return deny(STATE_NOW)
    return _role(actor, {Role.CAMPAIGN_HEAD}, order, "not_head")


def can_issue_on_spot(actor: Actor, unit: Unit, campaign_id: UUID, is_allowed: bool) -> Decision:
    """Test whether a team head may sign at the site: only where the campaign's pack allows it."""
    if (refusal := _keep_out(actor, unit.pk)) is not None:
        return refusal
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=campaign_id, path=unit.path):
        return ALLOW
    if is_allowed and actor.has_role({Role.TEAM_HEAD}, campaign_id=campaign_id):
        return ALLOW
    return deny("not_head")


def _drafter_or_office(actor: Actor, order: WorkOrder) -> Decision:
    if order.drafted_by_id == actor.user_id:
        return ALLOW
    return _role(actor, OFFICE_ROLES, order, "not_office")


def can_change_order(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may change a draft: its drafter or the office."""
    if not can_move(order.state, ORDER_TRANSITIONS, "change"):
        return deny(STATE_NOW)
    return _drafter_or_office(actor, order)


def can_discard_order(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may take back a draft: its drafter or the office."""
    if not can_move(order.state, ORDER_TRANSITIONS, "discard"):
        return deny(STATE_NOW)
    return _drafter_or_office(actor, order)


def can_void_order(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may void an issued order: who may sign."""
    if not can_move(order.state, ORDER_TRANSITIONS, "void"):
        return deny(STATE_NOW)
    return _role(actor, {Role.CAMPAIGN_HEAD}, order, "not_head")


def can_request_recusal(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may ask, for the unit, that a handler of an issued order keep out of it."""
    if order.state in (OrderState.DRAFT, OrderState.VOIDED):
        return deny(STATE_NOW)
    return can_answer_for_unit(actor, order)


def can_answer_for_unit(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may speak for the unit: link, liaison, or the office and teams on its behalf (G-36)."""
    if actor.kind is Kind.UNIT_LINK:
        return ALLOW if actor.order_id == order.pk else deny("other_unit")
    return _role(actor, {Role.UNIT_LIAISON, *CHECKERS}, order, "other_unit")


def is_on_behalf(actor: Actor, order: WorkOrder) -> bool:
    """Test whether an answer by the actor is entered for a unit without account (G-36)."""
    if actor.kind is Kind.UNIT_LINK:
        return False
    return not actor.has_role({Role.UNIT_LIAISON}, campaign_id=order.campaign_id, path=order.area_path)


def can_receive_order(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may sign for the order."""
    if not can_move(order.state, ORDER_TRANSITIONS, "receive"):
        return deny(STATE_NOW)
    return can_answer_for_unit(actor, order)


def can_reply_to_order(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may reply."""
    if not can_move(order.state, ORDER_TRANSITIONS, "reply"):
        return deny(STATE_NOW)
    return can_answer_for_unit(actor, order)


def can_request_plan(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may ask for a later limit."""
    return can_reply_to_order(actor, order)


def can_dispute_item(actor: Actor, item: OrderItem) -> Decision:
    """Test whether the actor may dispute: the unit, while the item waits on it."""
    if not item.is_open or not can_move(item.finding.state, FINDING_TRANSITIONS, "dispute"):
        return deny(STATE_NOW)
    return can_answer_for_unit(actor, item.order)


def can_decide_plan(actor: Actor, plan: PlanRequest) -> Decision:
    """Test whether the actor may decide on a later limit: the office, not for a unit it keeps out of."""
    if plan.state != PlanState.REQUESTED:
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, plan.order.unit_id)) is not None:
        return refusal
    return _role(actor, OFFICE_ROLES, plan.order, "not_office")


def can_decide_dispute(
    actor: Actor, dispute: Dispute, earlier_deciders: frozenset[UUID] = frozenset()
) -> Decision:
    """Test whether the actor may decide: an office post that neither found, drafted, signed nor decided before (§2.6)."""
    order, finding = dispute.item.order, dispute.item.finding
    if dispute.state != DisputeState.OPEN:
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, order.unit_id)) is not None:
        return refusal
    handlers = {finding.found_by_id, order.drafted_by_id, order.signed_by_id, *earlier_deciders}
    if actor.user_id in handlers:
        return deny("earlier_handler")
    return _role(actor, OFFICE_ROLES, order, "not_office")


def can_renew_link(actor: Actor, order: WorkOrder) -> Decision:
    """Test whether the actor may send the unit a new link."""
    if order.state not in (OrderState.ISSUED, OrderState.RECEIVED, OrderState.REPLIED):
        return deny(STATE_NOW)
    return _role(actor, CHECKERS, order, "not_staff")


# Verification and after ----------------------------------------------------------------------------------
def can_verify(
    actor: Actor, finding: Finding, order: WorkOrder, replies: list[Reply], method: str = ""
) -> Decision:
    """Test whether the actor may verify: not the replier, not of the unit, for 严重 not the finder (R-10).

    For 突出 and 严重 the method has to be on site; an empty `method` asks about the person only.
    """
    if finding.state != FindingState.FED_BACK:
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, order.unit_id)) is not None:
        return refusal
    if actor.user_id is None or any(reply.replied_by_id == actor.user_id for reply in replies):
        return deny("replier")
    if finding.severity == Severity.SERIOUS and finding.found_by_id == actor.user_id:
        return deny("finder")
    needs_site = finding.severity in (Severity.PROMINENT, Severity.SERIOUS)
    if method and needs_site and method != VerificationMethod.ON_SITE:
        return deny("on_site_needed")
    return _role(actor, CHECKERS, order, "not_checker", is_team=True)


def can_record_look_back(actor: Actor, look_back: LookBack) -> Decision:
    """Test whether the actor may record a re-check: office or team, not of the unit itself."""
    if look_back.done_at is not None:
        return deny(STATE_NOW)
    finding = look_back.finding
    if (refusal := _keep_out(actor, finding.unit_id)) is not None:
        return refusal
    if actor.has_role(CHECKERS, campaign_id=finding.campaign_id, path=look_back.area_path):
        return ALLOW
    return deny("not_checker")


def can_sign_urge(actor: Actor, urge: Urge) -> Decision:
    """Test whether the actor may sign an urge: the campaign head."""
    if urge.signed_at is not None:
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, urge.order.unit_id)) is not None:
        return refusal
    return _role(actor, {Role.CAMPAIGN_HEAD}, urge.order, "not_head")


def can_refer_finding(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may hand a finding to the line authority: the campaign head or the office."""
    allowed = (FindingState.CONFIRMED, *WAITING_ON_UNIT, FindingState.FED_BACK, FindingState.WRITTEN_OFF)
    if finding.state not in allowed:
        return deny(STATE_NOW)
    return _role(actor, OFFICE_ROLES, finding, "not_office")


def can_answer_referral(actor: Actor, referral: Referral) -> Decision:
    """Test whether the actor may enter the authority's result: the authority, or the office from its letter."""
    if not can_move(referral.state, REFERRAL_TRANSITIONS, "answer"):
        return deny(STATE_NOW)
    if any(g.role is Role.LINE_AUTHORITY and g.unit_id == referral.authority_id for g in actor.grants):
        return ALLOW
    return _role(actor, OFFICE_ROLES, referral, "not_office")


def can_propose_common_problem(actor: Actor, campaign_id: UUID) -> Decision:
    """Test whether the actor may propose a common problem."""
    return ALLOW if actor.has_role(CHECKERS, campaign_id=campaign_id) else deny("not_staff")


def can_send_common_notice(actor: Actor, common_problem: CommonProblem) -> Decision:
    """Test whether the actor may sign the notice to all units."""
    if not can_move(common_problem.state, COMMON_TRANSITIONS, "notice"):
        return deny(STATE_NOW)
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=common_problem.campaign_id):
        return ALLOW
    return deny("not_head")


def can_close_common_problem(actor: Actor, common_problem: CommonProblem) -> Decision:
    """Test whether the actor may close a noticed common problem."""
    if not can_move(common_problem.state, COMMON_TRANSITIONS, "close"):
        return deny(STATE_NOW)
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=common_problem.campaign_id):
        return ALLOW
    return deny("not_office")


def can_answer_self_check(actor: Actor, check: SelfCheck) -> Decision:
    """Test whether the actor may answer yes/no and a number for the unit (G-37)."""
    if check.common_problem.closed_at is not None or check.revoked_at is not None:
        return deny(STATE_NOW)
    if actor.kind is Kind.UNIT_LINK:
        return ALLOW if actor.unit_id == check.unit_id else deny("other_unit")
    roles = {Role.UNIT_LIAISON, *CHECKERS}
    if actor.has_role(roles, campaign_id=check.common_problem.campaign_id, path=check.unit.path):
        return ALLOW
    return deny("other_unit")


def can_decide_trace_back(actor: Actor, trace_back: TraceBack) -> Decision:
    """Test whether the actor may decide on a proposal: the campaign head, a named person (G-26)."""
    if not can_move(trace_back.state, TRACE_TRANSITIONS, "open"):
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, trace_back.finding.unit_id)) is not None:
        return refusal
    return _role(actor, {Role.CAMPAIGN_HEAD}, trace_back, "not_head")


def can_conclude_trace_back(actor: Actor, trace_back: TraceBack) -> Decision:
    """Test whether the actor may write the conclusion."""
    if not can_move(trace_back.state, TRACE_TRANSITIONS, "conclude"):
        return deny(STATE_NOW)
    return _role(actor, OFFICE_ROLES, trace_back, "not_office")


# Pieces --------------------------------------------------------------------------------------------------
def _role(actor: Actor, roles: Iterable[Role], thing: Any, reason: str, *, is_team: bool = False) -> Decision:
    campaign_id, path = thing.campaign_id, thing.area_path
    if actor.is_system or actor.has_role(roles, campaign_id=campaign_id, path=path):
        return ALLOW
    # A line department outside the team's sector answers for a site inside it; the queryset bounds what a team sees.
    if is_team and actor.has_role({Role.TEAM_HEAD, Role.INSPECTOR}, campaign_id=campaign_id):
        return ALLOW
    return deny(reason)


def _keep_out(actor: Actor, unit_id: UUID) -> Decision | None:
    if unit_id in actor.recused_unit_ids:
        return deny("recused")
    if actor.kind is Kind.USER and actor.unit_id == unit_id:
        return deny("own_unit")
    if any(grant.role is Role.UNIT_LIAISON and grant.unit_id == unit_id for grant in actor.grants):
        return deny("own_unit")
    return None


def _has_team(actor: Actor) -> bool:
    return actor.user_id is not None and actor.has_role({Role.TEAM_HEAD, Role.INSPECTOR})
