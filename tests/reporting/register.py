"""Short ways to rows with the times a test needs; what the figures must be is worked out by hand in the tests."""

from datetime import date, datetime, timedelta
from typing import Any

from duban.inspection.models import Finding, Visit
from duban.kernel import clock, counters
from duban.rectification.models import OrderItem, WorkOrder
from duban.reporting.questions import Question
from tests.world import DAY, World, at

YESTERDAY = DAY - timedelta(days=1)
TOMORROW = DAY + timedelta(days=1)


def visit(
    world: World, site: str = "甲镇农贸市场", team: str = "1", moment: datetime | None = None, **changes: Any
) -> Visit:
    """A visit handed in at `moment` (10:00 of the world's day)."""
    moment = moment or at("10:00")
    values: dict[str, Any] = {
        "campaign": world.campaign, "number": Visit.objects.count() + 1, "round": world.round,
        "team": world.teams[team], "site": world.sites[site], "area_path": world.sites[site].area_path, "mode": "open",
        "methods": ["on_site_visit"], "day": clock.local_day(moment), "arrived_at": moment - timedelta(hours=1),
        "left_at": moment, "entered_at": moment, "entered_by": world.users["asha"], "state": "submitted",
        "submitted_at": moment,
    }  # fmt: skip
    return Visit.objects.create(**(values | changes))


def finding(
    world: World,
    *,
    site: str = "甲镇农贸市场",
    unit: str = "甲镇人民政府",
    confirmed: datetime | None = None,
    **changes: Any,
) -> Finding:
    """A finding confirmed at `confirmed` (11:00 of the world's day) and found an hour before."""
    from django.db import transaction

    confirmed = confirmed or at("11:00")
    with transaction.atomic():
        number = counters.take(f"finding:{world.campaign.pk}")
    seen = (
        changes.pop("visit", None)
        or Visit.objects.filter(site=world.sites[site]).first()
        or visit(world, site)
    )
    values: dict[str, Any] = {
        "campaign": world.campaign, "number": number, "visit": seen, "round": world.round, "team": seen.team,
        "site": world.sites[site], "unit": world.units[unit], "subject_class": "organisation",
        "area_path": world.sites[site].area_path, "unit_path": world.units[unit].path, "line": "territory",
        "territory_unit": world.units[unit], "category": world.categories["duty"],
        "fact": "值守1人，排班表为2人。", "severity": "general", "found_at": confirmed - timedelta(hours=1),
        "found_by": world.users["asha"], "entered_at": confirmed, "state": "confirmed", "state_at": confirmed,
        "confirmed_at": confirmed,
    }  # fmt: skip
    return Finding.objects.create(**(values | changes))


def order(
    world: World,
    *findings: Finding,
    issued: datetime | None = None,
    written_off: datetime | None = None,
    **changes: Any,
) -> WorkOrder:
    """An order issued at `issued` (12:00) for findings of one unit."""
    issued = issued or at("12:00")
    unit = findings[0].unit
    row = WorkOrder.objects.create(
        campaign=world.campaign, unit=unit, area_path=unit.path, drafted_by=world.users["wen"], drafted_at=issued,
        deadline_kind="same_day", due_at=clock.end_of_day(clock.local_day(issued)),
        issued_at=issued, issued_on=clock.local_day(issued), written_off_at=written_off,
        **({"state": "closed" if written_off else "issued"} | changes),
    )  # fmt: skip
    for ordinal, one in enumerate(findings, start=1):
        OrderItem.objects.create(order=row, finding=one, ordinal=ordinal, requirement="整改")
    return row


def ask(world: World, when: str | datetime = "16:00", **changes: Any) -> Question:
    """A question as of a moment of the world's day."""
    return Question(world.campaign, as_of=at(when) if isinstance(when, str) else when, **changes)


def since(clock_time: str = "16:00", day: date = YESTERDAY) -> datetime:
    """The cut-off a window begins at."""
    return at(clock_time, day)
