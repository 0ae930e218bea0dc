"""`duban directives parse FILE`: reads an official text and prints what was recognised; nothing is written."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("directives", help=_("收文与部署")).add_subparsers(
        dest="action", required=True
    )
    command = group.add_parser(
        "parse", parents=[shared], help=_("读取一份收文（.txt、.html、.docx、有文字层的 .pdf），不登记")
    )
    command.add_argument("file", type=Path, metavar="FILE", help=_("文件"))
    command.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will read one file and print its reading as JSON or as a short list."""
    from duban.incoming.reading import read_document
    from duban.incoming.reading.sources import MAX_BYTES
    from duban.kernel.errors import Invalid, NotFound

    if not options.file.exists():
        raise NotFound("no_file", _("没有文件 %(path)s。") % {"path": options.file})
    try:
        with options.file.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise Invalid("not_a_file", _("%(path)s 不是可以读取的文件。") % {"path": options.file}) from error
    read = read_document(content, options.file.name).object
    if options.json:
        print(json.dumps(read, ensure_ascii=False, indent=1))
    else:
        _print(read)
    return 0


def _print(read: dict[str, Any]) -> None:
    rows = (
        (_("标题"), read["title"]), (_("文号"), read["document_number"]), (_("发文机关"), read["issuer"]),
        (_("成文日期"), read["issued_on"]), (_("主送"), "；".join(read["addressees"])), (_("抄送"), "；".join(read["copy_to"])),
        (_("来源"), read["publisher"]), (_("原文链接"), read["source_url"]),
    )  # fmt: skip
    for label, value in rows:
        print(f"{label}：{value or '—'}")
    for section in read["sections"]:
        if section["number"] or section["heading"]:
            print(f"{'  ' * max(0, section['level'] - 1)}{section['number']}{section['heading']}")
    measures = [one for section in read["sections"] for one in section["measures"]]
    counts = (len(measures), len(read["rule_items"]), len(read["tables"]))
    print(_("措施 %d 项，规则 %d 项，表格 %d 张") % counts)
    for one in measures:
        print(f"  [{one['start']}–{one['end']}] {one['text']}")
    for one in read["rule_items"]:
        print(f"  {one['set']} {one['ordinal']}. {one['title']}")
    for one in read["warnings"]:
        place = f"[{one['start']}] " if one["start"] is not None else ""
        print(f"! {place}{one['message']}")
