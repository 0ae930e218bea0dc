"""What a plan looks like from outside: the chances of today by risk, how hard a guess is, what falls short."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from duban.planning.drawing.audit import instance_of
from duban.planning.drawing.marginals import fill, scores
from duban.planning.drawing.measures import surprise
from duban.planning.drawing.optimal import graph_of
from duban.planning.drawing.plan import Plan, area_numbers
from duban.planning.drawing.refusals import Infeasible

BANDS = 5
DIALS = (0.2, 1.0, 5.0)


@dataclass(frozen=True)
class Band:
    """A fifth of the sites by risk, lowest first: how many, and their mean chance of being drawn today."""

    sites: int
    low: int
    high: int
    chance: float


@dataclass(frozen=True)
class Outlook:
    """Figures of a plan. No site is named, so that they may be shown before the seeds are published."""

    sites: int
    days: int
    places: int
    due: int
    entropy_ratio: float
    max_day_probability: float
    best_guess_p99: float
    bands: list[Band]
    shortfall: Infeasible | None

    def figures(self) -> dict[str, Any]:
        """Return the figures by name."""
        short = self.shortfall
        return {
            "sites": self.sites, "days": self.days, "places_today": self.places, "due_today": self.due,
            "entropy_ratio": self.entropy_ratio, "max_day_probability": self.max_day_probability,
            "best_guess_p99": self.best_guess_p99,
            "chance_by_risk": [round(band.chance, 4) for band in self.bands],
            "shortfall": None if short is None else {
                "constraint": short.constraint, "subject": short.subject, "needed": short.needed,
                "available": short.available,
            },
        }  # fmt: skip


def outlook(inputs: Mapping[str, Any]) -> Outlook:
    """This function will describe the plan in the inputs of a draw."""
    instance, graph = instance_of(inputs), graph_of(inputs["plan"])
    plan = Plan(instance, area_numbers(instance.areas), graph=graph)
    found = surprise(plan)
    chance = np.zeros(len(instance.site_ids))
    today = graph.day == 0
    chance[graph.site[today]] = graph.weight[: len(graph.site)][today] / (1 << graph.bits)
    short = inputs.get("shortfall")
    return Outlook(
        sites=len(instance.site_ids), days=instance.days, places=int(instance.places[:, 0].sum()),
        due=int(instance.due.sum()), **found, bands=_bands(instance.risk, chance),
        shortfall=Infeasible(**short) if short else None,
    )  # fmt: skip


def _bands(risk: np.ndarray, chance: np.ndarray) -> list[Band]:
    order = np.argsort(risk, kind="stable")
    return [
        Band(len(part), int(risk[part].min()), int(risk[part].max()), float(chance[part].mean()))
        for part in np.array_split(order, min(BANDS, len(order)))
    ]


def dial_examples(spare: float = 0.25) -> list[tuple[float, list[float]]]:
    """Return per dial the chance of a repeat visit for five sites of rising risk, when a quarter can be seen again."""
    risk = np.arange(BANDS, dtype=float)
    limit = np.ones(BANDS)
    examples = []
    for dial in DIALS:
        visits = fill(spare * BANDS, limit, scores(risk) / dial, BANDS * (1 + spare))
        examples.append((dial, [float(one) for one in visits]))
    return examples
