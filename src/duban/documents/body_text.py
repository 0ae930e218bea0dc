"""A text as one types it and as a record holds it: lines that begin with 一、（一）1.（1） are headings of that level.

Typed and read back again a text stays the same; nothing but blank lines and outer spaces is lost.
"""

import re
from typing import Any

LEVELS = (
    re.compile(r"[一二三四五六七八九十]+、"),
    re.compile(r"（[一二三四五六七八九十]+）"),
    re.compile(r"\d+[.．](?!\d)"),
    re.compile(r"（\d+）"),
)
LONGEST_HEADING = 40
ANNEX = re.compile(r"附件\d*[：:]\s*(.+)")

Sections = list[dict[str, Any]]


def read_text(text: str) -> tuple[list[str], Sections]:
    """This function will return the paragraphs before the first heading and the sections after it."""
    paragraphs: list[str] = []
    sections: Sections = []
    for line in (one.strip() for one in text.splitlines()):
        if not line:
            continue
        level = level_of(line)
        if level:
            sections.append({"heading": line, "level": level, "paragraphs": []})
        elif sections:
            sections[-1]["paragraphs"].append(line)
        else:
            paragraphs.append(line)
    return paragraphs, sections


def level_of(line: str) -> int:
    """This function will return 1…4 for a heading and 0 for a paragraph; a long line that is numbered is a paragraph."""
    if len(line) > LONGEST_HEADING:
        return 0
    return next((level for level, mark in enumerate(LEVELS, start=1) if mark.match(line)), 0)


def write_text(paragraphs: list[str], sections: Sections) -> str:
    """This function will write paragraphs and sections as lines, the way they are typed."""
    lines = list(paragraphs)
    for section in sections:
        lines += [section["heading"]] if section.get("heading") else []
        lines.append(write_text(section.get("paragraphs", []), section.get("sections", [])))
    return "\n".join(line for line in lines if line)


def read_annexes(text: str) -> list[dict[str, Any]]:
    """This function will return the annexes of a text in which each begins with a line “附件：标题”."""
    annexes: list[dict[str, Any]] = []
    pages: list[list[str]] = []
    for line in (one.strip() for one in text.splitlines()):
        found = ANNEX.fullmatch(line)
        if found:
            annexes.append({"title": found[1].strip()})
            pages.append([])
        elif line and pages:
            pages[-1].append(line)
        elif line:
            annexes.append({"title": line})
            pages.append([])
    for annex, lines in zip(annexes, pages, strict=True):
        annex["paragraphs"], annex["sections"] = read_text("\n".join(lines))
    return annexes


def write_annexes(annexes: list[dict[str, Any]]) -> str:
    """This function will write annexes the way they are typed."""
    return "\n".join(
        "\n".join(
            filter(
                None,
                [f"附件：{one['title']}", write_text(one.get("paragraphs", []), one.get("sections", []))],
            )
        )
        for one in annexes
    )
