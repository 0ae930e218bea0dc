"""Every pack file has exactly the keys, types and values that packs/FORMAT.md declares.

A shape is a dictionary: key → check. A check is a type, a set of values, a compiled
pattern, a list holding the check of its members, or another shape.
"""

import re
from datetime import date
from typing import Any

import pytest

from duban.campaigns.risk_lines import REASONS
from tests.packs.reading import PACK_CODES, checklist_paths, pack

TEXT = re.compile(r"\S(.*\S)?", re.DOTALL)
CODE = re.compile(r"[a-z][a-z0-9_]*")
ITEM_CODE = re.compile(r"[0-9]+[a-z]?")
REFERENCE = re.compile(r"[a-z][a-z0-9_]*/[a-z0-9_]+")
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
TAG = set("SLVKTD")
LEVEL = {"organisation", "duty_holder"}


class Maybe:
    """A value that may also be null."""

    def __init__(self, check: Any) -> None:
        self.check = check


class Optional(Maybe):
    """A key that may be left out."""


NAMED = {"code": CODE, "title": TEXT, "title_en": TEXT}
PACK = {
    "code": re.compile(r"[a-z]+(-[a-z]+)*"),
    "title": TEXT,
    "title_en": TEXT,
    "field": TEXT,
    "version": re.compile(r"\d+\.\d+\.\d+"),
    "words": dict.fromkeys(
        [
            "campaign_noun",
            "campaign_title",
            "headquarters",
            "leading_group",
            "duty_word",
            "plan_word",
            "materials_word",
            "funds_word",
            "order_series",
            "urge_series",
            "bulletin_title",
            "summary_title",
            "key_points_title",
            "report_title",
        ],
        TEXT,
    ),
    "headquarters": {"title": TEXT, "title_en": TEXT},
    "sectors": [NAMED | {"tag": TAG}],
    "partners": [CODE],
    "cutoff": TIME,
    "reminder": TIME,
    "default_urgency": {"normal", "emergency"},
    "team_heads_sign_orders": bool,
    "time_limits": [
        {
            "code": {"normal", "emergency"},
            "title": TEXT,
            "title_en": TEXT,
            "deadline_kind": {"same_day", "limited"},
            "due_days": int,
            "due_time": TIME,
            "urge_after_hours": int,
            "escalate_after_hours": int,
            "trace_back_after_hours": int,
            "look_back_days": int,
            "look_back_percent": int,
            "dispute_review_working_days": int,
            "referral_reply_days": int,
            "support_reply_days": int,
            "unsent_warning_hours": int,
            "tag": TAG,
        }
    ],
    "day_rail": [NAMED | {"at": TIME, "until": Maybe(TIME)}],
    "period_flags": [NAMED],
    "must_ask": {"title": TEXT, "title_en": TEXT, "text": TEXT, "items": [CODE], "rule_set": CODE},
}
RULE_ITEM = {
    "code": ITEM_CODE,
    "ordinal": int,
    "title": TEXT,
    "text": TEXT,
    "subject_class": {
        "duty_holder",
        "public_official",
        "party_member",
        "organisation",
        "leading_body",
        "supervisor",
    },
    "route": {"rectify", "referral", "lead", "rectify_or_lead", "accountability"},
    "evidence_tag": TAG | {"not stated in source"},
    "status": {"stated", "inferred", "not_stated"},
    "needs_citation": bool,
    "legal_review": bool,
    "erase_at_end": bool,
    "period_flag": Maybe(CODE),
    "behaviour_codes": [CODE],
    "active": bool,
}
CHECK_ITEM = {
    "name": CODE,
    "kind": {"result", "text"},
    "label": TEXT,
    "label_en": TEXT,
    "hint": Optional(TEXT),
    "hint_en": Optional(TEXT),
    "sample": Optional(bool),
    "must_ask": bool,
    "measure": Maybe(REFERENCE),
    "rule_item": Maybe(REFERENCE),
    "finding_template": Maybe(CODE),
    "category": Maybe(CODE),
}
SHAPES: dict[str, Any] = {
    "pack": PACK,
    "rule_sets": [
        NAMED
        | {
            "kind": {"prohibitions", "strict_checks", "organisational", "conduct"},
            "valid_from": date,
            "source_note": TEXT,
            "items": [RULE_ITEM],
        }
    ],
    "focus_sets": [NAMED | {"valid_from": date, "source_note": TEXT, "areas": [NAMED | {"note": TEXT}]}],
    "behaviour_codes": [
        NAMED
        | {
            "group": {
                "behaviour",
                "effect",
                "fault",
                "cause",
                "outcome",
                "reporting_fault",
                "work_line",
                "control_measure",
            },
            "level": LEVEL,
        }
    ],
    "site_types": [
        NAMED
        | {
            "focus": [REFERENCE],
            "line_sector": CODE,
            "restricted": bool,
            "mobile": bool,
            "default_checklist": CODE,
        }
    ],
    "risk_schemes": [
        NAMED
        | {
            "kind": {"area_grade", "response_level", "warning", "site_grade"},
            "area_unit": TEXT,
            "valid_from": date,
            "valid_to": Maybe(date),
            "tag": TAG,
            "note": TEXT,
            "grades": [
                {
                    "code": re.compile(r"[A-Za-z_]+"),
                    "title": TEXT,
                    "title_en": TEXT,
                    "rank": int,
                    "rule": TEXT,
                }
            ],
        }
    ],
    "risk_points": [
        NAMED
        | {
            "code": set(REASONS),
            "tag": TAG,
            "note": TEXT,
            "values": {name: Optional(int) for numbers in REASONS.values() for name in numbers},
        }
    ],
    "categories": [NAMED],
    "finding_templates": [
        {
            "code": CODE,
            "title": re.compile(r".{2,10}"),
            "category_code": CODE,
            "fact": TEXT,
            "duty": TEXT,
            "severity": {"incipient", "general", "prominent", "serious"},
            "lines": [{"territory", "department", "unit"}],
            "rule_items": [REFERENCE],
            "behaviour_codes": [CODE],
            "site_types": [CODE],
            "requirement": TEXT,
            "on_spot_possible": bool,
        }
    ],
    "directives": [
        {
            "code": CODE,
            "kind": {"directive", "announcement", "notice"},
            "level": {"nation", "province", "city", "county", "township"},
            "issuer_title": TEXT,
            "title": TEXT,
            "number": re.compile(r"[^{}]*(〔\{year\}〕)?[^{}]*\{serial\}号"),
            "issued_offset_days": int,
            "text": TEXT,
            "rule_sets": [CODE],
            "measures": [
                {
                    "code": CODE,
                    "text": TEXT,
                    "scope": TEXT,
                    "exceptions": [TEXT],
                    "effective_from_offset": int,
                    "effective_to_offset": Maybe(int),
                    "checklist_items": [REFERENCE],
                }
            ],
        }
    ],
    "legal": [
        NAMED
        | {
            "kind": {"党内法规", "法律", "监察法规", "行政法规", "规范性文件", "标准"},
            "versions": [
                {
                    "code": re.compile(r"\d{4}"),
                    "adopted": Maybe(date),
                    "valid_from": date,
                    "valid_to": Maybe(date),
                    "date_precision": {"day", "month", "year"},
                    "tag": TAG,
                    "note": str,
                    "provisions": [{"no": re.compile(r"\d+(–\d+)?"), "topic": TEXT, "tag": TAG}],
                }
            ],
        }
    ],
    "checklists": [
        NAMED
        | {
            "version": re.compile(r"\d{10}"),
            "site_types": [CODE],
            "groups": [NAMED | {"items": [CHECK_ITEM]}],
        }
    ],
}


def faults(value: Any, check: Any, place: str) -> list[str]:
    """This function will list every place where a value departs from its shape."""
    if isinstance(check, Maybe):
        return [] if value is None else faults(value, check.check, place)
    if isinstance(check, list):
        if not isinstance(value, list):
            return [f"{place}: must be a list"]
        return [
            fault for n, member in enumerate(value) for fault in faults(member, check[0], f"{place}[{n}]")
        ]
    if isinstance(check, dict):
        if not isinstance(value, dict):
            return [f"{place}: must be a mapping"]
        needed = {key for key, inner in check.items() if not isinstance(inner, Optional)}
        found = [f"{place}: missing {key}" for key in sorted(needed - value.keys())]
        found += [f"{place}: unknown key {key}" for key in sorted(value.keys() - check.keys())]
        for key in value.keys() & check.keys():
            found += faults(value[key], check[key], f"{place}.{key}")
        return found
    if isinstance(check, set):
        good = value in check
    elif isinstance(check, re.Pattern):
        good = isinstance(value, str) and check.fullmatch(value) is not None
    else:
        # bool is a kind of int in Python; a yes/no where a number belongs is a fault.
        good = type(value) is check
    return [] if good else [f"{place}: {value!r} does not fit"]


@pytest.mark.parametrize("code", PACK_CODES)
@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_file_has_exactly_the_declared_shape(code, name):
    assert faults(pack(code)[name], SHAPES[name], f"{code}/{name}") == []


def test_the_checker_finds_each_kind_of_fault():
    good = {"code": "a", "title": "甲", "title_en": "A"}
    assert faults([good], [NAMED], "x") == []
    assert faults([good | {"more": 1}], [NAMED], "x") == ["x[0]: unknown key more"]
    assert faults([{"code": "a", "title": "甲"}], [NAMED], "x") == ["x[0]: missing title_en"]
    assert faults([good | {"code": "甲"}], [NAMED], "x") == ["x[0].code: '甲' does not fit"]
    assert faults(True, int, "x") == ["x: True does not fit"]
    assert faults("25:00", TIME, "x") == ["x: '25:00' does not fit"]


@pytest.mark.parametrize("code", PACK_CODES)
def test_codes_are_unique_where_they_are_looked_up(code):
    loaded = pack(code)
    for name in SHAPES:
        if name != "pack":
            codes = [entry["code"] for entry in loaded[name]]
            assert len(codes) == len(set(codes)), name
    inner = [
        ("rule_sets", "items"),
        ("focus_sets", "areas"),
        ("risk_schemes", "grades"),
        ("directives", "measures"),
        ("legal", "versions"),
        ("checklists", "groups"),
    ]
    for name, members in inner:
        for entry in loaded[name]:
            codes = [member["code"] for member in entry[members]]
            assert codes and len(codes) == len(set(codes)), (name, entry["code"])


@pytest.mark.parametrize("code", PACK_CODES)
def test_a_file_is_named_after_the_code_in_it(code):
    assert pack(code)["pack"]["code"] == code
    assert [path.stem for path in checklist_paths(code)] == [c["code"] for c in pack(code)["checklists"]]


@pytest.mark.parametrize("code", PACK_CODES)
def test_periods_run_forward_and_versions_do_not_overlap(code):
    for scheme in pack(code)["risk_schemes"]:
        assert scheme["valid_to"] is None or scheme["valid_from"] <= scheme["valid_to"]
        assert [grade["rank"] for grade in scheme["grades"]] == list(range(1, len(scheme["grades"]) + 1))
    for instrument in pack(code)["legal"]:
        versions = instrument["versions"]
        for earlier, later in zip(versions, versions[1:], strict=False):
            assert earlier["valid_to"] is not None and earlier["valid_to"] < later["valid_from"]
        assert versions[-1]["valid_to"] is None
    for directive in pack(code)["directives"]:
        for measure in directive["measures"]:
            assert measure["effective_from_offset"] >= directive["issued_offset_days"]
            end = measure["effective_to_offset"]
            assert end is None or end >= measure["effective_from_offset"]


@pytest.mark.parametrize("code", PACK_CODES)
def test_the_day_follows_the_rhythm_of_the_office(code):
    rail = pack(code)["pack"]["day_rail"]
    assert [(step["at"], step["title"]) for step in rail] == [
        ("08:00", "要点下发"),
        ("08:30", "督导"),
        ("15:00", "催报"),
        ("16:00", "截数汇总"),
        ("17:00", "正式交办"),
        ("24:00", "当日整改到期"),
    ]
    assert pack(code)["pack"]["cutoff"] == "16:00"
    limits = {limit["code"]: limit for limit in pack(code)["pack"]["time_limits"]}
    assert set(limits) == {"normal", "emergency"}
    assert limits["emergency"]["deadline_kind"] == "same_day" and limits["emergency"]["due_days"] == 0
    for limit in limits.values():
        assert limit["urge_after_hours"] < limit["escalate_after_hours"] < limit["trace_back_after_hours"]
