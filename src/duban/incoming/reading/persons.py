"""Names of persons in running text, as far as the form of an official text gives them away: after 联系人：, before 同志,
behind a post in a list. A guess from surname and length; a person decides, nothing is stored of it by itself.
"""

import re

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧阳"
)
NAME = rf"[{SURNAMES}][\u4e00-\u9fff]{{1,2}}"
# What begins like a name and is none: 书记安排, 局长任务 …
WORDS = re.compile(
    "安排|方[案面式]|任[务何职]|万[元人]|高度|金额|白天|向[上下社]|武装|周[边报一日]|何[时地]|余[人家]|严[肃格禁查防重]|于[是同当每]|马上|程序|范围|许可|计划"
)
MARKED = re.compile(
    rf"(?:联系人|签发人|经办人|审核人|责任人|带班人|值班人|负责人|记录人|填表人|姓名)\s*[：:]\s*({NAME}(?:、{NAME})*)(?![\u4e00-\u9fff])"
    rf"|({NAME})同志"
    rf"|(?:书记|主任|局长|县长|市长|区长|镇长|乡长|处长|科长|部长|组长|所长|院长|队长)({NAME}(?:、{NAME})*)(?=[，。；）、\s]|同志|$)"
)


def find_names(text: str) -> list[tuple[int, int]]:
    """This function will return where names of persons may stand in a text, as (start, end) from left to right."""
    found = []
    for met in MARKED.finditer(text):
        group = next(number for number in (1, 2, 3) if met[number])
        start = met.start(group)
        for one in re.finditer(r"[^、]+", met[group]):
            if not WORDS.match(one[0]):
                found.append((start + one.start(), start + one.end()))
    return found
