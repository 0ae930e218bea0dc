"""Sampled re-checks after write-off (回头看) and what follows when a problem has come back (S2-29, §2.10)."""

import hashlib
import hmac
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.inspection.models import Finding
from duban.inspection.states import FindingState
from duban.kernel import clock, journal
from duban.kernel.actor import OFFICE_ROLES, Actor
from duban.kernel.errors import Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import ALLOW, deny, require
from duban.notices.operations import notify
from duban.rectification import deadlines, policy
from duban.rectification.models import LookBack, TraceReason, WorkOrder
from duban.rectification.operations.trace_backs import raise_trace_back
from duban.rectification.progress import allow, move_finding, settle_order
from duban.rectification.sampling import sample


@transaction.atomic
def sample_look_backs(*, actor: Actor, at: datetime, campaign_id: UUID, day: date) -> list[LookBack]:
    """This function will draw the re-checks of one day's write-offs: the campaign's share, at least one when any.

    The seed follows from the installation's key, campaign and day: nobody can foresee it, a second run draws the
    same, and with the recorded seed anybody can check the draw.
    """
    campaign = Campaign.objects.get(pk=campaign_id)
    require(
        ALLOW
        if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=campaign_id)
        else deny("not_office", _("由专班综合岗办理。"))
    )
    rows = Finding.objects.filter(
        campaign=campaign,
        written_off_at__gte=clock.start_of_day(day),
        written_off_at__lt=clock.end_of_day(day),
    )
    written_off = {finding.pk: finding for finding in rows.exclude(state=FindingState.WITHDRAWN)}
    if (
        not written_off
        or LookBack.objects.filter(finding__in=written_off, sampled_at__gte=clock.end_of_day(day)).exists()
    ):
        return []
    seed = hmac.new(
        settings.SECRET_KEY.encode(), f"look-back {campaign.pk} {day}".encode(), hashlib.sha256
    ).hexdigest()
    chosen = sample(list(written_off), campaign.look_back_percent, seed)
    busy = set(LookBack.objects.filter(finding__in=chosen, done_at=None).values_list("finding_id", flat=True))
    due_on = day + timedelta(days=campaign.look_back_days)
    made = []
    for key in chosen:
        finding = written_off[key]
        if key in busy or finding.state != FindingState.WRITTEN_OFF:
            continue
        look_back = LookBack.objects.create(
            finding=finding, area_path=finding.area_path, sampled_at=at, sample_seed=seed, due_on=due_on
        )
        journal.record(
            "look_back.sampled", actor=actor, at=at, subject=look_back, label=str(finding),
            campaign_id=campaign.pk, reason=seed[:16],
        )  # fmt: skip
        made.append(look_back)
    return made


@transaction.atomic
def record_look_back(
    *, actor: Actor, at: datetime, look_back_id: UUID, held: bool, note: str, told_at: datetime | None = None
) -> LookBack:
    """This function will record a re-check; a problem that came back is opened again and traced back (S2-32).

    The same result of the same person again changes nothing. `told_at`: when a phone says it was written.

    :raises WrongState: if it was recorded already.
    """
    rows = policy.look_backs_visible_to(actor).select_related("finding")
    look_back = get_visible(rows, look_back_id, lock=True)
    if _is_repeated(look_back, actor, held, note):
        return look_back
    allow(policy.can_record_look_back(actor, look_back))
    if not note.strip():
        raise Invalid("note_missing", fields={"note": _("请写明现场情况。")})
    updated = LookBack.objects.filter(pk=look_back.pk, done_at=None).update(
        done_at=at, done_by_id=actor.user_id, held=held, note=note.strip()[:300], told_at=told_at
    )
    if not updated:
        raise WrongState()
    look_back.refresh_from_db()
    finding = look_back.finding
    if not held:
        _reopen(finding, actor=actor, at=at)
    journal.record(
        "look_back.held" if held else "look_back.recurred", actor=actor, at=at, subject=finding, reason=note,
        label=_("问题 %(number)s") % {"number": finding},
    )  # fmt: skip
    return look_back


def _is_repeated(look_back: LookBack, actor: Actor, held: bool, note: str) -> bool:
    said = (actor.user_id, held, note.strip()[:300])
    return look_back.done_at is not None and (look_back.done_by_id, look_back.held, look_back.note) == said


def _reopen(finding: Finding, *, actor: Actor, at: datetime) -> None:
    move_finding(
        finding, "reopen", at=at, reopened_at=at, due_at=deadlines.same_day_limit(at), is_extended=False,
        corrected_at=None,
    )  # fmt: skip
    raise_trace_back(actor=actor, at=at, finding=finding, reason=TraceReason.RECURRENCE)
    item = finding.order_items.filter(is_open=True).first()
    if item is None:  # corrected on the spot at the time: it needs an order now
        move_finding(finding, "recall_order", at=at, due_at=None)
        return
    order = WorkOrder.objects.select_for_update(of=("self",)).select_related("unit").get(pk=item.order_id)
    if settle_order(order, at=at) == "send_back":
        journal.record("order.sent_back", actor=actor, at=at, subject=order)
    until = finding.due_at + deadlines.LINK_LIFE
    order.links.filter(revoked_at=None, expires_at__lt=until).update(expires_at=until)
    notify(
        at=at, campaign_id=order.campaign_id, once_key=f"recurred:{finding.pk}:{at.isoformat()}", kind="recurred",
        text=_("%(order)s 第 %(item)s 项回头看发现反弹，重新整改。") % {"order": order, "item": item.ordinal},
        unit_id=order.unit_id, link=f"/orders/{order.pk}/", subject=order,
    )  # fmt: skip
