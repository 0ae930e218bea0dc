"""The tolerance procedure: apply, accept, verify, determine, tell, correct (§2.7, S4-62, S4-71)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.accountability import limits, policy
from duban.accountability.models import CorrectionItem, ToleranceCase
from duban.accountability.operations.hearing import note_tolerance
from duban.accountability.states import (
    TOLERANCE_TRANSITIONS,
    EmergencyGround,
    Exclusion,
    Factor,
    ToleranceChoice,
    ToleranceResult,
)
from duban.accountability.steps import (
    load_case,
    load_tolerance,
    load_unit,
    not_later,
    posts,
    record,
    took_part,
    vote_faults,
    words,
)
from duban.kernel import clock, workflow
from duban.kernel.actor import Actor
from duban.kernel.calendar import WorkdayCalendar
from duban.kernel.errors import Conflict, Invalid, Text
from duban.kernel.loading import get_visible
from duban.notices.operations import notify
from duban.rectification.progress import allow


@transaction.atomic
def apply_for_tolerance(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    applicant_label: str,
    grounds: str,
    emergency_grounds: Iterable[str] = (),
    is_unintended: bool = False,
    is_ex_officio: bool = False,
) -> ToleranceCase:
    """This function will take an application of the subject, or open tolerance ex officio.

    :raises Invalid: for emergency grounds without “not intended” (S4-62). :raises Conflict: a second time.
    """
    case = load_case(actor, case_id)
    allow(policy.can_apply_for_tolerance(actor, case))
    if hasattr(case, "tolerance"):
        raise Conflict("tolerance_exists", _("本案已有容错申请。"))
    given = words(
        applicant_label=(applicant_label, _("请写明申请的单位或岗位。")), grounds=(grounds, _("请写明理由。"))
    )
    wanted = set(emergency_grounds)
    if not wanted <= set(EmergencyGround.values):
        raise Invalid("ground_unknown", fields={"emergency_grounds": _("请选择列出的情形。")})
    if wanted and not is_unintended:
        raise Invalid("intended", fields={"is_unintended": _("应急情形只适用于非有意而为的行为。")})
    is_staff = case.unit_id not in policy.liaison_unit_ids(actor)
    tolerance = ToleranceCase.objects.create(
        case=case, campaign_id=case.campaign_id, area_path=case.area_path,
        is_ex_officio=is_ex_officio and is_staff, applicant_label=given["applicant_label"][:80],
        grounds=given["grounds"], is_unintended=is_unintended, applied_at=at,
        emergency_grounds=[ground for ground in EmergencyGround.values if ground in wanted],
        due_on=_limit(at, limits.ACCEPT_WORKDAYS),
    )  # fmt: skip
    if is_staff:
        took_part(case, actor)
    record("tolerance.applied", actor=actor, at=at, case=case, grounds=tolerance.emergency_grounds)
    return tolerance


@transaction.atomic
def accept_tolerance(*, actor: Actor, at: datetime, tolerance_id: UUID, reason: str) -> ToleranceCase:
    """This function will accept an application; the case notes “tolerance opened” with the reason."""
    tolerance = load_tolerance(actor, tolerance_id)
    allow(policy.can_accept_tolerance(actor, tolerance))
    reason = words(reason=(reason, _("请写明受理的理由。")))["reason"]
    due_on = _limit(at, limits.VERIFY_WORKDAYS)
    workflow.move(tolerance, TOLERANCE_TRANSITIONS, "accept", due_on=due_on)
    note_tolerance(tolerance.case, actor, at, ToleranceChoice.OPENED, reason)
    _done("tolerance.accepted", tolerance, actor, at, reason)
    return tolerance


@transaction.atomic
def decline_tolerance(*, actor: Actor, at: datetime, tolerance_id: UUID, reason: str) -> ToleranceCase:
    """This function will decline an application; the case notes “not opened because …”."""
    tolerance = load_tolerance(actor, tolerance_id)
    allow(policy.can_decline_tolerance(actor, tolerance))
    reason = words(reason=(reason, _("请写明不予受理的理由。")))["reason"]
    workflow.move(
        tolerance, TOLERANCE_TRANSITIONS, "decline", declined_reason=reason[:300], due_on=None
    )  # fmt: skip
    note_tolerance(tolerance.case, actor, at, ToleranceChoice.NOT_OPENED, reason)
    _done("tolerance.declined", tolerance, actor, at, reason)
    return tolerance


@transaction.atomic
def verify_tolerance(
    *,
    actor: Actor,
    at: datetime,
    tolerance_id: UUID,
    factors: Mapping[str, str],
    exclusions: Mapping[str, bool],
    opinion: str,
) -> ToleranceCase:
    """This function will record the six factors, the check of every exclusion and the opinion.

    :raises Invalid: naming each factor without words and each exclusion without an answer.
    """
    tolerance = load_tolerance(actor, tolerance_id)
    allow(policy.can_verify_tolerance(actor, tolerance))
    faults: dict[str, Text] = {
        f"factor-{code}": _("请写明核实情况。") for code in Factor.values if not factors.get(code, "").strip()
    }
    faults |= {
        f"exclusion-{code}": _("请核对是否存在。")
        for code in Exclusion.values
        if exclusions.get(code) is None
    }
    if not opinion.strip():
        faults["opinion"] = _("请写明核实意见。")
    if faults:
        raise Invalid("verification_incomplete", fields=faults)
    workflow.move(
        tolerance, TOLERANCE_TRANSITIONS, "verify", opinion=opinion.strip(), verified_at=at,
        factors={code: factors[code].strip() for code in Factor.values},
        exclusions={code: bool(exclusions[code]) for code in Exclusion.values},
        due_on=_limit(at, limits.DETERMINE_WORKDAYS),
    )  # fmt: skip
    _done("tolerance.verified", tolerance, actor, at)
    return tolerance


@transaction.atomic
def determine_tolerance(
    *,
    actor: Actor,
    at: datetime,
    tolerance_id: UUID,
    body_id: UUID,
    attendees: Iterable[str],
    determined_on: date,
    votes_for: int,
    votes_against: int,
    result: str,
    reason: str,
    votes_abstain: int = 0,
    corrections: Sequence[tuple[str, date]] = (),
) -> ToleranceCase:
    """This function will record the collective determination. Tolerated still corrects.

    :raises Invalid: for a vote that does not carry, a result against an exclusion, or no correction.
    """
    tolerance = load_tolerance(actor, tolerance_id)
    allow(policy.can_determine_tolerance(actor, tolerance))
    not_later(determined_on, at, "determined_on")
    sitting = posts(attendees)
    items = [(text.strip()[:300], due_on) for text, due_on in corrections if text.strip()]
    votes = {"votes_for": votes_for, "votes_against": votes_against, "votes_abstain": votes_abstain}
    faults = vote_faults(sitting, votes) | _result_faults(tolerance, result, items, determined_on)
    if not reason.strip():
        faults["reason"] = _("请写明认定的理由。")
    if faults:
        raise Invalid("determination_incomplete", fields=faults)
    workflow.move(
        tolerance, TOLERANCE_TRANSITIONS, "determine", body=load_unit(body_id), attendees=sitting, **votes,
        determined_on=determined_on, result=result, result_reason=reason.strip(),
        due_on=_limit(at, limits.TELL_WORKDAYS),
    )  # fmt: skip
    CorrectionItem.objects.bulk_create(
        CorrectionItem(tolerance=tolerance, ordinal=place, text=text, due_on=due_on)
        for place, (text, due_on) in enumerate(items, 1)
    )
    _done("tolerance.determined", tolerance, actor, at, result=result)
    return tolerance


@transaction.atomic
def tell_tolerance(
    *, actor: Actor, at: datetime, tolerance_id: UUID, told_on: date, told_to: str
) -> ToleranceCase:
    """This function will record that applicant, unit and other bodies were told the result."""
    tolerance = load_tolerance(actor, tolerance_id)
    allow(policy.can_tell_tolerance(actor, tolerance))
    not_later(told_on, at, "told_on")
    told_to = words(told_to=(told_to, _("请写明反馈给哪些单位和岗位。")))["told_to"]
    workflow.move(
        tolerance, TOLERANCE_TRANSITIONS, "tell", told_on=told_on, told_to=told_to[:200], due_on=None
    )  # fmt: skip
    _done("tolerance.told", tolerance, actor, at)
    case = tolerance.case
    notify(
        at=at, campaign_id=case.campaign_id, once_key=f"tolerance.told:{tolerance.pk}", kind="accountability",
        unit_id=case.unit_id, link=f"/accountability/{case.pk}/", subject=tolerance,
        text=_("%(number)s 容错认定已反馈，须纠错的事项请按期完成。") % {"number": case},
    )  # fmt: skip
    return tolerance


@transaction.atomic
def check_correction(
    *, actor: Actor, at: datetime, item_id: UUID, checked_on: date, is_corrected: bool, note: str
) -> CorrectionItem:
    """This function will record the check of one correction; what is not corrected is checked again."""
    rows = policy.corrections_visible_to(actor).select_related(
        "tolerance__case__unit", "tolerance__case__post"
    )
    item = get_visible(rows, item_id, lock=True)
    allow(policy.can_check_correction(actor, item))
    not_later(checked_on, at, "checked_on")
    item.check_note = words(note=(note, _("请写明核查情况。")))["note"][:300]
    item.checked_on, item.is_corrected, item.checked_by_id = checked_on, is_corrected, actor.user_id
    item.save(update_fields=["check_note", "checked_on", "is_corrected", "checked_by"])
    _done("correction.checked", item.tolerance, actor, at, ordinal=item.ordinal, is_corrected=is_corrected)
    return item


@transaction.atomic
def close_tolerance(*, actor: Actor, at: datetime, tolerance_id: UUID) -> ToleranceCase:
    """This function will close the tolerance case once every correction has been checked as done.

    :raises Invalid: naming the corrections that are not.
    """
    tolerance = load_tolerance(actor, tolerance_id)
    allow(policy.can_close_tolerance(actor, tolerance))
    rest = [str(item.ordinal) for item in tolerance.corrections.all() if not item.is_corrected]
    if rest:
        raise Invalid("not_corrected", _("第%(items)s项纠错事项未完成核查。") % {"items": "、".join(rest)})
    workflow.move(tolerance, TOLERANCE_TRANSITIONS, "close", closed_at=at)
    _done("tolerance.closed", tolerance, actor, at)
    return tolerance


def _limit(at: datetime, workdays: int) -> date:
    return WorkdayCalendar.load().add_workdays(clock.local_day(at), workdays)


def _done(
    verb: str, tolerance: ToleranceCase, actor: Actor, at: datetime, reason: str = "", **detail: object
) -> None:
    took_part(tolerance.case, actor)
    record(verb, actor=actor, at=at, case=tolerance.case, reason=reason, **detail)


def _result_faults(
    tolerance: ToleranceCase, result: str, items: list[tuple[str, date]], determined_on: date
) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if result not in ToleranceResult.values:
        faults["result"] = _("请选择认定结果。")
    elif result != ToleranceResult.NONE:
        found = [Exclusion(code).label for code, present in tolerance.exclusions.items() if present]
        if found:
            names = "、".join(str(label) for label in found)
            faults["result"] = _("存在不得容错的情形：%(names)s。") % {"names": names}
        if not items:
            faults["corrections"] = _("容错仍须纠错，请列出纠错事项和期限。")
    if any(due_on is None or due_on < determined_on for _text, due_on in items):
        faults["corrections"] = _("纠错期限不能早于认定日期。")
    return faults
