"""The words a record is made of: field types shared by all kinds, and the check that a record is complete.

A record is plain JSON: text with its figures frozen, dates as 2020-02-16, moments as 2020-02-16 16:00.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from duban.documents.kinds import Field, Kind, kind_of

# Fields any kind may carry. A kind lists a field itself only to require it or to give it another label.
SHARED = {
    row.name: row
    for row in (
        Field("title", "标题"),
        Field("number", "发文字号", "number"),
        Field("letterhead", "发文机关标志"),
        Field("issuer", "发文机关"),
        Field("joint_issuers", "联合发文机关", "list"),
        Field("signatory", "署名"),
        Field("date", "成文日期", "date"),
        Field("urgency", "紧急程度"),
        Field("signer", "签发人"),
        Field("stamp_post", "签名章职务"),
        Field("addressees", "主送机关", "list"),
        Field("paragraphs", "正文", "list"),
        Field("sections", "分节正文", "sections"),
        Field("annexes", "附件", "annexes"),
        Field("copy_to", "抄送", "list"),
        Field("print_office", "印发机关"),
        Field("printed_on", "印发日期", "date"),
        Field("note", "附注"),
        Field("sealed", "加盖印章", "flag"),
        Field("report_to", "报", "list"),
        Field("send_to", "送", "list"),
        Field("issue_to", "发", "list"),
        Field("foot_lines", "末尾小字", "list"),
        Field("journal_root", "留痕根值"),
        Field("qr_svg", "二维码", "svg"),
        Field("link", "办理链接"),
    )
}
MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
)
SVG_REFERENCES = re.compile(r"<\s*(script|image|foreignObject|!ENTITY|!DOCTYPE)|\bhref\s*=", re.IGNORECASE)


def check_record(kind: str, record: dict[str, Any]) -> None:
    """Refuse a record that lacks a required field or holds a field of the wrong shape.

    :raises Invalid: naming every wrong field by its Chinese label.
    """
    from duban.kernel.errors import Invalid

    described = kind_of(kind)
    problems = dict(_problems(described, record))
    if problems:
        missing = [label for label, problem in problems.items() if problem == "未填写"]
        wrong = [f"{label}{problem}" for label, problem in problems.items() if problem != "未填写"]
        parts = ([f"缺少：{'、'.join(missing)}"] if missing else []) + wrong
        message = f"{described.title}不能生成，{'；'.join(parts)}。"
        raise Invalid("document.record_incomplete", message, problems)


def check_shape(kind: str, record: dict[str, Any]) -> None:
    """Refuse a draft that holds a field of the wrong shape; what is still missing may be missing.

    :raises Invalid: naming every wrong field by its Chinese label.
    """
    from duban.kernel.errors import Invalid

    described = kind_of(kind)
    wrong = {label: problem for label, problem in _problems(described, record) if problem != "未填写"}
    if wrong:
        said = "；".join(f"{label}{problem}" for label, problem in wrong.items())
        raise Invalid("document.record_wrong", f"{described.title}：{said}。", wrong)


def printed_date(value: str) -> str:
    """Write 2020-02-06 as 2020年2月6日; text in another form is returned as it is."""
    match = MOMENT.fullmatch(value.strip())
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日" if match else value


def printed_moment(value: str) -> str:
    """Write 2020-02-16 16:00 as 2020年2月16日16时; midnight given as 24:00 stays 24时."""
    match = MOMENT.fullmatch(value.strip())
    if not match or match[4] is None:
        return printed_date(value)
    minutes = "" if match[5] == "00" else f"{match[5]}分"
    return f"{printed_date(value)}{int(match[4])}时{minutes}"


def is_empty(value: Any) -> bool:
    """Test whether a value counts as not filled in; zero and False are values."""
    return (
        value is None
        or (isinstance(value, str | list | tuple | dict) and not value)
        or (isinstance(value, str) and not value.strip())
    )


def _problems(kind: Kind, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    known = SHARED | {field.name: field for field in kind.fields}
    for name in record:
        if name not in known:
            yield f"“{name}”", "不是本文书的项目"
    for field in known.values():
        value = record.get(field.name, kind.defaults.get(field.name))
        if is_empty(value):
            if field.required:
                yield field.label, "未填写"
            continue
        problem = CHECKS[field.type](value)
        if problem:
            yield field.label, problem
        elif field.type == "rows":
            yield from _row_problems(field, value)


def _row_problems(field: Field, rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    keys = {column["key"] for column in field.columns}
    for position, row in enumerate(rows, start=1):
        for column in field.columns:
            if column.get("required") and is_empty(row.get(column["key"])):
                yield f"{field.label}第{position}行“{column['title']}”", "未填写"
        for key in row.keys() - keys:
            yield f"{field.label}第{position}行“{key}”", "不是本表的栏目"


def _is_date(value: Any) -> bool:
    match = MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        return False
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is not None and (int(match[4]), match[5]) != (24, "00"):
            datetime(2000, 1, 1, int(match[4]), int(match[5]))  # noqa: DTZ001
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_table(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list) or not value["columns"]:
        return False
    rows = [*value.get("rows", []), *([value["total"]] if value.get("total") else [])]
    width = len(value["columns"])
    return all(isinstance(row, list) and len(row) == width for row in rows) and all(
        _is_text(cell) or cell is None for row in rows for cell in row
    )


def _is_parts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(part, dict)
        and _is_list(part.get("paragraphs", []))
        and (is_empty(part.get("table")) or _is_table(part["table"]))
        and (is_empty(part.get("sections")) or _is_parts(part["sections"]))
        for part in value
    )


def _is_annexes(value: Any) -> bool:
    return _is_parts(value) and all(part.get("title") for part in value)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _is_svg(value: Any) -> bool:
    return isinstance(value, str) and "<svg" in value[:400] and not SVG_REFERENCES.search(value)


CHECKS = {
    "text": lambda value: "" if _is_text(value) else "须为文字",
    "number": lambda value: "" if isinstance(value, str) else "须为文字",
    "date": lambda value: "" if _is_date(value) else "不是有效日期",
    "moment": lambda value: "" if _is_date(value) else "不是有效时间",
    "list": lambda value: "" if _is_list(value) else "须逐条列出文字",
    "sections": lambda value: "" if _is_parts(value) else "的结构不对",
    "annexes": lambda value: "" if _is_annexes(value) else "须有标题和内容",
    "table": lambda value: "" if _is_table(value) else "各行栏数与表头不一致",
    "rows": lambda value: "" if _is_rows(value) else "须逐行列出",
    "group": lambda value: "" if isinstance(value, dict) else "须分项填写",
    "svg": lambda value: "" if _is_svg(value) else "不是可用的二维码图形",
    "flag": lambda value: "" if isinstance(value, bool) else "须为是或否",
}
