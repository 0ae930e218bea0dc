"""From an uploaded XLSForm to a draft that may be published: own checks, pyxform, expressions, question tree.

Every mistake carries sheet and row in Chinese; pyxform's own words come last and only when nothing better is known.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from lxml import etree

from duban.checklists import expressions, questions, workbook
from duban.checklists.workbook import Row, Tables
from duban.kernel.errors import Invalid

NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_\-]*$")
TYPES = frozenset([
    "text", "integer", "decimal", "date", "time", "datetime", "dateTime", "select_one",
    "select_multiple", "image", "photo", "note", "geopoint", "calculate", "begin_group", "end_group",
    "begin_repeat", "end_repeat", "hidden", "acknowledge", "start", "end", "today", "deviceid",
    "barcode", "range", "audit",
])  # fmt: skip
MULTI_WORD = {
    "begin group": "begin_group", "end group": "end_group", "begin repeat": "begin_repeat", "end repeat": "end_repeat",
    "select one": "select_one", "select multiple": "select_multiple",
}  # fmt: skip
RESERVED = "duban_"  # the groups a phone's form gets besides the checklist
NAMELESS = {"end_group", "end_repeat"}
LABELLED = {"text", "integer", "decimal", "date", "time", "datetime", "dateTime", "select_one", "select_multiple",
            "image", "photo", "note", "geopoint", "acknowledge"}  # fmt: skip
ATTRIBUTES = ("relevant", "constraint", "calculate", "required", "readonly")
# Bits of pyxform's English → what the author should do.
KNOWN_ERRORS = (
    ("Could not find the name", gettext_noop("引用了不存在的题目。")),
    ("Unmatched", gettext_noop("begin_group 与 end_group 不成对。")),
    ("There has been a problem trying to replace", gettext_noop("引用了不存在的题目：${…}。")),
    ("no survey element named", gettext_noop("引用了不存在的题目：${…}。")),
    ("List name not in choices sheet", gettext_noop("choices 表里没有这个选项表。")),
    ("is missing a list name", gettext_noop("select 后面要写选项表的名字。")),
    ("duplicate", gettext_noop("有重复的名称。")),
    ("Unknown question type", gettext_noop("不认识的题型。")),
)


@dataclass
class Problems:
    """Mistakes by place, in the order found."""

    found: dict[str, str] = field(default_factory=dict)

    def at(self, sheet: str, row: int | None, message: str) -> None:
        place = _("%(sheet)s 第%(row)d行") % {"sheet": sheet, "row": row} if row else sheet
        self.found.setdefault(place, message)

    def stop_if_any(self) -> None:
        if self.found:
            message = _("清单有 %(count)d 处要改。") % {"count": len(self.found)}
            raise Invalid("checklist_invalid", message, self.found)


@dataclass(frozen=True)
class Draft:
    """A converted checklist, ready to be stored."""

    form_id: str
    version_label: str
    title: str
    title_en: str
    site_types: list[str]
    xform: bytes
    tree: list[dict[str, Any]]
    warnings: list[str]


def examine(content: bytes, file_name: str) -> Draft:
    """This function will check and convert an XLSForm workbook.

    :raises Invalid: `fields` maps “survey 第3行” to what to change.
    """
    tables = workbook.open_workbook(content, file_name)
    problems = Problems()
    settings = tables["settings"][0] if tables["settings"] else Row(2, {})
    _settings(settings, problems)
    _survey(tables, problems)
    problems.stop_if_any()
    xform, warnings = _convert(content)
    check_expressions(xform, {row.get("name"): row.number for row in tables["survey"]})
    tree = questions.tree(xform, tables["survey"])
    _must_ask(tree, tables, problems)
    problems.stop_if_any()
    return Draft(
        form_id=settings.get("form_id"), version_label=settings.get("version"), title=settings.get("form_title"),
        title_en=settings.get("duban::title_en"), site_types=settings.get("duban::site_types").split(),
        xform=xform, tree=tree, warnings=warnings,
    )  # fmt: skip


def _settings(row: Row, problems: Problems) -> None:
    for name, most in (("form_title", 80), ("form_id", 80), ("version", 40)):
        value = row.get(name)
        if not value:
            problems.at("settings", row.number, _("%(name)s 不能为空。") % {"name": name})
        elif len(value) > most:
            problems.at(
                "settings", row.number, _("%(name)s 超过 %(most)d 个字符。") % {"name": name, "most": most}
            )
    if row.get("form_id") and not NAME.match(row.get("form_id")):
        problems.at("settings", row.number, _("form_id 只用字母、数字、下划线和连字符，以字母开头。"))


def kind_of(row: Row) -> tuple[str, str]:
    """This function will return the question type and the choice list of a survey row."""
    text = " ".join(row.get("type").split())
    for written, meant in MULTI_WORD.items():
        if text.startswith(written):
            text = meant + text[len(written) :]
    kind, _space, rest = text.partition(" ")
    return kind, rest.strip().split(" ")[0] if rest else ""


def _survey(tables: Tables, problems: Problems) -> None:
    lists = {row.get("list_name") or row.get("list name") for row in tables["choices"]}
    seen: dict[str, int] = {}
    open_blocks: list[tuple[str, int]] = []
    if not tables["survey"]:
        problems.at("survey", None, _("survey 表没有题目。"))
    for row in tables["survey"]:
        kind, wanted = kind_of(row)
        name = row.get("name")
        if kind not in TYPES:
            problems.at(
                "survey", row.number, _("不认识的题型“%(kind)s”。") % {"kind": row.get("type") or _("（空）")}
            )
            continue
        _blocks(kind, row, open_blocks, problems)
        if kind in NAMELESS:
            continue
        _name(name, row.number, seen, problems)
        if kind.startswith("select_") and wanted not in lists:
            problems.at("survey", row.number, _("choices 表里没有选项表“%(name)s”。") % {"name": wanted})
        if kind in LABELLED and not any(
            text for title, text in row.cells.items() if title.startswith("label")
        ):
            problems.at("survey", row.number, _("题目没有标签（label）。"))
    for kind, number in open_blocks:
        problems.at("survey", number, _("%(kind)s 没有对应的结束行。") % {"kind": kind})
    _choice_rows(tables["choices"], problems)


def _blocks(kind: str, row: Row, open_blocks: list[tuple[str, int]], problems: Problems) -> None:
    if kind.startswith("begin_"):
        open_blocks.append((kind, row.number))
    elif kind in NAMELESS:
        if not open_blocks or open_blocks[-1][0] != kind.replace("end_", "begin_"):
            problems.at("survey", row.number, _("%(kind)s 没有对应的开始行。") % {"kind": kind})
        else:
            open_blocks.pop()


def _name(name: str, number: int, seen: dict[str, int], problems: Problems) -> None:
    if not NAME.match(name):
        problems.at(
            "survey", number, _("名称“%(name)s”只能用字母、数字、下划线；中文写在标签里。") % {"name": name}
        )
    elif name.startswith(RESERVED):
        problems.at("survey", number, _("名称不能以“%(start)s”开头，手机上的表要用。") % {"start": RESERVED})
    elif len(name) > 60:
        problems.at("survey", number, _("名称超过 60 个字符。"))
    elif name in seen:
        problems.at(
            "survey", number, _("名称“%(name)s”与第%(row)d行重复。") % {"name": name, "row": seen[name]}
        )
    seen.setdefault(name, number)


def _choice_rows(rows: list[Row], problems: Problems) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.get("list_name") or row.get("list name"), row.get("name"))
        if not key[0] or not key[1]:
            problems.at("choices", row.number, _("选项要有选项表名和名称。"))
        elif " " in key[1]:
            problems.at("choices", row.number, _("选项名称不能有空格。"))
        elif key in seen:
            problems.at(
                "choices",
                row.number,
                _("选项“%(name)s”与第%(row)d行重复。") % {"name": key[1], "row": seen[key]},
            )
        seen.setdefault(key, row.number)


def _convert(content: bytes) -> tuple[bytes, list[str]]:
    from pyxform.xls2xform import convert  # heavy import, only needed here

    try:
        result = convert(content, file_type=".xlsx", validate=False)
    except Exception as error:  # pyxform raises its own error, TypeError, UnicodeDecodeError and more
        raise _in_chinese(str(error)) from None
    return result.xform.encode(), [str(line)[:300] for line in result.warnings]


def _in_chinese(text: str) -> Invalid:
    row = re.search(r"\[row\s*:?\s*(\d+)\]", text)
    sheet = "choices" if "choices" in text.lower() and "choices sheet" not in text.lower() else "survey"
    meaning = next((_(zh) for english, zh in KNOWN_ERRORS if english.lower() in text.lower()), "")
    problems = Problems()
    said = _("转换程序的原话：%(text)s") % {"text": text.strip()[:300]}
    problems.at(sheet, int(row.group(1)) if row else None, f"{meaning}{said}")
    return Invalid("checklist_invalid", _("清单不能转换。"), problems.found)


def check_expressions(xform: bytes, rows: dict[str, int] | None = None) -> None:
    """This function will compile every expression of a form and look for cycles of calculation.

    :raises Invalid: with the row of each faulty expression where it is known.
    """
    root = etree.fromstring(xform, questions.parser())
    problems, reads = Problems(), {}
    for bind in root.iter(f"{questions.XF}bind"):
        path = bind.get("nodeset") or ""
        number = (rows or {}).get(path.rsplit("/", 1)[-1])
        for name in ATTRIBUTES:
            expression = bind.get(name) or ""
            if expression and (fault := expressions.syntax_problem(expression)):
                problems.at(
                    "survey", number, _("%(name)s 写得不对（%(fault)s）。") % {"name": name, "fault": fault}
                )
        needed = f"{bind.get('calculate') or ''} {bind.get('relevant') or ''}"
        reads[path] = expressions.references(needed)
    for path in _cycle(reads):
        name = path.rsplit("/", 1)[-1]
        problems.at(
            "survey",
            (rows or {}).get(name),
            _("“%(name)s”的计算或显示条件转了一圈又用到自己。") % {"name": name},
        )
    problems.stop_if_any()


def _cycle(reads: dict[str, set[str]]) -> list[str]:
    """Return the paths of one cycle, or nothing. A group's condition holds for everything inside it."""
    edges = {
        path: set().union(
            *(found for above, found in reads.items() if path == above or path.startswith(above + "/"))
        )
        for path in reads
    }
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        stack = [(start, iter(sorted(edges[start])))]
        trail.append(start)
        while stack:
            path, following = stack[-1]
            step = next((one for one in following if one in edges and one not in done), None)
            if step is None:
                done.add(path)
                stack.pop()
                trail.pop()
            elif step in trail:
                return trail[trail.index(step) :]
            else:
                trail.append(step)
                stack.append((step, iter(sorted(edges[step]))))
    return []


def _must_ask(tree: list[dict[str, Any]], tables: Tables, problems: Problems) -> None:
    rows = {row.get("name"): row.number for row in tables["survey"]}
    for node in questions.flat(tree):
        if node["must_ask"] and node["type"] != "select_one":
            problems.at("survey", rows.get(node["name"]), _("必问项要用单选题（select_one）。"))
        if len(questions.in_language(node["label"], "zh")) > 300:
            problems.at("survey", rows.get(node["name"]), _("标签超过 300 个字。"))
