"""Read a campaign pack into plain dictionaries for the tests of this directory.

The tests look at the files themselves, not at the database, so that a bad pack fails
here with the name of the file and the place in it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKS = Path(__file__).resolve().parents[2] / "packs"
PACK_CODES = ["epidemic-control", "flood-control"]
FILES = {
    "pack": None,
    "rule_sets": "rule_sets",
    "focus_sets": "focus_sets",
    "behaviour_codes": "behaviour_codes",
    "site_types": "site_types",
    "risk_schemes": "risk_schemes",
    "risk_points": "risk_points",
    "categories": "categories",
    "finding_templates": "finding_templates",
    "directives": "directives",
    "legal": "legal_instruments",
}


class UniqueKeyLoader(yaml.SafeLoader):
    """A YAML loader that refuses a key written twice in one mapping."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key is written twice near {node.start_mark}"
        return super().construct_mapping(node, deep)


def load(path: Path) -> Any:
    """This function will parse one YAML file and refuse duplicate keys."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)  # noqa: S506


@cache
def pack(code: str) -> dict[str, Any]:
    """This function will read every file of a pack; lists lie under the file's name."""
    found: dict[str, Any] = {}
    for name, key in FILES.items():
        loaded = load(PACKS / code / f"{name}.yaml")
        if key is not None:
            assert list(loaded) == [key], f"{code}/{name}.yaml must hold exactly {key}"
            loaded = loaded[key]
        found[name] = loaded
    found["checklists"] = [load(path) for path in checklist_paths(code)]
    return found


def checklist_paths(code: str) -> list[Path]:
    """This function will list the checklist sources of a pack."""
    return sorted((PACKS / code / "checklists").glob("*.yaml"))


def items_of(checklist: dict[str, Any]) -> list[dict[str, Any]]:
    """This function will give the items of a checklist in the order of the form."""
    return [item for group in checklist["groups"] for item in group["items"]]
