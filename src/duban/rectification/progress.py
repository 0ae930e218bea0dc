"""Moving the problems of an order and letting the order's own state follow them. No policy, no journal here.

The finding carries the state of a problem (inspection.states); an order sums up its open items.
"""

from datetime import datetime
from typing import Any

from duban.inspection.models import Finding
from duban.inspection.states import (
    FINDING_TRANSITIONS,
    LATENESS_TRANSITIONS,
    WAITING_ON_UNIT,
    FindingState,
    Lateness,
)
from duban.kernel import workflow
from duban.kernel.errors import WrongState
from duban.kernel.policy import Decision, require
from duban.rectification.models import OrderItem, Pause, WorkOrder
from duban.rectification.policy import STATE_NOW
from duban.rectification.states import ORDER_TRANSITIONS, OrderState

SETTLED = frozenset({FindingState.WRITTEN_OFF, FindingState.WITHDRAWN, FindingState.TRANSFERRED})


def allow(decision: Decision) -> None:
    """This function will pass if `decision` allows.

    :raises WrongState: if the state has moved on. :raises Denied: if the post may not.
    """
    if not decision and decision.reason == STATE_NOW:
        raise WrongState()
    require(decision)


def move_finding(finding: Finding, action: str, *, at: datetime, **changes: Any) -> Finding:
    """This function will move a finding and note when.

    :raises WrongState: if somebody was faster.
    """
    return workflow.move(finding, FINDING_TRANSITIONS, action, state_at=at, **changes)


def clear_lateness(finding: Finding) -> None:
    """This function will end a finding's lateness; `overdue_at` stays as a fact."""
    if finding.lateness != Lateness.NONE:
        workflow.move(finding, LATENESS_TRANSITIONS, "clear", field="lateness")


def open_items(order: WorkOrder) -> list[OrderItem]:
    """Return the open items of an order with fresh findings, in their order."""
    return list(order.items.filter(is_open=True).select_related("finding").order_by("ordinal"))


def settle_order(order: WorkOrder, *, at: datetime) -> str:
    """This function will bring the order's state in line with its items and return the action taken, or ""."""
    rows = order.items.filter(is_open=True).order_by()
    states = set(rows.values_list("finding__state", flat=True))
    if states <= SETTLED:
        action, changes = "close", {"written_off_at": at}
    elif states & set(WAITING_ON_UNIT):
        action, changes = "send_back", {"written_off_at": None}
    elif states & {FindingState.FED_BACK}:
        action, changes = "reply", {}
    else:
        return ""
    if not workflow.can_move(order.state, ORDER_TRANSITIONS, action):
        return ""
    if action == "close" and not states:
        changes = {}  # nothing was written off: every item was withdrawn
    workflow.move(order, ORDER_TRANSITIONS, action, **changes)
    return action


def start_pause(finding: Finding, *, at: datetime, cause: str) -> None:
    """This function will stop the clock of a finding."""
    Pause.objects.create(finding=finding, cause=cause, from_at=at)


def end_pause(finding: Finding, *, at: datetime) -> Pause | None:
    """This function will end the open pause of a finding and return it."""
    pause = Pause.objects.filter(finding=finding, to_at=None).first()
    if pause is not None:
        pause.to_at = max(at, pause.from_at)
        pause.save(update_fields=["to_at"])
    return pause


def is_waiting(order: WorkOrder) -> bool:
    """Test whether the unit still owes something on the order."""
    return order.state in (OrderState.ISSUED, OrderState.RECEIVED)
