"""Days off duty: recorded without a cause, planned dispatches freed of the person, taken back with the person put back."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import User
from duban.teams import policy, queries
from duban.teams.composition import crew_shortage
from duban.teams.models import Absence, Dispatch, Team, TeamKind
from duban.teams.operations.rounds import load_campaign
from duban.teams.states import DispatchState

LONGEST = 60


@transaction.atomic
def record_absence(
    *, actor: Actor, at: datetime, campaign_id: UUID, user_id: UUID, starts_on: date, ends_on: date
) -> Absence:
    """This function will record days on which a member is off duty and take it off the dispatches planned for them.

    A dispatch that would be left without enough inspectors keeps the person and has to be re-manned by a swap:
    `roster.undermanned` lists it. The cause is never asked.

    :raises Invalid: for days in the wrong order or over. :raises Conflict: if days overlap a standing absence.
    """
    campaign = load_campaign(actor, campaign_id)
    user, is_covert = _load_member(actor, campaign, user_id)
    require(policy.can_record_absence(actor, campaign, user_id=user.pk, is_covert=is_covert))
    _check_days(starts_on, ends_on, local_day(at))
    standing = Absence.objects.filter(campaign=campaign, user=user, withdrawn_at=None)
    if standing.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        text = _("这几日已登记缺勤。")
        raise Conflict("absence_overlap", text, {"starts_on": text})
    absence = Absence(campaign=campaign, user=user, starts_on=starts_on, ends_on=ends_on, created_at=at)
    absence.save(force_insert=True)
    freed = [one for one in _planned(user, starts_on, ends_on) if _take_off(actor, at, one, user)]
    absence.taken_off.set(freed)
    _record(actor, at, "absence.recorded", absence, detail={"user": user.pk})
    return absence


@transaction.atomic
def withdraw_absence(*, actor: Actor, at: datetime, absence_id: UUID) -> Absence:
    """This function will take an absence back and put the person on the planned dispatches it was taken off.

    A dispatch that is gone, cancelled or holds the person elsewhere by now stays as it is.
    """
    absence = get_visible(policy.absences_visible_to(actor), absence_id)
    _user, is_covert = _load_member(actor, absence.campaign, absence.user_id)
    require(policy.can_record_absence(actor, absence.campaign, user_id=absence.user_id, is_covert=is_covert))
    if not Absence.objects.filter(pk=absence.pk, withdrawn_at=None).update(withdrawn_at=at):
        raise Conflict("already_withdrawn", _("这条缺勤已经撤销。"))
    for dispatch in absence.taken_off.filter(state=DispatchState.PLANNED, day__gte=local_day(at)):
        if not _planned(absence.user, dispatch.day, dispatch.day).exists():
            dispatch.members.add(absence.user_id)
            _swapped(actor, at, dispatch, out=None, into=absence.user_id)
    _record(actor, at, "absence.withdrawn", absence, detail={"user": absence.user_id})
    return absence


def _load_member(actor: Actor, campaign: Campaign, user_id: UUID) -> tuple[User, bool]:
    """This function will return a present member of a team the actor sees, and whether it works covertly."""
    rows = list(
        policy.members_visible_to(actor).filter(user_id=user_id, team__campaign=campaign, left_on=None)
    )
    if not rows:
        text = _("请选择本专项督导组现有成员。")
        raise Invalid("not_member", text, {"user": text})
    return rows[0].user, any(row.team.kind == TeamKind.COVERT for row in rows)


def _check_days(starts_on: date, ends_on: date, today: date) -> None:
    text = ""
    if ends_on < starts_on:
        text = _("结束日期不能早于开始日期。")
    elif ends_on < today:
        text = _("不能登记已经过去的日期。")
    elif (ends_on - starts_on).days >= LONGEST:
        text = _("一次最多登记 %(limit)s 日；更久的请办理离组。") % {"limit": LONGEST}
    if text:
        raise Invalid("days_invalid", text, {"ends_on": text})


def _planned(user: User, starts_on: date, ends_on: date) -> Iterable[Dispatch]:
    return Dispatch.objects.filter(
        members=user, day__range=(starts_on, ends_on), state=DispatchState.PLANNED
    ).order_by("day")


def _take_off(actor: Actor, at: datetime, dispatch: Dispatch, user: User) -> bool:
    Team.objects.select_for_update().get(pk=dispatch.team_id)
    crew = [one for one in queries.crew_of(dispatch) if one.user_id != user.pk]
    if crew_shortage(crew):
        return False
    dispatch.members.remove(user)
    _swapped(actor, at, dispatch, out=user.pk, into=None)
    return True


def _swapped(actor: Actor, at: datetime, dispatch: Dispatch, *, out: UUID | None, into: UUID | None) -> None:
    journal.record(
        "dispatch.member_swapped", actor=actor, at=at, subject=dispatch, area_path=dispatch.campaign.area_path,
        reason=str(_("缺勤")) if out else str(_("缺勤撤销")), detail={"out": out, "in": into},
    )  # fmt: skip


def _record(actor: Actor, at: datetime, verb: str, absence: Absence, **extra: object) -> None:
    journal.record(
        verb, actor=actor, at=at, subject=absence, label=str(_("缺勤登记")), area_path=absence.campaign.area_path, **extra  # type: ignore[arg-type]
    )  # fmt: skip
