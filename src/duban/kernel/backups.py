"""Making backups: by command, or asked for on the page and made by the worker. What one holds: archive.py."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import archive, clock, heartbeat, jobs, journal
from duban.kernel.actor import SYSTEM, Actor, Role
from duban.kernel.errors import Conflict
from duban.kernel.models import Event
from duban.kernel.policy import ALLOW, Decision, deny, require

MADE = "kernel.backup_made"
ASKED = "kernel.backup_asked"
RUNNING = "kernel.backup_running"
LONGEST = timedelta(hours=3)  # after this a worker that was killed half-way no longer bars the next backup


@dataclass(frozen=True)
class Kept:
    """A backup file in the data folder."""

    name: str
    size: int
    at: datetime


def can_back_up(actor: Actor) -> Decision:
    """Test whether the actor looks after backups."""
    return ALLOW if actor.is_system or actor.has_role({Role.ADMIN}) else deny("not_admin")


def folder() -> Path:
    """Return where backups lie unless told otherwise."""
    return settings.DATA / "backups"


def kept() -> list[Kept]:
    """Return the backups in the data folder, newest first."""
    found = [(path, path.stat()) for path in folder().glob("*.zip")]
    rows = [Kept(path.name, one.st_size, datetime.fromtimestamp(one.st_mtime, UTC)) for path, one in found]
    return sorted(rows, key=lambda row: (row.at, row.name), reverse=True)


def last_made() -> datetime | None:
    """Return when the last complete backup was made, or None."""
    return heartbeat.remembered(MADE)


def in_hand(at: datetime) -> datetime | None:
    """Return since when a backup is asked for or being made, or None."""
    since = heartbeat.remembered(RUNNING) or heartbeat.remembered(ASKED)
    return since if since and at - since < LONGEST else None


def make_backup(
    path: Path | None = None, *, actor: Actor = SYSTEM, at: datetime, report: archive.Report | None = None
) -> tuple[Path, dict[str, Any]]:
    """This function will write a backup, journalled within itself, and return its path and manifest."""
    path = path or folder() / f"duban-{clock.local(at):%Y%m%d-%H%M%S}.zip"
    if last := Event.objects.order_by("-id").first():
        with transaction.atomic():
            journal.record("backup.made", actor=actor, at=at, subject=last, label=path.name)
    manifest = archive.back_up(path, at=at, **({"report": report} if report else {}))
    heartbeat.remember(MADE, at)
    return path, manifest


@transaction.atomic
def ask_backup(*, actor: Actor, at: datetime) -> None:
    """This function will have the worker make a backup.

    :raises Conflict: while one is asked for or being made.
    """
    require(can_back_up(actor))
    if in_hand(at):
        raise Conflict("backup_in_hand", _("正在备份，请等它完成。"))
    heartbeat.remember(ASKED, at)
    jobs.after_commit("backup.make")


@jobs.job("backup.make")
def make_asked(at: datetime) -> int:
    """This job will make the backup that was asked for, once; a failed one can be asked for again."""
    if heartbeat.take(ASKED) is None:
        return 0
    heartbeat.remember(RUNNING, at)
    try:
        make_backup(at=at)
    finally:
        heartbeat.take(RUNNING)
    return 1


@jobs.sweep("asked_backup", order=97)
def make_asked_late(at: datetime) -> int:
    """This function will make an asked backup whose message was lost."""
    done: int = make_asked(at=at)
    return done
