"""Importing units from an office table: dry run, row errors, re-import by code, moves checked for cycles.

One operation, one transaction, one journal event. Reading the file is kernel.tables; divisions.py holds the bulk
import of the national division list.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel import counters, journal
from duban.kernel.actor import Actor
from duban.kernel.import_plans import Plan, Progress, batches, whole_unless_dry
from duban.kernel.policy import require
from duban.kernel.tables import Column, Line, Reader, is_credit_code, normal_header, read_table
from duban.territory import moves, policy
from duban.territory.models import Sector, Unit, UnitKind
from duban.territory.operations import SERIALS
from duban.territory.paths import child_path

COLUMNS = (
    Column("code", gettext_lazy("编码"), ("单位编码", "区划编码", "代码"), True, 40, gettext_lazy("一经使用不变，再次导入按编码更新")),
    Column("name", gettext_lazy("名称"), ("单位名称", "区划名称"), True, 80, gettext_lazy("全称")),
    Column("short_name", gettext_lazy("简称"), (), False, 40),
    Column("kind", gettext_lazy("类型"), ("单位类型", "类别"), True, 40, gettext_lazy("见“类型”表")),
    Column("parent", gettext_lazy("上级编码"), ("上级单位编码", "所属编码", "上级"), False, 40, gettext_lazy("空着表示最上级")),
    Column("sector", gettext_lazy("行业"), ("行业领域",), False, 40),
    Column("is_line_authority", gettext_lazy("主管部门"), ("是否主管部门",), False, 10, gettext_lazy("是或否")),
    Column("acts_discipline", gettext_lazy("纪检机关"), ("以纪检机关行文",), False, 10, gettext_lazy("是或否")),
    Column("acts_supervision", gettext_lazy("监察机关"), ("以监察机关行文",), False, 10, gettext_lazy("是或否")),
    Column("party_organisation", gettext_lazy("党组织"), ("负责的党组织", "党委（党组）"), False, 80),
    Column("credit_code", gettext_lazy("统一社会信用代码"), ("信用代码",), False, 18),
    Column("sort_order", gettext_lazy("排序"), ("顺序", "序号"), False, 10),
    Column("ended_on", gettext_lazy("停用日期"), ("撤销日期",), False, 20, gettext_lazy("例如 2020-02-16，在用的空着")),
)  # fmt: skip

KIND_WORDS: dict[str, str] = {
    **{normal_header(str(label)): value for value, label in UnitKind.choices},
    **{value: value for value in UnitKind.values},
    "国": UnitKind.COUNTRY, "省": UnitKind.PROVINCE, "直辖市": UnitKind.PROVINCE, "自治区": UnitKind.PROVINCE,
    "市": UnitKind.CITY, "地级市": UnitKind.CITY, "自治州": UnitKind.CITY, "州": UnitKind.CITY,
    "县": UnitKind.COUNTY, "区": UnitKind.COUNTY, "县级市": UnitKind.COUNTY, "县区": UnitKind.COUNTY,
    "旗": UnitKind.COUNTY, "乡": UnitKind.TOWNSHIP, "镇": UnitKind.TOWNSHIP, "街道": UnitKind.TOWNSHIP,
    "乡镇": UnitKind.TOWNSHIP, "乡镇街道": UnitKind.TOWNSHIP, "村": UnitKind.VILLAGE, "社区": UnitKind.VILLAGE,
    "村社区": UnitKind.VILLAGE, "园区": UnitKind.ZONE, "派驻机构": UnitKind.RESIDENT_GROUP,
    "派驻组": UnitKind.RESIDENT_GROUP, "纪工委": UnitKind.DISPATCHED_BODY, "派出机构": UnitKind.DISPATCHED_BODY,
    "纪委": UnitKind.COMMISSION, "监委": UnitKind.COMMISSION, "乡镇纪委": UnitKind.TOWNSHIP_DISCIPLINE,
    "政府": UnitKind.GOVERNMENT, "人民政府": UnitKind.GOVERNMENT, "办事处": UnitKind.GOVERNMENT,
    "主管部门": UnitKind.LINE_DEPARTMENT, "部门": UnitKind.LINE_DEPARTMENT, "企业": UnitKind.INSTITUTION,
    "事业单位": UnitKind.INSTITUTION, "企事业": UnitKind.INSTITUTION, "党委": UnitKind.PARTY_COMMITTEE,
    "党组": UnitKind.PARTY_COMMITTEE, "党工委": UnitKind.PARTY_COMMITTEE,
}  # fmt: skip
SECTOR_WORDS: dict[str, str] = {
    **{normal_header(str(label)): value for value, label in Sector.choices if value},
    **{value: value for value in Sector.values if value},
    "卫健": Sector.HEALTH, "卫生": Sector.HEALTH, "交通": Sector.TRANSPORT, "市场": Sector.MARKET,
    "药监": Sector.DRUG, "应急": Sector.EMERGENCY, "住建": Sector.HOUSING, "农业": Sector.AGRICULTURE,
    "工信": Sector.INDUSTRY, "文旅": Sector.CULTURE, "环保": Sector.ENVIRONMENT,
}  # fmt: skip
WRITTEN = (
    "name", "short_name", "kind", "sector", "is_line_authority", "acts_discipline", "acts_supervision",
    "party_organisation", "credit_code", "sort_order", "ended_on", "is_active",
)  # fmt: skip
TITLES = {column.name: column.title for column in COLUMNS} | {"is_active": gettext_lazy("在用")}


@dataclass
class Draft:
    """One sound line on its way into the tree."""

    row: int
    code: str
    parent_code: str
    has_parent: bool
    values: dict[str, Any]
    known: Unit | None = None


@whole_unless_dry
def import_units(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    file_name: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """This function will add and update units by code from a .xlsx or .csv file; `dry_run` only reports.

    :raises Invalid: if the file cannot be read, or (not in a dry run) if any line is wrong: nothing is written then.
    """
    require(policy.can_import(actor))
    table = read_table(content, file_name, COLUMNS, progress if dry_run else None)
    plan = Plan.of("units", file_name, table)
    if not dry_run:
        moves.take_turn()  # no move by others between the check for cycles and the writing
    drafts = _drafts(table.lines, plan)
    units = _known_units(drafts, actor)
    _check_parents(drafts, units, plan, actor)
    _check_cycles(drafts, units, plan)
    _compare(drafts, units, plan)
    plan.settle()
    if dry_run:
        return plan
    plan.require_sound()
    anchor = _write(drafts, units, progress, at)
    journal.record(
        "units.imported",
        actor=actor,
        at=at,
        subject=anchor,
        label=plan.label,
        area_path=anchor.path,
        detail=plan.detail(),
    )
    plan.written = True
    return plan


def _drafts(lines: list[Line], plan: Plan) -> dict[str, Draft]:
    drafts: dict[str, Draft] = {}
    for line in lines:
        reader = Reader(line, COLUMNS, plan.faults)
        code = reader.code("code")
        if code in drafts:
            reader.fault("code", _("编码与第 %(row)s 行重复。") % {"row": drafts[code].row})
            continue
        if not code:
            continue
        drafts[code] = Draft(line.number, code, reader.code("parent"), reader.has("parent"), _values(reader))
    return drafts


def _values(reader: Reader) -> dict[str, Any]:
    """Return the typed values of a line: only the columns the table has."""
    read: dict[str, Any] = {
        "name": reader.text("name"),
        "kind": reader.choice("kind", KIND_WORDS),
    }
    for name in ("short_name", "party_organisation"):
        if reader.has(name):
            read[name] = reader.text(name)
    for name in ("is_line_authority", "acts_discipline", "acts_supervision"):
        if reader.has(name):
            read[name] = reader.yes(name)
    if reader.has("sector"):
        read["sector"] = reader.choice("sector", SECTOR_WORDS) if reader.text("sector") != "无" else ""
    if reader.has("sort_order"):
        read["sort_order"] = reader.whole("sort_order")
    if reader.has("credit_code"):
        code = reader.code("credit_code").upper()
        if code and not is_credit_code(code):
            reader.fault("credit_code", _("统一社会信用代码的位数或校验码不对。"))
        read["credit_code"] = code
    if reader.has("ended_on"):
        read["ended_on"] = reader.day("ended_on")
        read["is_active"] = read["ended_on"] is None
    return read


def _known_units(drafts: dict[str, Draft], actor: Actor) -> dict[str, Unit]:
    """Return every stored unit the lines name, with the ancestors of each, by code."""
    codes = {draft.code for draft in drafts.values()} | {draft.parent_code for draft in drafts.values()}
    found: dict[str, Unit] = {}
    for part in batches(sorted(codes), None, done=0, total=0):
        found |= {unit.code: unit for unit in Unit.objects.filter(code__in=part)}
    paths: set[str] = set()
    for unit in found.values():
        parts = unit.path.split(".")[:-2]
        paths |= {".".join(parts[: place + 1]) + "." for place in range(len(parts))}
    for part in batches(sorted(paths - {unit.path for unit in found.values()}), None, done=0, total=0):
        found |= {unit.code: unit for unit in Unit.objects.filter(path__in=part)}
    for draft in drafts.values():
        draft.known = found.get(draft.code)
    return found


def _check_parents(drafts: dict[str, Draft], units: dict[str, Unit], plan: Plan, actor: Actor) -> None:
    """Note unknown parents and places outside the actor's area (both look the same to the reader)."""
    reaches = {code: bool(policy.can_change_tree(actor, unit)) for code, unit in units.items()}
    may_root = bool(policy.can_change_tree(actor, None))
    for draft in list(drafts.values()):
        reader = Reader(Line(draft.row, {}), COLUMNS, plan.faults)
        if draft.known and not reaches[draft.code]:
            reader.fault("code", _("这个编码已用于您范围外的单位。"))
            del drafts[draft.code]
        elif (
            draft.parent_code
            and draft.parent_code not in drafts
            and not reaches.get(draft.parent_code, False)
        ):
            reader.fault("parent", _("没有编码为 %(code)s 的上级单位。") % {"code": draft.parent_code})
        elif not draft.parent_code and not draft.known and not may_root:
            reader.fault("parent", _("请填上级编码。"))


def _parent_code(code: str, drafts: dict[str, Draft], units: dict[str, Unit], by_path: dict[str, str]) -> str:
    draft = drafts.get(code)
    if draft and (draft.has_parent or not draft.known) and (draft.parent_code or not draft.known):
        return draft.parent_code
    unit = units.get(code)
    return by_path.get(unit.path.rsplit(".", 2)[0] + ".", "") if unit and unit.parent_id else ""


def _check_cycles(drafts: dict[str, Draft], units: dict[str, Unit], plan: Plan) -> None:
    by_path = {unit.path: code for code, unit in units.items()}
    settled: set[str] = set()
    for start in drafts:
        trail: list[str] = []
        code = start
        while code and code not in settled and code not in trail:
            trail.append(code)
            code = _parent_code(code, drafts, units, by_path)
        if code and code in trail:
            circle = trail[trail.index(code) :]
            for one in circle:
                if one in drafts:
                    words = {"codes": " → ".join([*circle, circle[0]])}
                    Reader(Line(drafts[one].row, {}), COLUMNS, plan.faults).fault(
                        "parent", _("上下级成了圈：%(codes)s。") % words
                    )
        settled |= set(trail)


def _compare(drafts: dict[str, Draft], units: dict[str, Unit], plan: Plan) -> None:
    by_path = {unit.path: code for code, unit in units.items()}
    for draft in drafts.values():
        if draft.known is None:
            plan.add(draft.row, draft.code, draft.values["name"], None)
            continue
        differences = {
            str(TITLES[name]): (getattr(draft.known, name), value)
            for name, value in draft.values.items()
            if name != "is_active" and getattr(draft.known, name) != value
        }
        old_parent = (
            by_path.get(draft.known.path.rsplit(".", 2)[0] + ".", "") if draft.known.parent_id else ""
        )
        if _parent_code(draft.code, drafts, units, by_path) != old_parent:
            differences[str(TITLES["parent"])] = (old_parent, draft.parent_code)
        plan.add(draft.row, draft.code, draft.values["name"], differences)


def _write(drafts: dict[str, Draft], units: dict[str, Unit], progress: Progress | None, at: datetime) -> Unit:
    """Write the plan: new units from the top down in batches, changed fields in batches, moves one by one."""
    new = [draft for draft in drafts.values() if draft.known is None]
    old = [draft for draft in drafts.values() if draft.known is not None]
    total = len(new) + len(old)
    moved = _write_new(new, units, progress, total)
    for part in batches(old, progress, done=len(new), total=total):
        changed = [draft.known for draft in part if _apply(draft)]
        Unit.objects.bulk_update(changed, WRITTEN, batch_size=500)
    _move(old, drafts, units, at)
    first = min(drafts.values(), key=lambda draft: draft.row)
    return Unit.objects.get(code=moved[0].code if moved else first.code)


def _apply(draft: Draft) -> bool:
    is_changed = False
    for name, value in draft.values.items():
        if getattr(draft.known, name) != value:
            setattr(draft.known, name, value)
            is_changed = True
    return is_changed


def _write_new(new: list[Draft], units: dict[str, Unit], progress: Progress | None, total: int) -> list[Unit]:
    if not new:
        return []
    serial = counters.take(SERIALS, len(new))
    waiting = {draft.code: draft for draft in new}
    made: list[Unit] = []
    for draft in new:
        chain = []
        one: Draft | None = draft
        while one is not None and one.code in waiting:
            chain.append(waiting.pop(one.code))
            one = waiting.get(one.parent_code)
        for link in reversed(chain):
            parent = units.get(link.parent_code)
            unit = Unit(code=link.code, parent=parent, serial=serial, depth=parent.depth + 1 if parent else 0,
                        path=child_path(parent.path if parent else "", serial), **link.values)  # fmt: skip
            units[link.code] = unit
            made.append(unit)
            serial += 1
    for part in batches(made, progress, done=0, total=total):
        Unit.objects.bulk_create(part, batch_size=1000)
    return made


def _move(old: list[Draft], drafts: dict[str, Draft], units: dict[str, Unit], at: datetime) -> None:
    """Hang units below their new parents, from the top of the final tree down, so that no path bites its tail."""
    by_path = {unit.path: code for code, unit in units.items()}

    def final_depth(code: str) -> int:
        steps = 0
        while code := _parent_code(code, drafts, units, by_path):
            steps += 1
        return steps

    moving = [
        draft
        for draft in old
        if draft.has_parent and draft.parent_code and units[draft.parent_code].pk != draft.known.parent_id
    ]
    for draft in sorted(moving, key=lambda one: final_depth(one.code)):
        unit = Unit.objects.get(pk=draft.known.pk)
        parent = Unit.objects.get(pk=units[draft.parent_code].pk)
        moves.move_subtree(unit=unit, parent=parent, at=at)


def template_notes() -> list[tuple[str, list[str]]]:
    """Return the word lists printed beside the template: kinds and sectors."""
    kinds = [str(label) for value, label in UnitKind.choices]
    sectors = [str(label) for value, label in Sector.choices if value]
    return [(_("类型"), kinds), (_("行业"), sectors)]
