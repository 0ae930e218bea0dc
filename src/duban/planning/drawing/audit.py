"""Checking a recorded plan by itself: do its whole numbers keep every sum and limit, and how far is a plan made anew?"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from duban.planning.drawing.eligible import is_allowed_today, is_eligible
from duban.planning.drawing.instance import Instance
from duban.planning.drawing.optimal import graph_of
from duban.planning.drawing.plan import plan_round


def instance_of(inputs: Mapping[str, Any]) -> Instance:
    """This function will read what a recorded plan was made for."""
    plan = inputs["plan"]
    sites = sorted(inputs["sites"], key=lambda one: one["id"])
    teams = [*sorted(inputs["teams"], key=lambda one: one["id"]), *inputs["later_teams"]]
    allows = is_allowed_today if plan["is_rotating"] else is_eligible
    barred = [
        (number, place)
        for place, team in enumerate(teams)
        for number, site in enumerate(sites)
        if not allows(team, site)
    ]
    column = {key: np.array([row[key] for row in sites]) for key in ("risk", "least", "most", "must")}
    return Instance(
        days=len(plan["days"]), team_ids=[team["name"] for team in teams], site_ids=[row["name"] for row in sites],
        places=np.array(plan["places"], dtype=np.int64).reshape(len(teams), -1), risk=column["risk"].astype(float),
        least=column["least"].astype(np.int64), most=column["most"].astype(np.int64), areas=[row["area"] for row in sites],
        barred=barred, due=column["must"].astype(bool), dial=float(plan["dial"]), cap=plan["cap"], is_rotating=False,
    )  # fmt: skip


def faults_of(inputs: Mapping[str, Any]) -> list[str]:
    """This function will return what is wrong with the whole numbers of a recorded plan, nothing if they are sound."""
    instance, graph = instance_of(inputs), graph_of(inputs["plan"])
    unit, seen = 1 << graph.bits, len(graph.site)
    faults = []
    for name, side in (("left", graph.left), ("right", graph.right)):
        if (np.bincount(side, weights=graph.weight).astype(np.int64) % unit).any():
            faults.append(f"sums {name}")
    visits = np.bincount(graph.site, weights=graph.weight[:seen], minlength=len(instance.site_ids)) / unit
    if (visits < np.maximum(instance.least, instance.due) - 1e-9).any():
        faults.append("least")
    if (visits > np.maximum(instance.most, instance.due) + 1e-9).any():
        faults.append("most")
    days = np.bincount(graph.day, weights=graph.weight[:seen], minlength=instance.days) / unit
    if (days > instance.places.sum(axis=0) + 1e-9).any():
        faults.append("places")
    if (graph.weight[:seen] < 0).any() or (graph.weight[:seen] > unit).any():
        faults.append("chances")
    return faults


def distance(inputs: Mapping[str, Any]) -> float:
    """Return the largest difference between a recorded chance and that of a plan made anew on this machine."""
    instance, graph = instance_of(inputs), graph_of(inputs["plan"])
    again = plan_round(instance, inputs["plan"]["finish"]).graph
    assert again is not None  # noqa: S101 - a round always has a graph
    tables = []
    for one in (graph, again):
        table = np.zeros((len(instance.site_ids), instance.days))
        table[one.site, one.day] = one.weight[: len(one.site)] / (1 << one.bits)
        tables.append(table)
    return float(np.abs(tables[0] - tables[1]).max(initial=0.0))
