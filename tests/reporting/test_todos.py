"""What leaders, auditors, administrators find waiting, and how it goes away."""

from datetime import timedelta

import pytest

from duban.campaigns import journal_review
from duban.kernel import backups, jobs
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Conflict, Denied, Invalid
from duban.kernel.models import Event
from duban.people import operations as people
from duban.reporting import todos
from duban.teams import operations as teams
from duban.teams.models import LiaisonAssignment, LiaisonVisit
from tests.world import DAY


def acts(world, who, moment) -> dict[str, todos.Todo]:
    return {str(todo.act): todo for todo in todos.collect(world.actor(who), world.campaign, moment)}


@pytest.fixture
def line(world, at) -> LiaisonAssignment:
    return teams.assign_liaison(
        actor=SYSTEM, at=at(), campaign_id=world.campaign.pk, ordinal=1, leader_title="委领导一岗",
        area_ids=[world.units["甲镇"].pk], supporting_department_id=world.units["党风政风监督室"].pk,
        valid_from=DAY - timedelta(days=20), leader_id=world.users["lena"].pk,
    )  # fmt: skip


def log(world, at, line, who="lena", day=DAY, area="甲镇", watched="看了卡口值守"):
    return teams.log_liaison_visit(
        actor=world.actor(who), at=at("18:00"), assignment_id=line.pk, area_id=world.units[area].pk, day=day,
        watched=watched,
    )  # fmt: skip


def test_leader_is_reminded_of_an_area_until_it_is_visited_and_again_after_a_week(world, at, line) -> None:
    todo = acts(world, "lena", at("09:00"))["到联系地区督导"]
    assert (todo.thing, todo.why, todo.is_mine) == ("甲镇", "尚未到过", True)
    log(world, at, line)
    assert "到联系地区督导" not in acts(world, "lena", at("19:00"))
    later = acts(world, "lena", at("09:00", DAY + timedelta(days=7)))
    assert later["到联系地区督导"].why == f"上次{DAY.month}月{DAY.day}日"


def test_withdrawn_visit_does_not_count(world, at, line) -> None:
    visit = log(world, at, line)
    teams.withdraw_liaison_visit(
        actor=world.actor("lena"), at=at("18:10"), visit_id=visit.pk, reason="登记有误"
    )
    assert "到联系地区督导" in acts(world, "lena", at("19:00"))
    with pytest.raises(Conflict):
        teams.withdraw_liaison_visit(
            actor=world.actor("lena"), at=at("18:10"), visit_id=visit.pk, reason="再撤"
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [({"area": "乙镇"}, "area"), ({"day": DAY + timedelta(days=1)}, "day"),
     ({"day": DAY - timedelta(days=30)}, "day"), ({"watched": " "}, "watched")],
    ids=["foreign area", "to come", "before the line", "nothing said"],
)  # fmt: skip
def test_visit_that_cannot_have_been_is_refused_at_its_field(world, at, line, change, field) -> None:
    with pytest.raises(Invalid) as refused:
        log(world, at, line, **change)
    assert list(refused.value.fields) == [field]
    assert not LiaisonVisit.objects.exists()


def test_office_enters_for_the_leader_others_do_not(world, at, line) -> None:
    assert log(world, at, line, who="wen").assignment == line
    with pytest.raises(Denied):
        log(world, at, line, who="asha")


def test_auditor_reviews_once_and_hears_of_new_acts_only(world, at) -> None:
    avi, now = world.actor("avi"), at("20:00")
    todo = acts(world, "avi", now)["复核留痕"]
    rows = journal_review.events_to_review(avi, now)
    assert todo.count == rows.count() > 0
    last = rows.last()
    done = journal_review.review_journal(actor=avi, at=now, until_id=last.pk, note="乙镇授权请说明")
    assert (done.subject_id, done.reason) == (last.pk, "乙镇授权请说明")
    assert "复核留痕" not in acts(world, "avi", at("20:01"))
    with pytest.raises(Conflict):
        journal_review.review_journal(actor=avi, at=at("20:02"), until_id=last.pk)
    people.set_active(
        actor=world.actor("ada"),
        at=at("20:03"),
        user_id=world.users["theo"].pk,
        is_active=False,
        reason="调离",
    )
    waiting = journal_review.events_to_review(avi, at("23:00"))
    assert [event.verb for event in waiting] == ["user.disabled"]


def test_own_acts_wait_for_another_auditor(world, at) -> None:
    avi = world.actor("avi")
    mine = journal_review.events_to_review(avi, at("23:00")).filter(actor_id=avi.user_id)
    assert not mine.exists()


@pytest.mark.parametrize("who", ["ada", "hugo", "wen", "lena"])
def test_nobody_but_the_auditor_reviews(world, at, who) -> None:
    actor = world.actor(who)
    assert not journal_review.events_to_review(actor, at("23:00")).exists()
    with pytest.raises(Denied):
        journal_review.review_journal(actor=actor, at=at("20:00"), until_id=Event.objects.first().pk)


def test_administrator_is_reminded_of_the_backup_and_the_worker_makes_it_once(
    transactional_world, at, settings, tmp_path
) -> None:
    world = transactional_world  # a backup opens a transaction of its own, as in the worker
    settings.DATA = tmp_path
    ada = world.actor("ada")
    assert acts(world, "ada", at("09:00"))["备份数据"].thing == "还没有备份过"
    backups.ask_backup(actor=ada, at=at("09:01"))
    with pytest.raises(Conflict):
        backups.ask_backup(actor=ada, at=at("09:01"))
    assert "备份数据" not in acts(world, "ada", at("09:02"))
    done = [jobs.run_sweeps(at(moment), only="asked_backup")["asked_backup"] for moment in ("09:02", "09:03")]
    assert done == [1, 0]
    assert len(backups.kept()) == 1
    assert backups.last_made() == at("09:02")
    assert "备份数据" not in acts(world, "ada", at("20:00"))
    assert acts(world, "ada", at("09:02", DAY + timedelta(days=2)))["备份数据"].thing == "上次备份在2天前"


def test_worker_killed_in_a_backup_bars_the_next_one_for_hours_only(
    world, at, settings, tmp_path, monkeypatch
) -> None:
    settings.DATA = tmp_path
    ada = world.actor("ada")

    def die(*args, **kwargs) -> None:
        raise SystemExit

    backups.ask_backup(actor=ada, at=at("09:01"))
    monkeypatch.setattr(backups, "make_backup", die)
    monkeypatch.setattr(backups.heartbeat, "take", lambda name: at("09:01"))  # killed: nothing after it runs
    with pytest.raises(SystemExit):
        backups.make_asked(at=at("09:02"))
    assert backups.in_hand(at("10:00"))
    assert not backups.in_hand(at("12:30"))


def test_only_administrators_ask_for_backups(world, at) -> None:
    with pytest.raises(Denied):
        backups.ask_backup(actor=world.actor("hugo"), at=at("09:00"))
