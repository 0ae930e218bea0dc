"""What changed between two versions of a checklist: questions added, removed, moved or worded anew. Pure."""

from dataclasses import dataclass, field

from duban.checklists import questions
from duban.checklists.models import ChecklistVersion

COMPARED = (
    "type", "label", "hint", "choices", "relevant", "constraint", "required", "must_ask", "measures", "rule_items",
    "finding_template", "category",
)  # fmt: skip


@dataclass
class Change:
    """One changed question: which fields, before and after as text."""

    name: str
    label: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Difference:
    """The whole difference; empty lists mean that the versions ask the same."""

    added: list[Change]
    removed: list[Change]
    changed: list[Change]
    is_reordered: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.is_reordered)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return " / ".join(str(one) for one in value.values())
    if isinstance(value, list):
        parts = (
            questions.in_language(one["label"], "zh") if isinstance(one, dict) else str(one) for one in value
        )
        return "、".join(parts)
    return str(value)


def compare(before: ChecklistVersion, after: ChecklistVersion) -> Difference:
    """This function will return what `after` asks differently from `before`."""
    old = {node["name"]: node for node in questions.flat(before.questions)}
    new = {node["name"]: node for node in questions.flat(after.questions)}

    def change(node: questions.Node) -> Change:
        return Change(node["name"], questions.in_language(node["label"], "zh"))

    changed = []
    for name, node in new.items():
        if name not in old:
            continue
        fields = [
            (key, _text(old[name].get(key, "")), _text(node.get(key, "")))
            for key in COMPARED
            if old[name].get(key) != node.get(key)
        ]
        if fields:
            changed.append(Change(name, questions.in_language(node["label"], "zh"), fields))
    kept_before = [name for name in old if name in new]
    kept_after = [name for name in new if name in old]
    return Difference(
        added=[change(node) for name, node in new.items() if name not in old],
        removed=[change(node) for name, node in old.items() if name not in new],
        changed=changed,
        is_reordered=kept_before != kept_after,
    )
