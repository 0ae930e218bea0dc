"""Importing units: dry run, exact row errors, re-import by code, moves, cycles, scope."""

import pytest

from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Event
from duban.territory.importing import import_units
from duban.territory.models import Unit, UnitKind
from tests.territory.sheets import as_csv, as_xlsx
from tests.world import at as moment

pytestmark = pytest.mark.django_db
HEAD = ["编码", "名称", "类型", "上级编码"]
TOWNS = [
    HEAD,
    ["S-C", "丁镇第一村", "村", "S-T"],
    ["S", "示例县", "县", ""],
    ["S-T", "丁镇", "镇", "S"],
    ["S-G", "丁镇人民政府", "人民政府（办事处）", "S-T"],
]


def run(rows, *, actor=SYSTEM, name: str = "单位.csv", **more):
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    return import_units(actor=actor, at=moment(), content=content, file_name=name, **more)


def faults(rows, **more) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.message) for one in run(rows, dry_run=True, **more).faults]


def snapshot() -> list[tuple]:
    return list(
        Unit.objects.order_by("code").values_list("code", "name", "kind", "path", "depth", "parent__code")
    )


def paths_agree() -> bool:
    return all(
        one.path.startswith(one.parent.path) and one.depth == one.parent.depth + 1
        for one in Unit.objects.exclude(parent=None).select_related("parent")
    )


def test_dry_run_lists_what_is_new_and_writes_nothing() -> None:
    plan = run(TOWNS, dry_run=True)
    assert [(one.row, one.code, one.name) for one in plan.new] == [
        (2, "S-C", "丁镇第一村"), (3, "S", "示例县"), (4, "S-T", "丁镇"), (5, "S-G", "丁镇人民政府"),
    ]  # fmt: skip
    assert (plan.faults, plan.written) == ([], False)
    assert (Unit.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("file", [as_csv(TOWNS, "gb18030"), as_csv(TOWNS, "utf-8-sig"), as_xlsx(TOWNS)])
def test_children_may_stand_before_their_parents_in_any_file(file: bytes) -> None:
    run(file, name="单位.xlsx" if file[:2] == b"PK" else "单位.csv")
    assert Unit.objects.get(code="S-C").parent.code == "S-T"
    assert Unit.objects.get(code="S-G").kind == UnitKind.GOVERNMENT
    assert paths_agree()


def test_import_is_one_journal_line_with_counts_and_hash() -> None:
    run(TOWNS)
    event = Event.objects.get()
    assert (event.verb, event.subject_label) == ("units.imported", "新增 4、修改 0、未变 0")
    assert {key: event.detail.body[key] for key in ("rows", "new", "changed", "unchanged")} == {
        "rows": 4, "new": 4, "changed": 0, "unchanged": 0,
    }  # fmt: skip
    assert len(event.detail.body["sha256"]) == 64


def test_second_import_changes_nothing() -> None:
    run(TOWNS)
    before = snapshot()
    plan = run(TOWNS)
    assert (len(plan.new), len(plan.changed), plan.unchanged) == (0, 0, 4)
    assert snapshot() == before


def test_changed_name_is_shown_before_and_after_and_absent_columns_are_left_alone() -> None:
    run([[*HEAD, "简称"], ["S", "示例县", "县", "", "示例"]])
    plan = run([HEAD, ["S", "示例市", "县", ""]])
    assert [(one.code, dict(one.before_after)) for one in plan.changed] == [
        ("S", {"名称": ("示例县", "示例市")})
    ]
    unit = Unit.objects.get()
    assert (unit.name, unit.short_name) == ("示例市", "示例")


def test_every_wrong_cell_is_named_and_nothing_is_written() -> None:
    rows = [
        [*HEAD, "行业", "统一社会信用代码", "停用日期"],
        ["S", "示例县", "县", "", "", "", ""],
        ["S", "又一个", "县", "", "", "", ""],
        ["A", "甲局", "衙门", "S", "卫生健康", "", ""],
        ["B", "乙局", "部门", "X", "星际", "123", "2020-02-30"],
        ["", "丙局", "部门", "S", "", "", ""],
    ]
    assert faults(rows) == [
        (3, "编码", "编码与第 2 行重复。"),
        (4, "类型", "没有“衙门”这一项，请从模板说明里选。"),
        (5, "上级编码", "没有编码为 X 的上级单位。"),
        (5, "停用日期", "没有“2020-02-30”这一天，请写成 2020-02-16。"),
        (5, "统一社会信用代码", "统一社会信用代码的位数或校验码不对。"),
        (5, "行业", "没有“星际”这一项，请从模板说明里选。"),
        (6, "编码", "不能为空。"),
    ]
    with pytest.raises(Invalid) as caught:
        run(rows)
    assert caught.value.code == "rows_invalid"
    assert caught.value.fields["第 5 行 上级编码"] == "没有编码为 X 的上级单位。"
    assert (Unit.objects.count(), Event.objects.count()) == (0, 0)


def test_cycle_among_new_units_is_a_fault_of_each_line() -> None:
    rows = [HEAD, ["A", "甲", "部门", "B"], ["B", "乙", "部门", "C"], ["C", "丙", "部门", "A"]]
    found = faults(rows)
    assert [(row, column) for row, column, message in found] == [
        (2, "上级编码"),
        (3, "上级编码"),
        (4, "上级编码"),
    ]
    assert found[0][2] == "上下级成了圈：A → B → C → A。"


def test_cycle_through_stored_units_is_found() -> None:
    run(TOWNS)
    before = snapshot()
    with pytest.raises(Invalid):
        run([HEAD, ["S-T", "丁镇", "镇", "S-C"]])
    assert snapshot() == before


def test_unit_that_is_its_own_parent_is_a_fault() -> None:
    assert [(row, column) for row, column, message in faults([HEAD, ["A", "甲", "县", "A"]])] == [
        (2, "上级编码")
    ]


def test_moved_unit_takes_its_subtree_along_and_keeps_its_id() -> None:
    run([*TOWNS, ["S-U", "戊镇", "镇", "S"]])
    key = Unit.objects.get(code="S-G").pk
    plan = run([HEAD, ["S-T", "丁镇", "镇", "S-U"]])
    assert dict(plan.changed[0].before_after) == {"上级编码": ("S", "S-U")}
    assert Unit.objects.get(pk=key).path.startswith(Unit.objects.get(code="S-U").path)
    assert paths_agree()


def test_parent_and_child_may_change_places_in_one_file() -> None:
    run(
        [
            HEAD,
            ["R", "根", "县", ""],
            ["A", "甲", "部门", "R"],
            ["B", "乙", "部门", "A"],
            ["C", "丙", "部门", "B"],
        ]
    )
    run([HEAD, ["A", "甲", "部门", "C"], ["B", "乙", "部门", "R"]])
    assert dict(Unit.objects.values_list("code", "parent__code")) == {"R": None, "A": "C", "B": "R", "C": "B"}
    assert paths_agree()


def test_ended_unit_is_switched_off_and_back_on() -> None:
    run([[*HEAD, "停用日期"], ["S", "示例县", "县", "", "2020-01-31"]])
    assert not Unit.objects.get().is_active
    run([[*HEAD, "停用日期"], ["S", "示例县", "县", "", ""]])
    assert Unit.objects.get().is_active


def test_table_with_names_of_persons_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        run([[*HEAD, "负责人姓名"], ["S", "示例县", "县", "", "x"]])
    assert caught.value.code == "person_table"
    assert Unit.objects.count() == 0


def test_progress_reaches_the_total() -> None:
    told: list[tuple[int, int]] = []
    run(TOWNS, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)


def test_others_than_the_administrator_are_refused(world) -> None:
    before = snapshot()
    for name in ("wen", "asha", "hugo", "nobody"):
        with pytest.raises(Denied):
            run([HEAD, ["N", "新", "部门", "T"]], actor=world.actor(name))
    assert snapshot() == before


def test_administrator_stays_inside_the_area(world) -> None:
    run([HEAD, ["Z", "外县", "县", ""], ["Z1", "外镇", "镇", "Z"]])
    ada = world.actor("ada")
    rows = [HEAD, ["N1", "新", "部门", "Z"], ["Z1", "改名", "镇", "Z"], ["N2", "新", "部门", ""]]
    assert faults(rows, actor=ada) == [
        (2, "上级编码", "没有编码为 Z 的上级单位。"),
        (3, "编码", "这个编码已用于您范围外的单位。"),
        (4, "上级编码", "请填上级编码。"),
    ]
    assert run([HEAD, ["N3", "新科", "部门", "T-JW"]], actor=ada).written
