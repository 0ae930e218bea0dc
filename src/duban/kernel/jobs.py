"""Jobs and sweeps. A queue message is only a hint: every job derives what remains to be done from state.

Apps register jobs (`@job`) and sweeps (`@sweep`). `after_commit` sends a hint; `run_sweeps` (every minute by the
worker, or `duban tick`) finds whatever a lost message or a killed worker left undone, so nothing happens twice.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import close_old_connections, transaction
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey

from duban.kernel import clock
from duban.kernel.office_words import in_office_language

log = logging.getLogger("duban.jobs")

JOBS: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class Sweep:
    """One idempotent sweep: `run(at)` does what is due at `at` and returns how many things it did."""

    name: str
    order: int
    run: Callable[[datetime], int]


SWEEPS: dict[str, Sweep] = {}


def job(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """This decorator will register a job under a stable name: plain JSON arguments, plus `at`, the moment it runs."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        JOBS[name] = function
        return function

    return register


def sweep(name: str, *, order: int = 50) -> Callable[[Callable[[datetime], int]], Callable[[datetime], int]]:
    """This decorator will register a sweep; lower `order` runs first (locking sheets before freezing editions)."""

    def register(function: Callable[[datetime], int]) -> Callable[[datetime], int]:
        SWEEPS[name] = Sweep(name, order, function)
        return function

    return register


@cache
def queue() -> Huey:
    """This function will return the queue of this installation: SQLite file, Redis or PostgreSQL."""
    url = settings.QUEUE_URL
    scheme = urlsplit(url).scheme
    if scheme in {"redis", "rediss"}:
        return RedisHuey("duban", url=url, results=False)
    if scheme in {"postgres", "postgresql"}:
        return PostgresHuey("duban", dsn=url, results=False)
    if settings.JOBS_IMMEDIATE:
        return MemoryHuey("duban", results=False)
    settings.DATA.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("duban", filename=str(settings.DATA / "queue.sqlite3"), results=False)


@cache
def _task() -> Any:
    return queue().task(name="duban_job")(_run_named)


@in_office_language
def _run_named(name: str, *args: Any) -> None:
    close_old_connections()
    try:
        JOBS[name](*args, at=clock.now())
    except Exception:
        # The sweep tries again from state; the queue never retries on its own.
        log.exception("job_failed", extra={"job": name})
    finally:
        close_old_connections()


def after_commit(name: str, *args: Any) -> None:
    """This function will hint the worker to run job `name` once the current transaction has committed.

    With JOBS_IMMEDIATE (tests, demo, commands) nothing is sent: sweeps do the work.
    """
    if name not in JOBS:
        raise LookupError(f"job {name!r} is not registered")
    if settings.JOBS_IMMEDIATE:
        return
    transaction.on_commit(lambda: _task()(name, *args), robust=True)


def tell(key: str, value: Any) -> None:
    """This function will leave a passing note for pages (how far a long step has come), outside of any transaction."""
    queue().put(key, value)


def told(key: str) -> Any:
    """Return the last note under `key`, or None; like a queue message it is only a hint."""
    return queue().get(key, peek=True)


@in_office_language
def run_sweeps(at: datetime, *, only: str | None = None) -> dict[str, int]:
    """This function will run every sweep once for the moment `at` and return how much each did.

    A sweep that fails is logged and does not keep the others from running.
    """
    done: dict[str, int] = {}
    for item in sorted(SWEEPS.values(), key=lambda entry: (entry.order, entry.name)):
        if only and item.name != only:
            continue
        try:
            done[item.name] = item.run(at)
        except Exception:
            log.exception("sweep_failed", extra={"job": item.name})
            done[item.name] = -1
    return done


def register_periodic() -> Huey:
    """This function will return the queue with the minute tick registered (called by the worker)."""
    from huey import crontab

    @queue().periodic_task(crontab(minute="*"), name="duban_tick")  # type: ignore[untyped-decorator]
    def tick() -> None:
        close_old_connections()
        run_sweeps(clock.now())
        close_old_connections()

    _task()
    return queue()
