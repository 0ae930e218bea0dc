"""Short ways to an accountability case in the state a test needs; every step goes through the operations."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from duban.accountability import operations as accountability
from duban.accountability.models import AccountabilityCase, AccountabilityDecision, Appeal, ToleranceCase
from duban.accountability.states import Distinction, Exclusion, Factor
from duban.campaigns.models import LegalInstrument, LegalVersion, Provision
from duban.kernel.actor import SYSTEM
from duban.rectification import operations as rectification
from duban.rectification.models import TraceBack
from tests.rectification import cases
from tests.world import DAY, World, at

POSTS = ["主任岗", "副主任岗", "委员一岗"]
LATER = DAY + timedelta(days=3)


def provision(*, valid_from: date | None = date(2019, 9, 1), valid_to: date | None = None) -> Provision:
    """Return a provision of a version valid from and to the given days."""
    instrument, _created = LegalInstrument.objects.get_or_create(
        code="accountability_regulation", defaults={"title": "问责条例", "kind": "党内法规"}
    )
    version = LegalVersion.objects.create(
        instrument=instrument,
        label=f"{valid_from}版",
        valid_from=valid_from,
        valid_to=valid_to,
        evidence_tag="K",
    )
    return Provision.objects.create(version=version, number="7", topic="责任落实不到位")


def trace_back(world: World, *, is_opened: bool = True) -> TraceBack:
    """Return a trace-back of an overdue finding in 甲镇, opened by hugo."""
    row = cases.finding(world)
    with transaction.atomic():
        proposed = rectification.raise_trace_back(actor=SYSTEM, at=at("15:00"), finding=row, reason="overdue")
    if not is_opened:
        return proposed
    return rectification.decide_trace_back(
        actor=world.actor("hugo"),
        at=at("15:05"),
        trace_back_id=proposed.pk,
        is_opened=True,
        reason="逾期两天未整改",
    )


def opened(world: World, *, post: str | None = "甲镇分管副镇长岗", **more: Any) -> AccountabilityCase:
    """Return a case opened by hugo about a post of 甲镇人民政府, handled by wen."""
    values = {
        "trace_back_id": more.pop("trace", None) or trace_back(world).pk, "unit_id": world.units["甲镇人民政府"].pk,
        "post_id": world.posts[post].pk if post else None, "act_on": DAY, "handler_id": world.users["wen"].pk,
        "facts": "2月16日至18日，农贸市场值守缺1人，逾期两天未整改。",
        "actor": world.actor("hugo"), "at": at("15:10"),
    }  # fmt: skip
    return accountability.open_case(**(values | more))


def change(world: World, case: AccountabilityCase, **changes: Any) -> AccountabilityCase:
    """Write facts, basis and responsibility as wen."""
    values = {
        "facts": case.facts, "basis_kind": "regulation", "responsibility": "important_leadership",
        "provision_id": changes.pop("provision_id", None) or provision().pk,
    }  # fmt: skip
    return accountability.change_case(
        actor=world.actor("wen"), at=at("15:12"), case_id=case.pk, **(values | changes)
    )


def tell(
    world: World, case: AccountabilityCase, *, measures: tuple[str, ...] = ("admonition",), **more: Any
) -> Any:
    """Tell the subject facts, basis and the measure in mind."""
    values = {
        "told_on": DAY, "reasons": "逾期未整改。", "to_body_id": world.units["示例市纪委监委"].pk,
        "actor": world.actor("wen"), "at": at("15:15"),
    }  # fmt: skip
    return accountability.tell_subject(case_id=case.pk, measures=list(measures), **(values | more))


def hear(world: World, case: AccountabilityCase, **more: Any) -> Any:
    """Record a defence on the next day."""
    values = {
        "heard_on": DAY + timedelta(days=1), "heard_by_posts": ["经办岗", "专班综合岗"], "statement": "人手被抽调。",
        "defence": "已两次报告缺员。", "response": "部分采纳。", "signature": "情况属实。",
        "actor": world.actor("wen"), "at": at("10:00", DAY + timedelta(days=1)),
    }  # fmt: skip
    return accountability.hear_defence(case_id=case.pk, **(values | more))


def examine(world: World, case: AccountabilityCase) -> None:
    """Examine the two required lines."""
    for line, is_responsible, result in (
        ("direct", True, "值班岗未补位。"), ("leadership", False, "无。分管岗已两次报告缺员。"),
    ):  # fmt: skip
        accountability.examine_line(
            actor=world.actor("wen"), at=at("11:00"), case_id=case.pk, line=line, is_responsible=is_responsible,
            result=result,
        )  # fmt: skip


def distinguish(world: World, case: AccountabilityCase) -> None:
    """Answer the three distinctions."""
    accountability.answer_distinctions(
        actor=world.actor("wen"), at=at("11:05"), case_id=case.pk,
        answers={code: (False, "不属于。") for code in Distinction.values},
    )  # fmt: skip


def consider(world: World, case: AccountabilityCase, *, is_opened: bool = False) -> None:
    """Record that tolerance was considered."""
    accountability.consider_tolerance(
        actor=world.actor("wen"),
        at=at("11:06"),
        case_id=case.pk,
        is_opened=is_opened,
        reason="不符合容错情形。",
    )


def propose(
    world: World, case: AccountabilityCase, *, measures: tuple[str, ...] = ("admonition",), **more: Any
) -> Any:
    """Propose measures after the defence."""
    values = {
        "reasons": "申辩部分采纳。", "to_body_id": world.units["示例市纪委监委"].pk, "actor": world.actor("wen"),
        "at": at("10:00", DAY + timedelta(days=2)),
    }  # fmt: skip
    return accountability.propose_measures(case_id=case.pk, measures=list(measures), **(values | more))


def proposed(world: World, *, measures: tuple[str, ...] = ("admonition",), **more: Any) -> AccountabilityCase:
    """Return a case with everything a decision needs."""
    case = opened(world, **more)
    change(world, case)
    examine(world, case)
    distinguish(world, case)
    consider(world, case)
    tell(world, case, measures=measures)
    hear(world, case)
    propose(world, case, measures=measures)
    case.refresh_from_db()
    return case


def decide(world: World, case: AccountabilityCase, **changes: Any) -> AccountabilityDecision:
    """Record the collective decision three days later."""
    values = {
        "body_id": world.units["示例市纪委监委"].pk, "attendees": POSTS, "decided_on": LATER, "votes_for": 3,
        "votes_against": 0, "measures": ["admonition"], "reasons": "事实清楚。", "remedy": "可以自收到之日起1个月内申诉。",
        "actor": world.actor("hugo"), "at": at("16:00", LATER),
    }  # fmt: skip
    return accountability.record_decision(case_id=case.pk, **(values | changes))


def deliver(world: World, case: AccountabilityCase, **changes: Any) -> AccountabilityDecision:
    """Deliver the decision on the day it was made."""
    values = {
        "delivered_on": LATER, "received_by_label": "甲镇联络员", "delivery_method": "当面送达",
        "actor": world.actor("wen"), "at": at("17:00", LATER),
    }  # fmt: skip
    return accountability.deliver_decision(case_id=case.pk, **(values | changes))


def delivered(world: World, **more: Any) -> AccountabilityCase:
    """Return a case whose decision was delivered on 2020-02-19."""
    case = proposed(world, **more)
    decide(world, case)
    deliver(world, case)
    case.refresh_from_db()
    return case


def appeal(
    world: World, case: AccountabilityCase, *, by: str = "olga", day: date = LATER, **changes: Any
) -> Appeal:
    """File an appeal, by olga on the day of delivery unless said otherwise."""
    values = {"reasons": "责任类型认定过重。", "filed_by_label": "甲镇分管副镇长岗"}
    return accountability.file_appeal(
        actor=world.actor(by), at=at("18:00", day), case_id=case.pk, **(values | changes)
    )


def under_review(world: World, case: AccountabilityCase | None = None, *, day: date = LATER) -> Appeal:
    """Return an appeal that hugo gave to lena."""
    filed = appeal(world, case or delivered(world), day=day)
    return accountability.assign_reviewer(
        actor=world.actor("hugo"), at=at("18:30", day), appeal_id=filed.pk, reviewer_id=world.users["lena"].pk
    )


def tolerance(
    world: World, case: AccountabilityCase, *, until: str = "applied", **more: Any
) -> ToleranceCase:
    """Return a tolerance case of a told matter, applied for by olga, moved on as far as `until`."""
    row = accountability.apply_for_tolerance(
        actor=world.actor("olga"), at=at("15:20"), case_id=case.pk, applicant_label="甲镇人民政府",
        grounds="抢险期间临时抽调值守人员。", emergency_grounds=["protect_lives"], is_unintended=True,
    )  # fmt: skip
    wen = world.actor("wen")
    if until == "applied":
        return row
    row = accountability.accept_tolerance(
        actor=wen, at=at("15:25"), tolerance_id=row.pk, reason="属应急情形。"
    )
    if until == "accepted":
        return row
    row = accountability.verify_tolerance(
        actor=wen, at=at("15:40"), tolerance_id=row.pk, opinion="建议从轻。",
        factors=dict.fromkeys(Factor.values, "已核实。"), exclusions=dict.fromkeys(Exclusion.values, False),
    )  # fmt: skip
    if until == "verified":
        return row
    row = determine(world, row, **more)
    if until == "determined":
        return row
    return accountability.tell_tolerance(
        actor=wen, at=at("16:30"), tolerance_id=row.pk, told_on=DAY, told_to="甲镇人民政府、分管副镇长岗"
    )


def determine(world: World, row: ToleranceCase, **changes: Any) -> ToleranceCase:
    """Determine tolerance as lighter with one correction."""
    values = {
        "body_id": world.units["示例市纪委监委"].pk, "attendees": POSTS, "determined_on": DAY, "votes_for": 3,
        "votes_against": 0, "result": "lighter", "reason": "为保障群众安全，非有意而为。",
        "corrections": [("补齐值守排班。", DAY + timedelta(days=7))],
    }  # fmt: skip
    return accountability.determine_tolerance(
        actor=world.actor("hugo"), at=at("16:00"), tolerance_id=row.pk, **(values | changes)
    )
