"""From a typed text to a signed document: named persons, real recipients, one commit or nothing."""

import pytest

from duban.campaigns import erasure
from duban.documents import drafting, kinds
from duban.documents import operations as documents
from duban.documents.models import GUARDED_KINDS, Delivery, Draft, Number, OfficialDocument, RecipientGroup
from duban.documents.policy import drafts_visible_to
from duban.documents.queries import drafts_with
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.kernel.journal import events_of
from tests.world import World, at

TEXT = {"paragraphs": ["现就整改核验工作通知如下。"], "sections": [{"heading": "一、整改要求", "level": 1, "paragraphs": ["逐项整改。"]}]}  # fmt: skip


def group(
    world: World, name: str = "各乡镇人民政府", kinds: tuple[str, ...] = ("government",)
) -> RecipientGroup:
    return documents.save_group(
        actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, name=name, kinds=kinds
    )


def draft(world: World, kind: str = "notice", **changes) -> Draft:
    values = {
        "title": "关于做好整改核验工作的通知", "record": TEXT, "reviewer_id": world.users["asha"].pk,
        "signer_id": world.users["hugo"].pk, "main_units": [world.units["甲镇人民政府"].pk],
    }  # fmt: skip
    return documents.write_draft(
        actor=world.actor("wen"),
        at=at("10:00"),
        campaign_id=world.campaign.pk,
        kind=kind,
        **(values | changes),
    )


def act(world: World, who: str, name: str, row: Draft, clock: str = "10:30", **more):
    return getattr(documents, f"{name}_draft")(actor=world.actor(who), at=at(clock), draft_id=row.pk, **more)


def ready(world: World, **changes) -> Draft:
    row = draft(world, **changes)
    act(world, "wen", "submit", row)
    act(world, "asha", "review", row)
    return row


def untouched(row: Draft) -> tuple:
    row.refresh_from_db()
    return (
        row.state,
        row.version,
        OfficialDocument.objects.count(),
        Delivery.objects.count(),
        Number.objects.count(),
    )


def test_text_goes_from_drafter_to_signer_and_becomes_a_numbered_document(world: World) -> None:
    row = draft(
        world, main_units=[], main_groups=[group(world).pk], countersigner_ids=[world.users["tess"].pk]
    )
    act(world, "wen", "submit", row)
    assert [one.pk for one in drafts_with(world.actor("asha"))] == [row.pk]
    act(world, "asha", "review", row, opinion="同意")
    act(world, "tess", "countersign", row)
    document = act(world, "hugo", "sign", row, "11:00")
    assert document.number_text == "示督发〔2020〕1号"
    assert document.record["addressees"] == ["各乡镇人民政府"]
    assert document.record["date"] == "2020-02-16"
    governments = {name for name, unit in world.units.items() if unit.kind == "government"}
    assert {one.unit.name for one in document.deliveries.select_related("unit")} == governments
    row.refresh_from_db()
    assert (row.state, row.document_id, row.number.state) == ("signed", document.pk, "used")
    verbs = [event.verb for event in events_of(row)]
    assert verbs == [
        "draft.signed",
        "draft.countersigned",
        "draft.reviewed",
        "draft.submitted",
        "draft.written",
    ]


def test_notice_and_circular_share_one_series(world: World) -> None:
    first = act(world, "hugo", "sign", ready(world))
    second = act(world, "hugo", "sign", ready(world, kind="circular", title="关于督导情况的通报"))
    assert [first.number_text, second.number_text] == ["示督发〔2020〕1号", "示督发〔2020〕2号"]


def test_upward_document_carries_the_name_of_its_signer(world: World) -> None:
    row = ready(
        world, kind="report", title="关于督导工作情况的报告", main_units=[world.units["示例市指挥部"].pk]
    )
    record = act(world, "hugo", "sign", row).record
    assert record["signer"] == world.users["hugo"].display_name


def test_minutes_and_special_reports_are_numbered_by_issue(world: World) -> None:
    record = {"paragraphs": ["会议议定以下事项："], "present": ["专班组长岗"]}
    row = ready(world, kind="minutes", title="工作例会纪要", record=record, main_units=[])
    document = act(world, "hugo", "sign", row)
    assert (document.number_text, document.record["issue_no"]) == ("第1期", 1)


@pytest.mark.parametrize("who", ["asha", "hugo", "tess", "olga", "rina", "nobody"])
def test_only_the_drafter_changes_and_hands_in(world: World, who: str) -> None:
    row = draft(world)
    before = untouched(row)
    for name, more in (
        ("change", {"title": "关于别的事的通知"}),
        ("submit", {}),
        ("discard", {"reason": "不要了"}),
    ):
        with pytest.raises((Denied, NotFound)):
            act(world, who, name, row, **more)
    assert untouched(row) == before


@pytest.mark.parametrize("who", ["wen", "asha", "tess", "olga", "nobody"])
def test_only_the_named_signer_signs(world: World, who: str) -> None:
    row = ready(world)
    before = untouched(row)
    with pytest.raises((Denied, NotFound)):
        act(world, who, "sign", row)
    assert untouched(row) == before


def test_drafter_cannot_be_reviewer_countersigner_or_signer(world: World) -> None:
    own = world.users["wen"].pk
    for named in ({"reviewer_id": own}, {"signer_id": own}, {"countersigner_ids": [own]}):
        with pytest.raises(Invalid) as refusal:
            draft(world, **named)
        assert refusal.value.code == "wrong_person"
    assert not Draft.objects.exists()


def test_text_is_not_changed_while_it_is_with_others_and_is_after_recall(world: World) -> None:
    row = draft(world)
    act(world, "wen", "submit", row)
    with pytest.raises(Denied):
        act(world, "wen", "change", row, title="关于别的事的通知")
    act(world, "wen", "recall", row)
    assert act(world, "wen", "change", row, title="关于改过的事的通知").title == "关于改过的事的通知"


def test_text_sent_back_carries_the_reason_and_begins_again(world: World) -> None:
    row = ready(world)
    act(world, "hugo", "send_back", row, reason="期限写明到几点")
    row.refresh_from_db()
    assert (row.state, row.send_back_reason) == ("drafting", "期限写明到几点")
    with pytest.raises(Denied):
        act(world, "hugo", "sign", row)


def test_second_window_does_not_overwrite_the_first(world: World) -> None:
    row = draft(world)
    act(world, "wen", "change", row, version=1, title="第一个窗口的通知")
    with pytest.raises(WrongState) as refusal:
        act(world, "wen", "change", row, version=1, title="第二个窗口的通知")
    assert refusal.value.code == "changed_meanwhile"
    row.refresh_from_db()
    assert row.title == "第一个窗口的通知"


def test_empty_group_is_named_and_nothing_is_issued(world: World) -> None:
    row = draft(world, main_groups=[group(world, "各派驻机构", ("resident_group",)).pk])
    before = untouched(row)
    with pytest.raises(Invalid) as refusal:
        act(world, "wen", "submit", row)
    assert refusal.value.code == "empty_group"
    assert "各派驻机构" in str(refusal.value.message)
    assert untouched(row) == before


def test_group_that_fell_empty_before_the_signature_loses_no_number(world: World) -> None:
    one = group(world, "有关单位", ())
    documents.save_group(
        actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, name="有关单位", group_id=one.pk,
        unit_ids=[world.units["甲镇人民政府"].pk],
    )  # fmt: skip
    row = ready(world, main_units=[], main_groups=[one.pk])
    documents.save_group(
        actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, name="有关单位", group_id=one.pk
    )
    with pytest.raises(Invalid):
        act(world, "hugo", "sign", row)
    assert Number.objects.count() == 0
    later = ready(world)
    assert act(world, "hugo", "sign", later).number_text == "示督发〔2020〕1号"


def test_main_recipient_gets_no_copy(world: World) -> None:
    row = ready(world, copy_groups=[group(world).pk])
    document = act(world, "hugo", "sign", row)
    assert list(
        document.deliveries.filter(unit=world.units["甲镇人民政府"]).values_list("is_copy", flat=True)
    ) == [False]
    assert document.record["copy_to"] == ["各乡镇人民政府"]


def test_what_is_missing_is_named_when_the_text_is_handed_in(world: World) -> None:
    row = draft(world, kind="request", title="关于增派人员的请示", record={}, reviewer_id=None, main_units=[])
    with pytest.raises(Invalid) as refusal:
        act(world, "wen", "submit", row)
    assert str(refusal.value.message) == "还缺：正文、附注（联系人、电话）、主送单位、核稿人。"


def test_reserved_number_is_used_by_the_signature_and_voided_by_discarding(world: World) -> None:
    kept, thrown = ready(world), draft(world)
    documents.reserve_draft_number(actor=world.actor("wen"), at=at(), draft_id=thrown.pk)
    assert act(world, "hugo", "sign", kept).number_text == "示督发〔2020〕2号"
    act(world, "wen", "discard", thrown, reason="并入另一件")
    assert [(n.text, n.state, n.void_reason) for n in Number.objects.order_by("serial")] == [
        ("示督发〔2020〕1号", "voided", "并入另一件"),
        ("示督发〔2020〕2号", "used", ""),
    ]


def test_correction_is_a_new_document_that_points_at_the_old(world: World) -> None:
    old = act(world, "hugo", "sign", ready(world))
    new = act(world, "hugo", "sign", ready(world, title="关于更正整改期限的通知", corrects_id=old.pk))
    assert (new.corrects_id, old.corrections.get().pk) == (old.pk, new.pk)
    assert new.number_text != old.number_text


def test_name_may_not_stand_in_the_title_and_a_field_of_wrong_shape_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        draft(world, title="关于张示例问题的通知", names=[{"name": "张示例", "post": "某镇值班岗"}])
    assert refusal.value.code == "name_in_title"
    with pytest.raises(Invalid):
        draft(world, record={"paragraphs": "不是清单"})
    assert not Draft.objects.exists()


def test_fault_is_mended_by_one_click_in_the_stored_text(world: World) -> None:
    row = draft(world, record={"paragraphs": ["请于2020年02月17日前反馈,不另报材料。"]})
    assert {one.code for one in drafting.lint_draft(row, at())} == {"date_padding", "half_width"}
    act(world, "wen", "mend", row, code="date_padding")
    row.refresh_from_db()
    assert row.record["paragraphs"] == ["请于2020年2月17日前反馈,不另报材料。"]
    assert {one.code for one in drafting.lint_draft(row, at())} == {"half_width"}


@pytest.mark.parametrize(
    "kind", [code for code, kind in kinds.all_kinds().items() if kind.drafted and code not in GUARDED_KINDS]
)
def test_unfinished_draft_of_every_kind_can_be_looked_at(world: World, kind: str) -> None:
    from duban.documents import drawing

    row = draft(world, kind=kind, title="关于某事的文稿", record={}, main_units=[])
    assert drawing.preview(kind, drafting.shown_record(row, at()))[0].startswith(b"\x89PNG")
    drafting.lint_draft(row, at())


def test_kind_made_from_records_is_not_drafted_freely(world: World) -> None:
    with pytest.raises(Invalid):
        draft(world, kind="work_order")


def test_draft_is_seen_by_the_office_and_by_those_named_once_it_is_handed_in(world: World) -> None:
    row = draft(world)

    def seen():
        rows = {who: drafts_visible_to(world.actor(who)).filter(pk=row.pk) for who in world.users}
        return {who for who, found in rows.items() if found.exists()}

    assert seen() == {"wen", "hugo"}
    act(world, "wen", "submit", row)
    assert seen() == {"wen", "hugo", "asha"}


def test_end_of_campaign_takes_the_words_of_drafts_and_leaves_issued_documents(world: World) -> None:
    names = [{"name": "赵一甲", "post": "某村负责人", "may_be_named": False}]
    document = act(world, "hugo", "sign", ready(world))
    row = draft(world, names=names)
    plan = {line["code"]: line["records"] for line in erasure.plan_lines(world.campaign)}
    assert plan["drafts"] == 2
    erasure.destroy(world.campaign, at("12:00"))
    row.refresh_from_db()
    assert (row.record, row.names) == ({}, [])
    frozen = OfficialDocument.objects.get(pk=document.pk)
    assert frozen.record == document.record
    plan = {line["code"]: line["records"] for line in erasure.plan_lines(world.campaign)}
    assert plan["drafts"] == 0
