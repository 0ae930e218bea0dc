"""The two clocks (DOMAIN §0.2-3): natural local days for the same-day chain, working days with 调休 for procedures.

Working days come from the packaged official table (`chinese_calendar`), overridden by editable CalendarDay rows;
for years without an official table Monday–Friday is assumed and `is_official` says so.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

from duban.kernel.models import CalendarDay


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
