"""What a careful reader marks before approval (DOMAIN §3.6)."""

import pytest

from duban.documents.kinds import all_kinds, kind_of
from duban.documents.lint import lint_record
from duban.documents.mending import mend_record, mendable

RECORDS = {kind: all_kinds()[kind].sample() for kind in all_kinds()}


def codes_of(kind, **changes):
    return {finding.code for finding in lint_record(kind, RECORDS[kind] | changes)}


def codes(**changes):
    return {finding.code for finding in lint_record("notice", kind_of("notice").sample() | changes)}


@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_samples_are_clean(kind):
    assert lint_record(kind, kind_of(kind).sample()) == []


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"number": "示督发[2020]9号"}, "number_brackets"),
        ({"number": "示督发〔2020〕第9号"}, "number_padding"),
        ({"number": "示督发〔2020〕09号"}, "number_pattern"),
        ({"title": "关于做好整改核验工作"}, "title_type"),
        ({"paragraphs": ["2020年02月10日起执行。"]}, "date_padding"),
        ({"paragraphs": ["依据示督发（2020）3号执行。"]}, "cited_number"),
        ({"paragraphs": ["各单位要整改,如实反馈。"]}, "half_width"),
        ({"paragraphs": ["（此页无正文）"]}, "empty_page"),
        ({"paragraphs": ["字" * 5001]}, "too_long"),
        ({"copy_to": ["市指挥部；"]}, "copies_stop"),
        ({"addressees": ["各督导组："]}, "addressee_marks"),
        ({"paragraphs": ["附件：整改核验流程说明"]}, "annex_typed"),
        ({"sections": [{"heading": "1、整改要求"}]}, "level_mark"),
        ({"paragraphs": ["自20年2月3日起执行。"]}, "date_year"),
        ({"title": "关于做好整改核验工作的通知。"}, "title_punctuation"),
        ({"signatory": "示例市另一机关"}, "bodies_differ"),
    ],
)
def test_fault_is_found_and_one_click_mends_it_and_nothing_else(changes, code):
    record = kind_of("notice").sample() | changes
    assert code in codes(**changes)
    if mendable(code):
        assert lint_record("notice", mend_record("notice", record, code)) == []


def test_mends_write_what_the_standard_says():
    text = "依据示督发[2020]第09号,自2020年02月03日(星期一)起执行。"
    record = {"paragraphs": [text]}
    for code in ("date_padding", "cited_number", "half_width"):
        record = mend_record("notice", record, code)
    assert record["paragraphs"] == ["依据示督发〔2020〕9号，自2020年2月3日（星期一）起执行。"]


@pytest.mark.parametrize(
    "kind, changes, code",
    [
        ("report", {"paragraphs": ["妥否，请批示。"]}, "request_inside"),
        ("report", {"addressees": ["市指挥部", "市委办公室"]}, "one_addressee"),
        ("request", {"addressees": ["市指挥部", "市委办公室"]}, "one_addressee"),
        ("request", {"paragraphs": ["请批准增派。另请拨付经费。"]}, "one_matter"),
        ("request", {"note": "此件公开发布"}, "note_contact"),
        ("request", {"signer": ""}, "signer_missing"),
        ("special_report", {"paragraphs": ["字" * 4001]}, "too_long"),
    ],
)
def test_kind_asks_for_what_its_folder_says(kind, changes, code):
    assert codes_of(kind, **changes) == {code}


def test_person_of_the_record_may_not_stand_in_the_title():
    record = kind_of("circular").sample() | {"title": "关于张示例有关问题的通报"}
    assert [f.code for f in lint_record("circular", record, names=["张示例"])] == ["name_in_title"]


def test_finding_says_where():
    places = [
        f.where
        for f in lint_record("notice", kind_of("notice").sample() | {"paragraphs": ["好。", "坏,了。"]})
    ]
    assert places == ["正文第2段"]
