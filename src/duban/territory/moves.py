"""Hanging a subtree below another parent: its paths and every copied path of what is current, in one transaction.

A case row keeps the path of the day of the event. A unit remembers its former paths, so that whoever is granted a role
on it goes on seeing its own old cases, and a line of a summary goes on counting them (decision 0015). Apps above
register what must follow (`follows_moves`); a follower may refuse the move by raising.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr

from duban.kernel import counters
from duban.kernel.fields import within
from duban.territory.models import Unit
from duban.territory.paths import child_path

TURN = "territory.moves"


@dataclass(frozen=True)
class Move:
    """One subtree on its way from the path `old` to the path `new`."""

    unit_id: UUID
    old: str
    new: str
    at: datetime

    def inside(self, field: str = "area_path") -> Q:
        """This function will return the condition for copied paths that lie in the subtree."""
        return within(self.old, field=field)

    def rewritten(self, field: str = "area_path") -> Concat:
        """This function will return the expression of the path after the move."""
        return Concat(Value(self.new), Substr(field, len(self.old) + 1), output_field=models.CharField())


Follower = Callable[[Move], int]
FOLLOWERS: dict[str, Follower] = {}


def follows_moves(name: str) -> Callable[[Follower], Follower]:
    """This decorator will have `function(move)` bring the copied paths called `name` along; it returns how many."""

    def register(function: Follower) -> Follower:
        FOLLOWERS[name] = function
        return function

    return register


def take_turn() -> None:
    """This function will let one move at a time go on until the transaction ends.

    Two moves at once, each sound by itself, could hang two units below each other.
    """
    counters.take(TURN)


def move_subtree(*, unit: Unit, parent: Unit, at: datetime) -> dict[str, int]:
    """This function will rewrite the subtree and what follows it, and return how many rows of each kind moved.

    The caller has taken its turn, then read both rows, and knows that `parent` does not lie below `unit`.
    """
    move = Move(unit.pk, unit.path, child_path(parent.path, unit.serial), at)
    if move.old == move.new:
        return {}
    shift = parent.depth + 1 - unit.depth
    units = Unit.objects.filter(move.inside("path")).update(
        former_paths=Concat("former_paths", "path", Value(" "), output_field=models.TextField()),
        path=move.rewritten("path"),
        depth=F("depth") + shift,
    )
    Unit.objects.filter(pk=unit.pk).update(parent=parent)
    followed = {name: follow(move) for name, follow in sorted(FOLLOWERS.items())}
    return {"units": units, **followed}
