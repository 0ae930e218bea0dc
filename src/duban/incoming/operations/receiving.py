"""Bringing in a text, correcting what was read, taking a correction back, handing out the original."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import DirectiveKind
from duban.campaigns.policy import campaigns_visible_to
from duban.incoming import policy, reading_rows
from duban.incoming.models import IncomingText, Proposal, ProposalKind
from duban.incoming.reading import read_document
from duban.incoming.states import TextState
from duban.kernel import files, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

MEDIA_TYPES = {
    "txt": "text/plain", "html": "text/html", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
HEAD_LIMITS = {"title": 160, "number": 60, "issuer_title": 80, "publisher": 80, "source_url": 500}
HEAD = (*HEAD_LIMITS, "kind", "issued_on")
# Field → longest text, by kind of proposal; 0 says a list of names or a day.
CONTENT: dict[str, dict[str, int]] = {
    ProposalKind.MEASURE: {"text": 400, "scope_note": 200, "exceptions": 300, "effective_from": 0, "effective_to": 0},
    ProposalKind.RULE_ITEM: {"set": 60, "title": 80, "text": 2000, "subject_class": 20, "route": 20},
    ProposalKind.FOCUS_AREA: {"set": 60, "title": 60, "note": 300},
    ProposalKind.LIAISON: {"leader_title": 80, "areas": 0, "department": 80},
    ProposalKind.MEETING: {"body": 80, "title": 160, "text": 400},
}  # fmt: skip
KEPT_STEPS = 20


@transaction.atomic
def receive_text(
    *, actor: Actor, at: datetime, campaign_id: UUID, content: bytes, file_name: str
) -> IncomingText:
    """This function will keep a text that arrived, byte for byte, with what was read out of it.

    :raises Invalid, TooLarge: if the file cannot be read. :raises Conflict: if the same file waits or was decided.
    """
    campaign = get_visible(campaigns_visible_to(actor), campaign_id)
    require(policy.can_receive_text(actor, campaign))
    file_name = file_name.replace("\0", "").strip()[-160:]
    reading = read_document(content, file_name)
    stored = files.keep(content, media_type=MEDIA_TYPES[reading.kind], at=at)
    known = (
        IncomingText.objects.filter(campaign=campaign, file=stored).exclude(state=TextState.DISCARDED).first()
    )
    if known:
        message = _("这份文件已经收过：%(title)s。") % {"title": known}
        raise Conflict("text_received", message, {"file": message})
    head = reading_rows.head_of(reading)
    head["issued_on"] = date.fromisoformat(head["issued_on"]) if head["issued_on"] else None
    text = IncomingText.objects.create(
        campaign=campaign, area_path=campaign.area_path, file=stored, file_name=file_name, received_at=at,
        received_by_label=actor.label, **head,
    )  # fmt: skip
    rows = reading_rows.proposals_of(reading)
    Proposal.objects.bulk_create(Proposal(text=text, **row) for row in rows)
    journal.record("text.received", actor=actor, at=at, subject=text,
                   detail={"sha256": stored.sha256, "proposals": len(rows), "warnings": len(text.warnings)})  # fmt: skip
    return text


def load(actor: Actor, text_id: UUID) -> IncomingText:
    """This function will return the text, locked for the transaction."""
    return get_visible(policy.texts_visible_to(actor), text_id, lock=True)


@transaction.atomic
def correct_text(
    *, actor: Actor, at: datetime, text_id: UUID, head: Mapping[str, Any], proposals: Mapping[UUID, Mapping[str, Any]],
) -> IncomingText:  # fmt: skip
    """This function will write corrections of the head and of proposals ({id: {is_taken, field: value}}).

    What stood before is kept for `undo_correction`.
    """
    text = load(actor, text_id)
    require(policy.can_correct_text(actor, text))
    if apply_corrections(text, head, proposals):
        journal.record("text.corrected", actor=actor, at=at, subject=text)
    return text


def apply_corrections(
    text: IncomingText, head: Mapping[str, Any], proposals: Mapping[UUID, Mapping[str, Any]]
) -> bool:
    """This function will check and write corrections inside the caller's transaction; test whether anything changed."""
    rows = {row.pk: row for row in text.proposals.all()}
    before = _snapshot(text, rows.values())
    problems = _set_head(text, head)
    for key, given in proposals.items():
        if key in rows:
            problems |= _set_content(rows[key], given)
    if problems:
        raise Invalid("corrections", _("有 %(count)d 处要改。") % {"count": len(problems)}, problems)
    if _snapshot(text, rows.values()) == before:
        return False
    text.earlier = [*text.earlier, before][-KEPT_STEPS:]
    _write(text, rows.values())
    return True


def _write(text: IncomingText, rows: Any) -> None:
    text.save(update_fields=[*HEAD, "earlier"])
    Proposal.objects.bulk_update(rows, ["is_taken", "is_edited", "content"])


def _snapshot(text: IncomingText, rows: Any) -> dict[str, Any]:
    head = {name: getattr(text, name) for name in HEAD}
    head["issued_on"] = head["issued_on"].isoformat() if head["issued_on"] else None
    return {
        "head": head,
        "proposals": {str(row.ordinal): [row.is_taken, row.is_edited, dict(row.content)] for row in rows},
    }


def _set_head(text: IncomingText, head: Mapping[str, Any]) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    for name, most in HEAD_LIMITS.items():
        value = str(head.get(name, getattr(text, name)) or "").replace("\0", "").strip()
        if len(value) > most:
            problems[name] = _("至多 %(most)d 个字。") % {"most": most}
        setattr(text, name, value)
    if head.get("kind", text.kind) not in DirectiveKind.values:
        problems["kind"] = _("请选择文件种类。")
    text.kind = head.get("kind", text.kind)
    text.issued_on = head.get("issued_on", text.issued_on)
    return problems


def _set_content(row: Proposal, given: Mapping[str, Any]) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    row.is_taken = bool(given.get("is_taken", row.is_taken))
    content = dict(row.content)
    for name, most in CONTENT[row.kind].items():
        if name not in given:
            continue
        value = given[name]
        if name == "areas":
            value = [str(one).strip() for one in value if str(one).strip()][:60]
        elif name.startswith("effective_"):
            value = value.isoformat() if isinstance(value, date) else value or None
        else:
            value = str(value or "").replace("\0", "").strip()
            if len(value) > most:
                problems[f"p{row.ordinal}-{name}"] = _("至多 %(most)d 个字。") % {"most": most}
        content[name] = value
    row.is_edited = row.is_edited or content != row.content
    row.content = content
    return problems


@transaction.atomic
def undo_correction(*, actor: Actor, at: datetime, text_id: UUID) -> IncomingText:
    """This function will take the last correction back.

    :raises Conflict: if nothing was corrected.
    """
    text = load(actor, text_id)
    require(policy.can_undo_correction(actor, text))
    if not text.earlier:
        raise Conflict("nothing_to_undo", _("没有可以撤销的更正。"))
    before = text.earlier[-1]
    text.earlier = text.earlier[:-1]
    for name, value in before["head"].items():
        setattr(text, name, date.fromisoformat(value) if name == "issued_on" and value else value)
    rows = list(text.proposals.all())
    for row in rows:
        row.is_taken, row.is_edited, row.content = before["proposals"][str(row.ordinal)]
    _write(text, rows)
    journal.record("text.correction_undone", actor=actor, at=at, subject=text)
    return text


@transaction.atomic
def hand_out_original(*, actor: Actor, at: datetime, text_id: UUID) -> tuple[IncomingText, bytes]:
    """This function will return the original, byte for byte, and put on record that it was handed out."""
    text = get_visible(policy.texts_visible_to(actor).select_related("file"), text_id)
    require(policy.can_hand_out_original(actor, text))
    content = files.read(text.file)
    journal.record("text.handed_out", actor=actor, at=at, subject=text)
    return text, content
