"""Which encoding a text file has: marks and strict decoding first, then how Chinese the result looks."""

import codecs
import re

from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Characters no Chinese text does without, in both scripts, with the full-width punctuation.
COMMON = frozenset(
    "的一是在不了有和人这這中大为為上个個国國我以要他时時来來用们們生到作地于於出就分对對成会會可主发發年动動同工也能下过過"
    "子说說产產种種面而方后後多定行学學法所民得经經十三之进進着著等部度家电電力里裡如水化高自二理起小物现現实實加量都两兩"
    "市县縣区區委办辦关關通知监監督检檢查责責任情况落室号號月日第位各及及单單"
    "，。、；：（）《》“”〔〕！？"
)
BROKEN_SHARE = 0.002
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
SAMPLE = 200_000


def decode(content: bytes) -> tuple[str, str]:
    """This function will return (text, encoding).

    :raises Invalid: if the bytes are no text in UTF-8, UTF-16, GB18030 or Big5.
    """
    for mark, name in MARKS:
        if content.startswith(mark):
            text = content.decode(name, errors="replace")
            return _accepted(text.lstrip("\ufeff"), name.removesuffix("-sig"))
    if not content.isascii() and _looks_wide(content):
        for name in ("utf-16-le", "utf-16-be"):
            text = _strict(content, name)
            if text and chineseness(text) > 0.15:
                return _accepted(text, name)
    text = _strict(content, "utf-8")
    if text is not None:
        return _accepted(text, "utf-8")
    return _best(content)


def _strict(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        return None


def _looks_wide(content: bytes) -> bool:
    """Test whether there are NUL bytes on one side of the pairs, or an even length that no byte encoding explains."""
    head = content[:4000]
    return len(content) % 2 == 0 and (b"\x00" in head or _strict(content[:4000], "utf-8") is None)


def _best(content: bytes) -> tuple[str, str]:
    wanted = CHARSET.search(content[:2000])
    said = wanted.group(1).decode("ascii").lower() if wanted else ""
    found: list[tuple[float, str, str]] = []
    for name in ("utf-8", "gb18030", "big5hkscs"):
        text = content.decode(name, errors="replace")
        broken = text.count("\ufffd") / max(1, len(text))
        if broken > BROKEN_SHARE and text.count("\ufffd") > 2:
            continue
        score = chineseness(text) - broken * 20
        if (said.startswith("gb") and name == "gb18030") or (said.startswith("big5") and name != "gb18030"):
            score += 0.02
        found.append((score, text, name))
    if found:
        score, text, name = max(found, key=lambda one: one[0])
        if score > 0.08:
            return _accepted(text, name)
    raise Invalid(
        "wrong_encoding", _("认不出文件的编码。请另存为 UTF-8、GB18030、Big5 或 UTF-16 的文本后再试。")
    )


def chineseness(text: str) -> float:
    """Return the share of common Chinese characters and punctuation among the characters beyond ASCII."""
    sample = [one for one in text[:SAMPLE] if one > "\x7f"]
    if not sample:
        return 0.0
    return sum(one in COMMON for one in sample) / len(sample)


def _accepted(text: str, name: str) -> tuple[str, str]:
    if len(CONTROL.findall(text[:SAMPLE])) > len(text[:SAMPLE]) * BROKEN_SHARE:
        raise Invalid("not_text", _("文件里不是文字，或编码不对。请另存为 UTF-8 文本后再试。"))
    return text, name
