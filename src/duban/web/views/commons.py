"""Common problems: propose, notice to all units, who answered and who has not (S2-35, G-37)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.burden.policy import can_decide_form_approval
from duban.burden.states import ApprovalState
from duban.inspection.states import COUNTED_STATES
from duban.kernel.loading import get_visible
from duban.kernel.qr import qr_svg
from duban.rectification import links, policy, queries
from duban.rectification import operations as rectification
from duban.rectification.models import CommonProblem
from duban.rectification.questions import SelfCheckForm
from duban.rectification.states import CommonState
from duban.web.forms.orders import CommonForm, NoticeForm
from duban.web.pages import export_rows, paginate, said, staff_page
from duban.web.views import order_parts as parts

LIST_COLUMNS = [
    (gettext_lazy("共性问题"), lambda row: row.title), (gettext_lazy("文号"), lambda row: row.number_text),
    (gettext_lazy("状态"), lambda row: row.get_state_display()), (gettext_lazy("同类问题"), lambda row: row.finding_count),
    (gettext_lazy("已答"), lambda row: row.answered_count), (gettext_lazy("应答"), lambda row: row.asked_count),
    (gettext_lazy("反馈期限"), lambda row: row.reply_due_at),
]  # fmt: skip
COLUMNS = [
    (gettext_lazy("单位"), lambda row: row.unit.name),
    (gettext_lazy("有无此类问题"), lambda row: "" if row.has_problem is None else (_("有") if row.has_problem else _("无"))),
    (gettext_lazy("数量"), lambda row: row.count), (gettext_lazy("答复时间"), lambda row: row.replied_at),
    (gettext_lazy("答复"), lambda row: row.replied_by_label),
]  # fmt: skip


@staff_page
def list_commons(request: HttpRequest) -> HttpResponse:
    """Show the common problems with how many units answered."""
    rows = policy.common_problems_visible_to(request.actor).filter(campaign=request.campaign)
    rows = queries.with_answer_counts(rows).order_by("-proposed_at")
    view = request.GET.get("view", "all")
    tabs = [
        {"label": label, "url": f"?view={key}", "current": view == key, "count": (rows.filter(state=key) if key != "all" else rows).count()}
        for key, label in [("all", _("全部")), *CommonState.choices]
    ]  # fmt: skip
    if view in CommonState.values:
        rows = rows.filter(state=view)
    if request.GET.get("export"):
        return export_rows(request, _("共性问题"), LIST_COLUMNS, rows.iterator(chunk_size=500))
    can_propose = bool(policy.can_propose_common_problem(request.actor, request.campaign.pk))
    context = {"page": paginate(request, rows), "tabs": tabs, "now": request.at, "can_propose": can_propose}
    return render(request, "commons/list.html", context)


@staff_page
def propose(request: HttpRequest) -> HttpResponse:
    """Gather like findings."""
    rows = policy.checkable_findings_visible_to(request.actor).filter(
        campaign=request.campaign, state__in=COUNTED_STATES
    )
    findings = rows.select_related("site", "unit", "category").order_by("category__ordinal", "-found_at")[
        :200
    ]
    choices = [
        (str(row.pk), f"{row} {row.category.title}｜{row.site.name}：{row.fact[:60]}") for row in findings
    ]
    form = CommonForm(
        request.POST or None, choices=choices, initial={"findings": request.GET.getlist("finding")}
    )
    if request.method == "POST":
        made = parts.attempt(
            form,
            lambda: rectification.propose_common_problem(
                actor=request.actor, at=request.at, finding_ids=[UUID(key) for key in form.cleaned_data["findings"]],
                title=form.cleaned_data["title"], question=form.cleaned_data["question"],
            ),
        )  # fmt: skip
        if made:
            said(request, _("已提出共性问题，并申请了表格审批。"))
            return redirect("commons:show", made.pk)
    return render(
        request, "commons/new.html", {"form": form, "now": request.at}, status=422 if form.errors else 200
    )


@staff_page
def show_common(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one common problem with every unit asked."""
    problem = _load(request, pk)
    if request.GET.get("export"):
        return export_rows(request, problem.title, COLUMNS, queries.self_checks_of(problem))
    return _page(request, problem, NoticeForm())


@require_POST
@staff_page
def send_notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the notice; the links of the units are shown this once."""
    form = NoticeForm(request.POST)
    problem = parts.attempt(
        form,
        lambda: rectification.send_common_notice(
            actor=request.actor,
            at=request.at,
            common_problem_id=pk,
            reply_due_at=form.cleaned_data["reply_due_at"],
        ),
    )
    if problem is None:
        return _page(request, _load(request, pk), form, status=422)
    said(request, _("已发出 %(number)s。") % {"number": problem.number_text})
    addresses = [
        {"unit": check.unit, "address": (address := links.self_check_address(problem.fresh_tokens[check.unit_id])), "qr": qr_svg(address)}
        for check in queries.self_checks_of(problem)
    ]  # fmt: skip
    return render(
        request, "commons/links.html", {"problem": problem, "addresses": addresses, "now": request.at}
    )


@require_POST
@staff_page
def close_common(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close a common problem."""
    rectification.close_common_problem(actor=request.actor, at=request.at, common_problem_id=pk)
    said(request, _("共性问题已办结。"))
    return redirect("commons:show", pk)


@staff_page
def answer_self_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer for the own unit, or on behalf of one without account (G-36)."""
    rows = policy.self_checks_visible_to(request.actor).select_related(
        "common_problem__campaign", "common_problem__approval", "unit"
    )
    check = get_visible(rows, pk)
    form = SelfCheckForm(request.POST or None)
    if request.method == "POST":
        done = parts.attempt(
            form,
            lambda: rectification.answer_self_check(
                actor=request.actor, at=request.at, self_check_id=pk,
                has_problem=form.cleaned_data["has_problem"] == "yes", count=form.cleaned_data["count"],
            ),
        )  # fmt: skip
        if done:
            said(request, _("已答复对照检查。"))
            return redirect("self-checks:show", pk)
    context = {
        "check": check, "problem": check.common_problem, "form": form, "now": request.at,
        "decision": policy.can_answer_self_check(request.actor, check),
        "is_staff": bool(policy.can_propose_common_problem(request.actor, check.common_problem.campaign_id)),
    }  # fmt: skip
    return render(request, "commons/self_check.html", context, status=422 if form.errors else 200)


@require_POST
@staff_page
def renew_self_check_link(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Replace one unit's link; the new one is shown this once."""
    check = rectification.renew_self_check_link(actor=request.actor, at=request.at, self_check_id=pk)
    address = links.self_check_address(check.fresh_token)
    rows = [{"unit": check.unit, "address": address, "qr": qr_svg(address)}]
    return render(
        request, "commons/links.html", {"problem": check.common_problem, "addresses": rows, "now": request.at}
    )


def _load(request: HttpRequest, pk: UUID) -> CommonProblem:
    rows = policy.common_problems_visible_to(request.actor).filter(campaign=request.campaign)
    return get_visible(rows.select_related("campaign", "approval", "proposed_by", "document", "category"), pk)


def _page(
    request: HttpRequest, problem: CommonProblem, form: NoticeForm, *, status: int = 200
) -> HttpResponse:
    checks = list(queries.self_checks_of(problem))
    approval = problem.approval
    context = {
        "problem": problem, "checks": checks, "form": form, "now": request.at,
        "answered": sum(check.replied_at is not None for check in checks),
        "total": sum(check.count or 0 for check in checks),
        "findings": problem.findings.select_related("site", "unit").order_by("number"),
        "is_approved": bool(approval and approval.state == ApprovalState.APPROVED and approval.expires_at > request.at),
        "can": {
            "notice": bool(policy.can_send_common_notice(request.actor, problem)),
            "close": bool(policy.can_close_common_problem(request.actor, problem)),
            "approve": bool(approval and can_decide_form_approval(request.actor, approval)),
        },
        "is_open": problem.state == CommonState.NOTICED,
    }  # fmt: skip
    return render(request, "commons/show.html", context, status=status)
