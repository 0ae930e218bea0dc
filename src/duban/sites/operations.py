"""Writes on sites, site types and area grades."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.sites import policy
from duban.sites.models import RiskAreaGrade, RiskGradeScheme, Site, SiteType
from duban.territory.policy import units_visible_to

CHANGEABLE = frozenset(
    {"name", "site_type_id", "territory_unit_id", "department_unit_id", "operator_unit_id", "duty_phone", "address", "is_active"}
)  # fmt: skip


@transaction.atomic
def add_site(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    name: str,
    site_type_id: UUID,
    area_id: UUID,
    territory_unit_id: UUID,
    department_unit_id: UUID | None = None,
    operator_unit_id: UUID | None = None,
    duty_phone: str = "",
    address: str = "",
    site_id: UUID | None = None,
) -> Site:
    """This function will add a site with its three responsible parties (S0-44).

    :raises Conflict: if the code is taken.
    """
    area = get_visible(units_visible_to(actor), area_id)
    require(policy.can_change_sites(actor, area.path))
    site = Site(
        code=code.strip(), name=name.strip(), site_type_id=site_type_id, area=area, area_path=area.path,
        territory_unit_id=territory_unit_id, department_unit_id=department_unit_id, operator_unit_id=operator_unit_id,
        duty_phone=duty_phone, address=address,
    )  # fmt: skip
    if site_id:
        site.pk = site_id
    try:
        with transaction.atomic():
            site.save(force_insert=True)
    except IntegrityError:
        raise Conflict("duplicate_code", _("点位编码 %(code)s 已被使用。") % {"code": code}) from None
    journal.record("site.added", actor=actor, at=at, subject=site)
    return site


@transaction.atomic
def change_site(*, actor: Actor, at: datetime, site_id: UUID, reason: str = "", **fields: Any) -> Site:
    """This function will change descriptive fields or responsible parties of a site; findings keep theirs."""
    site = get_visible(policy.sites_visible_to(actor), site_id, lock=True)
    require(policy.can_change_sites(actor, site.area_path))
    if unknown := set(fields) - CHANGEABLE:
        raise Invalid(
            "unknown_field", _("不能修改这些字段：%(names)s") % {"names": "、".join(sorted(unknown))}
        )
    before = {name: getattr(site, name) for name in fields}
    for name, value in fields.items():
        setattr(site, name, value)
    site.save(update_fields=[name.removesuffix("_id") for name in fields])
    verb = "site.ended" if fields.get("is_active") is False else "site.changed"
    journal.record(
        verb, actor=actor, at=at, subject=site, reason=reason, detail={"before": before, "after": fields}
    )
    return site


@transaction.atomic
def load_site_types(
    *, actor: Actor, at: datetime, pack: str, rows: Iterable[Mapping[str, Any]]
) -> list[SiteType]:
    """This function will bring the site types of a pack up to date by code; types gone from the pack are switched off."""
    types = []
    for row in rows:
        kind, created = SiteType.objects.update_or_create(
            pack=pack,
            code=row["code"],
            defaults={
                "title": row["title"],
                "title_en": row.get("title_en", ""),
                "line_sector": row.get("line_sector") or "",
                "is_restricted": bool(row.get("restricted")),
                "is_mobile": bool(row.get("mobile")),
                "default_checklist": row.get("default_checklist") or "",
                "is_active": True,
            },
        )
        types.append(kind)
    SiteType.objects.filter(pack=pack).exclude(code__in=[kind.code for kind in types]).update(is_active=False)
    if types:
        journal.record("site_types.loaded", actor=actor, at=at, subject=types[0], label=pack)
    return types


@transaction.atomic
def set_risk_grade(
    *, actor: Actor, at: datetime, scheme_id: UUID, area_id: UUID, grade: str, source: str
) -> RiskAreaGrade:
    """This function will record the published grade of an area from `at` on, ending the one before (S1-10)."""
    area = get_visible(units_visible_to(actor), area_id)
    require(policy.can_change_sites(actor, area.path))
    scheme = RiskGradeScheme.objects.filter(pk=scheme_id).first()
    if scheme is None or grade not in {one["code"] for one in scheme.grades}:
        raise Invalid("unknown_grade", _("等级不在所选分级表中。"), {"grade": _("请从分级表中选择。")})
    RiskAreaGrade.objects.filter(scheme=scheme, area=area, ends_at=None, starts_at__gte=at).delete()
    RiskAreaGrade.objects.filter(scheme=scheme, area=area, ends_at=None).update(ends_at=at)
    row = RiskAreaGrade(
        scheme=scheme, area=area, area_path=area.path, grade=grade, starts_at=at, source=source
    )
    row.save(force_insert=True)
    journal.record("risk_grade.set", actor=actor, at=at, subject=row, label=f"{area.name} · {grade}")
    return row
