"""The ladder of lateness happens once, in order, at its own times — whatever happens to the worker."""

from datetime import timedelta

import pytest

from duban.documents.queries import unread_deliveries
from duban.inspection.models import Finding
from duban.kernel.errors import Denied, NotFound, WrongState
from duban.kernel.models import Event
from duban.rectification import operations as rectification
from duban.rectification import sweeps
from duban.rectification.models import LookBack, TraceBack, Urge, WorkOrder
from tests.rectification import cases
from tests.world import DAY, World, at

DUE = at("00:00") + timedelta(days=1)
DAYS_LATER = DUE + timedelta(days=5)


def _ladder() -> list[tuple[str, object]]:
    verbs = ("order.fell_overdue", "urge.raised", "urge.escalated", "trace_back.raised")
    return list(Event.objects.filter(verb__in=verbs).order_by("at").values_list("verb", "at"))


def test_worker_down_for_days_makes_each_step_at_its_own_time(world: World) -> None:
    cases.received(world)
    assert sweeps.advance_lateness(DAYS_LATER) == 4
    assert _ladder() == [
        ("order.fell_overdue", DUE),
        ("urge.raised", DUE + timedelta(hours=9)),
        ("urge.escalated", DUE + timedelta(hours=33)),
        ("trace_back.raised", DUE + timedelta(hours=57)),
    ]
    finding = Finding.objects.get()
    assert (finding.lateness, finding.overdue_at, finding.state) == ("traced", DUE, "rectifying")


def test_ten_runs_do_no_more_than_one(world: World) -> None:
    cases.received(world)
    done = [sweeps.advance_lateness(DAYS_LATER) for _ in range(10)]
    assert done == [4, *[0] * 9]
    assert (Urge.objects.count(), TraceBack.objects.count()) == (2, 1)


def test_steps_wait_for_their_hours(world: World) -> None:
    cases.received(world)
    seen = []
    for hours in (-1, 0, 8, 9, 32, 33, 56, 57, 100):
        sweeps.advance_lateness(DUE + timedelta(hours=hours))
        seen.append(Finding.objects.get().lateness)
    assert seen == ["", "overdue", "overdue", "urged", "urged", "escalated", "escalated", "traced", "traced"]


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_started_again_nothing_twice(
    transactional_world: World, monkeypatch
) -> None:
    world = transactional_world
    first, second = cases.finding(world), cases.finding(world, site="甲镇西卡口")
    cases.received(world, first, second)
    real = rectification.advance_lateness
    steps = []

    def dying(**kwargs):
        if len(steps) and steps[-1] != "died":
            steps.append("died")
            raise KeyboardInterrupt
        steps.append(real(**kwargs))
        return steps[-1]

    monkeypatch.setattr(sweeps.operations, "advance_lateness", dying)
    for _ in range(20):
        try:
            sweeps.advance_lateness(DAYS_LATER)
            break
        except KeyboardInterrupt:
            continue
    verbs = [verb for verb, _moment in _ladder()]
    assert {verb: verbs.count(verb) for verb in set(verbs)} == {
        "order.fell_overdue": 2, "urge.raised": 2, "urge.escalated": 2, "trace_back.raised": 2,
    }  # fmt: skip
    assert [(urge.step, urge.findings.count()) for urge in Urge.objects.order_by("step")] == [
        ("escalate", 2),
        ("urge", 2),
    ]


def test_answered_in_time_never_falls_overdue(world: World) -> None:
    cases.replied(world)
    assert sweeps.advance_lateness(DAYS_LATER) == 0


def test_disputed_items_are_not_urged(world: World) -> None:
    order = cases.received(world)
    rectification.dispute_item(
        actor=world.actor("olga"),
        at=at("12:00"),
        item_id=order.items.get().pk,
        ground="not_ours",
        statement="不属本镇",
    )
    assert sweeps.advance_lateness(DAYS_LATER) == 0


def test_late_reply_ends_the_ladder_but_keeps_the_fact(world: World) -> None:
    finding = cases.finding(world)
    order = cases.received(world, finding)
    sweeps.advance_lateness(DUE + timedelta(hours=1))
    cases.reply(world, order, when=DUE + timedelta(hours=2))
    assert sweeps.advance_lateness(DAYS_LATER) == 0
    cases.verify(world, finding, when=DUE + timedelta(hours=3))
    finding.refresh_from_db()
    assert (finding.lateness, finding.overdue_at) == ("", DUE)


def test_urge_is_signed_by_the_head_and_takes_its_number_then(world: World) -> None:
    order = cases.received(world)
    sweeps.advance_lateness(DUE + timedelta(hours=9))
    urge = Urge.objects.get()
    assert (urge.number_id, urge.signed_at) == (None, None)
    morning = DUE + timedelta(hours=9, minutes=5)
    with pytest.raises(Denied):
        rectification.sign_urge(actor=world.actor("wen"), at=morning, urge_id=urge.pk)
    signed = rectification.sign_urge(actor=world.actor("hugo"), at=morning, urge_id=urge.pk)
    assert (signed.number_text, signed.overdue_days) == ("示督办〔2020〕1号", 1)
    assert signed.document.record["order_number"] == order.number_text
    assert order.links.filter(revoked_at=None).count() == 1
    with pytest.raises(WrongState):
        rectification.sign_urge(actor=world.actor("hugo"), at=morning, urge_id=urge.pk)


def test_urge_is_needless_once_answered(world: World) -> None:
    order = cases.received(world)
    sweeps.advance_lateness(DUE + timedelta(hours=9))
    cases.reply(world, order, when=DUE + timedelta(hours=10))
    with pytest.raises(WrongState):
        rectification.sign_urge(
            actor=world.actor("hugo"), at=DUE + timedelta(hours=11), urge_id=Urge.objects.get().pk
        )
    assert Urge.objects.get().number_id is None


def test_extension_clears_lateness_and_a_new_episode_may_begin(world: World) -> None:
    finding = cases.finding(world)
    order = cases.received(world, finding)
    sweeps.advance_lateness(DUE + timedelta(hours=9))
    later = DUE + timedelta(days=2)
    plan = rectification.request_plan(
        actor=world.actor("olga"),
        at=DUE + timedelta(hours=10),
        order_id=order.pk,
        reason="需施工",
        plan="两日内完成",
        asked_due_at=later,
    )
    rectification.decide_plan(
        actor=world.actor("wen"), at=DUE + timedelta(hours=11), plan_id=plan.pk, approve=True
    )
    finding.refresh_from_db()
    assert finding.lateness == ""
    assert sweeps.advance_lateness(later + timedelta(hours=9)) == 2


def test_nobody_but_the_system_advances_lateness(world: World) -> None:
    cases.received(world)
    with pytest.raises(NotFound):
        rectification.advance_lateness(
            actor=world.actor("hugo"), at=DAYS_LATER, finding_id=Finding.objects.get().pk
        )


def test_look_backs_are_drawn_once_for_a_finished_day(world: World) -> None:
    rows = [cases.finding(world) for _ in range(11)]
    cases.replied(world, *rows)
    for row in rows:
        cases.verify(world, row)
    assert sweeps.sample_look_backs(at("23:00")) == 0
    morning = DUE + timedelta(hours=7)
    assert [sweeps.sample_look_backs(morning) for _ in range(3)] == [2, 0, 0]
    look_back = LookBack.objects.first()
    assert (look_back.due_on - DAY).days == world.campaign.look_back_days
    assert len(look_back.sample_seed) == 64


def test_a_single_write_off_is_always_drawn(world: World) -> None:
    row = cases.finding(world)
    cases.replied(world, row)
    cases.verify(world, row)
    assert sweeps.sample_look_backs(DUE) == 1


def test_look_back_that_held_changes_nothing_else(world: World) -> None:
    row = cases.finding(world)
    order = cases.replied(world, row)
    cases.verify(world, row)
    sweeps.sample_look_backs(DUE)
    done = rectification.record_look_back(
        actor=world.actor("asha"),
        at=DUE + timedelta(hours=10),
        look_back_id=LookBack.objects.get().pk,
        held=True,
        note="2人在岗。",
    )
    row.refresh_from_db()
    order.refresh_from_db()
    assert (done.held, row.state, order.state, TraceBack.objects.count()) == (
        True,
        "written_off",
        "closed",
        0,
    )


def test_look_back_that_failed_reopens_and_proposes_to_trace_back(world: World) -> None:
    row = cases.finding(world)
    order = cases.replied(world, row)
    cases.verify(world, row)
    sweeps.sample_look_backs(DUE)
    again = DUE + timedelta(hours=10)
    look_back = LookBack.objects.get()
    with pytest.raises(NotFound):
        rectification.record_look_back(
            actor=world.actor("olga"), at=again, look_back_id=look_back.pk, held=True, note="好"
        )
    rectification.record_look_back(
        actor=world.actor("asha"), at=again, look_back_id=look_back.pk, held=False, note="又只有1人。"
    )
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.state, row.reopened_at, order.state, order.written_off_at) == (
        "rectifying",
        again,
        "received",
        None,
    )
    assert TraceBack.objects.get().reason == "recurrence"
    with pytest.raises(WrongState):
        rectification.record_look_back(
            actor=world.actor("asha"), at=again, look_back_id=look_back.pk, held=True, note="好了"
        )
    cases.reply(world, order, when=again + timedelta(hours=1))
    cases.verify(world, row, when=again + timedelta(hours=2))
    assert WorkOrder.objects.get().state == "closed"


def test_unit_that_signed_for_the_order_and_answered_the_urge_has_no_paper_left_to_sign(world: World) -> None:
    order = cases.received(world)
    assert list(unread_deliveries(world.actor("olga"))) == []
    sweeps.advance_lateness(DUE + timedelta(hours=9))
    morning = DUE + timedelta(hours=9, minutes=5)
    urge = rectification.sign_urge(actor=world.actor("hugo"), at=morning, urge_id=Urge.objects.get().pk)
    assert [row.document_id for row in unread_deliveries(world.actor("olga"))] == [urge.document_id]
    cases.reply(world, order, when=morning + timedelta(minutes=30))
    assert list(unread_deliveries(world.actor("olga"))) == []
    assert urge.document.deliveries.get().received_at == morning + timedelta(minutes=30)
