"""`duban tick`: run every sweep once, now or for a given moment."""

import argparse
import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "tick", parents=[shared], help=_("把到期的事都办一遍（截数、锁表、催办、封存留痕……）")
    )
    command.add_argument("--at", metavar="TIME", help=_("按这一时刻办，例如 2020-02-16T16:00，默认现在"))
    command.add_argument("--only", metavar="NAME", help=_("只办这一项"))
    command.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    command.set_defaults(run=run)


def moment(text: str | None) -> datetime:
    """This function will read a local or zoned ISO time, or return now.

    :raises Invalid: if it is not a time.
    """
    from duban.kernel import clock
    from duban.kernel.errors import Invalid

    if not text:
        return clock.now()
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            "bad_time", _("时间写法不对：%(text)s。例如 2020-02-16T16:00。") % {"text": text}
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=clock.zone())


def run(options: argparse.Namespace) -> int:
    """This function will print what each sweep did; exit 1 if one failed."""
    from duban.config.database import prepare
    from duban.kernel.errors import Invalid
    from duban.kernel.jobs import SWEEPS, run_sweeps

    at = moment(options.at)
    if options.only and options.only not in SWEEPS:
        words = {"name": options.only, "names": "、".join(sorted(SWEEPS))}
        raise Invalid("no_sweep", _("没有名为 %(name)s 的巡检，可选：%(names)s") % words)
    prepare()
    done = run_sweeps(at, only=options.only)
    if options.json:
        print(json.dumps({"at": at.isoformat(), "done": done}, ensure_ascii=False))
    else:
        for name, count in done.items():
            print(f"{name}\t{count}")
    return 1 if -1 in done.values() else 0
