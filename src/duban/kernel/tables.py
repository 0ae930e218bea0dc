"""Reading office tables: .xlsx and .csv with Chinese headers into rows of text, each fault with its row and column.

What a column means is said by the caller (`Column`); nothing is written here. Tables about persons are refused as a
whole (G-5): the platform holds counts about people, never lists of them.
"""

import csv
import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid, Text

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 300
MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_CELL = 2_000
MAX_GRID = 6_000_000
HEADER_DEPTH = 10
TOLD_EVERY = 2_000
EXACT_NUMBER = 10**15

PERSON_WORDS = (
    "身份证", "证件号", "公民身份", "护照", "姓名", "性别", "民族", "年龄", "出生", "籍贯", "户籍", "手机", "移动电话",
    "个人电话", "本人电话", "家庭电话", "微信", "住址", "家庭地址", "居住地", "现住", "门牌", "健康", "体温", "采样", "检测结果",
    "病史", "病例", "症状", "确诊", "密接", "接种", "行程", "轨迹", "来返", "车牌", "银行卡",
    "idcard", "idnumber", "passport", "mobile", "cellphone", "homeaddress", "health", "temperature", "birth",
)  # fmt: skip
PERSON_EXCEPTIONS = ("卫生健康", "健康局", "健康委")
YES = frozenset({"是", "1", "y", "yes", "true", "√", "✓", "对", "有"})
NO = frozenset({"", "否", "0", "n", "no", "false", "×", "x", "无", "-", "—"})
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
CELL_PLACE = re.compile(rb'\br=["\']([A-Z]{0,3})(\d{1,9})["\']')
PERSON_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Column:
    """One column of an import: `title` is the header of the template, `aliases` what offices also write."""

    name: str
    title: Text
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    max_length: int = 120
    hint: Text = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell (row 0 = the table as a whole)."""

    row: int
    column: str
    message: str

    @property
    def place(self) -> str:
        words = {"row": self.row, "column": self.column}
        return (_("第 %(row)s 行 %(column)s") if self.column else _("第 %(row)s 行")) % words


@dataclass(frozen=True)
class Line:
    """One table row: its number as the office program shows it, and its cells by column name."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Table:
    """A table read: lines, faults of single cells, headers nobody asked for."""

    sha256: str
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    present: set[str] = field(default_factory=set)


def read_table(
    content: bytes,
    file_name: str,
    columns: Sequence[Column],
    progress: Callable[[int, int], None] | None = None,
) -> Table:
    """This function will read a .xlsx or .csv file against `columns`; `progress(read, of)` hears of every 2,000 rows.

    :raises Invalid: wrong type, too large, a zip bomb, macros, unknown encoding, no header, a table about persons.
    """
    _check_size(content)
    rows = _sheet_rows(content) if _is_zip(content, file_name) else _csv_rows(content, file_name)
    found = list(_limited(rows))
    header, mapping = _find_header(found, columns)
    table = Table(sha256=hashlib.sha256(content).hexdigest(), present=set(mapping.values()))
    table.ignored = [
        text for place, text in enumerate(_texts(found[header])) if text and place not in mapping
    ]
    by_name = {column.name: column for column in columns}
    for offset, raw in enumerate(found[header + 1 :], start=header + 2):
        cells = {name: raw[place] if place < len(raw) else "" for place, name in mapping.items()}
        if any(_text(value) for value in cells.values()):
            table.lines.append(_line(offset, cells, by_name, table.faults))
        if progress and (offset % TOLD_EVERY == 0 or offset == len(found)):
            progress(offset - header - 1, len(found) - header - 1)
    if not table.lines:
        raise Invalid("empty_table", _("表里没有内容行。"))
    return table


def _check_size(content: bytes) -> None:
    if not content:
        raise Invalid("empty_file", _("文件是空的。"))
    if len(content) > MAX_BYTES:
        words = {"size": len(content) // 1024 // 1024, "limit": MAX_BYTES // 1024 // 1024}
        raise Invalid("too_large", _("文件有 %(size)s MB，超过 %(limit)s MB。请分成几个文件导入。") % words)


def _is_zip(content: bytes, file_name: str) -> bool:
    suffix = file_name.rsplit(".", 1)[-1].lower() if "." in file_name else ""
    if suffix in {"xlsm", "xlsb", "xltm"}:
        raise Invalid("macro_file", _("不收带宏的文件。请另存为 .xlsx 后再导入。"))
    if suffix == "xls" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Invalid("old_file", _("这是旧格式或加密的表格。请另存为不加密的 .xlsx 后再导入。"))
    if suffix not in {"xlsx", "csv", "txt", "tsv"}:
        raise Invalid("wrong_type", _("只收 .xlsx 或 .csv 文件。"))
    is_zip = content[:4] == b"PK\x03\x04"
    if is_zip != (suffix == "xlsx"):
        raise Invalid("wrong_type", _("文件内容与扩展名不符。请另存为 .xlsx 或 .csv 后再导入。"))
    return is_zip


def _sheet_rows(content: bytes) -> Iterator[Sequence[Any]]:
    """Yield the rows of the first visible sheet after the container was found harmless."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    _check_container(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        if not visible:
            raise Invalid("no_sheet", _("文件里没有工作表。"))
        yield from book.get_sheet_by_name(visible[0]).to_python(
            skip_empty_area=False, nrows=MAX_ROWS + HEADER_DEPTH + 1
        )
    except (CalamineError, ValueError, OSError) as error:
        raise Invalid("broken_file", _("表格打不开，文件可能已损坏。请重新另存后再导入。")) from error


def _check_container(content: bytes) -> None:
    """Unpack nothing to disk: count the real bytes of every member and stop at the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            names = [one.filename.lower() for one in box.infolist()]
            if any("vbaproject" in name or name.endswith(".bin") and "macro" in name for name in names):
                raise Invalid("macro_file", _("不收带宏的文件。请另存为 .xlsx 后再导入。"))
            if not any(name.startswith("xl/") for name in names):
                raise Invalid("wrong_type", _("这不是 Excel 表格。请另存为 .xlsx 后再导入。"))
            limit = min(MAX_UNPACKED, max(len(content) * MAX_RATIO, 4 * 1024 * 1024))
            total = 0
            for one in box.infolist():
                with box.open(one) as handle:
                    extent = _Extent() if one.filename.lower().startswith("xl/worksheets/") else None
                    while part := handle.read(1 << 20):
                        total += len(part)
                        if total > limit:
                            raise Invalid("zip_bomb", _("文件解压后过大，不予打开。"))
                        if extent:
                            extent.read(part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Invalid("broken_file", _("表格打不开，文件可能已损坏。请重新另存后再导入。")) from error


class _Extent:
    """Watches how far a sheet reaches: one cell in the last corner would make the reader lay out the whole grid."""

    def __init__(self) -> None:
        self.rows = self.columns = 1
        self.tail = b""

    def read(self, part: bytes) -> None:
        text = self.tail + part
        for letters, digits in CELL_PLACE.findall(text):
            self.rows = max(self.rows, int(digits))
            if letters:
                self.columns = max(self.columns, _column_number(letters))
        self.tail = text[-64:]
        if self.rows * self.columns > MAX_GRID:
            raise Invalid("grid_too_large", _("工作表范围过大。请删去右侧和下方多余的空白行列后再导入。"))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def decode(content: bytes) -> str:
    """This function will return the text of a file in UTF-8 (with or without BOM), UTF-16 with BOM or GB18030.

    :raises Invalid: naming the line at which neither reading works.
    """
    if content[:3] == b"\xef\xbb\xbf":
        content = content[3:]
    elif content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:65536]:
        raise Invalid("binary_file", _("这不是文本表格。请另存为 .csv 或 .xlsx 后再导入。"))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as first:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as second:
            line = content.count(b"\n", 0, max(first.start, second.start)) + 1
            raise Invalid(
                "wrong_encoding",
                _("第 %(line)s 行有认不出的字符。请另存为 UTF-8 或 GB18030 编码。") % {"line": line},
            ) from None


def _csv_rows(content: bytes, file_name: str) -> Iterator[Sequence[Any]]:
    text = decode(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        words = {"line": reader.line_num, "file": file_name}
        raise Invalid("broken_csv", _("第 %(line)s 行的引号或分隔不完整。") % words) from error


def _limited(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows):
        if number > MAX_ROWS + HEADER_DEPTH:
            raise Invalid("too_many_rows", _("超过 %(limit)s 行。请分成几个文件导入。") % {"limit": MAX_ROWS})
        if len(row) > MAX_COLUMNS and any(_text(cell) for cell in row[MAX_COLUMNS:]):
            raise Invalid("too_many_columns", _("超过 %(limit)s 列。") % {"limit": MAX_COLUMNS})
        yield row[:MAX_COLUMNS]


def normal_header(text: str) -> str:
    """This function will return a header as it is compared: half-width, without spaces, stars and bracketed notes."""
    half = unicodedata.normalize("NFKC", text)
    return re.sub(r"\(.*?\)|[\s*:：_-]", "", half).lower()


def is_person_header(text: str) -> bool:
    """Test whether a header speaks of persons (G-5)."""
    plain = normal_header(text)
    for allowed in PERSON_EXCEPTIONS:
        plain = plain.replace(allowed, "")
    return any(word in plain for word in PERSON_WORDS)


def _find_header(rows: list[Sequence[Any]], columns: Sequence[Column]) -> tuple[int, dict[int, str]]:
    """Return the index of the header row and which place holds which column."""
    known = {
        normal_header(str(name)): column.name for column in columns for name in (column.name, column.title)
    }
    with translation.override(
        settings.LANGUAGE_CODE
    ):  # sheets keep their Chinese heads, whoever uploads them
        titles = {
            normal_header(str(name)): column.name
            for column in columns
            for name in (column.title, *column.aliases)
        }
    known |= titles
    best = -1
    best_mapping: dict[int, str] = {}
    for index, row in enumerate(rows[:HEADER_DEPTH]):
        mapping: dict[int, str] = {}
        for place, text in enumerate(_texts(row)):
            name = known.get(normal_header(text))
            if name and name in mapping.values():
                raise Invalid("double_column", _("“%(title)s”一列出现了两次。") % {"title": text})
            if name:
                mapping[place] = name
        if len(mapping) > len(best_mapping):
            best, best_mapping = index, mapping
    for row in rows[: max(best, 0) + 1]:
        _refuse_persons(_texts(row))
    missing = [str(one.title) for one in columns if one.is_required and one.name not in best_mapping.values()]
    if missing:
        raise Invalid(
            "missing_columns", _("缺少这些列：%(names)s。请用模板的表头。") % {"names": "、".join(missing)}
        )
    return best, best_mapping


def _refuse_persons(headers: Iterable[str]) -> None:
    found = [text for text in headers if len(text) <= 20 and is_person_header(text)]
    if found:
        raise Invalid(
            "person_table",
            _(
                "这张表有关于个人的列（%(names)s），不能导入。系统只记单位、岗位和点位；请删去这些列，个人情况只报汇总数。"
            )
            % {"names": "、".join(found)},
        )


def _texts(row: Sequence[Any]) -> list[str]:
    return [_text(cell) for cell in row]


def _text(value: Any) -> str:
    """Return a cell as its text: whole numbers without point, dates as ISO, booleans as 是/否."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(str(value).split())


def _line(number: int, cells: Mapping[str, Any], columns: Mapping[str, Column], faults: list[Fault]) -> Line:
    values: dict[str, str] = {}
    for name, raw in cells.items():
        column, text = columns[name], _text(raw)
        if fault := _cell_fault(raw, text, column):
            faults.append(Fault(number, str(column.title), fault))
            text = ""
        values[name] = text
    for name, column in columns.items():
        if column.is_required and not values.get(name) and not _text(cells.get(name)):
            faults.append(Fault(number, str(column.title), _("不能为空。")))
    return Line(number, values)


def _cell_fault(raw: Any, text: str, column: Column) -> str:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= EXACT_NUMBER:
        return _("数字过长，Excel 已丢掉末几位。请把这一列设为文本后重填。")
    if len(text) > min(column.max_length, MAX_CELL):
        return _("最多 %(limit)s 个字，现有 %(length)s 个。") % {
            "limit": column.max_length,
            "length": len(text),
        }
    if any(unicodedata.category(one) in {"Cc", "Cs"} for one in text):
        return _("含有控制字符。")
    if is_person_number(text) and not is_credit_code(text):
        return _("像是身份证号，不能导入个人信息。")
    return ""


def is_person_number(text: str) -> bool:
    """Test whether a text holds a valid citizen number (date and check digit)."""
    for found in PERSON_NUMBER.findall(text):
        try:
            date(int(found[6:10]), int(found[10:12]), int(found[12:14]))
        except ValueError:
            continue
        total = sum(int(one) * weight for one, weight in zip(found, _WEIGHTS, strict=False))
        if "10X98765432"[total % 11] == found[-1].upper():
            return True
    return False


def is_credit_code(text: str) -> bool:
    """Test whether a text is a unified social credit code (18 characters, check digit of GB 32100)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(text) != 18 or any(one not in letters for one in text):
        return False
    total = sum(letters.index(one) * pow(3, place, 31) for place, one in enumerate(text[:17]))
    return letters[(31 - total % 31) % 31] == text[17]


class Reader:
    """Typed reading of one line; whatever does not fit becomes a fault of its row and column."""

    def __init__(self, line: Line, columns: Sequence[Column], faults: list[Fault]) -> None:
        self.line = line
        self._titles = {column.name: str(column.title) for column in columns}
        self._faults = faults

    def fault(self, name: str, message: str) -> None:
        """This function will note a fault in column `name` of this line."""
        self._faults.append(Fault(self.line.number, self._titles.get(name, name), message))

    def has(self, name: str) -> bool:
        """Test whether the table has the column at all (absent columns leave stored values alone)."""
        return name in self.line.cells

    def text(self, name: str) -> str:
        return self.line.cells.get(name, "")

    def code(self, name: str) -> str:
        """Return a code, half-width and without inner spaces."""
        return "".join(unicodedata.normalize("NFKC", self.text(name)).split())

    def yes(self, name: str) -> bool:
        """Return whether a yes/no cell says yes (empty = no)."""
        value = self.text(name).lower()
        if value not in YES and value not in NO:
            self.fault(name, _("请填“是”或“否”。"))
        return value in YES

    def whole(self, name: str, *, default: int = 0) -> int:
        """Return a whole number not below zero (empty = default)."""
        value = unicodedata.normalize("NFKC", self.text(name))
        if not value:
            return default
        if not value.isdigit() or len(value) > 9:
            self.fault(name, _("请填整数。"))
            return default
        return int(value)

    def day(self, name: str) -> date | None:
        """Return a date written 2020-02-16, 2020/2/16, 2020.2.16, 20200216 or 2020年2月16日."""
        value = unicodedata.normalize("NFKC", self.text(name))
        if not value:
            return None
        parts = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", value)
        try:
            if parts:
                return date(*(int(part) for part in parts.groups()))
        except ValueError:
            pass
        self.fault(name, _("没有“%(value)s”这一天，请写成 2020-02-16。") % {"value": value})
        return None

    def choice(self, name: str, words: Mapping[str, str]) -> str:
        """Return the stored value for a word of `words` (normalised word → value), '' for an empty cell."""
        value = self.text(name)
        if not value:
            return ""
        found = words.get(normal_header(value)) or words.get(value)
        if found is None:
            self.fault(name, _("没有“%(value)s”这一项，请从模板说明里选。") % {"value": value})
            return ""
        return found

    def duty_phone(self, name: str) -> str:
        """Return a duty telephone; a mobile number is somebody's own and refused."""
        value = self.text(name)
        if MOBILE.search(re.sub(r"[\s-]", "", value)):
            self.fault(name, _("像是个人手机号。请填值班电话。"))
            return ""
        return value
