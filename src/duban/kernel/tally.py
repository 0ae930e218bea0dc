"""Exact counts without counting: case rows of a topic by scope and state, kept beside the rows.

An operation appends deltas (no row is updated, so writers never queue on a total); a sweep folds them into one row
per (topic, campaign, path, key) for the path and each of its ancestors. A count is the folded row of the scope plus
the deltas still open inside it. `rebuild` counts the rows themselves and is what a test compares with.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from duban.kernel import jobs
from duban.kernel.fields import within
from duban.kernel.models import Tally

FOLD_BATCH = 20_000
Key = tuple[str, UUID, str, str]


def ancestors(path: str) -> list[str]:
    """This function will return the path itself and every path above it, the empty root first."""
    parts = path.split(".")[:-1]
    return ["", *(".".join(parts[: count + 1]) + "." for count in range(len(parts)))]


def change(topic: str, *, campaign_id: UUID, path: str, left: str = "", entered: str = "") -> None:
    """This function will note that one row left state `left` and entered state `entered` ('' = none)."""
    deltas = [
        Tally(topic=topic, campaign_id=campaign_id, path=path, key=key, amount=amount)
        for key, amount in ((left, -1), (entered, 1))
        if key
    ]
    if left != entered and deltas:
        Tally.objects.bulk_create(deltas)


def counts(topic: str, *, campaign_id: UUID, path: str) -> dict[str, int]:
    """Return how many rows of a topic are in each state at or below `path` ('' = everywhere)."""
    rows = Tally.objects.filter(topic=topic, campaign_id=campaign_id).order_by().values_list("key")
    open_deltas = rows.filter(is_folded=False)
    if path:
        open_deltas = open_deltas.filter(within(path, field="path"))
    # One statement: between two, a folder could move a delta from the one answer into the other.
    both = rows.filter(is_folded=True, path=path).annotate(total=Sum("amount")).union(
        open_deltas.annotate(total=Sum("amount")), all=True
    )  # fmt: skip
    found: Counter[str] = Counter()
    for key, amount in both:
        found[key] += amount
    return {key: amount for key, amount in found.items() if amount}


@jobs.sweep("fold_tallies", order=85)
def fold(at: datetime) -> int:
    """This function will fold the open deltas into the totals; returns how many it folded."""
    folded = 0
    while count := _fold_batch():
        folded += count
    return folded


@transaction.atomic
def _fold_batch() -> int:
    rows = Tally.objects.filter(is_folded=False).order_by("pk")
    # Two folders at once would fold a delta twice: the rows are locked (PostgreSQL) or the writer is alone (SQLite).
    rows = (
        rows.select_for_update(skip_locked=True)
        if connection.features.has_select_for_update_skip_locked
        else rows
    )
    batch = list(rows.values_list("pk", "topic", "campaign_id", "path", "key", "amount")[:FOLD_BATCH])
    if not batch:
        return 0
    totals: Counter[Key] = Counter()
    for _pk, topic, campaign_id, path, key, amount in batch:
        for above in ancestors(path):
            totals[topic, campaign_id, above, key] += amount
    for (topic, campaign_id, path, key), amount in sorted(totals.items(), key=str):
        _add(topic, campaign_id, path, key, amount)
    Tally.objects.filter(pk__in=[row[0] for row in batch]).delete()
    return len(batch)


def _add(topic: str, campaign_id: UUID, path: str, key: str, amount: int) -> None:
    if not amount:
        return
    place = {"topic": topic, "campaign_id": campaign_id, "path": path, "key": key, "is_folded": True}
    if not Tally.objects.filter(**place).update(amount=F("amount") + amount):
        Tally.objects.create(**place, amount=amount)


@transaction.atomic
def rebuild(topic: str, rows: Iterable[tuple[UUID, str, str]]) -> int:
    """This function will count a topic anew from (campaign id, path, state) of every row and return how many there are."""
    if connection.vendor == "postgresql":
        # Who is writing now either committed before the count begins or adds its delta after it.
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Tally._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    totals: Counter[Key] = Counter()
    count = 0
    for campaign_id, path, key in rows:
        count += 1
        for above in ancestors(path):
            totals[topic, campaign_id, above, key] += 1
    Tally.objects.filter(topic=topic).delete()
    Tally.objects.bulk_create(
        [
            Tally(topic=topic, campaign_id=campaign_id, path=path, key=key, amount=amount, is_folded=True)
            for (_topic, campaign_id, path, key), amount in totals.items()
        ],
        batch_size=5000,
    )
    return count
