"""Protected periods of units, the visit budget and the rotation rule of a campaign."""

from collections.abc import Mapping
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
from duban.teams.limits import LONGEST
from duban.teams.models import ProtectedPeriod, RotationRule, VisitBudget
from duban.teams.operations.rounds import load_campaign
from duban.territory.policy import units_visible_to

MOST_VISITS, MOST_DAYS = 30, 90


@transaction.atomic
def protect_unit(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    unit_id: UUID,
    starts_on: date,
    ends_on: date,
    reason: str,
) -> ProtectedPeriod:
    """This function will keep draws away from a unit, its sites and what lies below it for some days.

    :raises Invalid: for days in the wrong order, over or too many, or without a reason.
    :raises Conflict: if the unit is protected on some of these days already.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_set_limits(actor, campaign))
    unit = get_visible(units_visible_to(actor).filter(path__startswith=campaign.area_path), unit_id)
    if wrong := _faults(starts_on, ends_on, local_day(at), reason):
        raise Invalid("protection_invalid", None, wrong)
    standing = ProtectedPeriod.objects.filter(unit=unit, lifted_at=None)
    if standing.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        text = _("这几日已在保护期内。")
        raise Conflict("already_protected", text, {"starts_on": text})
    period = ProtectedPeriod(
        campaign=campaign, unit=unit, starts_on=starts_on, ends_on=ends_on, reason=reason.strip(),
        entered_by_id=actor.user_id, created_at=at, area_path=unit.path,
    )  # fmt: skip
    period.save(force_insert=True)
    journal.record("protection.set", actor=actor, at=at, subject=period, reason=reason)
    return period


def _faults(starts_on: date, ends_on: date, today: date, reason: str) -> dict[str, str]:
    wrong = {}
    if ends_on < starts_on:
        wrong["ends_on"] = _("结束日期不能早于开始日期。")
    elif ends_on < today:
        wrong["ends_on"] = _("这几日已经过去。")
    elif (ends_on - starts_on).days >= LONGEST:
        wrong["ends_on"] = _("保护期最长 %(days)s 日。") % {"days": LONGEST}
    if not reason.strip():
        wrong["reason"] = _("请写明理由。")
    return wrong


@transaction.atomic
def lift_protection(*, actor: Actor, at: datetime, period_id: UUID, reason: str) -> ProtectedPeriod:
    """This function will end a protected period before its time, with the reason."""
    period = get_visible(policy.protections_visible_to(actor), period_id, lock=True)
    require(policy.can_set_limits(actor, period.campaign))
    if period.lifted_at is not None or period.ends_on < local_day(at):
        raise Conflict("protection_over", _("这个保护期已经结束。"))
    if not reason.strip():
        raise Invalid("reason_missing", None, {"reason": _("请写明理由。")})
    period.lifted_at = at
    period.save(update_fields=["lifted_at"])
    journal.record("protection.lifted", actor=actor, at=at, subject=period, reason=reason)
    return period


@transaction.atomic
def set_visit_budget(
    *, actor: Actor, at: datetime, campaign_id: UUID, visits: int, days: int, reason: str
) -> VisitBudget:
    """This function will set how often a unit may be drawn, visits of all campaigns counted."""
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_set_budget(actor, campaign))
    _check_numbers("budget_invalid", {"visits": (visits, MOST_VISITS), "days": (days, MOST_DAYS)}, reason)
    budget, _is_new = VisitBudget.objects.update_or_create(
        campaign=campaign, defaults={"visits": visits, "days": days, "changed_at": at}
    )
    journal.record(
        "visit_budget.set", actor=actor, at=at, subject=budget, reason=reason, area_path=campaign.area_path,
        detail={"visits": visits, "days": days},
    )  # fmt: skip
    return budget


@transaction.atomic
def set_rotation(
    *, actor: Actor, at: datetime, campaign_id: UUID, days: int, window: int, reason: str
) -> RotationRule:
    """This function will set on how many of how many days a team may be drawn for one area before another one goes there.

    :raises Invalid: for numbers that make no rule, or without a reason.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_set_budget(actor, campaign))
    _check_numbers("rotation_invalid", {"window": (window, MOST_DAYS), "days": (days, window)}, reason)
    rule, _is_new = RotationRule.objects.update_or_create(
        campaign=campaign, defaults={"days": days, "window": window, "changed_at": at}
    )
    journal.record(
        "rotation.set", actor=actor, at=at, subject=rule, reason=reason, area_path=campaign.area_path,
        detail={"days": days, "window": window},
    )  # fmt: skip
    return rule


def _check_numbers(code: str, numbers: Mapping[str, tuple[int, int]], reason: str) -> None:
    wrong = {
        name: _("请填 1 至 %(most)s。") % {"most": max(1, most)}
        for name, (number, most) in numbers.items()
        if not 1 <= number <= most
    }
    if not reason.strip():
        wrong["reason"] = _("请写明理由。")
    if wrong:
        raise Invalid(code, None, wrong)
