"""The journal keeps covert work, but only the head and the auditor can read it there."""

import pytest

from duban.campaigns.journal_scope import events_visible_to
from duban.planning import operations as planning
from duban.teams import operations as teams
from duban.teams.models import Dispatch
from tests.world import DAY

COVERT = (
    "team.changed",
    "dispatch.created",
    "draw.committed",
    "draw.drawn",
    "dispatch.departed",
    "dispatch.site_revealed",
)


@pytest.fixture
def covert_day(world, at):
    hugo = world.actor("hugo")
    teams.change_team(
        actor=hugo,
        at=at("07:00"),
        team_id=world.teams["c"].pk,
        name="暗访一组",
        sector_ids=[world.units["示例市"].pk],
    )
    planning.commit_and_draw(
        actor=hugo,
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["c"].pk],
        is_covert=True,
    )
    dispatch = Dispatch.objects.get()
    teams.depart(actor=world.actor("cora"), at=at("08:30"), dispatch_id=dispatch.pk)
    slot = dispatch.dispatch_sites.first()
    teams.reveal_site(actor=world.actor("cora"), at=at("08:40"), dispatch_site_id=slot.pk)


def read_by(world, name):
    rows = events_visible_to(world.actor(name)).filter(verb__in=COVERT)
    return set(rows.values_list("verb", flat=True))


def test_covert_lines_are_hidden_from_office_and_other_teams(world, covert_day):
    for name in ("wen", "asha", "lena", "olga", "ada", "cora"):
        assert read_by(world, name) == set(), name
    assert read_by(world, "hugo") == read_by(world, "avi") == set(COVERT)


def test_roster_needs_as_many_queries_for_three_teams_as_for_one(world, at, django_assert_max_num_queries):
    from duban.teams import queries

    actor = world.actor("hugo")
    with django_assert_max_num_queries(6):
        rows = queries.roster(actor, world.campaign, DAY)
        assert len([row.team.sectors.all() for row in rows]) == 3
