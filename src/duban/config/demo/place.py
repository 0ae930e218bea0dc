"""Building the demo city: tree, posts, sites. Every row is made by the operation a user would call."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from duban.kernel.actor import SYSTEM
from duban.people import operations as people
from duban.sites import operations as sites
from duban.sites.models import Site, SiteType
from duban.territory import operations as territory
from duban.territory.models import Sector, Unit, UnitKind

# Which line department answers for a site type's sector, if the city has one.
FALLBACK_SECTOR = Sector.MARKET


@dataclass
class Place:
    """The city as the replay names it."""

    script: dict[str, Any]
    at: datetime
    units: dict[str, Unit] = field(default_factory=dict)
    townships: list[Unit] = field(default_factory=list)
    groups: list[Unit] = field(default_factory=list)
    sites: dict[str, Site] = field(default_factory=dict)
    by_sector: dict[str, Unit] = field(default_factory=dict)

    def unit(self, code: str, name: str, kind: str, parent: Unit | None, **fields: Any) -> Unit:
        """This function will add a unit and remember it by name."""
        parent_id = parent.pk if parent else None
        made = territory.add_unit(
            actor=SYSTEM, at=self.at, code=code, name=name, kind=kind, parent_id=parent_id, **fields
        )
        self.units[name] = made
        return made


def build(script: dict[str, Any], at: datetime, pack: str, tick: Any) -> Place:
    """This function will build the whole city and return it; `tick` is called as rows are made."""
    place = Place(script, at)
    city = place.unit(script["city"]["code"], script["city"]["name"], UnitKind.COUNTY, None)
    _bodies(place, city)
    _city_groups(place, city)
    types = {kind.code: kind for kind in SiteType.objects.filter(pack=pack)}
    for number, name in enumerate(script["townships"], start=1):
        _township(place, city, number, name, types)
        tick()
    for group in script["city_groups"]:
        for row in group["units"]:
            for suffix, code in row["sites"]:
                _site(place, place.units[row["name"]], suffix, types[code], None)
    return place


def _bodies(place: Place, city: Unit) -> None:
    script, code = place.script["bodies"], place.script["city"]["code"]
    commission = place.unit(
        f"{code}-JW",
        script["commission"],
        UnitKind.COMMISSION,
        city,
        acts_discipline=True,
        acts_supervision=True,
    )
    for number, name in enumerate(script["departments"], start=1):
        place.unit(f"{code}-JW{number:02d}", name, UnitKind.DEPARTMENT, commission)
    place.unit(f"{code}-ZB", script["task_force"], UnitKind.LEADING_GROUP, city)
    place.unit(f"{code}-ZH", script["headquarters"], UnitKind.HEADQUARTERS, city)
    for number, name in enumerate(script["resident_groups"], start=1):
        place.unit(f"{code}-PZ{number:02d}", name, UnitKind.RESIDENT_GROUP, commission, acts_discipline=True)
    for number, name in enumerate(script["partners"], start=1):
        place.unit(f"{code}-XZ{number:02d}", name, UnitKind.PARTNER, city)


def _city_groups(place: Place, city: Unit) -> None:
    code = place.script["city"]["code"]
    for number, group in enumerate(place.script["city_groups"], start=1):
        parent = place.unit(f"{code}-SZ{number}", group["name"], UnitKind.UNIT_GROUP, city)
        place.groups.append(parent)
        for ordinal, row in enumerate(group["units"], start=1):
            kind = UnitKind.LINE_DEPARTMENT if row.get("authority") else UnitKind.INSTITUTION
            unit = place.unit(
                f"{code}-SZ{number}{ordinal:02d}", row["name"], kind, parent, sector=row["sector"],
                is_line_authority=bool(row.get("authority")), party_organisation=f"{row['name']}党组",
            )  # fmt: skip
            if row.get("authority"):
                place.by_sector[row["sector"]] = unit
            _posts(place, unit, [["主要负责岗", True], ["分管负责岗", False], ["联络员岗", False]])


def _township(place: Place, city: Unit, number: int, name: str, types: dict[str, SiteType]) -> None:
    code = f"{place.script['city']['code']}{number:02d}"
    town = place.unit(code, name, UnitKind.TOWNSHIP, city, sort_order=number)
    place.townships.append(town)
    office = f"{name}办事处" if name.endswith("街道") else f"{name}人民政府"
    kind = "党工委" if name.endswith("街道") else "党委"
    government = place.unit(
        f"{code}-ZF", office, UnitKind.GOVERNMENT, town, party_organisation=f"{name}{kind}"
    )
    place.unit(f"{code}-JW", f"{name}纪（工）委", UnitKind.TOWNSHIP_DISCIPLINE, town, acts_discipline=True)
    _posts(place, government, place.script["township_posts"])
    count = place.script["village_counts"][number - 1]
    for ordinal in range(count):
        label = place.script["village_names"][ordinal] + ("社区" if name.endswith("街道") else "村")
        village = place.unit(f"{code}{ordinal + 1:02d}", f"{name}{label}", UnitKind.VILLAGE, town)
        for suffix, site_type in place.script["village_sites"][ordinal % len(place.script["village_sites"])]:
            _site(place, village, suffix, types[site_type], government)


def _posts(place: Place, unit: Unit, rows: list[list[Any]]) -> None:
    for title, is_principal in rows:
        people.add_post(
            actor=SYSTEM,
            at=place.at,
            unit_id=unit.pk,
            code=f"{unit.code}-{title}",
            title=title,
            is_principal=is_principal,
        )


def _site(place: Place, area: Unit, suffix: str, site_type: SiteType, government: Unit | None) -> None:
    sector = site_type.line_sector or FALLBACK_SECTOR
    department = place.by_sector.get(sector) or place.by_sector[FALLBACK_SECTOR]
    name = f"{area.name}{suffix}"
    place.sites[name] = sites.add_site(
        actor=SYSTEM, at=place.at, code=f"{area.code}-{site_type.code}-{suffix}", name=name, site_type_id=site_type.pk,
        area_id=area.pk, territory_unit_id=(government or area).pk, department_unit_id=department.pk,
        operator_unit_id=None if government else area.pk, duty_phone=f"0000-88{len(place.sites):05d}",
    )  # fmt: skip
