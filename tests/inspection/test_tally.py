"""The tally of findings follows the rows through the whole loop; a large scope is told from it, the same as counted."""

from collections import Counter

import pytest

from duban.inspection import operations as inspection
from duban.inspection import policy, queries, sweeps
from duban.inspection.models import Finding
from duban.kernel import tally
from duban.kernel.ids import new_id
from duban.kernel.models import Tally
from duban.people.models import RecusalDeclaration
from duban.rectification import operations as rectification
from duban.rectification.false_findings import register_false_rectification
from tests.inspection.acts import FACT, found, open_visit, register
from tests.rectification import cases
from tests.world import at


def counted(world, path: str = "") -> dict[str, int]:
    rows = Finding.objects.filter(campaign=world.campaign, area_path__startswith=path)
    return dict(Counter(rows.values_list("state", flat=True)))


def told(world, path: str = "") -> dict[str, int]:
    return tally.counts("finding", campaign_id=world.campaign.pk, path=path)


def whole_loop(world) -> None:
    """Register four findings: one written off, one ordered and taken back, one withdrawn, one of a covert team left."""
    first, second = found(world), found(world, fact=f"{FACT}二")
    third = found(world, fact=f"{FACT}三")
    visit = open_visit(world, "cora", site="甲镇农贸市场", team="c", mode="covert")
    register(world, visit, "cora", fact=f"{FACT}四")
    for row in (first, second):
        inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=row.pk)
        row.refresh_from_db()
    inspection.withdraw_finding(
        actor=world.actor("wen"), at=at("10:10"), finding_id=third.pk, reason="重复登记"
    )
    order = cases.issued(world, second)
    rectification.void_order(actor=world.actor("hugo"), at=at("11:05"), order_id=order.pk, reason="重新拟单")
    cases.replied(world, first)
    cases.verify(world, first)


def test_tally_keeps_step_with_the_rows_through_the_loop(world):
    whole_loop(world)
    expected = {"written_off": 1, "confirmed": 1, "withdrawn": 1, "registered": 1}
    assert counted(world) == told(world) == expected
    town = world.units["甲镇"].path
    assert told(world, town) == counted(world, town)
    tally.fold(at("16:00"))
    assert told(world) == expected
    assert told(world, town) == counted(world, town)


def test_false_rectification_enters_the_tally(world):
    row = found(world)
    inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=row.pk)
    row.refresh_from_db()
    cases.replied(world, row)
    row.refresh_from_db()
    register_false_rectification(row, actor=world.actor("wen"), at=at("15:00"), fact="现场无人，与反馈不符。")
    assert told(world) == counted(world)


def test_finding_sent_twice_by_a_device_is_counted_once(world):
    visit, device_id = open_visit(world), new_id()
    register(world, visit, finding_id=device_id)
    register(world, visit, finding_id=device_id)
    assert told(world) == counted(world) == {"registered": 1}


@pytest.mark.parametrize("name", ["hugo", "wen", "asha", "rina", "cora", "lena", "olga", "nobody", "ada"])
def test_large_scope_is_told_as_a_small_one_is_counted(world, name):
    whole_loop(world)
    actor = world.actor(name)
    counted_states = queries.state_counts(actor, world.campaign.pk)
    told_states = queries.state_counts(actor, world.campaign.pk, exact_below=0)
    assert +told_states == +counted_states
    visible = policy.findings_visible_to(actor).filter(campaign=world.campaign)
    assert +counted_states == Counter(visible.values_list("state", flat=True))


def test_recused_member_of_a_large_scope_is_told_without_the_unit(world):
    whole_loop(world)
    RecusalDeclaration.objects.get(user=world.users["asha"]).units.add(world.units["甲镇人民政府"])
    assert +queries.state_counts(world.actor("asha"), world.campaign.pk, exact_below=0) == Counter()


def test_rebuilt_tally_is_the_same(world):
    whole_loop(world)
    before = told(world)
    Tally.objects.all().delete()
    assert sweeps.rebuild_tally() == 4
    assert told(world) == before


def test_sweep_rebuilds_a_tally_that_lost_step(world):
    whole_loop(world)
    assert sweeps.check_tally(at("03:00")) == 0
    Tally.objects.all().delete()
    assert sweeps.check_tally(at("03:00")) == 1
    assert told(world) == counted(world)
