"""Reads a PDF back for the tests: text per page, characters and rules with their places in millimetres."""

from io import BytesIO

import pdfplumber

MM = 25.4 / 72


def text_of(pdf):
    """Return the text of every page without blanks."""
    with pdfplumber.open(BytesIO(pdf)) as opened:
        return ["".join(char["text"] for char in page.chars if char["text"].strip()) for page in opened.pages]


def pages_of(pdf):
    """Return per page its characters and its horizontal rules, as pdfplumber gives them."""
    with pdfplumber.open(BytesIO(pdf)) as opened:
        return [(page.chars, [*page.lines, *page.rects]) for page in opened.pages]


def lines_of(chars, size):
    """Group the characters of one size into text lines by their baseline."""
    lines = {}
    for char in chars:
        if abs(char["size"] - size) < 0.05 and char["text"].strip():
            lines.setdefault(round(char["matrix"][5], 1), []).append(char)
    return [sorted(lines[key], key=lambda char: char["x0"]) for key in sorted(lines, reverse=True)]
