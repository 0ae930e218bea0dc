"""Draws a composed document with python-docx: page, grid, styles and fields of GB/T 9704-2012 (DOMAIN §3).

Styles name the official fonts; the office PC has them. Nothing reads the clock: equal input, equal bytes.
"""

import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as CELL
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from duban.documents.word_page import HEI, KAI, LEVELS, TITLE, add_back_page, add_page, blank_page, font

RED, DEEP_RED = RGBColor(0xFF, 0, 0), RGBColor(0xC8, 0x16, 0x1D)
# Two empty lines, less what an exact line leaves below the mark's signs and above the number's.
UNDER_MARK = Pt(26)
ALIGNS = {"left": ALIGN.LEFT, "center": ALIGN.CENTER, "right": ALIGN.RIGHT}


def draw_docx(
    composed: dict[str, Any], made: datetime, picture: bytes = b"", *, back_page: bool = False
) -> bytes:
    """Draw a composed document as a Word file; `picture` is the QR code as PNG, `made` the date it claims.

    With `back_page` the imprint has a back page of its own: the text ends on a front page, or leaves no room.
    """
    document = Document(BytesIO(blank_page(composed["layout"] == "letter", composed["layout"] == "wide")))
    core = document.core_properties
    core.title, core.author, core.last_modified_by = composed["title"], composed["issuer"], composed["issuer"]
    core.created = core.modified = made.replace(tzinfo=None)
    DRAW_HEAD[composed["layout"]](document, composed)
    if composed["addressee_line"]:
        _paragraph(document, composed["addressee_line"], "公文顶格")
    width = 225.0 if composed["layout"] == "wide" else 156.0
    _body(document, composed["body"], picture, width)
    _annex_list(document, composed["annexes"])
    written = len(document.element.body)
    _signature(document, composed)
    _hold_to_text(document, written)
    _attendance(document, composed)
    for line in composed["foot_lines"]:
        _paragraph(document, line, "末尾小字")
    lying = False
    for annex in composed["annexes"]:
        if turned := annex["wide"] or lying:
            add_page(document, wide=annex["wide"])
        lying = annex["wide"]
        label = _paragraph(document, annex["label"], "公文黑体顶格")
        label.paragraph_format.page_break_before = not turned
        _paragraph(document, "", "公文顶格")
        _paragraph(document, annex["title"], "公文标题").paragraph_format.space_after = Twips(290)
        _body(document, annex["body"], b"", 225.0 if lying else 156.0)
    if back_page:
        add_back_page(document)
        # The page must hold a paragraph before the table that floats, or LibreOffice puts that one a page earlier.
        _paragraph(document, "", "公文顶格")
    elif lying and (composed["imprint"] or composed["distribution"]):
        add_page(document, wide=False)
    _imprint(document, composed)
    return _frozen(document, made)


def _border(
    paragraph: Paragraph, side: str, eighths: int, colour: str, space: int, line: str = "single"
) -> None:
    properties = paragraph._p.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", line), ("sz", str(eighths)), ("space", str(space)), ("color", colour)):
        edge.set(qn(f"w:{name}"), value)
    borders.append(edge)
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def _two_ends(paragraph: Paragraph, left: str, right: str, width: Any = None) -> None:
    paragraph.paragraph_format.tab_stops.add_tab_stop(width or Mm(156), WD_TAB_ALIGNMENT.RIGHT)
    paragraph.add_run(f"{left}\t{right}")


def _paragraph(document: DocumentObject, text: str, style: str) -> Paragraph:
    """Add a paragraph; the style goes in by its id, python-docx walks all styles to look up a name."""
    element = document.element.body.add_p()
    element.style = style
    paragraph = Paragraph(element, document._body)
    if text:
        paragraph.add_run(text)
    return paragraph


def _blank(document: DocumentObject, lines: int, height: Pt | None = None) -> None:
    for _ in range(lines):
        line = _paragraph(document, "", "公文顶格")
        if height is not None:
            line.paragraph_format.line_spacing = height


def _mark(
    document: DocumentObject, composed: dict[str, Any], largest: float, colour: RGBColor, before: float
) -> None:
    size = min(largest, 425 / max(len(composed["mark"]), 1))
    paragraph = _paragraph(document, "", "发文机关标志")
    paragraph.paragraph_format.space_before = Mm(before)
    # An exact line as high as the signs, whatever the typeface: their upper edge lies on the line's.
    paragraph.paragraph_format.line_spacing = Pt(round(size * 2) / 2 * 1.05)
    font(paragraph.add_run(composed["mark"]), TITLE, round(size * 2) / 2, colour)


def _joint_mark(document: DocumentObject, joint: dict[str, Any], before: float) -> None:
    """Write the bodies of a joint letterhead one below the other, spread; 文件 stands beside them, centred."""
    bodies, word = joint["bodies"], joint["word"]
    longest = max(map(len, bodies))
    size = round(min(60.0, 96 / len(bodies), 400 / (longest + len(word) + 0.5)) * 2) / 2
    # Beside the signs: the margins of a cell on both sides.
    wide = size * longest * 0.353 + 8
    widths = [wide, size * len(word) * 0.353 + 8] if word else [wide]
    _blank_of(document, before)
    table = _new_table(document, len(bodies), widths)
    table._tbl.tblPr.style = "TableNormal"
    for cells, body in zip(_cells(table, widths), bodies, strict=True):
        paragraph = cells[0].paragraphs[0]
        paragraph._p.style = "发文机关标志"
        paragraph.alignment = ALIGN.DISTRIBUTE
        font(paragraph.add_run(body), TITLE, size, RED)
    if word:
        beside = table.cell(0, 1).merge(table.cell(len(bodies) - 1, 1))
        beside.vertical_alignment = CELL.CENTER
        paragraph = beside.paragraphs[0]
        paragraph._p.style = "发文机关标志"
        font(paragraph.add_run(word), TITLE, size, RED)


def _blank_of(document: DocumentObject, millimetres: float) -> None:
    line = _paragraph(document, "", "公文顶格")
    line.paragraph_format.line_spacing = Pt(1)
    line.paragraph_format.space_before = Mm(millimetres)


def _title(document: DocumentObject, composed: dict[str, Any]) -> None:
    for line in composed["title_lines"]:
        _paragraph(document, line, "公文标题")


def _general_head(document: DocumentObject, composed: dict[str, Any]) -> None:
    if composed["urgency"]:
        _paragraph(document, composed["urgency"], "公文黑体顶格")
    above = 35 - (10.2 if composed["urgency"] else 0)
    if composed["joint"]:
        _joint_mark(document, composed["joint"], above)
    else:
        _mark(document, composed, 60, RED, above)
    _blank(document, 2, UNDER_MARK)
    number = _signers(document, composed) if composed["signers"] else None
    if number is None:
        number = _paragraph(document, composed["number"], "公文顶格")
        number.alignment = ALIGN.CENTER
    _border(number, "bottom", 12, "FF0000", 7)
    _blank(document, 2)
    _title(document, composed)
    _blank(document, 1)


def _signers(document: DocumentObject, composed: dict[str, Any]) -> Paragraph:
    """Write the signatories, two a line; the number stands on the line of the last one."""
    names = composed["signers"]
    for first in range(0, len(names), 2):
        last = first + 2 >= len(names)
        line = _paragraph(document, "", "公文顶格")
        line.paragraph_format.left_indent = Pt(16)
        _two_ends(line, composed["number"] if last else "", "签发人：" if first == 0 else "", Mm(150))
        font(line.add_run("\u3000".join(names[first : first + 2])), KAI, 16)
    return line


def _minutes_head(document: DocumentObject, composed: dict[str, Any]) -> None:
    _mark(document, composed, 54, RED, 35)
    _blank(document, 2, UNDER_MARK)
    if composed["number"] or composed["issue_line"]:
        _paragraph(
            document, composed["number"] or composed["issue_line"], "公文顶格"
        ).alignment = ALIGN.CENTER
    line = _paragraph(document, "", "公文顶格")
    line.paragraph_format.left_indent = Pt(16)
    _two_ends(line, composed["issuer"], composed["issued"], Mm(150))
    _border(line, "bottom", 12, "FF0000", 7)
    _blank(document, 2)
    _title(document, composed)
    _blank(document, 1)


def _wide_head(document: DocumentObject, composed: dict[str, Any]) -> None:
    if composed["annex_label"]:
        _paragraph(document, composed["annex_label"], "公文黑体顶格")
    _title(document, composed)
    line = _paragraph(document, "", "公文顶格")
    _two_ends(line, f"{composed['issuer']}  {composed['number']}".strip(), composed["issued"], Mm(225))
    for run in line.runs:
        run.font.size = Pt(12)


def _attendance(document: DocumentObject, composed: dict[str, Any]) -> None:
    for position, (label, names) in enumerate(composed["attendance"]):
        if position == 0:
            _blank(document, 1)
        line = _paragraph(document, "", "公文顶格")
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Pt(16 * 5), Pt(-16 * 3)
        font(line.add_run(f"{label}："), HEI, 16)
        line.add_run(names)


def _letter_head(document: DocumentObject, composed: dict[str, Any]) -> None:
    """Put the mark into the first page's header, 30 mm from the edge, between the two red double rules."""
    section = document.sections[0]
    header = section.first_page_header.paragraphs[0]
    header._p.style = "发文机关标志"
    size = min(44, 440 / max(len(composed["mark"]), 1))
    font(header.add_run(composed["mark"]), TITLE, round(size * 2) / 2, RED)
    footer = section.first_page_footer.paragraphs[0]
    footer._p.style = "公文顶格"
    for paragraph, line, space in ((header, "thickThinSmallGap", 11), (footer, "thinThickSmallGap", 1)):
        _border(paragraph, "bottom", 24, "FF0000", space, line)
        # 170 mm, centred on the page: beyond the type area on both sides.
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.right_indent = Mm(-8), Mm(-6)
    number = _paragraph(document, composed["number"], "公文顶格")
    number.alignment = ALIGN.RIGHT
    _blank(document, 2)
    _title(document, composed)
    _blank(document, 1)


def _masthead_head(document: DocumentObject, composed: dict[str, Any]) -> None:
    _mark(document, composed, 36, DEEP_RED, 6)
    if composed["issue_line"]:
        _paragraph(document, composed["issue_line"], "公文顶格").alignment = ALIGN.CENTER
    line = _paragraph(document, "", "公文顶格")
    _two_ends(line, composed["issuer"], composed["issued"])
    _border(line, "bottom", 16, "C8161D", 2)
    _blank(document, 1)
    _title(document, composed)


def _form_head(document: DocumentObject, composed: dict[str, Any]) -> None:
    if composed["annex_label"]:
        _paragraph(document, composed["annex_label"], "公文黑体顶格")
    elif composed["issuer"]:
        _paragraph(document, composed["issuer"], "公文顶格").alignment = ALIGN.CENTER
    _title(document, composed)
    if any(composed["head"]):
        line = _paragraph(document, "", "公文顶格")
        _two_ends(line, *composed["head"])
        for run in line.runs:
            run.font.size = Pt(12)


DRAW_HEAD = {
    "general": _general_head, "letter": _letter_head, "masthead": _masthead_head, "form": _form_head,
    "minutes": _minutes_head, "wide": _wide_head,
}  # fmt: skip


def _body(document: DocumentObject, blocks: list[dict[str, Any]], picture: bytes, width: float) -> None:
    rows: list[dict[str, Any]] = []
    for block in [*blocks, {"t": "end"}]:
        if block["t"] in {"row", "band"}:
            rows.append(block)
            continue
        if rows:
            _form_table(document, rows, picture)
            rows = []
        if block["t"] == "p":
            _paragraph(document, block["text"], "公文正文")
        elif block["t"] == "h":
            _paragraph(document, block["text"], LEVELS[block["level"]])
        elif block["t"] == "caption":
            _paragraph(document, block["text"], "公文黑体顶格").alignment = ALIGN.CENTER
        elif block["t"] == "table":
            _ruled_table(document, block, width)


def _write(cell: _Cell, text: str, style: str, align: Any = None) -> None:
    paragraph = cell.paragraphs[0]
    paragraph._p.style = style
    if text:
        paragraph.add_run(text)
    if align is not None:
        paragraph.alignment = align
    cell.vertical_alignment = CELL.CENTER


def _new_table(document: DocumentObject, rows: int, widths: list[float]) -> Any:
    table = document.add_table(rows=rows, cols=len(widths))
    table._tbl.tblPr.style = "TableGrid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    table._tbl.tblPr.insert_element_before(_side_margins(57), "w:tblLook")
    return table


def _side_margins(twips: int) -> Any:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _cells(table: Any, widths: list[float]) -> list[list[_Cell]]:
    """Return the cells row by row, each as wide as its column; one walk over the XML, tables may be long."""
    grid = []
    for row in table._tbl.tr_lst:
        cells = [_Cell(element, table) for element in row.tc_lst]
        for cell, width in zip(cells, widths, strict=True):
            cell.width = Mm(width)
        grid.append(cells)
    return grid


def _ruled_table(document: DocumentObject, block: dict[str, Any], width: float) -> None:
    total = sum(column["width"] for column in block["columns"])
    widths = [width * column["width"] / total for column in block["columns"]]
    rows = [*block["rows"], *([block["total"]] if block["total"] else [])]
    table = _new_table(document, len(rows) + 1, widths)
    grid = _cells(table, widths)
    for element in table._tbl.tr_lst:
        element.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, column in zip(grid[0], block["columns"], strict=True):
        _write(cell, column["title"], "公文表头")
    _repeat_header(table)
    for position, row in enumerate(rows):
        is_total = position == len(block["rows"])
        for cell, value, column in zip(grid[position + 1], row, block["columns"], strict=True):
            if is_total:
                _write(cell, value, "公文表头")
            else:
                _write(cell, value, "公文表文", ALIGNS[column["align"]])


def _repeat_header(table: Any) -> None:
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _span(cells: list[_Cell], first: int, last: int) -> _Cell:
    """Make one cell of neighbours, keeping the first."""
    kept = cells[first]._tc
    for cell in cells[first + 1 : last + 1]:
        kept.getparent().remove(cell._tc)
    kept.grid_span = last - first + 1
    cells[first].width = sum(cell.width for cell in cells[first : last + 1])
    return cells[first]


def _form_table(document: DocumentObject, rows: list[dict[str, Any]], picture: bytes) -> None:
    widths = [26.0, 52.0, 26.0, 52.0]
    table = _new_table(document, len(rows), widths)
    grid = _cells(table, widths)
    for element, cells, item in zip(table._tbl.tr_lst, grid, rows, strict=True):
        element.trHeight_val = Mm(max(7.5, item.get("height", 0) + 1))
        if item["t"] == "band":
            _write(_span(cells, 0, 3), item["text"], "公文表头")
        elif len(item["pairs"]) == 2:
            for pair, at in zip(item["pairs"], (0, 2), strict=True):
                _write(cells[at], pair["label"], "公文表头")
                _write(cells[at + 1], pair["text"], "公文表文")
        else:
            pair = item["pairs"][0]
            _write(cells[0], pair["label"], "公文表头")
            with_picture = bool(picture and item["svg"])
            _write(_span(cells, 1, 2 if with_picture else 3), pair["text"], "公文表文")
            if with_picture:
                _write(cells[3], "", "公文表文", ALIGN.CENTER)
                place = cells[3].paragraphs[0]
                place.paragraph_format.line_spacing = 1.0  # an exact line would cut the picture
                place.paragraph_format.space_before = place.paragraph_format.space_after = Mm(
                    1
                )  # clear of the rules
                place.add_run().add_picture(BytesIO(picture), width=Mm(26))


def _annex_list(document: DocumentObject, annexes: list[dict[str, Any]]) -> None:
    if annexes:
        _blank(document, 1)
    for position, annex in enumerate(annexes):
        paragraph = _paragraph(document, "", "公文顶格")
        several = len(annexes) > 1
        paragraph.paragraph_format.left_indent = Pt(16 * (6 if several else 5))
        hanging = 1 if position else 3 + several
        paragraph.paragraph_format.first_line_indent = Pt(-16 * hanging)
        paragraph.add_run(f"附件：{annex['entry']}" if position == 0 else annex["entry"])


def _signature(document: DocumentObject, composed: dict[str, Any]) -> None:
    if not composed["signature"] or composed["annex_label"]:
        return
    if composed["layout"] in {"minutes", "wide"}:
        return
    name, day = composed["signature"]["name"], composed["signature"]["date"]
    if composed["stamp_post"]:
        _stamp(document, composed["stamp_post"], day)
        return
    if len(composed["signature"]["names"]) > 1:
        _joint_signature(document, composed["signature"])
        return
    _blank(document, 2 if composed["sealed"] else 1)
    for text in (name, day):
        paragraph = _paragraph(document, text, "公文顶格")
        paragraph.alignment = ALIGN.RIGHT
        paragraph.paragraph_format.keep_together = True
        shift = max(0.0, (_length(name) - _length(day)) / 2)
        right = 4 - shift if text == name else 4.0
        if not composed["sealed"]:
            right = 2.0 if text == name else max(2.0, _length(name) - _length(day))
        paragraph.paragraph_format.right_indent = Pt(16 * max(0.0, right))
    if composed["note"]:
        _paragraph(document, composed["note"], "公文正文")


def _hold_to_text(document: DocumentObject, written: int) -> None:
    """Keep the signature, which begins after `written` parts of the body, on a page with the last words of the text."""
    # The section's own part stays the last of the body, so the last word written is two before it.
    parts = list(document.element.body)[max(0, written - 2) : -1]
    if len(parts) < 2 or written < 2:
        return
    for part in parts[:-1]:
        if part.tag == qn("w:p"):
            Paragraph(part, document._body).paragraph_format.keep_with_next = True


def _joint_signature(document: DocumentObject, signature: dict[str, Any]) -> None:
    """Write up to three bodies a row over the places of their seals, the date under the last one."""
    names = signature["names"]
    per_row = 2 if any(len(name) > 8 for name in names) else 3
    for first in range(0, len(names), per_row):
        row = names[first : first + per_row]
        is_last = first + per_row >= len(names)
        _blank(document, 2)
        widths = [156 / len(row)] * len(row)
        table = _new_table(document, 2 if is_last else 1, widths)
        table._tbl.tblPr.style = "TableNormal"
        grid = _cells(table, widths)
        for cell, name in zip(grid[0], row, strict=True):
            _write(cell, name, "公文顶格", ALIGN.CENTER)
        if is_last:
            _write(grid[1][-1], signature["date"], "公文顶格", ALIGN.CENTER)


def _stamp(document: DocumentObject, post: str, day: str) -> None:
    """Leave the place of a signature stamp: the post 12 characters from the right, the date a line below."""
    for blank, text, right in ((2, post, 12), (1, day, 4)):
        _blank(document, blank)
        line = _paragraph(document, text, "公文顶格")
        line.alignment = ALIGN.RIGHT
        line.paragraph_format.right_indent = Pt(16 * right)


def _length(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def _imprint(document: DocumentObject, composed: dict[str, Any]) -> None:
    lines = [f"{label}{text}" for label, text in composed["distribution"]]
    imprint = composed["imprint"]
    recipients = [
        f"{label}：{imprint[name]}"
        for label, name in (("主送", "mains"), ("抄送", "copies"))
        if imprint.get(name)
    ]
    lines += ["\n".join(recipients)] if recipients else []
    ends = (imprint["office"], imprint["printed"]) if imprint.get("office") else None
    if not lines and not ends:
        return
    table = _new_table(document, len(lines) + bool(ends), [156.0])
    _imprint_edges(table, ruled=composed["layout"] != "letter")
    grid = _cells(table, [156.0])
    for cells, text in zip(grid, lines, strict=False):
        first, *more = text.split("\n")
        _write(cells[0], first, "版记")
        for one in more:  # 主送 and 抄送 stand without a rule between them
            cells[0].add_paragraph(one)._p.style = "版记"
        for paragraph in cells[0].paragraphs:
            paragraph.paragraph_format.left_indent = Pt(14 * 4)
            paragraph.paragraph_format.first_line_indent = Pt(-14 * 3)
            paragraph.paragraph_format.right_indent = Pt(14)
    if ends:
        cell = grid[-1][0]
        _write(cell, "", "版记")
        cell.paragraphs[0].paragraph_format.left_indent = Pt(14)
        _two_ends(cell.paragraphs[0], *ends, width=Mm(147))
    # A table that floats hangs on the paragraph after it.
    anchor = _paragraph(document, "", "末尾小字")
    anchor.paragraph_format.line_spacing = Pt(1)


def _imprint_edges(table: Any, ruled: bool) -> None:
    """Draw thick outer and thin inner rules, and let the table stand on the lower edge of the type area."""
    properties = table._tbl.tblPr
    place = OxmlElement("w:tblpPr")
    # Measured from the page's edge: a table as wide as the type area and placed by it does not float in LibreOffice.
    spot = {"vertAnchor": "margin", "horzAnchor": "page", "tblpX": str(Mm(28).twips), "tblpYSpec": "bottom"}
    for name, value in spot.items():
        place.set(qn(f"w:{name}"), value)
    properties.insert(1, place)
    properties.replace(properties.find(qn("w:tblCellMar")), _side_margins(0))
    borders = OxmlElement("w:tblBorders")
    sizes = {"top": "8", "left": "", "bottom": "8", "right": "", "insideH": "6", "insideV": ""}
    for side, size in sizes.items():
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:val"), "single" if size and ruled else "nil")
        if size and ruled:
            edge.set(qn("w:sz"), size)
            edge.set(qn("w:color"), "000000")
        borders.append(edge)
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _frozen(document: DocumentObject, made: datetime) -> bytes:
    """Save with fixed times inside the archive, so that the same record gives the same bytes."""
    loose, fixed = BytesIO(), BytesIO()
    document.save(loose)
    stamp = (min(max(made.year, 1980), 2107), made.month, made.day, 0, 0, 0)
    with zipfile.ZipFile(loose) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
