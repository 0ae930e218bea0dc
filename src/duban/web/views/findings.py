"""The register of findings: list, tabs, bulk acts, export, print, one finding, registering one."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from duban.campaigns.models import FindingTemplate
from duban.inspection import operations as inspection
from duban.inspection import policy, queries, screening
from duban.inspection.models import Finding, Phase, Visit
from duban.inspection.states import FINDING_TRANSITIONS, VisitState
from duban.kernel import clock
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, TooLarge, WrongState
from duban.kernel.ids import new_id, parse_id
from duban.kernel.loading import get_visible
from duban.kernel.workflow import can_move
from duban.rectification.models import OrderItem
from duban.web import badges
from duban.web.finding_view import acts_of, photo_view, timeline_of
from duban.web.forms.findings import FindingForm, ReasonForm, RegisterFilter, from_template
from duban.web.pages import View, export_rows, form_errors, paginate, said, staff_page

ORDER_ITEMS = Prefetch(
    "order_items",
    OrderItem.objects.select_related("order")
    .order_by("-order__drafted_at")
    .only("finding_id", "order__number_text"),
    to_attr="orders_made",
)
MOST_PRINTED = 2000
COLUMNS = (
    (gettext_lazy("编号"), "number"), (gettext_lazy("发现时间"), "found"), (gettext_lazy("点位"), "site"),
    (gettext_lazy("事实"), ""), (gettext_lazy("责任单位"), ""), (gettext_lazy("类别"), ""),
    (gettext_lazy("程度"), "severity"), (gettext_lazy("状态"), ""), (gettext_lazy("时限"), "due"),
    (gettext_lazy("交办单"), ""),
)  # fmt: skip


def register_page(view: View) -> View:
    """This decorator will show the register to those whose role reads findings; to others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_read_register(request.actor, request.campaign.pk):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """This function will run `act` if the form holds; a refusal goes onto the form. Returns what `act` returned or None."""
    if not form.is_valid():
        return None
    try:
        return act()
    except (Invalid, Conflict, Denied, TooLarge) as error:
        form_errors(form, error)
        return None


def url_or_none(name: str, **query: Any) -> str:
    """Return the address of a page of another area, or "" if this installation has none."""
    try:
        return reverse(name) + (f"?{urlencode(query, doseq=True)}" if query else "")
    except NoReverseMatch:
        return ""


def _rows(request: HttpRequest) -> tuple[QuerySet[Finding], RegisterFilter, str]:
    tab = request.GET.get("view", "open")
    form = RegisterFilter(request.GET, actor=request.actor, campaign=request.campaign)
    rows = queries.register(request.actor, request.campaign.pk)
    rows = rows.filter(queries.tab_condition(tab, request.actor, request.at))
    rows = queries.filtered(rows, form.wanted(), request.at).prefetch_related(ORDER_ITEMS)
    return queries.in_order(rows, request.GET.get("sort", "")), form, tab


def _tabs(request: HttpRequest, current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    kept = {key: value for key, value in request.GET.items() if key not in ("view", "page")}
    known = dict(queries.TABS)
    return [
        {
            "label": label, "count": counts[name], "url": f"?{urlencode({**kept, 'view': name})}",
            "current": name == (current if current in known else "open"),
        }
        for name, label in queries.TABS
    ]  # fmt: skip


def _dress(rows: Any, request: HttpRequest) -> list[Finding]:
    """Return the rows with what the page shows of each: state as of now, acts a selection may do, newest order."""
    found = list(rows)
    for row in found:
        is_late = row.due_at and row.due_at < request.at and row.paused_at is None
        row.is_late = bool(is_late and can_move(row.state, FINDING_TRANSITIONS, "feed_back"))
        row.shown_state = "overdue" if row.is_late else row.state
        row.shown_label = _("逾期") if row.is_late else row.get_state_display()
        row.order = next((item.order for item in row.orders_made if item.order.number_text), None)
        row.allows = " ".join(_bulk_allowed(request, row))
    return found


def _bulk_allowed(request: HttpRequest, row: Finding) -> list[str]:
    allowed = ["export"]
    if can_move(row.state, FINDING_TRANSITIONS, "confirm") and policy.can_confirm_finding(request.actor, row):
        allowed.append("confirm")
        if not row.is_on_spot:
            allowed.append("order")
    if can_move(row.state, FINDING_TRANSITIONS, "return") and policy.can_return_finding(request.actor, row):
        allowed.append("return")
    if can_move(row.state, FINDING_TRANSITIONS, "order") and policy.can_return_finding(request.actor, row):
        allowed.append("order")
    if policy.can_return_finding(request.actor, row):
        allowed.append("common")
    return allowed


def _context(request: HttpRequest) -> dict[str, Any]:
    actor, campaign = request.actor, request.campaign
    is_office = actor.has_role(policy.OFFICE_ROLES, campaign_id=campaign.pk)
    return {
        "can": {
            "register": is_office or actor.has_role(policy.FIELD_ROLES, campaign_id=campaign.pk),
            "handling": policy.can_read_handling(actor, campaign.pk),
            "common": is_office and bool(url_or_none("commons:new")),
            "order": is_office and bool(url_or_none("orders:new")),
        },
        "urls": {"orders": url_or_none("orders:list")},
        "now": request.at,
    }


@register_page
def list_findings(request: HttpRequest) -> HttpResponse:
    """This view will show the register with tabs, filters and the bulk bar."""
    rows, form, tab = _rows(request)
    counts = queries.tab_counts(request.actor, request.campaign.pk, request.at, badges.states_of(request))
    is_filtered = bool(set(request.GET) - {"view", "sort", "page"})
    page = paginate(request, queries.brief(rows), total=None if is_filtered else counts.get(tab))
    return render(
        request,
        "findings/list.html",
        {
            **_context(request), "filters": form, "page": page, "rows": _dress(page.object_list, request),
            "views": _tabs(request, tab, counts), "counts": counts, "found": page.paginator.count,
            "columns": [{"label": label, "key": key} for label, key in COLUMNS],
            "sort": request.GET.get("sort", "-found"), "query": request.GET.urlencode(),
            "is_filtered": is_filtered,
            "group_count": request.campaign.scope_units.filter(group="township").count(),
        },
    )  # fmt: skip


def _export(request: HttpRequest, rows: Any) -> HttpResponse:
    local = clock.local
    columns = [
        (_("编号"), lambda row: str(row)), (_("发现时间"), lambda row: local(row.found_at).strftime("%Y-%m-%d %H:%M")),
        (_("点位"), lambda row: row.site.name), (_("事实"), lambda row: row.fact), (_("责任单位"), lambda row: row.unit.name),
        (_("责任线"), lambda row: row.get_line_display()), (_("类别"), lambda row: row.category.title),
        (_("程度"), lambda row: row.get_severity_display()), (_("状态"), lambda row: row.shown_label),
        (_("时限"), lambda row: local(row.due_at).strftime("%Y-%m-%d %H:%M") if row.due_at else ""),
        (_("交办单"), lambda row: row.order.number_text if row.order else ""),
        (_("销号时间"), lambda row: local(row.written_off_at).strftime("%Y-%m-%d %H:%M") if row.written_off_at else ""),
        (_("督导组"), lambda row: row.team.name),
    ]  # fmt: skip
    head = [
        (_("范围"), request.campaign.title), (_("截至"), local(request.at).strftime("%Y-%m-%d %H:%M")),
        (_("筛选"), request.GET.urlencode() or _("无")),
    ]  # fmt: skip
    return export_rows(request, _("问题清单"), columns, _dress(rows, request), head=head)


@register_page
def export_findings(request: HttpRequest) -> HttpResponse:
    """This view will export the filtered register."""
    rows, _form, _tab = _rows(request)
    return _export(request, rows)


@register_page
def print_findings(request: HttpRequest) -> HttpResponse:
    """This view will show the filtered register as a sheet for paper."""
    rows, form, _tab = _rows(request)
    found = _dress(rows[:MOST_PRINTED], request)
    context = {
        **_context(request),
        "rows": found,
        "filters": form,
        "found": rows.count(),
        "most": MOST_PRINTED,
    }
    return render(request, "findings/print.html", context)


@register_page
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """This view will confirm, return or export the chosen findings; each one is decided by its own operation."""
    ids = [key for text in request.POST.getlist("finding") if (key := parse_id(text))]
    rows = (
        queries.register(request.actor, request.campaign.pk).filter(pk__in=ids).prefetch_related(ORDER_ITEMS)
    )
    act = request.POST.get("act", "")
    if not ids:
        said(request, _("没有选中问题。"))
        return redirect("findings:list")
    if act == "export":
        return _export(request, rows)
    if act == "return":
        return _bulk_return(request, rows)
    if act == "common":
        return redirect(url_or_none("commons:new", finding=[str(key) for key in ids]) or "findings:list")
    done, failed = _each(rows, lambda pk: _confirm(request, pk))
    _tell(
        request,
        ngettext("已确认%(count)s个问题", "已确认%(count)s个问题", len(done)) % {"count": len(done)},
        failed,
    )
    if act == "order" and (url := url_or_none("orders:new", finding=[str(pk) for pk in done])) and done:
        return redirect(url)
    return redirect(f"{reverse('findings:list')}?{request.POST.get('query', '')}")


def _confirm(request: HttpRequest, pk: UUID) -> None:
    state = Finding.objects.values_list("state", flat=True).get(pk=pk)
    if request.POST.get("act") == "order" and can_move(state, FINDING_TRANSITIONS, "order"):
        return  # confirmed already: only the order is missing
    inspection.confirm_finding(actor=request.actor, at=request.at, finding_id=pk)


def _each(rows: QuerySet[Finding], act: Callable[[UUID], Any]) -> tuple[list[UUID], list[str]]:
    done: list[UUID] = []
    failed: list[str] = []
    for row in rows.order_by("number"):
        try:
            act(row.pk)
            done.append(row.pk)
        except (WrongState, Denied, Invalid) as error:
            failed.append(f"{row}：{error.message}")
    return done, failed


def _tell(request: HttpRequest, text: str, failed: list[str]) -> None:
    said(request, "；".join([text, *failed]) + "。")


def _bulk_return(request: HttpRequest, rows: QuerySet[Finding]) -> HttpResponse:
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "rows": list(rows), "query": request.POST.get("query", "")}
        return render(request, "findings/bulk_return.html", context)
    reason = form.cleaned_data["reason"]
    done, failed = _each(
        rows,
        lambda pk: inspection.return_finding(
            actor=request.actor, at=request.at, finding_id=pk, reason=reason
        ),
    )
    _tell(request, _("已退回%(count)s个问题") % {"count": len(done)}, failed)
    return redirect("findings:list")


@register_page
def show_finding(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will show one finding: facts, lines, rules, photos, limit, history, what may be done and what not."""
    finding = get_visible(queries.finding_page(request.actor).prefetch_related(ORDER_ITEMS), pk)
    (finding,) = _dress([finding], request)
    similar = list(queries.similar_elsewhere(finding, request.actor)[:6])
    handling = bool(policy.can_read_handling(request.actor, finding.campaign_id))
    photos = [photo_view(one, finding) for one in finding.evidence.all()]
    context = _context(request)
    alike = [str(one.pk) for one in (finding, *similar)]
    context["urls"] |= {
        "draft": url_or_none("orders:new", finding=finding.pk), "common": url_or_none("commons:new", finding=alike),
    }  # fmt: skip
    return render(
        request,
        "findings/show.html",
        {
            **context, "finding": finding, "acts": acts_of(request.actor, finding), "photos": photos,
            "before": next((one for one in photos if one["phase"] == Phase.BEFORE), None),
            "after": next((one for one in photos if one["phase"] == Phase.AFTER), None),
            "events": timeline_of(finding, handling), "similar": similar,
        },
    )  # fmt: skip


def _visit_choices(request: HttpRequest) -> list[Visit]:
    rows = queries.visits(request.actor, request.campaign.pk).exclude(state=VisitState.WITHDRAWN)
    return [
        row for row in rows.order_by("-arrived_at")[:30] if policy.can_register_finding(request.actor, row)
    ]


@register_page
def add_finding(request: HttpRequest) -> HttpResponse:
    """This view will register a finding on a visit; without one it asks for the visit first."""
    key = parse_id(request.GET.get("visit", ""))
    if key is None:
        return render(
            request, "findings/choose_visit.html", {**_context(request), "visits": _visit_choices(request)}
        )
    visit = get_visible(queries.visit_page(request.actor), key)
    decision = policy.can_register_finding(request.actor, visit)
    if not decision:
        raise Denied(decision.reason, decision.message)
    fill = request.POST.get("fill") or request.GET.get("template", "")
    form = _finding_form(request, visit, fill)
    if request.method == "POST" and not request.POST.get("fill"):
        finding = attempt(form, lambda: _register(request, visit, form))
        if finding:
            said(request, _("已登记问题%(number)s。") % {"number": finding})
            again = request.POST.get("next_step") == "again"
            return redirect(f"{reverse('findings:add')}?visit={visit.pk}" if again else finding_url(finding))
    templates = list(FindingTemplate.objects.filter(pack=request.campaign.pack, is_active=True))
    return render(
        request, "findings/form.html",
        {
            **_context(request), "form": form, "visit": visit, "chosen": form["template"].value(),
            "masked": screening.mask(form["fact"].value() or "") if form.is_bound else "",
            **_template_chips(visit, templates),
        },
    )  # fmt: skip


def _template_chips(visit: Visit, templates: list[FindingTemplate]) -> dict[str, Any]:
    """Return the templates meant for this type of site first, the rest behind “全部”."""
    code = visit.site.site_type.code
    near = [one for one in templates if code in one.site_types] or templates[:8]
    return {
        "near": near[:8],
        "rest": [one for one in templates if one not in near[:8]],
        "all_count": len(templates),
    }


def _finding_form(request: HttpRequest, visit: Visit, fill: str) -> FindingForm:
    found_at = min(request.at, visit.left_at or request.at)
    start = {
        "finding_id": new_id(), "found_at": found_at, "line": "territory", "severity": "general",
        "check_item_name": request.GET.get("item", ""),
    }  # fmt: skip
    template = FindingTemplate.objects.filter(pack=request.campaign.pack, code=fill).first() if fill else None
    filled = from_template(template) if template else {}
    if request.method == "POST" and fill:
        typed = {key: value for key, value in request.POST.items() if value}
        return FindingForm(initial={**start, **typed, **filled}, visit=visit)
    if request.method == "POST":
        return FindingForm(request.POST, request.FILES, visit=visit)
    if request.GET.get("fact"):
        filled["fact"] = request.GET["fact"]
    return FindingForm(initial={**start, **filled}, visit=visit)


def _register(request: HttpRequest, visit: Visit, form: FindingForm) -> Finding:
    photos = [
        inspection.NewPhoto(content=one.read(), file_name=one.name, phase=phase)
        for name, phase in (("photos_before", Phase.BEFORE), ("photos_after", Phase.AFTER))
        for one in form.cleaned_data[name]
    ]
    return inspection.record_finding(
        actor=request.actor, at=request.at, photos=photos, visit_id=visit.pk, **form.arguments()
    )


def finding_url(finding: Finding) -> str:
    """Return the address of a finding's page."""
    return reverse("findings:show", args=[finding.pk])
