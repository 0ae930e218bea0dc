"""Every layout measured on the drawn page against GB/T 9704-2012 (DOMAIN §3), in millimetres."""

from functools import cache
from io import BytesIO

import pdfplumber
import pypdfium2
import pytest
from pypdf import PdfReader

from duban.documents import render
from duban.documents.kinds import all_kinds, kind_of
from tests.documents.reading import MM, lines_of, pages_of, text_of
from tests.documents.reading import sample_pdf as drawn

CHAR = 156 / 28


@cache
def pages(kind):
    return pages_of(drawn(kind))


def red_box(kind, page=0, top=0, bottom=297):
    """Return the top and bottom edge of what is inked red between two heights, in millimetres."""
    image = pypdfium2.PdfDocument(drawn(kind))[page].render(scale=254 / 72).to_pil().convert("RGB")
    band = image.crop((0, top * 10, image.width, bottom * 10))
    red, green, _blue = band.split()
    rows = [
        i // band.width
        for i, (r, g) in enumerate(zip(red.tobytes(), green.tobytes(), strict=True))
        if r > 200 and g < 80
    ]
    return top + min(rows) / 10, top + max(rows) / 10


def long_rules(kind, page, at_least):
    """Return (top, length, thickness) of the horizontal rules of a page, from the top."""
    found = [
        (rule["top"] * MM, (rule["x1"] - rule["x0"]) * MM, rule["linewidth"] * MM)
        for rule in pages(kind)[page][1]
        if rule["x1"] - rule["x0"] > at_least / MM and rule["bottom"] - rule["top"] < 1
    ]
    return sorted(found)


def line_with(kind, text, page=0, size=16):
    for line in lines_of(pages(kind)[page][0], size):
        if "".join(char["text"] for char in line).startswith(text):
            return line
    raise AssertionError(f"no line begins with {text}")


def test_signatory_of_an_upward_document_stands_right_on_the_line_of_the_number():
    line = line_with("report", "示督报")
    assert line[0]["x0"] * MM == pytest.approx(28 + CHAR, abs=0.3)
    assert line[-1]["x1"] * MM == pytest.approx(184 - CHAR, abs=0.4)
    assert "".join(char["text"] for char in line).endswith("签发人：王示例")
    assert "Kai" in line[-1]["fontname"]
    assert "Kai" not in line[-5]["fontname"]


def test_joint_signatories_stand_two_a_line_and_the_number_on_the_last():
    record = kind_of("report").sample() | {"signer": "甲一、乙二、丙三"}
    chars = pages_of(render.render_pdf("report", record))[0][0]
    rows = ["".join(char["text"] for char in line) for line in lines_of(chars, 16)]
    assert rows[:2] == ["签发人：甲一乙二", "示督报〔2020〕3号丙三"]


def test_letter_has_its_mark_30_mm_from_the_edge_and_two_double_rules_of_170_mm():
    assert red_box("letter", bottom=60)[0] == pytest.approx(30, abs=0.4)
    rules = long_rules("letter", 0, 165)
    assert [length for _top, length, _thick in rules] == pytest.approx([170] * 4, abs=0.1)
    assert [round(thick, 2) for _top, _length, thick in rules] == [0.7, 0.25, 0.25, 0.7]
    mark_bottom = red_box("letter", bottom=int(rules[0][0]) - 1)[1]
    assert rules[0][0] - mark_bottom == pytest.approx(4, abs=0.5)
    assert rules[-2][0] == pytest.approx(297 - 20, abs=0.5)


def test_letter_number_stands_right_and_the_first_page_has_no_page_number():
    line = line_with("letter", "示督函")
    assert line[-1]["x1"] * MM == pytest.approx(184, abs=0.4)
    assert "—" not in text_of(drawn("letter"))[0]
    assert "—2—" in text_of(drawn("transfer_letter"))[1]


def test_letter_imprint_has_no_rules_no_office_and_no_day_of_printing():
    assert long_rules("letter", 0, 150) == long_rules("letter", 0, 165)
    record = kind_of("letter").sample() | {
        "print_office": "示例市专项监督工作专班综合岗",
        "printed_on": "2020-02-17",
    }
    whole = "".join(text_of(render.render_pdf("letter", record)))
    assert "抄送：" in whole
    assert "印发" not in whole
    assert "综合岗" not in whole


def test_minutes_mark_begins_35_mm_below_the_type_area_edge_and_attendance_follows_the_text():
    assert red_box("minutes", bottom=100)[0] == pytest.approx(37 + 35, abs=0.4)
    label = line_with("minutes", "出席：", page=1)
    assert label[0]["x0"] * MM == pytest.approx(28 + 2 * CHAR, abs=0.3)
    assert "Hei" in label[0]["fontname"]
    assert "Fang" in label[4]["fontname"]
    wrapped = line_with("minutes", "督导组组长岗", page=1)
    assert wrapped[0]["x0"] * MM == pytest.approx(28 + 5 * CHAR, abs=0.5)


def test_seal_place_is_four_characters_from_the_right_with_name_and_date_centred():
    page = next(i for i, text in enumerate(text_of(drawn("circular"))) if "2020年2月17日附件" in text or
                text.rstrip("—123456789").endswith("2020年2月17日"))  # fmt: skip
    name, day = (
        line_with("circular", "示例市专项监督工作专班", page),
        line_with("circular", "2020年2月17日", page),
    )
    middle = [(line[0]["x0"] + line[-1]["x1"]) / 2 * MM for line in (name, day)]
    assert middle[0] == pytest.approx(middle[1], abs=0.6)
    assert day[-1]["x1"] * MM == pytest.approx(184 - 4 * CHAR, abs=0.6)


def test_unsealed_date_begins_two_characters_right_of_the_name():
    record = kind_of("request").sample() | {"sealed": False, "note": "联系人：综合岗，电话：0000-0000000"}
    for chars, _rules in pages_of(render.render_pdf("request", record)):
        rows = {"".join(c["text"] for c in line): line for line in lines_of(chars, 16)}
        if "2020年2月17日" in rows:
            name, day = rows["示例市专项监督工作专班"], rows["2020年2月17日"]
            assert name[-1]["x1"] * MM == pytest.approx(184 - 2 * CHAR, abs=0.4)
            assert (day[0]["x0"] - name[0]["x0"]) * MM == pytest.approx(2 * CHAR, abs=0.4)
            return
    raise AssertionError("no date")


def test_signature_stamp_leaves_its_place_between_post_and_margin():
    record = kind_of("notice").sample() | {"stamp_post": "市长"}
    for chars, _rules in pages_of(render.render_pdf("notice", record)):
        rows = {"".join(c["text"] for c in line): line for line in lines_of(chars, 16)}
        if "市长" in rows:
            assert rows["市长"][-1]["x1"] * MM == pytest.approx(184 - 12 * CHAR, abs=0.4)
            return
    raise AssertionError("no post")


@pytest.mark.parametrize("kind", ["circular", "minutes", "bulletin", "report", "directive_notice"])
def test_imprint_ends_on_the_lower_edge_of_the_last_type_area(kind):
    rules = long_rules(kind, -1, 155)[-3:]
    assert rules[-1][0] == pytest.approx(37 + 225, abs=0.25)
    assert rules[-1][2] == pytest.approx(0.35, abs=0.02)
    assert rules[-1][1] == pytest.approx(156, abs=0.1)


def test_annex_begins_on_a_new_page_with_its_label_on_line_1_and_title_on_line_3():
    page = next(i for i, text in enumerate(text_of(drawn("circular"))) if text.startswith("附件督导发现"))
    label = line_with("circular", "附件", page)
    title = line_with("circular", "督导发现问题清单", page, size=22)
    assert label[0]["x0"] * MM == pytest.approx(28, abs=0.2)
    assert "Hei" in label[0]["fontname"]
    down = (label[0]["matrix"][5] - title[0]["matrix"][5]) * MM
    assert down == pytest.approx(2 * 225 / 22, abs=3.5)


def test_title_of_the_annex_is_the_same_in_both_places():
    whole = "".join(text_of(drawn("circular")))
    assert whole.count("督导发现问题清单") == 2
    assert "附件：督导发现问题清单" in whole


def test_landscape_table_lies_and_its_number_stands_where_the_upright_sheet_has_it():
    for number, (chars, _rules) in enumerate(pages("problem_list"), start=1):
        with pdfplumber.open(BytesIO(drawn("problem_list"))) as opened:
            assert (round(opened.pages[0].width * MM), round(opened.pages[0].height * MM)) == (297, 210)
        dashes = [char for char in chars if char["text"] == "—" and char["matrix"][1] < -0.5]
        assert len(dashes) == 2
        # Held upright, the left edge is the lower one: 35 mm margin, the number 7 mm below the type area.
        baseline = dashes[0]["matrix"][4] * MM
        assert baseline + 0.293 * 14 * MM == pytest.approx(35 - 7, abs=0.3)
        ends = [char["top"] * MM for char in dashes] + [char["bottom"] * MM for char in dashes]
        if number % 2:
            assert max(ends) == pytest.approx(210 - 26 - 14 * MM, abs=1)
        else:
            assert min(ends) == pytest.approx(28 + 14 * MM, abs=1)


def test_landscape_table_repeats_its_head_on_every_page():
    texts = text_of(drawn("problem_list"))
    assert len(texts) > 1
    assert all("检查时间点位问题（事实）" in text for text in texts)


def test_landscape_annex_of_an_upright_document_turns_only_its_own_pages():
    record = kind_of("circular").sample()
    table = {"columns": ["序号", "事项"], "rows": [[1, "甲"]]}
    record["annexes"] = [
        {"title": "台账", "landscape": True, "table": table},
        {"title": "说明", "paragraphs": ["乙。"]},
    ]
    with pdfplumber.open(BytesIO(render.render_pdf("circular", record))) as opened:
        lying = [page.width > page.height for page in opened.pages]
        where = [page.extract_text() for page in opened.pages]
    assert lying.count(True) == 1
    assert "台账" in where[lying.index(True)]
    assert not lying[-1]


@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_every_font_of_every_kind_is_embedded(kind):
    for page in PdfReader(BytesIO(drawn(kind))).pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(inner)


@pytest.mark.parametrize("kind", ["circular", "letter", "minutes", "special_report", "report"])
def test_full_page_of_text_holds_22_lines_of_28_characters(kind):
    record = kind_of(kind).sample() | {"paragraphs": ["一二三四五六七八九十" * 150]}
    lines = [line for line in lines_of(pages_of(render.render_pdf(kind, record))[1][0], 16) if line]
    assert (len(lines), {len(line) for line in lines}) == (22, {28})


@pytest.mark.parametrize("kind", ["notice", "circular", "minutes", "report", "discipline_recommendation"])
def test_imprint_stands_on_a_back_page(kind):
    assert len(pages(kind)) % 2 == 0


def test_page_with_nothing_but_the_imprint_has_no_number():
    record = kind_of("notice").sample() | {"sections": [], "annexes": []}
    texts = text_of(render.render_pdf("notice", record))
    assert len(texts) == 2
    assert "—1—" in texts[0]
    assert "印发" in texts[1]
    assert "—" not in texts[1]


def test_joint_letterhead_spreads_the_bodies_to_one_width_with_the_word_centred_at_their_right():
    bodies = ["示例市专项监督工作专班", "示例市卫生健康局"]
    record = kind_of("notice").sample() | {"issuer": bodies[0], "joint_issuers": bodies[1:]}
    chars = pages_of(render.render_pdf("notice", record))[0][0]
    mark = [char for char in chars if char["size"] > 23]
    rows = {}
    for char in mark:
        rows.setdefault(round(char["matrix"][5]), []).append(char)
    drawn = sorted(rows.items(), reverse=True)
    assert ["".join(c["text"] for c in line) for _base, line in drawn] == [bodies[0], "文件", bodies[1]]
    first, word, second = (line for _base, line in drawn)
    assert first[0]["x0"] == pytest.approx(second[0]["x0"], abs=1)
    assert first[-1]["x1"] == pytest.approx(second[-1]["x1"], abs=1)
    assert word[0]["x0"] > first[-1]["x1"]
    assert drawn[1][0] == pytest.approx((drawn[0][0] + drawn[2][0]) / 2, abs=2)


def test_joint_signature_gives_every_body_the_place_of_its_seal_and_the_date_to_the_last():
    found = {}
    for chars, _rules in pages_of(drawn("joint_recommendation")):
        for line in lines_of(chars, 16):
            found["".join(char["text"] for char in line)] = line
    names = found["示例市纪律检查委员会示例市监察委员会"]
    day = found["2020年2月20日"]
    last = names[-8:]
    assert (last[0]["x0"] + last[-1]["x1"]) / 2 * MM == pytest.approx(
        (day[0]["x0"] + day[-1]["x1"]) / 2 * MM, abs=0.6
    )
    assert (last[0]["x0"] - names[0]["x0"]) * MM >= 45


def test_value_of_one_line_stands_level_with_its_label_beside_a_longer_value():
    with pdfplumber.open(BytesIO(drawn("lead_transfer"))) as opened:
        words = opened.pages[0].extract_words()
    label = next(word for word in words if word["text"] == "移送单位")
    value = min(
        (word for word in words if word["text"].startswith("示例市专项") and word["top"] > label["top"] - 14),
        key=lambda word: word["top"],
    )
    assert (value["top"] + value["bottom"]) / 2 == pytest.approx(
        (label["top"] + label["bottom"]) / 2, abs=1.5
    )
