"""公文: list with deliveries, one document with its pages, receipts, files, print, void."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.documents import audiences, drawing, policy, queries
from duban.documents import operations as documents
from duban.documents.capacities import words_of_capacity
from duban.documents.kinds import kind_of
from duban.documents.models import OfficialDocument
from duban.kernel import clock
from duban.kernel.bounded import bounded_count
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.reporting import operations as reporting
from duban.reporting.models import Edition
from duban.reporting.policy import can_acknowledge_edition, editions_visible_to
from duban.web.forms.drafts import BundleRequestForm, VariantForm
from duban.web.forms.reporting import DocumentFilter, kind_choices
from duban.web.pages import dangerous, download, export_rows, paginate, said, staff_page
from duban.web.views.today import url_of

MOST_UNREAD = 20  # deliveries shown, oldest first
SUBJECTS = {
    "rectification.workorder": "orders:show", "reporting.edition": "summaries:show", "reporting.bulletin": "bulletins:show",
    "rectification.referral": "referrals:show", "rectification.commonproblem": "commons:show",
}  # fmt: skip


def _listed(request: HttpRequest, form: DocumentFilter) -> QuerySet[OfficialDocument]:
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    return queries.documents_listed(
        request.actor, campaign_id=request.campaign.pk, kind=asked.get("kind", ""), state=asked.get("state", ""),
        text=asked.get("q", "").strip(), unread_only=bool(request.GET.get("unread")),
        since=clock.start_of_day(asked["since"]) if asked.get("since") else None,
        until=clock.end_of_day(asked["until"]) if asked.get("until") else None,
    )  # fmt: skip


@staff_page
def list_documents(request: HttpRequest) -> HttpResponse:
    """Show the documents in reach; filter in the address, export and print obey it."""
    form = DocumentFilter(request.GET or None)
    rows = _listed(request, form)
    kinds = dict(kind_choices())
    if request.GET.get("export"):
        columns = [(_("文号"), lambda row: row.number_text), (_("标题"), lambda row: row.title),
                   (_("文种"), lambda row: kinds.get(row.kind, row.kind)), (_("印发"), lambda row: row.issued_at),
                   (_("签发岗位"), lambda row: row.issued_by_label), (_("送达"), lambda row: row.sent_count),
                   (_("已签收"), lambda row: row.received_count), (_("状态"), lambda row: row.get_state_display())]  # fmt: skip
        return export_rows(request, _("公文"), columns, rows)
    page = paginate(request, rows)
    for row in page:
        row.kind_title = kinds.get(row.kind, row.kind)
    waiting = queries.unread_deliveries(request.actor, campaign_id=request.campaign.pk)
    context = {"page": page, "filter": form, "found": page.paginator.count, "unread": list(waiting[:MOST_UNREAD]),
               "unread_count": bounded_count(waiting), "now": request.at,
               "only_unread": bool(request.GET.get("unread")), "bundle_form": BundleRequestForm(),
               "waiting": queries.drafts_with(request.actor, campaign_id=request.campaign.pk).count(),
               "can": {"draft": policy.can_draft(request.actor, request.campaign)}}  # fmt: skip
    return render(request, "documents/list.html", context)


def _document(request: HttpRequest, pk: UUID) -> OfficialDocument:
    rows = policy.documents_visible_to(request.actor).select_related("campaign", "number")
    return get_visible(rows, pk)


@staff_page
def show_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one document: pages, deliveries and receipts, what it is about."""
    document = _document(request, pk)
    visible = policy.deliveries_visible_to(request.actor).filter(document=document)
    deliveries = list(visible.select_related("unit", "document__campaign").order_by("is_copy", "unit__path"))
    context = {
        "document": document, "kind": dict(kind_choices()).get(document.kind, document.kind), "now": request.at,
        "capacity": words_of_capacity(kind_of(document.kind)),
        "deliveries": [{"row": row, "can": policy.can_receive_document(request.actor, row)} for row in deliveries],
        "received": sum(row.received_at is not None for row in deliveries),
        "pages": list(range(1, len(drawing.pages_of(document)) + 1)),
        "subject_url": url_of(SUBJECTS.get(document.subject_type, ""), (document.subject_id,)),
        "can": {
            "void": policy.can_void_document(request.actor, document), "variant": _can_vary(request, document),
            "urge": any(policy.can_urge_receipt(request.actor, row, request.at) for row in deliveries),
            "correct": policy.can_correct(request.actor, document, document.kind) and kind_of(document.kind).drafted,
            "send": policy.can_draft(request.actor, document.campaign) and document.state == "issued",
        },
        "variants": list(_linked(request, document.variants)), "corrections": list(_linked(request, document.corrections)),
        "variant_form": VariantForm(), "original": _linked(request, queries.document_rows(document.variant_of_id)).first(),
        "corrected": _linked(request, queries.document_rows(document.corrects_id)).first(),
    }  # fmt: skip
    return render(request, "documents/show.html", context)


def _can_vary(request: HttpRequest, document: OfficialDocument) -> bool:
    return bool(document.names) and bool(policy.can_make_variant(request.actor, document))


def _linked(request: HttpRequest, rows: Any) -> QuerySet[OfficialDocument]:
    """The reader sees what a document is linked to only where it may be read."""
    return rows.filter(pk__in=policy.documents_visible_to(request.actor).values("pk"))


def _content(request: HttpRequest, pk: UUID, suffix: str) -> tuple[OfficialDocument, bytes]:
    if suffix not in drawing.MEDIA_TYPES:
        raise NotFound()
    document = documents.render_document(actor=request.actor, at=request.at, document_id=pk, suffix=suffix)
    documents.record_download(actor=request.actor, at=request.at, document_id=pk, suffix=suffix)
    return document, queries.file_bytes(document, suffix)


@staff_page
def file(request: HttpRequest, pk: UUID, suffix: str) -> HttpResponse:
    """Download the PDF or Word file; it is drawn now if it was not yet."""
    document, content = _content(request, pk, suffix)
    return download(content, audiences.file_name(document, suffix), drawing.MEDIA_TYPES[suffix])


@staff_page
def print_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open the PDF in the browser, ready to print."""
    document, content = _content(request, pk, "pdf")
    return download(content, audiences.file_name(document, "pdf"), drawing.MEDIA_TYPES["pdf"], inline=True)


@staff_page
def page_image(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Show one page as it will be printed."""
    pages = drawing.pages_of(_document(request, pk))
    if not 1 <= number <= len(pages):
        raise NotFound()
    return download(pages[number - 1], f"{number}.png", "image/png", inline=True)


@staff_page
@require_POST
@dangerous
def void_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Void an issued document with a reason."""
    document = documents.void_document(
        actor=request.actor, at=request.at, document_id=pk, reason=request.POST.get("reason", "")
    )
    said(request, _("已作废：%(name)s") % {"name": document})
    return redirect("documents:show", pk)


@staff_page
@require_POST
def receive_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Acknowledge a delivery; a daily summary is acknowledged as such."""
    rows = policy.deliveries_visible_to(request.actor).select_related("document")
    document = get_visible(rows, pk).document
    if not _acknowledged_as_summary(request, document):
        documents.receive_document(actor=request.actor, at=request.at, delivery_id=pk)
    said(request, _("已签收：%(name)s") % {"name": document})
    return redirect("documents:show", document.pk)


@staff_page
@require_POST
def receive_documents(request: HttpRequest) -> HttpResponse:
    """Acknowledge the deliveries shown, all at once."""
    shown = set(request.POST.getlist("delivery"))
    rows = queries.unread_deliveries(request.actor, campaign_id=request.campaign.pk)[:MOST_UNREAD]
    waiting = [row for row in rows if str(row.pk) in shown]
    with transaction.atomic():
        others = [row.pk for row in waiting if not _acknowledged_as_summary(request, row.document)]
        documents.receive_documents(actor=request.actor, at=request.at, delivery_ids=others)
    said(request, _("已签收 %(count)s 份。") % {"count": len(waiting)})
    return redirect("documents:list")


def _acknowledged_as_summary(request: HttpRequest, document: OfficialDocument) -> bool:
    """This function will acknowledge a daily summary as such; False for any other document."""
    edition = _edition_of(request, document)
    if edition is None:
        return False
    reporting.acknowledge_edition(actor=request.actor, at=request.at, edition_id=edition.pk)
    return True


def _edition_of(request: HttpRequest, document: OfficialDocument) -> Any:
    if document.subject_type != Edition._meta.label_lower:
        return None
    edition = editions_visible_to(request.actor).filter(pk=document.subject_id).first()
    return edition if edition and can_acknowledge_edition(request.actor, edition) else None
