"""The liaison table: as of a day, with gaps and overlaps; lines set and ended; history."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel.clock import local_day
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import operations as teams
from duban.teams import policy, queries
from duban.teams.models import LiaisonAssignment
from duban.web.forms.teams import EndLiaisonForm, LiaisonForm
from duban.web.pages import export_rows, said
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
