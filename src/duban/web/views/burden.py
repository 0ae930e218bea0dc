"""基层减负: approvals of questions to units, objections and their answers, counts anybody may see (G-30…G-35)."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.burden import operations as burden
from duban.burden import policy, queries
from duban.kernel.clock import local_day
from duban.kernel.errors import NotFound
from duban.kernel.ids import parse_id
from duban.kernel.loading import get_visible
from duban.rectification.policy import orders_visible_to
from duban.rectification.questions import DeferralForm
from duban.web.forms.orders import AnswerForm, ApprovalForm, DecisionForm, ObjectionForm
from duban.web.pages import export_rows, paginate, said, staff_page
from duban.web.views import order_parts as parts


@staff_page
def show_burden(request: HttpRequest) -> HttpResponse:
    """Show what units are asked, what they object to, and how it was answered."""
    approvals = (
        policy.approvals_visible_to(request.actor)
        .filter(campaign=request.campaign)
        .select_related("requested_by", "decided_by")
    )
    objections = (
        policy.objections_visible_to(request.actor)
        .filter(campaign=request.campaign)
        .select_related("unit", "decided_by")
    )
    deferrals = (
        policy.deferrals_visible_to(request.actor).filter(campaign=request.campaign).select_related("unit")
    )
    if request.GET.get("export") == "deferrals":
        return export_rows(request, _("缓检请求"), _deferral_columns(), deferrals)
    if request.GET.get("export"):
        return export_rows(request, _("基层减负意见"), _columns(), objections.order_by("-filed_at"))
    context = {
        "figures": queries.burden_figures(request.actor, request.campaign.pk), "now": request.at, "today": local_day(request.at),
        "approvals": approvals.order_by("-requested_at")[:50], "page": paginate(request, objections.order_by("-filed_at", "-id")),
        "deferrals": deferrals[:50], "deferral_form": DeferralForm(), "standing": _standing(request),
        "can": {
            "request": bool(policy.can_request_form_approval(request.actor, request.campaign)),
            "object": bool(_own_unit(request)),
        },
    }  # fmt: skip
    return render(request, "burden/show.html", context)


def _standing(request: HttpRequest) -> Any:
    """Return the request for delay of the reader's own unit that stands now, if any."""
    unit = _own_unit(request)
    return queries.deferrals_of([unit], request.at).get(unit) if unit else None


@staff_page
@require_POST
def ask_deferral(request: HttpRequest) -> HttpResponse:
    """Ask, for the own unit in an emergency, that checks wait until 24:00 (S4-10)."""
    unit = _own_unit(request)
    if unit is None:
        raise NotFound()
    burden.ask_deferral(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, unit_id=unit,
        ground=request.POST.get("ground", ""),
    )  # fmt: skip
    said(request, _("已收到缓检请求，今日 24:00 前有效。"))
    return redirect("burden:show")


@staff_page
@require_POST
def withdraw_deferral(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End the request: the emergency is over."""
    burden.withdraw_deferral(actor=request.actor, at=request.at, deferral_id=pk)
    said(request, _("已撤回缓检请求。"))
    return redirect("burden:show")


@staff_page
def request_form(request: HttpRequest) -> HttpResponse:
    """Apply for leave to ask units something; says who already asks the same (G-31)."""
    form = ApprovalForm(request.POST or None)
    overlaps: list[Any] = []
    if form.is_bound and form.is_valid():
        read = form.cleaned_data
        fields = read["fields_text"].splitlines()
        overlaps = queries.overlapping_approvals(request.campaign.pk, fields, request.at)
        if not overlaps or request.POST.get("seen"):
            made = parts.attempt(form, lambda: _apply(request, read, fields))
            if made:
                said(request, _("已申请表格审批，编号 %(number)s。") % {"number": made.number})
                return redirect("burden:show")
    status = 422 if form.is_bound else 200
    return render(
        request,
        "burden/request_form.html",
        {"form": form, "overlaps": overlaps, "now": request.at},
        status=status,
    )


@staff_page
def decide_form(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve or refuse a question to units."""
    approval = get_visible(
        policy.approvals_visible_to(request.actor).select_related("requested_by", "decided_by"), pk
    )
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        done = parts.attempt(
            form,
            lambda: burden.decide_form_approval(
                actor=request.actor, at=request.at, approval_id=pk, approve=form.cleaned_data["approve"] == "yes",
                reason=form.cleaned_data["reason"],
            ),
        )  # fmt: skip
        if done:
            said(request, _("已决定表格审批。"))
            return redirect("burden:show")
    context = {
        "approval": approval, "form": form, "now": request.at, "can_decide": bool(policy.can_decide_form_approval(request.actor, approval)),
        "overlaps": [
            (row, common)
            for row, common in queries.overlapping_approvals(approval.campaign_id, approval.fields, request.at)
            if row.pk != approval.pk
        ],
    }  # fmt: skip
    return render(request, "burden/decide_form.html", context, status=422 if form.errors else 200)


@staff_page
def file_objection(request: HttpRequest) -> HttpResponse:
    """Let a unit's liaison object, to an order or in general."""
    unit = _own_unit(request)
    if unit is None:
        raise NotFound()
    key = parse_id(request.GET.get("order"))
    order = get_visible(orders_visible_to(request.actor), key) if key else None
    subject = order or request.campaign
    form = ObjectionForm(request.POST or None)
    if request.method == "POST":
        made = parts.attempt(
            form,
            lambda: burden.file_objection(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk, unit_id=unit,
                subject_type=subject._meta.label_lower, subject_id=subject.pk, subject_label=str(subject),
                text=form.cleaned_data["text"],
            ),
        )  # fmt: skip
        if made:
            said(request, _("已收到意见，2 个工作日内答复。"))
            return redirect("burden:show")
    return render(
        request,
        "burden/object.html",
        {"form": form, "subject": subject, "now": request.at},
        status=422 if form.errors else 200,
    )


@staff_page
def answer_objection(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer an objection with reasons."""
    objection = get_visible(
        policy.objections_visible_to(request.actor).select_related("unit", "decided_by"), pk
    )
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        done = parts.attempt(
            form,
            lambda: burden.answer_objection(
                actor=request.actor, at=request.at, objection_id=pk, upheld=form.cleaned_data["upheld"] == "yes",
                answer=form.cleaned_data["answer"],
            ),
        )  # fmt: skip
        if done:
            said(request, _("已答复。"))
            return redirect("burden:show")
    context = {
        "objection": objection,
        "form": form,
        "now": request.at,
        "can_answer": bool(policy.can_answer_objection(request.actor, objection)),
    }
    return render(request, "burden/answer.html", context, status=422 if form.errors else 200)


def _apply(request: HttpRequest, read: dict[str, Any], fields: list[str]) -> Any:
    return burden.request_form_approval(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, title=read["title"], purpose=read["purpose"],
        fields=fields, unit_count=read["unit_count"], minutes=read["minutes"], expires_at=read["expires_at"],
        alternative_checked=read["alternative_checked"],
    )  # fmt: skip


def _own_unit(request: HttpRequest) -> UUID | None:
    """Return the unit the person is liaison of in this campaign, if any."""
    return policy.unit_spoken_for(request.actor, request.campaign.pk)


def _deferral_columns() -> list[tuple[str, Any]]:
    return [
        (_("单位"), lambda row: row.unit.name), (_("正在处置"), lambda row: row.get_ground_display()),
        (_("提出"), lambda row: row.asked_at), (_("提出人"), lambda row: row.asked_by_label), (_("有效至"), lambda row: row.until),
        (_("撤回"), lambda row: row.withdrawn_at),
    ]  # fmt: skip


def _columns() -> list[tuple[str, Any]]:
    return [
        (_("单位"), lambda row: row.unit.name), (_("对象"), lambda row: row.subject_label), (_("意见"), lambda row: row.text),
        (_("提出"), lambda row: row.filed_at), (_("答复期限"), lambda row: row.due_on), (_("状态"), lambda row: row.get_state_display()),
        (_("答复"), lambda row: row.answer), (_("答复时间"), lambda row: row.decided_at),
    ]  # fmt: skip
