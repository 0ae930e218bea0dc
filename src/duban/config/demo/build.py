"""Building the demo: pack, city, campaign, cast, then day after day up to the open moment."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.hashers import reset_hashers
from django.db import connection

from duban.campaigns import operations as campaigns
from duban.campaigns.models import Campaign
from duban.campaigns.packs import SAFE, read_pack
from duban.checklists import operations as checklists
from duban.config.demo import cast as casting
from duban.config.demo import place as places
from duban.config.demo.field_work import FieldWork
from duban.config.demo.loop import Loop
from duban.config.demo.office import Office
from duban.config.demo.replay import Replay
from duban.config.demo.story import Story, days_between
from duban.inspection.models import Finding
from duban.inspection.states import FindingState
from duban.kernel import clock, jobs
from duban.kernel.actor import SYSTEM
from duban.kernel.office_words import in_office_language
from duban.planning import operations as planning
from duban.planning.models import DailyKeyPoints
from duban.reporting import operations as reporting
from duban.reporting.models import Edition
from duban.teams import operations as teams
from duban.teams.models import Round

PACK = "epidemic-control"
# Collecting every 700 objects, as Python does, finds nothing here but rows that are about to go anyway.
COLLECT_EVERY = 50_000


def read_script(pack: Path) -> dict[str, Any]:
    """This function will read the demo's places and words from the pack."""
    return yaml.load((pack / "demo.yaml").read_text(encoding="utf-8"), Loader=SAFE)  # noqa: S506 - a safe loader


@contextmanager
def hurried() -> Iterator[None]:
    """This function will spare most garbage collection and the slow hashing of a printed password for a while."""
    before, hashers = gc.get_threshold(), settings.PASSWORD_HASHERS
    gc.set_threshold(COLLECT_EVERY, 20, 100)
    _hash_with(["duban.config.demo.cast.PrintedPasswordHasher"])
    try:
        yield
    finally:
        _hash_with(hashers)
        gc.set_threshold(*before)


def _hash_with(hashers: list[str]) -> None:
    settings.PASSWORD_HASHERS = hashers
    reset_hashers(setting="PASSWORD_HASHERS")


@in_office_language
def build(
    progress: Callable[[str], None], evening: Callable[[], Any] = lambda: None
) -> tuple[Replay, casting.Cast]:
    """This function will build and replay the whole demo in the current (empty) database.

    `progress` hears `setup` for each built part and `act` for each act played; `evening` is called at each day's end.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # nobody uses this database yet: no need to wait for the disk
            cursor.execute("PRAGMA synchronous=OFF")
    directory = settings.PACKS / PACK
    script = read_script(directory)
    first = script["city"]["starts_on"]
    at = clock.moment(first, clock.start_of_day(first).time()) + timedelta(hours=7)

    def tick() -> None:
        progress("setup")

    campaigns.install_pack(actor=SYSTEM, at=at, directory=directory)
    tick()
    place = places.build(script, at, PACK, tick)
    campaign = _campaign(script, place, at)
    pack = read_pack(directory)
    checklists.load_pack_checklists(actor=SYSTEM, at=at, campaign_id=campaign.pk, pack=pack)
    tick()
    cast = casting.build(place, campaign, at, tick)
    _liaison_table(script, place, cast, campaign, at)
    campaigns.start_campaign(actor=SYSTEM, at=at, campaign_id=campaign.pk)
    campaign.refresh_from_db()
    replay = Replay(script, place, cast, campaign, progress)
    loop = Loop(replay)
    field_work = FieldWork(replay, loop)
    Story(replay, loop, field_work).schedule()
    office = Office(replay)
    office.schedule()
    Days(replay, loop, field_work, office, pack, evening).schedule()
    gc.freeze()  # what is built stays; collecting it again and again would cost a tenth of the replay
    replay.run()
    jobs.run_sweeps(replay.until, only="fold_tallies")
    return replay, cast


def _campaign(script: dict[str, Any], place: places.Place, at: datetime) -> Campaign:
    words, bodies = script["campaign"], script["bodies"]
    lines = [(town.pk, "township") for town in place.townships] + [
        (group.pk, "city_unit") for group in place.groups
    ]
    return campaigns.create_campaign(
        actor=SYSTEM, at=at, code=words["code"], title=words["title"], title_en=words["title_en"], pack=PACK,
        scope_id=place.units[script["city"]["name"]].pk, body_id=place.units[bodies["task_force"]].pk,
        headquarters_id=place.units[bodies["headquarters"]].pk,
        lead_department_id=place.units["党风政风监督室"].pk, starts_on=script["city"]["starts_on"],
        trigger=words["trigger"], basis=words["basis"], urgency="emergency",
        order_number_pattern=words["number_pattern"], units=lines,
    )  # fmt: skip


def _liaison_table(
    script: dict[str, Any], place: places.Place, cast: casting.Cast, campaign: Campaign, at: datetime
) -> None:
    accounts = {user.post_label: user.pk for user in cast.users.values()}
    for ordinal, row in enumerate(script["liaison"], start=1):
        teams.assign_liaison(
            actor=SYSTEM, at=at, campaign_id=campaign.pk, ordinal=ordinal, leader_title=row["leader"],
            area_ids=[place.units[name].pk for name in row["areas"]],
            supporting_department_id=place.units[row["department"]].pk, valid_from=script["city"]["starts_on"],
            leader_id=accounts.get(row["leader"]),
        )  # fmt: skip


class Days:
    """The office's rhythm of every day: directives, key points, draw, cut-off, edition, bulletin, sealing."""

    def __init__(
        self, replay: Replay, loop: Loop, field_work: FieldWork, office: Office, pack: Any, evening: Callable[[], Any]
    ) -> None:  # fmt: skip
        self.replay = replay
        self.loop = loop
        self.field_work = field_work
        self.office = office
        self.pack = pack
        self.evening = evening
        self.cast = replay.cast
        self.campaign = replay.campaign

    def schedule(self) -> None:
        """This function will put every day on the queue."""
        city = self.replay.script["city"]
        for number, day in enumerate(days_between(city["starts_on"], city["open_day"])):
            self._common_rhythm(day)
            if number:
                self._inspection_day(day, number)

    def _common_rhythm(self, day: date) -> None:
        replay = self.replay
        replay.sweep(clock.start_of_day(day) + timedelta(minutes=1), "rectification.lateness")
        replay.sweep(replay.at(day, "09:02"), "rectification.lateness")
        replay.schedule(replay.at(day, "06:50"), lambda at: self._directives(at, day))
        replay.sweep(replay.at(day, "15:00"), "inspection.remind_missing_sheets")
        replay.sweep(replay.at(day, "16:00"), "inspection.lock_sheets", "freeze_editions")
        replay.schedule(replay.at(day, "16:06"), lambda at: self._edition(at, day))
        replay.sweep(replay.at(day, "20:05"), "rectification.look_backs", "burden.expire_form_approvals")
        replay.sweep(replay.at(day, "23:58"), "seal_journal")
        replay.schedule(replay.at(day, "23:59"), lambda _at: self.evening())

    def _directives(self, at: datetime, day: date) -> None:
        made = campaigns.register_pack_directives(
            actor=self.cast["zonghe"], at=at, campaign_id=self.campaign.pk, pack=self.pack, up_to=day
        )
        if made:
            checklists.link_bases(actor=SYSTEM, at=at, campaign_id=self.campaign.pk)

    def _inspection_day(self, day: date, number: int) -> None:
        replay = self.replay
        before = day - timedelta(days=1)
        replay.schedule(replay.at(before, "20:40"), lambda at: self._compose(at, day))
        replay.schedule(replay.at(day, "07:10"), lambda at: self._open(at, day, number))
        replay.schedule(replay.at(day, "07:40"), lambda at: self._approve(at, day))
        replay.schedule(replay.at(day, "09:10"), self.loop.office_morning)
        self.loop.office_day(day)
        if day == clock.local_day(replay.until):
            replay.schedule(
                replay.at(day, "14:32"), lambda at: self._draft_bulletin(at, day, before, issue=False)
            )
            replay.schedule(replay.at(day, "15:02"), lambda at: self._compose(at, day + timedelta(days=1)))
        elif day not in replay.script["no_bulletin_days"]:
            replay.schedule(
                replay.at(day, "17:25"), lambda at: self._draft_bulletin(at, day, day, issue=True)
            )

    def _open(self, at: datetime, day: date, number: int) -> None:
        opened = teams.open_round(
            actor=self.cast["zuzhang"],
            at=at,
            campaign_id=self.campaign.pk,
            number=number,
            starts_on=day,
            ends_on=day,
        )
        previous = Round.objects.filter(campaign=self.campaign, number=number - 1).first()
        if previous:
            planning.reveal_draws(actor=self.cast["zuzhang"], at=at, round_id=previous.pk)
        planned = self.replay.script["found_per_day"]
        wanted = planned[number - 1] if number <= len(planned) else self._rest()
        self.field_work.open_day(opened, day, wanted)

    def _rest(self) -> int:
        counted = Finding.objects.filter(campaign=self.campaign).exclude(state=FindingState.WITHDRAWN).count()
        later = len(self.replay.script["last_hour"]["findings"])
        return max(self.replay.script["findings"] - counted - later, 0)

    def _compose(self, at: datetime, day: date) -> None:
        planning.compose_key_points(actor=self.cast["zonghe"], at=at, campaign_id=self.campaign.pk, day=day)

    def _approve(self, at: datetime, day: date) -> None:
        sheet = DailyKeyPoints.objects.get(campaign=self.campaign, day=day)
        if not sheet.points.filter(dropped_reason="").exists():
            planning.add_point(
                actor=self.cast["zonghe"],
                at=at,
                sheet_id=sheet.pk,
                text="查主要负责岗是否靠前指挥、专班是否运转",
                is_must_ask=True,
            )
        planning.approve_key_points(actor=self.cast["zuzhang"], at=at, sheet_id=sheet.pk)
        pushed = at + timedelta(minutes=20)
        planning.push_key_points(actor=self.cast["zonghe"], at=pushed, sheet_id=sheet.pk)
        for team in self.cast.teams:
            reader = self.cast[self.cast.crews[team.pk][0]]
            planning.read_key_points(
                actor=reader, at=pushed + timedelta(minutes=3), sheet_id=sheet.pk, team_id=team.pk
            )

    def _edition(self, at: datetime, day: date) -> None:
        edition = Edition.objects.get(campaign=self.campaign, day=day, sequence=1)
        steps: list[tuple[int, Callable[..., Any], str]] = [
            (0, reporting.check_edition, "hegao"), (9, reporting.review_edition, "fuzuzhang"),
            (18, reporting.sign_edition, "zuzhang"), (20, reporting.send_edition, "zonghe"),
            (48, reporting.acknowledge_edition, "zhihuibu"),
        ]  # fmt: skip
        for minutes, step, name in steps:
            self.replay.after(
                minutes,
                lambda moment, act=step, who=name: act(
                    actor=self.cast[who], at=moment, edition_id=edition.pk
                ),
            )

    def _draft_bulletin(self, at: datetime, day: date, of_day: date, *, issue: bool) -> None:
        found = [key for keys in self.loop.by_category(of_day).values() for key in keys]
        if not found:
            return
        bulletin = reporting.draft_bulletin(
            actor=self.cast["zonghe"], at=at, campaign_id=self.campaign.pk, day=day, finding_ids=found
        )
        reporting.submit_bulletin(
            actor=self.cast["zonghe"], at=at + timedelta(minutes=4), bulletin_id=bulletin.pk
        )
        if issue:
            self.replay.after(
                30,
                lambda moment: self.office.send_out(
                    reporting.issue_bulletin(
                        actor=self.cast["zuzhang"], at=moment, bulletin_id=bulletin.pk
                    ).document
                ),
            )
