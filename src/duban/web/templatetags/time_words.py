"""Times in the words of the office: 15:12, 2-16 14:51, 今日 24:00, 还剩 48 分, 逾期 2 日.

Pure functions over aware datetimes; local days come from the clock's zone. 00:00 as a limit is written 24:00.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.utils.dateformat import format as date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duban.kernel import clock

NEAR = timedelta(hours=2)
# Django's patterns for local moments that stand in every row of a list.
PATTERNS: dict[str, Callable[[datetime], str]] = {
    "n-j H:i": lambda at: f"{at.month}-{at.day} {at.hour:02}:{at.minute:02}",
    "H:i": lambda at: f"{at.hour:02}:{at.minute:02}",
    "Y-m-d H:i": lambda at: f"{at.year:04}-{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}",
    "Y-n-j H:i:s": lambda at: f"{at.year:04}-{at.month}-{at.day} {at.hour:02}:{at.minute:02}:{at.second:02}",
    "Y-n-j": lambda at: f"{at.year:04}-{at.month}-{at.day}",
    "c": datetime.isoformat,
}


class Limit(NamedTuple):
    """A deadline in words: short text, absolute text, and far | near | late."""

    text: str
    absolute: str
    urgency: str


def cn_date(value: date | datetime | None) -> str:
    """Return 2020年2月16日, or — for nothing."""
    if value is None or value == "":
        return "—"
    day = clock.local_day(value) if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def month_day(value: date | datetime | None) -> str:
    """Return a day without its year in the reader's language: 2月16日, 16 Feb."""
    if value is None or value == "":
        return "—"
    day = clock.local_day(value) if isinstance(value, datetime) else value
    return (
        f"{day.month}月{day.day}日" if (get_language() or "zh").startswith("zh") else date_format(day, "j M")
    )


def daytime(value: date | datetime | None, now: datetime) -> str:
    """Return the shortest clear time: 15:12 today, 2-16 14:51 this year, 2019-12-31 09:00 otherwise."""
    if value is None or value == "":
        return "—"
    today = clock.local_day(now)
    if not isinstance(value, datetime):
        if value == today:
            return _("今日")
        return (
            f"{value.month}-{value.day}"
            if value.year == today.year
            else f"{value:%Y}-{value.month}-{value.day}"
        )
    local = clock.local(value)
    if local.date() == today:
        return f"{local:%H:%M}"
    day = f"{local.month}-{local.day}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{local.year}-{day} {local:%H:%M}"


def span(length: timedelta) -> str:
    """Return a length of time in at most two units, rounded down to the minute: 8 时 36 分."""
    minutes = max(0, int(length.total_seconds() // 60))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("%(days)s 日 %(hours)s 时") % {"days": days, "hours": hours} if hours else _("%s 日") % days
    if hours:
        return _("%(hours)s 时 %(minutes)s 分") % {"hours": hours, "minutes": minutes}
    return _("%s 分") % minutes


def left(length: timedelta) -> str:
    """Return what remains, a begun minute counting whole (48 minutes from 15:12:30 to 16:00)."""
    return span(timedelta(minutes=-(-length // timedelta(minutes=1))))


def limit_day(due: datetime) -> tuple[date, str]:
    """Return the local day and clock of a limit; midnight belongs to the day it ends."""
    local = clock.local(due)
    if local.hour == local.minute == 0:
        return (local - timedelta(microseconds=1)).date(), "24:00"
    return local.date(), f"{local:%H:%M}"


def limit(due: datetime, now: datetime) -> Limit:
    """Return the words for a deadline seen at `now` (far, under two hours, or over)."""
    day, hour = limit_day(due)
    absolute = f"{cn_date(day)} {hour}"
    today = clock.local_day(now)
    if now >= due:
        days = (today - day).days
        words = _("%s 日") % days if days > 0 else span(max(now - due, timedelta(minutes=1)))
        return Limit(_("逾期 %s") % words, absolute, "late")
    if due - now < NEAR:
        return Limit(_("还剩 %s") % left(due - now), absolute, "near")
    if day == today:
        text = _("今日 %s") % hour
    elif day == today + timedelta(days=1):
        text = _("明日 %s") % hour
    elif day.year == today.year:
        text = f"{day.month}-{day.day} {hour}"
    else:
        text = f"{day.year}-{day.month}-{day.day} {hour}"
    return Limit(text, absolute, "far")


def moment_of(value: object) -> datetime:
    """Return `value` when it is an aware datetime, otherwise the present moment (templates may have none)."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return clock.now()
