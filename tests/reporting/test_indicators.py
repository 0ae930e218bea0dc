"""Every indicator against a small register whose figures are worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest

from duban.inspection.models import Finding, SupportRequest
from duban.kernel import journal
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import NotFound
from duban.rectification.models import CommonProblem, Referral, SelfCheck, Urge, Verification
from duban.reporting import indicators, queries
from duban.reporting.models import Bulletin
from tests.reporting import register
from tests.reporting.register import TOMORROW, YESTERDAY, ask
from tests.world import World, at


def value(world: World, code: str, when: Any = "16:00", **changes: Any) -> Any:
    return indicators.figure(code, ask(world, when, **changes)).value


@pytest.fixture
def day(world: World) -> World:
    """Two teams out, four visits at three sites (one covert, one joint), yesterday's visit before them."""
    world.dispatch("1")
    world.dispatch("2")
    register.visit(world, "乙镇农贸市场", "2", at("15:00", YESTERDAY))
    register.visit(world, "甲镇农贸市场", "1", at("10:00"))
    register.visit(world, "甲镇农贸市场", "1", at("15:00"), mode="unannounced")
    register.visit(world, "甲镇西卡口", "1", at("11:00"), methods=["random", "joint"])
    register.visit(world, "乙镇农贸市场", "2", at("12:00"), mode="covert")
    return world


@pytest.mark.parametrize(
    ("code", "expected"),
    [("A1-1", 2), ("A1-2", 1), ("A2-1", 1), ("A2-2", 2), ("A3", 4), ("A4-1", 3), ("A4-2", 5), ("A7", 1)],
)
def test_what_was_done_since_the_start(day: World, code: str, expected: int) -> None:
    assert value(day, code) == expected


def test_visits_count_in_the_window_they_were_handed_in(day: World) -> None:
    window = {"since": register.since()}
    assert (value(day, "A4-2", **window), value(day, "A4-1", **window)) == (4, 3)
    assert value(day, "A4-2", "11:00") == 3


def test_coverage_is_visited_sites_over_sites_in_scope(day: World) -> None:
    whole = indicators.figure("A5", ask(day))
    town = indicators.figure("A5", ask(day, path=day.units["甲镇"].path))
    assert (whole.numerator, whole.denominator, whole.value) == (3, 7, Decimal("42.9"))
    assert (town.numerator, town.denominator, town.value) == (2, 2, Decimal("100.0"))


def test_share_of_unannounced_visits(day: World) -> None:
    share = indicators.figure("A6", ask(day))
    assert (share.numerator, share.denominator, share.value) == (2, 5, Decimal("40.0"))


def test_rate_without_anything_to_divide_by_is_unknown(world: World) -> None:
    assert [value(world, code) for code in ("A6", "B4", "B5-2", "B7")] == [None] * 4


def test_withdrawn_visit_no_longer_counts_but_did_before(day: World) -> None:
    row = register.visit(day, "丙镇西卡口", "1", at("13:00"), state="withdrawn")
    with_event(day, "visit.withdrawn", row, "14:00")
    assert (value(day, "A4-2", "13:30"), value(day, "A4-2", "14:30")) == (5, 4)


def with_event(world: World, verb: str, row: Any, when: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        journal.record(verb, actor=SYSTEM, at=at(when), subject=row, campaign_id=world.campaign.pk)


def test_problems_count_from_their_confirmation_until_withdrawn(world: World) -> None:
    register.finding(world, confirmed=at("15:00", YESTERDAY))
    register.finding(world, is_on_spot=True)
    register.finding(world, confirmed=at("12:00"), state="withdrawn", withdrawn_at=at("14:00"))
    register.finding(world, confirmed_at=None, state="registered")
    window = {"since": register.since()}
    assert [value(world, "B1-1", when, **window) for when in ("10:59", "11:00", "13:00", "16:00")] == [
        0,
        1,
        2,
        1,
    ]
    assert (value(world, "B1-2"), value(world, "B2", **window)) == (2, 1)


def test_orders_and_items_count_apart(world: World) -> None:
    first, second, third = (register.finding(world) for _ in range(3))
    register.order(world, first, second)
    void = register.order(world, third, state="voided")
    with_event(world, "order.voided", void, "13:00")
    assert (value(world, "B3-1"), value(world, "B3-2")) == (1, 2)
    assert (value(world, "B3-1", "12:30"), value(world, "B3-2", "12:30")) == (2, 3)


def test_same_day_completion_ends_at_midnight(world: World) -> None:
    rows = [register.finding(world) for _ in range(4)]
    register.order(world, rows[0], written_off=at("15:00"))
    register.order(world, rows[1], written_off=at("00:00", TOMORROW))
    register.order(world, rows[2], written_off=at("00:01", TOMORROW))
    register.order(world, rows[3], written_off=at("15:00"), is_due_same_day=False)
    rate = indicators.figure("B4", ask(world, at("12:00", TOMORROW)))
    assert (rate.numerator, rate.denominator, rate.value) == (2, 3, Decimal("66.7"))
    assert value(world, "B4", "16:00") == Decimal("33.3")
    assert [(one.closed, one.due) for one in queries.same_day_rates(ask(world, at("12:00", TOMORROW)))] == [
        (2, 3)
    ]


def test_written_off_rate_and_median_hours(world: World) -> None:
    register.finding(world, state="written_off", written_off_at=at("13:00"))
    register.finding(world, state="written_off", written_off_at=at("15:30"))
    register.finding(world)
    rate = indicators.figure("B5-2", ask(world))
    assert (rate.numerator, rate.denominator, rate.value) == (2, 3, Decimal("66.7"))
    assert (value(world, "B5-1"), value(world, "B5-4")) == (2, Decimal("3.3"))
    assert (value(world, "B5-1", "14:00"), value(world, "B5-4", "14:00")) == (1, Decimal("2.0"))


def test_overdue_is_what_was_late_at_that_moment(world: World) -> None:
    register.finding(world, state="rectifying", lateness="overdue", overdue_at=at("12:00"))
    closed = register.finding(world, state="written_off", overdue_at=at("12:00"), written_off_at=at("15:00"))
    assert [value(world, "B6-1", when) for when in ("11:30", "13:00", "15:30")] == [0, 2, 1]
    assert value(world, "B6-1", is_live=True) == 1
    assert closed.overdue_at == at("12:00")


def test_urges_count_when_signed(world: World) -> None:
    order = register.order(world, register.finding(world))
    for step, signed in (("urge", at("14:00")), ("escalate", None)):
        Urge.objects.create(
            order=order,
            step=step,
            overdue_days=1,
            due_at=at("12:00"),
            raised_at=at("13:00"),
            signed_at=signed,
        )
    assert (value(world, "B6-2"), value(world, "B6-3"), value(world, "B6-2", "13:30")) == (1, 0, 0)


def test_recurrence_is_what_came_back_among_what_was_written_off_in_30_days(world: World) -> None:
    register.finding(world, state="written_off", written_off_at=at("12:00"))
    register.finding(world, state="rectifying", written_off_at=at("12:00"), reopened_at=at("14:00"))
    old = at("12:00", YESTERDAY.replace(month=1, day=1))
    register.finding(world, confirmed=old, state="written_off", written_off_at=old)
    rate = indicators.figure("B7", ask(world))
    assert (rate.numerator, rate.denominator) == (1, 2)
    assert indicators.figure("B7", ask(world, "13:00")).numerator == 0


def test_common_problems_self_checks_and_false_rectification(world: World) -> None:
    row = register.finding(world, state="rectifying")
    problem = CommonProblem.objects.create(
        campaign=world.campaign, title="登记缺项", question="有无缺项", state="noticed", proposed_at=at("09:00"),
        proposed_by=world.users["wen"], noticed_at=at("10:00"),
    )  # fmt: skip
    for number, (town, count) in enumerate((("甲镇", 2), ("乙镇", 0))):
        SelfCheck.objects.create(
            common_problem=problem, unit=world.units[f"{town}人民政府"], token_hash=str(number),
            expires_at=at("23:00"), has_problem=count > 0, count=count, replied_at=at("14:00"),
        )  # fmt: skip
    Verification.objects.create(
        finding=row, verifier=world.users["wen"], method="on_site", outcome="false", opinion="与现场不符",
        verified_at=at("15:00"),
    )  # fmt: skip
    assert [value(world, code) for code in ("B8-1", "B8-2", "B8-3", "B9")] == [1, 2, 2, 1]
    assert [value(world, code, "12:00") for code in ("B8-1", "B8-2", "B8-3", "B9")] == [1, 0, 0, 0]


def test_bulletins_supports_and_referrals(world: World) -> None:
    first, second = register.finding(world), register.finding(world, unit="乙镇人民政府", site="乙镇农贸市场")
    bulletin = Bulletin.objects.create(
        campaign=world.campaign, day=at().date(), title="通报", state="issued", drafted_at=at("12:00"), issue=1,
        issued_at=at("14:00"),
    )  # fmt: skip
    bulletin.findings.set([first, second])
    Bulletin.objects.create(campaign=world.campaign, day=at().date(), title="草稿", drafted_at=at("12:00"))
    for answered in (at("15:00"), None):
        SupportRequest.objects.create(
            campaign=world.campaign, finding=first, unit=first.unit, area_path=first.area_path, kind="staff",
            text="缺人", raised_at=at("12:00"), due_at=at("18:00"), answered_at=answered,
        )  # fmt: skip
    Referral.objects.create(
        campaign=world.campaign, finding=second, area_path=second.area_path, sent_at=at("13:00"), matter="通道",
        authority=world.units["示例市卫生健康局"], sent_by=world.users["wen"], reply_due_on=TOMORROW,
    )  # fmt: skip
    codes = ("C1-1", "C1-2", "C2-1", "C2-2", "C4-1", "C4-2")
    assert [value(world, code) for code in codes] == [1, 2, 2, 1, 1, 0]
    assert [value(world, code, "13:30") for code in codes] == [0, 0, 2, 0, 1, 0]


def test_every_count_opens_exactly_its_rows(day: World) -> None:
    register.order(day, register.finding(day, is_on_spot=True))
    for code, figure in indicators.figures(ask(day)).items():
        if code in ("A3", "B8-3", "B5-4"):  # sums and a median
            continue
        counted = figure.numerator if figure.is_rate else figure.value
        assert len(figure.rows) == counted, code


def test_breakdown_by_dimension_adds_up(world: World) -> None:
    register.finding(world)
    register.finding(world, category=world.categories["ledger"], severity="serious")
    register.finding(world, unit="乙镇人民政府", site="乙镇农贸市场")
    question = ask(world)
    parts = {
        name: [(label, n) for _key, label, n in indicators.broken_down("B1-1", question, name)]
        for name in ("unit", "category", "severity", "line", "team", "site_type")
    }
    assert parts["category"] == [("值守在岗", 2), ("登记台账", 1)]
    assert parts["unit"] == [("甲镇人民政府", 2), ("乙镇人民政府", 1)]
    assert parts["severity"] == [("一般", 2), ("严重", 1)]
    assert {sum(n for _label, n in rows) for rows in parts.values()} == {3}
    with pytest.raises(NotFound):
        indicators.broken_down("A5", question, "category")


def test_question_can_be_narrowed_to_category_severity_line_team_and_site_type(world: World) -> None:
    register.finding(world)
    register.finding(world, category=world.categories["ledger"], severity="serious", line="unit")
    assert value(world, "B1-1", category_id=world.categories["ledger"].pk) == 1
    assert value(world, "B1-1", severity="general") == 1
    assert value(world, "B1-1", line="unit") == 1
    assert value(world, "B1-1", team_id=world.teams["2"].pk) == 0
    assert value(world, "B1-1", site_type_id=world.site_type.pk) == 2
    assert value(world, "B1-1", unit_path=world.units["乙镇"].path) == 0


def test_figures_seen_by_a_team_hold_only_its_rows(world: World) -> None:
    register.finding(world)
    register.finding(
        world, unit="乙镇人民政府", site="乙镇农贸市场", visit=register.visit(world, "乙镇农贸市场", "2")
    )
    assert value(world, "B1-1", actor=world.actor("asha")) == 1
    assert value(world, "B1-1", actor=world.actor("wen")) == 2


def test_present_state_and_reconstruction_agree(world: World) -> None:
    register.finding(world, state="written_off", written_off_at=at("13:00"))
    register.finding(world, state="rectifying", lateness="urged", overdue_at=at("12:00"))
    register.finding(world, state="rectifying", written_off_at=at("12:00"), reopened_at=at("13:00"))
    codes = ("B1-2", "B5-1", "B5-3", "B5-5", "B6-1")
    assert (
        [value(world, code) for code in codes]
        == [value(world, code, is_live=True) for code in codes]
        == [3, 1, 0, 1, 1]
    )
    assert Finding.objects.count() == 3
