"""今日: what must I do, by when, what changed — built from the real state for whoever looks."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.campaigns.models import Campaign
from duban.documents.models import GUARDED_SHELF
from duban.documents.queries import unread_deliveries
from duban.inspection import operations as inspection
from duban.inspection import queries as inspection_queries
from duban.inspection.policy import findings_visible_to, visits_visible_to
from duban.inspection.states import FindingState, SheetState
from duban.kernel import clock
from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Role
from duban.kernel.journal import VERBS
from duban.kernel.models import Event
from duban.kernel.policy import require
from duban.kernel.scope import NOTHING, area_condition
from duban.planning.policy import sheets_visible_to as key_points_visible_to
from duban.rectification.policy import orders_visible_to
from duban.rectification.states import OrderState
from duban.reporting import freezing, indicators, policy, todos
from duban.reporting.policy import can_freeze_edition, editions_visible_to
from duban.reporting.questions import Question
from duban.web.pages import paginate, said, staff_page

CHANGES = 6
# What a reader of the day wants to hear of; routine entries stay in the journal.
TOLD = (
    "finding.registered", "finding.withdrawn", "order.issued", "order.received", "order.replied", "order.voided",
    "order.fell_overdue", "plan.requested", "plan.approved", "plan.refused", "dispute.filed", "dispute.upheld",
    "dispute.rejected", "verification.passed", "verification.sent_back", "verification.found_false",
    "look_back.recurred", "urge.signed", "referral.sent", "referral.answered", "common_problem.proposed",
    "common_problem.noticed", "trace_back.raised", "trace_back.opened", "edition.frozen", "edition.signed",
    "edition.sent", "edition.acknowledged", "edition.corrected", "bulletin.submitted", "bulletin.issued",
    "bulletin.withdrawn", "directive.registered", "support.raised", "support.answered", "document.issued",
)  # fmt: skip
ROUTES = {
    "inspection.finding": "findings:show", "rectification.workorder": "orders:show", "reporting.edition": "summaries:show",
    "reporting.bulletin": "bulletins:show", "documents.officialdocument": "documents:show",
    "rectification.referral": "referrals:show", "rectification.commonproblem": "commons:show",
}  # fmt: skip
# The units' side hears of its own orders and papers, never of findings before they are ordered.
UNIT_VERBS = tuple(verb for verb in TOLD if verb.startswith(("order.", "plan.", "dispute.")))


@staff_page
def show_today(request: HttpRequest) -> HttpResponse:
    """Show the day of the signed-in person."""
    actor, campaign, at = request.actor, request.campaign, request.at
    found = todos.collect(actor, campaign, at)
    mine = [todo for todo in found if todo.is_mine]
    only_mine = request.GET.get("mine") == "1"
    changes = _changes(request)
    context = {
        "marks": rail_marks(campaign, at), "figures": _figures(request), "now": at, "total": len(found),
        "groups": _shown(todos.grouped(mine if only_mine else found, campaign, at), at), "mine": len(mine),
        "only_mine": only_mine, "sheets": _sheet_grid(request), "changes": [_told(event) for event in changes[:CHANGES]],
        "change_count": changes.count(), "since": _told_since(request),
        "points": _key_points(request), "can": _can(request), "edition": _edition(request),
    }  # fmt: skip
    return render(request, "today/show.html", context)


def _can(request: HttpRequest) -> dict[str, bool]:
    has = request.actor.has_role
    return {
        "order": has(OFFICE_ROLES, campaign_id=request.campaign.pk),
        "freeze": bool(can_freeze_edition(request.actor, request.campaign)),
        "journal": has(OFFICE_ROLES | {Role.AUDITOR}, campaign_id=request.campaign.pk),
    }


def rail_marks(campaign: Campaign, at: datetime) -> list[dict[str, Any]]:
    """Return the campaign's day rail with the moments of today."""
    day = clock.local_day(at)
    marks = []
    for mark in campaign.day_rail or _plain_rail(campaign):
        text = str(mark["at"])
        hour, minute = (int(part) for part in text.split(":"))
        moment = clock.end_of_day(day) if hour >= 24 else clock.moment(day, time(hour, minute))
        until = f"–{mark['until']}" if mark.get("until") else ""
        marks.append({"at": moment, "label": _rail_title(mark), "clock": f"{text}{until}", "note": ""})
    return sorted(marks, key=lambda mark: mark["at"])


def _rail_title(mark: dict[str, Any]) -> str:
    from django.utils.translation import get_language

    english = (get_language() or "").startswith("en")
    return mark.get("title_en") or mark["title"] if english else mark["title"]


def _plain_rail(campaign: Campaign) -> list[dict[str, str]]:
    return [
        {"at": campaign.cutoff.strftime("%H:%M"), "title": _("截数汇总")},
        {"at": campaign.formal_order_at.strftime("%H:%M"), "title": _("正式交办")},
        {"at": "24:00", "title": _("当日整改到期")},
    ]


def _shown(groups: list[todos.Group], at: datetime) -> list[todos.Group]:
    """Give every to-do its address and mark the one solid button of the page."""
    for position, group in enumerate(groups):
        for place, todo in enumerate(group.todos):
            url = url_of(todo.route, todo.args, todo.query)
            solid = position == 0 and place == 0 and todo.is_mine
            group.todos[place] = {
                "todo": todo,
                "url": url,
                "solid": solid,
                "posts": todo.route == "today:remind",
            }  # type: ignore[call-overload]
    return groups


def url_of(route: str, args: Iterable[Any] = (), query: str = "") -> str:
    """Return the address of a named page, or "" where that page is not part of this installation."""
    try:
        return reverse(route, args=list(args)) + query if route else ""
    except NoReverseMatch:
        return ""


def rows_url(code: str, **asked: Any) -> str:
    """Return the address of the rows behind a figure."""
    return f"{reverse('overview:rows')}?{urlencode({'code': code, **asked})}"


def _figures(request: HttpRequest) -> list[dict[str, Any]]:
    actor, campaign = request.actor, request.campaign
    if actor.has_role(OFFICE_ROLES | {Role.LEADER, Role.AUDITOR}, campaign_id=campaign.pk):
        return _desk_figures(request)
    if actor.has_role(FIELD_ROLES, campaign_id=campaign.pk):
        return _team_figures(request)
    if actor.has_role({Role.UNIT_LIAISON}, campaign_id=campaign.pk):
        return _unit_figures(request)
    if actor.has_role({Role.HEADQUARTERS}, campaign_id=campaign.pk):
        return _headquarters_figures(request)
    return []


def _desk_figures(request: HttpRequest) -> list[dict[str, Any]]:
    campaign, at = request.campaign, request.at
    day = clock.local_day(at)
    path = policy.scope_path(request.actor, campaign)
    today = Question(campaign, as_of=at, since=freezing.since_of(campaign, day), path=path, is_live=True)
    whole = today.narrowed(since=None)
    codes = ("B1-1", "B2", "B3-1", "B3-2", "B6-1", "B1-2", "B5-1", "B5-2")
    answer = {
        code: indicators.figure(code, today if code[:2] != "B5" and code != "B1-2" else whole)
        for code in codes
    }
    due = indicators.figure("B4", today.narrowed(since=clock.start_of_day(day)))
    waiting = (
        findings_visible_to(request.actor).filter(campaign=campaign, state=FindingState.REGISTERED).count()
    )
    sheets = inspection_queries.sheets_of_day(request.actor, campaign.pk, day)
    handed = sum(row.state != SheetState.OPEN for row in sheets)
    found, closed = answer["B1-2"].value, answer["B5-1"].value
    return [
        {"label": _("日报已报"), "value": handed, "unit": _("/ %(n)s 组") % {"n": len(sheets)},
         "note": _("缺%(n)s组") % {"n": len(sheets) - handed} if handed < len(sheets) else _("已到齐"),
         "url": url_of("sheets:list")},
        {"label": _("今日发现问题"), "value": answer["B1-1"].value, "unit": _("个"), "url": rows_url("B1-1", window="today"),
         "note": _("现场整改 %(spot)s · 待确认 %(waiting)s") % {"spot": answer["B2"].value, "waiting": waiting}},
        {"label": _("今日交办"), "value": answer["B3-1"].value, "unit": _("份 %(n)s 项") % {"n": answer["B3-2"].value},
         "url": rows_url("B3-1", window="today"), "note": _("自上次截数起")},
        {"label": _("当日到期已办结"), "value": due.numerator, "unit": _("/ %(n)s 份") % {"n": due.denominator},
         "url": rows_url("B4", days="1"), "note": _("24:00 后出当日办结率")},
        {"label": _("逾期"), "value": answer["B6-1"].value, "unit": _("个"), "url": rows_url("B6-1"),
         "danger": bool(answer["B6-1"].value), "note": _("超过期限仍在整改")},
        {"label": _("累计发现"), "value": found, "unit": _("个"), "url": rows_url("B1-2"),
         "note": _("已销号 %(n)s（%(rate)s%%）") % {"n": closed, "rate": answer["B5-2"].value if found else 0}},
    ]  # fmt: skip


def _team_figures(request: HttpRequest) -> list[dict[str, Any]]:
    actor, campaign = request.actor, request.campaign
    day = clock.local_day(request.at)
    mine = inspection_queries.own_teams(actor, campaign.pk)
    visits = visits_visible_to(actor).filter(campaign=campaign, team__in=mine)
    findings = findings_visible_to(actor).filter(campaign=campaign, team__in=mine)
    places = sum(dispatch.places for dispatch in _dispatches(request))
    return [
        {"label": _("今日点位"), "value": places, "unit": _("个"), "url": url_of("dispatches:board")},
        {"label": _("今日检查"), "value": visits.filter(day=day).count(), "unit": _("次"), "url": url_of("visits:list")},
        {"label": _("今日登记问题"), "value": findings.filter(visit__day=day).count(), "unit": _("个"),
         "url": url_of("findings:list")},
        {"label": _("待核验"), "value": findings.filter(state=FindingState.FED_BACK).count(), "unit": _("个"),
         "url": url_of("verifications:list")},
        {"label": _("退回补充"), "value": findings.filter(state=FindingState.RETURNED).count(), "unit": _("个"),
         "url": url_of("findings:list", query="?view=mine")},
        {"label": _("本组累计"), "value": findings.exclude(state=FindingState.WITHDRAWN).count(), "unit": _("个"),
         "url": url_of("findings:list", query="?view=all")},
    ]  # fmt: skip


def _dispatches(request: HttpRequest) -> Iterable[Any]:
    from django.db.models import Count

    from duban.teams.policy import dispatches_visible_to

    rows = dispatches_visible_to(request.actor).filter(
        campaign=request.campaign, day=clock.local_day(request.at)
    )
    return rows.filter(members__id=request.actor.user_id).annotate(places=Count("dispatch_sites"))


def _unit_figures(request: HttpRequest) -> list[dict[str, Any]]:
    orders = orders_visible_to(request.actor).filter(campaign=request.campaign)
    late = orders.filter(state__in=(OrderState.ISSUED, OrderState.RECEIVED), due_at__lt=request.at).count()
    rows = [
        (_("待签收"), OrderState.ISSUED), (_("整改中"), OrderState.RECEIVED), (_("待核验"), OrderState.REPLIED),
        (_("已销号"), OrderState.CLOSED),
    ]  # fmt: skip
    shown = [
        {"label": label, "value": orders.filter(state=state).count(), "unit": _("份"),
         "url": url_of("orders:list", query=f"?view={state}")} for label, state in rows
    ]  # fmt: skip
    unread = unread_deliveries(request.actor, campaign_id=request.campaign.pk).count()
    return [
        *shown[:3],
        {"label": _("逾期"), "value": late, "unit": _("份"), "danger": bool(late), "url": url_of("orders:list", query="?view=overdue")},
        shown[3],
        {"label": _("未签收公文"), "value": unread, "unit": _("份"), "url": url_of("documents:list", query="?unread=1")},
    ]  # fmt: skip


def _headquarters_figures(request: HttpRequest) -> list[dict[str, Any]]:
    campaign, at = request.campaign, request.at
    sent = editions_visible_to(request.actor).filter(campaign=campaign)
    waiting = inspection_queries.open_support_count(request.actor, campaign.pk)
    latest = sent.order_by("-day", "-sequence").first()
    answered = indicators.figure("C2-2", Question(campaign, as_of=at)).value
    return [
        {"label": _("最近汇总"), "value": f"{latest.day.month}-{latest.day.day}" if latest else "",
         "url": url_of("summaries:show", (latest.pk,)) if latest else "", "note": latest.get_state_display() if latest else ""},
        {"label": _("待回执"), "value": sent.filter(state="sent").count(), "unit": _("期"), "url": url_of("summaries:list")},
        {"label": _("待协调事项"), "value": waiting, "unit": _("件"), "url": url_of("support:list")},
        {"label": _("已协调事项"), "value": answered, "unit": _("件"), "url": rows_url("C2-2")},
    ]  # fmt: skip


def _sheet_grid(request: HttpRequest) -> dict[str, Any] | None:
    if not request.actor.has_role(CASE_ROLES | FIELD_ROLES, campaign_id=request.campaign.pk):
        return None
    rows = inspection_queries.sheets_of_day(request.actor, request.campaign.pk, clock.local_day(request.at))
    if not rows:
        return None
    cells = [
        {"name": _("暗%(n)s") % {"n": row.team.number} if row.team.is_covert else str(row.team.number),
         "title": row.team.name, "missing": row.state == SheetState.OPEN} for row in rows
    ]  # fmt: skip
    return {"cells": cells, "done": sum(not cell["missing"] for cell in cells), "total": len(cells),
            "url": url_of("sheets:list")}  # fmt: skip


def _told_since(request: HttpRequest) -> datetime:
    """Return when the changes begin that are told: the last cut-off, at most three days back."""
    last = freezing.since_of(request.campaign, clock.local_day(request.at))
    return max(last, request.at - timedelta(days=3))


def _changes(request: HttpRequest) -> Any:
    actor, campaign = request.actor, request.campaign
    since = _told_since(request)
    condition = (
        area_condition(actor, OFFICE_ROLES | {Role.LEADER, Role.AUDITOR}, campaign_id=campaign.pk) or ~NOTHING
    )
    verbs = TOLD
    if not actor.has_role(OFFICE_ROLES | {Role.LEADER, Role.AUDITOR}, campaign_id=campaign.pk):
        roles = FIELD_ROLES | {Role.UNIT_LIAISON, Role.HEADQUARTERS}
        condition = area_condition(actor, roles, campaign_id=campaign.pk) or ~NOTHING
        verbs = UNIT_VERBS
    rows = Event.objects.filter(campaign_id=campaign.pk, at__gt=since, at__lte=request.at, verb__in=verbs)
    rows = rows.exclude(subject_type=GUARDED_SHELF)  # told to everybody: not even to its readers
    return rows.filter(condition).order_by("-at", "-id")


def _told(event: Event) -> dict[str, Any]:
    what = f"{VERBS.get(event.verb, event.verb)}　{event.subject_label}"
    return {"at": event.at, "who": event.actor_label, "what": what,
            "url": url_of(ROUTES.get(event.subject_type, ""), (event.subject_id,))}  # fmt: skip


def _key_points(request: HttpRequest) -> dict[str, Any] | None:
    rows = key_points_visible_to(request.actor).filter(campaign=request.campaign)
    day = clock.local_day(request.at)
    sheet = rows.filter(day__gt=day).order_by("day").first() or rows.filter(day=day).first()
    if sheet is None:
        return None
    points = sheet.points.filter(dropped_reason="").order_by("ordinal")
    title = _("明日要点") if sheet.day > day else _("今日要点")
    return {
        "sheet": sheet,
        "title": title,
        "points": points[:4],
        "url": url_of("key-points:show", (sheet.pk,)),
    }


def _edition(request: HttpRequest) -> Any:
    rows = editions_visible_to(request.actor).filter(
        campaign=request.campaign, day=clock.local_day(request.at)
    )
    return rows.order_by("-sequence").first()


@staff_page
def list_changes(request: HttpRequest) -> HttpResponse:
    """Show everything that changed since the last cut-off."""
    page = paginate(request, _changes(request))
    context = {"page": page, "changes": [_told(event) for event in page], "since": _told_since(request)}
    return render(request, "today/changes.html", context)


@staff_page
@require_POST
def remind_teams(request: HttpRequest) -> HttpResponse:
    """Remind every team whose sheet is still missing today, once each."""
    require(can_freeze_edition(request.actor, request.campaign))
    day = clock.local_day(request.at)
    rows = inspection_queries.sheets_of_day(request.actor, request.campaign.pk, day)
    missing = [row.team for row in rows if row.state == SheetState.OPEN]
    for team in missing:
        inspection.remind_team(at=request.at, team_id=team.pk, day=day)
    said(request, _("已提醒：%(names)s") % {"names": "、".join(team.name for team in missing) or _("无")})
    return redirect("today:show")
