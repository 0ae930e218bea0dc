"""What a careful reader marks before approval (DOMAIN §3.6)."""

import pytest

from duban.documents.kinds import all_kinds, kind_of
from duban.documents.lint import lint_record


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
        ({"signatory": "示例市另一机关"}, "bodies_differ"),
    ],
)
def test_fault_is_found(changes, code):
    assert code in codes(**changes)


def test_finding_says_where():
    places = [
        f.where
        for f in lint_record("notice", kind_of("notice").sample() | {"paragraphs": ["好。", "坏,了。"]})
    ]
    assert places == ["正文第2段"]
