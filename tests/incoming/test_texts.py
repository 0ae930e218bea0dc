"""From a text that arrived to the register: nothing before a person confirms, every row points at its place."""

from datetime import date
from typing import Any

import pytest

from duban.campaigns import operations as campaigns
from duban.campaigns.erasure import ERASERS
from duban.campaigns.models import Directive, FocusSet, Measure, RuleItem, RuleSet
from duban.incoming import operations as incoming
from duban.incoming import queries
from duban.incoming.models import IncomingText, Passage, PostHolder, ProposalKind
from duban.incoming.reading.persons import find_names
from duban.kernel import files
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.teams.models import LiaisonAssignment
from tests.incoming import papers, texts
from tests.world import World, at

ANNEX = """关于分工的通知

各单位：
各镇应当每日上报水位（无水库的除外）。

示例市指挥部
2020年2月15日

附件

联系监督分工表

姓名    职务    联系地区    配合部门
赵一甲    委领导一岗    甲镇、乙镇    党风政风监督室
钱二乙    委领导二岗    丙镇    示例市纪委监委
"""


def receive(
    world: World, text: str = texts.NOTICE, name: str = "notice.txt", actor: str = "wen"
) -> IncomingText:
    return incoming.receive_text(
        actor=world.actor(actor),
        at=at("09:00"),
        campaign_id=world.campaign.pk,
        content=text.encode(),
        file_name=name,
    )


def confirm(world: World, text: IncomingText, actor: str = "wen", **given: Any) -> Directive:
    return incoming.confirm_text(actor=world.actor(actor), at=at("10:00"), text_id=text.pk, **given)


def leave(text: IncomingText, *kinds: str) -> dict[Any, dict[str, Any]]:
    return {row.pk: {"is_taken": False} for row in text.proposals.all() if row.kind in kinds}


def test_received_text_waits_and_nothing_is_in_the_register(world: World) -> None:
    text = receive(world)
    assert (text.state, text.number, str(text.issued_on)) == ("waiting", "示纪办发〔2021〕8号", "2021-08-03")
    kinds = [row.kind for row in text.proposals.all()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"measure": 3, "rule_item": 14, "liaison": 7}
    assert files.read(text.file) == texts.NOTICE.encode()
    assert not Directive.objects.exists() and not LiaisonAssignment.objects.exists()


def test_long_text_says_how_many_proposals_are_not_listed(world: World) -> None:
    lines = "".join(f"{n}.各乡镇要在每天下午4点前报送第{n}类情况。\n" for n in range(1, 131))
    text = receive(world, f"关于报送情况的通知\n各乡镇人民政府：\n一、工作要求\n{lines}")
    assert text.proposals.count() == 120
    assert text.warnings[0]["code"] == "proposals_left_out" and "还有 10 条" in text.warnings[0]["message"]


def test_names_stand_in_the_original_only(world: World) -> None:
    text = receive(world, ANNEX)
    stored = str(
        [text.text, text.warnings, text.addressees, *text.proposals.values_list("content", flat=True)]
    )
    assert "赵一甲" not in stored and "钱二乙" not in stored and "＊＊＊\t委领导一岗" in text.text
    directive = confirm(world, text)
    assert "赵一甲" not in directive.text and not PostHolder.objects.exists()


def test_confirmed_text_makes_rows_that_point_at_their_words(world: World) -> None:
    text = receive(world)
    directive = confirm(world, text, proposals=leave(text, ProposalKind.LIAISON))
    text.refresh_from_db()
    assert (text.state, text.directive_id, directive.kind) == ("confirmed", directive.pk, "notice")
    rules = RuleSet.objects.get(title="九个不准", campaigns=world.campaign)
    assert rules.items.count() == 9 and rules.pk != world.rule_item.rule_set_id
    measure = directive.measures.get(ordinal=2)
    assert (measure.exceptions, measure.effective_from) == ("抢险演练", at("00:00", date(2021, 8, 5)))
    for passage in Passage.objects.filter(measure__isnull=False):
        assert passage.quote == passage.measure.text
        assert (passage.measure.source_start, passage.measure.source_end) == (passage.start, passage.end)
    for passage in Passage.objects.filter(rule_item__isnull=False):
        assert passage.quote == passage.rule_item.text
    assert directive.source_file_id == text.file_id
    assert Event.objects.filter(verb="text.confirmed", subject_id=text.pk).count() == 1


def test_items_the_source_does_not_state_are_kept_as_places(world: World) -> None:
    text = receive(world, texts.PRACTICE, "practice.txt")
    confirm(world, text, head={"issuer_title": "示例县纪委监委"})
    items = RuleItem.objects.filter(rule_set__title="六个严禁").order_by("ordinal")
    assert [(one.status, one.is_active) for one in items] == [("stated", True)] * 2 + [
        ("not_stated", False)
    ] * 4


def test_announced_focuses_become_a_focus_set_in_force(world: World) -> None:
    confirm(world, receive(world, texts.REPORT, "report.html"))
    made = FocusSet.objects.get(title="五个聚焦", campaigns=world.campaign)
    assert [area.title for area in made.areas.all()][:2] == [
        "聚焦“思想麻痹”这一根源",
        "聚焦“堤防巡查”这一重点",
    ]


def test_liaison_lines_find_their_units_and_keep_a_name_only_when_ticked(world: World) -> None:
    text = receive(world, ANNEX)
    first, second = text.proposals.filter(kind="liaison")
    directive = confirm(world, text, holder_ids=[second.pk])
    rows = list(LiaisonAssignment.objects.order_by("ordinal"))
    assert [row.leader_title for row in rows] == ["委领导一岗", "委领导二岗"]
    assert {unit.name for unit in rows[0].areas.all()} == {"甲镇", "乙镇"}
    assert [holder.name for holder in PostHolder.objects.all()] == ["钱二乙"]
    assert "钱二乙" not in directive.text
    ERASERS["post_holders"].give_up(world.campaign)
    assert not PostHolder.objects.exists() and LiaisonAssignment.objects.count() == 2


def test_unknown_units_are_named_beside_their_line_and_nothing_is_made(world: World) -> None:
    text = receive(world)
    with pytest.raises(Invalid) as refused:
        confirm(world, text)
    assert "甲区" in str(refused.value.fields["p18-areas"])
    assert not Directive.objects.exists() and not Passage.objects.exists()
    text.refresh_from_db()
    assert text.state == "waiting"


def test_meeting_decision_becomes_an_entry_of_its_own(world: World) -> None:
    said = "2月10日，示例市委第12次专题会议召开。会议要求，各镇应当每日上报水位。"
    text = receive(world, f"示例市专题会议召开\n时间：2020-02-11\n{said}\n", "meeting.txt")
    confirm(world, text, head={"issuer_title": "示例市委办公室"})
    meeting = Directive.objects.get(kind="meeting")
    assert (meeting.issuer_title, meeting.title) == ("示例市委", "示例市委第12次专题会议")
    assert [one.text for one in meeting.measures.all()] == ["会议要求，各镇应当每日上报水位。"]


def test_corrections_can_be_undone_step_by_step(world: World) -> None:
    text = receive(world)
    row = text.proposals.filter(kind="measure").first()
    before = row.content["text"]
    for words in ("第一次更正的措施", "第二次更正的措施"):
        incoming.correct_text(
            actor=world.actor("wen"), at=at("09:10"), text_id=text.pk, head={"title": words},
            proposals={row.pk: {"text": words, "is_taken": False}},
        )  # fmt: skip
    incoming.undo_correction(actor=world.actor("wen"), at=at("09:20"), text_id=text.pk)
    row.refresh_from_db()
    assert (row.content["text"], row.is_edited) == ("第一次更正的措施", True)
    incoming.undo_correction(actor=world.actor("wen"), at=at("09:21"), text_id=text.pk)
    row.refresh_from_db()
    text.refresh_from_db()
    assert (row.content["text"], row.is_taken, row.is_edited) == (before, True, False)
    assert text.title == "关于进一步严明汛期值守工作纪律的通知"
    with pytest.raises(Conflict):
        incoming.undo_correction(actor=world.actor("wen"), at=at("09:22"), text_id=text.pk)


@pytest.mark.parametrize(
    "again",
    [
        texts.NOTICE + "\n来源：另一家网站\n",
        texts.NOTICE.replace("示纪办发〔2021〕8号\n", ""),
        texts.NOTICE.replace("示纪办发〔2021〕8号\n", "").replace("关于进一步", "转发关于进一步"),
    ],
    ids=["number", "title and day", "wording"],
)
def test_same_directive_from_another_publisher_is_a_second_source(world: World, again: str) -> None:
    first = receive(world)
    directive = confirm(world, first, proposals=leave(first, ProposalKind.LIAISON))
    second = receive(world, again, "again.txt")
    known, _reason = queries.repeated(second)
    assert known == directive
    with pytest.raises(Conflict) as refused:
        confirm(world, second, proposals=leave(second, ProposalKind.LIAISON))
    assert refused.value.code == "same_directive" and Directive.objects.count() == 1
    incoming.attach_text(
        actor=world.actor("wen"), at=at("11:00"), text_id=second.pk, directive_id=directive.pk
    )
    assert [one.pk for one in queries.sources_of(directive)] == [first.pk, second.pk]
    assert Directive.objects.count() == 1 and Measure.objects.count() == 3


def test_two_numbers_of_one_body_are_two_directives(world: World) -> None:
    first = receive(world)
    confirm(world, first, proposals=leave(first, ProposalKind.LIAISON))
    other = receive(world, texts.NOTICE.replace("8号", "9号").replace("8月3日", "8月4日"), "other.txt")
    assert queries.repeated(other) is None


def test_discarded_text_keeps_its_reason_and_may_arrive_again(world: World) -> None:
    text = receive(world)
    with pytest.raises(Invalid):
        incoming.discard_text(actor=world.actor("wen"), at=at("10:00"), text_id=text.pk, reason=" ")
    incoming.discard_text(actor=world.actor("wen"), at=at("10:00"), text_id=text.pk, reason="与本专项无关")
    with pytest.raises(Denied):
        confirm(world, text)
    assert receive(world).pk != text.pk
    with pytest.raises(Conflict):
        receive(world)


def test_original_is_handed_out_byte_for_byte_and_on_record(world: World) -> None:
    content = papers.as_docx(texts.ZONE)
    text = incoming.receive_text(
        actor=world.actor("wen"),
        at=at("09:00"),
        campaign_id=world.campaign.pk,
        content=content,
        file_name="zone.docx",
    )
    _row, handed = incoming.hand_out_original(actor=world.actor("hugo"), at=at("10:00"), text_id=text.pk)
    assert handed == content and Event.objects.filter(verb="text.handed_out").count() == 1


ACTS: dict[str, Any] = {
    "correct_text": {"head": {"title": "改"}, "proposals": {}}, "undo_correction": {}, "confirm_text": {},
    "discard_text": {"reason": "理由"}, "hand_out_original": {},
}  # fmt: skip


@pytest.mark.parametrize("name", ["asha", "olga", "hana", "lena", "ada", "avi", "nobody"])
def test_others_neither_see_nor_change_texts(world: World, name: str) -> None:
    text = receive(world)
    with pytest.raises((Denied, NotFound)):
        receive(world, texts.ZONE, "zone.txt", actor=name)
    for act, given in ACTS.items():
        with pytest.raises(NotFound):
            getattr(incoming, act)(actor=world.actor(name), at=at("10:00"), text_id=text.pk, **given)
    assert not queries.texts(world.actor(name), world.campaign).exists()
    text.refresh_from_db()
    assert text.state == "waiting" and IncomingText.objects.count() == 1


def test_decided_text_is_not_decided_again(world: World) -> None:
    text = receive(world, texts.ZONE, "zone.txt")
    directive = confirm(world, text, head={"issuer_title": "示例高新区纪工委"})
    for act, given in {**ACTS, "attach_text": {"directive_id": directive.pk}}.items():
        if act != "hand_out_original":
            with pytest.raises((Denied, WrongState)):
                getattr(incoming, act)(actor=world.actor("wen"), at=at("12:00"), text_id=text.pk, **given)
    assert Directive.objects.count() == 1


def test_rule_about_speech_needs_a_finding_of_the_authority(world: World) -> None:
    made = campaigns.add_rule_set(
        actor=world.actor("wen"), at=at("09:00"), campaign_id=world.campaign.pk, title="两个不准", kind="prohibitions",
        items=[{"title": "不准制造谣言"}, {"title": "不准擅离职守"}], valid_from=date(2020, 2, 1),
    )  # fmt: skip
    assert [(one.needs_citation, one.legal_review) for one in made.items.all()] == [
        (True, True),
        (False, False),
    ]


SPOKEN = """关于做好值守工作的通知

各乡镇：
各乡镇要在每天下午4点前向李示范同志报送情况。
各乡镇要在每天上午9点前清点物资。
联系人：张示例，电话：0000-0000000。

示例市指挥部
2020年2月15日
"""


def test_names_in_running_text_are_covered_flagged_and_left_to_a_person(world: World) -> None:
    text = receive(world, SPOKEN, "spoken.txt")
    stored = text.text + str([row.content for row in text.proposals.all()])
    assert "李示范" not in stored and "张示例" not in stored
    told = [one for one in text.warnings if one["code"] == "person_name"]
    assert [SPOKEN[one["original_start"] : one["original_end"]] for one in told] == ["李示范", "张示例"]
    taken = {row.content["text"]: row.is_taken for row in text.proposals.filter(kind="measure")}
    assert [is_taken for words, is_taken in taken.items() if "＊＊＊" in words] == [False]
    assert [is_taken for words, is_taken in taken.items() if "物资" in words] == [True]
    confirm(world, text)
    assert not any("李示范" in one.text or "＊" in one.text for one in Measure.objects.all())


@pytest.mark.parametrize(
    "words, names",
    [
        ("联系人：张示例，电话：0000-0000000", ["张示例"]), ("报送王某某同志审定", ["王某某"]),
        ("市长张三、李四，副市长", ["张三", "李四"]), ("由主任负责，书记安排。", []), ("各局长任务、方案", []),
        ("负责人高度重视", []),
    ],
)  # fmt: skip
def test_names_are_told_by_the_form_of_official_texts(words: str, names: list[str]) -> None:
    assert [words[start:end] for start, end in find_names(words)] == names


def test_second_copy_that_waits_is_recognised_before_either_is_confirmed(world: World) -> None:
    first = receive(world)
    second = receive(world, "某某网讯\n" + texts.NOTICE, "again.txt")
    assert queries.repeated(second) is None
    assert queries.repeated_waiting(second) == (first, "number")
    incoming.discard_text(actor=world.actor("wen"), at=at("10:00"), text_id=first.pk, reason="重复")
    assert queries.repeated_waiting(second) is None
