"""The team board: a member or a sector moves from one team to another in one act, with the reason."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import policy
from duban.teams.models import MemberRole, Team, TeamMember
from duban.teams.operations.crews import add_member, end_membership
from duban.territory.models import Unit


@transaction.atomic
def move_member(
    *, actor: Actor, at: datetime, member_id: UUID, to_team_id: UUID, reason: str, role: str = ""
) -> TeamMember:
    """This function will move a member to another team of the campaign; without `role` a leading post is given up.

    :raises Conflict: while the person is on a planned dispatch of the old team, or the new team has a head already.
    """
    member = get_visible(policy.members_visible_to(actor), member_id)
    target = get_visible(
        policy.teams_visible_to(actor).filter(campaign_id=member.team.campaign_id), to_team_id
    )
    require(policy.can_manage_team(actor, member.team))
    require(policy.can_manage_team(actor, target))
    reason = _reason(reason)
    if target.pk == member.team_id:
        raise Conflict("same_team", _("该同志已在本组。"), {"to_team": _("请选择另一个组。")})
    keeps = (MemberRole.LIAISON, MemberRole.EXPERT, MemberRole.RECORDER)
    new_role = role or (member.role if member.role in keeps else MemberRole.MEMBER)
    body_id = member.body_id
    end_membership(actor=actor, at=at, member_id=member.pk, reason=reason)
    return add_member(
        actor=actor, at=at, team_id=target.pk, user_id=member.user_id, role=new_role, body_id=body_id
    )


@transaction.atomic
def move_sector(
    *,
    actor: Actor,
    at: datetime,
    unit_id: UUID,
    from_team_id: UUID | None,
    to_team_id: UUID | None,
    reason: str,
) -> Unit:
    """This function will hand a sector from one team to another; without target it is left to no team.

    :raises Conflict: if somebody was faster and the sector is not where it was shown.
    """
    giver = _team(actor, from_team_id)
    taker = _team(actor, to_team_id)
    if giver is None and taker is None or (giver and taker and giver.pk == taker.pk):
        raise Invalid("no_team", _("请选择另一个组。"), {"to_team": _("请选择另一个组。")})
    reason = _reason(reason)
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or (giver and not giver.sectors.filter(pk=unit_id).exists()):
        raise Conflict("sector_gone", _("该片区已不在原来的组，请看最新分工。"))
    if taker and giver is None and not taker.campaign.scope_units.filter(unit=unit).exists():
        raise Invalid("unknown_unit", _("所选单位不存在或不在您的范围内。"))
    for team, act in ((giver, "remove"), (taker, "add")):
        if team is not None:
            getattr(team.sectors, act)(unit)
            journal.record(
                "team.sector_moved", actor=actor, at=at, subject=team, reason=reason,
                area_path=team.campaign.area_path, detail={"unit": unit.code, "act": act},
            )  # fmt: skip
    return unit


def _team(actor: Actor, team_id: UUID | None) -> Team | None:
    if team_id is None:
        return None
    team = get_visible(policy.teams_visible_to(actor).filter(is_active=True), team_id, lock=True)
    require(policy.can_manage_team(actor, team))
    return team


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})
    return reason.strip()[:200]
