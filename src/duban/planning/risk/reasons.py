"""What was known about each inspected site when its window began, as figures per reason. Pure numpy.

Time is cut into windows; a row's figures come from rows before the first day of its window and never from the window
itself, not even the day of the row: age and nearby complaints are taken back to the first day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duban.planning.risk.history import NEARBY, History

YEAR = 365.25
OWN_HALF_LIFE = 730.0  # days; a site is inspected about once a year
GROUP_HALF_LIFE = 90.0  # chosen on the windows of 2012, confirmed on 2013 (docs/risk.md)
GROUP_PRIOR = 10.0  # inspections at the mean that a group is given before its own count
NEARBY_DAYS = 60


@dataclass(frozen=True)
class Binned:
    """How a reason's figure becomes points: its cuts, and whether points may only rise with it."""

    code: str
    title: str | Promise
    cuts: tuple[float, ...]
    unit: str | Promise
    is_rising: bool = True


NEVER = 9999.0
TIMES, YEARS, DAYS, COUNT = _("倍"), _("年"), _("天"), _("次")
RECORD_CUTS = (0.05, 0.4, 0.7, 1.2)
LEVEL_CUTS = (0.4, 0.7, 1.0, 1.4, 2.0)
REASONS = (
    Binned(
        "area_rate", _("所在区域的严重问题率，与平均之比"),
        (0.4, 0.55, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.9, 2.3), TIMES,
    ),
    Binned("type_rate", _("同类点位的严重问题率，与平均之比"), (0.4, 0.6, 0.8, 0.95, 1.05, 1.2), TIMES),
    Binned("own_critical", _("本点位以往查出严重问题，随时间减半"), RECORD_CUTS, COUNT),
    Binned("own_serious", _("本点位以往查出较重问题，随时间减半"), RECORD_CUTS, COUNT),
    Binned("own_minor", _("本点位以往每次轻微问题"), (1.0, 3.0, 5.0), _("个")),
    Binned("since_visit", _("距上次检查，没有记录计 9999"), (120.0, 240.0, 365.0, 545.0, NEVER), DAYS),
    Binned("site_age", _("开业年限"), (0.5, 1.0, 2.0, 4.0, 7.0, 10.0), YEARS, is_rising=False),
)  # fmt: skip
# Tried and left out: on the windows of 2012 they added nothing to the rate of the area (docs/risk.md).
TRIED = (
    Binned("area_burglary", _("附近盗窃报案，与平均之比"), LEVEL_CUTS, TIMES),
    Binned("area_garbage_complaints", _("附近垃圾投诉，与平均之比"), LEVEL_CUTS, TIMES),
    Binned("area_sanitation_complaints", _("附近环卫投诉，与平均之比"), LEVEL_CUTS, TIMES),
)  # fmt: skip


def window_numbers(history: History, start: int, length: int) -> np.ndarray:
    """Return the window of each row; 0 begins on day `start`, earlier ones are negative."""
    return np.floor_divide(history.day - start, length)


def figures(history: History, start: int, length: int) -> dict[str, np.ndarray]:
    """Return reason → figure of every row, known at the first day of its window; NaN where nothing is known."""
    windows = window_numbers(history, start, length)
    known_on = start + windows * length
    found = _own_record(history, known_on)
    found["site_age"] = history.figures["site_age_years"] - (history.day - known_on) / YEAR
    for code in ("area_rate", "type_rate", *NEARBY):
        found[code] = np.full(len(history), np.nan)
    kinds = history.groups["site_type"] * len(history.titles["risk_class"]) + history.groups["risk_class"]
    for number in np.unique(windows):
        rows = windows == number
        first = start + number * length
        before = history.day < first
        if not before.any():
            continue
        weight = 0.5 ** ((first - history.day[before]) / GROUP_HALF_LIFE)
        for code, groups in (("area_rate", history.groups["area"]), ("type_rate", kinds)):
            found[code][rows] = _ratios(groups, before, weight, history.is_critical[before])[groups[rows]]
        lately = before & (history.day >= first - NEARBY_DAYS)
        for name in NEARBY:
            found[name][rows] = _levels(history, name, lately)[history.groups["area"][rows]]
    return found


def _own_record(history: History, known_on: np.ndarray) -> dict[str, np.ndarray]:
    """Return what earlier inspections of the same site had shown; several rows of one site in a window share it."""
    size = len(history)
    found = {code: np.full(size, np.nan) for code in ("own_critical", "own_serious", "own_minor")}
    found["since_visit"] = np.full(size, NEVER)
    shown = {
        "own_critical": history.is_critical.astype(float),
        "own_serious": (history.counts["serious"] > 0).astype(float),
        "own_minor": history.counts["minor"],
    }
    order = np.argsort(history.site, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(history.site[order])) + 1):
        if len(rows) < 2:
            continue
        for place, row in enumerate(rows):
            earlier = rows[:place][history.day[rows[:place]] < known_on[row]]
            if not len(earlier):
                continue
            past = known_on[row] - history.day[earlier]
            weight = 0.5 ** (past / OWN_HALF_LIFE)
            found["since_visit"][row] = past.min()
            for code, values in shown.items():
                total = (weight * values[earlier]).sum()
                found[code][row] = total / weight.sum() if code == "own_minor" else total
    return found


def _ratios(groups: np.ndarray, before: np.ndarray, weight: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Return each group's shrunken rate over the mean of all (Gamma–Poisson); 1 for a group never seen."""
    size = int(groups.max()) + 1
    mean = (weight * events).sum() / weight.sum()
    if mean <= 0:
        return np.ones(size)
    happened = np.bincount(groups[before], weights=weight * events, minlength=size)
    looked = np.bincount(groups[before], weights=weight, minlength=size)
    return (happened + GROUP_PRIOR * mean) / (looked + GROUP_PRIOR) / mean


def _levels(history: History, name: str, lately: np.ndarray) -> np.ndarray:
    """Return the level of a nearby figure in each area over the last days before a window, over the mean of all."""
    areas, values = history.groups["area"], history.figures[name]
    size = int(areas.max()) + 1
    good = lately & np.isfinite(values)
    if not good.any() or (mean := values[good].mean()) <= 0:
        return np.full(size, np.nan)
    total = np.bincount(areas[good], weights=values[good], minlength=size)
    count = np.bincount(areas[good], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1) / mean, np.nan)


def steps(values: np.ndarray, cuts: Sequence[float]) -> np.ndarray:
    """Return one column per cut: 1 where the figure has reached it. An unknown figure reaches none."""
    known = np.nan_to_num(values, nan=-np.inf)
    return (known[:, None] >= np.asarray(cuts)[None, :]).astype(float)
