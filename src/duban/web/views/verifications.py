"""The queue 核验与回头看: what waits for verification, what is to be looked at again, what was verified."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from duban.kernel.bounded import BOUND, GLANCE, bounded_count
from duban.kernel.clock import local_day
from duban.kernel.loading import get_visible
from duban.kernel.scope import in_list_order
from duban.rectification import operations as rectification
from duban.rectification import policy, queries
from duban.rectification.models import VerificationMethod
from duban.web import badges
from duban.web.forms.orders import LookBackForm, QueueFilter, VerifyForm
from duban.web.pages import export_rows, paginate, said, staff_page
from duban.web.views import order_parts as parts

VIEWS = ("waiting", "look_backs", "done")


@staff_page
def list_verifications(request: HttpRequest) -> HttpResponse:
    """Show the queue; each row says whether this person may verify."""
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    form = QueueFilter(request.GET or None)
    rows = _filtered(_rows(request, view), form, view)
    if request.GET.get("export"):
        rows = (
            [_row(request, view, row) for row in rows.iterator(chunk_size=500)]
            if view == "done"
            else [_row(request, view, row) for row in rows]
        )
        return export_rows(request, _("核验与回头看"), _columns(), rows)
    tabs = _tabs(request, view)
    known = None if request.GET.get("q") else next(tab["count"] for tab in tabs if tab["current"])
    page = paginate(request, rows, total=known)
    found = page.paginator.count
    page.object_list = [_row(request, view, row) for row in page.object_list]
    context = {
        "page": page, "found": found, "filter": form, "now": request.at, "tabs": tabs,
        "word_head": {"waiting": _("反馈"), "look_backs": _("事实"), "done": _("核验意见")}[view],
        "empty_text": {
            "waiting": _("单位反馈后出现在这里。"), "look_backs": _("每日销号后按比例抽取，次日出现在这里。"),
            "done": _("核验后出现在这里。"),
        }[view],
    }  # fmt: skip
    return render(request, "verifications/list.html", context)


@staff_page
def verify_finding(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Verify one finding; works on a phone at the site."""
    rows = policy.checkable_findings_visible_to(request.actor).select_related("site", "unit", "category")
    finding = get_visible(rows.prefetch_related("evidence__file"), pk)
    item = finding.order_items.filter(is_open=True).select_related("order__unit").first()
    answers = list(item.replies.select_related("reply").order_by("-reply__sequence")) if item else []
    judge = _judge(request, finding, item, answers)
    form = VerifyForm(request.POST or None, needs_site=judge["needs_site"])
    if request.method == "POST":
        done = parts.attempt(
            form,
            lambda: rectification.verify_item(
                actor=request.actor, at=request.at, finding_id=pk, **form.cleaned_data
            ),
        )
        if done:
            said(
                request,
                _("问题 %(number)s：%(outcome)s。")
                % {"number": finding, "outcome": done.get_outcome_display()},
            )
            return redirect("verifications:list")
    before, after = queries.photos_of(finding)
    context = {
        "finding": finding, "item": item, "order": item.order if item else None, "form": form, "now": request.at,
        "pair": (parts.photo(before), parts.photo(after)), "answer": answers[0] if answers else None,
        "look": parts.finding_look(finding), **judge,
    }  # fmt: skip
    return render(request, "verifications/verify.html", context, status=422 if form.errors else 200)


@staff_page
def record_look_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record a sampled re-check."""
    rows = policy.look_backs_visible_to(request.actor).select_related(
        "finding__site", "finding__unit", "done_by"
    )
    look_back = get_visible(rows, pk)
    form = LookBackForm(request.POST or None)
    if request.method == "POST":
        done = parts.attempt(
            form,
            lambda: rectification.record_look_back(
                actor=request.actor, at=request.at, look_back_id=pk, held=form.cleaned_data["held"] == "yes",
                note=form.cleaned_data["note"],
            ),
        )  # fmt: skip
        if done:
            said(request, _("已登记回头看。"))
            return redirect(f"{reverse('verifications:list')}?view=look_backs")
    context = {
        "look_back": look_back, "finding": look_back.finding, "form": form, "now": request.at,
        "decision": policy.can_record_look_back(request.actor, look_back),
    }  # fmt: skip
    return render(request, "verifications/look_back.html", context, status=422 if form.errors else 200)


# Pieces --------------------------------------------------------------------------------------------------
def _rows(request: HttpRequest, view: str) -> QuerySet[Any]:
    actor, campaign_id = request.actor, request.campaign.pk
    if view == "look_backs":
        return queries.look_backs_listed(actor, campaign_id).filter(done_at=None).order_by("due_on", "id")
    if view == "done":
        return queries.verifications_listed(actor, campaign_id)
    return queries.findings_to_verify(actor, campaign_id)


def _filtered(rows: QuerySet[Any], form: QueueFilter, view: str) -> QuerySet[Any]:
    if not form.is_valid() or not (text := form.cleaned_data["q"].strip()):
        return rows
    way = "" if view == "waiting" else "finding__"
    condition = Q(**{f"{way}unit__name__icontains": text}) | Q(**{f"{way}site__name__icontains": text})
    if text.isdigit():
        condition |= Q(**{f"{way}number": int(text)})
    return rows.filter(condition)


def _row(request: HttpRequest, view: str, row: Any) -> dict[str, Any]:
    if view == "look_backs":
        decision = policy.can_record_look_back(request.actor, row)
        return {
            "finding": row.finding, "words": row.finding.fact, "due_on": row.due_on,
            "is_late": row.due_on < local_day(request.at), "at": None, "order": None, "verb": _("登记回头看"),
            "url": reverse("verifications:look_back", args=[row.pk]) if decision else "", "why": decision.message,
        }  # fmt: skip
    if view == "done":
        return {
            "finding": row.finding, "words": f"{row.get_outcome_display()}：{row.opinion}", "at": row.verified_at,
            "order": row.item.order if row.item else None, "url": "", "why": row.verifier.post_label, "verb": "",
        }  # fmt: skip
    item = row.open_items[0] if row.open_items else None
    answers = list(item.replies.all()) if item else []
    judge = _judge(request, row, item, answers)
    return {
        "finding": row, "words": answers[0].measures if answers else "", "at": row.state_at,
        "order": item.order if item else None, "verb": _("核验"), "why": judge["decision"].message if judge["decision"] is not None else "",
        "url": reverse("verifications:verify", args=[row.pk]) if judge["decision"] else "",
    }  # fmt: skip


def _judge(request: HttpRequest, finding: Any, item: Any, answers: list[Any]) -> dict[str, Any]:
    if item is None:
        return {"decision": None, "needs_site": False}
    replies = [answer.reply for answer in answers]
    decision = policy.can_verify(request.actor, finding, item.order, replies)
    by_photo = policy.can_verify(request.actor, finding, item.order, replies, VerificationMethod.PHOTOS)
    return {"decision": decision, "needs_site": not by_photo}


def _tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    words = {"waiting": _("待核验"), "look_backs": _("回头看"), "done": _("已核验")}
    states = badges.states_of(request)
    counts = {
        "waiting": queries.count_to_verify(request.actor, request.campaign.pk, states),
        "look_backs": bounded_count(_rows(request, "look_backs"), queries.FEW),
        "done": _done(request, is_large=states.total() > BOUND),
    }
    return [
        {"label": words[view], "url": f"?view={view}", "current": view == current, "count": counts[view]}
        for view in VIEWS
    ]


def _done(request: HttpRequest, *, is_large: bool) -> int:
    rows = _rows(request, "done")
    return bounded_count(in_list_order(rows), GLANCE) if is_large else bounded_count(rows, queries.FEW)


def _columns() -> list[tuple[str, Any]]:
    return [
        (_("问题"), lambda row: str(row["finding"])), (_("责任单位"), lambda row: row["finding"].unit.name),
        (_("点位"), lambda row: row["finding"].site.name), (_("内容"), lambda row: row["words"]),
        (_("程度"), lambda row: row["finding"].get_severity_display()),
        (_("时间"), lambda row: row["at"] or row.get("due_on")),
        (_("交办单"), lambda row: str(row["order"]) if row["order"] else ""),
    ]  # fmt: skip
