"""Loading one row through a scoped queryset: out of scope and missing look the same."""

from typing import TypeVar
from uuid import UUID

from django.db import models

from duban.kernel.errors import NotFound

M = TypeVar("M", bound=models.Model)


def get_visible(rows: models.QuerySet[M], key: UUID | str, *, lock: bool = False) -> M:
    """This function will return the row `key` of a `*_visible_to` queryset, locked for the transaction if asked.

    :raises NotFound: if it does not exist or is outside the scope.
    """
    found = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found
