"""每日汇总: list of editions, one edition with its frozen table, preview, sign-off, correction, files."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.documents import drawing
from duban.documents import operations as documents
from duban.documents.queries import file_bytes
from duban.kernel import clock
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.reporting import drafting, freezing, policy, queries, records
from duban.reporting import operations as reporting
from duban.reporting.models import Edition
from duban.reporting.questions import Question
from duban.reporting.states import EditionState
from duban.teams.policy import teams_visible_to
from duban.web.forms.reporting import TextForm
from duban.web.pages import download, export_rows, form_errors, paginate, said, staff_page
from duban.web.views.figure_rows import head_of

# act → (operation, what the toast says, needs a reason)
ACTS: dict[str, tuple[Any, Any, bool]] = {
    "check": (reporting.check_edition, gettext_lazy("已核稿"), False),
    "review": (reporting.review_edition, gettext_lazy("已审核，送签发"), False),
    "return": (reporting.return_edition, gettext_lazy("已退回修改"), True),
    "sign": (reporting.sign_edition, gettext_lazy("已签发"), False),
    "send": (reporting.send_edition, gettext_lazy("已报送"), False),
    "acknowledge": (reporting.acknowledge_edition, gettext_lazy("已回执"), False),
    "correct": (reporting.correct_edition, gettext_lazy("已另出更正版"), True),
}
# state → act that comes next, its button, and what the bar says
NEXT: dict[str, tuple[str, Any, Any]] = {
    EditionState.FROZEN: ("check", gettext_lazy("核稿通过，送审核"), gettext_lazy("核稿")),
    EditionState.CHECKED: ("review", gettext_lazy("审核通过，送签发"), gettext_lazy("审核")),
    EditionState.REVIEWED: ("sign", gettext_lazy("签发汇总"), gettext_lazy("签发")),
    EditionState.SIGNED: ("send", gettext_lazy("报送指挥部"), gettext_lazy("报送")),
    EditionState.SENT: ("acknowledge", gettext_lazy("回执"), gettext_lazy("回执")),
}
DECISIONS = {
    "check": policy.can_check_edition, "review": policy.can_review_edition, "return": policy.can_return_edition,
    "sign": policy.can_sign_edition, "send": policy.can_send_edition, "acknowledge": policy.can_acknowledge_edition,
    "correct": policy.can_correct_edition, "edit": policy.can_edit_edition,
}  # fmt: skip


def _edition(request: HttpRequest, pk: UUID) -> Edition:
    related = ("campaign__body", "campaign__headquarters", "campaign__scope", "document", "checked_by", "reviewed_by",
               "signed_by", "supersedes")  # fmt: skip
    return get_visible(policy.editions_visible_to(request.actor).select_related(*related), pk)


@staff_page
def list_editions(request: HttpRequest) -> HttpResponse:
    """Show the editions by day."""
    rows = queries.editions_listed(request.actor, request.campaign)
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    if request.GET.get("export"):
        columns = [(_("日期"), lambda row: row.day), (_("版次"), lambda row: row.sequence), (_("截数"), lambda row: row.as_of),
                   (_("状态"), lambda row: row.get_state_display()), (_("报送"), lambda row: row.sent_at),
                   (_("回执"), lambda row: row.acknowledged_at), (_("校验值"), lambda row: row.digest)]  # fmt: skip
        return export_rows(request, _("每日汇总"), columns, rows)
    page = paginate(request, rows)
    totals = queries.totals_of([row.pk for row in page])
    lines = [{"edition": row, "totals": totals.get(row.pk, {})} for row in page]
    tabs = [{"label": _("全部"), "url": request.path, "current": not state}] + [
        {"label": label, "url": f"?state={value}", "current": state == value}
        for value, label in EditionState.choices
    ]
    due = clock.local_day(request.at)
    may_freeze = bool(policy.can_freeze_edition(request.actor, request.campaign))
    waiting = (
        may_freeze
        and request.at >= freezing.cutoff_of(request.campaign, due)
        and not rows.filter(day=due).exists()
    )
    context = {
        "page": page,
        "lines": lines,
        "tabs": tabs,
        "now": request.at,
        "freeze_day": due if waiting and not state else None,
    }
    return render(request, "summaries/list.html", context)


@staff_page
@require_POST
def freeze_edition(request: HttpRequest) -> HttpResponse:
    """Freeze a day whose cut-off has passed, if the worker has not done it yet."""
    day = parse_date(request.POST.get("day", "")) or clock.local_day(request.at)
    edition = reporting.freeze_edition(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, day=day
    )
    said(request, _("已冻结"))
    return redirect("summaries:show", edition.pk)


@staff_page
def show_edition(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one edition: frozen table, sign-off, preview, notes."""
    edition = _edition(request, pk)
    before = queries.edition_before(edition) if request.GET.get("compare") else None
    act, button, step = NEXT.get(edition.state, ("", "", ""))
    context = {
        "edition": edition, "table": queries.edition_table(edition, before=before), "before": before, "steps": _steps(edition),
        "can": {name: decide(request.actor, edition) for name, decide in DECISIONS.items()}, "act": act, "button": button,
        "step": step, "late_sheets": queries.late_sheets(edition), "characters": drafting.length_of(edition.sections),
        "pages": list(range(1, len(_pages(edition)) + 1)), "now": request.at, "missing": _missing(request, edition),
        "day_number": (edition.day - edition.campaign.starts_on).days + 1, "campaign": edition.campaign,
        "bar": DECISIONS[act](request.actor, edition) if act else None,
    }  # fmt: skip
    return render(request, "summaries/show.html", context)


def _missing(request: HttpRequest, edition: Edition) -> list[str]:
    known = teams_visible_to(request.actor).filter(campaign_id=edition.campaign_id, pk__in=[
        team["id"] for team in edition.missing_teams
    ])  # fmt: skip
    names = set(known.values_list("name", flat=True))
    return [
        team["name"] for team in edition.missing_teams if not team.get("is_covert") or team["name"] in names
    ]


def _steps(edition: Edition) -> list[dict[str, Any]]:
    posts = [
        (_("冻结"), edition.frozen_at, _("系统")),
        (_("核稿"), edition.checked_at, edition.checked_by),
        (_("审核"), edition.reviewed_at, edition.reviewed_by),
        (_("签发"), edition.signed_at, edition.signed_by),
        (_("报送"), edition.sent_at, edition.campaign.headquarters),
        (_("回执"), edition.acknowledged_at, edition.acknowledged_by_label),
    ]
    steps, is_open = [], edition.state != EditionState.SUPERSEDED
    for label, at, who in posts:
        state = "done" if at else ("open" if is_open else "todo")
        is_open = is_open and bool(at)
        steps.append(
            {
                "label": label,
                "at": at,
                "note": str(who) if who and (at or label == _("报送")) else "",
                "state": state,
            }
        )
    return steps


def _pages(edition: Edition) -> list[bytes]:
    if edition.document:
        return drawing.pages_of(edition.document)
    return drawing.preview("daily_summary", records.edition_record(edition))


@staff_page
def page_image(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Show one page of the document, or of its draft, as it will be printed."""
    pages = _pages(_edition(request, pk))
    if not 1 <= number <= len(pages):
        raise NotFound()
    return download(pages[number - 1], f"{number}.png", "image/png", inline=True)


@staff_page
def file(request: HttpRequest, pk: UUID, suffix: str) -> HttpResponse:
    """Download the signed document, or the draft marked as such."""
    edition = _edition(request, pk)
    if suffix not in drawing.MEDIA_TYPES:
        raise NotFound()
    name = records.edition_title(edition)
    if not edition.document:
        content = drawing.draw_record("daily_summary", records.edition_record(edition), suffix)
        return download(content, f"{name}（底稿）.{suffix}", drawing.MEDIA_TYPES[suffix])
    document = documents.render_document(
        actor=request.actor, at=request.at, document_id=edition.document_id, suffix=suffix
    )
    documents.record_download(actor=request.actor, at=request.at, document_id=document.pk, suffix=suffix)
    return download(file_bytes(document, suffix), f"{name}.{suffix}", drawing.MEDIA_TYPES[suffix])


@staff_page
def export_edition(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Export the frozen table as Excel."""
    edition = _edition(request, pk)
    table = queries.edition_table(edition)
    columns: list[Any] = [(_("单位"), lambda row: row.title)]
    for place, column in enumerate(table.columns):
        columns.append((str(column.title), lambda row, place=place: row.cells[place].value))
    question = Question(edition.campaign, as_of=edition.as_of, since=edition.since)
    head = [*head_of(question), (_("校验值"), edition.digest)]
    return export_rows(
        request, records.edition_title(edition), columns, [*table.lines, table.total], head=head
    )


@staff_page
def edit_edition(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the text; the figures stand beside it and cannot be changed."""
    edition = _edition(request, pk)
    require(policy.can_edit_edition(request.actor, edition))
    form = TextForm(request.POST or None, sections=edition.sections)
    if request.method == "POST" and form.is_valid():
        try:
            reporting.edit_edition(actor=request.actor, at=request.at, edition_id=pk, sections=form.edited())
            said(request, _("文字已保存"))
            return redirect("summaries:show", pk)
        except Invalid as error:
            form_errors(form, error)
    context = {"edition": edition, "form": form, "table": queries.edition_table(edition)}
    return render(request, "summaries/edit.html", context)


@staff_page
@require_POST
def act_on_edition(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Check, review, return, sign, send, acknowledge or correct an edition."""
    if act not in ACTS:
        raise NotFound()
    operation, words, needs_reason = ACTS[act]
    extra = {"reason": request.POST.get("reason", "")} if needs_reason else {}
    edition = operation(actor=request.actor, at=request.at, edition_id=pk, **extra)
    said(request, str(words))
    return redirect("summaries:show", edition.pk)
