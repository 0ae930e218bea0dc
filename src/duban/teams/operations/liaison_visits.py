"""The leaders' visits to their liaison areas (S0-62), entered afterwards and taken back with a reason."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import policy
from duban.teams.models import LiaisonAssignment, LiaisonVisit


@transaction.atomic
def log_liaison_visit(
    *,
    actor: Actor,
    at: datetime,
    assignment_id: UUID,
    area_id: UUID,
    day: date,
    watched: str,
    asked: str = "",
) -> LiaisonVisit:
    """This function will enter a leader's visit to an area of the own line.

    :raises Invalid: for an area or a day outside the line, a day to come, or without what was looked at.
    """
    line = get_visible(policy.liaisons_visible_to(actor), assignment_id)
    require(policy.can_log_liaison_visit(actor, line))
    area = line.areas.filter(pk=area_id).first()
    wrong = _faults(line, area is not None, day, local_day(at), watched)
    if wrong:
        raise Invalid("liaison_visit_invalid", None, wrong)
    visit = LiaisonVisit(
        campaign=line.campaign, assignment=line, area=area, day=day, watched=watched.strip(), asked=asked.strip(),
        entered_by_id=actor.user_id, created_at=at, area_path=area.path,
    )  # fmt: skip
    visit.save(force_insert=True)
    journal.record("liaison.visited", actor=actor, at=at, subject=visit, detail={"day": day})
    return visit


def _faults(
    line: LiaisonAssignment, is_own_area: bool, day: date, today: date, watched: str
) -> dict[str, str]:
    wrong = {}
    if not is_own_area:
        wrong["area"] = _("不是这位领导的联系地区。")
    if day > today:
        wrong["day"] = _("只登记已经进行的督导。")
    elif day < line.valid_from or (line.valid_to and day > line.valid_to):
        wrong["day"] = _("这一天不在分工期内。")
    if not watched.strip():
        wrong["watched"] = _("请写明看了什么。")
    return wrong


@transaction.atomic
def withdraw_liaison_visit(*, actor: Actor, at: datetime, visit_id: UUID, reason: str) -> LiaisonVisit:
    """This function will take back a visit entered by mistake, with the reason; it stays in the journal."""
    visit = get_visible(policy.liaison_visits_visible_to(actor), visit_id, lock=True)
    require(policy.can_log_liaison_visit(actor, visit.assignment))
    if visit.withdrawn_at is not None:
        raise Conflict("already_withdrawn", _("这条记录已经撤销。"))
    if not reason.strip():
        raise Invalid("reason_missing", None, {"reason": _("请写明理由。")})
    visit.withdrawn_at = at
    visit.save(update_fields=["withdrawn_at"])
    journal.record("liaison.visit_withdrawn", actor=actor, at=at, subject=visit, reason=reason)
    return visit
