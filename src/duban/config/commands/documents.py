"""`duban documents render NUMBER --out DIR` writes a document's PDF and DOCX; `fonts` says which fonts are in use."""

import argparse
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("documents", help=_("公文")).add_subparsers(dest="action", required=True)
    command = group.add_parser("render", parents=[shared], help=_("把一份公文写成 PDF 和 DOCX"))
    command.add_argument("number", metavar="NUMBER", help=_("编号，例如 示督交〔2020〕303号，或“通报第19期”"))
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--strict", action="store_true", help=_("缺少正式字体时不生成"))
    command.set_defaults(run=run)
    fonts = group.add_parser("fonts", parents=[shared], help=_("看公文用的字体：正式字体有哪些、缺哪些"))
    fonts.add_argument(
        "--text", default="", metavar="TEXT", help=_("查这些字是否都能印出来，例如姓名中的生僻字")
    )
    fonts.set_defaults(run=show_fonts)


def run(options: argparse.Namespace) -> int:
    """This function will render every document with that number (or part of it) into the folder."""
    from duban.config.database import prepare
    from duban.documents.audiences import file_name
    from duban.documents.models import OfficialDocument
    from duban.documents.render import render_docx, render_pdf, require_official_fonts
    from duban.kernel.errors import NotFound

    prepare()
    if options.strict:
        require_official_fonts()
    rows = list(OfficialDocument.objects.filter(number_text=options.number))
    if not rows:
        raise NotFound("no_document", _("没有编号为 %(number)s 的公文。") % {"number": options.number})
    options.out.mkdir(parents=True, exist_ok=True)
    for row in rows:
        for suffix, render in (("pdf", render_pdf), ("docx", render_docx)):
            path = options.out / file_name(row, suffix)
            path.write_bytes(render(row.kind, row.record))
            print(path)
    return 0


def show_fonts(options: argparse.Namespace) -> int:
    """This function will print the font chain of every role; 1 when an official font or a character is missing."""
    from duban.documents.coverage import undrawable
    from duban.documents.typefaces import typefaces_in_use

    faces = typefaces_in_use()
    for role, chain in faces.chains:
        print(f"{role}\t{' → '.join(chain)}")
    if faces.missing:
        print(_("缺少正式字体：%(names)s") % {"names": "、".join(faces.missing)})
    without = undrawable(options.text)
    if without:
        print(_("没有字体能印出：%(signs)s") % {"signs": " ".join(without)})
    return int(bool(faces.missing) or bool(without))
