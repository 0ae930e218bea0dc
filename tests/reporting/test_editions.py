"""The 16:00 edition: frozen once, as of the cut-off, with its rows; worded, signed, sent; corrected by a new one."""

from datetime import date, timedelta
from typing import Any

import pytest

from duban.inspection.models import DailySheet, Finding
from duban.kernel import jobs
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.rectification.models import Reply, ReplyItem, Verification
from duban.reporting import freezing, indicators, queries
from duban.reporting import operations as reporting
from duban.reporting.models import Edition, EditionCell
from tests.reporting import register
from tests.reporting.register import TOMORROW, YESTERDAY, ask
from tests.world import DAY, World, at


def freeze(world: World, day: date = DAY, when: Any = None) -> Edition:
    return reporting.freeze_edition(
        actor=SYSTEM, at=when or at("16:00", day), campaign_id=world.campaign.pk, day=day
    )


def figures(edition: Edition) -> dict[str, dict[str, int]]:
    table = queries.edition_table(edition)
    lines = {
        line.title: {cell.column: cell.value for cell in line.cells if cell.value} for line in table.lines
    }
    return lines | {"合计": {cell.column: cell.value for cell in table.total.cells}}


def text_of(edition: Edition) -> str:
    return str(edition.sections)


def test_edition_lists_every_expected_unit_and_totals_are_sums(world: World) -> None:
    register.finding(world, is_on_spot=True)
    register.finding(world, unit="示例市人民医院", site="市人民医院")
    register.order(world, register.finding(world, unit="乙镇人民政府", site="乙镇农贸市场"))
    edition = freeze(world)
    table = queries.edition_table(edition)
    assert [line.title for line in table.lines] == ["甲镇", "乙镇", "丙镇", "市直单位"]
    assert figures(edition)["丙镇"] == {}
    assert figures(edition)["甲镇"] == {"visits": 1, "found": 1, "on_spot": 1, "found_total": 1, "in_hand": 1}
    assert figures(edition)["市直单位"] == {"visits": 1, "found": 1, "found_total": 1, "in_hand": 1}
    assert figures(edition)["合计"] == {
        "visits": 3, "found": 3, "on_spot": 1, "ordered": 1, "found_total": 3, "closed_total": 0, "fed_back": 0,
        "in_hand": 3, "overdue": 0,
    }  # fmt: skip
    assert table.sums_agree


def test_problem_of_a_city_department_in_a_town_stands_on_the_city_line(world: World) -> None:
    register.finding(world, unit="示例市卫生健康局", site="甲镇农贸市场")
    assert figures(freeze(world))["市直单位"]["found"] == 1


def test_stock_splits_into_closed_fed_back_overdue_and_in_hand(world: World) -> None:
    register.finding(world, state="written_off", written_off_at=at("13:00"))
    register.finding(world, state="rectifying", lateness="overdue", overdue_at=at("12:00"))
    register.finding(world)
    fed_back = register.finding(world, state="fed_back")
    order = register.order(world, fed_back)
    reply = Reply.objects.create(
        order=order, sequence=1, outcome="done", replied_at=at("14:00"), replied_by_label="甲镇"
    )
    ReplyItem.objects.create(reply=reply, item=order.items.get(), measures="已补岗")
    totals = figures(freeze(world))["合计"]
    assert [totals[name] for name in ("found_total", "closed_total", "fed_back", "in_hand", "overdue")] == [
        4,
        1,
        1,
        1,
        1,
    ]


def test_frozen_edition_stays_as_it_was_when_everything_changes(world: World) -> None:
    row = register.finding(world)
    edition = freeze(world)
    before, digest = figures(edition), edition.digest
    Finding.objects.filter(pk=row.pk).update(state="withdrawn", withdrawn_at=at("16:30"))
    register.finding(world, confirmed=at("17:00"))
    edition.refresh_from_db()
    assert (figures(edition), edition.digest) == (before, digest)
    assert queries.cell_rows(edition, 1, "found") == ("finding", [row.pk])
    recount = freezing.count_day(
        world.campaign, DAY, as_of=edition.as_of, since=edition.since, known_at=edition.as_of
    )
    assert freezing.digest_of(recount) == digest


def test_late_freeze_gives_the_figures_of_the_cutoff(world: World) -> None:
    on_time = register.finding(world)
    late = register.finding(world, confirmed=at("17:30"), state="written_off", written_off_at=at("18:00"))
    Verification.objects.create(
        finding=on_time, verifier=world.users["wen"], method="on_site", outcome="passed", opinion="已到位",
        verified_at=at("17:00"),
    )  # fmt: skip
    Finding.objects.filter(pk=on_time.pk).update(state="written_off", written_off_at=at("17:00"))
    edition = freeze(world, when=at("23:00"))
    assert (edition.as_of, edition.frozen_at) == (at("16:00"), at("23:00"))
    assert figures(edition)["合计"]["found_total"] == 1
    assert figures(edition)["合计"]["closed_total"] == 0
    assert late.number == 2


def test_late_entry_goes_to_the_next_edition_with_its_true_time(world: World) -> None:
    first = freeze(world)
    register.finding(world, confirmed=at("16:20"), found_at=at("15:10"))
    second = freeze(world, TOMORROW)
    assert figures(first)["合计"]["found"] == 0
    assert figures(second)["合计"]["found"] == 1
    assert second.late_notes == [{"kind": "finding", "number": "0001", "at": "2020-02-16 15:10"}]


def test_new_figures_of_all_editions_add_up_to_the_cumulative_one(world: World) -> None:
    for day, count in ((YESTERDAY, 2), (DAY, 3)):
        for _ in range(count):
            register.finding(world, confirmed=at("12:00", day))
        register.finding(world, confirmed=at("18:00", day))
    editions = [freeze(world, day) for day in (YESTERDAY, DAY, TOMORROW)]
    assert [figures(edition)["合计"]["found"] for edition in editions] == [2, 4, 1]
    assert figures(editions[-1])["合计"]["found_total"] == 7


def test_freeze_again_returns_the_same_edition(world: World) -> None:
    first = freeze(world)
    register.finding(world)
    assert freeze(world, when=at("18:00")).pk == first.pk
    assert Edition.objects.count() == 1
    assert Event.objects.filter(verb="edition.frozen").count() == 1


def test_freeze_before_the_cutoff_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        freeze(world, when=at("15:59"))
    assert not Edition.objects.exists()


def test_sweep_catches_up_missed_days_each_as_of_its_own_cutoff(world: World) -> None:
    world.campaign.starts_on = YESTERDAY
    world.campaign.save()
    register.finding(world, confirmed=at("12:00", YESTERDAY))
    register.finding(world)
    assert jobs.run_sweeps(at("09:00", TOMORROW), only="freeze_editions") == {"freeze_editions": 2}
    assert jobs.run_sweeps(at("09:01", TOMORROW), only="freeze_editions") == {"freeze_editions": 0}
    rows = list(Edition.objects.order_by("day"))
    assert [(row.day, row.as_of) for row in rows] == [(YESTERDAY, at("16:00", YESTERDAY)), (DAY, at("16:00"))]
    assert [figures(row)["合计"]["found"] for row in rows] == [1, 1]


def test_sweep_leaves_closed_campaigns_alone(world: World) -> None:
    world.campaign.state = "closed"
    world.campaign.save()
    assert jobs.run_sweeps(at("18:00"), only="freeze_editions") == {"freeze_editions": 0}


def test_sheets_lock_with_the_freeze_and_missing_teams_are_named(world: World) -> None:
    world.dispatch("1")
    world.dispatch("2")
    DailySheet.objects.create(
        campaign=world.campaign, team=world.teams["1"], day=DAY, state="submitted", submitted_at=at("15:30")
    )
    edition = freeze(world)
    assert [team["name"] for team in edition.missing_teams] == ["第2督导组"]
    assert set(DailySheet.objects.values_list("state", flat=True)) == {"locked"}


def test_figures_as_of_a_past_moment_equal_what_was_frozen_then(world: World) -> None:
    row = register.finding(world, state="written_off", written_off_at=at("15:00"))
    register.finding(world, state="rectifying", lateness="overdue", overdue_at=at("14:00"))
    edition = freeze(world)
    Finding.objects.filter(pk=row.pk).update(state="rectifying", reopened_at=at("17:00"))
    question = ask(world, edition.as_of)
    frozen = figures(edition)["合计"]
    pairs = {
        "found_total": "B1-2",
        "closed_total": "B5-1",
        "fed_back": "B5-3",
        "overdue": "B6-1",
        "in_hand": "B5-5",
    }
    assert {name: indicators.figure(code, question).value for name, code in pairs.items()} == {
        name: frozen[name] for name in pairs
    }
    assert indicators.figure("B5-1", ask(world, "18:00")).value == 0


def test_text_is_drafted_from_facts(world: World) -> None:
    register.finding(world)
    register.finding(world, category=world.categories["ledger"], fact="登记表11行缺时间。")
    edition = freeze(world)
    assert [part["heading"] for part in edition.sections] == [
        "",
        "总体情况",
        "存在的问题",
        "需协调的事项",
        "逾期与催办",
    ]
    assert "第1轮" in text_of(edition) and "登记表11行缺时间" in text_of(edition)
    assert [part["heading"] for part in edition.sections[2]["sections"]] == ["值守在岗", "登记台账"]


def signed(world: World, edition: Edition) -> Edition:
    reporting.check_edition(actor=world.actor("wen"), at=at("16:04"), edition_id=edition.pk)
    reporting.review_edition(actor=world.actor("hugo"), at=at("16:08"), edition_id=edition.pk)
    return reporting.sign_edition(actor=world.actor("hugo"), at=at("16:10"), edition_id=edition.pk)


def test_summary_is_checked_reviewed_signed_sent_and_acknowledged(world: World) -> None:
    register.finding(world)
    edition = signed(world, freeze(world))
    assert edition.document.kind == "daily_summary"
    assert edition.document.record["figures"]["rows"][0][0] == "甲镇"
    reporting.send_edition(actor=world.actor("wen"), at=at("16:12"), edition_id=edition.pk)
    with pytest.raises(Denied):
        reporting.acknowledge_edition(actor=world.actor("wen"), at=at("16:15"), edition_id=edition.pk)
    done = reporting.acknowledge_edition(actor=world.actor("hana"), at=at("16:20"), edition_id=edition.pk)
    assert (done.state, done.acknowledged_by_label) == ("acknowledged", "指挥部值班岗")
    assert done.document.deliveries.get().received_at == at("16:20")


def test_who_checked_neither_reviews_nor_signs(world: World) -> None:
    edition = freeze(world)
    reporting.check_edition(actor=world.actor("hugo"), at=at("16:04"), edition_id=edition.pk)
    with pytest.raises(Denied):
        reporting.review_edition(actor=world.actor("hugo"), at=at("16:08"), edition_id=edition.pk)
    reporting.review_edition(actor=world.actor("wen"), at=at("16:08"), edition_id=edition.pk)
    for who in ("hugo", "wen"):
        with pytest.raises(Denied):
            reporting.sign_edition(actor=world.actor(who), at=at("16:10"), edition_id=edition.pk)
    edition.refresh_from_db()
    assert (edition.state, edition.document_id) == ("reviewed", None)


def test_text_can_be_changed_until_the_review_and_figures_never(world: World) -> None:
    edition = freeze(world)
    digest = edition.digest
    frozen = [part for part in edition.sections if part.get("is_frozen")]
    new = [
        {"heading": "总体情况", "paragraphs": ["今日发现问题0个，其实3个。"]},
        {"heading": "存在的问题", "paragraphs": ["两处登记缺项。"]},
    ]
    reporting.edit_edition(actor=world.actor("wen"), at=at("16:02"), edition_id=edition.pk, sections=new)
    edition = signed(world, edition)
    with pytest.raises(Denied):
        reporting.edit_edition(actor=world.actor("wen"), at=at("16:30"), edition_id=edition.pk, sections=new)
    assert [part for part in edition.sections if part.get("is_frozen")] == frozen
    assert ([part["heading"] for part in frozen], edition.digest) == (["", "总体情况", "逾期与催办"], digest)
    assert {"heading": "存在的问题", "paragraphs": ["两处登记缺项。"]} in edition.document.record["sections"]
    assert "其实3个" not in str(edition.document.record)


def test_returned_text_starts_over_with_a_reason(world: World) -> None:
    edition = freeze(world)
    reporting.check_edition(actor=world.actor("wen"), at=at("16:04"), edition_id=edition.pk)
    with pytest.raises(Invalid):
        reporting.return_edition(actor=world.actor("hugo"), at=at("16:05"), edition_id=edition.pk, reason="")
    reporting.return_edition(
        actor=world.actor("hugo"), at=at("16:05"), edition_id=edition.pk, reason="补充说明"
    )
    edition.refresh_from_db()
    assert (edition.state, edition.checked_by_id) == ("frozen", None)
    with pytest.raises(Denied):
        reporting.return_edition(
            actor=world.actor("hugo"), at=at("16:06"), edition_id=edition.pk, reason="再次"
        )


@pytest.mark.parametrize("who", ["asha", "rina", "olga", "hana", "ada", "nobody", "lena"])
def test_unsigned_edition_is_out_of_sight_for_others(world: World, who: str) -> None:
    edition = freeze(world)
    for act in (
        reporting.check_edition,
        reporting.review_edition,
        reporting.sign_edition,
        reporting.send_edition,
    ):
        with pytest.raises(NotFound):
            act(actor=world.actor(who), at=at("16:10"), edition_id=edition.pk)
    edition.refresh_from_db()
    assert edition.state == "frozen"


@pytest.mark.parametrize("who", ["asha", "olga", "hana", "ada", "nobody"])
def test_freeze_by_others_is_refused(world: World, who: str) -> None:
    with pytest.raises((Denied, NotFound)):
        reporting.freeze_edition(
            actor=world.actor(who), at=at("17:00"), campaign_id=world.campaign.pk, day=DAY
        )
    assert not Edition.objects.exists()


def test_correction_is_a_new_edition_that_leaves_the_old_one_readable(world: World) -> None:
    wrong = register.finding(world)
    register.finding(world)
    old = signed(world, freeze(world))
    before = figures(old)
    Finding.objects.filter(pk=wrong.pk).update(state="withdrawn", withdrawn_at=at("17:00"))
    with pytest.raises(Invalid):
        reporting.correct_edition(actor=world.actor("wen"), at=at("17:10"), edition_id=old.pk, reason=" ")
    new = reporting.correct_edition(
        actor=world.actor("wen"), at=at("17:10"), edition_id=old.pk, reason="误登一条"
    )
    old.refresh_from_db()
    assert (old.state, new.sequence, new.as_of, new.supersedes_id) == ("superseded", 2, old.as_of, old.pk)
    assert (before["合计"]["found"], figures(new)["合计"]["found"]) == (2, 1)
    assert figures(old) == before
    with pytest.raises((WrongState, Denied)):
        reporting.correct_edition(actor=world.actor("wen"), at=at("17:11"), edition_id=old.pk, reason="再来")
    tomorrow = freeze(world, TOMORROW)
    assert tomorrow.since == new.as_of
    assert EditionCell.objects.filter(edition=new, line_ordinal=0, column="found").get().value == 1


def test_days_before_the_campaign_ran_get_no_edition(world: World) -> None:
    from django.db import transaction

    from duban.kernel import journal

    with transaction.atomic():
        journal.record("campaign.started", actor=SYSTEM, at=at("17:00"), subject=world.campaign)
    assert freezing.first_day(world.campaign) == DAY + timedelta(days=1)
