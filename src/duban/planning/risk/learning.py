"""Learning a table of points from what is past: a logistic model of steps, each step penalised, most only upwards.

The points of a reason are the sum of its steps up to the figure, so the table can be read, checked and added up by
hand. How strict a period was enters as a nuisance term, by window; it is thrown away before anything is ranked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from duban.planning.risk.reasons import REASONS, Binned, steps

VERSION = "steps-1"
POINTS_PER_DOUBLING = 20  # so many points double the odds of a critical finding
STEP_PENALTY = 3.0
PERIOD_PENALTY = 0.5


@dataclass(frozen=True)
class PointsTable:
    """Reason → points of each bin, lowest first; the first bin is what stands for “not known” too."""

    version: str
    reasons: tuple[Binned, ...]
    points: Mapping[str, tuple[int, ...]]

    def scores(self, figures: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return the total points of the rows."""
        total = np.zeros(int(rows.sum()))
        for reason in self.reasons:
            total += self.of(reason, figures[reason.code][rows])
        return total

    def of(self, reason: Binned, values: np.ndarray) -> np.ndarray:
        """Return the points one reason gives for each figure."""
        reached = steps(values, reason.cuts).sum(axis=1).astype(int)
        return np.asarray(self.points[reason.code])[reached]

    def lines(self) -> list[dict[str, Any]]:
        """Return the table as rows a person can read: reason, from, below, points."""
        found = []
        for reason in self.reasons:
            edges = [None, *reason.cuts, None]
            for place, points in enumerate(self.points[reason.code]):
                found.append({
                    "reason": reason.code, "title": str(reason.title), "unit": str(reason.unit), "from": edges[place],
                    "below": edges[place + 1], "points": int(points),
                })  # fmt: skip
        return found


def learn(
    figures: Mapping[str, np.ndarray],
    is_critical: np.ndarray,
    periods: np.ndarray,
    rows: np.ndarray,
    reasons: Sequence[Binned] = REASONS,
) -> PointsTable:
    """Return the table that fits the given rows best; `periods` is the window of each row."""
    columns = np.hstack([steps(figures[one.code][rows], one.cuts) for one in reasons])
    rising = np.concatenate([np.full(len(one.cuts), one.is_rising) for one in reasons])
    weights = _fit(columns, rising, is_critical[rows].astype(float), periods[rows])
    scale = POINTS_PER_DOUBLING / np.log(2)
    points, place = {}, 0
    for one in reasons:
        climbed = np.concatenate([[0.0], np.cumsum(weights[place : place + len(one.cuts)])])
        place += len(one.cuts)
        # Points are counted from the lowest bin: none is negative, and nought means the least risk of this reason.
        points[one.code] = tuple(int(round(value)) for value in scale * (climbed - climbed.min()))
    return PointsTable(VERSION, tuple(reasons), points)


def _fit(columns: np.ndarray, rising: np.ndarray, happened: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Return the weight of each step; the level of each period is fitted beside them and dropped."""
    names, number = np.unique(periods, return_inverse=True)
    size, extra = columns.shape[1], len(names)
    penalty = np.concatenate([np.full(size, STEP_PENALTY), np.full(extra, PERIOD_PENALTY), [0.0]])
    bounds = [(0.0, None) if one else (None, None) for one in rising] + [(None, None)] * (extra + 1)

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        level = columns @ values[:size] + values[size : size + extra][number] + values[-1]
        gap = 1.0 / (1.0 + np.exp(-level)) - happened
        value = np.logaddexp(0.0, level).sum() - (happened * level).sum() + 0.5 * (penalty * values**2).sum()
        slope = np.concatenate(
            [columns.T @ gap, np.bincount(number, weights=gap, minlength=extra), [gap.sum()]]
        )
        return float(value), slope + penalty * values

    start = np.zeros(size + extra + 1)
    start[-1] = np.log((happened.sum() + 1) / (len(happened) - happened.sum() + 1))
    return minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500}).x[
        :size
    ]
