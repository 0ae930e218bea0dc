"""Every state and action of the four tables: what may follow what, and what may not."""

import itertools

import pytest

from duban.accountability import states
from duban.accountability.models import AccountabilityCase, Appeal, Publication, ToleranceCase
from duban.kernel.errors import WrongState
from duban.kernel.workflow import can_move, move
from tests.accountability import matters
from tests.world import World

CASE = {
    "drafted": {"hear", "withdraw"},
    "stated": {"propose", "add_new_facts", "withdraw"},
    "proposed": {"propose", "add_new_facts", "decide", "withdraw"},
    "decided": {"deliver"},
    "delivered": {"become_effective", "appeal"},
    "appealed": {"settle_appeal", "revoke"},
    "effective": {"appeal", "conclude"},
    "concluded": {"appeal"},
    "withdrawn": set(),
}
TOLERANCE = {
    "applied": {"accept", "decline"}, "accepted": {"verify"}, "verified": {"determine"}, "determined": {"tell"},
    "told": {"close"}, "closed": set(), "declined": set(),
}  # fmt: skip
APPEAL = {
    "filed": {"assign"}, "under_review": {"assign", "uphold", "change", "revoke", "dismiss"}, "upheld": set(),
    "changed": set(), "revoked": set(), "dismissed": set(),
}  # fmt: skip
PUBLICATION = {
    "drafted": {"redraft", "check"}, "checked": {"redraft", "publish"}, "published": {"remove"}, "removed": {"redraft"},
}  # fmt: skip
TABLES = (
    (states.CaseState, states.CASE_TRANSITIONS, CASE),
    (states.ToleranceState, states.TOLERANCE_TRANSITIONS, TOLERANCE),
    (states.AppealState, states.APPEAL_TRANSITIONS, APPEAL),
    (states.PublicationState, states.PUBLICATION_TRANSITIONS, PUBLICATION),
)
PAIRS = [
    (table, state, action, action in allowed[state])
    for choices, table, allowed in TABLES
    for state, action in itertools.product(choices.values, table)
]


@pytest.mark.parametrize(("table", "state", "action", "is_open"), PAIRS)
def test_state_and_action_pair_is_open_or_not(table, state, action, is_open):
    assert can_move(state, table, action) is is_open


def test_every_state_stands_in_its_table():
    assert [set(allowed) for _choices, _table, allowed in TABLES] == [
        set(choices.values) for choices, *_ in TABLES
    ]


def test_measures_of_units_and_posts_never_mix():
    organisation, post = states.MEASURES.values()
    assert not set(organisation) & set(post)
    assert {*organisation, *post} == set(states.Measure)


def test_move_in_the_database_follows_the_table(world: World):
    case = matters.opened(world)
    for state, action in itertools.product(states.CaseState.values, states.CASE_TRANSITIONS):
        AccountabilityCase.objects.filter(pk=case.pk).update(state=state)
        if action in CASE[state]:
            move(case, states.CASE_TRANSITIONS, action)
            continue
        with pytest.raises(WrongState):
            move(case, states.CASE_TRANSITIONS, action)
        case.refresh_from_db()
        assert case.state == state, action


def test_tables_belong_to_the_models():
    models = (AccountabilityCase, ToleranceCase, Appeal, Publication)
    defaults = [model._meta.get_field("state").default for model in models]
    assert defaults == ["drafted", "applied", "filed", "drafted"]
