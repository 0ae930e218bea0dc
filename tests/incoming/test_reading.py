"""Official texts in every shape they arrive in: whole readings, encodings, refusals, and no bytes that crash."""

import codecs
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duban.config import cli
from duban.incoming.reading import read_document
from duban.incoming.reading.collector import resting_collector
from duban.incoming.reading.demands import is_demand
from duban.incoming.reading.document import KEYS
from duban.incoming.reading.html_pages import read_html
from duban.kernel.errors import DubanError
from tests.incoming import papers, texts

EXPECTED = Path(__file__).parent / "expected"


def read(text: str | bytes, name: str = "text.txt") -> dict[str, Any]:
    content = text.encode() if isinstance(text, str) else text
    return read_document(content, name).object


def places(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "start" in node:
            yield node
        for value in node.values():
            yield from places(value)
    elif isinstance(node, list):
        for value in node:
            yield from places(value)


def words(node: Any) -> Any:
    """The reading without its positions, which differ from file type to file type."""
    if isinstance(node, dict):
        drop = {"start", "end", "original_start", "original_end", "row_spans"}
        return {key: words(value) for key, value in node.items() if key not in drop}
    return [words(one) for one in node] if isinstance(node, list) else node


@pytest.mark.parametrize("name", texts.ALL)
def test_text_of_each_kind_is_read_whole(name: str) -> None:
    expected = json.loads((EXPECTED / f"{name}.json").read_text())
    found = read(texts.ALL[name], name)
    assert list(found) == list(KEYS)
    assert found == expected


@pytest.mark.parametrize("name", texts.ALL)
def test_every_position_leads_to_its_words_in_text_and_original(name: str) -> None:
    reading = read_document(texts.ALL[name].encode(), name)
    for one in places(reading.object):
        if one["start"] is None:
            continue
        here = reading.object["text"][one["start"] : one["end"]]
        there = reading.original[one["original_start"] : one["original_end"]]
        assert here and there
        if "text" in one:
            assert here == one["text"]
        if here.isalnum() and name in ("notice.txt", "zone.txt", "report.html"):
            assert here[0] == there[0] and here[-1] == there[-1]


@pytest.mark.parametrize(("suffix", "make"), [("docx", papers.as_docx), ("pdf", papers.as_pdf)])
def test_notice_reads_the_same_from_word_and_pdf(suffix: str, make: Any) -> None:
    plain, found = words(read(texts.NOTICE)), words(read(make(texts.NOTICE), f"notice.{suffix}"))
    # The gap between the body and the date of the imprint is as wide as the file makes it.
    for one in (plain, found):
        one["text"] = "".join(one["text"].split(" "))
    assert found == plain


def test_report_reads_the_same_as_pasted_text() -> None:
    pasted = "\n\n".join(line.plain for line in read_html(texts.REPORT).lines)
    page, text = words(read(texts.REPORT, "page.html")), words(read(pasted))
    assert {**text, "source_url": page["source_url"]} == page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("UTF-8 with mark", codecs.BOM_UTF8 + texts.NOTICE.encode()),
        ("UTF-16 with mark", texts.NOTICE.encode("utf-16")),
        ("UTF-16-LE", texts.NOTICE.encode("utf-16-le")),
        ("UTF-16-BE", texts.NOTICE.encode("utf-16-be")),
        ("GB18030", texts.NOTICE.encode("gb18030")),
        ("Windows lines", texts.NOTICE.replace("\n", "\r\n").encode()),
    ],
)
def test_encodings_read_alike(name: str, content: bytes) -> None:
    assert words(read(content)) == words(read(texts.NOTICE))


def test_big5_is_recognised_and_made_simplified() -> None:
    found = read(
        "關於加強值守工作的通知\n\n各單位：\n　　各單位必須每日登記臺賬，不得漏報。\n".encode("big5")
    )
    assert (found["title"], found["addressees"]) == ("关于加强值守工作的通知", ["各单位"])
    assert [one["text"] for section in found["sections"] for one in section["measures"]] == [
        "各单位必须每日登记台账，不得漏报"
    ]


def test_wrong_brackets_and_padding_of_the_number_are_put_right_and_flagged() -> None:
    found = read("示纪办发[2021]第008号\n\n关于值守的通知\n\n各单位：\n请按时到岗。\n")
    assert found["document_number"] == "示纪办发〔2021〕8号"
    assert [one["code"] for one in found["warnings"]] == ["number_brackets", "number_form"]


def test_chinese_date_in_the_signature_is_read() -> None:
    found = read("关于值守的通知\n\n各单位：\n请按时到岗。\n\n示例市指挥部\n二〇二一年十二月三十一日\n")
    assert (found["issuer"], found["issued_on"]) == ("示例市指挥部", "2021-12-31")


@pytest.mark.parametrize(
    "table",
    [
        "姓名\t职务\t联系地区\t配合部门\n赵甲\t书记\t甲区、乙区\t第一监督检查室\n钱乙\t副书记\t丙县\t信访室\n",
        "姓名 职务 联系地区 配合部门\n赵甲 书记 甲区、 第一监督检查室\n    乙区\n钱乙 副书记 丙县 信访室\n",
        "姓名    职务    联系地区    配合部门\n赵甲    书记    甲区、      第一监督\n                乙区        检查室\n"
        "钱乙    副书记  丙县        信访室\n",
    ],
    ids=["tabs", "one blank", "columns"],
)
def test_annex_tables_keep_their_cells_however_they_are_laid_out(table: str) -> None:
    (found,) = read(f"关于分工的通知\n\n各单位：\n请按分工联系。\n\n附件\n\n分工表\n\n{table}")["tables"]
    assert found["columns"] == ["姓名", "职务", "联系地区", "配合部门"]
    assert found["rows"] == [
        ["赵甲", "书记", "甲区、乙区", "第一监督检查室"],
        ["钱乙", "副书记", "丙县", "信访室"],
    ]
    assert (found["kind"], found["title"], found["person_column"]) == ("liaison", "分工表", 0)


@pytest.mark.parametrize(
    ("sentence", "demands"),
    [
        ("汛情就是命令，防汛就是责任", False),
        ("要提高政治站位，坚决扛起政治责任", False),
        ("必须坚决打赢这场硬仗", False),
        ("我们要坚定信心、同舟共济，做到守土有责、守土尽责", False),
        ("严格执行“九个不准”", False),
        ("检查组已完成对12个点位的检查", False),
        ("各镇要组织力量排查隐患点", True),
        ("严禁迟报瞒报", True),
        ("每天下午4点前汇总", True),
        ("全市各医院一律停诊（急诊除外）", True),
        ("宿舍每间安排不超过4人", True),
        ("各乡镇对辖区复工企业每3日至少查看1次", True),
        ("复工企业要建立返岗人员台账，每日两次测温", True),
        ("卡口实行24小时值守，每班不少于2人在岗", True),
        ("换班时要当面交接并签字", True),
        ("关键时要冲锋在前、勇于担当", False),
        ("各企业要提高政治站位，落实主体责任", False),
        ("累计派出督导组不少于20个", False),
    ],
)
def test_slogans_are_not_demands(sentence: str, demands: bool) -> None:
    assert is_demand(sentence) is demands


def test_measure_is_quoted_without_the_number_of_its_paragraph() -> None:
    (section,) = read("关于就餐的通知\n\n各单位：\n（一）食堂分批就餐，不得同桌面对面就坐。\n")["sections"]
    (measure,) = [one for part in [section, *section.get("sections", [])] for one in part["measures"]]
    assert measure["text"] == "食堂分批就餐，不得同桌面对面就坐"


def test_heading_of_a_list_is_not_its_first_item() -> None:
    found = read("关于督导的通知\n\n各组：\n聚焦重点：聚焦返岗管理，聚焦集体宿舍，聚焦物资储备。\n")
    assert [one["title"] for one in found["rule_items"]] == ["聚焦返岗管理", "聚焦集体宿舍", "聚焦物资储备"]


def bomb() -> bytes:
    return papers.rezipped(papers.as_docx(texts.ZONE), add={"word/media/a.bin": b"\0" * 60_000_000})


def macro_type(content: bytes) -> bytes:
    kind = (b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml")
    return papers.rezipped(content, add={}, replace={"[Content_Types].xml": kind})


REFUSED = {
    "empty_file": ("a.txt", lambda: b""),
    "no_text": ("a.txt", lambda: b" \n\n"),
    "wrong_type": ("a.xlsx", lambda: b"PK\x03\x04"),
    "wrong_type ": ("a.txt", lambda: papers.picture_pdf()),
    "wrong_type  ": ("a.pdf", lambda: "不是 PDF".encode()),
    "wrong_type   ": ("a.docx", lambda: b"<html>"),
    "old_file": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "encrypted": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
    "encrypted ": ("a.pdf", papers.locked_pdf),
    "scanned": ("a.pdf", papers.picture_pdf),
    "macro_file": ("a.docm", lambda: b"PK\x03\x04"),
    "macro_file ": ("a.docx", lambda: papers.rezipped(papers.as_docx("甲"), add={"word/vbaProject.bin": b"x"})),
    "macro_file  ": ("a.docx", lambda: macro_type(papers.as_docx("甲"))),
    "zip_bomb": ("a.docx", bomb),
    "broken_file": ("a.docx", lambda: papers.as_docx(texts.ZONE)[:4000]),
    "broken_file ": ("a.pdf", lambda: b"%PDF-1.7\n" + b"\xff" * 400),
    "too_large": ("a.txt", lambda: b"a" * 50_000_000),
    "text_too_long": ("a.txt", lambda: "长".encode() * 1_000_001),
    "wrong_encoding": ("a.txt", lambda: bytes(range(128, 256)) * 20),
    "not_text": ("a.txt", lambda: b"\x00\x01\x02\x03" * 100),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_file_that_cannot_be_read_is_refused_in_one_sentence(code: str) -> None:
    name, make = REFUSED[code]
    with pytest.raises(DubanError) as refusal:
        read_document(make(), name)
    assert refusal.value.code == code.strip() and str(refusal.value.message).endswith("。")


def test_command_prints_the_object_and_ends_with_2_when_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_LANGUAGE", "zh")
    good, bad = tmp_path / "notice.txt", tmp_path / "scan.pdf"
    good.write_text(texts.NOTICE)
    bad.write_bytes(papers.picture_pdf())
    assert cli.main(["directives", "parse", str(good), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == read(texts.NOTICE, "notice.txt")
    assert cli.main(["directives", "parse", str(good)]) == 0
    assert "示纪办发〔2021〕8号" in capsys.readouterr().out
    for wrong in (bad, tmp_path / "none.txt", tmp_path):
        assert cli.main(["directives", "parse", str(wrong), "--json"]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.startswith("duban: ")


NAMES = st.sampled_from(["a.txt", "a.html", "a.docx", "a.pdf", "a", "a.docm"])
KNOWN = [text.encode() for text in texts.ALL.values()]
PIECES = st.sampled_from(
    [
        "不准",
        "（一）",
        "一、",
        "<td>",
        "&#",
        "〔2021〕",
        "机制",
        "\t",
        "   ",
        "(jiān)",
        "\n",
        "\ud7ff",
        "附件",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=NAMES, content=st.binary(max_size=400))
def test_any_bytes_give_an_object_or_a_refusal(name: str, content: bytes) -> None:
    try:
        assert list(read(content, name)) == list(KEYS)
    except DubanError as refusal:
        assert refusal.message


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.sampled_from(list(texts.ALL.values())), cut=st.integers(0, 900), span=st.integers(0, 60),
    extra=st.lists(PIECES, max_size=12), name=st.sampled_from(["a.txt", "a.html"]),
)  # fmt: skip
def test_mangled_texts_are_read_with_positions_that_hold(
    text: str, cut: int, span: int, extra: list[str], name: str
) -> None:
    mangled = text[:cut] + "".join(extra) + text[cut + span :]
    try:
        reading = read_document(mangled.encode(), name)
    except DubanError:
        return
    for one in places(reading.object):
        if one["start"] is not None and "text" in one:
            assert reading.object["text"][one["start"] : one["end"]] == one["text"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(which=st.sampled_from(["docx", "pdf"]), spot=st.floats(0, 1), value=st.binary(min_size=1, max_size=8))
def test_damaged_word_and_pdf_files_never_crash(which: str, spot: float, value: bytes) -> None:
    content = WORD if which == "docx" else PDF
    at = int(spot * (len(content) - len(value)))
    try:
        read(content[:at] + value + content[at + len(value) :], f"a.{which}")
    except DubanError as refusal:
        assert refusal.message


WORD, PDF = papers.as_docx(texts.ZONE), papers.as_pdf(texts.ZONE)


def test_command_reads_without_a_data_folder_and_without_the_apps(tmp_path):
    paper = tmp_path / "a.txt"
    paper.write_text("关于做好值守工作的通知\n各乡镇：\n每天下午4点前报送情况。\n", encoding="utf-8")
    script = (
        "import sys; from duban.config.cli import main; code = main(['directives', 'parse', sys.argv[1], '--json']);"
        "print('duban.documents.models' in sys.modules, file=sys.stderr); raise SystemExit(code)"
    )
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("DUBAN_", "DJANGO_"))
    }
    source = str(Path(cli.__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, "-c", script, str(paper)], env={**inherited, "PYTHONPATH": source}, capture_output=True,
        text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(ran.stdout)["title"] == "关于做好值守工作的通知"
    assert ran.stderr.strip() == "False"
    assert list(tmp_path.iterdir()) == [paper]


def test_last_item_of_an_enumeration_ends_where_the_next_run_begins():
    found = read("关于工作的通知\n各单位：\n一是查，二是改；一是核，二是报。\n")
    runs = [
        [item["text"] for item in run] for section in found["sections"] for run in section["enumerations"]
    ]
    assert runs == [["一是查", "二是改"], ["一是核", "二是报"]]


def test_collector_works_again_after_a_reading_and_after_a_refusal() -> None:
    assert gc.isenabled()
    read_document("通知\n请按时报送。\n".encode(), "a.txt")
    assert gc.isenabled()
    with pytest.raises(DubanError):
        read_document(b"", "a.txt")
    assert gc.isenabled()


def test_collector_rests_until_the_last_of_two_readers_is_done() -> None:
    with resting_collector():
        with resting_collector():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
