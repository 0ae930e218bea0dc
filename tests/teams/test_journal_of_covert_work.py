"""The journal keeps covert work, but only the head, the auditor and the own team can read it there."""

import pytest

from duban.kernel.models import Event
from duban.planning import operations as planning
from duban.planning import policy as planning_policy
from duban.teams import operations as teams
from duban.teams import policy
from duban.teams.models import Dispatch
from tests.world import DAY

COVERT = ("team.changed", "dispatch.created", "draw.committed", "draw.drawn", "dispatch.departed", "dispatch.site_revealed")


@pytest.fixture
def covert_day(world, at):
    hugo = world.actor("hugo")
    teams.change_team(
        actor=hugo, at=at("07:00"), team_id=world.teams["c"].pk, name="暗访一组", sector_ids=[world.units["示例市"].pk]
    )
    planning.commit_and_draw(
        actor=hugo, at=at("07:30"), round_id=world.round.pk, day=DAY, team_ids=[world.teams["c"].pk], is_covert=True
    )
    dispatch = Dispatch.objects.get()
    teams.depart(actor=world.actor("cora"), at=at("08:30"), dispatch_id=dispatch.pk)
    slot = dispatch.dispatch_sites.first()
    teams.reveal_site(actor=world.actor("cora"), at=at("08:40"), dispatch_site_id=slot.pk)


def read_by(world, name):
    actor = world.actor(name)
    hidden = policy.hidden_from_journal(actor) | planning_policy.hidden_from_journal(actor)
    return set(Event.objects.filter(verb__in=COVERT).exclude(hidden).values_list("verb", flat=True))


def test_covert_lines_are_hidden_from_office_and_other_teams(world, covert_day):
    for name in ("wen", "asha", "lena", "olga", "ada"):
        assert read_by(world, name) == set(), name
    assert read_by(world, "hugo") == read_by(world, "avi") == set(COVERT)
    assert read_by(world, "cora") == set(COVERT) - {"draw.committed", "draw.drawn"}


def test_roster_needs_as_many_queries_for_three_teams_as_for_one(world, at, django_assert_max_num_queries):
    from duban.teams import queries

    actor = world.actor("hugo")
    with django_assert_max_num_queries(6):
        rows = queries.roster(actor, world.campaign, DAY)
        assert len([row.team.sectors.all() for row in rows]) == 3
