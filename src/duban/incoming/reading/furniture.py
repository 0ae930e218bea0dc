"""What a web page puts around a text: menus, breadcrumbs, share bars, notices, counters. To recognise more, add a line.

A line is furniture by its beginning, by what it contains while it is short, or by standing in what the page itself
calls navigation. Lines about where the text came from are read before they are dropped.
"""

import re
from dataclasses import dataclass, field

from duban.incoming.reading.traced import Line, Traced

SHORT = 60
BEGINS = re.compile(
    r"^[\s【\[（(|｜>»·•—\-]{0,6}(?:"
    r"当前位置|您(?:的|现在的|当前的?)位置|你(?:的|现在的)位置|所在位置|位置[：:]|网站首页|首页$|首页\s{0,2}[>»|｜/\-›]|设为首页|加入收藏|收藏本站|无障碍|"
    r"分享(?:到|至|本文)?(?:[：:]|$|微信|微博|\s)|扫一扫|扫码|返回(?:顶部|列表|首页|上一页)|回到顶部|"
    r"字(?:号|体)(?:大小)?[：:]|大\s{0,3}中\s{0,3}小|A[+-]|"
    r"上一(?:篇|条|页|则)|下一(?:篇|条|页|则)|相关(?:阅读|链接|新闻|文章|推荐|附件)|推荐阅读|延伸阅读|热门(?:推荐|文章|新闻)|热点(?:排行|新闻)|最新(?:文章|发布)|猜你喜欢|"
    r"版权(?:所有|说明)|仅供(?:参考|学习)|"
    r"(?:联系|咨询|值班|投稿|办公|客服|监督|服务)?电\s{0,4}话[：:]|热线[：:]|传\s{0,4}真[：:]|(?:联系|办公|通讯|通信)?地\s{0,4}址[：:]|邮\s{0,4}编[：:]|邮政编码|"
    r"(?:电子)?邮\s{0,2}箱[：:]|E-?mail|Copyright|©|All Rights|主办(?:单位)?[：:]|承办(?:单位)?[：:]|技术支持[：:]?|网站(?:地图|标识码|管理|声明)|关于我们|联系我们|"
    r"请输入验证码|验证码|看不清|换一张|点击刷新|(?:浏览|点击|阅读|访问|查看)(?:次数|量|数|人次)?[：:]|"
    r"请输入关键[字词]|English$|手机版|客户端下载|官方微信|点击下载"
    r")",
    re.IGNORECASE,
)  # fmt: skip
WORDS = re.compile(
    r"^[\s【\[(（|]{0,4}(?:登录|注册|用户名|密码|搜索|繁体|移动版|关注|责任编辑|责编|编辑|校对|审核|初审|终审|点赞|评论|发表评论|收藏|附件下载|"
    r"下载附件|打印|关闭)"
)  # fmt: skip
CONTAINS = re.compile(
    r"ICP备|公网安备|网安备|ICP证|Copyright|All Rights Reserved|版权所有|验证码|看不清|换一张|浏览次数|点击(?:数|量|次数)|阅读(?:数|量|次数)[：:]|"
    r"(?:大\s{0,2}中\s{0,2}小)|微信\s{0,3}微博|朋友圈|QQ空间|新浪微博|新闻热线|投稿邮箱|网站标识码|加入收藏|设为首页|扫一扫|无障碍浏览",
    re.IGNORECASE,
)  # fmt: skip
MENU = re.compile(r"[^\s|｜·>»›/]{2,8}(?:\s{0,3}[|｜·>»›]\s{0,3}[^\s|｜·>»›/]{2,20}){2,60}[|｜>»›\s]{0,3}")
SPACED_MENU = re.compile(r"(?:首页|网站首页)(?:[\s\u3000]{1,6}[\u4e00-\u9fff]{2,6}){2,40}")
PAGE_NUMBER = re.compile(
    r"[-—–－\s]{0,6}(?:第\s?)?\d{1,4}(?:\s?页(?:[/／,，]?\s?共\s?\d{1,4}\s?页)?)?[-—–－\s]{0,6}"
)
NOTICE = re.compile(r"^[\s【\[]{0,4}(?:免责|版权声明|特别声明|声明[：:])")
OWNERS = re.compile(
    r"^(?:凡?本(?:网|站|文)(?:转载|部分内容|所载|刊载|注明|来源|仅代表)|转载(?:请|声明|须)|如(?:涉及|有)(?:版权|侵权)|若(?:涉及|有)(?:版权|侵权)|未经(?:授权|许可))"
)
NUMBERED = re.compile(
    r"^\s{0,4}(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、])"
)

# What stands behind a key ends at the next key or at a wide gap.
KEYS = {
    "publisher": r"(?:文章|信息|稿件|新闻)?来\s{0,4}源|转自|发布(?:机构|单位)|信息来源",
    "time": r"(?:发布|发表|更新|发稿|印发)?(?:时\s{0,4}间|日\s{0,4}期)",
    "author": r"作\s{0,4}者|记者|供稿|撰稿|通讯员",
    "source_url": r"原文(?:链接|地址|网址)|(?:阅读|查看)原文|网址",
    "views": r"(?:浏览|点击|阅读|访问)(?:次数|量|数)?",
}
KEY = re.compile("|".join(f"(?P<{name}>{words})" for name, words in KEYS.items()))
KEYED = re.compile(rf"(?:{'|'.join(KEYS.values())})\s{{0,2}}[：:]")
EDGES = "".join((" \u3000\t", "|｜/", "）)】]"))
ADDRESS = re.compile(r"https?://[^\s\u3000-\u9fff）)】\]\"'<>]{4,500}", re.IGNORECASE)
BARE_STAMP = re.compile(r"(?:19|20)\d\d[-年./]\d{1,2}[-月./]\d{1,2}日?(?:\s{1,3}\d{1,2}:\d{2}(?::\d{2})?)?")


@dataclass
class Provenance:
    """Where the page says the text came from."""

    publisher: str = ""
    time: str = ""
    author: str = ""
    source_url: str = ""
    removed: list[Line] = field(default_factory=list)


def take_off(lines: list[Line], *, is_page: bool) -> tuple[list[Line], Provenance]:
    """This function will split lines into those of the text and what the page put around them."""
    found = Provenance()
    kept: list[Line] = []
    for place, line in enumerate(lines):
        text = line.plain.strip()
        if _read_keys(line, text, found):
            found.removed.append(line)
        elif _is_furniture(line, text) or (is_page and line.is_link and len(text) <= 40 and not kept):
            found.removed.append(line)
            if NOTICE.match(text) and place > 0.5 * len(lines):
                found.removed += [one for one in lines[place + 1 :] if not _late_key(one, found)]
                break
        else:
            kept.append(line)
    while is_page and kept and kept[-1].is_link and len(kept[-1].text) <= 40:
        found.removed.append(kept.pop())
    return kept, found


def _late_key(line: Line, found: Provenance) -> bool:
    """Read a key behind the closing notice; it is dropped like the rest."""
    _read_keys(line, line.plain.strip(), found)
    return False


def _is_furniture(line: Line, text: str) -> bool:
    if line.role == "frame":
        return True
    if line.is_row and len(line.cells) > 1:
        return False
    if PAGE_NUMBER.fullmatch(text):
        return True
    if MENU.fullmatch(text) or SPACED_MENU.fullmatch(text):
        return True
    if NUMBERED.match(text):
        return False
    if NOTICE.match(text) or OWNERS.match(text):
        return len(text) <= 400
    if BEGINS.match(text):
        return len(text) <= SHORT + 60 and not text.endswith("。")
    if WORDS.match(text) and len(text) <= 16:
        return not text.endswith("。")
    return len(text) <= SHORT + 20 and bool(CONTAINS.search(text)) and not text.endswith("。")


def _read_keys(line: Line, text: str, found: Provenance) -> bool:
    """Read “来源：… 时间：… 作者：…”; test whether the line is nothing but that."""
    if len(text) > 300:
        return False
    head = text.lstrip("（(【[ \u3000")
    if BARE_STAMP.fullmatch(text) and not found.time and ":" in text:
        found.time = text
        return True
    if not KEYED.match(head):
        stamped = BARE_STAMP.match(head)
        rest = head[stamped.end() :].lstrip(" \u3000\t|｜") if stamped else ""
        if not (stamped and KEYED.match(rest)):
            return False
        found.time = found.time or stamped.group()
        head = rest
    _take_values(head, found)
    return True


def _take_values(head: str, found: Provenance) -> None:
    keys = [
        match
        for match in KEY.finditer(head)
        if head[match.end() : match.end() + 3].lstrip()[:1] in ("：", ":")
    ]
    for number, match in enumerate(keys):
        end = keys[number + 1].start() if number + 1 < len(keys) else len(head)
        value = head[match.end() : end].lstrip().lstrip("：:").strip(EDGES)
        name = match.lastgroup or ""
        if name == "source_url":
            address = ADDRESS.search(value)
            value = address.group() if address else ""
        elif name == "publisher":
            value = re.split(r"[\s\u3000]{2,}|\s(?=(?:19|20)\d\d)|\s(?=[【\[])", value)[0].strip()
        if name != "views" and value and not getattr(found, name):
            setattr(found, name, value)


def link_of(line: Traced, links: list[tuple[int, int, str]]) -> str:
    """Return the address of the first link inside the line."""
    if not line.places:
        return ""
    first, last = line.places[0], line.places[-1]
    return next((url for start, end, url in links if start <= last and end >= first), "")
