"""`duban journal`: verify the seals, print the proof of one event."""

import argparse
import json
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("journal", help=_("留痕")).add_subparsers(dest="action", required=True)
    checking = group.add_parser("verify", parents=[shared], help=_("重算全部封存，核对留痕未被改动"))
    checking.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    checking.set_defaults(run=run_verify)
    proving = group.add_parser("prove", parents=[shared], help=_("打印一条留痕的包含证明"))
    proving.add_argument("event", help=_("留痕编号"))
    proving.set_defaults(run=run_prove)


def run_verify(options: argparse.Namespace) -> int:
    """This function will print the verdict; exit 1 if anything was changed."""
    from duban.config.database import prepare
    from duban.kernel import seals

    prepare()
    verdict = seals.verify()
    if options.json:
        shown = {"seals": verdict.seals, "events": verdict.events, "open_events": verdict.open_events}
        print(
            json.dumps({**shown, "verified": verdict.is_sound, "faults": verdict.faults}, ensure_ascii=False)
        )
    else:
        words = {"seals": verdict.seals, "events": verdict.events, "open": verdict.open_events}
        print(_("封存 %(seals)s 次，留痕 %(events)s 条，待封存 %(open)s 条。") % words)
        for fault in verdict.faults:
            print(f"  {fault}")
        print(_("核对无误。") if verdict.is_sound else _("有改动，见上。"))
    return 0 if verdict.is_sound else 1


def run_prove(options: argparse.Namespace) -> int:
    """This function will print the inclusion proof of an event as JSON."""
    from duban.config.database import prepare
    from duban.kernel import seals
    from duban.kernel.errors import NotFound
    from duban.kernel.ids import parse_id
    from duban.kernel.models import Event

    prepare()
    event = Event.objects.filter(pk=parse_id(options.event)).first()
    if event is None:
        raise NotFound("no_event", _("没有这条留痕。"))
    print(json.dumps(seals.inclusion_proof(event), ensure_ascii=False, indent=1))
    return 0
