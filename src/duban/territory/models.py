"""Divisions and units in one tree with stable ids and materialised paths (S0-12…25, S4-1…2, R-22).

A division (province … village, grid) and the bodies that work in it hang in the same tree, so that one path range is
a scope. Case rows copy the path as at the event; moving a unit never rewrites history (moves.py).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.kernel.fields import PathField, Row


class UnitKind(models.TextChoices):
    # divisions
    COUNTRY = "country", _("国家")
    PROVINCE = "province", _("省级")
    CITY = "city", _("地级")
    COUNTY = "county", _("县级")
    TOWNSHIP = "township", _("乡镇（街道）")
    VILLAGE = "village", _("村（社区）")
    GRID = "grid", _("网格")
    ZONE = "zone", _("开发区")
    # bodies
    COMMISSION = "commission", _("纪委监委")
    DEPARTMENT = "department", _("内设机构")
    RESIDENT_GROUP = "resident_group", _("派驻纪检监察组")
    DISPATCHED_BODY = "dispatched_body", _("派出机构（纪工委）")
    TOWNSHIP_DISCIPLINE = "township_discipline", _("乡镇（街道）纪（工）委")
    UNIT_DISCIPLINE = "unit_discipline", _("企事业单位纪委")
    INSPECTION_OFFICE = "inspection_office", _("巡察办")
    HEADQUARTERS = "headquarters", _("指挥部")
    LEADING_GROUP = "leading_group", _("领导小组")
    GOVERNMENT = "government", _("人民政府（办事处）")
    LINE_DEPARTMENT = "line_department", _("行业主管部门")
    INSTITUTION = "institution", _("企事业单位")
    PARTY_COMMITTEE = "party_committee", _("党委（党组）")
    PARTNER = "partner", _("协作单位")
    UNIT_GROUP = "unit_group", _("单位组")


DIVISION_KINDS = (
    UnitKind.COUNTRY, UnitKind.PROVINCE, UnitKind.CITY, UnitKind.COUNTY, UnitKind.TOWNSHIP, UnitKind.VILLAGE,
    UnitKind.GRID, UnitKind.ZONE,
)  # fmt: skip
DISCIPLINE_KINDS = (
    UnitKind.COMMISSION, UnitKind.DEPARTMENT, UnitKind.RESIDENT_GROUP, UnitKind.DISPATCHED_BODY,
    UnitKind.TOWNSHIP_DISCIPLINE, UnitKind.UNIT_DISCIPLINE, UnitKind.INSPECTION_OFFICE,
)  # fmt: skip


class Sector(models.TextChoices):
    """Line sectors (S3-24, S4-34); a pack may name more in its own words through site types."""

    NONE = "", _("无")
    HEALTH = "health", _("卫生健康")
    TRANSPORT = "transport", _("交通运输")
    MARKET = "market", _("市场监管")
    DRUG = "drug", _("药品监管")
    EDUCATION = "education", _("教育")
    CIVIL_AFFAIRS = "civil_affairs", _("民政")
    POLICE = "police", _("公安")
    EMERGENCY = "emergency", _("应急管理")
    WATER = "water", _("水利")
    WEATHER = "weather", _("气象")
    NATURAL_RESOURCES = "natural_resources", _("自然资源")
    AGRICULTURE = "agriculture", _("农业农村")
    HOUSING = "housing", _("住房城乡建设")
    COMMERCE = "commerce", _("商务")
    INDUSTRY = "industry", _("工业和信息化")
    FINANCE = "finance", _("财政")
    ENVIRONMENT = "environment", _("生态环境")
    CULTURE = "culture", _("文化旅游")
    OTHER = "other", _("其他")


class Unit(Row):
    """A division or a body. `path` ends with a dot; a subtree is the range [path, path_end(path))."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=24, choices=UnitKind.choices)
    # the index unit_children begins with the parent, so the key needs none of its own
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children", db_index=False
    )
    path = PathField(unique=True)
    former_paths = models.TextField(
        blank=True, default="", help_text=_("曾用路径，空格分隔；调整前的办理记录仍按它们查找")
    )
    depth = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField(unique=True, help_text=_("路径段，一经生成不变"))
    sort_order = models.PositiveIntegerField(default=0)
    sector = models.CharField(max_length=24, choices=Sector.choices, blank=True, default="")
    is_line_authority = models.BooleanField(default=False)
    acts_discipline = models.BooleanField(default=False, help_text=_("可以纪检机关身份行文"))
    acts_supervision = models.BooleanField(default=False, help_text=_("可以监察机关身份行文"))
    credit_code = models.CharField(max_length=18, blank=True)
    party_organisation = models.CharField(max_length=80, blank=True, help_text=_("负责的党组织"))
    hosts = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="resident_groups")
    is_active = models.BooleanField(default=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["parent", "sort_order", "serial"], name="unit_children"),
            models.Index(fields=["kind", "path"], name="unit_kind_path"),
            models.Index(fields=["name"], name="unit_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="unit_has_code"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="unit_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_division(self) -> bool:
        return self.kind in DIVISION_KINDS

    @property
    def paths(self) -> list[str]:
        """Return the path and every former one."""
        return list(dict.fromkeys([self.path, *self.former_paths.split()]))

    @property
    def label(self) -> str:
        return self.short_name or self.name
