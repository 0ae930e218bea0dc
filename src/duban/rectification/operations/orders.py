"""Drafting, signing and voiding work orders (S2-29, S2-36)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns.states import CampaignState
from duban.documents import operations as documents
from duban.documents.models import Number
from duban.inspection.models import Consequence, Finding
from duban.inspection.states import FindingState
from duban.kernel import journal, tally, workflow
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.office_words import gettext_noop, office_text
from duban.notices.operations import notify
from duban.rectification import deadlines, links, paper, policy, queries
from duban.rectification.models import OrderItem, TraceReason, WorkOrder
from duban.rectification.operations.trace_backs import raise_trace_back
from duban.rectification.progress import allow, clear_lateness, move_finding, open_items
from duban.rectification.states import ORDER_TRANSITIONS, DeadlineKind
from duban.territory.models import Unit


@transaction.atomic
def draft_order(
    *,
    actor: Actor,
    at: datetime,
    finding_ids: Iterable[UUID],
    unit_id: UUID,
    deadline_kind: str = DeadlineKind.SAME_DAY,
    due_at: datetime | None = None,
    basis: str = "",
    requirements: Mapping[UUID, str] | None = None,
) -> WorkOrder:
    """This function will draft one order of confirmed findings of one unit (§2.11 交办单).

    `requirements` overrides what the finding asks. Without `due_at` the limit is 24:00 of today (S2-30).

    :raises Conflict: if a finding stands on an open order. :raises Invalid: for findings of another unit or state.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    findings = _confirmed_findings(actor, list(finding_ids))
    if unit is None or not findings:
        raise NotFound()
    return _draft(
        actor, at, unit, findings, deadline_kind=deadline_kind, due_at=due_at, basis=basis, requirements=requirements or {}
    )  # fmt: skip


def _draft(
    actor: Actor, at: datetime, unit: Unit, findings: list[Finding], *, deadline_kind: str, due_at: datetime | None,
    basis: str, requirements: Mapping[UUID, str],
) -> WorkOrder:  # fmt: skip
    campaign = findings[0].campaign
    allow(policy.can_draft_order(actor, unit, campaign.pk))
    _check_unit(findings, unit.pk)
    limit = _limit(deadline_kind, due_at, at)
    teams = {finding.team_id for finding in findings}
    order = WorkOrder.objects.create(
        campaign=campaign, unit=unit, area_path=unit.path, drafted_by_id=actor.user_id, drafted_at=at,
        proposed_by_team_id=findings[0].team_id if len(teams) == 1 else None,
        basis=basis.strip()[:200], deadline_kind=deadline_kind, due_at=limit,
    )  # fmt: skip
    tally.change(order.tally_topic, campaign_id=campaign.pk, path=order.area_path, entered=order.state)
    _write_items(order, findings, requirements)
    journal.record("order.drafted", actor=actor, at=at, subject=order, label=_draft_label(order))
    return order


@transaction.atomic
def draft_orders(
    *, actor: Actor, at: datetime, finding_ids: Iterable[UUID], deadline_kind: str = DeadlineKind.SAME_DAY,
    due_at: datetime | None = None, basis: str = "",
) -> list[WorkOrder]:  # fmt: skip
    """This function will draft one order per responsible unit of the selected findings."""
    findings = _confirmed_findings(actor, list(finding_ids))
    findings.sort(key=lambda finding: (finding.unit.path, finding.number))
    groups = [list(group) for _unit, group in groupby(findings, key=lambda finding: finding.unit_id)]
    return [
        _draft(
            actor, at, group[0].unit, group, deadline_kind=deadline_kind, due_at=due_at, basis=basis, requirements={}
        )
        for group in groups
    ]  # fmt: skip


@transaction.atomic
def change_order(
    *,
    actor: Actor,
    at: datetime,
    order_id: UUID,
    requirements: Mapping[UUID, str],
    deadline_kind: str,
    due_at: datetime | None = None,
    basis: str = "",
) -> WorkOrder:
    """This function will change a draft before it is signed: its problems, what is asked of each, limit and basis.

    `requirements` names every problem that stays or joins, in order; a problem left out can go on another order.

    :raises WrongState: once it is signed. :raises Invalid: without any problem, or for problems of another unit.
    """
    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    allow(policy.can_change_order(actor, order))
    if not requirements:
        text = _("交办单至少要有一项。不再交办的，请撤下草稿。")
        raise Invalid("no_items", text, {"findings": text})
    chosen = {finding.pk: finding for finding in _confirmed_findings(actor, list(requirements), but=order)}
    findings = [chosen[key] for key in requirements]
    _check_unit(findings, order.unit_id)
    teams = {finding.team_id for finding in findings}
    workflow.move(
        order, ORDER_TRANSITIONS, "change", basis=basis.strip()[:200], deadline_kind=deadline_kind,
        due_at=_limit(deadline_kind, due_at, at), proposed_by_team_id=findings[0].team_id if len(teams) == 1 else None,
    )  # fmt: skip
    order.items.all().delete()  # a draft has told nobody anything yet; the journal keeps that it was changed
    _write_items(order, findings, requirements)
    journal.record("order.changed", actor=actor, at=at, subject=order, label=_draft_label(order))
    return order


@transaction.atomic
def issue_order(*, actor: Actor, at: datetime, order_id: UUID) -> WorkOrder:
    """This function will sign an order: number, six-step clock, link, paper, notice to the unit (S2-29).

    The returned order carries `.fresh_token`, the only time the link's token is shown.

    :raises WrongState: if somebody was faster. :raises Denied: for posts without signing right.
    """
    orders = policy.orders_visible_to(actor).select_related("campaign__body", "unit", "proposed_by_team")
    order = get_visible(orders, order_id, lock=True)
    allow(policy.can_issue_order(actor, order))
    return _issue(order, actor=actor, at=at)


@transaction.atomic
def issue_on_spot(
    *,
    actor: Actor,
    at: datetime,
    finding_ids: Iterable[UUID],
    unit_id: UUID,
    requirements: Mapping[UUID, str] | None = None,
    due_at: datetime | None = None,
) -> WorkOrder:
    """This function will draft and sign an order at the site, where the campaign's pack lets team heads sign."""
    ids = list(finding_ids)
    order = draft_order(
        actor=actor, at=at, finding_ids=ids, unit_id=unit_id, deadline_kind=DeadlineKind.AT_ONCE, due_at=due_at,
        requirements=requirements,
    )  # fmt: skip
    is_allowed = queries.heads_may_sign(order.campaign)
    allow(policy.can_issue_on_spot(actor, order.unit, order.campaign_id, is_allowed))
    return _issue(order, actor=actor, at=at)


@transaction.atomic
def discard_order(*, actor: Actor, at: datetime, order_id: UUID, reason: str = "") -> WorkOrder:
    """This function will take back a draft; its findings can be put on another order. No number was used."""
    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    allow(policy.can_discard_order(actor, order))
    workflow.move(order, ORDER_TRANSITIONS, "discard", void_reason=reason.strip()[:200])
    order.items.filter(is_open=True).update(is_open=False)
    journal.record(
        "order.discarded", actor=actor, at=at, subject=order, label=_draft_label(order), reason=reason
    )
    return order


@transaction.atomic
def void_order(*, actor: Actor, at: datetime, order_id: UUID, reason: str) -> WorkOrder:
    """This function will void an issued order: number and paper stay as void, links die, findings go back to 已确认.

    :raises Invalid: without a reason. :raises WrongState: once the unit has replied.
    """
    order = get_visible(policy.orders_visible_to(actor), order_id, lock=True)
    allow(policy.can_void_order(actor, order))
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": _("请写明作废理由。")})
    workflow.move(order, ORDER_TRANSITIONS, "void", void_reason=reason.strip()[:200])
    for item in open_items(order):
        if item.finding.state in (FindingState.ORDERED, FindingState.RECTIFYING):
            clear_lateness(item.finding)
            move_finding(item.finding, "recall_order", at=at, due_at=None, is_extended=False)
        elif item.finding.state in (FindingState.FED_BACK, FindingState.DISPUTED):
            raise Conflict("answered", _("单位已就其中事项反馈或提出异议，请逐项核验或答复，不能整单作废。"))
    order.items.filter(is_open=True).update(is_open=False)
    links.revoke_links(order, actor=actor, at=at)
    if order.document is not None:
        documents.void_document(actor=actor, at=at, document_id=order.document_id, reason=reason)
    journal.record("order.voided", actor=actor, at=at, subject=order, reason=reason)
    _tell_unit(order, at, "order_voided", _("%(number)s 已作废，不再办理。") % {"number": order.number_text})
    return order


def _issue(order: WorkOrder, *, actor: Actor, at: datetime) -> WorkOrder:
    campaign = order.campaign
    if campaign.state != CampaignState.RUNNING:
        raise Invalid("campaign_not_running", _("专项未在进行中，不能签发交办单。"))
    items = list(
        order.items.filter(is_open=True).select_related("finding__site", "finding__visit").order_by("ordinal")
    )
    due_at = order.due_at
    if due_at <= at:
        if order.deadline_kind not in (DeadlineKind.SAME_DAY, DeadlineKind.AT_ONCE):
            raise Invalid("due_in_past", fields={"due_at": _("整改期限须晚于签发时间。")})
        due_at = deadlines.same_day_limit(at)  # drafted yesterday, signed today
    number = documents.take_number(actor=actor, at=at, campaign=campaign, kind="work_order")
    told = [item.finding.told_at for item in items if item.finding.told_at]
    workflow.move(
        order, ORDER_TRANSITIONS, "issue",
        number=number, number_text=number.text, signed_by_id=actor.user_id, issued_at=at, issued_on=local_day(at),
        due_at=due_at, is_due_same_day=deadlines.is_same_day(at, due_at),
        inspected_at=min((item.finding.found_at for item in items), default=None), told_at=min(told, default=None),
    )  # fmt: skip
    for item in items:
        move_finding(item.finding, "order", at=at, due_at=due_at)
        if item.finding.consequence == Consequence.SERIOUS:
            raise_trace_back(actor=actor, at=at, finding=item.finding, reason=TraceReason.SERIOUS)
    _link, token = links.create_link(order, actor=actor, at=at)
    _issue_paper(order, items, number, token, actor=actor, at=at)
    journal.record("order.issued", actor=actor, at=at, subject=order)
    _tell_unit(
        order, at, "order_issued",
        _("收到交办单 %(number)s，共 %(count)s 项，期限 %(due)s。")
        % {"number": number.text, "count": len(items), "due": paper.limit_text(due_at)},
    )  # fmt: skip
    order.fresh_token = token
    return order


def _issue_paper(
    order: WorkOrder, items: list[OrderItem], number: Number, token: str, *, actor: Actor, at: datetime
) -> None:
    record = paper.order_record(order, items, signatory=actor.label, address=links.order_address(token))
    order.document = documents.issue_document(
        actor=actor, at=at, campaign=order.campaign, kind="work_order",
        title=office_text(gettext_noop("交办单 %(number)s"), number=number.text), record=record, subject=order, number=number,
        main_ids=[order.unit_id],
    )  # fmt: skip
    order.save(update_fields=["document"])


def _write_items(order: WorkOrder, findings: list[Finding], asked: Mapping[UUID, str]) -> None:
    rows = [
        OrderItem(
            order=order, finding=finding, ordinal=place,
            requirement=(asked.get(finding.pk) or finding.requirement or _("立即整改并说明原因。"))[:300],
        )
        for place, finding in enumerate(findings, 1)
    ]  # fmt: skip
    try:
        with transaction.atomic():
            OrderItem.objects.bulk_create(rows)
    except IntegrityError:
        raise Conflict("already_ordered", _("所选问题中有的已在其他交办单上，不能重复交办。")) from None


def _check_unit(findings: list[Finding], unit_id: UUID) -> None:
    wrong = [finding for finding in findings if finding.unit_id != unit_id]
    if wrong:
        raise Invalid(
            "other_unit", _("问题 %(numbers)s 的责任单位不是该单位。") % {"numbers": _numbers(wrong)}
        )


def _limit(deadline_kind: str, due_at: datetime | None, at: datetime) -> datetime:
    if due_at is None:
        if deadline_kind in (DeadlineKind.DAYS, DeadlineKind.LONG_TERM):
            raise Invalid("due_missing", fields={"due_at": _("限期整改、长期坚持须写明期限。")})
        return deadlines.same_day_limit(at)
    if due_at <= at:
        raise Invalid("due_in_past", fields={"due_at": _("整改期限须晚于现在。")})
    return due_at


def _confirmed_findings(actor: Actor, ids: list[UUID], *, but: WorkOrder | None = None) -> list[Finding]:
    rows = policy.checkable_findings_visible_to(actor).filter(pk__in=ids)
    findings = list(rows.select_related("campaign", "unit", "site", "team").order_by("number"))
    if len(findings) != len(set(ids)):
        raise NotFound()
    if len({finding.campaign_id for finding in findings}) > 1:
        raise Invalid("several_campaigns", _("所选问题不属同一专项。"))
    taken = set(
        OrderItem.objects.filter(finding_id__in=ids, is_open=True)
        .exclude(order=but)
        .order_by()
        .values_list("finding_id", flat=True)
    )
    if busy := [finding for finding in findings if finding.pk in taken]:
        raise Conflict(
            "already_ordered",
            _("问题 %(numbers)s 已在交办单上，不能重复交办。") % {"numbers": _numbers(busy)},
        )
    early = [finding for finding in findings if finding.state != FindingState.CONFIRMED]
    if early:
        raise Invalid(
            "not_confirmed", _("问题 %(numbers)s 未确认，先确认再交办。") % {"numbers": _numbers(early)}
        )
    return findings


def _numbers(findings: Iterable[Finding]) -> str:
    return "、".join(str(finding) for finding in findings)


def _draft_label(order: WorkOrder) -> str:
    return _("待签发交办单（%(unit)s）") % {"unit": order.unit.label}


def _tell_unit(order: WorkOrder, at: datetime, kind: str, text: str) -> None:
    notify(
        at=at, campaign_id=order.campaign_id, once_key=f"{kind}:{order.pk}", kind=kind, text=text,
        unit_id=order.unit_id, link=f"/orders/{order.pk}/", subject=order,
    )  # fmt: skip
