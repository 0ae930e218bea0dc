"""Reads a PDF back for the tests: text per page, characters and rules with their places in millimetres."""

from functools import cache
from io import BytesIO

import pdfplumber

from duban.documents import render
from duban.documents.kinds import kind_of

MM = 25.4 / 72


@cache
def sample_pdf(kind):
    """Return the PDF of a kind's sample, drawn once per session."""
    return render.render_pdf(kind, kind_of(kind).sample())


@cache
def sample_docx(kind):
    """Return the Word file of a kind's sample, drawn once per session."""
    return render.render_docx(kind, kind_of(kind).sample())


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
