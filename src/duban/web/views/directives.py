"""The directive register and the two-way gap report."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.campaigns import operations as campaigns
from duban.campaigns import policy, queries
from duban.campaigns.models import Directive
from duban.checklists import queries as checklist_queries
from duban.incoming import queries as incoming_queries
from duban.inspection.policy import findings_visible_to
from duban.kernel import clock, files
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.forms import campaign as forms
from duban.web.pages import download, export_rows, paginate, said
from duban.web.side_by_side import quoted_pieces
from duban.web.views.campaign import attempt, campaign_page, context

SUFFIXES = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
COLUMNS = [
    (gettext_lazy("印发日"), lambda row: row.issued_on),
    (gettext_lazy("种类"), lambda row: row.get_kind_display()),
    (gettext_lazy("发文机关"), lambda row: row.issuer_title),
    (gettext_lazy("文号"), lambda row: row.number),
    (gettext_lazy("标题"), lambda row: row.title),
    (gettext_lazy("代码"), lambda row: row.code),
    (gettext_lazy("措施"), lambda row: row.measure_count),
    (gettext_lazy("废止时间"), lambda row: row.repealed_at),
]


def _filtered(rows: QuerySet[Directive], form: forms.DirectiveFilter) -> QuerySet[Directive]:
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q"):
        found = Q(title__icontains=text) | Q(number__icontains=text)
        rows = rows.filter(
            found | Q(pk__in=Directive.objects.filter(measures__text__icontains=text).values("pk"))
        )
    if given.get("kind"):
        rows = rows.filter(kind=given["kind"])
    if given.get("state"):
        rows = rows.filter(repealed_at__isnull=given["state"] == "in_force")
    if given.get("since"):
        rows = rows.filter(issued_on__gte=given["since"])
    return rows.filter(issued_on__lte=given["until"]) if given.get("until") else rows


@campaign_page
def list_directives(request: HttpRequest) -> HttpResponse:
    form = forms.DirectiveFilter(request.GET)
    rows = _filtered(queries.directives(request.actor, request.campaign), form)
    if request.GET.get("export"):
        return export_rows(request, _("部署登记"), COLUMNS, rows)
    page = paginate(request, rows)
    return render(
        request, "campaign/directives.html", context(request, "directives:list", form=form, page=page)
    )


@campaign_page
def register_directive(request: HttpRequest) -> HttpResponse:
    require(policy.can_register_directive(request.actor, request.campaign))
    form = forms.DirectiveForm(
        request.POST or None, request.FILES or None, initial={"issued_on": clock.local_day(request.at)}
    )
    measures = forms.MeasureFormSet(request.POST or None, prefix="measures")

    def act() -> Directive:
        given: dict[str, Any] = dict(form.cleaned_data)
        upload = given.pop("source")
        source = (upload.read(), upload.content_type or "application/octet-stream") if upload else None
        return campaigns.register_directive(
            actor=request.actor, at=request.at, campaign_id=request.campaign.pk, source=source,
            measures=forms.typed_measures(measures), **given,
        )  # fmt: skip

    if request.method == "POST" and measures.is_valid() and (made := attempt(form, act)):
        said(
            request,
            _("%(title)s已登记，措施 %(count)d 项") % {"title": made.title, "count": made.measures.count()},
        )
        return redirect("directives:show", made.pk)
    return render(
        request,
        "campaign/directive_form.html",
        context(request, "directives:list", form=form, measures=measures),
    )


def _loaded(request: HttpRequest, pk: UUID) -> Directive:
    rows = policy.directives_visible_to(request.actor).filter(campaign=request.campaign)
    return get_visible(rows.select_related("campaign", "source_file"), pk)


@campaign_page
def show_directive(request: HttpRequest, pk: UUID) -> HttpResponse:
    directive = _loaded(request, pk)
    measures = list(directive.measures.prefetch_related("check_items__version__checklist"))
    found = findings_visible_to(request.actor).filter(campaign=request.campaign, measure__in=measures)
    counts = dict(found.order_by().values_list("measure_id").annotate(Count("pk")))
    for measure in measures:
        measure.finding_count = counts.get(measure.pk, 0)
        measure.in_force = measure.effective_from <= request.at and (
            not measure.effective_to or measure.effective_to > request.at
        )
        # Older versions ask the same: show each question once, from the newest version.
        shown = {}
        for item in sorted(measure.check_items.all(), key=lambda item: item.version.number):
            shown[item.version.checklist_id, item.name] = item
        measure.shown_items = list(shown.values())
    extra = {
        "directive": directive, "measures": measures, "finding_total": sum(counts.values()),
        "pieces": quoted_pieces(directive.text, measures), "sources": incoming_queries.sources_of(directive),
    }  # fmt: skip
    return render(request, "campaign/directive.html", context(request, "directives:list", **extra))


@campaign_page
def repeal_directive(request: HttpRequest, pk: UUID) -> HttpResponse:
    directive = _loaded(request, pk)
    require(policy.can_repeal_directive(request.actor, directive))
    form = forms.ReasonForm(request.POST or None)

    def act() -> Directive:
        return campaigns.repeal_directive(
            actor=request.actor, at=request.at, directive_id=pk, reason=form.cleaned_data["reason"]
        )

    if request.method == "POST" and attempt(form, act):
        said(request, _("%(title)s已废止") % {"title": directive.title})
        return redirect("directives:show", pk)
    extra = {"form": form, "directive": directive}
    return render(request, "campaign/repeal.html", context(request, "directives:list", **extra))


@campaign_page
def end_measure(request: HttpRequest, pk: UUID, measure_id: UUID) -> HttpResponse:
    directive = _loaded(request, pk)
    require(policy.can_repeal_directive(request.actor, directive))
    measure = get_visible(directive.measures.all(), measure_id)
    form = forms.ReasonForm(request.POST or None)

    def act() -> Any:
        return campaigns.end_measure(
            actor=request.actor, at=request.at, directive_id=pk, measure_id=measure_id,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip

    if request.method == "POST" and attempt(form, act):
        said(request, _("措施 %(code)s 已停止") % {"code": measure.code})
        return redirect("directives:show", pk)
    extra = {"form": form, "directive": directive, "measure": measure}
    return render(request, "campaign/repeal.html", context(request, "directives:list", **extra))


@campaign_page
def source_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    directive = _loaded(request, pk)
    if directive.source_file is None:
        raise NotFound()
    kind = directive.source_file.media_type
    name = f"{directive.title}.{SUFFIXES.get(kind, 'bin')}"
    # An upload is never shown inside our own origin.
    return download(
        files.read(directive.source_file), name, kind if kind in SUFFIXES else "application/octet-stream"
    )


@campaign_page
def gap_report(request: HttpRequest) -> HttpResponse:
    report = checklist_queries.gap_report(request.campaign, request.at)
    which = request.GET.get("export")
    if which == "measures":
        columns = [
            (_("部署"), lambda row: row.directive.title), (_("文号"), lambda row: row.directive.number),
            (_("引用"), lambda row: row.reference), (_("措施"), lambda row: row.text),
            (_("范围"), lambda row: row.scope_note),
        ]  # fmt: skip
        return export_rows(request, _("没有检查项的措施"), columns, report.measures)
    if which == "items":
        columns = [
            (_("清单"), lambda row: str(row.version)), (_("名称"), lambda row: row.name),
            (_("检查项"), lambda row: row.label), (_("写明的依据"), lambda row: "、".join(row.measure_refs)),
        ]  # fmt: skip
        return export_rows(request, _("没有依据的检查项"), columns, report.items)
    return render(request, "campaign/gaps.html", context(request, "gaps:show", report=report))
