"""One draw from whole-number chances, in whole numbers only: exact chances, exact sums, the same on every machine.

Each round looks at the lowest bit. Edges whose weight is odd meet every vertex an even number of times, so they can be
paired at every vertex and fall into closed walks of even length; along a walk every other edge goes up by one and the
others down, which half being decided by a coin. So no sum changes and no chance moves. After BITS rounds an edge is in or out.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from duban.planning.drawing.instance import Whole
from duban.planning.drawing.weights import Graph


def words(seed: bytes, label: str, count: int) -> NDArray[np.uint64]:
    """This function will return `count` numbers of 64 bits: SHAKE-256(seed ‖ label) read big-endian."""
    raw = hashlib.shake_256(seed + label.encode()).digest(8 * count)
    return np.frombuffer(raw, dtype=">u8").astype(np.uint64)


def coins(seed: bytes, label: str, count: int) -> Whole:
    """This function will return `count` bits, the lowest bits of the bytes of SHAKE-256(seed ‖ label)."""
    raw = hashlib.shake_256(seed + label.encode()).digest(count)
    return (np.frombuffer(raw, dtype=np.uint8) & 1).astype(np.int64)


def round_graph(graph: Graph, seed: bytes) -> Whole:
    """This function will return for every edge how often it is taken: its weight over 2^bits, rounded up or down."""
    weight = graph.weight.copy()
    key = words(seed, "order", len(weight))
    mixed = np.argsort(key, kind="stable")
    by_left = mixed[np.argsort(graph.left[mixed], kind="stable")]
    by_right = mixed[np.argsort(graph.right[mixed], kind="stable")]
    place = np.zeros(len(weight), dtype=np.int32)
    for bit in range(graph.bits):
        odd = (weight & 1).astype(bool)
        at = np.flatnonzero(odd)
        if len(at):
            place[at] = np.arange(len(at), dtype=np.int32)
            weight[at] += _signs(
                place[by_left[odd[by_left]]], place[by_right[odd[by_right]]], coins(seed, f"coin {bit}", len(weight))[at]
            )  # fmt: skip
        weight >>= 1
    return weight


def _signs(lefts: NDArray[np.int32], rights: NDArray[np.int32], coin: Whole) -> Whole:
    """Return +1 or −1 per odd edge: edges paired at a vertex get opposite signs.

    `lefts` and `rights` list the edges so that every two neighbours are a pair. The first edge of a closed walk (by number)
    goes up if its coin is 1.
    """
    size = len(coin)
    across, along = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    across[lefts[0::2]], across[lefts[1::2]] = lefts[1::2], lefts[0::2]
    along[rights[0::2]], along[rights[1::2]] = rights[1::2], rights[0::2]
    # Two steps lead to an edge of the same sign: the orbits of “two steps” are the halves of the walks.
    steps = csr_matrix(
        (np.ones(size), along[across], np.arange(size + 1, dtype=np.int32)), shape=(size, size)
    )
    count, label = connected_components(steps, directed=True, connection="strong")
    first = np.empty(count, dtype=np.int64)
    first[label[::-1]] = np.arange(size - 1, -1, -1)  # the last write is the smallest edge
    mine, other = first[label], first[label[across]]
    up = coin[np.minimum(mine, other)] == (mine < other)
    return np.where(up, 1, -1)
