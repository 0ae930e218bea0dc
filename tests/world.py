"""示例市 in small: a fictional county-level city with three towns, its sites, posts, cast and a running campaign.

Cast (STYLE.md): asha inspector of team 1 (甲镇), hugo head of the campaign, wen its office post, olga liaison of
甲镇人民政府, rina inspector of team 2 (乙镇), cora covert inspector, nobody without any grant, ada administrator.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from duban.campaigns.models import Campaign, CampaignUnit, Category, FindingTemplate, RuleItem, RuleSet
from duban.campaigns.states import CampaignState
from duban.kernel import clock
from duban.kernel.actor import SYSTEM, Actor, Role
from duban.people import operations as people
from duban.people.actors import actor_for
from duban.people.models import Post, RecusalDeclaration, User
from duban.sites import operations as sites
from duban.sites.models import Site, SiteType
from duban.teams.models import Dispatch, DispatchSite, MemberRole, Round, Team, TeamKind, TeamMember
from duban.territory import operations as territory
from duban.territory.models import Sector, Unit, UnitKind

DAY = date(2020, 2, 16)
PASSWORD = "changbaishan-2020"


def at(clock_time: str = "09:00", day: date = DAY) -> datetime:
    """Return the moment `HH:MM` local on the world's day (or another)."""
    hour, minute = (int(part) for part in clock_time.split(":"))
    return clock.moment(day, time(hour, minute))


@dataclass
class World:
    """Everything the tests name. Attributes are filled by `build`."""

    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    campaign: Campaign = None  # type: ignore[assignment]
    round: Round = None  # type: ignore[assignment]
    rule_item: RuleItem = None  # type: ignore[assignment]
    template: FindingTemplate = None  # type: ignore[assignment]
    site_type: SiteType = None  # type: ignore[assignment]

    def actor(self, name: str, moment: datetime | None = None) -> Actor:
        return actor_for(self.users[name], at=moment or at())

    def dispatch(self, team: str = "1", day: date = DAY, sites: tuple[str, ...] | None = None) -> Dispatch:
        """Return (making it first if needed) the team's dispatch of a day to the named sites (default: all its sites)."""
        row = Dispatch.objects.filter(team=self.teams[team], day=day).first()
        if row:
            return row
        members = [
            one.user for one in TeamMember.objects.filter(team=self.teams[team]).select_related("user")
        ]
        row = Dispatch.objects.create(
            campaign=self.campaign, round=self.round, team=self.teams[team], day=day, state="departed",
            member_count=len(members), departed_at=at("08:30", day), created_at=at("08:00", day),
        )  # fmt: skip
        row.members.set(members)
        town = {"1": "甲镇", "2": "乙镇", "c": "甲镇"}[team]
        for ordinal, name in enumerate(sites or [key for key in self.sites if key.startswith(town)], start=1):
            site = self.sites[name]
            DispatchSite.objects.create(
                dispatch=row,
                site=site,
                ordinal=ordinal,
                area_path=site.area_path,
                revealed_at=at("08:30", day),
            )
        return row


def build() -> World:
    """This function will make the world on the current test database, through operations where they exist."""
    world = World()
    _territory(world)
    _sites(world)
    _people(world)
    _campaign(world)
    _teams(world)
    _grants(world)
    return world


def _unit(world: World, code: str, name: str, kind: str, parent: str | None = None, **fields: Any) -> Unit:
    parent_id = world.units[parent].pk if parent else None
    unit = territory.add_unit(
        actor=SYSTEM, at=at("08:00"), code=code, name=name, kind=kind, parent_id=parent_id, **fields
    )
    world.units[name] = unit
    return unit


def _territory(world: World) -> None:
    _unit(world, "T", "示例市", UnitKind.COUNTY)
    _unit(
        world,
        "T-JW",
        "示例市纪委监委",
        UnitKind.COMMISSION,
        "示例市",
        acts_discipline=True,
        acts_supervision=True,
    )
    _unit(world, "T-DF", "党风政风监督室", UnitKind.DEPARTMENT, "示例市纪委监委")
    _unit(world, "T-ZB", "示例市专项监督工作专班", UnitKind.LEADING_GROUP, "示例市")
    _unit(world, "T-HQ", "示例市指挥部", UnitKind.HEADQUARTERS, "示例市")
    _unit(world, "T-ZS", "市直单位", UnitKind.UNIT_GROUP, "示例市")
    _unit(
        world,
        "T-WJ",
        "示例市卫生健康局",
        UnitKind.LINE_DEPARTMENT,
        "市直单位",
        sector=Sector.HEALTH,
        is_line_authority=True,
    )
    _unit(world, "T-YY", "示例市人民医院", UnitKind.INSTITUTION, "市直单位", sector=Sector.HEALTH)
    for code, town in (("T01", "甲镇"), ("T02", "乙镇"), ("T03", "丙镇")):
        _unit(world, code, town, UnitKind.TOWNSHIP, "示例市")
        _unit(
            world,
            f"{code}-ZF",
            f"{town}人民政府",
            UnitKind.GOVERNMENT,
            town,
            party_organisation=f"{town}党委",
        )
        _unit(world, f"{code}-C1", f"{town}第一村", UnitKind.VILLAGE, town)


def _sites(world: World) -> None:
    world.site_type = SiteType.objects.create(
        pack="test", code="market", title="农贸市场", line_sector=Sector.MARKET, default_checklist="market"
    )
    for town in ("甲镇", "乙镇", "丙镇"):
        for name in ("农贸市场", "西卡口"):
            world.sites[f"{town}{name}"] = sites.add_site(
                actor=SYSTEM, at=at("08:00"), code=f"{town}{name}", name=f"{town}{name}",
                site_type_id=world.site_type.pk, area_id=world.units[town].pk,
                territory_unit_id=world.units[f"{town}人民政府"].pk, department_unit_id=world.units["示例市卫生健康局"].pk,
            )  # fmt: skip
    hospital = world.units["示例市人民医院"]
    world.sites["市人民医院"] = sites.add_site(
        actor=SYSTEM, at=at("08:00"), code="市人民医院", name="市人民医院", site_type_id=world.site_type.pk,
        area_id=hospital.pk, territory_unit_id=hospital.pk, operator_unit_id=hospital.pk,
        department_unit_id=world.units["示例市卫生健康局"].pk,
    )  # fmt: skip


CAST = {
    "asha": ("第1督导组成员", "示例市纪委监委"),
    "tess": ("第1督导组组长", "示例市纪委监委"),
    "hugo": ("专班组长", "示例市专项监督工作专班"),
    "wen": ("专班综合岗", "示例市专项监督工作专班"),
    "olga": ("甲镇联络员", "甲镇人民政府"),
    "rina": ("第2督导组成员", "示例市纪委监委"),
    "theo": ("第2督导组组长", "示例市纪委监委"),
    "cora": ("暗访一组成员", "示例市纪委监委"),
    "cyra": ("暗访一组组长", "示例市纪委监委"),
    "hana": ("指挥部值班岗", "示例市指挥部"),
    "lena": ("委领导", "示例市纪委监委"),
    "vera": ("卫健局联络岗", "示例市卫生健康局"),
    "ada": ("系统管理岗", "示例市纪委监委"),
    "avi": ("审计岗", "示例市纪委监委"),
    "nobody": ("未授权岗", "示例市纪委监委"),
}


def _people(world: World) -> None:
    for name, (label, unit) in CAST.items():
        world.users[name] = people.create_user(
            actor=SYSTEM, at=at("08:00"), username=name, password=PASSWORD, display_name=name, post_label=label,
            unit_id=world.units[unit].pk, check_password=False,
        )  # fmt: skip
    for town in ("甲镇", "乙镇", "丙镇"):
        unit = world.units[f"{town}人民政府"]
        for title, is_principal in (("镇长岗", True), ("分管副镇长岗", False)):
            world.posts[f"{town}{title}"] = people.add_post(
                actor=SYSTEM, at=at("08:00"), unit_id=unit.pk, code=f"{unit.code}-{title}", title=title, is_principal=is_principal
            )  # fmt: skip


def _campaign(world: World) -> None:
    for ordinal, (code, title) in enumerate(
        (("duty", "值守在岗"), ("ledger", "登记台账"), ("false", "弄虚作假"), ("supplies", "物资账实")),
        start=1,
    ):
        world.categories[code] = Category.objects.create(pack="test", code=code, title=title, ordinal=ordinal)
    rules = RuleSet.objects.create(pack="test", code="nine", title="九个不准", kind="prohibitions")
    world.rule_item = RuleItem.objects.create(
        rule_set=rules, code="nine-3", ordinal=3, title="不担当、不作为、擅离职守", subject_class="duty_holder",
        route="rectify", evidence_tag="S",
    )  # fmt: skip
    world.template = FindingTemplate.objects.create(
        pack="test", code="post-empty", title="岗位无人值守", category=world.categories["duty"],
        fact="【时间】【岗位】无人值守，排班表为【人数】人在岗。", requirement="按排班在岗，不间断。", severity="general",
        line="territory",
    )  # fmt: skip
    world.campaign = Campaign.objects.create(
        code="demo", title="防控专项监督", pack="test", scope=world.units["示例市"], area_path=world.units["示例市"].path,
        body=world.units["示例市专项监督工作专班"], lead_department=world.units["党风政风监督室"],
        headquarters=world.units["示例市指挥部"], urgency="emergency", starts_on=date(2020, 1, 26),
        state=CampaignState.RUNNING, order_number_pattern="示督交〔{year}〕{serial}号",
        day_rail=[
            {"at": "08:00", "title": "要点下发"}, {"at": "08:30", "until": "15:30", "title": "督导"},
            {"at": "15:00", "title": "催报"}, {"at": "16:00", "title": "截数汇总"},
            {"at": "17:00", "title": "正式交办"}, {"at": "24:00", "title": "当日整改到期"},
        ],
    )  # fmt: skip
    world.campaign.rule_sets.set([rules])
    lines = [("甲镇", "township"), ("乙镇", "township"), ("丙镇", "township"), ("市直单位", "city_unit")]
    for ordinal, (name, group) in enumerate(lines, start=1):
        CampaignUnit.objects.create(
            campaign=world.campaign, unit=world.units[name], group=group, ordinal=ordinal
        )
    world.round = Round.objects.create(campaign=world.campaign, number=1, starts_on=DAY, ends_on=DAY)


def _teams(world: World) -> None:
    rows = (
        (
            "1",
            TeamKind.OPEN,
            1,
            "第1督导组",
            "甲镇",
            (("tess", MemberRole.HEAD), ("asha", MemberRole.MEMBER)),
        ),
        (
            "2",
            TeamKind.OPEN,
            2,
            "第2督导组",
            "乙镇",
            (("theo", MemberRole.HEAD), ("rina", MemberRole.MEMBER)),
        ),
        (
            "c",
            TeamKind.COVERT,
            1,
            "暗访一组",
            "示例市",
            (("cyra", MemberRole.HEAD), ("cora", MemberRole.MEMBER)),
        ),
    )
    for key, kind, number, name, sector, members in rows:
        team = Team.objects.create(
            campaign=world.campaign, kind=kind, number=number, name=name, group="township"
        )
        team.sectors.set([world.units[sector]])
        for user, role in members:
            TeamMember.objects.create(
                team=team, user=world.users[user], role=role, joined_on=date(2020, 1, 29)
            )
        world.teams[key] = team


def _grants(world: World) -> None:
    rows = (
        ("asha", Role.INSPECTOR, "甲镇"), ("tess", Role.TEAM_HEAD, "甲镇"), ("rina", Role.INSPECTOR, "乙镇"),
        ("theo", Role.TEAM_HEAD, "乙镇"), ("hugo", Role.CAMPAIGN_HEAD, "示例市"), ("wen", Role.OFFICE, "示例市"),
        ("olga", Role.UNIT_LIAISON, "甲镇人民政府"), ("cora", Role.COVERT_INSPECTOR, "示例市"),
        ("cyra", Role.COVERT_INSPECTOR, "示例市"), ("hana", Role.HEADQUARTERS, "示例市"), ("lena", Role.LEADER, "甲镇"),
        ("vera", Role.LINE_AUTHORITY, "示例市卫生健康局"),
    )  # fmt: skip
    for name, role, unit in rows:
        people.grant_role(
            actor=SYSTEM, at=at("08:00"), user_id=world.users[name].pk, role=role, unit_id=world.units[unit].pk,
            campaign_id=world.campaign.pk,
        )  # fmt: skip
    for name, role in (("ada", Role.ADMIN), ("avi", Role.AUDITOR)):
        people.grant_role(
            actor=SYSTEM,
            at=at("08:00"),
            user_id=world.users[name].pk,
            role=role,
            unit_id=world.units["示例市"].pk,
        )
    for name in ("asha", "tess", "rina", "theo", "cora", "cyra"):
        RecusalDeclaration.objects.create(
            user=world.users[name], campaign_id=world.campaign.pk, declared_at=at("08:00")
        )
