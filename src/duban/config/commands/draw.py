"""`duban draw`: check measures the draw on an instance file."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

FIGURES = (
    "violations", "chi2_dof", "cells", "max_z", "entropy_ratio", "max_day_probability", "best_guess_p99", "distinct",
    "value", "lp_value", "lp_gap", "seconds_plan", "seconds_draw",
)  # fmt: skip


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("draw", help=_("点位抽取")).add_subparsers(dest="action", required=True)
    checking = group.add_parser("check", help=_("在一个算例上反复抽取，检查规则、概率和可猜程度"))
    checking.add_argument("instance", metavar="INSTANCE.json", type=Path, help=_("算例：天数、各组、点位"))
    checking.add_argument("--draws", type=int, default=1000, metavar="N", help=_("抽取次数"))
    checking.add_argument("--seed", default="check", help=_("总种子（任意文字），同一种子结果相同"))
    checking.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help=_("并行进程数"))
    checking.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    checking.set_defaults(run=run_check)


def run_check(options: argparse.Namespace) -> int:
    """This function will measure many draws of an instance and print the figures; exit 1 if a rule was broken."""
    import hashlib

    from duban.planning.drawing.instance import Malformed, split_kinds
    from duban.planning.drawing.measures import measure
    from duban.planning.drawing.refusals import Infeasible
    from duban.planning.refused import explain

    if options.draws < 1:
        raise _refused("bad_draws", _("抽取次数须为正整数。"))
    given = _read(options.instance)
    try:
        parts = [part for part in split_kinds(given) if part is not None]
        seed = hashlib.sha256(options.seed.encode()).digest()
        figures = measure(parts, options.draws, seed, options.jobs, _progress)
    except Malformed as error:
        words = {"key": error.key, "fault": error.fault}
        raise _refused("bad_instance", _("算例的 %(key)s 不能用：%(fault)s。") % words) from None
    except Infeasible as error:
        said = explain(error)
        if options.json:
            shown = {
                "constraint": error.constraint, "subject": error.subject, "needed": error.needed,
                "available": error.available, "short_by": error.short_by, "message": str(said.message),
            }  # fmt: skip
            print(json.dumps({"infeasible": shown}, ensure_ascii=False))
        said.fields = {}
        raise said from None
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name in FIGURES:
            print(f"{name:20} {figures[name]}")
    return 1 if figures["violations"] else 0


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        words = {"path": path, "fault": error.strerror}
        raise _refused("no_file", _("不能读取 %(path)s：%(fault)s。") % words) from None
    except (ValueError, RecursionError) as error:
        words = {"path": path, "fault": error}
        raise _refused("not_json", _("%(path)s 不是 JSON：%(fault)s。") % words) from None


def _refused(code: str, text: str) -> Exception:
    from duban.kernel.errors import Invalid

    return Invalid(code, text)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total or done * 10 // total != max(0, done - 25) * 10 // total:
        print(_("已抽 %(done)s / %(total)s 次") % {"done": done, "total": total}, file=sys.stderr, flush=True)
