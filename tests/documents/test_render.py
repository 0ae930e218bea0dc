"""Every kind becomes PDF and Word; text stays text; the same record gives the same bytes."""

import re
import shutil
from io import BytesIO

import pytest
from docx import Document

from duban.documents import kinds, preview, render
from duban.documents.kinds import all_kinds, kind_of
from duban.kernel.errors import Invalid, NotFound
from tests.documents.reading import MM, pages_of, sample_docx, sample_pdf, text_of

KINDS = sorted(all_kinds())
EXPECTED = {
    "work_order", "daily_summary", "bulletin", "urge_order", "referral_letter", "common_problem_notice",
    "notice", "key_points", "dispatch_sheet", "draw_record", "liaison_table", "directive_notice", "circular", "report",
    "request", "letter", "transfer_letter", "minutes", "rectification_notice", "team_daily", "special_report",
    "problem_list", "duty_list", "measure_list", "ledger", "discipline_recommendation", "supervision_recommendation",
    "team_table", "form_approval", "lead_transfer",
}  # fmt: skip


def word_text(content):
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_kinds_of_this_campaign_are_there():
    assert set(KINDS) >= EXPECTED


@pytest.mark.parametrize("kind", KINDS)
def test_sample_of_every_kind_becomes_pdf_within_the_page(kind):
    pdf = sample_pdf(kind)
    assert pdf.startswith(b"%PDF")
    lying = kind_of(kind).layout == "wide"
    for chars, _rules in pages_of(pdf):
        # The letter's mark may be wider than the type area, never than its 170 mm rule.
        assert min(char["x0"] for char in chars) * MM >= 20
        assert max(char["x1"] for char in chars) * MM <= (261 if lying else 190)
        assert max(char["bottom"] for char in chars) * MM <= (205 if lying else 292)


@pytest.mark.parametrize("kind", KINDS)
def test_required_fields_alone_are_enough(kind):
    described = kind_of(kind)
    required = {field.name for field in described.fields if field.required}
    record = {name: value for name, value in described.sample().items() if name in required}
    assert render.render_pdf(kind, record).startswith(b"%PDF")
    assert render.render_docx(kind, record).startswith(b"PK")


@pytest.mark.parametrize("kind", KINDS)
def test_sample_of_every_kind_becomes_word_with_its_title(kind):
    sample = kind_of(kind).sample()
    assert sample.get("title", kind_of(kind).title) in word_text(sample_docx(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_same_record_gives_the_same_bytes(kind):
    sample = kind_of(kind).sample()
    assert render.render_pdf(kind, sample) == sample_pdf(kind)
    assert render.render_docx(kind, sample) == sample_docx(kind)


def test_batch_gives_the_same_bytes_as_one_by_one():
    records = [kind_of("work_order").sample() | {"number": f"示督交〔2020〕{n}号"} for n in (1, 2, 3)]
    assert list(render.render_many("work_order", records)) == [
        render.render_pdf("work_order", r) for r in records
    ]


@pytest.mark.parametrize(
    "injected", ['#import "x"', "*加粗*", "$x$", "= 标题", "#panic()", "\\", "@引用 <标签>", "`a`"]
)
def test_markup_in_a_record_appears_literally(injected):
    record = kind_of("notice").sample() | {"paragraphs": [f"原文{injected}结束。"]}
    wanted = f"原文{injected}结束。".replace(" ", "")
    assert wanted in "".join(text_of(render.render_pdf("notice", record)))
    assert f"原文{injected}结束。" in word_text(render.render_docx("notice", record))


def test_missing_fields_are_named_in_chinese_and_nothing_is_drawn():
    with pytest.raises(Invalid) as refusal:
        render.render_pdf("work_order", {"number": "示督交〔2020〕1号"})
    assert "缺少：交办单位、承办单位、下达时间、整改期限" in str(refusal.value.message)


def test_empty_cell_of_an_item_is_named_with_its_row():
    record = kind_of("work_order").sample()
    record["items"][1]["requirement"] = ""
    with pytest.raises(Invalid) as refusal:
        render.check_record("work_order", record)
    assert refusal.value.fields == {"交办事项第2行“整改要求”": "未填写"}


@pytest.mark.parametrize(
    "field, value",
    [
        ("deadline", "2020-02-30 24:00"),
        ("items", "两项"),
        ("qr_svg", "<svg><image href='x'/></svg>"),
        ("colour", "红"),
    ],
)
def test_field_of_a_wrong_shape_is_refused(field, value):
    with pytest.raises(Invalid):
        render.check_record("work_order", kind_of("work_order").sample() | {field: value})


@pytest.mark.parametrize("draw", [render.render_pdf, render.render_docx, preview.count_characters])
def test_impossible_date_is_refused_by_every_output(draw):
    with pytest.raises(Invalid) as refusal:
        draw("notice", kind_of("notice").sample() | {"date": "2020-02-30"})
    assert refusal.value.fields == {"成文日期": "不是有效日期"}


def test_table_with_uneven_rows_is_refused():
    record = kind_of("daily_summary").sample()
    record["figures"]["rows"][0].pop()
    with pytest.raises(Invalid) as refusal:
        render.check_record("daily_summary", record)
    assert refusal.value.fields == {"冻结数字": "各行栏数与表头不一致"}


def test_unknown_kind_is_not_found():
    with pytest.raises(NotFound):
        render.render_pdf("poem", {})


def test_daily_summary_prints_every_unit_zero_as_zero_and_the_journal_root():
    record = kind_of("daily_summary").sample()
    text = "".join(text_of(render.render_pdf("daily_summary", record)))
    for row in record["figures"]["rows"]:
        assert "".join(str(value) for value in row) in text
    assert record["journal_root"] in text


def test_long_fact_continues_on_the_next_page_under_a_repeated_head():
    record = kind_of("bulletin").sample()
    record["problems"] = [
        row | {"problem": "登记表缺少时间，带班岗未复核。" * 20} for row in record["problems"]
    ]
    pages = text_of(render.render_pdf("bulletin", record))
    tables = [page for page in pages if "登记表缺少时间" in page and "责任单位" in page]
    assert len(tables) > 2
    assert sum(page.count("登记表缺少时间") for page in pages) >= 20 * len(record["problems"])


def test_work_order_sample_fits_one_page():
    assert len(text_of(render.render_pdf("work_order", kind_of("work_order").sample()))) == 1


def test_preview_gives_one_picture_per_page_and_counts_characters():
    sample = kind_of("notice").sample()
    pictures = preview.render_pages_png("notice", sample, 400)
    assert len(pictures) == len(text_of(render.render_pdf("notice", sample)))
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert int.from_bytes(pictures[0][16:20], "big") == pytest.approx(400, abs=2)
    one_more = sample | {"paragraphs": [*sample["paragraphs"], "增加六个字。"]}
    assert preview.count_characters("notice", one_more) == preview.count_characters("notice", sample) + 6


@pytest.mark.parametrize("column", ["unit", "place", "problem", "state"])
def test_endless_cell_in_any_column_stays_on_the_paper(column):
    record = kind_of("bulletin").sample()
    record["problems"] = [record["problems"][0] | {column: "登记缺项" * 120}, record["problems"][1]]
    pages = pages_of(render.render_pdf("bulletin", record))
    assert max(char["bottom"] for chars, _rules in pages for char in chars if char["size"] > 8) * MM <= 275
    assert sum(char["text"] == "缺" for chars, _rules in pages for char in chars) >= 120


def test_order_with_thirty_items_runs_over_several_pages_with_every_item():
    record = kind_of("work_order").sample()
    record["items"] = [record["items"][0] | {"place": f"第{n}点位"} for n in range(1, 31)]
    record["reply"] = {"result": "已整改。" * 300, "measures": "逐项办理。", "evidence": "照片"}
    pages = text_of(render.render_pdf("work_order", record))
    assert all(f"第{n}点位" in "".join(pages) for n in range(1, 31))
    assert "".join(pages).count("已整改。") == 300
    assert sum("整改要求" in page for page in pages) > 1


def test_item_may_carry_its_own_number():
    record = kind_of("work_order").sample()
    record["items"] = [record["items"][0] | {"no": 7}]
    assert "7丁镇西值守点" in "".join(text_of(render.render_pdf("work_order", record)))


def test_title_over_three_lines_and_forty_addressees_are_set_in_full():
    record = kind_of("notice").sample()
    record["title"] = "关于进一步做好" + "专项监督期间督导发现问题整改核验" * 3 + "工作的通知"
    record["addressees"] = [f"第{n}乡镇人民政府" for n in range(1, 41)]
    text = "".join(text_of(render.render_pdf("notice", record)))
    assert record["title"] in text
    # So many would leave no room for the text on page 1: they stand in the imprint, above the copies.
    assert "主送：第1乡镇人民政府、" in text
    assert "第40乡镇人民政府。抄送：" in text
    assert record["paragraphs"][0] in text_of(render.render_pdf("notice", record))[0]


@pytest.mark.parametrize("fault", ["box", "table", "sample"])
def test_kind_whose_template_misses_a_field_is_refused_with_its_name(
    tmp_path, monkeypatch, fault: str
) -> None:
    folder = tmp_path / "work_order"
    shutil.copytree(kind_of("work_order").folder, folder)
    whole = (folder / "kind.yaml").read_text(encoding="utf-8")
    assert kinds._load(folder / "kind.yaml") == kind_of("work_order")
    if fault == "sample":
        (folder / "sample.json").unlink()
        words = "sample.json"
    else:
        words = {"box": "to_unit", "table": "items"}[fault]
        changed = re.sub(rf"\{{name: {words},", "{name: other,", whole).replace(
            f"- name: {words}\n", "- name: other\n"
        )
        assert changed != whole
        (folder / "kind.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        kinds._load(folder / "kind.yaml")
