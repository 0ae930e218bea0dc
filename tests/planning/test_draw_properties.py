"""The pure draw: deterministic, within capacity, coverage first, recusal and experts kept, uniform."""

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duban.planning.draw import Infeasible, Stream, canonical, commitment, draw, is_eligible


def seed_of(number: int) -> bytes:
    return hashlib.sha256(f"test seed {number}".encode()).digest()


def team(number, *, quota=2, sectors=(), recused=(), has_expert=False, is_exact=False):
    return {
        "id": f"t{number:03}", "name": f"第{number}组", "quota": quota, "is_exact": is_exact, "sectors": list(sectors),
        "recused": list(recused), "has_expert": has_expert,
    }  # fmt: skip


def site(number, *, area="1.1.", visited=False, must=False, needs_expert=False, parties=()):
    return {
        "id": f"s{number:04}", "code": f"S{number}", "name": f"点位{number}", "type": "x", "area": area,
        "parties": list(parties), "visited": visited, "must": must, "needs_expert": needs_expert,
    }  # fmt: skip


def inputs_of(teams, sites):
    return {"algorithm": "uniform-v1", "day": "2020-02-16", "teams": teams, "sites": sites}


areas = st.sampled_from(["1.1.", "1.2.", "1.3.", "1.3.1."])
teams_of = st.lists(
    st.tuples(st.integers(1, 4), st.lists(areas, max_size=2), st.lists(areas, max_size=1), st.booleans()),
    min_size=1, max_size=5,
)  # fmt: skip
sites_of = st.lists(st.tuples(areas, st.booleans(), st.booleans()), min_size=1, max_size=25)


def build(team_rows, site_rows):
    teams = [
        team(n, quota=quota, sectors=sectors, recused=recused, has_expert=expert)
        for n, (quota, sectors, recused, expert) in enumerate(team_rows)
    ]
    sites = [
        site(n, area=area, visited=visited, needs_expert=expert)
        for n, (area, visited, expert) in enumerate(site_rows)
    ]
    return teams, sites


def best_count(teams, sites):
    """Size of a maximum assignment by augmenting paths over single places (written apart from the product)."""
    places = [(one, k) for one in teams for k in range(one["quota"])]
    taken = {}

    def augment(number, seen):
        for index, (one, _k) in enumerate(places):
            if index in seen or not is_eligible(one, sites[number]):
                continue
            seen.add(index)
            if index not in taken or augment(taken[index], seen):
                taken[index] = number
                return True
        return False

    return sum(augment(number, set()) for number in range(len(sites)))


@settings(max_examples=120, deadline=None)
@given(teams_of, sites_of, st.integers(0, 10**6))
def test_draw_keeps_every_rule_and_is_repeatable(team_rows, site_rows, number):
    teams, sites = build(team_rows, site_rows)
    inputs = inputs_of(teams, sites)
    result = draw(inputs, seed_of(number))

    assert (
        draw(inputs_of(teams[::-1], sites[::-1]), seed_of(number)) == result
    )  # order of the lists plays no part
    by_team, by_site = {one["id"]: one for one in teams}, {one["id"]: one for one in sites}
    drawn = [key for row in result["assignments"] for key in row["sites"]]
    assert len(drawn) == len(set(drawn))
    for row in result["assignments"]:
        assert len(row["sites"]) <= by_team[row["team"]]["quota"]
        assert all(is_eligible(by_team[row["team"]], by_site[key]) for key in row["sites"])
    assert len(drawn) == best_count(teams, sites)  # as many places as can be filled are filled
    unvisited = [one for one in sites if not one["visited"]]
    assert sum(not by_site[key]["visited"] for key in drawn) == best_count(teams, unvisited)  # coverage first


def test_recused_unit_is_never_assigned_through_any_party():
    teams = [team(1, quota=5, recused=["1.9."])]
    sites = [site(1, parties=["1.9.2."]), site(2, area="1.9."), site(3)]
    for number in range(40):
        assert draw(inputs_of(teams, sites), seed_of(number))["assignments"] == [
            {"team": "t001", "sites": ["s0003"]}
        ]


def test_must_sites_are_always_drawn():
    sites = [site(n, must=n in (3, 7), visited=n == 7) for n in range(30)]
    for number in range(40):
        assert {"s0003", "s0007"} <= set(
            draw(inputs_of([team(1, quota=4)], sites), seed_of(number))["assignments"][0]["sites"]
        )


@pytest.mark.parametrize(
    ("teams", "sites", "constraint", "short"),
    [
        ([], [site(1)], "teams", 1),
        ([team(1)], [], "sites", 1),
        ([team(1, quota=2)], [site(n, must=True) for n in range(5)], "capacity", 3),
        ([team(1, quota=4, is_exact=True)], [site(1)], "quota", 3),
        ([team(1, recused=["1.1."])], [site(1, must=True)], "recusal", 1),
        ([team(1)], [site(1, must=True, needs_expert=True)], "expert", 1),
        ([team(1, sectors=["1.2."])], [site(1, must=True)], "sector", 1),
    ],
)
def test_infeasible_names_the_constraint_and_by_how_much(teams, sites, constraint, short):
    with pytest.raises(Infeasible) as refused:
        draw(inputs_of(teams, sites), seed_of(1))
    assert (refused.value.constraint, refused.value.short_by) == (constraint, short)


def test_capacity_message_counts_only_sites_bound_to_the_full_teams():
    teams = [team(1, quota=1, sectors=["1.1."]), team(2, quota=9, sectors=["1.2."])]
    sites = [site(n, area="1.1." if n < 3 else "1.2.", must=True) for n in range(6)]
    with pytest.raises(Infeasible) as refused:
        draw(inputs_of(teams, sites), seed_of(1))
    assert (refused.value.needed, refused.value.available, refused.value.subject) == (3, 1, "第1组")


def chi_square(counts):
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


def test_every_site_is_equally_likely():
    sites = [site(n) for n in range(20)]
    counts = dict.fromkeys([one["id"] for one in sites], 0)
    for number in range(3000):
        for key in draw(inputs_of([team(1, quota=5)], sites), seed_of(number))["assignments"][0]["sites"]:
            counts[key] += 1
    # 5 of 20 without replacement: variance is 15/19 of independent draws; 43.8 = 99.9 % point of χ²(19)
    assert chi_square(list(counts.values())) / (15 / 19) < 43.8


def test_teams_and_order_are_equally_likely():
    teams, sites = [team(n, quota=1) for n in range(3)], [site(n) for n in range(3)]
    outcomes: dict[str, int] = {}
    for number in range(3000):
        result = draw(inputs_of(teams, sites), seed_of(number))
        key = "".join(row["sites"][0] for row in result["assignments"])
        outcomes[key] = outcomes.get(key, 0) + 1
    assert len(outcomes) == 6
    assert chi_square(list(outcomes.values())) < 20.5  # 99.9 % point of χ²(5)


def test_stream_follows_its_description():
    seed = seed_of(9)
    block = hmac.new(seed, (0).to_bytes(8, "big"), hashlib.sha256).digest()
    words = [int.from_bytes(block[place : place + 8], "big") for place in (0, 8, 16, 24)]
    stream = Stream(seed)
    assert [stream.below(1000) for _ in range(4)] == [word % 1000 for word in words]


def test_commitment_binds_seed_and_inputs():
    inputs = inputs_of([team(1)], [site(1)])
    assert commitment(inputs, seed_of(1)) == hashlib.sha256(seed_of(1) + canonical(inputs)).hexdigest()
    assert commitment(inputs, seed_of(1)) != commitment(inputs, seed_of(2))
    assert commitment(inputs, seed_of(1)) != commitment(inputs_of([team(1, quota=3)], [site(1)]), seed_of(1))


def test_unknown_algorithm_and_short_seed_are_refused():
    with pytest.raises(LookupError):
        draw({**inputs_of([team(1)], [site(1)]), "algorithm": "none"}, seed_of(1))
    with pytest.raises(ValueError, match="32"):
        draw(inputs_of([team(1)], [site(1)]), b"short")
