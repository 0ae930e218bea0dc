"""What a unit's account — or staff on its behalf — answers to an order, and the office's decisions on it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.inspection.states import WAITING_ON_UNIT
from duban.kernel.errors import DubanError
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.rectification import operations as rectification
from duban.rectification import policy, queries
from duban.rectification.models import WorkOrder
from duban.rectification.questions import DisputeForm, RecusalForm, ReplyForm
from duban.web.forms.orders import DisputeDecisionForm, PlanForm
from duban.web.pages import said, staff_page
from duban.web.views import order_parts as parts
from duban.web.views.orders import _page


@require_POST
@staff_page
def receive_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign for the order."""
    order = rectification.receive_order(actor=request.actor, at=request.at, order_id=pk)
    said(request, _("已签收 %(order)s。") % {"order": order})
    return redirect("orders:show", pk)


@staff_page
def reply_to_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same five questions as behind the link."""
    order = _load(request, pk)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReplyForm(*data, items=_waiting(order), at=request.at)
    if form.is_bound and form.is_valid():
        try:
            rectification.reply_to_order(actor=request.actor, at=request.at, order_id=pk, **form.answer())
            said(request, _("已提交反馈。"))
            return redirect("orders:show", pk)
        except DubanError as error:
            _say(form, error)
    return _answer_page(request, "orders/reply.html", order, form)


@staff_page
def dispute_item(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Disagree with one item."""
    order = _load(request, pk)
    form = DisputeForm(request.POST or None, items=_waiting(order))
    if request.method == "POST":
        made = parts.attempt(
            form,
            lambda: rectification.dispute_item(
                actor=request.actor, at=request.at, item_id=UUID(form.cleaned_data["item"]),
                ground=form.cleaned_data["ground"], statement=form.cleaned_data["statement"],
            ),
        )  # fmt: skip
        if made:
            said(request, _("已提出异议，计时暂停。"))
            return redirect("orders:show", pk)
    return _answer_page(request, "orders/dispute.html", order, form)


@staff_page
def request_recusal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, for the unit, that one of those who handled the order keep out of it."""
    order = _load(request, pk)
    require(policy.can_request_recusal(request.actor, order))
    form = RecusalForm(request.POST or None, handlers=queries.handlers_of(order))
    if request.method == "POST":
        made = parts.attempt(
            form,
            lambda: rectification.request_recusal(
                actor=request.actor, at=request.at, order_id=pk, user_id=form.cleaned_data["user"].pk,
                ground=form.cleaned_data["ground"], reason=form.cleaned_data["reason"],
            ),
        )  # fmt: skip
        if made:
            said(request, _("已提出回避申请，由专班组长决定"))
            return redirect("orders:show", pk)
    return _answer_page(request, "orders/recusal.html", order, form)


@require_POST
@staff_page
def decide_plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Grant or refuse a later limit."""
    plan = get_visible(policy.plans_visible_to(request.actor), pk)
    form = PlanForm(request.POST)
    done = parts.attempt(
        form,
        lambda: rectification.decide_plan(
            actor=request.actor, at=request.at, plan_id=pk, approve=form.cleaned_data["approve"] == "yes",
            reason=form.cleaned_data["reason"], granted_due_at=form.cleaned_data["granted_due_at"],
        ),
    )  # fmt: skip
    if done is None:
        return _page(request, _load(request, plan.order_id), plan_form=form, status=422)
    said(request, _("已决定限期整改申请。"))
    return redirect("orders:show", plan.order_id)


@require_POST
@staff_page
def decide_dispute(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer a dispute with reasons."""
    dispute = get_visible(policy.disputes_visible_to(request.actor).select_related("item"), pk)
    form = DisputeDecisionForm(request.POST, prefix=f"d{dispute.item.ordinal}")
    done = parts.attempt(
        form,
        lambda: rectification.decide_dispute(
            actor=request.actor, at=request.at, dispute_id=pk, upheld=form.cleaned_data["upheld"] == "yes",
            reason=form.cleaned_data["reason"],
        ),
    )  # fmt: skip
    if done is None:
        order = _load(request, dispute.item.order_id)
        rows = [
            (item, one, policy.can_decide_dispute(request.actor, one), form if one.pk == pk else DisputeDecisionForm(prefix=f"d{item.ordinal}"))
            for item, one in parts.open_disputes(order)
        ]  # fmt: skip
        return _page(request, order, disputes=rows, status=422)
    said(request, _("已答复异议。"))
    return redirect("orders:show", dispute.item.order_id)


# Pieces --------------------------------------------------------------------------------------------------
def _load(request: HttpRequest, pk: UUID) -> WorkOrder:
    return get_visible(queries.order_in_full(request.actor), pk)


def _waiting(order: WorkOrder) -> list[Any]:
    return [item for item in order.items.all() if item.is_open and item.finding.state in WAITING_ON_UNIT]


def _answer_page(request: HttpRequest, template: str, order: WorkOrder, form: Any) -> HttpResponse:
    context = {
        "order": order, "form": form, "items": parts.item_rows(order), "now": request.at,
        "can": parts.decisions(request, order), "waiting": _waiting(order),
    }  # fmt: skip
    return render(request, template, context, status=422 if form.errors else 200)


def _say(form: ReplyForm, error: DubanError) -> None:
    placed = False
    for name, message in error.fields.items():
        if (place := form.place_of(name)) in form.fields:
            form.add_error(place, str(message))
            placed = True
    if not placed:
        form.add_error(None, str(error.message))
