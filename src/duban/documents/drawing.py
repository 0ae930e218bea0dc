"""Between the stored record and the pure renderer: draw files, keep them by hash, preview pages."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from multiprocessing import get_context
from typing import Any

from django.conf import settings

from duban.documents import render
from duban.documents.models import OfficialDocument
from duban.kernel import files
from duban.kernel.errors import Invalid
from duban.kernel.journal import canonical

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
PREVIEW_PPI = 96.0
APART = 40  # fewer are drawn sooner than processes start
CHUNK = 4
PAGE_COUNT = re.compile(rb"/Count (\d+)")  # of the page tree; typst writes it plain


@dataclass(frozen=True, slots=True)
class Drawn:
    """The bytes of one file and, for a PDF, its pages."""

    content: bytes
    pages: int | None = None


def check(kind: str, record: dict[str, Any]) -> None:
    """This function will pass silently if `record` is complete for its kind.

    :raises Invalid: naming each missing or unknown field; in strict mode also each official font that is missing.
    """
    render.check_record(kind, record)
    if settings.STRICT_FONTS:
        render.require_official_fonts()


def draw(document: OfficialDocument, suffix: str) -> Drawn:
    """This function will draw the PDF or Word file of a document from its frozen record."""
    if suffix == "docx":
        return Drawn(render.render_docx(document.kind, document.record))
    content = render.render_pdf(document.kind, document.record)
    return Drawn(content, count_pages(content))


def draw_all(documents: Sequence[OfficialDocument], suffix: str) -> Iterator[Drawn]:
    """This function will draw many documents in their order; a long row of them on every core.

    Processes, not threads: Word files are made in Python, under the interpreter's lock. They are spawned, because the
    caller may be a thread of the web server, and touch no database.

    :raises Invalid: at the first document that cannot be drawn.
    """
    cores = os.cpu_count() or 1
    if len(documents) < APART or cores == 1:
        yield from (draw(document, suffix) for document in documents)
        return
    pool = ProcessPoolExecutor(cores, mp_context=get_context("spawn"))
    kinds, records = [one.kind for one in documents], [one.record for one in documents]
    try:
        for content, fault in pool.map(render.draw_apart, kinds, records, repeat(suffix), chunksize=CHUNK):
            if fault:
                raise Invalid("not_drawn", fault)
            yield Drawn(content, None if suffix == "docx" else count_pages(content))
    finally:
        pool.shutdown(cancel_futures=True)


def count_pages(content: bytes) -> int:
    """This function will return the number of pages of a PDF."""
    return max((int(found) for found in PAGE_COUNT.findall(content)), default=1)


def keep_drawn(document: OfficialDocument, suffix: str, drawn: Drawn, at: datetime) -> None:
    """This function will store a drawn file by its hash and point the document at it."""
    stored = files.keep(drawn.content, media_type=MEDIA_TYPES[suffix], at=at)
    changes: dict[str, Any] = {suffix: stored}
    if drawn.pages is not None:
        changes["page_count"] = drawn.pages
    OfficialDocument.objects.filter(pk=document.pk).update(**changes)
    for name, value in changes.items():
        setattr(document, name, value)


def pages_of(document: OfficialDocument) -> list[bytes]:
    """This function will return the pages of a document as PNG pictures for the preview."""
    return _pages(document.kind, document.record_digest, _Frozen(document.record))


def preview(kind: str, record: dict[str, Any]) -> list[bytes]:
    """This function will return the pages of a draft as PNG pictures, before it becomes a document."""
    digest = hashlib.sha256(canonical(record).encode()).hexdigest()
    return _pages(kind, digest, _Frozen(record))


def draw_record(kind: str, record: dict[str, Any], suffix: str) -> bytes:
    """This function will draw a draft as PDF or Word without storing it."""
    return render.render_docx(kind, record) if suffix == "docx" else render.render_pdf(kind, record)


class _Frozen:
    """Carries a record past the cache key: the digest alone tells two records apart."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen)


@lru_cache(maxsize=24)
def _pages(kind: str, digest: str, frozen: _Frozen) -> list[bytes]:
    return render.typeset_png(kind, frozen.record, PREVIEW_PPI)
