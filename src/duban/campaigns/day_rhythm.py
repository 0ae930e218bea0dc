"""From a pack's defaults to the clock settings of a campaign: day rail, cut-off, time limits by urgency. Pure."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from duban.campaigns.models import Urgency

DEFAULT_LIMITS = {"urge_after_hours": 9, "escalate_after_hours": 33, "trace_back_after_hours": 57}


def clock(text: str) -> time:
    """This function will return the time of day written as HH:MM; 24:00 becomes 00:00."""
    hours, minutes = (int(part) for part in text.split(":"))
    return time(hours % 24, minutes)


def limits(profile: Mapping[str, Any], urgency: str) -> dict[str, int]:
    """This function will return the campaign fields that the time-limit profile of `urgency` sets."""
    found = next((one for one in profile.get("time_limits", []) if one["code"] == urgency), DEFAULT_LIMITS)
    return {
        "urge_after_hours": found["urge_after_hours"],
        "escalate_after_hours": found["escalate_after_hours"],
        "trace_after_hours": found["trace_back_after_hours"],
        "look_back_days": found.get("look_back_days", 7),
        "look_back_percent": found.get("look_back_percent", 10),
    }


def rail(profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    """This function will return the day rail as campaigns keep it: [{at, until, title, title_en, step}]."""
    return [
        {
            "at": str(mark["at"]),
            "until": str(mark["until"]) if mark.get("until") else None,
            "title": mark["title"],
            "title_en": mark.get("title_en", ""),
            "step": mark["code"],
        }
        for mark in profile.get("day_rail", [])
    ]


def defaults(profile: Mapping[str, Any], words: Mapping[str, Any], urgency: str = "") -> dict[str, Any]:
    """This function will return every campaign field that follows from the pack."""
    urgency = urgency or profile.get("default_urgency", Urgency.NORMAL)
    marks = rail(profile)
    orders_at = next((mark["at"] for mark in marks if mark["step"] == "orders"), "17:00")
    cutoff, reminder = clock(profile.get("cutoff", "16:00")), clock(profile.get("reminder", "15:00"))
    warn = (cutoff.hour - reminder.hour) * 60 + cutoff.minute - reminder.minute
    return {
        "urgency": urgency,
        "cutoff": cutoff,
        "formal_order_at": clock(orders_at),
        "warn_minutes": max(warn, 0),
        "day_rail": marks,
        "order_number_pattern": f"{words.get('order_series', '督交')}〔{{year}}〕{{serial}}号",
        **limits(profile, urgency),
    }
