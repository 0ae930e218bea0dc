"""Build the XLSForm workbooks of the campaign packs from their YAML sources.

The YAML under packs/<pack>/checklists/ is what people review; the .xlsx beside it is what
Excel, pyxform and the upload page read. Both are committed, and `--check` proves that they agree.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
import yaml

PACKS = Path(__file__).resolve().parent.parent / "packs"
ZH, EN = "中文 (zh)", "English (en)"
SURVEY_COLUMNS = [
    "type",
    "name",
    f"label::{ZH}",
    f"label::{EN}",
    f"hint::{ZH}",
    f"hint::{EN}",
    "required",
    f"required_message::{ZH}",
    f"required_message::{EN}",
    "relevant",
    "constraint",
    f"constraint_message::{ZH}",
    f"constraint_message::{EN}",
    "appearance",
    "parameters",
    "duban::must_ask",
    "duban::measure",
    "duban::rule_item",
    "duban::finding_template",
    "duban::category",
]
CHOICE_COLUMNS = ["list_name", "name", f"label::{ZH}", f"label::{EN}"]
SETTINGS_COLUMNS = [
    "form_title",
    "form_id",
    "version",
    "default_language",
    "duban::title_en",
    "duban::site_types",
]
RESULTS = [
    ("yes", "符合", "Met"),
    ("no", "不符合", "Not met"),
    ("na", "不适用", "Not applicable"),
    ("not_checked", "未查", "Not checked"),
]
Row = dict[str, str]


def both(column: str, chinese: str, english: str) -> Row:
    """This function will give one translatable column in both languages."""
    return {f"{column}::{ZH}": chinese, f"{column}::{EN}": english}


def result_row(item: dict[str, Any]) -> Row:
    """This function will build the question that takes the result of a check item."""
    row = {"type": "select_one result", "name": item["name"], "required": "yes"}
    row |= both("label", item["label"], item["label_en"])
    row |= both("required_message", "请选择检查结果", "Choose a result")
    if item.get("hint"):
        row |= both("hint", item["hint"], item["hint_en"])
    if item["must_ask"]:
        # A must-ask item may be met, not met or not applicable, but never skipped.
        row |= {"duban::must_ask": "yes", "constraint": ". != 'not_checked'"}
        row |= both("constraint_message", "必问项须给出检查结果", "A must-ask item cannot be left unchecked")
    for key in ("measure", "rule_item", "finding_template", "category"):
        if item.get(key):
            row[f"duban::{key}"] = item[key]
    return row


def sample_rows(name: str) -> Iterator[Row]:
    """This function will build the two counts that belong to an item checked by sample."""
    asked = f"${{{name}}} = 'yes' or ${{{name}}} = 'no'"
    yield {
        "type": "integer",
        "name": f"{name}_sample",
        "relevant": asked,
        "constraint": ". >= 0 and . <= 9999",
        **both("label", "抽看数", "Sample size"),
        **both("constraint_message", "请填0至9999的整数", "Enter a whole number from 0 to 9999"),
    }
    yield {
        "type": "integer",
        "name": f"{name}_missing",
        "relevant": asked,
        "constraint": f". >= 0 and . <= ${{{name}_sample}}",
        **both("label", "其中不合要求数", "Of these not as required"),
        **both(
            "constraint_message",
            "先填抽看数；本数不能大于抽看数",
            "Enter the sample size first; this cannot exceed it",
        ),
    }


def failure_rows(name: str) -> Iterator[Row]:
    """This function will build the fact and the photo asked for when an item is not met."""
    failed = f"${{{name}}} = 'no'"
    yield {
        "type": "text",
        "name": f"{name}_fact",
        "required": "yes",
        "relevant": failed,
        "appearance": "multiline",
        "constraint": "string-length(.) >= 8",
        **both("label", "事实", "Fact"),
        **both("hint", "写何时、何岗、与要求差在哪", "When, which post, what the rule asks, what was found"),
        **both("required_message", "不符合时须写明事实", "State the fact when an item is not met"),
        **both(
            "constraint_message",
            "请写明岗位和职责，不写群众个人",
            "Write the post and the duty, not a person",
        ),
    }
    yield {
        "type": "image",
        "name": f"{name}_photo",
        "relevant": failed,
        "parameters": "max-pixels=1600",
        **both("label", "照片", "Photo"),
        **both("hint", "先遮挡人脸和车牌", "Cover faces and number plates first"),
    }


def item_rows(item: dict[str, Any]) -> Iterator[Row]:
    """This function will build every survey row of one item."""
    if item["kind"] == "text":
        row = {"type": "text", "name": item["name"], "appearance": "multiline"}
        row |= both("label", item["label"], item["label_en"])
        if item.get("hint"):
            row |= both("hint", item["hint"], item["hint_en"])
        yield row
        return
    yield result_row(item)
    if item.get("sample"):
        yield from sample_rows(item["name"])
    yield from failure_rows(item["name"])


def survey_rows(checklist: dict[str, Any]) -> list[Row]:
    """This function will build the survey sheet of one checklist."""
    rows: list[Row] = []
    for group in checklist["groups"]:
        start = {"type": "begin_group", "name": f"g_{group['code']}", "appearance": "field-list"}
        rows.append(start | both("label", group["title"], group["title_en"]))
        for item in group["items"]:
            rows.extend(item_rows(item))
        rows.append({"type": "end_group", "name": f"g_{group['code']}"})
    return rows


def sheets_of(checklist: dict[str, Any], pack: str) -> dict[str, list[list[str]]]:
    """This function will give the three sheets of a workbook as plain tables with a head row."""
    choices = [{"list_name": "result", "name": name} | both("label", zh, en) for name, zh, en in RESULTS]
    settings = {
        "form_title": checklist["title"],
        "form_id": f"{pack}_{checklist['code']}".replace("-", "_"),
        "version": checklist["version"],
        "default_language": ZH,
        "duban::title_en": checklist["title_en"],
        "duban::site_types": " ".join(checklist["site_types"]),
    }
    tables = {
        "survey": (SURVEY_COLUMNS, survey_rows(checklist)),
        "choices": (CHOICE_COLUMNS, choices),
        "settings": (SETTINGS_COLUMNS, [settings]),
    }
    return {
        name: [columns, *[[row.get(column, "") for column in columns] for row in rows]]
        for name, (columns, rows) in tables.items()
    }


def workbook_bytes(checklist: dict[str, Any], pack: str) -> bytes:
    """This function will write the workbook; equal sources give equal bytes."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    # A fixed creation time keeps the committed file unchanged when nothing changed.
    book.set_properties({"title": checklist["title"], "created": datetime(2020, 1, 1)})  # noqa: DTZ001
    head = book.add_format({"bold": True, "bg_color": "#dcebe9", "bottom": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top"})
    for name, table in sheets_of(checklist, pack).items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 2 if name == "survey" else 0)
        for number, column in enumerate(table[0]):
            wide = column.startswith(("label", "hint", "form_title"))
            sheet.set_column(number, number, 38 if wide else 18, cell)
        for number, row in enumerate(table):
            for place, text in enumerate(row):
                if text:
                    sheet.write_string(number, place, text, head if number == 0 else cell)
    book.close()
    return stream.getvalue()


def tables_in(content: bytes) -> dict[str, list[list[str]]]:
    """This function will read a workbook back as plain tables, so that content can be compared."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    return {
        sheet.title: [["" if cell is None else str(cell) for cell in row] for row in sheet.values]
        for sheet in book.worksheets
    }


def is_stale(checklist: dict[str, Any], pack: str, target: Path) -> bool:
    """This function will tell whether the committed workbook says something else than its source."""
    return not target.exists() or tables_in(target.read_bytes()) != sheets_of(checklist, pack)


def read_checklist(path: Path) -> dict[str, Any]:
    """This function will read one YAML source."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def sources(roots: list[Path]) -> list[Path]:
    """This function will list the YAML sources of the given packs, in order."""
    return sorted(path for root in roots for path in (root / "checklists").glob("*.yaml"))


def problems_of(content: bytes, *, validate: bool) -> list[str]:
    """This function will convert a workbook and give what pyxform, or ODK Validate, says about it."""
    from pyxform.xls2xform import convert

    try:
        return [str(line) for line in convert(content, file_type=".xlsx", validate=validate).warnings]
    except Exception as error:  # pyxform raises many kinds; each of them means "not usable"
        return [f"{type(error).__name__}: {error}"]


def main(arguments: list[str] | None = None) -> int:
    """This function will build, check or validate the workbooks and return the exit code."""
    parser = argparse.ArgumentParser(description="Build checklist workbooks from their YAML sources.")
    parser.add_argument("packs", nargs="*", type=Path, help="pack directories (default: all under packs/)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a workbook is stale")
    parser.add_argument("--validate", action="store_true", help="also run ODK Validate (needs Java)")
    options = parser.parse_args(arguments)
    roots = options.packs or sorted(path.parent for path in PACKS.glob("*/pack.yaml"))
    failed = 0
    for path in sources(roots):
        checklist, pack = read_checklist(path), path.parent.parent.name
        content = workbook_bytes(checklist, pack)
        target = path.with_suffix(".xlsx")
        stale = is_stale(checklist, pack, target)
        notes = problems_of(content, validate=options.validate)
        if options.check and stale:
            notes.append("the workbook does not match its source")
        elif stale:
            target.write_bytes(content)
        failed += bool(notes)
        label = f"{pack}/{path.stem}"
        print(f"{'FAIL' if notes else 'ok'}  {label}" + "".join(f"\n      {note}" for note in notes))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
