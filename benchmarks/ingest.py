"""Records from phones over HTTP: what one submission costs, and how many a second get through.

    python benchmarks/ingest.py [--records 3000] [--concurrency 8] [--photo-kb 0] [--rate 0] [--processes 2]
                                [--server postgresql://root@127.0.0.1:5432] [--engine postgres|sqlite]

A real server (`duban serve`), a campaign with 22 teams, records of 0.9 KB with one finding in the repeat. Each is
entered (visit, answers, finding, journal) before the 201. Counted is the CPU of all server and database processes, read
from /proc; the clients are not counted. `--photo-kb 300 --rate 50` adds a photo to each and holds the rate.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from databases import run_sql

TICKS = os.sysconf("SC_CLK_TCK")
NAME = "duban_bench_ingest"
TEAMS, SITES = 22, 400
FACT = "9时10分现场查看，值班岗位无人在岗，当日排班表为两人，交接班记录无签字。"
BOUNDARY = "bench-boundary"


def build(now: datetime) -> list[tuple[str, list[str], str]]:
    """This function will make the campaign and return (token, site codes, team name) of one phone per team."""
    import io

    import xlsxwriter

    from duban.campaigns.models import Campaign, Category
    from duban.checklists import operations as checklists
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.people import devices
    from duban.people.models import Grant, RecusalDeclaration, User
    from duban.sites.models import Site, SiteType
    from duban.teams.models import Dispatch, DispatchSite, Round, Team, TeamMember
    from duban.territory import operations as territory
    from duban.territory.models import UnitKind

    day = clock.local_day(now)
    city = territory.add_unit(actor=SYSTEM, at=now, code="B", name="B", kind=UnitKind.COUNTY)
    towns = [
        territory.add_unit(
            actor=SYSTEM, at=now, code=f"B{n}", name=f"T{n}", kind=UnitKind.TOWNSHIP, parent_id=city.pk
        )
        for n in range(18)
    ]
    kind = SiteType.objects.create(pack="bench", code="t", title="T", default_checklist="c")
    Category.objects.create(pack="bench", code="duty", title="C", ordinal=1)
    campaign = Campaign.objects.create(
        code="bench", title="B", pack="bench", scope=city, area_path=city.path, body=city, lead_department=city,
        headquarters=city, starts_on=day, state="running", order_number_pattern="B〔{year}〕{serial}号", day_rail=[],
    )  # fmt: skip
    book_file = io.BytesIO()
    book = xlsxwriter.Workbook(book_file, {"in_memory": True})
    tables = {
        "survey": [("type", "name", "label", "required", "duban::must_ask"),
                   ("select_one result", "on_post", "P", "yes", "yes"), ("select_one result", "ledger", "L", "yes", ""),
                   ("integer", "shifts", "S", "", "")],
        "choices": [("list_name", "name", "label"), ("result", "yes", "Y"), ("result", "no", "N"), ("result", "na", "A"),
                    ("result", "not_checked", "X")],
        "settings": [("form_title", "form_id", "version"), ("C", "c", "1")],
    }  # fmt: skip
    for title, rows in tables.items():
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    version = checklists.upload_version(
        actor=SYSTEM,
        at=now,
        campaign_id=campaign.pk,
        code="c",
        content=book_file.getvalue(),
        file_name="c.xlsx",
    )
    checklists.publish_version(actor=SYSTEM, at=now, version_id=version.pk)
    round_ = Round.objects.create(campaign=campaign, number=1, starts_on=day, ends_on=day + timedelta(days=1))
    sites = Site.objects.bulk_create([
        Site(code=f"S{n}", name=f"S{n}", site_type=kind, area=towns[n % 18], area_path=towns[n % 18].path,
             territory_unit=towns[n % 18]) for n in range(SITES)
    ])  # fmt: skip
    phones = []
    for number in range(1, TEAMS + 1):
        team = Team.objects.create(campaign=campaign, kind="open", number=number, name=f"T{number}")
        users = [
            User.objects.create(
                username=f"u{number}-{n}",
                display_name="U",
                post_label=f"U{number}-{n}",
                unit=city,
                created_at=now,
            )
            for n in range(3)
        ]
        for user in users:
            TeamMember.objects.create(team=team, user=user, role="member", joined_on=day)
            Grant.objects.create(
                user=user,
                role="inspector",
                unit=city,
                area_path=city.path,
                campaign_id=campaign.pk,
                granted_at=now,
            )
            RecusalDeclaration.objects.create(user=user, campaign_id=campaign.pk, declared_at=now)
        dispatch = Dispatch.objects.create(campaign=campaign, round=round_, team=team, day=day, state="departed",
                                           departed_at=now, created_at=now, member_count=3)  # fmt: skip
        dispatch.members.set(users)
        own = sites[number - 1 :: TEAMS]
        DispatchSite.objects.bulk_create(
            [
                DispatchSite(dispatch=dispatch, site=site, ordinal=n, source="draw")
                for n, site in enumerate(own, start=1)
            ]
        )
        _device, token = devices.register_device(actor=SYSTEM, at=now, user_id=users[0].pk, name="B")
        phones.append((token, [site.code for site in own], team.name))
    return phones


def record(site: str, arrived: datetime, photo: str) -> bytes:
    """Return a record of about 0.9 KB with one finding."""
    named = f"<photo_1>{photo}</photo_1>" if photo else ""
    return (
        f'<?xml version="1.0"?><data id="c" version="1"><duban_visit><site>{site}</site><mode>open</mode>'
        f"<methods>on_site_visit</methods><arrived_at>{arrived.isoformat()}</arrived_at></duban_visit><on_post>no</on_post>"
        f"<ledger>yes</ledger><shifts>2</shifts><duban_findings><id>{uuid4()}</id><category>duty</category><fact>{FACT}</fact>"
        f"<severity>general</severity><on_spot>no</on_spot>{named}</duban_findings><duban_closing><signature>signed</signature>"
        "<self_statement>轻车简从，未接受宴请和礼品，自行用餐</self_statement></duban_closing>"
        f"<meta><instanceID>uuid:{uuid4()}</instanceID></meta></data>"
    ).encode()


def body(xml: bytes, photo: tuple[str, bytes] | None) -> bytes:
    """Return the multipart body of a submission."""
    parts = [("xml_submission_file", "record.xml", "text/xml", xml)]
    if photo:
        parts.append((photo[0], photo[0], "image/jpeg", photo[1]))
    out = b""
    for field, name, kind, content in parts:
        out += (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
                f"Content-Type: {kind}\r\n\r\n").encode() + content + b"\r\n"  # fmt: skip
    return out + f"--{BOUNDARY}--\r\n".encode()


def cpu_of(pids: set[int]) -> float:
    """Return the CPU seconds of processes so far, ended children included."""
    total = 0
    for pid in pids:
        try:
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(parts[place]) for place in (11, 12, 13, 14))
    return total / TICKS


def processes(port: int) -> set[int]:
    """Return the server's processes and, on PostgreSQL, all of the cluster's."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if line.startswith("postgres") or "/bin/postgres" in line or f"--port {port} " in f"{line} ":
                found.add(int(entry.name))
    return found


def send_all(port: int, phones: list[Any], given: argparse.Namespace, arrived: datetime) -> dict[str, Any]:
    """This function will send the records from several connections and return what it measured."""
    photo = _photo(given.photo_kb) if given.photo_kb else b""
    numbers: Iterator[int] = iter(range(given.records))
    lock, waits, failed = threading.Lock(), [], []
    start = time.perf_counter()

    def work() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            if given.rate:
                pause = start + number / given.rate - time.perf_counter()
                if pause > 0:
                    time.sleep(pause)
            token, sites, _team = phones[number % len(phones)]
            named = (f"{number}.jpg", photo) if given.photo_kb else None
            xml = record(sites[number % len(sites)], arrived, named[0] if named else "")
            content = body(xml, named)
            begun = time.perf_counter()
            link.request("POST", f"/field/key/{token}/submission", content,
                         {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})  # fmt: skip
            answer = link.getresponse()
            text = answer.read()
            waits.append(time.perf_counter() - begun)
            if answer.status != 201:
                failed.append((answer.status, text.decode()[-300:]))

    before = cpu_of(processes(port))
    workers = [threading.Thread(target=work) for _n in range(given.concurrency)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    wall = time.perf_counter() - start
    used = cpu_of(processes(port)) - before
    ordered = sorted(waits)
    return {
        "records": given.records, "failed": len(failed), "per_second": round(given.records / wall, 1),
        "cpu_ms_per_record": round(used / given.records * 1000, 2), "p50_ms": round(statistics.median(ordered) * 1000, 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99) - 1] * 1000, 1), "record_bytes": len(record("S1", arrived, "")),
        "photo_bytes": len(photo), "first_failure": failed[0] if failed else None,
    }  # fmt: skip


def _photo(kilobytes: int) -> bytes:
    import io

    from PIL import Image

    side = 400
    while True:
        out = io.BytesIO()
        Image.effect_noise((side, side), 80).convert("RGB").save(out, "JPEG", quality=85)
        if len(out.getvalue()) >= kilobytes * 1024:
            return out.getvalue()
        side += 40


def main() -> int:
    """This function will make the database and the server, measure, and drop both."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--engine", choices=("postgres", "sqlite"), default="postgres")
    options.add_argument("--server", default="postgresql://root@127.0.0.1:5432")
    options.add_argument("--records", type=int, default=3000)
    options.add_argument("--concurrency", type=int, default=8)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--threads", type=int, default=8)
    options.add_argument("--photo-kb", type=int, default=0)
    options.add_argument(
        "--rate", type=float, default=0, help="submissions a second; 0: as many as get through"
    )
    given = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DUBAN_DATA"] = scratch
        os.environ["DUBAN_DATABASE"] = f"{given.server}/{NAME}" if given.engine == "postgres" else ""
        if given.engine == "postgres":
            run_sql(given.server, f'DROP DATABASE IF EXISTS "{NAME}"', f'CREATE DATABASE "{NAME}"')
        try:
            return measure(given)
        finally:
            if given.engine == "postgres":
                run_sql(given.server, f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')


def measure(given: argparse.Namespace) -> int:
    """This function will build, serve, warm up and send."""
    import django

    django.setup()
    from django.db import connections

    from duban.config.database import prepare
    from duban.kernel import clock

    prepare()
    now = clock.now()
    phones = build(now)
    connections.close_all()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "duban"), "serve", "--port", str(port), "--threads", str(given.threads),
               "--processes", str(given.processes), "--no-worker"]  # fmt: skip
    server = subprocess.Popen(command)
    try:
        for _turn in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        warm = argparse.Namespace(**{**vars(given), "records": 300, "rate": 0})
        send_all(port, phones, warm, now)
        print(json.dumps({"engine": given.engine, **send_all(port, phones, given, now)}, ensure_ascii=False))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    return 0


if __name__ == "__main__":
    sys.exit(main())
