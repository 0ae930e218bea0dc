"""Bulletins: drafted from chosen findings, reviewed, issued with the next issue number, withdrawn or corrected."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaigns
from duban.campaigns.models import Campaign
from duban.documents import operations as documents
from duban.inspection.models import Finding
from duban.inspection.policy import findings_visible_to
from duban.inspection.states import COUNTED_STATES
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.fields import within
from duban.kernel.loading import get_visible
from duban.kernel.office_words import gettext_noop, office_text
from duban.kernel.policy import require
from duban.reporting import drafting, policy, records
from duban.reporting.models import Bulletin
from duban.reporting.operations.editions import clean_sections, require_reason
from duban.reporting.states import BULLETIN_TRANSITIONS
from duban.territory.models import Unit

SERIES = "bulletin"
PATTERN = "第{serial}期"


@transaction.atomic
def draft_bulletin(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    day: date,
    finding_ids: Iterable[UUID],
    title: str = "",
    by: str = "category",
    recipient_ids: Iterable[UUID] | None = None,
) -> Bulletin:
    """This function will draft a bulletin from chosen findings, by category or by unit, facts only.

    Recipients are the responsible units and the campaign's expected units unless given.

    :raises Invalid: without findings, or for one that is not confirmed.
    """
    campaign = get_visible(campaigns.campaigns_visible_to(actor), campaign_id)
    require(policy.can_draft_bulletin(actor, campaign))
    findings = _findings(actor, campaign, finding_ids)
    bulletin = Bulletin(
        campaign=campaign,
        day=day,
        title=(title.strip() or _("关于%(day)s督导情况的通报") % {"day": drafting.day_words(day)})[:160],
        lead=drafting.bulletin_lead(campaign, day, findings, at),
        sections=drafting.bulletin_sections(findings, by=by),
        drafted_at=at,
        drafted_by_id=actor.user_id,
    )
    bulletin.save(force_insert=True)
    bulletin.findings.set(findings)
    chosen = list(recipient_ids) if recipient_ids is not None else _default_recipients(campaign)
    bulletin.recipients.set(_units(campaign, chosen))
    journal.record("bulletin.drafted", actor=actor, at=at, subject=bulletin, label=bulletin.title)
    return bulletin


def _findings(actor: Actor, campaign: Campaign, ids: Iterable[UUID]) -> list[Finding]:
    wanted = list(dict.fromkeys(ids))
    rows = findings_visible_to(actor).filter(pk__in=wanted, campaign=campaign, state__in=COUNTED_STATES)
    findings = list(
        rows.select_related("site", "category", "unit", "post").order_by(
            "category__ordinal", "found_at", "id"
        )
    )
    if not findings:
        raise Invalid("no_findings", _("请至少选一个已确认的问题。"), {"findings": _("请至少选一个。")})
    if len(findings) != len(wanted):
        raise Invalid("finding_not_confirmed", _("所选问题中有未确认、已撤销或不在您范围内的，请重新选择。"))
    return findings


def _default_recipients(campaign: Campaign) -> list[UUID]:
    return list(campaign.scope_units.order_by("ordinal").values_list("unit_id", flat=True))


def _units(campaign: Campaign, ids: Iterable[UUID]) -> list[Unit]:
    wanted = set(ids)
    rows = Unit.objects.filter(within(campaign.area_path, field="path"), pk__in=wanted, is_active=True)
    units = list(rows.order_by("path"))
    if len(units) != len(wanted):
        raise Invalid("unknown_unit", _("主送单位中有不在专项范围内的。"), {"recipients": _("请重新选择。")})
    return units


@transaction.atomic
def change_bulletin(
    *,
    actor: Actor,
    at: datetime,
    bulletin_id: UUID,
    title: str | None = None,
    lead: str | None = None,
    sections: list[dict[str, Any]] | None = None,
    finding_ids: Iterable[UUID] | None = None,
    recipient_ids: Iterable[UUID] | None = None,
) -> Bulletin:
    """This function will change a draft; what is None stays.

    :raises Invalid: for an empty title, text, list of problems or of recipients.
    """
    bulletin = _bulletin(actor, bulletin_id, lock=True)
    require(policy.can_change_bulletin(actor, bulletin))
    if title is not None:
        if not title.strip():
            raise Invalid("empty_title", _("请写标题。"), {"title": _("请写标题。")})
        bulletin.title = title.strip()[:160]
    if lead is not None:
        bulletin.lead = lead.strip()
    if sections is not None:
        bulletin.sections = clean_sections(sections)
    bulletin.save(update_fields=["title", "lead", "sections"])
    if finding_ids is not None:
        bulletin.findings.set(_findings(actor, bulletin.campaign, finding_ids))
    if recipient_ids is not None:
        bulletin.recipients.set(_units(bulletin.campaign, recipient_ids))
    journal.record("bulletin.changed", actor=actor, at=at, subject=bulletin, label=bulletin.title)
    return bulletin


@transaction.atomic
def submit_bulletin(*, actor: Actor, at: datetime, bulletin_id: UUID) -> Bulletin:
    """This function will hand a draft in for review.

    :raises Invalid: if nobody would receive it.
    """
    bulletin = _bulletin(actor, bulletin_id)
    require(policy.can_submit_bulletin(actor, bulletin))
    if not bulletin.recipients.exists():
        raise Invalid("no_recipients", _("请先选主送单位。"))
    workflow.move(bulletin, BULLETIN_TRANSITIONS, "submit", submitted_at=at)
    journal.record("bulletin.submitted", actor=actor, at=at, subject=bulletin, label=bulletin.title)
    return bulletin


@transaction.atomic
def return_bulletin(*, actor: Actor, at: datetime, bulletin_id: UUID, reason: str) -> Bulletin:
    """This function will return a bulletin to its drafter, with a reason."""
    bulletin = _bulletin(actor, bulletin_id)
    require(policy.can_return_bulletin(actor, bulletin))
    require_reason(reason)
    workflow.move(bulletin, BULLETIN_TRANSITIONS, "return", submitted_at=None)
    journal.record(
        "bulletin.returned", actor=actor, at=at, subject=bulletin, label=bulletin.title, reason=reason
    )
    return bulletin


@transaction.atomic
def issue_bulletin(*, actor: Actor, at: datetime, bulletin_id: UUID) -> Bulletin:
    """This function will give a bulletin the next issue number and send its document to the recipients."""
    bulletin = _bulletin(actor, bulletin_id)
    require(policy.can_issue_bulletin(actor, bulletin))
    campaign = bulletin.campaign
    series = documents.open_series(
        actor=actor, at=at, body_id=campaign.body_id, campaign_id=campaign.pk, code=SERIES,
        title=office_text(gettext_noop("督导通报")), pattern=PATTERN,
    )  # fmt: skip
    number = documents.reserve_number(actor=actor, at=at, series=series)
    workflow.move(
        bulletin, BULLETIN_TRANSITIONS, "issue", issue=number.serial, number=number, issued_at=at,
        issued_by_id=actor.user_id,
    )  # fmt: skip
    document = documents.issue_document(
        actor=actor, at=at, campaign=campaign, kind="bulletin", title=bulletin.title, number=number,
        record=records.bulletin_record(bulletin, number), subject=bulletin,
        main_ids=list(bulletin.recipients.values_list("pk", flat=True)),
        copy_ids=[campaign.headquarters_id] if campaign.headquarters_id else [],
    )  # fmt: skip
    bulletin.document = document
    bulletin.save(update_fields=["document"])
    journal.record("bulletin.issued", actor=actor, at=at, subject=bulletin, label=label(bulletin))
    return bulletin


@transaction.atomic
def withdraw_bulletin(*, actor: Actor, at: datetime, bulletin_id: UUID, reason: str) -> Bulletin:
    """This function will withdraw an issued bulletin; its number stays used up and its document is voided.

    :raises Invalid: without a reason.
    """
    bulletin = _bulletin(actor, bulletin_id)
    require(policy.can_withdraw_bulletin(actor, bulletin))
    require_reason(reason)
    workflow.move(bulletin, BULLETIN_TRANSITIONS, "withdraw", withdraw_reason=reason.strip()[:200])
    if bulletin.document_id:
        documents.void_document(actor=actor, at=at, document_id=bulletin.document_id, reason=reason)
    journal.record(
        "bulletin.withdrawn", actor=actor, at=at, subject=bulletin, label=label(bulletin), reason=reason
    )
    return bulletin


@transaction.atomic
def correct_bulletin(*, actor: Actor, at: datetime, bulletin_id: UUID, reason: str) -> Bulletin:
    """This function will withdraw an issued bulletin and return a new draft with the same text to correct."""
    old = withdraw_bulletin(actor=actor, at=at, bulletin_id=bulletin_id, reason=reason)
    draft = Bulletin(
        campaign=old.campaign,
        day=old.day,
        title=old.title,
        lead=old.lead,
        sections=old.sections,
        drafted_at=at,
        drafted_by_id=actor.user_id,
    )
    draft.save(force_insert=True)
    draft.findings.set(old.findings.filter(state__in=COUNTED_STATES))
    draft.recipients.set(old.recipients.all())
    journal.record("bulletin.drafted", actor=actor, at=at, subject=draft, label=draft.title, reason=reason)
    return draft


def label(bulletin: Bulletin) -> str:
    """This function will return how the journal names a bulletin."""
    return _("督导通报第%(n)s期") % {"n": bulletin.issue} if bulletin.issue else bulletin.title


def _bulletin(actor: Actor, bulletin_id: UUID, *, lock: bool = False) -> Bulletin:
    rows = policy.bulletins_visible_to(actor).select_related("campaign__body", "campaign__headquarters")
    return get_visible(rows, bulletin_id, lock=lock)
