"""A synthetic nation for list benchmarks: divisions with the national shape, sites, teams, users, case rows.

Names are codes only. Rows are written by COPY or executemany with indexes and constraints off, then indexed and
analysed; what the operations keep beside the rows (the tally) is rebuilt at the end.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import paperwork
from django.db import connection
from rows import Loader, Unindexed, key

SHAPE = (("province", 31), ("city", 342), ("county", 2978), ("township", 41352), ("village", 620573))
DAY = date(2020, 2, 16)
EACH = 300  # visits of one team in sixty days, five a day
# How the states of a long campaign lie: most are closed, few wait for somebody.
STATES = (
    ("written_off", 900), ("registered", 5), ("returned", 2), ("confirmed", 5), ("on_spot", 3), ("ordered", 12),
    ("rectifying", 25), ("fed_back", 10), ("disputed", 3), ("referred", 5), ("withdrawn", 30),
)  # fmt: skip


class Nation:
    """Builds everything; attributes name what the benchmark signs in as and looks at."""

    def __init__(self, *, units: int, findings: int) -> None:
        self.chance = random.Random(20200216)  # noqa: S311
        # A tenth is written row by row, the rest are copies of it (same places and moments, own ids and numbers).
        self.times = 10 if findings >= 100_000 else 1
        self.findings = findings // self.times
        share = units / sum(count for _kind, count in SHAPE)
        self.counts = [(kind, max(2, round(count * min(1, share)))) for kind, count in SHAPE]
        self.at = datetime.fromisoformat("2020-02-16T15:12:00+08:00")
        self.levels: dict[str, list[tuple[UUID, str]]] = {}
        self.users: dict[str, Any] = {}

    def build(self, say: Any = lambda *_words: None) -> None:
        """This function will fill an empty, migrated database."""
        from duban.kernel import tally
        from duban.rectification.models import WorkOrder

        self._units()
        say("units")
        self._frame()
        self._sites()
        say("sites")
        self._visits()
        say("visits")
        self._findings()
        say("findings")
        paperwork.Paperwork(self).write(say)
        self._events()
        say("journal")
        rows = self.Finding.objects.values_list("campaign_id", "area_path", "state")
        tally.rebuild("finding", rows.iterator(chunk_size=50_000))
        tally.rebuild_rows(WorkOrder)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        say("analysed")

    def _units(self) -> None:
        from duban.territory.models import Unit
        from duban.territory.paths import child_path

        country = Unit(pk=key(1, 1), code="C", name="C", kind="country", path="1.", depth=0, serial=1)

        def rows() -> Iterator[tuple[Any, ...]]:
            serial, above = 1, [(country.pk, "1.")]
            yield country.pk, "C", "C", "country", None, "1.", 0, 1
            for depth, (kind, count) in enumerate(self.counts, start=1):
                level = []
                for number in range(count):
                    serial += 1
                    parent, path = above[number * len(above) // count]
                    own, here = key(serial, 1), child_path(path, serial)
                    level.append((own, here))
                    yield (
                        own,
                        f"{serial:012}",
                        f"{kind[0].upper()}{serial:06}",
                        kind,
                        parent,
                        here,
                        depth,
                        serial,
                    )
                self.levels[kind] = above = level

        with Unindexed("territory_unit"):
            Loader(country, ("id", "code", "name", "kind", "parent_id", "path", "depth", "serial")).load(
                rows()
            )
        self.country = country

    def _frame(self) -> None:
        from duban.campaigns.models import Campaign, CampaignUnit, Category
        from duban.inspection.models import Finding
        from duban.people.models import Grant, RecusalDeclaration, User
        from duban.sites.models import SiteType
        from duban.teams.models import Round, Team, TeamMember

        self.Finding = Finding
        self.site_type = SiteType.objects.create(pack="bench", code="t", title="T")
        self.category = Category.objects.create(pack="bench", code="c", title="C", ordinal=1)
        self.campaign = Campaign.objects.create(
            code="bench", title="C", pack="bench", scope=self.country, area_path="1.", body=self.country,
            lead_department=self.country, headquarters=self.country, starts_on=date(2020, 1, 26), state="running",
            order_number_pattern="C〔{year}〕{serial}号", day_rail=[],
        )  # fmt: skip
        for ordinal, (unit, _path) in enumerate(self.levels["province"], start=1):
            CampaignUnit.objects.create(
                campaign=self.campaign, unit_id=unit, group="township", ordinal=ordinal
            )
        self.round = Round.objects.create(campaign=self.campaign, number=1, starts_on=DAY, ends_on=DAY)
        self.teams = [
            Team.objects.create(campaign=self.campaign, kind="open", number=number, name=f"T{number}")
            for number in range(1, max(200, self.findings * self.times // EACH) + 1)
        ]
        self.covert = Team.objects.create(campaign=self.campaign, kind="covert", number=1, name="C1")
        self.finders = {}
        for team in (*self.teams, self.covert):
            self.finders[team.pk] = User.objects.create(
                username=f"f{team.name}", display_name=team.name, post_label=team.name, created_at=self.at
            ).pk
        places = {"national": (self.country.pk, "1.")}
        places |= {kind: self.levels[kind][len(self.levels[kind]) // 2] for kind, _count in SHAPE}
        roles = [("national", "campaign_head"), ("national", "office")]
        roles += [(kind, "inspector") for kind in ("national", "province", "city", "county", "township")]
        roles += [("county", "office"), ("township", "office"), ("village", "unit_liaison")]
        for number, (place, role) in enumerate(roles):
            unit, path = places[place]
            name = f"{place}_{role}"
            user = User.objects.create(
                username=name, display_name=name, post_label=name, unit_id=unit, created_at=self.at
            )
            Grant.objects.create(
                user=user,
                role=role,
                unit_id=unit,
                area_path=path,
                campaign_id=self.campaign.pk,
                granted_at=self.at,
            )
            if role == "inspector":
                TeamMember.objects.create(team=self.teams[number], user=user, role="member", joined_on=DAY)
                RecusalDeclaration.objects.create(
                    user=user, campaign_id=self.campaign.pk, declared_at=self.at
                )
            self.users[name] = user

    def _sites(self) -> None:
        from duban.sites.models import Site

        villages = self.levels["village"]
        every = max(1, len(villages) // max(1, min(len(villages), 200_000)))
        self.sites = []
        prototype = Site(
            code="",
            name="",
            site_type=self.site_type,
            area=self.country,
            area_path="",
            territory_unit=self.country,
        )

        def rows() -> Iterator[tuple[Any, ...]]:
            for number, (unit, path) in enumerate(villages[::every], start=1):
                self.sites.append((key(number, 2), unit, path))
                yield key(number, 2), f"S{number:07}", f"S{number:07}", unit, path, unit

        with Unindexed("sites_site"):
            Loader(prototype, ("id", "code", "name", "area_id", "area_path", "territory_unit_id")).load(
                rows()
            )

    def moment(self, number: int, total: int) -> datetime:
        return self.at - timedelta(days=60) + timedelta(days=60) * (number / total) - timedelta(minutes=1)

    def _visits(self) -> None:
        from duban.inspection.models import Visit

        total = self.total_visits = max(1000, self.findings)
        self.order_of_sites = [self.chance.randrange(len(self.sites)) for _number in range(total)]
        prototype = Visit(
            campaign=self.campaign, number=0, round=self.round, team=self.teams[0], site_id=self.sites[0][0], area_path="",
            mode="open", day=DAY, arrived_at=self.at, entered_at=self.at, entered_by=self.users["national_office"],
            state="submitted", submitted_at=self.at, left_at=self.at,
        )  # fmt: skip

        def rows() -> Iterator[tuple[Any, ...]]:
            for number in range(1, total + 1):
                site, _unit, path = self.sites[self.order_of_sites[number - 1]]
                moment = self.moment(number, total)
                yield (
                    key(number, 3),
                    number,
                    self.team_of(number).pk,
                    site,
                    path,
                    moment.date(),
                    moment,
                    moment,
                    moment,
                )

        with Unindexed("inspection_visit"):
            loader = Loader(
                prototype, ("id", "number", "team_id", "site_id", "area_path", "day", "arrived_at", "left_at", "entered_at")
            )  # fmt: skip
            loader.load(rows())
            loader.repeat(total, max(1, self.times // 2))

    def team_of(self, number: int) -> Any:
        return self.covert if number % 100 == 0 else self.teams[number % len(self.teams)]

    def _findings(self) -> None:
        total = self.findings
        names = [name for name, weight in STATES for _one in range(weight)]
        self.states = [self.chance.choice(names) for _number in range(total)]
        finder = self.users["national_inspector"].pk
        self.finders[self.teams[2].pk] = finder  # the national inspector's own team
        prototype = self.Finding(
            campaign=self.campaign, number=0, visit_id=key(1, 3), round=self.round, team=self.teams[0],
            site_id=self.sites[0][0], unit=self.country, subject_class="organisation", area_path="", unit_path="",
            line="territory", territory_unit=self.country, category=self.category, fact="F" * 60, severity="general",
            found_at=self.at, found_by_id=finder, entered_at=self.at, state_at=self.at,
        )  # fmt: skip
        names = (
            "id", "number", "visit_id", "team_id", "site_id", "unit_id", "area_path", "unit_path", "territory_unit_id",
            "found_at", "entered_at", "state", "state_at", "due_at", "lateness", "overdue_at", "found_by_id",
        )  # fmt: skip

        def rows() -> Iterator[tuple[Any, ...]]:
            for number in range(1, total + 1):
                visit = (number - 1) * self.total_visits // total + 1
                site, unit, path = self.sites[self.order_of_sites[visit - 1]]
                state, moment = self.states[number - 1], self.moment(number, total)
                due = (
                    moment + timedelta(hours=12)
                    if state in {"ordered", "rectifying", "fed_back", "written_off"}
                    else None
                )
                team = self.team_of(visit).pk
                yield (
                    key(number, 4), number, key(visit, 3), team, site, unit, path, path, unit, moment, moment,
                    state, moment, due, *self._lateness(state, due), self.finders[team],
                )  # fmt: skip

        with Unindexed("inspection_finding"):
            loader = Loader(prototype, names)
            loader.load(rows())
            loader.repeat(total, self.times)

    def _lateness(self, state: str, due: datetime | None) -> tuple[str, datetime | None]:
        """Return lateness and its moment as the sweep would have noted them."""
        is_late = due is not None and due < self.at and state in {"ordered", "rectifying"}
        return ("overdue", due) if is_late else ("", None)

    def _events(self) -> None:
        from duban.kernel.models import Event

        prototype = Event(
            verb="finding.registered", actor_kind="user", actor_id=self.users["national_inspector"].pk, actor_label="I",
            subject_type="inspection.finding", subject_id=key(1, 4), campaign_id=self.campaign.pk, at=self.at, recorded_at=self.at,
        )  # fmt: skip

        def rows() -> Iterator[tuple[Any, ...]]:
            for number in range(1, self.findings + 1):
                visit = (number - 1) * self.total_visits // self.findings + 1
                moment = self.moment(number, self.findings)
                yield (
                    key(number, 7),
                    key(number, 4),
                    f"{number:04}",
                    self.sites[self.order_of_sites[visit - 1]][2],
                    moment,
                    moment,
                )

        with Unindexed("kernel_event"):
            loader = Loader(
                prototype, ("id", "subject_id", "subject_label", "area_path", "at", "recorded_at")
            )
            loader.load(rows())
            loader.repeat(self.findings, self.times)
