"""拟稿 → 核稿 → 会签 → 签发: each step by the person the draft names. The signature issues the document."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.documents import drafting, policy
from duban.documents.kinds import kind_of
from duban.documents.models import Countersignature, Draft, OfficialDocument
from duban.documents.operations.issuing import issue_document, require_reason, take_number
from duban.documents.states import DRAFT_TRANSITIONS, DraftState
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require


@transaction.atomic
def submit_draft(*, actor: Actor, at: datetime, draft_id: UUID) -> Draft:
    """This function will hand a draft to its reviewer; from here on its text is not changed.

    :raises Invalid: naming what is missing, or a recipient group without units.
    """
    draft = _draft(actor, draft_id)
    require(policy.can_change_draft(actor, draft))
    labels = drafting.missing(draft)
    if labels:
        raise Invalid("draft_incomplete", _("还缺：%(labels)s。") % {"labels": "、".join(labels)})
    drafting.real_recipients(draft)
    draft.countersignatures.update(agreed_at=None, opinion="")
    workflow.move(draft, DRAFT_TRANSITIONS, "submit", changed_at=at, send_back_reason="")
    return _told("draft.submitted", actor, at, draft)


@transaction.atomic
def review_draft(*, actor: Actor, at: datetime, draft_id: UUID, opinion: str = "") -> Draft:
    """This function will pass a reviewed draft on: to those who countersign, or to the signer."""
    draft = _draft(actor, draft_id)
    require(policy.can_review_draft(actor, draft))
    step = "pass_on" if draft.countersignatures.exists() else "pass_up"
    workflow.move(draft, DRAFT_TRANSITIONS, step, changed_at=at)
    return _told("draft.reviewed", actor, at, draft, opinion)


@transaction.atomic
def countersign_draft(*, actor: Actor, at: datetime, draft_id: UUID, opinion: str = "") -> Draft:
    """This function will record one countersignature; with the last one the draft goes to the signer."""
    draft = _draft(actor, draft_id)
    asked = _asked(actor, draft)
    require(policy.can_countersign_draft(actor, draft, asked is not None))
    if asked is not None:
        asked.agreed_at, asked.opinion = at, opinion.strip()[:200]
        asked.save(update_fields=["agreed_at", "opinion"])
    if not draft.countersignatures.filter(agreed_at=None).exists():
        workflow.move(draft, DRAFT_TRANSITIONS, "pass_up", changed_at=at)
    return _told("draft.countersigned", actor, at, draft, opinion)


@transaction.atomic
def send_back_draft(*, actor: Actor, at: datetime, draft_id: UUID, reason: str) -> Draft:
    """This function will return a draft to its drafter with the reason.

    :raises Invalid: without a reason.
    """
    draft = _draft(actor, draft_id)
    require(policy.can_send_back_draft(actor, draft, _asked(actor, draft) is not None))
    require_reason(reason)
    workflow.move(draft, DRAFT_TRANSITIONS, "send_back", changed_at=at, send_back_reason=reason.strip()[:200])
    return _told("draft.sent_back", actor, at, draft, reason)


@transaction.atomic
def recall_draft(*, actor: Actor, at: datetime, draft_id: UUID) -> Draft:
    """This function will take a draft back to its drafter before it is signed."""
    draft = _draft(actor, draft_id)
    require(policy.can_recall_draft(actor, draft))
    workflow.move(draft, DRAFT_TRANSITIONS, "recall", changed_at=at)
    return _told("draft.recalled", actor, at, draft)


@transaction.atomic
def sign_draft(*, actor: Actor, at: datetime, draft_id: UUID) -> OfficialDocument:
    """This function will sign a draft: number, date, freezing and sending in one commit, or nothing of it.

    :raises Invalid: for a recipient group without units, or a record that lacks a field.
    """
    draft = _draft(actor, draft_id)
    require(policy.can_sign_draft(actor, draft))
    mains, copies = drafting.real_recipients(draft)
    number = draft.number or take_number(actor=actor, at=at, campaign=draft.campaign, kind=draft.kind)
    document = issue_document(
        actor=actor, at=at, campaign=draft.campaign, kind=draft.kind, title=draft.title, subject=draft, number=number,
        record=drafting.final_record(draft, at, number=number, mains=mains, copies=copies),
        main_ids=[unit.pk for unit in mains.units], copy_ids=[unit.pk for unit in copies.units],
        area_path=draft.campaign.area_path, names=draft.names, corrects=draft.corrects,
    )  # fmt: skip
    workflow.move(draft, DRAFT_TRANSITIONS, "sign", changed_at=at, document=document, number=number)
    _told("draft.signed", actor, at, draft)
    return document


def _draft(actor: Actor, draft_id: UUID) -> Draft:
    rows = policy.drafts_visible_to(actor).select_related("campaign__body", "signer", "number", "corrects")
    # PostgreSQL locks no rows of an outer join: the draft alone is locked first.
    get_visible(policy.drafts_visible_to(actor), draft_id, lock=True)
    return get_visible(rows, draft_id)


def _asked(actor: Actor, draft: Draft) -> Countersignature | None:
    if draft.state != DraftState.COUNTERSIGNING:
        return None
    return draft.countersignatures.filter(user_id=actor.user_id, agreed_at=None).first()


def _told(verb: str, actor: Actor, at: datetime, draft: Draft, reason: str = "") -> Draft:
    label = f"{kind_of(draft.kind).title}《{draft.title}》"[:200]
    journal.record(verb, actor=actor, at=at, subject=draft, label=label, reason=reason.strip())
    return draft
