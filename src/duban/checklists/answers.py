"""Checking the answers of a visit against a published version: required, choices, must-ask, numbers and dates. Pure.

The server never trusts a client for this. A condition it cannot evaluate makes a question optional, not lost.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from duban.checklists import expressions, questions
from duban.kernel.errors import Invalid

Answers = dict[str, str | list[str]]
MAX_TEXT = 4000
MAX_REPEATS = 50
ATTACHED = frozenset({"image", "audio", "video", "file"})
SILENT = frozenset({"note"})
INDEXED = re.compile(r"^(?P<name>[A-Za-z_][\w\-]*)\.(?P<index>\d{1,2})$")


def check(
    tree: list[questions.Node],
    answers: Mapping[str, Any],
    *,
    complete: bool = True,
    attached: Collection[str] = (),
    excused: Collection[str] = (),
) -> Answers:
    """This function will return the answers to a version's questions in clean form: no empty ones, none that do not apply.

    Answers inside a repeat are keyed `name.0`, `name.1` … `complete=False` (a draft) checks forms only, not what is
    missing. `attached` names the questions that have a photo or file, `excused`
    those that need no answer.

    :raises Invalid: `answers` with one message per question name.
    """
    work = _Work(dict(answers), complete, frozenset(attached), frozenset(excused))
    work.walk(tree, index=None)
    for name in work.given:
        if name not in work.known:
            work.problems[name] = _("清单里没有这一问。")
    if work.problems:
        raise Invalid("answers", _("有 %(count)d 处要改。") % {"count": len(work.problems)}, work.problems)
    return work.clean


class _Work:
    """One pass over the tree."""

    def __init__(
        self, given: dict[str, Any], complete: bool, attached: frozenset[str], excused: frozenset[str]
    ) -> None:
        self.given, self.complete, self.attached, self.excused = given, complete, attached, excused
        self.clean: Answers = {}
        self.problems: dict[str, str] = {}
        self.known: set[str] = set()
        self.repeats = max(
            [int(found["index"]) + 1 for name in given if (found := INDEXED.match(name))], default=0
        )
        if self.repeats > MAX_REPEATS:
            message = _("重复组最多 %(most)d 次。") % {"most": MAX_REPEATS}
            raise Invalid("answers", message, {"": message})

    def key(self, name: str, index: int | None) -> str:
        return name if index is None else f"{name}.{index}"

    def resolver(self, index: int | None) -> expressions.Resolve:
        def resolve(name: str) -> Any:
            own = self.key(name, index)
            return _tidy(self.given.get(own, self.given.get(name, "")))

        return resolve

    def walk(self, nodes: list[questions.Node], index: int | None, applies: bool = True) -> None:
        for node in nodes:
            here = applies
            if node.get("relevant"):
                # None (cannot tell) counts as “may apply”: the answer is kept and not demanded.
                verdict = expressions.holds(node["relevant"], self.resolver(index))
                here = applies and verdict is not False
                sure = verdict is True
            else:
                sure = True
            if node["kind"] == "group":
                self.walk(node["children"], index, here)
            elif node["kind"] == "repeat":
                for number in range(max(self.repeats, 1)):
                    self.walk(node["children"], number, here)
            else:
                self.question(node, index, here, sure)

    def question(self, node: questions.Node, index: int | None, applies: bool, sure: bool) -> None:
        key = self.key(node["name"], index)
        self.known.add(key)
        if node["type"] in SILENT or not applies:
            return
        value = _tidy(self.given.get(key))
        if not value:
            self.missing(node, key, index, sure)
            return
        message = shape_problem(node, value)
        if not message and node["must_ask"] and value == "not_checked" and self.complete:
            message = _("必问项须给出检查结果。")
        if not message and self.breaks(node, value, index):
            message = _text(node["constraint_message"]) or _("不符合要求，请核对。")
        if message:
            self.problems[key] = message
        else:
            self.clean[key] = value

    def breaks(self, node: questions.Node, value: str | list[str], index: int | None) -> bool:
        rule = node["constraint"]
        # A draft may leave a must-ask item open; its rule is checked when the visit is handed in.
        if not rule or (not self.complete and value == "not_checked"):
            return False
        return expressions.holds(rule, self.resolver(index), value) is False

    def missing(self, node: questions.Node, key: str, index: int | None, sure: bool) -> None:
        # A repeat that nobody filled in is empty, not incomplete.
        if not self.complete or (index is not None and not self.touched(index)):
            return
        if node["must_ask"]:
            self.problems[key] = _("必问项须给出检查结果。")
            return
        demanded = node["required"] and expressions.holds(node["required"], self.resolver(index)) is True
        has_file = node["type"] in ATTACHED and key in self.attached
        if demanded and sure and not has_file and key not in self.excused:
            self.problems[key] = _text(node["required_message"]) or _("请填写这一项。")

    def touched(self, index: int) -> bool:
        return any(name.endswith(f".{index}") and _tidy(value) for name, value in self.given.items())


def _text(message: Mapping[str, str]) -> str:
    return questions.in_language(dict(message), translation.get_language() or "zh")


def _tidy(value: Any) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(one).strip() for one in value if str(one).strip()]
    return "" if value is None else str(value).strip()


def shape_problem(node: questions.Node, value: str | list[str]) -> str:
    """This function will return what is wrong with the form of an answer (type, choice, length), or ""."""
    names = {one["name"] for one in node["choices"]}
    kind = node["type"]
    if kind == "select_multiple":
        chosen = value if isinstance(value, list) else value.split()
        return "" if set(chosen) <= names else _("有选项不在清单里，请重新选择。")
    if isinstance(value, list):
        return _("只能有一个答案。")
    if kind == "select_one":
        return "" if value in names else _("请从选项中选择。")
    if len(value) > MAX_TEXT:
        return _("超过 %(most)d 个字。") % {"most": MAX_TEXT}
    return READERS[kind](value) if kind in READERS else ""


def _integer(value: str) -> str:
    return "" if re.fullmatch(r"-?\d{1,9}", value) else _("请填整数。")


def _decimal(value: str) -> str:
    return "" if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", value) else _("请填数字。")


def _date(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        return _("请填日期，如 2020-02-16。")
    return ""


def _time(value: str) -> str:
    try:
        time.fromisoformat(value)
    except ValueError:
        return _("请填时刻，如 15:12。")
    return ""


READERS = {"integer": _integer, "decimal": _decimal, "date": _date, "time": _time}
