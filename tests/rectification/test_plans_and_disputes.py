"""Later limits and disagreements: the first limit stays, the clock stops once, somebody else decides."""

from datetime import timedelta

import pytest

from duban.inspection.models import Finding
from duban.kernel.actor import SYSTEM, Role
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.people import operations as people
from duban.rectification import operations as rectification
from duban.rectification.models import Dispute, OrderItem, Pause, PlanRequest, UnitLink, WorkOrder
from tests.rectification import cases
from tests.world import PASSWORD, World, at

LATER = at("00:00") + timedelta(days=4)


def _office(world: World, name: str = "otto") -> None:
    """Add a second office post: who drafted may not decide."""
    world.users[name] = people.create_user(
        actor=SYSTEM, at=at("08:00"), username=name, password=PASSWORD, display_name=name, post_label="专班复核岗",
        unit_id=world.units["示例市专项监督工作专班"].pk, check_password=False,
    )  # fmt: skip
    people.grant_role(
        actor=SYSTEM, at=at("08:00"), user_id=world.users[name].pk, role=Role.OFFICE,
        unit_id=world.units["示例市"].pk, campaign_id=world.campaign.pk,
    )  # fmt: skip


def _ask(world: World, order: WorkOrder, **changes) -> PlanRequest:
    values = {"reason": "需要施工", "plan": "2月19日前完成隔离栏安装。", "asked_due_at": LATER}
    return rectification.request_plan(
        actor=world.actor("olga"), at=at("12:00"), order_id=order.pk, **(values | changes)
    )


def _dispute(world: World, finding: Finding, when: str = "12:00") -> Dispute:
    item = OrderItem.objects.get(finding=finding)
    return rectification.dispute_item(
        actor=world.actor("olga"),
        at=at(when),
        item_id=item.pk,
        ground="fact_wrong",
        statement="当时2人在岗，有排班表。",
    )


def test_plan_granted_moves_the_limit_and_keeps_the_first(world: World) -> None:
    finding = cases.finding(world)
    order = cases.received(world, finding)
    plan = _ask(world, order)
    rectification.decide_plan(actor=world.actor("wen"), at=at("12:30"), plan_id=plan.pk, approve=True)
    finding.refresh_from_db()
    first = order.due_at
    order.refresh_from_db()
    assert (finding.due_at, finding.is_extended, order.due_at) == (LATER, True, first)
    assert UnitLink.objects.get(order=order).expires_at == LATER + timedelta(days=7)


def test_reply_cannot_today_is_a_plan_request(world: World) -> None:
    finding = cases.finding(world)
    order = cases.issued(world, finding)
    cases.reply(
        world,
        order,
        outcome="cannot_today",
        plan_reason="需要施工",
        plan="分两天办。",
        asked_due_at=LATER,
        completed_at=None,
    )
    finding.refresh_from_db()
    assert finding.state == "rectifying"
    assert PlanRequest.objects.get().items.count() == 1


def test_plan_refused_needs_a_reason_and_moves_nothing(world: World) -> None:
    finding = cases.finding(world)
    plan = _ask(world, cases.received(world, finding))
    with pytest.raises(Invalid):
        rectification.decide_plan(actor=world.actor("wen"), at=at("12:30"), plan_id=plan.pk, approve=False)
    rectification.decide_plan(
        actor=world.actor("wen"), at=at("12:30"), plan_id=plan.pk, approve=False, reason="今日能办完"
    )
    finding.refresh_from_db()
    assert (finding.is_extended, finding.due_at) == (False, at("00:00") + timedelta(days=1))


def test_second_plan_waits_for_the_first(world: World) -> None:
    order = cases.received(world)
    _ask(world, order)
    with pytest.raises(Conflict):
        _ask(world, order)
    assert PlanRequest.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"reason": ""}, {"plan": " "}, {"asked_due_at": None}, {"asked_due_at": at("23:00")}]
)
def test_plan_without_its_parts_is_refused(world: World, changes: dict) -> None:
    order = cases.received(world)
    with pytest.raises(Invalid):
        _ask(world, order, **changes)
    assert not PlanRequest.objects.exists()


@pytest.mark.parametrize("who", ["asha", "lena"])
def test_plan_is_decided_by_the_office_only(world: World, who: str) -> None:
    plan = _ask(world, cases.received(world))
    with pytest.raises(Denied):
        rectification.decide_plan(actor=world.actor(who), at=at("12:30"), plan_id=plan.pk, approve=True)
    plan.refresh_from_db()
    assert plan.state == "requested"


def test_dispute_stops_the_clock_and_a_rejection_starts_it_again(world: World) -> None:
    _office(world)
    finding = cases.finding(world)
    order = cases.received(world, finding)
    dispute = _dispute(world, finding)
    finding.refresh_from_db()
    assert (finding.state, finding.paused_at) == ("disputed", at("12:00"))
    assert dispute.answer_due_on.isoformat() == "2020-02-18"
    rectification.decide_dispute(
        actor=world.actor("otto"),
        at=at("15:00"),
        dispute_id=dispute.pk,
        upheld=False,
        reason="排班表与现场不符",
    )
    finding.refresh_from_db()
    assert (finding.state, finding.paused_at, finding.due_at) == (
        "rectifying",
        None,
        order.due_at + timedelta(hours=3),
    )
    assert Pause.objects.get().to_at == at("15:00")


def test_dispute_upheld_withdraws_the_finding_with_a_note(world: World) -> None:
    _office(world)
    finding = cases.finding(world)
    order = cases.received(world, finding)
    dispute = _dispute(world, finding)
    rectification.decide_dispute(
        actor=world.actor("otto"),
        at=at("15:00"),
        dispute_id=dispute.pk,
        upheld=True,
        reason="监控显示2人在岗",
    )
    finding.refresh_from_db()
    order.refresh_from_db()
    assert (finding.state, finding.withdrawn_at) == ("withdrawn", at("15:00"))
    assert "监控显示2人在岗" in finding.withdraw_reason
    assert (order.state, order.written_off_at) == ("closed", None)
    assert not OrderItem.objects.get().is_open


@pytest.mark.parametrize("who", ["wen", "hugo"])
def test_drafter_and_signatory_keep_out_of_a_dispute(world: World, who: str) -> None:
    finding = cases.finding(world)
    cases.received(world, finding)
    dispute = _dispute(world, finding)
    with pytest.raises(Denied) as refused:
        rectification.decide_dispute(
            actor=world.actor(who), at=at("15:00"), dispute_id=dispute.pk, upheld=False, reason="事实清楚"
        )
    assert refused.value.code == "earlier_handler"
    dispute.refresh_from_db()
    finding.refresh_from_db()
    assert (dispute.state, finding.state) == ("open", "disputed")


def test_second_dispute_goes_to_somebody_else_and_does_not_stop_the_clock(world: World) -> None:
    _office(world)
    _office(world, "omar")
    finding = cases.finding(world)
    cases.received(world, finding)
    first = _dispute(world, finding)
    decide = {"upheld": False, "reason": "事实清楚"}
    rectification.decide_dispute(actor=world.actor("otto"), at=at("13:00"), dispute_id=first.pk, **decide)
    finding.refresh_from_db()
    limit = finding.due_at
    second = _dispute(world, finding, "14:00")
    with pytest.raises(Denied):
        rectification.decide_dispute(
            actor=world.actor("otto"), at=at("15:00"), dispute_id=second.pk, **decide
        )
    rectification.decide_dispute(actor=world.actor("omar"), at=at("16:00"), dispute_id=second.pk, **decide)
    finding.refresh_from_db()
    assert finding.due_at == limit
    with pytest.raises(Conflict):
        _dispute(world, finding, "16:30")


def test_dispute_after_the_reply_is_too_late(world: World) -> None:
    finding = cases.finding(world)
    cases.replied(world, finding)
    with pytest.raises(WrongState):
        _dispute(world, finding, "15:00")
    assert not Dispute.objects.exists()


def test_dispute_on_an_unknown_ground_is_refused(world: World) -> None:
    finding = cases.finding(world)
    cases.received(world, finding)
    with pytest.raises(Invalid):
        rectification.dispute_item(
            actor=world.actor("olga"),
            at=at("12:00"),
            item_id=OrderItem.objects.get().pk,
            ground="dislike",
            statement="不服",
        )


def test_unit_of_another_town_finds_nothing_to_dispute(world: World) -> None:
    finding = cases.finding(world)
    cases.received(world, finding)
    with pytest.raises(NotFound):
        rectification.dispute_item(
            actor=world.actor("vera"),
            at=at("12:00"),
            item_id=OrderItem.objects.get().pk,
            ground="not_ours",
            statement="不是我们的",
        )
