"""The demo's clock: a data folder of the demo remembers where its time stands, so that its open day stays open.

`clock.json` holds the demo moment and the real moment at which it was written. A server started on that folder goes
on from the demo moment; stopping and starting again does not let days pass. While a demo is being built the folder is
marked, so that one that broke off is begun again.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

FILE = "clock.json"
UNFINISHED = "unfinished-demo"


def _folder() -> Path:
    return Path(os.environ.get("DUBAN_DATA") or Path.cwd() / "data")


def adopt() -> None:
    """This function will set the clock offset of this process from the folder's clock.json, if it has one."""
    kept = _folder() / FILE
    if not kept.exists() or "DUBAN_CLOCK_OFFSET_SECONDS" in os.environ:
        return
    os.environ["DUBAN_CLOCK_OFFSET_SECONDS"] = str(int((kept_at() - datetime.now(UTC)).total_seconds()))


def begin() -> None:
    """This function will note that a demo is being built here, into a database that was empty."""
    (_folder() / UNFINISHED).touch()


def is_unfinished() -> bool:
    """Test whether the building of a demo broke off in this folder."""
    return (_folder() / UNFINISHED).exists() and not is_demo()


def keep(demo_at: datetime) -> None:
    """This function will remember `demo_at` as the moment at which this folder's demo time stands now."""
    path = _folder() / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"demo_at": demo_at.astimezone(UTC).isoformat()}))
    (path.parent / UNFINISHED).unlink(missing_ok=True)


def kept_at() -> datetime:
    """Return the moment at which the folder's demo time stands."""
    return datetime.fromisoformat(json.loads((_folder() / FILE).read_text())["demo_at"])


def is_demo() -> bool:
    """Test whether the data folder belongs to the demo."""
    return (_folder() / FILE).exists()
