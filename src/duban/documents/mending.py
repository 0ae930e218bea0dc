"""One-click mends for what lint.py finds: each turns a record into one without that fault, and changes nothing else."""

import re
from collections.abc import Callable
from typing import Any

from duban.documents.kinds import kind_of
from duban.documents.lint import BRACKETED_YEAR, SHORT_YEAR

Record = dict[str, Any]
CHINESE = "\u4e00-\u9fa5"
FULL_WIDTH = dict(zip(",;:!?()", "，；：！？（）", strict=True))
TEXT_FIELDS = ("title", "note", "basis", "matter", "heading")


def mendable(code: str) -> bool:
    """Test whether a fault can be mended by one click."""
    return code in OF_TEXT or code in OF_RECORD


def mend_record(kind: str, record: Record, code: str) -> Record:
    """This function will return the record with every fault of this code mended; an unknown code changes nothing."""
    if code in OF_RECORD:
        return OF_RECORD[code](kind, record)
    return _each_text(record, OF_TEXT[code]) if code in OF_TEXT else record


def _each_text(part: Record, mend: Callable[[str], str]) -> Record:
    changed = dict(part)
    for name in TEXT_FIELDS:
        if isinstance(changed.get(name), str):
            changed[name] = mend(changed[name])
    if changed.get("paragraphs"):
        changed["paragraphs"] = [text for text in (mend(str(one)) for one in changed["paragraphs"]) if text]
    for name in ("sections", "annexes"):
        if changed.get(name):
            changed[name] = [_each_text(one, mend) for one in changed[name]]
    return changed


def _unpadded(text: str) -> str:
    return re.sub(r"(?<=[年月])0(\d[月日])", r"\1", text)


def _cited(text: str) -> str:
    return BRACKETED_YEAR.sub(
        lambda found: "〔{}〕{}号".format(*(int(number) for number in re.findall(r"\d+", found[0]))), text
    )


def _full_width(text: str) -> str:
    after = re.sub(f"(?<=[{CHINESE}])[,;:!?()]", lambda found: FULL_WIDTH[found[0]], text)
    whole = re.sub(f"[,;!?()](?=[{CHINESE}])", lambda found: FULL_WIDTH[found[0]], after)
    # A bracket opened in full width is closed in full width.
    return re.sub(r"（([^（）()]*)\)", r"（\1）", whole)


def _level(text: str) -> str:
    text = re.sub(r"^(\d+)、", r"\1.", text)
    text = re.sub(r"^(（[一二三四五六七八九十\d]+）)[、.．]", r"\1", text)
    return re.sub(r"^([一二三四五六七八九十]+)[.．,，]", r"\1、", text)


def _title_type(kind: str, record: Record) -> Record:
    doc_type, title = kind_of(kind).doc_type, str(record.get("title", "")).strip()
    link = "" if title.endswith("的") or not title.startswith("关于") else "的"
    return {**record, "title": f"{title}{link}{doc_type}"}


def _title_marks(kind: str, record: Record) -> Record:
    return {**record, "title": re.sub(r"[，。；！？]", "", str(record.get("title", "")))}


def _copies(kind: str, record: Record) -> Record:
    copies = record.get("copy_to") or []
    parts = [copies] if isinstance(copies, str) else [str(part) for part in copies]
    return {**record, "copy_to": [part.replace("。", "").rstrip("，；、") for part in parts]}


def _addressees(kind: str, record: Record) -> Record:
    return {
        **record,
        "addressees": [str(part).rstrip(" ：:，、。") for part in record.get("addressees") or []],
    }


def _number(kind: str, record: Record) -> Record:
    number = str(record.get("number", ""))
    found = re.fullmatch(r"(\D+?)\s*[\[［(（【〔](\d{4})[\]］)）】〕]\s*第?\s*0*(\d+)\s*号?", number)
    return {**record, "number": f"{found[1]}〔{found[2]}〕{found[3]}号"} if found else record


OF_TEXT: dict[str, Callable[[str], str]] = {
    "date_padding": _unpadded,
    "date_year": lambda text: SHORT_YEAR.sub(lambda found: f"20{found[0]}", text),
    "cited_number": _cited,
    "half_width": _full_width,
    "empty_page": lambda text: re.sub(r"[（(]?此页无正文[）)]?", "", text).strip(),
    "annex_typed": lambda text: "" if re.match(r"附件\d*[：:]", text) else text,
    "level_mark": _level,
}
OF_RECORD: dict[str, Callable[[str, Record], Record]] = {
    "title_type": _title_type,
    "title_punctuation": _title_marks,
    "copies_stop": _copies,
    "addressee_marks": _addressees,
    "number_brackets": _number,
    "number_padding": _number,
    "number_pattern": _number,
}
