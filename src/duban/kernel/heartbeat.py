"""Moments the installation remembers about itself: when the sweeps ran last, when a backup was made last.

Each tick writes when it ran, so that the health page can tell a worker that stopped.
"""

from datetime import UTC, datetime

from duban.kernel import jobs
from duban.kernel.models import Counter

NAME = "kernel.last_tick"


@jobs.sweep("heartbeat", order=99)
def beat(at: datetime) -> int:
    """This function will note that the sweeps ran at `at`."""
    remember(NAME, at)
    return 0


def last_tick() -> datetime | None:
    """Return when the sweeps ran last, or None if never."""
    return remembered(NAME)


def remember(name: str, at: datetime) -> None:
    """This function will keep `at`, in whole seconds, under `name`."""
    seconds = int(at.timestamp())
    if not Counter.objects.filter(pk=name).update(value=seconds):
        Counter.objects.bulk_create([Counter(name=name, value=seconds)], ignore_conflicts=True)


def remembered(name: str) -> datetime | None:
    """Return the moment kept under `name`, or None."""
    value = Counter.objects.filter(pk=name).values_list("value", flat=True).first()
    return datetime.fromtimestamp(value, UTC) if value else None


def take(name: str) -> datetime | None:
    """Return the moment kept under `name` and clear it; of two who ask at once one gets it, the other None."""
    found = remembered(name)
    if found is None:
        return None
    claimed = Counter.objects.filter(pk=name, value=int(found.timestamp())).update(value=0)
    return found if claimed else None
