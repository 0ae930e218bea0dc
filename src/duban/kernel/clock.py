"""Time is passed in. Only doors and commands call `now()`; operations, policies and queries take `at`.

A contract test forbids reading the clock anywhere else. CLOCK_OFFSET_SECONDS lets the demo go on from its own day.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """This function will return the present moment (aware, UTC), shifted by the demo's clock offset if one is set."""
    return datetime.now(UTC) + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)


def zone() -> ZoneInfo:
    """This function will return the zone of the installation (days and cut-offs are local days)."""
    return ZoneInfo(settings.TIME_ZONE)


def local(at: datetime) -> datetime:
    """This function will return `at` in local time."""
    return timezone.localtime(at, zone())


def local_day(at: datetime) -> date:
    """This function will return the local calendar day of `at`."""
    return local(at).date()


def moment(day: date, clock: time) -> datetime:
    """This function will return the aware moment of local `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=zone())


def start_of_day(day: date) -> datetime:
    """This function will return 00:00 local of `day`."""
    return moment(day, time())


def end_of_day(day: date) -> datetime:
    """This function will return 24:00 local of `day`, i.e. 00:00 of the next day (S2-30: due 24:00)."""
    return moment(day + timedelta(days=1), time())
