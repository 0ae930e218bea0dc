"""A migrated SQLite file kept between runs, so that a test run starts in a second and not after every migration.

The name holds a digest of whatever shapes the tables; another digest, another file. PostgreSQL has `--reuse-db`.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
SHAPING = (
    "src/duban/*/migrations/*.py",
    "src/duban/kernel/append_only.py",
    "requirements/base.lock",
    "tests/template_database.py",
)


def place() -> Path:
    """Return where the migrated file of the present source is, or will be, kept."""
    digest = hashlib.sha256()
    for pattern in SHAPING:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"duban-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{digest.hexdigest()[:24]}.sqlite3"


def bring(target: Path) -> bool:
    """This function will copy the kept file to `target`; false where there is none yet."""
    kept = place()
    if not kept.exists():
        return False
    shutil.copyfile(kept, target)
    return True


def keep() -> None:
    """This function will keep the database as it is now, whole or not at all, and drop older ones."""
    if "django_migrations" not in connection.introspection.table_names():
        return  # made with --no-migrations: whoever starts from it would migrate tables that are there
    kept = place()
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(fresh)])
    fresh.replace(kept)
    known = sorted(kept.parent.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)
    for old in known[:-12]:
        old.unlink(missing_ok=True)
