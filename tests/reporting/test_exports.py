"""Excel exports: formulas stay text, ids keep their digits, the head says what the sheet holds."""

import io
from datetime import date
from uuid import UUID

import pytest
import python_calamine

from duban.reporting import exports
from tests.world import at


def read(content: bytes) -> list[list[object]]:
    return (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    )


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\r=x"])
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    content, _count = exports.workbook("清单", [("事实", lambda row: row)], [text])
    assert read(content)[1] == ["'" + text] or str(read(content)[1][0]).startswith("'")


def test_head_scope_and_rows(settings) -> None:
    columns = [
        ("编号", lambda row: row["id"]),
        ("个数", lambda row: row["n"]),
        ("时间", lambda row: row["at"]),
    ]
    rows = [
        {"id": "0012", "n": 3, "at": at("16:00")},
        {"id": 123456789012345678, "n": None, "at": date(2020, 2, 16)},
    ]
    content, count = exports.workbook(
        "汇总", columns, rows, head=[("范围", "示例市"), ("截至", "2020-02-16 16:00")]
    )
    assert count == 2
    assert read(content)[0][:2] == ["范围", "示例市"]
    assert read(content)[3] == ["编号", "个数", "时间"]
    assert read(content)[4] == ["0012", 3.0, "2020-02-16 16:00"]
    assert read(content)[5] == ["123456789012345678", "", "2020-02-16"]


def test_identifiers_keep_every_character() -> None:
    key = UUID("01a206e2-425f-7769-912e-b6259cb49006")
    content, _count = exports.workbook("a/b:c", [("编号", lambda row: row)], [key])
    assert read(content)[1] == [str(key)]
