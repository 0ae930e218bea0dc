"""Daily key points: today's sheet, composing, one point, approval and push, reading, history."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.inspection.policy import findings_visible_to
from duban.kernel.clock import local_day, moment
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.planning import history as histories
from duban.planning import operations as planning
from duban.planning import policy
from duban.planning.models import DailyKeyPoints, KeyPoint, PointSource
from duban.planning.wording import proposals
from duban.teams import queries as team_queries
from duban.teams.models import Team
from duban.teams.policy import CREW, OVERSEERS, is_manager, teams_visible_to
from duban.web.forms.planning import ComposeForm, HistoryFilter, MergeForm, PointForm
from duban.web.pages import View, export_rows, paginate, said, staff_page
from duban.web.views.dispatches import asked_day
from duban.web.views.teams import attempt


def key_points_page(view: View) -> View:
    """This decorator will show the page to office, overseers and teams; to all others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.has_role(OVERSEERS | CREW, campaign_id=request.campaign.pk):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _own_teams(request: HttpRequest) -> QuerySet[Team]:
    rows = teams_visible_to(request.actor).filter(campaign=request.campaign, is_active=True)
    return rows.filter(members__user_id=request.actor.user_id, members__left_on=None).distinct()


def _columns(request: HttpRequest, sheet: DailyKeyPoints | None, day: date) -> list[dict[str, Any]]:
    """Return the three inputs as columns: what the sheet took in, or what it would take in."""
    if sheet is None:
        items = proposals(request.actor, request.campaign, day, request.at)
        rows = [{"source": one.source, "text": one.text, "note": one.source_note} for one in items]
    else:
        rows = [
            {"source": one.source, "text": one.text, "note": one.source_note, "dropped": one.dropped_reason}
            for one in sheet.points.all()
        ]
    titles = {
        PointSource.DIRECTIVE: _("上级最新精神"),
        PointSource.ANNOUNCEMENT: _("新印发通告指令"),
        PointSource.FINDING: _("前一天督导反馈问题"),
    }
    return [
        {"title": title, "rows": [row for row in rows if row["source"] == source]}
        for source, title in titles.items()
    ]


def _decisions(request: HttpRequest, sheet: DailyKeyPoints | None) -> dict[str, Any]:
    actor = request.actor
    if sheet is None:
        return {"compose": bool(policy.can_compose_key_points(actor, request.campaign))}
    is_draft = sheet.state == "draft"
    return {
        "edit": bool(policy.can_edit_sheet(actor, sheet)),
        "compose": is_draft and bool(policy.can_compose_key_points(actor, sheet.campaign)),
        "approve": policy.can_approve_key_points(actor, sheet) if is_draft else None,
        "return": sheet.state == "approved" and policy.can_return_key_points(actor, sheet),
        "issue": not is_draft and policy.can_push_key_points(actor, sheet),
        "push": sheet.state == "approved" and policy.can_push_key_points(actor, sheet),
    }


def _readings(request: HttpRequest, sheet: DailyKeyPoints) -> list[dict[str, Any]]:
    """Return per team the actor sees when it read the sheet."""
    read = {row.team_id: row.read_at for row in sheet.readings.all()}
    rows = (
        teams_visible_to(request.actor)
        .filter(campaign=sheet.campaign, is_active=True)
        .order_by("-kind", "number")
    )
    return [{"team": team, "at": read.get(team.pk)} for team in rows]


def _page(request: HttpRequest, sheet: DailyKeyPoints | None, day: date, **extra: Any) -> dict[str, Any]:
    manages = is_manager(request.actor, request.campaign)
    points = list(sheet.points.prefetch_related("target_units", "findings")) if sheet else []
    own = list(_own_teams(request))
    unread = []
    if sheet and sheet.state == "pushed":
        done = {row.team_id for row in sheet.readings.all()}
        unread = [team for team in own if team.pk not in done]
    today = local_day(request.at)
    tomorrow_opens = moment(today, request.campaign.cutoff)
    shown = {
        "sheet": sheet, "day": day, "today": today, "now": request.at,
        "kept": [one for one in points if not one.dropped_reason], "dropped": [one for one in points if one.dropped_reason],
        "columns": _columns(request, sheet, day) if manages else [], "can": _decisions(request, sheet),
        "manages": manages, "unread": unread, "readings": _readings(request, sheet) if sheet and manages else [],
        "before": day - timedelta(days=1), "after": day + timedelta(days=1), "is_open": day >= today,
        "tomorrow": today + timedelta(days=1) if request.at >= tomorrow_opens else None,
        "round": team_queries.round_on(request.campaign, day),
    }  # fmt: skip
    if shown["can"].get("edit"):
        kept = shown["kept"]
        shown["merge_form"] = MergeForm(kept=kept) if len(kept) > 1 else None
        found = proposals(request.actor, request.campaign, day, request.at)
        shown["untaken"] = histories.untaken(sheet, found)
    return shown | extra


def _sheet_of(request: HttpRequest, day: date) -> DailyKeyPoints | None:
    rows = policy.sheets_visible_to(request.actor).filter(campaign=request.campaign, day=day)
    return rows.prefetch_related("readings").first()


@key_points_page
def today(request: HttpRequest) -> HttpResponse:
    day = asked_day(request)
    sheet = _sheet_of(request, day)
    if sheet is not None and request.GET.get("print"):
        return render(request, "planning/print.html", _page(request, sheet, day))
    extra = {"point_form": PointForm(actor=request.actor, campaign=request.campaign)}
    return render(request, "planning/sheet.html", _page(request, sheet, day, **extra))


@key_points_page
def show_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    sheet = get_visible(policy.sheets_visible_to(request.actor), pk)
    if request.GET.get("print"):
        return render(request, "planning/print.html", _page(request, sheet, sheet.day))
    extra = {"point_form": PointForm(actor=request.actor, campaign=sheet.campaign)}
    return render(request, "planning/sheet.html", _page(request, sheet, sheet.day, **extra))


@key_points_page
@require_POST
def compose(request: HttpRequest) -> HttpResponse:
    form = ComposeForm(request.POST)
    day = form.cleaned_data["day"] if form.is_valid() else local_day(request.at)
    sheet = planning.compose_key_points(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, day=day
    )
    said(request, _("已收齐三方面来源，请核对要点"))
    return redirect("key-points:show", sheet.pk)


@key_points_page
@require_POST
def add_point(request: HttpRequest, pk: UUID) -> HttpResponse:
    sheet = get_visible(policy.sheets_visible_to(request.actor), pk)
    form = PointForm(request.POST, actor=request.actor, campaign=sheet.campaign)
    act = {"actor": request.actor, "at": request.at, "sheet_id": pk}
    if attempt(form, lambda: planning.add_point(**act, **form.values())) is None:
        return render(
            request, "planning/sheet.html", _page(request, sheet, sheet.day, point_form=form), status=422
        )
    said(request, _("要点已增加"))
    return redirect("key-points:show", pk)


@key_points_page
def change_point(request: HttpRequest, pk: UUID) -> HttpResponse:
    point = get_visible(policy.points_visible_to(request.actor), pk)
    initial = {"text": point.text, "is_must_ask": point.is_must_ask, "check_items": point.check_items}
    initial["target_units"] = list(point.target_units.all())
    campaign = point.sheet.campaign
    form = PointForm(
        request.POST or None,
        initial=initial,
        actor=request.actor,
        campaign=campaign,
        chosen=point.check_items,
    )
    act = {"actor": request.actor, "at": request.at, "point_id": pk}
    if request.method == "POST" and attempt(form, lambda: planning.change_point(**act, **form.values())):
        said(request, _("要点已修改"))
        return redirect("key-points:show", point.sheet_id)
    extra = {"form": form, "point": point, "can_edit": policy.can_edit_sheet(request.actor, point.sheet)}
    return render(request, "planning/point.html", extra | _why(request, point) | {"now": request.at})


def _why(request: HttpRequest, point: KeyPoint) -> dict[str, Any]:
    """Return the source of a point as far as the reader may open it, and who did what with it."""
    findings = point.findings.order_by("number")
    seen = set(
        findings_visible_to(request.actor).filter(pk__in=findings.values("pk")).values_list("pk", flat=True)
    )
    oversees = request.actor.has_role(OVERSEERS, campaign_id=point.sheet.campaign_id)
    return {
        "findings": [one for one in findings.select_related("site", "unit") if one.pk in seen],
        "hidden": point.findings.count() - len(seen),
        "merged": point.merged.all(),
        "steps": histories.steps_of(point) if oversees else [],
        "oversees": oversees,
    }


@key_points_page
@require_POST
def merge_points(request: HttpRequest, pk: UUID) -> HttpResponse:
    sheet = get_visible(policy.sheets_visible_to(request.actor), pk)
    form = MergeForm(request.POST, kept=sheet.points.filter(dropped_reason=""))

    def act() -> KeyPoint:
        given = form.cleaned_data
        return planning.merge_point(
            actor=request.actor, at=request.at, point_id=UUID(given["point"]), into_id=UUID(given["into"]),
            text=given["text"] or None,
        )  # fmt: skip

    if attempt(form, act) is None:
        extra = {"merge_form": form, "point_form": PointForm(actor=request.actor, campaign=sheet.campaign)}
        return render(request, "planning/sheet.html", _page(request, sheet, sheet.day, **extra), status=422)
    said(request, _("要点已合并，原条留存"))
    return redirect("key-points:show", pk)


def _point_act(act: Callable[..., KeyPoint], text: str) -> View:
    """This function will make the page of one button on a point."""

    @key_points_page
    @require_POST
    def view(request: HttpRequest, pk: UUID) -> HttpResponse:
        point = act(request, actor=request.actor, at=request.at, point_id=pk)
        said(request, str(text))
        return redirect("key-points:show", point.sheet_id)

    return view


def _move(request: HttpRequest, **who: Any) -> KeyPoint:
    return planning.move_point(step=-1 if request.POST.get("step") == "-1" else 1, **who)


def _must_ask(request: HttpRequest, **who: Any) -> KeyPoint:
    return planning.change_point(is_must_ask=request.POST.get("is_must_ask") == "1", **who)


def _drop(request: HttpRequest, **who: Any) -> KeyPoint:
    return planning.drop_point(reason=request.POST.get("reason", ""), **who)


def _restore(request: HttpRequest, **who: Any) -> KeyPoint:
    return planning.restore_point(**who)


move_point = _point_act(_move, gettext_lazy("次序已调整"))
mark_must_ask = _point_act(_must_ask, gettext_lazy("必问已调整"))
drop_point = _point_act(_drop, gettext_lazy("要点已撤下，理由留存"))
restore_point = _point_act(_restore, gettext_lazy("要点已恢复"))


def _sheet_act(act: Callable[..., Any], text: str) -> View:
    """This function will make the page of one button on a sheet."""

    @key_points_page
    @require_POST
    def view(request: HttpRequest, pk: UUID) -> HttpResponse:
        act(request, actor=request.actor, at=request.at, sheet_id=pk)
        said(request, str(text))
        return redirect("key-points:show", pk)

    return view


def _approve(request: HttpRequest, **who: Any) -> DailyKeyPoints:
    return planning.approve_key_points(**who)


def _return(request: HttpRequest, **who: Any) -> DailyKeyPoints:
    return planning.return_key_points(reason=request.POST.get("reason", ""), **who)


def _push(request: HttpRequest, **who: Any) -> DailyKeyPoints:
    return planning.push_key_points(**who)


approve = _sheet_act(_approve, gettext_lazy("要点已批准"))
return_sheet = _sheet_act(_return, gettext_lazy("要点已退回"))


def _issue(request: HttpRequest, **who: Any) -> Any:
    return planning.issue_key_points(**who)


issue = _sheet_act(_issue, gettext_lazy("要点已出文"))
push = _sheet_act(_push, gettext_lazy("要点已下发各组"))


@key_points_page
@require_POST
def read(request: HttpRequest, pk: UUID, team_id: UUID) -> HttpResponse:
    planning.read_key_points(actor=request.actor, at=request.at, sheet_id=pk, team_id=team_id)
    said(request, _("已登记本组阅读"))
    return redirect("key-points:show", pk)


def _history(request: HttpRequest, form: HistoryFilter) -> QuerySet[KeyPoint]:
    rows = policy.points_visible_to(request.actor).filter(sheet__campaign=request.campaign)
    given = form.cleaned_data if form.is_valid() else {}
    wanted = {"text__icontains": "q", "source": "source", "sheet__state": "state", "sheet__day__gte": "since"}
    for lookup, name in (wanted | {"sheet__day__lte": "until"}).items():
        if given.get(name):
            rows = rows.filter(**{lookup: given[name]})
    if given.get("kept"):
        rows = rows.filter(dropped_reason="") if given["kept"] == "1" else rows.exclude(dropped_reason="")
    return rows.select_related("sheet__composed_by", "sheet__approved_by").order_by("-sheet__day", "ordinal")


HISTORY_COLUMNS = [
    (gettext_lazy("日期"), lambda one: one.sheet.day),
    (gettext_lazy("序号"), lambda one: one.ordinal),
    (gettext_lazy("来源"), lambda one: one.get_source_display()),
    (gettext_lazy("要点"), lambda one: one.text),
    (gettext_lazy("出处"), lambda one: one.source_note),
    (gettext_lazy("必问"), lambda one: _("是") if one.is_must_ask else ""),
    (gettext_lazy("撤下理由"), lambda one: one.dropped_reason),
    (gettext_lazy("状态"), lambda one: one.sheet.get_state_display()),
]


@key_points_page
def history(request: HttpRequest) -> HttpResponse:
    form = HistoryFilter(request.GET)
    rows = _history(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("督导要点"), HISTORY_COLUMNS, rows)
    page = paginate(request, rows)
    extra = {"form": form, "page": page, "found": page.paginator.count, "now": request.at}
    return render(request, "planning/history.html", extra)
