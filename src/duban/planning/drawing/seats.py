"""Which team goes to which of a day's sites: a minimum-cost flow with random whole-number costs.

Pairs that may not meet have no edge. The cost of a pair is a random number plus one shared by the sites of an area, so
that a team's visits lie together where that harms no rule. By the isolation lemma the cheapest assignment is unique but
for a chance below edges / 2^40, so every solver finds the same.
"""

from collections.abc import Collection, Sequence

import numpy as np
from ortools.graph.python import min_cost_flow

from duban.planning.drawing.instance import Flags, Whole
from duban.planning.drawing.refusals import Infeasible
from duban.planning.drawing.rounding import words

COST_BITS = 40
AREA_FACTOR = 4
FULL, FIRST_WIDTH = 200, 10


def costs_of(seed: bytes, label: str, sites: int, teams: int, areas: Sequence[int]) -> Whole:
    """This function will return the costs sites × teams: own numbers first, then one per area (ascending) and team."""
    names, of_site = np.unique(np.asarray(areas, dtype=np.int64), return_inverse=True)
    drawn = words(seed, label, (sites + len(names)) * teams) >> np.uint64(64 - COST_BITS)
    table = drawn.astype(np.int64).reshape(-1, teams)
    return table[:sites] + AREA_FACTOR * table[sites:][of_site.reshape(-1)]


def assign(
    seed: bytes, label: str, may: Flags, places: Whole, areas: Sequence[int], extra: Whole | None = None
) -> Whole | None:
    """This function will return the team of each site, None if the sites cannot all be placed.

    `may` is sites × teams; a team gets at most its places. `extra` is added to the random costs.
    """
    sites, teams = may.shape
    if not sites:
        return np.zeros(0, dtype=np.int64)
    at_site, at_team = np.nonzero(may)
    cost = costs_of(seed, label, sites, teams, areas)
    if extra is not None:
        cost = cost + extra
    return _cheapest(at_site, at_team, cost[at_site, at_team], sites, places)


def _cheapest(at_site: Whole, at_team: Whole, cost: Whole, sites: int, places: Whole) -> Whole | None:
    teams, idle = len(places), int(places.sum()) - sites
    if idle < 0 or not len(at_site):
        return None
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        at_site.astype(np.int32), (sites + at_team).astype(np.int32), np.ones(len(cost), dtype=np.int64), cost
    )
    supplies = np.concatenate([np.ones(sites, dtype=np.int64), -places.astype(np.int64)])
    if idle:
        flow.add_arcs_with_capacity_and_unit_cost(
            np.full(teams, sites + teams, dtype=np.int32), (sites + np.arange(teams)).astype(np.int32),
            places.astype(np.int64), np.zeros(teams, dtype=np.int64),
        )  # fmt: skip
        supplies = np.append(supplies, idle)
    flow.set_nodes_supplies(np.arange(len(supplies), dtype=np.int32), supplies)
    if flow.solve() != flow.OPTIMAL:
        return None
    taken = flow.flows(arcs) > 0
    chosen = np.full(sites, -1, dtype=np.int64)
    chosen[at_site[taken]] = at_team[taken]
    return chosen


def assign_many(
    seed: bytes,
    label: str,
    chosen: Whole,
    barred: Collection[tuple[int, int]],
    places: Whole,
    areas: Sequence[int],
) -> Whole:
    """This function will do the same for very many teams: each site looks at a few random teams, at more if that fails.

    :raises Infeasible: when the sites cannot be placed although every team was looked at.
    """
    sites, teams = len(chosen), len(places)
    width = FIRST_WIDTH
    if barred:
        pairs = np.array(list(barred), dtype=np.int64)
        closed = np.unique(pairs[:, 0] * teams + pairs[:, 1])
    else:
        closed = np.zeros(0, dtype=np.int64)
    while True:
        at_site, at_team, cost = _candidates(seed, label, sites, places, areas, min(width, teams))
        open_pair = ~np.isin(chosen[at_site] * teams + at_team, closed)
        found = _cheapest(at_site[open_pair], at_team[open_pair], cost[open_pair], sites, places)
        if found is not None:
            return found
        if width >= teams or width * sites > 40_000_000:
            raise Infeasible("seats", sites, int(places.sum()))
        width *= 3


def _candidates(
    seed: bytes, label: str, sites: int, places: Whole, areas: Sequence[int], width: int
) -> tuple[Whole, Whole, Whole]:
    """Return pairs of sites and teams with costs: one team that also has the site's neighbours, the others at random."""
    teams = len(places)
    if width >= teams:
        at_site = np.repeat(np.arange(sites), teams)
        at_team = np.tile(np.arange(teams), sites)
        cost = words(seed, f"{label} all", len(at_site)) >> np.uint64(64 - COST_BITS)
        return at_site, at_team, cost.astype(np.int64)
    order = np.argsort(words(seed, f"{label} area", sites), kind="stable")
    order = order[
        np.argsort(np.asarray(areas)[order], kind="stable")
    ]  # sites of an area side by side, else mixed
    mixed = np.argsort(words(seed, f"{label} team", teams), kind="stable")
    seats = np.repeat(mixed, places[mixed])
    home = np.empty(sites, dtype=np.int64)
    home[order] = seats[:sites] if len(seats) >= sites else np.resize(seats, sites)
    drawn = words(seed, f"{label} {width}", 2 * sites * width)
    pick = (drawn[: sites * width] % np.uint64(teams)).astype(np.int64).reshape(sites, width)
    pick[:, 0] = home
    cost = (drawn[sites * width :] >> np.uint64(64 - COST_BITS)).astype(np.int64).reshape(sites, width)
    cost[:, 0] >>= 3  # the team of the neighbourhood is cheap
    code = (np.arange(sites)[:, None] * teams + pick).reshape(-1)
    _code, first = np.unique(code, return_index=True)
    return code[first] // teams, code[first] % teams, cost.reshape(-1)[first]
