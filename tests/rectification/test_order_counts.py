"""The counts of the order list: the tally follows the orders, and a large scope is told as a small one is counted."""

from collections import Counter
from datetime import timedelta

import pytest

from duban.inspection import queries as inspection_queries
from duban.inspection.models import Finding
from duban.kernel import tally
from duban.kernel.models import Tally
from duban.rectification import operations as rectification
from duban.rectification import policy, queries, sweeps
from duban.rectification.models import WorkOrder
from tests.rectification import cases
from tests.world import World, at


def orders(world: World) -> None:
    """Make five orders: a draft, one issued, one received, one voided, one written off."""
    cases.draft(world)
    cases.issued(world)
    cases.received(world)
    void = cases.issued(world)
    rectification.void_order(actor=world.actor("hugo"), at=at("11:05"), order_id=void.pk, reason="重新拟单")
    row = cases.finding(world)
    cases.replied(world, row)
    cases.verify(world, row)


def told(world: World, path: str = "") -> dict[str, int]:
    return tally.counts("order", campaign_id=world.campaign.pk, path=path)


def test_tally_of_orders_keeps_step_with_the_rows(world):
    orders(world)
    expected = {"draft": 1, "issued": 1, "received": 1, "voided": 1, "closed": 1}
    assert told(world) == expected
    tally.fold(at("16:00"))
    assert told(world) == told(world, world.units["甲镇"].path) == expected
    assert told(world, world.units["乙镇"].path) == {}


@pytest.mark.parametrize("name", ["hugo", "wen", "asha", "rina", "cora", "lena", "olga", "nobody", "ada"])
def test_large_scope_of_orders_is_told_as_a_small_one_is_counted(world, name):
    orders(world)
    actor = world.actor(name)
    there = Counter(policy.orders_visible_to(actor).values_list("state", flat=True))
    assert +queries.order_states(actor, world.campaign.pk) == there
    assert +queries.order_states(actor, world.campaign.pk, exact_below=0) == there


def test_sweep_mends_a_tally_of_orders_that_lost_step(world):
    orders(world)
    assert sweeps.check_tally(at("03:05")) == 0
    Tally.objects.filter(topic="order").delete()
    assert sweeps.check_tally(at("03:06")) == 0
    assert sweeps.check_tally(at("03:05")) == 1
    assert sum(told(world).values()) == WorkOrder.objects.count() == 5


def test_overdue_count_is_the_rows_of_its_tab(world):
    orders(world)
    assert queries.order_counts(world.actor("wen"), world.campaign.pk)["overdue"] == 0
    sweeps.advance_lateness(at("23:59") + timedelta(hours=2))
    assert Finding.objects.exclude(lateness="").exists()
    for name in ("hugo", "asha", "olga"):
        actor = world.actor(name)
        listed = queries.orders_listed(actor, world.campaign.pk).filter(queries.ORDER_VIEWS["overdue"])
        assert queries.order_counts(actor, world.campaign.pk)["overdue"] == listed.count() == 2


def test_many_confirmed_and_fed_back_findings_are_not_counted_one_by_one(world, monkeypatch):
    for _number in range(3):
        cases.finding(world)
    for _number in range(2):
        cases.replied(world, cases.finding(world))
    hugo, campaign = world.actor("hugo"), world.campaign.pk
    states = inspection_queries.state_counts(hugo, campaign)
    counted = (
        queries.count_to_order(hugo, campaign, states), queries.count_to_verify(hugo, campaign, states)
    )  # fmt: skip
    assert [str(count) for count in counted] == ["3", "2"]
    monkeypatch.setattr(queries, "FEW", 1)
    told = (queries.count_to_order(hugo, campaign, states), queries.count_to_verify(hugo, campaign, states))
    assert [str(count) for count in told] == ["1+", "1+"]


def test_confirmed_findings_on_a_draft_do_not_wait_for_an_order(world, monkeypatch):
    cases.draft(world)
    cases.draft(world)
    hugo, campaign = world.actor("hugo"), world.campaign.pk
    states = inspection_queries.state_counts(hugo, campaign)
    monkeypatch.setattr(queries, "FEW", 1)
    assert str(queries.count_to_order(hugo, campaign, states)) == "0"


@pytest.mark.parametrize("name", ["hugo", "wen", "asha", "cora", "lena", "olga", "nobody"])
def test_verifications_are_seen_by_whoever_sees_the_finding(world, name):
    row = cases.finding(world)
    cases.replied(world, row)
    cases.verify(world, row)
    actor = world.actor(name)
    sees = policy.checkable_findings_visible_to(actor).filter(pk=row.pk).exists()
    assert policy.verifications_visible_to(actor).exists() == sees
