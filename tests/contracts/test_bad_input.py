"""Issue 2, “Bad input”: two people at once, a worker that was down, a clock that jumps, kill -9, dead links, wrong files.

What the apps' own tests show already (wrong encodings, duplicate codes, cycles, huge tables, tampered numbers) is not
repeated here.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from duban.documents.models import Number, OfficialDocument
from duban.inspection.models import DailySheet, Evidence, Finding
from duban.kernel import clock, jobs
from duban.kernel.errors import WrongState
from duban.kernel.models import Event
from duban.notices.models import Notice
from duban.rectification import operations as rectification
from duban.rectification.models import Reply, UnitLink, Urge, WorkOrder
from duban.reporting.models import Edition
from tests.inspection import acts
from tests.page_client import PageClient
from tests.rectification import cases
from tests.world import DAY, World, at

ROOT = Path(__file__).resolve().parents[2]


# Two people at once ----------------------------------------------------------------------------------------


def at_once(*acts_: Callable[[], Any]) -> list[Any]:
    """Run acts in threads of their own connection that start together; answer what each gave or raised."""
    ready = threading.Barrier(len(acts_), timeout=30)
    answers: list[Any] = [None] * len(acts_)

    def do(place: int, act: Callable[[], Any]) -> None:
        try:
            ready.wait()
            answers[place] = act()
        except Exception as error:  # the answer is judged by the test
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=one) for one in enumerate(acts_)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_two_people_sign_one_order_at_once(transactional_world: World) -> None:
    world = transactional_world
    order, hugo = cases.draft(world), world.actor("hugo")

    def sign() -> WorkOrder:
        return rectification.issue_order(actor=hugo, at=at("11:02"), order_id=order.pk)

    answers = at_once(sign, sign)
    assert sorted(type(one).__name__ for one in answers) == ["WorkOrder", "WrongState"], answers
    order.refresh_from_db()
    assert (order.state, Number.objects.count(), UnitLink.objects.count()) == ("issued", 1, 1)
    assert OfficialDocument.objects.count() == 1
    assert Event.objects.filter(verb="order.issued").count() == 1


@pytest.mark.django_db(transaction=True)
def test_unit_replies_while_the_head_voids(transactional_world: World) -> None:
    world = transactional_world
    order = cases.received(world)
    olga, hugo, item = world.actor("olga"), world.actor("hugo"), order.items.get().pk
    answers = at_once(
        lambda: rectification.reply_to_order(
            actor=olga, at=at("14:26"), order_id=order.pk, outcome="done", measures={item: "已增派1人。"},
            completed_at=at("13:40"), principal_agreed=True,
        ),
        lambda: rectification.void_order(actor=hugo, at=at("14:26"), order_id=order.pk, reason="重复交办"),
    )  # fmt: skip
    assert sum(isinstance(one, WrongState) for one in answers) == 1, answers
    order.refresh_from_db()
    state = Finding.objects.get().state
    assert (order.state, state, Reply.objects.count()) in {
        ("replied", "fed_back", 1),
        ("voided", "confirmed", 0),
    }


# The worker was down, the clock jumps ------------------------------------------------------------------------


def traces() -> dict[str, int]:
    """How much there is of what may never be there twice."""
    kinds = {
        "editions": Edition,
        "sheets": DailySheet,
        "urges": Urge,
        "notices": Notice,
        "documents": OfficialDocument,
    }
    return {name: model.objects.count() for name, model in kinds.items()} | {
        "events": Event.objects.exclude(verb__startswith="journal.").count()
    }


def test_cutoff_missed_for_two_days_is_made_up_in_order_and_once(world: World) -> None:
    world.dispatch("1")
    world.campaign.starts_on = DAY
    world.campaign.save()
    cases.received(world)
    jobs.run_sweeps(at("10:00"))
    back = at("11:00", DAY + timedelta(days=2))
    done = jobs.run_sweeps(back)
    assert -1 not in done.values(), done
    editions = list(Edition.objects.filter(day__gte=DAY).order_by("id"))
    assert [one.day for one in editions] == [DAY, DAY + timedelta(days=1)]
    assert [clock.local(one.as_of).strftime("%F %H:%M") for one in editions] == [
        "2020-02-16 16:00",
        "2020-02-17 16:00",
    ]
    assert DailySheet.objects.get(team=world.teams["1"], day=DAY).state == "locked"
    before = traces()
    for _ in range(2):
        jobs.run_sweeps(back)
    assert traces() == before


def test_clock_that_jumps_back_an_hour_undoes_and_repeats_nothing(world: World) -> None:
    world.dispatch("1")
    order = cases.received(world)
    late = at("10:00", DAY + timedelta(days=1))
    jobs.run_sweeps(late)
    before, lateness = traces(), Finding.objects.get().lateness
    assert lateness == "urged"
    edition = Edition.objects.latest("day")
    jobs.run_sweeps(late - timedelta(hours=1))
    assert (traces(), Finding.objects.get().lateness) == (before, lateness)
    assert Edition.objects.latest("day").digest == edition.digest
    jobs.run_sweeps(late)
    assert (traces(), Finding.objects.get().lateness) == (before, lateness)
    order.refresh_from_db()
    assert order.due_at == clock.end_of_day(DAY)


def test_reply_entered_after_the_clock_jumped_back_is_never_before_the_order(world: World) -> None:
    order = cases.issued(world, when=at("11:02"))
    rectification.receive_order(actor=world.actor("olga"), at=at("11:02"), order_id=order.pk)
    cases.reply(world, order, when=at("11:30"), completed_at=at("11:20"))
    finding = Finding.objects.get()
    assert finding.found_at <= finding.corrected_at <= at("11:30")


# kill -9 -------------------------------------------------------------------------------------------------------

SCRIPT = """
import json, os, signal, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
import django
django.setup()
from django.core.management import call_command
from duban.inspection.models import Evidence, Finding
from duban.documents.models import Number, OfficialDocument
from duban.kernel import jobs, journal
from duban.kernel.actor import SYSTEM
from duban.kernel.models import Event, StoredFile
from duban.rectification import operations as rectification
from duban.rectification.models import Reply, UnitLink, WorkOrder
from duban.reporting.models import Edition, EditionCell
from duban.territory.importing import import_units
from duban.territory.models import Unit
from duban.people.actors import actor_for
from duban.people.models import ImportRun, User
from tests import world as worlds
from tests.inspection.acts import photo
from tests.rectification import cases
from tests.territory.sheets import as_csv
from tests.world import at

TOWNS = as_csv([
    ["编码", "名称", "类型", "上级编码"], ["S", "示例县", "县（市、区）", ""], ["S-T", "丁镇", "乡镇", "S"],
])

MORE = as_csv([["编码", "名称", "类型", "上级编码"], *([f"M{n}", f"戊镇{n}", "乡镇", "T"] for n in range(300))])

def actor(name):
    return actor_for(User.objects.get(username=name), at=at())

def migrate():
    call_command("migrate", verbosity=0)

def prepare():
    world = worlds.build()
    cases.draft(world)
    cases.received(world, cases.finding(world))
    world.dispatch("1")
    ask_for_import()

def reply():
    order = WorkOrder.objects.get(state="received")
    item = order.items.get()
    rectification.reply_to_order(
        actor=actor("olga"), at=at("14:26"), order_id=order.pk, outcome="done", measures={item.pk: "x"},
        completed_at=at("13:40"), principal_agreed=True, photos={item.pk: [photo(), photo(colour="navy")]},
    )

def issue():
    order = WorkOrder.objects.get(state="draft")
    rectification.issue_order(actor=actor("hugo"), at=at("15:00"), order_id=order.pk)

def bring_in():
    import_units(actor=SYSTEM, at=at("15:00"), content=TOWNS, file_name="units.csv")

def ask_for_import():
    from duban.people import import_runs
    ada = actor("ada")
    run = import_runs.request_import(actor=ada, at=at("14:50"), kind="units", content=MORE, file_name="units.csv")
    import_runs.work_import(at=at("14:51"), run_id=run.pk)
    import_runs.confirm_import(actor=ada, at=at("14:55"), run_id=run.pk)

def page_import():
    jobs.run_sweeps(at("15:00"), only="people.work_imports")

def freeze():
    jobs.run_sweeps(at("16:01"), only="freeze_editions")

def count():
    return {
        "states": sorted(WorkOrder.objects.values_list("state", flat=True)), "replies": Reply.objects.count(),
        "photos": Evidence.objects.count(), "files": StoredFile.objects.count(),
        "numbers": sorted(Number.objects.values_list("text", flat=True)), "links": UnitLink.objects.count(),
        "documents": OfficialDocument.objects.count(), "units": Unit.objects.filter(code__startswith="S").count(),
        "towns": Unit.objects.filter(code__startswith="M").count(),
        "imports": sorted(ImportRun.objects.values_list("state", flat=True)),
        "editions": Edition.objects.count(), "cells": EditionCell.objects.exists(), "events": Event.objects.count(),
    }

todo, verb = sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
if verb:
    real = journal.record
    def record(name, **given):
        event = real(name, **given)
        if name == verb:
            os.kill(os.getpid(), signal.SIGKILL)
        return event
    journal.record = record
    globals()[todo]()
elif todo in ("migrate", "prepare"):
    globals()[todo]()
    print(json.dumps(count()))
else:
    before = count()
    globals()[todo]()
    jobs.run_sweeps(at("16:05"))
    after = count()
    jobs.run_sweeps(at("16:05"))
    print(json.dumps([before, after, count()]))
"""


def child(place: "Place", *words: str) -> subprocess.CompletedProcess[str]:
    """The script in a process of its own on its own folder and database."""
    environment = {
        **os.environ, "DUBAN_DATA": str(place.folder), "DUBAN_DATABASE": place.url,
        "DJANGO_SETTINGS_MODULE": "tests.settings", "DUBAN_LANGUAGE": "zh",
    }  # fmt: skip
    places = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, places, *words], env=environment, capture_output=True, text=True, timeout=300,
        check=False, cwd=ROOT,
    )  # fmt: skip


@dataclass
class Place:
    """A data folder and, on a server, a database of its own."""

    folder: Path
    database: str = ""  # '' = the SQLite file of the folder

    @property
    def url(self) -> str:
        if not self.database:
            return ""
        given = {
            key.lower(): quote(str(value), safe="") for key, value in settings.DATABASES["default"].items()
        }
        account = f"{given['user']}:{given['password']}" if given["password"] else given["user"]
        return f"postgresql://{account}@{given['host']}:{given['port']}/{self.database}"

    def copied(self, folder: Path) -> "Place":
        """Return a copy to break."""
        shutil.copytree(self.folder, folder)
        if not self.database:
            return Place(folder)
        copy = f"{self.database}_{folder.parent.name[-20:]}".lower()
        on_server(f'CREATE DATABASE "{copy}" TEMPLATE "{self.database}"')
        return Place(folder, copy)

    def drop(self) -> None:
        if self.database:
            on_server(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')


def on_server(statement: str) -> None:
    """Run a statement outside of any transaction and of the test's own connection."""
    import psycopg

    given = settings.DATABASES["default"]
    with psycopg.connect(
        dbname="postgres", user=given["USER"], password=given["PASSWORD"] or None, host=given["HOST"], port=given["PORT"],
        autocommit=True,
    ) as link:  # fmt: skip
        link.execute(statement)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An empty data folder, its database up to date; on the engine the suite runs on."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    folder.mkdir()
    is_server = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    place = Place(folder, f"killed_{os.getpid()}" if is_server else "")
    place.drop()
    if is_server:
        on_server(f'CREATE DATABASE "{place.database}"')
    done = child(place, "migrate")
    assert done.returncode == 0, done.stderr[-2000:]
    yield place
    place.drop()


@pytest.fixture(scope="module")
def prepared(
    migrated: Place, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The world with a draft, an order in hand, a team that went out and a confirmed import."""
    place = migrated.copied(tmp_path_factory.mktemp("prepared") / "data")
    done = child(place, "prepare")
    assert done.returncode == 0, done.stderr[-2000:]
    yield place, json.loads(done.stdout)
    place.drop()


@pytest.mark.parametrize(
    ("act", "verb", "after"),
    [
        ("reply", "order.replied", {"replies": 1, "photos": 2}),
        (
            "issue",
            "order.issued",
            {"numbers": ["示督交〔2020〕1号", "示督交〔2020〕2号"], "links": 2, "documents": 2},
        ),
        ("bring_in", "units.imported", {"units": 2}),
        ("page_import", "units.imported", {"towns": 300, "imports": ["done"]}),
        ("freeze", "edition.frozen", {"editions": 22, "cells": True}),
    ],
)
def test_killed_in_the_middle_and_run_again(
    prepared: Any, tmp_path: Path, act: str, verb: str, after: dict
) -> None:
    kept, start = prepared
    place = kept.copied(tmp_path / "data")
    try:
        killed = child(place, act, verb)
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
        again = child(place, act)
    finally:
        place.drop()
    assert again.returncode == 0, again.stderr[-2000:]
    found, done, still = json.loads(again.stdout)
    assert found == start, "half-written"
    assert {name: done[name] for name in after} == after
    assert still == done, "twice"


DEMO = """
import os, signal, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
import django
django.setup()
from duban.config.cli import main
from duban.config.commands import demo
from duban.kernel.models import Event
limit, heard = int(sys.argv[2]), [0]

def hear(bar, what):
    heard[0] += 1
    if heard[0] == 1:
        print(Event.objects.filter(verb="unit.added").count(), flush=True)
    if heard[0] == limit:
        os.kill(os.getpid(), signal.SIGKILL)

demo._Bar.__call__ = hear
sys.exit(main(["demo", "--no-serve", "--json"]))
"""


def test_demo_killed_while_it_is_built_begins_again(
    migrated: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half of it is put aside; real data never is. On a server only a person empties a database."""
    monkeypatch.setitem(globals(), "SCRIPT", DEMO)
    place = migrated.copied(tmp_path / "data")
    try:
        killed = child(place, "3")
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
        again = child(place, "1")
    finally:
        place.drop()
    if place.database:
        assert again.returncode == 2 and "上次演示没有建完" in again.stderr
        return
    assert (again.returncode, again.stdout.split()) == (-signal.SIGKILL, ["0"]), again.stderr[-2000:]
    assert (place.folder / "unfinished-demo.sqlite3").stat().st_size > 100_000


# Links, dates, files -----------------------------------------------------------------------------------------


def answer(order: WorkOrder, **changes: Any) -> dict[str, Any]:
    item = order.items.get()
    return {
        "outcome": "done",
        f"measures-{item.pk}": "已增派1人。",
        "moment": "2020-02-16T13:40",
        "agreed": "on",
    } | changes


def test_reply_to_a_revoked_link_is_told_and_nothing_is_taken(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    old = order.fresh_token
    rectification.renew_link(actor=world.actor("wen"), at=at("12:00"), order_id=order.pk)
    events = Event.objects.count()
    for path in ("reply/", "receive/", "dispute/", "burden/"):
        response = page.post(f"/u/{old}/{path}", answer(order))
        assert response.status_code == 410 and "失效" in response.content.decode(), path
    order.refresh_from_db()
    assert (order.state, Reply.objects.count(), Event.objects.count()) == ("issued", 0, events)


@pytest.mark.parametrize(
    "moment",
    [
        "2020-02-30T10:00",
        "2020-02-16T25:61",
        "0000-00-00T00:00",
        "9999-12-31T23:59",
        "2020-02-16",
        "昨天",
        "-1",
    ],
)
def test_impossible_moment_is_said_beside_the_question(page: PageClient, world: World, moment: str) -> None:
    order = cases.issued(world)
    page.post(f"/u/{order.fresh_token}/receive/")
    response = page.post(f"/u/{order.fresh_token}/reply/", answer(order, moment=moment))
    text = response.content.decode()
    assert response.status_code == 422 and "已增派1人。" in text and 'href="#id_moment"' in text
    order.refresh_from_db()
    assert (order.state, Reply.objects.count()) == ("received", 0)


@pytest.mark.parametrize(
    "query", ["?page=-1", "?page=9999999999999999999", "?page=x", "?since=2020-02-30&until=0", "?day=2020-13-45",
              "?q=%00", "?q=%F0%28%8C%28", "?team=not-an-id&category=%27%20OR%201=1"],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/findings/", "/orders/", "/visits/", "/journal/", "/search/", "/documents/"]
)
def test_impossible_filters_do_not_break_a_list(
    page: PageClient, world: World, path: str, query: str
) -> None:
    assert page.as_("wen").get(path + query).status_code in (200, 422)


WRONG = {
    "empty": b"", "text": b"not a photo", "cut_off": acts.photo()[:300], "script": b"<svg onload=alert(1)>",
    "program": b"MZ" + b"\0" * 200, "zip": b"PK\x03\x04" + b"\0" * 200,
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_photo_in_a_reply_is_refused_whole(page: PageClient, world: World, kind: str) -> None:
    order = cases.issued(world)
    item = order.items.get()
    files = {f"photos-{item.pk}": SimpleUploadedFile("photo.jpg", WRONG[kind], "image/jpeg")}
    response = page.post(f"/u/{order.fresh_token}/reply/", answer(order) | files)
    assert response.status_code == 422
    order.refresh_from_db()
    assert (order.state, Reply.objects.count(), Evidence.objects.count()) == ("issued", 0, 0)
