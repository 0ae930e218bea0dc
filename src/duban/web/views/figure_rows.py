"""“这些行”: the rows behind a figure, live or frozen, with the same total; filter in the address, export obeys it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.inspection import policy as inspection
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import NotFound, Text
from duban.kernel.ids import parse_id
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.rectification import policy as rectification
from duban.reporting import freezing, indicators, policy, queries
from duban.reporting.questions import Question
from duban.sites.policy import sites_visible_to
from duban.teams import policy as teams
from duban.territory.models import Unit
from duban.web.pages import export_rows, paginate, staff_page

Getter = Callable[[Any], Any]


@dataclass(frozen=True)
class RowKind:
    """How the rows of one kind are shown: columns, the visible set, what to load, where a row opens."""

    title: Text
    noun: Text
    columns: tuple[tuple[Text, Getter], ...]
    visible: Callable[[Actor], QuerySet] | None = None
    related: tuple[str, ...] = ()
    route: str = ""
    state: Getter | None = None


def _stamp(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%m-%d %H:%M") if moment else ""


KINDS: dict[str, RowKind] = {
    "finding": RowKind(gettext_lazy("问题"), gettext_lazy("个"), (
        (gettext_lazy("编号"), str), (gettext_lazy("发现时间"), lambda row: _stamp(row.found_at)),
        (gettext_lazy("责任单位"), lambda row: row.unit.label), (gettext_lazy("点位"), lambda row: row.site.name),
        (gettext_lazy("事实"), lambda row: row.fact), (gettext_lazy("类别"), lambda row: row.category.title),
        (gettext_lazy("程度"), lambda row: row.get_severity_display()),
    ), inspection.findings_visible_to, ("unit", "site", "category"), "findings:show", lambda row: row.state),
    "visit": RowKind(gettext_lazy("检查"), gettext_lazy("次"), (
        (gettext_lazy("编号"), str), (gettext_lazy("到达"), lambda row: _stamp(row.arrived_at)),
        (gettext_lazy("点位"), lambda row: row.site.name), (gettext_lazy("督导组"), lambda row: row.team.name),
        (gettext_lazy("方式"), lambda row: row.get_mode_display()),
    ), inspection.visits_visible_to, ("site", "team"), "visits:show"),
    "order": RowKind(gettext_lazy("交办单"), gettext_lazy("份"), (
        (gettext_lazy("单号"), str), (gettext_lazy("责任单位"), lambda row: row.unit.label),
        (gettext_lazy("下达"), lambda row: _stamp(row.issued_at)), (gettext_lazy("期限"), lambda row: _stamp(row.due_at)),
        (gettext_lazy("销号"), lambda row: _stamp(row.written_off_at)),
    ), rectification.orders_visible_to, ("unit",), "orders:show", lambda row: row.state),
    "site": RowKind(gettext_lazy("点位"), gettext_lazy("个"), (
        (gettext_lazy("编码"), lambda row: row.code), (gettext_lazy("点位"), lambda row: row.name),
        (gettext_lazy("类型"), lambda row: row.site_type.title), (gettext_lazy("所在区划"), lambda row: row.area.label),
    ), sites_visible_to, ("site_type", "area"), "sites:show"),
    "team": RowKind(gettext_lazy("督导组"), gettext_lazy("个"), (
        (gettext_lazy("组别"), lambda row: row.name), (gettext_lazy("类型"), lambda row: row.get_kind_display()),
    ), teams.teams_visible_to, (), "teams:show"),
    "round": RowKind(gettext_lazy("轮次"), gettext_lazy("轮"), (
        (gettext_lazy("轮次"), str), (gettext_lazy("开始"), lambda row: row.starts_on),
        (gettext_lazy("结束"), lambda row: row.ends_on),
    ), teams.rounds_visible_to),
    "dispatch": RowKind(gettext_lazy("派出"), gettext_lazy("批次"), (
        (gettext_lazy("日期"), lambda row: row.day), (gettext_lazy("督导组"), lambda row: row.team.name),
        (gettext_lazy("人数"), lambda row: row.member_count),
    ), teams.dispatches_visible_to, ("team",), "dispatches:show"),
    "bulletin": RowKind(gettext_lazy("督导通报"), gettext_lazy("期"), (
        (gettext_lazy("期号"), lambda row: row.issue or ""), (gettext_lazy("标题"), lambda row: row.title),
        (gettext_lazy("印发"), lambda row: _stamp(row.issued_at)),
    ), policy.bulletins_visible_to, (), "bulletins:show"),
    "urge": RowKind(gettext_lazy("催办"), gettext_lazy("份"), (
        (gettext_lazy("文号"), lambda row: row.number_text), (gettext_lazy("交办单"), lambda row: row.order.number_text),
        (gettext_lazy("责任单位"), lambda row: row.order.unit.label),
        (gettext_lazy("签发"), lambda row: _stamp(row.signed_at)),
    ), rectification.urges_visible_to, ("order__unit",)),
    "referral": RowKind(gettext_lazy("转办函"), gettext_lazy("件"), (
        (gettext_lazy("文号"), lambda row: row.number_text), (gettext_lazy("主管部门"), lambda row: row.authority.label),
        (gettext_lazy("事项"), lambda row: row.matter), (gettext_lazy("发出"), lambda row: _stamp(row.sent_at)),
        (gettext_lazy("回复"), lambda row: _stamp(row.answered_at)),
    ), rectification.referrals_visible_to, ("authority",), "referrals:show"),
    "support": RowKind(gettext_lazy("需协调事项"), gettext_lazy("件"), (
        (gettext_lazy("单位"), lambda row: row.unit.label), (gettext_lazy("事项"), lambda row: row.text),
        (gettext_lazy("提出"), lambda row: _stamp(row.raised_at)), (gettext_lazy("答复"), lambda row: row.answer),
    ), inspection.support_requests_visible_to, ("unit",)),
    "common_problem": RowKind(gettext_lazy("共性问题"), gettext_lazy("件"), (
        (gettext_lazy("题目"), lambda row: row.title), (gettext_lazy("通知"), lambda row: _stamp(row.noticed_at)),
    ), rectification.common_problems_visible_to, (), "commons:show"),
    "self_check": RowKind(gettext_lazy("对照检查"), gettext_lazy("家"), (
        (gettext_lazy("单位"), lambda row: row.unit.label), (gettext_lazy("题目"), lambda row: row.common_problem.title),
        (gettext_lazy("个数"), lambda row: row.count), (gettext_lazy("答复"), lambda row: _stamp(row.replied_at)),
    ), rectification.self_checks_visible_to, ("unit", "common_problem")),
    "unit": RowKind(gettext_lazy("单位"), gettext_lazy("家"), (
        (gettext_lazy("单位"), lambda row: row.name), (gettext_lazy("类型"), lambda row: row.get_kind_display()),
    )),
}  # fmt: skip


def question_from(request: HttpRequest) -> tuple[Question, list[tuple[str, str]]]:
    """Return the question an address asks and the words for it (scope, period, as-of, definition)."""
    campaign, asked = request.campaign, request.GET
    as_of = parse_datetime(asked.get("as_of", "")) or request.at
    as_of = min(as_of if as_of.tzinfo else as_of.replace(tzinfo=clock.zone()), request.at)
    day = clock.local_day(as_of)
    since = None
    if asked.get("window") == "today":
        since = freezing.since_of(campaign, day)
    elif (days := asked.get("days", "")).isdigit():
        since = clock.start_of_day(day - timedelta(days=min(int(days), 3660) - 1 if days != "0" else 0))
    unit = Unit.objects.filter(pk=parse_id(asked.get("unit", ""))).first()
    place = Unit.objects.filter(pk=parse_id(asked.get("area", ""))).first()
    scope = policy.scope_path(request.actor, campaign)
    if place and not place.path.startswith(scope):
        raise NotFound()
    number = asked.get("round", "")
    held = campaign.rounds.filter(number=int(number)).first() if number.isdigit() else None
    question = Question(
        campaign, as_of=as_of, since=since, path=place.path if place else scope, unit_path=unit.path if unit else "",
        category_id=parse_id(asked.get("category", "")), severity=asked.get("severity", ""),
        round_id=held.pk if held else None, is_live=as_of == request.at,
        sees_out=policy.sees_out(request.actor, campaign),
    )  # fmt: skip
    return question, head_of(
        question, *(one.name for one in (unit, place) if one), *([str(held)] if held else [])
    )


def head_of(question: Question, *scope: str) -> list[tuple[str, str]]:
    """Return the lines every figure carries: scope, period, as-of, definition version."""
    places = "、".join(scope) or question.campaign.scope.name
    begin = clock.local(question.since).strftime("%Y-%m-%d %H:%M") if question.since else ""
    return [
        (_("范围"), places),
        (_("时段"), _("%(begin)s 起") % {"begin": begin} if begin else _("开始以来")),
        (_("截至"), clock.local(question.as_of).strftime("%Y-%m-%d %H:%M")),
        (_("口径"), _("第%(n)s版") % {"n": indicators.DEFINITION_VERSION}),
    ]


@staff_page
def show_rows(request: HttpRequest) -> HttpResponse:
    """Show the rows of a live figure, or the sites a round has not reached."""
    require(policy.can_read_figures(request.actor, request.campaign))
    question, head = question_from(request)
    if request.GET.get("rows") == "unvisited":
        rows, kind = queries.unvisited_sites(question), "site"
        return _page(request, kind, rows, rows.count(), _("未到的点位"), _("本轮未督导的启用点位"), head)
    code = request.GET.get("code", "")
    if code not in indicators.INDICATORS:
        raise NotFound("unknown_indicator")
    chosen, figure = indicators.INDICATORS[code], indicators.figure(code, question)
    total = figure.numerator if figure.is_rate else figure.rows.count()
    return _page(request, chosen.rows_kind, figure.rows, total, str(chosen.title), str(chosen.formula), head)


@staff_page
def show_frozen_rows(request: HttpRequest, pk: UUID, ordinal: int, column: str) -> HttpResponse:
    """Show the rows frozen behind one figure of an edition."""
    edition = get_visible(policy.editions_visible_to(request.actor).select_related("campaign__scope"), pk)
    kind, ids = queries.cell_rows(edition, ordinal, column)
    table = queries.edition_table(edition)
    line = next((line for line in [*table.lines, table.total] if line.ordinal == ordinal), table.total)
    title = next(str(one.title) for one in table.columns if one.code == column)
    question = Question(edition.campaign, as_of=edition.as_of, since=edition.since)
    rows = KINDS[kind].visible(request.actor).model.objects.filter(pk__in=ids)
    back = (
        reverse("summaries:show", args=[pk]),
        _("%(m)s月%(d)s日汇总") % {"m": edition.day.month, "d": edition.day.day},
    )
    text = _("冻结于截数时的行；状态是现在的状态")
    return _page(
        request, kind, rows, len(ids), f"{line.title} · {title}", text, head_of(question, line.title), back
    )


def _page(
    request: HttpRequest, kind: str, rows: QuerySet, total: int, title: str, formula: str,
    head: list[tuple[str, str]], back: tuple[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    look = KINDS[kind]
    if look.visible is not None:
        rows = rows.filter(pk__in=look.visible(request.actor).order_by().values("pk"))
    rows = rows.select_related(*look.related) if look.related else rows
    if request.GET.get("export"):
        states = [(_("状态"), lambda row: row.get_state_display())] if look.state else []
        return export_rows(request, title, [*look.columns, *states], rows, head=head)
    page = paginate(request, rows)
    lines = [
        {"url": _url(look.route, row.pk), "cells": [get(row) for _title, get in look.columns],
         "state": look.state(row) if look.state else "", "label": row.get_state_display() if look.state else ""}
        for row in page
    ]  # fmt: skip
    hidden = total - page.paginator.count
    return render(request, "overview/rows.html", {
        "title": title, "formula": formula, "head": head, "page": page, "lines": lines, "total": total, "look": look,
        "hidden": max(hidden, 0), "has_state": look.state is not None, "columns": [label for label, _get in look.columns],
        "back": back or (reverse("overview:show"), _("专项总览")),
    })  # fmt: skip


def _url(route: str, pk: UUID) -> str:
    from django.urls import NoReverseMatch

    try:
        return reverse(route, args=[pk]) if route else ""
    except NoReverseMatch:
        return ""
