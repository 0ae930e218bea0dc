"""Opening an uploaded workbook with care: size, zip bombs, macros, wrong kinds; then its sheets as numbered rows.

Everything here happens before pyxform sees a byte. Messages say what the author must do.
"""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid, TooLarge

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_MEMBERS = 2000
MAX_ROWS = 3000
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
SHEETS = ("survey", "choices", "settings")


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as Excel shows it, and its cells by column title."""

    number: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


Tables = dict[str, list[Row]]


def _refuse(code: str, message: str) -> Invalid:
    return Invalid(code, message, {"file": message})


def open_workbook(content: bytes, file_name: str) -> Tables:
    """This function will return the rows of the sheets survey, choices and settings.

    :raises TooLarge, Invalid: not_excel, old_excel, macros, zip_bomb, missing_sheet.
    """
    _inspect(content, file_name)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = {name.strip().lower(): name for name in book.sheet_names}
        tables = {
            name: _rows(book.get_sheet_by_name(found[name]).to_python()) for name in SHEETS if name in found
        }
    except Invalid:
        raise
    except Exception:  # a damaged workbook fails in many ways, all mean the same to the author
        raise _refuse(
            "not_excel", _("文件已损坏或不是 Excel 工作簿，请用 Excel 打开后另存为 .xlsx。")
        ) from None
    if missing := [name for name in ("survey", "settings") if name not in tables]:
        message = _("缺少工作表：%(names)s。请从已有清单下载一份照着填。") % {"names": "、".join(missing)}
        raise Invalid("missing_sheet", message, dict.fromkeys(missing, message))
    return {name: tables.get(name, []) for name in SHEETS}


def _inspect(content: bytes, file_name: str) -> None:
    if len(content) > MAX_BYTES:
        raise TooLarge("workbook_too_large", _("清单文件不能超过 5 MB。"))
    if file_name.lower().endswith((".xlsm", ".xltm")):
        raise _refuse("macros", _("含宏的工作簿不能上传，请另存为 .xlsx。"))
    if content[:4] == OLD_EXCEL:
        raise _refuse("old_excel", _("这是旧版 .xls 或加密文件，请用 Excel 另存为不加密的 .xlsx。"))
    if content[:2] != b"PK":
        raise _refuse("not_excel", _("不是 Excel 工作簿。请上传 .xlsx 文件。"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError):
        raise _refuse("not_excel", _("文件已损坏，请用 Excel 打开后另存为 .xlsx。")) from None
    names = {member.filename for member in members}
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise _refuse("zip_bomb", _("文件展开后过大，请删去图片和多余的工作表。"))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _refuse("macros", _("含宏的工作簿不能上传，请另存为 .xlsx。"))
    if "xl/workbook.xml" not in names:
        raise _refuse("not_excel", _("是压缩文件，但不是 Excel 工作簿。"))


def _rows(table: list[list[Any]]) -> list[Row]:
    if not table:
        return []
    if len(table) > MAX_ROWS:
        raise _refuse("too_many_rows", _("工作表超过 %(most)d 行。") % {"most": MAX_ROWS})
    head = [str(cell).strip() for cell in table[0]]
    rows = []
    for number, cells in enumerate(table[1:], 2):
        named = {title: _cell(cell) for title, cell in zip(head, cells, strict=False) if title}
        if any(named.values()):
            rows.append(Row(number, named))
    return rows


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if value is not None else ""
