"""The liaison table of S0-62…64: 7 leaders, 12 areas, one zone missing gives a warning, never a refusal."""

from datetime import date

import pytest

from duban.campaigns.models import CampaignUnit
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Conflict, Denied, Invalid
from duban.teams import operations as teams
from duban.teams import queries
from duban.teams.models import LiaisonAssignment
from duban.territory import operations as territory
from duban.territory.models import UnitKind

START = date(2020, 1, 27)


@pytest.fixture
def twelve(world, at):
    """Eleven counties and one zone of a city, seven supporting departments."""
    CampaignUnit.objects.filter(campaign=world.campaign).delete()
    root, rows = world.units["示例市"].pk, []
    for number in range(1, 12):
        unit = territory.add_unit(
            actor=SYSTEM,
            at=at(),
            code=f"X{number:02}",
            name=f"示例{number}区",
            kind=UnitKind.COUNTY,
            parent_id=root,
        )
        CampaignUnit.objects.create(campaign=world.campaign, unit=unit, group="township", ordinal=number)
        rows.append(unit)
    zone = territory.add_unit(
        actor=SYSTEM, at=at(), code="Z1", name="示例开发区", kind=UnitKind.ZONE, parent_id=root
    )
    return [*rows, zone]


def fill(world, at, areas):
    """Seven leaders: five hold two areas, two hold one."""
    shares = [areas[0:2], areas[2:4], areas[4:6], areas[6:8], areas[8:10], areas[10:11], areas[11:12]]
    for number, share in enumerate(shares, 1):
        if share:
            teams.assign_liaison(
                actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, ordinal=number, leader_title=f"委领导{number}",
                area_ids=[unit.pk for unit in share], supporting_department_id=world.units["党风政风监督室"].pk, valid_from=START,
            )  # fmt: skip


def test_seven_leaders_twelve_areas_is_complete(world, at, twelve):
    fill(world, at, twelve)
    found = queries.liaison_coverage(world.campaign, START)
    assert (found.leaders, found.areas, found.is_complete) == (7, 12, True)


def test_missing_zone_gives_a_warning(world, at, twelve):
    fill(world, at, twelve[:11])
    found = queries.liaison_coverage(world.campaign, START)
    assert [unit.name for unit in found.missing] == ["示例开发区"]
    assert found.overlapping == []


def test_overlap_names_both_leaders(world, at, twelve):
    fill(world, at, twelve)
    teams.assign_liaison(
        actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, ordinal=8, leader_title="委领导8",
        area_ids=[twelve[0].pk], supporting_department_id=world.units["党风政风监督室"].pk, valid_from=START,
    )  # fmt: skip
    ((unit, rows),) = queries.liaison_coverage(world.campaign, START).overlapping
    assert (unit.name, [row.leader_title for row in rows]) == ("示例1区", ["委领导1", "委领导8"])


def test_new_line_ends_the_old_one_and_history_stays(world, at, twelve):
    fill(world, at, twelve)
    change = {
        "actor": world.actor("wen"), "at": at(), "campaign_id": world.campaign.pk, "ordinal": 1, "leader_title": "委领导甲",
        "area_ids": [twelve[0].pk], "supporting_department_id": world.units["党风政风监督室"].pk,
    }  # fmt: skip
    teams.assign_liaison(**change, valid_from=date(2020, 2, 10))
    lines = LiaisonAssignment.objects.filter(ordinal=1).order_by("valid_from")
    assert [(row.leader_title, row.valid_to) for row in lines] == [
        ("委领导1", date(2020, 2, 9)),
        ("委领导甲", None),
    ]
    assert [row.leader_title for row in queries.liaisons_on(world.campaign, START)][0] == "委领导1"
    with pytest.raises(Conflict):
        teams.assign_liaison(**change, valid_from=date(2020, 2, 1))
    assert LiaisonAssignment.objects.filter(ordinal=1).count() == 2


def test_liaison_table_is_kept_by_the_office(world, at, twelve):
    with pytest.raises(Denied):
        teams.assign_liaison(
            actor=world.actor("asha"), at=at(), campaign_id=world.campaign.pk, ordinal=1, leader_title="委领导",
            area_ids=[twelve[0].pk], supporting_department_id=world.units["党风政风监督室"].pk, valid_from=START,
        )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        teams.assign_liaison(
            actor=world.actor("wen"), at=at(), campaign_id=world.campaign.pk, ordinal=1, leader_title="",
            area_ids=[], supporting_department_id=world.units["党风政风监督室"].pk, valid_from=START,
        )  # fmt: skip
    assert set(refused.value.fields) == {"leader_title", "areas"}
    assert not LiaisonAssignment.objects.exists()
