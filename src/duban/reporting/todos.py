"""What a person has to do, by when: collected from the real state of things for one actor, grouped by deadline.

Every collector asks for rows the actor sees and that wait for somebody; `is_mine` says whether this actor may act.
A to-do names its page by URL name and query; the door resolves it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from duban.burden.policy import approvals_visible_to, objections_visible_to
from duban.burden.states import ApprovalState, ObjectionState
from duban.campaigns.models import Campaign
from duban.campaigns.states import CampaignState
from duban.documents.queries import drafts_with, unread_deliveries
from duban.incoming import queries as incoming_queries
from duban.inspection import policy as inspection_policy
from duban.inspection import queries as inspection_queries
from duban.inspection.states import FindingState, SheetState, SupportState, VisitState
from duban.kernel import clock
from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, PUBLIC, Actor, Role
from duban.kernel.bounded import bounded_count
from duban.kernel.errors import Text
from duban.people.policy import recusal_requests_visible_to
from duban.planning.policy import sheets_visible_to as key_points_visible_to
from duban.planning.states import KeyPointsState
from duban.rectification import policy as rectification_policy
from duban.rectification import queries as rectification_queries
from duban.rectification.models import WorkOrder
from duban.rectification.states import DisputeState, OrderState, PlanState, ReferralState, TraceState
from duban.reporting import freezing, policy
from duban.reporting.states import BulletinState, EditionState
from duban.teams.models import Dispatch
from duban.teams.policy import dispatches_visible_to
from duban.teams.states import DispatchState

NAMES = 3
NAMED = 200  # rows read to name the first units and say how many units there are


@dataclass(frozen=True, slots=True)
class Todo:
    """One line: what to do, on what, why, by when, where."""

    act: Text
    thing: Text
    why: Text = ""
    button: Text = ""
    route: str = ""
    args: tuple[Any, ...] = ()
    query: str = ""
    due_at: datetime | None = None
    is_mine: bool = True
    is_late: bool = False
    days_late: int = 0
    count: int = 1


@dataclass
class Group:
    """The to-dos of one deadline."""

    code: str
    title: Text
    due_at: datetime | None
    todos: list[Todo] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """Who looks, at which campaign, when."""

    actor: Actor
    campaign: Campaign
    at: datetime

    def has(self, roles: Iterable[Role]) -> bool:
        return self.actor.has_role(roles, campaign_id=self.campaign.pk)

    @property
    def is_head(self) -> bool:
        return self.has({Role.CAMPAIGN_HEAD})

    @property
    def day(self):
        return clock.local_day(self.at)

    @property
    def cutoff(self) -> datetime:
        return freezing.cutoff_of(self.campaign, self.day)

    @property
    def orders_at(self) -> datetime:
        return clock.moment(self.day, self.campaign.formal_order_at)

    @property
    def midnight(self) -> datetime:
        return clock.end_of_day(self.day)

    def next(self, moment: datetime) -> datetime:
        """Return `moment`, or 24:00 once it has passed: the act is still due today."""
        return moment if self.at <= moment else self.midnight


Collector = Callable[[Desk], Iterable[Todo]]
COLLECTORS: list[tuple[frozenset[Role], Collector]] = []


def collector(roles: Iterable[Role]) -> Callable[[Collector], Collector]:
    """This decorator will ask a collector for actors with one of `roles`."""

    def register(collect: Collector) -> Collector:
        COLLECTORS.append((frozenset(roles), collect))
        return collect

    return register


def collect(actor: Actor, campaign: Campaign, at: datetime) -> list[Todo]:
    """Return every to-do of the actor's desk, earliest deadline first, late ones last (they have their own group)."""
    if campaign.state != CampaignState.RUNNING:
        return []
    desk = Desk(actor, campaign, at)
    found = [todo for roles, collect in COLLECTORS if desk.has(roles) for todo in collect(desk)]
    end = at + timedelta(days=3650)
    return sorted(found, key=lambda todo: (todo.is_late, todo.due_at or end, not todo.is_mine))


def count_mine(actor: Actor, campaign: Campaign, at: datetime) -> int:
    """Return how many lines wait for the actor itself (the badge beside 今日)."""
    return sum(todo.is_mine for todo in collect(actor, campaign, at))


def grouped(todos: Iterable[Todo], campaign: Campaign, at: datetime) -> list[Group]:
    """Return to-dos by deadline: before the cut-off, before the formal orders, today, later, overdue."""
    desk = Desk(NOBODY, campaign, at)
    groups: dict[str, Group] = {}
    for todo in todos:
        code, title, due = _group_of(todo, desk)
        groups.setdefault(code, Group(code, title, due)).todos.append(todo)
    order = [
        *sorted(code for code in groups if code not in ("late", "later", "none")),
        "later",
        "none",
        "late",
    ]
    return [groups[code] for code in order if code in groups]


def _group_of(todo: Todo, desk: Desk) -> tuple[str, Text, datetime | None]:
    if todo.is_late:
        return "late", _("已逾期"), None
    if todo.due_at is None:
        return "none", _("不限时"), None
    if todo.due_at > desk.midnight:
        return "later", _("今日以后"), None
    if todo.due_at == desk.midnight:
        return "24:00", _("今日内"), todo.due_at
    text = clock.local(todo.due_at).strftime("%H:%M")
    return text, _("%(time)s 前") % {"time": text}, todo.due_at


def names_of(rows: Iterable[str]) -> str:
    unique = list(dict.fromkeys(rows))
    text = "、".join(unique[:NAMES])
    return text if len(unique) <= NAMES else _("%(names)s等%(n)s家") % {"names": text, "n": len(unique)}


def units_of(rows: QuerySet) -> tuple[list[str], int]:
    """Return the units named by the first rows, and how many rows there are as far as anyone counts."""
    names = list(rows.values_list("unit__name", flat=True)[:NAMED])
    return names, len(names) if len(names) < NAMED else bounded_count(rows)


# Office and head -----------------------------------------------------------------------------------------
@collector(OFFICE_ROLES)
def missing_sheets(desk: Desk) -> Iterable[Todo]:
    warn_at = desk.cutoff - timedelta(minutes=desk.campaign.warn_minutes)
    if not warn_at <= desk.at < desk.cutoff:
        return
    rows = inspection_queries.sheets_of_day(desk.actor, desk.campaign.pk, desk.day)
    missing = [row.team.name for row in rows if row.state == SheetState.OPEN]
    if missing:
        text = "、".join(missing[:6]) + (_("等") if len(missing) > 6 else "")
        yield Todo(
            _("提醒缺报的督导组"), text, _("截数后补报列入次日"), _("提醒%(n)s组") % {"n": len(missing)},
            "today:remind", due_at=desk.cutoff, count=len(missing),
        )  # fmt: skip


@collector(OFFICE_ROLES)
def findings_to_confirm(desk: Desk) -> Iterable[Todo]:
    rows = inspection_policy.findings_visible_to(desk.actor).filter(campaign=desk.campaign)
    waiting = rows.filter(state=FindingState.REGISTERED)
    units, count = units_of(waiting.order_by("found_at", "id"))
    if units:
        yield Todo(
            _("确认新登记的问题"), _("%(n)s个：%(names)s") % {"n": count, "names": names_of(units)},
            _("不确认则不计入汇总"), _("逐条确认"), "findings:list", query="?view=registered",
            due_at=desk.next(desk.cutoff), count=count,
        )  # fmt: skip
    on_spot = bounded_count(rows.filter(state=FindingState.ON_SPOT).exclude(found_by_id=desk.actor.user_id))
    if on_spot:
        yield Todo(
            _("核验现场整改"), _("%(n)s个问题") % {"n": on_spot}, _("由发现人以外的人员核验"), _("逐条核验"),
            "findings:list", query="?view=mine", due_at=desk.midnight, count=on_spot,
        )  # fmt: skip


EDITION_STEPS: dict[str, tuple[Text, Text, Callable[..., Any]]] = {
    EditionState.FROZEN: (gettext_noop("核对汇总文字"), gettext_noop("核稿"), policy.can_check_edition),
    EditionState.CHECKED: (gettext_noop("审核汇总底稿"), gettext_noop("审核"), policy.can_review_edition),
    EditionState.REVIEWED: (gettext_noop("签发汇总"), gettext_noop("签发"), policy.can_sign_edition),
    EditionState.SIGNED: (gettext_noop("报送汇总"), gettext_noop("报送"), policy.can_send_edition),
}


@collector(OFFICE_ROLES | {Role.LEADER})
def editions_in_hand(desk: Desk) -> Iterable[Todo]:
    rows = policy.editions_visible_to(desk.actor).filter(
        campaign=desk.campaign, state__in=list(EDITION_STEPS)
    )
    for edition in rows.select_related("campaign__headquarters").order_by("day")[:5]:
        act, button, may = EDITION_STEPS[edition.state]
        decision = may(desk.actor, edition)
        if not decision and not desk.has(OFFICE_ROLES):
            continue
        to = edition.campaign.headquarters
        yield Todo(
            _(act), _("%(month)s月%(day)s日汇总") % {"month": edition.day.month, "day": edition.day.day},
            _("送%(name)s") % {"name": to.name} if to else "", _(button), "summaries:show", (edition.pk,),
            due_at=desk.next(desk.orders_at), is_mine=bool(decision),
        )  # fmt: skip


@collector(OFFICE_ROLES)
def bulletins_in_hand(desk: Desk) -> Iterable[Todo]:
    rows = policy.bulletins_visible_to(desk.actor).filter(campaign=desk.campaign).select_related("campaign")
    for bulletin in rows.filter(state__in=(BulletinState.DRAFT, BulletinState.IN_REVIEW)).order_by("day")[:5]:
        in_review = bulletin.state == BulletinState.IN_REVIEW
        may = policy.can_issue_bulletin if in_review else policy.can_submit_bulletin
        yield Todo(
            _("审定督导通报") if in_review else _("送审督导通报"), bulletin.title, "",
            _("审定") if in_review else _("继续编写"), "bulletins:show", (bulletin.pk,),
            due_at=desk.next(desk.orders_at), is_mine=bool(may(desk.actor, bulletin)),
        )  # fmt: skip


@collector(OFFICE_ROLES | {Role.TEAM_HEAD})
def findings_to_order(desk: Desk) -> Iterable[Todo]:
    rows = rectification_queries.findings_to_order(desk.actor, desk.campaign.pk)
    units, count = units_of(rows)
    if units:
        yield Todo(
            _("拟交办单"), _("%(n)s个问题：%(names)s") % {"n": count, "names": names_of(units)},
            _("已确认，未交办"), _("拟交办单"), "orders:new", due_at=desk.next(desk.orders_at), count=count,
        )  # fmt: skip


@collector(OFFICE_ROLES)
def orders_to_sign(desk: Desk) -> Iterable[Todo]:
    orders = rectification_policy.orders_visible_to(desk.actor).filter(campaign=desk.campaign)
    drafts, count = units_of(orders.filter(state=OrderState.DRAFT))
    if drafts:
        yield Todo(
            _("签发交办单"), _("%(n)s份：%(names)s") % {"n": count, "names": names_of(drafts)}, _("待签发"),
            _("查看并签发"), "orders:list", query="?view=draft", due_at=desk.next(desk.orders_at),
            is_mine=desk.is_head, count=count,
        )  # fmt: skip
    urges = list(rectification_queries.urges_to_sign(desk.actor, desk.campaign.pk))
    if urges:
        names = names_of(urge.order.unit.label for urge in urges)
        yield Todo(
            _("签发催办单"), _("%(n)s份：%(names)s") % {"n": len(urges), "names": names}, _("系统按时限提请"),
            _("查看并签发"), "orders:list", due_at=desk.next(desk.orders_at), is_mine=desk.is_head,
            count=len(urges),
        )  # fmt: skip


@collector(OFFICE_ROLES)
def decisions_on_orders(desk: Desk) -> Iterable[Todo]:
    plans = rectification_policy.plans_visible_to(desk.actor).filter(order__campaign=desk.campaign)
    for plan in (
        plans.filter(state=PlanState.REQUESTED).select_related("order__unit").order_by("requested_at")[:6]
    ):
        asked = clock.local(plan.asked_due_at - timedelta(minutes=1))
        yield Todo(
            _("审批限期整改申请"), f"{plan.order.number_text} · {plan.order.unit.label}",
            _("申请延至%(month)s月%(day)s日") % {"month": asked.month, "day": asked.day}, _("审批"), "orders:show",
            (plan.order_id,), due_at=desk.midnight,
        )  # fmt: skip
    disputes = rectification_policy.disputes_visible_to(desk.actor).filter(
        item__order__campaign=desk.campaign
    )
    for dispute in (
        disputes.filter(state=DisputeState.OPEN)
        .select_related("item__order__unit")
        .order_by("answer_due_on")[:6]
    ):
        order = dispute.item.order
        due = clock.end_of_day(dispute.answer_due_on)
        yield Todo(
            _("答复异议"), _("%(order)s第%(n)s项 · %(unit)s") % {
                "order": order.number_text, "n": dispute.item.ordinal, "unit": order.unit.label},
            dispute.get_ground_display(), _("答复"), "orders:show", (order.pk,), due_at=due, is_late=due < desk.at,
        )  # fmt: skip
    traces = rectification_queries.trace_backs_listed(desk.actor, desk.campaign.pk)
    raised = traces.filter(state=TraceState.RAISED).count()
    if raised:
        yield Todo(
            _("决定是否责任倒查"), _("%(n)s件") % {"n": raised}, _("系统提请，由人决定"), _("查看"), "traces:list",
            is_mine=desk.is_head, count=raised,
        )  # fmt: skip


@collector(CASE_ROLES - {Role.LEADER})
def rectification_to_check(desk: Desk) -> Iterable[Todo]:
    waiting = bounded_count(rectification_queries.findings_to_verify(desk.actor, desk.campaign.pk))
    if waiting:
        yield Todo(
            _("核验整改"), _("%(n)s个问题") % {"n": waiting}, _("反馈人不能核验"), _("去核验"), "verifications:list",
            due_at=desk.midnight, count=waiting,
        )  # fmt: skip
    back = (
        rectification_queries.look_backs_listed(desk.actor, desk.campaign.pk).filter(done_at=None).order_by()
    )
    late = back.filter(due_on__lt=desk.day).count()
    due = back.filter(due_on__gte=desk.day, due_on__lte=desk.day + timedelta(days=1)).count()
    if late or due:
        yield Todo(
            _("回头看"), _("%(n)s个问题") % {"n": late + due}, _("抽查已销号问题"), _("去核验"), "verifications:list",
            query="?view=look_backs", due_at=desk.midnight, is_late=bool(late), count=late + due,
        )  # fmt: skip


def late_orders_of(desk: Desk) -> QuerySet[WorkOrder]:
    orders = rectification_policy.orders_visible_to(desk.actor).filter(
        campaign=desk.campaign, state__in=(OrderState.ISSUED, OrderState.RECEIVED)
    )
    late = orders.filter(items__finding__overdue_at__isnull=False, items__is_open=True)
    return late.exclude(items__finding__lateness="").select_related("unit").order_by("due_at")


@collector(OFFICE_ROLES)
def late_orders(desk: Desk) -> Iterable[Todo]:
    late = late_orders_of(desk).annotate(late_items=Count("items", distinct=True))
    for order in late[:5]:
        days = max((desk.at - order.due_at).days, 0) + 1
        yield Todo(
            _("督促逾期整改"), f"{order.number_text} · {order.unit.label}", "", _("查看"), "orders:show", (order.pk,),
            due_at=order.due_at, is_late=True, days_late=days, is_mine=False,
        )  # fmt: skip


@collector(OFFICE_ROLES | {Role.HEADQUARTERS})
def supports_to_answer(desk: Desk) -> Iterable[Todo]:
    rows = inspection_queries.support_requests(desk.actor, desk.campaign.pk).filter(state=SupportState.OPEN)
    for row in rows[:5]:
        yield Todo(
            _("答复协调事项"), f"{row.unit.label}：{row.text[:40]}", "", _("答复"), "support:list",
            due_at=row.due_at, is_late=row.due_at < desk.at, is_mine=desk.has({Role.HEADQUARTERS}),
        )  # fmt: skip


@collector(OFFICE_ROLES)
def key_points_in_hand(desk: Desk) -> Iterable[Todo]:
    rows = key_points_visible_to(desk.actor).filter(campaign=desk.campaign, day__gte=desk.day)
    for sheet in rows.exclude(state=KeyPointsState.PUSHED).order_by("day"):
        is_draft = sheet.state == KeyPointsState.DRAFT
        raw = is_draft and sheet.composed_by_id is None  # the system's draft, nobody has worked on it yet
        yield Todo(
            _("整理督导要点") if raw else _("批准督导要点") if is_draft else _("下发督导要点"),
            _("%(month)s月%(day)s日要点") % {"month": sheet.day.month, "day": sheet.day.day}, "", _("查看"),
            "key-points:show", (sheet.pk,), due_at=clock.moment(sheet.day, clock.local(desk.at).time().replace(
                hour=8, minute=0, second=0, microsecond=0)) if sheet.day > desk.day else desk.midnight,
            is_mine=raw or not is_draft or (desk.is_head and sheet.composed_by_id != desk.actor.user_id),
        )  # fmt: skip


@collector(OFFICE_ROLES)
def texts_to_check(desk: Desk) -> Iterable[Todo]:
    count = bounded_count(rows := incoming_queries.waiting(desk.actor, desk.campaign))
    if count:
        first = rows.first()
        only = (
            {"route": "incoming:show", "args": (first.pk,)}
            if count == 1
            else {"route": "incoming:list", "query": "?state=waiting"}
        )
        yield Todo(
            _("核对收文"), str(first) if count == 1 else _("%(n)s份") % {"n": count}, _("确认后才登记部署和措施"), _("核对"),
            due_at=desk.midnight, count=count, **only,
        )  # fmt: skip


@collector(OFFICE_ROLES)
def burden_to_answer(desk: Desk) -> Iterable[Todo]:
    objections = objections_visible_to(desk.actor).filter(campaign=desk.campaign, state=ObjectionState.OPEN)
    for row in objections.select_related("unit").order_by("due_on")[:3]:
        due = clock.end_of_day(row.due_on)
        yield Todo(
            _("答复减负意见"), f"{row.unit.label} · {row.subject_label}", row.text[:30], _("答复"), "burden:show",
            due_at=due, is_late=due < desk.at,
        )  # fmt: skip
    asked = (
        approvals_visible_to(desk.actor).filter(campaign=desk.campaign, state=ApprovalState.REQUESTED).count()
    )
    if asked:
        yield Todo(
            _("审批报表"), _("%(n)s张") % {"n": asked}, _("未经批准不得下发"), _("审批"), "burden:show",
            is_mine=desk.is_head, count=asked,
        )  # fmt: skip


@collector({Role.CAMPAIGN_HEAD})
def recusals_to_decide(desk: Desk) -> Iterable[Todo]:
    rows = recusal_requests_visible_to(desk.actor).filter(campaign_id=desk.campaign.pk, state="open")
    rows = rows.exclude(user=desk.actor.user_id).select_related("unit", "user").order_by("requested_at")
    for row in rows[:NAMES]:
        yield Todo(
            _("决定回避申请"), f"{row.user.post_label} · {row.unit.label}", row.reason[:30], _("决定"),
            "recusal:decide", args=(row.pk,), due_at=desk.midnight,
        )  # fmt: skip


# Teams ---------------------------------------------------------------------------------------------------
def _own_dispatches(desk: Desk) -> QuerySet[Dispatch]:
    rows = dispatches_visible_to(desk.actor).filter(campaign=desk.campaign, day=desk.day)
    return rows.filter(members__id=desk.actor.user_id).exclude(state=DispatchState.CANCELLED)


@collector(FIELD_ROLES)
def day_of_the_team(desk: Desk) -> Iterable[Todo]:
    for dispatch in _own_dispatches(desk).select_related("team").annotate(places=Count("dispatch_sites")):
        if dispatch.state == DispatchState.PLANNED:
            yield Todo(
                _("出发督导"), _("%(team)s · 点位%(n)s个") % {"team": dispatch.team.name, "n": dispatch.places},
                _("出发后按时启封"), _("查看派出"), "dispatches:show", (dispatch.pk,), due_at=desk.next(desk.cutoff),
            )  # fmt: skip
            continue
        done = dispatch.visits.exclude(state=VisitState.WITHDRAWN).values("site_id").distinct().count()
        if done < dispatch.places:
            yield Todo(
                _("继续督导"), _("还有%(n)s个点位未到") % {"n": dispatch.places - done}, dispatch.team.name,
                _("查看派出"), "dispatches:show", (dispatch.pk,), due_at=desk.next(desk.cutoff),
            )  # fmt: skip


@collector(FIELD_ROLES)
def own_records(desk: Desk) -> Iterable[Todo]:
    teams = inspection_queries.own_teams(desk.actor, desk.campaign.pk)
    visits = inspection_policy.visits_visible_to(desk.actor).filter(
        campaign=desk.campaign, team__in=teams, state=VisitState.OPEN
    )
    for visit in visits.select_related("site").order_by("arrived_at")[:4]:
        yield Todo(
            _("提交检查记录"), visit.site.name, "", _("继续填写"), "visits:show", (visit.pk,),
            due_at=desk.next(desk.cutoff),
        )  # fmt: skip
    returned = inspection_policy.findings_visible_to(desk.actor).filter(
        campaign=desk.campaign, team__in=teams, state=FindingState.RETURNED
    )
    for finding in returned.select_related("site").order_by("number")[:4]:
        yield Todo(
            _("补充退回的问题"), f"{finding} · {finding.site.name}", "", _("补充"), "findings:show", (finding.pk,),
            due_at=desk.next(desk.cutoff),
        )  # fmt: skip


@collector(FIELD_ROLES)
def sheet_to_hand_in(desk: Desk) -> Iterable[Todo]:
    if desk.at >= desk.cutoff:
        return
    teams = inspection_queries.own_teams(desk.actor, desk.campaign.pk)
    out = Q(dispatches__in=_own_dispatches(desk)) | Q(visits__day=desk.day)
    handed_in = Q(daily_sheets__day=desk.day) & ~Q(daily_sheets__state=SheetState.OPEN)
    for team in teams.filter(out).exclude(pk__in=teams.filter(handed_in).values("pk")).distinct():
        yield Todo(
            _("报送督导日报"), team.name, _("截数后补报列入次日"), _("填日报"), "sheets:show", (team.pk, desk.day),
            due_at=desk.cutoff,
        )  # fmt: skip


# Units, authorities, headquarters ------------------------------------------------------------------------
@collector({Role.UNIT_LIAISON})
def orders_of_the_unit(desk: Desk) -> Iterable[Todo]:
    rows = rectification_policy.orders_visible_to(desk.actor).filter(
        campaign=desk.campaign, state__in=(OrderState.ISSUED, OrderState.RECEIVED)
    )
    for order in rows.order_by("due_at")[:12]:
        is_new = order.state == OrderState.ISSUED
        late = order.due_at < desk.at
        yield Todo(
            _("签收交办单") if is_new else _("反馈整改"), order.number_text, _("不签收也计时") if is_new else "",
            _("签收") if is_new else _("反馈"), "orders:show", (order.pk,), due_at=order.due_at, is_late=late,
            days_late=max((desk.at - order.due_at).days, 0) + 1 if late else 0,
        )  # fmt: skip
    checks = rectification_policy.self_checks_visible_to(desk.actor).filter(
        common_problem__campaign=desk.campaign,
        replied_at=None,
        revoked_at=None,
        common_problem__closed_at=None,
    )
    for check in checks.select_related("common_problem")[:5]:
        due = check.common_problem.reply_due_at
        yield Todo(
            _("对照检查"), check.common_problem.title, _("答是或否和个数"), _("答复"), "self-checks:show", (check.pk,),
            due_at=due, is_late=bool(due and due < desk.at),
        )  # fmt: skip


@collector({Role.UNIT_LIAISON, Role.HEADQUARTERS, Role.LINE_AUTHORITY})
def papers_to_receive(desk: Desk) -> Iterable[Todo]:
    own_pages = ("work_order", "daily_summary")  # received on their own pages
    rows = unread_deliveries(desk.actor, campaign_id=desk.campaign.pk).exclude(document__kind__in=own_pages)
    waiting = rows.count()
    if waiting:
        yield Todo(
            _("签收公文"), _("%(n)s份") % {"n": waiting}, "", _("查看"), "documents:list", query="?unread=1",
            due_at=desk.midnight, count=waiting,
        )  # fmt: skip


@collector({*CASE_ROLES})
def drafts_to_handle(desk: Desk) -> Iterable[Todo]:
    for draft in drafts_with(desk.actor, campaign_id=desk.campaign.pk).order_by("changed_at")[:6]:
        yield Todo(
            draft.get_state_display(),
            draft.title,
            "",
            _("办理"),
            "drafts:show",
            (draft.pk,),
            due_at=desk.midnight,
        )


@collector({Role.LINE_AUTHORITY})
def referrals_to_answer(desk: Desk) -> Iterable[Todo]:
    rows = rectification_policy.referrals_visible_to(desk.actor).filter(
        campaign=desk.campaign, state=ReferralState.SENT
    )
    for row in rows.order_by("reply_due_on")[:6]:
        due = clock.end_of_day(row.reply_due_on)
        yield Todo(
            _("回复转办函"), row.number_text or row.matter[:30], "", _("登记结果"), "referrals:show", (row.pk,), due_at=due,
            is_late=due < desk.at,
        )  # fmt: skip


@collector({Role.HEADQUARTERS})
def editions_to_acknowledge(desk: Desk) -> Iterable[Todo]:
    rows = policy.editions_visible_to(desk.actor).filter(campaign=desk.campaign, state=EditionState.SENT)
    for edition in rows.order_by("day"):
        yield Todo(
            _("回执每日汇总"), _("%(month)s月%(day)s日汇总") % {"month": edition.day.month, "day": edition.day.day},
            "", _("回执"), "summaries:show", (edition.pk,), due_at=desk.midnight,
        )  # fmt: skip


# `grouped` needs the clocks of a desk, not its actor.
NOBODY = PUBLIC
