"""The kinds of table the import page takes: each with its importer, its columns, its word lists, who may.

Units, divisions and posts stand here; apps above register theirs (`register`).
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from duban.kernel.actor import Actor
from duban.kernel.import_plans import Plan, Progress
from duban.kernel.policy import Decision
from duban.kernel.tables import MAX_BYTES, Column
from duban.people import importing as posts
from duban.people import policy
from duban.territory import importing as units
from duban.territory import policy as territory_policy
from duban.territory.divisions import Counts, import_divisions

Notes = Callable[[], list[tuple[str, list[str]]]]
MAX_PACKAGE = 60 * 1024 * 1024


@dataclass(frozen=True)
class ImportKind:
    """One kind of import; without columns there is no template."""

    code: str
    title: Any
    run: Callable[..., Plan | Counts]
    may: Callable[[Actor], Decision]
    columns: Sequence[Column] = ()
    notes: Notes = list
    sample: Sequence[str] = ()
    order: int = 50
    limit: int = MAX_BYTES


KINDS: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """This function will offer a kind on the import page."""
    KINDS[kind.code] = kind


def open_kinds(actor: Actor) -> list[ImportKind]:
    """Return the kinds the actor may import."""
    return [kind for kind in sorted(KINDS.values(), key=lambda one: one.order) if kind.may(actor)]


def _run_divisions(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    file_name: str,
    dry_run: bool,
    progress: Progress,
    under: str,
) -> Counts:
    """Import divisions from an uploaded package, through a file that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("package.tgz" if file_name.endswith((".tgz", ".gz")) else Path(file_name).name)
        path.write_bytes(content)
        return import_divisions(
            actor=actor, at=at, source=path, under=under, dry_run=dry_run, progress=progress
        )


register(
    ImportKind(
        "units", _("单位"), units.import_units, territory_policy.can_import, units.COLUMNS, units.template_notes,
        ("SL01", "示例镇人民政府", "示例镇政府", "人民政府（办事处）", "SL", "", "否", "否", "否", "示例镇党委", "", "10", ""),
        order=10,
    )
)  # fmt: skip
register(
    ImportKind(
        "posts", _("岗位"), posts.import_posts, policy.can_import_posts, posts.COLUMNS, posts.template_notes,
        ("SL01-01", "SL01", "镇长岗", "党委副书记", "是", "否", "责任岗位", ""), order=20,
    )
)  # fmt: skip
register(
    ImportKind(
        "divisions", _("区划"), _run_divisions, territory_policy.can_import, order=90, limit=MAX_PACKAGE
    )
)
