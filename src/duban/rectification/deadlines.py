"""The same-day clock as pure arithmetic: default limits, pauses, remaining time. No rows, no clock.

A pause stops the clock; when it ends the limit moves by its length. Elapsed time never shrinks (S2-30, §2.6).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from duban.kernel.clock import end_of_day, local_day

Interval = tuple[datetime, datetime | None]

LINK_LIFE = timedelta(days=7)


def same_day_limit(at: datetime) -> datetime:
    """This function will return 24:00 of the local day of `at` (S2-30)."""
    return end_of_day(local_day(at))


def is_same_day(issued_at: datetime, due_at: datetime) -> bool:
    """Test whether a limit set at `issued_at` falls on the same local day (24:00 included)."""
    return due_at <= same_day_limit(issued_at)


def elapsed(start: datetime, at: datetime, pauses: Iterable[Interval] = ()) -> timedelta:
    """This function will return the counted time from `start` to `at`, without the pauses (open ones end at `at`).

    Overlapping pauses count once; a later `at` never gives less.
    """
    if at <= start:
        return timedelta()
    counted = at - start
    edge = start
    for begin, end in sorted((begin, end or at) for begin, end in pauses):
        begin, end = max(begin, edge), min(end, at)
        if end > begin:
            counted -= end - begin
            edge = end
    return counted


def limit_after_pause(due_at: datetime, from_at: datetime, to_at: datetime) -> datetime:
    """This function will return the limit once a pause has ended: moved by its length.

    A pause that began after the limit moves nothing: what was late stays late.
    """
    if from_at >= due_at or to_at <= from_at:
        return due_at
    return due_at + (to_at - from_at)


def remaining(due_at: datetime, at: datetime, paused_at: datetime | None = None) -> timedelta:
    """This function will return the time left, negative when late; it stands still while paused."""
    return due_at - (min(at, paused_at) if paused_at else at)


def limit_after_send_back(due_at: datetime | None, at: datetime) -> datetime:
    """This function will return the limit of a problem sent back: the old one, or 24:00 today if that has passed."""
    today = same_day_limit(at)
    return due_at if due_at and due_at > at else today


def overdue_days(due_at: datetime, at: datetime) -> int:
    """This function will return the begun days of lateness, at least 1 once late, else 0."""
    if at < due_at:
        return 0
    return (at - due_at) // timedelta(days=1) + 1
