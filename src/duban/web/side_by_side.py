"""The original of a text as it came, cut into pieces that say what was kept, what was left out, what was proposed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from duban.campaigns.models import Measure
from duban.incoming.models import Proposal
from duban.incoming.reading import Reading

MOST = 60_000


@dataclass
class Piece:
    """A run of characters; `anchor` is set where a proposal or a warning begins."""

    text: str
    is_kept: bool
    proposal: int = 0
    warning: int = 0
    anchor: str = ""


def original_lines(
    reading: Reading, proposals: Iterable[Proposal], warnings: list[dict[str, Any]]
) -> tuple[list[list[Piece]], bool]:
    """Return the lines of the original in pieces, and whether the rest was cut off for length."""
    kept = set(reading.places)
    proposed = _numbered((row.ordinal, row.original_start, row.original_end) for row in proposals)
    doubted = _numbered(
        (number, one["original_start"], one["original_end"])
        for number, one in enumerate(warnings, 1)
        if one["original_start"] is not None
    )
    lines, size, seen = [], 0, set()
    for line in reading.lines:
        pieces: list[Piece] = []
        last = None
        for one, place in zip(line.text, line.places, strict=True):
            is_kept = place in kept or one.isspace()
            key = (is_kept, proposed.get(place, 0) if is_kept else 0, doubted.get(place, 0))
            if key != last:
                pieces.append(Piece("", *key, anchor=_anchor(key, seen)))
                last = key
            pieces[-1].text += one
        size += len(line.text)
        lines.append(pieces)
        if size > MOST:
            return lines, True
    return lines, False


def _numbered(spans: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """Place → number of the span that holds it; inside a longer one the shorter one shows."""
    found: dict[int, int] = {}
    for number, start, end in sorted(spans, key=lambda span: (span[2] - span[1], span[0])):
        for place in range(start, end):
            found.setdefault(place, number)
    return found


def _anchor(key: tuple[bool, int, int], seen: set[str]) -> str:
    for name in ([f"w{key[2]}"] if key[2] else []) + ([f"o{key[1]}"] if key[1] else []):
        if name not in seen:
            seen.add(name)
            return name
    return ""


@dataclass(frozen=True)
class Quote:
    """A run of a directive's text; `measure` is the one that came from it."""

    text: str
    measure: Measure | None = None


def quoted_pieces(text: str, measures: Iterable[Measure]) -> list[Quote]:
    """Return the text cut at the places its measures came from; places that do not fit the text are left out."""
    pieces, at = [], 0
    placed = [one for one in measures if one.source_end and one.source_start is not None]
    for one in sorted(placed, key=lambda one: one.source_start):
        if at <= one.source_start < one.source_end <= len(text):
            pieces += [
                Quote(text[at : one.source_start]),
                Quote(text[one.source_start : one.source_end], one),
            ]
            at = one.source_end
    return [*pieces, Quote(text[at:])]
