"""Visits: list, opening one (also from paper), checklist, handing in, one visit on screen and on paper."""

from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.checklists import rendering
from duban.inspection import operations as inspection
from duban.inspection import policy, queries
from duban.inspection.models import Method, Mode, Visit
from duban.inspection.no_notice import POINTS
from duban.inspection.operations.answers import answers_of
from duban.inspection.operations.visits import UNSIGNED
from duban.inspection.states import FindingState, VisitState
from duban.kernel import clock
from duban.kernel.errors import Denied, Invalid, NotFound
from duban.kernel.ids import new_id, parse_id
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams.models import Team
from duban.teams.policy import dispatch_sites_visible_to, teams_visible_to
from duban.web.finding_view import photo_view, timeline_of
from duban.web.forms.findings import PhotoForm, ReasonForm, SupportForm
from duban.web.forms.visits import SIGNATURES, ClosingForm, PlaceForm, VisitFilter, VisitForm
from duban.web.pages import View, export_rows, paginate, said, staff_page
from duban.web.views.finding_acts import attach_all
from duban.web.views.findings import attempt

COLUMNS = (
    gettext_lazy("编号"), gettext_lazy("到达"), gettext_lazy("离开"), gettext_lazy("点位"), gettext_lazy("督导组"),
    gettext_lazy("方式"), gettext_lazy("问题"), gettext_lazy("状态"),
)  # fmt: skip


def visit_page(view: View) -> View:
    """This decorator will show the page to those who read visits; to others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_read_visits(request.actor, request.campaign.pk):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _rows(request: HttpRequest) -> tuple[QuerySet[Visit], VisitFilter]:
    form = VisitFilter(request.GET, actor=request.actor, campaign=request.campaign)
    rows = queries.visits(request.actor, request.campaign.pk).filter(form.condition())
    return rows.order_by("-arrived_at", "-id"), form


def _may_open(request: HttpRequest) -> bool:
    roles = policy.FIELD_ROLES | policy.OFFICE_ROLES
    return request.actor.has_role(roles, campaign_id=request.campaign.pk)


@visit_page
def list_visits(request: HttpRequest) -> HttpResponse:
    """This view will list the visits with filters."""
    rows, form = _rows(request)
    page = paginate(request, rows)
    return render(
        request, "visits/list.html",
        {
            "page": page, "filters": form, "found": page.paginator.count, "can": {"open": _may_open(request)},
            "columns": [{"label": label} for label in COLUMNS], "query": request.GET.urlencode(), "now": request.at,
            "is_filtered": bool(set(request.GET) - {"page"}),
        },
    )  # fmt: skip


@visit_page
def export_visits(request: HttpRequest) -> HttpResponse:
    """This view will export the filtered visits."""
    rows, _form = _rows(request)

    def moment(value: Any) -> str:
        return clock.local(value).strftime("%Y-%m-%d %H:%M") if value else ""

    columns = [
        (_("编号"), lambda row: row.number), (_("到达"), lambda row: moment(row.arrived_at)),
        (_("离开"), lambda row: moment(row.left_at)), (_("点位"), lambda row: row.site.name),
        (_("点位类型"), lambda row: row.site.site_type.title), (_("督导组"), lambda row: row.team.name),
        (_("方式"), lambda row: row.get_mode_display()), (_("问题"), lambda row: row.finding_count),
        (_("状态"), lambda row: row.get_state_display()), (_("录入"), lambda row: row.get_entry_display()),
    ]  # fmt: skip
    head = [(_("范围"), request.campaign.title), (_("截至"), moment(request.at))]
    return export_rows(request, _("检查记录"), columns, rows, head=head)


def _teams(request: HttpRequest) -> Any:
    """Return the teams the actor may record a visit for: the own ones, or all readable ones for the office."""
    own = queries.own_teams(request.actor, request.campaign.pk)
    if request.actor.has_role(policy.OFFICE_ROLES, campaign_id=request.campaign.pk):
        return teams_visible_to(request.actor).filter(campaign=request.campaign, is_active=True)
    return own.select_related("campaign")


def _place(request: HttpRequest) -> tuple[Team | None, date, Any]:
    """Return team, day and chosen slot of the form to show (`?team=&day=` or `?dispatch_site=`)."""
    teams = _teams(request)
    slot = None
    if key := parse_id(request.GET.get("dispatch_site", "")):
        slot = get_visible(dispatch_sites_visible_to(request.actor), key)
        return teams.filter(pk=slot.dispatch.team_id).first(), slot.dispatch.day, slot
    form = PlaceForm(request.GET if "team" in request.GET else None, teams=teams)
    if form.is_bound and form.is_valid():
        return form.cleaned_data["team"], form.cleaned_data["day"], None
    return teams.first(), clock.local_day(request.at), None


@visit_page
def open_visit(request: HttpRequest) -> HttpResponse:
    """This view will record a visit: of today, or from paper with its true times."""
    if not _may_open(request):
        raise Denied("not_team_member", _("只有督导人员或专班可以登记检查。"))
    team, day, slot = _place(request)
    if team is None:
        return render(request, "visits/open.html", {"form": None})
    is_own = queries.own_teams(request.actor, request.campaign.pk).filter(pk=team.pk).exists()
    start = {
        "visit_id": new_id(), "slot": slot.pk if slot else None, "entry": "web" if is_own else "paper",
        "arrived_at": request.at if day == clock.local_day(request.at) else clock.moment(day, request.campaign.cutoff.replace(hour=9)),
        "mode": Mode.COVERT if team.is_covert else Mode.OPEN,
    }  # fmt: skip
    form = VisitForm(request.POST or None, initial=start, actor=request.actor, team=team, day=day)
    visit = request.method == "POST" and attempt(
        form,
        lambda: inspection.open_visit(
            actor=request.actor, at=request.at, team_id=team.pk, **form.arguments()
        ),
    )
    if visit:
        said(request, _("已登记检查记录%(number)s。") % {"number": visit.number})
        return redirect("visits:answers" if visit.checklist_version_id else "visits:show", visit.pk)
    place = PlaceForm(initial={"team": team.pk, "day": day}, teams=_teams(request))
    return render(request, "visits/open.html", {"form": form, "place": place, "team": team, "day": day})


def _visit(request: HttpRequest, pk: UUID) -> Visit:
    return get_visible(queries.visit_page(request.actor), pk)


def _can(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    actor = request.actor
    is_open = visit.state == VisitState.OPEN
    stands = visit.state != VisitState.WITHDRAWN
    close = policy.can_close_visit(actor, visit)
    standing = [one for one in visit.findings.all() if one.state != FindingState.WITHDRAWN]
    return {
        "answer": is_open and visit.checklist_version_id and policy.can_answer_visit(actor, visit),
        "submit": is_open and close,
        "defer": is_open and close and not standing,
        "withdraw": stands and close and not standing,
        "register": stands and policy.can_register_finding(actor, visit),
        "photos": stands and policy.can_attach_evidence(actor, visit, "before"),
        "support": stands and policy.can_raise_support_request(actor, visit),
    }


def _sections(visit: Visit, values: Any = None, errors: Any = None) -> list[rendering.Section]:
    if visit.checklist_version is None:
        return []
    return rendering.rows(visit.checklist_version, answers_of(visit) if values is None else values, errors)


def _facts(visit: Visit) -> dict[str, Any]:
    points = {one["code"]: one["held"] for one in visit.no_notice_points}
    return {
        "methods": [str(dict(Method.choices).get(code, code)) for code in visit.methods],
        "signature": dict(SIGNATURES).get(visit.signature, "—"),
        "points": [(label, points.get(code)) for code, label in POINTS.items()] if points else [],
    }


@visit_page
def show_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will show one visit: head, answers, findings, photos, support requests, history."""
    visit = _visit(request, pk)
    return render(
        request, "visits/show.html",
        {
            "visit": visit, "sections": _sections(visit), "can": _can(request, visit), "facts": _facts(visit),
            "photos": [photo_view(one, visit) for one in visit.evidence.all()], "events": timeline_of(visit, True),
            "now": request.at, "is_withdrawn": visit.state == VisitState.WITHDRAWN,
        },
    )  # fmt: skip


@visit_page
def print_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will show one visit as a sheet for paper (检查记录)."""
    visit = _visit(request, pk)
    return render(
        request, "visits/print.html", {"visit": visit, "sections": _sections(visit), "facts": _facts(visit)}
    )


@visit_page
def answer_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will show the checklist as a form, keep the answers as a draft or go on to handing in."""
    visit = _visit(request, pk)
    require(policy.can_answer_visit(request.actor, visit))
    if visit.state != VisitState.OPEN or visit.checklist_version is None:
        return redirect("visits:show", pk)
    values: Any = None
    error: Invalid | None = None
    if request.method == "POST":
        values = rendering.posted(visit.checklist_version, request.POST)
        error = _keep_answers(request, visit, values)
        if error is None:
            said(request, _("已存草稿。"))
            go_on = request.POST.get("next_step") == "submit"
            return redirect("visits:submit" if go_on else "visits:answers", pk)
    sections = _sections(visit, values, error.fields if error else None)
    context = {
        "visit": visit,
        "sections": sections,
        "error": error,
        "override": request.POST.get("screening_override", ""),
    }
    return render(request, "visits/answers.html", context)


def _keep_answers(request: HttpRequest, visit: Visit, values: dict[str, Any]) -> Invalid | None:
    """Keep the answers and the photos beside them; return the refusal if there is one."""
    try:
        for name, upload in request.FILES.items():
            inspection.attach_evidence(
                actor=request.actor, at=request.at, content=upload.read(), file_name=upload.name, visit_id=visit.pk,
                question=name.removeprefix(rendering.PREFIX),
            )  # fmt: skip
        inspection.record_answers(
            actor=request.actor, at=request.at, visit_id=visit.pk, answers=values,
            screening_override=request.POST.get("screening_override", ""),
        )  # fmt: skip
    except Invalid as error:
        return error
    return None


@visit_page
def submit_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will hand the visit in; what the checklist still lacks is listed with links to its questions."""
    visit = _visit(request, pk)
    require(policy.can_close_visit(request.actor, visit))
    start = {"left_at": request.at, "signature": UNSIGNED.get(visit.mode, "signed")}
    form = ClosingForm(request.POST or None, initial=start, visit=visit)
    missing: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            inspection.submit_visit(actor=request.actor, at=request.at, visit_id=pk, **form.arguments())
        except Invalid as error:
            missing = _place_errors(form, visit, error)
        else:
            said(request, _("已提交检查记录%(number)s。") % {"number": visit.number})
            return redirect("visits:show", pk)
    context = {
        "visit": visit,
        "form": form,
        "missing": missing,
        "points": [form[name] for name in form.points],
    }
    return render(request, "visits/submit.html", context)


def _place_errors(form: ClosingForm, visit: Visit, error: Invalid) -> list[tuple[str, str]]:
    """Put messages on the closing form; return those of the checklist as (question, message)."""
    labels = {
        question.name: question.label for section in _sections(visit) for question in _flat(section.questions)
    }
    rest = []
    for name, message in error.fields.items():
        if name in form.fields:
            form.add_error(name, str(message))
        else:
            rest.append((labels.get(name, name), str(message)))
    if not error.fields:
        form.add_error(None, str(error.message))
    return rest


def _flat(questions: list[rendering.Question]) -> list[rendering.Question]:
    return [one for question in questions for one in (question, *_flat(question.beside))]


def _form_page(request: HttpRequest, visit: Visit, form: Any, act: Any, **words: Any) -> HttpResponse:
    """Show one form about a visit, or do what it says and go back to the visit."""
    url = reverse("visits:show", args=[visit.pk])
    if request.method == "POST" and attempt(form, act):
        said(request, words["done"])
        return redirect(url)
    context = {
        "form": form, "verb": words["verb"], "text": words.get("text", ""), "danger": words.get("danger", False),
        "back": url, "fields": [(form[name], words.get("looks", {}).get(name, "")) for name in form.fields],
        "has_files": form.is_multipart(), "crumb": f"{_('检查记录')} {visit.number}", "crumb_url": url,
        "about": visit.site.name,
    }  # fmt: skip
    return render(request, "findings/act.html", context)


@visit_page
def defer_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will record that the unit asked for another day because of an emergency."""
    visit = _visit(request, pk)
    require(policy.can_close_visit(request.actor, visit))
    form = ReasonForm(request.POST or None)
    return _form_page(
        request, visit, form,
        lambda: inspection.defer_visit(
            actor=request.actor, at=request.at, visit_id=pk, reason=form.cleaned_data["reason"]
        ),
        verb=_("单位请求改期"), done=_("已记录改期，本次不计检查。"),
        text=_("单位正在处置紧急情况的，督导不干扰工作：记录后离开，另行安排。"),
    )  # fmt: skip


@visit_page
def withdraw_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will withdraw a visit entered by mistake."""
    visit = _visit(request, pk)
    require(policy.can_close_visit(request.actor, visit))
    form = ReasonForm(request.POST or None)
    return _form_page(
        request, visit, form,
        lambda: inspection.withdraw_visit(
            actor=request.actor, at=request.at, visit_id=pk, reason=form.cleaned_data["reason"]
        ),
        verb=_("撤销检查记录"), done=_("已撤销检查记录。"), danger=True, text=_("编号保留，不再计数，不能恢复。"),
    )  # fmt: skip


@visit_page
def add_photos(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will add photos to a visit."""
    visit = _visit(request, pk)
    require(policy.can_attach_evidence(request.actor, visit, "before"))
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    return _form_page(
        request, visit, form, lambda: attach_all(request, form, visit_id=pk), verb=_("添加照片"), done=_("已添加照片。"),
        looks={"phase": "segments"},
    )  # fmt: skip


@visit_page
def ask_support(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will ask headquarters for support on a visit."""
    visit = _visit(request, pk)
    require(policy.can_raise_support_request(request.actor, visit))
    form = SupportForm(request.POST or None)
    return _form_page(
        request, visit, form,
        lambda: inspection.raise_support_request(
            actor=request.actor, at=request.at, visit_id=pk, kind=form.cleaned_data["kind"], text=form.cleaned_data["text"]
        ),
        verb=_("提请协调"), done=_("已提请指挥部协调。"), looks={"kind": "segments"},
        text=_("指挥部在24小时内答复；协调解决计为督导成效。"),
    )  # fmt: skip
