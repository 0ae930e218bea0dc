"""Every draw keeps every rule; what cannot hold is refused by name and amount."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duban.planning.drawing.bound import best_value, bound_value
from duban.planning.drawing.instance import Malformed, split_kinds
from duban.planning.drawing.measures import violations_of
from duban.planning.drawing.plan import draw_schedule, make_plan
from duban.planning.drawing.refusals import Infeasible
from tests.planning.drawing.instances import instance, opened, seed_of, table

cases = st.fixed_dictionaries(
    {
        "days": st.integers(1, 6), "teams": st.integers(1, 4), "sites": st.integers(1, 20),
        "capacity": st.integers(0, 4), "dial": st.sampled_from([0, 0.5, 1, 50]),
        "excluded": st.lists(st.tuples(st.integers(0, 3), st.integers(0, 19)), max_size=12),
    }
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(cases, st.integers(0, 10**6))
def test_random_instance_is_drawn_by_the_rules_or_refused_with_an_amount(case, number):
    part = opened(instance(**case))
    try:
        plan = make_plan(part, seed_of(number))
        for turn in range(2):
            assert violations_of(plan, draw_schedule(plan, seed_of(number + turn))) == {}
    except Infeasible as refused:
        assert refused.short_by > 0
        if refused.constraint in ("coverage", "teams_full", "excluded"):
            assert np.isnan(bound_value(part))  # a linear program agrees that nothing fits


@pytest.mark.parametrize(
    ("given_keys", "changes", "constraint", "short"),
    [
        ({"capacity": 1, "teams": 2}, {}, "coverage", 12),
        ({"excluded": [(k, 5) for k in range(3)]}, {}, "excluded", 1),
        ({"days": 3, "capacity": 9}, {"min_visits": 4, "max_visits": 4}, "days", 1),
        ({}, {"min_visits": 3, "max_visits": 2}, "visits_range", 1),
        ({"teams": 1, "capacity": 9}, {"min_visits": 2, "max_visits": 2}, "rotation", 1),
        ({"cap": 0.1, "capacity": 9}, {}, "cap", 0.066667),
        ({"excluded": [(k, s) for k in (1, 2) for s in range(24)]}, {}, "teams_full", 12),
        ({"teams": 0}, {}, "teams", 1),
        ({"sites": 0}, {}, "sites", 1),
        ({"capacity": [1, 1, 9, 9, 9, 9], "cap": 0.2, "teams": 1}, {}, "cap_coverage", 2.8),
    ],
)
def test_what_cannot_hold_is_named_with_its_amount(given_keys, changes, constraint, short):
    given = instance(**given_keys)
    for row in given["sites"]:
        row |= changes
    with pytest.raises(Infeasible) as refused:
        make_plan(opened(given), seed_of(1))
    assert (refused.value.constraint, refused.value.short_by) == (constraint, pytest.approx(short, abs=0.01))


def test_overdue_site_is_visited_on_the_first_day():
    given = instance()
    given["sites"][7]["overdue"] = True
    plan = make_plan(opened(given), seed_of(1))
    for number in range(20):
        assert table(plan, draw_schedule(plan, seed_of(number)))[7, 0] == 1


def test_coverage_is_complete_before_the_last_day_which_only_repeats():
    plan = make_plan(opened(instance(days=8)), seed_of(1))
    assert plan.chances.finish == 7
    for number in range(20):
        made = table(plan, draw_schedule(plan, seed_of(number)))
        assert made[:, :7].sum(axis=1).min() == 1
        assert made[:, 7].sum() == 6


def test_repeat_visits_follow_risk_and_the_dial_turns_them():
    chances = {}
    for dial in (0, 1000):
        plan = make_plan(opened(instance(dial=dial)), seed_of(1))
        visits = (
            np.bincount(plan.graph.site, weights=plan.graph.weight[: len(plan.graph.site)])
            / 2**plan.graph.bits
        )
        chances[dial] = visits[6] - visits[0]  # risk 7 against risk 1
    assert chances[0] > 0.4
    assert abs(chances[1000]) < 0.01


def test_covert_teams_draw_apart_and_the_visits_of_both_stay_within_the_limit():
    given = instance(teams=4)
    given["teams"][3] |= {"kind": "covert", "capacity": 1}
    parts = split_kinds(given)
    drawn = [
        table(plan, draw_schedule(plan, seed_of(3))) for plan in (make_plan(one, seed_of(2)) for one in parts)
    ]
    assert [made.sum() for made in drawn] == [36, 6]
    assert (drawn[0].sum(axis=1) >= 1).all()
    assert (drawn[0] + drawn[1]).sum(axis=1).max() <= 2


def test_one_large_day_fills_every_place_and_keeps_area_shares():
    given = instance(days=1, teams=60, sites=20_000, capacity=5, excluded=[(k, k) for k in range(60)])
    for row in given["sites"]:
        row["area"] = str(int(row["id"][1:]) % 4)
    plan = make_plan(opened(given), seed_of(1))
    assert plan.one_day is not None
    made = draw_schedule(plan, seed_of(2))
    assert violations_of(plan, made) == {}
    assert len(made.site) == 300
    expected = np.bincount(plan.areas, weights=plan.one_day.weight) / 2**14
    assert np.abs(np.bincount(plan.areas[made.site]) - expected).max() < 2


def test_deterministic_optimum_meets_the_linear_bound():
    part = opened(instance(excluded=[(0, n) for n in range(12)]))
    assert best_value(part) == pytest.approx(bound_value(part), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"days": 0}, "days"), ({"teams": {}}, "teams"), ({"sites": None}, "sites"), ({"cap": 2}, "cap"),
        ({"teams": [{"id": "a", "capacity": [1]}]}, "teams[0].capacity"), ({"dial": "x"}, "dial"),
        ({"sites": [{"id": 1}, {"id": "1"}]}, "sites"), ({"sites": [{"id": 1, "min_visits": -1}]}, "sites[0].min_visits"),
    ],
)  # fmt: skip
def test_malformed_instance_is_refused_by_key(change, key):
    with pytest.raises(Malformed) as refused:
        split_kinds({**instance(), **change})
    assert refused.value.key == key
