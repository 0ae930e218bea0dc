"""Counts kept beside the rows: exact before, during and after folding; never double, never lost."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duban.kernel import tally
from duban.kernel.models import Tally

CAMPAIGN = uuid4()
pytestmark = pytest.mark.django_db


def count(path):
    return tally.counts("thing", campaign_id=CAMPAIGN, path=path)


def test_counts_are_exact_before_and_after_folding(at):
    for path, state in (("1.2.3.", "open"), ("1.2.4.", "open"), ("1.5.", "open")):
        tally.change("thing", campaign_id=CAMPAIGN, path=path, entered=state)
    tally.change("thing", campaign_id=CAMPAIGN, path="1.2.3.", left="open", entered="closed")
    expected = {
        "": {"open": 2, "closed": 1},
        "1.2.": {"open": 1, "closed": 1},
        "1.2.4.": {"open": 1},
        "9.": {},
    }
    assert {path: count(path) for path in expected} == expected
    assert tally.fold(at()) == 5
    assert {path: count(path) for path in expected} == expected
    assert tally.fold(at()) == 0
    tally.change("thing", campaign_id=CAMPAIGN, path="1.2.4.", left="open", entered="closed")
    assert count("1.") == {"open": 1, "closed": 2}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["1.", "1.2.", "1.2.3.", "4."]), st.sampled_from("abc"), st.booleans()),
        max_size=30,
    )
)
def test_any_history_equals_a_fresh_count(moves, at):
    Tally.objects.all().delete()
    rows = []
    for path, state, fold_now in moves:
        if rows and fold_now:
            tally.fold(at())
            where, before = rows.pop()
            tally.change("thing", campaign_id=CAMPAIGN, path=where, left=before, entered=state)
            rows.append((where, state))
        else:
            tally.change("thing", campaign_id=CAMPAIGN, path=path, entered=state)
            rows.append((path, state))
    kept = {path: count(path) for path in ("", "1.", "1.2.", "4.")}
    tally.rebuild("thing", ((CAMPAIGN, path, state) for path, state in rows))
    assert kept == {path: count(path) for path in kept}
