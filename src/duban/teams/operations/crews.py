"""Teams and their members: set up, changed, ended; never deleted (S2-8…10, S0-65)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import ScopeGroup
from duban.kernel import journal
from duban.kernel.actor import Actor, Role
from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import User
from duban.teams import policy
from duban.teams.models import Dispatch, MemberRole, Team, TeamKind, TeamMember
from duban.teams.operations.rounds import load_campaign
from duban.teams.states import DispatchState
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to

CAPACITY_LIMIT = 60


@transaction.atomic
def create_team(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    kind: str,
    number: int,
    name: str,
    group: str = "",
    sector_ids: Iterable[UUID] = (),
    partner_ids: Iterable[UUID] = (),
    daily_capacity: int = 8,
) -> Team:
    """This function will set up a team with its sectors and partner bodies.

    :raises Denied: if the office sets up a covert team. :raises Conflict: if the number is taken.
    """
    campaign = load_campaign(actor, campaign_id)
    team = Team(campaign=campaign, kind=kind, number=number, name=name.strip(), group=group)
    require(policy.can_manage_team(actor, team))
    _check_words(team, daily_capacity)
    team.daily_capacity = daily_capacity
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError:
        text = _("已有同类别、同编号的组。")
        raise Conflict("duplicate_team", text, {"number": text}) from None
    team.sectors.set(_units(actor, sector_ids))
    team.partners.set(_units(actor, partner_ids))
    journal.record("team.created", actor=actor, at=at, subject=team, area_path=campaign.area_path)
    return team


@transaction.atomic
def change_team(
    *,
    actor: Actor,
    at: datetime,
    team_id: UUID,
    name: str,
    group: str = "",
    sector_ids: Iterable[UUID] = (),
    partner_ids: Iterable[UUID] = (),
    daily_capacity: int = 8,
) -> Team:
    """This function will change name, portfolio, partners and capacity of a team; what it did stays as it was."""
    team = get_visible(policy.teams_visible_to(actor), team_id, lock=True)
    require(policy.can_manage_team(actor, team))
    team.name, team.group = name.strip(), group
    _check_words(team, daily_capacity)
    team.daily_capacity = daily_capacity
    team.save(update_fields=["name", "group", "daily_capacity"])
    sectors = _units(actor, sector_ids)
    team.sectors.set(sectors)
    team.partners.set(_units(actor, partner_ids))
    detail = {"sectors": [unit.code for unit in sectors], "capacity": daily_capacity}
    journal.record(
        "team.changed", actor=actor, at=at, subject=team, detail=detail, area_path=team.campaign.area_path
    )
    return team


@transaction.atomic
def close_team(*, actor: Actor, at: datetime, team_id: UUID, reason: str) -> Team:
    """This function will dissolve a team and end its memberships; planned dispatches must be cancelled first."""
    team = get_visible(policy.teams_visible_to(actor), team_id, lock=True)
    require(policy.can_manage_team(actor, team))
    _need_reason(reason)
    if not team.is_active:
        raise Conflict("already_closed", _("该组已撤销。"))
    if Dispatch.objects.filter(team=team, state__in=(DispatchState.PLANNED, DispatchState.DEPARTED)).exists():
        raise Conflict("dispatch_open", _("该组还有未返回或未取消的批次，请先处理。"))
    team.is_active = False
    team.save(update_fields=["is_active"])
    team.members.filter(left_on=None).update(left_on=local_day(at))
    journal.record(
        "team.closed", actor=actor, at=at, subject=team, reason=reason, area_path=team.campaign.area_path
    )
    return team


@transaction.atomic
def add_member(
    *, actor: Actor, at: datetime, team_id: UUID, user_id: UUID, role: str, body_id: UUID | None = None
) -> TeamMember:
    """This function will add a person to a team in a role.

    An expert account joins as an expert only: experts advise, they are not inspectors and never handle leads (S2-9).

    :raises Invalid: for an expert in another role. :raises Conflict: for a second head or a second membership.
    """
    team = get_visible(policy.teams_visible_to(actor), team_id, lock=True)
    require(policy.can_manage_team(actor, team))
    if role not in MemberRole.values:
        raise Invalid("unknown_role", _("请选择组内职务。"), {"role": _("请选择组内职务。")})
    if not team.is_active:
        raise Conflict("team_closed", _("该组已撤销。"))
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Invalid("no_user", _("账号不存在或已停用。"), {"user": _("账号不存在或已停用。")})
    if user.is_expert and role != MemberRole.EXPERT:
        text = _("专家账号只能以专家身份入组。")
        raise Invalid("expert_only", text, {"role": text})
    if user.grants.filter(role=Role.UNIT_LIAISON, revoked_at=None).exists():
        text = _("被督导单位联络员不能入组。")
        raise Invalid("supervised_side", text, {"user": text})
    open_ones = team.members.filter(left_on=None)
    if open_ones.filter(user=user).exists():
        raise Conflict("already_member", _("该同志已在本组。"), {"user": _("该同志已在本组。")})
    if role == MemberRole.HEAD and open_ones.filter(role=MemberRole.HEAD).exists():
        text = _("本组已有组长，请先结束原组长任职。")
        raise Conflict("second_head", text, {"role": text})
    member = TeamMember(
        team=team, user=user, role=role, body_id=body_id or user.unit_id, joined_on=local_day(at)
    )
    member.save(force_insert=True)
    journal.record(
        "team.member_added", actor=actor, at=at, subject=team, label=f"{team} · {user} · {member.get_role_display()}",
        area_path=team.campaign.area_path, detail={"user": user.pk, "role": role},
    )  # fmt: skip
    return member


@transaction.atomic
def end_membership(*, actor: Actor, at: datetime, member_id: UUID, reason: str = "") -> TeamMember:
    """This function will end a membership from the day of `at`; the record stays."""
    member = get_visible(policy.members_visible_to(actor), member_id)
    team = get_visible(policy.teams_visible_to(actor), member.team_id, lock=True)
    require(policy.can_manage_team(actor, team))
    if member.left_on is not None:
        raise Conflict("already_left", _("该成员已离组。"))
    planned = Dispatch.objects.filter(team=team, members=member.user_id, state=DispatchState.PLANNED).first()
    if planned is not None:
        text = _("该成员已排入 %(day)s 的批次，请先换人。") % {"day": planned.day.isoformat()}
        raise Conflict("on_dispatch", text)
    member.left_on = max(local_day(at), member.joined_on)
    member.save(update_fields=["left_on"])
    journal.record(
        "team.member_left", actor=actor, at=at, subject=team, label=f"{team} · {member.user}", reason=reason,
        area_path=team.campaign.area_path, detail={"user": member.user_id},
    )  # fmt: skip
    return member


def _units(actor: Actor, unit_ids: Iterable[UUID]) -> list[Unit]:
    wanted = {str(key) for key in unit_ids}
    found = list(units_visible_to(actor).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise Invalid("unknown_unit", _("所选单位不存在或不在您的范围内。"))
    return found


def _check_words(team: Team, daily_capacity: int) -> None:
    wrong = {}
    if team.kind not in TeamKind.values:
        wrong["kind"] = _("请选择组别。")
    if team.group and team.group not in ScopeGroup.values:
        wrong["group"] = _("请选择督导对象。")
    if not team.name:
        wrong["name"] = _("请填写组名。")
    if not 1 <= daily_capacity <= CAPACITY_LIMIT:
        wrong["daily_capacity"] = _("每日点位数须在 1 到 %(limit)s 之间。") % {"limit": CAPACITY_LIMIT}
    if wrong:
        raise Invalid("team_invalid", None, wrong)


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})
