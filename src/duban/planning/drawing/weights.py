"""From smooth chances to whole numbers: a bipartite graph whose edge weights are chances in units of 2^-BITS.

Every vertex has a total that is a whole multiple of 2^BITS: a site's visits, a day's (or team-day's) places. A maximum
flow finds such numbers right beside the smooth ones; rounding.py turns them into one draw.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from duban.planning.drawing.instance import Flags, Instance, Real, Whole
from duban.planning.drawing.marginals import Chances
from duban.planning.drawing.refusals import Infeasible

BITS = 14
UNIT = 1 << BITS
SLACKS, ALL_SLACKS = (0, 2, 16), (0, 2, 64, UNIT)


@dataclass
class Graph:
    """Edges with whole-number weights; edge i below len(site) is the visit of `site[i]` on `day[i]`."""

    left: Whole
    right: Whole
    weight: Whole
    site: Whole
    day: Whole
    bits: int = BITS


def whole_chances(instance: Instance, found: Chances) -> tuple[Whole, Whole, Whole]:
    """This function will return whole chances (rows × T), flows per class, team and day, and the rows' totals.

    :raises Infeasible: if no numbers keep every sum, which tells that the demands contradict each other.
    """
    rows = _row_totals(found)
    for slack in ALL_SLACKS if found.is_rough else SLACKS:
        solved = _flow(instance, found, rows, slack)
        if isinstance(solved, tuple):
            return (*solved, rows)
        short = solved
    needed = int(rows.sum()) / UNIT
    raise Infeasible("shape", round(needed, 3), round(needed - short / UNIT, 3), f"{found.cap:.2f}")


def _row_totals(found: Chances) -> Whole:
    """Return the rows' totals in units; together they are a whole number of visits in each block, early and late."""
    exact = found.total * UNIT
    rows = np.floor(exact + 1e-6).astype(np.int64)
    of_row = found.blocks.of_site[found.site]
    for block in range(found.blocks.count):
        inside = np.flatnonzero(of_row == block)
        for part in (inside[found.is_late[inside]], inside[~found.is_late[inside]]):
            wanted = int(round(float(found.total[part].sum()))) * UNIT
            missing = wanted - int(rows[part].sum())
            order = part[np.argsort(-(exact[part] - rows[part]), kind="stable")]
            limit = _room(found, order, rows)
            place = 0
            while missing and len(order) and place < 64:
                can = (
                    limit > 0
                    if missing > 0
                    else rows[order] > found.least[found.site[order]] * UNIT * ~found.is_late[order]
                )
                chosen = order[can][: abs(missing)]
                rows[chosen] += 1 if missing > 0 else -1
                missing -= len(chosen) if missing > 0 else -len(chosen)
                limit = _room(found, order, rows)
                place += 1
    return rows


def _room(found: Chances, order: Whole, rows: Whole) -> Whole:
    both = np.bincount(found.site, weights=rows, minlength=len(found.most)).astype(np.int64)
    return found.most[found.site[order]] * UNIT - both[found.site[order]]


def _flow(instance: Instance, found: Chances, rows: Whole, slack: int) -> tuple[Whole, Whole] | int:
    """This function will look for whole numbers at most `slack` units beside the smooth ones, keeping every sum.

    Returns the units that could not be placed if there are none.
    """
    blocks = found.blocks
    shape = found.chance.shape
    classes, teams, days = len(blocks.may), len(instance.team_ids), instance.days
    fixed = found.chance >= 1.0 - 1e-12
    exact = found.chance * UNIT
    top = np.where(fixed, UNIT, np.where(found.open_days, int(np.ceil(found.cap * UNIT)), 0))
    low = np.where(fixed, UNIT, np.clip(np.floor(exact).astype(np.int64) - slack, 0, None))
    high = np.minimum(np.floor(exact).astype(np.int64) + 1 + slack, top)
    low = np.minimum(low, high)
    left_over = rows - low.sum(axis=1)
    if (left_over < 0).any():
        return int(-left_over[left_over < 0].sum())
    class_of = blocks.class_of[found.site]
    base = np.zeros((classes, days), dtype=np.int64)
    np.add.at(base, class_of, low)
    idle, idle_blocks = _idle(instance, found, rows)
    first_row, first_class = 2, 2 + shape[0]
    first_team = first_class + classes * days
    first_idle = first_team + teams * days
    flow = max_flow.SimpleMaxFlow()
    add = _Arcs(flow)
    add(np.zeros(shape[0]), first_row + np.arange(shape[0]), left_over)
    at_row, at_day = np.nonzero(high > low)
    cells = add(
        first_row + at_row, first_class + class_of[at_row] * days + at_day, (high - low)[at_row, at_day]
    )
    add(np.zeros(classes * days), first_class + np.arange(classes * days), base.reshape(-1))
    of, to = np.nonzero(blocks.may)
    day = np.arange(days)
    through = add(
        (first_class + of[:, None] * days + day).reshape(-1), (first_team + to[:, None] * days + day).reshape(-1),
        np.full(len(of) * days, UNIT * (len(instance.site_ids) + 1)),
    )  # fmt: skip
    for place, (block, amount) in enumerate(zip(idle_blocks, idle, strict=True)):
        mine = np.flatnonzero(blocks.of_team == block)
        add(np.zeros(1), np.array([first_idle + place]), np.array([amount]))
        ends = (first_team + mine[:, None] * days + day).reshape(-1)
        add(np.full(len(ends), first_idle + place), ends, instance.places[mine].reshape(-1) * UNIT)
    add(first_team + np.arange(teams * days), np.ones(teams * days), instance.places.reshape(-1) * UNIT)
    flow.solve(0, 1)
    if (
        flow.optimal_flow() != instance.total * UNIT
        or flow.optimal_flow() != left_over.sum() + base.sum() + sum(idle)
    ):
        return max(1, instance.total * UNIT - flow.optimal_flow())
    whole = low.copy()
    whole[at_row, at_day] += flow.flows(cells)
    passed = np.zeros((classes, teams, days), dtype=np.int64)
    passed[of, to] = flow.flows(through).reshape(len(of), days)
    return whole, passed


class _Arcs:
    def __init__(self, flow: max_flow.SimpleMaxFlow) -> None:
        self.flow = flow

    def __call__(self, tails: Real | Whole, heads: Whole, limits: Whole) -> Whole:
        if not len(tails):
            return np.zeros(0, dtype=np.int32)
        return self.flow.add_arcs_with_capacity(
            tails.astype(np.int32), heads.astype(np.int32), limits.astype(np.int64)
        )


def _idle(instance: Instance, found: Chances, rows: Whole) -> tuple[list[int], list[int]]:
    """Return how many units of each block's places stay empty, and the blocks that have any."""
    filled = np.bincount(found.blocks.of_site[found.site], weights=rows, minlength=found.blocks.count)
    amounts, numbers = [], []
    for block in range(found.blocks.count):
        empty = int(instance.places[found.blocks.of_team == block].sum()) * UNIT - int(filled[block])
        if empty > 0:
            amounts.append(empty)
            numbers.append(block)
    return amounts, numbers


def make_graph(instance: Instance, found: Chances) -> Graph:
    """This function will build the graph that is rounded: visits first, then what keeps the sums whole."""
    whole, passed, rows = whole_chances(instance, found)
    blocks, days = found.blocks, instance.days
    builder = _Builder(len(rows))
    at_row, at_day = np.nonzero(whole)
    amount = whole[at_row, at_day]
    block_of = blocks.of_site[found.site[at_row]]
    complete = np.array([blocks.is_complete(block) for block in range(blocks.count)], dtype=bool)
    first_team = blocks.count * days  # columns: blocks' days, then teams' days
    direct = complete[block_of]
    visits_right = np.where(direct, block_of * days + at_day, -1)
    ends = np.flatnonzero(~direct)
    pieces = _pieces(found, passed, at_row[ends], at_day[ends], amount[ends])
    pieces_cell = ends[pieces[0]]
    counts = np.bincount(pieces_cell, minlength=len(amount))
    alone = counts[pieces_cell] == 1
    visits_right[pieces_cell[alone]] = first_team + pieces[1][alone] * days + at_day[pieces_cell[alone]]
    builder.columns = first_team + len(instance.team_ids) * days
    split = np.flatnonzero(counts > 1)
    visits_right[split] = builder.new_columns(len(split))
    halves = dict(zip(split.tolist(), builder.new_rows(len(split)).tolist(), strict=True))
    builder.add(at_row, visits_right, amount)
    for cell in split.tolist():
        builder.add([halves[cell]], [visits_right[cell]], [UNIT - amount[cell]])
    many = ~alone
    at = np.array([halves[cell] for cell in pieces_cell[many].tolist()], dtype=np.int64)
    builder.add(at, first_team + pieces[1][many] * days + at_day[pieces_cell[many]], pieces[2][many])
    _add_ends(builder, found, rows)
    _add_idle(builder, instance, found, rows, whole, passed, complete, first_team)
    left, right, weight = builder.edges()
    return Graph(left, right, weight, found.site[at_row], at_day.astype(np.int64))


class _Builder:
    """Collects edges; rows and columns are numbered apart."""

    def __init__(self, rows: int) -> None:
        self.rows, self.columns = rows, 0
        self._parts: list[tuple[Whole, Whole, Whole]] = []

    def new_rows(self, count: int) -> Whole:
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def new_columns(self, count: int) -> Whole:
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def add(self, left: object, right: object, weight: object) -> None:
        part = tuple(np.asarray(one, dtype=np.int64).reshape(-1) for one in (left, right, weight))
        self._parts.append(part)  # type: ignore[arg-type]

    def edges(self) -> tuple[Whole, Whole, Whole]:
        left, right, weight = (np.concatenate([part[place] for part in self._parts]) for place in range(3))
        kept = np.arange(len(weight)) < len(self._parts[0][0])  # visits stay, all have weight
        kept |= weight > 0
        return left[kept], right[kept], weight[kept]


def _pieces(
    found: Chances, passed: Whole, rows: Whole, day: Whole, amount: Whole
) -> tuple[Whole, Whole, Whole]:
    """This function will cut visits of incomplete blocks into pieces per team: cell, team, units, as few as can be."""
    if not len(rows):
        return (np.zeros(0, dtype=np.int64),) * 3
    class_of = found.blocks.class_of[found.site[rows]]
    passed = _few_flows(passed, np.unique(class_of))
    order = np.lexsort((rows, day, class_of))
    used = np.unique(class_of)
    demand = passed[used].transpose(0, 2, 1).reshape(-1)  # class, day, team
    teams = np.tile(np.arange(passed.shape[1]), len(used) * passed.shape[2])
    supply_ends, demand_ends = np.cumsum(amount[order]), np.cumsum(demand)
    cuts = np.union1d(supply_ends, demand_ends)
    cuts = cuts[cuts > 0]
    starts = np.concatenate([[0], cuts[:-1]])
    cell = order[np.searchsorted(supply_ends, starts, side="right")]
    team = teams[np.searchsorted(demand_ends, starts, side="right")]
    return cell, team, cuts - starts


def _few_flows(passed: Whole, used: Whole) -> Whole:
    """This function will route each day's units from classes to teams anew over as few pairs as can be (a tree)."""
    result = passed.copy()
    for day in range(passed.shape[2]):
        supply, demand = passed[used, :, day].sum(axis=1), passed[used, :, day].sum(axis=0)
        of, to = np.nonzero((passed[used] > 0).any(axis=2))
        if not len(of) or not supply.sum():
            continue
        flow = min_cost_flow.SimpleMinCostFlow()
        costs = (of * 7919 + to * 104729 + of * to * 1299709) % 1000003  # any fixed numbers without a pattern
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            of.astype(np.int32), (len(used) + to).astype(np.int32), np.minimum(supply[of], demand[to]), costs
        )  # fmt: skip
        flow.set_nodes_supplies(
            np.arange(len(used) + len(demand), dtype=np.int32), np.concatenate([supply, -demand])
        )  # fmt: skip
        if flow.solve() == flow.OPTIMAL:
            result[used, :, day] = 0
            result[used[of], to, day] = flow.flows(arcs)
    return result


def _add_ends(builder: _Builder, found: Chances, rows: Whole) -> None:
    """This function will add what a site does not use: carried from before the end of coverage to after, then nothing."""
    nothing = int(builder.new_columns(1)[0])
    count = len(found.most)
    limit = np.maximum(found.most, -(-np.bincount(found.site, weights=rows, minlength=count) // UNIT)).astype(
        np.int64
    )
    late_row = np.full(count, -1)
    late_row[found.site[found.is_late]] = np.flatnonzero(found.is_late)
    flexible = limit - found.least
    carried = limit * UNIT - rows[:count]
    alone = late_row < 0
    builder.add(np.flatnonzero(alone), np.full(int(alone.sum()), nothing), carried[alone])
    linked = np.flatnonzero(~alone)
    links = builder.new_columns(len(linked))
    builder.add(linked, links, carried[linked])
    builder.add(late_row[linked], links, flexible[linked] * UNIT - carried[linked])
    builder.add(late_row[linked], np.full(len(linked), nothing), carried[linked] - rows[late_row[linked]])


def _add_idle(
    builder: _Builder, instance: Instance, found: Chances, rows: Whole, whole: Whole, passed: Whole, complete: Flags, first_team: int
) -> None:  # fmt: skip
    """This function will add the places that stay empty, one row per block."""
    blocks, days = found.blocks, instance.days
    amounts, numbers = _idle(instance, found, rows)
    for block, _amount in zip(numbers, amounts, strict=True):
        row = int(builder.new_rows(1)[0])
        teams = np.flatnonzero(blocks.of_team == block)
        if complete[block]:
            inside = blocks.of_site[found.site] == block
            empty = instance.places[teams].sum(axis=0) * UNIT - whole[inside].sum(axis=0)
            builder.add(np.full(days, row), block * days + np.arange(days), empty)
            continue
        empty = instance.places[teams] * UNIT - passed[:, teams].sum(axis=0)
        ends = first_team + teams[:, None] * days + np.arange(days)
        builder.add(np.full(ends.size, row), ends.reshape(-1), empty.reshape(-1))
