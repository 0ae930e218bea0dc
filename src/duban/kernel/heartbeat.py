"""The beat of the worker: each tick writes when it ran, so that the health page can tell a worker that stopped."""

from datetime import UTC, datetime

from duban.kernel import jobs
from duban.kernel.models import Counter

NAME = "kernel.last_tick"


@jobs.sweep("heartbeat", order=99)
def beat(at: datetime) -> int:
    """This function will note that the sweeps ran at `at`."""
    seconds = int(at.timestamp())
    if not Counter.objects.filter(pk=NAME).update(value=seconds):
        Counter.objects.bulk_create([Counter(name=NAME, value=seconds)], ignore_conflicts=True)
    return 0


def last_tick() -> datetime | None:
    """Return when the sweeps ran last, or None if never."""
    value = Counter.objects.filter(pk=NAME).values_list("value", flat=True).first()
    return datetime.fromtimestamp(value, UTC) if value else None
