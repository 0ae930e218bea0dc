"""The roster by week and month, coverage and its rows, repeat visits, load and rotation, the duty calendar file."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from duban.kernel.clock import local, local_day
from duban.kernel.errors import NotFound
from duban.people.actors import actor_for
from duban.planning import coverage, load
from duban.planning.coverage import NOWHERE, Scope
from duban.teams import operations as teams
from duban.teams import policy, roster
from duban.teams.duty import duty_calendar
from duban.teams.limits import protection_of
from duban.teams.operations.feeds import digest_of
from duban.teams.queries import feed_of
from duban.web.forms.roster import (
    CalendarFilter,
    LoadFilter,
    PeriodFilter,
    RepeatFilter,
    RoundFilter,
    SiteRowsFilter,
    VisitRowsFilter,
)
from duban.web.pages import download, export_rows, paginate, said
from duban.web.treemap import Box, treemap
from duban.web.views.dispatches import asked_day
from duban.web.views.teams import context, team_page

FEED_BACK_DAYS, FEED_AHEAD_DAYS = 31, 31
MAP = Box(0, 0, 960, 300)


def _head(request: HttpRequest, *lines: tuple[str, str]) -> list[tuple[str, str]]:
    """Return what stands above an export: campaign, as-of, what was asked."""
    as_of = local(request.at).strftime("%Y-%m-%d %H:%M")
    return [(_("范围"), request.campaign.title), (_("截至"), as_of), *lines]


def _cell_text(cell: roster.DayCell) -> str:
    if cell.dispatch is None:
        return _("缺勤") if cell.absent else ""
    return _("%(state)s %(people)s人") % {"state": cell.dispatch.get_state_display(), "people": cell.people}


@team_page
def calendar(request: HttpRequest) -> HttpResponse:
    """Show who is on duty by week or month, a line per team or person."""
    day, form = asked_day(request), CalendarFilter(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    is_month = request.GET.get("span") == "month"
    days = roster.month_of(day) if is_month else roster.week_of(day)
    by_person = given.get("by") == "person"
    grid = roster.duty_grid(
        request.actor, request.campaign, days, kind=given.get("kind", ""), by_person=by_person
    )
    if request.GET.get("export"):
        return _export_grid(request, grid)
    extra = {
        "grid": grid, "form": form, "day": day, "is_month": is_month, "by_person": by_person,
        "before": days[0] - timedelta(days=1), "after": days[-1] + timedelta(days=1),
        "can_feed": policy.can_open_feed(request.actor, request.campaign),
        "feed": policy.feeds_visible_to(request.actor).filter(campaign=request.campaign).first(),
        "token": request.session.pop("roster_feed", ""), "short": roster.undermanned(request.actor, request.campaign, local_day(request.at)),
        "absences": policy.absences_visible_to(request.actor).filter(campaign=request.campaign, ends_on__gte=days[0], starts_on__lte=days[-1]),
    }  # fmt: skip
    extra["feed_url"] = _feed_url(extra["token"])
    return render(request, "roster/calendar.html", context(request, "roster:calendar", **extra))


def _export_grid(request: HttpRequest, grid: roster.DutyGrid) -> HttpResponse:
    def cell(place: int) -> Any:
        return lambda line: _cell_text(line.cells[place])

    columns = [
        (_("督导组"), lambda line: line.team.name),
        (_("岗位"), lambda line: line.member.user.post_label if line.member else ""),
        *[(f"{one.month}-{one.day}", cell(place)) for place, one in enumerate(grid.days)],
        (_("批次"), lambda line: line.dispatches),
        (_("人次"), lambda line: line.person_times),
        (_("已排未出"), lambda line: line.planned),
    ]
    span = f"{grid.days[0]}—{grid.days[-1]}"
    return export_rows(request, _("值班表"), columns, grid.lines, head=_head(request, (_("日期"), span)))


def _feed_url(token: str) -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('roster:feed', args=[token])}" if token else ""


def _calendar_file(actor: Any, campaign: Any, at: Any, first: date, last: date) -> HttpResponse:
    rows = roster.duty_of(actor, campaign, [first, last])
    content = duty_calendar(rows, _("%(title)s值班") % {"title": campaign.title}, at=at)
    return download(content, _("值班日历.ics"), "text/calendar; charset=utf-8")


@team_page
def calendar_file(request: HttpRequest) -> HttpResponse:
    """Give the week or month as an iCalendar file: who, never where."""
    if not policy.can_open_feed(request.actor, request.campaign):
        raise NotFound()
    day = asked_day(request)
    days = roster.month_of(day) if request.GET.get("span") == "month" else roster.week_of(day)
    return _calendar_file(request.actor, request.campaign, request.at, days[0], days[-1])


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give a calendar program the duty days of whoever opened the address, as far as that person still may see them."""
    found = feed_of(digest_of(token))
    if found is None or not found.user.is_active:
        raise NotFound()
    actor, today = actor_for(found.user, at=request.at), local_day(request.at)
    if not policy.can_open_feed(actor, found.campaign):
        raise NotFound()
    first, last = today - timedelta(days=FEED_BACK_DAYS), today + timedelta(days=FEED_AHEAD_DAYS)
    return _calendar_file(actor, found.campaign, request.at, first, last)


@team_page
@require_POST
def open_feed(request: HttpRequest) -> HttpResponse:
    _feed, token = teams.open_feed(actor=request.actor, at=request.at, campaign_id=request.campaign.pk)
    request.session["roster_feed"] = token  # shown once, on the next page
    said(request, _("日历地址已开通，只显示这一次"))
    return redirect("roster:calendar")


@team_page
@require_POST
def revoke_feed(request: HttpRequest) -> HttpResponse:
    teams.revoke_feed(actor=request.actor, at=request.at, campaign_id=request.campaign.pk)
    said(request, _("日历地址已停用"))
    return redirect("roster:calendar")


def _rows_url(request: HttpRequest, **asked: Any) -> str:
    kept = {"round": request.GET["round"]} if request.GET.get("round") else {}
    return (
        f"{reverse('roster:sites')}?{urlencode(kept | {key: value for key, value in asked.items() if value})}"
    )


def _heat(request: HttpRequest, table: coverage.CoverageTable) -> list[dict[str, Any]]:
    """Return the lines of the heat table; a cell says reached/all and opens exactly these sites."""
    rows = []
    for line in table.lines:
        cells = []
        for one in table.types:
            cell = line.cells.get(one.pk)
            url = _rows_url(request, line=line.key, type=one.pk) if cell else ""
            text = f"{cell.visited}/{cell.sites}" if cell else ""
            cells.append({"value": cell.percent if cell else None, "text": text, "url": url})
        total = f"{line.total.visited}/{line.total.sites}"
        cells.append({"value": line.total.percent, "text": total, "url": _rows_url(request, line=line.key)})
        unvisited = _rows_url(request, line=line.key, show="unvisited")
        rows.append({"label": line.title or _("其他"), "cells": cells, "total": line.total.unvisited, "total_url": unvisited})  # fmt: skip
    return rows


def _map(request: HttpRequest, table: coverage.CoverageTable) -> list[dict[str, Any]]:
    """Return the boxes of the treemap: size is the number of sites, tone is the share reached."""
    boxes = treemap([line.total.sites for line in table.lines], MAP)
    return [
        {"box": box, "line": line, "title": line.title or _("其他"), "percent": line.total.percent,
         "url": _rows_url(request, line=line.key), "text_x": box.x + 8, "text_y": box.y + 20, "note_y": box.y + 38,
         "is_named": box.width > 16 + 14 * len(line.title) and box.height > 28,
         "has_note": box.width > 96 and box.height > 46}
        for line, box in zip(table.lines, boxes, strict=True)
    ]  # fmt: skip


@team_page
def show_coverage(request: HttpRequest) -> HttpResponse:
    """Show coverage by township and site type as a treemap with the heat table beside it."""
    form = RoundFilter(request.GET, actor=request.actor, campaign=request.campaign)
    chosen = form.chosen(local_day(request.at))
    table = coverage.coverage(Scope(request.actor, request.campaign, chosen))
    if request.GET.get("export"):
        return _export_coverage(request, table, str(chosen) if chosen else _("全部轮次"))
    columns = [*[one.title for one in table.types], _("合计")]
    kept = coverage.site_rows(
        Scope(request.actor, request.campaign, chosen), show="protected", day=local_day(request.at)
    ).count()
    extra = {
        "kept_note": _("保护期内 %(count)s 处") % {"count": kept} if kept else "",
        "form": form, "round": chosen, "table": table, "columns": columns, "heat": _heat(request, table),
        "boxes": _map(request, table), "map": MAP, "all_url": _rows_url(request),
        "unvisited_url": _rows_url(request, show="unvisited"), "visited_url": _rows_url(request, show="visited"),
    }  # fmt: skip
    return render(request, "roster/coverage.html", context(request, "roster:coverage", **extra))


def _export_coverage(request: HttpRequest, table: coverage.CoverageTable, title: str) -> HttpResponse:
    def cell(key: Any, name: str) -> Any:
        return lambda line: getattr(line.cells[key], name) if key in line.cells else None

    columns: list[Any] = [(_("乡镇、单位"), lambda line: line.title or _("其他"))]
    for one in table.types:
        columns += [(_("%(type)s 已到") % {"type": one.title}, cell(one.pk, "visited"))]
        columns += [(_("%(type)s 应到") % {"type": one.title}, cell(one.pk, "sites"))]
    columns += [
        (_("已到"), lambda line: line.total.visited), (_("应到"), lambda line: line.total.sites),
        (_("未到"), lambda line: line.total.unvisited), (_("覆盖率%"), lambda line: line.total.percent),
    ]  # fmt: skip
    return export_rows(request, _("覆盖情况"), columns, table.lines, head=_head(request, (_("轮次"), title)))


@team_page
def sites(request: HttpRequest) -> HttpResponse:
    """Show the sites behind a cell: reached, not reached, or both; longest unvisited first."""
    form = SiteRowsFilter(request.GET, actor=request.actor, campaign=request.campaign)
    today = local_day(request.at)
    chosen = form.chosen(today)
    given = form.cleaned_data if form.is_valid() else {}
    scope = Scope(request.actor, request.campaign, chosen)
    kind = given.get("type")
    rows = coverage.site_rows(
        scope, line=given.get("line", ""), type_id=kind.pk if kind else None, show=given.get("show", ""),
        text=(given.get("q") or "").strip(), day=today,
    )  # fmt: skip
    periods = coverage.protections(scope, today)
    if request.GET.get("export"):
        kept = (_("保护期至"), lambda site: getattr(protection_of(site, periods), "ends_on", None))
        return export_rows(request, _("点位到访"), [*SITE_COLUMNS, kept], rows, head=_head(request, (_("轮次"), str(chosen or _("全部轮次")))))  # fmt: skip
    page = paginate(request, rows)
    counts = coverage.visit_counts(scope, [site.pk for site in page])
    lines = [
        {"site": site, "visits": counts[site.pk], "days": (today - site.last_day).days if site.last_day else None,
         "protection": protection_of(site, periods)}
        for site in page
    ]  # fmt: skip
    extra = {"form": form, "round": chosen, "page": page, "lines": lines, "found": page.paginator.count}
    return render(request, "roster/sites.html", context(request, "roster:coverage", **extra))


SITE_COLUMNS = [
    (gettext_lazy("编码"), lambda site: site.code), (gettext_lazy("点位"), lambda site: site.name),
    (gettext_lazy("类型"), lambda site: site.site_type.title), (gettext_lazy("所在"), lambda site: site.area.name),
    (gettext_lazy("责任单位"), lambda site: (site.operator_unit or site.territory_unit).name),
    (gettext_lazy("最近到访"), lambda site: site.last_day),
]  # fmt: skip


def _period(request: HttpRequest, form: PeriodFilter, back: int = 13) -> tuple[date, date]:
    """Return the days asked for, by default the last two weeks; the campaign's first day is the earliest."""
    given, today = form.cleaned_data if form.is_valid() else {}, local_day(request.at)
    until = given.get("until") or today
    since = given.get("since") or max(request.campaign.starts_on, until - timedelta(days=back))
    return min(since, until), until


@team_page
def repeats(request: HttpRequest) -> HttpResponse:
    """Show places visited twice within 48 hours and units visited several times a week."""
    form = RepeatFilter(request.GET)
    since, until = _period(request, form)
    least = (form.cleaned_data.get("least") if form.is_valid() else None) or 2
    scope = Scope(request.actor, request.campaign)
    pairs = coverage.repeat_visits(scope, since, until)
    weeks = coverage.unit_weeks(scope, since, until, least=least)
    if request.GET.get("export") == "weeks":
        return export_rows(request, _("一周内多次到访"), WEEK_COLUMNS, weeks, head=_head(request, (_("时段"), f"{since}—{until}")))  # fmt: skip
    if request.GET.get("export"):
        return export_rows(request, _("重复到访"), REPEAT_COLUMNS, pairs, head=_head(request, (_("时段"), f"{since}—{until}")))  # fmt: skip
    extra = {
        "form": form, "since": since, "until": until, "found": len(pairs), "page": paginate(request, pairs, 30),
        "week_page": _week_page(request, weeks), "weeks": len(weeks), "least": least,
        "looks": sum(one.is_look_back for one in pairs), "hours": coverage.REPEAT_HOURS,
    }  # fmt: skip
    return render(request, "roster/repeats.html", context(request, "roster:repeats", **extra))


def _week_page(request: HttpRequest, weeks: list[coverage.UnitWeek]) -> Any:
    from duban.web.pages import ListPaginator

    return ListPaginator(weeks, 30).get_page(request.GET.get("weeks", ""))


REPEAT_COLUMNS = [
    (gettext_lazy("点位"), lambda one: one.later.site.name),
    (gettext_lazy("责任单位"), lambda one: (one.later.site.operator_unit or one.later.site.territory_unit).name),
    (gettext_lazy("前次"), lambda one: local(one.earlier.arrived_at)), (gettext_lazy("前次督导组"), lambda one: one.earlier.team.name),
    (gettext_lazy("后次"), lambda one: local(one.later.arrived_at)), (gettext_lazy("后次督导组"), lambda one: one.later.team.name),
    (gettext_lazy("间隔小时"), lambda one: one.hours), (gettext_lazy("回头看"), lambda one: _("是") if one.is_look_back else ""),
]  # fmt: skip

WEEK_COLUMNS = [
    (gettext_lazy("单位"), lambda week: week.unit.label), (gettext_lazy("周（自周一）"), lambda week: week.monday),
    (gettext_lazy("到访"), lambda week: len(week.visits)), (gettext_lazy("天数"), lambda week: week.days),
    (gettext_lazy("点位"), lambda week: week.sites), (gettext_lazy("督导组"), lambda week: "、".join(week.teams)),
]  # fmt: skip


VISIT_COLUMNS = [
    (gettext_lazy("编号"), lambda one: one.number), (gettext_lazy("到达"), lambda one: local(one.arrived_at)),
    (gettext_lazy("督导组"), lambda one: one.team.name), (gettext_lazy("点位"), lambda one: one.site.name),
    (gettext_lazy("所在"), lambda one: one.site.area.name), (gettext_lazy("轮次"), lambda one: str(one.round)),
]  # fmt: skip


@team_page
def visits(request: HttpRequest) -> HttpResponse:
    """Show the visits behind a figure of rotation and load."""
    form = VisitRowsFilter(request.GET, actor=request.actor, campaign=request.campaign)
    since, until = _period(request, form)
    given = form.cleaned_data if form.is_valid() else {}
    team = given.get("team")
    scope = Scope(request.actor, request.campaign)
    rows = coverage.visit_rows(
        scope, since, until, line=given.get("line", ""), team_id=team.pk if team else None
    )
    if request.GET.get("export"):
        span = f"{since}—{until}"
        return export_rows(
            request, _("检查记录"), VISIT_COLUMNS, rows, head=_head(request, (_("时段"), span))
        )
    page = paginate(request, rows)
    extra = {"form": form, "page": page, "found": page.paginator.count, "since": since, "until": until}
    return render(request, "roster/visits.html", context(request, "roster:load", **extra))


@team_page
def show_load(request: HttpRequest) -> HttpResponse:
    """Show the load of teams and members and how teams rotate over the areas, in the order of teams."""
    form = LoadFilter(request.GET)
    since, until = _period(request, form)
    kind = form.cleaned_data.get("kind", "") if form.is_valid() else ""
    days = [since + timedelta(days=step) for step in range(min((until - since).days + 1, 366))]
    scope = Scope(request.actor, request.campaign)
    loads = load.team_loads(scope, days, kind=kind)
    members = load.member_loads(request.actor, request.campaign, days, kind=kind)
    if request.GET.get("export"):
        return _export_load(request, loads, members, days)
    units, rotations = load.rotations(scope, days, kind=kind)
    lines = [
        {"one": one, "cells": [{"unit": unit, "count": one.cells.get(str(unit.pk), 0)} for unit in units],
         "rest": one.cells.get(NOWHERE, 0)}
        for one in rotations
    ]  # fmt: skip
    totals = {
        "dispatches": sum(one.dispatches for one in loads), "person_times": sum(one.person_times for one in loads),
        "visits": sum(one.visits for one in loads), "planned": sum(one.planned for one in loads),
    }  # fmt: skip
    extra = {"form": form, "since": since, "until": until, "loads": loads, "members": members, "totals": totals,
             "units": units, "rotations": lines, "has_rest": any(line["rest"] for line in lines)}  # fmt: skip
    return render(request, "roster/load.html", context(request, "roster:load", **extra))


def _export_load(
    request: HttpRequest, loads: list[load.TeamLoad], members: list[load.MemberLoad], days: list[date]
) -> HttpResponse:
    if request.GET["export"] == "members":
        columns = [
            (_("督导组"), lambda one: one.member.team.name), (_("岗位"), lambda one: one.member.user.post_label),
            (_("出勤日"), lambda one: one.days), (_("最长连续日"), lambda one: one.longest_run),
            (_("缺勤日"), lambda one: one.absent), (_("最近出勤"), lambda one: one.last_day),
        ]  # fmt: skip
        rows: list[Any] = members
    else:
        columns = [
            (_("督导组"), lambda one: one.team.name), (_("批次"), lambda one: one.dispatches),
            (_("人次"), lambda one: one.person_times), (_("点位"), lambda one: one.sites),
            (_("点位次"), lambda one: one.visits), (_("已排未出"), lambda one: one.planned),
        ]  # fmt: skip
        rows = loads
    span = f"{days[0]}—{days[-1]}"
    return export_rows(request, _("负荷"), columns, rows, head=_head(request, (_("时段"), span)))
