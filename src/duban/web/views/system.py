"""Pages about the system itself: campaign switch, working days, about; health and metrics for the operator."""

import calendar
import hmac
import json
from datetime import date, timedelta
from importlib.metadata import PackageNotFoundError, metadata, version
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from duban.campaigns.policy import campaigns_visible_to
from duban.kernel import backups, clock, heartbeat, jobs
from duban.kernel import calendar as workdays
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.ids import parse_id
from duban.kernel.loading import get_visible
from duban.kernel.models import CalendarDay
from duban.kernel.policy import require
from duban.web import metrics as figures
from duban.web.attempts import attempt
from duban.web.current import SESSION_KEY
from duban.web.forms.system import CalendarDayForm
from duban.web.pages import back, said, staff_page

LATE = timedelta(minutes=10)
PARTS = (
    "Django", "django-allauth", "django-htmx", "huey", "typst", "python-docx", "python-calamine", "XlsxWriter",
    "pyxform", "chinesecalendar", "pymerkle", "uuid-utils", "whitenoise", "gunicorn",
)  # fmt: skip


@staff_page(needs_campaign=False)
def switch_campaign(request: HttpRequest) -> HttpResponse:
    """This function will list the reader's campaigns, and on POST make one the current one."""
    rows = campaigns_visible_to(request.actor).select_related("scope").order_by("-starts_on")
    if request.method == "POST":
        key = parse_id(request.POST.get("campaign"))
        if key is None:
            raise NotFound()
        campaign = get_visible(rows, key)
        request.session[SESSION_KEY] = str(campaign.pk)
        said(request, _("已切换到 %(title)s") % {"title": campaign.title})
        return back(request, "system:campaign")
    return render(request, "system/campaigns.html", {"campaigns": rows})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This function will say whether database, queue and worker are alive, and nothing else."""
    found = {"database": _database_answers(), "queue": _queue_answers(), "tick": False}
    if found["database"]:
        last = heartbeat.last_tick()
        found["tick"] = last is not None and clock.now() - last < LATE
    healthy = found["database"] and found["queue"]
    return JsonResponse({"status": "ok" if healthy else "down", **found}, status=200 if healthy else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _queue_answers() -> bool:
    try:
        jobs.queue().pending_count()
    except Exception:  # each kind of queue has errors of its own; any of them means: not reachable
        return False
    return True


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """This function will answer the monitoring system that knows the token; to all others there is nothing here."""
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Http404
    return HttpResponse(figures.text(request.at), content_type="text/plain; version=0.0.4; charset=utf-8")


@staff_page(needs_campaign=False)
def about(request: HttpRequest) -> HttpResponse:
    """This function will show the version, how to get help, and the licences of all parts."""
    return render(
        request,
        "system/about.html",
        {"version": _version(), "parts": _python_parts() + _vendored(), "fonts": _fonts()},
    )


def _version() -> str:
    try:
        return version("duban")
    except PackageNotFoundError:
        return "0.1.0"


def _python_parts() -> list[tuple[str, str, str]]:
    rows = []
    for name in PARTS:
        try:
            told = metadata(name)
        except PackageNotFoundError:
            continue
        licence = told.get("License-Expression") or next(
            (
                one.rsplit("::", 1)[-1].strip()
                for one in told.get_all("Classifier") or []
                if one.startswith("License")
            ),
            "",
        )
        rows.append((name, told["Version"], licence or (told.get("License") or "")[:40]))
    return rows


def _vendored() -> list[tuple[str, str, str]]:
    manifest = settings.PACKAGE / "web" / "static" / "vendor" / "MANIFEST.json"
    return sorted({(one["name"], one["version"], one["licence"]) for one in json.loads(manifest.read_text())})


def _fonts() -> list[dict[str, Any]]:
    manifest = settings.PACKAGE / "documents" / "fonts" / "MANIFEST.json"
    return json.loads(manifest.read_text())["fonts"]


@staff_page(needs_campaign=False)
def show_calendar(request: HttpRequest) -> HttpResponse:
    """This function will show the working days of a year and take exceptions."""
    _require_administrator(request)
    form = CalendarDayForm(request.POST or None)
    if request.method == "POST":

        def act() -> CalendarDay:
            given = form.cleaned_data
            return workdays.set_day(
                actor=request.actor,
                at=request.at,
                day=given["day"],
                is_workday=given["kind"] == "work",
                note=given["note"],
            )

        if row := attempt(form, act):
            said(request, _("已修改 %(day)s") % {"day": row.day.isoformat()})
            return redirect(f"{request.path}?year={row.day.year}")
    year = _year(request)
    table = workdays.WorkdayCalendar.load()
    return render(request, "system/calendar.html", {
        "form": form, "year": year, "months": _months(year, table), "is_official": table.is_official(date(year, 7, 1)),
        "exceptions": CalendarDay.objects.filter(day__year=year).order_by("day"),
        "count": sum(cell["work"] for month in _months(year, table) for week in month["weeks"] for cell in week if cell),
    })  # fmt: skip


def _require_administrator(request: HttpRequest) -> None:
    if not workdays.can_change_calendar(request.actor):
        raise NotFound()


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isdigit() and 2004 <= int(text) <= 2100 else clock.local_day(request.at).year


def _months(year: int, table: workdays.WorkdayCalendar) -> list[dict[str, Any]]:
    weeks = calendar.Calendar(firstweekday=0)
    return [
        {"number": month, "weeks": [
            [_cell(day, table) if day.month == month else None for day in week]
            for week in weeks.monthdatescalendar(year, month)
        ]}
        for month in range(1, 13)
    ]  # fmt: skip


def _cell(day: date, table: workdays.WorkdayCalendar) -> dict[str, Any]:
    return {"day": day.day, "date": day, "work": table.is_workday(day), "edited": day in table.exceptions}


@staff_page(needs_campaign=False)
@require_POST
def clear_day(request: HttpRequest) -> HttpResponse:
    """This function will drop an exception, so that the official table counts again."""
    _require_administrator(request)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise Invalid("bad_day", _("日期不对。")) from None
    require(workdays.can_change_calendar(request.actor))
    workdays.clear_day(actor=request.actor, at=request.at, day=day)
    said(request, _("已恢复 %(day)s") % {"day": day.isoformat()})
    return redirect("system:calendar")


@staff_page(needs_campaign=False)
def show_backups(request: HttpRequest) -> HttpResponse:
    """This function will list the backups in the data folder, and on POST have one made."""
    if not backups.can_back_up(request.actor):
        raise NotFound()
    if request.method == "POST":
        backups.ask_backup(actor=request.actor, at=request.at)
        said(request, _("已开始备份"))
        return redirect("system:backups")
    return render(request, "system/backups.html", {
        "kept": backups.kept(), "last": backups.last_made(), "since": backups.in_hand(request.at), "folder": backups.folder().name,
    })  # fmt: skip
