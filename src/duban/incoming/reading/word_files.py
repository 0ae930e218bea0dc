"""Lines of a .docx file: paragraphs and table rows in order. Macros, passwords and bombs are refused before it is opened."""

import io
import re
import zipfile
import zlib

from django.utils.translation import gettext as _

from duban.incoming.reading.sources import BLANKS, Source, laid_out
from duban.incoming.reading.traced import Line, Traced
from duban.kernel.errors import Invalid

MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 200
SMALL = 4 * 1024 * 1024
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NUMERALS = "零一二三四五六七八九十"
PARTS = ("word/document.xml",)
MOVED = re.compile(r"^(del|moveFrom|instrText|delText)$")


def read_word(content: bytes) -> Source:
    """This function will return the lines of a Word file; tracked deletions are left out.

    :raises Invalid: macros, encrypted, zip bomb, damaged.
    """
    body = _document(content)
    builder = _Builder()
    for node in body:
        name = _name(node)
        if name == "p":
            builder.paragraph(node)
        elif name == "tbl":
            builder.table(node)
        elif name == "sdt":
            for inner in node.iter(f"{W}p"):
                builder.paragraph(inner)
    return Source("docx", "".join(builder.pieces), builder.lines)


def _document(content: bytes):
    """Return the body element after every member was unpacked, counted and found harmless."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            names = [one.filename.lower() for one in box.infolist()]
            if any("vbaproject" in name or "vbadata" in name for name in names):
                raise Invalid("macro_file", _("不收带宏的文件。请另存为 .docx 后再试。"))
            if "word/document.xml" not in names:
                raise Invalid("wrong_type", _("这不是 Word 文件。请另存为 .docx 后再试。"))
            _measure(box, len(content))
            if b"macroEnabled" in box.read("[Content_Types].xml"):
                raise Invalid("macro_file", _("不收带宏的文件。请另存为 .docx 后再试。"))
            root = ElementTree.fromstring(box.read("word/document.xml"), forbid_dtd=True)
    except RuntimeError as error:
        raise Invalid("encrypted", _("文件加了密码，不能读取。请去掉密码后再试。")) from error
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, KeyError, ValueError,
            ElementTree.ParseError, DefusedXmlException) as error:  # fmt: skip
        raise Invalid("broken_file", _("文件打不开，可能已损坏。请重新另存后再试。")) from error
    body = root.find(f"{W}body")
    if body is None:
        raise Invalid("broken_file", _("文件打不开，可能已损坏。请重新另存后再试。"))
    return body


def _measure(box: zipfile.ZipFile, size: int) -> None:
    """Count the real bytes of every member, whatever the directory says, and stop at the limit."""
    limit, total = min(MAX_UNPACKED, max(size * MAX_RATIO, SMALL)), 0
    for one in box.infolist():
        with box.open(one) as handle:
            while part := handle.read(1 << 18):
                total += len(part)
                if total > limit:
                    raise Invalid("zip_bomb", _("文件解压后过大，不予打开。"))


def _name(node) -> str:
    return node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""


def _text(node) -> str:
    """Return the text of a paragraph or cell: breaks as line feeds, tabs as tabs, deletions left out."""
    found: list[str] = []
    stack = [node]
    while stack:
        one = stack.pop()
        name = _name(one)
        if name == "t":
            found.append(one.text or "")
        elif name == "tab":
            found.append("\t")
        elif name in ("br", "cr"):
            found.append("\n")
        if not MOVED.match(name) and name != "pPr":
            stack.extend(reversed(one))
    return "".join(found)


class _Builder:
    """Puts the characters one after another, so that every line knows its place in them."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.lines: list[Line] = []
        self.at = 0
        self.blank = 0

    def _put(self, text: str) -> Traced:
        self.pieces.append(text + "\n")
        traced = Traced.at(text, self.at)
        self.at += len(text) + 1
        return traced

    def paragraph(self, node) -> None:
        style = node.find(f"{W}pPr/{W}pStyle")
        role = (
            "h1"
            if style is not None and style.get(f"{W}val", "").lower() in {"title", "1", "heading1"}
            else ""
        )
        for text in _text(node).split("\n"):
            traced = self._put(text)
            if text.strip(BLANKS):
                line = laid_out(traced, max(self.blank, 1))
                line.role = role
                self.lines.append(line)
                self.blank = 0
            else:
                self.blank += 1

    def table(self, node) -> None:
        for row in node.findall(f"{W}tr"):
            cells = [
                " ".join(filter(None, (_text(one).strip() for one in cell.iter(f"{W}p")))).replace("\n", "")
                for cell in row.findall(f"{W}tc")
            ]
            if not any(cells):
                continue
            start = self.at
            traced = self._put("\t".join(cells))
            placed, at = [], 0
            for place, cell in enumerate(cells):
                if cell:
                    placed.append((Traced.at(cell, start + at), -place))
                at += len(cell) + 1
            self.lines.append(Line(traced, blank_before=self.blank, cells=placed, is_row=len(cells) > 1))
            self.blank = 0
