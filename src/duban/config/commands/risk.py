"""`duban risk evaluate FILE…`: how well points would have ordered the inspections of a history. Needs no database."""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from duban.planning.risk.examination import Examination
    from duban.planning.risk.history import History


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("risk", help=_("点位风险计分"))
    acts = command.add_subparsers(dest="act", required=True, metavar="ACT")
    evaluate = acts.add_parser("evaluate", parents=[shared], help=_("用以往检查记录检验计分办法"))
    evaluate.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        help=_("检查记录 .csv 或 .csv.gz，几个文件合为一段历史"),
    )
    evaluate.add_argument(
        "--window-days", metavar="N", type=int, default=60, help=_("每个窗口的天数，默认 60")
    )
    evaluate.add_argument(
        "--from", metavar="DATE", dest="start", help=_("第一个窗口的首日；不写则为最后 18 个月的完整窗口")
    )
    evaluate.add_argument("--ablation", action="store_true", help=_("另列去掉或只用某一理由的结果"))
    evaluate.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    evaluate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will examine the history in the files and print the result."""
    from duban.planning.risk import examination
    from duban.planning.risk.history import read_history

    start = _day(options.start)
    history = read_history(options.files)
    result = examination.examine(history, window_days=options.window_days, start=start)
    tried = (
        examination.ablations(history, window_days=options.window_days, start=start)
        if options.ablation
        else None
    )
    if options.json:
        print(json.dumps(_report(options, history, result, tried), ensure_ascii=False))
    else:
        _print(history, result, tried)
    return 0


def _day(text: str | None) -> date | None:
    from duban.kernel.errors import Invalid

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("bad_date", _("日期写法不对：%(text)s。例如 2020-02-16。") % {"text": text}) from None


def _report(
    options: argparse.Namespace, history: "History", result: "Examination", tried: dict[str, Any] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": result.table.version,
        "inspections": len(history),
        "repeated": history.repeated,
        "first_day": history.first_day.isoformat(),
        "last_day": history.last_day.isoformat(),
        "window_days": options.window_days,
        "windows": result.windows,
        "left_out": result.left_out,
        **result.means,
        "days_earlier_standard_error": result.standard_error,
        "table": result.table.lines(),
    }
    return found | ({"ablation": tried} if tried else {})


def _print(history: "History", result: "Examination", tried: dict[str, Any] | None) -> None:
    print(_("检查记录 %(count)d 条，%(first)s 至 %(last)s，重复 %(repeated)d 条；计分办法 %(version)s") % {
        "count": len(history), "first": history.first_day, "last": history.last_day, "repeated": history.repeated,
        "version": result.table.version,
    })  # fmt: skip
    names = {
        "days_earlier": _("提前天数"), "first_half": _("前半段查出"), "first_half_as_scheduled": _("原安排前半段"),
        "auc": "AUC", "random": _("随机次序"), "oracle": _("最好可能"),
    }  # fmt: skip
    print("\t".join([_("窗口"), *names.values()]))
    for one in result.windows:
        print("\t".join([f"{one['from']}—{one['to']}", *(f"{one[name]:.3f}" for name in names)]))
    print("\t".join([_("平均"), *(f"{result.means[name]:.3f}" for name in names)]))
    for one in result.left_out:
        print(f"{one['from']}—{one['to']}: {one['reason']}")
    for kind, rows in (tried or {}).items():
        label = {"without": _("去掉"), "only": _("只用"), "with": _("加上")}[kind]
        for name, means in rows.items():
            print("\t".join([f"{label} {name}", *(f"{means[key]:.3f}" for key in names)]))
    print(_("最后一个窗口的计分表："))
    for line in result.table.lines():
        low = "" if line["from"] is None else f"{line['from']:g}"
        high = "" if line["below"] is None else f"{line['below']:g}"
        print(f"{line['title']}\t{low}—{high} {line['unit']}\t{line['points']}")
