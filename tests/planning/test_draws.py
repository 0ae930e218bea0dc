"""Recorded draws: committed first, drawn into dispatches, verifiable, revealed after the round."""

from datetime import date, timedelta

import pytest

from duban.campaigns.journal_scope import events_visible_to
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.people import operations as people
from duban.planning import operations as planning
from duban.planning import sweeps
from duban.planning.models import Draw
from duban.planning.policy import draws_visible_to
from duban.planning.verification import examine, verify_draw
from duban.teams import operations as teams
from duban.teams.models import Dispatch, DispatchSite
from tests.world import DAY

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def longer(world):
    """The round also covers the next day."""
    world.round.ends_on = TOMORROW
    world.round.save()
    return world.round


def commit(world, at, who="wen", moment="07:30", day=DAY, names=("1", "2"), **options):
    return planning.commit_draw(
        actor=world.actor(who), at=at(moment), round_id=world.round.pk, day=day,
        team_ids=[world.teams[name].pk for name in names], **options,
    )  # fmt: skip


def test_commitment_is_journalled_before_anything_is_drawn(world, at):
    made = commit(world, at)
    assert (made.state, made.result) == ("committed", None)
    assert not Dispatch.objects.exists()
    event = Event.objects.get(verb="draw.committed")
    assert event.detail.body["commitment"] == made.commitment
    assert made.seed not in str(event.detail.body)


def test_draw_sends_each_team_to_sealed_sites_of_its_sector(world, at):
    made = planning.run_draw(actor=world.actor("wen"), at=at("07:40"), draw_id=commit(world, at).pk)
    assert verify_draw(made)
    for name, town in (("1", "甲镇"), ("2", "乙镇")):
        slots = DispatchSite.objects.filter(dispatch__team=world.teams[name])
        assert {slot.site.name for slot in slots} == {f"{town}农贸市场", f"{town}西卡口"}
        assert all(slot.is_sealed and slot.source == "draw" for slot in slots)
    assert "甲镇" not in str([event.detail.body for event in Event.objects.filter(verb__startswith="draw.")])
    with pytest.raises(WrongState):
        planning.run_draw(actor=world.actor("wen"), at=at("07:41"), draw_id=made.pk)
    assert Dispatch.objects.count() == 2


def test_tampering_is_noticed(world, at):
    made = planning.commit_and_draw(
        actor=world.actor("wen"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["1"].pk],
    )
    assert verify_draw(Draw.objects.get(pk=made.pk))

    made.result["assignments"][0]["sites"].reverse()
    assert examine(made).is_result_right is False
    made.refresh_from_db()
    made.inputs["teams"][0]["quota"] = 1
    assert examine(made).is_commitment_right is False
    made.refresh_from_db()
    made.seed = "00" * 32
    assert not verify_draw(made)
    made.refresh_from_db()
    made.commitment = "0" * 64
    assert examine(made).is_journal_right is False


def test_tomorrow_is_drawn_after_the_cutoff_unless_the_head_gives_a_reason(world, at, longer):
    with pytest.raises(Denied, match="before_cutoff"):
        commit(world, at, moment="15:59", day=TOMORROW, early_reason="赶时间")
    with pytest.raises(Denied, match="reason_missing"):
        commit(world, at, who="hugo", moment="15:59", day=TOMORROW)
    assert not Draw.objects.exists()
    made = commit(world, at, who="hugo", moment="15:59", day=TOMORROW, early_reason="明晨集中出发")
    assert made.early_reason == "明晨集中出发"
    assert Event.objects.get(verb="draw.committed").reason == "明晨集中出发"
    assert commit(world, at, moment="16:00", day=TOMORROW).state == "committed"


@pytest.mark.parametrize(
    ("who", "refusal"), [("asha", Denied), ("rina", Denied), ("olga", NotFound), ("nobody", NotFound)]
)
def test_draw_is_the_offices(world, at, who, refusal):
    with pytest.raises(refusal):
        commit(world, at, who=who)
    assert not Draw.objects.exists()


def test_covert_draw_is_the_heads_alone_and_seen_by_nobody_else(world, at):
    with pytest.raises(Denied):
        commit(world, at, names=("c",), is_covert=True)
    made = planning.commit_and_draw(
        actor=world.actor("hugo"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["c"].pk],
        is_covert=True,
    )
    for name in world.users:
        assert draws_visible_to(world.actor(name)).filter(pk=made.pk).exists() is (name == "hugo"), name
    with pytest.raises(Invalid, match="teams_invalid"):
        commit(world, at, who="hugo", names=("1", "c"))


def test_covert_plans_do_not_show_in_the_candidates_of_open_draws(world, at):
    planning.commit_and_draw(
        actor=world.actor("hugo"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["c"].pk],
        is_covert=True,
    )
    made = commit(world, at)
    assert {row["code"] for row in made.inputs["sites"]} == {
        "甲镇农贸市场",
        "甲镇西卡口",
        "乙镇农贸市场",
        "乙镇西卡口",
    }
    assert not any(row["visited"] for row in made.inputs["sites"])


def test_sites_planned_by_hand_today_are_not_drawn_again(world, at):
    teams.create_dispatch(
        actor=world.actor("wen"), at=at("07:00"), round_id=world.round.pk, team_id=world.teams["2"].pk, day=DAY,
        sites=[(world.sites["甲镇西卡口"].pk, "manual", None)], reason="群众反映",
    )  # fmt: skip
    assert {row["code"] for row in commit(world, at, names=("1",)).inputs["sites"]} == {"甲镇农贸市场"}
    with pytest.raises(Conflict):
        commit(world, at, names=("2",))


def test_recused_sites_are_never_drawn(world, at):
    people.declare_recusal(
        actor=world.actor("asha"),
        at=at("07:00"),
        campaign_id=world.campaign.pk,
        unit_ids=[world.units["甲镇"].pk],
    )
    made = planning.commit_and_draw(
        actor=world.actor("wen"), at=at("07:30"), round_id=world.round.pk, day=DAY,
        team_ids=[world.teams["1"].pk, world.teams["2"].pk],
    )  # fmt: skip
    assert not Dispatch.objects.filter(team=world.teams["1"]).exists()
    assert verify_draw(made)


def test_impossible_demand_is_refused_by_name_and_nothing_is_written(world, at):
    with pytest.raises(Invalid) as refused:
        commit(world, at, quotas={world.teams["1"].pk: 5})
    assert "第1督导组要抽 5 处" in str(refused.value.message)
    assert "差 3 处" in str(refused.value.message)
    with pytest.raises(Invalid) as refused:
        commit(world, at, must_site_ids=[world.sites["丙镇西卡口"].pk])
    assert "不在所选各组片区内" in str(refused.value.message)
    assert not Draw.objects.exists()
    assert not Event.objects.filter(verb__startswith="draw.").exists()


def test_opening_times_are_spread_over_the_day(world, at):
    made = commit(world, at, names=("1",), opening={"first": "09:00", "every": 90})
    planning.run_draw(actor=world.actor("wen"), at=at("07:40"), draw_id=made.pk)
    times = DispatchSite.objects.order_by("ordinal").values_list("opens_at", flat=True)
    assert list(times) == [at("09:00"), at("10:30")]


def test_seeds_are_revealed_after_the_round_by_head_or_sweep(world, at, longer):
    made = planning.commit_and_draw(
        actor=world.actor("wen"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["1"].pk],
    )
    with pytest.raises(Denied, match="round_open"):
        planning.reveal_draws(actor=world.actor("hugo"), at=at("18:00", TOMORROW), round_id=world.round.pk)
    after = at("08:00", date(2020, 2, 18))
    with pytest.raises(Denied, match="not_head"):
        planning.reveal_draws(actor=world.actor("wen"), at=after, round_id=world.round.pk)
    sweeps.sweep(at("23:59", TOMORROW))
    made.refresh_from_db()
    assert made.state == "drawn"
    assert (sweeps.sweep(after), sweeps.sweep(after)) == (1, 0)
    made.refresh_from_db()
    assert (made.state, made.revealed_at) == ("revealed", after)
    event = Event.objects.get(verb="draw.revealed")
    assert event.detail.body["seed"] == made.seed
    assert verify_draw(made)


def test_covert_draw_has_its_own_seed_commitment_and_reveal(world, at, longer):
    given = {"at": at("07:30"), "round_id": world.round.pk, "day": DAY}
    open_draw = planning.commit_and_draw(actor=world.actor("wen"), team_ids=[world.teams["1"].pk], **given)
    covert = planning.commit_and_draw(
        actor=world.actor("hugo"), team_ids=[world.teams["c"].pk], is_covert=True, **given
    )
    assert covert.seed != open_draw.seed and covert.commitment != open_draw.commitment
    assert str(world.teams["c"].pk) not in str(open_draw.inputs)
    planning.reveal_draws(
        actor=world.actor("hugo"), at=at("08:00", date(2020, 2, 18)), round_id=world.round.pk
    )
    events = {event.subject_id: event for event in Event.objects.filter(verb="draw.revealed")}
    assert events[open_draw.pk].detail.body["seed"] == open_draw.seed
    assert events[covert.pk].detail.body["seed"] == covert.seed
    for made in (open_draw, covert):
        made.refresh_from_db()
        assert made.state == "revealed" and verify_draw(made)
    for name in world.users:  # revealed or not, where a covert team went is the head's to know
        actor = world.actor(name)
        assert draws_visible_to(actor).filter(pk=covert.pk).exists() is (name == "hugo"), name
        assert events_visible_to(actor).filter(subject_id=covert.pk).exists() is (name in {"hugo", "avi"}), (
            name
        )
    covert.seed, open_draw.seed = open_draw.seed, covert.seed
    assert not verify_draw(covert) and not verify_draw(open_draw)
