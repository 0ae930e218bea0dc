"""`duban documents render NUMBER --out DIR`: write a document's PDF and DOCX."""

import argparse
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("documents", help=_("公文")).add_subparsers(dest="action", required=True)
    command = group.add_parser("render", parents=[shared], help=_("把一份公文写成 PDF 和 DOCX"))
    command.add_argument("number", metavar="NUMBER", help=_("编号，例如 示督交〔2020〕303号，或“通报第19期”"))
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will render every document with that number (or part of it) into the folder."""
    from duban.config.database import prepare
    from duban.documents.models import OfficialDocument
    from duban.documents.render import render_docx, render_pdf
    from duban.kernel.errors import NotFound

    prepare()
    rows = list(OfficialDocument.objects.filter(number_text=options.number))
    if not rows:
        raise NotFound("no_document", _("没有编号为 %(number)s 的公文。") % {"number": options.number})
    options.out.mkdir(parents=True, exist_ok=True)
    for row in rows:
        stem = "".join(
            "-" if sign in '\\/:*?"<>|' else sign for sign in f"{row.number_text} {row.title}"[:80]
        )
        for suffix, render in ((".pdf", render_pdf), (".docx", render_docx)):
            path = options.out / f"{stem}{suffix}"
            path.write_bytes(render(row.kind, row.record))
            print(path)
    return 0
