"""Rows behind charts: the same payload feeds ECharts and the table that stands in for it.

payload = {"head": "日期", "unit": "个", "right_unit": "", "min": 0, "max": None, "categories": ["1/26", …],
  "series": [{"name": "发现", "values": [1, …], "kind": "bar|line", "tone": "1|2|3|waiting|working|late",
              "axis": "left|right", "dashed": False, "area": False, "labels": "none|all|last|ends",
              "urls": ["/…", …]}]}
Extra for stacked: "total_unit": "项" prints the sum after each bar.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

HEAT_LEGEND = [
    (0, _("0（未到）")), (1, "1–49"), (2, "50–69"), (3, "70–84"), (4, "85–99"), (5, "100"),
]  # fmt: skip
_HEAT_FLOORS = [(100, 5), (85, 4), (70, 3), (50, 2)]


def heat_step(value: object) -> int | str:
    """Return 0…5 for a share in percent, "none" for unknown; anything above zero is at least step 1."""
    if value is None or not isinstance(value, int | float):
        return "none"
    if value <= 0:
        return 0
    return next((step for floor, step in _HEAT_FLOORS if value >= floor), 1)


def table_of(payload: dict[str, Any]) -> dict[str, Any]:
    """Return head and rows of the table that shows the same figures as the chart."""
    series = payload.get("series", [])
    rows = []
    for place, category in enumerate(payload.get("categories", [])):
        cells = []
        for line in series:
            values, urls = line.get("values", []), line.get("urls") or []
            value = values[place] if place < len(values) else None
            cells.append(
                {"value": "—" if value is None else value, "url": urls[place] if place < len(urls) else ""}
            )
        rows.append({"label": category, "cells": cells})
    return {"head": payload.get("head", ""), "names": [line.get("name", "") for line in series], "rows": rows}


def keys_of(payload: dict[str, Any]) -> list[dict[str, str]]:
    """Return what the key above a chart shows: name, tone and whether it is a line."""
    return [
        {
            "name": line.get("name", ""),
            "tone": str(line.get("tone") or place),
            "shape": "line" if line.get("kind") == "line" else "bar",
        }
        for place, line in enumerate(payload.get("series", []), 1)
    ]
