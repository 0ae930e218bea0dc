"""The two clocks (DOMAIN §0.2-3): natural local days for the same-day chain, working days with 调休 for procedures.

Working days come from the packaged official table (`chinese_calendar`), overridden by editable CalendarDay rows;
for years without an official table Monday–Friday is assumed and `is_official` says so.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import chinese_calendar
from django.contrib.auth import get_user_model
from django.db import transaction

from duban.kernel import journal
from duban.kernel.actor import Actor, Role
from duban.kernel.errors import NotFound
from duban.kernel.models import CalendarDay
from duban.kernel.policy import ALLOW, Decision, deny, require


@dataclass(frozen=True)
class WorkdayCalendar:
    """The working-day table with the local exceptions loaded once."""

    exceptions: dict[date, bool]

    @classmethod
    def load(cls) -> "WorkdayCalendar":
        return cls(dict(CalendarDay.objects.values_list("day", "is_workday")))

    def is_official(self, day: date) -> bool:
        """Test whether an official or a local entry covers `day` (otherwise Monday–Friday is assumed)."""
        return day in self.exceptions or _official(day) is not None

    def is_workday(self, day: date) -> bool:
        """Test whether `day` is a working day."""
        if day in self.exceptions:
            return self.exceptions[day]
        official = _official(day)
        return day.weekday() < 5 if official is None else official

    def add_workdays(self, start: date, days: int) -> date:
        """This function will return the last day of a limit of `days` working days; the day of start is not counted."""
        day = start
        left = days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """This function will return the number of working days after `start` up to and including `end`."""
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def _official(day: date) -> bool | None:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def can_change_calendar(actor: Actor) -> Decision:
    """Test whether the actor may edit the working-day table."""
    return ALLOW if actor.is_system or actor.has_role({Role.ADMIN}) else deny("not_admin")


@transaction.atomic
def set_day(*, actor: Actor, at: datetime, day: date, is_workday: bool, note: str = "") -> CalendarDay:
    """This function will enter an exception to the official working-day table; it wins from now on."""
    require(can_change_calendar(actor))
    row, created = CalendarDay.objects.update_or_create(
        day=day, defaults={"is_workday": is_workday, "note": note[:80]}
    )
    _record(actor, at, day, "workday" if is_workday else "day_off", note)
    return row


@transaction.atomic
def clear_day(*, actor: Actor, at: datetime, day: date) -> None:
    """This function will drop an exception, so that the official table counts again.

    :raises NotFound: if the day has no exception.
    """
    require(can_change_calendar(actor))
    deleted, rows = CalendarDay.objects.filter(day=day).delete()
    if not deleted:
        raise NotFound()
    _record(actor, at, day, "official", "")


def _record(actor: Actor, at: datetime, day: date, meaning: str, note: str) -> None:
    """Write the journal line; the subject is the acting account, for a day has no id of its own."""
    accounts = get_user_model()._default_manager
    own = accounts.filter(pk=actor.user_id).first() if actor.user_id else None
    anchor = own or accounts.order_by("pk").first()
    if anchor is not None:
        detail = {"day": day, "meaning": meaning, "note": note}
        journal.record(
            "calendar.changed", actor=actor, at=at, subject=anchor, label=day.isoformat(), detail=detail
        )
