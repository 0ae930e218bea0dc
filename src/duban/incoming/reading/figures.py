"""Figures with their unit: 督导21轮, 15批次43人次, 120余家. Dates, clock times, numbers of documents are none."""

import re
from bisect import bisect_right
from typing import Any

UNITS = (
    "人次|批次|件次|家次|户次|车次|台次|轮次|场次|万人次|万人|万元|亿元|亿|万|余?元|公里|千米|平方米|人|名|位|户|家|个|处|所|座|轮|批|次|回|场|起|件|条|项|份|期|"
    "组|支|队|套|台|辆|吨|公斤|斤|箱|只|张|篇|封|宗|类|种|村|天|%|％|个百分点"
)
FIGURE = re.compile(
    rf"(?P<about>近|约|大约|超过|逾|不少于|达到?)?(?P<value>(?<![\d.〔\[])\d{{1,3}}(?:,\d{{3}}){{1,4}}|(?<![\d.〔\[])\d{{1,9}}(?:\.\d{{1,4}})?)"
    rf"\s?(?P<more>余|多|来)?\s?(?P<unit>{UNITS})(?P<tail>余|多|以上)?"
)
NOT_BEFORE = re.compile(r"(?:第|年|月|〔|\[|[:：]|电话|热线)\s?$")
LABEL = re.compile(r"[\u4e00-\u9fff]{1,12}$")
NOW = re.compile(r"截至(?:目前|当前|今日|现在|发稿(?:时|前)?)|目前(?:已|，)|截止目前")
APPROXIMATE = ("近", "约", "大约", "超过", "逾", "不少于")


def find_figures(
    text: str, *, as_of_now: str | None, as_of_days: list[tuple[int, str]]
) -> list[dict[str, Any]]:
    """Return the figures of a paragraph. `as_of_days` are (place, day) of “截至…日”, in order; `as_of_now` the text's."""
    found, now = [], NOW.search(text)
    places = [place for place, _day in as_of_days]
    for match in FIGURE.finditer(text):
        before = text[max(0, match.start("value") - 12) : match.start("value")]
        if NOT_BEFORE.search(before) or (match["unit"] == "天" and text[match.end("unit") :][:1] == "内"):
            continue
        as_of, clear = None, False
        stands = bisect_right(places, match.start())
        if stands:
            as_of, clear = as_of_days[stands - 1][1], True
        elif now and now.start() <= match.start():
            as_of, clear = as_of_now, True
        value = float(match["value"].replace(",", ""))
        label = LABEL.search(text[max(0, match.start() - 12) : match.start()])
        if found and found[-1]["end"] == match.start():
            label = LABEL.search(found[-1]["label"])
        found.append({
            "text": text[match.start() : match.end("tail") if match["tail"] else match.end("unit")],
            "label": label.group() if label else "", "value": int(value) if value.is_integer() else value,
            "unit": match["unit"].replace("％", "%"),
            "approximate": bool(match["more"] or match["tail"] or (match["about"] or "") in APPROXIMATE),
            "as_of": as_of, "is_cumulative": clear, "start": match.start(),
            "end": match.end("tail") if match["tail"] else match.end("unit"),
        })  # fmt: skip
    return found
