"""Algorithm `optimal-v1`: today's sites and teams from the recorded whole-number plan and the seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from duban.planning.drawing.eligible import is_eligible, returns
from duban.planning.drawing.plan import HEAVY, area_numbers
from duban.planning.drawing.refusals import Infeasible
from duban.planning.drawing.rounding import round_graph, words
from duban.planning.drawing.seats import assign
from duban.planning.drawing.weights import Graph

PLAN_ARRAYS = ("left", "right", "weight", "site", "day")


def graph_of(plan: Mapping[str, Any]) -> Graph:
    """This function will read the graph of a recorded plan."""
    left, right, weight, site, day = (np.array(plan[key], dtype=np.int64) for key in PLAN_ARRAYS)
    return Graph(left, right, weight, site, day, int(plan["bits"]))


def recorded(graph: Graph) -> dict[str, Any]:
    """This function will write a graph the way it is recorded."""
    arrays = (graph.left, graph.right, graph.weight, graph.site, graph.day)
    return {
        "bits": graph.bits,
        **{key: array.tolist() for key, array in zip(PLAN_ARRAYS, arrays, strict=True)},
    }


def optimal_v1(inputs: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
    """This function will round the recorded plan and give today's sites to teams by the cheapest assignment.

    :raises Infeasible: when today's sites cannot be given to the teams, or an exact quota stays unfilled.
    """
    teams = sorted(inputs["teams"], key=lambda one: one["id"])
    sites = sorted(inputs["sites"], key=lambda one: one["id"])
    graph = graph_of(inputs["plan"])
    taken = round_graph(graph, seed)[: len(graph.site)]
    today = np.sort(graph.site[(taken > 0) & (graph.day == 0)])
    chosen = [sites[place] for place in today.tolist()]
    may = np.array([[is_eligible(team, site) for team in teams] for site in chosen], dtype=bool)
    again = np.array([[returns(team, site) for team in teams] for site in chosen], dtype=np.int64)
    places = np.array([team["quota"] for team in teams], dtype=np.int64)
    areas = area_numbers([site["area"] for site in sites])[today]
    shape = (len(chosen), len(teams))
    team_of = assign(seed, "team", may.reshape(shape), places, areas.tolist(), again.reshape(shape) * HEAVY)
    if team_of is None:
        raise Infeasible("seats", len(chosen), int(places.sum()))
    order = np.argsort(words(seed, "visits", len(chosen)), kind="stable")
    lists: list[list[str]] = [[] for _team in teams]
    for place in order.tolist():
        lists[int(team_of[place])].append(chosen[place]["id"])
    for team, held in zip(teams, lists, strict=True):
        if team["is_exact"] and len(held) < team["quota"]:
            raise Infeasible("quota", team["quota"], len(held), team["name"])
    return {
        "assignments": [{"team": team["id"], "sites": held} for team, held in zip(teams, lists, strict=True)]
    }
