"""收文: bring a text in, read it beside its original, correct, confirm, add to a directive, put aside."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.campaigns.models import Directive
from duban.campaigns.policy import directives_visible_to
from duban.incoming import operations as incoming
from duban.incoming import policy, queries, reading_rows
from duban.incoming.models import IncomingText
from duban.incoming.reading import read_document
from duban.incoming.states import TextState
from duban.kernel import clock, files
from duban.kernel.errors import Conflict, DubanError, Invalid, NotFound, TooLarge
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.forms import incoming as forms
from duban.web.pages import View, download, export_rows, form_errors, paginate, said, staff_page
from duban.web.side_by_side import original_lines

CHOSEN_FROM = 100
WHY = {
    "number": gettext_lazy("文号相同"),
    "title": gettext_lazy("标题和日期相同"),
    "wording": gettext_lazy("正文大部分相同"),
}
COLUMNS = [
    (gettext_lazy("收到"), lambda row: row.received_at),
    (gettext_lazy("标题"), str),
    (gettext_lazy("文号"), lambda row: row.number),
    (gettext_lazy("发文机关"), lambda row: row.issuer_title),
    (gettext_lazy("成文日期"), lambda row: row.issued_on),
    (gettext_lazy("来源"), lambda row: row.publisher),
    (gettext_lazy("状态"), lambda row: row.get_state_display()),
    (gettext_lazy("部署"), lambda row: row.directive.code if row.directive else ""),
    (gettext_lazy("理由"), lambda row: row.reason),
]


def office_page(view: View) -> View:
    """This decorator will show the page to the office of the campaign; to others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_see_texts(request.actor, request.campaign):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _filtered(rows: QuerySet[IncomingText], form: forms.TextFilter) -> QuerySet[IncomingText]:
    given = form.cleaned_data if form.is_valid() else {}
    if text := (given.get("q") or "").replace("\0", "").strip():
        rows = rows.filter(
            Q(title__icontains=text)
            | Q(number__icontains=text)
            | Q(publisher__icontains=text)
            | Q(text__icontains=text)
        )
    if given.get("state"):
        rows = rows.filter(state=given["state"])
    if given.get("since"):
        rows = rows.filter(received_at__gte=clock.start_of_day(given["since"]))
    return rows.filter(received_at__lt=clock.end_of_day(given["until"])) if given.get("until") else rows


@office_page
def list_texts(request: HttpRequest) -> HttpResponse:
    """Show the texts that arrived; filter in the address, export and print obey it."""
    form = forms.TextFilter(request.GET)
    rows = _filtered(queries.texts(request.actor, request.campaign), form)
    if request.GET.get("export"):
        return export_rows(request, _("收文"), COLUMNS, rows)
    page = paginate(request, rows)
    can = {"receive": policy.can_receive_text(request.actor, request.campaign)}
    context = {"page": page, "filter": form, "found": page.paginator.count, "can": can, "now": request.at}
    return render(request, "incoming/list.html", context)


@office_page
def receive_text(request: HttpRequest) -> HttpResponse:
    """Take a file or pasted text and lead to its reading."""
    require(policy.can_receive_text(request.actor, request.campaign))
    is_sent = request.method == "POST"
    form = forms.ReceiveForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if is_sent and form.is_valid():
        content, name = form.arrived()
        try:
            made = incoming.receive_text(
                actor=request.actor,
                at=request.at,
                campaign_id=request.campaign.pk,
                content=content,
                file_name=name,
            )
            said(request, _("%(title)s已收到，请核对") % {"title": made})
            return redirect("incoming:show", made.pk)
        except (Invalid, Conflict, TooLarge) as error:
            form.add_error("file" if form.cleaned_data["file"] else "pasted", str(error.message))
    return render(request, "incoming/receive.html", {"form": form})


def _text(request: HttpRequest, pk: UUID) -> IncomingText:
    rows = policy.texts_visible_to(request.actor).filter(campaign=request.campaign)
    return get_visible(rows.select_related("file"), pk)


def _page(
    request: HttpRequest, text: IncomingText, desk: forms.Desk | None = None, **more: Any
) -> HttpResponse:
    """Show a text beside its original; `desk` carries what was typed and what is wrong with it."""
    if text.file.erased_at:
        return render(request, "incoming/erased.html", {"text": text})
    reading = read_document(files.read(text.file), text.file_name)
    desk = desk or forms.Desk(text, None, reading_rows.names_of(reading))
    lines, is_cut = original_lines(reading, [form.row for form in desk.forms], text.warnings)
    may = policy.can_decide_text(request.actor, text)
    waits = text.state == TextState.WAITING
    known = queries.repeated(text) if waits else None
    twin = queries.repeated_waiting(text) if waits and not known else None
    context = {
        "twin": twin[0] if twin else None, "twin_why": WHY[twin[1]] if twin else "",
        "holds_names": bool(reading_rows.names_of(reading) or reading_rows.running_names(reading)),
        "text": text, "desk": desk, "groups": desk.groups(), "lines": lines, "is_cut": is_cut, "can": {"decide": may},
        "waits": waits, "same": known[0] if known else None, "why": WHY[known[1]] if known else "",
        "attach": more.get("attach") or _attach_form(request, None, known), "discard": more.get("discard") or forms.ReasonForm(),
        "shown_forms": [desk.head, *desk.forms], "now": request.at, "steps": len(text.earlier),
    }  # fmt: skip
    return render(request, "incoming/show.html", context)


def _attach_form(request: HttpRequest, data: Any, known: tuple[Directive, str] | None) -> forms.AttachForm:
    rows = directives_visible_to(request.actor).filter(campaign=request.campaign)
    nearest = list(rows.order_by("-issued_on", "-id").values_list("pk", flat=True)[:CHOSEN_FROM])
    nearest += [known[0].pk] if known else []
    initial = {"directive": known[0]} if known else {}
    return forms.AttachForm(data, directives=rows.filter(pk__in=nearest), initial=initial)


@office_page
def show_text(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, _text(request, pk))


def _desk(request: HttpRequest, text: IncomingText) -> forms.Desk:
    reading = read_document(files.read(text.file), text.file_name)
    return forms.Desk(text, request.POST, reading_rows.names_of(reading))


@office_page
@require_POST
def correct_text(request: HttpRequest, pk: UUID) -> HttpResponse:
    text = _text(request, pk)
    require(policy.can_correct_text(request.actor, text))
    desk = _desk(request, text)
    if desk.is_valid():
        try:
            incoming.correct_text(actor=request.actor, at=request.at, text_id=pk, **desk.corrections())
            said(request, _("更正已保存"))
            return redirect("incoming:show", pk)
        except (Invalid, Conflict) as error:
            desk.put(error)
    return _page(request, text, desk)


@office_page
@require_POST
def confirm_text(request: HttpRequest, pk: UUID) -> HttpResponse:
    text = _text(request, pk)
    require(policy.can_confirm_text(request.actor, text))
    desk = _desk(request, text)
    if desk.is_valid():
        try:
            made = incoming.confirm_text(
                actor=request.actor, at=request.at, text_id=pk, holder_ids=desk.holders(),
                as_new=bool(request.POST.get("as_new")), **desk.corrections(),
            )  # fmt: skip
            said(request, _("%(title)s已登记") % {"title": made.title})
            return redirect("directives:show", made.pk)
        except (Invalid, Conflict) as error:
            desk.put(error)
    return _page(request, text, desk)


@office_page
@require_POST
def undo_correction(request: HttpRequest, pk: UUID) -> HttpResponse:
    incoming.undo_correction(actor=request.actor, at=request.at, text_id=_text(request, pk).pk)
    said(request, _("已撤销一次更正"))
    return redirect("incoming:show", pk)


@office_page
@require_POST
def attach_text(request: HttpRequest, pk: UUID) -> HttpResponse:
    text = _text(request, pk)
    require(policy.can_attach_text(request.actor, text))
    form = _attach_form(request, request.POST, queries.repeated(text))
    if form.is_valid():
        chosen = form.cleaned_data["directive"]
        incoming.attach_text(actor=request.actor, at=request.at, text_id=pk, directive_id=chosen.pk)
        said(request, _("已并入%(title)s") % {"title": chosen.title})
        return redirect("directives:show", chosen.pk)
    return _page(request, text, attach=form)


@office_page
@require_POST
def discard_text(request: HttpRequest, pk: UUID) -> HttpResponse:
    text = _text(request, pk)
    require(policy.can_discard_text(request.actor, text))
    form = forms.ReasonForm(request.POST)
    if form.is_valid():
        try:
            incoming.discard_text(actor=request.actor, at=request.at, text_id=pk, **form.cleaned_data)
            said(request, _("%(title)s不予登记，理由已记录") % {"title": text})
            return redirect("incoming:list")
        except DubanError as error:
            form_errors(form, error)
    return _page(request, text, discard=form)


@office_page
def original(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand out the original, byte for byte; never shown inside our own origin."""
    text, content = incoming.hand_out_original(
        actor=request.actor, at=request.at, text_id=_text(request, pk).pk
    )
    return download(content, text.file_name, "application/octet-stream")
