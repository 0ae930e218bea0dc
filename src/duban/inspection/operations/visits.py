"""Opening, handing in, deferring and withdrawing a visit (点位次). Its answers live in answers.py."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.checklists.models import ChecklistVersion
from duban.checklists.states import VersionState
from duban.inspection import policy, replay, screening
from duban.inspection.models import CallOutcome, Entry, Method, Mode, Visit
from duban.inspection.no_notice import declared, missing_points
from duban.inspection.operations.answers import require_complete
from duban.inspection.responsibility import duty_phone_of
from duban.inspection.states import VISIT_TRANSITIONS, FindingState, VisitState
from duban.kernel import clock, counters, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Denied, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import RecusalDeclaration, User
from duban.sites import policy as sites_policy
from duban.sites.models import Site
from duban.teams import policy as teams_policy
from duban.teams.composition import is_inspector
from duban.teams.models import Dispatch, DispatchSite, Round, Team, TeamMember
from duban.teams.states import DispatchState
from duban.territory.models import Unit

MINIMUM_INSPECTORS = 2
ENTRIES_BY_OFFICE = frozenset({Entry.PAPER})
SIGNATURES = ("signed", "refused", "covert", "phone")
UNSIGNED = {Mode.COVERT.value: "covert", Mode.PHONE.value: "phone"}  # nobody is there to sign


@transaction.atomic
def open_visit(
    *,
    actor: Actor,
    at: datetime,
    team_id: UUID,
    mode: str,
    arrived_at: datetime,
    visit_id: UUID | None = None,
    dispatch_site_id: UUID | None = None,
    site_id: UUID | None = None,
    manual_reason: str = "",
    methods: Sequence[str] = (Method.ON_SITE_VISIT,),
    inspector_ids: Sequence[UUID] = (),
    partner_ids: Sequence[UUID] = (),
    purpose: str = "",
    entry: str = Entry.WEB,
    checklist_version_id: UUID | None = None,
    screening_override: str = "",
) -> Visit:
    """This function will open a visit of the team to a site of its dispatch of that day.

    `visit_id` may come from a device: the same id with the same content returns the visit already there. A site
    outside the dispatch needs `manual_reason`. Without `inspector_ids` the persons on the dispatch are taken, without
    `checklist_version_id` the version of the round; a device may have an older version of the same checklist.

    :raises Invalid: bad mode, times, fewer than two inspectors, sealed site, no round on that day.
    :raises Conflict: the id belongs to other content.
    """
    content_digest = replay.digest(
        {
            "team": team_id, "slot": dispatch_site_id, "site": site_id, "mode": mode, "methods": list(methods),
            "arrived_at": arrived_at, "entry": entry, "purpose": purpose, "manual_reason": manual_reason,
            "inspectors": set(inspector_ids),
        }
    )  # fmt: skip
    if earlier := replay.known(policy.visits_visible_to(actor), visit_id, content_digest):
        return earlier
    team = get_visible(teams_policy.teams_visible_to(actor), team_id)
    members = list(TeamMember.objects.filter(team=team).select_related("user").order_by())
    _require_may_open(actor, team, members, entry)
    _check_head(team.campaign, mode, methods, arrived_at, at)
    day = clock.local_day(arrived_at)
    slot, site, dispatch = _place(actor, team, day, dispatch_site_id, site_id, manual_reason)
    inspectors = _inspectors(inspector_ids, members, dispatch)
    _require_not_recused(inspectors, site, team.campaign)
    kept = screening.require_clean(
        {"purpose": purpose, "manual_reason": manual_reason}, override=screening_override
    )
    number = _number_to_call(site) if mode == Mode.PHONE else ""
    round_ = dispatch.round if dispatch else _round_of(team.campaign, day)
    visit = Visit(
        campaign=team.campaign, round=round_, team=team, dispatch=dispatch, dispatch_site=slot, site=site,
        area_path=site.area_path, checklist_version=_version(round_, site, checklist_version_id), mode=mode, methods=list(methods),
        purpose=purpose.strip(), day=day, arrived_at=arrived_at, entered_at=at, entry=entry,
        entered_by_id=actor.user_id, manual_reason=manual_reason.strip() if slot is None else "",
        content_digest=content_digest, call_number=number,
    )  # fmt: skip
    if visit_id:
        visit.pk = visit_id
    try:
        with transaction.atomic():
            visit.number = counters.take(f"visit:{team.campaign_id}")
            visit.save(force_insert=True)
    except IntegrityError:
        # The same device sent it twice at once: the other request was first.
        earlier = replay.known(policy.visits_visible_to(actor), visit_id, content_digest)
        if earlier is None:
            raise Conflict() from None
        return earlier
    visit.inspectors.add(*inspectors)
    if partner_ids:
        visit.partners.add(*Unit.objects.filter(pk__in=partner_ids, is_active=True))
    journal.record(
        "visit.opened", actor=actor, at=at, subject=visit, label=site.name, reason=visit.manual_reason
    )
    journal_kept(actor, at, visit, kept, screening_override)
    return visit


def journal_kept(
    actor: Actor, at: datetime, subject: Any, kept: Sequence[tuple[str, screening.Hit]], reason: str
) -> None:
    """This function will record that suspicious text was kept on purpose, with kinds and places but not the text."""
    if kept:
        places = [{"field": name, "kind": hit.kind, "start": hit.start, "end": hit.end} for name, hit in kept]
        journal.record(
            "text.screening_overridden",
            actor=actor,
            at=at,
            subject=subject,
            reason=reason,
            detail={"places": places},
        )


def _require_may_open(actor: Actor, team: Team, members: Sequence[TeamMember], entry: str) -> None:
    if entry not in Entry.values:
        raise Invalid("unknown_entry", _("录入方式不存在。"))
    is_member = any(one.user_id == actor.user_id for one in members if one.left_on is None)
    require(
        policy.can_open_visit(
            actor,
            campaign_id=team.campaign_id,
            area_path=team.campaign.area_path,
            is_member=is_member,
            is_paper=entry in ENTRIES_BY_OFFICE,
        )
    )


def _check_head(
    campaign: Campaign, mode: str, methods: Sequence[str], arrived_at: datetime, at: datetime
) -> None:
    if campaign.state != CampaignState.RUNNING:
        raise WrongState("campaign_not_running", _("专项监督未在进行中，不能登记检查。"))
    fields: dict[str, str] = {}
    if mode not in Mode.values:
        fields["mode"] = _("请选择检查方式。")
    if not methods or not set(methods) <= set(Method.values):
        fields["methods"] = _("请至少选择一种检查方法。")
    if mode == Mode.PHONE and Method.PHONE not in methods:
        fields["methods"] = _("电话抽查的方法须含“电话抽查”。")
    if arrived_at > at:
        fields["arrived_at"] = _("到达时间不能晚于现在。")
    elif clock.local_day(arrived_at) < campaign.starts_on:
        fields["arrived_at"] = _("到达时间早于专项监督开始日期。")
    if fields:
        raise Invalid("visit_head", _("检查记录有%(count)s处要改。") % {"count": len(fields)}, fields)


def _number_to_call(site: Site) -> str:
    """Return the duty phone. A private number is never called, so without one there is no telephone check (S4-13)."""
    if number := duty_phone_of(site):
        return number
    message = _("%(site)s没有登记值班电话，先登记再电话抽查，不拨打个人号码。") % {"site": site}
    raise Invalid("no_duty_phone", message, {"mode": message})


def _place(
    actor: Actor, team: Team, day: Any, slot_id: UUID | None, site_id: UUID | None, manual_reason: str
) -> tuple[DispatchSite | None, Site, Dispatch | None]:
    """Return (place in the dispatch, site, dispatch of the day); a site outside the dispatch needs a reason."""
    dispatch = (
        Dispatch.objects.filter(team=team, day=day)
        .exclude(state=DispatchState.CANCELLED)
        .select_related("round")
        .first()
    )
    slots = DispatchSite.objects.select_related("site__site_type").order_by()
    slot = None
    if slot_id is not None:
        slot = slots.filter(pk=slot_id, dispatch__team=team).first()
        if slot is None or dispatch is None or slot.dispatch_id != dispatch.pk:
            message = _("这个点位不在本组当日派出安排内，请核对日期，或写明理由后人工增加。")
            raise Invalid("not_in_dispatch", message, {"site": message})
    elif site_id is not None and dispatch is not None:
        slot = slots.filter(site_id=site_id, dispatch=dispatch).first()
    if slot is not None:
        if slot.is_sealed and slot.revealed_at is None:
            raise Invalid("site_sealed", _("点位尚未启封，请先在今日安排中启封。"))
        if slot.merged_into_id is not None:
            message = _("这个点位已并入别组一并查看；要自己去，请先撤销并组。")
            raise Invalid("place_merged", message, {"site": message})
        return slot, slot.site, dispatch
    if site_id is None:
        raise Invalid("no_site", _("请选择点位。"), {"site": _("请选择点位。")})
    site = get_visible(sites_policy.sites_visible_to(actor).select_related("site_type"), site_id)
    if not site.is_active or not site.area_path.startswith(team.campaign.area_path):
        raise Invalid(
            "site_out_of_scope", _("点位已停用或不在专项监督范围内。"), {"site": _("请换一个点位。")}
        )
    if len(manual_reason.strip()) < 4:
        message = _("这个点位不在本组当日派出安排内，请写明增加的理由（至少4个字）。")
        raise Invalid("not_in_dispatch", message, {"manual_reason": message})
    return None, site, dispatch


def _inspectors(
    wanted: Sequence[UUID], members: Sequence[TeamMember], dispatch: Dispatch | None
) -> list[User]:
    """Return the inspectors of the visit: at least two, all of the team or on its dispatch; experts do not count."""
    team_users = {one.user_id: one for one in members}
    sent = {user.pk: user for user in dispatch.members.all()} if dispatch else {}
    if wanted:
        users = [
            sent.get(pk) or (team_users[pk].user if pk in team_users else None)
            for pk in dict.fromkeys(wanted)
        ]
        if None in users:
            message = _("检查人员须是本组成员或当日派出人员。")
            raise Invalid("not_team_member", message, {"inspectors": message})
    else:
        users = list(sent.values()) or [one.user for one in members if one.left_on is None]
    roles = {pk: one.role for pk, one in team_users.items()}
    counted = [one for one in users if one and is_inspector(roles.get(one.pk, ""), one.is_expert)]
    if len(counted) < MINIMUM_INSPECTORS:
        message = _("检查人员不少于%(count)s人，专家不计。") % {"count": MINIMUM_INSPECTORS}
        raise Invalid("too_few_inspectors", message, {"inspectors": message})
    return [one for one in users if one]


def _require_not_recused(inspectors: Sequence[User], site: Site, campaign: Campaign) -> None:
    units = [pk for pk in (site.territory_unit_id, site.department_unit_id, site.operator_unit_id) if pk]
    if RecusalDeclaration.objects.filter(
        campaign_id=campaign.pk, user__in=inspectors, superseded_at=None, units__in=units
    ).exists():
        raise Denied("recused", _("检查人员中有人已申报回避该单位，请调整人员。"))


def _round_of(campaign: Campaign, day: Any) -> Round:
    found = (
        Round.objects.filter(campaign=campaign, starts_on__lte=day, ends_on__gte=day)
        .order_by("-number")
        .first()
    )
    if found is None:
        raise Invalid(
            "no_round", _("到达当日没有进行中的轮次，请联系专班。"), {"arrived_at": _("当日没有轮次。")}
        )
    return found


def _version(round_: Round, site: Site, version_id: UUID | None) -> ChecklistVersion | None:
    """Return the version the visit answers: the one the device had, if it is of the site's checklist."""
    if version_id is None:
        return version_for(round_, site)
    rows = ChecklistVersion.objects.exclude(state=VersionState.DRAFT).defer("questions", "warnings")
    found = rows.filter(
        pk=version_id,
        checklist__campaign_id=round_.campaign_id,
        checklist__code=site.site_type.default_checklist,
    ).first()
    if found is None:
        message = _("这张检查表不适用于所选点位，请换成该类点位的检查表。")
        raise Invalid("other_checklist", message, {"site": message})
    return found


def version_for(round_: Round, site: Site) -> ChecklistVersion | None:
    """Return the checklist version for a site: pinned by the round, else the newest published one."""
    code = site.site_type.default_checklist
    if not code:
        return None
    # Which version it is, is all that is asked here: the questions themselves are long.
    versions = (
        ChecklistVersion.objects.filter(checklist__code=code)
        .order_by("-number")
        .defer("questions", "warnings")
    )
    return (
        versions.filter(rounds=round_).first()
        or versions.filter(checklist__campaign_id=round_.campaign_id, state=VersionState.PUBLISHED).first()
    )


@transaction.atomic
def submit_visit(
    *,
    actor: Actor,
    at: datetime,
    visit_id: UUID,
    left_at: datetime,
    self_statement: str,
    signature: str,
    no_notice: Mapping[str, bool] | None = None,
    unit_opinion: str = "",
    accompanied_count: int = 0,
    accompanied_post: str = "",
    call_outcome: str = "",
    call_post: str = "",
    awaited: Collection[str] = (),
    screening_override: str = "",
) -> Visit:
    """This function will hand in the visit: checklist complete, must-ask asked, closing self-statement, signature.

    `awaited` names questions whose photo a device has announced and not sent yet.

    A telephone check says what came of the call; one nobody answered has no checklist to fill in.

    `no_notice` declares each of the six points of 四不两直 (kept or not) when the mode is unannounced. A visit
    already handed in with the same closing is returned as it is.

    :raises Invalid: with one message per field or question.
    """
    visit = get_visible(policy.visits_visible_to(actor), visit_id, lock=True)
    require(policy.can_close_visit(actor, visit))
    if visit.state == VisitState.SUBMITTED and visit.left_at == left_at and visit.signature == signature:
        return visit
    fields = _closing_faults(visit, at, left_at, self_statement, signature, no_notice or {})
    fields |= _call_faults(visit, call_outcome, call_post)
    if fields:
        raise Invalid(
            "visit_closing", _("提交前还有%(count)s处要改，内容都在。") % {"count": len(fields)}, fields
        )
    texts = {
        "unit_opinion": unit_opinion,
        "self_statement": self_statement,
        "accompanied_post": accompanied_post,
        "call_post": call_post,
    }
    kept = screening.require_clean(texts, override=screening_override)
    if visit.checklist_version_id and call_outcome in ("", CallOutcome.ANSWERED):
        require_complete(visit, awaited)
    workflow.move(
        visit,
        VISIT_TRANSITIONS,
        "submit",
        left_at=left_at,
        self_statement=self_statement.strip(),
        signature=signature,
        no_notice_points=declared(no_notice or {}),
        unit_opinion=unit_opinion.strip(),
        accompanied_count=accompanied_count,
        accompanied_post=accompanied_post.strip(),
        call_outcome=call_outcome,
        call_post=call_post.strip(),
        submitted_at=at,
    )
    journal.record("visit.submitted", actor=actor, at=at, subject=visit)
    journal_kept(actor, at, visit, kept, screening_override)
    return visit


def _call_faults(visit: Visit, outcome: str, post: str) -> dict[str, str]:
    if visit.mode != Mode.PHONE:
        return {"call_outcome": _("只有电话抽查才填通话结果。")} if outcome or post else {}
    if outcome not in CallOutcome.values:
        return {"call_outcome": _("请选通话结果。")}
    if (outcome == CallOutcome.ANSWERED) != bool(post.strip()):
        return {"call_post": _("已接听的填接听岗位，未接听的不填。")}
    return {}


def _closing_faults(
    visit: Visit, at: datetime, left_at: datetime, statement: str, signature: str, points: Mapping[str, bool]
) -> dict[str, str]:
    fields: dict[str, str] = {}
    if left_at < visit.arrived_at:
        fields["left_at"] = _("离开时间须晚于到达时间%(time)s。") % {
            "time": clock.local(visit.arrived_at).strftime("%H:%M")
        }
    elif left_at > at:
        fields["left_at"] = _("离开时间不能晚于现在。")
    if not statement.strip():
        fields["self_statement"] = _("请填写检查人员自律声明。")
    if signature not in SIGNATURES:
        fields["signature"] = _("请选择签字情况：已签字、拒签，或暗访未签。")
    elif signature != UNSIGNED.get(visit.mode, signature) or (
        visit.mode not in UNSIGNED and signature in UNSIGNED.values()
    ):
        fields["signature"] = _("暗访、电话抽查记为未签，其他方式须陪同岗位签字或注明拒签。")
    if visit.mode == Mode.UNANNOUNCED and missing_points(points):
        fields["no_notice"] = _("四不两直六点须逐项声明。")
    return fields


@transaction.atomic
def defer_visit(*, actor: Actor, at: datetime, visit_id: UUID, reason: str) -> Visit:
    """This function will record that the unit asked to be visited another time because of an emergency (S4-10).

    The visit ends here and is not counted; the site stays in the plan.
    """
    return _end(actor, at, visit_id, reason, verb="visit.deferred", deferred_at=at)


@transaction.atomic
def withdraw_visit(*, actor: Actor, at: datetime, visit_id: UUID, reason: str) -> Visit:
    """This function will withdraw a visit entered by mistake; one with findings that still stand cannot be withdrawn."""
    return _end(actor, at, visit_id, reason, verb="visit.withdrawn")


def _end(actor: Actor, at: datetime, visit_id: UUID, reason: str, *, verb: str, **changes: Any) -> Visit:
    visit = get_visible(policy.visits_visible_to(actor), visit_id, lock=True)
    require(policy.can_close_visit(actor, visit))
    if len(reason.strip()) < 2:
        raise Invalid("no_reason", _("请写明理由。"), {"reason": _("请写明理由。")})
    if visit.findings.exclude(state=FindingState.WITHDRAWN).exists():
        raise WrongState("visit_has_findings", _("检查记录下还有问题，须先撤销问题。"))
    workflow.move(visit, VISIT_TRANSITIONS, "withdraw", **changes)
    journal.record(verb, actor=actor, at=at, subject=visit, reason=reason)
    return visit
