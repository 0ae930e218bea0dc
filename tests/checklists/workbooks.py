"""Small XLSForm workbooks for tests: rows in, bytes out."""

import io
import zipfile
from typing import Any

import xlsxwriter

HEAD = ("type", "name", "label::中文 (zh)", "label::English (en)", "required", "relevant", "constraint", "calculation",
        "duban::must_ask", "duban::measure", "duban::rule_item", "duban::finding_template", "duban::category")  # fmt: skip
RESULT = (
    ("result", "yes", "符合", "Met"), ("result", "no", "不符合", "Not met"), ("result", "na", "不适用", "N/A"),
    ("result", "not_checked", "未查", "Not checked"),
)  # fmt: skip


def check(name: str, label: str = "岗位有人值守", **fields: str) -> dict[str, str]:
    """A check item."""
    return {"type": "select_one result", "name": name, "label": label, "required": "yes", **fields}


def fact(name: str) -> dict[str, str]:
    """The fact asked for when check `name` is not met."""
    return {
        "type": "text", "name": f"{name}_fact", "label": "事实", "required": "yes",
        "relevant": f"${{{name}}} = 'no'", "constraint": "string-length(.) >= 8",
    }  # fmt: skip


PLAIN = [
    {"type": "begin_group", "name": "g", "label": "必问"},
    check(
        "on_post", must_ask="yes", measure="market/entrances", rule_item="nine/nine-3", template="post-empty"
    ),
    fact("on_post"),
    {"type": "end_group", "name": "g"},
    check("ledger", "台账当日登记"),
    fact("ledger"),
    {"type": "integer", "name": "shifts", "label": "班次数", "constraint": ". >= 0 and . <= 9"},
    {"type": "date", "name": "since", "label": "起始日"},
]


def build(
    rows: list[dict[str, str]] | None = None,
    *,
    settings: dict[str, str] | None = None,
    choices: tuple[tuple[str, ...], ...] = RESULT,
    without: tuple[str, ...] = (),
) -> bytes:
    """Return the workbook."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    keys = ("type", "name", "label", "label_en", "required", "relevant", "constraint", "calculation", "must_ask",
            "measure", "rule_item", "template", "category")  # fmt: skip
    head = {"form_title": "农贸市场清单", "form_id": "market", "version": "1", **(settings or {})}
    sheets: dict[str, list[Any]] = {
        "survey": [HEAD, *([row.get(key, "") for key in keys] for row in (PLAIN if rows is None else rows))],
        "choices": [("list_name", "name", "label::中文 (zh)", "label::English (en)"), *choices],
        "settings": [tuple(head), tuple(head.values())],
    }
    for name, table in sheets.items():
        if name in without:
            continue
        sheet = book.add_worksheet(name)
        for number, row in enumerate(table):
            for column, text in enumerate(row):
                if text:
                    sheet.write_string(number, column, text)
    book.close()
    return stream.getvalue()


def with_member(content: bytes, name: str, body: bytes) -> bytes:
    """Return the workbook with one more zip member."""
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return stream.getvalue()
