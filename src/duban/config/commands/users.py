"""`duban users`: list accounts, add one (the first administrator of a new installation)."""

import argparse
import getpass
import json
import sys
from typing import Any

from django.utils.translation import gettext as _

from duban.kernel.actor import Role


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("users", help=_("账号")).add_subparsers(dest="action", required=True)
    listing = group.add_parser("list", parents=[shared], help=_("列出账号和角色"))
    listing.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    listing.set_defaults(run=run_list)
    adding = group.add_parser("add", parents=[shared], help=_("新建账号并授予角色，口令从标准输入读取"))
    adding.add_argument("username")
    adding.add_argument("--unit", required=True, metavar="CODE", help=_("所在单位编码"))
    adding.add_argument(
        "--role", default="admin", choices=[role.value for role in Role], metavar="ROLE",
        help=_("角色，默认 admin；可选 %(roles)s") % {"roles": "、".join(role.value for role in Role)},
    )  # fmt: skip
    adding.add_argument("--post", default="系统管理岗", help=_("岗位名称"))
    adding.set_defaults(run=run_add)


def rows() -> list[dict[str, Any]]:
    """This function will return every account with its unit and open roles."""
    from duban.kernel.actor import SYSTEM
    from duban.people.queries import accounts

    return [
        {
            "username": user.username,
            "post": user.post_label,
            "unit": user.unit.name if user.unit else "",
            "active": user.is_active,
            "roles": [{"role": grant.role, "area": grant.unit.name} for grant in user.open_grants],
        }
        for user in accounts(SYSTEM)
    ]


def run_list(options: argparse.Namespace) -> int:
    """This function will print the accounts."""
    from duban.config.database import prepare

    prepare()
    if options.json:
        print(json.dumps(rows(), ensure_ascii=False, indent=1))
        return 0
    for row in rows():
        roles = "、".join(dict.fromkeys(f"{one['role']}@{one['area']}" for one in row["roles"]))
        ended = "" if row["active"] else _("（已停用）")
        print(f"{row['username']}\t{row['post']}\t{row['unit']}\t{roles}{ended}")
    return 0


def run_add(options: argparse.Namespace) -> int:
    """This function will create an account for the unit with that code."""
    from django.db import transaction

    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.kernel.errors import NotFound
    from duban.people import operations as people
    from duban.territory.models import Unit

    prepare()
    unit = Unit.objects.filter(code=options.unit).first()
    if unit is None:
        raise NotFound("no_unit", _("没有编码为 %(code)s 的单位。") % {"code": options.unit})
    password = getpass.getpass(_("口令：")) if sys.stdin.isatty() else sys.stdin.readline().strip()
    at = clock.now()
    with transaction.atomic():
        user = people.create_user(
            actor=SYSTEM, at=at, username=options.username, password=password, display_name=options.username,
            post_label=options.post, unit_id=unit.pk,
        )  # fmt: skip
        people.grant_role(actor=SYSTEM, at=at, user_id=user.pk, role=options.role, unit_id=unit.pk)
    print(_("已新建账号 %(name)s。") % {"name": user.username})
    return 0
