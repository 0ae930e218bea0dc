"""Coverage by township and type, unvisited sites, repeat visits, load and rotation: figures agree with their rows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duban.planning import coverage, load
from duban.planning.coverage import Scope
from duban.teams import operations as teams
from duban.web.treemap import Box, treemap
from tests.inspection.acts import close_visit, open_visit
from tests.world import DAY


@pytest.fixture
def visited(world):
    """甲镇西卡口 was visited by team 1, 乙镇西卡口 by the covert team; both handed in. 乙镇农贸市场 is still open."""
    close_visit(world, open_visit(world))
    covert = open_visit(world, "cora", "乙镇西卡口", team="c", mode="covert", manual_reason="群众反映")
    close_visit(world, covert, "cora", signature="covert")
    open_visit(world, "theo", "乙镇农贸市场", team="2")


def shares(world, who):
    table = coverage.coverage(Scope(world.actor(who), world.campaign, world.round))
    lines = {line.title: (line.total.visited, line.total.sites) for line in table.lines}
    assert sum(line.total.sites for line in table.lines) == table.total.sites
    return lines | {"": (table.total.visited, table.total.sites)}


def test_coverage_counts_handed_in_visits_the_reader_may_see(world, visited):
    assert shares(world, "wen") == {
        "甲镇": (1, 2), "乙镇": (1, 2), "丙镇": (0, 2), "市直单位": (0, 1), "": (2, 7),
    }  # fmt: skip
    assert shares(world, "lena") == {"甲镇": (1, 2), "": (1, 2)}
    assert shares(world, "rina") == {"乙镇": (0, 2), "": (0, 2)}  # the covert visit is not hers to know


@pytest.mark.parametrize("who", ["wen", "lena", "rina", "cora"])
def test_every_cell_opens_exactly_the_sites_it_counts(world, visited, who):
    scope = Scope(world.actor(who), world.campaign, world.round)
    for line in coverage.coverage(scope).lines:
        for type_id, cell in line.cells.items():
            asked = {"line": line.key, "type_id": type_id}
            assert coverage.site_rows(scope, **asked).count() == cell.sites
            assert coverage.site_rows(scope, **asked, show="visited").count() == cell.visited
            assert coverage.site_rows(scope, **asked, show="unvisited").count() == cell.unvisited


def test_unvisited_sites_come_first_and_tell_the_last_day(world, visited):
    rows = list(coverage.site_rows(Scope(world.actor("wen"), world.campaign)))
    assert {site.name: site.last_day for site in rows if site.last_day} == {
        "甲镇西卡口": DAY, "乙镇西卡口": DAY,
    }  # fmt: skip


def test_unvisited_places_of_a_protected_unit_are_told_apart(world, at, visited):
    teams.protect_unit(
        actor=world.actor("wen"), at=at("09:00"), campaign_id=world.campaign.pk, unit_id=world.units["丙镇"].pk,
        starts_on=DAY, ends_on=DAY + timedelta(days=2), reason="考试期间",
    )  # fmt: skip
    scope = Scope(world.actor("wen"), world.campaign, world.round)
    rows = coverage.site_rows(scope, show="protected", day=DAY)
    assert {site.area_path for site in rows} == {
        site.area_path
        for site in coverage.site_rows(scope, line=str(world.units["丙镇"].pk), show="unvisited")
    }
    assert rows.count() == 2
    assert coverage.site_rows(scope, show="protected", day=DAY + timedelta(days=3)).count() == 0
    elsewhere = Scope(world.actor("lena"), world.campaign, world.round)  # oversees 甲镇 only
    assert coverage.protections(elsewhere, DAY) == []


def test_repeat_visits_within_48_hours_and_units_visited_again(world, at, visited):
    again = open_visit(world, arrived_at=at("14:00"), at=at("14:05"), methods=["look_back"])
    close_visit(world, again, left_at=at("14:30"), at=at("14:40"))
    scope = Scope(world.actor("wen"), world.campaign)
    [repeat] = coverage.repeat_visits(scope, DAY, DAY)
    assert (repeat.hours, repeat.is_look_back, repeat.is_same_team) == (5, True, True)
    [week] = coverage.unit_weeks(scope, DAY, DAY)
    assert (week.unit.name, len(week.visits), week.days, week.sites) == ("甲镇人民政府", 2, 1, 1)
    assert coverage.repeat_visits(scope, DAY + timedelta(days=1), DAY + timedelta(days=1)) == []
    assert coverage.repeat_visits(Scope(world.actor("rina"), world.campaign), DAY, DAY) == []


def test_load_and_rotation_are_in_the_order_of_teams_and_open_their_rows(world, visited):
    scope = Scope(world.actor("hugo"), world.campaign)
    loads = {
        one.team.name: (one.dispatches, one.person_times, one.visits) for one in load.team_loads(scope, [DAY])
    }
    assert loads == {"第1督导组": (1, 2, 1), "第2督导组": (1, 2, 0), "暗访一组": (1, 2, 1)}
    _units, rotations = load.rotations(scope, [DAY])
    for one in rotations:
        for key, count in one.cells.items():
            assert coverage.visit_rows(scope, DAY, DAY, line=key, team_id=one.team.pk).count() == count
    assert {one.team.name: one.run_title for one in rotations} == {
        "第1督导组": "甲镇", "第2督导组": "", "暗访一组": "乙镇",
    }  # fmt: skip


def test_members_are_shown_to_who_plans_and_to_the_own_team_only(world, visited):
    def seen(who):
        return {
            one.member.user.username for one in load.member_loads(world.actor(who), world.campaign, [DAY])
        }

    assert seen("hugo") == {"tess", "asha", "theo", "rina", "cyra", "cora"}
    assert seen("wen") == {"tess", "asha", "theo", "rina"}
    assert seen("asha") == {"tess", "asha"}
    assert seen("lena") == seen("avi") == set()


def test_longest_run_counts_days_in_a_row():
    days = [DAY + timedelta(days=step) for step in (0, 1, 2, 5, 6)]
    assert load.longest_run(days) == 3
    assert load.longest_run([]) == 0


@given(st.lists(st.integers(min_value=0, max_value=500), max_size=40))
def test_treemap_keeps_areas_and_stays_inside(values):
    box = Box(0, 0, 960, 300)
    boxes = treemap(values, box)
    total = sum(values)
    for value, one in zip(values, boxes, strict=True):
        expected = box.width * box.height * value / total if total else 0
        assert one.width * one.height == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert one.x >= -1e-6 and one.y >= -1e-6
        assert one.x + one.width <= 960 + 1e-6 and one.y + one.height <= 300 + 1e-6
