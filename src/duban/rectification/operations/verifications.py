"""Verification and write-off, item by item; never in bulk (§2.10). The verifier is neither replier nor of the unit."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.inspection.models import Finding
from duban.inspection.states import Lateness
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.notices.operations import notify
from duban.rectification import deadlines, policy
from duban.rectification.false_findings import register_false_rectification
from duban.rectification.models import (
    OrderItem,
    TraceReason,
    Verification,
    VerificationMethod,
    VerificationOutcome,
    WorkOrder,
)
from duban.rectification.operations.trace_backs import raise_trace_back
from duban.rectification.progress import allow, clear_lateness, move_finding, settle_order

VERBS = {
    VerificationOutcome.PASSED: "verification.passed",
    VerificationOutcome.SENT_BACK: "verification.sent_back",
    VerificationOutcome.FALSE: "verification.found_false",
}


@transaction.atomic
def verify_item(
    *,
    actor: Actor,
    at: datetime,
    finding_id: UUID,
    outcome: str,
    method: str,
    opinion: str,
    new_due_at: datetime | None = None,
    verification_id: UUID | None = None,
    told_at: datetime | None = None,
) -> Verification:
    """This function will verify one fed-back finding: write it off, send it back, or find the reply false.

    A phone gives its own `verification_id`, so that what it sends twice is entered once, and `told_at`, its own time of
    writing: kept beside the time of receipt, which counts.

    A false reply becomes a new finding of category 弄虚作假 and a proposal to trace back; the old one goes on.

    :raises Denied: for the replier, the unit's own people, the finder of a serious one, or photos where a visit is due.
    :raises WrongState: if somebody verified it first. :raises Conflict: if the id came with something else.
    """
    finding = get_visible(policy.checkable_findings_visible_to(actor), finding_id, lock=True)
    if (known := Verification.objects.filter(pk=verification_id).first()) is not None:
        said = (known.finding_id, known.verifier_id, known.outcome, known.method, known.opinion)
        if said != (finding_id, actor.user_id, outcome, method, opinion.strip()[:300]):
            raise Conflict("same_id_other_content", _("这次核验已收到，内容不同，不能改写。"))
        return known
    item = finding.order_items.filter(is_open=True).first()
    if item is None:
        raise WrongState()
    order = WorkOrder.objects.select_for_update(of=("self",)).select_related("unit").get(pk=item.order_id)
    item.order = order
    _check(outcome, method, opinion)
    replies = list(order.replies.filter(items__item=item).order_by("sequence"))
    allow(policy.can_verify(actor, finding, order, replies, method))
    verification = Verification(
        finding=finding, item=item, reply=replies[-1] if replies else None, verifier_id=actor.user_id,
        method=method, outcome=outcome, opinion=opinion.strip()[:300], verified_at=at, told_at=told_at,
        **({"pk": verification_id} if verification_id else {}),
    )  # fmt: skip
    if outcome == VerificationOutcome.PASSED:
        clear_lateness(finding)
        move_finding(finding, "write_off", at=at, written_off_at=at, paused_at=None)
    else:
        _send_back(finding, order, at, new_due_at)
    if outcome == VerificationOutcome.FALSE:
        verification.new_finding = register_false_rectification(
            finding, actor=actor, at=at, fact=opinion.strip()
        )
        raise_trace_back(actor=actor, at=at, finding=finding, reason=TraceReason.FALSE)
    verification.save(force_insert=True)
    action = settle_order(order, at=at)
    journal.record(
        VERBS[VerificationOutcome(outcome)], actor=actor, at=at, subject=finding, reason=opinion,
        label=_("%(order)s 第 %(item)s 项") % {"order": order, "item": item.ordinal}, area_path=order.area_path,
    )  # fmt: skip
    _after(order, item, outcome, action, actor=actor, at=at)
    return verification


@transaction.atomic
def verify_order(
    *, actor: Actor, at: datetime, order_id: UUID, results: Iterable[Mapping[str, Any]]
) -> list[Verification]:
    """This function will verify several items of one order in one go, each with its own outcome and opinion.

    `results`: {finding_id, outcome, method, opinion}. All or nothing.
    """
    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    rows = [dict(row) for row in results]
    own = set(order.items.filter(is_open=True).values_list("finding_id", flat=True))
    if not rows or any(row["finding_id"] not in own for row in rows):
        raise Invalid("not_on_order", _("所选事项不在这份交办单上。"))
    return [verify_item(actor=actor, at=at, **row) for row in rows]


def _check(outcome: str, method: str, opinion: str) -> None:
    wrong = {}
    if outcome not in VerificationOutcome.values:
        wrong["outcome"] = _("请选核验结果。")
    if method not in VerificationMethod.values:
        wrong["method"] = _("请选核验方式。")
    if not opinion.strip():
        wrong["opinion"] = _("请写核验意见。")
    if wrong:
        raise Invalid("verification_incomplete", fields=wrong)


def _send_back(finding: Finding, order: WorkOrder, at: datetime, new_due_at: datetime | None) -> None:
    if new_due_at is not None and new_due_at <= at:
        raise Invalid("due_in_past", fields={"new_due_at": _("新的期限须晚于现在。")})
    due_at = finding.due_at
    if new_due_at is not None:
        due_at = new_due_at
        clear_lateness(finding)
    elif finding.lateness == Lateness.NONE:  # answered in time: what was late before stays late
        due_at = deadlines.limit_after_send_back(due_at, at)
    move_finding(finding, "send_back", at=at, due_at=due_at, corrected_at=None)
    if due_at is not None:
        until = due_at + deadlines.LINK_LIFE
        order.links.filter(revoked_at=None, expires_at__lt=until).update(expires_at=until)


def _after(
    order: WorkOrder, item: OrderItem, outcome: str, action: str, *, actor: Actor, at: datetime
) -> None:
    words = {
        VerificationOutcome.PASSED: _("%(order)s 第 %(item)s 项核验通过，已销号。"),
        VerificationOutcome.SENT_BACK: _("%(order)s 第 %(item)s 项未到位，退回整改。"),
        VerificationOutcome.FALSE: _("%(order)s 第 %(item)s 项与反馈不符，退回整改。"),
    }[VerificationOutcome(outcome)]
    notify(
        at=at, campaign_id=order.campaign_id, once_key=f"verified:{item.pk}:{at.isoformat()}", kind="verified",
        text=words % {"order": order, "item": item.ordinal}, unit_id=order.unit_id,
        link=f"/orders/{order.pk}/", subject=order,
    )  # fmt: skip
    if action == "close":
        journal.record("order.closed", actor=actor, at=at, subject=order)
    elif action == "send_back":
        journal.record("order.sent_back", actor=actor, at=at, subject=order)
