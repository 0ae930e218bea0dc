"""Whether two texts are the same directive: by number, else by title and day, else by how much of the wording agrees."""

import re
from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from duban.campaigns.models import Directive
from duban.incoming.models import IncomingText

One = TypeVar("One", Directive, IncomingText)
GRAM = 5
ALIKE = 0.6
HELD = 0.85
MIN_GRAMS = 40
NOISE = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return only letters, digits and Chinese characters."""
    return NOISE.sub("", text)


def grams(text: str) -> frozenset[str]:
    """Return the overlapping runs of five characters."""
    bare = plain(text)
    return frozenset(bare[at : at + GRAM] for at in range(len(bare) - GRAM + 1))


def same_directive(
    *, number: str, title: str, issued_on: date | None, text: str, candidates: Iterable[One]
) -> tuple[One, str] | None:
    """Return the directive (or the text not yet confirmed) that a text repeats and why it is the same (number, title, wording), or None."""
    known = list(candidates)
    bare_number, bare_title = plain(number), plain(title)
    for one in known:
        if bare_number and plain(one.number) == bare_number:
            return one, "number"
    for one in known:
        if bare_title and plain(one.title) == bare_title and issued_on and one.issued_on == issued_on:
            return one, "title"
    own = grams(text)
    if len(own) < MIN_GRAMS:
        return None
    best: tuple[float, One] | None = None
    for one in known:
        other = grams(one.text)
        # Two different numbers of one body are two directives, however much they share.
        if len(other) < MIN_GRAMS or (bare_number and one.number and plain(one.number) != bare_number):
            continue
        common = len(own & other)
        share = common / len(own | other)
        if (share >= ALIKE or common / min(len(own), len(other)) >= HELD) and (
            best is None or share > best[0]
        ):
            best = (share, one)
    return (best[1], "wording") if best else None
