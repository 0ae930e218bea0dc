"""From a reading to rows: the head of a text and its proposals, with names of persons covered.

Content by kind: measure {text, scope_note, exceptions, effective_from, effective_to} · rule_item {set, announced, kind,
title, text} · focus_area {set, title, note} · liaison {leader_title, areas, department, row} · meeting {body, title, text}.
"""

import re
from typing import Any

from django.utils.translation import gettext as _

from duban.campaigns.models import DirectiveKind
from duban.incoming.models import ProposalKind
from duban.incoming.reading import Reading
from duban.incoming.reading.grids import AREA_HEADS, DEPARTMENT_HEADS, POST_HEADS
from duban.incoming.reading.head import split_bodies
from duban.incoming.reading.persons import find_names

MAX_PROPOSALS = 120
COVER = "＊"
NAME = re.compile(
    r"^[\u4e00-\u9fff][\u4e00-\u9fff·\s]{1,6}(?<!书记)(?<!主任)(?<!常委)(?<!委员)(?<!部长)(?<!局长)(?<!组长)$"
)
MAX_MEASURE, MAX_TITLE, MAX_NOTE = 400, 80, 300
KIND_WORDS = (
    (DirectiveKind.MEETING, ("纪要",)),
    (DirectiveKind.NOTICE, ("通知", "通报")),
    (DirectiveKind.ANNOUNCEMENT, ("公告", "通告", "令")),
)


def head_of(reading: Reading) -> dict[str, Any]:
    """Return the fields of an IncomingText."""
    read = reading.object
    title = read["title"]
    kind = next((kind for kind, words in KIND_WORDS if title.endswith(words)), DirectiveKind.DIRECTIVE)
    return {
        "kind": kind, "title": title[:160], "number": read["document_number"][:60],
        "issuer_title": read["issuer"][:80], "issued_on": read["issued_on"],
        "addressees": [one[:120] for one in read["addressees"]], "copy_to": [one[:120] for one in read["copy_to"]],
        "publisher": read["publisher"][:80], "source_url": read["source_url"][:500], "text": covered(reading),
        "warnings": _left_out(reading) + _names_told(reading) + read["warnings"][:MAX_PROPOSALS],
    }  # fmt: skip


def names_of(reading: Reading) -> dict[tuple[int, int], str]:
    """Return the names in annex tables by (table, row)."""
    return {
        (number, place): row[table["person_column"]].strip()
        for number, table in enumerate(reading.object["tables"])
        if table["person_column"] is not None
        for place, row in enumerate(table["rows"])
        if NAME.match(row[table["person_column"]].strip())
    }


def covered(reading: Reading) -> str:
    """Return the text with every name of an annex table or in running text covered, character for character."""
    return _covered(reading, reading.object["text"])


def _covered(reading: Reading, text: str) -> str:
    names = {one for one in names_of(reading).values() if len(one) >= 2} | running_names(reading)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, COVER * len(name))
    return text


def running_names(reading: Reading) -> set[str]:
    """Return what may be names of persons in running text."""
    text = reading.object["text"]
    return {text[start:end] for start, end in find_names(text)}


def _names_told(reading: Reading) -> list[dict[str, Any]]:
    """Return a warning per place where a name may stand; the words themselves are only in the original."""
    message = _("这里可能是人名，已遮盖；含人名的条目默认不采纳，请改写为岗位后再决定。")
    return [
        {
            "code": "person_name", "message": message, "start": start, "end": end,
            "original_start": reading.places[start], "original_end": reading.places[end - 1] + 1,
        }
        for start, end in find_names(reading.object["text"])[:MAX_PROPOSALS]
    ]  # fmt: skip


def _without_names(reading: Reading, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cover names in what is proposed; what held one is proposed, but not taken by itself."""
    if not running_names(reading):
        return found
    for one in found:
        clean = {
            key: _covered(reading, value) if isinstance(value, str) else value
            for key, value in one["content"].items()
        }
        one["is_taken"] = one["is_taken"] and clean == one["content"]
        one["content"] = clean
    return found


def proposals_of(reading: Reading) -> list[dict[str, Any]]:
    """Return the fields of the first proposals in the order of the text; `_left_out` tells of the others."""
    found = _without_names(reading, _found(reading)[:MAX_PROPOSALS])
    return [{"ordinal": ordinal, **one} for ordinal, one in enumerate(found, 1)]


def _left_out(reading: Reading) -> list[dict[str, Any]]:
    """Return a warning when the text holds more proposals than are kept."""
    found = _found(reading)
    if len(found) <= MAX_PROPOSALS:
        return []
    first = found[MAX_PROPOSALS]
    message = _("只列出前 %(most)d 条，其后还有 %(left)d 条没有列出，请把原文分成几份再收。") % {
        "most": MAX_PROPOSALS,
        "left": len(found) - MAX_PROPOSALS,
    }
    places = {name: first[name] for name in ("start", "end", "original_start", "original_end")}
    return [{"code": "proposals_left_out", "message": message, **places}]


def _found(reading: Reading) -> list[dict[str, Any]]:
    read = reading.object
    found = [
        _row(ProposalKind.MEASURE, one, _measure(one))
        for section in read["sections"]
        for one in section["measures"]
    ]
    found += [_rule(one) for one in read["rule_items"]]
    for number, table in enumerate(read["tables"]):
        if table["kind"] == "liaison":
            found += _liaisons(number, table)
    for section in read["sections"]:
        for one in section["meetings"]:
            content = {
                "body": one["body"][:80],
                "title": one["title"][:160],
                "text": one["decision"][:MAX_MEASURE],
            }
            found.append(
                _row(ProposalKind.MEETING, one, content, is_taken=bool(one["decision"] and one["body"]))
            )
    found.sort(key=lambda one: (one["start"], one["kind"]))
    return found


def _row(
    kind: str, place: dict[str, Any], content: dict[str, Any], *, is_taken: bool = True
) -> dict[str, Any]:
    return {
        "kind": kind, "content": content, "is_taken": is_taken, "start": place["start"], "end": place["end"],
        "original_start": place["original_start"] or 0, "original_end": place["original_end"] or 0,
    }  # fmt: skip


def _measure(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": one["text"][:MAX_MEASURE], "scope_note": one["scope_note"][:200],
        "exceptions": one["exceptions"][:MAX_NOTE], "effective_from": one["effective_from"],
        "effective_to": one["effective_to"],
    }  # fmt: skip


def _rule(one: dict[str, Any]) -> dict[str, Any]:
    if one["kind"] == "focus":
        content = {"set": one["set"][:60], "title": one["title"][:60], "note": one["text"][:MAX_NOTE]}
        return _row(ProposalKind.FOCUS_AREA, one, content)
    content = {
        "set": one["set"][:60], "announced": one["announced"], "kind": one["kind"], "title": one["title"][:MAX_TITLE],
        "text": one["text"],
    }  # fmt: skip
    return _row(ProposalKind.RULE_ITEM, one, content, is_taken=one["announced"] is not None)


def _liaisons(number: int, table: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines of the annex: the post, the areas, the department. The name is left in the original."""
    post, areas, department = (_column(table, heads) for heads in (POST_HEADS, AREA_HEADS, DEPARTMENT_HEADS))
    rows = []
    for place, (cells, span) in enumerate(zip(table["rows"], table["row_spans"], strict=False)):
        content = {
            "leader_title": cells[post][:80] if post is not None else "",
            "areas": [one for one in split_bodies(cells[areas].replace("，", "、"))] if areas is not None else [],
            "department": cells[department][:80] if department is not None else "", "row": [number, place],
        }  # fmt: skip
        rows.append(_row(ProposalKind.LIAISON, span, content))
    return rows


def _column(table: dict[str, Any], heads: Any) -> int | None:
    taken = table["person_column"]
    if heads is AREA_HEADS:
        areas = [
            p
            for p, head in enumerate(table["columns"])
            if heads.search(head) and not DEPARTMENT_HEADS.search(head)
        ]
        return areas[0] if areas else None
    return next((p for p, head in enumerate(table["columns"]) if heads.search(head) and p != taken), None)
