"""Checking a recorded draw: the commitment, the result computed again, and what the journal says."""

from dataclasses import dataclass

from duban.kernel.journal import events_of
from duban.planning.draw import Infeasible, canonical, commitment, digest, draw
from duban.planning.models import Draw


@dataclass(frozen=True)
class Verification:
    """Outcome of each check. `ok` only if all hold."""

    is_commitment_right: bool
    is_result_right: bool
    is_journal_right: bool

    @property
    def ok(self) -> bool:
        return self.is_commitment_right and self.is_result_right and self.is_journal_right


def examine(made: Draw) -> Verification:
    """This function will compute a draw again from inputs and seed and compare it with what was published."""
    seed = bytes.fromhex(made.seed)
    right = commitment(made.inputs, seed) == made.commitment and made.algorithm == made.inputs.get(
        "algorithm"
    )
    try:
        again = draw(made.inputs, seed)
    except (Infeasible, LookupError, KeyError, TypeError, ValueError):
        again = None
    same = again is not None and made.result is not None and canonical(again) == canonical(made.result)
    return Verification(right, same, _agrees_with_journal(made))


def _agrees_with_journal(made: Draw) -> bool:
    """Test whether commitment and result are those journalled at the time (erased detail cannot be compared)."""
    published: dict[str, object] = {}
    for event in events_of(made).select_related("detail"):
        detail = getattr(event, "detail", None)
        body = detail.body if detail else {}
        if event.verb == "draw.committed":
            published["commitment"] = body.get("commitment", made.commitment)
        elif event.verb == "draw.drawn":
            published["result"] = body.get("result")
    if published.get("commitment") != made.commitment:
        return False
    return made.result is None or published.get("result") in (None, digest(made.result))


def verify_draw(made: Draw) -> bool:
    """Test whether a draw re-runs to exactly its result and matches its commitment and the journal."""
    return examine(made).ok
