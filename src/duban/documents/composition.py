"""From a record to a composed document: numbered headings, printed dates, form rows, annexes, imprint.

Both outputs (PDF by typst, Word by python-docx) draw exactly this, so that they never say different things.
"""

import re
from functools import partial
from typing import Any

from duban.documents.kinds import Kind, kind_of
from duban.documents.vocabulary import is_empty, printed_date, printed_moment

NUMERALS = "零一二三四五六七八九十"
NUMBERED = re.compile(r"[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.．]|（\d+）|附表?件?")
NUMERIC = re.compile(r"-?\d+(\.\d+)?%?")
TITLE_LINE = 20
LINE = 28
# More lines of addressees than this would push the text off page 1: they go to the imprint instead (§7.3.2).
FIRST_PAGE_LINES = {"general": 7, "letter": 11}
BREAK_AFTER = "、，：）》”"
WORD_ENDS = frozenset({"开展", "落实", "做好", "工作", "情况", "督导", "监督", "问题"})
WORD_STARTS = frozenset({"关于", "开展", "落实", "做好", "情况"})
NEVER_FIRST = "的、，：）》”年月日号"

Block = dict[str, Any]


def compose(kind_code: str, record: dict[str, Any]) -> dict[str, Any]:
    """Arrange a checked record for drawing; every value in the result is text, a flag or a list of such."""
    kind = kind_of(kind_code)
    record = {**kind.defaults, **{name: value for name, value in record.items() if not is_empty(value)}}
    annexes = [_annex(part) for part in record.get("annexes", [])]
    listed = [
        {"heading": table["title"], "paragraphs": _numbered(record[table["field"]])}
        for table in kind.tables
        if table.get("place") == "section" and table["field"] in record
    ]
    lead = _paragraphs(record.get("paragraphs", []))
    body = _sections(listed + record.get("sections", []))
    for table in kind.tables:
        if table.get("place") == "section" or is_empty(record.get(table["field"])):
            continue
        drawn = _field_table(kind, table, record[table["field"]])
        captioned = [*([{"t": "caption", "text": table["title"]}] if table.get("title") else []), drawn]
        if table.get("place", "annex") == "annex":
            annexes.append(
                {"title": table["title"], "body": [drawn], "wide": bool(table.get("landscape", False))}
            )
        elif table["place"] == "lead":
            lead += captioned
        else:
            body += captioned
    title = str(record.get("title", kind.title))
    addressees = _line(record["addressees"]) + "：" if record.get("addressees") else ""
    crowded = len(addressees) > FIRST_PAGE_LINES.get(kind.layout, 99) * LINE
    return {
        "kind": kind.code,
        "layout": kind.layout,
        "title": title,
        "title_lines": break_title(title),
        "number": str(record.get("number", "")),
        "mark": _mark(kind, record),
        "joint": _joint_mark(kind, record),
        "issue_line": _issue_line(record),
        "issuer": str(record.get("issuer", "")),
        "issued": _issued(record),
        "urgency": str(record.get("urgency", "")),
        "signers": _signers(record),
        "stamp_post": str(record.get("stamp_post", "")),
        "attendance": _attendance(record),
        "annex_label": str(record.get("annex_label", "")),
        "head": _head(kind, record),
        "addressee_line": "" if crowded else addressees,
        "body": lead + body + _form(kind, record),
        "annexes": _labelled(annexes),
        "signature": _signature(kind, record),
        "note": _bracketed(str(record.get("note", ""))),
        "imprint": _imprint(record, addressees.rstrip("：") + "。" if crowded else "", kind.layout),
        "distribution": _distribution(record),
        "foot_lines": _foot_lines(record),
        "sealed": bool(record.get("sealed", True)),
    }


def heading_number(level: int, index: int) -> str:
    """Write the ordinal of a level: 一、（一）1.（1）."""
    if level >= 3:
        return f"{index}." if level == 3 else f"（{index}）"
    tens, ones = divmod(index, 10)
    words = NUMERALS[index] if index <= 10 else _tens(tens) + (NUMERALS[ones] if ones else "")
    return f"{words}、" if level == 1 else f"（{words}）"


def _tens(tens: int) -> str:
    return f"{NUMERALS[tens] if tens > 1 else ''}十"


def break_title(title: str, line: int = TITLE_LINE) -> list[str]:
    """Break a title into lines of similar length, words kept whole; a newline decides instead."""
    if "\n" in title:
        return [part.strip() for part in title.splitlines() if part.strip()]
    lines = -(-len(title) // line)
    broken, rest = [], title
    for left in range(lines, 1, -1):
        aim = -(-len(rest) // left)
        places = range(max(1, aim - 4), min(len(rest) - 1, aim + 4, line) + 1)
        at = min(places, key=partial(_break_cost, rest, aim))
        broken.append(rest[:at])
        rest = rest[at:]
    return [*broken, rest]


def _break_cost(text: str, aim: int, at: int) -> float:
    before, after = text[at - 1], text[at : at + 1]
    cost = abs(at - aim) * 1.0
    if after in NEVER_FIRST or (before.isascii() and (after.isascii() or after in "年月日期轮")):
        cost += 50
    if before in "（《“〔第" or (after.isdigit() and before in "第年月"):
        cost += 50
    if before in BREAK_AFTER or text[max(0, at - 2) : at] in WORD_ENDS:
        cost -= 3
    if text[at : at + 2] in WORD_STARTS:
        cost -= 2
    return cost


def _mark(kind: Kind, record: dict[str, Any]) -> str:
    if kind.layout == "masthead":
        return str(record.get("letterhead", kind.title))
    if kind.layout == "minutes":
        return str(record.get("letterhead") or f"{record.get('issuer', '')}{kind.doc_type}")
    if kind.layout == "letter":
        return str(record.get("letterhead", record.get("issuer", "")))
    return str(record.get("letterhead") or f"{record.get('issuer', '')}文件")


def _joint_mark(kind: Kind, record: dict[str, Any]) -> dict[str, Any]:
    """Return the bodies of a joint letterhead, the leading one first, and the word that stands at their right."""
    if kind.layout != "general" or not record.get("joint_issuers"):
        return {}
    word = "" if kind.capacity else "文件"
    return {"bodies": [str(record["issuer"]), *map(str, record["joint_issuers"])], "word": word}


def _issue_line(record: dict[str, Any]) -> str:
    if is_empty(record.get("issue_no")):
        return ""
    total = f"（总第{record['total_issue_no']}期）" if not is_empty(record.get("total_issue_no")) else ""
    return f"第{record['issue_no']}期{total}"


def _issued(record: dict[str, Any]) -> str:
    for name in ("as_of", "issued_at", "date"):
        if not is_empty(record.get(name)):
            return printed_moment(str(record[name]))
    return ""


def _line(parts: list[Any]) -> str:
    texts = [str(part) for part in parts]
    return ("，" if any("、" in text for text in texts) else "、").join(texts)


def _paragraphs(texts: list[Any]) -> list[Block]:
    return [
        {"t": "p", "text": line.strip()} for text in texts for line in str(text).splitlines() if line.strip()
    ]


def _numbered(texts: list[Any]) -> list[str]:
    return [f"{position}.{text}" for position, text in enumerate(texts, start=1)]


def _sections(sections: list[dict[str, Any]], depth: int = 1) -> list[Block]:
    blocks: list[Block] = []
    counts = [0] * 6
    for section in sections:
        level = min(max(int(section.get("level", depth)), 1), 4)
        heading = str(section.get("heading", "")).strip()
        if heading:
            counts[level] += 1
            counts[level + 1 :] = [0] * (5 - level)
            if section.get("numbered", True) and not NUMBERED.match(heading):
                heading = heading_number(level, counts[level]) + heading
            blocks.append({"t": "h", "level": level, "text": heading})
        blocks += _paragraphs(section.get("paragraphs", []))
        if section.get("table"):
            blocks.append(_table(section["table"]))
        blocks += _sections(section.get("sections", []), depth + 1)
    return blocks


def _annex(part: dict[str, Any]) -> dict[str, Any]:
    body = _paragraphs(part.get("paragraphs", [])) + _sections(part.get("sections", []))
    if part.get("table"):
        body.append(_table(part["table"]))
    return {"title": str(part["title"]), "body": body, "wide": bool(part.get("landscape", False))}


def _labelled(annexes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for position, annex in enumerate(annexes, start=1):
        annex["label"] = f"附件{position}" if len(annexes) > 1 else "附件"
        annex["entry"] = f"{position}.{annex['title']}" if len(annexes) > 1 else annex["title"]
    return annexes


def _table(table: dict[str, Any]) -> Block:
    columns = [column if isinstance(column, dict) else {"title": str(column)} for column in table["columns"]]
    rows = [[_cell(value) for value in row] for row in table.get("rows", [])]
    for position, column in enumerate(columns):
        values = [row[position] for row in rows if row[position]]
        short = all(len(value) <= 6 or NUMERIC.fullmatch(value) for value in values)
        column.setdefault("align", "center" if short else "left")
        column.setdefault("width", _natural_width(column["title"], values))
    return {
        "t": "table",
        "columns": [{"title": c["title"], "align": c["align"], "width": float(c["width"])} for c in columns],
        "rows": rows,
        "total": [_cell(value) for value in table["total"]] if table.get("total") else [],
    }


def _natural_width(title: str, values: list[str]) -> float:
    longest = max([len(value) for value in values] + [(len(title) + 1) // 2 + 1])
    return min(max(longest, 3.6), 12.0)


def _field_table(kind: Kind, table: dict[str, Any], value: Any) -> Block:
    field = next(field for field in kind.fields if field.name == table["field"])
    if field.type == "table":
        return _table(value)
    columns = [
        {key: column[key] for key in ("title", "width", "align") if key in column} for column in field.columns
    ]
    rows = [
        [row.get(column["key"], position if column.get("ordinal") else "") for column in field.columns]
        for position, row in enumerate(value, start=1)
    ]
    return _table({"columns": columns, "rows": rows})


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _value(record: dict[str, Any], path: str) -> str:
    value: Any = record
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    if isinstance(value, list):
        return "；".join(str(part) for part in value)
    if path.endswith(("_at", "_until", "deadline")):
        return printed_moment(str(value))
    if path.endswith(("date", "_on")):
        return printed_date(str(value))
    return _cell(value)


def _head(kind: Kind, record: dict[str, Any]) -> list[str]:
    """Return the small line above a form: number at the left, time at the right."""
    if kind.layout != "form":
        return []
    return [str(record.get("number", "")), _issued(record)]


def _form(kind: Kind, record: dict[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    for entry in kind.form:
        if "when" in entry and is_empty(record.get(entry["when"])):
            continue
        if "band" in entry:
            blocks.append({"t": "band", "text": entry["band"]})
        elif "table" in entry:
            if not is_empty(record.get(entry["table"])):
                blocks.append(_field_table(kind, {"field": entry["table"]}, record[entry["table"]]))
        else:
            pairs = [{"label": cell["label"], "text": _value(record, cell["field"])} for cell in entry["row"]]
            svg = str(record.get(entry.get("qr", ""), ""))
            blocks.append({"t": "row", "pairs": pairs, "height": float(entry.get("height", 0)), "svg": svg})
    return blocks


def _signature(kind: Kind, record: dict[str, Any]) -> dict[str, Any]:
    signed = kind.layout in {"general", "letter"}
    name = str(record.get("signatory") or (record.get("issuer", "") if signed else ""))
    if not name:
        return {}
    others = [str(one) for one in record.get("joint_issuers", [])] if kind.layout == "general" else []
    return {"names": [name, *others], "name": name, "date": printed_date(str(record.get("date", "")))}


def _signers(record: dict[str, Any]) -> list[str]:
    return [name for name in re.split(r"[、，\s]+", str(record.get("signer", ""))) if name]


def _attendance(record: dict[str, Any]) -> list[list[str]]:
    labels = (("出席", "present"), ("请假", "absent"), ("列席", "observers"))
    return [[label, "、".join(map(str, record[name]))] for label, name in labels if record.get(name)]


def _bracketed(note: str) -> str:
    return note if not note or note.startswith("（") else f"（{note}）"


def _imprint(record: dict[str, Any], mains: str, layout: str) -> dict[str, str]:
    copies = _line(record.get("copy_to", []))
    # The letter format has neither printing office nor day of printing (§10.1).
    office = "" if layout == "letter" else str(record.get("print_office", ""))
    printed = str(record.get("printed_on") or record.get("date") or "")
    if not copies and not office and not mains:
        return {}
    return {
        "mains": mains,
        "copies": copies.rstrip("。") + "。" if copies else "",
        "office": office,
        "printed": f"{printed_date(printed)}印发" if office and printed else "",
    }


def _distribution(record: dict[str, Any]) -> list[list[str]]:
    labels = (("报：", "report_to"), ("送：", "send_to"), ("发：", "issue_to"))
    return [[label, _line(record[name]).rstrip("。") + "。"] for label, name in labels if record.get(name)]


def _foot_lines(record: dict[str, Any]) -> list[str]:
    lines = [str(line) for line in record.get("foot_lines", [])]
    if record.get("definition_version"):
        lines.append(
            f"统计口径：{record['definition_version']}。数字截至{_issued(record)}，已冻结；更正另出新版。"
        )
    if record.get("journal_root"):
        lines.append(f"留痕根值：{record['journal_root']}")
    return lines
