"""Drawing after the commit: a hint per document, and a sweep that finds whatever a lost hint left undrawn."""

from datetime import datetime
from uuid import UUID

from duban.documents import operations
from duban.documents.models import Bundle, OfficialDocument
from duban.documents.operations.bundling import BUNDLE_JOB
from duban.documents.states import BundleState
from duban.kernel import jobs
from duban.kernel.actor import SYSTEM


@jobs.job(operations.RENDER_JOB)
def render(document_id: str, *, at: datetime) -> None:
    """This function will draw one document's PDF; the Word file is drawn when somebody first asks for it."""
    operations.render_document(actor=SYSTEM, at=at, document_id=UUID(document_id))


@jobs.sweep("render_documents", order=80)
def render_undrawn(at: datetime) -> int:
    """This function will draw every issued document that has no PDF yet."""
    rows = OfficialDocument.objects.filter(pdf=None).order_by("issued_at")
    undrawn = list(rows.values_list("pk", flat=True))
    for document_id in undrawn:
        operations.render_document(actor=SYSTEM, at=at, document_id=document_id)
    return len(undrawn)


@jobs.job(BUNDLE_JOB)
def bundle(bundle_id: str, *, at: datetime) -> None:
    """This function will make one bundle."""
    operations.make_bundle(actor=SYSTEM, at=at, bundle_id=UUID(bundle_id))


@jobs.sweep("make_bundles", order=81)
def make_bundles(at: datetime) -> int:
    """This function will make every bundle that still waits."""
    waiting = list(Bundle.objects.filter(state=BundleState.WAITING).order_by("asked_at"))
    for row in waiting:
        operations.make_bundle(actor=SYSTEM, at=at, bundle_id=row.pk)
    return len(waiting)
