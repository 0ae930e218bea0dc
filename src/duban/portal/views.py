"""Unit links: an order or a self-check opened from a QR code, without account, session or scripts.

Opening shows; only the button signs for the order. Every write is the same operation the staff pages call.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from duban.burden import operations as burden
from duban.burden.queries import deferrals_of
from duban.inspection.models import Phase
from duban.inspection.states import WAITING_ON_UNIT, FindingState
from duban.kernel import clock, files
from duban.kernel.actor import Actor
from duban.kernel.errors import DubanError, NotFound
from duban.kernel.loading import get_visible
from duban.portal import throttle
from duban.rectification import links, policy, queries
from duban.rectification import operations as rectification
from duban.rectification.models import WorkOrder
from duban.rectification.questions import (
    BurdenForm,
    DeferralForm,
    DisputeForm,
    RecusalForm,
    ReplyForm,
    SelfCheckForm,
)
from duban.rectification.states import DisputeState, OrderState, PlanState

View = Callable[..., HttpResponse]


def unit_link(opener: Callable[..., Actor]) -> Callable[[View], View]:
    """This decorator will turn a token into who speaks; wrong tokens are counted, dead ones get a plain page."""

    def wrap(view: View) -> View:
        @csrf_protect
        @wraps(view)
        def inner(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if throttle.is_slowed(request):
                return render(request, "portal/slowed.html", status=429)
            try:
                request.actor = opener(token, request.at)
            except NotFound as error:
                throttle.note_wrong(request)
                return render(request, "portal/unknown.html", {"error": error}, status=404)
            response = view(request, token, *args, **kwargs)
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return inner

    return wrap


order_link = unit_link(links.open_link)
self_check_link = unit_link(links.open_self_check_link)


@require_GET
@order_link
def show_order(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was asked, by when, and the one next step."""
    links.note_first_open(actor=request.actor, at=request.at, token=token)
    order = _order(request)
    waiting = _waiting(order)
    if order.state in (OrderState.ISSUED, OrderState.RECEIVED) and waiting:
        form = ReplyForm(items=waiting, at=request.at)
        return render(request, "portal/order.html", _context(request, token, order, form=form))
    return render(request, "portal/status.html", _context(request, token, order))


@require_POST
@order_link
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Sign for the order."""
    rectification.receive_order(actor=request.actor, at=request.at, order_id=request.actor.order_id)
    return _to_order(token)


@require_POST
@order_link
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """Take the reply; what is wrong is said beside the question, nothing typed is lost."""
    order = _order(request)
    form = ReplyForm(request.POST, request.FILES, items=_waiting(order), at=request.at)
    if form.is_valid():
        try:
            rectification.reply_to_order(
                actor=request.actor, at=request.at, order_id=order.pk, **form.answer()
            )
            return _to_order(token)
        except DubanError as error:
            _say(form, error)
    return render(request, "portal/order.html", _context(request, token, order, form=form), status=422)


@require_http_methods(["GET", "POST"])
@order_link
def dispute(request: HttpRequest, token: str) -> HttpResponse:
    """Disagree with one item on a fixed ground."""
    order = _order(request)
    form = DisputeForm(request.POST or None, items=_waiting(order))
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            rectification.dispute_item(
                actor=request.actor, at=request.at, item_id=UUID(read["item"]), ground=read["ground"],
                statement=read["statement"],
            )  # fmt: skip
            return _to_order(token)
        except DubanError as error:
            _say(form, error)
    status = 422 if form.is_bound else 200
    return render(request, "portal/dispute.html", _context(request, token, order, form=form), status=status)


@require_http_methods(["GET", "POST"])
@order_link
def objection(request: HttpRequest, token: str) -> HttpResponse:
    """Say that this demand adds to the burden (G-35)."""
    order = _order(request)
    form = BurdenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            burden.file_objection(
                actor=request.actor, at=request.at, campaign_id=order.campaign_id, unit_id=order.unit_id,
                subject_type=order._meta.label_lower, subject_id=order.pk, subject_label=str(order),
                text=form.cleaned_data["text"],
            )  # fmt: skip
            return HttpResponseRedirect(f"{reverse('portal:order', args=[token])}?said=burden")
        except DubanError as error:
            _say(form, error)
    status = 422 if form.is_bound else 200
    return render(request, "portal/burden.html", _context(request, token, order, form=form), status=status)


@require_http_methods(["GET", "POST"])
@order_link
def defer(request: HttpRequest, token: str) -> HttpResponse:
    """Say that the unit is in an emergency and asks checks to wait; always there, so that it tells nothing (S4-10)."""
    order = _order(request)
    form = DeferralForm(request.POST if request.method == "POST" else None)
    standing = deferrals_of([order.unit_id], request.at).get(order.unit_id)
    if request.method == "POST":
        try:
            if standing is not None:
                burden.withdraw_deferral(actor=request.actor, at=request.at, deferral_id=standing.pk)
                return _to_order(token)
            if form.is_valid():
                burden.ask_deferral(
                    actor=request.actor, at=request.at, campaign_id=order.campaign_id, unit_id=order.unit_id,
                    ground=form.cleaned_data["ground"],
                )  # fmt: skip
                return HttpResponseRedirect(f"{reverse('portal:order', args=[token])}?said=defer")
        except DubanError as error:
            _say(form, error)
    status = 422 if form.is_bound and form.errors else 200
    shown = _context(request, token, order, form=form, standing=standing)
    return render(request, "portal/defer.html", shown, status=status)


@require_http_methods(["GET", "POST"])
@order_link
def recusal(request: HttpRequest, token: str) -> HttpResponse:
    """Ask that one of those who handled the order keep out of it (G-23)."""
    order = _order(request)
    form = RecusalForm(request.POST or None, handlers=queries.handlers_of(order))
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            rectification.request_recusal(
                actor=request.actor, at=request.at, order_id=order.pk, user_id=read["user"].pk,
                ground=read["ground"], reason=read["reason"],
            )  # fmt: skip
            return HttpResponseRedirect(f"{reverse('portal:order', args=[token])}?said=recusal")
        except DubanError as error:
            _say(form, error)
    status = 422 if form.is_bound else 200
    return render(request, "portal/recusal.html", _context(request, token, order, form=form), status=status)


@require_GET
@order_link
def photo(request: HttpRequest, token: str, evidence_id: UUID) -> HttpResponse:
    """Show a photo of the order's findings."""
    findings = policy.checkable_findings_visible_to(request.actor)
    rows = findings.model._meta.get_field("evidence").related_model.objects.filter(finding__in=findings)
    evidence = get_visible(rows.select_related("file"), evidence_id)
    return HttpResponse(files.read(evidence.file), content_type=evidence.file.media_type)


@require_http_methods(["GET", "POST"])
@self_check_link
def self_check(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a common-problem notice with yes or no and a number."""
    check = links.find_self_check(token, request.at)
    form = SelfCheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            rectification.answer_self_check(
                actor=request.actor, at=request.at, self_check_id=check.pk,
                has_problem=read["has_problem"] == "yes", count=read["count"],
            )  # fmt: skip
            return HttpResponseRedirect(reverse("portal:self_check", args=[token]))
        except DubanError as error:
            _say(form, error)
    context = {
        "check": check,
        "problem": check.common_problem,
        "form": form,
        "now": request.at,
        "token": token,
    }
    return render(request, "portal/self_check.html", context, status=422 if form.is_bound else 200)


# Pieces --------------------------------------------------------------------------------------------------
def _order(request: HttpRequest) -> WorkOrder:
    return get_visible(queries.order_in_full(request.actor), request.actor.order_id)


def _waiting(order: WorkOrder) -> list:
    return [item for item in order.items.all() if item.is_open and item.finding.state in WAITING_ON_UNIT]


def _context(request: HttpRequest, token: str, order: WorkOrder, **more: Any) -> dict[str, Any]:
    waiting = _waiting(order)
    dues = [item.finding.due_at for item in waiting if item.finding.due_at]
    due_at = min(dues) if dues else order.due_at
    link = links.find_link(token, request.at)
    return {
        "order": order,
        "token": token,
        "now": request.at,
        "items": [_item(item) for item in order.items.all()],
        "waiting": waiting,
        "due_at": due_at,
        "due_words": _limit_words(due_at, request.at),
        "is_late": due_at <= request.at and bool(waiting),
        "is_paused": any(item.finding.state == FindingState.DISPUTED for item in order.items.all()) and not waiting,
        "must_sign": order.state == OrderState.ISSUED,
        "tag": _tag(order, waiting),
        "plan": next((plan for plan in order.plans.all() if plan.state == PlanState.REQUESTED), None),
        "disputes": [
            (item, dispute) for item in order.items.all() for dispute in item.disputes.all()
            if dispute.state == DisputeState.OPEN
        ],
        "reply": order.replies.all()[0] if order.replies.all() else None,
        "link": link,
        "said": request.GET.get("said", ""),
        **more,
    }  # fmt: skip


def _item(item: Any) -> dict[str, Any]:
    photos = [one for one in item.finding.evidence.all() if one.phase == Phase.BEFORE]
    answer = next(iter(item.replies.all()), None)
    last = next(iter(item.finding.verifications.all()), None)
    return {"item": item, "finding": item.finding, "photos": photos, "answer": answer, "verification": last}


def _tag(order: WorkOrder, waiting: list) -> str:
    if any(item.finding.lateness for item in waiting):
        return "overdue"
    return {
        OrderState.ISSUED: "ordered", OrderState.RECEIVED: "rectifying", OrderState.REPLIED: "fed_back",
        OrderState.CLOSED: "written_off", OrderState.VOIDED: "voided",
    }.get(order.state, "ordered")  # fmt: skip


def _limit_words(due_at: Any, at: Any) -> dict[str, Any]:
    """Return the day and clock of a limit for the template; midnight belongs to the day it ends."""
    local = clock.local(due_at)
    is_midnight = local.hour == local.minute == 0
    day = (local - timedelta(minutes=1)).date() if is_midnight else local.date()
    return {
        "day": day,
        "clock": "24:00" if is_midnight else f"{local:%H:%M}",
        "is_today": day == clock.local_day(at),
    }


def _to_order(token: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:order", args=[token]))


def _say(form: Form, error: DubanError) -> None:
    """Put a refusal beside its question, or on top."""
    placed = False
    for name, message in error.fields.items():
        place = form.place_of(name) if isinstance(form, ReplyForm) else name
        if place in form.fields:
            form.add_error(place, str(message))
            placed = True
    if not placed:
        form.add_error(None, str(error.message))
