"""Sealing the journal: open events are closed into an RFC 6962 Merkle tree whose roots are chained.

Writers never wait: sealing runs later, over events already committed. `verify` recomputes everything from the rows;
`inclusion_proof` gives one event's path to its seal's root, checkable without this program (docs/operations.md).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from pymerkle import InmemoryTree, verify_inclusion

from duban.kernel import jobs
from duban.kernel.errors import NotFound
from duban.kernel.journal import canonical, detail_digest
from duban.kernel.models import Event, EventDetail, Seal, SealedEvent

BATCH = 20_000
GENESIS = "0" * 64
FIELDS = (
    "id", "verb", "actor_kind", "actor_id", "actor_label", "subject_type", "subject_id", "subject_label",
    "campaign_id", "area_path", "at", "recorded_at", "reason", "detail_hash",
)  # fmt: skip


def leaf_bytes(event: Event) -> bytes:
    """This function will return the canonical bytes of an event that its leaf hash is taken over."""
    return canonical({name: getattr(event, name) for name in FIELDS}).encode()


def merkle_root(leaves: Iterable[bytes]) -> str:
    """This function will return the RFC 6962 root (SHA-256, hex) over leaves in order."""
    return str(_tree(leaves).get_root().hex())


def _tree(leaves: Iterable[bytes]) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    return tree


def chain_digest(previous: str, root: str, size: int) -> str:
    """This function will return the chained hash that ties a seal to all seals before it."""
    return hashlib.sha256(f"{previous}:{size}:{root}".encode()).hexdigest()


@jobs.sweep("seal_journal", order=90)
def seal_open_events(at: datetime) -> int:
    """This function will close the open events into a new seal; returns how many events it sealed."""
    sealed = 0
    while count := _seal_batch(at):
        sealed += count
        if count < BATCH:
            break
    return sealed


@transaction.atomic
def _seal_batch(at: datetime) -> int:
    last = Seal.objects.select_for_update().order_by("-number").first()
    events = list(Event.objects.filter(seal_place=None).order_by("id")[:BATCH])
    if not events:
        return 0
    root = merkle_root(leaf_bytes(event) for event in events)
    seal = Seal(
        number=last.number + 1 if last else 1,
        sealed_at=at,
        size=len(events),
        root=root,
        chain=chain_digest(last.chain if last else GENESIS, root, len(events)),
    )
    seal.save(force_insert=True)  # the number is the key: of two sealers at once one fails and tries again
    SealedEvent.objects.bulk_create(
        [SealedEvent(event=event, seal=seal, leaf=index) for index, event in enumerate(events)],
        batch_size=2000,
    )
    return len(events)


def latest_root() -> str:
    """Return the chained root of the newest seal, printed on the daily summary ('' before the first)."""
    return Seal.objects.order_by("-number").values_list("chain", flat=True).first() or ""


@dataclass
class Verdict:
    """What `verify` found: counts and, for each fault, one sentence naming the seal or event."""

    seals: int = 0
    events: int = 0
    open_events: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults


def verify() -> Verdict:
    """This function will recompute every seal, chain hash and detail hash from the stored rows."""
    verdict = Verdict(open_events=Event.objects.filter(seal_place=None).count())
    previous = GENESIS
    expected = 1
    for seal in Seal.objects.order_by("number"):
        if seal.number != expected:
            verdict.faults.append(f"seal {expected} is missing")
            expected = seal.number
        events = list(Event.objects.filter(seal_place__seal=seal).order_by("seal_place__leaf"))
        root = merkle_root(leaf_bytes(event) for event in events)
        if len(events) != seal.size or root != seal.root:
            verdict.faults.append(f"seal {seal.number}: the events do not give its root")
        if chain_digest(previous, seal.root, seal.size) != seal.chain:
            verdict.faults.append(f"seal {seal.number}: the chain is broken")
        previous = seal.chain
        expected += 1
        verdict.seals += 1
        verdict.events += len(events)
    for detail in EventDetail.objects.select_related("event").iterator(chunk_size=2000):
        if detail_digest(detail.salt, detail.body) != detail.event.detail_hash:
            verdict.faults.append(f"event {detail.event_id}: the detail was changed")
    return verdict


def inclusion_proof(event: Event) -> dict[str, Any]:
    """This function will return a printable proof that `event` is in its seal.

    :raises NotFound: if the event is not sealed yet.
    """
    place = SealedEvent.objects.select_related("seal").filter(event=event).first()
    if place is None:
        raise NotFound("event_not_sealed")
    rows = Event.objects.filter(seal_place__seal=place.seal).order_by("seal_place__leaf")
    tree = _tree(leaf_bytes(row) for row in rows)
    proof = tree.prove_inclusion(place.leaf + 1)
    verify_inclusion(tree.get_leaf(place.leaf + 1), bytes.fromhex(place.seal.root), proof)
    return {
        "event": str(event.pk),
        "leaf": leaf_bytes(event).decode(),
        "leaf_index": place.leaf,
        "seal": place.seal.number,
        "size": place.seal.size,
        "root": place.seal.root,
        "chain": place.seal.chain,
        "proof": proof.serialize(),
    }
