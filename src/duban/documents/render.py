"""A record becomes a PDF or a Word file: the same record always gives the same bytes.

render_pdf sets the kind's typst template; render_docx draws the same composed document with python-docx.
"""

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import typst

from duban.documents import word
from duban.documents.composition import compose
from duban.documents.kinds import ROOM, kind_of
from duban.documents.typefaces import Typefaces, loaded_fonts, typefaces_in_use
from duban.documents.vocabulary import check_record

__all__ = ["check_record", "render_docx", "render_many", "render_pdf"]

BEIJING = timezone(timedelta(hours=8))
_OWN = threading.local()


def render_pdf(kind: str, record: dict[str, Any], *, strict: bool = False) -> bytes:
    """Render a record as PDF; with strict, refuse when an official font is missing.

    :raises Invalid: when the record is incomplete, or strict and stand-in fonts would be used.
    """
    check_record(kind, record)
    made = frozen_moment(record)
    # Untagged: typst 0.15 can panic on the tags of a table cell that runs over several pages.
    return _typeset(kind, record, _typefaces(strict), output="pdf", pdf_tags=False, timestamp=made)


def render_many(kind: str, records: Iterable[dict[str, Any]], *, strict: bool = False) -> Iterator[bytes]:
    """Yield one PDF per record; every record is checked before the first one is set."""
    listed = list(records)
    for record in listed:
        check_record(kind, record)
    for record in listed:
        yield render_pdf(kind, record, strict=strict)


def render_docx(kind: str, record: dict[str, Any]) -> bytes:
    """Render a record as a Word file whose styles name the official fonts.

    :raises Invalid: when the record is incomplete.
    """
    check_record(kind, record)
    svg = record.get("qr_svg") or ""
    composed = compose(kind, record)
    return word.draw_docx(
        composed,
        frozen_moment(record),
        _picture(svg) if svg else b"",
        back_page=_imprint_apart(kind, composed),
    )


def _imprint_apart(kind: str, composed: dict[str, Any]) -> bool:
    """Test whether the imprint needs a back page of its own: Word counts pages when it opens a file, typst does now.

    Both set 22 lines of 28 characters, so that the page a text ends on is the same but for tables.
    """
    if composed["layout"] not in {"general", "minutes"} or not composed["imprint"]:
        return False
    faces = typefaces_in_use()
    with _typesetting():
        found = typst.query(
            str(kind_of(kind).template), "<imprint-apart>", field="value", root=str(ROOM),
            font_paths=loaded_fonts(faces.folders), ignore_system_fonts=True, sys_inputs=_inputs(composed, faces),
        )  # fmt: skip
    return json.loads(found) == [True]


def draw_apart(kind: str, record: dict[str, Any], suffix: str) -> tuple[bytes, str]:
    """Draw in a worker process: the bytes, or none and the sentence that says what is wrong (errors do not travel)."""
    from duban.kernel.errors import DubanError

    try:
        return (render_docx if suffix == "docx" else render_pdf)(kind, record), ""
    except DubanError as error:
        return b"", str(error.message)


def typeset_png(kind: str, record: dict[str, Any], ppi: float) -> list[bytes]:
    """Render every page of a record as PNG."""
    check_record(kind, record)
    pages = _typeset(kind, record, _typefaces(strict=False), output="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def frozen_moment(record: dict[str, Any]) -> datetime:
    """Return the moment a file claims to be made: the document's own date, never the clock."""
    for name in ("date", "issued_at", "as_of"):
        match = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})", str(record.get(name) or ""))
        if match:
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=BEIJING)
    return datetime(2000, 1, 1, tzinfo=BEIJING)


def require_official_fonts() -> Typefaces:
    """Return the typefaces if every official font is there.

    :raises Invalid: naming each one that is missing.
    """
    faces = typefaces_in_use()
    if faces.missing:
        from duban.kernel.errors import Invalid

        message = f"缺少正式字体：{'、'.join(faces.missing)}。请把字体文件放入正式字体文件夹。"
        raise Invalid("document.stand_in_fonts", message)
    return faces


def _typefaces(strict: bool) -> Typefaces:
    return require_official_fonts() if strict else typefaces_in_use()


def _typeset(kind: str, record: dict[str, Any], faces: Typefaces, *, output: str, **options: Any) -> Any:
    with _typesetting():
        return _compiler(faces).compile(
            input=str(kind_of(kind).template), root=str(ROOM), format=output,
            sys_inputs=_inputs(compose(kind, record), faces), **options,
        )  # fmt: skip


def _inputs(composed: dict[str, Any], faces: Typefaces) -> dict[str, str]:
    return {
        "document": json.dumps(composed, ensure_ascii=False),
        "faces": json.dumps({**dict(faces.chains), "note": faces.note}, ensure_ascii=False),
    }


@contextmanager
def _typesetting() -> Iterator[None]:
    """This function will turn a failure of typst into one of ours."""
    try:
        yield
    except BaseException as error:
        # A panic inside typst arrives as a BaseException; this thread's compiler may be damaged by it.
        _OWN.compilers = {}
        if not isinstance(error, typst.TypstError) and type(error).__name__ != "PanicException":
            raise
        from duban.kernel.errors import Unavailable

        raise Unavailable("document.typesetting_failed", "文稿排版失败，请联系管理员并告知文号。") from error


def _compiler(faces: Typefaces) -> typst.Compiler:
    """Return this thread's compiler; fonts and parsed layouts stay loaded between documents."""
    kept = getattr(_OWN, "compilers", None)
    if kept is None:
        kept = _OWN.compilers = {}
    if faces.folders not in kept:
        kept[faces.folders] = typst.Compiler(
            root=str(ROOM), font_paths=loaded_fonts(faces.folders), ignore_system_fonts=True
        )
    return kept[faces.folders]


def _picture(svg: str) -> bytes:
    """Turn a QR code into PNG, for Word."""
    source = (
        b"#set page(width: 40mm, height: 40mm, margin: 0mm)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg", width: 40mm)'
    )
    compiler = _compiler(typefaces_in_use())
    page = compiler.compile(input=source, format="png", ppi=200.0, sys_inputs={"svg": svg})
    return page[0] if isinstance(page, list) else page
