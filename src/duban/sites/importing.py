"""Importing sites from an office table: places with their three responsible parties, never households or persons."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.import_plans import Plan, Progress, batches, whole_unless_dry, write_rows
from duban.kernel.policy import require
from duban.kernel.tables import Column, Line, Reader, normal_header, read_table
from duban.sites import policy
from duban.sites.models import Site, SiteType
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to

COLUMNS = (
    Column("code", gettext_lazy("编码"), ("点位编码", "代码"), True, 60, gettext_lazy("一经使用不变，再次导入按编码更新")),
    Column("name", gettext_lazy("名称"), ("点位名称", "点位"), True, 80),
    Column("site_type", gettext_lazy("类型"), ("点位类型", "类别"), True, 60, gettext_lazy("见“类型”表，名称或代码")),
    Column("area", gettext_lazy("所在区划编码"), ("区划编码", "所在村社区编码", "网格编码"), True, 40),
    Column("territory_unit", gettext_lazy("属地责任单位编码"), ("属地单位编码", "属地责任编码"), True, 40),
    Column("department_unit", gettext_lazy("主管部门编码"), ("主管部门责任编码",), False, 40),
    Column("operator_unit", gettext_lazy("单位责任编码"), ("单位编码", "责任单位编码"), False, 40),
    Column("duty_phone", gettext_lazy("值班电话"), ("联系电话",), False, 40, gettext_lazy("不填个人号码")),
    Column("address", gettext_lazy("地址"), ("位置",), False, 120),
    Column("is_active", gettext_lazy("在用"), ("是否在用",), False, 10, gettext_lazy("是或否，空着为是")),
)  # fmt: skip
UNIT_COLUMNS = ("area", "territory_unit", "department_unit", "operator_unit")
WRITTEN = (
    "name", "site_type", "area", "area_path", "territory_unit", "department_unit", "operator_unit", "duty_phone",
    "address", "is_active",
)  # fmt: skip
TITLES = {column.name: column.title for column in COLUMNS}


@whole_unless_dry
def import_sites(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    file_name: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """This function will add and update sites by code from a .xlsx or .csv file; `dry_run` only reports.

    :raises Invalid: if the file cannot be read, or (not in a dry run) if any line is wrong: nothing is written then.
    """
    require(policy.can_import_sites(actor))
    table = read_table(content, file_name, COLUMNS, progress if dry_run else None)
    plan = Plan.of("sites", file_name, table)
    new, changed = _Sorting(table.lines, actor, plan).run()
    plan.settle()
    if dry_run:
        return plan
    plan.require_sound()
    write_rows(Site, new, changed, WRITTEN, progress)
    anchor = Site.objects.select_related("area").get(code=Reader(table.lines[0], COLUMNS, []).code("code"))
    journal.record(
        "sites.imported", actor=actor, at=at, subject=anchor, label=plan.label, detail=plan.detail()
    )
    plan.written = True
    return plan


def type_words() -> dict[str, SiteType | None]:
    """Return the site types by normalised title, code and pack:code; None marks a word two packs use."""
    words: dict[str, SiteType | None] = {}
    for one in SiteType.objects.filter(is_active=True):
        words[f"{one.pack}:{one.code}"] = one
        for word in {normal_header(one.title), one.code}:
            words[word] = None if word in words else one
    return words


class _Sorting:
    """Sorts lines into new, changed, unchanged and wrong, with everything they name loaded in a few queries."""

    def __init__(self, lines: list[Line], actor: Actor, plan: Plan) -> None:
        self.lines, self.actor, self.plan = lines, actor, plan
        self.types = type_words()
        self.units = self._units()
        self.known = self._known()

    def _codes(self, *names: str) -> list[str]:
        readers = [Reader(line, COLUMNS, []) for line in self.lines]
        return sorted({reader.code(name) for reader in readers for name in names} - {""})

    def _units(self) -> dict[str, Unit]:
        found: dict[str, Unit] = {}
        for part in batches(self._codes(*UNIT_COLUMNS), None, done=0, total=0):
            found |= {unit.code: unit for unit in units_visible_to(self.actor).filter(code__in=part)}
        return found

    def _known(self) -> dict[str, Site]:
        found: dict[str, Site] = {}
        for part in batches(self._codes("code"), None, done=0, total=0):
            rows = Site.objects.filter(code__in=part).select_related("site_type", *UNIT_COLUMNS)
            found |= {site.code: site for site in rows}
        return found

    def run(self) -> tuple[list[Site], list[Site]]:
        new: list[Site] = []
        changed: list[Site] = []
        seen: dict[str, int] = {}
        for line in self.lines:
            reader = Reader(line, COLUMNS, self.plan.faults)
            code = reader.code("code")
            if code and code in seen:
                reader.fault("code", _("编码与第 %(row)s 行重复。") % {"row": seen[code]})
                continue
            seen[code] = line.number
            values = self._values(reader)
            site = self.known.get(code)
            if site is not None and not policy.can_change_sites(self.actor, site.area_path):
                reader.fault("code", _("这个编码已用于您范围外的点位。"))
                continue
            if not code or values is None:
                continue
            if site is None:
                self.plan.add(line.number, code, values["name"], None)
                new.append(Site(code=code, **values))
            elif self._differs(site, values, line.number):
                changed.append(site)
        return new, changed

    def _differs(self, site: Site, values: dict[str, Any], row: int) -> bool:
        differences = {
            str(TITLES.get(name, name)): (_shown(getattr(site, name)), _shown(value))
            for name, value in values.items()
            if getattr(site, name) != value and name != "area_path"
        }
        self.plan.add(row, site.code, values["name"], differences)
        for name, value in values.items():
            setattr(site, name, value)
        return bool(differences)

    def _values(self, reader: Reader) -> dict[str, Any] | None:
        """Return the values of a line, or None when it names something unknown."""
        values: dict[str, Any] = {"name": reader.text("name"), "site_type": self._type(reader)}
        is_sound = values["site_type"] is not None
        for name in UNIT_COLUMNS:
            if not reader.has(name):
                continue
            code = reader.code(name)
            values[name] = self.units.get(code)
            if code and values[name] is None:
                reader.fault(name, _("没有编码为 %(code)s 的单位。") % {"code": code})
                is_sound = False
        area = values.get("area")
        if area is not None and not policy.can_change_sites(self.actor, area.path):
            reader.fault("area", _("没有编码为 %(code)s 的单位。") % {"code": reader.code("area")})
            is_sound = False
        if area is None or values.get("territory_unit") is None:
            is_sound = False
        else:
            values["area_path"] = area.path
        if reader.has("duty_phone"):
            values["duty_phone"] = reader.duty_phone("duty_phone")
        if reader.has("address"):
            values["address"] = reader.text("address")
        if reader.has("is_active"):
            values["is_active"] = not reader.text("is_active") or reader.yes("is_active")
        return values if is_sound else None

    def _type(self, reader: Reader) -> SiteType | None:
        text = reader.text("site_type")
        word = text if text in self.types else normal_header(text)
        if not text:
            return None
        if word not in self.types:
            reader.fault("site_type", _("没有“%(value)s”这一项，请从模板说明里选。") % {"value": text})
        elif self.types[word] is None:
            reader.fault("site_type", _("“%(value)s”在几个专项包里都有，请写成 包:代码。") % {"value": text})
        return self.types.get(word)


def _shown(value: Any) -> Any:
    if isinstance(value, Unit):
        return value.code
    return value.title if isinstance(value, SiteType) else value


def template_notes() -> list[tuple[str, list[str]]]:
    """Return the word list printed beside the template: the active site types."""
    return [
        (
            _("类型"),
            [f"{one.title}（{one.pack}:{one.code}）" for one in SiteType.objects.filter(is_active=True)],
        )
    ]
