"""Text that knows where each of its characters stood in the original, through every change made to it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Traced:
    """A string with the original position of every character."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def at(cls, text: str, start: int) -> "Traced":
        """This function will trace `text` that stands unchanged at `start` of the original."""
        return cls(text, tuple(range(start, start + len(text))))

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __getitem__(self, part: slice) -> "Traced":
        return Traced(self.text[part], self.places[part])

    def __add__(self, other: "Traced") -> "Traced":
        return Traced(self.text + other.text, self.places + other.places)

    def strip(self) -> "Traced":
        start = len(self.text) - len(self.text.lstrip())
        return self[start : len(self.text.rstrip())] if start < len(self.text) else self[:0]

    def without(self, spans: Iterable[tuple[int, int]]) -> "Traced":
        """This function will cut out the spans (in order, not overlapping)."""
        parts, at = [], 0
        for start, end in spans:
            parts.append((at, start))
            at = end
        if not parts:
            return self
        parts.append((at, len(self.text)))
        return Traced(
            "".join(self.text[a:b] for a, b in parts), tuple(p for a, b in parts for p in self.places[a:b])
        )

    def sub(self, pattern: re.Pattern[str], keep: Callable[[re.Match[str]], tuple[int, int]]) -> "Traced":
        """This function will shorten every match to the span that `keep` returns for it."""
        cuts: list[tuple[int, int]] = []
        for match in pattern.finditer(self.text):
            start, end = keep(match)
            cuts += [(match.start(), start), (end, match.end())]
        return self.without([cut for cut in cuts if cut[0] < cut[1]])

    def rewritten(self, text: str) -> "Traced":
        """This function will put `text` of the same length over the same places."""
        return Traced(text, self.places)

    def padded(self, text: str, *, before: bool = False) -> "Traced":
        """This function will add characters that do not stand in the original, at the neighbour's place."""
        if not self.places:
            return self
        place = self.places[0] if before else self.places[-1]
        added = Traced(text, (place,) * len(text))
        return added + self if before else self + added


def joined(parts: Iterable[Traced], between: str = "") -> Traced:
    """This function will join traced texts; `between` takes the place of what stands before it."""
    texts: list[str] = []
    places: list[int] = []
    for part in parts:
        if texts and between:
            texts.append(between)
            places += [places[-1] if places else 0] * len(between)
        texts.append(part.text)
        places += part.places
    return Traced("".join(texts), tuple(places))


@dataclass(frozen=True)
class Doubt:
    """Something a person should look at; places are positions in the original until the text is put together."""

    code: str
    message: str
    start: int | None = None
    end: int | None = None


@dataclass
class Line:
    """One line as it came: its text, its cells where it is laid out in columns, and what its markup says."""

    text: Traced
    indent: int = 0
    blank_before: int = 0
    cells: list[tuple[Traced, int]] = field(default_factory=list)
    is_link: bool = False
    is_row: bool = False
    role: str = ""

    @property
    def plain(self) -> str:
        return self.text.text
