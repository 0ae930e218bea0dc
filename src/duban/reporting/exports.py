"""Excel sheets that are safe to open: no cell can become a formula, ids stay text, the head says scope and as-of."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from duban.kernel import clock

Column = tuple[str, Callable[[Any], Any]]
RISKY = ("=", "+", "-", "@", "\t", "\r")
MAX_TEXT = 32_000
EXACT_DIGITS = 15  # a spreadsheet rounds longer numbers, so they are written as text


def workbook(
    name: str, columns: Sequence[Column], rows: Iterable[Any], *, head: Sequence[tuple[str, str]] = ()
) -> tuple[bytes, int]:
    """This function will return an .xlsx of `rows` and how many there are.

    `columns` are (title, getter); `head` lines such as (范围, 甲镇) stand above the table.
    """
    out = BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    book = xlsxwriter.Workbook(out, options)
    count = _sheet(book, name, columns, rows, head)
    book.close()
    return out.getvalue(), count


def workbook_of(
    sheets: Sequence[tuple[str, Sequence[Column], Iterable[Any]]], *, head: Sequence[tuple[str, str]] = ()
) -> bytes:
    """This function will return an .xlsx with several sheets under the same head lines."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    )
    for name, columns, rows in sheets:
        _sheet(book, name, columns, rows, head)
    book.close()
    return out.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
    head: Sequence[tuple[str, str]],
) -> int:
    sheet = book.add_worksheet(sheet_name(name))
    bold = book.add_format({"bold": True})
    titles = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    line = 0
    for label, text in head:
        sheet.write_string(line, 0, str(label), bold)
        sheet.write_string(line, 1, safe_text(str(text)))
        line += 1
    line += bool(head)
    for index, (title, _getter) in enumerate(columns):
        sheet.write_string(line, index, str(title), titles)
    sheet.freeze_panes(line + 1, 0)
    widths = [len(str(title)) * 2 + 2 for title, _getter in columns]
    count = 0
    for row in rows:
        count += 1
        for index, (_title, getter) in enumerate(columns):
            value = plain(getter(row))
            if isinstance(value, str):
                sheet.write_string(line + count, index, value, wrapped)
            else:
                sheet.write_number(line + count, index, value)
            widths[index] = min(max(widths[index], len(str(value)) * 2), 60)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    return count


def plain(value: Any) -> str | int | float:
    """This function will return a cell value: local times as text, long numbers and codes as text, no formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return (
            clock.local(value).strftime("%Y-%m-%d %H:%M")
            if value.tzinfo
            else value.strftime("%Y-%m-%d %H:%M")
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return float(value)
    if isinstance(value, int):
        return value if len(str(abs(value))) <= EXACT_DIGITS else str(value)
    return safe_text(str(value))


def safe_text(text: str) -> str:
    """This function will return `text` so that no spreadsheet program reads it as a formula."""
    text = text[:MAX_TEXT]
    return f"'{text}" if text.startswith(RISKY) else text


def sheet_name(name: str) -> str:
    """This function will return a name Excel accepts for a sheet: 31 characters, none of []:*?/\\."""
    cleaned = "".join("·" if character in "[]:*?/\\" else character for character in name).strip("'")
    return cleaned[:31] or "清单"
