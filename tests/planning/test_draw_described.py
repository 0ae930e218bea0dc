"""docs/draw.md is enough to write the draw anew: this is such a program, written from the page, and it agrees."""

import hashlib
import hmac
import itertools
import json
from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from duban.planning.draw import commitment, draw
from tests.planning.test_draw_properties import build, inputs_of, seed_of, sites_of, teams_of


class Numbers:
    def __init__(self, seed):
        self.words = self._read(seed)

    def _read(self, seed):
        for block in itertools.count():
            answer = hmac.new(seed, block.to_bytes(8, "big"), hashlib.sha256).digest()
            yield from (int.from_bytes(answer[at : at + 8], "big") for at in (0, 8, 16, 24))

    def below(self, n):
        while True:
            word = next(self.words)
            if word < 2**64 - 2**64 % n:
                return word % n

    def shuffle(self, items):
        items = list(items)
        for p in reversed(range(1, len(items))):
            q = self.below(p + 1)
            items[p], items[q] = items[q], items[p]
        return items


def may_go(team, site):
    paths = [site["area"], *site["parties"]]
    inside = not team["sectors"] or any(path.startswith(one) for path in paths for one in team["sectors"])
    kept_out = any(path.startswith(one) for path in paths for one in team["recused"])
    return inside and not kept_out and (team["has_expert"] or not site["needs_expert"])


def reasons(team, site):
    stayed = [path for path in team.get("rests_in", []) if site["area"].startswith(path)]
    return (site["id"] in team.get("rotates_from", [])) + bool(stayed)


def redraw(inputs, seed):
    numbers = Numbers(seed)
    teams = {team["id"]: team for team in sorted(inputs["teams"], key=lambda team: team["id"])}
    sites = {site["id"]: site for site in sorted(inputs["sites"], key=lambda site: site["id"])}
    holds = {key: [] for key in teams}
    order, given_up = {}, set()

    def place(start):
        mixed = numbers.shuffle([key for key in teams if may_go(teams[key], sites[start])])
        order[start] = sorted(mixed, key=lambda key: reasons(teams[key], sites[start]))
        seen, queue = {}, deque([(start, None)])
        while queue:
            site, holder = queue.popleft()
            for key in order[site]:
                if key in seen or key in given_up:
                    continue
                seen[key] = (site, holder)
                if len(holds[key]) < teams[key]["quota"]:
                    while key is not None:
                        site, holder = seen[key]
                        holds[key].append(site)
                        if holder is not None:
                            holds[holder].remove(site)
                        key = holder
                    return
                queue.extend((other, key) for other in holds[key])
        given_up.update(seen)

    groups = ([], [], [])
    for key, site in sites.items():
        groups[0 if site["must"] else 2 if site["visited"] else 1].append(key)
    places = sum(team["quota"] for team in teams.values())
    for rank, group in enumerate(groups):
        for key in numbers.shuffle(group):
            if rank and sum(map(len, holds.values())) == places:
                break
            place(key)
    return {"assignments": [{"team": key, "sites": numbers.shuffle(sorted(holds[key]))} for key in teams]}


@settings(max_examples=150, deadline=None)
@given(teams_of, sites_of, st.integers(0, 10**6), st.booleans())
def test_program_written_from_the_page_draws_the_same(team_rows, site_rows, number, is_rotating):
    inputs, seed = inputs_of(*build(team_rows, site_rows)), seed_of(number)
    if is_rotating:
        for place, team in enumerate(inputs["teams"]):
            team["rotates_from"] = [site["id"] for site in inputs["sites"][place::2]]
            team["rests_in"] = ["1.3."] if place % 2 else []
    assert redraw(inputs, seed) == draw(inputs, seed)


def test_commitment_written_from_the_page_is_the_same():
    inputs = inputs_of(*build([(2, ["1.1."], [], True)], [("1.1.", False, True)]))
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert commitment(inputs, seed_of(3)) == hashlib.sha256(seed_of(3) + text.encode()).hexdigest()
