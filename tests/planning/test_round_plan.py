"""The morning's plan: coverage within the round, rotation, recusal, what falls short; drawn and checked like any draw."""

from datetime import timedelta

import pytest

from duban.kernel.errors import Invalid
from duban.kernel.ids import new_id
from duban.people import operations as people
from duban.planning import operations as planning
from duban.planning.drawing.audit import distance, faults_of
from duban.planning.verification import verify_draw
from duban.teams import operations as teams
from duban.teams.models import Dispatch, DispatchSite, Round
from tests.inspection.acts import open_visit
from tests.world import DAY


@pytest.fixture
def longer(world):
    """A round of four days, in which both open teams may go everywhere."""
    world.round.ends_on = DAY + timedelta(days=3)
    world.round.save()
    for name in ("1", "2"):
        world.teams[name].sectors.clear()
        world.teams[name].daily_capacity = 1
        world.teams[name].save()
    return world


def commit(world, at, moment="07:30", day=DAY, **options):
    return planning.commit_draw(
        actor=world.actor("wen"), at=at(moment, day), round_id=world.round.pk, day=day,
        team_ids=[world.teams[name].pk for name in ("1", "2")], **options,
    )  # fmt: skip


def test_round_of_several_days_is_planned_and_every_site_is_reached(longer, at):
    sites = set()
    for number in range(4):
        day = DAY + timedelta(days=number)
        made = commit(longer, at, day=day)
        assert made.algorithm == "optimal-v1"
        assert faults_of(made.inputs) == []
        assert distance(made.inputs) < 1e-3
        made = planning.run_draw(actor=longer.actor("wen"), at=at("07:40", day), draw_id=made.pk)
        assert verify_draw(made)
        assert sum(len(row["sites"]) for row in made.result["assignments"]) == 2
        sites |= set(DispatchSite.objects.filter(dispatch__day=day).values_list("site_id", flat=True))
    assert len(sites) == len(longer.sites)
    assert Dispatch.objects.count() == 8


def test_recusal_and_must_sites_hold_in_a_plan(longer, at):
    people.declare_recusal(
        actor=longer.actor("asha"),
        at=at("07:00"),
        campaign_id=longer.campaign.pk,
        unit_ids=[longer.units["甲镇"].pk],
    )
    must = longer.sites["甲镇西卡口"].pk
    made = planning.run_draw(
        actor=longer.actor("wen"), at=at("07:40"), draw_id=commit(longer, at, must_site_ids=[must]).pk
    )
    assert str(must) in [key for row in made.result["assignments"] for key in row["sites"]]
    for slot in DispatchSite.objects.filter(dispatch__team=longer.teams["1"]).select_related("site"):
        assert not slot.area_path.startswith(longer.units["甲镇"].path)


def test_what_the_days_left_cannot_cover_is_said_and_drawn_as_far_as_it_goes(longer, at):
    longer.round.ends_on = DAY + timedelta(days=1)
    longer.round.save()
    made = commit(longer, at)
    short = made.inputs["shortfall"]
    assert (short["constraint"], short["needed"], short["available"]) == ("coverage", len(longer.sites), 4)
    made = planning.run_draw(actor=longer.actor("wen"), at=at("07:40"), draw_id=made.pk)
    assert sum(len(row["sites"]) for row in made.result["assignments"]) == 2


def test_unit_with_many_visits_of_late_is_covered_but_not_visited_again(longer, at):
    earlier = Round.objects.create(
        campaign=longer.campaign, number=9, starts_on=DAY - timedelta(days=7), ends_on=DAY - timedelta(days=1)
    )
    visit = open_visit(longer)
    for number in range(3):
        visit.pk, visit.number, visit.round, visit.site = (
            new_id(),
            90 + number,
            earlier,
            longer.sites["市人民医院"],
        )
        visit.day = DAY - timedelta(days=1 + number)
        visit.save(force_insert=True)
    Dispatch.objects.update(state="cancelled")
    rows = {row["code"]: row for row in commit(longer, at, moment="09:30").inputs["sites"]}
    assert (rows["市人民医院"]["least"], rows["市人民医院"]["most"]) == (1, 1)
    assert (rows["乙镇西卡口"]["least"], rows["乙镇西卡口"]["most"]) == (1, 2)


def test_algorithm_can_be_named_and_an_unknown_one_is_refused(longer, at):
    assert commit(longer, at, algorithm="uniform-v1").algorithm == "uniform-v1"
    for wrong in ({"algorithm": "comb"}, {"dial": -1}):
        with pytest.raises(Invalid, match="draw_method"):
            commit(longer, at, **wrong)


def stay(world, team, site, days):
    """Write earlier visits of a team to a site, one a day before DAY."""
    visit = open_visit(world)
    earlier = Round.objects.create(
        campaign=world.campaign, number=9, starts_on=DAY - timedelta(days=7), ends_on=DAY - timedelta(days=1)
    )
    place = world.sites[site]
    for number in range(days):
        visit.pk, visit.number, visit.round, visit.team = new_id(), 90 + number, earlier, world.teams[team]
        visit.site, visit.area_path, visit.day = place, place.area_path, DAY - timedelta(days=1 + number)
        visit.save(force_insert=True)
    Dispatch.objects.update(state="cancelled")


@pytest.mark.parametrize(("days", "rests"), [(2, False), (3, True)])
def test_team_that_stayed_in_an_area_leaves_it_to_another(longer, at, days, rests):
    stay(longer, "1", "甲镇农贸市场", days)
    made = commit(longer, at, moment="09:30", must_site_ids=[longer.sites["甲镇西卡口"].pk])
    row = {team["id"]: team for team in made.inputs["teams"]}
    one, two = (str(longer.teams[name].pk) for name in ("1", "2"))
    assert (row[one]["rests_in"], row[two]["rests_in"]) == ([longer.units["甲镇"].path] if rests else [], [])
    if rests:
        made = planning.run_draw(actor=longer.actor("wen"), at=at("09:40"), draw_id=made.pk)
        assert verify_draw(made)
        sent = {key: team["team"] for team in made.result["assignments"] for key in team["sites"]}
        assert sent[str(longer.sites["甲镇西卡口"].pk)] == two


def test_rotation_rule_of_the_head_holds_and_the_team_still_goes_where_nobody_else_can(longer, at):
    teams.set_rotation(
        actor=longer.actor("hugo"), at=at("07:00"), campaign_id=longer.campaign.pk, days=1, window=5, reason="交叉检查"
    )  # fmt: skip
    stay(longer, "1", "甲镇农贸市场", 1)
    longer.teams["2"].sectors.set([longer.units["乙镇"]])
    made = commit(longer, at, moment="09:30", must_site_ids=[longer.sites["甲镇西卡口"].pk])
    row = {team["id"]: team for team in made.inputs["teams"]}[str(longer.teams["1"].pk)]
    assert row["rests_in"] == [longer.units["甲镇"].path]
    made = planning.run_draw(actor=longer.actor("wen"), at=at("09:40"), draw_id=made.pk)
    sent = {key: team["team"] for team in made.result["assignments"] for key in team["sites"]}
    assert sent[str(longer.sites["甲镇西卡口"].pk)] == row["id"]


def test_in_a_round_of_one_day_a_unit_that_had_its_visits_comes_last(longer, at):
    longer.round.ends_on = DAY
    longer.round.save()
    stay(longer, "1", "市人民医院", 3)
    made = commit(longer, at, moment="09:30")
    assert made.algorithm == "uniform-v1"
    taken = {row["code"] for row in made.inputs["sites"] if row["visited"]}
    assert taken == {"市人民医院", "甲镇西卡口"}  # one rests, at the other the round's first visit was
    made = planning.run_draw(actor=longer.actor("wen"), at=at("09:40"), draw_id=made.pk)
    sent = {key for team in made.result["assignments"] for key in team["sites"]}
    assert len(sent) == 2 and str(longer.sites["市人民医院"].pk) not in sent


def test_in_a_round_of_one_day_the_team_that_was_there_last_does_not_come_again(longer, at):
    longer.round.ends_on = DAY
    longer.round.save()
    stay(longer, "1", "乙镇西卡口", 1)
    made = commit(longer, at, moment="09:30", must_site_ids=[longer.sites["乙镇西卡口"].pk])
    assert made.algorithm == "uniform-v1"
    made = planning.run_draw(actor=longer.actor("wen"), at=at("09:40"), draw_id=made.pk)
    assert verify_draw(made)
    sent = {key: team["team"] for team in made.result["assignments"] for key in team["sites"]}
    assert sent[str(longer.sites["乙镇西卡口"].pk)] == str(longer.teams["2"].pk)
