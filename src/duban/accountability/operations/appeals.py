"""Appeals: filed by the subject, reviewed by somebody else, never heavier; execution goes on (G-22)."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.accountability import limits, policy
from duban.accountability import measures as forms
from duban.accountability.models import AccountabilityCase, Appeal
from duban.accountability.operations.publication import take_down
from duban.accountability.states import APPEAL_TRANSITIONS, CASE_TRANSITIONS
from duban.accountability.steps import load_case, not_later, record, took_part, words
from duban.kernel import clock, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.notices.operations import notify
from duban.people.actors import actor_for
from duban.people.models import User
from duban.rectification.progress import allow

OUTCOMES = {"uphold": "upheld", "change": "changed", "revoke": "revoked", "dismiss": "dismissed"}


@transaction.atomic
def file_appeal(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    reasons: str,
    filed_by_label: str,
    filed_on: date | None = None,
) -> Appeal:
    """This function will take a written appeal and say whether it came in time; a late one is taken, too.

    The decision goes on being executed. The answer is due within the decision's own months.
    """
    case = load_case(actor, case_id)
    allow(policy.can_file_appeal(actor, case))
    if hasattr(case, "appeal"):
        raise Conflict("appeal_exists", _("本案已有申诉。"))
    given = words(
        reasons=(reasons, _("请写明申诉的理由。")),
        filed_by_label=(filed_by_label, _("请写明申诉的单位或岗位。")),
    )
    filed_on = not_later(filed_on or clock.local_day(at), at, "filed_on")
    decision = case.decision
    if filed_on < decision.delivered_on:
        raise Invalid("filed_early", fields={"filed_on": _("申诉日期不能早于送达日期。")})
    is_staff = case.unit_id not in policy.liaison_unit_ids(actor)
    appeal = Appeal.objects.create(
        case=case, campaign_id=case.campaign_id, area_path=case.area_path, filed_on=filed_on,
        filed_by_label=given["filed_by_label"][:80], entered_by_id=actor.user_id, is_on_behalf=is_staff,
        is_within_limit=decision.remedy_is_open(filed_on), reasons=given["reasons"],
        answer_due_on=limits.add_months(filed_on, decision.answer_months),
    )  # fmt: skip
    workflow.move(case, CASE_TRANSITIONS, "appeal")
    if is_staff:
        took_part(case, actor)
    record("appeal.filed", actor=actor, at=at, case=case, is_within_limit=appeal.is_within_limit)
    return appeal


@transaction.atomic
def assign_reviewer(*, actor: Actor, at: datetime, appeal_id: UUID, reviewer_id: UUID) -> Appeal:
    """This function will name the reviewer of an appeal.

    :raises Denied: if that person handled the case, sat in the decision or belongs to the unit.
    """
    appeal = get_visible(policy.appeals_visible_to(actor), appeal_id, lock=True)
    allow(policy.can_assign_reviewer(actor, appeal))
    reviewer = _reviewer(reviewer_id)
    case = appeal.case
    decision = policy.can_review(
        actor_for(reviewer, at=at), case, case.handlers.values_list("pk", flat=True), case.decision.attendees
    )
    if not decision:
        raise Denied(decision.reason, decision.message)
    workflow.move(
        appeal, APPEAL_TRANSITIONS, "assign", reviewer_id=reviewer.pk, assigned_by_id=actor.user_id
    )  # fmt: skip
    record("appeal.assigned", actor=actor, at=at, case=case)
    notify(
        at=at, campaign_id=case.campaign_id, once_key=f"appeal.assigned:{appeal.pk}:{reviewer.pk}",
        kind="accountability", user_id=reviewer.pk, link=f"/accountability/{case.pk}/", subject=appeal,
        text=_("%(number)s 申诉由您审查，%(day)s前书面答复。")
        % {"number": case, "day": appeal.answer_due_on.isoformat()},
    )  # fmt: skip
    return appeal


@transaction.atomic
def decide_appeal(
    *,
    actor: Actor,
    at: datetime,
    appeal_id: UUID,
    outcome: str,
    reasons: str,
    decided_on: date | None = None,
    measures: Iterable[str] = (),
) -> Appeal:
    """This function will decide an appeal: `uphold`, `change` (with lighter measures), `revoke` or `dismiss`.

    :raises Invalid: for an aggravation, a change that changes nothing, or the dismissal of a timely appeal.
    """
    appeal = get_visible(policy.appeals_visible_to(actor), appeal_id, lock=True)
    allow(policy.can_decide_appeal(actor, appeal))
    if outcome not in OUTCOMES:
        raise Invalid("outcome_unknown", fields={"outcome": _("请选择审查结果。")})
    reasons = words(reasons=(reasons, _("请写明审查的理由。")))["reasons"]
    case = appeal.case
    if outcome == "dismiss" and appeal.is_within_limit:
        raise Invalid("timely", fields={"outcome": _("期限内提出的申诉须审查后作出结论，不能不予受理。")})
    changed = _lighter(case, measures) if outcome == "change" else None
    day = not_later(decided_on or clock.local_day(at), at, "decided_on")
    if day < appeal.filed_on:
        raise Invalid("decided_early", fields={"decided_on": _("审查日期不能早于申诉日期。")})
    workflow.move(
        appeal, APPEAL_TRANSITIONS, outcome, measures=changed, result_reasons=reasons, decided_on=day,
        answered_on=day,
    )  # fmt: skip
    _settle(case, outcome, reasons, actor, at)
    record(f"appeal.{OUTCOMES[outcome]}", actor=actor, at=at, case=case, measures=changed)
    notify(
        at=at, campaign_id=case.campaign_id, once_key=f"appeal.decided:{appeal.pk}", kind="accountability",
        unit_id=case.unit_id, link=f"/accountability/{case.pk}/", subject=appeal,
        text=_("%(number)s 申诉已有结论：%(result)s。")
        % {"number": case, "result": appeal.get_state_display()},
    )  # fmt: skip
    return appeal


def _reviewer(reviewer_id: UUID) -> User:
    reviewer = User.objects.filter(pk=reviewer_id, is_active=True).first()
    if reviewer is None:
        raise NotFound()
    return reviewer


def _lighter(case: AccountabilityCase, measures: Iterable[str]) -> list[str]:
    chosen = forms.chosen(case.subject_kind, measures)
    if not chosen:
        raise Invalid("nothing_left", fields={"measures": _("不再给予任何方式的，请选择撤销。")})
    if not forms.is_heavier(case.subject_kind, case.decision.measures, chosen):
        raise Invalid("aggravation", fields={"measures": _("变更只能轻于原决定，不得因申诉加重。")})
    return chosen


def _settle(case: AccountabilityCase, outcome: str, reasons: str, actor: Actor, at: datetime) -> None:
    """Move the case on, and take down a public text that is no longer right."""
    today = clock.local_day(at)
    if outcome == "revoke":
        workflow.move(
            case, CASE_TRANSITIONS, "revoke", withdrawn_at=at, withdrawal_reason=_("经申诉审查撤销")
        )  # fmt: skip
        record("accountability.revoked", actor=actor, at=at, case=case, reason=reasons)
    else:
        workflow.move(case, CASE_TRANSITIONS, "settle_appeal", effective_on=case.effective_on or today)
        record("accountability.took_effect", actor=actor, at=at, case=case)
    if outcome in ("change", "revoke") and hasattr(case, "publication"):
        take_down(case.publication, actor=actor, at=at, reason=_("经申诉审查变更或撤销，须更正"))
