"""Idempotent work derived from state: seeds of rounds that are over are published."""

from datetime import datetime

from duban.kernel.actor import SYSTEM
from duban.kernel.clock import local_day
from duban.planning.models import Draw
from duban.planning.operations.draws import reveal_draws
from duban.planning.states import DrawState


def sweep(at: datetime) -> int:
    """This function will reveal the draws of every round whose last day is over; returns how many were revealed."""
    due = Draw.objects.filter(state=DrawState.DRAWN, round__ends_on__lt=local_day(at)).order_by()
    rounds = due.values_list("round_id", flat=True).distinct()
    return sum(len(reveal_draws(actor=SYSTEM, at=at, round_id=key)) for key in list(rounds))
