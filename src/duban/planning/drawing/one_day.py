"""One day with very many sites: inclusion chances by risk, sites drawn in random pairs area by area, one flow for teams."""

from dataclasses import dataclass

import numpy as np

from duban.planning.drawing.instance import CAP_ONE_DAY, Instance, Whole
from duban.planning.drawing.marginals import LEAST_DIAL, fill, scores
from duban.planning.drawing.refusals import Infeasible
from duban.planning.drawing.rounding import coins, words
from duban.planning.drawing.weights import BITS, UNIT

MANY, MANY_PAIRS = 20_000, 4_000_000


def is_large_day(instance: Instance) -> bool:
    """Test whether an instance is one day with so many sites or pairs that it is planned without a table of pairs."""
    sites, teams = len(instance.site_ids), len(instance.team_ids)
    return instance.days == 1 and (sites >= MANY or sites * teams > MANY_PAIRS)


@dataclass
class DayPlan:
    """Whole-number chances of one day; the total is a whole number of sites."""

    weight: Whole
    area: Whole
    bits: int = BITS


def plan_day(instance: Instance) -> DayPlan:
    """This function will compute the chance of every site: 1 where a visit is due, else by risk and at most the cap.

    :raises Infeasible: if more visits are due than there are places, or a site may not be visited by any team.
    """
    due = (instance.due | (instance.least > 0)).astype(np.int64)
    if not instance.team_ids or not instance.total:
        raise Infeasible("teams", 1, 0)
    if not instance.site_ids:
        raise Infeasible("sites", 1, 0)
    if int(due.sum()) > instance.total:
        raise Infeasible("coverage", int(due.sum()), instance.total)
    if (instance.least > 1).any():
        place = int(np.argmax(instance.least))
        raise Infeasible("days", int(instance.least[place]), 1, instance.site_ids[place])
    shut = np.bincount([site for site, _team in instance.barred], minlength=len(due)) >= len(
        instance.team_ids
    )
    if (shut & (due > 0)).any():
        raise Infeasible("excluded", 1, 0, instance.site_ids[int(np.flatnonzero(shut & (due > 0))[0])])
    cap = CAP_ONE_DAY if instance.cap is None else instance.cap
    limit = np.where((due > 0) | shut, 0.0, np.minimum(cap, instance.most))
    wanted = min(instance.total - int(due.sum()), int(limit.sum() + 1e-9))
    score = scores(instance.risk) / max(instance.dial, LEAST_DIAL)
    share = fill(wanted, limit, score, instance.total)
    exact = share * UNIT
    weight = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-(exact - weight), kind="stable")
    missing = wanted * UNIT - int(weight.sum())
    while missing > 0:
        can = order[weight[order] < np.ceil(limit[order] * UNIT)][:missing]
        weight[can] += 1
        missing -= len(can)
    _names, area = np.unique(np.array(instance.areas, dtype=object).astype(str), return_inverse=True)
    return DayPlan(weight + due * UNIT, area.reshape(-1).astype(np.int64))


def round_day(plan: DayPlan, seed: bytes) -> Whole:
    """This function will return the drawn sites, by position.

    The sites stand in random order, area by area. In each round those with an odd weight are paired as they stand; one of a
    pair, chosen by its coin, gains a unit from the other. So an area's number differs from its expectation by less than one
    pair across its borders, and no chance moves.
    """
    weight = plan.weight.copy()
    order = np.argsort(words(seed, "order", len(weight)), kind="stable")
    order = order[np.argsort(plan.area[order], kind="stable")]
    for bit in range(plan.bits):
        odd = order[(weight[order] & 1).astype(bool)]
        sign = 2 * coins(seed, f"coin {bit}", len(odd) // 2) - 1
        weight[odd[0::2]] += sign
        weight[odd[1::2]] -= sign
        weight >>= 1
    return np.flatnonzero(weight)
