"""Who may see and move editions and bulletins. Figures are frozen; policies only speak about people and states."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.kernel.actor import CASE_ROLES, OFFICE_ROLES, Actor, Kind, Role
from duban.kernel.errors import Text
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.workflow import can_move
from duban.reporting.models import Bulletin, Edition
from duban.reporting.states import (
    BULLETIN_TRANSITIONS,
    EDITION_TRANSITIONS,
    BulletinState,
    EditionState,
)
from duban.teams.policy import campaign_condition, managed_condition

DESK = frozenset({*OFFICE_ROLES, Role.LEADER, Role.AUDITOR})
SIGNERS = frozenset({Role.CAMPAIGN_HEAD, Role.LEADER})
STAFF = CASE_ROLES | {Role.COVERT_INSPECTOR, Role.AUDITOR, Role.EXPERT}
OVERVIEWERS = CASE_ROLES | {Role.AUDITOR, Role.HEADQUARTERS}
WRONG_STATE: Text = _("当前状态不能这样办理。")
NOT_OFFICE: Text = _("由专班办理。")


def editions_visible_to(actor: Actor) -> QuerySet[Edition]:
    """Return the editions the actor may read: the desk from the freeze, headquarters once sent, staff once signed."""
    rows = Edition.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is not Kind.USER:
        return rows.none()
    condition = managed_condition(actor, DESK)
    condition |= campaign_condition(actor, {Role.LEADER}) & Q(signed_at__isnull=False)
    condition |= campaign_condition(actor, {Role.HEADQUARTERS}) & Q(sent_at__isnull=False)
    condition |= campaign_condition(actor, STAFF) & Q(signed_at__isnull=False)
    return rows.filter(condition)


def bulletins_visible_to(actor: Actor) -> QuerySet[Bulletin]:
    """Return the bulletins the actor may read: the desk all, staff and headquarters issued ones, a unit its own."""
    rows = Bulletin.objects.all()
    if actor.is_system:
        return rows
    if actor.kind is not Kind.USER:
        return rows.none()
    published = Q(state__in=(BulletinState.ISSUED, BulletinState.WITHDRAWN))
    condition = managed_condition(actor, DESK)
    condition |= campaign_condition(actor, STAFF | {Role.HEADQUARTERS}) & published
    units = [
        grant.unit_id
        for grant in actor.grants
        if grant.role in (Role.UNIT_LIAISON, Role.LINE_AUTHORITY) and grant.unit_id
    ]
    if units:
        sent = Bulletin.objects.filter(document__deliveries__unit_id__in=units)
        condition |= published & Q(pk__in=sent.values("pk"))
    return rows.filter(condition)


def can_read_figures(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may open the overview and drill into figures (rows stay scoped by their own policy)."""
    if actor.is_system or actor.has_role(OVERVIEWERS, campaign_id=campaign.pk):
        return ALLOW
    return deny("not_staff", _("统计总览供专班、督导组和领导查看。"))


def scope_path(actor: Actor, campaign: Campaign) -> str:
    """Return the area whose figures the actor reads: "" for the whole campaign, else the own area."""
    paths = [path for path, _campaign in actor.areas(OVERVIEWERS, campaign_id=campaign.pk)]
    if actor.is_system or any(campaign.area_path.startswith(path) for path in paths):
        return ""
    return paths[0] if paths else campaign.area_path


def sees_out(actor: Actor, campaign: Campaign) -> str:
    """Return which dispatches on the way the actor's figures may count: all, open or only those that are back."""
    if _office(actor, campaign, {Role.CAMPAIGN_HEAD}):
        return "all"
    return "open" if _office(actor, campaign) else "back"


def _office(actor: Actor, campaign: Campaign, roles: Iterable[Role] = OFFICE_ROLES) -> bool:
    return actor.is_system or actor.has_role(roles, campaign_id=campaign.pk, path=campaign.area_path)


def can_freeze_edition(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may freeze a day whose cut-off has passed."""
    return ALLOW if _office(actor, campaign) else deny("not_office", NOT_OFFICE)


def can_edit_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may change the text; the figures nobody may."""
    if edition.state not in (EditionState.FROZEN, EditionState.CHECKED):
        return deny("text_closed", _("文字已审核，修改前须先退回。"))
    return ALLOW if _office(actor, edition.campaign) else deny("not_office", NOT_OFFICE)


def can_check_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may check the draft (核稿)."""
    return _step(actor, edition, "check", OFFICE_ROLES)


def can_review_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may review (审核): not who checked."""
    decision = _step(actor, edition, "review", OFFICE_ROLES | {Role.LEADER})
    return _other_person(decision, actor, edition)


def can_return_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may return the text for changes."""
    return _step(actor, edition, "return", OFFICE_ROLES | {Role.LEADER})


def can_sign_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may sign (签发): head or leader, not who checked."""
    return _other_person(_step(actor, edition, "sign", SIGNERS), actor, edition)


def can_send_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may send the signed summary to headquarters."""
    return _step(actor, edition, "send", OFFICE_ROLES)


def can_acknowledge_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may acknowledge for headquarters."""
    if not can_move(edition.state, EDITION_TRANSITIONS, "acknowledge"):
        return deny("wrong_state_now", WRONG_STATE)
    if actor.has_role({Role.HEADQUARTERS}, campaign_id=edition.campaign_id):
        return ALLOW
    return deny("not_headquarters", _("由指挥部回执。"))


def can_correct_edition(actor: Actor, edition: Edition) -> Decision:
    """Test whether the actor may issue a correction as a new edition."""
    return _step(actor, edition, "supersede", OFFICE_ROLES)


def _refusal(roles: Iterable[Role]) -> Decision:
    if set(roles) <= SIGNERS:
        return deny("not_signer", _("由专班组长或委领导审定、签发。"))
    return deny("not_office", NOT_OFFICE)


def _step(actor: Actor, edition: Edition, action: str, roles: Iterable[Role]) -> Decision:
    if not can_move(edition.state, EDITION_TRANSITIONS, action):
        return deny("wrong_state_now", WRONG_STATE)
    return ALLOW if _office(actor, edition.campaign, roles) else _refusal(roles)


def _other_person(decision: Decision, actor: Actor, edition: Edition) -> Decision:
    if decision and actor.user_id is not None and actor.user_id == edition.checked_by_id:
        return deny("same_person", _("核稿人不能审核、签发同一期汇总。"))
    return decision


def can_draft_bulletin(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may draft a bulletin."""
    return ALLOW if _office(actor, campaign) else deny("not_office", NOT_OFFICE)


def can_change_bulletin(actor: Actor, bulletin: Bulletin) -> Decision:
    """Test whether the actor may change the draft."""
    if bulletin.state != BulletinState.DRAFT:
        return deny("wrong_state_now", _("送审后修改须先退回。"))
    return ALLOW if _office(actor, bulletin.campaign) else deny("not_office", NOT_OFFICE)


def can_submit_bulletin(actor: Actor, bulletin: Bulletin) -> Decision:
    """Test whether the actor may hand the draft in for review."""
    return _bulletin_step(actor, bulletin, "submit", OFFICE_ROLES)


def can_return_bulletin(actor: Actor, bulletin: Bulletin) -> Decision:
    """Test whether the actor may return it for changes."""
    return _bulletin_step(actor, bulletin, "return", OFFICE_ROLES | {Role.LEADER})


def can_issue_bulletin(actor: Actor, bulletin: Bulletin) -> Decision:
    """Test whether the actor may issue it: head or leader, not the drafter."""
    decision = _bulletin_step(actor, bulletin, "issue", SIGNERS)
    if decision and actor.user_id is not None and actor.user_id == bulletin.drafted_by_id:
        return deny("same_person", _("起草人不能审定自己起草的通报。"))
    return decision


def can_withdraw_bulletin(actor: Actor, bulletin: Bulletin) -> Decision:
    """Test whether the actor may withdraw an issued bulletin."""
    return _bulletin_step(actor, bulletin, "withdraw", SIGNERS)


def _bulletin_step(actor: Actor, bulletin: Bulletin, action: str, roles: Iterable[Role]) -> Decision:
    if not can_move(bulletin.state, BULLETIN_TRANSITIONS, action):
        return deny("wrong_state_now", WRONG_STATE)
    return ALLOW if _office(actor, bulletin.campaign, roles) else _refusal(roles)
