"""The liaison table (领导联系监督分工表): who is liaison leader of which areas, with its history (S0-62…64)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import User
from duban.teams import policy
from duban.teams.models import LiaisonAssignment
from duban.teams.operations.rounds import load_campaign
from duban.territory.policy import units_visible_to


@transaction.atomic
def assign_liaison(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    ordinal: int,
    leader_title: str,
    area_ids: Iterable[UUID],
    supporting_department_id: UUID,
    valid_from: date,
    leader_id: UUID | None = None,
) -> LiaisonAssignment:
    """This function will set a line of the liaison table; the line of the same ordinal before it ends the day before.

    Gaps and overlaps are shown by `queries.liaison_coverage`; they warn and do not block.

    :raises Invalid: without leader, area or department.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_manage_liaison(actor, campaign))
    wanted = {str(key) for key in area_ids}
    areas = list(units_visible_to(actor).filter(pk__in=wanted))
    department = units_visible_to(actor).filter(pk=supporting_department_id).first()
    wrong = {}
    if not leader_title.strip():
        wrong["leader_title"] = _("请填写领导职务。")
    if not wanted or len(areas) != len(wanted):
        wrong["areas"] = _("请选择联系地区。")
    if department is None:
        wrong["supporting_department"] = _("请选择配合部门。")
    if leader_id is not None and not User.objects.filter(pk=leader_id, is_active=True).exists():
        wrong["leader"] = _("账号不存在或已停用。")
    if wrong:
        raise Invalid("liaison_invalid", None, wrong)
    _end_line(campaign.pk, ordinal, valid_from)
    row = LiaisonAssignment(
        campaign=campaign, ordinal=ordinal, leader_id=leader_id, leader_title=leader_title.strip(),
        supporting_department=department, valid_from=valid_from,
    )  # fmt: skip
    row.save(force_insert=True)
    row.areas.set(areas)
    journal.record(
        "liaison.assigned", actor=actor, at=at, subject=row, area_path=campaign.area_path,
        detail={"areas": sorted(unit.code for unit in areas), "department": department.code, "from": valid_from},
    )  # fmt: skip
    return row


@transaction.atomic
def end_liaison(*, actor: Actor, at: datetime, liaison_id: UUID, on: date, reason: str) -> LiaisonAssignment:
    """This function will end a line of the table after day `on`, with the reason; the line stays in the history."""
    row = get_visible(policy.liaisons_visible_to(actor), liaison_id, lock=True)
    require(policy.can_manage_liaison(actor, row.campaign))
    if row.valid_to is not None:
        raise Conflict("already_ended", _("这一分工已经结束。"))
    wrong = {}
    if on < row.valid_from:
        wrong["on"] = _("结束日期不能早于开始日期。")
    if not reason.strip():
        wrong["reason"] = _("请写明理由。")
    if wrong:
        raise Invalid("liaison_invalid", None, wrong)
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    journal.record(
        "liaison.ended", actor=actor, at=at, subject=row, reason=reason, area_path=row.campaign.area_path
    )
    return row


def _end_line(campaign_id: UUID, ordinal: int, valid_from: date) -> None:
    standing = LiaisonAssignment.objects.filter(campaign_id=campaign_id, ordinal=ordinal, valid_to=None)
    for row in standing:
        if row.valid_from >= valid_from:
            text = _("该行已有自 %(day)s 起的分工，新分工须晚于它。") % {"day": row.valid_from.isoformat()}
            raise Conflict("liaison_overlap", text, {"valid_from": text})
        row.valid_to = valid_from - timedelta(days=1)
        row.save(update_fields=["valid_to"])
