"""The parts page: every part of the design on one sheet, with the words of one fictional day in 示例市.

For developers only (wired in DEBUG); it reads nothing and writes nothing.
"""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from duban.kernel import clock

COLOURS = [
    ("dai", "黛·主色"), ("soft", "黛·浅"), ("nav", "导航"), ("zhu", "朱·逾期"),
    ("ink", "正文"), ("ink-2", "次要"), ("ink-3", "注释"), ("ground", "底"),
]  # fmt: skip
STATES = [
    ("registered", "已登记，等专班确认"), ("ordered", "已下达，等单位签收"), ("rectifying", "已签收，未反馈"),
    ("fed_back", "已反馈，等他人核验"), ("written_off", "核验通过"), ("overdue", "过了时限，未销号"),
    ("disputed", "暂停计时，等答复"), ("extended", "经批准改期"), ("draft", "未送审"),
    ("sealed", "到时才可启封"),
]  # fmt: skip


class OrderForm(forms.Form):
    """A form with two mistakes, to show how mistakes look."""

    fact = forms.CharField(label="事实", help_text="只写单位、岗位和职责，不写群众个人")
    due_at = forms.CharField(label="整改期限")
    severity = forms.ChoiceField(
        label="程度",
        choices=[("incipient", "苗头"), ("general", "一般"), ("prominent", "突出"), ("serious", "严重")],
        widget=forms.RadioSelect,
    )
    outcome = forms.ChoiceField(
        label="结论",
        choices=[("pass", "通过，予以销号"), ("return", "未到位，退回整改")],
        widget=forms.RadioSelect,
    )
    rectified = forms.BooleanField(label="已现场整改", help_text="打开后须补一张整改后照片", required=False)

    def clean(self) -> dict[str, object]:
        """This function will find both mistakes."""
        self.add_error("fact", ValidationError("请写单位或岗位，不写群众个人"))
        self.add_error("due_at", ValidationError("须晚于 2月16日 11:02"))
        return super().clean()


class FindingFilter(forms.Form):
    """The filter bar of a list."""

    q = forms.CharField(
        label="点位、事实、编号",
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "点位、事实、编号"}),
    )
    area = forms.ChoiceField(label="区域", required=False, choices=[("", "---------"), ("甲镇", "甲镇")])
    category = forms.ChoiceField(
        label="类别", required=False, choices=[("", "---------"), ("duty", "值守在岗")]
    )


def _day() -> dict[str, object]:
    """Return the moments of the fictional day."""
    midnight = datetime(2020, 2, 16, tzinfo=clock.zone())

    def at(hours: float, days: int = 0) -> datetime:
        return midnight + timedelta(days=days, hours=hours)

    return {
        "now": at(15.2),
        "dues": [at(24), at(16), at(24, -2), at(24, 3)],
        "marks": [
            {"at": at(8), "label": "要点下发", "note": "8条 · 22组已收"},
            {"at": at(15), "label": "催报", "note": "已自动提醒"},
            {"at": at(16), "label": "截数汇总"},
            {"at": at(17), "label": "正式交办", "note": "待签发催办 3 份"},
            {"at": at(24), "label": "当日整改到期", "note": "9 份未销号"},
        ],
        "steps": [
            {"label": "当日督导", "at": at(9.7), "note": "第4督导组现场发现", "state": "done"},
            {"label": "当日督办", "at": at(11.03), "note": "交办单下达", "state": "done"},
            {"label": "当日反馈", "at": at(14.43), "note": "主要负责岗确认后提交", "state": "done"},
            {"label": "核验销号", "time": "待办", "note": "反馈人、发现人须回避", "state": "open"},
        ],
        "short_steps": [
            {"label": "冻结", "time": "16:00:00", "note": "系统", "state": "done"},
            {"label": "审核", "time": "等您处理", "note": "专班副组长岗", "state": "open"},
            {"label": "签发", "note": "专班组长岗"},
        ],
        "events": [
            {"at": at(15.1), "who": "第17督导组", "what": "到西卡口现场核验"},
            {"at": at(11.03), "who": "专班副组长岗", "what": "签发并下达"},
            {"at": at(9.7, -1), "who": "第4督导组", "what": "登记问题 0513"},
        ],
        "rows": [
            {"no": "0527", "at": at(14.85), "fact": "入口测温岗 14:20 至 14:45 无人在岗", "level": 2,
             "state": "rectifying", "due": at(24)},
            {"no": "0463", "at": at(10, -2), "fact": "夜班 2 人排班实到 1 人", "level": 3, "state": "overdue",
             "due": at(24, -2)},
        ],
    }  # fmt: skip


def _charts() -> dict[str, object]:
    """Return figures of the fictional campaign for the three kinds of chart and the heat table."""
    return {
        "daily": {
            "head": "日期", "unit": "个", "right_max": 120,
            "categories": ["2/12", "2/13", "2/14", "2/15", "2/16"],
            "series": [
                {"name": "发现", "values": [20, 19, 18, 17, 31]},
                {"name": "销号", "values": [19, 17, 15, 17, 12]},
                {"name": "未销号存量", "kind": "line", "axis": "right", "dashed": True, "labels": "last",
                 "values": [32, 34, 37, 37, 56]},
            ],
        },
        "ages": {
            "head": "时长", "unit": "项", "total_unit": "项", "categories": ["当日", "1 日", "2–3 日"],
            "series": [
                {"name": "待核验", "tone": "waiting", "values": [6, 8, 7]},
                {"name": "整改中", "tone": "working", "values": [11, 4, 4]},
                {"name": "逾期", "tone": "late", "values": [0, 0, 2]},
            ],
        },
        "rates": {
            "head": "日期", "unit": "%", "min": 60, "max": 100, "categories": ["2/14", "2/15"],
            "series": [
                {"name": "当日办结率", "kind": "line", "area": True, "labels": "ends", "values": [88, 92.3]},
            ],
        },
        "rounds": ["19轮", "20轮", "21轮"],
        "heat": [
            {"label": "甲镇", "cells": [100, 100, 93], "total": 1},
            {"label": "癸乡", "cells": [0, 45, 62], "total": 3},
            {"label": "子街道", "cells": [78, 83, None], "total": 0},
        ],
    }  # fmt: skip


def parts_gallery(request: HttpRequest) -> HttpResponse:
    """This function will render every part once."""
    return render(
        request,
        "parts/gallery.html",
        {
            **_day(), **_charts(), "colours": COLOURS, "states": STATES,
            "form": OrderForm(
                {"fact": "某人不配合", "due_at": "2020-02-16 09:00", "severity": "general", "outcome": "pass"}
            ),
            "filters": FindingFilter(request.GET or {"area": "甲镇"}),
            "page": Paginator(range(52), 13).page(1),
            "columns": [
                {"label": "编号", "key": "no"}, {"label": "发现时间", "key": "at"}, {"label": "事实"},
                {"label": "程度"}, {"label": "状态"}, {"label": "时限", "key": "due"},
            ],
            "views": [
                {"label": "未销号", "count": 56, "url": "#", "current": True},
                {"label": "待核验", "count": 23, "url": "#"},
                {"label": "卡口值守类", "count": 9, "url": "#", "saved": True},
            ],
            "facts": [("交办", "丁镇人民政府"), ("事项", "2 项"), ("抄送", None)],
        },
    )  # fmt: skip
