"""Trace-backs: raised by rule, decided by a named person with reasons, concluded rung by rung (S2-32, G-26)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.kernel.errors import Invalid
from duban.kernel.journal import VERBS, events_of
from duban.kernel.loading import get_visible
from duban.rectification import operations as rectification
from duban.rectification import policy, queries
from duban.rectification.models import TraceBack
from duban.rectification.states import TraceState
from duban.web.forms.orders import TraceConclusionForm, TraceDecisionForm
from duban.web.pages import export_rows, form_errors, paginate, said, staff_page
from duban.web.views import order_parts as parts

COLUMNS = [
    (gettext_lazy("问题"), lambda row: str(row.finding)), (gettext_lazy("责任单位"), lambda row: row.finding.unit.name),
    (gettext_lazy("点位"), lambda row: row.finding.site.name), (gettext_lazy("事由"), lambda row: row.get_reason_display()),
    (gettext_lazy("提出"), lambda row: row.raised_at), (gettext_lazy("状态"), lambda row: row.get_state_display()),
    (gettext_lazy("决定理由"), lambda row: row.decision_reason), (gettext_lazy("结论"), lambda row: row.conclusion),
]  # fmt: skip


@staff_page
def list_traces(request: HttpRequest) -> HttpResponse:
    """Show the trace-backs; those that wait for a decision first in their tab."""
    rows = queries.trace_backs_listed(request.actor, request.campaign.pk)
    view = request.GET.get("view", "all")
    tabs = [
        {"label": label, "url": f"?view={key}", "current": view == key, "count": (rows.filter(state=key) if key != "all" else rows).count()}
        for key, label in [("all", _("全部")), *TraceState.choices]
    ]  # fmt: skip
    if view in TraceState.values:
        rows = rows.filter(state=view)
    if request.GET.get("export"):
        return export_rows(request, _("责任倒查"), COLUMNS, rows.iterator(chunk_size=500))
    return render(
        request, "traces/list.html", {"page": paginate(request, rows), "tabs": tabs, "now": request.at}
    )


@staff_page
def show_trace(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one trace-back with its chain."""
    return _page(request, _load(request, pk))


@require_POST
@staff_page
def decide_trace(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open or waive, with reasons."""
    form = TraceDecisionForm(request.POST)
    done = parts.attempt(
        form,
        lambda: rectification.decide_trace_back(
            actor=request.actor, at=request.at, trace_back_id=pk, is_opened=form.cleaned_data["is_opened"] == "yes",
            reason=form.cleaned_data["reason"],
        ),
    )  # fmt: skip
    if done is None:
        return _page(request, _load(request, pk), decide_form=form, status=422)
    said(request, _("已作出决定，写入留痕。"))
    return redirect("traces:show", pk)


@require_POST
@staff_page
def conclude_trace(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write each rung and the conclusion."""
    trace = _load(request, pk)
    form = TraceConclusionForm(request.POST, nodes=list(trace.nodes.all()))
    if form.is_valid():
        try:
            rectification.conclude_trace_back(
                actor=request.actor, at=request.at, trace_back_id=pk, conclusion=form.cleaned_data["conclusion"],
                nodes=form.answers(),
            )  # fmt: skip
            said(request, _("责任倒查已办结。"))
            return redirect("traces:show", pk)
        except Invalid as error:
            form_errors(form, error)
    return _page(request, trace, conclude_form=form, status=422)


def _load(request: HttpRequest, pk: UUID) -> TraceBack:
    rows = queries.trace_backs_listed(request.actor, request.campaign.pk)
    return get_visible(
        rows.select_related("finding__category", "finding__team").prefetch_related(
            "nodes__unit", "nodes__post"
        ),
        pk,
    )


def _page(request: HttpRequest, trace: TraceBack, *, status: int = 200, **forms: object) -> HttpResponse:
    item = trace.finding.order_items.select_related("order").order_by("-is_open", "-order__issued_at").first()
    context = {
        "trace": trace, "now": request.at, "order": item.order if item else None,
        "can": {
            "decide": bool(policy.can_decide_trace_back(request.actor, trace)),
            "conclude": bool(policy.can_conclude_trace_back(request.actor, trace)),
        },
        "decide_form": TraceDecisionForm(), "conclude_form": TraceConclusionForm(nodes=list(trace.nodes.all())),
        "timeline": [
            {"at": event.at, "who": event.actor_label, "what": VERBS.get(event.verb, event.verb), "note": event.reason if event.verb != "trace_back.raised" else ""}
            for event in events_of(trace)
        ],
        **forms,
    }  # fmt: skip
    return render(request, "traces/show.html", context, status=status)
