"""The roster as an iCalendar file: who is on duty on which day. Never where: no site, no sector, no number of places."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from duban.kernel.clock import zone
from duban.teams.models import Dispatch

PRODUCT = "-//duban//duty roster//ZH"


def duty_calendar(dispatches: Iterable[Dispatch], title: str, *, at: datetime) -> bytes:
    """This function will write one all-day event per dispatch: the team and the posts of its people."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", str(zone()))
    for one in dispatches:
        event = Event()
        event.add("uid", f"{one.pk}@duban")
        event.add("dtstamp", at)
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", one.team.name)
        event.add("description", "、".join(sorted(user.post_label for user in one.members.all())))
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return calendar.to_ical()
