"""专项总览: figures, coverage by township, flow, same-day rate, ages, places to look at; everything opens its rows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from duban.kernel import clock
from duban.kernel.errors import NotFound
from duban.kernel.policy import require
from duban.reporting import attention, indicators, policy, queries
from duban.reporting.questions import Question
from duban.web.forms.reporting import OverviewFilter
from duban.web.pages import export_rows, staff_page
from duban.web.views.figure_rows import head_of, question_from
from duban.web.views.today import rows_url

AGE_LABELS = {"0": "当日", "1": "1 日", "2-3": "2–3 日", "4-7": "4–7 日", "8": "8 日以上"}


@staff_page
def show_overview(request: HttpRequest) -> HttpResponse:
    """Show the campaign at a glance, narrowed by category and period."""
    require(policy.can_read_figures(request.actor, request.campaign))
    question, _head = question_from(request)
    rounds, coverage = queries.coverage_grid(question.narrowed(since=None, category_id=None))
    kept = {name: request.GET[name] for name in ("category", "days") if request.GET.get(name)}
    ages = queries.open_ages(question)
    whole = question.narrowed(since=None)
    context = {
        "filter": OverviewFilter(request.GET or None, campaign=request.campaign), "figures": _figures(question, kept),
        "as_of": question.as_of, "version": indicators.DEFINITION_VERSION, "rounds": [_round(one) for one in rounds],
        "heat": [_heat_row(line) for line in coverage], "current": rounds[-1] if rounds else None,
        "flow": _flow_chart(whole), "rates": _rate_chart(question), "ages": _age_chart(ages),
        "age_total": sum(band.total for band in ages), "now": request.at, "query": request.GET.urlencode(),
        "attention": [_attention(item) for item in attention.places_to_look_at(whole, coverage=coverage)],
        "first_day": request.campaign.starts_on, "last_day": question.last_day,
        "towns": len(coverage),
    }  # fmt: skip
    return render(request, "overview/show.html", context)


def _round(one: Any) -> str:
    return _("%(n)s轮") % {"n": one.number}


def _figures(question: Question, kept: dict[str, str]) -> list[dict[str, Any]]:
    codes = ("A4-2", "A4-1", "A3", "A2-2", "A2-1", "B1-1", "B1-2", "B5-1", "B5-2", "B5-3", "C1-1", "B8-1")
    found = {code: one for code, one in indicators.figures(question, codes).items()}
    day = clock.local_day(question.as_of)
    before = clock.start_of_day(day)
    yesterday = question.narrowed(as_of=before, since=before.replace(day=before.day) - _day(), is_live=False)
    rate = indicators.figure("B4", yesterday)
    asked = {"as_of": before.isoformat(), "days": "1"}
    return [
        {"label": _("督导点位（次）"), "value": found["A4-2"].value, "unit": _("个次"), "url": rows_url("A4-2", **kept),
         "note": _("覆盖点位 %(n)s 个") % {"n": f"{found['A4-1'].value:,}"}},
        {"label": _("派出"), "value": found["A3"].value, "unit": _("人次"), "url": rows_url("A2-2", **kept),
         "note": _("%(n)s 批次 · %(rounds)s 轮") % {"n": found["A2-2"].value, "rounds": found["A2-1"].value}},
        {"label": _("累计发现"), "value": found["B1-2"].value, "unit": _("个"), "url": rows_url("B1-2", **kept),
         "note": _("本时段 %(n)s · 共性问题 %(common)s 件") % {"n": found["B1-1"].value, "common": found["B8-1"].value}},
        {"label": _("已销号"), "value": found["B5-1"].value, "unit": _("个"), "url": rows_url("B5-1", **kept),
         "note": _("占 %(rate)s%% · 待核验 %(n)s") % {"rate": found["B5-2"].value or 0, "n": found["B5-3"].value}},
        {"label": _("昨日当日办结率"), "value": rate.value if rate.value is not None else None,
         "unit": "%" if rate.value is not None else "", "url": rows_url("B4", **asked),
         "note": _("%(n)s / %(of)s 份") % {"n": rate.numerator, "of": rate.denominator}},
        {"label": _("通报"), "value": found["C1-1"].value, "unit": _("期"), "url": rows_url("C1-1", **kept), "note": ""},
    ]  # fmt: skip


def _day():
    from datetime import timedelta

    return timedelta(days=1)


def _unvisited_url(line: queries.CoverageLine, number: int) -> str:
    return f"{reverse('overview:rows')}?rows=unvisited&area={line.unit_id}&round={number}"


def _heat_row(line: queries.CoverageLine) -> dict[str, Any]:
    last = line.cells[-1] if line.cells else None
    return {
        "label": line.title, "url": rows_url("B1-2", area=line.unit_id),
        "cells": [{"value": cell.percent, "url": _unvisited_url(line, cell.round_number)} for cell in line.cells],
        "total": last.unvisited if last else None, "total_url": _unvisited_url(line, last.round_number) if last else "",
    }  # fmt: skip


def _flow_chart(question: Question) -> dict[str, Any]:
    days = queries.daily_flow(question)[-60:]
    return {
        "head": _("日期"), "unit": _("个"), "categories": [f"{one.day.month}/{one.day.day}" for one in days],
        "series": [
            {"name": _("发现"), "values": [one.found for one in days], "kind": "bar", "tone": "1"},
            {"name": _("销号"), "values": [one.closed for one in days], "kind": "bar", "tone": "2"},
            {"name": _("未销号存量"), "values": [one.open for one in days], "kind": "line", "tone": "3", "axis": "right",
             "dashed": True, "labels": "last"},
        ],
    }  # fmt: skip


def _rate_chart(question: Question) -> dict[str, Any]:
    days = queries.same_day_rates(question)[-30:]
    return {
        "head": _("日期"), "unit": "%", "max": 100, "categories": [f"{one.day.month}/{one.day.day}" for one in days],
        "series": [
            {"name": _("当日办结率"), "values": [float(one.percent) if one.percent is not None else None for one in days],
             "kind": "line", "tone": "1", "area": True, "labels": "ends"},
        ],
    }  # fmt: skip


def _age_chart(bands: list[queries.AgeBand]) -> dict[str, Any]:
    return {
        "head": _("时长"), "unit": _("项"), "total_unit": _("项"), "categories": [_(AGE_LABELS[one.code]) for one in bands],
        "series": [
            {"name": _("待核验"), "values": [one.fed_back for one in bands], "kind": "bar", "tone": "waiting", "labels": "all"},
            {"name": _("整改中"), "values": [one.in_hand for one in bands], "kind": "bar", "tone": "working", "labels": "all"},
            {"name": _("逾期"), "values": [one.overdue for one in bands], "kind": "bar", "tone": "late", "labels": "all"},
        ],
    }  # fmt: skip


def _attention(item: attention.Attention) -> dict[str, Any]:
    from urllib.parse import urlencode

    asked = dict(item.query)
    if asked.get("rows"):
        asked["area"] = asked.pop("unit")
    return {
        "title": item.title,
        "text": item.text,
        "count": item.count,
        "url": f"{reverse('overview:rows')}?{urlencode(asked)}",
    }


@staff_page
def export_sheet(request: HttpRequest, sheet: str) -> HttpResponse:
    """Export one block of the overview as Excel, with scope, as-of and definition in its head."""
    require(policy.can_read_figures(request.actor, request.campaign))
    question, head = question_from(request)
    if sheet == "figures":
        return _export_figures(request, question, head)
    if sheet == "flow":
        columns = [(_("日期"), lambda row: row.day), (_("发现"), lambda row: row.found), (_("销号"), lambda row: row.closed),
                   (_("未销号存量"), lambda row: row.open)]  # fmt: skip
        return export_rows(request, _("每日发现与销号"), columns, queries.daily_flow(question), head=head)
    if sheet == "rates":
        columns = [(_("日期"), lambda row: row.day), (_("当日办结"), lambda row: row.closed), (_("当日到期"), lambda row: row.due),
                   (_("当日办结率%"), lambda row: row.percent)]  # fmt: skip
        return export_rows(request, _("当日办结率"), columns, queries.same_day_rates(question), head=head)
    if sheet == "ages":
        columns = [(_("时长"), lambda row: AGE_LABELS[row.code]), (_("待核验"), lambda row: row.fed_back),
                   (_("整改中"), lambda row: row.in_hand), (_("逾期"), lambda row: row.overdue), (_("合计"), lambda row: row.total)]  # fmt: skip
        return export_rows(request, _("未销号时长"), columns, queries.open_ages(question), head=head)
    if sheet == "coverage":
        return _export_coverage(request, question, head)
    raise NotFound()


def _export_figures(request: HttpRequest, question: Question, head: list[tuple[str, str]]) -> HttpResponse:
    rows = [(indicators.INDICATORS[code], one) for code, one in indicators.figures(question).items()]
    columns = [
        (_("编号"), lambda row: row[0].code), (_("指标"), lambda row: row[0].title), (_("数值"), lambda row: row[1].value),
        (_("单位"), lambda row: row[0].unit), (_("分子"), lambda row: row[1].numerator),
        (_("分母"), lambda row: row[1].denominator), (_("口径"), lambda row: row[0].formula),
    ]  # fmt: skip
    return export_rows(request, _("专项统计"), columns, rows, head=head)


def _export_coverage(request: HttpRequest, question: Question, head: list[tuple[str, str]]) -> HttpResponse:
    rounds, lines = queries.coverage_grid(question.narrowed(since=None))
    columns: list[Any] = [(_("乡镇（街道）"), lambda row: row.title)]
    for place, one in enumerate(rounds):
        columns.append((f"{one} %", lambda row, place=place: row.cells[place].percent))
    columns.append((_("末轮未到点位"), lambda row: row.cells[-1].unvisited if row.cells else None))
    return export_rows(request, _("乡镇覆盖率"), columns, lines, head=head)


@staff_page
def show_definitions(request: HttpRequest) -> HttpResponse:
    """Show how every figure is counted (口径) and its value now."""
    require(policy.can_read_figures(request.actor, request.campaign))
    question, _head = question_from(request)
    found = indicators.figures(question)
    rows = [
        {"indicator": one, "figure": found[code], "url": rows_url(code)}
        for code, one in indicators.INDICATORS.items()
    ]
    context = {
        "rows": rows,
        "version": indicators.DEFINITION_VERSION,
        "as_of": question.as_of,
        "head": head_of(question),
    }
    return render(request, "overview/definitions.html", context)
