"""The checks of DOMAIN §3.6 on a record before approval: number, title, dates, punctuation, copies, length.

Findings are advice for the drafter; most can be mended by one click (mending.py). What a kind asks beyond that stands
in its kind.yaml under `lint`. A record with a missing field is refused by vocabulary.check_record.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duban.documents.composition import compose
from duban.documents.coverage import undrawable
from duban.documents.kinds import Kind, kind_of
from duban.documents.numbering import check_number

OFFICIAL_TYPES = frozenset(
    {"决议", "决定", "命令", "令", "公报", "公告", "通告", "意见", "通知", "通报", "报告", "请示"}
    | {"批复", "议案", "函", "纪要"}
)
PADDED_DATE = re.compile(r"\d{4}年(?:0\d月|\d{1,2}月0\d日)")
SHORT_YEAR = re.compile(r"(?<!\d)\d{2}年\d{1,2}月\d{1,2}日")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fa5][,;:!?()][\u4e00-\u9fa5]?|[,;!?()][\u4e00-\u9fa5]")
EMPTY_PAGE = re.compile(r"此页无正文")
TYPED_ANNEX = re.compile(r"^附件\d*[：:]")
LOOSE_LEVEL = re.compile(
    r"^(?:\d+、|（\d+）[、.．]|（[一二三四五六七八九十]+）[、.．]|[一二三四五六七八九十]+[.．,，])"
)
SECOND_MATTER = ("另请", "另外，请", "同时请", "一并请", "一并批复", "并请批准")
BRACKETED_YEAR = re.compile(r"[\[［(（【]\d{4}[\]］)）】]\s*第?\s*\d+\s*号")
LIMIT = 5000

Words = str | Promise


class Finding(NamedTuple):
    """One thing to mend: a stable code, the sentence for the drafter and the place in the record."""

    code: str
    message: Words
    where: str


def lint_record(kind: str, record: dict[str, Any], names: Iterable[str] = ()) -> list[Finding]:
    """Return what a careful reader would mark, in the order of the page; `names` are persons it may not name openly."""
    described = kind_of(kind)
    composed = compose(kind, record)
    found = [*_number(record), *_title(described.doc_type, composed["title"], record)]
    found += _bodies(described, record)
    found += _addressees(described, record)
    found += _of_kind(described, record)
    found += [
        Finding("name_in_title", _("标题不出现个人姓名。"), "标题")
        for name in names
        if name in composed["title"]
    ]
    for where, text in _texts(record):
        found += _text(where, text)
    found += _copies(record)
    missing = undrawable(
        "".join([composed["title"], *(text for _where, text in _texts(record)), *_cells(composed)])
    )
    if missing:
        message = _("字体中没有这些字：%(signs)s。请换字，或在本单位字体文件夹中放入含这些字的字体。")
        found.append(Finding("no_glyph", message % {"signs": " ".join(missing[:8])}, "正文"))
    limit = int(described.lint.get("limit", LIMIT))
    texts = [block["text"] for block in composed["body"] if block["t"] in {"p", "h"}]
    length = sum(len(re.sub(r"\s", "", text)) for text in texts)
    if length > limit:
        message = _("正文 %(length)s 字，超过 %(limit)s 字。") % {"length": length, "limit": limit}
        found.append(Finding("too_long", message, "正文"))
    return found


def _cells(composed: dict[str, Any]) -> Iterator[str]:
    bodies = [composed["body"], *(annex["body"] for annex in composed["annexes"])]
    for block in (block for body in bodies for block in body):
        for row in block.get("rows", []):
            yield from row
        for pair in block.get("pairs", []):
            yield pair["text"]


def _number(record: dict[str, Any]) -> Iterator[Finding]:
    number = str(record.get("number") or "").strip()
    if not number:
        return
    if re.search(r"[\[\]［］()（）【】]", number):
        yield Finding("number_brackets", _("发文字号的年份用六角括号“〔〕”。"), "发文字号")
    if "第" in number or re.search(r"[〕\]）)】]\s*第?0\d*号", number):
        yield Finding("number_padding", _("发文字号不加“第”，序号前不补零。"), "发文字号")
    if not check_number(number):
        yield Finding(
            "number_pattern",
            _("发文字号应如“示督发〔2020〕9号”：机关代字、六角括号内的年份、不编虚位的序号。"),
            "发文字号",
        )


def _title(doc_type: str, title: str, record: dict[str, Any]) -> Iterator[Finding]:
    if doc_type in OFFICIAL_TYPES and "title" in record and not title.endswith(doc_type):
        yield Finding("title_type", _("标题应以文种“%(type)s”结尾。") % {"type": doc_type}, "标题")
    if re.search(r"[，。；！？]", title):
        yield Finding("title_punctuation", _("标题中除书名号、引号、顿号外不用标点。"), "标题")


def _bodies(described: Kind, record: dict[str, Any]) -> Iterator[Finding]:
    """S0-11: letterhead, signature and issuer should be one body."""
    issuer = str(record.get("issuer") or "")
    signatory = str(record.get("signatory") or issuer)
    mark = str(record.get("letterhead") or "").removesuffix("文件")
    if described.layout in {"general", "letter"} and mark and signatory not in mark and mark not in signatory:
        yield Finding("bodies_differ", _("发文机关标志与署名不是同一机关，请核对。"), "署名")
    if described.direction == "up" and described.doc_type in {"报告", "请示"} and not record.get("signer"):
        yield Finding("signer_missing", _("上行文须标注签发人。"), "签发人")


def _addressees(described: Kind, record: dict[str, Any]) -> Iterator[Finding]:
    parts = [str(part) for part in record.get("addressees") or []]
    if any(part.rstrip().endswith(("：", ":", "，", "、", "。")) for part in parts):
        yield Finding("addressee_marks", _("主送机关后的冒号由系统加，名称末尾不写标点。"), "主送机关")
    if described.lint.get("one_addressee") and len(parts) > 1:
        yield Finding("one_addressee", _("上行文只写一个主送机关，其他机关用抄送。"), "主送机关")


def _of_kind(described: Kind, record: dict[str, Any]) -> Iterator[Finding]:
    """What kind.yaml asks: words a kind may not use, one matter, somebody to call."""
    whole = "\n".join(text for _where, text in _texts(record))
    for words in described.lint.get("forbid", {}).values():
        met = [word for word in words if word in whole]
        if met:
            message = _("%(kind)s中不夹带请示事项：“%(word)s”。") % {"kind": described.title, "word": met[0]}
            yield Finding("request_inside", message, "正文")
    if described.lint.get("one_matter"):
        met = [word for word in SECOND_MATTER if word in whole]
        if met:
            yield Finding("one_matter", _("请示应一文一事：“%(word)s”。") % {"word": met[0]}, "正文")
    if described.lint.get("note_contact") and not re.search(r"联系人.+电话", str(record.get("note") or "")):
        yield Finding("note_contact", _("请示应在附注处写明联系人和电话。"), "附注")


def _text(where: str, text: str) -> Iterator[Finding]:
    if PADDED_DATE.search(text):
        yield Finding("date_padding", _("日期的月、日前不补零。"), where)
    if SHORT_YEAR.search(text):
        yield Finding("date_year", _("年份用四位数字。"), where)
    if BRACKETED_YEAR.search(text):
        yield Finding("cited_number", _("引用的发文字号年份用六角括号“〔〕”。"), where)
    if HALF_WIDTH.search(text):
        yield Finding("half_width", _("中文中的标点用全角。"), where)
    if TYPED_ANNEX.search(text):
        yield Finding("annex_typed", _("附件说明由系统按附件标题生成，正文中不再写。"), where)
    if LOOSE_LEVEL.search(text):
        yield Finding("level_mark", _("结构层次序数依次为“一、”“（一）”“1.”“（1）”。"), where)
    if EMPTY_PAGE.search(text):
        yield Finding("empty_page", _("不用“此页无正文”，请调整行距、字距。"), where)


def _copies(record: dict[str, Any]) -> Iterator[Finding]:
    copies = record.get("copy_to")
    if isinstance(copies, str) and not copies.endswith("。"):
        yield Finding("copies_stop", _("抄送以句号结尾。"), "抄送")
    for part in copies if isinstance(copies, list) else []:
        if "。" in str(part)[:-1] or str(part).endswith(("，", "；", "、")):
            yield Finding("copies_stop", _("抄送单位之间用逗号或顿号，末尾用句号。"), "抄送")


def _texts(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, where in (("title", "标题"), ("note", "附注"), ("basis", "依据"), ("matter", "事项")):
        if record.get(name):
            yield where, str(record[name])
    yield from _part_texts(record, "正文")
    for position, annex in enumerate(record.get("annexes") or [], start=1):
        yield f"附件{position}", str(annex.get("title", ""))
        yield from _part_texts(annex, f"附件{position}")


def _part_texts(part: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    for position, text in enumerate(part.get("paragraphs") or [], start=1):
        yield f"{where}第{position}段", str(text)
    for position, section in enumerate(part.get("sections") or [], start=1):
        place = f"{where}第{position}节"
        if section.get("heading"):
            yield place, str(section["heading"])
        yield from _part_texts(section, place)
