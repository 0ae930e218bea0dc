"""The packs fit the program that loads them: known codes, columns that hold, no clash between packs."""

import pytest

from duban.campaigns import models as campaigns
from duban.campaigns import risk_lines
from duban.checklists.models import CheckItem, Checklist
from duban.people.models import SubjectClass
from duban.sites.models import RiskGradeScheme, SiteType
from duban.territory.models import Sector
from tests.packs.reading import PACK_CODES, items_of, pack


def room(model, field):
    return model._meta.get_field(field).max_length


@pytest.mark.parametrize("code", PACK_CODES)
def test_site_types_use_sectors_the_program_knows(code):
    assert {site["line_sector"] for site in pack(code)["site_types"]} <= set(Sector.values)


@pytest.mark.parametrize("code", PACK_CODES)
def test_rules_use_subject_classes_and_routes_the_program_knows(code):
    items = [item for rules in pack(code)["rule_sets"] for item in rules["items"]]
    assert {item["subject_class"] for item in items} <= set(SubjectClass.values)
    assert {item["route"] for item in items} <= set(campaigns.Route.values)


@pytest.mark.parametrize("code", PACK_CODES)
def test_directives_and_time_limits_use_choices_the_program_knows(code):
    assert {d["kind"] for d in pack(code)["directives"]} <= set(campaigns.DirectiveKind.values)
    assert {limit["code"] for limit in pack(code)["pack"]["time_limits"]} == set(campaigns.Urgency.values)


@pytest.mark.parametrize("code", PACK_CODES)
def test_texts_fit_their_columns(code):
    loaded = pack(code)
    rows = [
        (campaigns.RuleSet, loaded["rule_sets"], ["code", "title", "title_en", "kind", "source_note"]),
        (
            campaigns.RuleItem,
            [i for r in loaded["rule_sets"] for i in r["items"]],
            ["code", "title", "evidence_tag", "status"],
        ),
        (campaigns.FocusSet, loaded["focus_sets"], ["code", "title", "title_en", "source_note"]),
        (
            campaigns.FocusArea,
            [a for f in loaded["focus_sets"] for a in f["areas"]],
            ["code", "title", "title_en", "note"],
        ),
        (campaigns.Code, loaded["behaviour_codes"], ["code", "title", "title_en", "group", "level"]),
        (campaigns.Category, loaded["categories"], ["code", "title", "title_en"]),
        (
            campaigns.FindingTemplate,
            loaded["finding_templates"],
            ["code", "title", "duty", "requirement", "severity"],
        ),
        (campaigns.LegalInstrument, loaded["legal"], ["code", "title", "title_en", "kind"]),
        (campaigns.Directive, loaded["directives"], ["code", "kind", "issuer_title", "number", "title"]),
        (campaigns.Measure, [m for d in loaded["directives"] for m in d["measures"]], ["code", "text"]),
        (SiteType, loaded["site_types"], ["code", "title", "title_en", "default_checklist"]),
        (RiskGradeScheme, loaded["risk_schemes"], ["code", "title"]),
        (Checklist, loaded["checklists"], ["code", "title", "title_en"]),
        (CheckItem, [i for c in loaded["checklists"] for i in items_of(c)], ["name", "label", "label_en"]),
    ]
    for model, entries, fields in rows:
        for field in fields:
            longest = max((entry[field] for entry in entries), key=len)
            assert len(longest) <= room(model, field), (model.__name__, field, longest)


def test_risk_schemes_of_different_packs_do_not_share_a_code():
    found = [scheme["code"] for code in PACK_CODES for scheme in pack(code)["risk_schemes"]]
    assert len(found) == len(set(found))


def test_both_packs_say_the_same_about_a_shared_legal_text():
    first, second = ({i["code"]: i for i in pack(code)["legal"]} for code in PACK_CODES)
    shared = first.keys() & second.keys()
    assert len(shared) >= 10
    assert all(first[name] == second[name] for name in shared)


def test_risk_points_have_every_reason_and_every_number_within_its_bounds():
    for code in PACK_CODES:
        lines = pack(code)["risk_points"]
        assert risk_lines.complaints(lines) == {}
        assert {line["code"] for line in lines} == set(risk_lines.REASONS)
