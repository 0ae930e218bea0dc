"""The draw: a pure, deterministic function of inputs and seed, so that anybody can compute it again (S4-32).

`draw(inputs, seed)` looks up `inputs["algorithm"]` in ALGORITHMS; a later algorithm is added there and old draws keep
theirs. No clock, no database, no dictionary order: every list is sorted before it is shuffled. docs/draw.md describes
the numbers well enough to write the program anew.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from duban.planning.drawing.eligible import is_eligible, returns
from duban.planning.drawing.optimal import optimal_v1
from duban.planning.drawing.refusals import Infeasible

__all__ = [
    "ALGORITHMS",
    "Infeasible",
    "Stream",
    "canonical",
    "commitment",
    "digest",
    "draw",
    "explain_unplaced",
    "is_eligible",
    "uniform_v1",
]

Inputs = Mapping[str, Any]
Result = dict[str, Any]
SEED_BYTES = 32


def canonical(inputs: Inputs) -> bytes:
    """This function will return the one byte string of the inputs that is hashed and that others must reproduce."""
    return json.dumps(inputs, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def commitment(inputs: Inputs, seed: bytes) -> str:
    """This function will return SHA-256(seed ‖ canonical inputs) in hex, published before the draw."""
    return hashlib.sha256(seed + canonical(inputs)).hexdigest()


def digest(result: Result) -> str:
    """This function will return the SHA-256 (hex) of a result."""
    return hashlib.sha256(canonical(result)).hexdigest()


class Stream:
    """Random whole numbers from a seed: block i is HMAC-SHA256(seed, i as 8 bytes), read 8 bytes at a time."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = 0
        self._words: list[int] = []

    def _word(self) -> int:
        if not self._words:
            block = hmac.new(self._seed, self._block.to_bytes(8, "big"), hashlib.sha256).digest()
            self._block += 1
            self._words = [int.from_bytes(block[place : place + 8], "big") for place in (24, 16, 8, 0)]
        return self._words.pop()

    def below(self, bound: int) -> int:
        """This function will return a number in [0, bound), every one equally likely (rejection sampling)."""
        limit = 2**64 - 2**64 % bound
        while (word := self._word()) >= limit:
            pass
        return word % bound

    def shuffled(self, items: list[Any]) -> list[Any]:
        """This function will return the items in random order (Fisher–Yates from the last place down)."""
        mixed = list(items)
        for place in range(len(mixed) - 1, 0, -1):
            other = self.below(place + 1)
            mixed[place], mixed[other] = mixed[other], mixed[place]
        return mixed


class _Filling:
    """Sites matched to teams one after the other; an earlier site is never given up for a later one."""

    def __init__(self, teams: list[Any], stream: Stream) -> None:
        self._teams = {team["id"]: team for team in teams}
        self._order = [team["id"] for team in teams]
        self._stream = stream
        self._closed: set[str] = set()
        self._allowed: dict[str, list[str]] = {}
        self.held: dict[str, list[str]] = {key: [] for key in self._order}
        self.free = sum(team["quota"] for team in teams)

    def add(self, site: Mapping[str, Any]) -> set[str] | None:
        """This function will give the site to a team, moving others if that makes room.

        Returns None when it has a place, else the full teams among which it was stuck.
        """
        keys = [key for key in self._order if is_eligible(self._teams[key], site)]
        mixed = self._stream.shuffled(keys)
        self._allowed[site["id"]] = sorted(mixed, key=lambda key: returns(self._teams[key], site))
        came_from: dict[str, tuple[str, str | None]] = {}
        waiting = [(site["id"], None)]
        for mover, holder in waiting:
            for key in self._allowed[mover]:
                if key in came_from or key in self._closed:
                    continue
                came_from[key] = (mover, holder)
                if len(self.held[key]) < self._teams[key]["quota"]:
                    self._settle(key, came_from)
                    self.free -= 1
                    return None
                waiting.extend((other, key) for other in self.held[key])
        reached = set(came_from)
        self._closed |= reached  # a search that failed will fail again from any of its teams
        return reached | {key for key in keys if key in self._closed}

    def _settle(self, key: str, came_from: Mapping[str, tuple[str, str | None]]) -> None:
        target: str | None = key
        while target is not None:
            mover, holder = came_from[target]
            self.held[target].append(mover)
            if holder is not None:
                self.held[holder].remove(mover)
            target = holder


def uniform_v1(inputs: Inputs, seed: bytes) -> Result:
    """This function will draw sites for teams: what must go first, then unvisited sites, then the rest, each at random.

    Within a group every order is equally likely; a site goes to a random team that may take it; as many places as can be
    filled are filled. Each team's list is shuffled once more, so that the order says nothing.

    :raises Infeasible: when a site that must be drawn, or an exact quota, cannot be served.
    """
    teams = sorted(inputs["teams"], key=lambda one: one["id"])
    sites = sorted(inputs["sites"], key=lambda one: one["id"])
    if not teams or not sum(team["quota"] for team in teams):
        raise Infeasible("teams", 1, 0)
    if not sites:
        raise Infeasible("sites", 1, 0)
    stream = Stream(seed)
    filling = _Filling(teams, stream)
    groups: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for site in sites:
        groups[0 if site["must"] else 2 if site["visited"] else 1].append(site)
    for rank, group in enumerate(groups):
        for site in stream.shuffled(group):
            if not filling.free and rank:
                break
            stuck = filling.add(site)
            if stuck is not None and rank == 0:
                explain_unplaced(teams, groups[0], stuck, site)
    for team in teams:
        if team["is_exact"] and len(filling.held[team["id"]]) < team["quota"]:
            raise Infeasible("quota", team["quota"], len(filling.held[team["id"]]), team["name"])
    chosen = {key: stream.shuffled(sorted(held)) for key, held in filling.held.items()}
    return {"assignments": [{"team": team["id"], "sites": chosen[team["id"]]} for team in teams]}


def explain_unplaced(teams: list[Any], must: list[Any], stuck: set[str], site: Mapping[str, Any]) -> None:
    """This function will name what a site that must be drawn failed on: recusal, sector, expert or capacity."""
    if not stuck:
        free_of = {**site, "needs_expert": False}
        without = [{**team, "recused": []} for team in teams]
        if any(is_eligible(team, free_of) for team in teams):
            reason = "expert"
        elif any(is_eligible(team, site) for team in without):
            reason = "recusal"
        else:
            reason = "sector"
        raise Infeasible(reason, 1, 0, site["name"])
    inside = [team for team in teams if team["id"] in stuck]
    outside = [team for team in teams if team["id"] not in stuck]
    bound = [
        one
        for one in must
        if any(is_eligible(team, one) for team in inside)
        and not any(is_eligible(team, one) for team in outside)
    ]
    room = sum(team["quota"] for team in inside)
    raise Infeasible("capacity", max(len(bound), room + 1), room, "、".join(team["name"] for team in inside))


ALGORITHMS: dict[str, Callable[[Inputs, bytes], Result]] = {
    "uniform-v1": uniform_v1,
    "optimal-v1": optimal_v1,
}
DEFAULT_ALGORITHM = "uniform-v1"


def draw(inputs: Inputs, seed: bytes) -> Result:
    """This function will draw with the algorithm the inputs name.

    :raises Infeasible: if a demand cannot hold. :raises LookupError: for an unknown algorithm.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"the seed has {len(seed)} bytes, not {SEED_BYTES}")
    name = inputs["algorithm"]
    if name not in ALGORITHMS:
        raise LookupError(f"unknown algorithm {name!r}")
    return ALGORITHMS[name](inputs, seed)
