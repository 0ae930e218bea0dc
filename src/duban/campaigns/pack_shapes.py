"""The shape of every table of a pack: which fields a row has, of which kind, which are required.

One place to read beside packs/README.md; `packs.read_pack` checks against it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from duban.campaigns.models import DirectiveKind, Route, Urgency
from duban.people.models import SubjectClass

CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_\-]*$")
CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")
SEVERITIES = ("incipient", "general", "prominent", "serious")
LINES = ("territory", "department", "unit")
EVIDENCE_TAGS = ("S", "V", "K", "L", "D", "not stated in source")


@dataclass(frozen=True)
class Kind:
    """How one field must look; `rows` names the shape of nested rows."""

    complaint: Callable[[Any], str]
    required: bool = True
    rows: str = ""


Shape = dict[str, Kind]


def _text(most: int, *, may_be_empty: bool = False) -> Callable[[Any], str]:
    def complaint(value: Any) -> str:
        if not isinstance(value, str):
            return _("应为文字。")
        if not value.strip() and not may_be_empty:
            return _("不能为空。")
        return _("超过 %(most)d 个字。") % {"most": most} if len(value) > most else ""

    return complaint


def _one_of(*choices: str) -> Callable[[Any], str]:
    def complaint(value: Any) -> str:
        return "" if value in choices else _("应为 %(choices)s 之一。") % {"choices": "、".join(choices)}

    return complaint


def _list(each: Callable[[Any], str] | None = None) -> Callable[[Any], str]:
    def complaint(value: Any) -> str:
        if not isinstance(value, list):
            return _("应为列表。")
        return next((found for one in value if each and (found := each(one))), "")

    return complaint


def _code(value: Any) -> str:
    return (
        ""
        if CODE.match(str(value)) and len(str(value)) <= 40
        else _("代码只用字母、数字、下划线和连字符，至多 40 个。")
    )


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else _("应为 true 或 false。")


def _number(value: Any) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100_000
    return "" if good else _("应为不小于 0 的整数。")


def _offset(value: Any) -> str:
    return "" if isinstance(value, int) and not isinstance(value, bool) else _("应为整数（距开始日的天数）。")


def _day(value: Any) -> str:
    return "" if isinstance(value, date) else _("应为日期，如 2020-01-25。")


def _clock(value: Any) -> str:
    return "" if CLOCK.match(str(value)) else _("应为时刻，如 '16:00'（加引号）。")


def _mapping(value: Any) -> str:
    return "" if isinstance(value, dict) else _("应为“名称: 内容”的一组。")


def _need(complaint: Callable[[Any], str]) -> Kind:
    return Kind(complaint)


def _may(complaint: Callable[[Any], str]) -> Kind:
    return Kind(complaint, required=False)


def _rows(shape: str, *, required: bool = True) -> Kind:
    return Kind(_list(), required=required, rows=shape)


TITLED = {"code": _need(_code), "title": _need(_text(80)), "title_en": _may(_text(160))}
TAG = _need(_one_of(*EVIDENCE_TAGS))

SHAPES: dict[str, Shape] = {
    "pack": {
        **TITLED, "field": _need(_text(30)), "version": _need(_text(20)), "words": _need(_mapping),
        "headquarters": _may(_mapping), "sectors": _rows("sectors"), "partners": _may(_list(_code)),
        "cutoff": _need(_clock), "reminder": _need(_clock),
        "default_urgency": _need(_one_of(*Urgency.values)), "time_limits": _rows("time_limits"),
        "day_rail": _rows("day_rail"), "period_flags": _rows("period_flags", required=False),
        "must_ask": _may(_mapping), "team_heads_sign_orders": _may(_flag),
    },
    "sectors": {**TITLED, "tag": _may(_one_of(*EVIDENCE_TAGS))},
    "period_flags": {**TITLED},
    "day_rail": {**TITLED, "at": _need(_clock), "until": _may(_clock)},
    "time_limits": {
        **TITLED, "deadline_kind": _need(_one_of("same_day", "limited")), "due_days": _need(_number),
        "due_time": _need(_clock), "urge_after_hours": _need(_number), "escalate_after_hours": _need(_number),
        "trace_back_after_hours": _need(_number), "look_back_days": _need(_number),
        "look_back_percent": _need(_number), "dispute_review_working_days": _may(_number),
        "referral_reply_days": _may(_number), "support_reply_days": _may(_number),
        "unsent_warning_hours": _may(_number), "tag": _may(_one_of(*EVIDENCE_TAGS)),
    },
    "rule_sets": {
        **TITLED, "title": _need(_text(60)), "kind": _need(_text(30)), "valid_from": _may(_day),
        "valid_to": _may(_day), "source_note": _may(_text(300)), "items": _rows("rule_items"),
    },
    "rule_items": {
        "code": _need(_code), "ordinal": _need(_number), "title": _need(_text(80)), "text": _need(_text(2000)),
        "subject_class": _need(_one_of(*SubjectClass.values)), "route": _need(_one_of(*Route.values)),
        "evidence_tag": TAG, "status": _need(_one_of("stated", "inferred", "not_stated")),
        "needs_citation": _need(_flag), "legal_review": _may(_flag), "erase_at_end": _may(_flag),
        "period_flag": _may(_code), "behaviour_codes": _may(_list(_code)), "active": _need(_flag),
    },
    "focus_sets": {
        **TITLED, "title": _need(_text(60)), "valid_from": _may(_day), "valid_to": _may(_day),
        "source_note": _may(_text(300)), "areas": _rows("focus_areas"),
    },
    "focus_areas": {**TITLED, "title": _need(_text(60)), "note": _may(_text(300))},
    "behaviour_codes": {
        **TITLED, "title": _need(_text(60)), "group": _need(_code),
        "level": _need(_one_of("organisation", "duty_holder")),
    },
    "categories": {**TITLED, "title": _need(_text(40))},
    "finding_templates": {
        "code": _need(_code), "title": _need(_text(24)), "category_code": _need(_code),
        "fact": _need(_text(1000)), "duty": _may(_text(200, may_be_empty=True)),
        "severity": _need(_one_of(*SEVERITIES)), "lines": _need(_list(_one_of(*LINES))),
        "rule_items": _may(_list(_text(80))), "behaviour_codes": _may(_list(_code)),
        "site_types": _may(_list(_code)), "requirement": _may(_text(300)), "on_spot_possible": _need(_flag),
    },
    "site_types": {
        **TITLED, "title": _need(_text(40)), "focus": _may(_list(_text(80))), "line_sector": _may(_code),
        "restricted": _may(_flag), "mobile": _may(_flag), "default_checklist": _may(_code),
    },
    "risk_schemes": {
        **TITLED, "kind": _need(_text(20)), "area_unit": _may(_text(20)), "valid_from": _may(_day),
        "valid_to": _may(_day), "tag": TAG, "note": _may(_text(200, may_be_empty=True)),
        "grades": _rows("grades"),
    },
    "grades": {**TITLED, "rank": _need(_number), "rule": _may(_text(200, may_be_empty=True))},
    "risk_points": {
        **TITLED, "title": _need(_text(40)), "tag": TAG, "note": _may(_text(200, may_be_empty=True)),
        "values": _need(_mapping),
    },
    "legal_instruments": {
        **TITLED, "title": _need(_text(120)), "kind": _need(_text(30)), "versions": _rows("legal_versions"),
    },
    "legal_versions": {
        "code": _need(_code), "adopted": _may(_day), "valid_from": _may(_day), "valid_to": _may(_day),
        "date_precision": _may(_one_of("day", "month", "year", "unknown")), "tag": TAG,
        "note": _may(_text(200, may_be_empty=True)), "provisions": _rows("provisions", required=False),
    },
    "provisions": {"no": _need(_text(30)), "topic": _need(_text(160)), "tag": _may(_one_of(*EVIDENCE_TAGS))},
    "directives": {
        "code": _need(_code), "kind": _need(_one_of(*DirectiveKind.values)), "level": _may(_text(12)),
        "issuer_title": _need(_text(80)), "title": _need(_text(160)), "number": _may(_text(60)),
        "issued_offset_days": _need(_offset), "text": _may(_text(20000)),
        "rule_sets": _may(_list(_code)), "measures": _rows("measures"),
    },
    "measures": {
        "code": _need(_code), "text": _need(_text(400)), "scope": _may(_text(200, may_be_empty=True)),
        "exceptions": _may(_list(_text(120))), "effective_from_offset": _need(_offset),
        "effective_to_offset": _may(_offset), "checklist_items": _may(_list(_text(120))),
    },
}  # fmt: skip

FILES = {
    "rule_sets.yaml": "rule_sets", "focus_sets.yaml": "focus_sets", "behaviour_codes.yaml": "behaviour_codes",
    "categories.yaml": "categories", "finding_templates.yaml": "finding_templates",
    "site_types.yaml": "site_types", "risk_schemes.yaml": "risk_schemes", "legal.yaml": "legal_instruments",
    "directives.yaml": "directives", "risk_points.yaml": "risk_points",
}  # fmt: skip
OPTIONAL_FILES = frozenset({"risk_schemes.yaml", "legal.yaml", "directives.yaml", "risk_points.yaml"})
