"""A version as plain rows for a page: must-ask first, one fieldset per group, fact and counts beside their check.

`rows` gives structures, `posted` reads them back from a form. The template is checklists/answer_form.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation

from duban.checklists import expressions, questions
from duban.checklists.models import ChecklistVersion

PREFIX = "q-"
WIDGETS = {
    "select_one": "radio", "select_multiple": "checkbox", "integer": "number", "decimal": "decimal",
    "date": "date", "time": "time", "datetime": "datetime-local", "image": "image", "audio": "file",
    "video": "file", "file": "file", "note": "note", "acknowledge": "checkbox",
}  # fmt: skip


@dataclass
class Choice:
    """One option of a question."""

    name: str
    label: str
    is_chosen: bool = False


@dataclass
class Question:
    """One question as a page shows it; `beside` are the questions that follow from it (fact, counts, photo)."""

    name: str
    field: str
    label: str
    hint: str
    widget: str
    value: str
    error: str
    choices: list[Choice]
    is_required: bool
    is_must_ask: bool
    is_check: bool
    is_long: bool
    applies: bool
    shows_on: str
    basis: str
    template: str
    category: str
    beside: list["Question"] = field(default_factory=list)

    @property
    def is_flagged(self) -> bool:
        """Test whether the check was answered 不符合: its fact is asked for."""
        return self.is_check and self.value == "no"


@dataclass
class Section:
    """One fieldset."""

    title: str
    is_must_ask: bool
    questions: list[Question] = field(default_factory=list)


def rows(
    version: ChecklistVersion,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
    *,
    language: str = "",
) -> list[Section]:
    """This function will return the sections of a version with values and errors filled in, must-ask first.

    A question inside a repeat appears with `name.0`, `name.1` …: one more block than there are answers.
    """
    page = _Page(values or {}, errors or {}, language or translation.get_language() or "zh")
    page.sections(version.questions, "")
    made = [section for section in page.made if section.questions]
    return sorted(made, key=lambda section: not section.is_must_ask)


def posted(version: ChecklistVersion, post: Any) -> dict[str, str | list[str]]:
    """This function will read the answers of `rows` back from a QueryDict (fields start with q-)."""
    multiple = {
        node["name"] for node in questions.flat(version.questions) if node["type"] == "select_multiple"
    }
    found: dict[str, str | list[str]] = {}
    for name in post:
        if not name.startswith(PREFIX):
            continue
        question = name[len(PREFIX) :]
        if question.partition(".")[0] in multiple:
            found[question] = [one for one in post.getlist(name) if one]
        else:
            found[question] = post.get(name, "").strip()
    return {name: value for name, value in found.items() if value}


def _shows_on(relevant: str) -> str:
    """Return after which result a dependent question is asked: no, answered (yes or no), or always (“”)."""
    if "'no'" not in relevant:
        return ""
    return "answered" if "'yes'" in relevant else "no"


class _Page:
    def __init__(self, values: Mapping[str, Any], errors: Mapping[str, Any], language: str) -> None:
        self.values, self.errors, self.language = values, errors, language
        self.made: list[Section] = []

    def sections(self, nodes: list[questions.Node], title: str, index: int | None = None) -> None:
        section = Section(title, False)
        self.made.append(section)
        for node in nodes:
            if node["kind"] == "question":
                self.place(section, node, index)
            elif node["kind"] == "group":
                self.sections(node["children"], self.words(node["label"]), index)
            else:
                self.repeat(node)
        section.is_must_ask = any(question.is_must_ask for question in section.questions)

    def repeat(self, node: questions.Node) -> None:
        names = {question["name"] for question in questions.flat([node])}
        used = [
            int(last) for key in self.values for name, dot, last in [key.partition(".")]
            if dot and name in names and last.isdigit()
        ]  # fmt: skip
        for number in range(max(used, default=-1) + 2):
            self.sections(node["children"], f"{self.words(node['label'])} {number + 1}", number)

    def place(self, section: Section, node: questions.Node, index: int | None) -> None:
        question = self.question(node, index)
        owner = section.questions[-1] if section.questions else None
        # A question shown only because of the check before it stands beside that check.
        if owner and owner.is_check and f"/{owner.name.partition('.')[0]} " in f"{node['relevant']} ":
            owner.beside.append(question)
        else:
            section.questions.append(question)

    def question(self, node: questions.Node, index: int | None) -> Question:
        name = node["name"] if index is None else f"{node['name']}.{index}"
        given = self.values.get(name, "")
        chosen = set(given) if isinstance(given, list) else set(str(given).split())
        relevant = expressions.holds(node["relevant"], self.values_of) if node["relevant"] else True
        return Question(
            name=name, field=f"{PREFIX}{name}", label=self.words(node["label"]), hint=self.words(node["hint"]),
            widget=WIDGETS.get(node["type"], "text"), value=given if isinstance(given, str) else " ".join(given),
            error=str(self.errors.get(name, "")),
            choices=[
                Choice(one["name"], self.words(one["label"]), one["name"] in chosen) for one in node["choices"]
            ],
            is_required=node["required"] == "true()" and not node["relevant"],
            is_must_ask=node["must_ask"], is_check=node["is_check"],
            is_long="multiline" in node["appearance"], applies=relevant is not False, shows_on=_shows_on(node["relevant"]),
            basis="、".join(node["measures"]), template=node["finding_template"], category=node["category"],
        )  # fmt: skip

    def values_of(self, name: str) -> Any:
        return self.values.get(name, "")

    def words(self, label: dict[str, str]) -> str:
        return questions.in_language(label, self.language)
