"""A scope that is worked out once per actor: fresh rows each time, and never the rows of somebody else."""

import pytest

from duban.inspection.models import Finding
from duban.inspection.policy import findings_visible_to, visits_visible_to
from duban.kernel.scope import in_list_order, is_kept_in_order
from duban.teams.policy import teams_visible_to
from tests.inspection.acts import FACT, found, open_visit
from tests.world import World, at


def test_rows_of_a_scope_are_read_anew_each_time(world: World) -> None:
    asha = world.actor("asha")
    assert list(visits_visible_to(asha)) == []
    visit = open_visit(world)
    assert list(visits_visible_to(asha)) == [visit]


def test_actor_with_other_grants_gets_another_scope(world: World) -> None:
    seen = {name: set(teams_visible_to(world.actor(name))) for name in ("asha", "olga", "hugo")}
    assert seen["olga"] == set()
    assert seen["asha"] < seen["hugo"]
    world.users["asha"].grants.update(revoked_at=at("08:00"))
    assert set(teams_visible_to(world.actor("asha"))) == set()


@pytest.mark.parametrize("name", ["asha", "hugo", "wen", "olga"])
def test_scope_read_in_list_order_has_the_same_rows(world: World, name: str) -> None:
    for number in range(4):
        found(world, fact=f"{FACT}第 {number} 处")
    rows = findings_visible_to(world.actor(name)).order_by("-found_at", "-id")
    along = in_list_order(rows)
    assert list(along) == list(rows)
    assert list(in_list_order(along)) == list(rows)
    assert ("|| ''" in str(along.query)) or not world.actor(name).grants


def test_lists_kept_in_order_by_an_index_are_known() -> None:
    rows = Finding.objects.all()
    assert is_kept_in_order(rows.order_by("-found_at", "-id"))
    assert is_kept_in_order(rows.order_by("state_at"))
    assert not is_kept_in_order(rows.order_by("severity"))
    assert not is_kept_in_order(rows.order_by())
