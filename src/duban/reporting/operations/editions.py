"""The daily summary: frozen at the cut-off, worded, checked, reviewed, signed, sent, acknowledged; corrected anew.

The figures are written once, by the freeze. What comes after touches only the text and the state.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaigns
from duban.campaigns.models import Campaign
from duban.documents import operations as documents
from duban.documents.policy import deliveries_visible_to
from duban.inspection import operations as inspection
from duban.kernel import journal, workflow
from duban.kernel.actor import SYSTEM, Actor
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.office_words import gettext_noop, office_text
from duban.kernel.policy import require
from duban.people.models import User
from duban.reporting import drafting, freezing, policy, records
from duban.reporting.indicators import DEFINITION_VERSION
from duban.reporting.models import Edition, EditionCell
from duban.reporting.states import EDITION_TRANSITIONS

MAX_PARAGRAPH = 3000


def freeze_edition(*, actor: Actor, at: datetime, campaign_id: UUID, day: date) -> Edition:
    """This function will freeze the day's edition exactly once; asked again it returns the one there is.

    As-of is the campaign's cut-off however late this runs. Team sheets are locked in the same transaction.

    :raises Invalid: before the cut-off.
    """
    try:
        return _freeze(actor=actor, at=at, campaign_id=campaign_id, day=day)
    except IntegrityError:  # another worker froze it in the same moment
        return Edition.objects.get(campaign_id=campaign_id, day=day, sequence=1)


@transaction.atomic
def _freeze(*, actor: Actor, at: datetime, campaign_id: UUID, day: date) -> Edition:
    campaign = _campaign(actor, campaign_id)
    require(policy.can_freeze_edition(actor, campaign))
    as_of = freezing.cutoff_of(campaign, day)
    if at < as_of:
        raise Invalid("before_cutoff", _("未到截数时间，不能冻结。"))
    known = Edition.objects.filter(campaign=campaign, day=day).order_by("-sequence").first()
    if known:
        return known
    inspection.lock_day(actor=SYSTEM, at=at, campaign_id=campaign.pk, day=day)
    since = freezing.since_of(campaign, day)
    count = freezing.count_day(campaign, day, as_of=as_of, since=since, known_at=as_of)
    edition = Edition(
        campaign=campaign,
        day=day,
        as_of=as_of,
        since=since,
        frozen_at=at,
        definition_version=DEFINITION_VERSION,
        digest=freezing.digest_of(count),
        sections=drafting.summary_sections(count),
        late_notes=freezing.late_notes(count),
        missing_teams=freezing.missing_teams(campaign, day, as_of),
    )
    edition.save(force_insert=True)
    _write_cells(edition, count)
    journal.record("edition.frozen", actor=actor, at=at, subject=edition, label=label(edition),
                   detail={"digest": edition.digest, "as_of": as_of})  # fmt: skip
    return edition


def _write_cells(edition: Edition, count: freezing.Count) -> None:
    cells = []
    for column, _title, kind in freezing.COLUMNS:
        for line in count.lines:
            ids = count.cells.get((line.ordinal, column), [])
            cells.append(
                EditionCell(edition=edition, unit_id=line.unit_id, line_ordinal=line.ordinal, line_title=line.title,
                            column=column, value=len(ids), rows_kind=kind, row_ids=[str(row) for row in ids])
            )  # fmt: skip
        cells.append(
            EditionCell(edition=edition, unit=None, line_ordinal=freezing.TOTAL, line_title=office_text(gettext_noop("合计")),
                        column=column, value=count.total(column), rows_kind=kind)
        )  # fmt: skip
    EditionCell.objects.bulk_create(cells, batch_size=200)


@transaction.atomic
def edit_edition(*, actor: Actor, at: datetime, edition_id: UUID, sections: list[dict[str, Any]]) -> Edition:
    """This function will replace the text of an edition before its review; the figures stay as they are.

    :raises Invalid: for sections of another shape or empty paragraphs.
    """
    edition = _edition(actor, edition_id, lock=True)
    require(policy.can_edit_edition(actor, edition))
    edition.sections = _with_frozen(edition.sections, clean_sections(sections))
    edition.save(update_fields=["sections"])
    journal.record("edition.worded", actor=actor, at=at, subject=edition, label=label(edition),
                   detail={"characters": drafting.length_of(edition.sections)})  # fmt: skip
    return edition


def _with_frozen(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `after` with every frozen section of `before` in its place and as it was."""
    frozen = {part["heading"]: part for part in before if part.get("is_frozen")}
    kept = [part for part in after if part["heading"] not in frozen]
    for place, part in enumerate(before):
        if part.get("is_frozen"):
            kept.insert(min(place, len(kept)), part)
    return kept


def clean_sections(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """This function will return sections with trimmed texts, nested sections kept.

    :raises Invalid: if a heading or paragraph is not text, or nothing is left.
    """
    cleaned = []
    for part in sections:
        if not isinstance(part, dict) or not isinstance(part.get("heading", ""), str):
            raise Invalid("bad_sections", _("文字部分的结构不对。"))
        paragraphs = [
            str(text).strip()[:MAX_PARAGRAPH] for text in part.get("paragraphs", []) if str(text).strip()
        ]
        below = clean_sections(part["sections"]) if part.get("sections") else []
        kept: dict[str, Any] = {"heading": part.get("heading", "").strip()[:80], "paragraphs": paragraphs}
        if below:
            kept["sections"] = below
        if paragraphs or below:
            cleaned.append(kept)
    if not cleaned:
        raise Invalid("empty_text", _("文字部分不能为空。"))
    return cleaned


@transaction.atomic
def check_edition(*, actor: Actor, at: datetime, edition_id: UUID) -> Edition:
    """This function will mark the text as checked (核稿)."""
    edition = _edition(actor, edition_id)
    require(policy.can_check_edition(actor, edition))
    workflow.move(edition, EDITION_TRANSITIONS, "check", checked_by=_user(actor), checked_at=at)
    journal.record("edition.checked", actor=actor, at=at, subject=edition, label=label(edition))
    return edition


@transaction.atomic
def review_edition(*, actor: Actor, at: datetime, edition_id: UUID) -> Edition:
    """This function will pass the review (审核); the reviewer is not who checked."""
    edition = _edition(actor, edition_id)
    require(policy.can_review_edition(actor, edition))
    workflow.move(edition, EDITION_TRANSITIONS, "review", reviewed_by=_user(actor), reviewed_at=at)
    journal.record("edition.reviewed", actor=actor, at=at, subject=edition, label=label(edition))
    return edition


@transaction.atomic
def return_edition(*, actor: Actor, at: datetime, edition_id: UUID, reason: str) -> Edition:
    """This function will return the text for changes, with a reason.

    :raises Invalid: without a reason.
    """
    edition = _edition(actor, edition_id)
    require(policy.can_return_edition(actor, edition))
    require_reason(reason)
    cleared = {"checked_by": None, "checked_at": None, "reviewed_by": None, "reviewed_at": None}
    workflow.move(edition, EDITION_TRANSITIONS, "return", **cleared)
    journal.record(
        "edition.returned", actor=actor, at=at, subject=edition, label=label(edition), reason=reason
    )
    return edition


@transaction.atomic
def sign_edition(*, actor: Actor, at: datetime, edition_id: UUID) -> Edition:
    """This function will sign the summary and freeze its official document."""
    edition = _edition(actor, edition_id)
    require(policy.can_sign_edition(actor, edition))
    workflow.move(edition, EDITION_TRANSITIONS, "sign", signed_by=_user(actor), signed_at=at)
    document = documents.issue_document(
        actor=actor, at=at, campaign=edition.campaign, kind="daily_summary", title=records.edition_title(edition),
        record=records.edition_record(edition), subject=edition,
    )  # fmt: skip
    edition.document = document
    edition.save(update_fields=["document"])
    journal.record("edition.signed", actor=actor, at=at, subject=edition, label=label(edition))
    return edition


@transaction.atomic
def send_edition(*, actor: Actor, at: datetime, edition_id: UUID) -> Edition:
    """This function will send the signed summary to headquarters.

    :raises Invalid: if the campaign has no headquarters.
    """
    edition = _edition(actor, edition_id)
    require(policy.can_send_edition(actor, edition))
    headquarters_id = edition.campaign.headquarters_id
    if headquarters_id is None:
        raise Invalid("no_headquarters", _("专项没有设指挥部，请先在专项设置中指定报送单位。"))
    workflow.move(edition, EDITION_TRANSITIONS, "send", sent_at=at)
    documents.send_document(actor=actor, at=at, document_id=edition.document_id, main_ids=[headquarters_id])
    journal.record("edition.sent", actor=actor, at=at, subject=edition, label=label(edition))
    return edition


@transaction.atomic
def acknowledge_edition(*, actor: Actor, at: datetime, edition_id: UUID) -> Edition:
    """This function will record headquarters' receipt, on the edition and on the delivery of its document."""
    edition = _edition(actor, edition_id)
    require(policy.can_acknowledge_edition(actor, edition))
    workflow.move(
        edition,
        EDITION_TRANSITIONS,
        "acknowledge",
        acknowledged_at=at,
        acknowledged_by_label=actor.label[:80],
    )
    mine = deliveries_visible_to(actor, received_only=True)
    delivery = mine.filter(document_id=edition.document_id, received_at=None).first()
    if delivery is not None:
        documents.receive_document(actor=actor, at=at, delivery_id=delivery.pk)
    journal.record("edition.acknowledged", actor=actor, at=at, subject=edition, label=label(edition))
    return edition


@transaction.atomic
def correct_edition(*, actor: Actor, at: datetime, edition_id: UUID, reason: str) -> Edition:
    """This function will supersede an edition by a new one of the same window, counted as it is known now.

    The superseded figures stay readable and unchanged. The text starts from the old one.

    :raises Invalid: without a reason.
    """
    old = _edition(actor, edition_id)
    require(policy.can_correct_edition(actor, old))
    require_reason(reason)
    workflow.move(old, EDITION_TRANSITIONS, "supersede")
    count = freezing.count_day(old.campaign, old.day, as_of=old.as_of, since=old.since, known_at=at)
    edition = Edition(
        campaign=old.campaign,
        day=old.day,
        sequence=old.sequence + 1,
        as_of=old.as_of,
        since=old.since,
        frozen_at=at,
        definition_version=DEFINITION_VERSION,
        digest=freezing.digest_of(count),
        sections=drafting.summary_sections(count),
        late_notes=old.late_notes,
        missing_teams=old.missing_teams,
        supersedes=old,
        correction_reason=reason.strip()[:200],
    )
    edition.save(force_insert=True)
    _write_cells(edition, count)
    journal.record(
        "edition.corrected", actor=actor, at=at, subject=edition, label=label(edition), reason=reason
    )
    return edition


def label(edition: Edition) -> str:
    """This function will return how the journal names an edition."""
    text = _("%(day)s汇总") % {"day": drafting.day_words(edition.day)}
    return text if edition.sequence == 1 else text + _("第%(n)s版") % {"n": edition.sequence}


def require_reason(reason: str) -> None:
    """This function will pass if a reason is given.

    :raises Invalid: otherwise.
    """
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})


def _campaign(actor: Actor, campaign_id: UUID) -> Campaign:
    return get_visible(campaigns.campaigns_visible_to(actor), campaign_id)


def _edition(actor: Actor, edition_id: UUID, *, lock: bool = False) -> Edition:
    rows = policy.editions_visible_to(actor).select_related("campaign__body", "campaign__headquarters")
    return get_visible(rows, edition_id, lock=lock)


def _user(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.user_id).first()
    if user is None:
        raise NotFound()
    return user
