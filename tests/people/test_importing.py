"""Importing posts: by code, with exact row errors; never a table of persons."""

import pytest

from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Event
from duban.people.importing import import_posts
from duban.people.models import Post, SubjectClass
from tests.territory.sheets import as_csv
from tests.world import at as moment

HEAD = ["编码", "单位编码", "岗位", "党内职务", "一把手", "代理", "对象类别", "值班电话"]


def run(world, rows, *, by: str = "ada", **more):
    return import_posts(
        actor=world.actor(by), at=moment(), content=as_csv(rows), file_name="岗位.csv", **more
    )


def snapshot() -> list[tuple]:
    return list(
        Post.objects.order_by("code").values_list("code", "unit__code", "title", "is_principal", "duty_phone")
    )


def test_posts_are_added_and_updated_by_code(world) -> None:
    run(world, [HEAD, ["P1", "T01-ZF", "镇长岗", "党委副书记", "是", "否", "责任岗位", "0000-1234567"]])
    post = Post.objects.get(code="P1")
    assert (post.unit.code, post.is_principal, post.subject_class) == (
        "T01-ZF",
        True,
        SubjectClass.DUTY_HOLDER,
    )
    plan = run(world, [["编码", "单位编码", "岗位", "代理"], ["P1", "T02-ZF", "镇长岗", "是"]])
    assert dict(plan.changed[0].before_after) == {"代理": ("", "是"), "单位编码": ("T01-ZF", "T02-ZF")}
    post.refresh_from_db()
    assert (post.unit.code, post.is_acting, post.party_title) == ("T02-ZF", True, "党委副书记")
    assert Event.objects.filter(verb="posts.imported").count() == 2


def test_dry_run_writes_nothing(world) -> None:
    before = snapshot()
    plan = run(world, [HEAD, ["P1", "T01-ZF", "镇长岗", "", "是", "", "", ""]], dry_run=True)
    assert plan.counts == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0, "faults": 0}
    assert snapshot() == before


def test_every_wrong_cell_is_named_and_nothing_is_written(world) -> None:
    before = snapshot()
    rows = [
        HEAD,
        ["P1", "T01-ZF", "镇长岗", "", "是", "", "", ""],
        ["P1", "T01-ZF", "副镇长岗", "", "", "", "", ""],
        ["P2", "XX", "岗", "", "", "", "", ""],
        ["P3", "T01-ZF", "岗", "", "大概", "", "群众", "13800138000"],
    ]
    assert [(one.row, one.column, one.message) for one in run(world, rows, dry_run=True).faults] == [
        (3, "编码", "编码与第 2 行重复。"),
        (4, "单位编码", "没有编码为 XX 的单位。"),
        (5, "一把手", "请填“是”或“否”。"),
        (5, "值班电话", "像是个人手机号。请填值班电话。"),
        (5, "对象类别", "没有“群众”这一项，请从模板说明里选。"),
    ]
    with pytest.raises(Invalid):
        run(world, rows)
    assert snapshot() == before


@pytest.mark.parametrize("header", ["姓名", "手机号码", "身份证号码", "家庭住址"])
def test_table_of_persons_is_refused(world, header: str) -> None:
    with pytest.raises(Invalid) as caught:
        run(world, [["编码", "单位编码", "岗位", header], ["P1", "T01-ZF", "镇长岗", "x"]])
    assert caught.value.code == "person_table"
    assert not Post.objects.filter(code="P1").exists()


@pytest.mark.parametrize("name", ["wen", "asha", "olga", "nobody"])
def test_others_than_the_administrator_are_refused(world, name: str) -> None:
    before = snapshot()
    with pytest.raises(Denied):
        run(world, [HEAD, ["P1", "T01-ZF", "镇长岗", "", "", "", "", ""]], by=name)
    assert snapshot() == before
