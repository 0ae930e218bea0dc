"""The sheet a Word file is drawn on: page, grid, styles and page numbers of GB/T 9704-2012, upright or lying."""

from functools import cache
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.text.paragraph import Paragraph

FANG, HEI, KAI, TITLE, SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "宋体"
LINE = Twips(579)
# What a sign of size 3 gives up so that 28 stand on 156 mm: 16 pt less 6 twentieths, 28 × 15.7 pt = 439.6 pt of 442.2.
CLOSER = Twips(-6)
STYLES = (
    # name, font, size, indent in characters, alignment
    ("公文正文", FANG, 16, 2, ALIGN.JUSTIFY),
    ("公文顶格", FANG, 16, 0, ALIGN.JUSTIFY),
    ("公文标题", TITLE, 22, 0, ALIGN.CENTER),
    ("公文一级标题", HEI, 16, 2, ALIGN.JUSTIFY),
    ("公文二级标题", KAI, 16, 2, ALIGN.JUSTIFY),
    ("公文三级标题", FANG, 16, 2, ALIGN.JUSTIFY),
    ("公文黑体顶格", HEI, 16, 0, ALIGN.LEFT),
    ("发文机关标志", TITLE, 48, 0, ALIGN.CENTER),
    ("公文表头", HEI, 10.5, 0, ALIGN.CENTER),
    ("公文表文", FANG, 10.5, 0, ALIGN.LEFT),
    ("版记", FANG, 14, 0, ALIGN.LEFT),
    ("页码", SONG, 14, 0, ALIGN.LEFT),
    ("末尾小字", FANG, 8, 0, ALIGN.LEFT),
)
BOX_HIGH = Mm(30)
# A box of text turned a quarter clockwise, in the older drawing language: LibreOffice loses the place of a newer box on
# the only front page of a file, and lets no table float in a header.
TURNED_BOX = f"""<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><v:rect id="%(name)s" filled="f" stroked="f"
 style="position:absolute;margin-left:%(x).1fpt;margin-top:%(y).1fpt;width:%(wide).1fpt;height:%(high).1fpt;z-index:2;\
mso-position-horizontal-relative:page;mso-position-vertical-relative:page"><v:textbox inset="0,0,0,0"
 style="layout-flow:vertical"><w:txbxContent><w:p/></w:txbxContent></v:textbox></v:rect></w:pict>"""
LEVELS = {1: "公文一级标题", 2: "公文二级标题", 3: "公文三级标题", 4: "公文三级标题"}


@cache
def blank_page(first_unnumbered: bool, wide: bool) -> bytes:
    """Return an empty Word file with page, grid, styles and page numbers; made once per process."""
    document = Document()
    section = document.sections[0]
    (turn_wide if wide else _stand)(section)
    # The number's dash lies 7 mm below the type area, 0.36 of a sign above the foot of its letters; an exact line has
    # a fifth of its height below that foot: 28 mm less 0.56 × 14 pt.
    section.header_distance = Mm(30) if first_unnumbered else Mm(15)
    section.footer_distance = Mm(25.2)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    for name, value in (("type", "linesAndChars"), ("linePitch", "579"), ("charSpace", "-848")):
        grid.set(qn(f"w:{name}"), value)
    _set_styles(document)
    document.settings.odd_and_even_pages_header_footer = True
    section.different_first_page_header_footer = first_unnumbered
    (_wide_numbers if wide else _page_numbers)(section)
    document.core_properties.comments, document.core_properties.revision = "", 1
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _set_styles(document: DocumentObject) -> None:
    normal = document.styles["Normal"]
    font(normal, FANG, 16)
    _off_grid(normal.element.get_or_add_pPr())
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    for name, face, size, indent, align in STYLES:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        font(style, face, size)
        if size == 16:
            _set_closer(style.element.get_or_add_rPr())
        form = style.paragraph_format
        form.alignment = align
        form.space_before = form.space_after = Pt(0)
        if size >= 14 and size <= 22:
            form.line_spacing = LINE if size <= 16 else Pt(34)
        if size == 10.5:
            form.line_spacing = Pt(14)
            _without_gaps(style.element.get_or_add_pPr())
        if indent:
            properties = style.element.get_or_add_pPr()
            ind = OxmlElement("w:ind")
            ind.set(qn("w:firstLineChars"), str(indent * 100))
            ind.set(qn("w:firstLine"), str(indent * 316))
            properties.insert_element_before(
                ind, "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:outlineLvl", "w:rPr"
            )
    for name in LEVELS.values():
        document.styles[name].paragraph_format.keep_with_next = True


def _set_closer(properties: Any) -> None:
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(CLOSER.twips))
    properties.insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")


def _off_grid(properties: Any) -> None:
    """Let lines and signs stand by their own measures: they are those of the grid.

    A cell of the grid is narrower than the sign it holds (15.79 of 16 pt). Word then closes the signs up, LibreOffice
    gives each sign two cells: 14 a line. Exact line height and closer signs come out as 22 by 28 in both.
    """
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    properties.insert_element_before(
        snap, "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:outlineLvl", "w:rPr"
    )


def _without_gaps(properties: Any) -> None:
    """Leave no gap between letters, digits and signs: columns are narrow."""
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        gap = OxmlElement(name)
        gap.set(qn("w:val"), "0")
        properties.insert_element_before(
            gap,
            "w:snapToGrid",
            "w:spacing",
            "w:ind",
            "w:contextualSpacing",
            "w:mirrorIndents",
            "w:jc",
            "w:rPr",
        )


def font(holder: Any, face: str, size: float | None = None, colour: RGBColor | None = None) -> None:
    holder.font.name = face
    fonts = holder.element.get_or_add_rPr().get_or_add_rFonts() if hasattr(holder, "element") else None
    if fonts is not None:
        for slot in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{slot}"), face)
    if size:
        holder.font.size = Pt(size)
    if colour is not None:
        holder.font.color.rgb = colour


def add_back_page(document: DocumentObject) -> None:
    """This function will begin an upright back page without a number; Word leaves a front page empty if it must."""
    section = document.add_section(WD_SECTION.EVEN_PAGE)
    section.different_first_page_header_footer = False
    for part in (section.header, section.even_page_header, section.footer, section.even_page_footer):
        part.is_linked_to_previous = False
        part.paragraphs[0].paragraph_format.line_spacing = Pt(14)
    # LibreOffice lets the page's text end where an empty footer begins.
    section.footer_distance = Mm(35) - Pt(14)
    _stand(section)


def _stand(section: Section) -> None:
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Twips(11906), Twips(16838)
    section.top_margin, section.bottom_margin = Twips(2098), Twips(1984)
    section.left_margin, section.right_margin = Twips(1587), Twips(1474)


def turn_wide(section: Section) -> None:
    """This function will turn a section a quarter clockwise: the portrait sheet's margins go with it."""
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Twips(16838), Twips(11906)
    section.top_margin, section.bottom_margin = Twips(1587), Twips(1474)
    section.left_margin, section.right_margin = Twips(1984), Twips(2098)


def add_page(document: DocumentObject, *, wide: bool) -> None:
    """This function will begin a new page that lies or stands, with the page number where the sheet has it."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = False
    for part in (section.header, section.even_page_header, section.footer, section.even_page_footer):
        part.is_linked_to_previous = False
    (turn_wide if wide else _stand)(section)
    (_wide_numbers if wide else _page_numbers)(section)


def _page_numbers(section: Section) -> None:
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph._p.style = "页码"
        paragraph.alignment = align
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        paragraph.paragraph_format.line_spacing = Pt(14)
        _number(paragraph)


def _number(paragraph: Paragraph) -> None:
    for piece in ("— ", None, " —"):
        run = paragraph.add_run(piece or "")
        font(run, SONG, 14)
        if piece is None:
            _field(run, "PAGE")


def _wide_numbers(section: Section) -> None:
    """Put the number on the short left side, turned: where it stands when the sheet is held upright."""
    for header, top in ((section.header, False), (section.even_page_header, True)):
        holder = header.paragraphs[0]
        holder._p.style = "页码"
        holder.paragraph_format.line_spacing = Pt(14)
        # 35 mm less 7 mm less the box's width from the left; one character in from the type area's end.
        y = Mm(28) + Pt(14) if top else Mm(210 - 26) - BOX_HIGH - Pt(14)
        place = {"x": Mm(20).pt, "y": y / 12700, "wide": Mm(8).pt, "high": BOX_HIGH.pt}
        box = parse_xml(TURNED_BOX % {**place, "name": f"number{1 + top}"})
        holder.add_run()._r.append(box)
        paragraph = Paragraph(next(box.iter(qn("w:p"))), header)
        paragraph._p.style = "页码"
        paragraph.alignment = ALIGN.LEFT if top else ALIGN.RIGHT
        paragraph.paragraph_format.line_spacing = Pt(14)
        _number(paragraph)


def _field(run: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        if kind == "text":
            part = OxmlElement("w:t")
            part.text = text
        elif kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)
