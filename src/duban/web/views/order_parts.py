"""What the order pages show: looks, the six steps, items with photos, the timeline. Reads only."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.inspection.models import Evidence, Finding, Severity
from duban.inspection.states import WAITING_ON_UNIT, FindingState, Lateness
from duban.kernel.clock import local
from duban.kernel.errors import Conflict, Denied, Invalid
from duban.kernel.journal import VERBS
from duban.rectification import policy, queries
from duban.rectification.models import OrderItem, TraceBack, VerificationMethod, WorkOrder
from duban.rectification.states import DisputeState, OrderState, PlanState
from duban.web.pages import form_errors

# order state → (look of the state tag, word)
LOOKS = {
    OrderState.DRAFT: ("draft", gettext_lazy("待签发")),
    OrderState.ISSUED: ("ordered", gettext_lazy("待签收")),
    OrderState.RECEIVED: ("rectifying", gettext_lazy("整改中")),
    OrderState.REPLIED: ("fed_back", gettext_lazy("待核验")),
    OrderState.CLOSED: ("written_off", gettext_lazy("已销号")),
    OrderState.VOIDED: ("voided", gettext_lazy("已作废")),
}


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """This function will run `act` if the form holds; a refusal goes onto the form. Returns what `act` returned or None."""
    if not form.is_valid():
        return None
    try:
        return act()
    except (Invalid, Conflict, Denied) as error:
        form_errors(form, error)
        return None


def look(order: WorkOrder, is_late: bool = False) -> dict[str, Any]:
    """Return look and word of an order's tag; lateness wins while the unit owes something."""
    if is_late and order.state in (OrderState.ISSUED, OrderState.RECEIVED):
        return {"key": "overdue", "label": ""}
    key, label = LOOKS[OrderState(order.state)]
    return {"key": key, "label": label}


def finding_look(finding: Finding) -> str:
    """Return the look of a finding's tag: lateness wins while it waits on the unit, then an extension."""
    if finding.state in WAITING_ON_UNIT and finding.lateness != Lateness.NONE:
        return "overdue"
    if finding.state == FindingState.RECTIFYING and finding.is_extended:
        return "extended"
    return finding.state


def url_or_none(name: str, *args: Any) -> str:
    """Return the address of a page of another area, or "" while it does not exist."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def steps(order: WorkOrder) -> list[dict[str, Any]]:
    """Return the six steps of the same-day chain with their true times and posts (S2-26)."""
    team = order.proposed_by_team
    finder = _("暗访组") if team and team.is_covert else (team.name if team else _("督导组"))
    received = (
        _("；%(time)s 签收") % {"time": local(order.received_at).strftime("%H:%M")}
        if order.received_at
        else ""
    )
    count = len(order.items.all())
    with_unit = order.state in (OrderState.ISSUED, OrderState.RECEIVED)
    rectified = None if with_unit else order.rectified_at
    replied = None if with_unit else order.replied_at
    rows = [
        (_("当日督导"), order.inspected_at, _("%(team)s现场发现") % {"team": finder}, ""),
        (_("当日通报"), order.told_at, _("当场向单位岗位说明"), _("没有记录当场说明")),
        (
            _("当日督办"),
            order.issued_at,
            _("交办单下达%(received)s") % {"received": received},
            _("等专班组长岗签发"),
        ),
        (_("当日整改"), rectified, _("%(count)s 项报已整改") % {"count": count}, _("等单位签收并整改")),
        (_("当日反馈"), replied, _("主要负责岗同意后提交"), _("由单位联络岗扫码反馈")),
        (
            _("核验销号"),
            order.written_off_at,
            _("各项已核验"),
            _("反馈人、发现人须回避") if _has_serious(order) else _("反馈人须回避"),
        ),
    ]
    is_over = order.state in (OrderState.CLOSED, OrderState.VOIDED)
    first = next((place for place, row in enumerate(rows) if row[1] is None and place > 1), None)
    if order.issued_at is None and not is_over:
        rows[0] = (rows[0][0], _first_found(order), *rows[0][2:])
        rows[1] = (rows[1][0], _first_told(order), *rows[1][2:])
    return [
        {
            "label": label, "at": at, "note": note if at else missing,
            "state": "done" if at else ("open" if place == first and not is_over else "todo"),
            "time": "" if at or place != first or is_over else _("待办"),
        }
        for place, (label, at, note, missing) in enumerate(rows)
    ]  # fmt: skip


def _has_serious(order: WorkOrder) -> bool:
    return any(item.finding.severity == Severity.SERIOUS for item in order.items.all())


def _first_found(order: WorkOrder) -> datetime | None:
    return min((item.finding.found_at for item in order.items.all()), default=None)


def _first_told(order: WorkOrder) -> datetime | None:
    return min((item.finding.told_at for item in order.items.all() if item.finding.told_at), default=None)


def photo(evidence: Evidence | None) -> dict[str, Any] | None:
    """Return a photo for the photo pair."""
    if evidence is None:
        return None
    url = url_or_none("orders:photo", evidence.pk)
    return {
        "url": url, "at": evidence.taken_at or evidence.uploaded_at, "alt": evidence.caption, "original_url": url,
        "sha256": evidence.file.sha256,
    }  # fmt: skip


def item_rows(order: WorkOrder) -> list[dict[str, Any]]:
    """Return the items with finding, photos, last reply, last verification and open dispute."""
    rows = []
    for item in order.items.all():
        before, after = queries.photos_of(item.finding)
        rows.append(
            {
                "item": item, "finding": item.finding, "look": finding_look(item.finding),
                "pair": (photo(before), photo(after)),
                "has_photos": bool(before or after),
                "answer": next(iter(item.replies.all()), None),
                "verification": next(iter(item.finding.verifications.all()), None),
                "disputes": list(item.disputes.all()),
                "url": url_or_none("findings:show", item.finding_id),
            }
        )  # fmt: skip
    return rows


def timeline_of(order: WorkOrder) -> list[dict[str, Any]]:
    """Return the journal of the order and its findings for the timeline, newest first."""
    return [
        {
            "at": event.at,
            "who": event.actor_label,
            "what": VERBS.get(event.verb, event.verb),
            "note": event.reason,
        }
        for event in queries.events_of_order(order)[:40]
    ]


def decisions(request: HttpRequest, order: WorkOrder) -> dict[str, bool]:
    """Return what the actor may do with an order; templates see only these."""
    actor = request.actor
    items = list(order.items.all())
    may_answer = bool(policy.can_answer_for_unit(actor, order))
    return {
        "issue": bool(policy.can_issue_order(actor, order)),
        "change": bool(policy.can_change_order(actor, order)),
        "discard": bool(policy.can_discard_order(actor, order)),
        "void": bool(policy.can_void_order(actor, order)),
        "receive": bool(policy.can_receive_order(actor, order)),
        "reply": bool(policy.can_reply_to_order(actor, order)) and order.state == OrderState.RECEIVED,
        "dispute": may_answer and any(policy.can_dispute_item(actor, item) for item in items),
        "on_behalf": may_answer and policy.is_on_behalf(actor, order),
        "ask_recusal": bool(policy.can_request_recusal(actor, order)),
        "renew_link": bool(policy.can_renew_link(actor, order)),
        "see_journal": not may_answer or policy.is_on_behalf(actor, order),
    }


def open_plan(order: WorkOrder) -> Any:
    """Return the plan request that waits for a decision."""
    return next((plan for plan in order.plans.all() if plan.state == PlanState.REQUESTED), None)


def open_disputes(order: WorkOrder) -> list[tuple[OrderItem, Any]]:
    """Return the disputes that wait for an answer, with their items."""
    return [
        (item, dispute)
        for item in order.items.all()
        for dispute in item.disputes.all()
        if dispute.state == DisputeState.OPEN
    ]


def trace_backs_of(order: WorkOrder) -> list[TraceBack]:
    """Return the trace-backs of an order's findings."""
    findings = [item.finding_id for item in order.items.all()]
    return list(TraceBack.objects.filter(finding_id__in=findings).order_by("raised_at"))


def to_verify(request: HttpRequest, order: WorkOrder) -> list[dict[str, Any]]:
    """Return the fed-back items with the decision whether this person may verify, and why."""
    rows = []
    for item in order.items.all():
        if not item.is_open or item.finding.state != FindingState.FED_BACK:
            continue
        replies = [answer.reply for answer in item.replies.all()]
        rows.append(
            {
                "item": item,
                "decision": policy.can_verify(request.actor, item.finding, order, replies),
                "needs_site": not policy.can_verify(
                    request.actor, item.finding, order, replies, VerificationMethod.PHOTOS
                ),
            }
        )
    return rows
