"""Mending characters: invisible ones, Markdown marks, traditional forms, and pinyin pushed in behind a character."""

import re
import unicodedata
from functools import cache

from django.utils.translation import gettext as _

from duban.incoming.reading.traced import Doubt, Line, Traced

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u0000-\u0008\u000b-\u001f]+")
EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`{1,3})(?=\S)([^*_~`\n]{1,300})\1")
HEADING = re.compile(r"^#{1,6}\s+")
QUOTE = re.compile(r"^(?:>\s?)+(?=\S)")
LINK = re.compile(r"!?\[([^\]\[\n]{1,200})\]\(([^()\s]{1,500})\)")
BOLD_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|p|br|div)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
FRAGMENT = re.compile(
    r"(?<=[\u3400-\u9fff])[ ]?[(（]\s{0,2}([A-Za-z\u00e0-\u01dc\u0300-\u036f·]{1,8})\s{0,2}[)）]"
)
OPEN_FRAGMENT = re.compile(r"[(（]\s{0,2}[a-zü]{0,5}[\u00e0-\u01dc][a-zü]{0,5}(?![a-z)）])")
LOOSE = re.compile(
    r"(?<=[第年月日时自至到从午晚前发出共近约达])[ ](?=\d)|(?<=\d)[ ](?=[年月日时点分号轮期个批人件家份名项条处次])|(?<=〕)[ ](?=\d)"
)
TONED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ]")
SYLLABLE = re.compile(
    r"^(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ui|ao|ou|iu|ie|ue|"
    r"ve|er|an|en|in|un|vn|ua|uo|ia|a|o|e|i|u|v)$"
)
UNREADABLE = re.compile("\ufffd+|□{1,20}|(?<=[\u4e00-\u9fff])\\?{2,10}(?=[\u4e00-\u9fff])")
# One traditional form stands for several simplified ones; which is meant, the sense decides.
DOUBTFUL = frozenset("乾著覆藉徵鍾")


@cache
def _converter():
    import opencc

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Return `text` in simplified characters, always of the same length."""
    made = _converter().convert(text)
    if len(made) == len(text):
        return made
    return "".join(one if len(new := _converter().convert(one)) != 1 else new for one in text)


def mend(lines: list[Line], doubts: list[Doubt]) -> None:
    """This function will mend the lines and their cells in place and note what stays doubtful."""
    whole = "\n".join(line.plain for line in lines)
    is_mixed = simplified(whole) != whole
    for line in lines:
        if line.cells:
            line.cells = [
                (cell, column) for raw, column in line.cells if (cell := _mended(raw, None, is_mixed))
            ]
        line.text = _mended(line.text, doubts, is_mixed)


def _mended(raw: Traced, doubts: list[Doubt] | None, is_mixed: bool) -> Traced:
    text = raw.sub(INVISIBLE, lambda match: (match.end(), match.end()))
    text = _unmarked(text)
    text = _without_fragments(text, doubts)
    if " " in text.text:
        text = text.sub(LOOSE, lambda match: (match.end(), match.end()))
    if is_mixed:
        made = simplified(text.text)
        if doubts is not None and made != text.text:
            _note_conversion(text, made, doubts)
        text = text.rewritten(made)
    if doubts is not None:
        for match in UNREADABLE.finditer(text.text):
            _note(
                doubts,
                "unreadable",
                _("此处有认不出的字，请对照原文补上。"),
                text,
                match.start(),
                match.end(),
            )
    return text


def _unmarked(text: Traced) -> Traced:
    """Drop Markdown: heading marks, quotes, emphasis, links (the words stay), and stray tags."""
    if not any(mark in text.text for mark in "*_#>`~[<"):
        return text
    for pattern in (QUOTE, HEADING, BOLD_TAG):
        text = text.sub(pattern, lambda match: (match.end(), match.end()))
    text = text.sub(LINK, lambda match: match.span(1))
    for _round in range(2):
        text = text.sub(EMPHASIS, lambda match: match.span(2))
    return text


def _without_fragments(text: Traced, doubts: list[Doubt] | None) -> Traced:
    """Cut pinyin in brackets behind a character; what may be a real abbreviation stays and is flagged."""
    if "(" not in text.text and "（" not in text.text:
        return text
    cuts = []
    for match in FRAGMENT.finditer(text.text):
        inner = unicodedata.normalize("NFC", match.group(1)).lower()
        bare = "".join(one for one in unicodedata.normalize("NFD", inner) if not unicodedata.combining(one))
        toned, before = bool(TONED.search(inner)), text.text[match.start() - 1]
        sounds = bool(SYLLABLE.match(bare))
        if toned or (sounds and match.group(1).islower() and simplified(before) != before):
            cuts.append(match.span())
            if doubts is not None and not (toned and sounds):
                _note(doubts, "fragment_removed", _("删去了夹在字间的“%(text)s”，请核对。") % {"text": match.group().strip()},
                      text, match.start(), match.end())  # fmt: skip
        elif sounds and doubts is not None and match.group(1).islower():
            _note(doubts, "fragment_kept", _("“%(text)s”像是夹入的拼音，未删，请核对。") % {"text": match.group().strip()},
                  text, match.start(), match.end())  # fmt: skip
    if doubts is not None:
        for match in OPEN_FRAGMENT.finditer(text.text):
            _note(doubts, "fragment_kept", _("“%(text)s”像是夹入的拼音，未删，请核对。") % {"text": match.group().strip()},
                  text, match.start(), match.end())  # fmt: skip
    return text.without(cuts)


def _note_conversion(text: Traced, made: str, doubts: list[Doubt]) -> None:
    changed = [place for place, (old, new) in enumerate(zip(text.text, made, strict=True)) if old != new]
    known = [one.code for one in doubts]
    if "converted" not in known:
        _note(doubts, "converted", _("原文夹有繁体字，已转为简体。"), text, changed[0], changed[0] + 1)
    for place, one in enumerate(text.text):
        if one in DOUBTFUL:
            _note(
                doubts,
                "uncertain_character",
                _("“%(one)s”的繁简未能确定，请核对。") % {"one": one},
                text,
                place,
                place + 1,
            )


def _note(doubts: list[Doubt], code: str, message: str, text: Traced, start: int, end: int) -> None:
    doubts.append(Doubt(code, message, text.places[start], text.places[max(start, end - 1)] + 1))
