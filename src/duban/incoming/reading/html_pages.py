"""Lines of a saved or copied web page, with the place of every character in the source of the page.

Scans forward only and never goes back, so that its time grows with the length alone.
"""

import html
import re
from dataclasses import dataclass, field

from duban.incoming.reading.sources import BLANKS, Source, laid_out
from duban.incoming.reading.traced import Line, Traced, joined

BLOCKS = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "tr",
        "section",
        "article",
        "header",
        "footer",
        "nav",
        "aside",
        "main",
        "form",
        "blockquote",
        "pre",
        "center",
        "hr",
        "figure",
        "figcaption",
        "caption",
        "tbody",
        "thead",
        "title",
        "body",
    ]
)
SILENT = frozenset(
    ["script", "style", "template", "svg", "iframe", "noscript", "textarea", "select", "object"]
)
CLOSING = {name: re.compile(f"</{name}", re.IGNORECASE) for name in SILENT}
FRAME = frozenset(["nav", "footer", "aside", "form", "button"])
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,15})")
HREF = re.compile(r"""\bhref\s{0,5}=\s{0,5}["']?([^"'\s>]{1,500})""", re.IGNORECASE)
TOKEN = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?|[ \t\r\n\f]+|[^& \t\r\n\f]+|&"
)
OPENING = re.compile(r"<(?=[A-Za-z/!?])")


@dataclass
class _Page:
    """What has been collected so far."""

    parts: list[Traced] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    row: list[Traced] | None = None
    link_size: int = 0
    size: int = 0
    blank: int = 0
    role: str = ""
    frame: int = 0
    link: tuple[int, str] | None = None
    title: str = ""
    links: list[tuple[int, int, str]] = field(default_factory=list)

    def end_line(self, blank: int) -> None:
        text = joined(self.parts).strip()
        if text.text.strip(BLANKS):
            if self.role == "title":
                self.title = self.title or text.text.strip()
            else:
                line = laid_out(text, self.blank)
                line.is_link = self.link_size >= 0.6 * max(1, self.size)
                line.role = "frame" if self.frame else self.role
                self.lines.append(line)
            self.blank = 0
        self.blank = max(self.blank, blank)
        self.parts, self.link_size, self.size = [], 0, 0

    def end_cell(self) -> None:
        if self.row is not None:
            self.row.append(joined(self.parts).strip())
            self.parts, self.link_size, self.size = [], 0, 0

    def end_row(self) -> None:
        row, self.row = self.row, None
        if not row:
            return
        filled = [(cell, place) for place, cell in enumerate(row) if cell.text.strip(BLANKS)]
        if len(row) == 1 or len(filled) == 0:
            for cell, _place in filled:
                self.parts = [cell]
                self.end_line(1)
            return
        text = joined([cell if cell else Traced("", ()) for cell in row], "\t")
        self.lines.append(
            Line(text, blank_before=self.blank, cells=[(c, -p) for c, p in filled], is_row=True,
                 role="frame" if self.frame else "")
        )  # fmt: skip
        self.blank = 0


def read_html(text: str) -> Source:
    """This function will return the lines of a page; navigation and footers are marked, scripts are left out."""
    page = _Page()
    at, size = 0, len(text)
    while at < size:
        opening = OPENING.search(text, at)
        _add(page, text, at, opening.start() if opening else size)
        if not opening:
            break
        mark = opening.start()
        if text.startswith("<!--", mark):
            end = text.find("-->", mark + 4)
            at = size if end < 0 else end + 3
            continue
        tag = TAG.match(text, mark)
        end = text.find(">", mark)
        if end < 0:
            break
        at = end + 1
        if tag:
            at = _tag(page, text, mark, end, tag.group(1).lower())
    page.end_row()
    page.end_line(1)
    return Source("html", text, _unframed(page.lines), title=page.title, links=page.links)


def _unframed(lines: list[Line]) -> list[Line]:
    """Keep everything when a page wraps its very text into what is called navigation or a form."""
    inside = sum(len(line.text) for line in lines if line.role == "frame")
    if inside > 0.5 * sum(len(line.text) for line in lines):
        for line in lines:
            line.role = "" if line.role == "frame" else line.role
    return lines


def _tag(page: _Page, text: str, mark: int, end: int, name: str) -> int:
    """Take one tag and return where reading goes on."""
    closing = text.startswith("</", mark)
    if name in SILENT and not closing and text[end - 1] != "/":
        stop = CLOSING[name].search(text, end)
        return stop.start() if stop else len(text)
    if name == "br":
        if page.row is None:
            page.end_line(0)
    elif name in ("td", "th"):
        page.end_cell() if closing else _start_cell(page)
    elif name == "tr":
        page.end_row()
        page.end_line(0)
        page.row = None if closing else []
    elif name in BLOCKS and page.row is None:
        page.end_line(1)
    if name in FRAME:
        page.frame = max(0, page.frame - 1) if closing else page.frame + 1
    if name in ("title", "h1", "h2", "h3"):
        page.role = "" if closing else name
    if name == "a":
        _anchor(page, text[mark:end], mark, closing)
    return end + 1


def _start_cell(page: _Page) -> None:
    if page.row is None:
        page.row = []
    page.parts = []


def _anchor(page: _Page, tag: str, mark: int, closing: bool) -> None:
    if closing:
        if page.link:
            page.links.append((page.link[0], mark, page.link[1]))
        page.link = None
    elif found := HREF.search(tag[:2000]):
        page.link = (mark, html.unescape(found.group(1)))


def _add(page: _Page, text: str, start: int, end: int) -> None:
    """Add characters between two tags: runs of blanks become one, entities are read."""
    for match in TOKEN.finditer(text, start, end):
        token = match.group()
        if token[0] == "&":
            said = html.unescape(token)
            _keep(page, Traced(said, (match.start(),) * len(said)))
        elif token.isspace():
            _keep_blank(page, match)
        else:
            _keep(page, Traced.at(token, match.start()))


def _keep(page: _Page, piece: Traced) -> None:
    page.parts.append(piece)
    size = len(piece.text.strip(BLANKS))
    page.size += size
    if page.link:
        page.link_size += size


def _keep_blank(page: _Page, blank: re.Match[str]) -> None:
    """Keep one blank between words; between Chinese characters a line break of the source means nothing."""
    if page.parts and page.parts[-1].text[-1:] < "\u2e80" or "\n" not in blank.group():
        page.parts.append(Traced(" ", (blank.start(),)))
