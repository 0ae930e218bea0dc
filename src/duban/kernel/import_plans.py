"""What an import would do, line by line, before anything is written; shared by the importers of units, posts, sites."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid
from duban.kernel.tables import Fault, Table

Progress = Callable[[int, int], None]
R = TypeVar("R")
BATCH = 2_000
SHOWN_FAULTS = 50


def whole_unless_dry(importer: Callable[..., R]) -> Callable[..., R]:
    """This decorator will write all of an import or nothing; a dry run needs no transaction and keeps nobody waiting."""

    @wraps(importer)
    def inner(*, dry_run: bool = False, **given: Any) -> R:
        with nullcontext() if dry_run else transaction.atomic():
            return importer(dry_run=dry_run, **given)

    return inner


@dataclass(frozen=True)
class Change:
    """One line of the plan: `before_after` is empty for a new thing."""

    row: int
    code: str
    name: str
    before_after: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Plan:
    """The dry run of a table: what is new, changed, unchanged, wrong."""

    kind: str
    file_name: str
    sha256: str
    rows: int = 0
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    written: bool = False

    @classmethod
    def of(cls, kind: str, file_name: str, table: Table) -> "Plan":
        """This function will start a plan from a table just read."""
        return cls(
            kind,
            file_name,
            table.sha256,
            rows=len(table.lines),
            faults=list(table.faults),
            ignored=table.ignored,
        )

    @property
    def counts(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "faults": len(self.faults),
        }

    @property
    def label(self) -> str:
        """Return the counts in words, for the journal and the page."""
        return _("新增 %(new)s、修改 %(changed)s、未变 %(unchanged)s") % self.counts

    def add(self, row: int, code: str, name: str, differences: Mapping[str, tuple[Any, Any]] | None) -> None:
        """This function will note a line as new (None), unchanged (empty) or changed."""
        if differences is None:
            self.new.append(Change(row, code, name))
        elif differences:
            shown = {title: (_word(old), _word(new)) for title, (old, new) in differences.items()}
            self.changed.append(Change(row, code, name, shown))
        else:
            self.unchanged += 1

    def settle(self) -> None:
        """This function will put faults in row order, each once."""
        self.faults = sorted(set(self.faults), key=lambda one: (one.row, one.column))

    def require_sound(self) -> None:
        """This function will pass silently if no line is wrong.

        :raises Invalid: with the first faults by row and column; nothing has been written.
        """
        if not self.faults:
            return
        fields = {one.place: one.message for one in self.faults[:SHOWN_FAULTS]}
        raise Invalid(
            "rows_invalid", _("有 %(count)s 处要改，一行也没有导入。") % {"count": len(self.faults)}, fields
        )

    def detail(self) -> dict[str, Any]:
        """This function will return what the journal keeps of the import."""
        return {"file": self.file_name, "sha256": self.sha256, **self.counts}


def write_rows(
    model: type[Model], new: list[Any], changed: list[Any], fields: Iterable[str], progress: Progress | None
) -> None:
    """This function will write the rows of a sound plan in batches: the new ones whole, of the changed ones `fields`."""
    total = len(new) + len(changed)
    for part in batches(new, progress, done=0, total=total):
        model._default_manager.bulk_create(part, batch_size=1000)
    for part in batches(changed, progress, done=len(new), total=total):
        model._default_manager.bulk_update(part, list(fields), batch_size=400)


def _word(value: Any) -> str:
    if value is True:
        return "是"
    return "" if value in (None, False) else str(value)


def batches(rows: list[Any], progress: Progress | None, *, done: int, total: int) -> Iterable[list[Any]]:
    """This function will cut `rows` into batches and report after each."""
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        yield part
        if progress:
            progress(done + start + len(part), total)
