"""Named reads: live approvals, who already asks the same, counts of objections (G-31, G-35, E1)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet

from duban.burden import policy
from duban.burden.models import Deferral, FormApproval
from duban.burden.states import ApprovalState, ObjectionState
from duban.kernel.actor import Actor
from duban.sites.models import Site


def live_approvals(campaign_id: UUID, at: datetime) -> QuerySet[FormApproval]:
    """Return the questions that may be asked at the moment."""
    return FormApproval.objects.filter(
        campaign_id=campaign_id, state=ApprovalState.APPROVED, expires_at__gt=at
    )


def overlapping_approvals(
    campaign_id: UUID, fields: Iterable[str], at: datetime
) -> list[tuple[FormApproval, list[str]]]:
    """Return live approvals that already ask for one of the fields, with these fields (G-31)."""
    wanted = {field.strip() for field in fields if field.strip()}
    pairs = [(row, sorted(wanted & set(row.fields))) for row in live_approvals(campaign_id, at)]
    return [(row, common) for row, common in pairs if common]


def burden_figures(actor: Actor, campaign_id: UUID) -> dict[str, object]:
    """Return the counts of the burden page: approvals by state, average minutes, objections by state."""
    approvals = policy.approvals_visible_to(actor).filter(campaign_id=campaign_id)
    objections = policy.objections_visible_to(actor).filter(campaign_id=campaign_id)
    counted = approvals.aggregate(
        requested=Count("pk", filter=Q(state=ApprovalState.REQUESTED)),
        approved=Count("pk", filter=Q(state=ApprovalState.APPROVED)),
        refused=Count("pk", filter=Q(state=ApprovalState.REFUSED)),
        expired=Count("pk", filter=Q(state=ApprovalState.EXPIRED)),
        minutes=Avg("minutes", filter=Q(state=ApprovalState.APPROVED)),
    )
    return (
        counted
        | objections.aggregate(
            open=Count("pk", filter=Q(state=ObjectionState.OPEN)),
            upheld=Count("pk", filter=Q(state=ObjectionState.UPHELD)),
            rejected=Count("pk", filter=Q(state=ObjectionState.REJECTED)),
        )
        | {"deferrals": policy.deferrals_visible_to(actor).filter(campaign_id=campaign_id).count()}
    )


def deferrals_of(unit_ids: Iterable[UUID], at: datetime) -> dict[UUID, Deferral]:
    """Return, by unit, the request for delay that stands now; read by whoever is about to go there."""
    rows = Deferral.objects.filter(
        unit_id__in=set(unit_ids), withdrawn_at=None, asked_at__lte=at, until__gt=at
    )
    return {row.unit_id: row for row in rows.select_related("unit")}


def delays_at(sites: Iterable[Site], at: datetime) -> dict[UUID, Deferral]:
    """Return, by site, the standing request for delay of a unit that answers for it."""
    parties = {
        site.pk: [site.operator_unit_id, site.territory_unit_id, site.department_unit_id] for site in sites
    }
    asked = deferrals_of({unit for units in parties.values() for unit in units if unit}, at)
    found = {key: [asked[unit] for unit in units if unit in asked] for key, units in parties.items()}
    return {key: rows[0] for key, rows in found.items() if rows}
