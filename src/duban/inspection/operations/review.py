"""What the office decides about a finding: return, confirm, verify on the spot, withdraw, transfer."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.inspection import policy
from duban.inspection.models import Finding
from duban.inspection.states import FINDING_TRANSITIONS
from duban.kernel import clock, counters, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise Invalid("no_reason", _("请写明理由。"), {"reason": _("请写明理由。")})
    return text


@transaction.atomic
def return_finding(*, actor: Actor, at: datetime, finding_id: UUID, reason: str) -> Finding:
    """This function will send a registered finding back to its team with what is missing."""
    finding = get_visible(policy.findings_visible_to(actor), finding_id)
    require(policy.can_return_finding(actor, finding))
    reason = _reason(reason)
    workflow.move(finding, FINDING_TRANSITIONS, "return", state_at=at)
    journal.record("finding.returned", actor=actor, at=at, subject=finding, reason=reason)
    return finding


@transaction.atomic
def confirm_finding(
    *, actor: Actor, at: datetime, finding_id: UUID, for_order_on_spot: bool = False
) -> Finding:
    """This function will confirm a finding; one corrected on the spot goes on to verification instead of an order.

    `for_order_on_spot` lets the head of the own team confirm where an order follows at once (S2-15).
    """
    finding = get_visible(policy.findings_visible_to(actor), finding_id)
    allowed = policy.can_confirm_for_order_on_spot if for_order_on_spot else policy.can_confirm_finding
    require(allowed(actor, finding))
    if finding.is_on_spot:
        workflow.move(finding, FINDING_TRANSITIONS, "confirm_on_spot", state_at=at, confirmed_at=at)
        journal.record("finding.on_spot_confirmed", actor=actor, at=at, subject=finding)
    else:
        workflow.move(finding, FINDING_TRANSITIONS, "confirm", state_at=at, confirmed_at=at)
        journal.record("finding.confirmed", actor=actor, at=at, subject=finding)
    return finding


@transaction.atomic
def verify_on_spot(
    *, actor: Actor, at: datetime, finding_id: UUID, opinion: str, passed: bool = True
) -> Finding:
    """This function will write off a correction made on the spot, or send it on to an order if it does not hold.

    The verifier is somebody other than the finder: the office, or a member of another team.
    """
    finding = get_visible(policy.findings_visible_to(actor), finding_id)
    require(policy.can_verify_on_spot(actor, finding))
    opinion = opinion.strip()
    if len(opinion) < 2:
        raise Invalid("no_opinion", _("请写明核验意见。"), {"opinion": _("请写明核验意见。")})
    if passed:
        workflow.move(finding, FINDING_TRANSITIONS, "verify_on_spot", state_at=at, written_off_at=at)
        journal.record("finding.on_spot_verified", actor=actor, at=at, subject=finding, reason=opinion)
    else:
        workflow.move(finding, FINDING_TRANSITIONS, "refute_on_spot", state_at=at, is_on_spot=False)
        journal.record("finding.on_spot_refuted", actor=actor, at=at, subject=finding, reason=opinion)
    return finding


@transaction.atomic
def withdraw_finding(*, actor: Actor, at: datetime, finding_id: UUID, reason: str) -> Finding:
    """This function will withdraw a finding with a reason; its number stays and counting leaves it out from now on.

    What was published before is corrected by a new edition, which reads `withdrawn_at`.
    """
    finding = get_visible(policy.findings_visible_to(actor), finding_id)
    require(policy.can_withdraw_finding(actor, finding))
    reason = _reason(reason)
    workflow.move(
        finding, FINDING_TRANSITIONS, "withdraw", state_at=at, withdrawn_at=at, withdraw_reason=reason[:300]
    )
    journal.record("finding.withdrawn", actor=actor, at=at, subject=finding, reason=reason)
    return finding


@transaction.atomic
def transfer_finding(*, actor: Actor, at: datetime, finding_id: UUID, reason: str) -> Finding:
    """This function will note that the matter was handed over: a number and the status, nothing else.

    No content is copied anywhere; what becomes of the matter is kept apart from the campaign.
    """
    finding = get_visible(policy.findings_visible_to(actor), finding_id)
    require(policy.can_transfer_finding(actor, finding))
    reason = _reason(reason)
    year = clock.local(at).year
    workflow.move(finding, FINDING_TRANSITIONS, "transfer", state_at=at)
    serial = counters.take(f"transfer:{finding.campaign_id}:{year}")
    number = _("移〔%(year)s〕%(serial)s号") % {"year": year, "serial": serial}
    Finding.objects.filter(pk=finding.pk).update(transfer_number=number)
    finding.transfer_number = number
    journal.record("finding.transferred", actor=actor, at=at, subject=finding, reason=reason)
    return finding
