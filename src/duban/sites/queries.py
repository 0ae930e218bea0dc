"""Named reads of sites and grades."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from duban.kernel.actor import Actor
from duban.sites.models import RiskAreaGrade, Site
from duban.sites.policy import sites_visible_to


def register(actor: Actor) -> QuerySet[Site]:
    """Return the visible active sites with type, area and responsible parties."""
    return (
        sites_visible_to(actor)
        .filter(is_active=True)
        .select_related("site_type", "area", "territory_unit", "department_unit", "operator_unit")
        .order_by("area_path", "code")
    )


def grade_of(area_id: UUID, at: datetime) -> RiskAreaGrade | None:
    """Return the published grade of an area valid at a moment."""
    return (
        RiskAreaGrade.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), area_id=area_id, starts_at__lte=at)
        .select_related("scheme")
        .order_by("-starts_at")
        .first()
    )
