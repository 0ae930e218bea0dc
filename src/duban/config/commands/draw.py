"""`duban draw`: measure the draw on an instance file, look at a day's plan, write protocols, check one without a server."""

import argparse
import json
import os
import sys
from datetime import date
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
    planning = group.add_parser("plan", parents=[shared], help=_("试排某日的机会，不登记、不抽取"))
    planning.add_argument("--campaign", metavar="CODE", help=_("专项编码，只有一个专项时可不写"))
    planning.add_argument("--day", metavar="DATE", help=_("派出日期，默认今天"))
    planning.add_argument(
        "--dial", type=float, default=1.0, help=_("风险与意外的比重，近于 0 偏风险，大则偏意外")
    )
    planning.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    planning.set_defaults(run=run_plan)
    writing = group.add_parser("protocol", parents=[shared], help=_("写出种子已公开的抽取的全部材料"))
    writing.add_argument("--campaign", metavar="CODE", help=_("专项编码，只有一个专项时可不写"))
    writing.add_argument("--round", type=int, metavar="N", help=_("第几轮，默认全部"))
    writing.add_argument("--out", type=Path, required=True, metavar="DIR", help=_("写入的文件夹"))
    writing.set_defaults(run=run_protocol)
    verifying = group.add_parser("verify", help=_("只凭材料文件复算一次抽取，不用数据库"))
    verifying.add_argument("protocol", metavar="FILE", type=Path, help=_("draw protocol 写出的 JSON 文件"))
    verifying.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    verifying.set_defaults(run=run_verify)


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


def run_plan(options: argparse.Namespace) -> int:
    """This function will plan a day for all open teams and print how surprising it is; nothing is written."""
    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.planning.drawing.refusals import Infeasible
    from duban.planning.inputs import draw_inputs
    from duban.planning.outlook import outlook
    from duban.planning.refused import explain, sentence
    from duban.teams.models import Team, TeamKind
    from duban.teams.queries import round_on

    prepare()
    at = clock.now()
    campaign, day = _campaign(options.campaign), _day(options.day) or clock.local_day(at)
    opened = round_on(campaign, day)
    if opened is None:
        raise _refused("no_round", _("%(day)s 不在任何一轮之内。") % {"day": day})
    teams = Team.objects.filter(campaign=campaign, is_active=True).exclude(kind=TeamKind.COVERT)
    try:
        inputs = draw_inputs(
            SYSTEM, opened, day, list(teams.prefetch_related("sectors")), is_covert=False, quotas={}, at=at,
            algorithm="optimal-v1", dial=options.dial,
        )  # fmt: skip
    except Infeasible as error:
        raise explain(error) from None
    seen = outlook(inputs)
    if options.json:
        print(json.dumps(seen.figures(), ensure_ascii=False))
        return 0
    for name, value in seen.figures().items():
        print(f"{name:20} {value}")
    if seen.shortfall is not None:
        print(sentence(seen.shortfall))
    return 0


def run_protocol(options: argparse.Namespace) -> int:
    """This function will write the protocol of every open draw whose seed is published, with its issued papers."""
    from duban.config.database import prepare
    from duban.documents.models import OfficialDocument
    from duban.documents.render import render_docx, render_pdf
    from duban.planning import protocol
    from duban.planning.models import Draw
    from duban.planning.states import DrawState

    prepare()
    campaign = _campaign(options.campaign)
    rows = Draw.objects.filter(campaign=campaign, state=DrawState.REVEALED, is_covert=False)
    if options.round is not None:
        rows = rows.filter(round__number=options.round)
    rows = list(rows.select_related("campaign", "round").order_by("day", "committed_at"))
    if not rows:
        raise _refused("no_draw", _("没有种子已公开的明察抽取。"))
    options.out.mkdir(parents=True, exist_ok=True)
    for made in rows:
        stem = f"draw-{made.round.number}-{made.day}-{str(made.pk)[-6:]}"
        path = options.out / f"{stem}.json"
        path.write_text(json.dumps(protocol.write(made), ensure_ascii=False, indent=1), encoding="utf-8")
        print(path)
        papers = OfficialDocument.objects.filter(kind="draw_record", subject_id=made.pk, state="issued")
        for paper in papers.order_by("-issued_at")[:1]:
            for suffix, render in ((".pdf", render_pdf), (".docx", render_docx)):
                path = options.out / f"{stem}{suffix}"
                path.write_bytes(render(paper.kind, paper.record))
                print(path)
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """This function will check a protocol file by itself; exit 1 if anything does not agree."""
    from duban.planning import protocol

    try:
        found = protocol.check(_read(options.protocol))
    except ValueError as error:
        words = {"path": options.protocol, "fault": error}
        raise _refused("bad_protocol", _("%(path)s 不是抽取材料：%(fault)s。") % words) from None
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name:20} {value}")
        print(_("核对一致。") if found["ok"] else _("核对不一致，见上。"))
    return 0 if found["ok"] else 1


def _campaign(code: str | None) -> Any:
    from duban.campaigns.models import Campaign

    rows = Campaign.objects.filter(code=code) if code else Campaign.objects.all()
    found = list(rows[:2])
    if len(found) != 1:
        raise _refused("which_campaign", _("请用 --campaign 写明专项编码。"))
    return found[0]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _refused("bad_date", _("日期写法不对：%(text)s。例如 2020-02-16。") % {"text": text}) from None


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
