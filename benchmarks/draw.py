"""Instances for `duban draw check`, and the demands on the draw measured on them.

python benchmarks/draw.py write round > round.json      # 22 teams × 2,000 sites × 21 days, a few recusals
python benchmarks/draw.py write day > day.json          # one day of 2,000 teams × 100,000 sites
python benchmarks/draw.py run --draws 4000              # both, one JSON line each; status 1 if a demand is missed
"""

import argparse
import json
import random
import sys
from hashlib import sha256
from typing import Any

SIZES = {"round": (22, 2000, 21), "day": (2000, 100_000, 1), "small": (5, 120, 10)}
SPARE = 1.25


def instance(name: str, number: int = 1) -> dict[str, Any]:
    """This function will make an instance: risks with a long tail, areas, teams with uneven places, some recusals."""
    teams, sites, days = SIZES[name]
    chance = random.Random(number)  # noqa: S311 - a test case, not a secret
    areas = [f"A{place:04}" for place in range(max(2, sites // 60))]
    rows = [
        {
            "id": f"s{place}", "risk": round(chance.lognormvariate(0, 0.6), 4), "area": chance.choice(areas),
            "min_visits": int(days > 1), "max_visits": min(2, days),
        }
        for place in range(sites)
    ]  # fmt: skip
    usual = 8 if days == 1 else sites * SPARE / teams / days
    crews = []
    for place in range(teams):
        capacity = [max(1, round(usual + chance.choice((-1, 0, 1)))) for _day in range(days)]
        barred = [
            rows[chance.randrange(sites)]["id"] for _one in range(max(1, sites // 100 if days > 1 else 5))
        ]
        crews.append({"id": f"t{place}", "capacity": capacity, "kind": "open", "excluded_sites": barred})
    return {"days": days, "teams": crews, "sites": rows, "dial": 1.0, "cap": 0.25 if days > 1 else 0.5}


def missed(figures: dict[str, Any], days: int) -> list[str]:
    """Return the demands that a result does not meet. Those on days make sense only for a round."""
    demands = {
        "violations": figures["violations"] == 0,
        "chi2_dof": figures["cells"] >= 1000 and 0.95 <= figures["chi2_dof"] <= 1.05,
        "max_z": figures["max_z"] < figures["max_z_limit"],
        "distinct": figures["distinct"] == figures["draws"],
        "lp_gap": figures["lp_gap"] <= 1e-6,
        "seconds": figures["seconds_plan"] + figures["seconds_draw"] <= (5 if days > 1 else 2),
        "entropy_ratio": days == 1 or figures["entropy_ratio"] >= 0.97,
        "max_day_probability": figures["max_day_probability"] <= (0.25 if days > 1 else 0.5),
        "best_guess_p99": days == 1 or figures["best_guess_p99"] <= 0.16,
    }
    return [name for name, holds in demands.items() if not holds]


def _told(done: int, total: int) -> None:
    print(f"{done}/{total}", file=sys.stderr, flush=True)


def run(names: list[str], draws: int, day_draws: int, jobs: int) -> int:
    """This function will measure the instances and print one line each; returns how many miss a demand."""
    from duban.planning.drawing.instance import split_kinds
    from duban.planning.drawing.measures import measure

    faults = 0
    for name in names:
        given = instance(name)
        parts = [part for part in split_kinds(given) if part is not None]
        figures = measure(
            parts,
            (draws if name != "day" else day_draws) or max(20, draws // 40),
            sha256(name.encode()).digest(),
            jobs,
            _told,
        )
        wrong = missed(figures, given["days"])
        faults += bool(wrong)
        print(json.dumps({"instance": name, **figures, "missed": wrong}), flush=True)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = parser.add_subparsers(dest="act", required=True)
    writing = acts.add_parser("write")
    writing.add_argument("name", choices=SIZES)
    writing.add_argument("--number", type=int, default=1)
    running = acts.add_parser("run")
    running.add_argument("names", nargs="*", default=["round", "day"])
    running.add_argument("--draws", type=int, default=4000)
    running.add_argument(
        "--day-draws", type=int, default=0, help="of the one-day instance; a fortieth unless said"
    )
    running.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.act == "write":
        json.dump(instance(options.name, options.number), sys.stdout)
        return 0
    return min(1, run(options.names, options.draws, options.day_draws, options.jobs))


if __name__ == "__main__":
    sys.exit(main())
