"""Sets announced by a number (九个不准, 五个聚焦, 四个严查, 六项机制) and their items; fewer found than announced is said."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from duban.incoming.reading import numerals
from duban.incoming.reading.paragraphs import Paragraph
from duban.incoming.reading.sections import find_enumerations
from duban.incoming.reading.traced import Doubt

KINDS = {
    "不准": "prohibition", "严禁": "prohibition", "不得": "prohibition", "禁止": "prohibition", "聚焦": "focus", "紧盯": "focus",
    "严查": "investigate", "严防": "requirement", "严控": "requirement", "必须": "requirement", "机制": "mechanism", "一": "requirement",
    "到位": "requirement",
}  # fmt: skip
COUNT = r"(?P<count>[一二两三四五六七八九十]{1,2}|\d{1,2})"
ANNOUNCED = re.compile(
    rf"(?<![第一二三四五六七八九十\d])[“\"「]?{COUNT}(?:(?:个|项|条|大)(?P<word>不准|严禁|不得|禁止|聚焦|紧盯|严查|严防|严控|必须|到位)|"
    rf"(?:个|项|大)(?P<kind>[\u4e00-\u9fff]{{0,6}}?)(?P<mechanism>机制)|个(?P<one>一)(?=[”\"」]|机制|要求|制度|工作))[”\"」]?(?:[\u4e00-\u9fff]{{0,2}}机制)?"
)
OPENERS = re.compile(
    r"[。；：，、！？;:,!?“”‘’\"\s—（）()]$|(?:^|[。；：，、\s])(?:[一二三四五六七八九十]{1,3}(?:是|要|、)|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、]\s?|第[一二三四五六七八九十]{1,2}[，,]?)\s?$"
)
MARK = re.compile(
    r"^\s{0,4}(?:[一二三四五六七八九十]{1,3}(?:是|要|、)|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、]\s?|第[一二三四五六七八九十]{1,2}[条项，,、]?)"
)
ENUMERATED = re.compile(r"[一二三四五六七八九十](?:是|要|、)$|[)）]$|\d[.．、]$")
NEXT_MARK = re.compile(
    r"[；，。;,、\s]{0,3}(?:[一二三四五六七八九十]{1,3}(?:是|要|、)?|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、])$"
)
MECHANISM = re.compile(r"(?P<name>[\u4e00-\u9fff“”]{2,14}?)机制")
VERBS = re.compile(
    r"^(?:[“”]|坚持|探索|建立|健全|完善|实行|推行|落实|执行|启动|启用|运用|形成|构建|创新|制定|以及|并|和|与|及|了|是|要|[一二三四五六七八九十](?:是|要)){1,4}"
)
MEASURE_WORDS = tuple("个名支套份条项位组张")
MAX_ITEM = 600


@dataclass
class RuleItem:
    """One item of a set, with its place in the text."""

    set: str
    announced: int | None
    ordinal: int
    kind: str
    title: str
    text: str
    start: int
    end: int


@dataclass
class _Set:
    title: str
    word: str
    count: int
    place: int
    end: int


def find_rules(paragraphs: list[Paragraph], doubts: list[Doubt]) -> list[RuleItem]:
    """This function will return the items of every announced set, then of runs of three and more that nobody announced."""
    body = [paragraph for paragraph in paragraphs if not paragraph.grid]
    found: list[RuleItem] = []
    sets = _announced(body)
    for one in sets:
        items = _mechanisms(body, one) if one.word == "机制" else _items(body, one)
        for ordinal, (title, text, start, end) in enumerate(items, 1):
            found.append(RuleItem(one.title, one.count, ordinal, KINDS[one.word], title, text, start, end))
        words = {"set": one.title, "count": one.count, "found": len(items)}
        if len(items) < one.count:
            message = _("“%(set)s”应有 %(count)d 项，只找到 %(found)d 项，其余原文未载。") % words
            doubts.append(Doubt("items_missing", message, one.place, one.end))
        elif len(items) > one.count:
            message = _("“%(set)s”应有 %(count)d 项，找到 %(found)d 项，请核对。") % words
            doubts.append(Doubt("items_surplus", message, one.place, one.end))
    taken = {one.word for one in sets}
    return found + _unannounced(body, taken)


def _announced(body: list[Paragraph]) -> list[_Set]:
    """Return each set once, where it is announced first."""
    sets: dict[tuple[str, int], _Set] = {}
    for paragraph in body:
        for match in ANNOUNCED.finditer(paragraph.text):
            count = numerals.number(match["count"]) or 0
            word = match["word"] or match["mechanism"] or match["one"]
            if count < 2 or (word == "机制" and count > 12):
                continue
            title = match.group().strip('“”"「」')
            title = title.replace("”", "").replace('"', "")
            start = paragraph.start + match.start()
            sets.setdefault((word, count), _Set(title, word, count, start, paragraph.start + match.end()))
    return list(sets.values())


Found = tuple[str, str, int, int]


def _items(body: list[Paragraph], one: _Set) -> list[Found]:
    """Items begin with the word of the set; without any, an enumeration of the right size behind the announcement."""
    ranked: list[list[Found]] = [[], [], []]
    for paragraph in body:
        for rank, item in _clauses(paragraph, one.word):
            ranked[rank].append(item)
    starts, numbered, clauses = ranked
    for group in (starts, [*starts, *numbered], numbered, [*starts, *numbered, *clauses], clauses):
        if len(group) == one.count:
            return sorted(group, key=lambda item: item[2])
    everything = sorted([*starts, *numbered, *clauses], key=lambda item: item[2])
    if len(everything) > one.count:
        for group in (starts, numbered, [*starts, *numbered]):
            if len(group) > one.count:
                everything = sorted(group, key=lambda item: item[2])
                break
        behind = [item for item in everything if item[2] >= one.place]
        return (behind if len(behind) >= one.count else everything)[: one.count]
    return everything or _enumerated(body, one)


def _clauses(paragraph: Paragraph, word: str) -> list[tuple[int, Found]]:
    """Return (rank, item): rank 0 at the start of a paragraph, 1 behind an enumerator, 2 at the start of a clause."""
    text = paragraph.text
    places = []
    at = text.find(word)
    while at >= 0:
        before = text[max(0, at - 8) : at]
        fits = word != "一" or text[at + 1 : at + 2] in MEASURE_WORDS
        if fits and (at == 0 or OPENERS.search(before)):
            places.append(at)
        at = text.find(word, at + len(word))
    found = []
    for number, place in enumerate(places):
        following = places[number + 1] if number + 1 < len(places) else len(text)
        rank = _rank(text, place)
        end = _clause_end(text, place, following, whole=rank == 0 and len(places) == 1)
        words = text[place:end].rstrip("；，。;,、 \u3000")
        if following == end:
            words = NEXT_MARK.sub("", words)
        if len(words) >= len(word) + 2 and not words.endswith(
            ("：", ":")
        ):  # “聚焦重点：聚焦…” heads the list
            start = paragraph.start + place
            found.append((rank, (_titled(words), words[:MAX_ITEM], start, start + min(len(words), MAX_ITEM))))
    return found


def _rank(text: str, place: int) -> int:
    mark = MARK.match(text)
    if place == 0 or (mark and mark.end() == place):
        return 0
    return 1 if ENUMERATED.search(text[max(0, place - 4) : place]) else 2


def _clause_end(text: str, place: int, following: int, *, whole: bool) -> int:
    """Return where an item ends: at its full stop, or with its paragraph when it stands alone in it."""
    if whole:
        return len(text)
    stops = [at for mark in "。；;" if (at := text.find(mark, place, following)) >= 0]
    return min([*stops, following])


def _titled(words: str) -> str:
    """Return the short name of an item: up to its first break, at most 80 characters."""
    stop = re.search(r"[。；：，,;:]", words)
    short = words[: stop.start()] if stop and stop.start() >= 4 else words
    return short[:80]


def _enumerated(body: list[Paragraph], one: _Set) -> list[Found]:
    """Return the enumeration behind the announcement that has as many items as announced."""
    for place, paragraph in enumerate(body):
        if paragraph.end < one.place:
            continue
        for run in find_enumerations(paragraph):
            if len(run) == one.count:
                return [
                    (_titled(item.text[len(item.mark) :]), item.text, item.start, item.end) for item in run
                ]
        heads = [other for other in body[place + 1 : place + 1 + one.count * 4] if MARK.match(other.text)]
        same = [other for other in heads if _shape(other.text) == _shape(heads[0].text)]
        if len(same) == one.count:
            return [
                (_titled(MARK.sub("", other.text)), other.text[:MAX_ITEM], other.start, other.start + min(len(other.text), MAX_ITEM))
                for other in same
            ]  # fmt: skip
        return []
    return []


def _shape(text: str) -> str:
    match = MARK.match(text)
    return re.sub(r"[一二三四五六七八九十\d]{1,3}", "#", match.group().strip()) if match else ""


def _mechanisms(body: list[Paragraph], one: _Set) -> list[Found]:
    """Mechanisms are named in a list before or behind the number, in an enumeration, or one by one as “…机制”."""
    paragraph = next(other for other in body if other.start <= one.place <= other.end)
    place = one.place - paragraph.start
    for listed in (_list_before(paragraph, place), _list_behind(paragraph, one.end - paragraph.start)):
        if len(listed) == one.count:
            return listed
    if enumerated := _enumerated(body, one):
        return enumerated
    named: dict[str, Found] = {}
    for other in body:
        for match in MECHANISM.finditer(other.text):
            name = VERBS.sub("", match["name"]).strip("“”")
            if len(name) < 2 or ANNOUNCED.search(other.text[max(0, match.start() - 8) : match.end()]):
                continue
            start = other.start + match.end() - len(name) - 2
            named.setdefault(name, (f"{name}机制", f"{name}机制", start, other.start + match.end()))
    return list(named.values())[: one.count]


def _list_before(paragraph: Paragraph, place: int) -> list[Found]:
    before = paragraph.text[:place]
    start = max((before.rfind(mark) for mark in "。；：，！"), default=-1) + 1
    start += len(found.group()) if (found := VERBS.match(before[start:])) else 0
    return _list_items(paragraph, start, place)


def _list_behind(paragraph: Paragraph, place: int) -> list[Found]:
    text = paragraph.text
    opener = re.match(r"[^。；]{0,6}?(?:[：:，,]|包括|即|为|（|——)\s?(?:即|分别是|包括)?", text[place:])
    if not opener:
        return []
    start = place + opener.end()
    stops = [at for mark in "。；，）" if (at := text.find(mark, start)) >= 0]
    return _list_items(paragraph, start, min(stops, default=len(text)))


def _list_items(paragraph: Paragraph, start: int, end: int) -> list[Found]:
    items, at = [], start
    text = paragraph.text
    for match in [
        *re.finditer(r"、|以及|和(?=[\u4e00-\u9fff]{2})|与(?=[\u4e00-\u9fff]{2})", text[start:end]),
        None,
    ]:
        stop = start + match.start() if match else end
        words = text[at:stop].strip('“”"等这 ')
        if 2 <= len(words) <= 20:
            place = text.index(words, at)
            items.append((words, words, paragraph.start + place, paragraph.start + place + len(words)))
        at = start + match.end() if match else end
    return items


def _unannounced(body: list[Paragraph], taken: set[str]) -> list[RuleItem]:
    """Three and more clauses with the same word in one paragraph are a set too, under the word itself."""
    found: list[RuleItem] = []
    for word in ("不准", "严禁", "严查", "聚焦"):
        if word in taken:
            continue
        for paragraph in body:
            clauses = [item for _rank, item in _clauses(paragraph, word)]
            if len(clauses) >= 3:
                found += [
                    RuleItem(word, None, ordinal, KINDS[word], title, text, start, end)
                    for ordinal, (title, text, start, end) in enumerate(clauses, 1)
                ]
    return found
