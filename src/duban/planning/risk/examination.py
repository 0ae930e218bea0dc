"""How well points would have ordered past inspections: rolling windows, each scored with what was known before it.

The days on which inspections took place stay as they were; the k-th earliest goes to the k-th highest score. Beside
the result stand the random order and the best order there could be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from scipy.stats import rankdata

from duban.kernel.errors import Invalid
from duban.planning.risk.history import History
from duban.planning.risk.learning import PointsTable, learn
from duban.planning.risk.reasons import REASONS, TRIED, Binned, figures, window_numbers

MONTHS_18 = 548
LEAST_KNOWN = 200  # inspections before a window, and of them so many with a critical finding
LEAST_CRITICAL = 20
MEANS = ("days_earlier", "first_half", "first_half_as_scheduled", "auc", "random", "oracle")


@dataclass(frozen=True)
class Examination:
    """Figures per window, windows left out with the reason, means, and the table of the last window."""

    windows: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    means: dict[str, float]
    table: PointsTable

    @property
    def standard_error(self) -> float | None:
        """Return how far the mean of days earlier would wander with other windows of this kind; None for one window."""
        days = [one["days_earlier"] for one in self.windows]
        return round(float(np.std(days, ddof=1) / np.sqrt(len(days))), 4) if len(days) > 1 else None


def examine(
    history: History, *, window_days: int = 60, start: date | None = None, reasons: Sequence[Binned] = REASONS
) -> Examination:
    """This function will score each whole window from `start` on (default: those of the last 18 months).

    :raises Invalid: `window_days`, `from_too_early` or `no_window` when there is nothing to examine or to learn from.
    """
    if not 7 <= window_days <= 366:
        raise Invalid("window_days", _("窗口应为 7 至 366 天。"))
    last = history.last_day.toordinal()
    count = MONTHS_18 // window_days if start is None else (last + 1 - start.toordinal()) // window_days
    first = last + 1 - count * window_days if start is None else start.toordinal()
    if count < 1:
        raise Invalid(
            "no_window", _("从这一天起没有一个完整的窗口，记录到 %(day)s 为止。") % {"day": history.last_day}
        )
    known = figures(history, first, window_days)
    numbers = window_numbers(history, first, window_days)
    windows, left_out, table = [], [], None
    for number in range(count):
        begins = date.fromordinal(first + number * window_days)
        span = {"from": begins.isoformat(), "to": (begins + timedelta(days=window_days - 1)).isoformat()}
        rows, before = numbers == number, numbers < number
        if why := _unfit(history, rows, before):
            left_out.append({**span, "reason": why})
            continue
        table = learn(known, history.is_critical, numbers, before, reasons)
        result = measure(history.day[rows], history.is_critical[rows], table.scores(known, rows))
        windows.append({**span, **result})
    if table is None:
        raise Invalid("no_window", left_out[-1]["reason"])
    rest = date.fromordinal(first + count * window_days)
    if rest <= history.last_day:
        why = _("不满一个窗口。")
        left_out.append({"from": rest.isoformat(), "to": history.last_day.isoformat(), "reason": why})
    means = {name: round(float(np.mean([one[name] for one in windows])), 4) for name in MEANS}
    return Examination(windows, left_out, means, table)


def _unfit(history: History, rows: np.ndarray, before: np.ndarray) -> str:
    """Return why a window cannot be examined, or nothing."""
    seen, critical = int(before.sum()), int(history.is_critical[before].sum())
    if seen < LEAST_KNOWN or critical < LEAST_CRITICAL:
        return _(
            "此前只有 %(seen)d 次检查、%(critical)d 次严重问题，至少要 %(least)d 次和 %(least_critical)d 次。"
        ) % {
            "seen": seen,
            "critical": critical,
            "least": LEAST_KNOWN,
            "least_critical": LEAST_CRITICAL,
        }
    found = int(history.is_critical[rows].sum())
    if not 0 < found < int(rows.sum()):
        return _("窗口内没有可比较的检查。")
    return ""


def measure(days: np.ndarray, is_critical: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Return the figures of one window. Equal scores share their days: the mean over every order among them.

    So the result depends on the scores alone, never on the order of the file.
    """
    actual = days[is_critical]
    simulated, in_first_half = _handed_out(days, scores)
    best, _half = _handed_out(days, is_critical.astype(float))
    others = int((~is_critical).sum())
    ranks = rankdata(scores)[is_critical].sum()
    auc = (ranks - len(actual) * (len(actual) + 1) / 2) / (len(actual) * others)
    figures = {
        "inspections": len(days), "critical": len(actual),
        "days_earlier": float((actual - simulated[is_critical]).mean()),
        "first_half": float(in_first_half[is_critical].mean()),
        "first_half_as_scheduled": float(np.isin(actual, _first_half_days(days)).mean()),
        "auc": float(auc),
        "random": float(actual.mean() - days.mean()),
        "oracle": float((actual - best[is_critical]).mean()),
    }  # fmt: skip
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


def _handed_out(days: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the day each inspection is handed, and how sure it falls into the first half."""
    in_order = np.sort(days)
    first = np.isin(in_order, _first_half_days(days)).astype(float)
    _values, group = np.unique(-scores, return_inverse=True)
    places = np.argsort(group, kind="stable")
    size = np.bincount(group)
    mean_day = np.bincount(group[places], weights=in_order) / size
    mean_first = np.bincount(group[places], weights=first) / size
    return mean_day[group], mean_first[group]


def _first_half_days(days: np.ndarray) -> np.ndarray:
    """Return the days whose cumulative number of inspections is below half of all."""
    values, count = np.unique(days, return_counts=True)
    return values[np.cumsum(count) < len(days) / 2]


# What is taken away, or left alone, to see what carries the result.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "area_rate": ("area_rate",),
    "type_rate": ("type_rate",),
    "own_record": ("own_critical", "own_serious", "own_minor"),
    "since_visit": ("since_visit",),
    "site_age": ("site_age",),
}


def ablations(
    history: History, *, window_days: int = 60, start: date | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """Return the means without each group of reasons in turn, with each group alone, and with what was left out."""
    found: dict[str, dict[str, dict[str, float]]] = {"without": {}, "only": {}, "with": {}}
    more = examine(history, window_days=window_days, start=start, reasons=(*REASONS, *TRIED))
    found["with"]["nearby"] = more.means
    for name, codes in GROUPS.items():
        for kind, reasons in (
            ("without", [one for one in REASONS if one.code not in codes]),
            ("only", [one for one in REASONS if one.code in codes]),
        ):
            tried = examine(history, window_days=window_days, start=start, reasons=reasons)
            found[kind][name] = tried.means
    return found
