"""Hand-over to the line authority and its own result, which is never one of ours (S2-39…42, §2.12)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Urgency
from duban.documents import operations as documents
from duban.inspection.states import FindingState
from duban.kernel import clock, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.calendar import WorkdayCalendar
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import gettext_noop, office_text
from duban.notices.operations import notify
from duban.rectification import paper, policy
from duban.rectification.models import Referral
from duban.rectification.progress import allow, move_finding
from duban.rectification.states import REFERRAL_TRANSITIONS, ResultKind
from duban.territory.models import Unit

REPLY_WORKDAYS = {Urgency.EMERGENCY: 3, Urgency.NORMAL: 15}


@transaction.atomic
def refer_finding(
    *,
    actor: Actor,
    at: datetime,
    finding_id: UUID,
    authority_id: UUID,
    matter: str,
    reply_due_on: date | None = None,
) -> Referral:
    """This function will send a finding to the line authority with a numbered letter.

    A confirmed finding moves to 转行业主管; one that stands on an order keeps its own course.

    :raises Invalid: if the unit is no line authority or the matter is missing.
    """
    finding = get_visible(
        policy.checkable_findings_visible_to(actor).select_related("campaign__body", "site", "team"),
        finding_id,
        lock=True,
    )
    allow(policy.can_refer_finding(actor, finding))
    authority = Unit.objects.filter(pk=authority_id, is_active=True).first()
    today = clock.local_day(at)
    due_on = reply_due_on or WorkdayCalendar.load().add_workdays(
        today, REPLY_WORKDAYS[finding.campaign.urgency]
    )
    wrong = {}
    if authority is None or not authority.is_line_authority:
        wrong["authority"] = _("请选行业主管部门。")
    if not matter.strip():
        wrong["matter"] = _("请写明转办事项。")
    if due_on < today:
        wrong["reply_due_on"] = _("回复期限不能早于今日。")
    if wrong:
        raise Invalid("referral_incomplete", fields=wrong)
    number = documents.take_number(actor=actor, at=at, campaign=finding.campaign, kind="referral_letter")
    referral = Referral.objects.create(
        campaign=finding.campaign, finding=finding, area_path=finding.area_path, authority=authority, number=number,
        number_text=number.text, matter=matter.strip()[:300], sent_at=at, sent_by_id=actor.user_id,
        reply_due_on=due_on,
    )  # fmt: skip
    referral.document = documents.issue_document(
        actor=actor, at=at, campaign=finding.campaign, kind="referral_letter",
        title=office_text(gettext_noop("转办函 %(number)s"), number=number.text), record=paper.referral_record(referral, at=at),
        subject=referral, number=number, main_ids=[authority.pk],
    )  # fmt: skip
    referral.save(update_fields=["document"])
    if finding.state == FindingState.CONFIRMED:
        move_finding(finding, "refer", at=at)
    journal.record("referral.sent", actor=actor, at=at, subject=referral, label=number.text)
    notify(
        at=at, campaign_id=finding.campaign_id, once_key=f"referral_sent:{referral.pk}", kind="referral_sent",
        text=_("收到转办函 %(number)s。") % {"number": number.text}, unit_id=authority.pk,
        link=f"/referrals/{referral.pk}/", subject=referral,
    )  # fmt: skip
    return referral


@transaction.atomic
def answer_referral(
    *,
    actor: Actor,
    at: datetime,
    referral_id: UUID,
    result_kind: str,
    result: str,
    result_number: str = "",
    result_on: date | None = None,
    published_by_authority: bool = False,
) -> Referral:
    """This function will record what the authority did under its own law; a referred finding is closed by it."""
    referral = get_visible(
        policy.referrals_visible_to(actor).select_related("finding", "authority"), referral_id, lock=True
    )
    allow(policy.can_answer_referral(actor, referral))
    today = clock.local_day(at)
    wrong = {}
    if result_kind not in ResultKind.values:
        wrong["result_kind"] = _("请选处理结果。")
    if not result.strip():
        wrong["result"] = _("请写明处理结果。")
    if result_on is not None and result_on > today:
        wrong["result_on"] = _("处理日期不能晚于今日。")
    if wrong:
        raise Invalid("result_incomplete", fields=wrong)
    workflow.move(
        referral, REFERRAL_TRANSITIONS, "answer",
        result_kind=result_kind, result=result.strip()[:300], result_number=result_number.strip()[:80],
        result_on=result_on or today, answered_at=at, published_by_authority=published_by_authority,
    )  # fmt: skip
    if referral.finding.state == FindingState.REFERRED:
        move_finding(referral.finding, "close_referral", at=at, written_off_at=at)
    journal.record(
        "referral.answered", actor=actor, at=at, subject=referral, label=referral.number_text, reason=result
    )
    return referral
