"""The teams' daily sheets: the overview of a day and one team's sheet with pre-filled figures."""

from datetime import date, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from duban.inspection import operations as inspection
from duban.inspection import policy, queries
from duban.inspection.models import DailySheet
from duban.inspection.operations.sheets import TEXTS, cutoff_at
from duban.inspection.policy import is_late
from duban.inspection.states import SheetState
from duban.kernel import clock
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.teams.policy import teams_visible_to
from duban.web.forms.visits import SheetForm
from duban.web.pages import View, export_rows, said, staff_page
from duban.web.views.findings import attempt


def sheet_page(view: View) -> View:
    """This decorator will show the page to teams, office and leaders; to others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_read_sheets(request.actor, request.campaign.pk):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _day(text: str, fallback: date | None = None) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        if fallback is None:
            raise NotFound() from None
        return fallback


@sheet_page
def list_sheets(request: HttpRequest) -> HttpResponse:
    """This view will show who has reported on a day and who has not."""
    today = clock.local_day(request.at)
    day = _day(request.GET.get("day", ""), today)
    rows = queries.sheets_of_day(request.actor, request.campaign.pk, day)
    return render(
        request, "sheets/list.html",
        {
            "rows": rows, "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1), "today": today,
            "now": request.at, "cutoff_at": cutoff_at(request.campaign, day),
            "reported": sum(bool(row.sheet and row.sheet.submitted_at) for row in rows),
        },
    )  # fmt: skip


@sheet_page
def export_sheets(request: HttpRequest) -> HttpResponse:
    """This view will export the sheets of a day."""
    day = _day(request.GET.get("day", ""), clock.local_day(request.at))

    def text(name: str) -> Any:
        return lambda row: getattr(row.sheet, name) if row.sheet else ""

    columns = [
        (_("督导组"), lambda row: row.team.name), (_("状态"), lambda row: str(SheetState(row.state).label)),
        (_("点位次"), lambda row: row.visits), (_("问题"), lambda row: row.findings),
        (_("典型问题"), text("typical_problems")), (_("困难和单位诉求"), text("difficulties")),
        (_("建议"), text("suggestions")), (_("明日安排"), text("tomorrow")), (_("截数后补报"), text("late_note")),
    ]  # fmt: skip
    rows = queries.sheets_of_day(request.actor, request.campaign.pk, day)
    return export_rows(request, _("督导日报"), columns, rows, head=[(_("日期"), day.isoformat())])


@sheet_page
def show_sheet(request: HttpRequest, team_id: UUID, day: str) -> HttpResponse:
    """This view will show a team's sheet and take its four texts; after the cut-off they count as late."""
    when = _day(day)
    team = get_visible(teams_visible_to(request.actor).filter(campaign=request.campaign), team_id)
    sheet = DailySheet.objects.filter(team=team, day=when).first()
    is_own = queries.own_teams(request.actor, request.campaign.pk).filter(pk=team.pk).exists()
    can = {
        "submit": policy.can_submit_daily_sheet(
            request.actor, campaign_id=team.campaign_id, area_path=team.campaign.area_path, is_member=is_own,
            is_covert=team.is_covert,
        ),
    }  # fmt: skip
    if not can["submit"] and not _readable(request, team_id, when):
        raise NotFound()
    late = is_late(request.at, cutoff_at(team.campaign, when))
    start = {name: getattr(sheet, name) for name in TEXTS} if sheet and not late else {}
    form = SheetForm(request.POST or None, initial=start)
    if request.method == "POST" and attempt(
        form,
        lambda: inspection.submit_daily_sheet(
            actor=request.actor, at=request.at, team_id=team_id, day=when, **form.arguments()
        ),
    ):
        said(request, _("已补报，列入次日。") if late else _("已报送日报。"))
        return redirect(reverse("sheets:show", args=[team_id, day]))
    figures = queries.sheet_figures(team, when, as_of=sheet.as_of if sheet else None)
    context = {"team": team, "day": when, "sheet": sheet, "form": form, "figures": figures, "is_late": late, "can": can,
               "cutoff_at": cutoff_at(team.campaign, when), "now": request.at}  # fmt: skip
    return render(request, "sheets/show.html", context)


def _readable(request: HttpRequest, team_id: UUID, day: date) -> bool:
    rows = queries.sheets_of_day(request.actor, request.campaign.pk, day)
    return any(row.team.pk == team_id for row in rows)
