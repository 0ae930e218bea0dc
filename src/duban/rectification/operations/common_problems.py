"""Common problems: several like findings, one approved notice to all units, a yes/no and a number back (S2-35, G-37)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.burden import operations as burden
from duban.burden.states import ApprovalState
from duban.documents import operations as documents
from duban.kernel import journal, workflow
from duban.kernel.actor import SYSTEM, Actor, Kind
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.office_words import gettext_noop, office_text
from duban.notices.operations import notify
from duban.rectification import deadlines, links, paper, policy
from duban.rectification.models import CommonProblem, SelfCheck
from duban.rectification.progress import allow
from duban.rectification.states import COMMON_TRANSITIONS

MINUTES = 2
APPROVAL_LIFE = deadlines.LINK_LIFE * 2


@transaction.atomic
def propose_common_problem(
    *, actor: Actor, at: datetime, finding_ids: Iterable[UUID], title: str, question: str
) -> CommonProblem:
    """This function will gather like findings and apply for the question to units at once (two fields, two minutes).

    :raises Invalid: for fewer than two findings, no title or no question.
    """
    ids = set(finding_ids)
    rows = policy.checkable_findings_visible_to(actor).filter(pk__in=ids)
    findings = list(rows.select_related("campaign", "category"))
    if len(findings) != len(ids):
        raise NotFound()
    campaigns = {finding.campaign_id for finding in findings}
    wrong = {}
    if len(findings) < 2 or len(campaigns) != 1:
        wrong["findings"] = _("请选同一专项中两个以上同类问题。")
    if not title.strip():
        wrong["title"] = _("请写明是哪一类问题。")
    if not question.strip():
        wrong["question"] = _("请写一句话，让单位对照检查。")
    if wrong:
        raise Invalid("common_problem_incomplete", fields=wrong)
    campaign = findings[0].campaign
    allow(policy.can_propose_common_problem(actor, campaign.pk))
    categories = {finding.category_id for finding in findings}
    problem = CommonProblem.objects.create(
        campaign=campaign, title=title.strip()[:80], question=question.strip()[:200], proposed_at=at,
        proposed_by_id=actor.user_id, category_id=categories.pop() if len(categories) == 1 else None,
    )  # fmt: skip
    problem.findings.set(findings)
    problem.approval = burden.request_form_approval(
        actor=SYSTEM, at=at, campaign_id=campaign.pk, title=office_text(gettext_noop("对照检查：%(title)s"), title=problem.title),
        purpose=problem.question, fields=[_("有无此类问题"), _("数量")], unit_count=campaign.scope_units.count(),
        minutes=MINUTES, expires_at=at + APPROVAL_LIFE,
    )  # fmt: skip
    problem.save(update_fields=["approval"])
    journal.record("common_problem.proposed", actor=actor, at=at, subject=problem, label=problem.title)
    return problem


@transaction.atomic
def send_common_notice(
    *, actor: Actor, at: datetime, common_problem_id: UUID, reply_due_at: datetime
) -> CommonProblem:
    """This function will send the notice to every unit of the campaign's scope; without an approval it cannot go (G-30).

    The result carries `.fresh_tokens` {unit id: token}, the only time they are shown.

    :raises Conflict: while the form is not approved or has expired.
    """
    problem = get_visible(
        policy.common_problems_visible_to(actor).select_related("campaign__body", "approval"),
        common_problem_id,
        lock=True,
    )
    allow(policy.can_send_common_notice(actor, problem))
    approval = problem.approval
    if approval is None or approval.state != ApprovalState.APPROVED or approval.expires_at <= at:
        raise Conflict("form_not_approved", _("表格未经审批或已过期，不能发出。"))
    if reply_due_at <= at:
        raise Invalid("due_in_past", fields={"reply_due_at": _("反馈期限须晚于现在。")})
    units = [line.unit for line in problem.campaign.scope_units.select_related("unit").order_by("ordinal")]
    if not units:
        raise Invalid("no_units", _("专项范围内没有单位。"))
    number = documents.take_number(
        actor=actor, at=at, campaign=problem.campaign, kind="common_problem_notice"
    )
    workflow.move(
        problem, COMMON_TRANSITIONS, "notice",
        number=number, number_text=number.text, noticed_at=at, reply_due_at=reply_due_at,
    )  # fmt: skip
    problem.document = documents.issue_document(
        actor=actor, at=at, campaign=problem.campaign, kind="common_problem_notice",
        title=office_text(gettext_noop("关于对照检查%(title)s的通知"), title=problem.title),
        record=paper.common_notice_record(
            problem, [unit.name for unit in units], approval_number=approval.number, at=at
        ),
        subject=problem, number=number, main_ids=[unit.pk for unit in units], area_path=problem.campaign.area_path,
    )  # fmt: skip
    problem.save(update_fields=["document"])
    problem.fresh_tokens = _open_self_checks(problem, [unit.pk for unit in units], at)
    journal.record("common_problem.noticed", actor=actor, at=at, subject=problem, label=problem.number_text)
    return problem


@transaction.atomic
def answer_self_check(
    *, actor: Actor, at: datetime, self_check_id: UUID, has_problem: bool, count: int | None = None
) -> SelfCheck:
    """This function will take a unit's yes/no and number; it may be corrected until the matter is closed.

    :raises Invalid: for “yes” without a number.
    """
    rows = policy.self_checks_visible_to(actor).select_related("common_problem__campaign", "unit")
    check = get_visible(rows, self_check_id, lock=True)
    allow(policy.can_answer_self_check(actor, check))
    if has_problem and (count is None or count < 1):
        raise Invalid("count_missing", fields={"count": _("有此类问题的，请填数量。")})
    is_own = actor.kind is Kind.UNIT_LINK or actor.unit_id == check.unit_id
    label = (
        actor.label
        if is_own
        else _("%(unit)s（%(post)s代录）") % {"unit": check.unit.label, "post": actor.label}
    )
    check.has_problem, check.count = has_problem, (count if has_problem else 0)
    check.replied_at, check.replied_by_label = at, label[:80]
    check.save(update_fields=["has_problem", "count", "replied_at", "replied_by_label"])
    journal.record(
        "self_check.answered", actor=actor, at=at, subject=check, label=check.common_problem.title,
        campaign_id=check.common_problem.campaign_id, area_path=check.unit.path,
    )  # fmt: skip
    return check


@transaction.atomic
def renew_self_check_link(*, actor: Actor, at: datetime, self_check_id: UUID) -> SelfCheck:
    """This function will replace the link of one unit's self-check; `.fresh_token` is shown once."""
    rows = policy.self_checks_visible_to(actor).select_related("common_problem", "unit")
    check = get_visible(rows, self_check_id, lock=True)
    if actor.kind is Kind.UNIT_LINK:
        raise NotFound()
    allow(policy.can_answer_self_check(actor, check))
    token = links.new_token()
    check.token_hash = links.token_digest(token)
    check.save(update_fields=["token_hash"])
    check.fresh_token = token
    journal.record(
        "link.created", actor=actor, at=at, subject=check, label=check.common_problem.title,
        campaign_id=check.common_problem.campaign_id,
    )  # fmt: skip
    return check


@transaction.atomic
def close_common_problem(*, actor: Actor, at: datetime, common_problem_id: UUID) -> CommonProblem:
    """This function will close a common problem; who has not answered stays listed as such."""
    problem = get_visible(policy.common_problems_visible_to(actor), common_problem_id, lock=True)
    allow(policy.can_close_common_problem(actor, problem))
    workflow.move(problem, COMMON_TRANSITIONS, "close", closed_at=at)
    problem.self_checks.filter(revoked_at=None).update(revoked_at=at)
    journal.record("common_problem.closed", actor=actor, at=at, subject=problem, label=problem.title)
    return problem


def _open_self_checks(problem: CommonProblem, unit_ids: list[UUID], at: datetime) -> dict[UUID, str]:
    tokens = {unit_id: links.new_token() for unit_id in unit_ids}
    checks = SelfCheck.objects.bulk_create(
        SelfCheck(
            common_problem=problem,
            unit_id=unit_id,
            token_hash=links.token_digest(token),
            expires_at=problem.reply_due_at + deadlines.LINK_LIFE,
        )
        for unit_id, token in tokens.items()
    )
    for check in checks:
        notify(
            at=at, campaign_id=problem.campaign_id, once_key=f"self_check:{check.pk}", kind="self_check",
            text=_("请对照检查：%(title)s。只答有无和数量。") % {"title": problem.title}, unit_id=check.unit_id,
            link=f"/self-checks/{check.pk}/", subject=check,
        )  # fmt: skip
    return tokens
