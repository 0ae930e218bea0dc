"""Records phones handed in: what came, what waits for a person, and two records of one look."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.inspection import operations as inspection
from duban.inspection import policy, queries
from duban.inspection.models import Evidence, Submission
from duban.kernel import clock, files
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.forms.field import SubmissionFilter
from duban.web.forms.findings import ReasonForm
from duban.web.pages import download, export_rows, paginate, said, staff_page
from duban.web.views.findings import attempt
from duban.web.views.visits import visit_page

HELD = {"account_disabled": gettext_lazy("提交时账号已停用")}
COLUMNS = (
    (gettext_lazy("收到"), lambda row: clock.local(row.received_at).strftime("%Y-%m-%d %H:%M")),
    (gettext_lazy("岗位"), lambda row: str(row.user)),
    (gettext_lazy("手机"), lambda row: row.device.name),
    (gettext_lazy("检查表"), lambda row: str(row.checklist_version.checklist)),
    (gettext_lazy("点位"), lambda row: row.visit.site.name if row.visit else ""),
    (gettext_lazy("照片"), lambda row: f"{row.came}/{row.named}"),
    (gettext_lazy("状态"), lambda row: row.get_state_display()),
)


def _rows(request: HttpRequest) -> QuerySet[Submission]:
    rows = policy.submissions_visible_to(request.actor).filter(campaign=request.campaign)
    return rows.select_related(
        "device", "user", "checklist_version__checklist", "visit__site"
    ).annotate(named=Count("files"), came=Count("files", filter=~Q(files__received_sha256="")))  # fmt: skip


@visit_page
def list_submissions(request: HttpRequest) -> HttpResponse:
    """Show the records in reach, those that wait first on demand, and looks that were recorded twice."""
    form = SubmissionFilter(request.GET)
    rows = _rows(request)
    given = form.cleaned_data if form.is_valid() else {}
    if given.get("state"):
        rows = rows.filter(state=given["state"])
    if text := given.get("q", "").strip():
        rows = rows.filter(
            Q(checklist_version__checklist__title__contains=text) | Q(device__name__contains=text)
            | Q(user__post_label__contains=text)
        )  # fmt: skip
    rows = rows.order_by("-received_at", "-id")
    if request.GET.get("export"):
        return export_rows(request, _("手机提交的记录"), COLUMNS, rows)
    page = paginate(request, rows)
    twice = queries.recorded_twice(request.actor, request.campaign.pk)
    context = {"page": page, "form": form, "found": page.paginator.count, "twice": twice, "now": request.at}
    return render(request, "field/submissions.html", context)


@staff_page
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one record: who sent it, what came, what it became; a held one can be decided."""
    row = get_visible(_rows(request), pk)
    context = {
        "told_times": [parse_datetime(told) for told in row.told_times.values()],
        "row": row, "files": row.files.order_by("name"), "held_for": HELD.get(row.held_for, row.held_for), "now": request.at,
        "can_decide": row.state == "held" and bool(policy.can_decide_submission(request.actor, row)),
    }  # fmt: skip
    return render(request, "field/submission.html", context)


@staff_page
def source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Download the record as the phone sent it."""
    row = get_visible(_rows(request), pk)
    return download(files.read(row.xml), f"{row.pk}.xml", "application/xml")


@require_POST
@staff_page
def accept(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Enter a held record in its sender's name."""
    try:
        inspection.accept_submission(actor=request.actor, at=request.at, submission_id=pk)
    except (Invalid, NotFound) as error:
        if isinstance(error, NotFound):
            raise
        said(request, _("不能入账：%(why)s") % {"why": error.message})
        return redirect("submissions:show", pk)
    said(request, _("已采用，记入检查记录。"))
    return redirect("submissions:show", pk)


@require_POST
@staff_page
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Leave a held record out, with a reason."""
    reason = request.POST.get("reason", "")
    inspection.discard_submission(actor=request.actor, at=request.at, submission_id=pk, reason=reason)
    said(request, _("未采用，记录保留备查。"))
    return redirect("submissions:list")


@staff_page
def merge(request: HttpRequest, keep: UUID, drop: UUID) -> HttpResponse:
    """Two records of one look side by side; the findings and photos of the second go to the first."""
    rows = policy.visits_visible_to(request.actor).select_related("site", "team", "entered_by")
    kept, dropped = get_visible(rows, keep), get_visible(rows, drop)
    require(policy.can_merge_visits(request.actor, kept))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and attempt(form, lambda: inspection.merge_visits(
        actor=request.actor, at=request.at, keep_id=keep, drop_id=drop, reason=form.cleaned_data["reason"]
    )):  # fmt: skip
        said(request, _("已合并。"))
        return redirect("visits:show", keep)
    pair = [
        {"visit": one, "findings": one.findings.order_by("number"), "photos": Evidence.objects.filter(Q(visit=one) | Q(finding__visit=one)).count(),
         "answers": one.answers.count()}
        for one in (kept, dropped)
    ]  # fmt: skip
    context = {"pair": pair, "kept": kept, "dropped": dropped, "form": form, "now": request.at}
    return render(request, "field/merge.html", context, status=422 if form.errors else 200)
