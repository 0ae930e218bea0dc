"""Papers: key points, draw record, dispatch sheet, liaison table; what is sealed stays out of them."""

from datetime import date, timedelta

import pytest

from duban.documents.models import OfficialDocument
from duban.kernel.errors import Denied, Invalid
from duban.planning import operations as planning
from duban.teams import operations as teams
from duban.teams.models import Dispatch
from tests.world import DAY


@pytest.fixture
def drawn(world, at):
    return planning.commit_and_draw(
        actor=world.actor("wen"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["1"].pk],
    )


def test_dispatch_sheet_prints_no_sealed_name(world, at, drawn):
    dispatch = Dispatch.objects.get()
    teams.depart(actor=world.actor("asha"), at=at("08:30"), dispatch_id=dispatch.pk)
    slot = dispatch.dispatch_sites.order_by("ordinal").first()
    teams.reveal_site(actor=world.actor("asha"), at=at("08:31"), dispatch_site_id=slot.pk)
    paper = teams.issue_dispatch_sheet(actor=world.actor("wen"), at=at("08:32"), dispatch_id=dispatch.pk)
    assert [row["site"] for row in paper.record["sites"]] == [slot.site.name, "未启封"]
    assert paper.number_text == "督派〔2020〕1号"
    with pytest.raises(Denied):
        teams.issue_dispatch_sheet(actor=world.actor("asha"), at=at("08:33"), dispatch_id=dispatch.pk)
    assert OfficialDocument.objects.count() == 1


def test_covert_dispatch_leaves_no_paper(world, at):
    planning.commit_and_draw(
        actor=world.actor("hugo"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["c"].pk],
        is_covert=True,
    )
    with pytest.raises(Invalid, match="covert_paper"):
        teams.issue_dispatch_sheet(
            actor=world.actor("hugo"), at=at("08:32"), dispatch_id=Dispatch.objects.get().pk
        )
    assert not OfficialDocument.objects.exists()


def test_draw_record_waits_for_the_seed_and_a_witness(world, at, drawn):
    wen, after = world.actor("wen"), at("09:00", DAY + timedelta(days=1))
    with pytest.raises(Denied, match="not_revealed"):
        planning.issue_draw_record(actor=wen, at=at("18:00"), draw_id=drawn.pk, witnessed_by="纪律监督岗")
    planning.reveal_draws(actor=world.actor("hugo"), at=after, round_id=world.round.pk)
    with pytest.raises(Invalid, match="witness_missing"):
        planning.issue_draw_record(actor=wen, at=after, draw_id=drawn.pk, witnessed_by=" ")
    paper = planning.issue_draw_record(actor=wen, at=after, draw_id=drawn.pk, witnessed_by="纪律监督岗")
    assert paper.record["seed"] == drawn.seed
    assert {row["site"] for row in paper.record["drawn"]} == {"甲镇农贸市场", "甲镇西卡口"}


def test_key_points_are_issued_once_approved(world, at):
    sheet = planning.compose_key_points(
        actor=world.actor("wen"), at=at("07:30"), campaign_id=world.campaign.pk, day=DAY
    )
    planning.add_point(
        actor=world.actor("wen"), at=at("07:31"), sheet_id=sheet.pk, text="值守在岗", is_must_ask=True
    )
    with pytest.raises(Denied, match="not_approved"):
        planning.issue_key_points(actor=world.actor("wen"), at=at("07:40"), sheet_id=sheet.pk)
    planning.approve_key_points(actor=world.actor("hugo"), at=at("07:50"), sheet_id=sheet.pk)
    paper = planning.issue_key_points(actor=world.actor("wen"), at=at("07:55"), sheet_id=sheet.pk)
    assert [(row["point"], row["must_ask"]) for row in paper.record["points"]] == [("值守在岗", "是")]


def test_liaison_table_names_the_gap(world, at):
    wen = world.actor("wen")
    with pytest.raises(Invalid, match="nothing_to_issue"):
        teams.issue_liaison_table(actor=wen, at=at(), campaign_id=world.campaign.pk, day=DAY)
    teams.assign_liaison(
        actor=wen, at=at(), campaign_id=world.campaign.pk, ordinal=1, leader_title="委领导一",
        area_ids=[world.units["甲镇"].pk, world.units["乙镇"].pk],
        supporting_department_id=world.units["党风政风监督室"].pk, valid_from=date(2020, 2, 1),
    )  # fmt: skip
    paper = teams.issue_liaison_table(actor=wen, at=at(), campaign_id=world.campaign.pk, day=DAY)
    assert paper.record["gaps"] == ["丙镇"]
