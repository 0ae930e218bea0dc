"""Every write of burden: apply for, decide and expire a question to units; object and answer."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.burden import policy, queries
from duban.burden.models import Deferral, DeferralGround, FormApproval, Objection
from duban.burden.states import APPROVAL_TRANSITIONS, OBJECTION_TRANSITIONS
from duban.campaigns.models import Campaign
from duban.documents import operations as documents
from duban.documents.models import OfficialDocument
from duban.kernel import clock, counters, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.calendar import WorkdayCalendar
from duban.kernel.clock import local
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require
from duban.territory.models import Unit

ANSWER_WORKDAYS = 2  # G-35


@transaction.atomic
def request_form_approval(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    title: str,
    purpose: str,
    fields: Iterable[str],
    unit_count: int,
    minutes: int,
    expires_at: datetime,
    alternative_checked: str = "",
) -> FormApproval:
    """This function will apply for leave to ask units something (G-30).

    :raises Invalid: without purpose, fields or a later expiry.
    """
    campaign = _campaign(campaign_id)
    require(policy.can_request_form_approval(actor, campaign))
    asked = [field.strip() for field in fields if field.strip()]
    wrong = {}
    if not purpose.strip():
        wrong["purpose"] = _("请写明用途。")
    if not asked:
        wrong["fields"] = _("请列出要填的项目。")
    if minutes < 1:
        wrong["minutes"] = _("至少 1 分钟。")
    if expires_at <= at:
        wrong["expires_at"] = _("有效期须晚于现在。")
    if wrong:
        raise Invalid("form_incomplete", fields=wrong)
    year = clock.local_day(at).year
    serial = counters.take(f"form_approval:{campaign.pk}:{year}")
    approval = FormApproval.objects.create(
        campaign=campaign, number=f"{campaign.code}-表审〔{year}〕{serial}号"[-60:], title=title.strip()[:80],
        purpose=purpose.strip()[:300], fields=asked, unit_count=unit_count, minutes=minutes,
        alternative_checked=alternative_checked.strip()[:200], requested_by_id=actor.user_id, requested_at=at,
        expires_at=expires_at,
    )  # fmt: skip
    journal.record("form_approval.requested", actor=actor, at=at, subject=approval, label=approval.number)
    return approval


@transaction.atomic
def decide_form_approval(
    *, actor: Actor, at: datetime, approval_id: UUID, approve: bool, reason: str = ""
) -> FormApproval:
    """This function will approve or refuse a question to units; a refusal needs a reason.

    :raises Denied: on one's own application.
    """
    approval = get_visible(policy.approvals_visible_to(actor), approval_id, lock=True)
    require(policy.can_decide_form_approval(actor, approval))
    if not approve and not reason.strip():
        raise Invalid("reason_missing", fields={"reason": _("请写明理由。")})
    workflow.move(
        approval, APPROVAL_TRANSITIONS, "approve" if approve else "refuse",
        decided_by_id=actor.user_id, decided_at=at, decision_reason=reason.strip()[:200],
    )  # fmt: skip
    verb = "form_approval.approved" if approve else "form_approval.refused"
    journal.record(verb, actor=actor, at=at, subject=approval, label=approval.number, reason=reason)
    return approval


@transaction.atomic
def expire_form_approval(*, actor: Actor, at: datetime, approval_id: UUID) -> FormApproval:
    """This function will close an approval whose time is over; called by the sweep."""
    approval = get_visible(policy.approvals_visible_to(actor), approval_id, lock=True)
    if approval.expires_at > at:
        raise Invalid("not_expired")
    workflow.move(approval, APPROVAL_TRANSITIONS, "expire")
    journal.record("form_approval.expired", actor=actor, at=at, subject=approval, label=approval.number)
    return approval


@transaction.atomic
def file_objection(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    unit_id: UUID,
    subject_type: str,
    subject_id: UUID,
    subject_label: str,
    text: str,
) -> Objection:
    """This function will take a unit's objection that a demand adds to its burden (G-35)."""
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound()
    campaign = _campaign(campaign_id)
    require(policy.can_file_objection(actor, unit, campaign.pk))
    if not text.strip():
        raise Invalid("text_missing", fields={"text": _("请写明哪项要求加重了负担。")})
    due_on = WorkdayCalendar.load().add_workdays(clock.local_day(at), ANSWER_WORKDAYS)
    objection = Objection.objects.create(
        campaign=campaign, unit=unit, area_path=unit.path, subject_type=subject_type, subject_id=subject_id,
        subject_label=subject_label[:120], text=text.strip()[:300], filed_at=at, due_on=due_on,
    )  # fmt: skip
    journal.record("objection.filed", actor=actor, at=at, subject=objection, label=subject_label)
    return objection


@transaction.atomic
def answer_objection(
    *, actor: Actor, at: datetime, objection_id: UUID, upheld: bool, answer: str
) -> Objection:
    """This function will answer an objection with reasons.

    :raises Denied: for somebody of the objecting unit.
    """
    objection = get_visible(policy.objections_visible_to(actor), objection_id, lock=True)
    require(policy.can_answer_objection(actor, objection))
    if not answer.strip():
        raise Invalid("answer_missing", fields={"answer": _("请写明答复和理由。")})
    workflow.move(
        objection, OBJECTION_TRANSITIONS, "uphold" if upheld else "reject",
        decided_by_id=actor.user_id, decided_at=at, answer=answer.strip()[:300],
    )  # fmt: skip
    verb = "objection.upheld" if upheld else "objection.rejected"
    journal.record(verb, actor=actor, at=at, subject=objection, label=objection.subject_label, reason=answer)
    return objection


def _campaign(campaign_id: UUID) -> Campaign:
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound()
    return campaign


@in_office_language
@transaction.atomic
def issue_form_approval(*, actor: Actor, at: datetime, approval_id: UUID) -> OfficialDocument:
    """This function will issue the sheet of an approved form, once; it goes with the form to the units.

    :raises Denied: before the approval. :raises Conflict: a second time.
    """
    rows = policy.approvals_visible_to(actor).select_related("campaign__body", "requested_by", "decided_by")
    approval = get_visible(rows, approval_id)
    require(policy.can_issue_form_approval(actor, approval))
    if OfficialDocument.objects.filter(kind="form_approval", subject_id=approval.pk).exists():
        raise Conflict("sheet_issued", _("这份审批单已经出文。"))

    def moment(at: datetime | None) -> str:
        return f"{local(at):%Y-%m-%d %H:%M}" if at else ""

    record = {
        "title": _("表格审批单"), "number": approval.number, "issuer": approval.campaign.body.name,
        "form_name": approval.title, "purpose": approval.purpose,
        "asked_units": _("%(count)s个单位") % {"count": approval.unit_count},
        "fields": [str(one.get("label", one) if isinstance(one, dict) else one) for one in approval.fields],
        "alternative": approval.alternative_checked, "minutes": _("每单位约%(minutes)s分钟") % {"minutes": approval.minutes},
        "requested_by": str(approval.requested_by or ""), "requested_at": moment(approval.requested_at),
        "decision": approval.decision_reason or _("同意发放，到期自动停用。"), "approver": str(approval.decided_by or ""),
        "approved_at": moment(approval.decided_at), "valid_until": moment(approval.expires_at),
    }  # fmt: skip
    title = _("表格审批单（%(name)s）") % {"name": approval.title}
    return documents.issue_document(
        actor=actor, at=at, campaign=approval.campaign, kind="form_approval", title=title, record=record, subject=approval,
        area_path=approval.campaign.area_path,
    )  # fmt: skip


@transaction.atomic
def ask_deferral(*, actor: Actor, at: datetime, campaign_id: UUID, unit_id: UUID, ground: str) -> Deferral:
    """This function will note that a unit in an emergency asks checks to wait until 24:00.

    :raises Invalid: for an unknown ground. :raises Conflict: while a request of the unit stands.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound()
    campaign = _campaign(campaign_id)
    require(policy.can_file_objection(actor, unit, campaign.pk))
    if ground not in DeferralGround.values:
        raise Invalid("ground_missing", fields={"ground": _("请选择正在处置什么。")})
    if queries.deferrals_of([unit.pk], at):
        raise Conflict("deferral_stands", _("已收到请求，今日有效，不必再提。"))
    deferral = Deferral.objects.create(
        campaign=campaign, unit=unit, area_path=unit.path, ground=ground, asked_at=at, asked_by_label=actor.label[:80],
        until=clock.end_of_day(clock.local_day(at)),
    )  # fmt: skip
    journal.record("deferral.asked", actor=actor, at=at, subject=deferral, label=unit.name)
    return deferral


@transaction.atomic
def withdraw_deferral(*, actor: Actor, at: datetime, deferral_id: UUID) -> Deferral:
    """This function will end a request before its time: the emergency is over.

    :raises Conflict: if it is over already.
    """
    deferral = get_visible(policy.deferrals_visible_to(actor).select_related("unit"), deferral_id, lock=True)
    require(policy.can_file_objection(actor, deferral.unit, deferral.campaign_id))
    if deferral.withdrawn_at is not None or deferral.until <= at:
        raise Conflict("deferral_over", _("这个请求已经结束。"))
    deferral.withdrawn_at = at
    deferral.save(update_fields=["withdrawn_at"])
    journal.record("deferral.withdrawn", actor=actor, at=at, subject=deferral, label=deferral.unit.name)
    return deferral
