"""The import page: upload, follow the check, confirm, follow the writing. Nothing is written before the confirmation.

A small file is worked on while the page waits; a large one in the background, its page shows how far it has come.
"""

from functools import wraps
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.people import import_runs, policy
from duban.people.import_kinds import KINDS, open_kinds
from duban.people.models import ImportRun
from duban.people.states import ImportState
from duban.reporting.exports import workbook_of
from duban.web.attempts import attempt
from duban.web.forms.imports import ImportForm
from duban.web.pages import View, download, export_rows, said, staff_page

RECENT = 10
LISTS = {"units": "units:list", "divisions": "units:list", "posts": "posts:list", "sites": "sites:list"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_page(view: View) -> View:
    """This decorator will open the import page to those who may import anything; to others it does not exist."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not open_kinds(request.actor):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


@import_page
def show_imports(request: HttpRequest) -> HttpResponse:
    """This function will show the form and the latest imports, and take a file in."""
    kinds = [(kind.code, kind.title) for kind in open_kinds(request.actor)]
    first = {"kind": request.GET.get("kind", kinds[0][0])}
    form = ImportForm(request.POST or None, request.FILES or None, kinds=kinds, initial=first)
    if request.method == "POST" and (run := attempt(form, lambda: _take_in(request, form))):
        return redirect("imports:run", run.pk)
    runs = policy.imports_visible_to(request.actor).order_by("-requested_at")[:RECENT]
    templates = [kind for kind in open_kinds(request.actor) if kind.columns]
    context = {"form": form, "kinds": templates, "runs": [_told(run) for run in runs]}
    return render(request, "imports/show.html", context, status=422 if form.errors else 200)


def _take_in(request: HttpRequest, form: ImportForm) -> ImportRun:
    given = form.cleaned_data["file"]
    limit = KINDS[form.cleaned_data["kind"]].limit
    run = import_runs.request_import(
        actor=request.actor, at=request.at, kind=form.cleaned_data["kind"], content=given.read(limit + 1),
        file_name=given.name, under=form.cleaned_data.get("under") or "",
    )  # fmt: skip
    if run.size <= import_runs.QUICK_BYTES:
        import_runs.work_import(at=request.at, run_id=run.pk)
        run.refresh_from_db()
    if run.state == ImportState.REFUSED and run.message:
        raise Invalid("import_refused", run.message)
    return run


def _told(run: ImportRun) -> SimpleNamespace:
    """Return a run as the templates show it."""
    done, total = import_runs.progress_of(run) if run.is_working else (0, 0)
    return SimpleNamespace(
        row=run, title=KINDS[run.kind].title, done=done, total=total, counts=run.outcome.get("counts", {}),
        percent=done * 100 // total if total else 0,
    )  # fmt: skip


@import_page
def show_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show an import where it stands: at work, waiting for the confirmation, over."""
    run = get_visible(policy.imports_visible_to(request.actor), pk)
    part = "#work" if request.htmx and run.is_working else ""
    outcome, faults = run.outcome, run.outcome.get("faults", [])
    answer = render(request, f"imports/run.html{part}", {
        "run": run, "told": _told(run), "counts": outcome.get("counts", {}), "faults": faults[: import_runs.SHOWN],
        "fault_count": outcome.get("fault_count", 0), "new": outcome.get("new", []), "changed": outcome.get("changed", []),
        "ignored": outcome.get("ignored", []), "list_url": LISTS[run.kind],
    })  # fmt: skip
    if request.htmx and not run.is_working:
        answer.headers["HX-Refresh"] = "true"
    return answer


@import_page
@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will have a checked file written."""
    run = import_runs.confirm_import(actor=request.actor, at=request.at, run_id=pk)
    if run.outcome["counts"]["rows"] <= import_runs.QUICK_ROWS and run.size <= import_runs.QUICK_BYTES:
        import_runs.work_import(at=request.at, run_id=pk)
        run.refresh_from_db()
    if run.state == ImportState.DONE:
        said(request, _("已导入：%(label)s") % {"label": run.outcome["label"]})
        return redirect(LISTS[run.kind])
    return redirect("imports:run", pk)


@import_page
@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will give an import up."""
    import_runs.stop_import(actor=request.actor, at=request.at, run_id=pk)
    said(request, _("没有导入，上传的文件已删除"))
    return redirect("imports:show")


@import_page
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will check a file again whose import broke off."""
    import_runs.retry_import(actor=request.actor, at=request.at, run_id=pk)
    return redirect("imports:run", pk)


@import_page
def faulty_rows(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will give the faults of a checked file as a table."""
    run = get_visible(policy.imports_visible_to(request.actor), pk)
    columns = (
        (_("行"), lambda one: one["row"]),
        (_("列"), lambda one: one["column"]),
        (_("要改的地方"), lambda one: one["message"]),
    )
    return export_rows(
        request, _("要改的行"), columns, run.outcome.get("faults", []), head=[(_("文件"), run.file_name)]
    )


@import_page
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """This function will give an empty table with the right headers, one made-up line and the word lists."""
    chosen = KINDS.get(kind)
    if chosen is None or not chosen.columns or not chosen.may(request.actor):
        raise NotFound()
    heads = [
        (str(column.title), (lambda row, place=place: row[place]))
        for place, column in enumerate(chosen.columns)
    ]
    told = [
        (str(one.title), _("必填") if one.is_required else "", str(one.hint), "、".join(one.aliases))
        for one in chosen.columns
    ]
    words = [
        (label, (lambda row, place=place: row[place]))
        for place, label in enumerate((_("列"), _("必填"), _("说明"), _("也认这些表头")))
    ]
    sheets = [(str(chosen.title), heads, [chosen.sample]), (_("填写说明"), words, told)]
    sheets += [(name, [(name, lambda row: row)], values) for name, values in chosen.notes()]
    return download(workbook_of(sheets), _("%(title)s导入模板") % {"title": chosen.title} + ".xlsx", XLSX)
