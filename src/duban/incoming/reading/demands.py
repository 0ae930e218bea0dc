"""Sentences that demand something: proposed as measures with scope, exceptions and times. Slogans demand nothing.

A sentence is a demand when it orders, forbids or sets a limit (strong words), or tells somebody to do a thing that
can be checked (要, 应 with a concrete verb). What remains of a slogan after its stock phrases is never enough.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from duban.incoming.reading.paragraphs import Paragraph
from duban.incoming.reading.rules import ANNOUNCED
from duban.incoming.reading.stretches import Stretches

SENTENCE = re.compile(r"[^。！？!?；;]{1,1500}[。！？!?；;]?[”’）)]{0,2}")
MODAL = re.compile(r"必须|应当|(?<![必无])须(?!知)|务必")
STRONG = re.compile(
    r"不得|不准|严禁|禁止|一律|应于|须于|须在|务必于|暂停|停止|停诊|停业|停课|停产|关闭|取消|暂缓|不再|叫停|限于|仅限|"
    r"(?:前|内|之前|以前)(?:完成|报送|上报|汇总|反馈|提交|报告|到位|整改|办结|报)|(?:每天|每日|每周|每月|当日|当天)[^。，]{0,16}(?:报送|上报|汇总|报告|反馈|检查|公布|通报|更新|消杀|销号)|"
    # a norm in figures: at least, at most, so often
    r"不少于|不低于|不超过|不高于|至少[^。，；]{0,8}[\d一两二三四五六七八九十]|每\d{1,2}(?:日|天|小时|周)|(?:每日|每天|每周|每班)[\d一两二三四五六七八九十]{1,2}次|24小时(?:值守|值班|在岗)"
)
ORDERS = re.compile(
    r"(?:^|[，、：:\s”）)]|各[\u4e00-\u9fff（）()、]{1,16}|单位|部门|机关|机构|干部|人员|负责人|组|局|委|镇|乡|时|村|社区|街道|小区|企业|学校|医院|市场|场所|商户|车站|卡口|工地|超市|门店)(?:均|都|还|同时|并)?(?:要|应|需|需要|请)(?![求素是么])"
)
CONCRETE = re.compile(
    r"检查|核查|核实|登记|报送|上报|报告|汇总|排查|公示|公开|公布|发放|配备|配齐|设置|设立|值守|值班|在岗|到岗|带班|整改|反馈|签收|建立|台账|制定|修订|组建|成立|明确|指定|"
    r"开展|组织|检测|测量|消毒|通风|验收|审批|审核|备案|移交|移送|处置|处理|通报|约谈|问责|追责|抽查|走访|巡查|督查|督导|核验|销号|复查|回头看|清点|盘点|储备|调拨|"
    r"采购|拨付|支付|培训|演练|张贴|交接|签字|悬挂|封闭|拆除|疏散|转移|撤离|加固|清理|清淤|关停|停用|更换|维修|安装|留存|保存|归档|回复|答复|办理|受理|安排|调整|减少|压减|合并|"
    r"纳入|实行|执行|分管|负责|牵头|配合|联系|对接|提交|填写|上传|录入|送达|签订|落实专人|查处|查办|严肃处理|分类处置|跟踪督办"
)
DONE = re.compile(
    r"(?<!不)已(?:经|有|完成|全部|先后|累计)?|截至|截止目前|累计|先后|共(?=[\u4e00-\u9fff]{0,8}\d)|过去|(?<!\d)日前|近日|了\d|取得|收到了|(?:检查|督导|走访|派出|发现|查处)[\u4e00-\u9fff]{0,8}\d"
)
SLOGANS = re.compile(
    r"提高政治站位|政治站位|政治判断力|政治领悟力|政治执行力|两个维护|四个意识|四个自信|两个确立|人民至上|生命至上|以人民为中心|不忘初心|牢记使命|初心使命|就是命令|就是责任|"
    r"责任重于泰山|守土有责|守土担责|守土尽责|众志成城|万众一心|同舟共济|坚定信心|科学防治|精准施策|坚决打赢|打赢[\u4e00-\u9fff]{0,12}(?:战|攻坚战|阻击战|总体战)|人民战争|"
    r"总体战|阻击战|最后一公里|硬仗|大考|答卷|头雁|旗帜|党旗|战斗堡垒|先锋模范|冲锋在前|勇于担当|敢于担当|担当作为|主动作为|扛起|扛牢|压实[\u4e00-\u9fff]{0,4}责任|底线思维|"
    r"绷紧[\u4e00-\u9fff]{0,6}弦|克服[\u4e00-\u9fff、]{0,20}(?:思想|心理|心态|情绪)|思想自觉|行动自觉|政治自觉|见行动|作表率|走在前|靠前指挥|凝聚[\u4e00-\u9fff]{0,8}力量|坚强保证|坚强保障|"
    r"政治保证|纪律保证|高度重视|切实增强|进一步增强|深刻认识|充分认识|统一思想|坚决贯彻|深入贯彻|认真贯彻|贯彻落实|坚决落实|全面落实|全力以赴|不折不扣|落地见效|落到实处|抓实抓细|"
    r"抓紧抓好|做细做实|从严从实|久久为功|驰而不息|一盘棋|一刻不停|毫不放松|慎终如始|再接再厉|主体责任|监督责任|责任意识|使命感|责任感|紧迫感|大局意识|忧患意识|斗争精神|严的主基调|"
    r"两手抓|两手硬|两不误|更大贡献|强大合力|良好氛围|清风正气|首要职责|政治责任|政治任务|头等大事|重中之重|决策部署|指示精神|会议精神|重要讲话"
)
FILLER = re.compile(
    r"[，。、；：！？“”\s]|要|应|必须|坚决|切实|始终|持续|进一步|不断|深入|认真|全面|扎实|坚持|牢固|树立|树牢|强化|加强|增强|提高|确保|推动|促进|发挥|体现|践行|弘扬|把|将|以|和|与|为|到|在|的|了|上|下|中|各级|党组织|党员干部|全体|广大|我们|大家|工作|作用|意识|责任|精神|要求|思想|行动"
)
EXCEPTION = re.compile(
    r"[（(]([^（）()]{1,120}?)除外[)）]|(?:^|[，；：])除([^，。；]{1,80}?)(?:以外|之外|外)(?=[，、\u4e00-\u9fff])|[，（(]([^，。；（）()]{1,80}?)(?:不受此限|不在此列|除外)"
)
SCOPE = re.compile(
    r"^(?:[一二三四五六七八九十]{1,2}(?:是|要)|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、])?\s?(?:[自从][^，。]{2,14}[起后]，)?"
    r"(?P<scope>(?:全市|全县|全区|全省|本市|本县|辖区内?|市内|县内|所有|各级?|市直|县直|区直)[\u4e00-\u9fff、（）()“”]{0,40}?)"
    r"(?=[，：]|要|应|须|必须|不得|不准|严禁|一律|自\d|从\d|于\d|在\d|每天|每日|暂停|停止|停诊|关闭|取消|由|按|对|实行|负责)"
)
# The number of a paragraph stays out of a measure; “一要” carries the demand and stays in.
NUMBER = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、])\s?"
)
MAX_MEASURE = 400
MEETING = re.compile(
    r"(?P<body>[\u4e00-\u9fff]{0,20}?)第(?P<number>\d{1,4}|[一二三四五六七八九十百]{1,5})次(?P<name>[\u4e00-\u9fff（）()]{0,40}?会议?)(?=[，。、；：（）“”《》\s]|要求|强调|指出|决定|部署|精神|明确|暨|$|研究|审议|上|召开|举行|期间)"
    r"(?P<also>暨[\u4e00-\u9fff]{2,30}?会议)?"
)
DECIDES = re.compile(r"会议(?:还|同时)?(?:强调|要求|决定|明确|指出|部署|议定|研究决定|同意)")
BODY_OF_MEETING = re.compile(
    r"^.{0,20}?(?:召开|了|的|在|和|落实|贯彻|根据|按照|日|近日|日前|年|省里|主持|出席|参加)"
)


@dataclass
class Demand:
    """One proposed measure with its place in the text."""

    text: str
    scope_note: str
    exceptions: str
    effective_from: str | None
    effective_to: str | None
    start: int
    end: int


def find_demands(paragraph: Paragraph, moments: list[dict[str, Any]], taken: Stretches) -> list[Demand]:
    """Return the demands of a paragraph; what is the item of a rule set already is left out.

    `moments` are those of the paragraph, in order.
    """
    demands = []
    for match in SENTENCE.finditer(paragraph.text):
        raw = match.group()
        lead = len(raw) - len(raw.lstrip("”’）) 、，"))
        if number := NUMBER.match(raw[lead:]):
            lead += number.end()
        text = raw[lead:].rstrip("、， ").rstrip("。；;！!？?")
        start = paragraph.start + match.start() + lead
        end = start + len(text)
        if raw.rstrip().endswith(("？", "?")) or taken.cross(start, end):
            continue
        if is_demand(text):
            demands += _cut(text, start, moments)
    return demands


def is_demand(sentence: str) -> bool:
    """Test whether a sentence asks for something that can be checked."""
    sentence = ANNOUNCED.sub("", sentence)
    if len(sentence) < 6:
        return False
    rest = FILLER.sub("", SLOGANS.sub("", sentence))
    if len(rest) < 4:
        return False
    if STRONG.search(sentence):
        return not (
            DONE.search(sentence) and not re.search(r"不得|不准|严禁|禁止|一律|必须|应当", sentence)
        ) and (
            len(rest) >= 6
            or bool(CONCRETE.search(rest))
            or bool(re.search(r"停|关|取消|不得|不准|严禁|禁止", rest))
        )
    if MODAL.search(sentence):
        return bool(CONCRETE.search(SLOGANS.sub("", sentence)))
    if DONE.search(sentence) or not ORDERS.search(sentence):
        return False
    return len(CONCRETE.findall(SLOGANS.sub("", sentence))) >= 1 and len(rest) >= 8


def _cut(text: str, start: int, moments: list[dict[str, Any]]) -> list[Demand]:
    """Return one demand, or several when the sentence is longer than a measure may be."""
    parts, at = [], 0
    while len(text) - at > MAX_MEASURE:
        stop = max(text.rfind(mark, at, at + MAX_MEASURE) for mark in "，、,")
        stop = stop + 1 if stop > at else at + MAX_MEASURE
        parts.append((at, stop))
        at = stop
    parts.append((at, len(text)))
    return [_demand(text[a:b].rstrip("，、,"), start + a, moments) for a, b in parts]


def _demand(text: str, start: int, moments: list[dict[str, Any]]) -> Demand:
    end = start + len(text)
    first, last = (bisect_left(moments, place, key=lambda one: one["start"]) for place in (start, end))
    inside = moments[first:last]
    exceptions = "；".join(next(filter(None, match.groups())) for match in EXCEPTION.finditer(text))
    scope = SCOPE.match(text)
    return Demand(
        text, scope["scope"] if scope else "", exceptions,
        next((one["date"] for one in inside if one["kind"] == "from" and one["date"]), None),
        next((one["date"] for one in inside if one["kind"] in ("until", "deadline") and one["date"]), None),
        start, end,
    )  # fmt: skip


def find_meetings(paragraph: Paragraph) -> list[dict[str, Any]]:
    """Return numbered meetings a paragraph names, with what the paragraph says the meeting decided."""
    meetings = []
    decision = DECIDES.search(paragraph.text)
    for match in MEETING.finditer(paragraph.text):
        if len(match["name"]) < 2:
            continue
        body = BODY_OF_MEETING.sub("", match["body"])
        start = match.start() + len(match["body"]) - len(body)
        decided = decision if decision and decision.start() >= match.start() else None
        meetings.append({
            "body": body, "number": match["number"], "title": paragraph.text[start : match.end()],
            "decision": paragraph.text[decided.start() :].strip() if decided else "",
            "start": paragraph.start + start, "end": paragraph.start + match.end(),
        })  # fmt: skip
    return meetings
