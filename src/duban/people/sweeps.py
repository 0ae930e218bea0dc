"""Imports of the page go on after a lost hint or a killed worker; what nobody confirms is given up, its file removed."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage

from duban.kernel import clock, jobs
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import WrongState
from duban.people import import_runs
from duban.people.models import ImportRun
from duban.people.states import WORKING, ImportState

log = logging.getLogger("duban.imports")
WAITING = timedelta(hours=24)
CLEARED_AT = (3, 40)


@jobs.job(import_runs.JOB)
def work(run_id: str, *, at: datetime) -> None:
    """This function will do the step of an import that has just been asked for."""
    import_runs.work_import(at=at, run_id=UUID(run_id))


@jobs.sweep("people.work_imports", order=95)
def work_imports(at: datetime) -> int:
    """This function will do every step of an import that is open and that no worker has."""
    done = 0
    rows = ImportRun.objects.filter(state__in=WORKING).order_by("requested_at")
    for run_id in list(rows.values_list("pk", flat=True)):
        try:
            done += import_runs.work_import(at=at, run_id=run_id)
        except Exception:
            log.exception(
                "import_failed", extra={"run": str(run_id)}
            )  # the others go on; this one is tried again
    return done


@jobs.sweep("people.give_up_imports", order=96)
def give_up_imports(at: datetime) -> int:
    """This function will give up what nobody confirmed within a day, and once a night remove uploads left by a crash."""
    waiting = ImportRun.objects.filter(
        state__in=(ImportState.CHECKED, ImportState.FAILED), requested_at__lte=at - WAITING
    )
    done = 0
    for run_id, requested_at in list(waiting.values_list("pk", "requested_at")):
        try:
            import_runs.stop_import(actor=SYSTEM, at=requested_at + WAITING, run_id=run_id)
            done += 1
        except WrongState:
            continue
    local = clock.local(at)
    return done + (_remove_orphans(at) if (local.hour, local.minute) == CLEARED_AT else 0)


def _remove_orphans(at: datetime) -> int:
    try:
        _folders, names = default_storage.listdir(import_runs.FOLDER)
    except FileNotFoundError:
        return 0
    open_runs = ImportRun.objects.filter(state__in=(*WORKING, ImportState.CHECKED, ImportState.FAILED))
    kept = {str(run_id) for run_id in open_runs.values_list("pk", flat=True)}
    removed = 0
    for name in sorted(set(names) - kept):
        place = f"{import_runs.FOLDER}/{name}"
        if (
            default_storage.get_modified_time(place) <= at - WAITING
        ):  # not one whose row is just being written
            default_storage.delete(place)
            removed += 1
    return removed
