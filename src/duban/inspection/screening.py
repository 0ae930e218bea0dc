"""Screening of free text for ID-card, mobile phone, bank-card and licence-plate numbers (G-3). Pure.

Findings concern duty holders by post; such numbers belong to somebody's private life. A hit is a warning with its
place and a masked version; keeping the text needs a reason, which the operation journals.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel.errors import Invalid

FULL_WIDTH = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
REGIONS = {
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45",
    "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
}  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Hit:
    """One suspicious run of characters: text[start:end] looks like a `kind`."""

    kind: str
    start: int
    end: int

    @property
    def label(self) -> str | Promise:
        return LABELS[self.kind]


LABELS = {
    "id_card": gettext_lazy("身份证号"),
    "mobile": gettext_lazy("手机号"),
    "bank_card": gettext_lazy("银行卡号"),
    "plate": gettext_lazy("车牌号"),
}


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _is_date(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return 1900 <= int(text[:4]) <= 2100


def is_id_card(text: str) -> bool:
    """Test whether `text` is an 18-digit number with region, date and check digit, or a 15-digit one of old."""
    number = _digits(text).upper()
    if number[:2] not in REGIONS:
        return False
    if len(number) == 15:
        return _is_date("19" + number[6:12])
    if len(number) != 18 or not _is_date(number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17]


def is_bank_card(text: str) -> bool:
    """Test whether `text` is 16 to 19 digits with a Luhn check digit and a card's first digit."""
    number = _digits(text)
    if not 16 <= len(number) <= 19 or number[0] not in "3456789":
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("id_card", re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?![\dXx])"), is_id_card),
    ("id_card", re.compile(r"(?<!\d)\d{15}(?!\d)"), is_id_card),
    ("bank_card", re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)"), is_bank_card),
    ("mobile", re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), lambda text: True),
    (
        "plate",
        re.compile(
            rf"[{PROVINCES}][A-HJ-NP-Za-hj-np-z][ ·.•-]?(?=[A-Za-z0-9]*\d)[A-HJ-NP-Za-hj-np-z0-9]{{4,6}}[挂学警港澳]?"
        ),
        lambda text: len(re.sub(r"[ ·.•-]", "", text)) in (7, 8),
    ),
)


def find(text: str) -> list[Hit]:
    """This function will return the suspicious runs of `text` in order, without overlaps (the first kind wins)."""
    plain = text.translate(FULL_WIDTH)
    hits: list[Hit] = []
    for kind, pattern, holds in PATTERNS:
        for match in pattern.finditer(plain):
            if holds(match.group()) and not any(
                match.start() < hit.end and hit.start < match.end() for hit in hits
            ):
                hits.append(Hit(kind, match.start(), match.end()))
    return sorted(hits, key=lambda hit: hit.start)


def mask(text: str) -> str:
    """This function will return `text` with every suspicious run covered by asterisks of the same length."""
    for hit in find(text):
        text = text[: hit.start] + "*" * (hit.end - hit.start) + text[hit.end :]
    return text


def require_clean(texts: Mapping[str, str], *, override: str = "") -> list[tuple[str, Hit]]:
    """This function will return the hits in `texts` if a reason to keep them is given, or [] if there are none.

    :raises Invalid: `personal_content` with place, kind and masked text per field, if there are hits and no reason.
    """
    found = [(name, hit) for name, text in texts.items() if text for hit in find(text)]
    if not found or override.strip():
        return found
    messages: dict[str, str] = {}
    for name, hit in found:
        place = _("第%(start)s至%(end)s字疑似%(kind)s") % {
            "start": hit.start + 1,
            "end": hit.end,
            "kind": hit.label,
        }
        messages[name] = f"{messages[name]}；{place}" if name in messages else place
    for name in messages:
        messages[name] += _("。可改为：%(masked)s") % {"masked": mask(texts[name])}
    raise Invalid(
        "personal_content", _("文字中疑似有个人信息，请遮盖后保存；确需保留的，写明理由。"), messages
    )
