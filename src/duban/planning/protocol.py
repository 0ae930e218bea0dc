"""The protocol of a draw: one JSON object with everything needed to compute it again without this server, and its check.

Inputs, seed, commitment, result and the journal's events with salt and proof of inclusion in a seal. `check` needs the
object only: no database, no network.
"""

import json
from collections.abc import Mapping
from typing import Any

from pymerkle import InmemoryTree, MerkleProof, verify_inclusion
from pymerkle.proof import InvalidProof

from duban.kernel import seals
from duban.kernel.errors import NotFound
from duban.kernel.journal import detail_digest, events_of
from duban.planning.draw import Infeasible, canonical, commitment, digest, draw
from duban.planning.drawing.audit import distance, faults_of
from duban.planning.models import Draw

FORMAT = "duban-draw-protocol-1"
CLOSE = 0.01  # a plan made anew on another machine may differ in its last digits, never by this much


def write(made: Draw) -> dict[str, Any]:
    """This function will return the protocol of a draw whose seed is published."""
    return {
        "format": FORMAT,
        "draw": str(made.pk),
        "campaign": made.campaign.title,
        "round": made.round.number,
        "day": made.day.isoformat(),
        "is_covert": made.is_covert,
        "algorithm": made.algorithm,
        "committed_at": made.committed_at.isoformat(),
        "drawn_at": made.drawn_at.isoformat() if made.drawn_at else None,
        "revealed_at": made.revealed_at.isoformat() if made.revealed_at else None,
        "commitment": made.commitment,
        "seed": made.seed,
        "inputs": made.inputs,
        "result": made.result,
        "digests": {"inputs": digest(made.inputs), "result": digest(made.result or {})},
        "journal": [_event(event) for event in events_of(made).select_related("detail").order_by("at", "id")],
    }


def _event(event: Any) -> dict[str, Any]:
    detail = getattr(event, "detail", None)
    found = {"verb": event.verb, "at": event.at.isoformat(), "salt": "", "detail": {}, "proof": None}
    if detail is not None:
        found |= {"salt": detail.salt, "detail": detail.body}
    try:
        found["proof"] = seals.inclusion_proof(event)
    except NotFound:
        found["proof"] = None  # not sealed yet
    return found


def check(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """This function will examine a protocol by itself: each check by name with true or false, and `ok` if all hold.

    `plan` and `plan_distance` concern the chances: whether their sums are whole, and how far a plan made anew is.

    :raises ValueError: if it is not a protocol.
    """
    try:
        if protocol["format"] != FORMAT:
            raise ValueError("format")
        inputs, result, seed = protocol["inputs"], protocol["result"], bytes.fromhex(protocol["seed"])
        events = {event["verb"]: event for event in protocol["journal"]}
        return _check(protocol, inputs, result, seed, events)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from None


def _check(
    protocol: Mapping[str, Any], inputs: Any, result: Any, seed: bytes, events: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "commitment": commitment(inputs, seed) == protocol["commitment"],
        "result": _is_same(inputs, seed, result),
        "digests": protocol["digests"] == {"inputs": digest(inputs), "result": digest(result or {})},
        "journal": _says(events, "draw.committed", "commitment", protocol["commitment"])
        and _says(events, "draw.drawn", "result", digest(result or {})),
        "seals": all(_is_sealed(event) for event in events.values() if event["proof"]),
    }
    if inputs.get("algorithm") == "optimal-v1":
        found |= _check_plan(inputs)
    found["ok"] = all(value for value in found.values() if isinstance(value, bool))
    return found


def _check_plan(inputs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        sound, apart = faults_of(inputs) == [], distance(inputs)
    except (Infeasible, LookupError, TypeError, ValueError):
        return {"plan": False, "plan_distance": None, "plan_is_as_described": False}
    return {"plan": sound, "plan_distance": round(apart, 6), "plan_is_as_described": apart < CLOSE}


def _is_same(inputs: Mapping[str, Any], seed: bytes, result: Mapping[str, Any] | None) -> bool:
    try:
        return result is not None and canonical(draw(inputs, seed)) == canonical(result)
    except (Infeasible, LookupError, TypeError, ValueError):
        return False


def _says(events: Mapping[str, Any], verb: str, key: str, value: str) -> bool:
    """Test whether an event says a value and its detail is the one the event was recorded with."""
    event = events.get(verb)
    if event is None or event["detail"].get(key) != value:
        return False
    if not event["proof"]:
        return True
    leaf = json.loads(event["proof"]["leaf"])
    return leaf.get("verb") == verb and leaf.get("detail_hash") == detail_digest(
        event["salt"], event["detail"]
    )


def _is_sealed(event: Mapping[str, Any]) -> bool:
    proof = event["proof"]
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entry(proof["leaf"].encode())
    try:
        verify_inclusion(
            tree.get_leaf(1), bytes.fromhex(proof["root"]), MerkleProof.deserialize(proof["proof"])
        )
    except (InvalidProof, KeyError, ValueError):
        return False
    return True
