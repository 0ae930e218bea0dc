"""The recorded draw on the page: inputs and commitment, run, result, seed after the round, check by anybody."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel.clock import end_of_day, local_day
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning import operations as planning
from duban.planning import policy, protocol
from duban.planning.coverage import scope_lines
from duban.planning.draw import canonical
from duban.planning.models import Draw
from duban.planning.outlook import dial_examples, outlook
from duban.planning.refused import sentence
from duban.planning.states import DrawState
from duban.planning.verification import examine
from duban.teams import policy as team_policy
from duban.teams import queries
from duban.web.forms.teams import DrawForm
from duban.web.pages import download, export_rows, paginate, said
from duban.web.views.dispatches import asked_day
from duban.web.views.teams import attempt, context, team_page


def _counts(made: Draw) -> dict[str, int]:
    drawn = sum(len(row["sites"]) for row in (made.result or {}).get("assignments", []))
    sites = made.inputs["sites"]
    return {
        "teams": len(made.inputs["teams"]),
        "candidates": len(sites),
        "unvisited": sum(not row["visited"] for row in sites),
        "drawn": drawn,
    }


@team_page
def list_draws(request: HttpRequest) -> HttpResponse:
    rows = policy.draws_visible_to(request.actor).filter(campaign=request.campaign)
    if request.GET.get("export"):
        columns = [
            (_("日期"), lambda one: one.day), (_("轮次"), lambda one: str(one.round)), (_("算法"), lambda one: one.algorithm),
            (_("承诺值"), lambda one: one.commitment), (_("状态"), lambda one: one.get_state_display()),
            (_("候选"), lambda one: _counts(one)["candidates"]), (_("抽中"), lambda one: _counts(one)["drawn"]),
        ]  # fmt: skip
        return export_rows(request, _("抽取记录"), columns, rows)
    page = paginate(request, rows)
    over = team_policy.rounds_visible_to(request.actor).filter(
        campaign=request.campaign, ends_on__lt=local_day(request.at), draws__state=DrawState.DRAWN
    )
    over = [one for one in over.distinct() if policy.can_reveal_draws(request.actor, one, at=request.at)]
    extra = {"page": page, "lines": [(one, _counts(one)) for one in page.object_list], "over": over}
    return render(request, "teams/draws.html", context(request, "draws:list", **extra))


@team_page
def add_draw(request: HttpRequest) -> HttpResponse:
    is_covert = request.GET.get("covert") == "1"
    require(policy.can_draw(request.actor, request.campaign, is_covert=is_covert))
    day = asked_day(request)
    initial = {"day": day, "round": queries.round_on(request.campaign, day)}
    form = DrawForm(
        request.POST or None,
        initial=initial,
        actor=request.actor,
        campaign=request.campaign,
        is_covert=is_covert,
    )
    act = {"actor": request.actor, "at": request.at}
    if request.method == "POST" and (
        made := attempt(form, lambda: planning.commit_draw(**act, **form.values()))
    ):
        said(request, _("承诺值已登记，可以抽取"))
        return redirect("draws:show", made.pk)
    extra = {"form": form, "is_covert": is_covert, "dial_chart": _dial_chart()}
    return render(request, "teams/draw_form.html", context(request, "draws:list", **extra))


def _dial_chart() -> dict[str, Any]:
    """Return the picture of the dial: the chance of a repeat visit from the lowest risk to the highest."""
    names = [_("偏重风险"), _("兼顾"), _("偏重意外")]
    series = [
        {"name": name, "values": [round(100 * one, 1) for one in visits], "kind": "bar"}
        for name, (_dial, visits) in zip(names, dial_examples(), strict=True)
    ]
    categories = [_("风险最低"), _("较低"), _("居中"), _("较高"), _("风险最高")]
    return {"head": _("点位"), "unit": "%", "categories": categories, "series": series}


def _plan_of(made: Draw) -> dict[str, Any]:
    """Return what may be shown of a draw's plan: figures without names, and what falls short."""
    if made.algorithm != "optimal-v1":
        return {}
    seen = outlook(made.inputs)
    bands = {
        "head": _("风险分"), "unit": "%",
        "categories": [f"{band.low}–{band.high}" for band in seen.bands],
        "series": [{"name": _("机会"), "values": [round(100 * band.chance, 1) for band in seen.bands], "kind": "bar"}],
    }  # fmt: skip
    return {"plan": seen, "bands": bands, "shortfall": sentence(seen.shortfall) if seen.shortfall else ""}


def _results(request: HttpRequest, made: Draw) -> list[dict[str, Any]]:
    """Return per team how many were drawn; names only once the seeds are published, until then they stay sealed."""
    drawn = {row["team"]: row["sites"] for row in (made.result or {}).get("assignments", [])}
    names: dict[str, str] = {}
    areas: dict[str, str] = {}
    if made.state == DrawState.REVEALED:
        names = {row["id"]: row["name"] for row in made.inputs["sites"]}
        areas = {unit.path: unit.label for unit in scope_lines(made.campaign)}
    rows = team_policy.dispatches_visible_to(request.actor).filter(campaign_id=made.campaign_id, day=made.day)
    dispatches = {str(row.team_id): row for row in rows.exclude(state="cancelled")}
    return [
        {
            "team": team,
            "count": len(drawn.get(team["id"], [])),
            "dispatch": dispatches.get(team["id"]),
            "rests": [areas[path] for path in team.get("rests_in", ()) if path in areas],
            "sites": [names[key] for key in drawn.get(team["id"], []) if key in names],
        }
        for team in sorted(made.inputs["teams"], key=lambda row: row["name"])
    ]


def _steps(made: Draw) -> list[dict[str, Any]]:
    rows = [
        (_("登记承诺值"), made.committed_at, _("种子与名录已定，改动即露馅")),
        (_("抽取"), made.drawn_at, _("结果写入派出，点位封存")),
        (_("公开种子"), made.revealed_at, _("轮次结束后")),
    ]
    steps, has_open = [], False
    for label, at, note in rows:
        state = "done" if at else "todo" if has_open else "open"
        has_open = has_open or not at
        steps.append({"label": label, "at": at, "note": "" if at else note, "state": state})
    return steps


@team_page
def show_draw(request: HttpRequest, pk: UUID) -> HttpResponse:
    made = get_visible(policy.draws_visible_to(request.actor), pk)
    extra = {
        "draw": made,
        "counts": _counts(made),
        "results": _results(request, made),
        "steps": _steps(made),
        "can_run": made.state == DrawState.COMMITTED
        and policy.can_draw(request.actor, made.campaign, is_covert=made.is_covert),
        "can_reveal": made.state == DrawState.DRAWN
        and policy.can_reveal_draws(request.actor, made.round, at=request.at),
        "can_issue": made.state == DrawState.REVEALED
        and not made.is_covert
        and policy.can_draw(request.actor, made.campaign, is_covert=False),
        "reveals_at": end_of_day(made.round.ends_on),
        "check": examine(made) if request.GET.get("verify") and made.result is not None else None,
    }
    return render(request, "teams/draw.html", context(request, "draws:list", **extra, **_plan_of(made)))


@team_page
@require_POST
def run_draw(request: HttpRequest, pk: UUID) -> HttpResponse:
    planning.run_draw(actor=request.actor, at=request.at, draw_id=pk)
    said(request, _("抽取完成，派出已写入，点位已封存"))
    return redirect("draws:show", pk)


@team_page
@require_POST
def reveal_draws(request: HttpRequest, pk: UUID) -> HttpResponse:
    shown = planning.reveal_draws(actor=request.actor, at=request.at, round_id=pk)
    said(request, _("已公开 %(count)s 次抽取的种子") % {"count": len(shown)})
    return redirect("draws:list")


@team_page
@require_POST
def issue_record(request: HttpRequest, pk: UUID) -> HttpResponse:
    witness = request.POST.get("reason", "")
    planning.issue_draw_record(actor=request.actor, at=request.at, draw_id=pk, witnessed_by=witness)
    said(request, _("抽取记录已出文"))
    return redirect("draws:show", pk)


@team_page
def inputs_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The canonical inputs, byte for byte what was hashed; only once the seed is published."""
    rows = policy.draws_visible_to(request.actor).filter(state=DrawState.REVEALED)
    made = get_visible(rows, pk)
    return download(canonical(made.inputs), f"draw-{made.day}.json", "application/json")


@team_page
def protocol_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything needed to check a draw without this server; only once the seed is published."""
    made = get_visible(policy.draws_visible_to(request.actor).filter(state=DrawState.REVEALED), pk)
    body = json.dumps(protocol.write(made), ensure_ascii=False, indent=1).encode()
    return download(body, f"draw-protocol-{made.day}.json", "application/json")
