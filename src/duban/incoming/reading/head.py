"""The frame of an official document: letterhead, number, title, addressees, signature, date, copy list, imprint."""

import re
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from duban.incoming.reading import numerals
from duban.incoming.reading.furniture import Provenance
from duban.incoming.reading.paragraphs import STARTS, STOPS, Paragraph
from duban.incoming.reading.traced import Doubt

NUMBER = re.compile(
    r"(?P<code>[\u4e00-\u9fff]{1,14})\s?(?P<open>[〔\[【（(﹝［〈{])\s?(?P<year>(?:19|20)\d\d)\s?(?P<close>[〕\]】）)﹞］〉}])\s?"
    r"(?P<nth>第?)\s?(?P<serial>\d{1,5})\s?号"
)
KINDS = "通知|通报|意见|决定|公告|通告|命令|令|函|报告|请示|批复|纪要|方案|办法|规定|细则|要点|工作提示|提示|清单|倡议书|公报|指南|预案|若干措施|措施|制度"
TITLE_END = re.compile(rf"(?:{KINDS})(?:[（(][^（）()]{{1,16}}[）)])?$")
BODY_END = r"(?:委员会|纪委监委|纪委|监委|党委|党工委|工委|党组|委|办公室|办公厅|办|人民政府|政府|局|部|指挥部|领导小组|工作组|工作专班|专班|小组|组|院|中心|公司|集团|厅|处|室|会)"
BODY = re.compile(rf"^[\u4e00-\u9fff（）()]{{2,40}}{BODY_END}(?:[（(](?:印章|章|盖章)[）)])?$")
TO_WHOM = re.compile(r"各|委|局|部|组|办|政府|单位|机关|乡|镇|街道|企业|院|中心|公司|学校|指挥部")
SIGNED_LINE = re.compile(r"^(?P<body>[\u4e00-\u9fff（）()]{3,40})[\s\u3000]{1,40}(?P<date>.{8,20})$")
IMPRINT = re.compile(
    r"^(?P<body>[\u4e00-\u9fff（）()\s]{2,40}?)[\s\u3000]{0,40}(?P<date>(?:19|20|[二〇○零一]{2}).{6,16}?)\s{0,4}印发$"
)
COPY = re.compile(r"^抄\s{0,4}(?:送|报)\s{0,2}[：:]\s{0,4}")
CHIEF = re.compile(r"^主\s{0,4}送\s{0,2}[：:]\s{0,4}")
ISSUED = re.compile(
    r"(?:(?P<month>\d{1,2})月(?P<day>\d{1,2})日[，,]?)?(?:[^。，；、：“”《》\s]{0,12}[，,])?"
    r"(?P<body>[\u4e00-\u9fff]{1,20}?(?:纪委监委|纪委|监委|纪工委|政府|指挥部|领导小组|委员会|办公室|办公厅|厅|局))"
    r"[\u4e00-\u9fff]{0,4}(?:印发|下发|发出|发布|出台|制发|制定出台)(?:了|通知|关于|《)"
)
SITE = re.compile(r"\s{0,3}[_|｜]\s{0,3}|\s{1,3}[-—–－]\s{1,3}|[-_]{1,2}(?=[^-_]{2,20}(?:网|网站|政府)$)")
ANNOUNCES = re.compile(r"^附\s{0,4}件\s{0,2}[：:]\s{0,4}\S")


@dataclass
class Head:
    """What was recognised of the frame; `used` are the numbers of the paragraphs that belong to it."""

    title: str = ""
    document_number: str = ""
    letterhead: str = ""
    issuer: str = ""
    issued_on: date | None = None
    addressees: list[str] = field(default_factory=list)
    copy_to: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    body_from: int = 0


def read_head(paragraphs: list[Paragraph], came: Provenance, file_title: str, doubts: list[Doubt]) -> Head:
    """This function will recognise the frame of the document in its paragraphs."""
    head = Head()
    _number(paragraphs, head, doubts)
    _letterhead(paragraphs, head)
    _title(paragraphs, head, file_title)
    _addressees(paragraphs, head)
    imprint = _foot(paragraphs, head)
    _signature(paragraphs, head)
    _from_report(paragraphs, head, came)
    if head.issued_on is None and imprint:
        head.issued_on = imprint
    if head.issued_on is None and (stamp := numerals.first_day(came.time)):
        head.issued_on = stamp
        doubts.append(Doubt("date_of_page", _("没有找到成文日期，用了网页的发布日期，请核对。")))
    if not head.issuer:
        head.issuer = re.sub(r"文件$", "", head.letterhead)
    elif head.letterhead and re.sub(r"文件$", "", head.letterhead) != head.issuer:
        doubts.append(Doubt("letterhead_differs", _("版头“%(letterhead)s”与署名“%(issuer)s”写法不同，请核对是否同一机关。")
                            % {"letterhead": head.letterhead, "issuer": head.issuer}))  # fmt: skip
    return head


def _number(paragraphs: list[Paragraph], head: Head, doubts: list[Doubt]) -> None:
    for place, paragraph in enumerate(paragraphs[:20]):
        text = paragraph.text.strip()
        match = NUMBER.match(text)
        if not match or len(text) - match.end() > 24 or STOPS.search(text) or paragraph.grid:
            continue
        head.document_number = f"{match['code']}〔{match['year']}〕{int(match['serial'])}号"
        head.used.add(place)
        span = {"start": paragraph.start, "end": paragraph.end}
        if (match["open"], match["close"]) != ("〔", "〕"):
            doubts.append(Doubt("number_brackets", _("发文字号“%(text)s”的括号应为六角括号〔〕，已改正。")
                                % {"text": match.group()}, **span))  # fmt: skip
        if match["nth"] or match["serial"] != str(int(match["serial"])):
            doubts.append(Doubt("number_form", _("发文字号“%(text)s”的顺序号不加“第”、不编虚位，已改正。")
                                % {"text": match.group()}, **span))  # fmt: skip
        return


def _letterhead(paragraphs: list[Paragraph], head: Head) -> None:
    for place, paragraph in enumerate(paragraphs[:8]):
        text = re.sub(r"\s", "", paragraph.text)
        if text.endswith("文件") and 5 <= len(text) <= 40 and not re.search(r"[，。：；《》、]|^关于", text):
            head.letterhead = text
            head.used.add(place)
            return


def _title(paragraphs: list[Paragraph], head: Head, file_title: str) -> None:
    """A heading of the page; else lines up to one that ends with a kind of document; else the first short line."""
    head.body_from = max(head.used, default=-1) + 1
    for place, paragraph in enumerate(paragraphs[:20]):
        if paragraph.role == "h1" and place >= head.body_from:
            head.title = re.sub(r"\s{2,}|(?<=[^\x00-\x7f])\s(?=[^\x00-\x7f]{1})", " ", paragraph.text.strip())
            head.used.add(place)
            head.body_from = place + 1
            return
    run: list[int] = []
    for place in range(head.body_from, min(len(paragraphs), head.body_from + 8)):
        text = paragraphs[place].text.strip()
        short = len(text) <= 60 and not re.search(r"[。！？：；，]$", text) and not paragraphs[place].grid
        if not short or STARTS.match(text) or (numerals.DATE.match(text) and len(text) < 20):
            break
        run.append(place)
        if TITLE_END.search(text) or len(run) == 4:
            break
    chosen = _title_lines([paragraphs[place].text.strip() for place in run])
    if chosen:
        taken = run[chosen[0] : chosen[1]]
        head.title = "".join(paragraphs[place].text.strip() for place in taken)
        head.used |= set(run[: chosen[1]]) if chosen[0] == 0 else set(taken)
        head.body_from = taken[-1] + 1
    elif file_title:
        head.title = SITE.split(file_title)[0].strip()


def _title_lines(run: list[str]) -> tuple[int, int] | None:
    """Return which of the short lines at the top are the title."""
    if not run:
        return None
    end = next((place + 1 for place, text in enumerate(run) if TITLE_END.search(text)), 0)
    if not end:
        return (0, 1)
    start = next((place for place, text in enumerate(run[:end]) if text.startswith("关于")), None)
    if start is None:
        start = next((place for place, text in enumerate(run[:end]) if "关于" in text), end - 1)
    elif start and BODY.match(re.sub(r"\s", "", run[start - 1])):
        start -= 1
    return (start, end)


def _addressees(paragraphs: list[Paragraph], head: Head) -> None:
    for place in range(head.body_from, min(len(paragraphs), head.body_from + 4)):
        text = paragraphs[place].text.strip()
        to = CHIEF.match(text)
        if to or (
            text.endswith(("：", ":")) and len(text) <= 400 and TO_WHOM.search(text) and "。" not in text
        ):
            head.addressees = split_bodies(text[to.end() if to else 0 :])
            head.used.add(place)
            head.body_from = place + 1
            return


def split_bodies(text: str) -> list[str]:
    """Return the groups of a list of bodies, cut at the coarsest mark used; brackets stay whole."""
    text = text.strip().rstrip("。.：:；; ")
    for marks in ("；;", "，,", "、"):
        parts = _split_outside(text, marks)
        if len(parts) > 1:
            return parts
    return [text] if text else []


def _split_outside(text: str, marks: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for one in text:
        depth += (one in "（(") - (one in "）)")
        if one in marks and depth <= 0:
            parts.append(current)
            current = ""
        else:
            current += one
    return [part for part in (one.strip(" \u3000\t") for one in [*parts, current]) if part]


def _foot(paragraphs: list[Paragraph], head: Head) -> date | None:
    """Read copy list and imprint; return the day of the imprint."""
    printed = None
    for place in range(head.body_from, len(paragraphs)):
        text = paragraphs[place].text.strip()
        if copied := COPY.match(text):
            words, following = text[copied.end() :], place + 1
            while not words.rstrip().endswith("。") and following < min(len(paragraphs), place + 4):
                more = paragraphs[following].text.strip()
                if IMPRINT.match(more) or not re.search(r"[，、；。]", more) or len(more) > 200:
                    break
                words, following = words + more, following + 1
                head.used.add(following - 1)
            head.copy_to += split_bodies(words)
            head.used.add(place)
        elif ANNOUNCES.match(text) and len(text) <= 200:
            head.used.add(place)
        elif len(text) <= 80 and (match := IMPRINT.match(text)):
            printed = numerals.first_day(match["date"])
            head.used.add(place)
    return printed


def _signature(paragraphs: list[Paragraph], head: Head) -> None:
    """The last line that is only a date, with the bodies right above it (or on the same line)."""
    for place in range(len(paragraphs) - 1, head.body_from - 1, -1):
        text = paragraphs[place].text.strip()
        if place in head.used or paragraphs[place].grid or len(text) > 60:
            continue
        bare = text.strip("（）() ")
        match = numerals.DATE.fullmatch(bare)
        if match and (found := numerals.day(match)):
            head.issued_on = found
            head.used.add(place)
            head.issuer = _signers(paragraphs, place, head)
            return
        line = SIGNED_LINE.match(text)
        match = numerals.DATE.fullmatch(line["date"].strip()) if line else None
        if line and match and BODY.match(line["body"]) and (found := numerals.day(match)):
            head.issuer, head.issued_on = line["body"], found
            head.used.add(place)
            return


def _signers(paragraphs: list[Paragraph], place: int, head: Head) -> str:
    names: list[str] = []
    for above in range(place - 1, max(head.body_from - 1, place - 4), -1):
        text = re.sub(r"\s", "", paragraphs[above].text)
        if above in head.used or not BODY.match(text):
            break
        names.insert(0, re.sub(r"[（(](?:印章|章|盖章)[）)]$", "", text))
        head.used.add(above)
    return "、".join(names)


def _from_report(paragraphs: list[Paragraph], head: Head, came: Provenance) -> None:
    """A press report: who issued what it reports on, and when."""
    if head.issuer and head.issued_on:
        return
    stamp = numerals.first_day(came.time) or head.issued_on
    for place in range(head.body_from, min(len(paragraphs), head.body_from + 12)):
        match = ISSUED.search(paragraphs[place].text[:2000])
        if not match:
            continue
        head.issuer = head.issuer or re.sub(r"^(?:近日|日前|目前|随后|近期|其中)", "", match["body"])
        if head.issued_on is None and match["month"] and stamp:
            try:
                found = date(stamp.year, int(match["month"]), int(match["day"]))
                head.issued_on = found if found <= stamp else found.replace(year=stamp.year - 1)
            except ValueError:
                pass
        return
