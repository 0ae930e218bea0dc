"""Delivering photos: in scope only, under their type, never sniffed, never cached for somebody else."""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from duban.inspection import policy
from duban.inspection.models import Evidence
from duban.kernel import files
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.kernel.models import StoredFile
from duban.web.pages import staff_page


def _answer(photo: Evidence, stored: StoredFile, name: str) -> FileResponse:
    response = FileResponse(files.open_file(stored), content_type=stored.media_type, filename=name)
    response.headers["Content-Length"] = str(stored.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # The address says nothing about who may look: a shared cache must not keep it.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@staff_page(needs_campaign=False)
def show_evidence(request: HttpRequest, pk: UUID) -> FileResponse:
    """This view will send a photo in full size."""
    photo = get_visible(policy.evidence_visible_to(request.actor).select_related("file"), pk)
    return _answer(photo, photo.file, f"{_('照片')}-{photo.file.sha256[:12]}.jpg")


@staff_page(needs_campaign=False)
def show_thumbnail(request: HttpRequest, pk: UUID) -> FileResponse:
    """This view will send the small version of a photo."""
    photo = get_visible(policy.evidence_visible_to(request.actor).select_related("thumbnail"), pk)
    if photo.thumbnail is None:
        raise NotFound("no_thumbnail")
    return _answer(photo, photo.thumbnail, f"{_('照片')}-{photo.thumbnail.sha256[:12]}.jpg")
