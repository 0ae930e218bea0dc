"""Two open teams at one place: one goes and looks at the other's matter; sealed and covert places are never told."""

import pytest

from duban.field import day as field_day
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.teams import operations as teams
from duban.teams import queries
from tests.inspection.acts import open_visit
from tests.teams.test_dispatches import plan

PLACE = "甲镇农贸市场"


@pytest.fixture
def both(world, at):
    """Team 1 and team 2 are both sent to the market; returns their places there."""
    first, second = plan(world, at), plan(world, at, team="2")
    return first.dispatch_sites.get(), second.dispatch_sites.get()


def merge(world, at, slot, into, who="wen", reason="同一点位，由第1组一并查看"):
    return teams.merge_place(
        actor=world.actor(who), at=at("08:00"), dispatch_site_id=slot.pk, into_id=into.pk, reason=reason
    )


def test_office_leaves_a_place_to_the_other_team_which_sees_what_for(world, at, both):
    first, second = both
    assert queries.others_at(world.actor("wen"), second) == [first]
    merge(world, at, second, first)
    (slot,) = queries.slots_of(second.dispatch)
    assert (slot.merged_into, slot.merge_reason) == (first, "同一点位，由第1组一并查看")
    assert queries.joined_to(first.dispatch) == {first.pk: [second]}
    event = Event.objects.get(verb="dispatch.place_merged")
    assert event.subject_id == second.dispatch_id and PLACE not in str(event.detail.body)


def test_merged_place_is_not_visited_by_the_team_that_left_it_until_taken_back(world, at, both):
    first, second = both
    merge(world, at, second, first)
    with pytest.raises(Invalid) as refused:
        open_visit(world, "theo", PLACE, team="2")
    assert refused.value.code == "place_merged"
    teams.part_place(actor=world.actor("wen"), at=at("08:20"), dispatch_site_id=second.pk)
    assert open_visit(world, "theo", PLACE, team="2").dispatch_site_id == second.pk
    with pytest.raises(WrongState):
        teams.part_place(actor=world.actor("wen"), at=at("08:21"), dispatch_site_id=second.pk)


def test_merged_place_leaves_the_phones_of_the_team(world, at, both, monkeypatch):
    first, second = both
    theo = world.actor("theo")
    assert PLACE in str(field_day.day_of(theo, at("08:30")))
    merge(world, at, second, first)
    assert PLACE not in str(field_day.day_of(theo, at("08:30")))


def test_merger_is_refused_after_a_visit_without_reason_or_in_a_ring(world, at, both):
    first, second = both
    with pytest.raises(Invalid):
        merge(world, at, second, first, reason="  ")
    merge(world, at, second, first)
    with pytest.raises((Conflict, Invalid)):
        merge(world, at, first, second)  # each would wait for the other
    teams.part_place(actor=world.actor("wen"), at=at("08:20"), dispatch_site_id=second.pk)
    open_visit(world, "theo", PLACE, team="2")
    with pytest.raises(Conflict):
        merge(world, at, second, first)


@pytest.mark.parametrize(
    ("who", "error"), [("rina", None), ("asha", Denied), ("lena", Denied), ("olga", NotFound)]
)
def test_a_place_is_left_by_its_own_crew_or_the_office_only(world, at, both, who, error):
    first, second = both
    if error is None:
        with pytest.raises(NotFound):  # she does not see team 1's plan
            merge(world, at, second, first, who)
        return
    with pytest.raises((Denied, NotFound)):
        merge(world, at, second, first, who)


def test_place_where_the_other_team_has_been_is_no_place_to_merge_into(world, at, both):
    first, second = both
    open_visit(world, "asha", PLACE)
    assert queries.others_at(world.actor("wen"), second) == []
    with pytest.raises(Invalid):
        merge(world, at, second, first)


def test_sealed_place_of_another_team_is_not_told(world, at):
    plan(world, at, is_sealed=True)
    second = plan(world, at, team="2").dispatch_sites.get()
    assert queries.others_at(world.actor("wen"), second) == []
    assert queries.others_at(world.actor("hugo"), second) == []


def test_covert_team_at_the_same_place_is_told_to_nobody_and_merges_with_nobody(world, at):
    covert = plan(world, at, "hugo", team="c", is_sealed=False).dispatch_sites.get()
    second = plan(world, at, team="2").dispatch_sites.get()
    for who in ("wen", "hugo"):
        assert queries.others_at(world.actor(who), second) == []
        with pytest.raises((Invalid, NotFound)):
            merge(world, at, second, covert, who)
    with pytest.raises(Denied):
        merge(world, at, covert, second, "hugo")
