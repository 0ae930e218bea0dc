"""A scope that is worked out once per actor: fresh rows each time, and never the rows of somebody else."""

from duban.inspection.policy import visits_visible_to
from duban.teams.policy import teams_visible_to
from tests.inspection.acts import open_visit
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
