"""One row of a scope: the kept statement answers as the queryset does, for each actor, and sees added filters."""

import pytest
from django.db import transaction

from duban.inspection.policy import visits_visible_to
from duban.kernel.errors import NotFound
from duban.kernel.ids import new_id
from duban.kernel.loading import get_visible
from duban.teams.policy import teams_visible_to
from tests.inspection.acts import open_visit
from tests.world import World


def test_row_is_what_the_queryset_gives_for_every_actor(world: World) -> None:
    visit = open_visit(world)
    for name in world.users:
        actor = world.actor(name)
        wanted = visits_visible_to(actor).filter(pk=visit.pk).first()
        for _again in range(2):
            if wanted is None:
                with pytest.raises(NotFound):
                    get_visible(visits_visible_to(actor), visit.pk)
                continue
            found = get_visible(visits_visible_to(actor), visit.pk)
            assert {key: value for key, value in vars(found).items() if key != "_state"} == {
                key: value for key, value in vars(wanted).items() if key != "_state"
            }, name


def test_row_brings_what_it_is_joined_with(world: World, django_assert_num_queries) -> None:
    visit, asha = open_visit(world), world.actor("asha")
    for _again in range(2):
        with django_assert_num_queries(1):
            found = get_visible(visits_visible_to(asha).select_related("site", "team"), visit.pk)
            assert (found.site.name, found.team.pk) == (visit.site.name, visit.team_id)


def test_added_filter_counts(world: World) -> None:
    hugo, team = world.actor("hugo"), world.teams["1"]
    assert get_visible(teams_visible_to(hugo), team.pk) == team
    with pytest.raises(NotFound):
        get_visible(teams_visible_to(hugo).filter(campaign_id=new_id()), team.pk)
    with pytest.raises(NotFound):
        get_visible(teams_visible_to(hugo).exclude(number=team.number), team.pk)
    assert get_visible(teams_visible_to(hugo), str(team.pk)) == team


def test_locked_row_is_read_anew(world: World) -> None:
    hugo, team = world.actor("hugo"), world.teams["1"]
    for name in ("甲组", "乙组"):
        type(team).objects.filter(pk=team.pk).update(name=name)
        with transaction.atomic():
            assert get_visible(teams_visible_to(hugo), team.pk, lock=True).name == name
