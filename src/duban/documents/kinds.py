"""Document kinds: each is a folder under kinds/ with kind.yaml, template.typ and sample.json.

Adding a kind means copying a folder; nothing is registered by hand.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOM = Path(__file__).resolve().parent
FOLDER = ROOM / "kinds"
LAYOUTS = frozenset({"general", "letter", "masthead", "form", "minutes", "wide"})


@dataclass(frozen=True)
class Field:
    """One field a kind expects, with the label a person reads."""

    name: str
    label: str
    type: str = "text"
    required: bool = False
    columns: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Kind:
    """What kind.yaml says about a kind of document."""

    code: str
    title: str
    doc_type: str
    direction: str
    layout: str
    series: str
    number_pattern: str
    fields: tuple[Field, ...]
    tables: tuple[dict[str, Any], ...] = ()
    form: tuple[dict[str, Any], ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    lint: dict[str, Any] = field(default_factory=dict)
    drafted: bool = False
    capacity: str = ""
    phrases: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return FOLDER / self.code

    @property
    def template(self) -> Path:
        return self.folder / "template.typ"

    def sample(self) -> dict[str, Any]:
        """Return the complete fictional record kept beside the template."""
        return json.loads((self.folder / "sample.json").read_text(encoding="utf-8"))


@cache
def all_kinds() -> dict[str, Kind]:
    """Return every kind by code, in the order of the folders."""
    return {path.parent.name: _load(path) for path in sorted(FOLDER.glob("*/kind.yaml"))}


def kind_of(code: str) -> Kind:
    """Return the kind with this code.

    :raises NotFound: when there is no such kind.
    """
    from duban.kernel.errors import NotFound

    try:
        return all_kinds()[code]
    except KeyError:
        raise NotFound("document.unknown_kind", f"没有“{code}”这种文书。") from None


def _load(path: Path) -> Kind:
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if read["code"] != path.parent.name or read["layout"] not in LAYOUTS:
        raise ValueError(f"{path}: code must equal the folder and layout be one of {sorted(LAYOUTS)}")
    fields = tuple(
        Field(
            name=row["name"],
            label=row["label"],
            type=row.get("type", "text"),
            required=row.get("required", False),
            columns=tuple(row.get("columns", ())),
        )
        for row in read.pop("fields")
    )
    if not all(isinstance(column["key"], str) for row in fields for column in row.columns):
        raise ValueError(f"{path}: write a column key that YAML reads as yes or no in quotes")
    _require_known_fields(path, read, {row.name for row in fields})
    return Kind(
        fields=fields,
        tables=tuple(read.pop("tables", ())),
        form=tuple(read.pop("form", ())),
        phrases=tuple(read.pop("phrases", ())),
        series=read.pop("series", ""),
        number_pattern=read.pop("number_pattern", ""),
        **read,
    )


def _require_known_fields(path: Path, read: dict[str, Any], known: set[str]) -> None:
    """A box or table of a field the kind does not list would be printed empty for ever: refused with its name."""
    from duban.documents.vocabulary import SHARED

    named = [table["field"] for table in read.get("tables", ()) if "field" in table]
    for entry in read.get("form", ()):
        named += [entry[name] for name in ("table", "when", "qr") if name in entry]
        named += [cell["field"] for cell in entry.get("row", ())]
    missing = sorted({name for name in named if name.partition(".")[0] not in known | set(SHARED)})
    if missing:
        raise ValueError(f"{path}: the template uses fields the kind does not list: {', '.join(missing)}")
    if not (path.parent / "template.typ").exists() or not (path.parent / "sample.json").exists():
        raise ValueError(f"{path.parent}: a kind needs kind.yaml, template.typ and sample.json")
