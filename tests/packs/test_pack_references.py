"""Every reference from one pack file to another leads somewhere, in both directions where it has two ends."""

import pytest

from tests.packs.reading import PACK_CODES, items_of, pack


def codes(code, name):
    return {entry["code"] for entry in pack(code)[name]}


def inner_codes(code, name, members):
    return {f"{entry['code']}/{member['code']}" for entry in pack(code)[name] for member in entry[members]}


def check_items(code):
    return {f"{c['code']}/{item['name']}": item for c in pack(code)["checklists"] for item in items_of(c)}


@pytest.mark.parametrize("code", PACK_CODES)
def test_check_items_point_to_existing_measures_rules_templates_and_categories(code):
    rules = inner_codes(code, "rule_sets", "items")
    measures = inner_codes(code, "directives", "measures")
    templates, categories = codes(code, "finding_templates"), codes(code, "categories")
    for name, item in check_items(code).items():
        assert item["measure"] is None or item["measure"] in measures, name
        assert item["rule_item"] is None or item["rule_item"] in rules, name
        assert item["finding_template"] is None or item["finding_template"] in templates, name
        assert item["category"] is None or item["category"] in categories, name
        if item["kind"] == "result":
            assert item["finding_template"] and item["category"], f"{name} cannot become a finding"


@pytest.mark.parametrize("code", PACK_CODES)
def test_no_item_or_template_cites_an_inactive_rule(code):
    inactive = {
        f"{rules['code']}/{item['code']}"
        for rules in pack(code)["rule_sets"]
        for item in rules["items"]
        if not item["active"]
    }
    assert inactive.isdisjoint({item["rule_item"] for item in check_items(code).values()})
    for template in pack(code)["finding_templates"]:
        assert inactive.isdisjoint(template["rule_items"])


@pytest.mark.parametrize("code", PACK_CODES)
def test_templates_point_to_existing_rules_behaviours_sites_and_categories(code):
    rules, behaviours = inner_codes(code, "rule_sets", "items"), codes(code, "behaviour_codes")
    sites, categories = codes(code, "site_types"), codes(code, "categories")
    for template in pack(code)["finding_templates"]:
        assert set(template["rule_items"]) <= rules, template["code"]
        assert set(template["behaviour_codes"]) <= behaviours, template["code"]
        assert template["site_types"] and set(template["site_types"]) <= sites, template["code"]
        assert template["category_code"] in categories, template["code"]
        assert template["lines"], template["code"]


@pytest.mark.parametrize("code", PACK_CODES)
def test_rules_use_known_behaviours_and_period_flags(code):
    behaviours = codes(code, "behaviour_codes")
    flags = {flag["code"] for flag in pack(code)["pack"]["period_flags"]}
    for rules in pack(code)["rule_sets"]:
        for item in rules["items"]:
            assert set(item["behaviour_codes"]) <= behaviours, (rules["code"], item["code"])
            assert item["period_flag"] is None or item["period_flag"] in flags


@pytest.mark.parametrize("code", PACK_CODES)
def test_every_site_type_has_focuses_a_sector_and_a_checklist_that_names_it(code):
    areas = inner_codes(code, "focus_sets", "areas")
    sectors = {sector["code"] for sector in pack(code)["pack"]["sectors"]}
    by_code = {checklist["code"]: checklist for checklist in pack(code)["checklists"]}
    for site in pack(code)["site_types"]:
        assert site["focus"] and set(site["focus"]) <= areas, site["code"]
        assert site["line_sector"] in sectors, site["code"]
        assert site["code"] in by_code[site["default_checklist"]]["site_types"], site["code"]
    assert set(pack(code)["pack"]["partners"]) <= sectors
    for checklist in by_code.values():
        assert set(checklist["site_types"]) <= codes(code, "site_types"), checklist["code"]


@pytest.mark.parametrize("code", PACK_CODES)
def test_measures_and_items_name_each_other(code):
    from_items = {
        (item["measure"], name) for name, item in check_items(code).items() if item["measure"] is not None
    }
    from_measures = {
        (f"{directive['code']}/{measure['code']}", name)
        for directive in pack(code)["directives"]
        for measure in directive["measures"]
        for name in measure["checklist_items"]
    }
    assert from_items == from_measures


@pytest.mark.parametrize("code", PACK_CODES)
def test_every_must_ask_has_a_measure_and_every_checklist_starts_with_its_must_asks(code):
    named = set(pack(code)["pack"]["must_ask"]["items"])
    assert pack(code)["pack"]["must_ask"]["rule_set"] in codes(code, "rule_sets")
    used = set()
    for checklist in pack(code)["checklists"]:
        asked = [item for item in items_of(checklist) if item["must_ask"]]
        assert asked and asked == checklist["groups"][0]["items"], checklist["code"]
        assert all(item["measure"] for item in asked), checklist["code"]
        used |= {item["name"] for item in asked}
    assert used == named


@pytest.mark.parametrize(
    ("code", "unchecked"),
    [
        ("epidemic-control", {"notice_transport/timetable_posted"}),
        ("flood-control", {"announce_shipping/ferry_notice"}),
    ],
)
def test_one_measure_is_left_unchecked_for_the_gap_report(code, unchecked):
    found = {
        f"{directive['code']}/{measure['code']}"
        for directive in pack(code)["directives"]
        for measure in directive["measures"]
        if not measure["checklist_items"]
    }
    assert found == unchecked


@pytest.mark.parametrize("code", PACK_CODES)
def test_directives_announce_known_rule_sets(code):
    for directive in pack(code)["directives"]:
        assert set(directive["rule_sets"]) <= codes(code, "rule_sets"), directive["code"]
