"""The field app in Chromium at 390 × 844 with the CPU four times slower: first load, ready, a tap in a long form.

    python benchmarks/field_app.py [--slow 4] [--questions 100] [--taps 30]

A real server (`duban serve`) on SQLite and a checklist whose questions all stand on one page of the form. A tap is
timed by the browser (Event Timing): from the finger to the picture that answers it, in steps of 8 ms. Prints one JSON
line; ends with status 1 if a limit is missed.
"""

import argparse
import gzip
import io
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import ingest

FIRST_LOAD_KB, READY_MS, TAP_MS = 400, 2000, 100
PIN = "246810"
SEEN = 16  # the browser reports nothing that was quicker
WATCH = """() => {
  window.taps = [];
  const note = (list) => list.getEntries().forEach((one) => {
    if (["pointerup", "click", "change", "input"].includes(one.name)) window.taps.push([one.interactionId || 0, one.duration]);
  });
  window.watcher?.disconnect();
  window.watcher = new PerformanceObserver(note);
  window.watcher.observe({ type: "event", durationThreshold: 16, buffered: false });
}"""


def long_checklist(count: int) -> bytes:
    """Return a workbook of `count` questions with one choice each, none in a group."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    questions = [
        ("select_one result", f"q{n}", f"Q{n}", "", "yes" if n == 1 else "") for n in range(1, count + 1)
    ]
    tables: dict[str, list[tuple[str, ...]]] = {
        "survey": [("type", "name", "label", "required", "duban::must_ask"), *questions],
        "choices": [("list_name", "name", "label"), ("result", "yes", "Y"), ("result", "no", "N"), ("result", "na", "A"),
                    ("result", "not_checked", "X")],
        "settings": [("form_title", "form_id", "version"), ("C", "c", "2")],
    }  # fmt: skip
    for title, rows in tables.items():
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


def build(questions: int, now: datetime) -> str:
    """This function will make the campaign with the long checklist and return the token of one phone."""
    from duban.campaigns.models import Campaign
    from duban.checklists import operations as checklists
    from duban.kernel.actor import SYSTEM

    phones = ingest.build(now)
    version = checklists.upload_version(
        actor=SYSTEM, at=now, campaign_id=Campaign.objects.get().pk, code="c", content=long_checklist(questions),
        file_name="c.xlsx",
    )  # fmt: skip
    checklists.publish_version(actor=SYSTEM, at=now, version_id=version.pk)
    return phones[0][0]


def first_load_kb() -> float:
    """Return what a phone downloads before it can work, gzip, in KB."""
    from duban.field.app import BUNDLE, FILES

    return round(sum(len(gzip.compress((BUNDLE / name).read_bytes(), 6)) for name in FILES) / 1024, 1)


def timed(act: Any, seen: Any) -> float:
    """Return the milliseconds from doing something until it is seen."""
    start = time.perf_counter()
    act()
    seen()
    return round((time.perf_counter() - start) * 1000)


def drive(url: str, token: str, given: argparse.Namespace, profile: Path) -> dict[str, float]:
    """This function will register a phone, slow the browser down and time what an inspector waits for."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=["--no-sandbox"], locale="zh-CN",
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{url}/field/#{token}")
        page.fill("[name=pin]", PIN)
        page.fill("[name=again]", PIN)
        page.get_by_role("button", name="登记", exact=True).click()
        page.locator("button:has-text('更新今日安排'):enabled").wait_for()
        page.evaluate("navigator.serviceWorker.ready")
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": given.slow})
        pin, places, steps = (page.locator(one) for one in ("[name=pin]", ".places", ".steps"))
        shell = timed(lambda: page.goto(f"{url}/field/", wait_until="commit"), pin.wait_for)
        page.fill("[name=pin]", PIN)
        unlocked = timed(
            page.get_by_role("button", name="解锁", exact=True).click, places.wait_for
        )  # the key of the PIN is slow by design
        page.locator("button:has-text('更新今日安排'):enabled").wait_for()
        opened = timed(page.get_by_role("button", name="开始检查").first.click, steps.wait_for)
        page.locator(".steps").get_by_role("button", name="检查表").click()
        taps = time_taps(page, given.taps)
        context.close()
    return {
        "shell_ms": shell, "unlocked_ms": unlocked, "ready_ms": shell + unlocked, "first_form_ms": opened,
        "tap_median_ms": statistics.median(taps), "tap_worst_ms": max(taps),
    }  # fmt: skip


def time_taps(page: Any, count: int) -> list[float]:
    """Return the milliseconds of each tap, in questions from the first to the last."""
    fields = page.locator(".field")
    total = fields.count()
    found = []
    for turn in range(count):
        field = fields.nth(turn * (total - 1) // max(1, count - 1))
        choice = field.locator(".choice").nth(turn % 2)
        choice.scroll_into_view_if_needed()
        box = choice.bounding_box()
        page.evaluate(WATCH)
        page.touchscreen.tap(box["x"] + 30, box["y"] + box["height"] / 2)
        # A second, as a person takes: the save of this tap is over before the next.
        told = page.evaluate("() => new Promise((done) => setTimeout(() => done(window.taps), 1000))")
        found.append(max([duration for _id, duration in told], default=SEEN))
    return found


def serve(port: int) -> subprocess.Popen[bytes]:
    """This function will start the server and return it once it answers."""
    command = [str(Path(sys.executable).parent / "duban"), "serve", "--port", str(port), "--no-worker"]
    server = subprocess.Popen(command)
    for _turn in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    return server


def main() -> int:
    """This function will build, serve, measure, and say whether the limits hold."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--slow", type=int, default=4)
    options.add_argument("--questions", type=int, default=100)
    options.add_argument("--taps", type=int, default=30)
    given = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DUBAN_DATA"], os.environ["DUBAN_DATABASE"] = scratch, ""
        import django

        django.setup()
        from django.db import connections

        from duban.config.database import prepare
        from duban.kernel import clock

        prepare()
        token = build(given.questions, clock.now())
        connections.close_all()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = serve(port)
        try:
            told = {"first_load_kb": first_load_kb(), "slow": given.slow, "questions": given.questions}
            told |= drive(f"http://127.0.0.1:{port}", token, given, Path(scratch) / "profile")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
    limits = {"first_load_kb": FIRST_LOAD_KB, "ready_ms": READY_MS, "tap_worst_ms": TAP_MS}
    missed = [name for name, limit in limits.items() if told[name] > limit]
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({**told, "load": load, "missed": missed}))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
