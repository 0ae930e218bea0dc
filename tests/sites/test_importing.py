"""Importing sites: three responsible parties by code, exact row errors, scope."""

import pytest

from duban.kernel.actor import SYSTEM, Role
from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Event
from duban.people import operations as people
from duban.sites.importing import import_sites
from duban.sites.models import Site, SiteType
from tests.territory.sheets import as_csv
from tests.world import at as moment

HEAD = [
    "编码",
    "名称",
    "类型",
    "所在区划编码",
    "属地责任单位编码",
    "主管部门编码",
    "单位责任编码",
    "值班电话",
    "地址",
]
MARKET = ["M1", "甲镇集贸市场", "农贸市场", "T01-C1", "T01-ZF", "T-WJ", "", "0000-1234567", "集镇东侧"]


def run(world, rows, *, by: str = "wen", **more):
    return import_sites(
        actor=world.actor(by), at=moment(), content=as_csv(rows), file_name="点位.csv", **more
    )


def snapshot() -> list[tuple]:
    return list(
        Site.objects.order_by("code").values_list("code", "name", "area_path", "is_active", "territory_unit")
    )


def test_site_takes_its_three_lines_and_the_path_of_its_area(world) -> None:
    run(world, [HEAD, MARKET])
    site = Site.objects.get(code="M1")
    assert (site.territory_unit.code, site.department_unit.code, site.operator_unit) == (
        "T01-ZF",
        "T-WJ",
        None,
    )
    assert site.area_path == world.units["甲镇第一村"].path
    assert Event.objects.get(verb="sites.imported").detail.body["new"] == 1


def test_second_import_changes_nothing_and_a_change_is_shown(world) -> None:
    run(world, [HEAD, MARKET])
    assert run(world, [HEAD, MARKET]).unchanged == 1
    plan = run(world, [["编码", "名称", "类型", "所在区划编码", "属地责任单位编码", "在用"],
                       ["M1", "甲镇集贸市场", "market", "T01", "T01-ZF", "否"]])  # fmt: skip
    assert dict(plan.changed[0].before_after) == {"所在区划编码": ("T01-C1", "T01"), "在用": ("是", "")}
    site = Site.objects.get(code="M1")
    assert (site.is_active, site.area_path, site.address) == (False, world.units["甲镇"].path, "集镇东侧")


def test_every_wrong_cell_is_named_and_nothing_is_written(world) -> None:
    before = snapshot()
    rows = [
        HEAD,
        MARKET,
        ["M1", "又一个", "农贸市场", "T01", "T01-ZF", "", "", "", ""],
        ["M2", "乙", "宇宙港", "T09", "T01-ZF", "", "", "", ""],
        ["M3", "丙", "农贸市场", "T01", "", "XX", "", "13800138000", ""],
    ]
    assert [(one.row, one.column, one.message) for one in run(world, rows, dry_run=True).faults] == [
        (3, "编码", "编码与第 2 行重复。"),
        (4, "所在区划编码", "没有编码为 T09 的单位。"),
        (4, "类型", "没有“宇宙港”这一项，请从模板说明里选。"),
        (5, "主管部门编码", "没有编码为 XX 的单位。"),
        (5, "值班电话", "像是个人手机号。请填值班电话。"),
        (5, "属地责任单位编码", "不能为空。"),
    ]
    with pytest.raises(Invalid):
        run(world, rows)
    assert snapshot() == before


def test_word_used_by_two_packs_must_be_made_plain(world) -> None:
    SiteType.objects.create(pack="other", code="market", title="农贸市场")
    assert [one.column for one in run(world, [HEAD, MARKET], dry_run=True).faults] == ["类型"]
    assert run(world, [HEAD, [*MARKET[:2], "test:market", *MARKET[3:]]]).written


@pytest.mark.parametrize("name", ["asha", "olga", "lena", "nobody"])
def test_field_and_unit_roles_are_refused(world, name: str) -> None:
    before = snapshot()
    with pytest.raises(Denied):
        run(world, [HEAD, MARKET], by=name)
    assert snapshot() == before


def test_office_of_one_town_cannot_import_into_another(world) -> None:
    people.grant_role(
        actor=SYSTEM, at=moment(), user_id=world.users["nobody"].pk, role=Role.OFFICE, unit_id=world.units["乙镇"].pk,
        campaign_id=world.campaign.pk,
    )  # fmt: skip
    found = run(world, [HEAD, MARKET], by="nobody", dry_run=True).faults
    assert ("所在区划编码", "没有编码为 T01-C1 的单位。") in [(one.column, one.message) for one in found]
    assert not Site.objects.filter(code="M1").exists()
