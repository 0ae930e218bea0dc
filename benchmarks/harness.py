"""Timing of pages in this process: a signed-in test client, medians over several runs, one JSON line per page.

What is timed is the server's work (middleware, view, queries, template), without network and web server.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, TextIO

LIMIT_MILLISECONDS = 50
LIMIT_RATIO = 1.5


@dataclass
class Timing:
    """One page for one user: milliseconds of each run after the warm-up: wall, CPU (with PostgreSQL's), in queries.

    `database` is what grows with the data: every query of the page with its counts, from sending to the last row of
    the first chunk. The rest is middleware and template, the same for ten rows in the table and for a million.
    """

    page: str
    user: str
    runs: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)
    queries: int = 0
    status: int = 0

    @property
    def median(self) -> float:
        return round(statistics.median(self.runs), 1) if self.runs else 0.0

    def line(self) -> dict[str, Any]:
        """Return what is printed of a timing."""
        return {
            "page": self.page, "user": self.user, "median_ms": self.median, "worst_ms": round(max(self.runs), 1),
            "cpu_ms": round(statistics.median(self.cpu), 1),
            "database_ms": round(statistics.median(self.database), 1), "database_cpu_ms": round(statistics.median(self.database_cpu), 1), "queries": self.queries, "status": self.status, "runs": len(self.runs),
        }  # fmt: skip


class QueryClock:
    """Counts queries and the time spent in them; slow ones are kept with their text."""

    def __init__(self, slow: float = 5.0) -> None:
        self.count, self.seconds, self.cpu, self.slow, self.kept = 0, 0.0, 0.0, slow, []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        start, used = time.perf_counter(), time.thread_time()
        try:
            return execute(sql, params, many, context)
        finally:
            spent = time.perf_counter() - start
            self.cpu += time.thread_time() - used
            self.count += 1
            self.seconds += spent
            if spent * 1000 >= self.slow:
                self.kept.append((round(spent * 1000, 1), sql, params))


def engine_seconds() -> float:
    """This function will return the CPU time of this connection's own server process (PostgreSQL on this machine), else 0.

    SQLite works inside this process. Parallel workers of PostgreSQL are not counted.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    counted = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(counted.read_text().split()[0]) / 1e9 if counted.exists() else 0.0


def time_page(
    client: Any, page: str, url: str, user: str, *, runs: int, explain: TextIO | None = None
) -> Timing:
    """This function will fetch `url` twice to warm up and count queries, then `runs` times against the clock."""
    from django.db import connection

    found = Timing(page, user)
    client.get(url)
    watch = QueryClock()
    with connection.execute_wrapper(watch):
        found.status = client.get(url).status_code
    found.queries = watch.count
    if explain:
        for spent, sql, params in sorted(watch.kept, key=lambda one: one[0], reverse=True):
            print(f"# {page} {user} {spent} ms\n{sql}\n{str(params)[:300]}\n", file=explain)
    for _run in range(runs):
        watch = QueryClock()
        engine = engine_seconds()
        start, spent = time.perf_counter(), time.process_time()
        with connection.execute_wrapper(watch):
            client.get(url)
        found.runs.append((time.perf_counter() - start) * 1000)
        own = time.process_time() - spent
        engine = engine_seconds() - engine
        found.database.append(watch.seconds * 1000)
        found.database_cpu.append((watch.cpu + engine) * 1000)
        found.cpu.append((own + engine) * 1000)
    return found


def report(timings: Iterable[Timing], *, top: str, by: str = "median_ms", out: TextIO = sys.stdout) -> int:
    """This function will print each timing and its ratio to the user `top`; returns how many miss a limit.

    `by` is what is held against the limits: the wall clock, or `cpu_ms` on a machine that has other work.
    """
    rows = [row for row in timings if row.status == HTTPStatus.OK]  # others may not open the page at all
    tops = {row.page: row.line()[by] for row in rows if row.user == top}
    missed = 0
    for row in rows:
        spent = row.line()[by]
        ratio = round(spent / tops[row.page], 2) if tops.get(row.page) else None
        is_missed = spent > LIMIT_MILLISECONDS or (ratio or 0) > LIMIT_RATIO
        missed += is_missed
        print(
            json.dumps({**row.line(), "ratio_to_top": ratio, "is_in_limits": not is_missed}),
            file=out,
            flush=True,
        )
    return missed
