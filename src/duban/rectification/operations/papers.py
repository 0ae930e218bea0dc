"""Lists, ledger and rectification notice as official documents, from the records as they stand at the moment."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaigns
from duban.campaigns.models import Campaign
from duban.documents import operations as documents
from duban.documents.models import Draft, OfficialDocument
from duban.inspection.models import Finding
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require
from duban.rectification import lists, policy
from duban.territory.policy import units_visible_to


@in_office_language
@transaction.atomic
def issue_list(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    kind: str,
    since: date | None = None,
    until: date | None = None,
    unit_id: UUID | None = None,
) -> OfficialDocument:
    """This function will freeze a list or the ledger of a period (and unit) as a document as of now.

    :raises Invalid: for an unknown kind, a period that ends before it begins, no findings, or too many for one paper.
    """
    if kind not in lists.LISTS:
        raise Invalid("unknown_list", _("请选择清单。"), {"kind": _("请选择清单。")})
    campaign, findings, period = _chosen(actor, campaign_id, since, until, unit_id)
    record = lists.list_record(kind, campaign, findings, period=period, at=at)
    return documents.issue_document(
        actor=actor, at=at, campaign=campaign, kind=kind, title=record["title"], record=record, subject=campaign,
        area_path=campaign.area_path,
    )  # fmt: skip


@in_office_language
@transaction.atomic
def draft_circular(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    since: date | None = None,
    until: date | None = None,
    unit_id: UUID | None = None,
) -> Draft:
    """This function will begin the draft of a circular whose annex lists the problems of a period (and unit).

    The list is frozen as it stands now; text, recipients and approval follow on the drafting page.

    :raises Invalid: as issue_list does.
    """
    campaign, findings, period = _chosen(actor, campaign_id, since, until, unit_id)
    title, record = lists.circular_record(campaign, findings, period=period)
    return documents.write_draft(
        actor=actor, at=at, campaign_id=campaign.pk, kind="circular", title=title, record=record
    )


def _chosen(
    actor: Actor, campaign_id: UUID, since: date | None, until: date | None, unit_id: UUID | None
) -> tuple[Campaign, list[Finding], str]:
    """Return the campaign, the findings of the period and unit, and the words for both."""
    campaign = get_visible(campaigns.campaigns_visible_to(actor).select_related("body"), campaign_id)
    require(policy.can_issue_list(actor, campaign))
    if since and until and until < since:
        raise Invalid("period", _("截止日不能早于起始日。"), {"until": _("不能早于起始日。")})
    unit = get_visible(units_visible_to(actor), unit_id) if unit_id else None
    rows = lists.findings_for_lists(actor, campaign, since=since, until=until, unit=unit)
    findings = list(rows[: lists.MOST + 1])
    if not findings:
        raise Invalid("no_findings", _("所选范围没有已确认的问题。"))
    if len(findings) > lists.MOST:
        raise Invalid("too_many", _("超过 %(most)s 条，请缩短时段或选一个单位。") % {"most": lists.MOST})
    return campaign, findings, f"{unit.label if unit else ''}{_period(since, until)}"


def _period(since: date | None, until: date | None) -> str:
    days = [_("%(month)s月%(day)s日") % {"month": day.month, "day": day.day} for day in (since, until) if day]
    if since and until and since == until:
        return days[0]
    if since and until:
        return _("%(since)s至%(until)s") % {"since": days[0], "until": days[1]}
    if days:
        return (_("%(day)s以来") if since else _("截至%(day)s")) % {"day": days[0]}
    return ""


@in_office_language
@transaction.atomic
def issue_rectification_notice(*, actor: Actor, at: datetime, order_id: UUID) -> OfficialDocument:
    """This function will issue a 整改通知书 for an issued order under the next number and send it to the unit, once.

    :raises Denied: to all but the campaign head, or for an order that is not open. :raises Conflict: a second time.
    """
    rows = policy.orders_visible_to(actor).select_related("campaign__body", "unit")
    order = get_visible(rows, order_id)
    require(policy.can_issue_rectification_notice(actor, order))
    known = OfficialDocument.objects.filter(kind="rectification_notice", subject_id=order.pk, state="issued")
    if known.exists():
        raise Conflict("notice_exists", _("这份交办单已经发过整改通知书。"))
    items = list(order.items.filter(is_open=True).select_related("finding__site").order_by("ordinal"))
    number = documents.take_number(actor=actor, at=at, campaign=order.campaign, kind="rectification_notice")
    return documents.issue_document(
        actor=actor, at=at, campaign=order.campaign, kind="rectification_notice",
        title=_("整改通知书（%(unit)s）") % {"unit": order.unit.label}, subject=order, number=number,
        record=lists.notice_record(order, items, at=at), main_ids=[order.unit_id],
    )  # fmt: skip
