"""问题清单、责任清单、整改措施清单、整改台账 and the 整改通知书 as records, from findings and what became of them.

Posts, never persons; a covert team's problem appears only once its unit knows of it. See documents/kinds.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.inspection.models import Finding, Phase
from duban.inspection.policy import findings_visible_to
from duban.inspection.states import COUNTED_STATES, FindingState
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.office_words import in_office_language
from duban.rectification.models import OrderItem, ReplyItem, WorkOrder
from duban.rectification.paper import limit_text, moment_text
from duban.teams.models import TeamKind
from duban.territory.models import Unit

MOST = 1000
UNTOLD = (FindingState.CONFIRMED, FindingState.ON_SPOT)


def findings_for_lists(
    actor: Actor, campaign: Campaign, *, since: date | None, until: date | None, unit: Unit | None
) -> QuerySet[Finding]:
    """Return the confirmed findings of a period, oldest first, with everything the lists print."""
    rows = findings_visible_to(actor).filter(campaign=campaign, state__in=COUNTED_STATES)
    rows = rows.exclude(team__kind=TeamKind.COVERT, state__in=UNTOLD)
    if since:
        rows = rows.filter(found_at__gte=clock.start_of_day(since))
    if until:
        rows = rows.filter(found_at__lt=clock.end_of_day(until))
    if unit:
        rows = rows.filter(unit=unit)
    replies = ReplyItem.objects.select_related("reply").order_by("reply__sequence")
    items = OrderItem.objects.select_related("order").prefetch_related(Prefetch("replies", queryset=replies))
    return (
        rows.select_related("unit", "site", "category", "post", "territory_unit", "department_unit")
        .prefetch_related("verifications__verifier", "look_backs", "evidence", Prefetch("order_items", queryset=items))
        .order_by("found_at", "number")
    )  # fmt: skip


@in_office_language
def list_record(
    kind: str, campaign: Campaign, findings: Sequence[Finding], *, period: str, at: datetime
) -> dict[str, Any]:
    """This function will return the record of a list or the ledger as of `at`."""
    field, title, row = LISTS[kind]
    return {
        "title": f"{campaign.title}{period}{title}",
        "issuer": campaign.body.name,
        "as_of": moment_text(at),
        field: [row(finding) for finding in findings],
    }


CIRCULAR_KEYS = ("inspected_at", "unit", "place", "problem", "state")


@in_office_language
def circular_record(
    campaign: Campaign, findings: Sequence[Finding], *, period: str
) -> tuple[str, dict[str, Any]]:
    """This function will return the title of a circular and its first sentences, with the problems as annex.

    The annex has no column for persons or posts.
    """
    units = len({finding.unit_id for finding in findings})
    lead = _("%(period)s督导检查确认问题%(count)s个，涉及%(units)s个单位，清单附后。现将有关情况通报如下。")
    rows = [{key: row[key] for key in CIRCULAR_KEYS} for row in map(_problem_row, findings)]
    title = _("关于%(period)s督导发现问题的通报") % {"period": period}
    words = {"period": period, "count": len(findings), "units": units}
    return title, {"paragraphs": [lead % words], "problems": rows}


def _day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    day = clock.local_day(moment)
    return _("%(month)s月%(day)s日") % {"month": day.month, "day": day.day}


def _time(moment: datetime) -> str:
    local = clock.local(moment)
    return _("%(day)s%(hour)s时%(minute)02d分") % {
        "day": _day(moment),
        "hour": local.hour,
        "minute": local.minute,
    }


def _limit(finding: Finding) -> str:
    if finding.due_at is None:
        return ""
    day, hour = limit_text(finding.due_at).split(" ")
    year_month_day = date.fromisoformat(day)
    minutes = hour.removesuffix(":00").replace(":", _("时")) + ("" if not hour.endswith(":00") else _("时"))
    return _("%(month)s月%(day)s日%(time)s") % {"month": year_month_day.month, "day": year_month_day.day, "time": minutes}  # fmt: skip


def _order(finding: Finding) -> OrderItem | None:
    items = list(finding.order_items.all())
    return next((item for item in items if item.is_open), items[-1] if items else None)


def _measures(item: OrderItem | None) -> str:
    replies = list(item.replies.all()) if item else []
    return replies[-1].measures if replies else ""


def _problem_row(finding: Finding) -> dict[str, Any]:
    return {
        "inspected_at": _time(finding.found_at), "place": finding.site.name, "problem": finding.fact,
        "category": finding.category.title, "unit": finding.unit.label,
        "duty_post": finding.post.title if finding.post else "", "state": str(finding.get_state_display()),
    }  # fmt: skip


def _duty_row(finding: Finding) -> dict[str, Any]:
    return {
        "problem_no": str(finding), "problem": finding.fact, "territory": finding.territory_unit.label,
        "department": finding.department_unit.label if finding.department_unit else "", "unit": finding.unit.label,
        "duty_class": str(finding.get_line_display()),
        "leader_post": finding.post.title if finding.post and finding.post.is_principal else "",
        "direct_post": finding.post.title if finding.post and not finding.post.is_principal else "",
    }  # fmt: skip


def _measure_row(finding: Finding) -> dict[str, Any]:
    item = _order(finding)
    return {
        "problem_no": str(finding), "problem": finding.fact,
        "requirement": (item.requirement if item else finding.requirement) or _("依规整改。"),
        "measures": _measures(item) or finding.on_spot_note, "unit": finding.unit.label, "deadline": _limit(finding),
        "state": str(finding.get_state_display()),
    }  # fmt: skip


def _ledger_row(finding: Finding) -> dict[str, Any]:
    item = _order(finding)
    checks = sorted(finding.verifications.all(), key=lambda one: one.verified_at)
    last = checks[-1] if checks else None
    backs = sorted(finding.look_backs.all(), key=lambda one: one.due_on)
    replies = list(item.replies.all()) if item else []
    return {
        "order_no": item.order.number_text if item else "", "problem": finding.fact,
        "measures": _measures(item) or finding.on_spot_note, "unit": finding.unit.label,
        "leader": finding.post.title if finding.post else "",
        "handler": replies[-1].reply.replied_by_label if replies else "", "deadline": _limit(finding),
        "progress": str(finding.get_state_display()),
        "evidence": _("%(count)s件") % {"count": sum(one.phase == Phase.AFTER for one in finding.evidence.all())},
        "finished": _day(finding.corrected_at or (item.order.rectified_at if item else None)),
        "verified": f"{last.verifier}，{_day(last.verified_at)}" if last else "",
        "write_off": _day(finding.written_off_at),
        "look_back": _day(backs[-1].done_at) or (_("%(day)s前") % {"day": backs[-1].due_on.isoformat()}) if backs else "",
        "remarks": _("再次发生") if finding.recurrence_of_id else "",
    }  # fmt: skip


Row = Callable[[Finding], dict[str, Any]]
LISTS: dict[str, tuple[str, str, Row]] = {
    "problem_list": ("problems", "问题清单", _problem_row),
    "duty_list": ("duties", "责任清单", _duty_row),
    "measure_list": ("measures", "整改措施清单", _measure_row),
    "ledger": ("entries", "整改台账", _ledger_row),
}


@in_office_language
def notice_record(order: WorkOrder, items: Sequence[OrderItem], *, at: datetime) -> dict[str, Any]:
    """This function will return the record of a 整改通知书 to the unit of an issued order."""
    body, campaign = order.campaign.body.name, order.campaign
    basis = order.basis or campaign.basis or campaign.title
    return {
        "title": _("整改通知书"),
        "letterhead": body,
        "issuer": body,
        "date": clock.local_day(at).isoformat(),
        "addressees": [order.unit.name],
        "paragraphs": [
            _("依据%(basis)s，督导检查发现你单位存在下列问题（交办单号：%(number)s），现通知你单位整改。")
            % {"basis": basis if basis.startswith("《") else f"“{basis}”", "number": order.number_text}
        ],
        "problems": [
            {
                "place": item.finding.site.name, "problem": item.finding.fact,
                "requirement": item.requirement or _("依规整改。"),
            }
            for item in items
        ],
        "sections": [
            {"heading": _("整改期限"), "paragraphs": [_("%(limit)s前整改完毕并反馈。") % {"limit": _limit_words(order)}]},
            {
                "heading": _("整改反馈"),
                "paragraphs": [_("反馈整改结果、措施和佐证，不要求其他材料。对事实有异议的，可以提出异议，异议期间不计入期限。")],
            },
            {"heading": _("联系方式"), "paragraphs": [_("%(body)s综合岗。") % {"body": body}]},
        ],
    }  # fmt: skip


def _limit_words(order: WorkOrder) -> str:
    day, hour = limit_text(order.due_at).split(" ")
    when = date.fromisoformat(day)
    return _("%(month)s月%(day)s日%(hour)s时") % {"month": when.month, "day": when.day, "hour": int(hour[:2])}
