"""Whom recusal keeps away from which site (G-23). Pure; the declarations are read in queries.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from duban.sites.models import Site
from duban.territory.models import Unit


@dataclass(frozen=True)
class Clash:
    """A declared unit that stands behind a site."""

    user_id: UUID
    unit: Unit
    site: Site


def paths_of(site: Site) -> list[str]:
    """This function will return the paths a recusal may touch: the place and its three responsible parties."""
    parties = (site.territory_unit, site.department_unit, site.operator_unit)
    return [site.area_path, *(unit.path for unit in parties if unit is not None)]


def touches(path: str, site_paths: Iterable[str]) -> bool:
    """Test whether a declared unit's path covers the place of a site or one of its responsible parties."""
    return any(one.startswith(path) for one in site_paths)


def find_clash(declared: Mapping[UUID, Iterable[Unit]], sites: Iterable[Site]) -> Clash | None:
    """This function will return the first clash between people's declarations and sites, or None."""
    for site in sites:
        paths = paths_of(site)
        for user_id, units in declared.items():
            for unit in units:
                if touches(unit.path, paths):
                    return Clash(user_id, unit, site)
    return None
