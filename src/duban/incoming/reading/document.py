"""From bytes to the reading of a document: the one object with its thirteen keys, every position said twice.

`start` and `end` count in `text`; `original_start` and `original_end` in the characters of the file as it came
(for .docx and .pdf: the characters taken out of it, in order).
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from duban.incoming.reading import figures, furniture, moments
from duban.incoming.reading.collector import resting_collector
from duban.incoming.reading.demands import find_demands, find_meetings
from duban.incoming.reading.grids import PERSON_HEADS, Grid
from duban.incoming.reading.head import Head, read_head
from duban.incoming.reading.paragraphs import Paragraph, put_together
from duban.incoming.reading.repair import INVISIBLE, mend
from duban.incoming.reading.rules import find_rules
from duban.incoming.reading.sections import Section, find_enumerations, find_sections
from duban.incoming.reading.sources import Source, open_source
from duban.incoming.reading.stretches import Stretches
from duban.incoming.reading.traced import Doubt, Traced

KEYS = (
    "title", "document_number", "issuer", "issued_on", "addressees", "copy_to", "publisher", "source_url", "sections",
    "rule_items", "tables", "warnings", "text",
)  # fmt: skip


@dataclass
class Reading:
    """What was read. `places[i]` is the place in `original` of character i of the text; `lines` are as they came."""

    object: dict[str, Any]
    original: str
    places: list[int]
    lines: list[Traced]
    kind: str
    encoding: str


def read_document(content: bytes, file_name: str) -> Reading:
    """This function will read an official text.

    :raises Invalid, TooLarge: with one clear sentence, whatever the bytes are.
    """
    with resting_collector():
        return _read(content, file_name)


def _read(content: bytes, file_name: str) -> Reading:
    source = open_source(content, file_name)
    doubts = list(source.doubts)
    raw = [line.text for line in source.lines]
    mend(source.lines, doubts)
    lines = [line for line in source.lines if line.plain.strip()]
    lines, came = furniture.take_off(lines, is_page=source.kind == "html")
    if not came.source_url:
        came.source_url = _linked(came, source)
    paragraphs, grids = put_together(lines)
    text = "\n".join(paragraph.text for paragraph in paragraphs)
    places = _places(paragraphs)
    doubts = [_placed(doubt, places) for doubt in doubts]
    head = read_head(paragraphs, came, INVISIBLE.sub("", source.title), doubts)
    made = _assemble(paragraphs, grids, head, came, doubts)
    for one in _everything_placed(made):
        start, end = one["start"], one["end"]
        known = start is not None and start < len(places)
        one["original_start"] = places[start] if known else None
        one["original_end"] = places[min(max(start, end - 1), len(places) - 1)] + 1 if known else None
    made["text"] = text
    return Reading(
        {key: made[key] for key in KEYS}, source.original, places, raw, source.kind, source.encoding
    )


def _linked(came: furniture.Provenance, source: Source) -> str:
    """Return where the words “原文链接” lead."""
    for line in came.removed:
        if re.search(r"原文|阅读全文", line.plain) and (found := furniture.link_of(line.text, source.links)):
            return found if found.startswith(("http://", "https://")) else ""
    return ""


def _places(paragraphs: list[Paragraph]) -> list[int]:
    places: list[int] = []
    for paragraph in paragraphs:
        if places:
            places.append(places[-1])
        places += paragraph.traced.places
    return places


def _placed(doubt: Doubt, places: list[int]) -> Doubt:
    """Bring a doubt's place in the original into the text: the nearest character that was kept."""
    if doubt.start is None:
        return doubt
    import bisect

    order = places
    start = bisect.bisect_left(order, doubt.start)
    end = bisect.bisect_left(order, doubt.end or doubt.start)
    start = min(start, max(0, len(places) - 1))
    return Doubt(doubt.code, doubt.message, start, max(start, min(end, len(places))))


def _assemble(
    paragraphs: list[Paragraph],
    grids: list[Grid],
    head: Head,
    came: furniture.Provenance,
    doubts: list[Doubt],
) -> dict[str, Any]:
    body = [paragraph for place, paragraph in enumerate(paragraphs) if place not in head.used]
    rules = find_rules(body, doubts)
    stamp = head.issued_on
    taken = Stretches((rule.start, rule.end) for rule in rules if rule.kind not in ("focus", "investigate"))
    sections = [_section(one, stamp, taken) for one in find_sections(body, doubts)]
    rows: dict[int, list[Paragraph]] = {}
    for paragraph in paragraphs:
        if paragraph.grid is not None:
            rows.setdefault(id(paragraph.grid), []).append(paragraph)
    return {
        "title": head.title, "document_number": head.document_number, "issuer": head.issuer,
        "issued_on": stamp.isoformat() if stamp else None, "addressees": head.addressees, "copy_to": head.copy_to,
        "publisher": came.publisher, "source_url": came.source_url, "sections": sections,
        "rule_items": [vars(rule) for rule in rules], "tables": [_table(grid, rows[id(grid)]) for grid in grids],
        "warnings": [vars(doubt).copy() for doubt in doubts],
    }  # fmt: skip


def _section(section: Section, stamp: date | None, taken: Stretches) -> dict[str, Any]:
    times, numbers, measures, runs, meetings = [], [], [], [], []
    for paragraph in section.paragraphs:
        found = moments.find_moments(paragraph.text, stamp.year if stamp else None)
        days = [(one["start"], one["date"]) for one in found if one["kind"] in ("as_of", "until") and one["date"]
                and one["text"].startswith("截")]  # fmt: skip
        counted = figures.find_figures(
            paragraph.text, as_of_now=stamp.isoformat() if stamp else None, as_of_days=days
        )
        timed = Stretches((one["start"], one["end"]) for one in found)
        counted = [one for one in counted if not timed.cross(one["start"], one["end"])]
        for one in [*found, *counted]:
            one["start"] += paragraph.start
            one["end"] += paragraph.start
        times += found
        numbers += counted
        measures += [vars(one) for one in find_demands(paragraph, found, taken)]
        runs += [[vars(item).copy() for item in run] for run in find_enumerations(paragraph)]
        meetings += find_meetings(paragraph)
    return {
        "level": section.level, "number": section.number, "heading": section.heading, "text": section.text,
        "start": section.start, "end": section.end, "enumerations": runs, "measures": measures, "figures": numbers,
        "times": times, "meetings": meetings,
    }  # fmt: skip


def _table(grid: Grid, rows: list[Paragraph]) -> dict[str, Any]:
    person = grid.column(PERSON_HEADS)
    return {
        "title": grid.title, "kind": grid.kind, "columns": grid.columns, "person_column": person,
        "rows": [[cell.text for cell in row] for row in grid.rows],
        "row_spans": [{"start": one.start, "end": one.end} for one in rows[1:]],
        "start": rows[0].start, "end": rows[-1].end,
    }  # fmt: skip


def _everything_placed(node: Any) -> list[dict[str, Any]]:
    """Return every mapping inside the object that has a place."""
    found: list[dict[str, Any]] = []
    if isinstance(node, dict):
        if "start" in node:
            found.append(node)
        for value in node.values():
            found += _everything_placed(value)
    elif isinstance(node, list):
        for value in node:
            found += _everything_placed(value)
    return found
