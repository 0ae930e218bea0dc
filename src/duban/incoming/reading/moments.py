"""Times in a text: daily hours, deadlines, starts and ends, limits in hours and days."""

import re
from datetime import date
from typing import Any

from duban.incoming.reading import numerals

N = rf"(?:\d{{1,2}}|[{numerals.NUMERAL}]{{1,3}})"
PART = r"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|晚上|晚间|傍晚|晚|早)?"
CLOCK = (
    rf"{PART}\s?(?P<hour>{N})\s?(?:点钟?|时(?!候|间|期|段|刻)|[:：](?=\d))\s?(?P<minute>\d{{1,2}}|半|整)?分?"
)
BEFORE = r"(?P<before>之前|以前|前|起|至|止|许)?"
RHYTHM = re.compile(
    rf"(?P<rhythm>每天|每日|每晚|每早|当日|当天|每周[一二三四五六日天]?|每月{N}日)(?:的)?{CLOCK}{BEFORE}"
)
DAY = rf"(?:(?P<year>(?:19|20)\d\d)年)?(?P<month>{N})月(?P<day>{N})日"
DATED = re.compile(
    rf"(?P<from>自|从|于|至|到|截至|截止)?{DAY}(?:{CLOCK})?(?P<after>之前|以前|前|起|止|以后|后)?"
)
WITHIN = re.compile(rf"(?P<value>{N})\s?(?P<unit>个?小时|个?工作日|个?自然日|日|天|分钟|周|个月)(?:之|以)?内")
AT_ONCE = re.compile(r"(?:即日起|自即日起|从即日起|立即(?=[\u4e00-\u9fff])|自(?:印发|发布|发文)之日起)")
EVENING = ("下午", "晚上", "晚间", "傍晚", "晚", "中午")


def find_moments(text: str, year: int | None) -> list[dict[str, Any]]:
    """Return the times of a text in order, each with its span; days without a year take `year`."""
    found = [_rhythm(match) for match in RHYTHM.finditer(text)]
    found += [made for match in DATED.finditer(text) if (made := _dated(match, year))]
    found += [_within(match) for match in WITHIN.finditer(text)]
    found += [_made(match, kind="immediately") for match in AT_ONCE.finditer(text)]
    return sorted((one for one in found if one), key=lambda one: one["start"])


def _made(match: re.Match[str], **more: Any) -> dict[str, Any]:
    return {
        "kind": "", "text": match.group(), "date": None, "time": None, "value": None, "unit": None,
        "start": match.start(), "end": match.end(), **more,
    }  # fmt: skip


def _clock(match: re.Match[str]) -> str | None:
    if not match["hour"]:
        return None
    hour = numerals.number(match["hour"])
    said = match["minute"] or "0"
    minute = 30 if said == "半" else 0 if said == "整" else int(said)
    if hour is None:
        return None
    if (match["part"] or "") in EVENING and hour < 12 and not (match["part"] == "中午" and hour >= 10):
        hour += 12
    return f"{hour:02}:{minute:02}" if hour <= 24 and minute < 60 else None


def _rhythm(match: re.Match[str]) -> dict[str, Any] | None:
    clock = _clock(match)
    if clock is None:
        return None
    rhythm = match["rhythm"]
    kind = "weekly" if rhythm.startswith("每周") else "monthly" if rhythm.startswith("每月") else "daily"
    if rhythm == "每晚" and int(clock[:2]) < 12:
        clock = f"{int(clock[:2]) + 12:02}{clock[2:]}"
    return _made(match, kind=kind, time=clock, unit=rhythm)


def _dated(match: re.Match[str], year: int | None) -> dict[str, Any] | None:
    """A day counts as a time only with a word that makes it a start, an end or a limit."""
    before, after = match["from"] or "", match["after"] or ""
    if after in ("之前", "以前", "前"):
        kind = "deadline"
    elif after == "起" or (before in ("自", "从") and after != "止"):
        kind = "from"
    elif after == "止" or before in ("至", "到"):
        kind = "until"
    elif before in ("截至", "截止"):
        kind = "as_of"
    else:
        return None
    which = int(match["year"]) if match["year"] else year
    month, number = numerals.number(match["month"]), numerals.number(match["day"])
    try:
        day = date(which, month, number).isoformat() if which and month and number else None
    except ValueError:
        return None
    return _made(match, kind=kind, date=day, time=_clock(match))


def _within(match: re.Match[str]) -> dict[str, Any] | None:
    value = numerals.number(match["value"])
    return _made(match, kind="within", value=value, unit=match["unit"].removeprefix("个"))
