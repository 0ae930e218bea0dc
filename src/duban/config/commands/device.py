"""`duban device`: register a phone for an account, end its access."""

import argparse
import json
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("device", help=_("手机：登记、停用")).add_subparsers(
        dest="action", required=True
    )
    adding = group.add_parser(
        "register", parents=[shared], help=_("为账号登记一部手机，地址和口令只显示这一次")
    )
    adding.add_argument("--user", required=True, metavar="NAME", help=_("用户名"))
    adding.add_argument("--name", default="", help=_("手机的名称，便于日后辨认"))
    adding.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    adding.set_defaults(run=run_register)
    ending = group.add_parser("revoke", parents=[shared], help=_("停用一部手机"))
    ending.add_argument("id", metavar="ID", help=_("登记时给出的编号"))
    ending.add_argument("--reason", default="", help=_("理由，写入留痕"))
    ending.set_defaults(run=run_revoke)


def run_register(options: argparse.Namespace) -> int:
    """This function will register a phone and print its address and Collect's settings."""
    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.kernel.errors import NotFound
    from duban.people.devices import collect_settings, path, register_device
    from duban.people.models import User

    prepare()
    user = User.objects.filter(username=options.user).first()
    if user is None:
        raise NotFound("unknown_user", _("没有用户名为“%(name)s”的账号。") % {"name": options.user})
    device, token = register_device(
        actor=SYSTEM, at=clock.now(), user_id=user.pk, name=options.name or options.user
    )
    told = {
        "id": str(device.pk), "url": path(token), "settings": collect_settings(token),
        "expires_at": device.expires_at.isoformat(),
    }  # fmt: skip
    if options.json:
        print(json.dumps(told))
    else:
        for name, text in told.items():
            print(f"{name}\t{text}")
    return 0


def run_revoke(options: argparse.Namespace) -> int:
    """This function will end a phone's access."""
    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.kernel.ids import parse_id
    from duban.people.devices import revoke_device

    prepare()
    device = revoke_device(
        actor=SYSTEM,
        at=clock.now(),
        device_id=parse_id(options.id),
        reason=options.reason,
    )
    print(_("已停用“%(name)s”。") % {"name": device.name})
    return 0
