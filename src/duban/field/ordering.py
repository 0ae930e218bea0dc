"""Orders signed at the site: what a team head ticked on the phone is confirmed and ordered when the record arrives (S2-15)."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.inspection import operations as inspection
from duban.inspection.models import Finding
from duban.inspection.policy import findings_visible_to
from duban.inspection.records import Record
from duban.inspection.states import FindingState
from duban.kernel.actor import Actor
from duban.kernel.errors import DubanError
from duban.notices.operations import notify
from duban.rectification import operations as rectification


def order_on_spot(actor: Actor, at: datetime, record: Record) -> None:
    """This function will confirm and order the ticked findings, one order a unit. A part sent again orders nothing anew.

    A refusal costs neither record nor finding: the finding goes the usual way, and whoever ticked it is told why.
    """
    wanted = [one.id for one in record.findings if one.order_now and not one.is_on_spot]
    if not wanted:
        return
    rows = findings_visible_to(actor).filter(pk__in=wanted, state=FindingState.REGISTERED)
    of_unit: dict[UUID, list[Finding]] = defaultdict(list)
    for finding in rows.select_related("unit").order_by("number"):
        of_unit[finding.unit_id].append(finding)
    for unit_id, findings in of_unit.items():
        try:
            _order(actor, at, unit_id, findings)
        except DubanError as error:
            _say_why_not(actor, at, findings, str(error.message))


@transaction.atomic
def _order(actor: Actor, at: datetime, unit_id: UUID, findings: list[Finding]) -> None:
    for finding in findings:
        inspection.confirm_finding(actor=actor, at=at, finding_id=finding.pk, for_order_on_spot=True)
    keys = [finding.pk for finding in findings]
    rectification.issue_on_spot(actor=actor, at=at, finding_ids=keys, unit_id=unit_id)


def _say_why_not(actor: Actor, at: datetime, findings: list[Finding], why: str) -> None:
    first = findings[0]
    text = _("问题%(numbers)s没有当场交办，已转专班确认：%(why)s") % {
        "numbers": "、".join(str(one) for one in findings), "why": why,
    }  # fmt: skip
    notify(
        at=at, campaign_id=first.campaign_id, once_key=f"not_ordered:{first.pk}", kind="not_ordered", text=text,
        user_id=actor.user_id, link=f"/findings/{first.pk}/", subject=first, actor=actor,
    )  # fmt: skip
