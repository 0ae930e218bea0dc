"""Recognising the same submission again: a client creates ids offline and may send one thing twice (issue of field sync).

Same id and same content is the same row; same id with other content is a conflict. The digest is kept on the row, so
that a later correction by the office does not turn an honest repeat into a conflict.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.kernel.errors import Conflict
from duban.kernel.journal import canonical

M = TypeVar("M", bound=models.Model)


def digest(content: Mapping[str, Any]) -> str:
    """This function will return the SHA-256 (hex) of what a client sent, independent of key order."""
    plain = {
        key: sorted(value, key=str) if isinstance(value, set | frozenset) else value
        for key, value in content.items()
    }
    return hashlib.sha256(canonical(plain).encode()).hexdigest()


def known(rows: models.QuerySet[M], key: UUID | None, content_digest: str) -> M | None:
    """This function will return the row that an earlier sending of the same content made, or None.

    :raises Conflict: if the id is taken by other content (or by a row outside the actor's scope).
    """
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is not None and found.content_digest == content_digest:  # type: ignore[attr-defined]
        return found
    if found is not None or rows.model._base_manager.filter(pk=key).exists():
        raise Conflict("same_id_other_content", _("同一编号已登记过不同的内容，请核对后重新登记。"))
    return None
