"""The office's decisions on plan requests and disputes (S2-30, §2.6)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.inspection.states import WAITING_ON_UNIT
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.notices.operations import notify
from duban.rectification import deadlines, policy
from duban.rectification.models import Dispute, PlanRequest, WorkOrder
from duban.rectification.paper import limit_text
from duban.rectification.progress import allow, clear_lateness, end_pause, move_finding, settle_order
from duban.rectification.states import DISPUTE_TRANSITIONS, PLAN_TRANSITIONS


@transaction.atomic
def decide_plan(
    *,
    actor: Actor,
    at: datetime,
    plan_id: UUID,
    approve: bool,
    reason: str = "",
    granted_due_at: datetime | None = None,
) -> PlanRequest:
    """This function will grant a later limit to the plan's items or refuse it; the order keeps its first limit.

    :raises Invalid: for a refusal without reason or a limit that is not later.
    """
    rows = policy.plans_visible_to(actor).select_related("order__unit")
    plan = get_visible(rows, plan_id, lock=True)
    allow(policy.can_decide_plan(actor, plan))
    order = plan.order
    if not approve:
        if not reason.strip():
            raise Invalid("reason_missing", fields={"reason": _("请写明不批准的理由。")})
        changes = {}
    else:
        granted = granted_due_at or plan.asked_due_at
        if granted <= at:
            raise Invalid("due_in_past", fields={"granted_due_at": _("批准的期限须晚于现在。")})
        changes = {"granted_due_at": granted}
        _extend(plan, granted)
    workflow.move(
        plan, PLAN_TRANSITIONS, "approve" if approve else "refuse",
        decided_by_id=actor.user_id, decided_at=at, decision_reason=reason.strip()[:300], **changes,
    )  # fmt: skip
    verb = "plan.approved" if approve else "plan.refused"
    journal.record(verb, actor=actor, at=at, subject=order, label=str(order), reason=reason)
    words = (
        _("%(number)s 限期整改已批准，新的期限 %(due)s。") % {"number": order, "due": limit_text(granted)}
        if approve
        else _("%(number)s 限期整改未批准，仍按原期限办理。") % {"number": order}
    )
    _tell_unit(order, at, f"plan_decided:{plan.pk}", words)
    return plan


@transaction.atomic
def decide_dispute(*, actor: Actor, at: datetime, dispute_id: UUID, upheld: bool, reason: str) -> Dispute:
    """This function will answer a dispute: upheld withdraws the finding with a note, rejected starts the clock again.

    :raises Denied: for finder, drafter, signatory or an earlier decider. :raises Invalid: without a reason.
    """
    rows = policy.disputes_visible_to(actor).select_related("item__finding", "item__order__unit")
    dispute = get_visible(rows, dispute_id, lock=True)
    item = dispute.item
    earlier = frozenset(
        item.disputes.exclude(pk=dispute.pk).exclude(decided_by=None).values_list("decided_by_id", flat=True)
    )
    allow(policy.can_decide_dispute(actor, dispute, earlier))
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": _("请写明理由。")})
    workflow.move(
        dispute, DISPUTE_TRANSITIONS, "uphold" if upheld else "reject",
        decided_by_id=actor.user_id, decided_at=at, decision_reason=reason.strip()[:300],
    )  # fmt: skip
    finding, order = item.finding, item.order
    pause = end_pause(finding, at=at)
    if upheld:
        clear_lateness(finding)
        move_finding(
            finding, "uphold_dispute", at=at, paused_at=None, withdrawn_at=at,
            withdraw_reason=(_("异议成立：%(reason)s") % {"reason": reason.strip()})[:300],
        )  # fmt: skip
        item.is_open = False
        item.save(update_fields=["is_open"])
    else:
        due_at = finding.due_at
        if pause is not None and due_at is not None:
            due_at = deadlines.limit_after_pause(due_at, pause.from_at, pause.to_at)
        move_finding(finding, "reject_dispute", at=at, paused_at=None, due_at=due_at)
        _keep_links_alive(order, due_at)
    settle_order(order, at=at)
    verb = "dispute.upheld" if upheld else "dispute.rejected"
    journal.record(verb, actor=actor, at=at, subject=order, label=str(order), reason=reason)
    words = (
        _("%(number)s 第 %(item)s 项异议成立，问题已撤销。") if upheld
        else _("%(number)s 第 %(item)s 项异议不成立，恢复计时。")
    )  # fmt: skip
    _tell_unit(order, at, f"dispute_decided:{dispute.pk}", words % {"number": order, "item": item.ordinal})
    return dispute


def _extend(plan: PlanRequest, granted: datetime) -> None:
    for item in plan.items.select_related("finding"):
        finding = item.finding
        if finding.state not in WAITING_ON_UNIT:
            continue  # answered in the meantime
        if finding.due_at and granted <= finding.due_at:
            raise Invalid(
                "not_later",
                fields={
                    "granted_due_at": _("批准的期限须晚于 %(due)s。") % {"due": limit_text(finding.due_at)}
                },
            )
        clear_lateness(finding)
        finding.due_at, finding.is_extended = granted, True
        finding.save(update_fields=["due_at", "is_extended"])
    _keep_links_alive(plan.order, granted)


def _keep_links_alive(order: WorkOrder, due_at: datetime | None) -> None:
    if due_at is not None:
        until = due_at + deadlines.LINK_LIFE
        order.links.filter(revoked_at=None, expires_at__lt=until).update(expires_at=until)


def _tell_unit(order: WorkOrder, at: datetime, once_key: str, text: str) -> None:
    notify(
        at=at, campaign_id=order.campaign_id, once_key=once_key, kind=once_key.partition(":")[0], text=text,
        unit_id=order.unit_id, link=f"/orders/{order.pk}/", subject=order,
    )  # fmt: skip
