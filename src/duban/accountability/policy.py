"""Who sees an accountability case and who may take which step. Pure but for the `*_visible_to` querysets.

The file belongs to the campaign head and its handler, an appeal also to its reviewer. The subject's unit sees
what it was told: facts, basis, decision, remedy. Teams never; the auditor reads events in the journal only.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.accountability.models import (
    AccountabilityCase,
    AccountabilityDecision,
    Appeal,
    CorrectionItem,
    MeddlingRecord,
    Publication,
    ToleranceCase,
)
from duban.accountability.states import (
    APPEAL_TRANSITIONS,
    BEFORE_DECISION,
    CASE_TRANSITIONS,
    PUBLICATION_TRANSITIONS,
    TOLERANCE_TRANSITIONS,
    CaseState,
    PublicationState,
    ToleranceState,
)
from duban.campaigns.models import Campaign
from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision
from duban.kernel.policy import deny as deny_because
from duban.kernel.scope import NOTHING, area_condition
from duban.kernel.workflow import Transitions, can_move
from duban.people.models import User
from duban.rectification.models import TraceBack
from duban.rectification.policy import STATE_NOW
from duban.rectification.states import TraceState

REVIEW_ROLES = frozenset({*OFFICE_ROLES, Role.LEADER})
RECORDING_ROLES = frozenset({*CASE_ROLES, *FIELD_ROLES, Role.HEADQUARTERS, Role.LINE_AUTHORITY})
REASONS = {
    STATE_NOW: _("当前状态不能这样办理。"),
    "not_head": _("由专班组长岗办理。"),
    "not_handler": _("由经办人或专班组长岗办理。"),
    "not_reviewer": _("由确定的申诉审查人办理。"),
    "handled_case": _("办理过本案的人须回避，不能审查申诉。"),
    "not_reviewer_role": _("审查人须是本专项的专班岗位或委领导。"),
    "recused": _("已申报对该单位回避。"),
    "own_unit": _("涉及本人所在的单位，须由他人办理。"),
    "other_unit": _("只能办理本单位的事项。"),
    "trace_back_not_open": _("责任倒查尚未决定启动，不能启动问责核查。"),
    "own_draft": _("法制核对须由拟稿人以外的人办理。"),
    "not_effective": _("决定尚未生效，不能公开。"),
    "not_staff": _("由本专项的工作岗位登记。"),
}


def deny(reason: str) -> Decision:
    """This function will return a refusal with its sentence."""
    return deny_because(reason, REASONS[reason])


# What one sees -------------------------------------------------------------------------------------------
def cases_visible_to(actor: Actor) -> QuerySet[AccountabilityCase]:
    """Return the files the actor works on and, for a liaison, the matters its own unit has been told of."""
    rows = AccountabilityCase.objects.select_related("campaign", "unit", "post")
    if actor.is_system:
        return rows
    if actor.kind is not Kind.USER:
        return rows.none()
    condition = area_condition(actor, {Role.CAMPAIGN_HEAD})
    if actor.has_role(REVIEW_ROLES):
        own = Q(handler_id=actor.user_id) & area_condition(actor, OFFICE_ROLES)
        reviewed = Q(appeal__reviewer_id=actor.user_id) & area_condition(actor, REVIEW_ROLES)
        condition = _either(condition, own, reviewed)
    return rows.filter(_either(condition, _own_unit(actor)))


def files_visible_to(actor: Actor) -> QuerySet[AccountabilityCase]:
    """Return the cases whose whole file the actor may read (not the subject's unit)."""
    rows = cases_visible_to(actor)
    units = liaison_unit_ids(actor)
    return rows.exclude(unit_id__in=units) if units else rows


def decisions_visible_to(actor: Actor) -> QuerySet[AccountabilityDecision]:
    """Return the decisions of the cases one sees; the subject's unit sees them once delivered."""
    rows = AccountabilityDecision.objects.filter(case__in=cases_visible_to(actor))
    units = liaison_unit_ids(actor)
    return rows.exclude(case__unit_id__in=units, delivered_on=None) if units else rows


def tolerance_cases_visible_to(actor: Actor) -> QuerySet[ToleranceCase]:
    """Return the tolerance cases of the cases one sees."""
    rows = ToleranceCase.objects.select_related("case__unit", "case__post", "case__campaign")
    return rows.filter(case__in=cases_visible_to(actor))


def corrections_visible_to(actor: Actor) -> QuerySet[CorrectionItem]:
    """Return the correction items of the tolerance cases one sees."""
    return CorrectionItem.objects.filter(tolerance__case__in=cases_visible_to(actor))


def appeals_visible_to(actor: Actor) -> QuerySet[Appeal]:
    """Return the appeals of the cases one sees."""
    return Appeal.objects.select_related("case__unit", "case__post").filter(case__in=cases_visible_to(actor))


def publications_visible_to(actor: Actor) -> QuerySet[Publication]:
    """Return the publications of the files one may read."""
    rows = Publication.objects.select_related("case__unit", "case__post")
    return rows.filter(case__in=files_visible_to(actor))


def meddling_records_visible_to(actor: Actor) -> QuerySet[MeddlingRecord]:
    """Return one's own records; all of the area for the campaign head and the auditor."""
    rows = MeddlingRecord.objects.select_related("case", "recorded_by")
    if actor.is_system:
        return rows
    if actor.kind is not Kind.USER:
        return rows.none()
    wide = area_condition(actor, {Role.CAMPAIGN_HEAD, Role.AUDITOR})
    return rows.filter(_either(Q(recorded_by_id=actor.user_id), wide))


def liaison_unit_ids(actor: Actor) -> set[UUID]:
    """Return the units the actor answers for as their liaison."""
    return {grant.unit_id for grant in actor.grants if grant.role is Role.UNIT_LIAISON and grant.unit_id}


def _either(*conditions: Q) -> Q:
    """Join conditions by “or”; an empty one means everything and Django would drop it."""
    joined = NOTHING
    for condition in conditions:
        if not condition:
            return Q()
        joined = joined | condition
    return joined


def _own_unit(actor: Actor) -> Q:
    condition = NOTHING
    for grant in actor.grants:
        if grant.role is Role.UNIT_LIAISON and grant.unit_id:
            part = Q(unit_id=grant.unit_id, told_on__isnull=False)
            condition = condition | (part & Q(campaign_id=grant.campaign_id) if grant.campaign_id else part)
    return condition


# The file ------------------------------------------------------------------------------------------------
def can_open_case(actor: Actor, trace_back: TraceBack, unit_id: UUID) -> Decision:
    """Test whether the actor may open a case: the campaign head, from a trace-back that was opened (G-26)."""
    if trace_back.state != TraceState.OPENED:
        return deny("trace_back_not_open")
    if (refusal := _keep_out(actor, unit_id)) is not None:
        return refusal
    return _head(actor, trace_back.campaign_id, trace_back.area_path)


def can_hand_over_case(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the actor may name another handler: the campaign head, while the matter is open."""
    if case.state in (CaseState.WITHDRAWN, CaseState.CONCLUDED):
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, case.unit_id)) is not None:
        return refusal
    return _head(actor, case.campaign_id, case.area_path)


def can_read_file(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the actor may read the whole file: head, handler, reviewer; never the subject's unit."""
    if (refusal := _keep_out(actor, case.unit_id)) is not None:
        return refusal
    if actor.is_system or _works(actor, case) or is_reviewer(actor, case):
        return ALLOW
    return deny("not_handler")


def can_change_case(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether facts, basis, lines and the questions may still be answered: before the decision."""
    return _before_decision(actor, case)


can_examine_line = can_change_case
can_answer_distinctions = can_change_case
can_consider_tolerance = can_change_case


def can_tell_subject(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether facts, basis and the measure in mind may be told: before the defence is heard."""
    return _step(actor, case, "hear")


can_hear_defence = can_tell_subject


def can_add_new_facts(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether new facts may be added, which leads back to the hearing (G-21)."""
    return _step(actor, case, "add_new_facts")


def can_propose_measures(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether measures may be proposed: after the defence."""
    return _step(actor, case, "propose")


def can_record_decision(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the actor may record the collective decision; what is missing is said apart."""
    return _before_decision(actor, case)


def can_deliver_decision(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the decision may be delivered."""
    return _step(actor, case, "deliver")


def can_confirm_effect(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the end of the remedy may be recorded; the sweep does it, or the handler."""
    if actor.is_system and can_move(case.state, CASE_TRANSITIONS, "become_effective"):
        return ALLOW
    return _step(actor, case, "become_effective")


def can_conclude_case(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the matter may be concluded."""
    return _step(actor, case, "conclude")


def can_withdraw_case(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the matter may be withdrawn before a decision: by the campaign head."""
    if not can_move(case.state, CASE_TRANSITIONS, "withdraw"):
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, case.unit_id)) is not None:
        return refusal
    return _head(actor, case.campaign_id, case.area_path)


# Tolerance -----------------------------------------------------------------------------------------------
def can_apply_for_tolerance(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the actor may apply: the subject's unit, or the handler on its behalf or ex officio."""
    if case.state not in BEFORE_DECISION:
        return deny(STATE_NOW)
    if case.unit_id in liaison_unit_ids(actor):
        return ALLOW
    return _working(actor, case)


def can_accept_tolerance(actor: Actor, tolerance: ToleranceCase) -> Decision:
    """Test whether the application may be accepted."""
    return _tolerance_step(actor, tolerance, "accept")


def can_decline_tolerance(actor: Actor, tolerance: ToleranceCase) -> Decision:
    """Test whether the application may be declined."""
    return _tolerance_step(actor, tolerance, "decline")


def can_verify_tolerance(actor: Actor, tolerance: ToleranceCase) -> Decision:
    """Test whether the verification may be recorded."""
    return _tolerance_step(actor, tolerance, "verify")


def can_determine_tolerance(actor: Actor, tolerance: ToleranceCase) -> Decision:
    """Test whether the collective determination may be recorded."""
    return _tolerance_step(actor, tolerance, "determine")


def can_tell_tolerance(actor: Actor, tolerance: ToleranceCase) -> Decision:
    """Test whether the result may be told to the applicant."""
    return _tolerance_step(actor, tolerance, "tell")


def can_close_tolerance(actor: Actor, tolerance: ToleranceCase) -> Decision:
    """Test whether the tolerance case may be closed."""
    return _tolerance_step(actor, tolerance, "close")


def can_check_correction(actor: Actor, item: CorrectionItem) -> Decision:
    """Test whether a correction may be checked: after the result was told, until it is corrected."""
    if item.is_corrected or item.tolerance.state != ToleranceState.TOLD:
        return deny(STATE_NOW)
    return _working(actor, item.tolerance.case)


# Appeal --------------------------------------------------------------------------------------------------
def can_file_appeal(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether the actor may file: the unit once the decision is delivered, or staff on its behalf."""
    if not can_move(case.state, CASE_TRANSITIONS, "appeal"):
        return deny(STATE_NOW)
    if case.unit_id in liaison_unit_ids(actor):
        return ALLOW
    return _working(actor, case)


def can_assign_reviewer(actor: Actor, appeal: Appeal) -> Decision:
    """Test whether the actor may name the reviewer: the campaign head."""
    if not can_move(appeal.state, APPEAL_TRANSITIONS, "assign"):
        return deny(STATE_NOW)
    if (refusal := _keep_out(actor, appeal.case.unit_id)) is not None:
        return refusal
    return _head(actor, appeal.campaign_id, appeal.area_path)


def can_review(
    reviewer: Actor, case: AccountabilityCase, handler_ids: Iterable[UUID], attendees: Iterable[str]
) -> Decision:
    """Test whether a person may review: staff who neither handled the case nor sat in the decision (G-22)."""
    if reviewer.user_id in set(handler_ids) or reviewer.label in set(attendees):
        return deny("handled_case")
    if (refusal := _keep_out(reviewer, case.unit_id)) is not None:
        return refusal
    if reviewer.has_role(REVIEW_ROLES, campaign_id=case.campaign_id, path=case.area_path):
        return ALLOW
    return deny("not_reviewer_role")


def can_decide_appeal(actor: Actor, appeal: Appeal) -> Decision:
    """Test whether the actor may decide: the named reviewer only."""
    if not can_move(appeal.state, APPEAL_TRANSITIONS, "uphold"):
        return deny(STATE_NOW)
    return ALLOW if appeal.reviewer_id and appeal.reviewer_id == actor.user_id else deny("not_reviewer")


# Publication and meddling --------------------------------------------------------------------------------
def can_draft_publication(actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether a text may be drafted: only once the decision has taken effect (G-25)."""
    if case.state not in (CaseState.EFFECTIVE, CaseState.CONCLUDED):
        return deny("not_effective")
    publication = getattr(case, "publication", None)
    if publication is not None and publication.state == PublicationState.PUBLISHED:
        return deny(STATE_NOW)
    return _working(actor, case)


def can_check_publication(actor: Actor, publication: Publication) -> Decision:
    """Test whether the actor may do the legal check: head or handler, but not the drafter."""
    if not can_move(publication.state, PUBLICATION_TRANSITIONS, "check"):
        return deny(STATE_NOW)
    if publication.drafted_by_id == actor.user_id:
        return deny("own_draft")
    return _working(actor, publication.case)


def can_publish_decision(actor: Actor, publication: Publication) -> Decision:
    """Test whether the actor may publish: the campaign head, checked text, decision in effect."""
    if not can_move(publication.state, PUBLICATION_TRANSITIONS, "publish"):
        return deny(STATE_NOW)
    if publication.case.state not in (CaseState.EFFECTIVE, CaseState.CONCLUDED):
        return deny("not_effective")
    return _head(actor, publication.campaign_id, publication.area_path)


def can_remove_publication(actor: Actor, publication: Publication) -> Decision:
    """Test whether a public text may be taken down; the sweep does it when its time is over."""
    if not can_move(publication.state, PUBLICATION_TRANSITIONS, "remove"):
        return deny(STATE_NOW)
    if actor.is_system:
        return ALLOW
    return _working(actor, publication.case)


def can_record_meddling(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may record meddling: everybody who works in the campaign."""
    return ALLOW if actor.has_role(RECORDING_ROLES, campaign_id=campaign.pk) else deny("not_staff")


# Pieces --------------------------------------------------------------------------------------------------
def is_reviewer(actor: Actor, case: AccountabilityCase) -> bool:
    """Test whether the actor reviews the appeal of the case."""
    appeal = getattr(case, "appeal", None)
    return appeal is not None and actor.user_id is not None and appeal.reviewer_id == actor.user_id


def can_handle(user_actor: Actor, case: AccountabilityCase) -> Decision:
    """Test whether a person may be the handler: an office post of the campaign, not of the unit."""
    if (refusal := _keep_out(user_actor, case.unit_id)) is not None:
        return refusal
    if user_actor.has_role(OFFICE_ROLES, campaign_id=case.campaign_id, path=case.area_path):
        return ALLOW
    return deny("not_handler")


def names_of(users: Iterable[User]) -> set[str]:
    """Return the display names no public text may contain."""
    return {user.display_name for user in users if len(user.display_name) > 1}


def _works(actor: Actor, case: AccountabilityCase) -> bool:
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=case.campaign_id, path=case.area_path):
        return True
    is_office = actor.has_role(OFFICE_ROLES, campaign_id=case.campaign_id, path=case.area_path)
    return is_office and actor.user_id == case.handler_id


def _working(actor: Actor, case: AccountabilityCase) -> Decision:
    if (refusal := _keep_out(actor, case.unit_id)) is not None:
        return refusal
    return ALLOW if _works(actor, case) else deny("not_handler")


def _before_decision(actor: Actor, case: AccountabilityCase) -> Decision:
    return _working(actor, case) if case.state in BEFORE_DECISION else deny(STATE_NOW)


def _step(actor: Actor, case: AccountabilityCase, action: str) -> Decision:
    return _move(actor, case, case.state, CASE_TRANSITIONS, action)


def _tolerance_step(actor: Actor, tolerance: ToleranceCase, action: str) -> Decision:
    return _move(actor, tolerance.case, tolerance.state, TOLERANCE_TRANSITIONS, action)


def _move(
    actor: Actor, case: AccountabilityCase, state: str, transitions: Transitions, action: str
) -> Decision:
    return _working(actor, case) if can_move(state, transitions, action) else deny(STATE_NOW)


def _head(actor: Actor, campaign_id: UUID, path: str) -> Decision:
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=campaign_id, path=path):
        return ALLOW
    return deny("not_head")


def _keep_out(actor: Actor, unit_id: UUID) -> Decision | None:
    if unit_id in actor.recused_unit_ids:
        return deny("recused")
    if actor.kind is Kind.USER and actor.unit_id == unit_id:
        return deny("own_unit")
    return deny("own_unit") if unit_id in liaison_unit_ids(actor) else None
