"""From telling the subject to the proposal: defence, three distinctions, tolerance considered."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.accountability import completeness, policy
from duban.accountability import measures as forms
from duban.accountability.limits import MIN_HEARERS
from duban.accountability.models import AccountabilityCase, Defence, DistinctionAnswer, Proposal
from duban.accountability.states import CASE_TRANSITIONS, Distinction, ToleranceChoice, ToleranceState
from duban.accountability.steps import load_case, load_unit, not_later, posts, record, took_part, words
from duban.kernel import workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, Text
from duban.notices.operations import notify
from duban.rectification.progress import allow


@transaction.atomic
def tell_subject(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    told_on: date,
    measures: Iterable[str],
    reasons: str,
    to_body_id: UUID,
) -> AccountabilityCase:
    """This function will record that facts, basis and the measure in mind were told, before any defence.

    The measure told is what “no aggravation” is measured by. From now on the unit sees its own matter.

    :raises Invalid: without facts or basis, or for a measure heavier than before without new facts.
    """
    case = load_case(actor, case_id)
    allow(policy.can_tell_subject(actor, case))
    not_later(told_on, at, "told_on")
    reasons = words(reasons=(reasons, _("请写明拟处理意见的理由。")))["reasons"]
    lacking = completeness.missing(case)
    absent = {part: lacking[part] for part in ("facts", "basis", "basis_version") if part in lacking}
    if absent:
        raise Invalid("nothing_to_tell", _("告知前须有事实和有效依据。"), absent)
    chosen = forms.chosen(case.subject_kind, measures)
    last = case.proposals.order_by("-sequence").first()
    is_heard = case.defences.exists()
    if is_heard and last and forms.is_heavier(case.subject_kind, chosen, last.measures):
        raise heavier_without_facts()
    _propose(case, actor, at, chosen, reasons, to_body_id, is_told=True)
    case.told_on = told_on
    case.save(update_fields=["told_on"])
    took_part(case, actor)
    record("accountability.told", actor=actor, at=at, case=case, measures=chosen)
    notify(
        at=at, campaign_id=case.campaign_id,
        once_key=f"accountability.told:{case.pk}:{case.defences.count()}",
        kind="accountability", unit_id=case.unit_id, link=f"/accountability/{case.pk}/", subject=case,
        text=_("%(number)s：事实、依据和拟处理意见已告知，可以陈述和申辩。") % {"number": case},
    )  # fmt: skip
    return case


@transaction.atomic
def hear_defence(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    heard_on: date,
    heard_by_posts: Iterable[str],
    statement: str = "",
    defence: str = "",
    response: str = "",
    signature: str = "",
    is_waived: bool = False,
    waiver_record: str = "",
) -> Defence:
    """This function will record the statement and defence, or that the subject waived them (G-20).

    :raises Invalid: before the subject was told, with fewer than two hearers, or with an empty record.
    """
    case = load_case(actor, case_id)
    allow(policy.can_hear_defence(actor, case))
    not_later(heard_on, at, "heard_on")
    hearers = posts(heard_by_posts)
    faults: dict[str, Text] = {}
    if case.told_on is None:
        faults["told"] = completeness.PARTS["told"]
    elif heard_on < case.told_on:
        faults["heard_on"] = _("听取日期不能早于告知日期。")
    if len(hearers) < MIN_HEARERS:
        faults["heard_by_posts"] = _("听取人不少于%(count)s个岗位。") % {"count": MIN_HEARERS}
    if is_waived and not waiver_record.strip():
        faults["waiver_record"] = _("请记录放弃陈述和申辩的情况。")
    if not is_waived and not statement.strip():
        faults["statement"] = _("请记录对象的陈述。")
    if not is_waived and not response.strip():
        faults["response"] = _("请写明申辩的采纳情况和理由。")
    if not is_waived and not signature.strip():
        faults["signature"] = _("请写明对象签署的意见，未签署的写明原因。")
    if faults:
        raise Invalid("defence_incomplete", fields=faults)
    heard = Defence.objects.create(
        case=case, sequence=case.defences.count() + 1, heard_on=heard_on, heard_by_posts=hearers,
        is_waived=is_waived, waiver_record=waiver_record.strip()[:300], statement=statement.strip(),
        defence=defence.strip(), response=response.strip(), signature=signature.strip()[:200], recorded_at=at,
        recorded_by_id=actor.user_id,
    )  # fmt: skip
    workflow.move(case, CASE_TRANSITIONS, "hear")
    took_part(case, actor)
    verb = "accountability.defence_waived" if is_waived else "accountability.heard"
    record(verb, actor=actor, at=at, case=case)
    return heard


@transaction.atomic
def answer_distinctions(
    *, actor: Actor, at: datetime, case_id: UUID, answers: Mapping[str, tuple[bool, str]]
) -> AccountabilityCase:
    """This function will answer the three distinctions, each with its reason (S0-79).

    `answers` maps a Distinction to (is a fault to tolerate, reason). Only all three are taken.
    """
    case = load_case(actor, case_id)
    allow(policy.can_answer_distinctions(actor, case))
    faults = {
        code: _("请回答并写明理由。")
        for code in Distinction.values
        if code not in answers or answers[code][0] is None or not answers[code][1].strip()
    }
    if faults:
        raise Invalid("distinctions_missing", fields=faults)
    for code in Distinction.values:
        is_tolerable, reason = answers[code]
        DistinctionAnswer.objects.update_or_create(
            case=case, distinction=code,
            defaults={
                "is_fault_to_tolerate": is_tolerable, "reason": reason.strip()[:300], "answered_at": at,
                "answered_by_id": actor.user_id,
            },
        )  # fmt: skip
    took_part(case, actor)
    record("accountability.distinguished", actor=actor, at=at, case=case)
    return case


@transaction.atomic
def consider_tolerance(
    *, actor: Actor, at: datetime, case_id: UUID, is_opened: bool, reason: str
) -> AccountabilityCase:
    """This function will record that tolerance was considered: opened, or not opened because … (S4-71).

    :raises Invalid: without a reason, or “not opened” while an application waits.
    """
    case = load_case(actor, case_id)
    allow(policy.can_consider_tolerance(actor, case))
    reason = words(reason=(reason, _("请写明启动或不启动的理由。")))["reason"]
    tolerance = getattr(case, "tolerance", None)
    if not is_opened and tolerance is not None and tolerance.state != ToleranceState.DECLINED:
        raise Invalid("tolerance_pending", fields={"is_opened": _("容错申请正在办理，不能记为不启动。")})
    if is_opened and tolerance is not None and tolerance.state == ToleranceState.DECLINED:
        raise Invalid("tolerance_declined", fields={"is_opened": _("容错申请已不予受理。")})
    note_tolerance(
        case, actor, at, ToleranceChoice.OPENED if is_opened else ToleranceChoice.NOT_OPENED, reason
    )
    took_part(case, actor)
    record(
        "accountability.tolerance_considered", actor=actor, at=at, case=case, reason=reason,
        choice=case.tolerance_choice,
    )  # fmt: skip
    return case


@transaction.atomic
def propose_measures(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    measures: Iterable[str],
    reasons: str,
    to_body_id: UUID,
) -> Proposal:
    """This function will propose measures, or none, to the body with authority, after the defence.

    :raises Invalid: for a measure heavier than the last one: a defence never aggravates (G-21).
    """
    case = load_case(actor, case_id)
    allow(policy.can_propose_measures(actor, case))
    reasons = words(reasons=(reasons, _("请写明建议的理由。")))["reasons"]
    chosen = forms.chosen(case.subject_kind, measures)
    last = case.proposals.order_by("-sequence").first()
    if last is None or forms.is_heavier(case.subject_kind, chosen, last.measures):
        raise heavier_without_facts()
    proposal = _propose(case, actor, at, chosen, reasons, to_body_id, is_told=False)
    workflow.move(case, CASE_TRANSITIONS, "propose")
    took_part(case, actor)
    record("accountability.proposed", actor=actor, at=at, case=case, measures=chosen)
    return proposal


def note_tolerance(case: AccountabilityCase, actor: Actor, at: datetime, choice: str, reason: str) -> None:
    """This function will write the consideration of tolerance on the case (also from its own procedure)."""
    case.tolerance_choice, case.tolerance_reason = choice, reason[:300]
    case.tolerance_considered_at, case.tolerance_considered_by_id = at, actor.user_id
    case.save(
        update_fields=[
            "tolerance_choice", "tolerance_reason", "tolerance_considered_at", "tolerance_considered_by"
        ]
    )  # fmt: skip


def heavier_without_facts() -> Invalid:
    """This function will return the refusal of a heavier measure (G-21)."""
    sentence = _("不得因申辩加重。另有新事实的，先补充新事实，重新告知并听取申辩。")
    return Invalid("aggravation", sentence, {"measures": sentence})


def _propose(
    case: AccountabilityCase,
    actor: Actor,
    at: datetime,
    chosen: list[str],
    reasons: str,
    to_body_id: UUID,
    *,
    is_told: bool,
) -> Proposal:
    return Proposal.objects.create(
        case=case, sequence=case.proposals.count() + 1, is_told=is_told, measures=chosen, reasons=reasons,
        to_body=load_unit(to_body_id), proposed_at=at, proposed_by_id=actor.user_id,
    )  # fmt: skip
