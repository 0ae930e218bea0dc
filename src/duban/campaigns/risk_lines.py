"""The lines of a table of risk points (风险计分表): which reasons there are, which numbers each has, within which bounds.

A reason looks at places and what is on record about them. There is none for a person, an inspector or a team, and
none for the weather. `duban.planning.risk` turns a table into points.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

POINTS = (0, 100)
# reason → its numbers with their bounds. `most` is the ceiling of the whole reason.
REASONS: dict[str, dict[str, tuple[int, int]]] = {
    "own_record": {
        "most": POINTS, "half_life_days": (1, 3650), "incipient": POINTS, "general": POINTS, "prominent": POINTS,
        "serious": POINTS, "recurrence": POINTS,
    },
    "open_findings": {"most": POINTS, "each": POINTS},
    "overdue_findings": {"most": POINTS, "each": POINTS},
    "since_visit": {"most": POINTS, "days_per_point": (1, 3650), "never": POINTS},
    "type_rate": {"most": POINTS, "average": POINTS, "per_doubling": POINTS, "prior_visits": (1, 10_000)},
    "area_rate": {"most": POINTS, "average": POINTS, "per_doubling": POINTS, "prior_visits": (1, 10_000)},
    "area_grade": {"most": POINTS},
    "key_points": {"most": POINTS, "each": POINTS},
    "topics": {"most": POINTS, "each": POINTS, "window_days": (1, 365)},
}  # fmt: skip
TITLES = {
    "own_record": gettext_lazy("本点位问题记录"), "open_findings": gettext_lazy("未办结问题"),
    "overdue_findings": gettext_lazy("逾期问题"), "since_visit": gettext_lazy("距上次检查"),
    "type_rate": gettext_lazy("点位类型"), "area_rate": gettext_lazy("所在区域"),
    "area_grade": gettext_lazy("区域风险等级"), "key_points": gettext_lazy("当日要点"),
    "topics": gettext_lazy("群众反映"),
}  # fmt: skip
LABELS = {
    "most": gettext_lazy("最多计分"), "half_life_days": gettext_lazy("每过多少天减半"),
    "incipient": gettext_lazy("苗头性问题"), "general": gettext_lazy("一般问题"),
    "prominent": gettext_lazy("突出问题"), "serious": gettext_lazy("严重问题"),
    "recurrence": gettext_lazy("问题反复另加"), "each": gettext_lazy("每项计分"),
    "days_per_point": gettext_lazy("每多少天计 1 分"), "never": gettext_lazy("从未检查计分"),
    "average": gettext_lazy("与平均相同计分"), "per_doubling": gettext_lazy("比平均每高一倍加分"),
    "prior_visits": gettext_lazy("按平均先补多少次检查"),
    "window_days": gettext_lazy("看最近多少天"),
}  # fmt: skip


def complaints(lines: Sequence[Any]) -> dict[str, str]:
    """This function will return what is wrong with the lines of a table, by place; nothing if it can be used."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        place = _("第%(number)d行") % {"number": number}
        code = line.get("code") if isinstance(line, Mapping) else None
        if code not in REASONS:
            found[f"{place} code"] = _("没有这种计分理由：%(code)s。") % {"code": code}
            continue
        if code in seen:
            found[f"{place} code"] = _("计分理由“%(code)s”重复。") % {"code": code}
        seen.add(str(code))
        values = line.get("values")
        values = values if isinstance(values, Mapping) else {}
        for name in sorted({*REASONS[code], *values}):
            if message := _complaint(REASONS[code].get(name), values.get(name)):
                found[f"{place} {name}"] = message
    return found


def _complaint(bounds: tuple[int, int] | None, value: Any) -> str:
    if bounds is None:
        return _("这种理由没有这一项。")
    low, high = bounds
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return ""
    return _("应为 %(low)d 至 %(high)d 的整数。") % {"low": low, "high": high}
