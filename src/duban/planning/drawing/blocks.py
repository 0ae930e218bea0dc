"""Which teams share which sites: classes of sites with the same teams, and blocks of classes and teams that fill each other.

Within a block the places of all teams serve all sites. Where some sites can only go to few teams and would fill them, they
and these teams become a block of their own, so that nothing else is promised to those teams.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from duban.planning.drawing.instance import Flags, Instance, Real, Whole
from duban.planning.drawing.refusals import Infeasible

SCALE = 1 << 20


@dataclass
class Blocks:
    """`may` says which class may go to which team; `of_class` and `of_team` number the blocks."""

    class_of: Whole  # S
    may: Flags  # G × K
    of_class: Whole  # G
    of_team: Whole  # K
    count: int

    @property
    def of_site(self) -> Whole:
        return self.of_class[self.class_of]

    def is_complete(self, block: int) -> bool:
        """Test whether every team of the block may go to every site of it."""
        return bool(self.may[self.of_class == block][:, self.of_team == block].all())


def allowed(instance: Instance) -> Flags:
    """This function will return which site may go to which team, as a table sites × teams."""
    table = np.ones((len(instance.site_ids), len(instance.team_ids)), dtype=bool)
    if instance.barred:
        sites, teams = np.array(instance.barred).T
        table[sites, teams] = False
    return table


def make_blocks(may: Flags) -> Blocks:
    """This function will group sites with the same teams into classes and connected classes and teams into blocks."""
    packed = np.packbits(may, axis=1)
    _rows, first, class_of = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return _connect(class_of.reshape(-1), may[first])


def _connect(class_of: Whole, may: Flags) -> Blocks:
    classes, teams = may.shape
    left, right = np.nonzero(may)
    size = classes + teams
    graph = csr_matrix((np.ones(len(left)), (left, classes + right)), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    return Blocks(class_of, may, label[:classes], label[classes:], count)


def split_tight(blocks: Blocks, demand: Real, places: Real) -> Blocks | None:
    """This function will part off classes whose demand (per class) exceeds the places of their teams; None if none does."""
    stuck = overfull(blocks.may, demand, places)
    if stuck is None:
        return None
    teams = blocks.may[stuck].any(axis=0)
    may = blocks.may.copy()
    others = ~stuck & (blocks.may & ~teams).any(axis=1)
    may[np.ix_(others, teams)] = False
    if (may == blocks.may).all():
        return None
    return _connect(blocks.class_of, may)


def overfull(may: Flags, demand: Real, places: Real) -> Flags | None:
    """Return the classes whose joint demand exceeds the places of all teams they may go to, None if every demand fits."""
    flow = max_flow.SimpleMaxFlow()
    classes, teams = may.shape
    source, sink = classes + teams, classes + teams + 1
    wanted = np.floor(demand * SCALE).astype(np.int64)
    room = np.ceil(places * SCALE).astype(np.int64) + classes
    left, right = np.nonzero(may)
    _arcs(flow, np.full(classes, source), np.arange(classes), wanted)
    _arcs(flow, left, classes + right, wanted[left])
    _arcs(flow, classes + np.arange(teams), np.full(teams, sink), room)
    if not wanted.sum():
        return None
    flow.solve(source, sink)
    if flow.optimal_flow() == wanted.sum():
        return None
    reached = np.zeros(classes, dtype=bool)
    side = np.array(flow.get_source_side_min_cut(), dtype=np.int64)
    reached[side[side < classes]] = True
    return reached


def _arcs(flow: max_flow.SimpleMaxFlow, tails: Whole, heads: Whole, limits: Whole) -> None:
    if len(tails):
        flow.add_arcs_with_capacity(
            tails.astype(np.int32), heads.astype(np.int32), limits.astype(np.int64)
        )  # fmt: skip


def check_basics(instance: Instance, may: Flags) -> None:
    """This function will refuse an instance in which one site or all sites together cannot be served.

    :raises Infeasible: naming the site or the teams, and by how much.
    """
    if not instance.team_ids or not instance.total:
        raise Infeasible("teams", 1, 0)
    if not instance.site_ids:
        raise Infeasible("sites", 1, 0)
    due = instance.due
    needed = np.maximum(instance.least, due)
    for name, wrong, available in (
        ("excluded", (needed > 0) & ~may.any(axis=1), np.zeros_like(needed)),
        ("visits_range", needed > np.maximum(instance.most, due), instance.most),
        ("days", needed > instance.days, np.full_like(needed, instance.days)),
        ("rotation", (needed > may.sum(axis=1)) & instance.is_rotating, may.sum(axis=1)),
    ):
        if wrong.any():
            place = int(np.flatnonzero(wrong)[0])
            raise Infeasible(name, int(needed[place]), int(available[place]), instance.site_ids[place])
    if int(needed.sum()) > instance.total:
        raise Infeasible("coverage", int(needed.sum()), instance.total)


def check_groups(instance: Instance, blocks: Blocks, demand: Whole, places: Whole, name: str) -> None:
    """This function will refuse when some sites can only go to teams that together have too few places.

    :raises Infeasible: naming these teams.
    """
    per_class = np.bincount(blocks.class_of, weights=demand, minlength=len(blocks.may))
    loose = np.where(places > 0, places, 0).astype(float)
    stuck = overfull(blocks.may & (loose > 0)[None, :], per_class, loose - len(blocks.may) / SCALE)
    if stuck is None:
        return
    teams = (blocks.may & (loose > 0)[None, :])[stuck].any(axis=0)
    subject = "、".join(name for name, is_in in zip(instance.team_ids, teams, strict=True) if is_in) or "—"
    needed = int(round(per_class[stuck].sum()))
    raise Infeasible(name, needed, int(places[teams].sum()), subject)
