"""Sites (点位), site types and risk-area grades (S0-44…58, S2-14, S4-16…24).

A site is a place or an institution with its three responsibility lines; never a household or a person.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.kernel.fields import PathField, Row
from duban.territory.models import Sector, Unit


class SiteType(Row):
    """A kind of site, loaded from a pack."""

    pack = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=40)
    title_en = models.CharField(max_length=60, blank=True)
    line_sector = models.CharField(max_length=24, choices=Sector.choices, blank=True, default="")
    is_restricted = models.BooleanField(default=False, help_text=_("公开导出时不列位置"))
    is_mobile = models.BooleanField(default=False)
    default_checklist = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pack", "code"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="one_site_type_code")]

    def __str__(self) -> str:
        return self.title


class Site(Row):
    """One inspected place with its three responsible parties (S0-44)."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    site_type = models.ForeignKey(SiteType, on_delete=models.PROTECT, related_name="sites")
    area = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="sites", help_text=_("所在区划或网格")
    )
    area_path = PathField()
    territory_unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", help_text=_("属地责任")
    )
    department_unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text=_("主管部门责任")
    )
    operator_unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text=_("单位责任")
    )
    duty_phone = models.CharField(max_length=40, blank=True, help_text=_("点位值班电话，不填个人号码"))
    address = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["area_path", "code"]
        indexes = [
            models.Index(fields=["area_path", "code"], name="site_scope"),
            models.Index(fields=["site_type", "area_path"], name="site_type_scope"),
        ]

    def __str__(self) -> str:
        return self.name


class RiskGradeScheme(Row):
    """A versioned grading scheme of areas or warnings (§2.9)."""

    pack = models.CharField(max_length=40)
    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    grades = models.JSONField(help_text=_("[{code, title, weight}]，由高到低"))
    source_note = models.CharField(max_length=200, blank=True)
    evidence_tag = models.CharField(max_length=30, blank=True)


class RiskAreaGrade(Row):
    """The published grade of an area for a period (S1-10). The platform stores grades of areas, never cases."""

    scheme = models.ForeignKey(RiskGradeScheme, on_delete=models.PROTECT, related_name="area_grades")
    area = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="risk_grades")
    area_path = PathField()
    grade = models.CharField(max_length=30)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["area_path", "starts_at"], name="risk_area_scope")]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "area"], condition=Q(ends_at=None), name="one_open_grade_per_area"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="grade_ends_after_start",
            ),
        ]
