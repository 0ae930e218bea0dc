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
from django.db.models import Count, F, Model

from duban.kernel import jobs
from duban.kernel.fields import path_end
from duban.kernel.models import Tally

FOLD_BATCH = 20_000
Key = tuple[str, UUID, str, str]
COUNTS = """
    SELECT key, SUM(amount) FROM (
        SELECT key, amount FROM kernel_tally WHERE topic = %s AND campaign_id = %s AND is_folded = %s AND path = %s
        UNION ALL
        SELECT key, amount FROM kernel_tally
        WHERE topic = %s AND campaign_id = %s AND is_folded = %s AND path >= %s AND path < %s
    ) AS lines GROUP BY key HAVING SUM(amount) <> 0
"""


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
    # One statement: between two, a folder could move a delta from the one answer into the other. Written out, because
    # every page of a large campaign asks it and building it costs more than answering it.
    campaign = Tally._meta.get_field("campaign_id").get_db_prep_value(campaign_id, connection)
    values = [topic, campaign, True, path, topic, campaign, False, path, path_end(path)]
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, values)
        return {key: int(amount) for key, amount in cursor.fetchall()}


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


def rebuild_rows(model: type[Model]) -> int:
    """This function will count all rows of a counted model anew into its tally and return how many there are."""
    rows = model._default_manager.order_by().values_list("campaign_id", "area_path", "state")
    return rebuild(model.tally_topic, rows.iterator(chunk_size=20_000))  # type: ignore[attr-defined]


def mend(model: type[Model]) -> int:
    """This function will compare rows and tally of a counted model and rebuild the tally if they differ (1), else return 0."""
    there: dict[UUID, Counter[str]] = {}
    grouped = model._default_manager.order_by().values_list("campaign_id", "state")
    for campaign_id, state, found in grouped.annotate(found=Count("pk")):
        there.setdefault(campaign_id, Counter())[state] = found
    topic: str = model.tally_topic  # type: ignore[attr-defined]
    if all(counts(topic, campaign_id=key, path="") == states for key, states in there.items()):
        return 0
    rebuild_rows(model)
    return 1


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
