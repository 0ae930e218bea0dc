"""A plan and a draw from it: the plan needs no secret but the hidden end of coverage, the draw needs only numbers and seed."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from duban.planning.drawing.blocks import allowed
from duban.planning.drawing.instance import Flags, Instance, Whole
from duban.planning.drawing.marginals import Chances, find_chances
from duban.planning.drawing.one_day import DayPlan, is_large_day, plan_day, round_day
from duban.planning.drawing.refusals import Infeasible
from duban.planning.drawing.rounding import round_graph, words
from duban.planning.drawing.seats import assign, assign_many
from duban.planning.drawing.weights import Graph, make_graph

SWEEPS, ATTEMPTS = 12, 8
HEAVY = 1 << 46


@dataclass
class Plan:
    """What a draw is made from. `graph` for a round, `one_day` for one day with very many sites."""

    instance: Instance
    areas: Whole
    may: Flags | None = None
    chances: Chances | None = None
    graph: Graph | None = None
    one_day: DayPlan | None = None


@dataclass
class Visits:
    """One drawn schedule: site, day and team by position, by day and site."""

    site: Whole
    day: Whole
    team: Whole


def hidden_finish(days: int, key: bytes) -> int | None:
    """This function will choose on which day before the formal end coverage is complete; only the key tells."""
    room = max(1, days // 10)
    if days < 5:
        return None
    return days - 1 - int(words(key, "finish", 1)[0] % np.uint64(room))


def area_numbers(areas: list[str]) -> Whole:
    """Return each area as its place in the sorted list of areas."""
    _names, numbers = np.unique(np.array(areas, dtype=object).astype(str), return_inverse=True)
    return numbers.reshape(-1).astype(np.int64)


def make_plan(instance: Instance, key: bytes) -> Plan:
    """This function will plan an instance; `key` hides when coverage ends and nothing else.

    :raises Infeasible: if a demand cannot hold.
    """
    areas = area_numbers(instance.areas)
    if is_large_day(instance):
        return Plan(instance, areas, one_day=plan_day(instance))
    return plan_round(instance, hidden_finish(instance.days, key))


def plan_round(instance: Instance, finish: int | None) -> Plan:
    """This function will plan the days left when coverage is to end after `finish` of them.

    :raises Infeasible: if a demand cannot hold.
    """
    areas, cap = area_numbers(instance.areas), instance.cap
    while True:
        try:
            return replace(_best(replace(instance, cap=cap), areas, finish), instance=instance)
        except Infeasible as error:
            # A cap that was not given but is too small for the days left is raised.
            cap = float(error.subject) if error.constraint in ("shape", "cap_coverage") else 1.0
            if instance.cap is not None or cap >= 1:
                raise
            cap = min(1.0, cap * 1.4)


def _best(instance: Instance, areas: Whole, finish: int | None) -> Plan:
    """This function will take the best way of planning that whole numbers can follow."""
    refused = Infeasible("shape", 1, 0, "1")
    for found in find_chances(instance, finish):
        try:
            return Plan(instance, areas, allowed(instance), found, make_graph(instance, found))
        except Infeasible as error:
            refused = error
    raise refused


def draw_visits(plan: Plan, seed: bytes) -> tuple[Whole, Whole]:
    """This function will draw which sites are visited on which days."""
    if plan.one_day is not None:
        site = round_day(plan.one_day, seed)
        return site, np.zeros(len(site), dtype=np.int64)
    graph = plan.graph
    assert graph is not None  # noqa: S101 - a plan has one or the other
    taken = np.flatnonzero(round_graph(graph, seed)[: len(graph.site)])
    order = np.lexsort((graph.site[taken], graph.day[taken]))
    return graph.site[taken][order], graph.day[taken][order]


def draw_schedule(plan: Plan, seed: bytes) -> Visits:
    """This function will draw sites, days and teams; with rotation no team comes to a site twice.

    :raises Infeasible: when rotation leaves no team in every attempt.
    """
    instance = plan.instance
    if plan.one_day is not None:
        site, day = draw_visits(plan, seed)
        team = assign_many(seed, "team 0 0", site, instance.barred, instance.places[:, 0], plan.areas[site])
        return Visits(site, day, team)
    for attempt in range(ATTEMPTS):
        key = hashlib.sha256(seed + attempt.to_bytes(1, "big")).digest() if attempt else seed
        site, day = draw_visits(plan, key)
        team, again = _teams(plan, key, site, np.searchsorted(day, np.arange(instance.days + 1)))
        if team is not None and not again:
            return Visits(site, day, team)
    raise Infeasible("seats" if team is None else "rotation_full", again or 1, 0)


def _teams(plan: Plan, seed: bytes, site: Whole, edges: Whole) -> tuple[Whole | None, int]:
    """This function will assign day by day; a team that comes to a site elsewhere in the round may not come again.

    Where that leaves a day without an assignment, coming again is made dear instead of barred, and the days are assigned
    anew in turn until nobody does.
    """
    instance, team = plan.instance, np.full(len(site), -1, dtype=np.int64)
    assert plan.may is not None  # noqa: S101
    been = np.zeros(plan.may.shape, dtype=np.int64)
    for sweep in range(SWEEPS if instance.is_rotating else 1):
        for day in range(instance.days):
            today = slice(edges[day], edges[day + 1])
            here = site[today]
            if sweep:
                been[here, team[today]] -= 1
            elsewhere = been[here] > 0
            label = f"team {sweep} {day}"
            chosen = None
            if not sweep:
                chosen = assign(
                    seed, label, plan.may[here] & ~elsewhere, instance.places[:, day], plan.areas[here]
                )
            if chosen is None:
                extra = elsewhere * HEAVY
                chosen = assign(seed, label, plan.may[here], instance.places[:, day], plan.areas[here], extra)
            if chosen is None:
                return None, 0
            team[today] = chosen
            if instance.is_rotating:
                been[here, chosen] += 1
        again = int(np.maximum(been - 1, 0).sum())
        if not again:
            break
    return team, again
