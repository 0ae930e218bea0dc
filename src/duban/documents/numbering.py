"""Document numbers as text: how one is written and whether one is well formed (GB/T 9704-2012 §7.2.5, S0-2).

Pure text. Which serial comes next is decided by the number series, not here.
"""

import re

from duban.documents.kinds import kind_of

# The word after the body's own: 示督 + 发. Kinds with the same word are numbered in one series, under these codes.
SERIES_OF_WORD = {"交": "work_order", "办": "urge_order", "函": "referral_letter", "发": "notice"}
SAMPLE_BODY = "示督"
SAMPLE_PLACE, OFFICE = "示", "督"

NUMBER = re.compile(r"[\u4e00-\u9fa5A-Za-z]+〔\d{4}〕[1-9]\d*号")


def format_number(pattern: str, year: int, serial: int) -> str:
    """Write a number from a pattern such as “示督交〔{year}〕{serial}号”.

    :raises ValueError: when the pattern lacks a place, or year or serial cannot be printed.
    """
    if "{year}" not in pattern or "{serial}" not in pattern:
        raise ValueError("a number pattern needs {year} and {serial}")
    if not 1000 <= year <= 9999 or serial < 1:
        raise ValueError("year needs four digits and serial starts at 1")
    return pattern.replace("{year}", str(year)).replace("{serial}", str(serial))


def check_number(text: str) -> bool:
    """Test whether a document number has six-angle brackets, a full year, no 第 and no zero padding."""
    return NUMBER.fullmatch(text) is not None and "第" not in text


def series_of(kind: str, order_pattern: str) -> tuple[str, str, str]:
    """This function will return code, title and pattern of the series a kind is numbered in, or ("", "", "").

    `order_pattern` is the campaign's pattern of work orders: 示督交〔{year}〕{serial}号 gives 示督发, 示督函 …
    """
    described = kind_of(kind)
    if any(field.name == "issue_no" for field in described.fields):
        return kind, described.title, "第{serial}期"
    if not described.number_pattern:
        return "", "", ""
    head, mark, tail = order_pattern.partition("〔")
    if described.capacity:  # a commission's own numbers: 示纪建, 示监建
        word = described.number_pattern.partition("〔")[0].removeprefix(SAMPLE_PLACE)
        return kind, described.series, f"{head.removesuffix('交').removesuffix(OFFICE)}{word}{mark}{tail}"
    word = described.number_pattern.partition("〔")[0].removeprefix(SAMPLE_BODY)
    code = SERIES_OF_WORD.get(word, kind)
    return code, described.series or described.title, f"{head.removesuffix('交')}{word}{mark}{tail}"
