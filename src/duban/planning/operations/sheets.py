"""The day's sheet: composed from the three inputs, approved by another person, pushed to the teams (S2-33)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning import policy
from duban.planning.models import DailyKeyPoints, KeyPoint, KeyPointsReading
from duban.planning.operations.points import take_over
from duban.planning.states import KEY_POINTS_TRANSITIONS, KeyPointsState
from duban.planning.wording import Proposal, of_findings, proposals
from duban.teams.models import TeamMember
from duban.teams.operations.rounds import load_campaign
from duban.teams.policy import teams_visible_to


@transaction.atomic
def compose_key_points(*, actor: Actor, at: datetime, campaign_id: UUID, day: date) -> DailyKeyPoints:
    """This function will draft the sheet of a day from the three inputs; on a draft it adds what came in since.

    :raises WrongState: when the sheet is approved or pushed. :raises Invalid: for a day that is over.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_compose_key_points(actor, campaign))
    if day < local_day(at):
        text = _("不能为已经过去的日期起草要点。")
        raise Invalid("past_day", text, {"day": text})
    sheet = DailyKeyPoints.objects.select_for_update().filter(campaign=campaign, day=day).first()
    verb = "key_points.refreshed"
    if sheet is None:
        sheet = DailyKeyPoints(campaign=campaign, day=day, composed_by_id=actor.user_id, composed_at=at)
        sheet.save(force_insert=True)
        verb = "key_points.composed"
    elif sheet.state != KeyPointsState.DRAFT:
        raise WrongState("not_draft", _("当日要点已批准，补入新来源前须先退回。"))
    take_over(sheet, actor)
    added = _take_in(sheet, proposals(actor, campaign, day, at))
    journal.record(
        verb, actor=actor, at=at, subject=sheet, area_path=campaign.area_path,
        detail={"points": len(added), "added": [point.pk for point in added]},
    )  # fmt: skip
    return sheet


def _take_in(sheet: DailyKeyPoints, found: list[Proposal]) -> list[KeyPoint]:
    """This function will write the proposals that the sheet does not hold yet and return them.

    A point about a category takes in the findings that came since; its sentence follows unless somebody reworded it.
    """
    points = list(sheet.points.all())
    measures = {point.measure_id for point in points if point.measure_id}
    directives = {point.directive_id for point in points if point.directive_id and not point.measure_id}
    by_category = {point.category_id: point for point in points if point.category_id}
    ordinal = max((point.ordinal for point in points), default=0)
    added = []
    for one in found:
        known = by_category.get(one.category.pk) if one.category else None
        if known is not None:
            _take_findings(known, one)
            continue
        if (one.measure and one.measure.pk in measures) or (
            one.directive and not one.measure and one.directive.pk in directives
        ):
            continue
        ordinal += 1
        point = KeyPoint(
            sheet=sheet, ordinal=ordinal, source=one.source, directive=one.directive, measure=one.measure,
            category=one.category, source_note=one.source_note, text=one.text, check_items=one.check_items,
        )  # fmt: skip
        point.save(force_insert=True)
        point.findings.set(one.findings)
        added.append(point)
    return added


def _take_findings(known: KeyPoint, one: Proposal) -> None:
    eve = known.sheet.day - timedelta(days=1)
    held = list(known.findings.select_related("category").order_by("found_at", "id"))
    as_written = held and known.category and of_findings(known.category, held, eve).text == known.text
    known.findings.add(*one.findings)
    if as_written:
        known.text, known.source_note = one.text, one.source_note
        known.save(update_fields=["text", "source_note"])
    if known.merged_into is not None:
        before = set(known.merged_into.findings.values_list("pk", flat=True))
        known.merged_into.findings.add(*one.findings)
        brought = known.merge_brought or {}
        brought["findings"] = sorted(
            {*brought.get("findings", []), *(str(row.pk) for row in one.findings if row.pk not in before)}
        )
        known.merge_brought = brought
        known.save(update_fields=["merge_brought"])


@transaction.atomic
def approve_key_points(*, actor: Actor, at: datetime, sheet_id: UUID) -> DailyKeyPoints:
    """This function will approve the sheet; who composed it may not approve it.

    :raises Invalid: when no point is left on it.
    """
    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id, lock=True)
    require(policy.can_approve_key_points(actor, sheet))
    kept = sheet.points.filter(dropped_reason="").count()
    if not kept:
        raise Invalid("no_points", _("要点为空，至少保留一条再批准。"))
    workflow.move(sheet, KEY_POINTS_TRANSITIONS, "approve", approved_by_id=actor.user_id, approved_at=at)
    _record(actor, at, "key_points.approved", sheet, detail={"points": kept})
    return sheet


@transaction.atomic
def return_key_points(*, actor: Actor, at: datetime, sheet_id: UUID, reason: str) -> DailyKeyPoints:
    """This function will send an approved sheet back to draft, with the reason."""
    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id, lock=True)
    require(policy.can_return_key_points(actor, sheet))
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明退回理由。"), {"reason": _("请写明退回理由。")})
    workflow.move(sheet, KEY_POINTS_TRANSITIONS, "return", approved_by_id=None, approved_at=None)
    _record(actor, at, "key_points.returned", sheet, reason=reason)
    return sheet


@transaction.atomic
def push_key_points(*, actor: Actor, at: datetime, sheet_id: UUID) -> DailyKeyPoints:
    """This function will send the approved sheet to every team and tell each member once."""
    from duban.notices import operations as notices

    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id, lock=True)
    require(policy.can_push_key_points(actor, sheet))
    workflow.move(sheet, KEY_POINTS_TRANSITIONS, "push", pushed_at=at)
    kept = sheet.points.filter(dropped_reason="").count()
    text = _("%(month)s月%(day)s日督导要点已下发，共 %(count)s 条。") % {
        "month": sheet.day.month, "day": sheet.day.day, "count": kept,
    }  # fmt: skip
    members = TeamMember.objects.filter(team__campaign=sheet.campaign, team__is_active=True, left_on=None)
    notices.notify_each(
        at=at, campaign_id=sheet.campaign_id, once_key=f"key_points:{sheet.pk}", kind="key_points", text=text,
        user_ids=sorted(set(members.values_list("user_id", flat=True))), link=f"/key-points/{sheet.pk}/", subject=sheet,
    )  # fmt: skip
    _record(actor, at, "key_points.pushed", sheet, detail={"points": kept})
    return sheet


@transaction.atomic
def read_key_points(*, actor: Actor, at: datetime, sheet_id: UUID, team_id: UUID) -> KeyPointsReading:
    """This function will record when a team first read the pushed sheet; later readings keep the first time."""
    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id)
    team = get_visible(teams_visible_to(actor).filter(campaign_id=sheet.campaign_id), team_id)
    crew = set(team.members.filter(left_on=None).values_list("user_id", flat=True))
    require(policy.can_read_key_points(actor, sheet, crew=crew))
    reading, is_first = KeyPointsReading.objects.get_or_create(
        sheet=sheet, team=team, defaults={"read_at": at}
    )
    if is_first:
        # a covert team is not named in the journal line
        label = str(sheet) if team.is_covert else f"{sheet} · {team}"
        _record(actor, at, "key_points.read", sheet, label=label)
    return reading


def _record(actor: Actor, at: datetime, verb: str, sheet: DailyKeyPoints, **extra: object) -> None:
    journal.record(verb, actor=actor, at=at, subject=sheet, area_path=sheet.campaign.area_path, **extra)  # type: ignore[arg-type]
