"""Reading office tables: encodings, headers, limits, refusals and cell faults, each with its row and column."""

import io
import zipfile
from datetime import date

import pytest

from duban.kernel import tables
from duban.kernel.errors import Invalid
from duban.kernel.tables import Column, Reader, read_table
from tests.territory.sheets import as_csv, as_xlsx

COLUMNS = (
    Column("code", "编码", ("代码",), True, 10),
    Column("name", "名称", (), True, 20),
    Column("on", "日期", (), False, 20),
    Column("phone", "值班电话", (), False, 20),
    Column("count", "排序", (), False, 20),
    Column("yes", "在用", (), False, 20),
)
ROWS = [["编码", "名称"], ["A1", "甲镇"], ["A2", "乙镇"]]


def refused(content: bytes, name: str = "表.csv") -> Invalid:
    with pytest.raises(Invalid) as caught:
        read_table(content, name, COLUMNS)
    return caught.value


def names(content: bytes, name: str = "表.csv") -> list[str]:
    return [line.cells["name"] for line in read_table(content, name, COLUMNS).lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_office_encoding_reads_the_same(encoding: str) -> None:
    assert names(as_csv(ROWS, encoding)) == ["甲镇", "乙镇"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_with_any_delimiter_reads_the_same(delimiter: str) -> None:
    assert names(as_csv(ROWS, "utf-8", delimiter)) == ["甲镇", "乙镇"]


def test_xlsx_keeps_numbers_and_dates_as_an_office_writes_them() -> None:
    content = as_xlsx([["编码", "名称", "排序"], [220581, "甲镇", 3.0]])
    line = read_table(content, "表.xlsx", COLUMNS).lines[0]
    assert line.cells == {"code": "220581", "name": "甲镇", "count": "3"}


def test_header_below_a_title_line_with_stars_and_notes_is_found() -> None:
    rows = [["示例市单位表", ""], ["*代码（必填）", "名 称"], ["A1", "甲镇"]]
    table = read_table(as_csv(rows), "表.csv", COLUMNS)
    assert [(line.number, line.cells["code"]) for line in table.lines] == [(3, "A1")]


def test_unknown_columns_are_named_and_blank_rows_keep_the_numbering() -> None:
    rows = [["编码", "名称", "备注"], ["A1", "甲镇", "x"], ["", "", ""], ["A2", "乙镇", ""]]
    table = read_table(as_csv(rows), "表.csv", COLUMNS)
    assert table.ignored == ["备注"]
    assert [line.number for line in table.lines] == [2, 4]


def test_missing_column_is_named() -> None:
    error = refused(as_csv([["编码"], ["A1"]]))
    assert (error.code, str(error.message)) == ("missing_columns", "缺少这些列：名称。请用模板的表头。")


@pytest.mark.parametrize(
    "header", ["身份证号", "手机", "家庭住址", "健康状况", "姓名", "检测结果", "ID card", "出生年月"]
)
def test_table_about_persons_is_refused_whole(header: str) -> None:
    error = refused(as_csv([["编码", "名称", header], ["A1", "甲镇", ""]]))
    assert error.code == "person_table"
    assert header in str(error.message)


def test_the_health_commission_is_not_a_person() -> None:
    assert not tables.is_person_header("卫生健康主管部门")
    assert not tables.is_person_header("值班电话")
    assert not tables.is_person_header("地址")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty_file"),
        (b"%PDF-1.7", "a.pdf", "wrong_type"),
        (b"PK\x03\x04rest", "a.xlsx", "broken_file"),
        ("编码,名称\nA,甲".encode(), "a.xlsx", "wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "a.xls", "old_file"),
        (b"PK\x03\x04", "a.xlsm", "macro_file"),
        (b"a\x00\x01\x02,b", "a.csv", "binary_file"),
        ("编码,名称\n".encode(), "a.csv", "empty_table"),
        ('编码,名称\nA1,"甲\n'.encode(), "a.csv", "broken_csv"),
    ],
)
def test_wrong_files_are_refused_with_their_reason(content: bytes, name: str, code: str) -> None:
    assert refused(content, name).code == code


def test_bytes_in_no_encoding_name_the_line() -> None:
    error = refused("编码,名称\nA1,甲镇\nA2,".encode() + b"\xff\xff\xff\n")
    assert (error.code, str(error.message)) == (
        "wrong_encoding", "第 3 行有认不出的字符。请另存为 UTF-8 或 GB18030 编码。",
    )  # fmt: skip


def test_huge_file_is_refused_before_it_is_read() -> None:
    assert refused(b"x" * (tables.MAX_BYTES + 1)).code == "too_large"


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in members.items():
            box.writestr(name, content)
    return buffer.getvalue()


def test_zip_bomb_is_refused() -> None:
    content = _zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 60_000_000})
    assert refused(content, "a.xlsx").code == "zip_bomb"


def test_sheet_that_reaches_the_last_corner_is_refused() -> None:
    sheet = (
        b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert (
        refused(_zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": sheet}), "a.xlsx").code
        == "grid_too_large"
    )


def test_macro_inside_a_renamed_file_is_refused() -> None:
    assert (
        refused(_zip({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}), "a.xlsx").code == "macro_file"
    )


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 20)
    rows = [["编码", "名称"], *[[f"A{n}", "甲"] for n in range(40)]]
    assert refused(as_csv(rows)).code == "too_many_rows"


def test_cell_faults_carry_row_column_and_reason() -> None:
    rows = [["编码", "名称"], ["A1", "甲" * 21], ["", "乙镇"], ["A3", "11010519491231002X"]]
    faults = read_table(as_csv(rows), "表.csv", COLUMNS).faults
    assert [(one.row, one.column, one.message) for one in faults] == [
        (2, "名称", "最多 20 个字，现有 21 个。"),
        (3, "编码", "不能为空。"),
        (4, "名称", "像是身份证号，不能导入个人信息。"),
    ]


def test_number_that_excel_has_rounded_is_a_fault() -> None:
    content = as_xlsx([["编码", "名称"], [123456789012345678, "甲镇"]])
    faults = read_table(content, "表.xlsx", COLUMNS).faults
    assert [(one.row, one.column) for one in faults] == [(2, "编码")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-02-16", date(2020, 2, 16)), ("2020/2/6", date(2020, 2, 6)), ("2020年2月16日", date(2020, 2, 16)),
        ("20200216", date(2020, 2, 16)), ("", None),
    ],
)  # fmt: skip
def test_dates_as_offices_write_them(text: str, expected: date | None) -> None:
    faults: list = []
    line = read_table(as_csv([["编码", "名称", "日期"], ["A1", "甲", text]]), "a.csv", COLUMNS).lines[0]
    assert Reader(line, COLUMNS, faults).day("on") == expected
    assert faults == []


def test_impossible_cells_become_faults() -> None:
    rows = [
        ["编码", "名称", "日期", "值班电话", "排序", "在用"],
        ["A1", "甲", "2020-02-30", "13800138000", "-1", "也许"],
    ]
    line = read_table(as_csv(rows), "a.csv", COLUMNS).lines[0]
    faults: list = []
    reader = Reader(line, COLUMNS, faults)
    assert (reader.day("on"), reader.duty_phone("phone"), reader.whole("count"), reader.yes("yes")) == (
        None,
        "",
        0,
        False,
    )
    assert [(one.row, one.column, one.message) for one in faults] == [
        (2, "日期", "没有“2020-02-30”这一天，请写成 2020-02-16。"),
        (2, "值班电话", "像是个人手机号。请填值班电话。"),
        (2, "排序", "请填整数。"),
        (2, "在用", "请填“是”或“否”。"),
    ]


def test_credit_code_is_held_against_its_check_digit() -> None:
    assert tables.is_credit_code("91350100M000100Y43")
    assert not tables.is_credit_code("91350100M000100Y44")
