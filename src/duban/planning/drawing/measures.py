"""Many draws of one instance measured against the demands: rules kept, chances met, nothing to guess.

Chances: over cells (site × day), the mean of (count − n·p)² / (n·p·(1−p)). Every cell's expectation is 1 whatever the other
cells do, so the mean is 1 although sums within a draw are fixed; that is why cells are counted, not degrees of freedom.
`max_z` is the largest deviation of a cell, the exact binomial tail read as a normal one.
"""

import hashlib
import math
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy import stats

from duban.planning.drawing.bound import best_value, bound_value
from duban.planning.drawing.instance import Instance, Real, Whole
from duban.planning.drawing.plan import Plan, Visits, draw_schedule, make_plan

FEW, CHUNK = 5, 25
Told = Callable[[int, int], None]


@dataclass
class Tally:
    """Sums over draws of one plan."""

    counts: Whole
    violations: dict[str, int] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)
    seconds: float = 0.0
    areas: float = 0.0
    areas_apart: float = 0.0

    def add(self, other: "Tally") -> None:
        self.counts = self.counts + other.counts
        self.seen |= other.seen
        self.seconds += other.seconds
        self.areas += other.areas
        self.areas_apart += other.areas_apart
        for name, count in other.violations.items():
            self.violations[name] = self.violations.get(name, 0) + count


def chances_of(plan: Plan) -> tuple[Whole, Real]:
    """Return the cells of a plan (site × day, numbered) and their exact chances."""
    if plan.one_day is not None:
        return np.arange(len(plan.one_day.weight)), plan.one_day.weight / (1 << plan.one_day.bits)
    graph = plan.graph
    assert graph is not None  # noqa: S101
    seen = len(graph.site)
    return graph.site * plan.instance.days + graph.day, graph.weight[:seen] / (1 << graph.bits)


def violations_of(plan: Plan, made: Visits) -> dict[str, int]:
    """Return how often a schedule breaks each rule."""
    instance = plan.instance
    sites, teams, days = len(instance.site_ids), len(instance.team_ids), instance.days
    visits = np.bincount(made.site, minlength=sites)
    load = np.bincount(made.team * days + made.day, minlength=teams * days).reshape(teams, days)
    expected = instance.places if plan.chances is None else plan.chances.places
    is_full = expected >= instance.places - 1e-6
    day_load, day_places = load.sum(axis=0), instance.places.sum(axis=0)
    pairs = made.site * teams + made.team
    barred = np.array([site * teams + team for site, team in instance.barred], dtype=np.int64)
    least = np.maximum(instance.least, instance.due)
    most = np.maximum(instance.most, least)
    due_today = np.isin(np.flatnonzero(instance.due), made.site[made.day == 0])
    full_days = (
        is_full.all(axis=0)
        if plan.chances is not None
        else np.array([plan.one_day is not None and _fills(plan)])
    )
    found = {
        "coverage": int(np.maximum(least - visits, 0).sum()),
        "too_many": int(np.maximum(visits - most, 0).sum()),
        "capacity": int(np.maximum(load - instance.places, 0).sum())
        + int((day_places - day_load)[full_days].sum()),
        "excluded": int(np.isin(pairs, barred).sum()) if len(barred) else 0,
        "twice_a_day": len(made.site) - len(np.unique(made.site * days + made.day)),
        "rotation": len(pairs) - len(np.unique(pairs)) if instance.is_rotating else 0,
        "overdue": int((~due_today).sum()),
    }
    return {name: count for name, count in found.items() if count}


def _fills(plan: Plan) -> bool:
    assert plan.one_day is not None  # noqa: S101
    return int(plan.one_day.weight.sum()) >> plan.one_day.bits == plan.instance.total


def seed_number(master: bytes, number: int) -> bytes:
    """Return the seed of the n-th draw of a measurement."""
    return hashlib.sha256(master + number.to_bytes(8, "big")).digest()


_plan: Plan | None = None  # the plan of this measurement, inherited by the worker processes


def _some(first: int, count: int, master: bytes) -> Tally:
    plan = _plan
    assert plan is not None  # noqa: S101
    cells, _chance = chances_of(plan)
    size = len(plan.instance.site_ids) * plan.instance.days
    tally = Tally(np.zeros(size, dtype=np.int64))
    teams = len(plan.instance.team_ids)
    chance = np.random.default_rng(first)
    for number in range(first, first + count):
        start = time.perf_counter()
        made = draw_schedule(plan, seed_number(master, number))
        tally.seconds += time.perf_counter() - start
        code = made.site * plan.instance.days + made.day
        tally.counts[code] += 1
        tally.seen.add(hashlib.sha256(np.sort(code).tobytes()).digest()[:16])
        for name, wrong in violations_of(plan, made).items():
            tally.violations[name] = tally.violations.get(name, 0) + wrong
        tally.areas += _areas_per_day(plan, made.day * teams + made.team, made.site)
        mixed = np.lexsort((chance.random(len(made.day)), made.day))
        tally.areas_apart += _areas_per_day(plan, made.day[mixed] * teams + made.team, made.site[mixed])
    tally.counts = tally.counts[cells]
    return tally


def _areas_per_day(plan: Plan, trip: Whole, site: Whole) -> float:
    span = int(plan.areas.max(initial=0)) + 1
    return len(np.unique(trip * span + plan.areas[site])) / max(1, len(np.unique(trip)))


def repeat(plan: Plan, master: bytes, draws: int, jobs: int, told: Told) -> Tally:
    """This function will make `draws` draws of a plan in `jobs` processes; the figures do not depend on their number."""
    global _plan
    _plan = plan
    cells, _chance = chances_of(plan)
    whole = Tally(np.zeros(len(cells), dtype=np.int64))
    parts = [(first, min(CHUNK, draws - first)) for first in range(0, draws, CHUNK)]
    if jobs <= 1 or len(parts) < 2:
        for first, count in parts:
            whole.add(_some(first, count, master))
            told(first + count, draws)
        return whole
    left = dict(parts)
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            waiting = {pool.submit(_some, first, count, master): first for first, count in parts}
            for one in as_completed(waiting):
                whole.add(one.result())
                del left[waiting[one]]
                told(draws - sum(left.values()), draws)
    except BrokenProcessPool:  # a worker was ended from outside: what it leaves is done here
        for first in sorted(left):
            whole.add(_some(first, left.pop(first), master))
            told(draws - sum(left.values()), draws)
    return whole


def measure(parts: list[Instance], draws: int, seed: bytes, jobs: int, told: Told) -> dict[str, Any]:
    """This function will plan and draw an instance `draws` times and return the figures of `duban draw check`.

    :raises Infeasible: if a demand cannot hold.
    """
    tallies, plans, planned = [], [], 0.0
    for place, part in enumerate(parts):
        key = hashlib.sha256(seed + b"covert" * place).digest()  # covert teams draw with a key of their own
        start = time.perf_counter()
        plan = make_plan(part, key)
        planned += time.perf_counter() - start
        plans.append(plan)
        tallies.append(repeat(plan, key, draws, jobs, told))
    counts = np.concatenate([tally.counts for tally in tallies])
    chance = np.concatenate([chances_of(plan)[1] for plan in plans])
    violations: dict[str, int] = {}
    for tally in tallies:
        for name, wrong in tally.violations.items():
            violations[name] = violations.get(name, 0) + wrong
    value, bound = sum(map(best_value, parts)), sum(map(bound_value, parts))
    return {
        "violations": sum(violations.values()),
        **_fit(counts, chance, draws),
        **surprise(plans[0]),
        "distinct": min(len(tally.seen) for tally in tallies),
        "value": value,
        "lp_value": bound,
        "lp_gap": max(0.0, (bound - value) / bound) if bound > 0 else abs(bound - value),
        "seconds_plan": round(planned, 3),
        "seconds_draw": round(sum(tally.seconds for tally in tallies) / max(1, draws), 4),
        "draws": draws,
        "violations_by_rule": violations,
        "expected_value": sum(_expected(plan) for plan in plans),
        "coverage_ends_on_day": plans[0].chances.finish if plans[0].chances else 1,
        "areas_per_team_day": round(tallies[0].areas / max(1, draws), 3),
        "areas_per_team_day_ungrouped": round(tallies[0].areas_apart / max(1, draws), 3),
    }


def _expected(plan: Plan) -> float:
    cells, chance = chances_of(plan)
    return float((plan.instance.risk[cells // plan.instance.days] * chance).sum())


def _fit(counts: Whole, chance: Real, draws: int) -> dict[str, Any]:
    inner = (chance > 0) & (chance < 1)
    enough = inner & (draws * np.minimum(chance, 1 - chance) >= FEW)
    used = enough if enough.sum() >= 1000 else inner
    cells, wrong_sure = int(used.sum()), int((counts[chance >= 1] != draws).sum())
    if not cells:
        return {"chi2_dof": 1.0 if not wrong_sure else math.inf, "cells": 0, "max_z": 0.0, "max_z_limit": 0.0}
    had, sure = counts[used], chance[used]
    deviation = (had - draws * sure) / np.sqrt(draws * sure * (1 - sure))
    # The tail is only computed where it could be the largest.
    far = np.argsort(-np.abs(deviation))[: min(cells, 2000)]
    tail = np.minimum(
        stats.binom.sf(had[far] - 1, draws, sure[far]), stats.binom.cdf(had[far], draws, sure[far])
    )
    largest = float(stats.norm.isf(np.clip(tail, 1e-300, 0.5)).max())
    return {
        "chi2_dof": round(float((deviation**2).mean()), 5),
        "cells": cells,
        "max_z": round(largest, 4),
        "max_z_limit": round(float(stats.norm.isf(0.025 / cells)), 4),
    }


def surprise(plan: Plan) -> dict[str, float]:
    """Return how hard a plan is to guess: entropy of the visit day, largest chance of a day, best single guess.

    For one day the entropy is that of “drawn or not”, against the same number of places spread evenly.
    """
    cells, chance = chances_of(plan)
    days = plan.instance.days
    if days == 1:
        mean = float(chance.mean()) if len(chance) else 0.0
        even = _yes_no(np.array([mean]))[0]
        ratio = float(_yes_no(chance).mean() / even) if even else 1.0
        free = chance[~plan.instance.due[cells]]
        guess = chance
    else:
        table = np.zeros(len(plan.instance.site_ids) * days)
        table[cells] = chance
        table = table.reshape(-1, days)
        total = table.sum(axis=1)
        table, due = table[total > 0], plan.instance.due[total > 0]
        share = table / total[total > 0][:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = -np.where(share > 0, share * np.log2(share), 0.0).sum(axis=1)
        ratio = float(bits[~due].mean() / math.log2(days)) if (~due).any() else 0.0
        free = table[~due]
        guess = free.max(axis=1) if len(free) else np.zeros(1)
    return {
        "entropy_ratio": round(ratio, 5),
        "max_day_probability": round(float(free.max(initial=0.0)), 5),
        "best_guess_p99": round(float(np.quantile(guess, 0.99)), 5),
    }


def _yes_no(chance: Real) -> Real:
    inside = np.clip(chance, 1e-15, 1 - 1e-15)
    return -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))
