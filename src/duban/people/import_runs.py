"""Imports of the page: a file is checked, confirmed by a person, written, each in the background.

A run is a row: what remains to be done is read from its state (`sweeps.py`), so a killed worker loses nothing. All
lines are written in one transaction together with the state `done`: never half, never twice. How far a step has come
is told through the queue's own store, because the transaction that writes hides its rows until it ends.
"""

import hashlib
import logging
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from duban.kernel import jobs, journal, workflow
from duban.kernel.actor import SYSTEM, Actor
from duban.kernel.errors import DubanError, Invalid, NotFound, TooLarge, WrongState
from duban.kernel.import_plans import Plan
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people import policy
from duban.people.actors import actor_for
from duban.people.import_kinds import KINDS, ImportKind
from duban.people.models import ImportRun
from duban.people.states import IMPORT_TRANSITIONS, WORKING, ImportState

log = logging.getLogger("duban.imports")

JOB = "people.work_import"
FOLDER = "imports"
QUICK_BYTES, QUICK_ROWS = 100_000, 1_000  # what a page can wait for
ATTEMPTS = 3
SHOWN, KEPT_FAULTS = 200, 5_000


def waiting_place(run: ImportRun) -> str:
    """This function will return where the upload of a run waits."""
    return f"{FOLDER}/{run.pk}"


@transaction.atomic
def request_import(
    *, actor: Actor, at: datetime, kind: str, content: bytes, file_name: str, under: str = ""
) -> ImportRun:
    """This function will take a file in and have it checked; nothing is written to any table before a confirmation.

    :raises NotFound: for a kind the actor may not import. :raises Invalid: if it is empty. :raises TooLarge:
    """
    chosen = _kind(actor, kind)
    if not content:
        raise Invalid("empty_file", _("文件是空的。"), {"file": _("文件是空的。")})
    if len(content) > chosen.limit:
        words = _("文件超过 %(limit)s MB。") % {"limit": chosen.limit // 1024 // 1024}
        raise TooLarge("too_large", words, {"file": words})
    run = ImportRun(
        kind=kind, user_id=actor.user_id, file_name=PurePath(file_name.replace("\\", "/")).name[-120:], under=under.strip(),
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), requested_at=at,
    )  # fmt: skip
    default_storage.save(waiting_place(run), ContentFile(content))
    run.save(force_insert=True)
    journal.record("import.requested", actor=actor, at=at, subject=run, label=str(chosen.title))
    jobs.after_commit(JOB, str(run.pk))
    return run


@transaction.atomic
def confirm_import(*, actor: Actor, at: datetime, run_id: UUID) -> ImportRun:
    """This function will have a checked file written; the file is held against the tables as they are then."""
    run = get_visible(policy.imports_visible_to(actor), run_id, lock=True)
    _kind(actor, run.kind)
    workflow.move(run, IMPORT_TRANSITIONS, "confirm", confirmed_at=at, attempts=0)
    journal.record("import.confirmed", actor=actor, at=at, subject=run, label=_title(run))
    jobs.after_commit(JOB, str(run.pk))
    return run


@transaction.atomic
def stop_import(*, actor: Actor, at: datetime, run_id: UUID) -> ImportRun:
    """This function will give a run up before anything is written; the file goes."""
    run = get_visible(policy.imports_visible_to(actor), run_id, lock=True)
    workflow.move(run, IMPORT_TRANSITIONS, "stop", ended_at=at)
    journal.record("import.stopped", actor=actor, at=at, subject=run, label=_title(run))
    _discard(run)
    return run


@transaction.atomic
def retry_import(*, actor: Actor, at: datetime, run_id: UUID) -> ImportRun:
    """This function will check a file again whose run broke off three times."""
    run = get_visible(policy.imports_visible_to(actor), run_id, lock=True)
    _kind(actor, run.kind)
    workflow.move(run, IMPORT_TRANSITIONS, "retry", attempts=0, message="", ended_at=None)
    journal.record("import.requested", actor=actor, at=at, subject=run, label=_title(run))
    jobs.after_commit(JOB, str(run.pk))
    return run


def work_import(*, at: datetime, run_id: UUID) -> bool:
    """This function will do the next step of a run, check or write; tell whether there was one and nobody else had it.

    A step that breaks off is tried again by the sweep; after three times the run is marked as failed.
    """
    if not _begin(at, run_id):
        return False
    run = ImportRun.objects.select_related("user").get(pk=run_id)
    try:
        if run.state == ImportState.CHECKING:
            _check(run, at)
        else:
            _write(run, at)
    except WrongState:
        return False  # another worker was faster
    except DubanError as error:
        _refuse(run, at, error)
    return True


def progress_of(run: ImportRun) -> tuple[int, int]:
    """Return how many lines of the running step are done, of how many (0, 0 = not known)."""
    done, total = jobs.told(_key(run)) or (0, 0)
    return int(done), int(total)


def _kind(actor: Actor, code: str) -> ImportKind:
    chosen = KINDS.get(code)
    if chosen is None or actor.user_id is None:
        raise NotFound()
    require(chosen.may(actor))
    return chosen


def _title(run: ImportRun) -> str:
    return str(KINDS[run.kind].title)


def _key(run: ImportRun) -> str:
    return f"import:{run.pk}"


def _locked(run_id: UUID) -> ImportRun | None:
    """Return the run for the length of the transaction; None while another worker has it."""
    rows = ImportRun.objects.filter(pk=run_id, state__in=WORKING)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return rows.first()


@transaction.atomic
def _begin(at: datetime, run_id: UUID) -> bool:
    """Count the attempt, before it can break off; give up after the third."""
    run = _locked(run_id)
    if run is None:
        return False
    if run.attempts >= ATTEMPTS:
        words = _("连续%(count)s次没有做完，已停下，没有写入任何内容。文件过大的，请分成几个再导入。")
        workflow.move(run, IMPORT_TRANSITIONS, "fail", message=words % {"count": ATTEMPTS}, ended_at=at)
        journal.record("import.failed", actor=SYSTEM, at=at, subject=run, label=_title(run))
        return False
    ImportRun.objects.filter(pk=run.pk).update(attempts=run.attempts + 1)
    return True


def _run(run: ImportRun, at: datetime, *, dry_run: bool) -> Any:
    with default_storage.open(waiting_place(run)) as handle:
        content = handle.read()
    given = {"under": run.under} if run.kind == "divisions" else {}
    jobs.tell(_key(run), (0, 0))
    return KINDS[run.kind].run(
        actor=actor_for(run.user, at=at), at=at, content=content, file_name=run.file_name, dry_run=dry_run,
        progress=lambda done, total: jobs.tell(_key(run), (done, total)), **given,
    )  # fmt: skip


def _check(run: ImportRun, at: datetime) -> None:
    plan = _run(run, at, dry_run=True)
    outcome = _outcome(plan)
    with transaction.atomic():
        if outcome["fault_count"]:
            workflow.move(run, IMPORT_TRANSITIONS, "refuse", outcome=outcome, checked_at=at, ended_at=at)
            _discard(run)
        else:
            workflow.move(run, IMPORT_TRANSITIONS, "pass", outcome=outcome, checked_at=at, attempts=0)


def _write(run: ImportRun, at: datetime) -> None:
    """Write all lines and the state `done` in one transaction: a kill at any moment leaves all or nothing."""
    with transaction.atomic():
        if _locked(run.pk) is None:
            raise WrongState()
        plan = _run(run, at, dry_run=False)
        workflow.move(run, IMPORT_TRANSITIONS, "finish", outcome=_outcome(plan), ended_at=at)
        _discard(run)


@transaction.atomic
def _refuse(run: ImportRun, at: datetime, error: DubanError) -> None:
    faults = [{"row": "", "column": str(name), "message": str(text)} for name, text in error.fields.items()]
    outcome = {"counts": run.outcome.get("counts", {}), "faults": faults, "fault_count": len(faults)}
    workflow.move(
        run, IMPORT_TRANSITIONS, "refuse", message=str(error.message)[:300], outcome=outcome, ended_at=at
    )
    journal.record("import.failed", actor=SYSTEM, at=at, subject=run, label=_title(run))
    _discard(run)


def _outcome(plan: Any) -> dict[str, Any]:
    """Return what the page shows of a plan (or of the counts of divisions) as plain JSON."""
    if not isinstance(plan, Plan):
        counts = {name: getattr(plan, name) for name in ("rows", "new", "changed", "unchanged")}
        return {"counts": counts, "label": str(plan.label), "fault_count": 0}

    def shown(changes: list[Any]) -> list[dict[str, Any]]:
        return [
            {"row": one.row, "code": one.code, "name": one.name, "before_after": list(map(list, _pairs(one)))}
            for one in changes[:SHOWN]
        ]

    return {
        "counts": plan.counts, "label": str(plan.label), "ignored": plan.ignored, "new": shown(plan.new),
        "changed": shown(plan.changed), "faults": [asdict(one) for one in plan.faults[:KEPT_FAULTS]],
        "fault_count": len(plan.faults),
    }  # fmt: skip


def _pairs(change: Any) -> list[tuple[str, str, str]]:
    return [(name, old, new) for name, (old, new) in change.before_after.items()]


def _discard(run: ImportRun) -> None:
    """Remove the upload once the transaction holds; a crash in between leaves it to the sweep."""
    transaction.on_commit(lambda: default_storage.delete(waiting_place(run)))
