"""Proposals to trace responsibility back: raised by rule, decided by a named person with reasons (S2-32, G-26)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.inspection.models import Finding, Severity
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.people.models import Post
from duban.rectification import policy
from duban.rectification.models import TraceBack, TraceNode
from duban.rectification.progress import allow
from duban.rectification.states import TRACE_TRANSITIONS


@transaction.atomic
def raise_trace_back(*, actor: Actor, at: datetime, finding: Finding, reason: str) -> TraceBack:
    """This function will propose a trace-back once per finding and reason, with the chain of duties laid out.

    Called inside other operations; it decides nothing (G-26).
    """
    trace_back, created = TraceBack.objects.get_or_create(
        finding=finding,
        reason=reason,
        defaults={"campaign_id": finding.campaign_id, "area_path": finding.unit_path, "raised_at": at},
    )
    if created:
        _lay_out_chain(trace_back)
        label = _("问题 %(number)s") % {"number": finding}
        journal.record(
            "trace_back.raised", actor=actor, at=at, subject=trace_back, label=label, reason=reason
        )
    return trace_back


@transaction.atomic
def decide_trace_back(
    *, actor: Actor, at: datetime, trace_back_id: UUID, is_opened: bool, reason: str
) -> TraceBack:
    """This function will open or waive a trace-back; either needs a reason (G-26).

    :raises Invalid: without a reason.
    """
    trace_back = get_visible(policy.trace_backs_visible_to(actor), trace_back_id, lock=True)
    allow(policy.can_decide_trace_back(actor, trace_back))
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": _("请写明理由。")})
    workflow.move(
        trace_back, TRACE_TRANSITIONS, "open" if is_opened else "waive",
        decided_by_id=actor.user_id, decided_at=at, decision_reason=reason.strip()[:300],
    )  # fmt: skip
    verb = "trace_back.opened" if is_opened else "trace_back.waived"
    journal.record(verb, actor=actor, at=at, subject=trace_back, label=_label(trace_back), reason=reason)
    return trace_back


@transaction.atomic
def conclude_trace_back(
    *,
    actor: Actor,
    at: datetime,
    trace_back_id: UUID,
    conclusion: str,
    nodes: Mapping[UUID, Mapping[str, str]],
) -> TraceBack:
    """This function will write what was done and missing at each rung and the conclusion; “无” is an answer.

    `nodes` maps a rung to {done, gap, responsibility}. For 严重 findings every rung up to the leaders of the unit
    has to be answered (S2-47), so nothing may stay blank.

    :raises Invalid: naming the rungs without a responsibility.
    """
    trace_back = get_visible(policy.trace_backs_visible_to(actor), trace_back_id, lock=True)
    allow(policy.can_conclude_trace_back(actor, trace_back))
    if not conclusion.strip():
        raise Invalid("conclusion_missing", fields={"conclusion": _("请写明结论。")})
    rungs = list(trace_back.nodes.select_related("unit", "post"))
    wrong = {}
    for rung in rungs:
        answer = nodes.get(rung.pk, {})
        rung.done = answer.get("done", "").strip()[:300]
        rung.gap = answer.get("gap", "").strip()[:300]
        rung.responsibility = answer.get("responsibility", "").strip()[:20]
        if not rung.responsibility:
            wrong[f"responsibility-{rung.pk}"] = _("%(unit)s：请写责任类型，没有的写“无”。") % {
                "unit": rung.unit.label
            }
    if wrong:
        raise Invalid("rungs_missing", fields=wrong)
    TraceNode.objects.bulk_update(rungs, ["done", "gap", "responsibility"])
    workflow.move(trace_back, TRACE_TRANSITIONS, "conclude", conclusion=conclusion.strip(), concluded_at=at)
    journal.record("trace_back.concluded", actor=actor, at=at, subject=trace_back, label=_label(trace_back))
    return trace_back


def _lay_out_chain(trace_back: TraceBack) -> None:
    """Write the rungs from the site's duty holder up to the supervising body (§2.5); people fill them in."""
    finding = trace_back.finding
    principal = Post.objects.filter(unit_id=finding.unit_id, is_principal=True, is_active=True).first()
    rungs: list[tuple[UUID, UUID | None, str]] = [
        (finding.unit_id, finding.post_id, _("点位直接责任岗位")),
        (finding.unit_id, principal.pk if principal else None, _("责任单位主要负责岗位")),
    ]
    if finding.department_unit_id and finding.department_unit_id != finding.unit_id:
        rungs.append((finding.department_unit_id, None, _("行业主管责任")))
    if finding.territory_unit_id != finding.unit_id:
        rungs.append((finding.territory_unit_id, None, _("属地管理责任")))
    if finding.severity == Severity.SERIOUS:
        rungs.append((finding.territory_unit_id, None, _("党政主要负责岗位领导责任")))
    rungs.append((finding.campaign.body_id, None, _("监督责任")))
    TraceNode.objects.bulk_create(
        TraceNode(trace_back=trace_back, ordinal=place, unit_id=unit_id, post_id=post_id, duty=duty)
        for place, (unit_id, post_id, duty) in enumerate(rungs, 1)
    )


def _label(trace_back: TraceBack) -> str:
    return _("问题 %(number)s") % {"number": trace_back.finding}
