"""What the import page can import: for each kind its importer, its columns, its word lists, who may."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from duban.kernel.actor import Actor
from duban.kernel.import_plans import Plan
from duban.kernel.tables import Column
from duban.people import importing as posts
from duban.people import policy as people_policy
from duban.sites import importing as sites
from duban.sites import policy as sites_policy
from duban.territory import importing as units
from duban.territory import policy as territory_policy
from duban.territory.divisions import Counts, import_divisions


@dataclass(frozen=True)
class ImportKind:
    """One kind of import."""

    code: str
    title: Any
    columns: Sequence[Column]
    run: Callable[..., Plan]
    may: Callable[[Actor], Any]
    notes: Callable[[], list[tuple[str, list[str]]]]
    sample: Sequence[str]


KINDS = {
    kind.code: kind
    for kind in (
        ImportKind("units", _("单位"), units.COLUMNS, units.import_units, territory_policy.can_import, units.template_notes,
                   ("SL01", "示例镇人民政府", "示例镇政府", "人民政府（办事处）", "SL", "", "否", "否", "否", "示例镇党委", "", "10", "")),
        ImportKind("posts", _("岗位"), posts.COLUMNS, posts.import_posts, people_policy.can_import_posts, posts.template_notes,
                   ("SL01-01", "SL01", "镇长岗", "党委副书记", "是", "否", "责任岗位", "")),
        ImportKind("sites", _("点位"), sites.COLUMNS, sites.import_sites, sites_policy.can_import_sites, sites.template_notes,
                   ("SL-D001", "示例镇农贸市场", "农贸市场", "SL", "SL01", "", "", "", "集镇东侧", "是")),
    )
}  # fmt: skip


def open_kinds(actor: Actor) -> list[tuple[str, Any]]:
    """This function will return the kinds the actor may import, as form choices."""
    kinds = [(kind.code, kind.title) for kind in KINDS.values() if kind.may(actor)]
    if territory_policy.can_import(actor):
        kinds.append(("divisions", _("区划")))
    return kinds


def run_divisions(
    *, actor: Actor, at: datetime, content: bytes, file_name: str, under: str, dry_run: bool
) -> Counts:
    """This function will import divisions from an uploaded package, through a file that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("package.tgz" if file_name.endswith((".tgz", ".gz")) else Path(file_name).name)
        path.write_bytes(content)
        return import_divisions(actor=actor, at=at, source=path, under=under, dry_run=dry_run)
