"""How often and when: the expected visits of each site, and the chance of each day, as smooth numbers.

The chances maximise Σ risk·p/τ + Σ entropy(p) under exact row and column sums and p < cap. Only this file uses floating
point; the draw itself starts from the whole numbers made of its result (weights.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from duban.planning.drawing.blocks import (
    Blocks,
    allowed,
    check_basics,
    check_groups,
    make_blocks,
    split_tight,
)
from duban.planning.drawing.instance import CAP, CAP_ONE_DAY, Flags, Instance, Real, Whole
from duban.planning.drawing.refusals import Infeasible
from duban.planning.drawing.targets import find_targets

RANDOM_OF_ALL, RANDOM_OF_SPARE = 0.15, 0.5
LEAST_DIAL, TILT, NARROW = 0.02, 0.5, 1.5
LATE, ROTATION, EASE = 1.4, 0.8, 1.15
TOLERANCE, MOST_STEPS = 1e-7, 300
SHARES = (1.0, 0.9, 0.7, 0.4, 0.0)  # of the repeat visits that fit by class, when not all of them fit by site


Rows = tuple[Whole, Flags, Flags, Real]


@dataclass
class Chances:
    """Rows are sites over the days until coverage ends (early) and, for sites with repeats, over the days after (late)."""

    blocks: Blocks
    site: Whole  # row → site
    is_late: Flags  # row
    open_days: Flags  # row × T
    total: Real  # row, expected visits
    most: Whole  # S, visits that may happen after rotation and days
    least: Whole  # S
    places: Real  # K × T, places to be filled on average
    cap: float
    finish: int  # coverage ends after this many days
    chance: Real  # row × T
    error: float
    is_rough: bool = False  # only a guide: whole numbers may lie further off


def scores(risk: Real) -> Real:
    """This function will put risks on one scale: deviations from the mean in standard deviations, at most 4."""
    spread = float(risk.std())
    if spread < 1e-12 * max(1.0, float(np.abs(risk).max(initial=0.0))):
        return np.zeros(len(risk))
    return np.clip((risk - risk.mean()) / spread, -4, 4)


def fill(total: float, limit: Real, score: Real, all_places: float) -> Real:
    """This function will share `total` repeat visits among sites, each up to its limit: partly by risk, partly evenly."""
    room = float(limit.sum())
    if total <= 0 or room <= 0:
        return np.zeros(len(limit))
    total = min(total, room)
    even = min(RANDOM_OF_ALL * all_places, RANDOM_OF_SPARE * total)
    share = limit * (even / room)
    rest, left = total - even, limit - share
    low, high = -600.0, 600.0
    for _step in range(100):
        middle = (low + high) / 2
        if float((left * _sigmoid(score + middle)).sum()) < rest:
            low = middle
        else:
            high = middle
    return share + left * _sigmoid(score + (low + high) / 2)


def _sigmoid(value: Real) -> Real:
    return 1.0 / (1.0 + np.exp(-np.clip(value, -700, 700)))


def find_chances(instance: Instance, finish: int | None = None) -> Iterator[Chances]:
    """This function will compute the chances of every site on every day, in several ways, the best first.

    First coverage ends after `finish` days, which nobody outside may know; then without that; then only what a flow over
    classes says can be filled. The caller takes the first that whole numbers can follow.

    :raises Infeasible: if a demand cannot hold, naming it and by how much.
    """
    may = allowed(instance)
    check_basics(instance, may)
    least = np.maximum(instance.least, instance.due).astype(np.int64)
    reach = may.sum(axis=1) if instance.is_rotating else np.full(len(least), instance.days)
    most = np.minimum(np.maximum(instance.most, least), np.minimum(reach, instance.days))
    blocks = make_blocks(may)
    check_groups(instance, blocks, least, instance.places.sum(axis=1), "teams_full")
    check_groups(instance, blocks, instance.due.astype(np.int64), instance.places[:, 0], "due_full")
    room = _room(instance, may)
    cap = find_cap(instance, blocks, least, most, room)
    frame = _Frame(instance, least, most, cap, room)
    for last in dict.fromkeys((finish, None)):
        early, late, end, parted = _share_visits(frame, blocks, last)
        rows = _rows(frame, parted, early, late, end)
        places = _usable(frame, parted, rows)
        yield _chances(frame, parted, rows, places, end)
    for share in SHARES:
        classes, places, limit = find_targets(
            instance, blocks, least, most, cap, _reach(instance, may), share
        )
        early = _share_classes(frame, blocks, classes, limit)
        rows = _rows(frame, blocks, early, np.zeros(len(early)), instance.days)
        yield replace(_chances(frame, blocks, rows, places, instance.days), is_rough=True)


@dataclass
class _Frame:
    """What every way of planning shares."""

    instance: Instance
    least: Whole
    most: Whole
    cap: float
    room: Real  # K × T, places that can be filled at all


def _room(instance: Instance, may: Flags) -> Real:
    """Return the places of each team and day; with rotation a team has no use for more than its sites.

    The fewer teams there are, the more room the exchange of sites between them needs.
    """
    room = instance.places.astype(float)
    reach = _reach(instance, may)
    if instance.is_rotating:
        total = room.sum(axis=1)
        room *= np.minimum(1.0, np.divide(reach, total, out=np.ones_like(total), where=total > 0))[:, None]
    return room


def _reach(instance: Instance, may: Flags) -> Real:
    """Return how many visits each team can make at all."""
    if not instance.is_rotating:
        return instance.places.sum(axis=1).astype(float)
    return np.where(may.sum(axis=1) < 2, 1.0, 1.0 - ROTATION / len(instance.team_ids)) @ may


def _chances(frame: _Frame, blocks: Blocks, rows: Rows, places: Real, finish: int) -> Chances:
    chance, error = _solve(frame, blocks, rows, places)
    return Chances(blocks, *rows, frame.most, frame.least, places, frame.cap, finish, chance, error)


def _share_classes(frame: _Frame, blocks: Blocks, classes: Real, limit: Real) -> Real:
    """Return expected visits of each site from those of its class: what must be, then repeats by risk."""
    visits = frame.least.astype(float)
    score = scores(frame.instance.risk) / max(frame.instance.dial, LEAST_DIAL)
    for number, amount in enumerate(classes):
        inside = np.flatnonzero(blocks.class_of == number)
        spare = amount - float(frame.least[inside].sum())
        visits[inside] += fill(
            spare, np.maximum(limit[inside] - frame.least[inside], 0), score[inside], amount
        )
    return visits


def find_cap(instance: Instance, blocks: Blocks, least: Whole, most: Whole, room: Real) -> float:
    """This function will return the largest chance of one site on one day: the given one or the usual one, if it can hold.

    Without a given cap the usual one is raised as far as the days left or many places for few sites demand.

    :raises Infeasible: when the given cap is too small for the visits that must happen.
    """
    rest = least - instance.due
    days = instance.days - instance.due
    per_site = float((rest / np.maximum(1, days)).max(initial=0.0))
    subject = instance.site_ids[int(np.argmax(rest / np.maximum(1, days)))]
    if instance.cap is None:
        usual = CAP_ONE_DAY if instance.days == 1 else CAP
        return min(1.0, max(usual, EASE * per_site, EASE * _densest(blocks, most, room)))
    if per_site > instance.cap + 1e-12:
        raise Infeasible("cap", round(per_site, 6), instance.cap, subject)
    return instance.cap


def _densest(blocks: Blocks, most: Whole, room: Real) -> float:
    """Return the chance a day that a block needs to fill its places, on its fullest day and over all days."""
    sites = np.bincount(blocks.of_site, minlength=blocks.count)
    visits = np.bincount(blocks.of_site, weights=most, minlength=blocks.count)
    found = 0.0
    for block in np.flatnonzero(sites):
        places = room[blocks.of_team == block].sum(axis=0)
        if places.sum() > 0:
            found = max(found, float(places.max() * min(1.0, visits[block] / places.sum()) / sites[block]))
            wanted, inside, days = (
                min(places.sum(), visits[block]),
                most[blocks.of_site == block],
                len(places),
            )
            even = 0.0
            while even < CAP_ONE_DAY and np.minimum(inside, 0.97 * even * EASE * days).sum() < wanted:
                even += 0.02
            found = max(found, even)
    return found


def _share_visits(frame: _Frame, blocks: Blocks, finish: int | None) -> tuple[Real, Real, int, Blocks]:
    """Return expected visits until coverage ends and after it, and the blocks once tight groups are parted off."""
    instance, least, most, cap = frame.instance, frame.least, frame.most, frame.cap
    finish = instance.days if finish is None or not 1 <= finish < instance.days else finish
    score = scores(instance.risk) / max(instance.dial, LEAST_DIAL)
    while True:
        early, late = np.zeros(len(least)), np.zeros(len(least))
        for block in range(blocks.count):
            inside = np.flatnonzero(blocks.of_site == block)
            teams = blocks.of_team == block
            if len(inside) and teams.any():
                places = frame.room[teams].sum(axis=0)
                early[inside], late[inside] = _share_block(
                    least[inside], most[inside], score[inside], places, instance.due[inside], cap, finish
                )
        demand = np.bincount(blocks.class_of, weights=early + late, minlength=len(blocks.may))
        parted = split_tight(blocks, demand, frame.room.sum(axis=1))
        if parted is None:
            return early, late, finish, blocks
        blocks = parted


def _share_block(
    least: Whole, most: Whole, score: Real, places: Real, due: Flags, cap: float, finish: int
) -> tuple[Real, Real]:
    days = len(places)
    room = np.minimum(places, np.where(np.arange(days) == 0, due.sum(), 0) + 0.98 * cap * len(least))
    limit = np.minimum(most, due + 0.98 * cap * (days - due))
    limit = np.maximum(limit, least)
    visits = int(min(room.sum() + 1e-9, limit.sum() + 1e-9))
    visits = max(visits, int(least.sum()))
    spare = visits - int(least.sum())
    flexible = limit - least
    after = np.zeros(len(least))
    if finish < days:
        share = visits / places.sum()
        wanted = int(places[finish:].sum() * min(1.0, share) + 1e-9)
        even = LATE * most / days  # nobody becomes easy to guess after coverage
        span = np.minimum(flexible, np.minimum(0.9 * cap, even) * (days - finish))
        fits = wanted <= min(0.9 * spare, 0.9 * span.sum()) and (least <= 0.98 * cap * finish + due).all()
        if fits and least.sum() <= 0.98 * room[:finish].sum():
            after = fill(wanted, span, score, places.sum())
    before_limit = np.maximum(0.0, np.minimum(flexible - after, due + 0.98 * cap * finish - least))
    if not after.any():
        before_limit = flexible
    rest = min(spare - after.sum(), before_limit.sum())
    whole = int(
        least.sum() + after.sum() + rest + 1e-6
    )  # visits in whole numbers; what is left over stays idle
    rest = max(0.0, whole - least.sum() - after.sum())
    return least + fill(rest, before_limit, score, places.sum()), after


def _rows(frame: _Frame, blocks: Blocks, early: Real, late: Real, finish: int) -> Rows:
    """Return site, lateness, open days and total of each row: one row per site, two where it may be seen after coverage."""
    instance = frame.instance
    count, days = len(early), instance.days
    in_block = blocks.of_site
    has_late = np.bincount(in_block, weights=late, minlength=blocks.count)[in_block] > 0
    second = np.flatnonzero(late > 0)
    site = np.concatenate([np.arange(count), second])
    is_late = np.arange(len(site)) >= count
    day = np.arange(days)
    spans = np.where(has_late[:, None], day[None, :] < finish, True)
    open_days = np.concatenate([spans, np.tile(day >= finish, (len(second), 1))])
    has_places = np.zeros((blocks.count, days), dtype=bool)
    for block in range(blocks.count):
        has_places[block] = frame.room[blocks.of_team == block].sum(axis=0) > 0
    open_days &= has_places[in_block[site]]
    return site, is_late, open_days, np.concatenate([early, late[second]])


def _usable(frame: _Frame, blocks: Blocks, rows: Rows) -> Real:
    """Return the places to be filled on average per team and day: all of them where there are visits enough."""
    site, is_late, open_days, total = rows
    instance, cap = frame.instance, frame.cap
    usable = np.zeros(frame.room.shape)
    of_row = blocks.of_site[site]
    for block in range(blocks.count):
        teams = np.flatnonzero(blocks.of_team == block)
        mine = of_row == block
        if not len(teams) or not mine.any():
            continue
        places = frame.room[teams].sum(axis=0)
        for late in (False, True):
            part = mine & (is_late == late)
            if not part.any() or total[part].sum() <= 0:
                continue
            span = open_days[part].any(axis=0)
            due = float((instance.due[site[part]] & ~is_late[part]).sum())
            limit = np.where(span, np.minimum(places, 0.995 * cap * open_days[part].sum(axis=0)), 0.0)
            limit[0] = min(places[0], limit[0] + due) if span[0] else 0.0
            target = _level(places * span, limit, float(total[part].sum()), due)
            share = np.divide(target, places, out=np.zeros_like(places), where=places > 0)
            usable[teams] += frame.room[teams] * share
    return usable


def _level(places: Real, limit: Real, total: float, first: float) -> Real:
    """This function will spread `total` visits over the days in proportion to their places, each day up to its limit."""
    if limit.sum() <= total * (1 + 1e-9):
        scale = total / limit.sum() if limit.sum() else 0.0
        return limit * scale
    low, high = 0.0, 2.0 * total / max(1e-9, float(places[places > 0].min(initial=1.0))) + 2.0
    floor = np.where(np.arange(len(places)) == 0, np.minimum(first, limit), 0.0)
    for _step in range(100):
        middle = (low + high) / 2
        if np.clip(places * middle, floor, limit).sum() < total:
            low = middle
        else:
            high = middle
    return np.clip(places * high, floor, limit)


def _solve(frame: _Frame, blocks: Blocks, rows: Rows, places: Real) -> tuple[Real, float]:
    """This function will find row and column terms by Newton steps in turn until all sums agree."""
    site, is_late, open_days, total = rows
    instance, cap, days = frame.instance, frame.cap, frame.instance.days
    class_of = blocks.class_of[site]
    fixed = np.zeros(open_days.shape, dtype=bool)
    fixed[:, 0] = instance.due[site] & ~is_late
    free = open_days & ~fixed
    tilt = np.clip(scores(instance.risk), -NARROW, NARROW) * min(TILT, TILT / max(instance.dial, LEAST_DIAL))
    slope = (np.arange(days) + 0.5) / days - 0.5 if days > 1 else np.zeros(1)
    base = -tilt[site][:, None] * slope[None, :]
    gather = csr_matrix(
        (np.ones(len(site)), (class_of, np.arange(len(site)))), shape=(len(blocks.may), len(site))
    )
    with np.errstate(divide="ignore"):
        column = np.log(places)  # −∞ for a team without places
    row = np.zeros(len(site))
    wanted = total - fixed.sum(axis=1)
    rising = (wanted > 1e-12) & free.any(axis=1)
    chance, error = np.zeros(open_days.shape), np.inf
    for _step in range(MOST_STEPS):
        together, shares = _joined(column, blocks.may)
        for _inner in range(2):
            level = _sigmoid(base + row[:, None] + together[class_of]) * free
            have, steep = cap * level.sum(axis=1), cap * (level * (1 - level)).sum(axis=1)
            row += np.where(rising, np.clip((wanted - have) / np.maximum(steep, 1e-12), -2, 2), 0.0)
        level = _sigmoid(base + row[:, None] + together[class_of]) * free * rising[:, None]
        chance = np.where(fixed, 1.0, cap * level)
        load, steep = gather @ chance, gather @ (cap * level * (1 - level))
        loads = np.einsum("gt,gkt->kt", load, shares)
        steeps = np.einsum("gt,gkt->kt", steep, shares)
        used = places > 0
        apart = np.abs(loads - places)[used] / np.maximum(places[used], 1e-9)
        error = float(max(np.abs(chance.sum(axis=1) - total).max(initial=0.0), apart.max(initial=0.0)))
        if error < TOLERANCE:
            break
        column = np.where(used, column + _column_step(places, loads, steeps, blocks), -np.inf)
    return chance, error


def _column_step(places: Real, loads: Real, steeps: Real, blocks: Blocks) -> Real:
    """This function will return a Newton step for each block's day, and within it a plain correction between its teams."""
    member = (blocks.of_team[None, :] == np.arange(blocks.count)[:, None]).astype(float)
    wanted, have, steep = member @ places, member @ loads, member @ steeps
    common = np.log(np.maximum(wanted, 1e-12) / np.maximum(have, 1e-12))
    apart = np.log(np.maximum(places, 1e-12) / np.maximum(loads, 1e-12)) - common[blocks.of_team]
    newton = common * np.clip(have / np.maximum(steep, 1e-12), 1.0, 8.0)
    return np.clip(apart + newton[blocks.of_team], -2, 2)


def _joined(column: Real, may: Flags) -> tuple[Real, Real]:
    """Return per class and day the joint term of its teams, and each team's share of the class."""
    terms = np.where(may[:, :, None], column[None, :, :], -np.inf)
    top = terms.max(axis=1)
    safe = np.where(np.isfinite(top), top, 0.0)
    parts = np.exp(terms - safe[:, None, :])
    whole = parts.sum(axis=1)
    shares = np.divide(parts, whole[:, None, :], out=np.zeros_like(parts), where=whole[:, None, :] > 0)
    with np.errstate(divide="ignore"):
        return np.where(whole > 0, safe + np.log(whole), -1e9), shares
