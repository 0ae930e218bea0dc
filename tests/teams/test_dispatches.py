"""Sending teams out: crew, recusal, capacity, person-times, substitution; and who may do it."""

from datetime import timedelta

import pytest

from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.people import operations as people
from duban.teams import operations as teams
from duban.teams.models import Dispatch
from tests.world import DAY


def plan(world, at, who="wen", team="1", sites=("甲镇农贸市场",), moment="07:30", **extra):
    return teams.create_dispatch(
        actor=world.actor(who), at=at(moment), round_id=world.round.pk, team_id=world.teams[team].pk, day=DAY,
        sites=[(world.sites[name].pk, "manual", None) for name in sites], reason="群众反映集中", **extra,
    )  # fmt: skip


def test_office_plans_a_day_with_all_members(world, at):
    dispatch = plan(world, at)
    assert set(dispatch.members.values_list("username", flat=True)) == {"tess", "asha"}
    assert dispatch.dispatch_sites.get().is_sealed is False
    assert Event.objects.filter(verb="dispatch.created", subject_id=dispatch.pk).count() == 1


@pytest.mark.parametrize("who", ["asha", "rina", "lena", "avi"])
def test_who_does_not_run_the_campaign_cannot_plan(world, at, who):
    with pytest.raises(Denied):
        plan(world, at, who)
    assert not Dispatch.objects.exists()


@pytest.mark.parametrize("who", ["olga", "nobody", "vera"])
def test_supervised_side_does_not_even_see_the_round(world, at, who):
    with pytest.raises(NotFound):
        plan(world, at, who)
    assert not Dispatch.objects.exists()


def test_office_cannot_plan_for_a_covert_team_it_does_not_see(world, at):
    with pytest.raises(NotFound):
        plan(world, at, "wen", team="c")
    assert plan(world, at, "hugo", team="c").dispatch_sites.get().is_sealed is True


def test_one_dispatch_per_team_and_day_until_it_is_cancelled(world, at):
    first = plan(world, at)
    with pytest.raises(Conflict):
        plan(world, at, sites=("甲镇西卡口",))
    teams.cancel_dispatch(
        actor=world.actor("wen"), at=at("07:40"), dispatch_id=first.pk, reason="道路封闭施工"
    )
    assert plan(world, at, sites=("甲镇西卡口",)).pk != first.pk
    with pytest.raises(WrongState):
        teams.cancel_dispatch(actor=world.actor("wen"), at=at("07:41"), dispatch_id=first.pk, reason="再次")


def test_recused_unit_is_refused_naming_post_and_unit(world, at):
    people.declare_recusal(
        actor=world.actor("asha"),
        at=at("07:00"),
        campaign_id=world.campaign.pk,
        unit_ids=[world.units["甲镇人民政府"].pk],
    )
    with pytest.raises(Invalid) as refused:
        plan(world, at)
    assert "第1督导组成员" in str(refused.value.message)
    assert "甲镇人民政府" in str(refused.value.message)
    assert not Dispatch.objects.exists()


def test_recusal_from_an_area_covers_all_sites_in_it(world, at):
    people.declare_recusal(
        actor=world.actor("tess"),
        at=at("07:00"),
        campaign_id=world.campaign.pk,
        unit_ids=[world.units["甲镇"].pk],
    )
    with pytest.raises(Invalid, match="recused"):
        plan(world, at)
    plan(world, at, sites=("乙镇西卡口",))


def test_experts_do_not_count_as_inspectors(world, at):
    doctor = people.create_user(
        actor=world.actor("ada"), at=at("07:00"), username="dora", password="-", display_name="dora",
        post_label="医疗专家", unit_id=world.units["示例市人民医院"].pk, is_expert=True, check_password=False,
    )  # fmt: skip
    with pytest.raises(Invalid, match="expert_only"):
        teams.add_member(
            actor=world.actor("wen"),
            at=at("07:00"),
            team_id=world.teams["1"].pk,
            user_id=doctor.pk,
            role="member",
        )
    teams.add_member(
        actor=world.actor("wen"),
        at=at("07:00"),
        team_id=world.teams["1"].pk,
        user_id=doctor.pk,
        role="expert",
    )
    with pytest.raises(Invalid, match="crew_short"):
        plan(world, at, member_ids=[world.users["tess"].pk, doctor.pk])
    assert plan(world, at).members.count() == 3


def test_crew_needs_head_or_deputy(world, at):
    colleague = world.users["nobody"]
    teams.add_member(
        actor=world.actor("wen"),
        at=at("07:00"),
        team_id=world.teams["1"].pk,
        user_id=colleague.pk,
        role="member",
    )
    with pytest.raises(Invalid, match="crew_short"):
        plan(world, at, member_ids=[world.users["asha"].pk, colleague.pk])


def test_capacity_and_wrong_days_are_refused(world, at):
    teams.change_team(
        actor=world.actor("wen"), at=at("07:00"), team_id=world.teams["1"].pk, name="第1督导组", group="township",
        sector_ids=[world.units["甲镇"].pk], daily_capacity=1,
    )  # fmt: skip
    with pytest.raises(Invalid, match="over_capacity"):
        plan(world, at, sites=("甲镇农贸市场", "甲镇西卡口"))
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        with pytest.raises(Invalid, match="wrong_day"):
            teams.create_dispatch(
                actor=world.actor("wen"),
                at=at("07:30"),
                round_id=world.round.pk,
                team_id=world.teams["1"].pk,
                day=day,
                sites=[],
            )
    assert not Dispatch.objects.exists()


def test_departure_freezes_person_times(world, at):
    dispatch = plan(world, at)
    with pytest.raises(NotFound):
        teams.depart(actor=world.actor("rina"), at=at("08:30"), dispatch_id=dispatch.pk)
    gone = teams.depart(actor=world.actor("asha"), at=at("08:30"), dispatch_id=dispatch.pk)
    assert (gone.state, gone.member_count) == ("departed", 2)
    teams.swap_member(
        actor=world.actor("wen"), at=at("11:00"), dispatch_id=dispatch.pk, out_user_id=world.users["asha"].pk,
        in_user_id=world.users["rina"].pk, reason="途中身体不适",
    )  # fmt: skip
    gone.refresh_from_db()
    assert gone.member_count == 2
    assert set(gone.members.values_list("username", flat=True)) == {"tess", "rina"}
    assert (
        teams.return_dispatch(actor=world.actor("tess"), at=at("15:40"), dispatch_id=dispatch.pk).state
        == "returned"
    )


def test_sickness_without_substitute_must_leave_two_inspectors(world, at):
    dispatch = plan(world, at)
    with pytest.raises(Invalid, match="crew_short"):
        teams.swap_member(
            actor=world.actor("wen"),
            at=at("08:00"),
            dispatch_id=dispatch.pk,
            out_user_id=world.users["asha"].pk,
            reason="病假",
        )
    assert dispatch.members.count() == 2


def test_substitute_with_recusal_is_refused(world, at):
    dispatch = plan(world, at)
    people.declare_recusal(
        actor=world.actor("rina"),
        at=at("07:00"),
        campaign_id=world.campaign.pk,
        unit_ids=[world.units["甲镇"].pk],
    )
    with pytest.raises(Invalid, match="recused"):
        teams.swap_member(
            actor=world.actor("wen"), at=at("08:00"), dispatch_id=dispatch.pk, out_user_id=world.users["asha"].pk,
            in_user_id=world.users["rina"].pk, reason="病假",
        )  # fmt: skip
    assert set(dispatch.members.values_list("username", flat=True)) == {"tess", "asha"}


def test_person_cannot_go_out_twice_a_day(world, at):
    plan(world, at)
    teams.add_member(
        actor=world.actor("hugo"),
        at=at("07:00"),
        team_id=world.teams["2"].pk,
        user_id=world.users["asha"].pk,
        role="member",
    )
    with pytest.raises(Conflict, match="person_taken"):
        plan(world, at, team="2", sites=("乙镇西卡口",))


def test_manual_change_needs_a_reason(world, at):
    dispatch = plan(world, at)
    with pytest.raises(Invalid, match="reason_missing"):
        teams.add_dispatch_site(
            actor=world.actor("wen"),
            at=at("08:00"),
            dispatch_id=dispatch.pk,
            site_id=world.sites["甲镇西卡口"].pk,
            reason=" ",
        )
    assert dispatch.dispatch_sites.count() == 1
    slot = teams.add_dispatch_site(
        actor=world.actor("wen"),
        at=at("08:00"),
        dispatch_id=dispatch.pk,
        site_id=world.sites["甲镇西卡口"].pk,
        reason="来电反映",
    )
    event = Event.objects.get(verb="dispatch.site_added")
    assert (slot.ordinal, event.reason) == (2, "来电反映")
    assert "甲镇" not in event.subject_label
    teams.remove_dispatch_site(
        actor=world.actor("wen"), at=at("08:10"), dispatch_site_id=slot.pk, reason="重复"
    )
    assert dispatch.dispatch_sites.count() == 1


def test_dispatches_of_others_are_not_visible(world, at):
    from duban.teams.policy import dispatches_visible_to

    open_one, covert_one = plan(world, at), plan(world, at, "hugo", team="c", sites=("乙镇西卡口",))
    seen = {
        name: set(dispatches_visible_to(world.actor(name)))
        for name in (
            "asha",
            "rina",
            "wen",
            "hugo",
            "cora",
            "olga",
            "hana",
            "lena",
            "avi",
            "vera",
            "nobody",
            "ada",
        )
    }
    assert seen.pop("asha") == {open_one}
    assert seen.pop("wen") == {open_one}
    assert seen.pop("hugo") == {open_one, covert_one}
    assert seen.pop("cora") == {covert_one}
    assert all(rows == set() for rows in seen.values())
