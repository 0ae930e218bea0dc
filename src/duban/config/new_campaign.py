"""A real campaign in one command: a county's real tree becomes units, sites, teams and a first round.

Names and codes come from the national division list and nowhere else: township offices are derived from the
division's own name; nothing is said about any place. New accounts get random passwords to be changed at the first
sign-in; a second campaign of the same county goes on with the accounts, units and sites that are there.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import operations as campaigns
from duban.campaigns.models import Campaign, InstalledPack
from duban.campaigns.packs import read_pack
from duban.checklists import operations as checklists
from duban.kernel.actor import SYSTEM, Role
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.office_words import in_office_language
from duban.people import operations as people
from duban.people.models import User
from duban.sites import operations as sites
from duban.sites.models import Site, SiteType
from duban.teams import operations as teams
from duban.teams.models import MemberRole, Team, TeamKind
from duban.territory import divisions
from duban.territory import operations as territory
from duban.territory.models import Unit, UnitKind

Tick = Callable[[str, int, int], None]  # stage, done, of how many
COMMUNITY_ENDINGS = ("社区", "居委会", "居民委员会")
GOVERNMENT_ENDINGS = ("镇", "乡", "苏木")
COUNTY_DIGITS = 6
BODY_ENDINGS = ("办事处", "委员会", "管委会", "管理处", "局", "中心", "公司")


@dataclass
class Made:
    """What was set up, and the sign-in data to hand over."""

    campaign: Campaign
    townships: list[Unit]
    villages: int = 0
    sites: int = 0
    teams: list[Team] = field(default_factory=list)
    logins: list[tuple[str, str, str, str]] = field(default_factory=list)


@in_office_language
@transaction.atomic
def set_up(
    *, at: datetime, day: date, pack_code: str, division_code: str, source: Path, logins: Path, tick: Tick
) -> Made:
    """This function will set up a county-level campaign, all or nothing; `logins` is written before the commit, so
    that no account exists whose password nobody was given.

    :raises NotFound: for an unknown pack or a division that is not in the list.
    :raises Invalid: if the division is not of county level.
    :raises Conflict: if the county has this campaign already.
    """
    directory = settings.PACKS / pack_code
    code = f"{pack_code}-{division_code}"
    _check(code, directory, division_code)
    tick("divisions", 0, 1)
    divisions.import_divisions(
        actor=SYSTEM,
        at=at,
        source=source,
        under=division_code,
        progress=lambda done, of: tick("divisions", done, of),
    )
    county = Unit.objects.get(code=division_code)
    townships = list(
        county.children.filter(kind=UnitKind.TOWNSHIP, is_active=True).order_by("sort_order", "serial")
    )
    if not townships:
        raise Invalid("no_townships", _("%(name)s在清单里没有乡镇（街道）。") % {"name": county.name})
    tick("pack", 0, 1)
    campaigns.install_pack(actor=SYSTEM, at=at, directory=directory)
    bodies = _bodies(county, pack_code, at)
    offices = {town.pk: _office(town, at) for town in townships}
    lines = [(town.pk, "township") for town in townships]
    words = InstalledPack.objects.get(code=pack_code).words
    campaign = campaigns.create_campaign(
        actor=SYSTEM, at=at, code=code, title=f"{county.name}{words['campaign_title']}",
        pack=pack_code, scope_id=county.pk, body_id=bodies["task_force"].pk, headquarters_id=bodies["headquarters"].pk,
        lead_department_id=bodies["commission"].pk, starts_on=day, urgency="emergency", units=lines,
    )  # fmt: skip
    made = Made(campaign, townships)
    _sites(made, offices, pack_code, at, tick)
    tick("checklists", 0, 1)
    checklists.load_pack_checklists(actor=SYSTEM, at=at, campaign_id=campaign.pk, pack=read_pack(directory))
    _people(made, bodies, offices, county, at, tick)
    campaigns.start_campaign(actor=SYSTEM, at=at, campaign_id=campaign.pk)
    teams.open_round(actor=SYSTEM, at=at, campaign_id=campaign.pk, number=1, starts_on=day, ends_on=day)
    _write_logins(made, logins)
    return made


def _check(code: str, directory: Path, division_code: str) -> None:
    """Refuse what cannot work before the long reading begins."""
    if directory.parent != settings.PACKS or not (directory / "pack.yaml").exists():
        raise NotFound("no_pack", _("没有名为 %(code)s 的专项包。") % {"code": directory.name})
    if len(division_code) != COUNTY_DIGITS or not division_code.isdecimal() or not division_code.isascii():
        raise Invalid("not_a_county", _("请给出县级区划编码，6位数字，例如 420684。"))
    if known := Campaign.objects.filter(code=code).first():
        words = {"title": known.title}
        raise Conflict("campaign_exists", _("“%(title)s”已经建立，没有改动。打开网页即可继续办理。") % words)


def _bodies(county: Unit, pack_code: str, at: datetime) -> dict[str, Unit]:
    words = InstalledPack.objects.get(code=pack_code).words

    def add(suffix: str, name: str, kind: str, **fields: Any) -> Unit:
        code = f"{county.code}-{suffix}"
        known = Unit.objects.filter(code=code).first()
        return known or territory.add_unit(
            actor=SYSTEM, at=at, code=code, name=name, kind=kind, parent_id=county.pk, **fields
        )

    both = {"acts_discipline": True, "acts_supervision": True}
    return {
        "commission": add("JW", f"{county.name}纪委监委", UnitKind.COMMISSION, **both),
        "task_force": add("ZB", f"{county.name}专项监督工作专班", UnitKind.LEADING_GROUP),
        "headquarters": add("ZH", f"{county.name}{words['headquarters']}", UnitKind.HEADQUARTERS),
    }


def office_name(town: str) -> str:
    """This function will name the body that runs a division of township level, from nothing but the division's name.

    A tenth of them are neither town nor street (农场、开发区 …) and have no government of their own.
    """
    if town.endswith("街道"):
        return f"{town}办事处"
    if town.endswith(GOVERNMENT_ENDINGS):
        return f"{town}人民政府"
    return town if town.endswith(BODY_ENDINGS) else f"{town}管理机构"


def _office(town: Unit, at: datetime) -> Unit:
    code = f"{town.code}-ZF"
    known = Unit.objects.filter(code=code).first()
    if known:
        return known
    office = territory.add_unit(
        actor=SYSTEM,
        at=at,
        code=code,
        name=office_name(town.name),
        kind=UnitKind.GOVERNMENT,
        parent_id=town.pk,
    )
    for title, is_principal in ((_("主要负责岗"), True), (_("分管负责岗"), False)):
        people.add_post(
            actor=SYSTEM,
            at=at,
            unit_id=office.pk,
            code=f"{code}-{title}",
            title=str(title),
            is_principal=is_principal,
        )
    return office


def _sites(made: Made, offices: dict[Any, Unit], pack_code: str, at: datetime, tick: Tick) -> None:
    """One site per village or community and one per township office, typed by what the pack knows."""
    types = {kind.code: kind for kind in SiteType.objects.filter(pack=pack_code, is_active=True)}
    fallback = next(iter(types.values()))
    for done, town in enumerate(made.townships, start=1):
        office = offices[town.pk]
        rows = [(town, f"{office.name}机关", types.get("organ") or types.get("duty_room") or fallback)]
        for village in town.children.filter(kind=UnitKind.VILLAGE, is_active=True):
            wanted = "community" if village.name.endswith(COMMUNITY_ENDINGS) else "village"
            rows.append((village, village.name, types.get(wanted) or fallback))
            made.villages += 1
        for area, name, kind in rows:
            _site(area, name, kind, office, at, operator_id=office.pk if area == town else None)
            made.sites += 1
        tick("sites", done, len(made.townships))


def _site(
    area: Unit, name: str, kind: SiteType, office: Unit, at: datetime, *, operator_id: UUID | None
) -> None:
    """Add a site unless it is there; a code that another pack's site bears gets the pack's name."""
    code = f"{area.code}-{kind.code}"
    known = Site.objects.select_related("site_type").filter(code=code).first()
    if known and known.site_type_id == kind.pk:
        return
    sites.add_site(
        actor=SYSTEM, at=at, code=f"{area.code}-{kind.pack}-{kind.code}"[:60] if known else code, name=name,
        site_type_id=kind.pk, area_id=area.pk, territory_unit_id=office.pk, operator_unit_id=operator_id,
    )  # fmt: skip


def _people(
    made: Made, bodies: dict[str, Unit], offices: dict[Any, Unit], county: Unit, at: datetime, tick: Tick
) -> None:
    _account(made, at, "head", _("专班组长岗"), bodies["task_force"], Role.CAMPAIGN_HEAD, county)
    _account(made, at, "deputy", _("专班副组长岗"), bodies["task_force"], Role.CAMPAIGN_HEAD, county)
    _account(made, at, "office", _("专班综合岗"), bodies["task_force"], Role.OFFICE, county)
    _account(made, at, "headquarters", _("指挥部值班岗"), bodies["headquarters"], Role.HEADQUARTERS, county)
    _account(
        made, at, "admin", _("系统管理岗"), bodies["commission"], Role.ADMIN, county, every_campaign=True
    )
    for number, town in enumerate(made.townships, start=1):
        name = _("第%(number)s督导组") % {"number": number}
        team = teams.create_team(
            actor=SYSTEM, at=at, campaign_id=made.campaign.pk, kind=TeamKind.OPEN, number=number, name=name,
            group="township", sector_ids=[town.pk],
        )  # fmt: skip
        ranks = (
            (MemberRole.HEAD, Role.TEAM_HEAD),
            (MemberRole.LIAISON, Role.INSPECTOR),
            (MemberRole.MEMBER, Role.INSPECTOR),
        )
        for rank, role in ranks:
            label = f"{name}{MemberRole(rank).label}"
            user = _account(made, at, f"team{number:02d}-{rank}", label, bodies["commission"], role, town)
            teams.add_member(
                actor=SYSTEM,
                at=at,
                team_id=team.pk,
                user_id=user.pk,
                role=rank,
                body_id=bodies["commission"].pk,
            )
        office = offices[town.pk]
        _account(
            made,
            at,
            f"unit{number:02d}",
            _("%(unit)s联络员") % {"unit": office.name},
            office,
            Role.UNIT_LIAISON,
            office,
            town,
        )
        made.teams.append(team)
        tick("teams", number, len(made.townships))


def _account(
    made: Made,
    at: datetime,
    username: str,
    label: str,
    unit: Unit,
    role: Role,
    *areas: Unit,
    every_campaign: bool = False,
) -> User:
    """Return the account of that name in that unit, made and given an initial password if it is not there yet."""
    user = User.objects.filter(username=username).first()
    if user is not None and user.unit_id != unit.pk:  # another county's
        username = f"{made.campaign.scope.code}-{username}"
        user = User.objects.filter(username=username).first()
    password = _("沿用原口令")
    if user is None:
        user = people.create_user(
            actor=SYSTEM,
            at=at,
            username=username,
            password=None,
            display_name=label,
            post_label=label,
            unit_id=unit.pk,
        )
        password = people.give_initial_password(actor=SYSTEM, at=at, user_id=user.pk)
    for area in areas:
        people.grant_role(
            actor=SYSTEM, at=at, user_id=user.pk, role=role, unit_id=area.pk,
            campaign_id=None if every_campaign else made.campaign.pk,
        )  # fmt: skip
    made.logins.append((username, password, label, areas[-1].name))
    return user


def _write_logins(made: Made, path: Path) -> None:
    """Write the sign-in data to a file only its owner can read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([_("用户名"), _("初始口令"), _("岗位"), _("范围")])
        writer.writerows(made.logins)
