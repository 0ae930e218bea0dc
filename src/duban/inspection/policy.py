"""Who may see and do what with visits, findings, evidence, support requests and daily sheets.

`*_visible_to` marks each row with `is_own_team`; the pure `can_*` read the mark, so that a policy never queries.
A covert team's visits are its own and the head's; the office sees them once handed in, others never (S2-11, §2.9).
"""

from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from duban.inspection.models import (
    DailySheet,
    Evidence,
    Finding,
    Phase,
    Submission,
    SupportRequest,
    Visit,
)
from duban.inspection.states import FindingState, VisitState
from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING, area_condition, once_per_actor
from duban.teams.models import Team, TeamKind

AREA_ROLES = CASE_ROLES - OFFICE_ROLES
CREW = frozenset({*FIELD_ROLES, Role.EXPERT})
NOT_KNOWN_YET = (FindingState.REGISTERED, FindingState.RETURNED)
# Kept out on purpose: what has not been ordered yet is not the unit's to read.
WITH_THE_UNIT = (
    FindingState.ORDERED, FindingState.RECTIFYING, FindingState.FED_BACK, FindingState.WRITTEN_OFF, FindingState.DISPUTED,
)  # fmt: skip
# A set of ids instead of a join: the list stays one table, so that its index gives the order.
COVERT = Q(team_id__in=Team.objects.filter(kind=TeamKind.COVERT).order_by().values("pk"))
NEVER = ExpressionWrapper(Value(False), output_field=BooleanField())


def own_team_ids(actor: Actor) -> frozenset[UUID]:
    """Return the teams of an actor who holds a field or expert role (known to the actor, no query)."""
    return actor.team_ids if actor.has_role(CREW) else frozenset()


def _of_own_teams(actor: Actor, field: str = "team_id") -> Q:
    """Return the condition “belongs to one of the actor's teams”; literal ids, so that an index serves it."""
    teams = own_team_ids(actor)
    return Q(**{f"{field}__in": teams}) if teams else NOTHING


def _is_own_team(actor: Actor) -> ExpressionWrapper:
    teams = own_team_ids(actor)
    return ExpressionWrapper(Q(team_id__in=teams), output_field=BooleanField()) if teams else NEVER


def _not_recused(rows: QuerySet, actor: Actor, *fields: str) -> QuerySet:
    """Return `rows` without those that concern a unit the actor declared to stay away from (G-23)."""
    for field in fields if actor.recused_unit_ids else ():
        rows = rows.exclude(**{f"{field}__in": actor.recused_unit_ids})
    return rows


@once_per_actor
def visits_visible_to(actor: Actor) -> QuerySet[Visit]:
    """Return the visits the actor may read, each marked `is_own_team`."""
    rows = Visit.objects.annotate(is_own_team=_is_own_team(actor))
    if actor.is_system:
        return rows
    if actor.kind is not Kind.USER:
        return rows.none()
    condition = area_condition(actor, {Role.CAMPAIGN_HEAD})
    condition |= area_condition(actor, {Role.OFFICE}) & ~(COVERT & Q(state=VisitState.OPEN))
    condition |= area_condition(actor, AREA_ROLES) & ~COVERT
    condition |= _of_own_teams(actor)
    rows = rows.filter(condition)
    return _not_recused(
        rows, actor, "site__territory_unit_id", "site__department_unit_id", "site__operator_unit_id"
    )


@once_per_actor
def findings_visible_to(actor: Actor) -> QuerySet[Finding]:
    """Return the findings the actor may read, each marked `is_own_team`.

    A unit reads what was ordered of it; a signed link reads the findings of its one order.
    """
    rows = Finding.objects.annotate(is_own_team=_is_own_team(actor))
    if actor.is_system:
        return rows
    if actor.kind is Kind.UNIT_LINK:
        # `order_items` is rectification's side of the relation; the link itself belongs to that app.
        return rows.filter(pk__in=Finding.objects.filter(order_items__order_id=actor.order_id).values("pk"))
    if actor.kind is not Kind.USER:
        return rows.none()
    condition = area_condition(actor, OFFICE_ROLES)
    condition |= area_condition(actor, AREA_ROLES) & ~(COVERT & Q(state__in=NOT_KNOWN_YET))
    condition |= _of_own_teams(actor)
    units = area_condition(actor, {Role.UNIT_LIAISON}, path_field="unit_path")
    if units != NOTHING:
        ordered = Finding.objects.filter(units, order_items__order__issued_at__isnull=False)
        condition |= Q(state__in=WITH_THE_UNIT) & units & Q(pk__in=ordered.values("pk"))
    return _not_recused(rows.filter(condition), actor, "unit_id", "territory_unit_id", "department_unit_id")


def evidence_visible_to(actor: Actor) -> QuerySet[Evidence]:
    """Return the photos and files of the findings and visits the actor may read."""
    rows = Evidence.objects.all()
    if actor.is_system:
        return rows
    of_findings = Q(finding_id__in=findings_visible_to(actor).values("pk"))
    return rows.filter(of_findings | Q(finding=None, visit_id__in=visits_visible_to(actor).values("pk")))


def submissions_visible_to(actor: Actor) -> QuerySet[Submission]:
    """Return the records phones sent: one's own, and those of the office's area (a covert team's once they are visits)."""
    rows = Submission.objects.select_related("device", "user", "checklist_version__checklist")
    if actor.is_system:
        return rows
    condition = area_condition(actor, OFFICE_ROLES)
    if actor.kind is Kind.USER:
        condition |= Q(user_id=actor.user_id)
    of_visits = Q(visit=None) | Q(visit__in=visits_visible_to(actor).order_by().values("pk"))
    return rows.filter(condition).filter(of_visits)


def can_decide_submission(actor: Actor, row: Submission) -> Decision:
    """Test whether the actor may enter or leave out a held record: the office, not the sender."""
    if not (actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=row.campaign_id, path=row.area_path)):
        return deny("not_office", _("由专班办理。"))
    if actor.user_id == row.user_id:
        return deny("own_submission", _("本人提交的记录由他人处理。"))
    return ALLOW


def can_merge_visits(actor: Actor, visit: Visit) -> Decision:
    """Test whether the actor may put two records of one look together: the office, or the team's own head."""
    is_own = bool(getattr(visit, "is_own_team", False))
    if is_own and actor.has_role({Role.TEAM_HEAD}, campaign_id=visit.campaign_id):
        return ALLOW
    return ALLOW if _is_office(actor, visit) else deny("not_office", _("合并由组长或专班办理。"))


def support_requests_visible_to(actor: Actor) -> QuerySet[SupportRequest]:
    """Return the support requests of the actor's area; headquarters reads all of its area."""
    rows = SupportRequest.objects.all()
    if actor.is_system:
        return rows
    condition = area_condition(actor, {Role.HEADQUARTERS, *CASE_ROLES})
    condition |= _of_own_teams(actor, "visit__team_id")
    return rows.filter(condition)


@once_per_actor
def sheets_visible_to(actor: Actor) -> QuerySet[DailySheet]:
    """Return the daily sheets the actor may read, each marked `is_own_team`; covert teams' only for the head and them."""
    rows = DailySheet.objects.annotate(is_own_team=_is_own_team(actor))
    if actor.is_system:
        return rows
    place = {"path_field": "campaign__area_path"}
    condition = area_condition(actor, {Role.CAMPAIGN_HEAD}, **place)
    condition |= area_condition(actor, {Role.OFFICE, Role.LEADER}, **place) & ~COVERT
    condition |= _of_own_teams(actor)
    return rows.filter(condition)


def _is_office(actor: Actor, row: Visit | Finding | SupportRequest) -> bool:
    return actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=row.campaign_id, path=row.area_path)


def _is_crew(actor: Actor, row: Visit | Finding | DailySheet) -> bool:
    is_own = getattr(row, "is_own_team", False)
    return bool(is_own) and actor.has_role(FIELD_ROLES, campaign_id=row.campaign_id)


def can_open_visit(
    actor: Actor, *, campaign_id: object, area_path: str, is_member: bool, is_paper: bool
) -> Decision:
    """Test whether the actor may record a visit: a field member of the team; from paper the office too."""
    if is_member and actor.has_role(FIELD_ROLES, campaign_id=campaign_id):  # type: ignore[arg-type]
        return ALLOW
    if is_paper and actor.has_role(OFFICE_ROLES, campaign_id=campaign_id, path=area_path):  # type: ignore[arg-type]
        return ALLOW
    return deny("not_team_member", _("只有本组督导人员可以登记检查；纸质记录可由专班代录。"))


def can_answer_visit(actor: Actor, visit: Visit) -> Decision:
    """Test whether the actor may fill in the checklist: the team incl. its experts, or the office (paper)."""
    is_own = bool(getattr(visit, "is_own_team", False))
    if is_own and actor.has_role(CREW, campaign_id=visit.campaign_id):
        return ALLOW
    return can_close_visit(actor, visit)


def can_close_visit(actor: Actor, visit: Visit) -> Decision:
    """Test whether the actor may hand in, defer or withdraw the visit."""
    if _is_crew(actor, visit) or _is_office(actor, visit):
        return ALLOW
    return deny("not_team_member", _("只有本组督导人员或专班可以办理。"))


def can_register_finding(actor: Actor, visit: Visit) -> Decision:
    """Test whether the actor may register a finding on the visit."""
    if visit.state == VisitState.WITHDRAWN:
        return deny("visit_withdrawn", _("检查记录已撤销，不能再登记问题。"))
    return can_close_visit(actor, visit)


def can_return_finding(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may send a registered finding back for completion."""
    return ALLOW if _is_office(actor, finding) else deny("not_office", _("退回补充由专班办理。"))


def can_resubmit_finding(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may complete and resubmit a returned finding."""
    return ALLOW if _is_crew(actor, finding) else deny("not_team_member", _("由发现问题的督导组补充。"))


def can_confirm_finding(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may confirm a finding: the office, but not one's own finding."""
    if not _is_office(actor, finding):
        return deny("not_office", _("确认由专班办理。"))
    if actor.user_id == finding.found_by_id:
        return deny("own_finding", _("本人登记的问题由专班其他岗位确认。"))
    return ALLOW


def can_confirm_for_order_on_spot(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may confirm at the site because an order follows at once: the own team's head (S2-15)."""
    is_own = bool(getattr(finding, "is_own_team", False))
    if is_own and actor.has_role({Role.TEAM_HEAD}, campaign_id=finding.campaign_id):
        return ALLOW
    return can_confirm_finding(actor, finding)


def can_verify_on_spot(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may verify an on-the-spot correction: the office or another team, never the finder."""
    if actor.user_id == finding.found_by_id:
        return deny("own_finding", _("现场整改由发现人以外的人员核验。"))
    if _is_office(actor, finding):
        return ALLOW
    if actor.has_role(FIELD_ROLES, campaign_id=finding.campaign_id, path=finding.area_path):
        if getattr(finding, "is_own_team", False):
            return deny("own_team", _("现场整改由专班或其他督导组核验。"))
        return ALLOW
    return deny("not_verifier", _("现场整改由专班或其他督导组核验。"))


def can_withdraw_finding(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may withdraw a finding: the office; the own team as long as it is not confirmed."""
    if _is_office(actor, finding):
        return ALLOW
    if _is_crew(actor, finding) and finding.state in NOT_KNOWN_YET:
        return ALLOW
    return deny("not_office", _("确认后的问题由专班撤销。"))


def can_transfer_finding(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may hand the matter over by number and status: the campaign head."""
    if actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=finding.campaign_id, path=finding.area_path):
        return ALLOW
    return deny("not_head", _("移送由专班组长决定。"))


def can_tell_unit(actor: Actor, finding: Finding) -> Decision:
    """Test whether the actor may record that the unit was told."""
    return can_close_visit(actor, finding)  # type: ignore[arg-type]


def can_attach_evidence(actor: Actor, row: Visit | Finding, phase: str) -> Decision:
    """Test whether the actor may add a photo: the team, the office; the unit its own after-photos while it rectifies."""
    if _is_crew(actor, row) or _is_office(actor, row):
        return ALLOW
    if isinstance(row, Finding) and phase in (Phase.AFTER, Phase.RECORD) and row.state in WITH_THE_UNIT:
        if actor.kind is Kind.UNIT_LINK:
            return ALLOW
        if actor.has_role({Role.UNIT_LIAISON}, campaign_id=row.campaign_id, path=row.unit_path):
            return ALLOW
    if isinstance(row, Finding) and actor.has_role(
        FIELD_ROLES, campaign_id=row.campaign_id, path=row.area_path
    ):
        return ALLOW
    return deny("not_team_member", _("您的岗位不能为这一项添加照片。"))


def can_raise_support_request(actor: Actor, row: Visit | Finding) -> Decision:
    """Test whether the actor may ask headquarters for support on a visit or finding."""
    return can_close_visit(actor, row)  # type: ignore[arg-type]


def can_answer_support_request(actor: Actor, request: SupportRequest) -> Decision:
    """Test whether the actor may answer a support request: headquarters or the office."""
    if actor.has_role({Role.HEADQUARTERS}, campaign_id=request.campaign_id, path=request.area_path):
        return ALLOW
    return (
        ALLOW if _is_office(actor, request) else deny("not_headquarters", _("协调请求由指挥部或专班答复。"))
    )


def can_submit_daily_sheet(
    actor: Actor, *, campaign_id: object, area_path: str, is_member: bool, is_covert: bool = False
) -> Decision:
    """Test whether the actor may hand in the team's daily sheet: a field member, or who runs the team."""
    if is_member and actor.has_role(FIELD_ROLES, campaign_id=campaign_id):  # type: ignore[arg-type]
        return ALLOW
    runners = {Role.CAMPAIGN_HEAD} if is_covert else OFFICE_ROLES
    if actor.has_role(runners, campaign_id=campaign_id, path=area_path):  # type: ignore[arg-type]
        return ALLOW
    return deny("not_team_member", _("日报由本组人员报送。"))


def can_issue_daily_sheet(actor: Actor, sheet: DailySheet) -> Decision:
    """Test whether the actor may make a document of a team's sheet: the office or the team itself, never a covert one."""
    if sheet.team.is_covert:
        return deny("covert_paper", _("暗访组的日报不出文。"))
    if (
        actor.is_system
        or actor.has_role(OFFICE_ROLES, campaign_id=sheet.campaign_id)
        or _is_crew(actor, sheet)
    ):
        return ALLOW
    return deny("not_team_member", _("日报由本组人员报送。"))


def can_lock_sheets(actor: Actor, *, campaign_id: object, area_path: str) -> Decision:
    """Test whether the actor may lock the sheets of a day that is over: the system or the office."""
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=campaign_id, path=area_path):  # type: ignore[arg-type]
        return ALLOW
    return deny("not_office")


def can_read_register(actor: Actor, campaign_id: object) -> Decision:
    """Test whether the actor may open the register of findings at all."""
    if actor.has_role({*CASE_ROLES, *CREW, Role.UNIT_LIAISON}, campaign_id=campaign_id):  # type: ignore[arg-type]
        return ALLOW
    return deny("not_case_role")


def can_read_handling(actor: Actor, campaign_id: object) -> Decision:
    """Test whether the actor reads how a finding was handled inside: who found it, rules, history. A unit does not."""
    if actor.is_system or actor.has_role({*CASE_ROLES, *CREW}, campaign_id=campaign_id):  # type: ignore[arg-type]
        return ALLOW
    return deny("supervised_side")


def can_read_visits(actor: Actor, campaign_id: object) -> Decision:
    """Test whether the actor may open the list of visits."""
    return can_read_handling(actor, campaign_id)


def can_read_sheets(actor: Actor, campaign_id: object) -> Decision:
    """Test whether the actor may open the overview of daily sheets: teams, office, leaders."""
    roles = {*FIELD_ROLES, *OFFICE_ROLES, Role.LEADER}
    return ALLOW if actor.has_role(roles, campaign_id=campaign_id) else deny("not_staff")  # type: ignore[arg-type]


def can_read_support(actor: Actor, campaign_id: object) -> Decision:
    """Test whether the actor may open the list of support requests."""
    roles = {Role.HEADQUARTERS, *CASE_ROLES, *FIELD_ROLES}
    return ALLOW if actor.has_role(roles, campaign_id=campaign_id) else deny("not_staff")  # type: ignore[arg-type]


def is_late(at: datetime, cutoff_at: datetime) -> bool:
    """Test whether an entry of `at` belongs to the next edition."""
    return at >= cutoff_at
