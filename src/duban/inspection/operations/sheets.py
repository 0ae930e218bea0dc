"""A team's daily sheet: handed in before the cut-off, locked at it, late text kept with its true time (S2-24)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaigns_policy
from duban.campaigns.models import Campaign
from duban.inspection import policy, screening
from duban.inspection.models import DailySheet
from duban.inspection.operations.visits import journal_kept
from duban.inspection.states import SHEET_TRANSITIONS, SheetState
from duban.kernel import clock, journal, workflow
from duban.kernel.actor import SYSTEM, Actor
from duban.kernel.errors import Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.notices import operations as notices
from duban.teams import policy as teams_policy
from duban.teams.models import Dispatch, MemberRole, Team, TeamMember
from duban.teams.states import DispatchState

TEXTS = ("typical_problems", "difficulties", "suggestions", "tomorrow")
LONGEST_TEXT = 2000


def cutoff_at(campaign: Campaign, day: date) -> datetime:
    """Return the moment of the campaign's cut-off on `day`."""
    return clock.moment(day, campaign.cutoff)


@transaction.atomic
def submit_daily_sheet(
    *,
    actor: Actor,
    at: datetime,
    team_id: UUID,
    day: date,
    typical_problems: str = "",
    difficulties: str = "",
    suggestions: str = "",
    tomorrow: str = "",
    screening_override: str = "",
) -> DailySheet:
    """This function will hand in the sheet of a team for a day, or amend it before the cut-off.

    After the cut-off the sheet is locked (now, if no worker did it) and the text is kept as late, with its true time,
    for the next edition. The same text a second time changes nothing.
    """
    team = get_visible(teams_policy.teams_visible_to(actor), team_id)
    is_member = TeamMember.objects.filter(team=team, user_id=actor.user_id, left_on=None).exists()
    require(
        policy.can_submit_daily_sheet(
            actor, campaign_id=team.campaign_id, area_path=team.campaign.area_path, is_member=is_member,
            is_covert=team.is_covert,
        )
    )  # fmt: skip
    texts = dict(zip(TEXTS, (typical_problems, difficulties, suggestions, tomorrow), strict=True))
    texts = {name: text.strip() for name, text in texts.items()}
    _check(team.campaign, day, at, texts)
    kept = screening.require_clean(texts, override=screening_override)
    sheet = _sheet(team, day)
    if policy.is_late(at, cutoff_at(team.campaign, day)):
        _lock(SYSTEM, at, sheet)
        sheet = _add_late(actor, at, sheet, texts)
    elif sheet.state == SheetState.OPEN:
        workflow.move(
            sheet, SHEET_TRANSITIONS, "submit", submitted_at=at, submitted_by_label=actor.label[:80], **texts
        )
        journal.record("sheet.submitted", actor=actor, at=at, subject=sheet, label=_label(sheet))
    elif sheet.state == SheetState.SUBMITTED and any(
        getattr(sheet, name) != text for name, text in texts.items()
    ):
        if not DailySheet.objects.filter(pk=sheet.pk, state=SheetState.SUBMITTED).update(
            submitted_at=at, **texts
        ):
            raise WrongState()
        sheet.refresh_from_db()
        journal.record("sheet.amended", actor=actor, at=at, subject=sheet, label=_label(sheet))
    journal_kept(actor, at, sheet, kept, screening_override)
    return sheet


def _check(campaign: Campaign, day: date, at: datetime, texts: dict[str, str]) -> None:
    fields = {
        name: _("最多%(count)s字。") % {"count": LONGEST_TEXT}
        for name, text in texts.items()
        if len(text) > LONGEST_TEXT
    }
    if day > clock.local_day(at):
        fields["day"] = _("不能报送以后日期的日报。")
    elif day < campaign.starts_on:
        fields["day"] = _("日期早于专项监督开始日期。")
    if fields:
        raise Invalid("sheet", _("有%(count)s处要改，内容都还在。") % {"count": len(fields)}, fields)


def _label(sheet: DailySheet) -> str:
    return f"{sheet.team.name} {sheet.day.isoformat()}"


def _sheet(team: Team, day: date) -> DailySheet:
    """Return the sheet of a team and day, made if missing, locked for this transaction."""
    DailySheet.objects.bulk_create(
        [DailySheet(campaign_id=team.campaign_id, team=team, day=day)], ignore_conflicts=True
    )
    return (
        DailySheet.objects.select_for_update(of=("self",))
        .select_related("team", "campaign")
        .get(team=team, day=day)
    )


def _add_late(actor: Actor, at: datetime, sheet: DailySheet, texts: dict[str, str]) -> DailySheet:
    """Keep only what differs from the locked text, once."""
    labels = {
        "typical_problems": _("典型问题"), "difficulties": _("困难和诉求"), "suggestions": _("建议"), "tomorrow": _("明日安排"),
    }  # fmt: skip
    lines = [
        f"{labels[name]}：{text}" for name, text in texts.items() if text and text != getattr(sheet, name)
    ]
    note = "\n".join(lines)
    if not note or note in sheet.late_note:
        return sheet
    stamped = f"{clock.local(at):%m-%d %H:%M} {note}"
    sheet.late_note = f"{sheet.late_note}\n{stamped}".strip()
    sheet.late_at = at
    DailySheet.objects.filter(pk=sheet.pk).update(late_note=sheet.late_note, late_at=at)
    journal.record("sheet.late_text", actor=actor, at=at, subject=sheet, label=_label(sheet))
    return sheet


def _lock(actor: Actor, at: datetime, sheet: DailySheet) -> bool:
    """Lock one sheet unless it is locked already; `as_of` is the cut-off whenever the lock really falls."""
    if sheet.state == SheetState.LOCKED:
        return False
    try:
        workflow.move(
            sheet, SHEET_TRANSITIONS, "lock", locked_at=at, as_of=cutoff_at(sheet.campaign, sheet.day)
        )
    except WrongState:
        return False
    journal.record("sheet.locked", actor=actor, at=at, subject=sheet, label=_label(sheet))
    return True


def teams_sent_out(campaign: Campaign, day: date) -> list[Team]:
    """Return the teams that went out on `day`: each owes a sheet."""
    sent = Dispatch.objects.filter(campaign=campaign, day=day).exclude(state=DispatchState.CANCELLED)
    return list(Team.objects.filter(pk__in=sent.values("team_id")).select_related("campaign"))


@transaction.atomic
def lock_day(*, actor: Actor, at: datetime, campaign_id: UUID, day: date) -> int:
    """This function will lock all team sheets of a day whose cut-off has passed, and return how many it locked.

    Teams that went out without handing in get an empty locked sheet, so that the edition shows them as missing.

    :raises WrongState: before the cut-off.
    """
    campaign = get_visible(campaigns_policy.campaigns_visible_to(actor), campaign_id)
    require(policy.can_lock_sheets(actor, campaign_id=campaign.pk, area_path=campaign.area_path))
    if not policy.is_late(at, cutoff_at(campaign, day)):
        raise WrongState("before_cutoff", _("还没有到截数时刻。"))
    sheets = {sheet.team_id for sheet in DailySheet.objects.filter(campaign=campaign, day=day)}
    teams = {team.pk: team for team in teams_sent_out(campaign, day)}
    teams.update(
        {
            team.pk: team
            for team in Team.objects.filter(pk__in=sheets - teams.keys()).select_related("campaign")
        }
    )
    return sum(_lock(actor, at, _sheet(team, day)) for team in teams.values())


@transaction.atomic
def remind_team(*, at: datetime, team_id: UUID, day: date) -> DailySheet | None:
    """This function will remind a team once per day that its sheet is missing; None if there is nothing to do."""
    team = Team.objects.select_related("campaign").get(pk=team_id)
    sheet = _sheet(team, day)
    if sheet.state != SheetState.OPEN or sheet.reminded_at is not None:
        return None
    if not DailySheet.objects.filter(pk=sheet.pk, state=SheetState.OPEN, reminded_at=None).update(
        reminded_at=at
    ):
        return None
    sheet.reminded_at = at
    text = _("今日日报尚未报送，%(time)s截数后列入次日。") % {"time": team.campaign.cutoff.strftime("%H:%M")}
    readers = TeamMember.objects.filter(
        team=team, left_on=None, role__in=(MemberRole.HEAD, MemberRole.LIAISON)
    )
    for member in readers:
        notices.notify(
            at=at, campaign_id=team.campaign_id, once_key=f"sheet:{team.pk}:{day}:{member.user_id}", kind="sheet_missing",
            text=text, user_id=member.user_id, link=f"/visits/sheets/{team.pk}/{day.isoformat()}/", subject=sheet,
        )  # fmt: skip
    journal.record("sheet.reminded", actor=SYSTEM, at=at, subject=sheet, label=_label(sheet))
    return sheet
