"""Files by content hash: the same bytes are stored once, whatever they are called; storage is local or S3-compatible."""

import hashlib
from datetime import datetime
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from duban.kernel.errors import NotFound
from duban.kernel.models import StoredFile


def storage_name(sha256: str) -> str:
    """This function will return the path of a blob in the storage."""
    return f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def keep(content: bytes, *, media_type: str, at: datetime) -> StoredFile:
    """This function will store `content` unless it is stored already, and return its record.

    The blob is written before the row: a crash between the two leaves an orphan blob, never a row without bytes.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = StoredFile.objects.filter(sha256=sha256).order_by()[:1]
    stored = next(iter(known), None)
    if stored and not stored.erased_at:
        return stored
    name = storage_name(sha256)
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(content))
    if stored is None:
        new = StoredFile(sha256=sha256, size=len(content), media_type=media_type, stored_at=at)
        StoredFile.objects.bulk_create([new], ignore_conflicts=True)
        # Of two who keep the same bytes at once one was first: what stands is read.
        stored = StoredFile.objects.get(sha256=sha256)
    if stored.erased_at:
        stored.erased_at = None
        stored.save(update_fields=["erased_at"])
    return stored


def open_file(stored: StoredFile) -> IO[bytes]:
    """This function will open the bytes of `stored`.

    :raises NotFound: if they were erased (retention) or the storage lost them.
    """
    if stored.erased_at:
        raise NotFound("file_erased")
    try:
        return default_storage.open(storage_name(stored.sha256))
    except FileNotFoundError:
        raise NotFound("file_missing") from None


def read(stored: StoredFile) -> bytes:
    """This function will return the bytes of `stored`."""
    with open_file(stored) as handle:
        return handle.read()
