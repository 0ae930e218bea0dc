"""Small instances for the tests of the drawing engine."""

import hashlib

import numpy as np

from duban.planning.drawing.instance import split_kinds


def seed_of(number: int) -> bytes:
    return hashlib.sha256(f"test seed {number}".encode()).digest()


def instance(*, days=6, teams=3, sites=24, capacity=2, excluded=(), **keys):
    """`excluded`: pairs (team, site). Risks rise with the site's number, areas are groups of six."""
    crews = [
        {"id": f"t{k}", "capacity": capacity, "kind": "open", "excluded_sites": [f"s{s}" for t, s in excluded if t == k]}
        for k in range(teams)
    ]  # fmt: skip
    rows = [{"id": f"s{n}", "risk": 1 + n % 7, "area": f"a{n // 6}"} for n in range(sites)]
    return {"days": days, "teams": crews, "sites": rows, **keys}


def opened(given):
    return split_kinds(given)[0]


def table(plan, visits):
    """Return sites × days, 1 where a site is visited."""
    made = np.zeros((len(plan.instance.site_ids), plan.instance.days), dtype=int)
    np.add.at(made, (visits.site, visits.day), 1)
    return made
