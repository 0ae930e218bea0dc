"""The import page: choose, upload, read the dry run, confirm. Nothing is written before the confirmation."""

from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel import files
from duban.kernel.errors import DubanError, Invalid, NotFound
from duban.kernel.models import StoredFile
from duban.reporting.exports import workbook_of
from duban.web.forms.imports import ImportForm
from duban.web.import_kinds import KINDS, ImportKind, open_kinds, run_divisions
from duban.web.pages import View, download, export_rows, form_errors, said, staff_page

SALT = "duban.import"
MAX_AGE = 3600
MAX_UPLOAD = 60 * 1024 * 1024
SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Upload:
    """A file waiting for confirmation, carried by a signed ticket."""

    kind: str
    sha256: str
    name: str
    under: str

    def ticket(self, request: HttpRequest) -> str:
        value = [self.kind, self.sha256, self.name, self.under, str(request.user.pk)]
        return signing.dumps(value, salt=SALT, compress=True)

    @classmethod
    def of(cls, request: HttpRequest, ticket: str) -> "Upload":
        """This function will read a ticket of this account.

        :raises Invalid: if it is forged, somebody else's or older than an hour.
        """
        try:
            kind, sha256, name, under, owner = signing.loads(ticket, salt=SALT, max_age=MAX_AGE)
        except (signing.BadSignature, ValueError):
            raise Invalid("stale_upload", _("核对结果已过期，请重新上传。")) from None
        if owner != str(request.user.pk) or kind not in dict(open_kinds(request.actor)):
            raise Invalid("stale_upload", _("核对结果已过期，请重新上传。"))
        return cls(kind, sha256, name, under)

    def content(self) -> bytes:
        stored = StoredFile.objects.filter(sha256=self.sha256).first()
        if stored is None:
            raise NotFound("file_missing")
        return files.read(stored)


def import_page(view: View) -> View:
    """This decorator will open the import page to those who may import anything; to others it does not exist."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not open_kinds(request.actor):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _run(request: HttpRequest, upload: Upload, content: bytes, *, dry_run: bool) -> Any:
    given = {
        "actor": request.actor,
        "at": request.at,
        "content": content,
        "file_name": upload.name,
        "dry_run": dry_run,
    }
    if upload.kind == "divisions":
        return run_divisions(under=upload.under, **given)
    return KINDS[upload.kind].run(**given)


@import_page
def show_imports(request: HttpRequest) -> HttpResponse:
    """This function will show the form and, after an upload, the dry run."""
    kinds = open_kinds(request.actor)
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        kinds=kinds,
        initial={"kind": request.GET.get("kind", kinds[0][0])},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            if given.size > MAX_UPLOAD:
                raise Invalid(
                    "too_large", _("文件超过 %(limit)s MB。") % {"limit": MAX_UPLOAD // 1024 // 1024}
                )
            return _dry_run(request, form, given.read(), given.name)
        except DubanError as error:
            form_errors(form, error)
    return render(
        request,
        "imports/show.html",
        {"form": form, "kinds": _templates(request)},
        status=422 if form.errors else 200,
    )


def _templates(request: HttpRequest) -> list[ImportKind]:
    return [KINDS[code] for code, title in open_kinds(request.actor) if code in KINDS]


def _dry_run(request: HttpRequest, form: ImportForm, content: bytes, name: str) -> HttpResponse:
    """Check the file first, so that what cannot be read is never kept; then keep it until the confirmation."""
    upload = Upload(form.cleaned_data["kind"], "", name[-120:], form.cleaned_data.get("under", ""))
    plan = _run(request, upload, content, dry_run=True)
    stored = files.keep(content, media_type="application/octet-stream", at=request.at)
    ticket = Upload(upload.kind, stored.sha256, upload.name, upload.under).ticket(request)
    title = dict(open_kinds(request.actor))[upload.kind]
    faults = getattr(plan, "faults", [])
    return render(request, "imports/plan.html", {
        "plan": plan, "kind": upload.kind, "title": title, "ticket": ticket, "file_name": upload.name,
        "faults": faults[:SHOWN], "fault_count": len(faults), "new": getattr(plan, "new", [])[:SHOWN] if upload.kind != "divisions" else [],
        "changed": getattr(plan, "changed", [])[:SHOWN] if upload.kind != "divisions" else [],
        "counts": plan.counts if upload.kind != "divisions" else vars(plan),
    })  # fmt: skip


@import_page
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """This function will import what was checked; the same file, held against the tables as they are now."""
    upload = Upload.of(request, request.POST.get("ticket", ""))
    done = _run(request, upload, upload.content(), dry_run=False)
    said(request, _("已导入：%(label)s") % {"label": done.label})
    return redirect(
        {"units": "units:list", "divisions": "units:list", "posts": "posts:list", "sites": "sites:list"}[
            upload.kind
        ]
    )


@import_page
@require_POST
def faulty_rows(request: HttpRequest) -> HttpResponse:
    """This function will give the faults of a checked file as a table."""
    upload = Upload.of(request, request.POST.get("ticket", ""))
    plan = _run(request, upload, upload.content(), dry_run=True)
    columns = (
        ("行", lambda one: one.row),
        ("列", lambda one: one.column),
        ("要改的地方", lambda one: one.message),
    )
    return export_rows(
        request, _("要改的行"), columns, getattr(plan, "faults", []), head=[(_("文件"), upload.name)]
    )


@import_page
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """This function will give an empty table with the right headers, one made-up line and the word lists."""
    if kind not in dict(open_kinds(request.actor)) or kind not in KINDS:
        raise NotFound()
    chosen = KINDS[kind]
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
