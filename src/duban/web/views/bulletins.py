"""督导通报: list, drafting from findings, text, preview, review and issue, withdrawal, files."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.documents import drawing
from duban.documents import operations as documents
from duban.documents.queries import deliveries_of, file_bytes
from duban.inspection.models import Finding
from duban.inspection.policy import findings_visible_to
from duban.inspection.states import COUNTED_STATES
from duban.kernel import clock
from duban.kernel.errors import DubanError, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.reporting import drafting, policy, queries, records
from duban.reporting import operations as reporting
from duban.reporting.models import Bulletin
from duban.reporting.states import BulletinState
from duban.web.forms.reporting import BulletinTextForm, DraftBulletinForm
from duban.web.pages import download, export_rows, form_errors, paginate, said, staff_page

ACTS: dict[str, tuple[Any, Any, bool]] = {
    "submit": (reporting.submit_bulletin, gettext_lazy("已送审"), False),
    "return": (reporting.return_bulletin, gettext_lazy("已退回修改"), True),
    "issue": (reporting.issue_bulletin, gettext_lazy("已印发"), False),
    "withdraw": (reporting.withdraw_bulletin, gettext_lazy("已撤回"), True),
    "correct": (reporting.correct_bulletin, gettext_lazy("已撤回原期，请改正后重新送审"), True),
}
DECISIONS = {
    "change": policy.can_change_bulletin, "submit": policy.can_submit_bulletin, "return": policy.can_return_bulletin,
    "issue": policy.can_issue_bulletin, "withdraw": policy.can_withdraw_bulletin,
}  # fmt: skip


def _bulletin(request: HttpRequest, pk: UUID) -> Bulletin:
    rows = policy.bulletins_visible_to(request.actor)
    return get_visible(rows.select_related("campaign__body", "document", "drafted_by", "issued_by"), pk)


@staff_page
def list_bulletins(request: HttpRequest) -> HttpResponse:
    """Show the series, drafts first; filter in the address."""
    rows = queries.bulletins_listed(request.actor, request.campaign)
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    if text := request.GET.get("q", "").replace("\0", "").strip():
        rows = rows.filter(title__icontains=text)
    if request.GET.get("export"):
        columns = [(_("期号"), lambda row: row.issue), (_("标题"), lambda row: row.title), (_("日期"), lambda row: row.day),
                   (_("状态"), lambda row: row.get_state_display()), (_("问题"), lambda row: row.problem_count),
                   (_("印发"), lambda row: row.issued_at)]  # fmt: skip
        return export_rows(request, _("督导通报"), columns, rows)
    tabs = [{"label": _("全部"), "url": request.path, "current": not state}] + [
        {"label": label, "url": f"?state={value}", "current": state == value}
        for value, label in BulletinState.choices
    ]
    can = {"draft": policy.can_draft_bulletin(request.actor, request.campaign)}
    context = {"page": paginate(request, rows), "tabs": tabs, "can": can, "now": request.at}
    return render(request, "bulletins/list.html", context)


def _candidates(request: HttpRequest, day: date) -> QuerySet[Finding]:
    rows = findings_visible_to(request.actor).filter(
        campaign=request.campaign, state__in=COUNTED_STATES, found_at__gte=clock.start_of_day(day),
        found_at__lt=clock.end_of_day(day),
    )  # fmt: skip
    return rows.select_related("unit", "site", "category").order_by("category__ordinal", "number")


@staff_page
def draft_bulletin(request: HttpRequest) -> HttpResponse:
    """Choose the day's problems and draft a bulletin from them."""
    require(policy.can_draft_bulletin(request.actor, request.campaign))
    day = parse_date(request.GET.get("day") or request.POST.get("day") or "") or clock.local_day(request.at)
    rows = _candidates(request, day)
    initial = {"findings": [row.pk for row in rows], "by": "category"}
    form = DraftBulletinForm(request.POST or None, findings=rows, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            bulletin = reporting.draft_bulletin(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk, day=day, title=chosen["title"],
                by=chosen["by"], finding_ids=[row.pk for row in chosen["findings"]],
            )  # fmt: skip
            said(request, _("已起草"))
            return redirect("bulletins:show", bulletin.pk)
        except DubanError as error:
            form_errors(form, error)
    return render(request, "bulletins/new.html", {"form": form, "day": day, "found": len(rows)})


@staff_page
def show_bulletin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one bulletin with its preview, problems, recipients and what may be done."""
    bulletin = _bulletin(request, pk)
    findings = list(queries.bulletin_findings(bulletin))
    context = {
        "bulletin": bulletin, "findings": findings, "can": {name: may(request.actor, bulletin) for name, may in DECISIONS.items()},
        "characters": len(bulletin.lead) + drafting.length_of(bulletin.sections), "now": request.at,
        "pages": list(range(1, len(_pages(bulletin)) + 1)),
        "deliveries": list(deliveries_of(bulletin.document)) if bulletin.document else [],
        "recipients": list(bulletin.recipients.order_by("path")), "visible": _visible(request, findings),
    }  # fmt: skip
    return render(request, "bulletins/show.html", context)


def _visible(request: HttpRequest, findings: list[Finding]) -> set[UUID]:
    rows = findings_visible_to(request.actor).filter(pk__in=[row.pk for row in findings])
    return set(rows.values_list("pk", flat=True))


def _pages(bulletin: Bulletin) -> list[bytes]:
    if bulletin.document:
        return drawing.pages_of(bulletin.document)
    return drawing.preview("bulletin", records.bulletin_record(bulletin, None))


@staff_page
def page_image(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Show one page of the bulletin as it will be printed."""
    pages = _pages(_bulletin(request, pk))
    if not 1 <= number <= len(pages):
        raise NotFound()
    return download(pages[number - 1], f"{number}.png", "image/png", inline=True)


@staff_page
def file(request: HttpRequest, pk: UUID, suffix: str) -> HttpResponse:
    """Download the issued bulletin, or the draft marked as such."""
    bulletin = _bulletin(request, pk)
    if suffix not in drawing.MEDIA_TYPES:
        raise NotFound()
    if not bulletin.document:
        content = drawing.draw_record("bulletin", records.bulletin_record(bulletin, None), suffix)
        return download(content, f"{bulletin.title}（底稿）.{suffix}", drawing.MEDIA_TYPES[suffix])
    if bulletin.document_id:
        documents.record_download(
            actor=request.actor, at=request.at, document_id=bulletin.document_id, suffix=suffix
        )
    document = documents.render_document(
        actor=request.actor, at=request.at, document_id=bulletin.document_id, suffix=suffix
    )
    name = _("督导通报第%(n)s期") % {"n": bulletin.issue}
    return download(file_bytes(document, suffix), f"{name}.{suffix}", drawing.MEDIA_TYPES[suffix])


@staff_page
def change_bulletin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change title, text and recipients of a draft."""
    bulletin = _bulletin(request, pk)
    require(policy.can_change_bulletin(request.actor, bulletin))
    form = BulletinTextForm(request.POST or None, bulletin=bulletin)
    if request.method == "POST" and form.is_valid():
        try:
            reporting.change_bulletin(
                actor=request.actor, at=request.at, bulletin_id=pk, title=form.cleaned_data["title"],
                lead=form.cleaned_data["lead"], sections=form.edited(),
                recipient_ids=[unit.pk for unit in form.cleaned_data["recipients"]],
            )  # fmt: skip
            said(request, _("文字已保存"))
            return redirect("bulletins:show", pk)
        except Invalid as error:
            form_errors(form, error)
    return render(request, "bulletins/edit.html", {"bulletin": bulletin, "form": form})


@staff_page
@require_POST
def act_on_bulletin(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Hand in, return, issue, withdraw or correct a bulletin."""
    if act not in ACTS:
        raise NotFound()
    operation, words, needs_reason = ACTS[act]
    extra = {"reason": request.POST.get("reason", "")} if needs_reason else {}
    bulletin = operation(actor=request.actor, at=request.at, bulletin_id=pk, **extra)
    said(request, str(words))
    return redirect("bulletins:show", bulletin.pk)
