"""Every pair of state and action of the tables: what is listed moves, everything else is refused and stays."""

import pytest

from duban.burden.states import APPROVAL_TRANSITIONS, OBJECTION_TRANSITIONS, ApprovalState, ObjectionState
from duban.inspection.models import Finding
from duban.inspection.states import LATENESS_TRANSITIONS, Lateness
from duban.kernel import workflow
from duban.kernel.errors import WrongState
from duban.rectification import states
from duban.rectification.models import WorkOrder
from tests.rectification import cases
from tests.world import World

TABLES = {
    "order": (states.ORDER_TRANSITIONS, states.OrderState),
    "plan": (states.PLAN_TRANSITIONS, states.PlanState),
    "dispute": (states.DISPUTE_TRANSITIONS, states.DisputeState),
    "referral": (states.REFERRAL_TRANSITIONS, states.ReferralState),
    "common": (states.COMMON_TRANSITIONS, states.CommonState),
    "trace": (states.TRACE_TRANSITIONS, states.TraceState),
    "approval": (APPROVAL_TRANSITIONS, ApprovalState),
    "objection": (OBJECTION_TRANSITIONS, ObjectionState),
    "lateness": (LATENESS_TRANSITIONS, Lateness),
}
PAIRS = [
    (name, state, action)
    for name, (table, kinds) in TABLES.items()
    for state in kinds.values
    for action in table
]


@pytest.mark.parametrize(("name", "state", "action"), PAIRS)
def test_table_speaks_only_of_its_own_states(name: str, state: str, action: str) -> None:
    table, kinds = TABLES[name]
    sources, target = table[action]
    assert {*sources, target} <= set(kinds.values)
    assert workflow.can_move(state, table, action) == (state in sources)


def test_every_pair_of_an_order_on_the_database(world: World) -> None:
    order = cases.draft(world)
    for state in states.OrderState.values:
        for action, (sources, target) in states.ORDER_TRANSITIONS.items():
            WorkOrder.objects.filter(pk=order.pk).update(state=state)
            order.refresh_from_db()
            if state in sources:
                workflow.move(order, states.ORDER_TRANSITIONS, action)
                expected = target
            else:
                with pytest.raises(WrongState):
                    workflow.move(order, states.ORDER_TRANSITIONS, action)
                expected = state
            assert WorkOrder.objects.get(pk=order.pk).state == expected


def test_every_pair_of_lateness_on_the_database(world: World) -> None:
    finding = cases.finding(world)
    for state in Lateness.values:
        for action, (sources, target) in LATENESS_TRANSITIONS.items():
            Finding.objects.filter(pk=finding.pk).update(lateness=state)
            if state in sources:
                workflow.move(finding, LATENESS_TRANSITIONS, action, field="lateness")
                expected = target
            else:
                with pytest.raises(WrongState):
                    workflow.move(finding, LATENESS_TRANSITIONS, action, field="lateness")
                expected = state
            assert Finding.objects.get(pk=finding.pk).lateness == expected
