"""A draw anybody can repeat: the smallest hashes of seed and key win. Pure."""

import hashlib
from collections.abc import Iterable
from math import ceil
from typing import TypeVar

K = TypeVar("K")


def sample(keys: Iterable[K], percent: int, seed: str) -> list[K]:
    """This function will return `percent` of the keys, rounded up and at least one when there are any and percent > 0."""
    pool = sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest())
    if percent <= 0:
        return []
    return pool[: max(1, ceil(len(pool) * min(percent, 100) / 100))] if pool else []
