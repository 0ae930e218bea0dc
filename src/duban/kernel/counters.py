"""Gap-free numbers: taken inside the transaction that uses them, so a rollback gives the number back."""

from django.db import transaction
from django.db.models import F

from duban.kernel.models import Counter


def take(name: str, amount: int = 1) -> int:
    """This function will advance counter `name` by `amount` and return the first of the numbers taken (from 1).

    The row is locked until the caller's transaction ends; numbers are neither skipped nor given twice.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("counters.take needs a transaction")
    if not Counter.objects.filter(pk=name).update(value=F("value") + amount):
        Counter.objects.bulk_create([Counter(name=name, value=0)], ignore_conflicts=True)
        Counter.objects.filter(pk=name).update(value=F("value") + amount)
    return Counter.objects.values_list("value", flat=True).get(pk=name) - amount + 1
