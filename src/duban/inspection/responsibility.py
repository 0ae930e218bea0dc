"""The three responsibility lines of a site (S0-44): which unit answers for which line; whom to call."""

from duban.inspection.models import Line
from duban.people.models import Post, SubjectClass
from duban.sites.models import Site
from duban.territory.models import Unit


def responsible_unit(site: Site, line: str) -> Unit:
    """This function will return the unit of `site` on a responsibility line; the territory answers where none is set."""
    if line == Line.DEPARTMENT and site.department_unit_id:
        return site.department_unit  # type: ignore[return-value]
    if line == Line.UNIT and site.operator_unit_id:
        return site.operator_unit  # type: ignore[return-value]
    return site.territory_unit


def line_of(site: Site, unit_id: object) -> str:
    """This function will return the line on which `unit_id` answers for `site` (default: the unit itself)."""
    if unit_id == site.territory_unit_id:
        return Line.TERRITORY
    if unit_id == site.department_unit_id:
        return Line.DEPARTMENT
    return Line.UNIT


def duty_phone_of(site: Site) -> str:
    """This function will return the duty phone a telephone spot check calls: the site's, else one of its unit's posts."""
    if site.duty_phone:
        return site.duty_phone
    unit = site.operator_unit_id or site.territory_unit_id
    posts = Post.objects.filter(unit_id=unit, is_active=True).exclude(duty_phone="").order_by("title", "id")
    return posts.values_list("duty_phone", flat=True).first() or ""


def is_subject(value: str) -> bool:
    """Test whether `value` may be the subject of a finding: organisations and duty holders, never citizens (G-1)."""
    return value in SubjectClass.values
