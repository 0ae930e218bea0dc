"""Drawn as often as planned: a swapped sign or a biased coin shows here and nowhere else."""

import numpy as np
import pytest

from duban.planning.drawing.measures import measure, surprise
from duban.planning.drawing.one_day import DayPlan, round_day
from duban.planning.drawing.plan import make_plan
from duban.planning.drawing.rounding import round_graph
from tests.planning.drawing.instances import instance, opened, seed_of

DRAWS = 500


def spread(counts, chance):
    """Mean squared deviation in standard deviations: 1 if the chances are met."""
    inner = (chance > 0) & (chance < 1)
    counts, chance = counts[inner], chance[inner]
    return float(((counts - DRAWS * chance) ** 2 / (DRAWS * chance * (1 - chance))).mean())


def test_visits_are_drawn_with_their_chances_and_sums_are_exact():
    # some sites cannot be visited by some teams, so that the graph has all kinds of vertices
    plan = make_plan(
        opened(instance(days=7, sites=30, excluded=[(k, n) for k in range(3) for n in range(k, 30, 5)])),
        seed_of(4),
    )
    graph = plan.graph
    counts = np.zeros(len(graph.weight))
    sums = [np.bincount(side, weights=graph.weight) / 2**graph.bits for side in (graph.left, graph.right)]
    for number in range(DRAWS):
        taken = round_graph(graph, seed_of(number))
        counts += taken
        if number < 20:
            assert all(
                (np.bincount(side, weights=taken) == one).all()
                for side, one in zip((graph.left, graph.right), sums, strict=True)
            )
    seen = len(graph.site)
    assert 0.8 < spread(counts[:seen], graph.weight[:seen] / 2**graph.bits) < 1.25


def test_sites_of_a_large_day_are_drawn_with_their_chances():
    weight = np.array([1, 5000, 16383, 8192, 3000, 9000, 16384, 8193, 4097, 11438] * 20)
    weight[-1] += -weight.sum() % 2**14
    plan = DayPlan(weight, np.arange(200) // 30)
    counts = np.zeros(200)
    for number in range(DRAWS):
        taken = round_day(plan, seed_of(number))
        assert len(taken) == weight.sum() >> 14
        counts[taken] += 1
    assert 0.75 < spread(counts, weight / 2**14) < 1.3


def test_schedules_do_not_repeat_and_days_are_hard_to_guess():
    figures = measure(
        [opened(instance(days=20, sites=60, capacity=2, teams=2))],
        40,
        seed_of(9),
        1,
        lambda done, total: None,
    )
    assert (figures["violations"], figures["distinct"], figures["cells"]) == (0, 40, 1200)
    assert figures["entropy_ratio"] >= 0.97
    assert figures["max_day_probability"] <= 0.25
    assert figures["best_guess_p99"] <= 0.16
    assert figures["lp_gap"] <= 1e-6
    assert figures["max_z"] < figures["max_z_limit"]


@pytest.mark.parametrize(("dial", "least"), [(1000, 0.999), (0.5, 0.5)])
def test_surprise_of_one_day_is_measured_against_even_chances(dial, least):
    found = surprise(make_plan(opened(instance(days=1, sites=40, dial=dial)), seed_of(1)))
    assert least <= found["entropy_ratio"] <= 1
    assert found["max_day_probability"] <= 0.5
