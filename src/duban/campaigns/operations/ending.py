"""Ending a campaign: a closing decision (S4-70), the erase plan, destruction with a certificate (G-9)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import erasure, policy
from duban.campaigns.models import Campaign, DestructionCertificate
from duban.campaigns.packs import digest_of
from duban.campaigns.states import TRANSITIONS
from duban.kernel import clock, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

DEFAULT_AFTER_DAYS = 30


@transaction.atomic
def close_campaign(*, actor: Actor, at: datetime, campaign_id: UUID, number: str, reason: str) -> Campaign:
    """This function will end the campaign by a closing decision; the plan then lists what is erased, and when.

    :raises Invalid: without the number of the decision or a reason.
    :raises WrongState: if it does not run.
    """
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id, lock=True)
    require(policy.can_close_campaign(actor, campaign))
    missing = {
        name: _("必填。") for name, text in (("number", number), ("reason", reason)) if not text.strip()
    }
    if missing:
        raise Invalid("closing_decision", _("结束专项须有决定的文号和理由。"), missing)
    after_days = int(campaign.erase_plan.get("after_days", DEFAULT_AFTER_DAYS))
    due_on = clock.local_day(at) + timedelta(days=after_days)
    plan = {"after_days": after_days, "due_on": due_on.isoformat(), "lines": erasure.plan_lines(campaign)}
    workflow.move(
        campaign, TRANSITIONS, "close", closing_number=number.strip()[:60], closing_reason=reason.strip()[:300],
        closed_at=at, erase_plan=plan,
    )  # fmt: skip
    journal.record("campaign.closed", actor=actor, at=at, subject=campaign, label=f"{campaign.title} {number}",
                   reason=reason, detail={"erase_plan": plan})  # fmt: skip
    return campaign


@transaction.atomic
def reopen_campaign(*, actor: Actor, at: datetime, campaign_id: UUID, reason: str) -> Campaign:
    """This function will let a closed campaign run again; what the plan listed is kept."""
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id, lock=True)
    require(policy.can_reopen_campaign(actor, campaign))
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明重新启动的理由。"), {"reason": _("必填。")})
    if campaign.scope.path != campaign.area_path:
        raise Conflict("scope_moved", _("专项结束后，范围单位已调整上级，不能重新启动，请另建专项。"))
    plan = {"after_days": campaign.erase_plan.get("after_days", DEFAULT_AFTER_DAYS)}
    workflow.move(campaign, TRANSITIONS, "reopen", closed_at=None, erase_plan=plan)
    journal.record("campaign.reopened", actor=actor, at=at, subject=campaign, reason=reason)
    return campaign


@transaction.atomic
def erase_campaign(*, actor: Actor, at: datetime, campaign_id: UUID, reason: str) -> DestructionCertificate:
    """This function will destroy what the erase plan names and write the certificate of destruction.

    Official acts (findings, orders, documents, the journal) stay. Files shared with another campaign or with an
    official document stay too. Blobs go on commit; the sweep `campaigns.erase` finishes what a crash left.

    :raises WrongState: before the campaign is closed or the plan is due.
    """
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id, lock=True)
    require(policy.can_erase_campaign(actor, campaign))
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明清除的依据。"), {"reason": _("必填。")})
    due_on = campaign.erase_plan.get("due_on", "")
    if due_on and clock.local_day(at).isoformat() < due_on:
        raise WrongState("erase_not_due", _("清除计划定于 %(day)s，届时才能清除。") % {"day": due_on})
    workflow.move(campaign, TRANSITIONS, "erase")
    lines, digests = erasure.destroy(campaign, at)
    certificate = DestructionCertificate(
        campaign=campaign, number=campaign.certificates.count() + 1, destroyed_at=at,
        destroyed_by_label=actor.label, reason=reason.strip(), lines=lines, file_digests=digests,
    )  # fmt: skip
    certificate.digest = digest_of(_body(certificate))
    certificate.save(force_insert=True)
    journal.record("campaign.erased", actor=actor, at=at, subject=campaign, reason=reason,
                   label=f"{campaign.title} {certificate.digest[:16]}")  # fmt: skip
    transaction.on_commit(lambda: erasure.finish(certificate.pk, at), robust=True)
    return certificate


def _body(certificate: DestructionCertificate) -> dict[str, Any]:
    return {
        "campaign": certificate.campaign.code, "number": certificate.number,
        "destroyed_at": certificate.destroyed_at.isoformat(), "lines": certificate.lines,
        "files": certificate.file_digests,
    }  # fmt: skip
