"""The liaison table: as of a day, with gaps and overlaps; lines set and ended; history; the leaders' visits."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from duban.kernel.clock import local_day
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import operations as teams
from duban.teams import policy, queries
from duban.teams.models import LiaisonAssignment, LiaisonVisit
from duban.web.forms.teams import (
    EndLiaisonForm,
    LiaisonForm,
    LiaisonVisitFilter,
    LiaisonVisitForm,
    WithdrawForm,
)
from duban.web.one_form import OneForm
from duban.web.pages import export_rows, paginate, said
from duban.web.views.dispatches import asked_day
from duban.web.views.teams import attempt, context, team_page


def _names(row: LiaisonAssignment) -> str:
    return "、".join(unit.label for unit in row.areas.all())


def _page(request: HttpRequest, **extra: object) -> dict[str, object]:
    day = asked_day(request)
    rows = list(queries.liaisons_on(request.campaign, day))
    history = policy.liaisons_visible_to(request.actor).filter(campaign=request.campaign)
    history = history.filter(valid_to__isnull=False, valid_to__lt=day).prefetch_related("areas")
    shown = {
        "day": day, "rows": rows, "history": history.order_by("-valid_to", "ordinal"),
        "coverage": queries.liaison_coverage(request.campaign, day),
    }  # fmt: skip
    return context(request, "liaison:show", **(shown | extra))


@team_page
def show_liaison(request: HttpRequest) -> HttpResponse:
    page = _page(request)
    if request.GET.get("export"):
        columns = [
            (_("序号"), lambda row: row.ordinal), (_("领导职务"), lambda row: row.leader_title), (_("联系地区"), _names),
            (_("配合部门"), lambda row: row.supporting_department.name), (_("自"), lambda row: row.valid_from),
        ]  # fmt: skip
        return export_rows(request, _("联系监督分工表"), columns, page["rows"])
    template = "teams/liaison_print.html" if request.GET.get("print") else "teams/liaison.html"
    return render(request, template, page)


@team_page
def assign(request: HttpRequest) -> HttpResponse:
    require(policy.can_manage_liaison(request.actor, request.campaign))
    last = queries.liaisons_on(request.campaign, local_day(request.at)).last()
    initial = {"ordinal": last.ordinal + 1 if last else 1, "valid_from": local_day(request.at)}
    form = LiaisonForm(request.POST or None, initial=initial, actor=request.actor, campaign=request.campaign)
    act = {"actor": request.actor, "at": request.at, "campaign_id": request.campaign.pk}
    if request.method == "POST" and (
        row := attempt(form, lambda: teams.assign_liaison(**act, **form.values()))
    ):
        said(request, _("%(title)s的联系地区已确定") % {"title": row.leader_title})
        return redirect("liaison:show")
    return render(request, "teams/liaison_form.html", context(request, "liaison:show", form=form))


@team_page
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_visible(policy.liaisons_visible_to(request.actor), pk)
    require(policy.can_manage_liaison(request.actor, row.campaign))
    form = EndLiaisonForm(request.POST or None, initial={"on": local_day(request.at)})
    act = {"actor": request.actor, "at": request.at, "liaison_id": pk}
    if request.method == "POST" and attempt(form, lambda: teams.end_liaison(**act, **form.cleaned_data)):
        said(request, _("%(title)s的分工已结束") % {"title": row.leader_title})
        return redirect("liaison:show")
    return render(request, "teams/liaison_form.html", context(request, "liaison:show", form=form, row=row))


@team_page
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    campaign_id, day = request.campaign.pk, asked_day(request)
    teams.issue_liaison_table(actor=request.actor, at=request.at, campaign_id=campaign_id, day=day)
    said(request, _("分工表已出文"))
    return redirect("liaison:show")


VISIT_COLUMNS = (
    (_lazy("日期"), lambda row: row.day), (_lazy("领导职务"), lambda row: row.assignment.leader_title),
    (_lazy("联系地区"), lambda row: row.area.name), (_lazy("看了什么"), lambda row: row.watched),
    (_lazy("提出的要求"), lambda row: row.asked),
)  # fmt: skip


def _own_lines(request: HttpRequest) -> QuerySet[LiaisonAssignment]:
    """Return the lines the actor may enter visits for."""
    rows = policy.liaisons_visible_to(request.actor).filter(campaign=request.campaign)
    if not policy.is_manager(request.actor, request.campaign):
        rows = rows.filter(leader_id=request.actor.user_id)
    return rows.order_by("ordinal", "valid_from")


def _visits(request: HttpRequest, form: LiaisonVisitFilter) -> QuerySet[LiaisonVisit]:
    rows = policy.liaison_visits_visible_to(request.actor).filter(
        campaign=request.campaign, withdrawn_at=None
    )
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q", "").strip():
        rows = rows.filter(Q(watched__contains=text) | Q(asked__contains=text) | Q(area__name__contains=text))
    found = {"assignment": given.get("line"), "day__gte": given.get("since"), "day__lte": given.get("until")}
    return rows.filter(**{name: value for name, value in found.items() if value})


@team_page
def list_visits(request: HttpRequest) -> HttpResponse:
    """This function will list the leaders' visits, newest first, with the areas the reader has not been to lately."""
    lines = policy.liaisons_visible_to(request.actor).filter(campaign=request.campaign).order_by("ordinal")
    form = LiaisonVisitFilter(request.GET or None, lines=lines)
    rows = _visits(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("联系督导记录"), VISIT_COLUMNS, rows)
    page = paginate(request, rows)
    own = _own_lines(request)
    mine = set(own.values_list("pk", flat=True))
    return render(request, "teams/liaison_visits.html", context(
        request, "liaison:show", form=form, page=page, found=page.paginator.count, mine=mine, may_add=bool(mine),
        waiting=queries.areas_to_visit(request.actor, request.campaign, local_day(request.at)),
    ))  # fmt: skip


@team_page
def add_visit(request: HttpRequest) -> HttpResponse:
    """This function will enter a visit of one's own line, or of any line for the office."""
    lines = _own_lines(request)
    first = lines.first()
    if first is None:
        require(policy.can_manage_liaison(request.actor, request.campaign))
    asked_area = request.GET.get("area") or None
    initial = {"day": local_day(request.at), "line": first, "area": asked_area}
    form = LiaisonVisitForm(request.POST or None, initial=initial, lines=lines)
    act = {"actor": request.actor, "at": request.at}
    page = OneForm(_("登记联系督导"), _("登记"), "liaison:visits", _("联系督导记录"))
    return page.answer(
        request, form, lambda: teams.log_liaison_visit(**act, **form.values()),
        lambda row: _("已登记：%(row)s") % {"row": row},
    )  # fmt: skip


@team_page
def withdraw_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will take back a visit entered by mistake."""
    row = get_visible(policy.liaison_visits_visible_to(request.actor), pk)
    require(policy.can_log_liaison_visit(request.actor, row.assignment))
    form = WithdrawForm(request.POST or None)
    act = {"actor": request.actor, "at": request.at, "visit_id": pk}
    page = OneForm(_("撤销联系督导记录"), _("撤销记录"), "liaison:visits", _("联系督导记录"), str(row))
    return page.answer(
        request, form, lambda: teams.withdraw_liaison_visit(**act, **form.cleaned_data),
        lambda done: _("已撤销：%(row)s") % {"row": done},
    )  # fmt: skip
