"""Recommendations: which body issues them, in which capacity, to whom, and in whose number series."""

import pytest

from duban.documents import drafting, queries
from duban.documents.kinds import kind_of
from duban.documents.models import Number, OfficialDocument
from duban.kernel.errors import Invalid
from duban.territory.models import Unit
from tests.documents.test_drafts import act, draft
from tests.world import World, at

TEXT = {
    "paragraphs": ["现提出如下建议。"],
    "sections": [{"heading": "反馈要求", "paragraphs": ["30日内书面反馈。"]}],
}


def signed(world: World, kind: str, unit: str = "甲镇人民政府", **more) -> OfficialDocument:
    row = draft(
        world, kind=kind, title=kind_of(kind).title, record=TEXT, main_units=[world.units[unit].pk], **more
    )
    act(world, "wen", "submit", row)
    act(world, "asha", "review", row)
    return act(world, "hugo", "sign", row, "11:00")


@pytest.mark.parametrize(
    "kind, number, names, addressees",
    [
        ("discipline_recommendation", "示纪建〔2020〕1号", ["示例市纪律检查委员会"], ["甲镇党委"]),
        ("supervision_recommendation", "示监建〔2020〕1号", ["示例市监察委员会"], ["甲镇人民政府"]),
        ("joint_recommendation", "示纪监建〔2020〕1号", ["示例市纪律检查委员会", "示例市监察委员会"], ["甲镇党委", "甲镇人民政府"]),
    ],
)  # fmt: skip
def test_commission_issues_in_its_capacity_to_whom_the_capacity_reaches(
    world: World, kind: str, number: str, names: list[str], addressees: list[str]
) -> None:
    document = signed(world, kind)
    record = document.record
    assert document.number_text == number
    assert [record["issuer"], *record.get("joint_issuers", [])] == names
    assert record["letterhead"] == names[0]
    assert record["addressees"] == addressees
    assert [one.unit.name for one in document.deliveries.select_related("unit")] == ["甲镇人民政府"]


def test_recommendations_are_numbered_by_the_commission_over_all_its_campaigns(world: World) -> None:
    document = signed(world, "supervision_recommendation")
    series = document.number.series
    assert (series.body.name, series.campaign) == ("示例市纪委监委", None)
    assert series in queries.series_of_campaign(world.campaign)
    assert signed(world, "supervision_recommendation").number_text == "示监建〔2020〕2号"


def test_unit_without_party_organisation_gets_no_discipline_recommendation(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        signed(world, "discipline_recommendation", "示例市人民医院")
    assert "示例市人民医院" in str(refused.value)
    assert not Number.objects.filter(series__code="discipline_recommendation").exists()
    assert not OfficialDocument.objects.filter(kind="discipline_recommendation").exists()


def test_without_a_body_of_that_capacity_nothing_is_drafted_or_numbered(world: World) -> None:
    Unit.objects.filter(name="示例市纪委监委").update(acts_supervision=False)
    with pytest.raises(Invalid) as refused:
        signed(world, "supervision_recommendation")
    assert "监察机关身份" in str(refused.value)
    assert signed(world, "discipline_recommendation").number_text == "示纪建〔2020〕1号"


def test_preview_names_the_party_organisation(world: World) -> None:
    row = draft(world, kind="discipline_recommendation", title="纪检建议书", record=TEXT)
    assert drafting.shown_record(row, at())["addressees"] == ["甲镇党委"]
