"""Support requests: what a site or a unit needs from headquarters, and the answer (§2.12)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.inspection import policy, screening
from duban.inspection.models import SupportRequest
from duban.inspection.operations.visits import journal_kept
from duban.inspection.states import SUPPORT_TRANSITIONS
from duban.inspection.support_kinds import SUPPORT_KINDS
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.territory.models import Unit

ANSWER_HOURS = 24


@transaction.atomic
def raise_support_request(
    *,
    actor: Actor,
    at: datetime,
    kind: str,
    text: str,
    visit_id: UUID | None = None,
    finding_id: UUID | None = None,
    unit_id: UUID | None = None,
    screening_override: str = "",
) -> SupportRequest:
    """This function will ask headquarters for materials, staff, a rule or something else, on a visit or a finding.

    The answer is due after 24 hours. The same text for the same matter a second time returns the first request.
    """
    if finding_id is not None:
        row = get_visible(policy.findings_visible_to(actor).select_related("visit"), finding_id)
        visit, finding = row.visit, row
    elif visit_id is not None:
        row = get_visible(policy.visits_visible_to(actor).select_related("site"), visit_id)
        visit, finding = row, None
    else:
        raise Invalid("no_target", _("协调请求须归入检查记录或问题。"))
    require(policy.can_raise_support_request(actor, row))
    text = text.strip()
    fields = {}
    if kind not in SUPPORT_KINDS:
        fields["kind"] = _("请选择需要什么。")
    if len(text) < 4:
        fields["text"] = _("请写明需要什么、多少、何时要（至少4个字）。")
    if fields:
        raise Invalid(
            "support_incomplete", _("有%(count)s处要改，内容都还在。") % {"count": len(fields)}, fields
        )
    kept = screening.require_clean({"text": text}, override=screening_override)
    earlier = SupportRequest.objects.filter(visit=visit, finding=finding, kind=kind, text=text).first()
    if earlier:
        return earlier
    unit = Unit.objects.filter(pk=unit_id, is_active=True).first() if unit_id else None
    if unit is None:
        unit = finding.unit if finding else visit.site.operator_unit or visit.site.territory_unit
    request = SupportRequest(
        campaign_id=row.campaign_id, visit=visit, finding=finding, unit=unit, area_path=row.area_path, kind=kind,
        text=text, raised_at=at, due_at=at + timedelta(hours=ANSWER_HOURS),
    )  # fmt: skip
    request.save(force_insert=True)
    journal.record("support.raised", actor=actor, at=at, subject=request, label=str(SUPPORT_KINDS[kind]))
    journal_kept(actor, at, request, kept, screening_override)
    return request


@transaction.atomic
def answer_support_request(*, actor: Actor, at: datetime, request_id: UUID, answer: str) -> SupportRequest:
    """This function will answer a support request for headquarters."""
    request = get_visible(policy.support_requests_visible_to(actor), request_id)
    require(policy.can_answer_support_request(actor, request))
    answer = answer.strip()
    if len(answer) < 2:
        raise Invalid("no_answer", _("请写明答复。"), {"answer": _("请写明答复。")})
    workflow.move(
        request,
        SUPPORT_TRANSITIONS,
        "answer",
        answer=answer[:300],
        answered_at=at,
        answered_by_label=actor.label[:80],
    )
    journal.record("support.answered", actor=actor, at=at, subject=request)
    return request
