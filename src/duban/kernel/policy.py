"""Decisions: the answer of a policy with its reason code. Policies are pure; they never query."""

from dataclasses import dataclass

from duban.kernel.errors import Denied, Text


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why. `bool(decision)` is the answer; `reason` is a stable code, `message` a sentence."""

    allowed: bool
    reason: str = "ok"
    message: Text = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOW = Decision(True)


def deny(reason: str, message: Text = "") -> Decision:
    """This function will return a refusal with a stable reason code and a sentence for the reader."""
    return Decision(False, reason, message)


def require(decision: Decision) -> None:
    """This function will pass silently if `decision` allows.

    :raises Denied: with the decision's reason and sentence.
    """
    if not decision:
        raise Denied(decision.reason, decision.message or None)
