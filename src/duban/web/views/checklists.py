"""Checklists: list, upload with errors by sheet and row, preview, publish, compare, download."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.checklists import comparison, policy, queries, questions, rendering
from duban.checklists import operations as checklists
from duban.checklists.models import ChecklistVersion
from duban.kernel import files
from duban.kernel.errors import DubanError, Invalid, TooLarge
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.sites.models import SiteType
from duban.web.forms.checklists import ChecklistFilter, UploadForm
from duban.web.pages import download, export_rows, form_errors, said
from duban.web.views.campaign import campaign_page, context

MOST_BYTES = 5 * 1024 * 1024
COLUMNS = [
    (gettext_lazy("代码"), lambda row: row.checklist.code),
    (gettext_lazy("清单"), lambda row: row.checklist.title),
    (gettext_lazy("版本"), lambda row: row.number),
    (gettext_lazy("表单版本号"), lambda row: row.version_label),
    (gettext_lazy("状态"), lambda row: row.get_state_display()),
    (gettext_lazy("检查项"), lambda row: row.item_count),
    (gettext_lazy("上传时间"), lambda row: row.uploaded_at),
    (gettext_lazy("发布时间"), lambda row: row.published_at),
]


def _rows(request: HttpRequest, form: ChecklistFilter) -> list[ChecklistVersion]:
    """Return every visible version, newest first within its checklist, after the filter."""
    given = form.cleaned_data if form.is_valid() else {}
    rows = []
    for checklist in queries.checklists(request.actor, request.campaign):
        if (text := given.get("q")) and text not in checklist.title and text not in checklist.code:
            continue
        if given.get("site_type") and given["site_type"] not in checklist.site_types:
            continue
        for version in checklist.shown:
            version.checklist = checklist
            if not given.get("state") or version.state == given["state"]:
                rows.append(version)
    return rows


@campaign_page
def list_checklists(request: HttpRequest) -> HttpResponse:
    kinds = list(SiteType.objects.filter(pack=request.campaign.pack).values_list("code", "title"))
    form = ChecklistFilter(request.GET, kinds=kinds)
    rows = _rows(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("检查清单"), COLUMNS, rows)
    titles = dict(kinds)
    for row in rows:
        row.kinds = "、".join(titles.get(code, code) for code in row.checklist.site_types)
    return render(request, "checklists/list.html", context(request, "checklists:list", form=form, rows=rows))


@campaign_page
def upload_version(request: HttpRequest) -> HttpResponse:
    require(policy.can_upload_version(request.actor, request.campaign))
    form = UploadForm(
        request.POST or None, request.FILES or None, campaign=request.campaign,
        initial={"checklist": request.GET.get("checklist")},
    )  # fmt: skip
    faults: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            version = _upload(request, form)
        except DubanError as error:
            faults = [(place, str(text)) for place, text in error.fields.items() if place not in form.fields]
            form_errors(form, error if not faults else Invalid(error.code, error.message))
        else:
            said(request, _("%(version)s已上传为草稿，核对后发布") % {"version": version})
            return redirect("checklists:show", version.pk)
    return render(
        request, "checklists/upload.html", context(request, "checklists:list", form=form, faults=faults)
    )


def _upload(request: HttpRequest, form: UploadForm) -> ChecklistVersion:
    upload = form.cleaned_data["file"]
    if upload.size > MOST_BYTES:
        raise TooLarge("workbook_too_large", _("清单文件不能超过 5 MB。"))
    return checklists.upload_version(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, code=form.target,
        content=upload.read(), file_name=upload.name,
    )  # fmt: skip


def _loaded(request: HttpRequest, pk: UUID) -> ChecklistVersion:
    rows = policy.versions_visible_to(request.actor).filter(checklist__campaign=request.campaign)
    return get_visible(rows.select_related("checklist__campaign", "source", "xform"), pk)


def _earlier(version: ChecklistVersion) -> ChecklistVersion | None:
    return version.checklist.versions.filter(number__lt=version.number).order_by("-number").first()


@campaign_page
def show_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    version = _loaded(request, pk)
    items = list(version.items.prefetch_related("measures__directive", "rule_items__rule_set"))
    loose = [item for item in items if not item.measures.all() and not item.rule_items.all()]
    extra: dict[str, Any] = {
        "version": version, "sections": rendering.rows(version), "items": items, "loose": loose,
        "question_count": sum(1 for _one in questions.flat(version.questions)),
        "earlier": _earlier(version), "siblings": policy.versions_visible_to(request.actor).filter(
            checklist=version.checklist
        ),
    }  # fmt: skip
    return render(request, "checklists/version.html", context(request, "checklists:list", **extra))


@campaign_page
@require_POST
def publish_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        version = checklists.publish_version(actor=request.actor, at=request.at, version_id=pk)
    except Invalid as error:
        faults = [(place, str(text)) for place, text in error.fields.items()]
        extra = {"version": _loaded(request, pk), "faults": faults, "message": error.message}
        page = context(request, "checklists:list", **extra)
        return render(request, "checklists/refused.html", page, status=422)
    said(request, _("%(version)s已发布") % {"version": version})
    return redirect("checklists:show", pk)


@campaign_page
@require_POST
def retire_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    version = checklists.retire_version(actor=request.actor, at=request.at, version_id=pk)
    said(request, _("%(version)s已停用，已有检查记录不受影响") % {"version": version})
    return redirect("checklists:show", pk)


@campaign_page
def compare_versions(request: HttpRequest, pk: UUID) -> HttpResponse:
    version = _loaded(request, pk)
    others = policy.versions_visible_to(request.actor).filter(checklist=version.checklist).exclude(pk=pk)
    wanted = (
        others.filter(number=request.GET["with"]).first() if request.GET.get("with", "").isdigit() else None
    )
    before = wanted or _earlier(version)
    found = comparison.compare(before, version) if before else None
    extra = {"version": version, "before": before, "found": found, "others": others}
    return render(request, "checklists/compare.html", context(request, "checklists:list", **extra))


@campaign_page
def source_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    version = _loaded(request, pk)
    name = version.file_name or f"{version.checklist.code}-v{version.number}.xlsx"
    return download(files.read(version.source), name, checklists.XLSX)


@campaign_page
def xform_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    version = _loaded(request, pk)
    return download(
        files.read(version.xform), f"{version.form_id}-{version.version_label}.xml", checklists.XFORM
    )
