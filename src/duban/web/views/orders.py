"""Work orders: list, drafting, one order with everything that may be done to it, urges."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.inspection.policy import evidence_visible_to
from duban.kernel import clock, files
from duban.kernel.bounded import BOUND
from duban.kernel.ids import parse_id
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.kernel.qr import qr_svg
from duban.rectification import links, paper, policy, queries
from duban.rectification import operations as rectification
from duban.rectification.models import Urge, WorkOrder
from duban.rectification.states import OrderState
from duban.web import badges
from duban.web.forms.orders import (
    ChangeForm,
    DisputeDecisionForm,
    DraftForm,
    OrderFilter,
    PlanForm,
    UrgeForm,
    VerifyForm,
)
from duban.web.pages import dangerous, export_rows, paginate, said, staff_page
from duban.web.views import order_parts as parts

TABS = [
    ("all", gettext_lazy("全部"), True), ("draft", gettext_lazy("待签发"), False), ("issued", gettext_lazy("待签收"), True),
    ("received", gettext_lazy("整改中"), True), ("replied", gettext_lazy("待核验"), True),
    ("overdue", gettext_lazy("逾期"), True), ("asking", gettext_lazy("待决定"), False),
    ("closed", gettext_lazy("已销号"), True), ("voided", gettext_lazy("已作废"), True),
]  # fmt: skip
COLUMNS = [
    (gettext_lazy("单号"), lambda row: str(row)),
    (gettext_lazy("责任单位"), lambda row: row.unit.name),
    (gettext_lazy("事项"), lambda row: row.item_count),
    (gettext_lazy("已销号"), lambda row: row.done_count),
    (gettext_lazy("状态"), lambda row: row.get_state_display()),
    (gettext_lazy("逾期"), lambda row: _("是") if row.is_late else _("否")),
    (gettext_lazy("提请"), lambda row: row.proposed_by_team.name if row.proposed_by_team else ""),
    (gettext_lazy("签发"), lambda row: row.signed_by.post_label if row.signed_by else ""),
    (gettext_lazy("下达"), lambda row: row.issued_at),
    (gettext_lazy("签收"), lambda row: row.received_at),
    (gettext_lazy("整改期限"), lambda row: row.due_at),
    (gettext_lazy("反馈"), lambda row: row.replied_at),
    (gettext_lazy("销号"), lambda row: row.written_off_at),
]
SORTS = {
    "number": "number_text",
    "issued": "issued_at",
    "due": "next_due_at",
    "limit": "due_at",
    "unit": "unit__path",
}


@staff_page
def list_orders(request: HttpRequest) -> HttpResponse:
    """Show the orders by state; filter in the address, export and print obey it."""
    rows = queries.orders_listed(request.actor, request.campaign.pk)
    counts = queries.order_counts(request.actor, request.campaign.pk)
    units = queries.units_with_orders(request.actor, request.campaign.pk, is_large=counts["all"] > BOUND)
    form = OrderFilter(request.GET or None, units=[(str(key), name) for key, name in units])
    view = request.GET.get("view", "all")
    rows = _filtered(rows, form).filter(queries.ORDER_VIEWS.get(view, Q()))
    sort = request.GET.get("sort", "limit" if view == "overdue" else "-issued")
    field = SORTS.get(sort.lstrip("-"), "issued_at")
    rows = rows.order_by(f"-{field}" if sort.startswith("-") else field, "-id")
    if request.GET.get("export"):
        return export_rows(request, _("交办单"), COLUMNS, rows.iterator(chunk_size=500), head=_head(request))
    is_filtered = bool(set(request.GET) - {"view", "sort", "page"})
    page = paginate(request, rows, total=None if is_filtered else counts.get(view, counts["all"]))
    for row in page:
        row.look = parts.look(row, row.is_late)
    may_draft = bool(policy.can_draft_orders(request.actor, request.campaign.pk))
    urges = _urges(request) if may_draft else []
    context = {
        "page": page, "tabs": _tabs(request, view, counts), "filter": form, "found": page.paginator.count, "now": request.at,
        "can": {"draft": may_draft}, "sort": sort, "columns": _columns(),
        "to_order": queries.count_to_order(
            request.actor, request.campaign.pk, badges.states_of(request)) if may_draft else 0,
        "urges": [
            {"urge": urge, "can_sign": bool(policy.can_sign_urge(request.actor, urge))}
            for urge in urges[: queries.MOST_URGES]
        ],
        "most_urges": queries.MOST_URGES if len(urges) > queries.MOST_URGES else 0,
    }  # fmt: skip
    return render(request, "orders/list.html", context)


@staff_page
def draft_orders(request: HttpRequest) -> HttpResponse:
    """Choose confirmed findings; each unit gets one order."""
    findings = list(queries.findings_to_order(request.actor, request.campaign.pk)[:300])
    choices = [(str(row.pk), f"{row} {row.unit.label} {row.site.name}：{row.fact}") for row in findings]
    form = DraftForm(
        request.POST or None, choices=choices, initial={"findings": request.GET.getlist("finding")}
    )
    if request.method == "POST":
        read = form.data
        made = parts.attempt(
            form,
            lambda: rectification.draft_orders(
                actor=request.actor, at=request.at, finding_ids=[UUID(key) for key in form.cleaned_data["findings"]],
                deadline_kind=read["deadline_kind"], due_at=form.cleaned_data["due_at"], basis=read.get("basis", ""),
            ),
        )  # fmt: skip
        if made:
            said(request, _("已拟出 %(count)s 份交办单，待签发。") % {"count": len(made)})
            return (
                redirect("orders:show", made[0].pk)
                if len(made) == 1
                else redirect(f"{reverse('orders:list')}?view=draft")
            )
    chosen = set(request.GET.getlist("finding"))
    duplicates = {dup.finding.pk: dup for dup in queries.open_duplicates(findings)}
    rows = [
        {"finding": row, "duplicate": duplicates.get(row.pk), "checked": str(row.pk) in chosen}
        for row in findings
    ]
    context = {"form": form, "rows": rows, "now": request.at}
    return render(request, "orders/draft.html", context, status=422 if form.errors else 200)


@staff_page
def show_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one order: chain, items, verification, timeline, papers."""
    return _page(request, _load(request, pk))


@staff_page
def change_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft: problems of the same unit, what is asked, limit and basis."""
    order = _load(request, pk)
    require(policy.can_change_order(request.actor, order))
    on_it = [(item.finding, item.requirement) for item in order.items.all()]
    others = queries.findings_to_order(request.actor, order.campaign_id).filter(unit=order.unit)[:100]
    form = ChangeForm(
        request.POST or None,
        findings=on_it + [(row, row.requirement) for row in others],
        initial={
            "findings": [str(row.pk) for row, _asked in on_it], "deadline_kind": order.deadline_kind,
            "due_at": order.due_at, "basis": order.basis,
        },
    )  # fmt: skip
    if request.method == "POST" and parts.attempt(form, lambda: _change(request, order, form)):
        said(request, _("已修改交办单，待签发。"))
        return redirect("orders:show", pk)
    context = {"form": form, "order": order, "now": request.at}
    return render(request, "orders/change.html", context, status=422 if form.errors else 200)


@require_POST
@staff_page
def issue_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign the order; the link is shown this once."""
    order = rectification.issue_order(actor=request.actor, at=request.at, order_id=pk)
    said(request, _("已签发 %(order)s。") % {"order": order})
    return _link_page(request, order)


@require_POST
@staff_page
def discard_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a draft back."""
    rectification.discard_order(
        actor=request.actor, at=request.at, order_id=pk, reason=request.POST.get("reason", "")
    )
    said(request, _("已撤下，没有占用单号。"))
    return redirect("orders:list")


@require_POST
@staff_page
@dangerous
def void_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Void an issued order with a reason."""
    order = rectification.void_order(
        actor=request.actor, at=request.at, order_id=pk, reason=request.POST.get("reason", "")
    )
    said(request, _("%(order)s 已作废，单号保留。") % {"order": order})
    return redirect("orders:show", pk)


@require_POST
@staff_page
def renew_link(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Replace the unit's link; the new one is shown this once."""
    return _link_page(request, rectification.renew_link(actor=request.actor, at=request.at, order_id=pk))


@require_POST
@staff_page
def verify_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Verify the items that were filled in, each with its own opinion."""
    order = _load(request, pk)
    forms = _verify_forms(request, order, request.POST)
    filled = [(row, form) for row, form in forms if form.is_valid() and form.cleaned_data]
    if filled and all(form.is_valid() for _row, form in forms):
        done = parts.attempt(
            filled[0][1],
            lambda: rectification.verify_order(
                actor=request.actor, at=request.at, order_id=pk,
                results=[{"finding_id": row["item"].finding_id, **form.cleaned_data} for row, form in filled],
            ),
        )  # fmt: skip
        if done:
            said(request, _("已核验 %(count)s 项。") % {"count": len(done)})
            return redirect("orders:show", pk)
    elif not filled and forms and not any(form.errors for _row, form in forms):
        forms[0][1].add_error(None, _("请至少填一项的核验结果和意见。")) if forms[0][1].is_bound else None
    return _page(request, order, verify_forms=forms, status=422)


@require_POST
@staff_page
def sign_urge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign a proposed urge."""
    form = UrgeForm(request.POST)
    urge = parts.attempt(
        form,
        lambda: rectification.sign_urge(
            actor=request.actor, at=request.at, urge_id=pk, new_due_at=form.cleaned_data["new_due_at"]
        ),
    )
    if urge is None:
        row = get_visible(policy.urges_visible_to(request.actor), pk)
        return _page(request, _load(request, row.order_id), urge_form=form, status=422)
    said(request, _("已签发 %(number)s。") % {"number": urge.number_text})
    return redirect("orders:show", urge.order_id)


@staff_page
def show_photo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a photo of a finding one may see."""
    evidence = get_visible(evidence_visible_to(request.actor).select_related("file"), pk)
    return HttpResponse(files.read(evidence.file), content_type=evidence.file.media_type)


# Pieces --------------------------------------------------------------------------------------------------
def _change(request: HttpRequest, order: WorkOrder, form: ChangeForm) -> WorkOrder:
    read = form.cleaned_data
    return rectification.change_order(
        actor=request.actor, at=request.at, order_id=order.pk, requirements=form.requirements(),
        deadline_kind=read["deadline_kind"], due_at=read["due_at"], basis=read["basis"],
    )  # fmt: skip


def _load(request: HttpRequest, pk: UUID) -> WorkOrder:
    return get_visible(queries.order_in_full(request.actor), pk)


def _page(request: HttpRequest, order: WorkOrder, *, status: int = 200, **more: Any) -> HttpResponse:
    items = parts.item_rows(order)
    is_late = any(row["look"] == "overdue" for row in items)
    waiting = [
        row["finding"].due_at
        for row in items
        if row["finding"].due_at and row["look"] in ("overdue", "ordered", "rectifying", "extended")
    ]
    earlier, later = queries.neighbours(order, request.actor)
    verify = more.pop("verify_forms", None) or _verify_forms(request, order, None)
    documents = queries.documents_of(order)
    plan = parts.open_plan(order)
    context = {
        "order": order, "items": items, "look": parts.look(order, is_late), "is_late": is_late,
        "due_at": min(waiting) if waiting else order.due_at, "steps": parts.steps(order), "now": request.at,
        "can": parts.decisions(request, order), "verify": verify, "earlier": earlier, "later": later,
        "timeline": parts.timeline_of(order), "documents": documents, "trace_backs": parts.trace_backs_of(order),
        "plan": plan, "plan_form": PlanForm(), "can_decide_plan": bool(plan and policy.can_decide_plan(request.actor, plan)),
        "disputes": [
            (item, dispute, policy.can_decide_dispute(request.actor, dispute), DisputeDecisionForm(prefix=f"d{item.ordinal}"))
            for item, dispute in parts.open_disputes(order)
        ],
        "urges": [
            {"urge": urge, "can_sign": bool(policy.can_sign_urge(request.actor, urge))}
            for urge in order.urges.all()
        ],
        "urge_form": UrgeForm(),
        "duplicates": queries.open_duplicates([row["finding"] for row in items]) if order.state == OrderState.DRAFT else [],
        "is_paused": any(row["look"] == "disputed" for row in items),
        **more,
    }  # fmt: skip
    return render(request, "orders/show.html", context, status=status)


def _verify_forms(request: HttpRequest, order: WorkOrder, posted: Any) -> list[tuple[dict, VerifyForm]]:
    return [
        (
            row,
            VerifyForm(
                posted,
                prefix=f"i{row['item'].ordinal}",
                empty_permitted=True,
                use_required_attribute=False,
                needs_site=row["needs_site"],
            ),
        )
        for row in parts.to_verify(request, order)
        if posted is None or row["decision"]
    ]


def _link_page(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    address = links.order_address(order.fresh_token)
    return render(
        request,
        "orders/link.html",
        {
            "order": order,
            "address": address,
            "qr": qr_svg(address),
            "due": paper.limit_text(order.due_at),
            "now": request.at,
        },
    )


def _filtered(rows: QuerySet[WorkOrder], form: OrderFilter) -> QuerySet[WorkOrder]:
    if not form.is_valid():
        return rows
    read = form.cleaned_data
    if text := read["q"].strip():
        named = WorkOrder.objects.filter(items__finding__site__name__icontains=text).values("pk")
        rows = rows.filter(Q(number_text__icontains=text) | Q(unit__name__icontains=text) | Q(pk__in=named))
    if unit := parse_id(read["unit"]):
        rows = rows.filter(unit_id=unit)
    if read["since"]:
        rows = rows.filter(issued_on__gte=read["since"])
    if read["until"]:
        rows = rows.filter(issued_on__lte=read["until"])
    return rows


def _urges(request: HttpRequest) -> list[Urge]:
    return list(queries.urges_to_sign(request.actor, request.campaign.pk)[: queries.MOST_URGES + 1])


def _tabs(request: HttpRequest, current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    is_staff = bool(policy.can_draft_orders(request.actor, request.campaign.pk))
    return [
        {"label": label, "url": f"?view={view}", "count": counts.get(view, 0), "current": view == current}
        for view, label, for_units in TABS
        if for_units or is_staff
    ]


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("单号"), "key": "number"}, {"label": _("责任单位"), "key": "unit"}, {"label": _("事项"), "num": True},
        {"label": _("状态")}, {"label": _("整改期限"), "key": "due"}, {"label": _("下达"), "key": "issued"},
        {"label": _("签收")}, {"label": _("反馈")}, {"label": _("销号")}, {"label": _("提请")},
    ]  # fmt: skip


def _head(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (_("专项"), request.campaign.title),
        (_("截至"), clock.local(request.at).strftime("%Y-%m-%d %H:%M")),
        (_("筛选"), request.GET.urlencode() or _("无")),
    ]
