"""A history of inspections from event files: read, checked, put in order, without what came twice.

Only the columns named here are read. Columns about persons, teams or the weather stay outside even if a file has them.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid

KEYS = ("inspection", "site", "date")
GROUPS = ("site_type", "risk_class", "area")
COUNTS = ("critical", "serious", "minor")
NEARBY = ("area_burglary", "area_garbage_complaints", "area_sanitation_complaints")
FIGURES = ("site_age_years", *NEARBY)
# In the files too, but worked out anew from the history: a row's own value belongs to the day of the inspection.
RECOMPUTED = ("years_since_last", "first_record")
REQUIRED = (*KEYS, *GROUPS, *COUNTS, *FIGURES)
GZIP = b"\x1f\x8b"
MOST_MESSAGES = 5


@dataclass(frozen=True)
class History:
    """Inspections by day, then number. `day` counts days; `groups` hold small whole numbers, missing figures are NaN."""

    day: np.ndarray
    site: np.ndarray
    groups: Mapping[str, np.ndarray]
    counts: Mapping[str, np.ndarray]
    figures: Mapping[str, np.ndarray]
    titles: Mapping[str, Sequence[str]]
    repeated: int = 0

    def __len__(self) -> int:
        return len(self.day)

    @property
    def is_critical(self) -> np.ndarray:
        return self.counts["critical"] > 0

    @property
    def first_day(self) -> date:
        return date.fromordinal(int(self.day[0]))

    @property
    def last_day(self) -> date:
        return date.fromordinal(int(self.day[-1]))


def read_history(paths: Sequence[Path]) -> History:
    """This function will read event files (.csv, .csv.gz) as one history; of a repeated inspection the last file counts.

    :raises Invalid: `history_unreadable`, `history_columns`, `history_values` or `history_empty`, naming file and line.
    """
    found: dict[str, tuple] = {}
    total = 0
    for path in paths:
        for row in _rows(path):
            found[row[0]] = row
            total += 1
    if not found:
        raise Invalid("history_empty", _("文件中没有检查记录。"))
    rows = sorted(found.values(), key=lambda row: (row[2], row[0]))
    return _history(rows, total - len(rows))


def _rows(path: Path) -> Iterator[tuple]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    names = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = names
    if missing := [name for name in REQUIRED if name not in names]:
        raise Invalid(
            "history_columns",
            _("%(file)s 缺少这些列：%(columns)s。") % {"file": path.name, "columns": "、".join(missing)},
        )
    wrong: list[str] = []
    for line, row in enumerate(reader, 2):
        try:
            yield _row(row)
        except ValueError as error:
            wrong.append(_("第%(line)d行 %(what)s") % {"line": line, "what": error})
            if len(wrong) == MOST_MESSAGES:
                break
    if wrong:
        raise Invalid(
            "history_values",
            _("%(file)s 有读不懂的值：%(wrong)s。") % {"file": path.name, "wrong": "；".join(wrong)},
        )


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith(GZIP):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        message = _("没有这个文件：%(file)s。") % {"file": path}
    except (OSError, EOFError, UnicodeDecodeError):
        message = _("%(file)s 读不出来，应为 UTF-8 的 .csv 或 .csv.gz。") % {"file": path}
    raise Invalid("history_unreadable", message)


def _row(row: Mapping[str, str | None]) -> tuple:
    keys = [(row[name] or "").strip() for name in (*KEYS, *GROUPS)]
    for name, value in zip(KEYS, keys, strict=False):
        if not value:
            raise ValueError(f"{name}: ?")
    try:
        keys[2] = date.fromisoformat(keys[2][:10]).toordinal()
    except ValueError:
        raise ValueError(f"date: {row['date']}") from None
    return (
        *keys,
        *(_number(name, row[name], may_be_missing=False) for name in COUNTS),
        *(_number(name, row[name], may_be_missing=True) for name in FIGURES),
    )


def _number(name: str, value: str | None, *, may_be_missing: bool) -> float:
    text = (value or "").strip()
    if may_be_missing and text.upper() in {"", "NA", "NAN"}:
        return float("nan")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{name}: {text or '?'}") from None
    if not np.isfinite(number) or (not may_be_missing and number < 0):
        raise ValueError(f"{name}: {text}")
    return number


def _history(rows: Sequence[tuple], repeated: int) -> History:
    columns = list(zip(*rows, strict=True))
    named = dict(zip((*KEYS, *GROUPS, *COUNTS, *FIGURES), columns, strict=True))
    groups, titles = {}, {}
    for name in GROUPS:
        titles[name], groups[name] = _numbered(named[name])
    return History(
        day=np.array(named["date"], dtype=np.int64),
        site=_numbered(named["site"])[1],
        groups=groups,
        counts={name: np.array(named[name], dtype=float) for name in COUNTS},
        figures={name: np.array(named[name], dtype=float) for name in FIGURES},
        titles=titles,
        repeated=repeated,
    )


def _numbered(values: Iterable[str]) -> tuple[list[str], np.ndarray]:
    titles, numbers = np.unique(np.array(list(values), dtype=str), return_inverse=True)
    return [str(one) for one in titles], numbers.astype(np.int64)
