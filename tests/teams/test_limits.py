"""Protected periods keep draws away from a unit; the visit budget lets it rest; a visit by hand needs a reason."""

from datetime import timedelta

import pytest

from duban.inspection.models import Visit
from duban.kernel.errors import Conflict, Denied, Invalid
from duban.planning import operations as planning
from duban.planning import round_plan
from duban.planning.models import Draw
from duban.teams import operations as teams
from duban.teams.limits import budget_of, protected_on, rotation_of
from duban.teams.models import DispatchSite, Round
from tests.world import DAY

NEXT = DAY + timedelta(days=1)


def protect(world, at, who="wen", unit="甲镇", starts=DAY, ends=NEXT, reason="村级换届"):
    return teams.protect_unit(
        actor=world.actor(who), at=at("07:00"), campaign_id=world.campaign.pk, unit_id=world.units[unit].pk,
        starts_on=starts, ends_on=ends, reason=reason,
    )  # fmt: skip


def drawn(world, at, day=DAY, moment="07:30", **more) -> tuple[Draw, set[str]]:
    draw = planning.commit_and_draw(
        actor=world.actor("wen"), at=at(moment), round_id=world.round.pk, day=day,
        team_ids=[world.teams["1"].pk, world.teams["2"].pk], early_reason="核验", **more,
    )  # fmt: skip
    rows = DispatchSite.objects.filter(dispatch__day=day).values_list("site__name", flat=True)
    return draw, set(rows)


@pytest.fixture
def free_teams(world):
    for team in world.teams.values():
        team.sectors.clear()
    return world


def test_draw_goes_round_a_protected_unit_and_says_so(free_teams, at) -> None:
    protect(free_teams, at)
    draw, places = drawn(free_teams, at)
    assert places and not any(name.startswith("甲镇") for name in places)
    assert {row["name"] for row in draw.inputs["protected"]} == {"甲镇农贸市场", "甲镇西卡口"}
    assert {row["until"] for row in draw.inputs["protected"]} == {NEXT.isoformat()}


def test_every_planned_day_is_asked_anew(free_teams, at) -> None:
    protect(free_teams, at, ends=DAY)
    _draw, places = drawn(free_teams, at)
    assert not any(name.startswith("甲镇") for name in places)
    Round.objects.filter(pk=free_teams.round.pk).update(ends_on=NEXT)
    free_teams.round.refresh_from_db()
    _draw, later = drawn(free_teams, at, day=NEXT, moment="17:00")
    assert any(name.startswith("甲镇") for name in later)


def test_lifted_protection_holds_no_longer(free_teams, at) -> None:
    period = protect(free_teams, at)
    teams.lift_protection(
        actor=free_teams.actor("wen"), at=at("07:10"), period_id=period.pk, reason="提前结束"
    )
    assert protected_on(DAY) == []
    with pytest.raises(Conflict):
        teams.lift_protection(
            actor=free_teams.actor("wen"), at=at("07:11"), period_id=period.pk, reason="再次"
        )
    _draw, places = drawn(free_teams, at)
    assert any(name.startswith("甲镇") for name in places)


def test_protected_site_cannot_be_a_must(free_teams, at) -> None:
    protect(free_teams, at)
    with pytest.raises(Invalid) as refused:
        drawn(free_teams, at, must_site_ids=[free_teams.sites["甲镇西卡口"].pk])
    assert refused.value.code == "protected" and "甲镇西卡口" in str(refused.value.message)


@pytest.mark.parametrize("reason", ["", "群众反映集中，须当日到场"])
def test_visit_by_hand_to_a_protected_unit_needs_a_reason(world, at, reason) -> None:
    protect(world, at)
    plan = {
        "actor": world.actor("wen"), "at": at("07:30"), "round_id": world.round.pk, "team_id": world.teams["1"].pk,
        "day": DAY, "sites": [(world.sites["甲镇西卡口"].pk, "theme", None)], "reason": reason,
    }  # fmt: skip
    if reason:
        assert teams.create_dispatch(**plan).dispatch_sites.count() == 1
        return
    with pytest.raises(Invalid) as refused:
        teams.create_dispatch(**plan)
    assert refused.value.code == "protected"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"ends": DAY - timedelta(days=1)}, "ends_on"), ({"ends": DAY + timedelta(days=60)}, "ends_on"),
     ({"reason": " "}, "reason"), ({"starts": DAY - timedelta(days=9), "ends": DAY - timedelta(days=8)}, "ends_on")],
    ids=["backwards", "too long", "no reason", "over"],
)  # fmt: skip
def test_impossible_protection_is_refused_at_its_field(world, at, change, field) -> None:
    with pytest.raises(Invalid) as refused:
        protect(world, at, **change)
    assert list(refused.value.fields) == [field]


def test_a_unit_is_protected_once_and_by_the_office_only(world, at) -> None:
    protect(world, at)
    with pytest.raises(Conflict):
        protect(world, at, starts=NEXT, ends=NEXT)
    with pytest.raises(Denied):
        protect(world, at, who="asha", unit="乙镇")


def test_budget_is_the_heads_and_counts_whoever_came(world, at, monkeypatch) -> None:
    site = world.sites["市人民医院"]
    for number in range(2):
        Visit.objects.create(
            campaign=world.campaign, round=world.round, team=world.teams["1"], number=number + 1, site=site,
            area_path=site.area_path, mode="open", day=DAY - timedelta(days=number + 1),
            arrived_at=at("09:00", DAY - timedelta(days=number + 1)), entered_at=at("09:00"), entered_by=world.users["asha"],
        )  # fmt: skip
    assert (budget_of(world.campaign).visits, budget_of(world.campaign).days) == (3, 7)
    assert round_plan._resting(world.campaign, DAY) == set()
    act = {"at": at("07:00"), "campaign_id": world.campaign.pk, "visits": 2, "days": 5, "reason": "减轻负担"}
    with pytest.raises(Denied):
        teams.set_visit_budget(actor=world.actor("wen"), **act)
    teams.set_visit_budget(actor=world.actor("hugo"), **act)
    assert round_plan._resting(world.campaign, DAY) == {site.operator_unit.path}
    teams.set_visit_budget(actor=world.actor("hugo"), **{**act, "days": 1})
    assert round_plan._resting(world.campaign, DAY) == set()
    with pytest.raises(Invalid) as refused:
        teams.set_visit_budget(actor=world.actor("hugo"), **{**act, "visits": 0, "days": 91, "reason": ""})
    assert set(refused.value.fields) == {"visits", "days", "reason"}


def test_rotation_rule_is_the_heads_and_refuses_impossible_numbers(world, at) -> None:
    act = {"at": at("07:00"), "campaign_id": world.campaign.pk, "days": 2, "window": 5, "reason": "交叉检查"}
    assert (rotation_of(world.campaign).days, rotation_of(world.campaign).window) == (3, 7)
    with pytest.raises(Denied):
        teams.set_rotation(actor=world.actor("wen"), **act)
    teams.set_rotation(actor=world.actor("hugo"), **act)
    teams.set_rotation(actor=world.actor("hugo"), **{**act, "days": 4})
    assert (rotation_of(world.campaign).days, rotation_of(world.campaign).window) == (4, 5)
    with pytest.raises(Invalid) as refused:
        teams.set_rotation(actor=world.actor("hugo"), **{**act, "days": 6, "reason": ""})
    assert set(refused.value.fields) == {"days", "reason"}
