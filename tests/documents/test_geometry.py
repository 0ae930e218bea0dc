"""A rendered notice measured against GB/T 9704-2012 (DOMAIN §3), in millimetres."""

from functools import cache
from io import BytesIO

import pdfplumber
import pypdfium2
import pytest
from pdfminer.pdftypes import resolve1

from duban.documents import render
from duban.documents.kinds import kind_of
from tests.documents.reading import MM, lines_of, pages_of

PLAIN = "一二三四五六七八九十" * 150


@cache
def notice():
    return render.render_pdf("notice", kind_of("notice").sample() | {"paragraphs": [PLAIN]})


@cache
def notice_pages():
    return pages_of(notice())


def inked(page, test, top=0, bottom=297):
    """Return the top, bottom, left and right edge of what is inked, in millimetres, at 254 dots per inch."""
    drawn = pypdfium2.PdfDocument(notice())[page].render(scale=254 / 72).to_pil().convert("RGB")
    band = drawn.crop((0, top * 10, drawn.width, bottom * 10))
    red, green, blue = (list(channel.tobytes()) for channel in band.split())
    spots = [i for i, (r, g, b) in enumerate(zip(red, green, blue, strict=True)) if test(r, g, b)]
    rows, columns = [i // band.width for i in spots], [i % band.width for i in spots]
    return top + min(rows) / 10, top + max(rows) / 10, min(columns) / 10, max(columns) / 10


def numbered_pages():
    """Return the pages without the last: a back page that carries nothing but the imprint."""
    assert "".join(char["text"] for char in notice_pages()[-1][0]).startswith("抄送")
    return notice_pages()[:-1]


def body_lines(page):
    return [line for line in lines_of(notice_pages()[page][0], 16) if line]


def test_full_page_holds_22_lines_of_28_characters():
    lines = body_lines(1)
    assert len(lines) == 22
    assert {len(line) for line in lines} == {28}


def test_type_area_begins_28_mm_from_the_left_and_is_156_mm_wide():
    line = body_lines(1)[5]
    assert line[0]["x0"] * MM == pytest.approx(28, abs=0.2)
    assert line[-1]["x1"] * MM == pytest.approx(28 + 156, abs=0.3)


def test_lines_are_spread_over_225_mm():
    baselines = [line[0]["matrix"][5] for line in body_lines(1)]
    steps = [(upper - lower) * MM for upper, lower in zip(baselines, baselines[1:], strict=False)]
    assert steps == pytest.approx([225 / 22] * 21, abs=0.02)
    top_of_first = 297 - baselines[0] * MM - 0.88 * 16 * MM
    assert 37 <= top_of_first <= 37 + 225 / 22


def test_first_line_of_a_paragraph_is_indented_by_two_characters():
    first = next(line for line in body_lines(0) if line[0]["text"] == "一" and line[1]["text"] == "二")
    assert first[0]["x0"] * MM == pytest.approx(28 + 2 * 156 / 28, abs=0.2)


def test_letterhead_begins_35_mm_below_the_type_area_edge():
    red = inked(0, lambda r, g, b: (r > 200) & (g < 80) & (b < 80))
    assert red[0] == pytest.approx(37 + 35, abs=0.3)


def test_red_rule_is_156_mm_wide_and_4_mm_below_the_number():
    chars, rules = notice_pages()[0]
    red = [rule for rule in rules if rule.get("stroking_color") == (1, 0, 0)]
    assert len(red) == 1
    assert (red[0]["x1"] - red[0]["x0"]) * MM == pytest.approx(156, abs=0.1)
    number = next(char for char in chars if char["text"] == "〔")
    bottom_of_number = 297 - number["matrix"][5] * MM + 0.12 * 16 * MM
    assert red[0]["top"] * MM - bottom_of_number == pytest.approx(4, abs=0.3)


def test_page_number_stands_7_mm_below_the_type_area_on_the_outer_side():
    for chars, _rules in numbered_pages():
        dashes = [char for char in chars if char["text"] == "—" and abs(char["size"] - 14) < 0.05]
        assert len(dashes) == 2
        upper_edge = 297 - (dashes[0]["matrix"][5] + 0.293 * 14) * MM
        assert upper_edge == pytest.approx(37 + 225 + 7, abs=0.1)


def test_page_number_is_one_character_in_from_the_outer_side():
    def dark(r, g, b):
        return (r < 120) & (g < 120) & (b < 120)

    odd = inked(0, dark, top=266, bottom=274)
    even = inked(1, dark, top=266, bottom=274)
    assert odd[3] == pytest.approx(210 - 26 - 14 * MM, abs=0.6)
    assert even[2] == pytest.approx(28 + 14 * MM, abs=0.6)


def test_last_rule_of_the_imprint_lies_on_the_lower_edge_of_the_type_area():
    rules = [rule for rule in notice_pages()[-1][1] if (rule["x1"] - rule["x0"]) * MM > 150]
    assert len(rules) == 3
    assert max(rule["bottom"] for rule in rules) * MM == pytest.approx(37 + 225, abs=0.2)
    assert sorted(round(rule["linewidth"] * MM, 2) for rule in rules) == [0.25, 0.35, 0.35]


def test_headings_change_typeface_by_level():
    fonts = {}
    for chars, _rules in notice_pages():
        for line in lines_of(chars, 16):
            text = "".join(char["text"] for char in line)
            fonts[text[:6]] = line[-1]["fontname"].split("+")[1]
    assert fonts["一、整改要求"].startswith("FandolHei")
    assert fonts["（一）逐项整"].startswith("FandolKai")
    assert fonts["1.反馈内容"].startswith("FandolFang")


def test_no_character_leaves_the_type_area():
    for chars, _rules in notice_pages():
        # A comma at the end of a line keeps its empty right half outside; its ink stays inside.
        body = [char for char in chars if char["size"] > 13 and char["text"] not in "—，。、；：）” "]
        assert min(char["x0"] for char in body) * MM >= 27.9
        assert max(char["x1"] for char in body) * MM <= 184.3


def test_all_fonts_are_embedded():
    with pdfplumber.open(BytesIO(notice())) as opened:
        for page in opened.pages:
            for font in resolve1(resolve1(page.page_obj.resources)["Font"]).values():
                inner = resolve1(resolve1(resolve1(font)["DescendantFonts"])[0])
                assert "FontFile3" in resolve1(inner["FontDescriptor"])
