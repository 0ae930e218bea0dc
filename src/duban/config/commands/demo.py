"""`duban demo`: build the demo campaign in a data folder, then serve it. Built already: it goes on from where it was."""

import argparse
import json
import os
import sys
import time
from typing import Any

from django.utils.translation import gettext as _

from duban.config import arguments


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("demo", parents=[shared], help=_("生成并打开演示专项（示例市，21轮）"))
    command.add_argument("--no-serve", action="store_true", help=_("只生成，不启动网页"))
    command.add_argument("--json", action="store_true", help=_("以 JSON 输出结果数字"))
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=arguments.PORT, default=8000)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will build (once) and serve the demo."""
    from duban.config import demo_clock
    from duban.config.database import is_empty, prepare, set_aside
    from duban.config.demo import figures
    from duban.kernel.errors import Conflict

    started = time.monotonic()
    if demo_clock.is_unfinished():
        set_aside(demo_clock.UNFINISHED)
    prepare()
    if not is_empty() and not demo_clock.is_demo():
        raise Conflict("not_demo", _("这个数据文件夹里有正式数据，演示请另选 --data。"))
    if is_empty():
        demo_clock.begin()
        _build(quiet=options.json or not sys.stderr.isatty())
    idle = figures.without_work(demo_clock.kept_at())
    result = {**figures.count(), "without_work": idle, "seconds": round(time.monotonic() - started, 1)}
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _print(result, options)
    if options.no_serve:
        return 0
    demo_clock.adopt()
    arguments = [sys.executable, "-m", "duban", "serve", "--host", options.host, "--port", str(options.port)]
    sys.stdout.flush()  # the server takes this process's place: what a pipe still holds would be lost
    os.execv(sys.executable, arguments)  # noqa: S606 - a fresh process reads the demo's clock
    return 0


def _build(*, quiet: bool) -> None:
    os.environ["DUBAN_JOBS_IMMEDIATE"] = "1"
    from django.conf import settings

    from duban.config import demo_clock
    from duban.config.demo import build as demo
    from duban.config.demo import rendering
    from duban.kernel import jobs

    settings.JOBS_IMMEDIATE = True
    with _progress(quiet) as progress, demo.hurried():
        renderer = rendering.Renderer(progress)
        replay, cast = demo.build(progress, renderer.feed)
        renderer.finish()
    jobs.run_sweeps(replay.until, only="seal_journal")
    demo_clock.keep(replay.until)
    (settings.DATA / "demo-logins.json").write_text(json.dumps(cast.shown, ensure_ascii=False, indent=1))


class _Bar:
    """A progress bar that counts built parts, played acts and documents; silent when nobody watches."""

    def __init__(self, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=Console(stderr=True), disable=quiet)
        self.tasks = {
            "setup": self.bar.add_task(_("搭建示例市"), total=43),
            "act": self.bar.add_task(_("重放21轮"), total=11000),
            "document": self.bar.add_task(_("排印公文"), total=None),
        }

    def __enter__(self) -> "_Bar":
        self.bar.start()
        return self

    def __exit__(self, *problem: object) -> None:
        if not any(problem):
            for task in self.tasks.values():
                done = self.bar.tasks[task].completed
                self.bar.update(task, total=done or 1, completed=done or 1)
        self.bar.stop()

    def __call__(self, what: str) -> None:
        self.bar.advance(self.tasks[what])


def _progress(quiet: bool) -> _Bar:
    return _Bar(quiet)


def _print(result: dict[str, Any], options: argparse.Namespace) -> None:
    from django.conf import settings

    words = {**result, "url": f"http://{options.host}:{options.port}/"}
    print(_("演示专项：%(teams)s个督导组、%(covert_teams)s个暗访组，%(rounds)s轮，问题%(findings)s个，"
            "已销号%(written_off)s个，交办单%(orders)s份，通报%(bulletins)s期。用时%(seconds)s秒。") % words)  # fmt: skip
    logins = settings.DATA / "demo-logins.json"
    if logins.exists():
        print(_("可用账号（口令都一样）："))
        for row in json.loads(logins.read_text()):
            print(f"  {row['username']:<18} {row['password']:<18} {row['post']}")
    if not options.no_serve:
        print(_("请打开 %(url)s") % words)
