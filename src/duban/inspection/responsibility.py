"""The three responsibility lines of a site (S0-44): which unit answers for which line. Pure."""

from duban.inspection.models import Line
from duban.people.models import SubjectClass
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


def is_subject(value: str) -> bool:
    """Test whether `value` may be the subject of a finding: organisations and duty holders, never citizens (G-1)."""
    return value in SubjectClass.values
