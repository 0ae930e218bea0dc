"""What can be filled at all: expected visits per class and places per team and day, by one flow over classes.

Used where the plain shares do not fit: few sites, tight caps, teams that may go almost nowhere on some days.
"""

import numpy as np
from ortools.graph.python import min_cost_flow

from duban.planning.drawing.blocks import SCALE, Blocks
from duban.planning.drawing.instance import Instance, Real, Whole
from duban.planning.drawing.refusals import Infeasible

MARGINS = (0.97, 0.999, 1.0)


def find_targets(
    instance: Instance, blocks: Blocks, least: Whole, most: Whole, cap: float, reach: Real, share: float
) -> tuple[Real, Real, Real]:
    """Return expected visits per class, places per team and day, and how often a site may be visited at most on average.

    Only `share` of the repeat visits that would fit is taken.

    :raises Infeasible: if the visits that must happen do not fit under the cap and the places of the teams.
    """
    for margin in MARGINS:
        limit = np.minimum(most, instance.due + margin * cap * (instance.days - instance.due))
        limit = np.maximum(limit, least) if margin == 1.0 else limit
        if (limit < least - 1e-12).any():
            continue
        got = _flow(instance, blocks, least, limit, margin * cap, reach)
        if got is not None:
            classes, places = got
            return (*_whole_totals(blocks, least, classes, places, share), limit)
    needed = int(least.sum())
    raise Infeasible("cap_coverage", needed, _most_musts(instance, blocks, least, cap, reach), f"{cap:.2f}")


def _flow(
    instance: Instance, blocks: Blocks, least: Whole, limit: Real, cap: float, reach: Real
) -> tuple[Real, Real] | None:
    visits, places, musts = _solve(instance, blocks, least, limit, cap, reach)
    if musts < int(least.sum()) * SCALE:
        return None
    return visits / SCALE, places / SCALE


def _most_musts(instance: Instance, blocks: Blocks, least: Whole, cap: float, reach: Real) -> float:
    limit = np.maximum(least, 0).astype(float)
    return round(_solve(instance, blocks, least, limit, cap, reach)[2] / SCALE, 3)


def _solve(
    instance: Instance, blocks: Blocks, least: Whole, limit: Real, cap: float, reach: Real
) -> tuple[Whole, Whole, int]:
    classes, teams, days = len(blocks.may), len(instance.team_ids), instance.days
    per_class = [
        np.bincount(blocks.class_of, weights=one, minlength=classes) for one in (least, limit, instance.due)
    ]
    must = (per_class[0] * SCALE).round().astype(np.int64)
    more = np.maximum((per_class[1] * SCALE).round().astype(np.int64) - must, 0)
    sites = np.bincount(blocks.class_of, minlength=classes)
    cells = np.ceil(np.repeat((sites * cap * SCALE)[:, None], days, axis=1)).astype(np.int64)
    cells[:, 0] += (per_class[2] * (1 - cap) * SCALE).round().astype(np.int64)
    ends = instance.places * SCALE
    most_of_team = np.minimum(ends.sum(axis=1), np.floor(reach * SCALE + 1e-6).astype(np.int64))
    first_class, first_cell = 2, 2 + classes
    first_team = first_cell + classes * days
    flow, day = min_cost_flow.SimpleMinCostFlow(), np.arange(days)

    def add(tails: Whole, heads: Whole, limits: Whole, cost: int) -> Whole:
        return flow.add_arcs_with_capacity_and_unit_cost(
            np.asarray(tails, dtype=np.int32),
            np.asarray(heads, dtype=np.int32),
            limits,
            np.full(len(limits), cost),
        )

    node = first_class + np.arange(classes)
    musts = add(np.zeros(classes), node, must, -1000)
    mays = add(np.zeros(classes), node, more, -1)
    add(np.repeat(node, days), first_cell + np.arange(classes * days), cells.reshape(-1), 0)
    of, to = np.nonzero(blocks.may)
    tails = (first_cell + of[:, None] * days + day).reshape(-1)
    heads = (first_team + to[:, None] * days + day).reshape(-1)
    add(tails, heads, np.full(len(tails), int(ends.max(initial=0))), 0)
    last = first_team + teams * days
    filled = add(
        first_team + np.arange(teams * days), last + np.repeat(np.arange(teams), days), ends.reshape(-1), 0
    )
    add(last + np.arange(teams), np.ones(teams), most_of_team, 0)
    total = int(most_of_team.sum())
    add(np.zeros(1), np.ones(1), np.array([total]), 0)
    flow.set_node_supply(0, total)
    flow.set_node_supply(1, -total)
    flow.solve()
    got = flow.flows(musts)
    return got + flow.flows(mays), flow.flows(filled).reshape(teams, days), int(got.sum())


def _whole_totals(
    blocks: Blocks, least: Whole, classes: Real, places: Real, share: float
) -> tuple[Real, Real]:
    """This function will lower repeat visits until every block has a whole number of visits."""
    musts = np.bincount(blocks.class_of, weights=least, minlength=len(classes))
    for block in range(blocks.count):
        mine, teams = blocks.of_class == block, blocks.of_team == block
        have = float(classes[mine].sum())
        needed = int(round(musts[mine].sum()))
        whole = max(int(needed + share * (have - needed) + 1e-6), needed)
        spare = classes[mine] - musts[mine]
        if spare.sum() > 0:
            classes[mine] -= spare * ((have - whole) / spare.sum())
        if have > 0:
            places[teams] *= whole / have
    return classes, places
