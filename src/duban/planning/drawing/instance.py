"""What a plan is made for: days, teams with places per day, sites with risk and numbers of visits, who may go where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]

CAP, CAP_ONE_DAY, DIAL = 0.25, 0.5, 1.0


class Malformed(Exception):
    """An instance that cannot be read: which key, and what is wrong with it."""

    def __init__(self, key: str, fault: str) -> None:
        self.key, self.fault = key, fault
        super().__init__(f"{key}: {fault}")


@dataclass
class Instance:
    """Arrays over sites (S), teams (K) and days (T). `barred` lists the pairs (site, team) that may not meet."""

    days: int
    team_ids: list[str]
    site_ids: list[str]
    places: Whole  # K × T
    risk: Real  # S
    least: Whole  # S, visits that must happen
    most: Whole  # S, visits that may happen
    areas: list[str]
    barred: list[tuple[int, int]] = field(default_factory=list)
    due: Flags | None = None  # S, must be visited on the first day
    dial: float = DIAL
    cap: float | None = None
    is_rotating: bool = True

    def __post_init__(self) -> None:
        if self.due is None:
            self.due = np.zeros(len(self.site_ids), dtype=bool)

    @property
    def total(self) -> int:
        return int(self.places.sum())


def split_kinds(given: Any) -> tuple[Instance, Instance | None]:
    """This function will read an instance file's object into the open draw and, if there are covert teams, their own.

    Covert teams never give or take coverage: a share of the sites that may be visited again is theirs for one visit.

    :raises Malformed: naming the key that cannot be used.
    """
    if not isinstance(given, dict):
        raise Malformed("instance", "not a JSON object")
    days = _days(given.get("days"))
    teams, sites = _rows(given, "teams"), _rows(given, "sites")
    names, team_names = _ids(sites, "sites"), _ids(teams, "teams")
    rows = {
        "risk": np.array([_number(row, "risk", 1.0, f"sites[{place}]") for place, row in enumerate(sites)]),
        "least": _counts(sites, "min_visits", 0 if days == 1 else 1),
        "most": _counts(sites, "max_visits", 1 if days == 1 else 2),
    }
    absent = np.array([row.get("max_visits") is None for row in sites], dtype=bool)
    rows["most"] = np.where(absent, np.maximum(rows["most"], rows["least"]), rows["most"])
    areas = [str(row.get("area") or "") for row in sites]
    due = np.array([bool(row.get("overdue")) for row in sites], dtype=bool)
    dial, cap = _number(given, "dial", DIAL, ""), given.get("cap")
    limit = None if cap is None else _number(given, "cap", CAP, "")
    if dial < 0 or (limit is not None and not 0 < limit <= 1):
        raise Malformed("dial" if dial < 0 else "cap", "out of range")
    is_covert = [str(row.get("kind") or "open") == "covert" for row in teams]
    shared = {"days": days, "site_ids": names, "areas": areas, "dial": dial, "cap": limit}
    shared["is_rotating"] = bool(given.get("rotation", True))
    parts = []
    for wanted in (False, True):
        chosen = [place for place, covert in enumerate(is_covert) if covert == wanted]
        part = Instance(
            team_ids=[team_names[place] for place in chosen],
            places=np.array([_places(teams[place], place, days) for place in chosen], dtype=np.int64).reshape(-1, days),
            barred=_barred([teams[place] for place in chosen], names),
            **shared, **{key: value.copy() for key, value in rows.items()}, due=due.copy(),
        )  # fmt: skip
        parts.append(part)
    opened, covert = parts
    if not covert.team_ids:
        return opened, None
    if not opened.team_ids:
        return covert, None
    _share_visits(opened, covert)
    return opened, covert


def _share_visits(opened: Instance, covert: Instance) -> None:
    """This function will leave a share of the repeat visits to the covert draw, every n-th site that may be seen again."""
    spare = np.flatnonzero(opened.most > opened.least)
    wanted_open = max(0, opened.total - int(opened.least.sum()))
    wanted = covert.total
    share = wanted / max(1, wanted + wanted_open)
    ticks = np.floor(np.arange(1, len(spare) + 1) * share) > np.floor(np.arange(len(spare)) * share)
    theirs = spare[ticks]
    covert.least[:] = 0
    covert.most[:] = 0
    covert.most[theirs] = 1
    opened.most[theirs] -= 1
    covert.due = np.zeros(len(covert.site_ids), dtype=bool)


def _days(value: Any) -> int:
    if isinstance(value, list):
        value = len(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 1:
        raise Malformed("days", "neither a number of days from 1 nor a list of days")
    return int(value)


def _rows(given: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = given.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Malformed(key, "not a list of objects")
    return rows


def _ids(rows: Sequence[dict[str, Any]], key: str) -> list[str]:
    names = [str(row.get("id", place)) for place, row in enumerate(rows)]
    if len(set(names)) != len(names):
        raise Malformed(key, "an id occurs twice")
    return names


def _number(row: dict[str, Any], key: str, usual: float, where: str) -> float:
    value = row.get(key)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise Malformed(f"{where}.{key}".lstrip("."), "not a number")
    return float(value)


def _counts(rows: Sequence[dict[str, Any]], key: str, usual: int) -> Whole:
    found = []
    for place, row in enumerate(rows):
        value = _number(row, key, usual, f"sites[{place}]")
        if value < 0 or value != int(value):
            raise Malformed(f"sites[{place}].{key}", "not a whole number from 0")
        found.append(int(value))
    return np.array(found, dtype=np.int64)


def _places(team: dict[str, Any], place: int, days: int) -> list[int]:
    value = team.get("capacity", 0)
    values = list(value) if isinstance(value, list) else [value] * days
    if len(values) != days:
        raise Malformed(f"teams[{place}].capacity", f"{len(values)} entries for {days} days")
    for one in values:
        if isinstance(one, bool) or not isinstance(one, int | float) or one < 0 or one != int(one):
            raise Malformed(f"teams[{place}].capacity", "not a whole number from 0")
    return [int(one) for one in values]


def _barred(teams: Sequence[dict[str, Any]], names: list[str]) -> list[tuple[int, int]]:
    known = {name: place for place, name in enumerate(names)}
    pairs = set()
    for number, team in enumerate(teams):
        listed = team.get("excluded_sites") or []
        if not isinstance(listed, list):
            raise Malformed(f"teams[{number}].excluded_sites", "not a list of ids")
        pairs |= {(known[str(one)], number) for one in listed if str(one) in known}
    return sorted(pairs)
