"""What the office does with issued documents: public versions, sending on, urging, bundles, number series, lists."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.burden import operations as burden
from duban.burden.policy import approvals_visible_to
from duban.documents import operations as documents
from duban.documents import policy, queries, recipients
from duban.documents.models import BundleForm, Series
from duban.inspection import operations as inspection
from duban.inspection.policy import sheets_visible_to
from duban.kernel import clock, files
from duban.kernel.errors import DubanError, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.rectification import operations as rectification
from duban.rectification.lists import LISTS
from duban.rectification.policy import orders_visible_to
from duban.reporting import operations as reporting
from duban.teams import operations as teams
from duban.teams.models import TeamKind
from duban.web.forms.drafts import BundleRequestForm, PaperForm, SendForm, VariantForm
from duban.web.forms.reporting import DocumentFilter
from duban.web.pages import dangerous, download, form_errors, paginate, said, staff_page
from duban.web.views.documents import _listed

PAPERS = [
    ("problem_list", gettext_lazy("问题清单")), ("duty_list", gettext_lazy("责任清单")),
    ("measure_list", gettext_lazy("整改措施清单")), ("ledger", gettext_lazy("整改台账")),
    ("team_table", gettext_lazy("督导组分工表")), ("team_daily", gettext_lazy("督导日报（按日，各组一份）")),
    ("rectification_notice", gettext_lazy("整改通知书")), ("form_approval", gettext_lazy("表格审批单")),
    ("circular", gettext_lazy("通报文稿（问题清单作附件）")),
]  # fmt: skip


@staff_page
def new_paper(request: HttpRequest) -> HttpResponse:
    """Freeze a list, the ledger or the table of teams as a document, from the records as they stand."""
    require(policy.can_draft(request.actor, request.campaign))
    form = PaperForm(
        request.POST or None, kinds=PAPERS, initial={"kind": request.GET.get("kind", "problem_list")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["kind"] == "circular":
                return redirect("drafts:edit", _circular(request, form.cleaned_data).pk)
            document = _paper(request, form.cleaned_data)
            said(request, _("已生成：%(name)s") % {"name": document})
            return redirect("documents:show", document.pk)
        except DubanError as error:
            form_errors(form, error)
    return render(request, "documents/paper_new.html", {"form": form})


def _paper(request: HttpRequest, wanted: dict[str, Any]) -> Any:
    who = {"actor": request.actor, "at": request.at}
    kind, campaign = wanted["kind"], request.campaign
    if kind in LISTS:
        return rectification.issue_list(**who, campaign_id=campaign.pk, kind=kind, **_range(wanted))
    if kind == "team_daily":
        return _daily_sheets(request, wanted["since"] or clock.local_day(request.at))
    if kind == "rectification_notice":
        rows = orders_visible_to(request.actor).filter(
            campaign=campaign, number_text=wanted["number"].strip()
        )
        return rectification.issue_rectification_notice(**who, order_id=_numbered(rows).pk)
    if kind == "form_approval":
        rows = approvals_visible_to(request.actor).filter(campaign=campaign, number=wanted["number"].strip())
        return burden.issue_form_approval(**who, approval_id=_numbered(rows).pk)
    return teams.issue_team_table(**who, campaign_id=campaign.pk)


def _range(wanted: dict[str, Any]) -> dict[str, Any]:
    unit = wanted["unit"]
    return {"unit_id": unit.pk if unit else None, "since": wanted["since"], "until": wanted["until"]}


def _circular(request: HttpRequest, wanted: dict[str, Any]) -> Any:
    draft = rectification.draft_circular(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, **_range(wanted)
    )
    said(request, _("已拟好文稿，问题清单已附上，请补正文、主送和核签人"))
    return draft


def _numbered(rows: Any) -> Any:
    row = rows.first()
    if row is None:
        raise Invalid("unknown_number", _("没有这个编号。"), {"number": _("没有这个编号。")})
    return row


def _daily_sheets(request: HttpRequest, day: date) -> Any:
    """One document per open team that has handed in its sheet and has none yet."""
    rows = sheets_visible_to(request.actor).filter(
        campaign=request.campaign, day=day, submitted_at__isnull=False
    )
    waiting = queries.without_document(rows.exclude(team__kind=TeamKind.COVERT), "team_daily").order_by(
        "team__number"
    )
    made = [
        inspection.issue_daily_sheet(actor=request.actor, at=request.at, sheet_id=sheet.pk)
        for sheet in waiting
    ]
    if not made:
        raise Invalid("no_sheets", _("这一天没有已报送、未出文的日报。"), {"since": _("请选择其他日期。")})
    return made[-1]


@staff_page
@require_POST
def make_variant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a public version without names."""
    form = VariantForm(request.POST)
    if not form.is_valid():
        raise Invalid("unknown_audience", _("请选择公开版的类型。"))
    made = documents.issue_variant(actor=request.actor, at=request.at, document_id=pk, **form.cleaned_data)
    said(request, _("已生成公开版，脱敏检查通过"))
    return redirect("documents:show", made.pk)


@staff_page
@require_POST
def urge_receipts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Urge the units that have not acknowledged a document."""
    urged = reporting.urge_receipts(actor=request.actor, at=request.at, document_id=pk)
    said(request, _("已催 %(n)s 个单位签收") % {"n": len(urged)})
    return redirect("documents:show", pk)


@staff_page
def send_on(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send an issued document to further units or groups."""
    document = get_visible(policy.documents_visible_to(request.actor).select_related("campaign"), pk)
    require(policy.can_draft(request.actor, document.campaign))
    form = SendForm(request.POST or None, campaign=document.campaign)
    if request.method == "POST" and form.is_valid():
        try:
            units = [*form.cleaned_data["units"], *recipients.units_of_all(form.cleaned_data["main_groups"])]
            documents.send_document(
                actor=request.actor, at=request.at, document_id=pk, main_ids=[unit.pk for unit in units]
            )
            said(request, _("已发送"))
            return redirect("documents:show", pk)
        except DubanError as error:
            form_errors(form, error)
    return render(request, "documents/send.html", {"form": form, "document": document})


@staff_page
@require_POST
def ask_bundle(request: HttpRequest) -> HttpResponse:
    """Ask for every document of the filtered list as one file."""
    form, wanted = DocumentFilter(request.GET or None), BundleRequestForm(request.POST)
    if not wanted.is_valid():
        raise Invalid("unknown_form", _("请选择打包方式。"))
    keys = list(_listed(request, form).values_list("pk", flat=True)[: documents.MOST + 1])
    documents.ask_bundle(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, document_ids=keys,
        form=wanted.cleaned_data["form"],
    )  # fmt: skip
    return redirect("documents:bundles")


@staff_page
def list_bundles(request: HttpRequest) -> HttpResponse:
    """Show the reader's bundles and how far they are; htmx asks again while one is being made."""
    rows = paginate(request, queries.bundles_of(request.actor, request.campaign), 20)
    waiting = any(row.state == "waiting" for row in rows)
    template = "documents/bundle_rows.html" if request.htmx else "documents/bundles.html"
    return render(request, template, {"page": rows, "waiting": waiting, "now": request.at})


@staff_page
def bundle_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Download a bundle that is ready."""
    bundle = documents.record_bundle_taken(actor=request.actor, at=request.at, bundle_id=pk)
    suffix = "pdf" if bundle.form == BundleForm.PRINT else "zip"
    name = _("公文（%(n)s份）") % {"n": bundle.total}
    return download(files.read(bundle.file), f"{name}.{suffix}", f"application/{suffix}")


@staff_page
@require_POST
def retry_bundle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Try a failed bundle again."""
    documents.retry_bundle(actor=request.actor, at=request.at, bundle_id=pk)
    return redirect("documents:bundles")


@staff_page
def list_series(request: HttpRequest) -> HttpResponse:
    """Show the number series: used, reserved, voided with reason, and the proof that none is missing."""
    require(policy.can_draft(request.actor, request.campaign))
    rows = [
        {
            "series": one,
            "pattern": one.pattern.format(year=clock.local_day(request.at).year, serial="×"),
            "years": queries.series_states(one),
            "numbers": queries.numbers_of(one),
        }
        for one in queries.series_listed(request.actor, request.campaign)
    ]
    return render(request, "documents/series.html", {"rows": rows})


def _series(request: HttpRequest, pk: UUID) -> Series:
    require(policy.can_draft(request.actor, request.campaign))
    return get_visible(queries.series_listed(request.actor, request.campaign), pk)


@staff_page
@require_POST
def reserve_number(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Reserve the next number of a series, for a paper written outside."""
    number = documents.reserve_number(actor=request.actor, at=request.at, series=_series(request, pk))
    said(request, _("已留号：%(number)s") % {"number": number.text})
    return redirect("documents:series")


@staff_page
@require_POST
@dangerous
def void_number(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Void a reserved number with a reason."""
    number = queries.reserved_number(request.actor, request.campaign, pk)
    if number is None:
        raise NotFound()
    require(policy.can_draft(request.actor, request.campaign))
    documents.void_number(
        actor=request.actor, at=request.at, number=number, reason=request.POST.get("reason", "")
    )
    said(request, _("已作废：%(name)s") % {"name": number.text})
    return redirect("documents:series")
