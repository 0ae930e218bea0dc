"""Lines into paragraphs: hard-wrapped and double-spaced lines are joined, headings and numbered items stay apart."""

import itertools
import re
from dataclasses import dataclass

from duban.incoming.reading.grids import Grid, find_grids
from duban.incoming.reading.sources import width
from duban.incoming.reading.traced import Line, Traced, joined

ENDS = re.compile(r"[。！？!?…；;：:][”’》）)」』\"]{0,2}$")
STOPS = re.compile(r"[。！？!?…][”’》）)」』\"]{0,2}$")
STARTS = re.compile(
    r"^(?:第[一二三四五六七八九十百\d]{1,4}[章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、](?!\d)|[①-⑳]|"
    r"附\s{0,4}件|抄\s{0,2}送|主\s{0,2}送|抄\s{0,2}报|(?:文章)?来\s{0,2}源[：:]|时间[：:]|[—－-]{2})"
)
PRINTED = re.compile(r"日\s{0,4}印发$")
LONG_LINE = 120


@dataclass
class Paragraph:
    """One paragraph with its place in the text that is put together; `grid` is the table it is a row of."""

    traced: Traced
    start: int = 0
    role: str = ""
    grid: Grid | None = None
    indent: int = 0

    @property
    def text(self) -> str:
        return self.traced.text

    @property
    def end(self) -> int:
        return self.start + len(self.traced)


def put_together(lines: list[Line]) -> tuple[list[Paragraph], list[Grid]]:
    """This function will return the paragraphs and tables of the lines, each with its place in the joined text."""
    grids = find_grids(lines)
    rows = {place for grid in grids for place in range(grid.first, grid.last + 1)}
    broken = _measures([line for place, line in enumerate(lines) if place not in rows])
    paragraphs: list[Paragraph] = []
    at = 0
    for grid in grids:
        paragraphs += _joined(lines[at : grid.first], *broken)
        grid.title = _title(paragraphs)
        paragraphs += [Paragraph(joined(row, "\t"), role="row", grid=grid) for row in [grid.head, *grid.rows]]
        at = grid.last + 1
    paragraphs += _joined(lines[at:], *broken)
    start = 0
    for paragraph in paragraphs:
        paragraph.start = start
        start += len(paragraph.traced) + 1
    return paragraphs, grids


def _title(paragraphs: list[Paragraph]) -> str:
    """Return the heading right above a table."""
    for paragraph in reversed(paragraphs[-2:]):
        text = paragraph.text.strip()
        if text and len(text) <= 50 and not STOPS.search(text) and not paragraph.grid:
            return re.sub(r"^附\s{0,4}件\s{0,2}\d{0,2}[：:\s]{0,3}", "", text)
    return ""


def _joined(lines: list[Line], wrap: int, double: bool, indented: bool) -> list[Paragraph]:
    paragraphs: list[list[Line]] = []
    for line in lines:
        before = paragraphs[-1][-1] if paragraphs else None
        if before is not None and _goes_on(before, line, wrap, double, indented):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return [Paragraph(_glued(group), role=group[0].role, indent=group[0].indent) for group in paragraphs]


def _measures(lines: list[Line]) -> tuple[int, bool, bool]:
    """Return the width at which lines were broken (0: not broken), whether every line has a blank one, indents."""
    widths = sorted(width(line.plain) + line.indent for line in lines if not line.is_row)
    if len(widths) < 3:
        return 0, False, False
    broad = widths[int(len(widths) * 0.9)]
    near = [line for line in lines if width(line.plain) + line.indent >= broad - 8]
    open_ended = sum(not ENDS.search(line.plain) for line in near)
    is_broken = 24 <= broad <= LONG_LINE and len(near) >= 2 and open_ended >= 0.3 * len(near)
    gaps = [line.blank_before for line in lines[1:]]
    spaced = sum(gap == 1 for gap in gaps)
    double = is_broken and len(gaps) >= 3 and spaced >= 0.75 * len(gaps)
    body = [line for line in lines if width(line.plain) >= 20]
    indented = sum(2 <= line.indent <= 8 for line in body) >= max(2, 0.1 * len(body))
    flush = sum(line.indent < 2 for line in body)
    return (broad if is_broken else 0), double, indented and flush > 0


def _goes_on(before: Line, line: Line, wrap: int, double: bool, indented: bool) -> bool:
    """Test whether a line goes on with the paragraph of the line before it."""
    if not wrap or line.is_row or line.role in ("h1", "h2", "h3") or before.role in ("h1", "h2", "h3"):
        return False
    if line.blank_before > (1 if double else 0) or STARTS.match(line.plain):
        return False
    reach = width(before.plain) + before.indent
    if indented and 2 <= line.indent <= 8:
        return False
    if not wrap - 8 <= reach <= wrap + 8 or PRINTED.search(line.plain):
        return False
    if STOPS.search(before.plain):
        return indented and reach >= wrap - 3
    return True


def _glued(group: list[Line]) -> Traced:
    """Join lines without a blank between Chinese characters, with one between words of letters."""
    parts = [group[0].text]
    for before, line in itertools.pairwise(group):
        letters = before.plain[-1:].isascii() and line.plain[:1].isascii() and line.plain[:1].isalpha()
        parts.append(line.text.padded(" ", before=True) if letters else line.text)
    return joined(parts)
