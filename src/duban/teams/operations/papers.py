"""Papers of this area as official documents: the dispatch sheet, the liaison table and the table of teams."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.documents import operations as documents
from duban.documents.models import OfficialDocument
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require
from duban.teams import policy, queries
from duban.teams.models import Dispatch, MemberRole, Team, TeamKind
from duban.teams.operations.rounds import load_campaign
from duban.teams.states import DispatchState

SERIES = ("dispatch", "派出单", "督派〔{year}〕{serial}号")


@in_office_language
@transaction.atomic
def issue_dispatch_sheet(*, actor: Actor, at: datetime, dispatch_id: UUID) -> OfficialDocument:
    """This function will issue the sheet of an open dispatch under the next number; sealed places keep no name.

    :raises Invalid: for a covert dispatch (it leaves no paper before it is opened) or an empty one.
    """
    dispatch = get_visible(policy.dispatches_visible_to(actor), dispatch_id)
    require(policy.can_plan_dispatch(actor, dispatch.team))
    if dispatch.team.is_covert:
        raise Invalid("covert_paper", _("暗访不开具派出单。"))
    slots = queries.slots_of(dispatch)
    if dispatch.state == DispatchState.CANCELLED or not slots:
        raise Invalid("nothing_to_issue", _("本批次没有点位或已取消，不开具派出单。"))
    code, title, pattern = SERIES
    series = documents.open_series(
        actor=actor, at=at, body_id=dispatch.campaign.body_id, campaign_id=dispatch.campaign_id, code=code, title=title,
        pattern=pattern,
    )  # fmt: skip
    number = documents.reserve_number(actor=actor, at=at, series=series)
    name = _("%(team)s派出单（%(day)s）") % {"team": dispatch.team.name, "day": dispatch.day.isoformat()}
    return documents.issue_document(
        actor=actor, at=at, campaign=dispatch.campaign, kind="dispatch_sheet", title=name,
        record=_sheet_record(actor, at, dispatch, slots, number.text), subject=dispatch, number=number,
        area_path=dispatch.campaign.area_path,
    )  # fmt: skip


def _sheet_record(
    actor: Actor, at: datetime, dispatch: Dispatch, slots: list[queries.Slot], number: str
) -> dict[str, Any]:
    sealed = _("未启封")
    sites = [
        {"unit": slot.site.territory_unit.name, "site": slot.site.name}
        if slot.site
        else {"unit": "—", "site": sealed}
        for slot in slots
    ]
    return {
        "number": number,
        "issuer": dispatch.campaign.body.name,
        "issued_at": f"{clock.local(dispatch.departed_at or at):%Y-%m-%d %H:%M}",
        "team": dispatch.team.name,
        "round": str(dispatch.round),
        "mode": _("不发通知、不打招呼") if any(slot.is_sealed for slot in slots) else _("明察"),
        "capacity": _("监督检查"),
        "members": [str(one.user) for one in queries.crew_of(dispatch)],
        "approved_by": actor.label,
        "sites": sites,
    }


@in_office_language
@transaction.atomic
def issue_liaison_table(*, actor: Actor, at: datetime, campaign_id: UUID, day: date) -> OfficialDocument:
    """This function will issue the liaison table of a day as the annex of a notice; areas without a leader are named.

    :raises Invalid: when the table is empty.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_manage_liaison(actor, campaign))
    rows = list(queries.liaisons_on(campaign, day))
    if not rows:
        raise Invalid("nothing_to_issue", _("当日没有联系监督分工。"))
    title = _("领导联系监督分工表")
    record = {
        "title": title,
        "issuer": campaign.body.name,
        "date": day.isoformat(),
        "annex_label": _("附件"),
        "liaisons": [
            {
                "leader_post": row.leader_title,
                "areas": "、".join(unit.name for unit in row.areas.all()),
                "department": row.supporting_department.name,
            }
            for row in rows
        ],
    }
    if missing := queries.liaison_coverage(campaign, day).missing:
        record["gaps"] = [unit.name for unit in missing]
    return documents.issue_document(
        actor=actor, at=at, campaign=campaign, kind="liaison_table", title=title, record=record, subject=rows[0],
        area_path=campaign.area_path,
    )  # fmt: skip


@in_office_language
@transaction.atomic
def issue_team_table(*, actor: Actor, at: datetime, campaign_id: UUID) -> OfficialDocument:
    """This function will issue the table of the open teams by posts; covert teams stand in no table.

    :raises Invalid: when there is no open team.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_manage_liaison(actor, campaign))
    teams = list(
        Team.objects.filter(campaign=campaign, is_active=True)
        .exclude(kind=TeamKind.COVERT)
        .prefetch_related("sectors")
    )
    if not teams:
        raise Invalid("nothing_to_issue", _("还没有督导组。"))
    title = _("督导组分工表")
    record = {
        "title": f"{campaign.title}{title}", "issuer": campaign.body.name, "date": clock.local_day(at).isoformat(),
        "annex_label": _("附件"), "teams": [_team_row(team) for team in teams],
    }  # fmt: skip
    return documents.issue_document(
        actor=actor, at=at, campaign=campaign, kind="team_table", title=title, record=record, subject=campaign,
        area_path=campaign.area_path,
    )  # fmt: skip


def _team_row(team: Team) -> dict[str, Any]:
    members = queries.open_members(team)
    by_role = {role: [str(one.user) for one in members if one.role == role] for role in MemberRole.values}
    others = [str(one.user) for one in members if one.role not in (MemberRole.HEAD, MemberRole.LIAISON)]
    return {
        "team": team.name,
        "head": "、".join(by_role[MemberRole.HEAD]) or "—",
        "members": "、".join(others),
        "liaison": "、".join(by_role[MemberRole.LIAISON]),
        "units": "、".join(unit.label for unit in team.sectors.all()) or "—",
    }
