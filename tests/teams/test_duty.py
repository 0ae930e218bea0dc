"""Days off duty, vehicles, moves on the team board, the roster grid and the duty calendar."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.models import Event
from duban.people.actors import actor_for
from duban.teams import operations as teams
from duban.teams import roster
from duban.teams.duty import duty_calendar
from duban.teams.models import Absence, Dispatch, MemberRole, RosterFeed, TeamMember
from tests.world import DAY


@pytest.fixture
def planned(world, at):
    """Team 1 with a third inspector, planned for the day to one sealed site."""
    TeamMember.objects.create(
        team=world.teams["1"], user=world.users["nobody"], role=MemberRole.MEMBER, joined_on=DAY
    )
    return teams.create_dispatch(
        actor=world.actor("wen"), at=at("07:30"), round_id=world.round.pk, team_id=world.teams["1"].pk, day=DAY,
        sites=[(world.sites["甲镇农贸市场"].pk, "draw", at("13:30"))], is_sealed=True, vehicle_note="公车一号",
    )  # fmt: skip


def absent(world, at, who, user, **days):
    days = {"starts_on": DAY, "ends_on": DAY} | days
    return teams.record_absence(
        actor=world.actor(who), at=at("07:40"), campaign_id=world.campaign.pk, user_id=world.users[user].pk, **days
    )  # fmt: skip


def people(dispatch):
    return set(dispatch.members.values_list("username", flat=True))


def test_absence_frees_the_dispatch_and_withdrawing_puts_the_person_back(world, at, planned):
    absence = absent(world, at, "asha", "asha")
    assert people(planned) == {"tess", "nobody"}
    assert Event.objects.get(verb="absence.recorded").detail.body == {"user": str(world.users["asha"].pk)}
    teams.withdraw_absence(actor=world.actor("wen"), at=at("07:50"), absence_id=absence.pk)
    assert people(planned) == {"tess", "asha", "nobody"}
    assert not Absence.objects.filter(withdrawn_at=None).exists()
    with pytest.raises(NotFound):
        teams.withdraw_absence(actor=world.actor("wen"), at=at("07:51"), absence_id=absence.pk)


def test_absence_that_leaves_too_few_keeps_the_person_and_is_shown(world, at, planned):
    absent(world, at, "wen", "tess")  # without a head nobody goes out
    assert people(planned) == {"tess", "asha", "nobody"}
    [(dispatch, away)] = roster.undermanned(world.actor("wen"), world.campaign, DAY)
    assert (dispatch, away) == (planned, [world.users["tess"]])


def test_absent_people_are_neither_planned_nor_taken_as_substitutes(world, at, planned):
    absent(world, at, "wen", "rina")
    with pytest.raises(Conflict, match="off_duty"):
        teams.swap_member(
            actor=world.actor("wen"), at=at("07:45"), dispatch_id=planned.pk, out_user_id=world.users["asha"].pk,
            in_user_id=world.users["rina"].pk, reason="公务",
        )  # fmt: skip
    with pytest.raises(Invalid, match="crew_short"):  # the head alone is left of team 2
        teams.create_dispatch(
            actor=world.actor("wen"), at=at("07:45"), round_id=world.round.pk, team_id=world.teams["2"].pk, day=DAY,
            sites=[(world.sites["乙镇西卡口"].pk, "theme", None)],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "refusal"), [("rina", Invalid), ("asha", Denied), ("lena", Denied), ("olga", NotFound)]
)
def test_others_record_no_absence(world, at, planned, who, refusal):
    user = "cora" if who == "rina" else "tess"  # rina cannot even see the covert team
    with pytest.raises(refusal):
        absent(world, at, who, user)
    assert not Absence.objects.exists()
    assert people(planned) == {"tess", "asha", "nobody"}


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ({"ends_on": DAY - timedelta(days=1)}, Invalid),
        ({"ends_on": DAY + timedelta(days=90)}, Invalid),
        ({"starts_on": DAY - timedelta(days=3), "ends_on": DAY - timedelta(days=1)}, Invalid),
    ],
)
def test_absence_with_impossible_days_is_refused(world, at, days, refusal):
    with pytest.raises(refusal):
        absent(world, at, "wen", "asha", **days)
    assert not Absence.objects.exists()


def test_covert_absence_is_seen_by_the_head_and_the_person_only(world, at):
    absent(world, at, "cora", "cora")
    from duban.teams.policy import absences_visible_to

    seeing = [name for name in world.users if absences_visible_to(world.actor(name)).exists()]
    assert seeing == ["hugo", "cora"]


def test_vehicle_is_noted_by_the_crew_and_the_office_until_the_return(world, at, planned):
    teams.note_vehicle(
        actor=world.actor("asha"), at=at("08:00"), dispatch_id=planned.pk, vehicle_note=" 公车 二号 "
    )
    planned.refresh_from_db()
    assert planned.vehicle_note == "公车 二号"
    detail = Event.objects.get(verb="dispatch.vehicle_noted").detail.body
    assert detail == {"before": "公车一号", "after": "公车 二号"}
    for who, refusal in (("lena", NotFound), ("rina", NotFound), ("olga", NotFound)):
        with pytest.raises(refusal):
            teams.note_vehicle(
                actor=world.actor(who), at=at("08:01"), dispatch_id=planned.pk, vehicle_note="x"
            )
    planned.refresh_from_db()
    assert planned.vehicle_note == "公车 二号"


def test_member_moves_between_teams_and_gives_up_the_leading_post(world, at):
    member = TeamMember.objects.get(user=world.users["theo"])
    moved = teams.move_member(
        actor=world.actor("wen"), at=at(), member_id=member.pk, to_team_id=world.teams["1"].pk, reason="充实力量"
    )  # fmt: skip
    assert (moved.team, moved.role) == (world.teams["1"], "member")
    member.refresh_from_db()
    assert member.left_on == DAY
    verbs = Event.objects.filter(verb__startswith="team.member").order_by("pk").values_list("verb", "reason")
    assert list(verbs) == [("team.member_left", "充实力量"), ("team.member_added", "")]
    world.users["theo"].refresh_from_db()
    assert actor_for(world.users["theo"], at=at()).team_ids == {world.teams["1"].pk}


def test_covert_team_takes_members_and_sectors_from_the_head_only(world, at):
    member = TeamMember.objects.get(user=world.users["rina"])
    town, covert = world.units["乙镇"], world.teams["c"]
    for who, refusal in (("wen", NotFound), ("asha", NotFound)):
        with pytest.raises(refusal):
            teams.move_member(
                actor=world.actor(who), at=at(), member_id=member.pk, to_team_id=covert.pk, reason="补充"
            )
        with pytest.raises((refusal, Denied)):
            teams.move_sector(
                actor=world.actor(who), at=at(), unit_id=town.pk, from_team_id=world.teams["2"].pk,
                to_team_id=covert.pk, reason="补充",
            )  # fmt: skip
    assert list(world.teams["2"].sectors.all()) == [town]
    assert covert.members.filter(left_on=None).count() == 2
    teams.move_member(
        actor=world.actor("hugo"), at=at(), member_id=member.pk, to_team_id=covert.pk, reason="补充"
    )
    assert covert.members.filter(left_on=None).count() == 3


def test_sector_moves_once_and_the_second_hand_is_told(world, at):
    one, two, town = world.teams["1"], world.teams["2"], world.units["甲镇"]
    act = {"actor": world.actor("wen"), "at": at(), "unit_id": town.pk, "from_team_id": one.pk}
    with pytest.raises(Invalid):
        teams.move_sector(**act, to_team_id=two.pk, reason=" ")
    teams.move_sector(**act, to_team_id=two.pk, reason="轮换")
    assert set(two.sectors.all()) == {town, world.units["乙镇"]}
    assert not one.sectors.exists()
    with pytest.raises(Conflict):
        teams.move_sector(**act, to_team_id=two.pk, reason="轮换")
    assert Event.objects.filter(verb="team.sector_moved").count() == 2


def test_grid_counts_dispatches_and_person_times_of_those_gone_out(world, at, planned):
    world.dispatch("2")
    days = roster.week_of(DAY)
    grid = roster.duty_grid(world.actor("wen"), world.campaign, days)
    assert (grid.dispatches, grid.person_times, grid.people, grid.planned) == (1, 2, 2, 1)
    lines = {line.team.name: (line.dispatches, line.person_times, line.planned) for line in grid.lines}
    assert lines == {"第1督导组": (0, 0, 1), "第2督导组": (1, 2, 0)}
    by_person = roster.duty_grid(world.actor("wen"), world.campaign, days, by_person=True)
    assert {line.member.user.username: line.dispatches for line in by_person.lines} == {
        "tess": 0, "asha": 0, "nobody": 0, "theo": 1, "rina": 1,
    }  # fmt: skip
    assert roster.duty_grid(world.actor("lena"), world.campaign, days).planned == 0


def test_grid_costs_the_same_for_one_day_and_for_a_month(world, planned, django_assert_num_queries):
    actor = world.actor("hugo")
    for days in ([DAY], roster.month_of(DAY)):
        with django_assert_num_queries(5):
            roster.duty_grid(actor, world.campaign, days)


def test_duty_calendar_says_who_and_never_where(world, at, planned):
    world.dispatch("c")
    rows = roster.duty_of(world.actor("hugo"), world.campaign, [DAY, DAY])
    content = duty_calendar(rows, "值班", at=at())
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert (str(event["SUMMARY"]), event["DTSTART"].dt) == ("第1督导组", DAY)
    assert "第1督导组组长" in str(event["DESCRIPTION"])
    text = content.decode()
    assert not [word for word in ("甲镇", "农贸市场", "暗访", "公车", "LOCATION") if word in text]


def test_feed_is_for_crews_and_office_and_keeps_only_a_digest(world, at):
    feed, token = teams.open_feed(actor=world.actor("asha"), at=at(), campaign_id=world.campaign.pk)
    assert token not in (feed.token_hash, str(feed.pk))
    _feed, again = teams.open_feed(actor=world.actor("asha"), at=at(), campaign_id=world.campaign.pk)
    assert again != token
    assert RosterFeed.objects.filter(revoked_at=None).count() == 1
    for who in ("lena", "hana", "avi"):
        with pytest.raises(Denied):
            teams.open_feed(actor=world.actor(who), at=at(), campaign_id=world.campaign.pk)
    with pytest.raises(NotFound):
        teams.open_feed(actor=world.actor("olga"), at=at(), campaign_id=world.campaign.pk)
    assert teams.revoke_feed(actor=world.actor("asha"), at=at(), campaign_id=world.campaign.pk) == 1
    assert not RosterFeed.objects.filter(revoked_at=None).exists()
    assert not Dispatch.objects.exists()
