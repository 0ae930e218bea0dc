"""Lines of a PDF with a text layer, put together from the positions of its pieces of text."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from duban.incoming.reading.sources import BLANKS, Source, width
from duban.incoming.reading.traced import Line, Traced
from duban.kernel.errors import Invalid, TooLarge

MAX_PAGES = 300
MAX_TEXT = 1_000_000
# Setters put a quarter of a blank between Chinese and Latin; the text layer makes it a whole one.
LOOSE = re.compile(r"(?<=[\u2e80-\uffef])[ ](?=[0-9A-Za-z])|(?<=[0-9A-Za-z])[ ](?=[\u2e80-\uffef])")


@dataclass(frozen=True)
class _Piece:
    x: float
    y: float
    size: float
    text: str


def read_pdf(content: bytes) -> Source:
    """This function will return the lines of a PDF, page after page.

    :raises Invalid: encrypted, scanned (no text layer), damaged.
    :raises TooLarge: more pages or text than a directive has.
    """
    import pypdf
    from pypdf.errors import FileNotDecryptedError

    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Invalid("encrypted", _("文件加了密码，不能读取。请去掉密码后再试。"))
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise TooLarge("too_many_pages", _("文件有 %(count)d 页，超过 %(limit)d 页。请只留部署的正文和附件。")
                           % {"count": count, "limit": MAX_PAGES})  # fmt: skip
        pages = list(_pages(reader))
    except (Invalid, TooLarge):
        raise
    except FileNotDecryptedError as error:
        raise Invalid("encrypted", _("文件加了密码，不能读取。请去掉密码后再试。")) from error
    except Exception as error:  # a damaged PDF fails in any way; the reader gets one sentence for all
        raise Invalid("broken_file", _("文件打不开，可能已损坏。请重新另存后再试。")) from error
    lines, original = _lines(pages)
    if not any(line.plain.strip() for line in lines):
        raise Invalid("scanned", _("这份 PDF 只有图像，没有文字层。请先做文字识别，或粘贴文字。"))
    return Source("pdf", original, lines)


def _pages(reader) -> Iterable[list[_Piece]]:
    total = 0
    for page in reader.pages:
        pieces: list[_Piece] = []

        def take(
            text: str, cm: list[float], tm: list[float], _font: object, size: float, found=pieces
        ) -> None:
            if text.strip():
                found.append(_Piece(
                    tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5],
                    abs(size * (tm[0] or 1) * (cm[0] or 1)) or 12.0, text.replace("\n", ""),
                ))  # fmt: skip

        page.extract_text(visitor_text=take)
        total += sum(len(piece.text) for piece in pieces)
        if total > MAX_TEXT:
            raise TooLarge("text_too_long", _("文字超过 %(limit)d 字。请分成几份。") % {"limit": MAX_TEXT})
        yield pieces


def _rows(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Group pieces that stand on one line, top to bottom, left to right."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda one: -one.y):
        if rows and abs(rows[-1][0].y - piece.y) < 0.4 * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda one: one.x) for row in rows]


def _lines(pages: list[list[_Piece]]) -> tuple[list[Line], str]:
    lines: list[Line] = []
    written: list[str] = []
    at = 0
    for pieces in pages:
        left = min((piece.x for piece in pieces), default=0.0)
        before: _Piece | None = None
        for row in _rows(pieces):
            cells = _cells(row)
            text = "\t".join(cell for cell, _x in cells)
            placed, offset = [], at
            for cell, x in cells:
                placed.append((Traced.at(cell, offset), round((x - left) / row[0].size * 2)))
                offset += len(cell) + 1
            blank = 1 if before and before.y - row[0].y > 2.6 * row[0].size else 0
            if text.strip(BLANKS):
                lines.append(Line(
                    Traced.at(text, at), indent=max(0, placed[0][1]), blank_before=blank,
                    cells=placed if len(placed) > 1 else [],
                ))  # fmt: skip
            written.append(text + "\n")
            at += len(text) + 1
            before = row[0]
    return lines, "".join(written)


def _cells(row: list[_Piece]) -> list[tuple[str, float]]:
    """Join pieces that follow each other; a gap of half a character and more begins a new cell."""
    cells: list[tuple[str, float]] = []
    end = None
    for piece in row:
        text = piece.text.strip()
        if end is None or piece.x - end > 0.55 * piece.size:
            cells.append((text, piece.x))
        else:
            glue = " " if piece.text[:1] == " " and text[:1] < "\u2e80" else ""
            cells[-1] = (cells[-1][0] + glue + text, cells[-1][1])
        end = piece.x + width(text) * piece.size / 2
    return [(LOOSE.sub("", text), x) for text, x in cells]
