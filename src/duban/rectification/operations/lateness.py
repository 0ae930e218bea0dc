"""The ladder of lateness: 逾期 → 催办 → 提级 → 责任倒查, each step once, proposed by the system, signed by a person.

A step happens at the moment it became due, even if the worker was down; `recorded_at` in the journal tells when it
was written (G-26: nothing here decides about anybody).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from duban.documents import operations as documents
from duban.inspection.models import Finding
from duban.inspection.states import LATENESS_TRANSITIONS, WAITING_ON_UNIT, Lateness
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, NotFound, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.office_words import gettext_noop, office_text
from duban.notices.operations import notify
from duban.rectification import deadlines, links, paper, policy
from duban.rectification.models import OrderItem, TraceReason, Urge, UrgeStep
from duban.rectification.operations.trace_backs import raise_trace_back
from duban.rectification.progress import allow
from duban.rectification.states import OrderState

# lateness now → (action, campaign field with the hours after the limit)
LADDER = {
    Lateness.NONE: ("fall_overdue", None),
    Lateness.OVERDUE: ("urge", "urge_after_hours"),
    Lateness.URGED: ("escalate", "escalate_after_hours"),
    Lateness.ESCALATED: ("flag_trace_back", "trace_after_hours"),
}


def step_time(finding: Finding) -> datetime | None:
    """This function will return when the next step of a finding's lateness becomes due, None after the last."""
    action = LADDER.get(Lateness(finding.lateness))
    if action is None or finding.due_at is None:
        return None
    hours = getattr(finding.campaign, action[1]) if action[1] else 0
    return finding.due_at + timedelta(hours=hours)


@transaction.atomic
def advance_lateness(*, actor: Actor, at: datetime, finding_id: UUID) -> str:
    """This function will take the next step of one finding's lateness if it is due at `at`, and return its name or "".

    The step is recorded at its own time, not at `at`. Exactly once: the row moves by compare-and-set.
    """
    if not actor.is_system:
        raise NotFound()
    finding = (
        Finding.objects.select_related("campaign")
        .select_for_update(of=("self",))
        .filter(pk=finding_id)
        .first()
    )
    if finding is None or finding.state not in WAITING_ON_UNIT or finding.paused_at is not None:
        return ""
    moment = step_time(finding)
    if moment is None or moment > at:
        return ""
    action = LADDER[Lateness(finding.lateness)][0]
    item = finding.order_items.filter(is_open=True).select_related("order__unit").first()
    if item is None:
        return ""
    changes = {"overdue_at": moment} if action == "fall_overdue" and finding.overdue_at is None else {}
    try:
        workflow.move(finding, LATENESS_TRANSITIONS, action, field="lateness", **changes)
    except WrongState:
        return ""
    STEPS[action](finding, item, moment, actor)
    return action


@transaction.atomic
def sign_urge(*, actor: Actor, at: datetime, urge_id: UUID, new_due_at: datetime | None = None) -> Urge:
    """This function will sign a proposed urge: it gets its number and paper and goes to the unit.

    The old limit goes on counting; `new_due_at` only says until when an answer is expected.

    :raises Conflict, WrongState: if the matter was answered in the meantime.
    """
    rows = policy.urges_visible_to(actor).select_related("order__campaign__body", "order__unit")
    urge = get_visible(rows, urge_id, lock=True)
    allow(policy.can_sign_urge(actor, urge))
    order = urge.order
    if order.state not in (OrderState.ISSUED, OrderState.RECEIVED):
        raise WrongState("urge_needless", _("单位已反馈，不必再督办。"))
    expected = new_due_at or max(urge.due_at, deadlines.same_day_limit(at))
    if expected <= at:
        raise Invalid("due_in_past", fields={"new_due_at": _("新的期限须晚于现在。")})
    number = documents.take_number(actor=actor, at=at, campaign=order.campaign, kind="urge_order")
    days = deadlines.overdue_days(order.due_at, at)
    if not Urge.objects.filter(pk=urge.pk, signed_at=None).update(
        number=number, number_text=number.text, signed_by_id=actor.user_id, signed_at=at, due_at=expected,
        overdue_days=days,
    ):  # fmt: skip
        raise WrongState()
    urge.refresh_from_db()
    links.revoke_links(order, actor=actor, at=at)
    _link, token = links.create_link(order, actor=actor, at=at)
    record = paper.urge_record(
        urge,
        signatory=actor.label,
        overdue=paper.duration_text(days),
        address=links.order_address(token),
        at=at,
    )
    urge.document = documents.issue_document(
        actor=actor, at=at, campaign=order.campaign, kind="urge_order",
        title=office_text(gettext_noop("督办单 %(number)s"), number=number.text), record=record, subject=order, number=number,
        main_ids=[order.unit_id],
    )  # fmt: skip
    urge.save(update_fields=["document"])
    urge.fresh_token = token
    journal.record("urge.signed", actor=actor, at=at, subject=order, label=number.text)
    notify(
        at=at, campaign_id=order.campaign_id, once_key=f"urge_signed:{urge.pk}", kind="urge_signed",
        text=_("收到督办单 %(number)s，请反馈。") % {"number": number.text}, unit_id=order.unit_id,
        link=f"/orders/{order.pk}/", subject=order,
    )  # fmt: skip
    return urge


def _fall_overdue(finding: Finding, item: OrderItem, moment: datetime, actor: Actor) -> None:
    label = _("%(order)s 第 %(item)s 项") % {"order": item.order, "item": item.ordinal}
    journal.record("order.fell_overdue", actor=actor, at=moment, subject=finding, label=label)
    notify(
        at=moment, campaign_id=finding.campaign_id, once_key=f"overdue:{finding.pk}:{finding.due_at.isoformat()}",
        kind="overdue", text=_("%(label)s 已逾期。") % {"label": label}, unit_id=item.order.unit_id,
        link=f"/orders/{item.order_id}/", subject=item.order,
    )  # fmt: skip


def _urge(finding: Finding, item: OrderItem, moment: datetime, actor: Actor) -> None:
    _propose(UrgeStep.URGE, "urge.raised", finding, item, moment, actor)


def _escalate(finding: Finding, item: OrderItem, moment: datetime, actor: Actor) -> None:
    _propose(UrgeStep.ESCALATE, "urge.escalated", finding, item, moment, actor)


def _flag_trace_back(finding: Finding, item: OrderItem, moment: datetime, actor: Actor) -> None:
    raise_trace_back(actor=actor, at=moment, finding=finding, reason=TraceReason.OVERDUE)


def _propose(step: str, verb: str, finding: Finding, item: OrderItem, moment: datetime, actor: Actor) -> None:
    """Add the finding to the order's unsigned proposal of this step, or make one for a new episode."""
    order = item.order
    urge = order.urges.filter(step=step, signed_at=None).first()
    if urge is None:
        last = order.urges.filter(step=step).aggregate(last=Max("episode"))["last"] or 0
        urge = Urge.objects.create(
            order=order, step=step, episode=last + 1, raised_at=moment,
            overdue_days=deadlines.overdue_days(finding.due_at, moment),
            due_at=deadlines.same_day_limit(moment),
        )  # fmt: skip
    urge.findings.add(finding)
    journal.record(verb, actor=actor, at=moment, subject=order, label=str(order))


STEPS = {
    "fall_overdue": _fall_overdue,
    "urge": _urge,
    "escalate": _escalate,
    "flag_trace_back": _flag_trace_back,
}
