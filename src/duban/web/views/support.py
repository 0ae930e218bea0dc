"""Support requests: the list for headquarters and the office, and the answer."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from duban.inspection import operations as inspection
from duban.inspection import policy, queries
from duban.inspection.states import SupportState
from duban.inspection.support_kinds import SUPPORT_KINDS
from duban.kernel import clock
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.web.forms.findings import AnswerForm
from duban.web.pages import View, export_rows, paginate, said, staff_page
from duban.web.views.findings import attempt


def support_page(view: View) -> View:
    """This decorator will show the page to headquarters, the office and the teams."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_read_support(request.actor, request.campaign.pk):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _rows(request: HttpRequest) -> Any:
    rows = queries.support_requests(request.actor, request.campaign.pk)
    if request.GET.get("view", "open") == "open":
        rows = rows.filter(state=SupportState.OPEN)
    return rows


@support_page
def list_requests(request: HttpRequest) -> HttpResponse:
    """This view will list support requests, open ones first."""
    page = paginate(request, _rows(request))
    for row in page.object_list:
        row.kind_label = SUPPORT_KINDS.get(row.kind, row.kind)
        row.can_answer = row.state == SupportState.OPEN and policy.can_answer_support_request(
            request.actor, row
        )
    current = request.GET.get("view", "open")
    total = queries.support_requests(request.actor, request.campaign.pk).count()
    waiting = queries.open_support_count(request.actor, request.campaign.pk)
    views = [
        {"label": _("待协调"), "count": waiting, "url": "?view=open", "current": current == "open"},
        {"label": _("全部"), "count": total, "url": "?view=all", "current": current != "open"},
    ]
    return render(
        request, "findings/support.html", {"page": page, "views": views, "now": request.at, "view": current}
    )


@support_page
def export_requests(request: HttpRequest) -> HttpResponse:
    """This view will export the listed support requests."""
    local = clock.local
    columns = [
        (_("提出时间"), lambda row: local(row.raised_at).strftime("%Y-%m-%d %H:%M")), (_("单位"), lambda row: row.unit.name),
        (_("类型"), lambda row: str(SUPPORT_KINDS.get(row.kind, row.kind))), (_("内容"), lambda row: row.text),
        (_("状态"), lambda row: row.get_state_display()), (_("答复"), lambda row: row.answer),
    ]  # fmt: skip
    return export_rows(
        request, _("协调请求"), columns, _rows(request), head=[(_("范围"), request.campaign.title)]
    )


@support_page
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will show one support request and take the answer."""
    row = get_visible(queries.support_requests(request.actor, request.campaign.pk), pk)
    decision = policy.can_answer_support_request(request.actor, row)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and attempt(
        form,
        lambda: inspection.answer_support_request(
            actor=request.actor, at=request.at, request_id=pk, answer=form.cleaned_data["answer"]
        ),
    ):
        said(request, _("已答复协调请求。"))
        return redirect("support:list")
    row.kind_label = SUPPORT_KINDS.get(row.kind, row.kind)
    can = {"answer": decision and row.state == SupportState.OPEN}
    return render(
        request, "findings/support_answer.html", {"row": row, "form": form, "can": can, "now": request.at}
    )
