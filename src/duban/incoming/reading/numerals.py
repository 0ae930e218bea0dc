"""Chinese numerals and dates: 二〇二一年八月三日, 十五, 下午4点."""

import re
from datetime import date

DIGITS = {one: value for value, one in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "Ｏ": 0,
    "两": 2,
    "O": 0,
}
NUMERAL = "零〇○一二两三四五六七八九十百"
DATE = re.compile(
    rf"(?P<year>(?:19|20)\d\d|[{NUMERAL}OＯ]{{4}})\s{{0,2}}[年\-./]\s{{0,2}}(?P<month>\d{{1,2}}|[{NUMERAL}]{{1,3}})\s{{0,2}}[月\-./]"
    rf"\s{{0,2}}(?P<day>\d{{1,2}}|[{NUMERAL}]{{1,3}})\s{{0,2}}日?"
)  # fmt: skip


def number(text: str) -> int | None:
    """Return the value of an Arabic or Chinese number up to 999, None if it is none."""
    if text.isdecimal():
        return int(text[:9])
    total, digit = 0, None
    for one in text:
        if one == "百":
            total, digit = total + (1 if digit is None else digit) * 100, None
        elif one == "十":
            total, digit = total + (1 if digit is None else digit) * 10, None
        elif one in DIGITS:
            digit = DIGITS[one]
        else:
            return None
    return total + (digit or 0) if text else None


def year(text: str) -> int | None:
    """Return a year written in four Arabic or Chinese digits."""
    if text.isdecimal():
        return int(text)
    digits = [DIGITS.get(one) for one in text]
    return None if None in digits else int("".join(str(one) for one in digits))


def day(match: re.Match[str]) -> date | None:
    """Return the day of a DATE match, None if the calendar has no such day."""
    found = (year(match["year"]), number(match["month"]), number(match["day"]))
    try:
        return date(*found) if all(found) else None
    except ValueError:
        return None


def first_day(text: str) -> date | None:
    """Return the first full date of a text."""
    return next((found for match in DATE.finditer(text) if (found := day(match))), None)
