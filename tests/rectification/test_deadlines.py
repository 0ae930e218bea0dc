"""The arithmetic of limits: elapsed never shrinks, pauses move the limit, days begin."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from duban.rectification import deadlines
from tests.world import at

START = at("08:00")
minutes = st.integers(min_value=0, max_value=5000)
intervals = st.lists(st.tuples(minutes, st.one_of(st.none(), minutes)), max_size=6)


def _pauses(rows):
    return [
        (
            START + timedelta(minutes=begin),
            None if length is None else START + timedelta(minutes=begin + length),
        )
        for begin, length in rows
    ]


@given(intervals, minutes, minutes)
def test_elapsed_never_shrinks_and_never_exceeds_the_wall_clock(rows, first, more) -> None:
    pauses = _pauses(rows)
    earlier = START + timedelta(minutes=first)
    later = earlier + timedelta(minutes=more)
    # An open pause ends “now”, so asking later can only count more pause, never less elapsed time.
    one, two = deadlines.elapsed(START, earlier, pauses), deadlines.elapsed(START, later, pauses)
    assert timedelta() <= one <= two <= later - START


@given(intervals, minutes)
def test_elapsed_counts_each_minute_outside_every_pause(rows, span) -> None:
    pauses = _pauses(rows)
    end = START + timedelta(minutes=span)
    counted = 0
    for minute in range(span):
        moment = START + timedelta(minutes=minute)
        counted += not any(begin <= moment < (stop or end) for begin, stop in pauses)
    assert deadlines.elapsed(START, end, pauses) == timedelta(minutes=counted)


@given(minutes, minutes, minutes)
def test_what_was_left_before_a_pause_is_left_after_it(before, paused, left) -> None:
    stopped = START + timedelta(minutes=before)
    due = stopped + timedelta(minutes=left + 1)
    resumed = stopped + timedelta(minutes=paused)
    moved = deadlines.limit_after_pause(due, stopped, resumed)
    assert moved - resumed == due - stopped
    assert moved >= due


def test_a_pause_after_the_limit_moves_nothing() -> None:
    assert deadlines.limit_after_pause(at("10:00"), at("11:00"), at("12:00")) == at("10:00")


def test_limit_of_today_is_24_hours_local() -> None:
    assert deadlines.same_day_limit(at("00:00")) - at("00:00") == timedelta(days=1)
    assert deadlines.is_same_day(at("23:59"), deadlines.same_day_limit(at("23:59")))


def test_remaining_stands_still_while_paused() -> None:
    assert deadlines.remaining(at("12:00"), at("11:30"), at("10:00")) == timedelta(hours=2)
    assert deadlines.remaining(at("12:00"), at("13:00")) == -timedelta(hours=1)


def test_overdue_days_begin_at_once() -> None:
    due = at("00:00")
    assert [deadlines.overdue_days(due, due + timedelta(hours=hours)) for hours in (-1, 0, 23, 24, 49)] == [
        0,
        1,
        1,
        2,
        3,
    ]


def test_sent_back_after_the_limit_gets_the_rest_of_the_day() -> None:
    assert deadlines.limit_after_send_back(at("10:00"), at("11:00")) == deadlines.same_day_limit(at("11:00"))
    assert deadlines.limit_after_send_back(at("12:00"), at("11:00")) == at("12:00")
    assert deadlines.limit_after_send_back(None, at("11:00")) == deadlines.same_day_limit(at("11:00"))
