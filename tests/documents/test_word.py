"""The Word file: page, grid, styles, rules, repeated table heads and page numbers."""

import zipfile
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from duban.documents import render
from duban.documents.kinds import all_kinds, kind_of
from tests.documents.reading import sample_docx


def opened(kind):
    return Document(BytesIO(sample_docx(kind)))


def east_asian_font(style):
    return style.element.rPr.rFonts.get(qn("w:eastAsia"))


def test_page_and_margins_are_those_of_the_standard():
    section = opened("notice").sections[0]
    assert (section.page_width.twips, section.page_height.twips) == (11906, 16838)
    margins = (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
    assert [margin.twips for margin in margins] == [2098, 1474, 1984, 1587]


def test_grid_is_22_lines_of_28_characters():
    section = opened("notice").sections[0]
    grid = section._sectPr.find(qn("w:docGrid"))
    values = [grid.get(qn(f"w:{name}")) for name in ("type", "linePitch", "charSpace")]
    assert values == ["linesAndChars", "579", "-848"]
    high = section.page_height.twips - section.top_margin.twips - section.bottom_margin.twips
    wide = section.page_width.twips - section.left_margin.twips - section.right_margin.twips
    assert high // 579 == 22
    assert int(wide / (16 * 20 - 848 / 4096 * 20)) == 28


@pytest.mark.parametrize("name", ["公文正文", "公文顶格", "公文一级标题", "公文二级标题", "公文三级标题"])
def test_22_exact_lines_of_28_closed_up_signs_fill_the_type_area_without_the_grid(name):
    style = opened("notice").styles[name]
    assert style.base_style.element.pPr.find(qn("w:snapToGrid")).get(qn("w:val")) == "0"
    pitch = style.element.pPr.spacing
    assert (pitch.get(qn("w:lineRule")), pitch.get(qn("w:line"))) == ("exact", "579")
    sign = style.font.size.twips + int(style.element.rPr.find(qn("w:spacing")).get(qn("w:val")))
    # 156 mm are 8845 twips, 225 mm are 12756: 28 signs and 22 lines fit, one more does not.
    assert (8845 // sign, 12756 // 579) == (28, 22)


def test_styles_name_the_official_fonts():
    styles = opened("notice").styles
    assert east_asian_font(styles["公文正文"]) == "仿宋_GB2312"
    assert east_asian_font(styles["公文标题"]) == "方正小标宋简体"
    assert east_asian_font(styles["公文一级标题"]) == "黑体"
    assert east_asian_font(styles["公文二级标题"]) == "楷体_GB2312"


def test_paragraphs_use_the_styles():
    used = {paragraph.text: paragraph.style.name for paragraph in opened("notice").paragraphs}
    assert used["关于做好督导发现问题整改核验工作的通知"] == "公文标题"
    assert used["一、整改要求"] == "公文一级标题"
    assert used["（一）逐项整改"] == "公文二级标题"


def test_red_rule_stands_under_the_number():
    number = next(p for p in opened("notice").paragraphs if p.text == "示督发〔2020〕9号")
    assert number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom")).get(qn("w:color")) == "FF0000"


def test_odd_and_even_pages_carry_a_page_field_on_the_outer_side():
    document = opened("notice")
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    for footer, side in ((section.footer, "RIGHT"), (section.even_page_footer, "LEFT")):
        assert "PAGE" in footer._element.xml
        assert footer.paragraphs[0].alignment.name == side


def test_table_heads_repeat():
    table = opened("bulletin").tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_work_order_shows_the_code_of_the_unit_link():
    assert len(opened("work_order").inline_shapes) == 1


def test_file_claims_the_date_of_the_document_only():
    content = render.render_docx("notice", kind_of("notice").sample())
    assert Document(BytesIO(content)).core_properties.created.isoformat()[:10] == "2020-02-10"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2020, 2, 10, 0, 0, 0)}


def test_letter_carries_its_mark_between_red_double_rules_and_no_first_number():
    section = opened("referral_letter").sections[0]
    assert section.different_first_page_header_footer
    header, footer = section.first_page_header.paragraphs[0], section.first_page_footer.paragraphs[0]
    assert header.text == "示例市专项监督工作专班"
    assert "PAGE" not in footer._p.xml
    lines = [p._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom")).get(qn("w:val")) for p in (header, footer)]
    assert lines == ["thickThinSmallGap", "thinThickSmallGap"]


@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_every_kind_has_the_margins_and_the_grid_of_the_standard(kind):
    lying = kind_of(kind).layout == "wide"
    for section in Document(BytesIO(sample_docx(kind))).sections:
        margins = (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
        assert [margin.twips for margin in margins] == (
            [1587, 2098, 1474, 1984] if lying else [2098, 1474, 1984, 1587]
        )
        assert (section.page_width > section.page_height) is lying
        grid = section._sectPr.find(qn("w:docGrid"))
        assert (grid.get(qn("w:linePitch")), grid.get(qn("w:charSpace"))) == ("579", "-848")


def test_signatory_is_set_in_kai_on_the_line_of_the_number():
    line = next(p for p in opened("report").paragraphs if p.text.startswith("示督报"))
    assert line.text == "示督报〔2020〕3号\t签发人：王示例"
    assert line.runs[-1].font.name == "楷体_GB2312"


def test_minutes_label_who_attended_in_hei():
    line = next(p for p in opened("minutes").paragraphs if p.text.startswith("出席："))
    assert (line.runs[0].text, line.runs[0].font.name) == ("出席：", "黑体")


def test_lying_table_has_its_number_turned_on_the_short_side():
    section = opened("ledger").sections[0]
    for header in (section.header, section.even_page_header):
        assert "layout-flow:vertical" in header._element.xml
        assert "PAGE" in header._element.xml
    assert "PAGE" not in section.footer._element.xml


def test_lying_annex_turns_only_its_own_section():
    record = kind_of("circular").sample()
    table = {"columns": ["序号", "事项"], "rows": [[1, "甲"]]}
    record["annexes"] = [
        {"title": "台账", "landscape": True, "table": table},
        {"title": "说明", "paragraphs": ["乙。"]},
    ]
    sections = Document(BytesIO(render.render_docx("circular", record))).sections
    assert [section.page_width > section.page_height for section in sections] == [False, True, False, False]
    assert sections[-1].start_type.name == "EVEN_PAGE"


def test_so_many_addressees_that_page_1_would_be_full_move_above_the_copies():
    record = kind_of("notice").sample() | {"addressees": [f"第{n}乡镇人民政府" for n in range(1, 41)]}
    imprint = Document(BytesIO(render.render_docx("notice", record))).tables[-1].cell(0, 0)
    assert [p.text[:4] for p in imprint.paragraphs] == ["主送：第", "抄送：市"]


def imprint_of(document):
    """Return the table of the imprint, where it floats, and the section it stands in."""
    table = document.tables[-1]
    return table, table._tbl.tblPr.find(qn("w:tblpPr")), document.sections[-1]


def test_imprint_of_a_text_that_ends_on_a_front_page_has_a_back_page_without_a_number():
    document = opened("notice")
    _table, place, section = imprint_of(document)
    assert section.start_type.name == "EVEN_PAGE"
    assert not section.footer.is_linked_to_previous
    assert not section.even_page_footer.is_linked_to_previous
    assert "PAGE" not in section.footer._element.xml + section.even_page_footer._element.xml
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")


def test_imprint_of_a_text_that_ends_on_a_back_page_with_room_stands_on_that_page():
    document = opened("report")
    _table, place, section = imprint_of(document)
    assert len(document.sections) == 1
    assert "PAGE" in section.even_page_footer._element.xml
    assert place.get(qn("w:tblpYSpec")) == "bottom"


@pytest.mark.parametrize("kind", ["notice", "report", "bulletin", "referral_letter", "joint_recommendation"])
def test_imprint_is_as_wide_as_the_type_area_and_hangs_on_a_paragraph_after_it(kind):
    table, place, _section = imprint_of(opened(kind))
    assert table.columns[0].width.mm == pytest.approx(156, abs=0.1)
    assert (place.get(qn("w:horzAnchor")), place.get(qn("w:tblpX"))) == ("page", "1587")
    assert table._tbl.getnext().tag == qn("w:p")


def test_code_of_the_unit_link_is_not_cut_by_an_exact_line():
    cell = next(
        cell for table in opened("work_order").tables for cell in table._cells if "graphic" in cell._tc.xml
    )
    assert cell.paragraphs[0].paragraph_format.line_spacing == 1.0
