"""`duban backup` and `duban restore`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    saving = commands.add_parser("backup", parents=[shared], help=_("备份全部数据和文件到一个文件"))
    saving.add_argument(
        "--out", type=Path, metavar="FILE", help=_("备份文件，默认放在数据文件夹的 backups 下")
    )
    saving.set_defaults(run=run_backup)
    loading = commands.add_parser("restore", parents=[shared], help=_("把备份恢复到空的数据文件夹或数据库"))
    loading.add_argument("file", type=Path)
    loading.set_defaults(run=run_restore)


def _report(name: str, count: int) -> None:
    if count and sys.stderr.isatty():
        print(f"  {name}\t{count}", file=sys.stderr)


def run_backup(options: argparse.Namespace) -> int:
    """This function will write a backup and print where it is."""
    from duban.config.database import prepare
    from duban.kernel import backups, clock

    prepare()
    path, manifest = backups.make_backup(options.out, at=clock.now(), report=_report)
    rows = sum(table["rows"] for table in manifest["tables"].values())
    words = {"path": path, "rows": rows, "files": manifest["files"], "size": path.stat().st_size // 1024}
    print(_("已备份到 %(path)s：%(rows)s 行，%(files)s 个文件，%(size)s KB。") % words)
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """This function will restore a backup into an empty installation."""
    from django.db import transaction

    from duban.config.database import prepare
    from duban.kernel import archive, clock, journal
    from duban.kernel.actor import SYSTEM
    from duban.people.models import User

    archive.read_manifest(options.file)
    prepare()
    manifest = archive.restore(options.file, report=_report)
    if anchor := User.objects.order_by("created_at").first():
        with transaction.atomic():
            journal.record(
                "backup.restored", actor=SYSTEM, at=clock.now(), subject=anchor, label=options.file.name
            )
    rows = sum(table["rows"] for table in manifest["tables"].values())
    print(_("已恢复 %(rows)s 行，%(files)s 个文件（备份时间 %(at)s）。") % {
        "rows": rows, "files": manifest["files"], "at": manifest["at"],
    })  # fmt: skip
    return 0
