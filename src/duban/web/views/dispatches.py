"""The day's board and one dispatch. A sealed site reaches the template as ordinal, opening time and rule only."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.burden.queries import delays_at
from duban.inspection.policy import visits_visible_to
from duban.kernel.clock import local_day, moment
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.sites.policy import sites_visible_to
from duban.teams import looks, policy, queries
from duban.teams import operations as teams
from duban.teams.models import Dispatch, Team
from duban.teams.states import DispatchState
from duban.web.forms.roster import VehicleForm
from duban.web.forms.teams import DispatchForm, RosterFilter, SiteByCodeForm, SwapForm
from duban.web.pages import dangerous, export_rows, paginate, said
from duban.web.views.teams import attempt, context, team_page

MARKS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def asked_day(request: HttpRequest) -> date:
    """Return `?day=`, or today."""
    try:
        return parse_date(request.GET.get("day", "")) or local_day(request.at)
    except ValueError:
        return local_day(request.at)


def _board_teams(request: HttpRequest, day: date, form: RosterFilter) -> QuerySet[Team]:
    teams = queries.roster_teams(request.actor, request.campaign, day)
    given = form.cleaned_data if form.is_valid() else {}
    if given.get("kind"):
        teams = teams.filter(kind=given["kind"])
    if wanted := given.get("state"):
        sent = queries.dispatches_of_day(request.actor, request.campaign, day).order_by()
        if wanted == "none":
            return teams.exclude(pk__in=sent.values("team_id"))
        return teams.filter(pk__in=sent.filter(state=wanted).values("team_id"))
    return teams


BOARD_COLUMNS = [
    (gettext_lazy("组名"), lambda row: row.team.name),
    (gettext_lazy("状态"), lambda row: row.dispatch.get_state_display() if row.dispatch else ""),
    (gettext_lazy("点位"), lambda row: row.places),
    (gettext_lazy("人次"), lambda row: row.people),
    (gettext_lazy("出发"), lambda row: row.dispatch.departed_at if row.dispatch else None),
    (gettext_lazy("返回"), lambda row: row.dispatch.returned_at if row.dispatch else None),
]


@team_page
def board(request: HttpRequest) -> HttpResponse:
    day, form = asked_day(request), RosterFilter(request.GET)
    teams = _board_teams(request, day, form)
    if request.GET.get("export"):
        rows = queries.roster(request.actor, request.campaign, day, teams)
        return export_rows(request, _("%(day)s 排期") % {"day": day}, BOARD_COLUMNS, rows)
    page = paginate(request, teams)
    rows = queries.roster(request.actor, request.campaign, day, page.object_list)
    is_filtered = form.is_valid() and any(form.cleaned_data.values())
    totals = queries.roster_totals(request.actor, request.campaign, day, teams if is_filtered else None)
    totals["idle"] = page.paginator.count - totals["sent"]
    plannable = {row.team.pk for row in rows if policy.can_plan_dispatch(request.actor, row.team)}
    extra = {
        "day": day, "rows": rows, "page": page, "found": page.paginator.count, "form": form, "totals": totals, "plannable": plannable,
        "before": day - timedelta(days=1), "after": day + timedelta(days=1), "is_open": day >= local_day(request.at),
        "round": queries.round_on(request.campaign, day),
    }  # fmt: skip
    return render(request, "teams/board.html", context(request, "dispatches:board", **extra))


def _places(form: DispatchForm, day: date) -> list[tuple[UUID, str, datetime | None]]:
    """Return the ticked sites in order with source and opening time."""
    given = form.cleaned_data
    start = moment(day, given["opens_at"]) if given["opens_at"] else None
    step = timedelta(minutes=given["every"] or 60)
    return [
        (site.pk, given["source"], start + place * step if start else None)
        for place, site in enumerate(given["sites"])
    ]


@team_page
def add_dispatch(request: HttpRequest, team_id: UUID) -> HttpResponse:
    team, day = get_visible(policy.teams_visible_to(request.actor), team_id), asked_day(request)
    require(policy.can_plan_dispatch(request.actor, team))
    found = request.GET.get("q", "").strip()
    form = DispatchForm(request.POST or None, actor=request.actor, team=team, day=day, found=found)

    def act() -> Dispatch:
        given = form.cleaned_data
        return teams.create_dispatch(
            actor=request.actor, at=request.at, round_id=given["round"].pk, team_id=team.pk, day=day,
            sites=_places(form, day), member_ids=[user.pk for user in given["members"]],
            is_sealed=given["is_sealed"], vehicle_note=given["vehicle_note"], reason=given["reason"],
        )  # fmt: skip

    if request.method == "POST" and (made := attempt(form, act)):
        said(request, _("%(team)s当日派出已安排") % {"team": team.name})
        return redirect("dispatches:show", made.pk)
    extra = {"form": form, "team": team, "day": day, "q": found}
    return render(request, "teams/dispatch_form.html", context(request, "dispatches:board", **extra))


def _slots(request: HttpRequest, dispatch: Dispatch, crew: set[UUID]) -> list[dict[str, Any]]:
    """Return the places for the page, each with what the reader may do with it now."""
    visits = {
        visit.dispatch_site_id: visit
        for visit in visits_visible_to(request.actor).filter(dispatch=dispatch).order_by("arrived_at")
    }
    rows = {row.pk: row for row in policy.slots_visible_to(request.actor).filter(dispatch=dispatch)}
    shown = []
    slots = queries.slots_of(dispatch)
    others = queries.others_there(request.actor, dispatch, [slot.site.pk for slot in slots if slot.site])
    joined = queries.joined_to(dispatch)
    delays = delays_at([slot.site for slot in slots if slot.site], request.at)
    for slot in slots:
        may = policy.can_reveal_site(request.actor, rows[slot.id], crew=crew, at=request.at)
        visit = visits.get(slot.id)
        shown.append(
            {
                "slot": slot,
                "mark": MARKS[(slot.ordinal - 1) % len(MARKS)],
                "visit": visit,
                "visit_url": ""
                if slot.merged_into
                else _visit_url(slot, visit, request.actor.user_id in crew),
                "others": others.get(slot.site.pk, []) if slot.site and not slot.merged_into else [],
                "joined": joined.get(slot.id, []),
                "delay": delays.get(slot.site.pk) if slot.site else None,
                "wait": slot.opens_at - request.at if slot.opens_at and slot.opens_at > request.at else None,
                "reveal": may if slot.site is None else None,
            }
        )
    for one in shown:  # one solid button: the first place where something can be done
        if one["reveal"] or (one["visit_url"] and not one["visit"]):
            one["is_next"] = True
            break
    return shown


def _merges(slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a question per place and other team that a place may be left to."""
    return [
        {
            "id": f"merge-{one['slot'].id}-{other.pk}",
            "title": _("%(site)s并入%(team)s一并查看？") % {"site": one["slot"].site.name, "team": other.dispatch.team.name},
            "url": reverse("dispatches:merge_place", args=[one["slot"].id]), "hidden": {"into": other.pk},
        }
        for one in slots if not one["visit"] and not one["joined"]
        for other in one["others"]
    ]  # fmt: skip


def _visit_url(slot: queries.Slot, visit: Any, is_crew: bool) -> str:
    """Return where to go on with the visit of a place, or nothing if there is nothing to do."""
    try:
        if visit is not None:
            return reverse("visits:show", args=[visit.pk])
        return f"{reverse('visits:open')}?dispatch_site={slot.id}" if slot.site and is_crew else ""
    except NoReverseMatch:
        return ""


def _show_context(request: HttpRequest, dispatch: Dispatch, **extra: Any) -> dict[str, Any]:
    actor, team = request.actor, dispatch.team
    crew = {user.pk for user in dispatch.members.all()}
    slots = _slots(request, dispatch, crew)
    plans = bool(policy.can_plan_dispatch(actor, team))
    reads_looks = bool(policy.can_read_looks(actor, dispatch, leads=looks.leads_of(dispatch)))
    runs = bool(policy.can_run_dispatch(actor, dispatch, crew=crew))
    standing = dispatch.state in (DispatchState.PLANNED, DispatchState.DEPARTED)
    may_merge = standing and bool(policy.can_merge_place(actor, dispatch, crew=crew))
    is_planned, is_out = dispatch.state == DispatchState.PLANNED, dispatch.state == DispatchState.DEPARTED
    shown = {
        "dispatch": dispatch,
        "reads_looks": reads_looks,
        "broken": [one for one in looks.looks_of(dispatch) if one.is_break] if reads_looks else [],
        "slots": slots,
        "crew": queries.crew_of(dispatch),
        "sealed": sum(1 for one in slots if one["slot"].site is None),
        "visited": sum(1 for one in slots if one["visit"]),
        "can_depart": runs and is_planned and dispatch.day == local_day(request.at),
        "can_return": runs and is_out,
        "can_change": plans and (is_planned or is_out),
        "can_cancel": plans and is_planned,
        "can_merge": may_merge,
        "merges": _merges(slots) if may_merge else [],
        "can_issue": plans
        and not team.is_covert
        and bool(slots)
        and dispatch.state != DispatchState.CANCELLED,
        "can_break": is_planned or is_out
        if policy.is_manager(actor, dispatch.campaign, is_covert=True)
        else False,
        "vehicle_form": VehicleForm(initial={"vehicle_note": dispatch.vehicle_note})
        if runs and (is_planned or is_out)
        else None,
        "swaps": queries.swaps_of(dispatch),
        "away": queries.off_duty(crew, dispatch.campaign_id, dispatch.day) if is_planned else set(),
        "swap_form": SwapForm(actor=actor, dispatch=dispatch) if plans else None,
        "site_form": SiteByCodeForm(auto_id="add_%s") if plans else None,
    }
    return context(request, "dispatches:board", **(shown | extra))


def _load(request: HttpRequest, pk: UUID) -> Dispatch:
    return get_visible(policy.dispatches_visible_to(request.actor), pk)


@team_page
def show_dispatch(request: HttpRequest, pk: UUID) -> HttpResponse:
    dispatch = _load(request, pk)
    teams.note_look(actor=request.actor, at=request.at, dispatch_id=pk)
    return render(request, "teams/dispatch.html", _show_context(request, dispatch))


@team_page
def dispatch_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    dispatch = _load(request, pk)
    teams.note_look(actor=request.actor, at=request.at, dispatch_id=pk)
    return render(request, "teams/dispatch_sheet.html", _show_context(request, dispatch))


@team_page
def show_looks(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show who learned where this dispatch goes, and when; places by number only."""
    dispatch = get_visible(policy.looks_visible_to(request.actor), pk)
    require(policy.can_read_looks(request.actor, dispatch, leads=looks.leads_of(dispatch)))
    rows = looks.looks_of(dispatch)
    if request.GET.get("export"):
        return export_rows(request, _("谁看过"), LOOK_COLUMNS, rows)
    opens = policy.dispatches_visible_to(request.actor).filter(pk=pk).exists()
    extra = {"dispatch": dispatch, "looks": rows, "opens": opens, "broken": sum(one.is_break for one in rows)}
    return render(request, "teams/looks.html", context(request, "dispatches:board", **extra))


LOOK_COLUMNS = [
    (gettext_lazy("时间"), lambda one: one.at), (gettext_lazy("岗位"), lambda one: one.who),
    (gettext_lazy("事项"), lambda one: str(one.title)), (gettext_lazy("第几处"), lambda one: one.place),
    (gettext_lazy("理由"), lambda one: one.reason),
]  # fmt: skip


@team_page
@require_POST
def depart(request: HttpRequest, pk: UUID) -> HttpResponse:
    dispatch = teams.depart(actor=request.actor, at=request.at, dispatch_id=pk)
    said(request, _("已登记出发，%(count)s 人次") % {"count": dispatch.member_count})
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def return_dispatch(request: HttpRequest, pk: UUID) -> HttpResponse:
    teams.return_dispatch(actor=request.actor, at=request.at, dispatch_id=pk)
    said(request, _("已登记返回"))
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def cancel_dispatch(request: HttpRequest, pk: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "")
    teams.cancel_dispatch(actor=request.actor, at=request.at, dispatch_id=pk, reason=reason)
    said(request, _("派出已取消"))
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def issue_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    paper = teams.issue_dispatch_sheet(actor=request.actor, at=request.at, dispatch_id=pk)
    said(request, _("派出单 %(number)s 已出文") % {"number": paper.number_text})
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def note_vehicle(request: HttpRequest, pk: UUID) -> HttpResponse:
    form = VehicleForm(request.POST)
    note = form.cleaned_data["vehicle_note"] if form.is_valid() else request.POST.get("vehicle_note", "")
    teams.note_vehicle(actor=request.actor, at=request.at, dispatch_id=pk, vehicle_note=note)
    said(request, _("车辆已登记"))
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def swap_member(request: HttpRequest, pk: UUID) -> HttpResponse:
    dispatch = _load(request, pk)
    form = SwapForm(request.POST, actor=request.actor, dispatch=dispatch)

    def act() -> Dispatch:
        given = form.cleaned_data
        return teams.swap_member(
            actor=request.actor, at=request.at, dispatch_id=pk, out_user_id=given["out_user"].pk,
            in_user_id=given["in_user"].pk if given["in_user"] else None, reason=given["reason"],
        )  # fmt: skip

    if attempt(form, act) is None:
        return render(
            request, "teams/dispatch.html", _show_context(request, dispatch, swap_form=form), status=422
        )
    said(request, _("派出人员已更换"))
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def add_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    dispatch, form = _load(request, pk), SiteByCodeForm(request.POST, auto_id="add_%s")

    def act() -> Any:
        site = sites_visible_to(request.actor).filter(code=form.cleaned_data["code"].strip()).first()
        if site is None:
            raise Invalid("unknown_site", _("没有这个编码的点位。"), {"code": _("没有这个编码的点位。")})
        reason = form.cleaned_data["reason"]
        return teams.add_dispatch_site(
            actor=request.actor, at=request.at, dispatch_id=pk, site_id=site.pk, reason=reason
        )

    if attempt(form, act) is None:
        return render(
            request, "teams/dispatch.html", _show_context(request, dispatch, site_form=form), status=422
        )
    said(request, _("点位已增派"))
    return redirect("dispatches:show", pk)


@team_page
@require_POST
def merge_place(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        into_id = UUID(request.POST.get("into", ""))
    except ValueError:
        raise NotFound() from None
    slot = teams.merge_place(
        actor=request.actor, at=request.at, dispatch_site_id=pk, into_id=into_id, reason=request.POST.get("reason", "")
    )  # fmt: skip
    said(request, _("已并入%(team)s一并查看") % {"team": slot.merged_into.dispatch.team.name})
    return redirect("dispatches:show", slot.dispatch_id)


@team_page
@require_POST
def part_place(request: HttpRequest, pk: UUID) -> HttpResponse:
    slot = teams.part_place(actor=request.actor, at=request.at, dispatch_site_id=pk)
    said(request, _("已撤销并组，由本组自己去"))
    return redirect("dispatches:show", slot.dispatch_id)


@team_page
@require_POST
def remove_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "")
    dispatch = teams.remove_dispatch_site(
        actor=request.actor, at=request.at, dispatch_site_id=pk, reason=reason
    )
    said(request, _("点位已撤下"))
    return redirect("dispatches:show", dispatch.pk)


@team_page
@require_POST
def reveal_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    slot = teams.reveal_site(actor=request.actor, at=request.at, dispatch_site_id=pk)
    said(request, _("第 %(number)s 处已启封") % {"number": slot.ordinal})
    return redirect("dispatches:show", slot.dispatch_id)


@team_page
@require_POST
@dangerous
def break_seal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The name is in the answer to this one request and nowhere else; the look is in the journal."""
    reason = request.POST.get("reason", "")
    slot = teams.break_seal(actor=request.actor, at=request.at, dispatch_site_id=pk, reason=reason)
    return render(
        request, "teams/seal_broken.html", context(request, "dispatches:board", slot=slot, reason=reason)
    )
