"""State changes: compare-and-set on the database row, so that two people never move one thing twice.

A TRANSITIONS table maps an action to (allowed source states, target state). Tables live in each app's states.py
and are readable by a lawyer; every (state, action) pair is tested and the diagrams in docs/ are made from them.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models

from duban.kernel import tally
from duban.kernel.errors import WrongState

M = TypeVar("M", bound=models.Model)
Transitions = Mapping[str, tuple[tuple[str, ...], str]]


def can_move(state: str, transitions: Transitions, action: str) -> bool:
    """Test whether `action` is open to a thing in `state`."""
    sources, _target = transitions[action]
    return state in sources


def move(obj: M, transitions: Transitions, action: str, *, field: str = "state", **changes: Any) -> M:
    """This function will move `obj` by `action` and write `changes` in the same UPDATE … WHERE state IN (…).

    The object in memory is brought up to date; a model with `tally_topic` has its count by state moved too. Call inside the operation's transaction.

    :raises WrongState: if another actor moved it first or the action does not fit its state.
    """
    sources, target = transitions[action]
    values = {field: target, **changes}
    topic = getattr(obj, "tally_topic", "") if field == "state" else ""
    before = getattr(obj, field)
    # A counted row must leave exactly the state it was loaded in, or its count would drift.
    expected = tuple(state for state in sources if not topic or state == before)
    updated = type(obj)._base_manager.filter(pk=obj.pk, **{f"{field}__in": expected}).update(**values)
    if not updated:
        raise WrongState()
    for name, value in values.items():
        setattr(obj, name, value)
    if topic:
        place = {"campaign_id": getattr(obj, "campaign_id"), "path": getattr(obj, "area_path")}  # noqa: B009
        tally.change(topic, **place, left=before, entered=target)
    return obj
