"""Bulletins: drafted from findings, reviewed by somebody else, numbered without gap, withdrawn, corrected."""

from typing import Any

import pytest

from duban.documents.models import Number
from duban.kernel.errors import Denied, Invalid, NotFound
from duban.reporting import indicators, records
from duban.reporting import operations as reporting
from duban.reporting.models import Bulletin
from duban.reporting.policy import bulletins_visible_to
from tests.reporting import register
from tests.reporting.register import ask
from tests.world import DAY, World, at


def draft(world: World, *findings: Any, who: str = "wen", **changes: Any) -> Bulletin:
    rows = findings or (register.finding(world),)
    return reporting.draft_bulletin(
        actor=world.actor(who), at=at("16:10"), campaign_id=world.campaign.pk, day=DAY,
        finding_ids=[row.pk for row in rows], **changes,
    )  # fmt: skip


def issue(world: World, bulletin: Bulletin) -> Bulletin:
    reporting.submit_bulletin(actor=world.actor("wen"), at=at("16:20"), bulletin_id=bulletin.pk)
    return reporting.issue_bulletin(actor=world.actor("hugo"), at=at("16:40"), bulletin_id=bulletin.pk)


def test_draft_names_units_and_posts_by_category(world: World) -> None:
    first = register.finding(world, post=world.posts["甲镇分管副镇长岗"])
    second = register.finding(world, category=world.categories["ledger"])
    bulletin = draft(world, first, second)
    assert bulletin.title == "关于2月16日督导情况的通报"
    assert [part["heading"] for part in bulletin.sections[1]["sections"]] == ["值守在岗", "登记台账"]
    assert {unit.name for unit in bulletin.recipients.all()} == {"甲镇", "乙镇", "丙镇", "市直单位"}
    problems = issue(world, bulletin).document.record["problems"]
    assert [(row["unit"], row["duty_post"]) for row in problems] == [
        ("甲镇人民政府", "分管副镇长岗"),
        ("甲镇人民政府", ""),
    ]


def test_draft_by_unit(world: World) -> None:
    bulletin = draft(world, register.finding(world), by="unit")
    assert bulletin.sections[1]["sections"][0]["heading"] == "甲镇人民政府"


def test_issue_numbers_follow_without_gap_and_the_document_goes_out(world: World) -> None:
    first, second = issue(world, draft(world)), issue(world, draft(world))
    assert [first.issue, second.issue] == [1, 2]
    assert first.document.number_text == "第1期"
    assert first.document.record["issue_no"] == 1
    assert first.document.deliveries.filter(is_copy=False).count() == 4
    assert first.document.deliveries.get(is_copy=True).unit == world.units["示例市指挥部"]


def test_drafter_does_not_issue_the_own_bulletin_and_no_number_is_lost(world: World) -> None:
    own = draft(world, who="hugo")
    reporting.submit_bulletin(actor=world.actor("hugo"), at=at("16:20"), bulletin_id=own.pk)
    for who in ("hugo", "wen"):
        with pytest.raises(Denied):
            reporting.issue_bulletin(actor=world.actor(who), at=at("16:40"), bulletin_id=own.pk)
    assert Number.objects.count() == 0
    assert issue(world, draft(world)).issue == 1


def test_unconfirmed_finding_is_refused(world: World) -> None:
    row = register.finding(world, state="registered", confirmed_at=None)
    for rows in ((row,), (register.finding(world), row)):
        with pytest.raises(Invalid):
            draft(world, *rows)
    with pytest.raises(Invalid):
        reporting.draft_bulletin(
            actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, day=DAY, finding_ids=[]
        )
    assert not Bulletin.objects.exists()


@pytest.mark.parametrize("who", ["asha", "olga", "hana", "nobody", "ada"])
def test_draft_by_others_is_refused(world: World, who: str) -> None:
    with pytest.raises((Denied, NotFound)):
        draft(world, who=who)
    assert not Bulletin.objects.exists()


def test_draft_is_changed_only_before_it_is_handed_in(world: World) -> None:
    bulletin = draft(world)
    change = {"actor": world.actor("wen"), "at": at("16:15"), "bulletin_id": bulletin.pk}
    with pytest.raises(Invalid):
        reporting.change_bulletin(**change, title=" ")
    reporting.change_bulletin(
        **change, title="关于值守情况的通报", recipient_ids=[world.units["甲镇人民政府"].pk]
    )
    reporting.submit_bulletin(actor=world.actor("wen"), at=at("16:20"), bulletin_id=bulletin.pk)
    with pytest.raises(Denied):
        reporting.change_bulletin(**change, title="另一个题目")
    reporting.return_bulletin(
        actor=world.actor("hugo"), at=at("16:30"), bulletin_id=bulletin.pk, reason="补附件"
    )
    bulletin.refresh_from_db()
    assert (bulletin.title, bulletin.state) == ("关于值守情况的通报", "draft")


def test_bulletin_without_recipients_is_not_handed_in(world: World) -> None:
    bulletin = draft(world, recipient_ids=[])
    with pytest.raises(Invalid):
        reporting.submit_bulletin(actor=world.actor("wen"), at=at("16:20"), bulletin_id=bulletin.pk)
    bulletin.refresh_from_db()
    assert bulletin.state == "draft"


def test_withdrawn_bulletin_keeps_its_number_and_leaves_the_count(world: World) -> None:
    bulletin = issue(world, draft(world))
    with pytest.raises(Denied):
        reporting.withdraw_bulletin(
            actor=world.actor("wen"), at=at("17:00"), bulletin_id=bulletin.pk, reason="有误"
        )
    reporting.withdraw_bulletin(
        actor=world.actor("hugo"), at=at("17:00"), bulletin_id=bulletin.pk, reason="有误"
    )
    bulletin.refresh_from_db()
    bulletin.document.refresh_from_db()
    assert (bulletin.state, bulletin.issue, bulletin.document.state) == ("withdrawn", 1, "voided")
    assert issue(world, draft(world)).issue == 2
    assert indicators.figure("C1-1", ask(world, "16:50")).value == 2
    assert indicators.figure("C1-1", ask(world, "18:00")).value == 1


def test_correction_starts_a_new_draft_with_the_same_text(world: World) -> None:
    old = issue(world, draft(world))
    new = reporting.correct_bulletin(
        actor=world.actor("hugo"), at=at("17:00"), bulletin_id=old.pk, reason="地点有误"
    )
    old.refresh_from_db()
    assert (old.state, new.state, new.title, new.findings.count()) == ("withdrawn", "draft", old.title, 1)


def test_drafts_are_seen_by_the_desk_and_issued_ones_by_staff_and_addressees(world: World) -> None:
    bulletin = draft(world, recipient_ids=[world.units["甲镇人民政府"].pk])
    names = ("wen", "hugo", "avi", "asha", "rina", "olga", "vera", "hana", "nobody", "ada")

    def readers() -> set[str]:
        return {
            name for name in names if bulletins_visible_to(world.actor(name)).filter(pk=bulletin.pk).exists()
        }

    assert readers() == {"wen", "hugo", "avi"}
    issue(world, bulletin)
    assert readers() == {"wen", "hugo", "avi", "asha", "rina", "olga", "hana"}


def test_addressees_stand_in_the_order_of_the_campaign_whatever_their_place_in_the_tree(world: World) -> None:
    bulletin = draft(world)
    lines = list(world.campaign.scope_units.order_by("-ordinal"))
    for ordinal, line in enumerate(lines, start=1):  # turned round
        type(line).objects.filter(pk=line.pk).update(ordinal=ordinal)
    expected = [line.unit.name for line in lines]
    assert records.bulletin_record(bulletin, None)["addressees"] == expected
