"""What a drafting page shows beside the text: the pages as pictures and the number of characters."""

from typing import Any

from duban.documents.composition import compose
from duban.documents.render import typeset_png
from duban.documents.vocabulary import check_record

A4_WIDTH_INCHES = 210 / 25.4


def render_pages_png(kind: str, record: dict[str, Any], width_px: int) -> list[bytes]:
    """Render each page as PNG, `width_px` pixels wide (at least 100, at most 2400).

    :raises Invalid: when the record is incomplete.
    """
    return typeset_png(kind, record, min(max(width_px, 100), 2400) / A4_WIDTH_INCHES)


def count_characters(kind: str, record: dict[str, Any]) -> int:
    """Count the characters of title and text without tables, annexes and blanks (the ≤ 5,000 rule)."""
    check_record(kind, record)
    composed = compose(kind, record)
    body = composed["body"]
    texts = [composed["title"], *(block["text"] for block in body if block["t"] in {"p", "h"})]
    texts += [pair["text"] for block in body if block["t"] == "row" for pair in block["pairs"]]
    return sum(not character.isspace() for text in texts for character in text)
