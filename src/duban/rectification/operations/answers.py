"""What a unit does with an order: sign for it, reply, ask for a later limit, dispute an item (S2-30…31, G-24, G-32).

Called by the unit's link, its liaison, or staff on its behalf (G-36); all three go through here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.documents import operations as documents
from duban.inspection.models import Phase
from duban.inspection.screening import require_clean
from duban.inspection.states import WAITING_ON_UNIT, FindingState
from duban.kernel import clock, journal, workflow
from duban.kernel.actor import Actor, Kind
from duban.kernel.calendar import WorkdayCalendar
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.notices.operations import notify
from duban.people import operations as people
from duban.people.models import RecusalRequest
from duban.rectification import policy, queries
from duban.rectification.models import Dispute, OrderItem, Outcome, PlanRequest, Reply, ReplyItem, WorkOrder
from duban.rectification.paper import limit_text
from duban.rectification.progress import allow, move_finding, open_items, settle_order, start_pause
from duban.rectification.states import ORDER_TRANSITIONS, Ground, OrderState

DISPUTE_WORKDAYS = 2  # §2.6
DISPUTES_PER_ITEM = 2  # the office, then somebody else above it
PHOTOS_PER_ITEM = 4


@transaction.atomic
def receive_order(*, actor: Actor, at: datetime, order_id: UUID) -> WorkOrder:
    """This function will record that the unit has signed for the order; opening the link alone does not.

    :raises WrongState: if somebody of the unit was faster.
    """
    order = get_visible(policy.orders_visible_to(actor).select_related("unit"), order_id, lock=True)
    allow(policy.can_receive_order(actor, order))
    _receive(order, actor=actor, at=at)
    return order


@transaction.atomic
def request_recusal(
    *, actor: Actor, at: datetime, order_id: UUID, user_id: UUID, ground: str, reason: str
) -> RecusalRequest:
    """This function will ask, for the unit, that one of those who handled its order keep out of it (G-23).

    :raises Invalid: for somebody who did not handle the order. :raises WrongState: before the order is issued.
    """
    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    allow(policy.can_request_recusal(actor, order))
    if not queries.handlers_of(order).filter(pk=user_id).exists():
        text = _("请从经办本单的岗位中选。")
        raise Invalid("not_a_handler", text, {"user": text})
    return people.request_recusal(
        actor=actor, at=at, user_id=user_id, campaign_id=order.campaign_id, unit_id=order.unit_id, ground=ground,
        reason=reason,
    )  # fmt: skip


@transaction.atomic
def reply_to_order(
    *,
    actor: Actor,
    at: datetime,
    order_id: UUID,
    outcome: str,
    measures: Mapping[UUID, str],
    completed_at: datetime | None = None,
    principal_agreed: bool = False,
    photos: Mapping[UUID, Iterable[bytes]] | None = None,
    plan_reason: str = "",
    plan: str = "",
    asked_due_at: datetime | None = None,
) -> Reply:
    """This function will take the unit's reply of at most five fields; items left out go on waiting (G-32).

    `measures` maps order items to what was done. With outcome cannot_today the reply carries a plan request.
    Replying is also signing for the order.

    :raises Invalid: without measures or the principal leader's agreement. :raises WrongState:
    """
    order = get_visible(policy.orders_visible_to(actor).select_related("unit"), order_id, lock=True)
    allow(policy.can_reply_to_order(actor, order))
    items = {item.pk: item for item in open_items(order) if item.finding.state in WAITING_ON_UNIT}
    _check_reply(order, items, outcome, measures, completed_at, principal_agreed, at)
    if order.state == OrderState.ISSUED:
        _receive(order, actor=actor, at=at)
        items = {item.pk: item for item in open_items(order) if item.finding.state in WAITING_ON_UNIT}
    else:
        _take_papers(order, actor, at)  # an urge that came since
    reply = _write_reply(order, actor, at, outcome, completed_at, principal_agreed)
    answered = [items[key] for key in measures if measures[key].strip()]
    ReplyItem.objects.bulk_create(
        ReplyItem(reply=reply, item=item, measures=measures[item.pk].strip()) for item in answered
    )
    for item in answered:
        _keep_photos(item, (photos or {}).get(item.pk, ()), actor=actor, at=at)
    if outcome == Outcome.CANNOT_TODAY:
        request_plan(
            actor=actor, at=at, order_id=order.pk, reason=plan_reason, plan=plan, asked_due_at=asked_due_at,
            item_ids=[item.pk for item in answered],
        )  # fmt: skip
        return reply
    for item in answered:
        move_finding(item.finding, "feed_back", at=at, corrected_at=completed_at or at)
    settle_order(order, at=at)
    WorkOrder.objects.filter(pk=order.pk).update(rectified_at=completed_at or at, replied_at=at)
    journal.record("order.replied", actor=actor, at=at, subject=order, label=str(order))
    _tell_staff(order, at, f"order_replied:{reply.pk}", _("%(number)s 已反馈，待核验。") % {"number": order})
    return reply


@transaction.atomic
def request_plan(
    *,
    actor: Actor,
    at: datetime,
    order_id: UUID,
    reason: str,
    plan: str,
    asked_due_at: datetime | None,
    item_ids: Iterable[UUID] | None = None,
) -> PlanRequest:
    """This function will ask for a later limit with a plan, for all waiting items or the ones named (S2-30).

    :raises Conflict: while an earlier request is open. :raises Invalid: for missing reason, plan or a wrong date.
    """
    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    allow(policy.can_request_plan(actor, order))
    wrong = {}
    if not reason.strip():
        wrong["plan_reason"] = _("请写明今日办不完的原因。")
    if not plan.strip():
        wrong["plan"] = _("请写明打算怎样办。")
    if asked_due_at is None:
        wrong["asked_due_at"] = _("请写明申请的期限。")
    elif asked_due_at <= max(order.due_at, at):
        wrong["asked_due_at"] = _("申请的期限须晚于 %(due)s。") % {"due": limit_text(max(order.due_at, at))}
    if wrong:
        raise Invalid("plan_incomplete", fields=wrong)
    if order.state == OrderState.ISSUED:
        _receive(order, actor=actor, at=at)
    waiting = [item for item in open_items(order) if item.finding.state in WAITING_ON_UNIT]
    if item_ids is not None:
        wanted = set(item_ids)
        waiting = [item for item in waiting if item.pk in wanted]
    if not waiting:
        raise Invalid("nothing_waiting", _("没有待整改的事项。"))
    try:
        with transaction.atomic():
            request = PlanRequest.objects.create(
                order=order, reason=reason.strip()[:300], plan=plan.strip(), asked_due_at=asked_due_at,
                requested_at=at, requested_by_label=_speaker(actor, order),
            )  # fmt: skip
    except IntegrityError:
        raise Conflict("plan_open", _("已有一份限期整改申请待审批。")) from None
    request.items.set(waiting)
    journal.record("plan.requested", actor=actor, at=at, subject=order, label=str(order), reason=reason)
    _tell_staff(
        order, at, f"plan_requested:{request.pk}", _("%(number)s 申请限期整改，待审批。") % {"number": order}
    )
    return request


@transaction.atomic
def dispute_item(*, actor: Actor, at: datetime, item_id: UUID, ground: str, statement: str) -> Dispute:
    """This function will take a unit's disagreement with one item on a fixed ground; the first one stops the clock.

    :raises Invalid: for an unknown ground or no statement. :raises Conflict: for a third time on the same item.
    """
    rows = policy.items_visible_to(actor).select_related("finding", "order__campaign", "order__unit")
    item = get_visible(rows, item_id, lock=True)
    order = item.order
    allow(policy.can_dispute_item(actor, item))
    if ground not in Ground.values:
        raise Invalid("ground_unknown", fields={"ground": _("请选一项理由。")})
    if not statement.strip():
        raise Invalid("statement_missing", fields={"statement": _("请写明事实。")})
    require_clean({"statement": statement})
    earlier = item.disputes.count()
    if earlier >= DISPUTES_PER_ITEM:
        raise Conflict("disputed_twice", _("这一项已复核两次，不再受理异议。"))
    if order.state == OrderState.ISSUED:
        _receive(order, actor=actor, at=at)
        item.finding.refresh_from_db()
    paused = {}
    if not earlier:
        start_pause(item.finding, at=at, cause="dispute")
        paused = {"paused_at": at}
    move_finding(item.finding, "dispute", at=at, **paused)
    dispute = Dispute.objects.create(
        item=item, ground=ground, statement=statement.strip(), filed_at=at, filed_by_label=_speaker(actor, order),
        answer_due_on=WorkdayCalendar.load().add_workdays(clock.local_day(at), DISPUTE_WORKDAYS),
    )  # fmt: skip
    settle_order(order, at=at)
    journal.record("dispute.filed", actor=actor, at=at, subject=order, label=str(order), reason=ground)
    _tell_staff(
        order, at, f"dispute_filed:{dispute.pk}", _("%(number)s 有异议，待答复。") % {"number": order}
    )
    return dispute


def _receive(order: WorkOrder, *, actor: Actor, at: datetime) -> None:
    workflow.move(
        order, ORDER_TRANSITIONS, "receive", received_at=at, received_by_label=_speaker(actor, order)
    )
    for item in open_items(order):
        if item.finding.state == FindingState.ORDERED:
            move_finding(item.finding, "receive", at=at)
    _take_papers(order, actor, at)
    journal.record("order.received", actor=actor, at=at, subject=order)


def _take_papers(order: WorkOrder, actor: Actor, at: datetime) -> None:
    """Order and urges are received as papers too: the unit signs once."""
    documents.take_as_received(
        actor=actor, at=at, subject=order, unit_id=order.unit_id, label=_speaker(actor, order)
    )


def _check_reply(
    order: WorkOrder, items: Mapping[UUID, OrderItem], outcome: str, measures: Mapping[UUID, str],
    completed_at: datetime | None, principal_agreed: bool, at: datetime,
) -> None:  # fmt: skip
    wrong = {}
    if outcome not in Outcome.values:
        wrong["outcome"] = _("请选整改到什么程度。")
    strangers = set(measures) - set(items)
    if strangers:
        raise Invalid("not_waiting", _("有的事项已反馈或有异议，不在等候反馈，请刷新后再填。"))
    filled = [text for text in measures.values() if text.strip()]
    if not filled:
        wrong["measures"] = _("请写明采取的措施。")
    if not principal_agreed:
        wrong["principal_agreed"] = _("须经主要负责岗看过并同意。")
    if outcome == Outcome.DONE and completed_at is not None:
        earliest = order.inspected_at or order.issued_at
        if completed_at > at:
            wrong["completed_at"] = _("完成时间不能晚于现在。")
        elif earliest and completed_at < earliest:
            wrong["completed_at"] = _("须晚于发现时间 %(at)s。") % {"at": limit_text(earliest)}
    if wrong:
        raise Invalid("reply_incomplete", fields=wrong)
    require_clean({"measures": "；".join(filled)})


def _write_reply(
    order: WorkOrder, actor: Actor, at: datetime, outcome: str, completed_at: datetime | None, agreed: bool
) -> Reply:
    return Reply.objects.create(
        order=order,
        sequence=order.replies.count() + 1,
        outcome=outcome,
        completed_at=(completed_at or at) if outcome == Outcome.DONE else None,
        principal_agreed=agreed,
        replied_at=at,
        replied_by_id=actor.user_id,
        replied_by_label=_speaker(actor, order),
        is_on_behalf=policy.is_on_behalf(actor, order),
        link=order.links.filter(revoked_at=None).order_by("-created_at").first()
        if actor.kind is Kind.UNIT_LINK
        else None,
    )


def _keep_photos(item: OrderItem, photos: Iterable[bytes], *, actor: Actor, at: datetime) -> None:
    from duban.inspection import operations as inspection

    kept = list(photos)
    if len(kept) > PHOTOS_PER_ITEM:
        raise Invalid(
            "too_many_photos",
            fields={"photos": _("每项最多 %(count)s 张照片。") % {"count": PHOTOS_PER_ITEM}},
        )
    for place, content in enumerate(kept, 1):
        inspection.attach_evidence(
            actor=actor, at=at, content=content, file_name=f"{item.ordinal}-{place}.jpg",
            finding_id=item.finding_id, phase=Phase.AFTER,
        )  # fmt: skip


def _speaker(actor: Actor, order: WorkOrder) -> str:
    """Return the post that speaks; an entry for a unit without account says so (G-36)."""
    if policy.is_on_behalf(actor, order):
        return (_("%(unit)s（%(post)s代录）") % {"unit": order.unit.label, "post": actor.label})[:80]
    return actor.label[:80]


def _tell_staff(order: WorkOrder, at: datetime, once_key: str, text: str) -> None:
    notify(
        at=at, campaign_id=order.campaign_id, once_key=once_key, kind=once_key.partition(":")[0], text=text,
        user_id=order.drafted_by_id, link=f"/orders/{order.pk}/", subject=order,
    )  # fmt: skip
