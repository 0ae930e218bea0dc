"""Accounts of the demo: one of every role that can be printed and tried, and the members of 22 teams."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from duban.campaigns.models import Campaign
from duban.config.demo.place import Place
from duban.kernel.actor import SYSTEM, Actor, Role
from duban.people import operations as people
from duban.people.actors import actor_for
from duban.people.models import User
from duban.teams import operations as teams
from duban.teams.models import MemberRole, Team, TeamKind
from duban.territory.models import Unit

PASSWORD = "duban-demo-2020"  # noqa: S105 - printed on purpose: the demo holds nothing real

# (user name, post label, role, unit name or None = the whole city, area name or None = the unit)
OFFICE = (
    ("zuzhang", "专班组长岗", Role.CAMPAIGN_HEAD),
    ("fuzuzhang", "专班副组长岗", Role.CAMPAIGN_HEAD),
    ("zonghe", "专班综合岗", Role.OFFICE),
    ("hegao", "专班核稿岗", Role.OFFICE),
)


class PrintedPasswordHasher(PBKDF2PasswordHasher):
    """The usual hash with few rounds, for a password that is no secret; the first sign-in replaces it."""

    iterations = 1000


@dataclass
class Cast:
    """Accounts by user name, and the actor of each (grants do not change during the replay)."""

    users: dict[str, User] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    crews: dict[UUID, list[str]] = field(default_factory=dict)
    liaisons: dict[UUID, str] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def is_printed(self, *names: str | None) -> bool:
        """Test whether one of the accounts is printed, so that its work of the open day is a visitor's."""
        return not {one["username"] for one in self.shown}.isdisjoint(names)


def build(place: Place, campaign: Campaign, at: datetime, tick: Any) -> Cast:
    """This function will create accounts, teams and grants."""
    cast = Cast()
    script = place.script["bodies"]
    city = place.units[place.script["city"]["name"]]
    office = place.units[script["task_force"]]
    for name, label, role in OFFICE:
        _account(cast, campaign, at, name, label, office, [(role, city)], show=True)
    commission = place.units[script["commission"]]
    areas = place.script["liaison"][0]["areas"]
    leader = [(Role.LEADER, place.units[area]) for area in areas]
    _account(cast, campaign, at, "weilingdao", "委领导一岗", commission, leader, show=True)
    headquarters = place.units[script["headquarters"]]
    _account(
        cast, campaign, at, "zhihuibu", "指挥部值班岗", headquarters, [(Role.HEADQUARTERS, city)], show=True
    )
    _account(cast, None, at, "shenji", "审计岗", commission, [(Role.AUDITOR, city)], show=True)
    _account(cast, None, at, "guanli", "系统管理岗", commission, [(Role.ADMIN, city)], show=True)
    for number, unit in enumerate(place.by_sector.values(), start=1):
        show = unit.sector == "health"
        name = "weijian" if show else f"hangye{number}"
        _account(
            cast, campaign, at, name, f"{unit.name}联络岗", unit, [(Role.LINE_AUTHORITY, unit)], show=show
        )
    _liaisons(cast, place, campaign, at)
    _teams(cast, place, campaign, at, tick)
    return cast


def _account(
    cast: Cast, campaign: Campaign | None, at: datetime, name: str, label: str, unit: Unit,
    grants: list[tuple[Role, Unit]], *, show: bool = False, is_expert: bool = False,
) -> User:  # fmt: skip
    # Only printed accounts get the printed password; the others cannot sign in.
    password = PASSWORD if show else None
    user = people.create_user(
        actor=SYSTEM, at=at, username=name, password=password, display_name=label, post_label=label, unit_id=unit.pk,
        is_expert=is_expert, check_password=False,
    )  # fmt: skip
    for role, area in grants:
        people.grant_role(
            actor=SYSTEM, at=at, user_id=user.pk, role=role, unit_id=area.pk,
            campaign_id=campaign.pk if campaign else None,
        )  # fmt: skip
    cast.users[name] = user
    cast.actors[name] = actor_for(user, at=at)
    if show:
        cast.shown.append({"username": name, "password": PASSWORD, "post": label, "role": str(grants[0][0])})
    return user


def _liaisons(cast: Cast, place: Place, campaign: Campaign, at: datetime) -> None:
    for number, town in enumerate(place.townships, start=1):
        unit = next(
            one
            for name, one in place.units.items()
            if name.startswith(town.name) and one.kind == "government"
        )
        name = f"lianluo{number:02d}"
        _account(
            cast,
            campaign,
            at,
            name,
            f"{town.name}联络员",
            unit,
            [(Role.UNIT_LIAISON, unit), (Role.UNIT_LIAISON, town)],
            show=number == 4,
        )
        cast.liaisons[unit.pk] = name


def _teams(cast: Cast, place: Place, campaign: Campaign, at: datetime, tick: Any) -> None:
    areas = [*place.townships, *place.groups]
    for number, area in enumerate(areas, start=1):
        group = "township" if number <= len(place.townships) else "city_unit"
        _team(cast, place, campaign, at, TeamKind.OPEN, number, f"第{number}督导组", [area], group)
        tick()
    city = place.units[place.script["city"]["name"]]
    for number, label in enumerate(("暗访一组", "暗访二组"), start=1):
        _team(cast, place, campaign, at, TeamKind.COVERT, number, label, [city], "")
        tick()


def _team(
    cast: Cast, place: Place, campaign: Campaign, at: datetime, kind: str, number: int, title: str, areas: list[Unit],
    group: str,
) -> None:  # fmt: skip
    script = place.script["bodies"]
    partners: list[UUID] = []
    if number % 6 == 1 and kind == TeamKind.OPEN:
        partners = [place.units[script["partners"][0]].pk]
    team = teams.create_team(
        actor=SYSTEM, at=at, campaign_id=campaign.pk, kind=kind, number=number, name=title, group=group,
        sector_ids=[area.pk for area in areas], partner_ids=partners, daily_capacity=8,
    )  # fmt: skip
    commission = place.units[script["commission"]]
    is_open = kind == TeamKind.OPEN
    prefix = f"zu{number:02d}" if is_open else f"anfang{number}"
    crew: list[str] = []
    ranks = (("zuzhang", MemberRole.HEAD), ("lianluo", MemberRole.LIAISON), ("chengyuan", MemberRole.MEMBER))
    for suffix, rank in ranks:
        if is_open:
            role = Role.TEAM_HEAD if rank == MemberRole.HEAD else Role.INSPECTOR
        else:
            role = Role.COVERT_INSPECTOR
        name = f"{prefix}-{suffix}"
        show = rank != MemberRole.LIAISON and ((is_open and number == 4) or (not is_open and number == 1))
        label = f"{title}{MemberRole(rank).label}"
        # A neighbouring team verifies (cross verification), so crews also see the area next to theirs.
        grants = [(role, area) for area in areas]
        user = _account(cast, campaign, at, name, label, commission, grants, show=show)
        teams.add_member(
            actor=SYSTEM, at=at, team_id=team.pk, user_id=user.pk, role=rank, body_id=commission.pk
        )
        crew.append(name)
    if is_open and number % 5 == 2:
        hospital = place.units["示例市人民医院"]
        name = f"{prefix}-zhuanjia"
        user = _account(
            cast, campaign, at, name, f"{title}专家", hospital, [(Role.EXPERT, areas[0])], is_expert=True
        )
        teams.add_member(
            actor=SYSTEM, at=at, team_id=team.pk, user_id=user.pk, role=MemberRole.EXPERT, body_id=hospital.pk
        )
    for name in crew:
        people.declare_recusal(actor=cast.actors[name], at=at, campaign_id=campaign.pk)
        cast.actors[name] = actor_for(cast.users[name], at=at)
    cast.teams.append(team)
    cast.crews[team.pk] = crew
