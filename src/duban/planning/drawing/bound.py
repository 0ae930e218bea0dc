"""The deterministic optimum of an instance and an independent upper bound: what the surprise of a plan costs.

Value is Σ risk over all visits. A flow finds the best schedule; a linear program solved by another program bounds it.
"""

import numpy as np
from ortools.graph.python import min_cost_flow
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from duban.planning.drawing.blocks import Blocks, allowed, make_blocks
from duban.planning.drawing.instance import Instance, Whole
from duban.planning.drawing.one_day import is_large_day
from duban.planning.drawing.seats import assign_many

RISK_UNITS = 1 << 32


def _limits(instance: Instance) -> tuple[Whole, Whole, Blocks]:
    table = allowed(instance)
    reach = table.sum(axis=1) if instance.is_rotating else np.full(len(table), instance.days)
    least = np.maximum(instance.least, instance.due).astype(np.int64)
    most = np.minimum(np.maximum(instance.most, least), np.minimum(reach, instance.days))
    return least, np.maximum(most, least), make_blocks(table)


def best_value(instance: Instance) -> float:
    """This function will return the value of the best schedule, by a minimum-cost flow in whole numbers.

    With very many sites on one day: the sites of highest risk, once a flow has shown that the teams can take them all.
    """
    if is_large_day(instance):
        return _best_of_day(instance)
    least, most, blocks = _limits(instance)
    sites, days, teams = len(least), instance.days, len(instance.team_ids)
    top = float(np.abs(instance.risk).max(initial=0.0)) or 1.0
    gain = np.round(instance.risk / top * RISK_UNITS).astype(np.int64)
    bonus = 4 * RISK_UNITS  # a visit that must happen is worth more than any two that may
    first_class, first_team = 2 + sites, 2 + sites + len(blocks.may) * days
    flow = min_cost_flow.SimpleMinCostFlow()

    def add(tails: Whole, heads: Whole, limits: Whole, costs: Whole) -> Whole:
        return flow.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32), heads.astype(np.int32), limits.astype(np.int64), costs.astype(np.int64)
        )

    zero, node = np.zeros(sites, dtype=np.int64), 2 + np.arange(sites)
    musts = add(zero, node, least, -gain - bonus)
    mays = add(zero, node, most - least, -gain)
    day = np.arange(days)
    add(
        np.repeat(node, days), (first_class + blocks.class_of[:, None] * days + day).reshape(-1),
        np.ones(sites * days), np.zeros(sites * days),
    )  # fmt: skip
    of, to = np.nonzero(blocks.may)
    size = len(of) * days
    add(
        (first_class + of[:, None] * days + day).reshape(-1), (first_team + to[:, None] * days + day).reshape(-1),
        np.full(size, sites), np.zeros(size),
    )  # fmt: skip
    add(
        first_team + np.arange(teams * days), np.ones(teams * days), instance.places.reshape(-1),
        np.zeros(teams * days),
    )  # fmt: skip
    add(np.zeros(1), np.ones(1), np.array([instance.total]), np.zeros(1))
    flow.set_node_supply(0, instance.total)
    flow.set_node_supply(1, -instance.total)
    if flow.solve() != flow.OPTIMAL:
        return float("nan")
    visits = flow.flows(musts) + flow.flows(mays)
    return float((instance.risk * visits).sum())


def _best_of_day(instance: Instance) -> float:
    due = np.maximum(instance.least, instance.due) > 0
    order = np.lexsort((-instance.risk, ~due))
    usable = order[(instance.most[order] > 0) | due[order]]
    chosen = np.sort(usable[: instance.total])
    chosen = chosen[(instance.risk[chosen] >= 0) | due[chosen]]
    areas = np.zeros(len(chosen), dtype=np.int64).tolist()
    assign_many(bytes(32), "best", chosen, instance.barred, instance.places[:, 0], areas)
    return float(instance.risk[chosen].sum())


def _bound_of_day(instance: Instance) -> float:
    """Return the linear bound of one large day; leaving out which team may go where can only raise it."""
    low = np.minimum(1, np.maximum(instance.least, instance.due))
    high = np.maximum(low, np.minimum(1, instance.most))
    found = linprog(
        -instance.risk, A_ub=np.ones((1, len(low))), b_ub=[instance.total], bounds=np.stack([low, high], axis=1), method="highs"
    )  # fmt: skip
    return float(-found.fun) if found.success else float("nan")


def bound_value(instance: Instance) -> float:
    """This function will return the optimum of the linear program over chances, found by HiGHS in scipy."""
    if is_large_day(instance):
        return _bound_of_day(instance)
    least, most, blocks = _limits(instance)
    sites, days = len(least), instance.days
    complete = bool(blocks.may.all())
    cells = sites * days
    site = np.repeat(np.arange(sites), days)
    day = np.tile(np.arange(days), sites)
    parts = [(site, np.arange(cells), 1.0), (sites + site, np.arange(cells), -1.0)]
    limit = [most, -least]
    row, size, equal = 2 * sites, cells, []
    if complete:
        parts.append((row + day, np.arange(cells), 1.0))
        limit.append(instance.places.sum(axis=0))
        row += days
    else:
        of, to = np.nonzero(blocks.may)
        passed = cells + np.arange(len(of) * days)
        day_of = np.tile(np.arange(days), len(of))
        parts.append((row + np.repeat(to, days) * days + day_of, passed, 1.0))
        limit.append(instance.places.reshape(-1))
        row += instance.places.size
        size += len(passed)
        code = np.repeat(of, days) * days + day_of
        equal = [(blocks.class_of[site] * days + day, np.arange(cells), 1.0), (code, passed, -1.0)]
    weights = np.zeros(size)
    weights[:cells] = -np.repeat(instance.risk, days)
    found = linprog(
        weights, A_ub=_matrix(parts, (row, size)), b_ub=np.concatenate(limit), bounds=_bounds(cells, size),
        A_eq=_matrix(equal, (len(blocks.may) * days, size)) if equal else None,
        b_eq=np.zeros(len(blocks.may) * days) if equal else None, method="highs",
    )  # fmt: skip
    return float(-found.fun) if found.success else float("nan")


def _bounds(cells: int, size: int) -> list[tuple[float, float | None]]:
    return [(0.0, 1.0)] * cells + [(0.0, None)] * (size - cells)


def _matrix(parts: list[tuple[Whole, Whole, float]], shape: tuple[int, int]) -> object:
    rows = np.concatenate([part[0] for part in parts])
    columns = np.concatenate([part[1] for part in parts])
    signs = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    return coo_matrix((signs, (rows, columns)), shape=shape).tocsr()
