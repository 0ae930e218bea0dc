"""The question tree of a version as other doors read it (names fixed by contract)."""

from duban.checklists.models import ChecklistVersion
from duban.checklists.questions import Node


def tree(version: ChecklistVersion) -> list[Node]:
    """Return the question tree of a version."""
    return list(version.questions)
