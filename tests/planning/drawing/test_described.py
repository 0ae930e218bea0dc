"""docs/draw.md is enough to write `optimal-v1` anew: this is such a program, written from the page, and it agrees."""

import hashlib
import itertools
import json
import struct
from collections import defaultdict
from pathlib import Path

from duban.planning.draw import digest, draw
from duban.planning.drawing.instance import Instance
from duban.planning.drawing.optimal import recorded
from duban.planning.drawing.plan import make_plan
from tests.planning.drawing.instances import instance, opened, seed_of
from tests.planning.test_draw_properties import site, team

VECTOR = Path(__file__).parent / "vector.json"


def shake(seed, label, count):
    return hashlib.shake_256(seed + label.encode("ascii")).digest(count)


def numbers(seed, label, count):
    return struct.unpack(f">{count}Q", shake(seed, label, 8 * count))


def rounded(plan, seed):
    weight = list(plan["weight"])
    count = len(weight)
    keys = numbers(seed, "order", count)
    lists = [
        sorted(range(count), key=lambda e, ends=ends: (ends[e], keys[e], e))
        for ends in (plan["left"], plan["right"])
    ]
    for bit in range(plan["bits"]):
        coin = shake(seed, f"coin {bit}", count)
        partners = []
        for edges in lists:
            odd = [e for e in edges if weight[e] % 2]
            partners.append(
                {
                    a: b
                    for one, two in zip(odd[::2], odd[1::2], strict=True)
                    for a, b in ((one, two), (two, one))
                }
            )
        seen = set()
        for first in sorted(partners[0]):
            step, edge, side = 1 if coin[first] & 1 else -1, first, 0
            while edge not in seen:
                seen.add(edge)
                weight[edge] += step
                edge, step, side = partners[side][edge], -step, 1 - side
        weight = [one // 2 for one in weight]
    return weight


def cheapest(costs, quotas):
    """Successive shortest paths over (site, team) costs; missing pairs are absent."""
    team_of = {}
    for start in range(len(costs)):
        # distance to a team: reach it from a site, or by moving one of its sites on to another team
        best, via = {}, {}
        for key, cost in costs[start].items():
            best[key], via[key] = cost, start
        for _round in range(len(quotas)):
            for moved, key in team_of.items():
                for other, cost in costs[moved].items():
                    if (
                        key in best
                        and other != key
                        and best[key] - costs[moved][key] + cost < best.get(other, float("inf"))
                    ):
                        best[other], via[other] = best[key] - costs[moved][key] + cost, moved
        load = defaultdict(int)
        for key in team_of.values():
            load[key] += 1
        goal = min((key for key in best if load[key] < quotas[key]), key=lambda key: best[key])
        while True:
            mover = via[goal]
            before = team_of.get(mover)
            team_of[mover] = goal
            if mover == start:
                break
            goal = before
    return team_of


def may_go(team, site):
    paths = [site["area"], *site["parties"]]
    inside = not team["sectors"] or any(path.startswith(one) for path in paths for one in team["sectors"])
    kept_out = any(path.startswith(one) for path in paths for one in team["recused"])
    return inside and not kept_out and (team["has_expert"] or not site["needs_expert"])


def redraw(inputs, seed):
    teams, sites = (sorted(inputs[key], key=lambda one: one["id"]) for key in ("teams", "sites"))
    plan = inputs["plan"]
    weight = rounded(plan, seed)
    today = sorted(
        s for s, day, taken in zip(plan["site"], plan["day"], weight, strict=False) if day == 0 and taken
    )
    areas = sorted({sites[s]["area"] for s in today})
    size = len(teams)
    table = [one >> 24 for one in numbers(seed, "team", (len(today) + len(areas)) * size)]
    costs = [
        {
            k: table[i * size + k]
            + 4 * table[(len(today) + areas.index(sites[s]["area"])) * size + k]
            + (2**46 if sites[s]["id"] in teams[k]["rotates_from"] else 0)
            + (2**46 if any(sites[s]["area"].startswith(one) for one in teams[k]["rests_in"]) else 0)
            for k in range(size) if may_go(teams[k], sites[s])
        }
        for i, s in enumerate(today)
    ]  # fmt: skip
    chosen = cheapest(costs, [one["quota"] for one in teams])
    order = sorted(range(len(today)), key=numbers(seed, "visits", len(today)).__getitem__)
    return {
        "assignments": [
            {"team": one["id"], "sites": [sites[today[i]]["id"] for i in order if chosen[i] == k]}
            for k, one in enumerate(teams)
        ]
    }


def recorded_inputs():
    """Inputs with a recusal, an expert need, rotation, and teams that cannot go everywhere."""
    teams = [
        team(k, quota=3, has_expert=k == 2)
        | {"rotates_from": ["s0004"] if k == 1 else [], "rests_in": ["1.3."] if k > 1 else []}
        for k in range(4)
    ]
    teams[0]["recused"] = ["1.2."]
    sites = [site(n, area=f"1.{n % 4}.", needs_expert=n == 9) for n in range(30)]
    barred = [(k, n) for k, n in itertools.product(range(4), range(30)) if not may_go(teams[k], sites[n])]
    plan = make_plan(opened(instance(days=5, teams=4, sites=30, capacity=3, excluded=barred)), seed_of(0))
    assert isinstance(plan.instance, Instance)
    return {
        "algorithm": "optimal-v1",
        "day": "2020-02-16",
        "teams": teams,
        "sites": sites,
        "plan": recorded(plan.graph),
    }


def test_program_written_from_the_page_draws_the_same():
    inputs = recorded_inputs()
    results = [draw(inputs, seed_of(number)) for number in range(12)]
    assert [redraw(inputs, seed_of(number)) for number in range(12)] == results
    assert len({digest(one) for one in results}) == 12


def test_reference_vector_never_changes():
    vector = json.loads(VECTOR.read_text())
    assert draw(vector["inputs"], bytes.fromhex(vector["seed"])) == vector["result"]


def test_order_of_the_rows_plays_no_part():
    inputs = recorded_inputs()
    turned = {**inputs, "teams": inputs["teams"][::-1], "sites": inputs["sites"][::-1]}
    assert draw(turned, seed_of(5)) == draw(inputs, seed_of(5))
