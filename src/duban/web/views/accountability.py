"""Pages of accountability: list, opening, the file, a unit's own view, printed decision, meddling."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.accountability import completeness, limits, measures, policy, queries
from duban.accountability import operations as accountability
from duban.accountability.models import AccountabilityCase
from duban.accountability.states import AFTER_DELIVERY, BEFORE_DECISION, Exclusion, Factor
from duban.kernel import clock
from duban.kernel.journal import VERBS, events_of
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.rectification.policy import trace_backs_visible_to
from duban.web.forms import accountability as forms
from duban.web.pages import export_rows, paginate, said, staff_page
from duban.web.views.accountability_acts import open_acts
from duban.web.views.order_parts import attempt

TABS = (
    ("all", gettext_lazy("全部"), None),
    ("open", gettext_lazy("决定前"), BEFORE_DECISION),
    ("decided", gettext_lazy("待送达"), ("decided",)),
    ("running", gettext_lazy("申诉期内"), ("delivered",)),
    ("appealed", gettext_lazy("申诉审查中"), ("appealed",)),
    ("effective", gettext_lazy("已生效"), ("effective", "concluded")),
    ("withdrawn", gettext_lazy("已撤销"), ("withdrawn",)),
)
COLUMNS = [
    (gettext_lazy("编号"), str),
    (gettext_lazy("对象"), lambda row: row.subject_label),
    (gettext_lazy("对象类别"), lambda row: row.get_subject_kind_display()),
    (gettext_lazy("责任类型"), lambda row: row.get_responsibility_display()),
    (gettext_lazy("状态"), lambda row: row.get_state_display()),
    (gettext_lazy("启动"), lambda row: row.opened_at),
    (
        gettext_lazy("问责方式"),
        lambda row: measures.labels(queries.measures_in_force(row)) if row.state in AFTER_DELIVERY else "",
    ),
    (gettext_lazy("申诉截止"), lambda row: _decision(row, "remedy_until")),
]
MEDDLING_COLUMNS = [
    (gettext_lazy("时间"), lambda row: row.asked_at),
    (gettext_lazy("单位和岗位"), lambda row: row.asker_label),
    (gettext_lazy("情形"), lambda row: row.get_kind_display()),
    (gettext_lazy("事项"), lambda row: row.matter),
    (gettext_lazy("答复"), lambda row: row.answer),
    (gettext_lazy("登记岗位"), lambda row: row.recorded_by.post_label),
]


@staff_page
def list_cases(request: HttpRequest) -> HttpResponse:
    """Show the cases in reach, and opened trace-backs that wait for a person's judgement."""
    form = _filter_of(request)
    rows = _filtered(queries.case_list(request.actor, request.campaign.pk), form)
    view = request.GET.get("view", "all")
    tabs = [_tab(rows, key, label, states, view) for key, label, states in TABS]
    wanted = {key: states for key, _label, states in TABS}.get(view)
    rows = rows.filter(state__in=wanted) if wanted else rows
    if request.GET.get("export"):
        return export_rows(request, _("问责事项"), COLUMNS, rows)
    page = paginate(request, rows)
    context = {
        "page": page,
        "filter": form,
        "tabs": tabs,
        "now": request.at,
        "found": page.paginator.count,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "is_unit": bool(policy.liaison_unit_ids(request.actor)),
        **_waiting(request),
    }
    return render(request, "accountability/list.html", context)


@staff_page
def open_case(request: HttpRequest, trace_id: UUID) -> HttpResponse:
    """Open a case from an opened trace-back."""
    rows = trace_backs_visible_to(request.actor).filter(campaign=request.campaign)
    trace = get_visible(rows.select_related("finding__unit", "campaign"), trace_id)
    require(policy.can_open_case(request.actor, trace, trace.finding.unit_id))
    form = forms.OpenForm(request.POST or None, trace_back=trace, initial={"facts": trace.finding.fact})
    if request.method == "POST":
        case = attempt(
            form,
            lambda: accountability.open_case(
                actor=request.actor, at=request.at, trace_back_id=trace.pk, **form.answer()
            ),
        )
        if case:
            said(request, _("已启动 %(number)s。") % {"number": case})
            return redirect("accountability:show", case.pk)
    return render(
        request,
        "accountability/open.html",
        {"form": form, "trace": trace},
        status=422 if form.is_bound else 200,
    )


@staff_page
def show_case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the file to who works on it, and to the subject's unit what it was told."""
    case = get_visible(queries.case_file(request.actor).filter(campaign=request.campaign), pk)
    context = {
        "case": case,
        "now": request.at,
        "today": clock.local_day(request.at),
        "acts": open_acts(request, case),
        "decision": _visible_decision(request, case),
        "steps": _steps(case),
        "told": _told(case),
        "measure_words": measures.labels(queries.measures_in_force(case)),
        "decided_words": measures.labels(_decision(case, "measures") or []),
        "tolerance": getattr(case, "tolerance", None),
        "appeal": getattr(case, "appeal", None),
    }
    if not policy.can_read_file(request.actor, case):
        return render(request, "accountability/own.html", context)
    accountability.read_case_file(actor=request.actor, at=request.at, case_id=pk)
    return render(request, "accountability/show.html", context | _whole_file(case))


@staff_page
def print_decision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the decision as a sheet for paper, with its remedy and no names."""
    case = get_visible(queries.case_file(request.actor).filter(campaign=request.campaign), pk)
    decision = get_visible(policy.decisions_visible_to(request.actor), getattr(case, "decision", case).pk)
    heard = case.defences.order_by("-sequence").first()
    context = {
        "case": case,
        "decision": decision,
        "words": measures.labels(decision.measures),
        "heard": heard,
    }
    return render(request, "accountability/decision.html", context)


@staff_page
def list_meddling(request: HttpRequest) -> HttpResponse:
    """Show the records of meddling: one's own, or all for the head and the auditor."""
    rows = queries.meddling_list(request.actor, request.campaign.pk)
    if request.GET.get("export"):
        return export_rows(request, _("过问干预登记"), MEDDLING_COLUMNS, rows)
    can = {"record": bool(policy.can_record_meddling(request.actor, request.campaign))}
    page = paginate(request, rows)
    return render(request, "accountability/meddling.html", {"page": page, "can": can, "now": request.at})


@staff_page
def record_meddling(request: HttpRequest) -> HttpResponse:
    """Record that somebody asked about, pleaded in or meddled with a matter."""
    require(policy.can_record_meddling(request.actor, request.campaign))
    form = forms.MeddlingForm(request.POST or None, initial={"asked_at": clock.local(request.at)})
    if request.method == "POST":
        row = attempt(
            form,
            lambda: accountability.record_meddling(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk, **form.cleaned_data
            ),
        )
        if row:
            said(request, _("已登记，登记后不能修改。"))
            return redirect("meddling:list")
    return render(
        request, "accountability/meddling_form.html", {"form": form}, status=422 if form.is_bound else 200
    )


# Pieces --------------------------------------------------------------------------------------------------
def _decision(case: AccountabilityCase, name: str) -> Any:
    decision = getattr(case, "decision", None)
    return getattr(decision, name) if decision else None


def _filter_of(request: HttpRequest) -> forms.CaseFilter:
    """Return the filter of the address without what cannot be read; a wrong value filters nothing."""
    form = forms.CaseFilter(request.GET)
    if form.is_valid():
        return form
    readable = request.GET.copy()
    for name in form.errors:
        readable.pop(name, None)
    return forms.CaseFilter(readable)


def _filtered(rows: QuerySet[AccountabilityCase], form: forms.CaseFilter) -> QuerySet[AccountabilityCase]:
    """Narrow the list by the filter in the address."""
    form.is_valid()
    given = form.cleaned_data
    if text := given.get("q"):
        rows = rows.filter(
            Q(number_text__icontains=text) | Q(unit__name__icontains=text) | Q(post__title__icontains=text)
        )
    for name, field in (("kind", "subject_kind"), ("responsibility", "responsibility")):
        if value := given.get(name):
            rows = rows.filter(**{field: value})
    if since := given.get("since"):
        rows = rows.filter(opened_at__gte=clock.start_of_day(since))
    if until := given.get("until"):
        rows = rows.filter(opened_at__lt=clock.end_of_day(until))
    return rows


def _tab(rows: Any, key: str, label: Any, states: Any, view: str) -> dict[str, Any]:
    count = rows.filter(state__in=states).count() if states else rows.count()
    return {"label": label, "url": f"?view={key}", "current": view == key, "count": count}


def _waiting(request: HttpRequest) -> dict[str, Any]:
    """Return what waits for a judgement: opened trace-backs without a case, untraced serious findings."""
    traces = [
        {"trace": trace, "can_open": bool(policy.can_open_case(request.actor, trace, trace.finding.unit_id))}
        for trace in queries.traces_to_answer(request.actor, request.campaign.pk)[:20]
    ]
    is_deciding = any(row["can_open"] for row in traces)
    serious = queries.serious_without_trace_back(request.actor, request.campaign.pk)
    return {"traces": traces if is_deciding else [], "serious": serious.count() if is_deciding else 0}


def _visible_decision(request: HttpRequest, case: AccountabilityCase) -> Any:
    decision = getattr(case, "decision", None)
    if decision is None:
        return None
    is_seen = policy.decisions_visible_to(request.actor).filter(pk=decision.pk).exists()
    return decision if is_seen else None


def _told(case: AccountabilityCase) -> dict[str, Any] | None:
    told = [proposal for proposal in case.proposals.all() if proposal.is_told]
    return (
        {"words": measures.labels(told[-1].measures), "proposal": told[-1]} if told and case.told_on else None
    )


def _steps(case: AccountabilityCase) -> list[dict[str, Any]]:
    """Return the procedure as steps with their own days; the first one not done is open."""
    heard = list(case.defences.all())[-1:] if case.state != "drafted" else []
    proposed = (
        [one for one in case.proposals.all() if not one.is_told][-1:] if case.state != "drafted" else []
    )
    appeal = getattr(case, "appeal", None)
    days = [
        (_("核实"), case.opened_at if case.facts and case.provision_id else None),
        (_("告知"), case.told_on),
        (_("听取申辩"), heard[0].heard_on if heard else None),
        (_("提出建议"), proposed[0].proposed_at if proposed else None),
        (_("集体决定"), _decision(case, "decided_on")),
        (_("送达"), _decision(case, "delivered_on")),
        (_("生效"), case.effective_on),
        (_("办结"), case.concluded_at if case.state == "concluded" else None),
    ]
    first_open = next((place for place, (_label, day) in enumerate(days) if not day), None)
    notes = {6: _("申诉审查中") if appeal and not appeal.decided_on else ""}
    return [
        {
            "label": label,
            "time": f"{_local_day(day).month}-{_local_day(day).day}" if day else "",
            "state": "done"
            if day
            else "open"
            if place == first_open and case.state != "withdrawn"
            else "todo",
            "note": notes.get(place, ""),
        }
        for place, (label, day) in enumerate(days)
    ]


def _local_day(value: Any) -> Any:
    """Return the local day of a moment, or the day itself."""
    return clock.local_day(value) if hasattr(value, "hour") else value


def _whole_file(case: AccountabilityCase) -> dict[str, Any]:
    """Return what only those see who work on the case."""
    tolerance = getattr(case, "tolerance", None)
    return {
        "missing": completeness.missing(case) if case.state in BEFORE_DECISION else {},
        "hints": queries.hints(case) if case.state in BEFORE_DECISION else [],
        "proposals": [(one, measures.labels(one.measures)) for one in case.proposals.all()],
        "publication": getattr(case, "publication", None),
        "factors": [(Factor(code).label, text) for code, text in tolerance.factors.items()]
        if tolerance
        else [],
        "excluded": [Exclusion(code).label for code, found in tolerance.exclusions.items() if found]
        if tolerance
        else [],
        "months": limits.APPEAL_MONTHS,
        "timeline": [
            {
                "at": event.at,
                "who": event.actor_label,
                "what": VERBS.get(event.verb, event.verb),
                "note": event.reason,
            }
            for event in events_of(case).exclude(verb="accountability.read")
        ],
    }
