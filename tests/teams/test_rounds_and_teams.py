"""Rounds pin checklists; teams are set up, changed and ended; covert teams stay hidden; joint teams are checked."""

from datetime import date

import pytest

from duban.checklists.models import Checklist, ChecklistVersion
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.files import keep
from duban.teams import operations as teams
from duban.teams.composition import joint_check
from duban.teams.models import Round, Team, TeamMember
from duban.teams.policy import members_visible_to, teams_visible_to
from duban.territory.models import UnitKind


def version(world, at, code, state):
    blob = keep(code.encode(), media_type="text/plain", at=at())
    checklist = Checklist.objects.create(campaign=world.campaign, code=code, title=code)
    return ChecklistVersion.objects.create(
        checklist=checklist, number=1, state=state, source=blob, xform=blob, form_id=code, version_label="1",
        checked_by="xpath", uploaded_at=at(),
    )  # fmt: skip


def test_round_pins_the_published_versions(world, at):
    published = version(world, at, "market", "published")
    version(world, at, "draft-one", "draft")
    opened = teams.open_round(
        actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, number=2, starts_on=date(2020, 2, 17),
        ends_on=date(2020, 2, 18),
    )  # fmt: skip
    assert list(opened.checklist_versions.all()) == [published]


@pytest.mark.parametrize(("who", "refusal"), [("asha", Denied), ("olga", NotFound), ("lena", Denied)])
def test_round_is_opened_by_the_office_only(world, at, who, refusal):
    with pytest.raises(refusal):
        teams.open_round(
            actor=world.actor(who), at=at(), campaign_id=world.campaign.pk, number=2, starts_on=date(2020, 2, 17),
            ends_on=date(2020, 2, 18),
        )  # fmt: skip
    assert Round.objects.count() == 1


def test_round_number_and_dates_are_checked(world, at):
    wen = world.actor("wen")
    with pytest.raises(Conflict):
        teams.open_round(
            actor=wen,
            at=at(),
            campaign_id=world.campaign.pk,
            number=1,
            starts_on=date(2020, 2, 17),
            ends_on=date(2020, 2, 18),
        )
    with pytest.raises(Invalid) as refused:
        teams.open_round(
            actor=wen,
            at=at(),
            campaign_id=world.campaign.pk,
            number=2,
            starts_on=date(2020, 2, 18),
            ends_on=date(2020, 2, 17),
        )
    assert "ends_on" in refused.value.fields


def test_covert_team_is_seen_by_itself_the_head_and_the_auditor(world):
    covert = world.teams["c"]
    for name in world.users:
        actor = world.actor(name)
        may = name in {"cora", "cyra", "hugo", "avi"}
        assert teams_visible_to(actor).filter(pk=covert.pk).exists() is may, name
        assert members_visible_to(actor).filter(team=covert).exists() is may, name


def test_supervised_side_sees_no_team(world):
    for name in ("olga", "vera", "nobody"):
        assert not teams_visible_to(world.actor(name)).exists()


def test_member_who_left_no_longer_sees_the_covert_team(world, at):
    member = TeamMember.objects.get(team=world.teams["c"], user=world.users["cora"])
    with pytest.raises(NotFound):
        teams.end_membership(actor=world.actor("wen"), at=at(), member_id=member.pk)
    teams.end_membership(actor=world.actor("hugo"), at=at(), member_id=member.pk, reason="轮换")
    member.refresh_from_db()
    assert member.left_on == at().date()
    assert not teams_visible_to(world.actor("cora")).filter(pk=world.teams["c"].pk).exists()


def test_office_sets_up_open_and_task_force_but_not_covert_teams(world, at):
    wen = world.actor("wen")
    for kind in ("open", "task_force"):
        teams.create_team(
            actor=wen, at=at(), campaign_id=world.campaign.pk, kind=kind, number=9, name="第9组"
        )
    before = Team.objects.count()
    with pytest.raises(Denied):
        teams.create_team(
            actor=wen, at=at(), campaign_id=world.campaign.pk, kind="covert", number=9, name="暗访九组"
        )
    with pytest.raises(Conflict):
        teams.create_team(
            actor=wen, at=at(), campaign_id=world.campaign.pk, kind="open", number=9, name="重号"
        )
    with pytest.raises(Invalid) as refused:
        teams.create_team(
            actor=wen,
            at=at(),
            campaign_id=world.campaign.pk,
            kind="open",
            number=10,
            name=" ",
            daily_capacity=0,
        )
    assert set(refused.value.fields) == {"name", "daily_capacity"}
    assert Team.objects.count() == before


def test_second_head_and_second_membership_are_refused(world, at):
    wen, team = world.actor("wen"), world.teams["1"]
    with pytest.raises(Conflict, match="second_head"):
        teams.add_member(actor=wen, at=at(), team_id=team.pk, user_id=world.users["nobody"].pk, role="head")
    with pytest.raises(Conflict, match="already_member"):
        teams.add_member(actor=wen, at=at(), team_id=team.pk, user_id=world.users["asha"].pk, role="member")
    assert team.members.filter(left_on=None).count() == 2


def test_closed_team_keeps_its_members_on_record(world, at):
    teams.close_team(actor=world.actor("wen"), at=at(), team_id=world.teams["2"].pk, reason="任务结束")
    rows = TeamMember.objects.filter(team=world.teams["2"])
    assert rows.count() == 2
    assert not rows.filter(left_on=None).exists()


def test_joint_check_says_which_part_is_missing():
    check = joint_check([UnitKind.DEPARTMENT, UnitKind.TOWNSHIP_DISCIPLINE, UnitKind.PARTNER])
    assert check.is_joint
    assert [str(part)[0] for part in check.missing] == ["组"]
    assert joint_check([UnitKind.DEPARTMENT, UnitKind.RESIDENT_GROUP, UnitKind.COMMISSION]).missing == ()
    assert not joint_check([UnitKind.PARTNER]).is_joint
