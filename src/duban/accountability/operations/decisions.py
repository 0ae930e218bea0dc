"""The collective decision, its delivery, its effect and the end of the matter (G-20, G-22, S3-50)."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.accountability import completeness, limits, policy
from duban.accountability import measures as forms
from duban.accountability.models import AccountabilityCase, AccountabilityDecision
from duban.accountability.operations.hearing import heavier_without_facts
from duban.accountability.states import CASE_TRANSITIONS, ToleranceResult, ToleranceState
from duban.accountability.steps import load_case, not_later, posts, record, took_part, vote_faults, words
from duban.kernel import clock, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, Text
from duban.notices.operations import notify
from duban.rectification.progress import allow


@transaction.atomic
def record_decision(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    body_id: UUID | None,
    attendees: Iterable[str],
    decided_on: date | None,
    votes_for: int | None,
    votes_against: int | None,
    votes_abstain: int | None = 0,
    measures: Iterable[str] = (),
    reasons: str = "",
    remedy: str = "",
    number_text: str = "",
    appeal_months: int = limits.APPEAL_MONTHS,
    answer_months: int = limits.ANSWER_MONTHS,
) -> AccountabilityDecision:
    """This function will record what the body with authority decided; no measure means no accountability.

    :raises Invalid: naming each part of G-20 that is missing, or for a measure heavier than the proposal.
    """
    case = load_case(actor, case_id)
    allow(policy.can_record_decision(actor, case))
    sitting = posts(attendees)
    faults: dict[str, Text] = completeness.missing(case)
    faults |= vote_faults(
        sitting, {"votes_for": votes_for, "votes_against": votes_against, "votes_abstain": votes_abstain}
    )
    faults |= _faults(case, at, body_id, decided_on, reasons, remedy)
    if min(appeal_months, answer_months) < 1:
        faults["appeal_months"] = _("申诉和答复期限至少各1个月。")
    if faults:
        raise Invalid("decision_incomplete", _("还不能作出决定，缺少以下内容。"), faults)
    chosen = forms.chosen(case.subject_kind, measures)
    _check_weight(case, chosen)
    decision = AccountabilityDecision.objects.create(
        case=case, campaign_id=case.campaign_id, area_path=case.area_path, body_id=body_id, attendees=sitting,
        number_text=number_text.strip()[:80], decided_on=decided_on, votes_for=votes_for,
        votes_against=votes_against, votes_abstain=votes_abstain, measures=chosen, reasons=reasons.strip(),
        remedy=remedy.strip(), appeal_months=appeal_months, answer_months=answer_months, recorded_at=at,
        recorded_by_id=actor.user_id,
    )  # fmt: skip
    workflow.move(case, CASE_TRANSITIONS, "decide")
    took_part(case, actor)
    record("accountability.decided", actor=actor, at=at, case=case, measures=chosen)
    return decision


@transaction.atomic
def deliver_decision(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    delivered_on: date,
    received_by_label: str,
    delivery_method: str,
) -> AccountabilityDecision:
    """This function will record the delivery with its receipt; the day of receipt starts the remedy clock.

    :raises Invalid: for a day before the decision or in the future, or without who received it.
    """
    case = load_case(actor, case_id)
    allow(policy.can_deliver_decision(actor, case))
    given = words(
        received_by_label=(received_by_label, _("请写明签收岗位。")),
        delivery_method=(delivery_method, _("请写明送达方式。")),
    )
    decision = case.decision
    not_later(delivered_on, at, "delivered_on")
    if delivered_on < decision.decided_on:
        raise Invalid("delivered_early", fields={"delivered_on": _("送达日期不能早于决定日期。")})
    decision.delivered_on = delivered_on
    decision.received_by_label = given["received_by_label"][:80]
    decision.delivery_method = given["delivery_method"][:80]
    decision.remedy_until = limits.add_months(delivered_on, decision.appeal_months)
    decision.save(update_fields=["delivered_on", "received_by_label", "delivery_method", "remedy_until"])
    workflow.move(case, CASE_TRANSITIONS, "deliver")
    took_part(case, actor)
    record("accountability.delivered", actor=actor, at=at, case=case, until=decision.remedy_until)
    notify(
        at=at, campaign_id=case.campaign_id, once_key=f"accountability.delivered:{case.pk}",
        kind="accountability", unit_id=case.unit_id, link=f"/accountability/{case.pk}/", subject=case,
        text=_("%(number)s 决定已送达，可以在%(day)s前提出申诉。")
        % {"number": case, "day": decision.remedy_until.isoformat()},
    )  # fmt: skip
    return decision


@transaction.atomic
def confirm_effect(*, actor: Actor, at: datetime, case_id: UUID) -> AccountabilityCase:
    """This function will note that the time for an appeal is over and none was filed.

    :raises Invalid: while an appeal may still come.
    """
    case = load_case(actor, case_id)
    allow(policy.can_confirm_effect(actor, case))
    today = clock.local_day(at)
    if case.decision.remedy_is_open(today):
        raise Invalid("remedy_open", _("申诉期限未满，决定尚未生效。"))
    workflow.move(case, CASE_TRANSITIONS, "become_effective", effective_on=today)
    record("accountability.took_effect", actor=actor, at=at, case=case)
    return case


@transaction.atomic
def conclude_case(*, actor: Actor, at: datetime, case_id: UUID, execution: str) -> AccountabilityCase:
    """This function will close the matter with what was executed: copies, self-criticism, reform."""
    case = load_case(actor, case_id)
    allow(policy.can_conclude_case(actor, case))
    execution = words(execution=(execution, _("请写明执行情况。")))["execution"]
    workflow.move(case, CASE_TRANSITIONS, "conclude", execution=execution, concluded_at=at)
    took_part(case, actor)
    record("accountability.concluded", actor=actor, at=at, case=case)
    return case


def _faults(
    case: AccountabilityCase,
    at: datetime,
    body_id: UUID | None,
    decided_on: date | None,
    reasons: str,
    remedy: str,
) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    last = case.proposals.order_by("-sequence").first()
    if body_id is None:
        faults["body"] = _("请选定作出决定的组织。")
    elif last is not None and last.to_body_id != body_id:
        faults["body"] = _("决定的组织与提请的组织不一致。")
    heard = case.defences.order_by("-sequence").first()
    if decided_on is None:
        faults["decided_on"] = _("请填写决定日期。")
    elif decided_on > clock.local_day(at):
        faults["decided_on"] = _("日期不能晚于今天。")
    elif heard is not None and decided_on < heard.heard_on:
        faults["decided_on"] = _("决定日期不能早于听取申辩的日期。")
    if not reasons.strip():
        faults["reasons"] = _("请写明决定的理由。")
    if not remedy.strip():
        faults["remedy"] = _("请写明申诉的途径和期限。")
    return faults


def _check_weight(case: AccountabilityCase, chosen: list[str]) -> None:
    """Refuse what is heavier than the proposal (G-21) and what the tolerance result does not allow."""
    proposals = list(case.proposals.order_by("sequence"))
    if forms.is_heavier(case.subject_kind, chosen, proposals[-1].measures):
        raise heavier_without_facts()
    tolerance = getattr(case, "tolerance", None)
    if tolerance is None or tolerance.state == ToleranceState.DECLINED:
        return
    told = [proposal for proposal in proposals if proposal.is_told][-1]
    if tolerance.result == ToleranceResult.EXEMPT and chosen:
        raise Invalid("exempted", fields={"measures": _("容错认定为不予、免予问责，不能再选择问责方式。")})
    is_lighter = forms.is_heavier(case.subject_kind, told.measures, chosen)
    if tolerance.result == ToleranceResult.LIGHTER and not is_lighter:
        raise Invalid("not_lighter", fields={"measures": _("容错认定为从轻、减轻，须轻于告知的处理意见。")})
