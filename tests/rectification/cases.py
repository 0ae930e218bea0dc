"""Short ways to findings and orders in the state a test needs; all orders go through the operations."""

from datetime import datetime
from typing import Any

from duban.inspection.models import Finding, Visit
from duban.kernel import counters
from duban.rectification import operations as rectification
from duban.rectification.models import WorkOrder
from tests.world import DAY, World, at


def visit(world: World, team: str = "1", site: str = "甲镇农贸市场") -> Visit:
    """Return the team's visit to a site, made at its first use."""
    known = Visit.objects.filter(team=world.teams[team], site=world.sites[site]).first()
    if known:
        return known
    return Visit.objects.create(
        campaign=world.campaign, number=Visit.objects.count() + 1, round=world.round, team=world.teams[team],
        site=world.sites[site], area_path=world.sites[site].area_path, mode="unannounced", methods=["on_site_visit"],
        day=DAY, arrived_at=at("09:30"), left_at=at("10:50"), entered_at=at("10:55"),
        entered_by=world.users["asha"], state="submitted",
    )  # fmt: skip


def finding(
    world: World, *, site: str = "甲镇农贸市场", unit: str = "甲镇人民政府", **changes: Any
) -> Finding:
    """Return a confirmed finding of team 1 at 09:42, told to the unit at 10:55."""
    from django.db import transaction

    with transaction.atomic():
        number = counters.take(f"finding:{world.campaign.pk}")
    values = {
        "campaign": world.campaign, "number": number, "visit": visit(world, changes.pop("team", "1"), site),
        "round": world.round, "site": world.sites[site], "unit": world.units[unit], "subject_class": "organisation",
        "area_path": world.sites[site].area_path, "unit_path": world.units[unit].path, "line": "territory",
        "territory_unit": world.units[unit], "department_unit": world.units["示例市卫生健康局"],
        "category": world.categories["duty"], "fact": "2月16日9时42分，值守1人，排班表为2人。",
        "requirement": "按排班在岗。", "severity": "general", "found_at": at("09:42"), "found_by": world.users["asha"],
        "told_at": at("10:55"), "entered_at": at("10:58"), "state": "confirmed", "state_at": at("10:59"),
        "confirmed_at": at("10:59"),
    }  # fmt: skip
    values |= changes
    values["team"] = values["visit"].team
    return Finding.objects.create(**values)


def draft(
    world: World, *findings: Finding, when: datetime | None = None, by: str = "wen", **more: Any
) -> WorkOrder:
    """Return a draft of the findings."""
    rows = findings or (finding(world),)
    return rectification.draft_order(
        actor=world.actor(by), at=when or at("11:00"), finding_ids=[row.pk for row in rows], unit_id=rows[0].unit_id,
        basis="方案第五条第（二）项", **more,
    )  # fmt: skip


def issued(world: World, *findings: Finding, when: datetime | None = None, **more: Any) -> WorkOrder:
    """Return an order signed by hugo at 11:02; `.fresh_token` opens its link."""
    order = draft(world, *findings, **more)
    return rectification.issue_order(actor=world.actor("hugo"), at=when or at("11:02"), order_id=order.pk)


def received(world: World, *findings: Finding, when: datetime | None = None, **more: Any) -> WorkOrder:
    """Return an order olga signed for at 11:10."""
    order = issued(world, *findings, **more)
    return rectification.receive_order(actor=world.actor("olga"), at=when or at("11:10"), order_id=order.pk)


def reply(
    world: World, order: WorkOrder, *, when: datetime | None = None, by: str = "olga", **changes: Any
) -> Any:
    """Send a reply “done” for every item at 14:26."""
    values = {
        "outcome": "done",
        "measures": {item.pk: "11时30分增派1人。" for item in order.items.filter(is_open=True)},
        "completed_at": at("13:40"),
        "principal_agreed": True,
    }
    return rectification.reply_to_order(
        actor=world.actor(by), at=when or at("14:26"), order_id=order.pk, **(values | changes)
    )


def replied(world: World, *findings: Finding, **more: Any) -> WorkOrder:
    """Return an order with a reply at 14:26."""
    order = received(world, *findings, **more)
    reply(world, order)
    order.refresh_from_db()
    return order


def verify(
    world: World, row: Finding, *, by: str = "wen", when: datetime | None = None, **changes: Any
) -> Any:
    """Verify a finding on site as passed at 15:05."""
    values = {"outcome": "passed", "method": "on_site", "opinion": "现场查看，2人在岗。"}
    return rectification.verify_item(
        actor=world.actor(by), at=when or at("15:05"), finding_id=row.pk, **(values | changes)
    )
