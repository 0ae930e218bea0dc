"""What kind of file it is, and its lines: refuses what cannot be read, each with its own sentence."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from duban.incoming.reading import encodings
from duban.incoming.reading.traced import Doubt, Line, Traced
from duban.kernel.errors import Invalid, TooLarge

MAX_BYTES = 20 * 1024 * 1024
MAX_CHARACTERS = 1_000_000
SUFFIXES = {
    "txt": "txt",
    "text": "txt",
    "md": "txt",
    "html": "html",
    "htm": "html",
    "docx": "docx",
    "pdf": "pdf",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = re.compile(
    r"\s{0,200}(?:<\?xml[^>]{0,200}>\s{0,20})?<(?:!doctype html|html|head|body)\b", re.IGNORECASE
)
GAP = re.compile(r"\t+|[ \u3000\u00a0]{2,}")
WIDE = re.compile("[\u1100-\U0010ffff]")
BLANKS = " \u3000\u00a0\t"


@dataclass
class Source:
    """A file read: its characters, its lines, and what the file itself says about its title and address."""

    kind: str
    original: str
    lines: list[Line]
    encoding: str = ""
    title: str = ""
    links: list[tuple[int, int, str]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def open_source(content: bytes, file_name: str) -> Source:
    """This function will read the lines of a .txt, .html, .docx or .pdf file.

    :raises Invalid, TooLarge: wrong type, too large, encrypted, macros, zip bomb, scanned, unknown encoding.
    """
    kind = _kind(content, file_name)
    if kind == "docx":
        from duban.incoming.reading.word_files import read_word

        source = read_word(content)
    elif kind == "pdf":
        from duban.incoming.reading.pdf_files import read_pdf

        source = read_pdf(content)
    else:
        source = _read_text(content, kind)
    if len(source.original) > MAX_CHARACTERS:
        raise TooLarge(
            "text_too_long",
            _("文字有 %(count)d 字，超过 %(limit)d 字。请分成几份。")
            % {"count": len(source.original), "limit": MAX_CHARACTERS},
        )
    if not any(line.plain.strip() for line in source.lines):
        raise Invalid("no_text", _("文件里没有文字。"))
    return source


def _kind(content: bytes, file_name: str) -> str:
    suffix = file_name.rsplit(".", 1)[-1].lower() if "." in file_name else ""
    if suffix in {"docm", "dotm", "doc", "dot", "wps"}:
        if suffix in {"docm", "dotm"}:
            raise Invalid("macro_file", _("不收带宏的文件。请另存为 .docx 后再试。"))
        raise Invalid("old_file", _("这是旧格式的 Word 文件。请另存为 .docx 后再试。"))
    if suffix not in SUFFIXES:
        raise Invalid("wrong_type", _("只收 .txt、.html、.docx 或有文字层的 .pdf 文件。"))
    if not content:
        raise Invalid("empty_file", _("文件是空的。"))
    if len(content) > MAX_BYTES:
        words = {"size": len(content) // 1024 // 1024, "limit": MAX_BYTES // 1024 // 1024}
        raise TooLarge("too_large", _("文件有 %(size)s MB，超过 %(limit)s MB。请分成几份。") % words)
    kind, found = SUFFIXES[suffix], _signature(content)
    if found == "ole":
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Invalid("encrypted", _("文件加了密码，不能读取。请去掉密码后再试。"))
        raise Invalid("old_file", _("这是旧格式的 Word 文件。请另存为 .docx 后再试。"))
    expected = {"docx": "zip", "pdf": "pdf"}.get(kind, "")
    if found != expected:
        raise Invalid(
            "wrong_type",
            _("文件内容与扩展名 .%(suffix)s 不符。请改正扩展名，或重新另存后再试。") % {"suffix": suffix},
        )
    return kind


def _signature(content: bytes) -> str:
    """Return what the first bytes say: zip, pdf, ole, image, or nothing."""
    if content.startswith(OLE):
        return "ole"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"II*\x00")
    ):
        return "other"
    return ""


def _read_text(content: bytes, kind: str) -> Source:
    text, encoding = encodings.decode(content)
    doubts = []
    if kind == "txt" and MARKUP.match(text):
        kind = "html"
        doubts.append(Doubt("read_as_html", _("扩展名是 .txt，内容是网页，已按网页读取。")))
    if kind == "html":
        from duban.incoming.reading.html_pages import read_html

        source = read_html(text)
    else:
        source = Source("txt", text, plain_lines(text))
    source.encoding = encoding
    source.doubts += doubts
    return source


def plain_lines(text: str) -> list[Line]:
    """This function will cut a plain text into lines that remember indentation, blank lines and columns."""
    lines, at, blank = [], 0, 0
    for raw in text.splitlines(keepends=True):
        body = raw.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
        if body.strip(BLANKS):
            lines.append(laid_out(Traced.at(body, at), blank))
            blank = 0
        else:
            blank += 1
        at += len(raw)
    return lines


def laid_out(raw: Traced, blank: int) -> Line:
    """This function will make one line: its indentation and, where gaps divide it, its cells with their columns."""
    text = raw.text
    lead = len(text) - len(text.lstrip(BLANKS))
    indent = width(text[:lead])
    body = raw[lead:].strip()
    cells: list[tuple[Traced, int]] = []
    if GAP.search(body.text):
        cells = _cells(raw, lead, indent)
    elif "\t" in text[:lead]:
        cells = [(body, -text[:lead].count("\t"))]
    return Line(body, indent=indent, blank_before=blank, cells=cells)


def _cells(raw: Traced, lead: int, indent: int) -> list[tuple[Traced, int]]:
    """Cells of one line; with tabs the column is the number of tabs before (as −1, −2 …), else the display column."""
    text = raw.text
    tabbed = "\t" in text
    cells, at, column, tabs = [], lead, indent, text[:lead].count("\t")
    for gap in [*GAP.finditer(text, lead), None]:
        end = gap.start() if gap else len(text)
        piece = raw[at:end].strip()
        if piece:
            cells.append((piece, -tabs if tabbed else column))
        if gap:
            column += width(text[at : gap.end()])
            tabs += gap.group().count("\t")
            at = gap.end()
    return cells


def width(text: str) -> int:
    """Return the display width: Chinese and full-width characters take two columns."""
    return len(text) + len(WIDE.findall(text)) + 7 * text.count("\t")
