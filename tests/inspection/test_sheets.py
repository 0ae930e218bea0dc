"""Daily sheets: handed in, amended, reminded once, locked once at the cut-off, late text kept with its true time."""

from datetime import timedelta

import pytest

from duban.inspection import operations as inspection
from duban.inspection import queries, sweeps
from duban.inspection.models import DailySheet
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import DubanError, Invalid, WrongState
from duban.kernel.models import Event
from duban.notices.models import Notice
from duban.teams.models import Dispatch
from tests.inspection.acts import found
from tests.world import DAY, at


def submit(world, who="asha", team="1", moment="15:20", **texts):
    values = {"typical_problems": "卡口夜班交接不清"} | texts
    day = values.pop("day", DAY)
    return inspection.submit_daily_sheet(
        actor=world.actor(who), at=at(moment), team_id=world.teams[team].pk, day=day, **values
    )


def test_sheet_is_submitted_then_amended_until_the_cutoff(world):
    world.dispatch("1")
    submit(world)
    sheet = submit(world, moment="15:40", typical_problems="卡口夜班交接无记录")
    assert (sheet.state, sheet.typical_problems, sheet.submitted_at) == (
        "submitted",
        "卡口夜班交接无记录",
        at("15:40"),
    )
    submit(world, moment="15:45", typical_problems="卡口夜班交接无记录")
    assert Event.objects.filter(verb="sheet.amended").count() == 1


def test_locks_once_however_often_the_sweep_runs(world):
    world.dispatch("1")
    world.dispatch("2")
    submit(world)
    assert sweeps.lock_sheets(at("15:59")) == 0
    assert sweeps.lock_sheets(at("16:00")) == 2
    assert sweeps.lock_sheets(at("16:01")) == 0
    assert Event.objects.filter(verb="sheet.locked").count() == 2
    missing = DailySheet.objects.get(team=world.teams["2"])
    assert (missing.state, missing.submitted_at, missing.as_of) == ("locked", None, at("16:00"))


def test_worker_down_at_the_cutoff_locks_later_with_the_true_time(world):
    world.dispatch("1")
    submit(world)
    later = at("09:00") + timedelta(days=1)
    assert sweeps.lock_sheets(later) == 1
    sheet = DailySheet.objects.get()
    assert (sheet.locked_at, sheet.as_of) == (later, at("16:00"))


def test_text_after_the_cutoff_is_late_also_before_any_worker_came(world):
    world.dispatch("1")
    submit(world)
    sheet = submit(world, moment="16:20", difficulties="缺测温枪 2 支")
    assert (sheet.state, sheet.difficulties, sheet.late_at) == ("locked", "", at("16:20"))
    assert "02-16 16:20" in sheet.late_note
    assert "缺测温枪 2 支" in sheet.late_note
    again = submit(world, moment="16:30", difficulties="缺测温枪 2 支")
    assert (again.late_note, again.late_at) == (sheet.late_note, at("16:20"))
    assert Event.objects.filter(verb="sheet.late_text").count() == 1


def test_reminders_go_out_once_and_only_to_teams_that_owe_a_sheet(world):
    world.dispatch("1")
    world.dispatch("2")
    submit(world, moment="14:00")
    assert sweeps.remind_missing_sheets(at("14:59")) == 0
    assert [sweeps.remind_missing_sheets(at(moment)) for moment in ("15:00", "15:01", "15:59")] == [1, 0, 0]
    assert sweeps.remind_missing_sheets(at("16:00")) == 0
    notice = Notice.objects.get()
    assert notice.user == world.users["theo"]
    assert DailySheet.objects.get(team=world.teams["2"]).reminded_at == at("15:00")


def test_cancelled_dispatch_owes_nothing(world):
    Dispatch.objects.filter(pk=world.dispatch("1").pk).update(state="cancelled")
    assert sweeps.remind_missing_sheets(at("15:10")) == 0
    assert sweeps.lock_sheets(at("16:00")) == 0


def test_lock_before_the_cutoff_is_refused(world):
    world.dispatch("1")
    with pytest.raises(WrongState):
        inspection.lock_day(actor=SYSTEM, at=at("15:00"), campaign_id=world.campaign.pk, day=DAY)
    assert not DailySheet.objects.exists()


@pytest.mark.parametrize("who", ["rina", "lena", "olga", "ada", "nobody", "hana", "cora"])
def test_nobody_else_submits_the_sheet(world, who):
    world.dispatch("1")
    with pytest.raises(DubanError) as caught:
        submit(world, who)
    assert caught.value.status in (403, 404)
    assert not DailySheet.objects.exists()


def test_tomorrow_cannot_be_reported_today(world):
    with pytest.raises(Invalid):
        submit(world, day=DAY + timedelta(days=1))
    assert not DailySheet.objects.exists()


def test_figures_count_by_the_rules(world):
    found(world)
    found(world, is_on_spot=True, on_spot_note="当场补岗", category_id=world.categories["ledger"].pk)
    wrong = found(world, fact="9:15 登记表有 3 行缺登记时间。")
    inspection.withdraw_finding(actor=world.actor("asha"), at=at("09:30"), finding_id=wrong.pk, reason="重复")
    figures = queries.sheet_figures(world.teams["1"], DAY)
    assert (figures.visits, figures.findings, figures.on_spot, figures.person_times) == (1, 2, 1, 2)
    assert dict(figures.by_category) == {"值守在岗": 1, "登记台账": 1}
    assert queries.sheet_figures(world.teams["1"], DAY, as_of=at("09:00")).findings == 0


def test_overview_lists_every_team_that_went_out(world):
    world.dispatch("1")
    world.dispatch("2")
    world.dispatch("c")
    submit(world)
    office = queries.sheets_of_day(world.actor("wen"), world.campaign.pk, DAY)
    assert [(row.team.name, row.state) for row in office] == [
        ("第1督导组", "submitted"),
        ("第2督导组", "open"),
    ]
    head = queries.sheets_of_day(world.actor("hugo"), world.campaign.pk, DAY)
    assert "暗访一组" in [row.team.name for row in head]
    own = queries.sheets_of_day(world.actor("asha"), world.campaign.pk, DAY)
    assert [row.team.name for row in own] == ["第1督导组"]
