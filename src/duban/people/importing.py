"""Importing posts from an office table: posts bear duties, so a table with names or numbers of persons is refused."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.import_plans import Plan, Progress, batches, whole_unless_dry, write_rows
from duban.kernel.policy import require
from duban.kernel.tables import Column, Line, Reader, normal_header, read_table
from duban.people import policy
from duban.people.models import Post, SubjectClass
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to

COLUMNS = (
    Column("code", gettext_lazy("编码"), ("岗位编码", "代码"), True, 40, gettext_lazy("一经使用不变，再次导入按编码更新")),
    Column("unit", gettext_lazy("单位编码"), ("所在单位编码",), True, 40),
    Column("title", gettext_lazy("岗位"), ("岗位名称", "职务"), True, 80, gettext_lazy("写岗位，不写姓名")),
    Column("party_title", gettext_lazy("党内职务"), (), False, 80),
    Column("is_principal", gettext_lazy("一把手"), ("主要负责人", "主要负责岗"), False, 10, gettext_lazy("是或否")),
    Column("is_acting", gettext_lazy("代理"), ("主持工作",), False, 10, gettext_lazy("是或否")),
    Column("subject_class", gettext_lazy("对象类别"), ("监督对象类别",), False, 40, gettext_lazy("见“对象类别”表")),
    Column("duty_phone", gettext_lazy("值班电话"), ("办公电话",), False, 40, gettext_lazy("不填个人号码")),
)  # fmt: skip
CLASS_WORDS: dict[str, str] = {
    **{normal_header(str(label)): value for value, label in SubjectClass.choices},
    **{value: value for value in SubjectClass.values},
    "单位": SubjectClass.ORGANISATION, "党组织": SubjectClass.ORGANISATION, "班子": SubjectClass.LEADING_BODY,
    "岗位": SubjectClass.DUTY_HOLDER, "公职人员": SubjectClass.PUBLIC_OFFICIAL, "党员": SubjectClass.PARTY_MEMBER,
}  # fmt: skip
WRITTEN = ("title", "party_title", "is_principal", "is_acting", "subject_class", "duty_phone", "unit")
TITLES = {column.name: column.title for column in COLUMNS}


@whole_unless_dry
def import_posts(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    file_name: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """This function will add and update posts by code from a .xlsx or .csv file; `dry_run` only reports.

    :raises Invalid: if the file cannot be read, or (not in a dry run) if any line is wrong: nothing is written then.
    """
    require(policy.can_import_posts(actor))
    table = read_table(content, file_name, COLUMNS, progress if dry_run else None)
    plan = Plan.of("posts", file_name, table)
    units = _units(table.lines, actor)
    known = _known(table.lines)
    new, changed = _sort(table.lines, units, known, plan, actor)
    plan.settle()
    if dry_run:
        return plan
    plan.require_sound()
    write_rows(Post, new, changed, WRITTEN, progress)
    anchor = next(iter(units.values()))
    journal.record(
        "posts.imported",
        actor=actor,
        at=at,
        subject=anchor,
        label=plan.label,
        area_path=anchor.path,
        detail=plan.detail(),
    )
    plan.written = True
    return plan


def _units(lines: list[Line], actor: Actor) -> dict[str, Unit]:
    """Return the units in reach that the lines name, by code."""
    codes = sorted({Reader(line, COLUMNS, []).code("unit") for line in lines})
    found: dict[str, Unit] = {}
    for part in batches(codes, None, done=0, total=0):
        rows = units_visible_to(actor).filter(code__in=part)
        found |= {unit.code: unit for unit in rows if policy.can_manage_users(actor, unit)}
    return found


def _known(lines: list[Line]) -> dict[str, Post]:
    codes = sorted({Reader(line, COLUMNS, []).code("code") for line in lines})
    found: dict[str, Post] = {}
    for part in batches(codes, None, done=0, total=0):
        found |= {post.code: post for post in Post.objects.filter(code__in=part).select_related("unit")}
    return found


def _sort(
    lines: list[Line], units: dict[str, Unit], known: dict[str, Post], plan: Plan, actor: Actor
) -> tuple[list[Post], list[Post]]:
    """Return the posts to add and the posts to change; faults and unchanged lines go into the plan."""
    new: list[Post] = []
    changed: list[Post] = []
    seen: dict[str, int] = {}
    for line in lines:
        reader = Reader(line, COLUMNS, plan.faults)
        code, unit = reader.code("code"), units.get(reader.code("unit"))
        values = _values(reader)
        if not code:
            continue
        if code in seen:
            reader.fault("code", _("编码与第 %(row)s 行重复。") % {"row": seen[code]})
            continue
        seen[code] = line.number
        post = known.get(code)
        if post is not None and not policy.can_manage_users(actor, post.unit):
            reader.fault("code", _("这个编码已用于您范围外的岗位。"))
            continue
        if unit is None:
            if reader.code("unit"):
                reader.fault("unit", _("没有编码为 %(code)s 的单位。") % {"code": reader.code("unit")})
            continue
        if post is None:
            plan.add(line.number, code, values["title"], None)
            new.append(Post(code=code, unit=unit, **values))
            continue
        differences = {
            str(TITLES[name]): (getattr(post, name), value)
            for name, value in values.items()
            if getattr(post, name) != value
        }
        if post.unit_id != unit.pk:
            differences[str(TITLES["unit"])] = (post.unit.code, unit.code)
        plan.add(line.number, code, values["title"], differences)
        if differences:
            post.unit = unit
            for name, value in values.items():
                setattr(post, name, value)
            changed.append(post)
    return new, changed


def _values(reader: Reader) -> dict[str, Any]:
    read: dict[str, Any] = {"title": reader.text("title")}
    if reader.has("party_title"):
        read["party_title"] = reader.text("party_title")
    for name in ("is_principal", "is_acting"):
        if reader.has(name):
            read[name] = reader.yes(name)
    if reader.has("subject_class"):
        read["subject_class"] = reader.choice("subject_class", CLASS_WORDS) or SubjectClass.DUTY_HOLDER.value
    if reader.has("duty_phone"):
        read["duty_phone"] = reader.duty_phone("duty_phone")
    return read


def template_notes() -> list[tuple[str, list[str]]]:
    """Return the word list printed beside the template."""
    return [(_("对象类别"), [str(label) for value, label in SubjectClass.choices])]
