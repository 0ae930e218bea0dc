"""What the packs say: the catalogues of the sources, the safeguards, and no citizen anywhere."""

import re

import pytest

from tests.packs.reading import PACK_CODES, PACKS, items_of, pack

EPIDEMIC_WORDS = re.compile(
    r"疫|防控|核酸|隔离|传染|病|感染|消杀|健康|接种|口罩|epidemic|pandemic|covid|virus|quarantine|isolation|infect|vaccin|health",
    re.IGNORECASE,
)
COLLECTED = re.compile(
    r"身份证|证件号|手机号|电话号码|健康码|核酸结果|行程|轨迹|住址|姓名|车牌|体温|籍贯|人脸"
)
COLLECTED_NAMES = re.compile(
    r"id_?number|id_?card|phone_?number|mobile|itinerary|trajectory|address|person_name|plate"
)


def rule_set(code, name):
    return next(rules for rules in pack(code)["rule_sets"] if rules["code"] == name)


def ordinals(rules):
    return sorted({item["ordinal"] for item in rules["items"]})


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("nine_prohibitions", 9),
        ("six_prohibitions", 6),
        ("four_strict_checks", 4),
        ("four_ones", 4),
        ("six_mechanisms", 6),
        ("five_work_mechanisms", 5),
    ],
)
def test_the_catalogues_have_the_number_of_items_in_their_names(name, count):
    assert ordinals(rule_set("epidemic-control", name)) == list(range(1, count + 1))


def test_the_four_prohibitions_the_source_does_not_state_are_marked_and_switched_off():
    items = rule_set("epidemic-control", "six_prohibitions")["items"]
    unknown = [item for item in items if item["status"] == "not_stated"]
    assert [item["ordinal"] for item in unknown] == [3, 4, 5, 6]
    for item in unknown:
        assert item["evidence_tag"] == "not stated in source"
        assert item["active"] is False
        assert "原文未载" in item["title"]
    assert {item["ordinal"] for item in items if item["active"]} == {1, 2}


def test_the_four_ones_are_marked_as_inferred():
    assert {item["status"] for item in rule_set("epidemic-control", "four_ones")["items"]} == {"inferred"}


@pytest.mark.parametrize("code", PACK_CODES)
def test_status_tag_and_activity_agree(code):
    for rules in pack(code)["rule_sets"]:
        for item in rules["items"]:
            unknown = item["status"] == "not_stated"
            assert (item["evidence_tag"] == "not stated in source") is unknown
            assert item["active"] is not unknown


@pytest.mark.parametrize("code", PACK_CODES)
def test_speech_items_reach_only_duty_holders_and_only_with_a_citation(code):
    for rules in pack(code)["rule_sets"]:
        for item in rules["items"]:
            if "谣言" in item["title"] or "spread_false_statement" in item["behaviour_codes"]:
                assert item["subject_class"] == "duty_holder"
                assert item["needs_citation"] and item["legal_review"] and item["route"] == "lead"
            else:
                assert not item["needs_citation"]


def test_no_template_or_check_item_offers_a_speech_item():
    speech = {
        f"{rules['code']}/{item['code']}"
        for rules in pack("epidemic-control")["rule_sets"]
        for item in rules["items"]
        if item["needs_citation"]
    }
    assert speech == {"nine_prohibitions/7b", "six_prohibitions/1b"}
    for template in pack("epidemic-control")["finding_templates"]:
        assert speech.isdisjoint(template["rule_items"])
    for checklist in pack("epidemic-control")["checklists"]:
        assert speech.isdisjoint({item["rule_item"] for item in items_of(checklist)})


@pytest.mark.parametrize(("code", "least"), [("epidemic-control", 24), ("flood-control", 12)])
def test_finding_templates_are_worded_to_a_duty_with_blanks_for_the_facts(code, least):
    templates = pack(code)["finding_templates"]
    assert len(templates) >= least
    for template in templates:
        assert template["fact"].count("【") == template["fact"].count("】") >= 2, template["code"]
        assert not re.search(r"群众|居民|村民|患者|市民|旅客|！|!|严重滞后", template["fact"]), template[
            "code"
        ]


@pytest.mark.parametrize("code", PACK_CODES)
def test_no_check_item_collects_anything_about_a_citizen(code):
    for checklist in pack(code)["checklists"]:
        for item in items_of(checklist):
            assert not COLLECTED.search(item["label"]), (checklist["code"], item["name"])
            assert not COLLECTED_NAMES.search(item["name"]), (checklist["code"], item["name"])


@pytest.mark.parametrize("code", PACK_CODES)
def test_no_field_of_a_template_asks_for_a_person(code):
    for template in pack(code)["finding_templates"]:
        for blank in re.findall(r"【(.*?)】", template["fact"]):
            assert not COLLECTED.search(blank), (template["code"], blank)


def test_the_flood_pack_knows_no_epidemic():
    for path in sorted((PACKS / "flood-control").rglob("*.yaml")):
        assert EPIDEMIC_WORDS.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_isolation_sites_are_restricted_and_vehicles_are_mobile():
    sites = {site["code"]: site for site in pack("epidemic-control")["site_types"]}
    assert [code for code, site in sites.items() if site["restricted"]] == ["isolation_site"]
    assert {code for code, site in sites.items() if site["mobile"]} == {"bus_line", "metro_line", "taxi"}


def test_the_suspension_of_outpatient_services_keeps_its_three_exceptions():
    directives = {directive["code"]: directive for directive in pack("epidemic-control")["directives"]}
    suspend = next(m for m in directives["announce_outpatient"]["measures"] if m["code"] == "suspend")
    assert suspend["exceptions"] == ["儿科", "产科", "便民门诊"]
    assert "medical_institution/outpatient_suspended" in suspend["checklist_items"]


@pytest.mark.parametrize("code", PACK_CODES)
def test_issuers_are_fictional_or_unnamed(code):
    for directive in pack(code)["directives"]:
        assert directive["issuer_title"].startswith(("示例市", "省有关")), directive["code"]


def test_warnings_have_four_colours_with_red_highest():
    scheme = next(s for s in pack("flood-control")["risk_schemes"] if s["code"] == "flood_warning")
    assert [grade["code"] for grade in scheme["grades"]] == ["red", "orange", "yellow", "blue"]


def test_articles_of_the_supervision_law_move_with_the_version():
    law = next(i for i in pack("epidemic-control")["legal"] if i["code"] == "supervision_law")
    moved = {
        "监督调查结果的处置": ("45", "52"),
        "复审、复核": ("49", "56"),
        "回避": ("58", "67"),
        "问题线索的处置": ("37", "40"),
        "报案、举报的处理": ("35", "38"),
        "拒不采纳监察建议": ("62", "71"),
        "申诉": ("60", "69"),
    }
    old, new = ({p["topic"]: p["no"] for p in version["provisions"]} for version in law["versions"])
    assert {topic: (old[topic], new[topic]) for topic in moved} == moved
