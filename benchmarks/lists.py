"""First page and counts of every scoped list at national size, on either engine.

    python benchmarks/lists.py --engine sqlite|postgres [--findings 1000000] [--units 665000] [--out DIR]
                               [--server postgresql://root@127.0.0.1:5432] [--runs 7] [--explain]

Builds a synthetic nation (national.py) in a database of its own, which is dropped afterwards, and prints one JSON line
per page and user. --keep leaves the database for a second look (run again with --reuse).
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from databases import run_sql

TOP = "national_campaign_head"
CASE_USERS = (
    TOP, "national_inspector", "province_inspector", "city_inspector", "county_inspector", "township_inspector", "township_office",
)  # fmt: skip
OFFICE_USERS = (TOP, "county_office", "township_office")
PAGES = (
    ("findings", "/findings/", (*CASE_USERS, "village_unit_liaison")),
    ("findings_all", "/findings/?view=all", CASE_USERS),
    ("findings_rectifying", "/findings/?view=rectifying", CASE_USERS),
    ("orders", "/orders/", (*CASE_USERS, "village_unit_liaison")),
    ("visits", "/visits/", CASE_USERS),
    ("sites", "/sites/", CASE_USERS),
    ("units", "/units/", OFFICE_USERS),
    ("journal", "/journal/", OFFICE_USERS),
    ("documents", "/documents/", OFFICE_USERS),
    ("orders_overdue", "/orders/?view=overdue", CASE_USERS),
    ("verifications", "/verifications/", CASE_USERS),
    ("look_backs", "/verifications/?view=look_backs", CASE_USERS),
    ("referrals", "/referrals/", OFFICE_USERS),
    ("commons", "/commons/", OFFICE_USERS),
    ("trace_backs", "/trace-backs/", OFFICE_USERS),
    ("support", "/findings/support/", OFFICE_USERS),
    ("dispatches", "/teams/dispatches/", OFFICE_USERS),
    ("teams", "/teams/", OFFICE_USERS),
    ("directives", "/campaign/directives/", OFFICE_USERS),
    ("summaries", "/summaries/", OFFICE_USERS),
    ("bulletins", "/bulletins/", OFFICE_USERS),
    ("posts", "/posts/", OFFICE_USERS),
    ("users", "/users/", OFFICE_USERS),
    ("search_number", "/search/?q=123456", OFFICE_USERS),
    ("search_words", "/search/?q=%E9%97%A8%E5%8D%AB", OFFICE_USERS),
)


def measure(given: argparse.Namespace) -> int:
    """This function will build (unless --reuse), time every page and write the figures."""
    import django

    django.setup()
    import harness
    import national
    from django.test import Client

    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.people.models import User

    start = time.perf_counter()
    if not given.reuse:
        prepare()
        nation = national.Nation(units=given.units, findings=given.findings)
        nation.build(
            lambda *words: print(
                f"# {time.perf_counter() - start:.0f} s", *words, file=sys.stderr, flush=True
            )
        )
    today = national.Nation(units=0, findings=0).at
    clock.now = lambda: today  # the nation lives in February 2020
    given.out.mkdir(parents=True, exist_ok=True)
    timings = []
    with (given.out / f"{given.engine}-slow.txt").open("w") as slow:
        for page, url, users in PAGES:
            for name in users if not given.only or page in given.only else ():
                if given.users and name not in given.users:
                    continue
                client = Client(headers={"host": "localhost"})
                client.force_login(
                    User.objects.get(username=name), "django.contrib.auth.backends.ModelBackend"
                )
                timings.append(harness.time_page(
                    client, page, url, name, runs=given.runs, explain=slow if given.explain else None
                ))  # fmt: skip
                harness.report(timings[-1:], top="", out=sys.stderr)
    with (given.out / f"{given.engine}-{given.findings}.jsonl").open("w") as out:
        harness.report(timings, top=TOP, by=given.by, out=out)
    missed = harness.report(timings, top=TOP, by=given.by)
    print(f"# {len(timings)} measured, {missed} beyond a limit", file=sys.stderr)
    return 1 if missed else 0


def main() -> int:
    """This function will make the database, measure, and drop it."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    options.add_argument("--findings", type=int, default=1_000_000)
    options.add_argument("--units", type=int, default=665_276)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--out", type=Path, default=Path("benchmark-results"))
    options.add_argument("--server", default="postgresql://root@127.0.0.1:5432")
    options.add_argument(
        "--folder", type=Path, help="where the SQLite file lies (default: a temporary folder)"
    )
    options.add_argument("--only", nargs="*", help="only these pages")
    options.add_argument(
        "--users", nargs="*", help="only these users, e.g. national_campaign_head township_office"
    )
    options.add_argument(
        "--explain", action="store_true", help="keep queries of 5 ms and more with their text"
    )
    options.add_argument(
        "--by", choices=("median_ms", "cpu_ms"), default="median_ms", help="what is held against the limits"
    )
    options.add_argument("--keep", action="store_true")
    options.add_argument("--reuse", action="store_true")
    given = options.parse_args()
    given.out = given.out.resolve()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    os.environ["DUBAN_JOBS_IMMEDIATE"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DUBAN_DATA"] = str(given.folder or scratch)
        os.environ["DUBAN_DATABASE"] = ""
        if given.engine == "sqlite":
            return measure(given)
        name = "duban_bench_lists"
        os.environ["DUBAN_DATABASE"] = f"{given.server}/{name}"
        if not given.reuse:
            run_sql(given.server, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
        try:
            return measure(given)
        finally:
            if not given.keep:
                from django.db import connections

                connections.close_all()
                run_sql(given.server, f'DROP DATABASE IF EXISTS "{name}"')


if __name__ == "__main__":
    sys.exit(main())
