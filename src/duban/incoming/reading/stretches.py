"""Stretches of a text, asked again and again whether they touch one more: answered by halving, not by walking."""

from bisect import bisect_left
from collections.abc import Iterable


class Stretches:
    """A set of (start, end), kept as runs that do not overlap, in order."""

    def __init__(self, given: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(given):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def cross(self, start: int, end: int) -> bool:
        """Test whether one of them begins before `end` and ends after `start`."""
        last = bisect_left(self._starts, end) - 1
        return last >= 0 and self._ends[last] > start
