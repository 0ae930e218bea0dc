"""Short forms of the operations for the tests of inspection."""

import io
from datetime import datetime
from typing import Any

from PIL import Image

from duban.inspection import operations as inspection
from duban.inspection.models import Finding, Visit
from tests.world import World, at

FACT = "9:10 西卡口第一岗无人值守，排班表为 2 人在岗。"


def open_visit(
    world: World, who: str = "asha", site: str = "甲镇西卡口", *, team: str = "1", **changes: Any
) -> Visit:
    """Open a visit of the world's day at 09:00 (entered at 09:05)."""
    world.dispatch(team)
    values: dict[str, Any] = {
        "team_id": world.teams[team].pk, "site_id": world.sites[site].pk, "mode": "open", "arrived_at": at("09:00"),
    }  # fmt: skip
    values |= changes
    moment = values.pop("at", at("09:05"))
    return inspection.open_visit(actor=world.actor(who), at=moment, **values)


def close_visit(world: World, visit: Visit, who: str = "asha", **changes: Any) -> Visit:
    """Hand the visit in at 10:00."""
    values: dict[str, Any] = {
        "left_at": at("09:50"), "self_statement": "未接受吃请，未收受礼品", "signature": "signed",
    }  # fmt: skip
    values |= changes
    moment = values.pop("at", at("10:00"))
    return inspection.submit_visit(actor=world.actor(who), at=moment, visit_id=visit.pk, **values)


def register(
    world: World, visit: Visit, who: str = "asha", *, moment: datetime | None = None, **changes: Any
) -> Finding:
    """Register a finding at 09:20."""
    values: dict[str, Any] = {
        "category_id": world.categories["duty"].pk, "fact": FACT, "severity": "general", "found_at": at("09:10"),
    }  # fmt: skip
    values |= changes
    return inspection.register_finding(
        actor=world.actor(who), at=moment or at("09:20"), visit_id=visit.pk, **values
    )


def found(world: World, who: str = "asha", **changes: Any) -> Finding:
    """Open a visit (once) and register a finding on it."""
    visit = Visit.objects.filter(team=world.teams["1"]).first() or open_visit(world, who)
    return register(world, visit, who, **changes)


def photo(
    *, size: tuple[int, int] = (640, 480), format: str = "JPEG", exif: Any = None, colour: str = "teal"
) -> bytes:
    """Return the bytes of a plain picture."""
    buffer = io.BytesIO()
    extra = {"exif": exif} if exif is not None else {}
    Image.new("RGB", size, colour).save(buffer, format, **extra)
    return buffer.getvalue()
