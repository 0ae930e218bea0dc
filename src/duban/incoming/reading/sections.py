"""Sections by numbered levels 一、（一）1.（1）, and the enumerations inside paragraphs (一要…二要…; 一是…二是…)."""

import itertools
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from duban.incoming.reading import numerals
from duban.incoming.reading.paragraphs import STOPS, Paragraph
from duban.incoming.reading.traced import Doubt

LEVELS = (
    (1, re.compile(r"^(第[一二三四五六七八九十百\d]{1,4}(?:章|部分|编))\s{0,4}")),
    (1, re.compile(r"^([一二三四五六七八九十]{1,3}、)")),
    (2, re.compile(r"^([（(][一二三四五六七八九十]{1,3}[)）])")),
    (2, re.compile(r"^(第[一二三四五六七八九十百\d]{1,4}条)\s{0,4}")),
    (3, re.compile(r"^(\d{1,2}[.．、](?!\d))\s{0,4}")),
    (4, re.compile(r"^([（(]\d{1,2}[)）])")),
)
HEADING_SIZE = 50
ANNEX = re.compile(r"^附\s{0,4}件\s{0,2}\d{0,2}[：:]?$")
ENUMERATOR = re.compile(
    r"(?:(?<=^)|(?<=[。；：，、;:,“\s]))(?P<mark>(?P<ordinal>[一二三四五六七八九十]{1,2})(?P<word>是要|是|要|看|查|坚持|抓|严)|"
    r"(?P<first>首先|其次|再次|最后)(?=[，,要])|第(?P<nth>[一二三四五六七八九十]{1,2})[，,、])"
)
ORDER = {"首先": 1, "其次": 2, "再次": 3, "最后": 4}


@dataclass
class Section:
    """One numbered part (level 0: what stands before the first number) with its own paragraphs."""

    level: int
    number: str
    heading: str
    paragraphs: list[Paragraph] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.paragraphs[0].start

    @property
    def end(self) -> int:
        return self.paragraphs[-1].end

    @property
    def text(self) -> str:
        return "\n".join(paragraph.text for paragraph in self.paragraphs)


def find_sections(paragraphs: list[Paragraph], doubts: list[Doubt]) -> list[Section]:
    """This function will group the paragraphs of the body into sections; gaps in the numbering are flagged."""
    sections: list[Section] = []
    for place, paragraph in enumerate(paragraphs):
        if paragraph.grid:
            continue
        mark = _mark(paragraph.text)
        if label := ANNEX.match(paragraph.text.strip()):
            following = paragraphs[place + 1].text.strip() if place + 1 < len(paragraphs) else ""
            heading = following if len(following) <= HEADING_SIZE and not STOPS.search(following) else ""
            sections.append(Section(0, label.group().strip("：: "), heading, [paragraph]))
        elif mark:
            level, number = mark
            sections.append(Section(level, number, _heading(paragraph.text[len(number) :]), [paragraph]))
        elif _is_heading(paragraphs, place):
            sections.append(Section(1, "", paragraph.text.strip(), [paragraph]))
        elif sections and sections[-1].end + 1 == paragraph.start:
            sections[-1].paragraphs.append(paragraph)
        else:
            sections.append(Section(0, "", "", [paragraph]))
    _check_numbers(sections, doubts)
    return sections


def _mark(text: str) -> tuple[int, str] | None:
    for level, pattern in LEVELS:
        if match := pattern.match(text):
            return level, match.group(1)
    return None


def _heading(text: str) -> str:
    """Return the heading behind a number: the first sentence, or the whole line while it is short."""
    text = text.strip()
    stop = re.search(r"[。：:！!？?]", text)
    if stop and stop.start() <= HEADING_SIZE:
        return text[: stop.start()]
    return text if len(text) <= HEADING_SIZE else ""


def _is_heading(paragraphs: list[Paragraph], place: int) -> bool:
    """Test whether an unnumbered line stands as a heading between long paragraphs."""
    paragraph = paragraphs[place]
    text = paragraph.text.strip()
    if paragraph.role in ("h1", "h2", "h3"):
        return len(text) <= HEADING_SIZE
    if not 4 <= len(text) <= 28 or STOPS.search(text) or text[-1] in "，；：、,;:）)" or "。" in text:
        return False
    after = paragraphs[place + 1].text if place + 1 < len(paragraphs) else ""
    before = paragraphs[place - 1].text if place else ""
    return len(after) > 50 and (len(before) > 50 or place == 0) and text[:2] not in ("附件", "抄送")


def _check_numbers(sections: list[Section], doubts: list[Doubt]) -> None:
    """Flag a number that does not follow the one before it on its level."""
    last: dict[int, int] = {}
    for section in sections:
        value = numerals.number(re.sub(r"[^\d一二三四五六七八九十百]", "", section.number))
        if not section.number or value is None:
            continue
        for deeper in [level for level in last if level > section.level]:
            del last[deeper]
        before = last.get(section.level, 0)
        if value not in (before + 1, 1):
            doubts.append(Doubt("numbering_gap", _("层次序数“%(number)s”与前一项不连续，请核对是否有缺漏。")
                                % {"number": section.number}, section.start, section.start + len(section.number)))  # fmt: skip
        last[section.level] = value


@dataclass(frozen=True)
class Item:
    """One item of an enumeration inside a paragraph; places count from the start of the text."""

    ordinal: int
    mark: str
    text: str
    start: int
    end: int


def find_enumerations(paragraph: Paragraph) -> list[list[Item]]:
    """Return the runs 一是…二是…三是… of a paragraph; a run has at least two items in order."""
    runs: list[list[tuple[int, re.Match[str]]]] = []
    for match in ENUMERATOR.finditer(paragraph.text):
        ordinal = (
            ORDER.get(match["first"] or "") or numerals.number(match["ordinal"] or match["nth"] or "") or 0
        )
        follows = runs and runs[-1] and ordinal == runs[-1][-1][0] + 1 and _alike(runs[-1][-1][1], match)
        if follows:
            runs[-1].append((ordinal, match))
        elif ordinal == 1:
            runs.append([(ordinal, match)])
    # Without runs there is nothing to end: one end stays unused.
    ends = [run[0][1].start() for run in runs[1:]] + [len(paragraph.text)]
    return [_items(paragraph, run, end) for run, end in zip(runs, ends, strict=False) if len(run) >= 2]


def _alike(one: re.Match[str], other: re.Match[str]) -> bool:
    return (one["word"] or one["nth"] and "n" or "f") == (other["word"] or other["nth"] and "n" or "f")


def _items(paragraph: Paragraph, run: list[tuple[int, re.Match[str]]], last: int) -> list[Item]:
    items = []
    for (ordinal, match), following in itertools.zip_longest(run, run[1:]):
        start = match.start()
        end = following[1].start() if following else _sentence_end(paragraph.text, start, last)
        text = paragraph.text[start:end].rstrip("；，。;,、 ")
        items.append(
            Item(ordinal, match["mark"], text, paragraph.start + start, paragraph.start + start + len(text))
        )
    return items


def _sentence_end(text: str, start: int, last: int) -> int:
    """Return where the last item ends: at the full stop, or where the next run (or nothing more) begins."""
    stop = text.find("。", start, last)
    return last if stop < 0 else stop
