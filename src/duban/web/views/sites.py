"""The register of sites and the history of area grades."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.inspection.policy import findings_visible_to
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.fields import within
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning.policy import can_read_risk
from duban.planning.risk import site_scores
from duban.sites import operations as sites
from duban.sites import policy
from duban.sites.models import RiskAreaGrade, Site
from duban.sites.policy import READERS
from duban.sites.queries import grade_of
from duban.territory.policy import units_visible_to
from duban.web.attempts import attempt
from duban.web.forms.sites import GradeFilter, GradeForm, SiteFilter, SiteForm
from duban.web.pages import View, dangerous, export_rows, paginate, said, staff_page

CHANGED = ("name", "site_type", "territory_unit", "department_unit", "operator_unit", "duty_phone", "address")
COLUMNS = (
    ("编码", lambda site: site.code), ("名称", lambda site: site.name), ("类型", lambda site: site.site_type.title),
    ("所在区划编码", lambda site: site.area.code), ("所在区划", lambda site: site.area.name),
    ("属地责任单位", lambda site: site.territory_unit.name),
    ("主管部门", lambda site: site.department_unit.name if site.department_unit else ""),
    ("责任单位", lambda site: site.operator_unit.name if site.operator_unit else ""),
    ("值班电话", lambda site: site.duty_phone),
    ("地址", lambda site: "" if site.site_type.is_restricted else site.address), ("在用", lambda site: "是" if site.is_active else "否"),
)  # fmt: skip


def site_page(view: View) -> View:
    """This decorator will show the register to those who work with sites; to others it does not exist."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.has_role(READERS):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _may_change(request: HttpRequest, path: str | None = None) -> bool:
    reach = [one for one, campaign in request.actor.areas(READERS)]
    return bool(policy.can_change_sites(request.actor, path if path is not None else (reach or [""])[0]))


def _plans(request: HttpRequest) -> bool:
    return bool(request.campaign and can_read_risk(request.actor, request.campaign))


def _points(request: HttpRequest, site: Site) -> int | None:
    """Return the site's points for who may read them."""
    if not _plans(request) or request.actor.recused_unit_ids & {
        site.territory_unit_id, site.department_unit_id, site.operator_unit_id,
    }:  # fmt: skip
        return None
    score = site_scores(campaign=request.campaign, at=request.at, site_ids=[site.pk]).get(site.pk)
    return score.points if score else None


def _filtered(request: HttpRequest, form: SiteFilter) -> QuerySet[Site]:
    rows = policy.sites_visible_to(request.actor).select_related(
        "site_type", "area", "territory_unit", "department_unit", "operator_unit"
    )
    form.is_valid()
    given = form.cleaned_data
    if given.get("state") != "all":
        rows = rows.filter(is_active=given.get("state") != "ended")
    if text := given.get("q", "").strip():
        rows = rows.filter(Q(name__contains=text) | Q(code__startswith=text) | Q(address__contains=text))
    if area := given.get("area"):
        rows = rows.filter(within(area.path))
    if kind := given.get("kind"):
        rows = rows.filter(site_type=kind)
    if sector := given.get("sector"):
        rows = rows.filter(site_type__line_sector=sector)
    if grade := given.get("grade"):
        rows = rows.filter(_graded(grade))
    return rows.order_by("area_path", "code")


def _graded(chosen: str) -> Q:
    """Return the condition for sites inside areas that hold the chosen grade now."""
    scheme, code = chosen.split(":", 1)
    condition = Q(pk__in=())
    for path in RiskAreaGrade.objects.filter(scheme_id=scheme, grade=code, ends_at=None).values_list(
        "area_path", flat=True
    ):
        condition |= within(path)
    return condition


@site_page
def list_sites(request: HttpRequest) -> HttpResponse:
    """This function will list sites with filters; export and print obey the filter."""
    form = SiteFilter(request.GET, rows=units_visible_to(request.actor))
    rows = _filtered(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("点位"), COLUMNS, rows)
    page = paginate(request, rows)
    can = {"add": _may_change(request), "risk": _plans(request)}
    return render(
        request, "sites/list.html", {"form": form, "page": page, "found": page.paginator.count, "can": can}
    )


@site_page
def show_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show a site, its responsible parties, its area's grade and what was found there."""
    rows = policy.sites_visible_to(request.actor).select_related(
        "site_type", "area", "territory_unit", "department_unit", "operator_unit"
    )
    site = get_visible(rows, pk)
    grade = grade_of(site.area_id, request.at)
    findings = findings_visible_to(request.actor).filter(site=site)
    return render(request, "sites/show.html", {
        "site": site, "facts": _facts(site, grade), "can": {"change": _may_change(request, site.area_path)},
        "findings": findings.select_related("unit").order_by("-found_at")[:20], "found": findings.count(), "now": request.at,
        "points": _points(request, site),
    })  # fmt: skip


def grade_title(row: RiskAreaGrade) -> str:
    """This function will return the printed title of a grade."""
    return next((one["title"] for one in row.scheme.grades if one["code"] == row.grade), row.grade)


def _facts(site: Site, grade: RiskAreaGrade | None) -> list[tuple[str, Any]]:
    return [
        (_("编码"), site.code), (_("类型"), site.site_type.title), (_("所在区划"), f"{site.area.name}（{site.area.code}）"),
        (_("区域等级"), f"{grade_title(grade)}（{grade.scheme.title}）" if grade else ""),
        (_("属地责任"), site.territory_unit.name),
        (_("主管部门责任"), site.department_unit.name if site.department_unit else ""),
        (_("单位责任"), site.operator_unit.name if site.operator_unit else ""),
        (_("值班电话"), site.duty_phone), (_("地址"), site.address), (_("检查清单"), site.site_type.default_checklist),
    ]  # fmt: skip


@site_page
def add_site(request: HttpRequest) -> HttpResponse:
    """This function will add a site."""
    if not _may_change(request):
        raise NotFound()
    form = SiteForm(request.POST or None, rows=units_visible_to(request.actor))
    if request.method == "POST":
        act = lambda: sites.add_site(actor=request.actor, at=request.at, **form.values())  # noqa: E731
        if site := attempt(form, act):
            said(request, _("已新增点位 %(name)s") % {"name": site.name})
            return redirect("sites:show", site.pk)
    return render(request, "sites/form.html", {"form": form, "site": None})


@site_page
def change_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will change a site's facts or responsible parties."""
    rows = policy.sites_visible_to(request.actor).select_related(
        "territory_unit", "department_unit", "operator_unit"
    )
    site = get_visible(rows, pk)
    require(policy.can_change_sites(request.actor, site.area_path))
    form = SiteForm(
        request.POST or None, rows=units_visible_to(request.actor), site=site,
        initial={name: getattr(site, name) for name in CHANGED},
    )  # fmt: skip
    if request.method == "POST":
        act = lambda: sites.change_site(actor=request.actor, at=request.at, site_id=site.pk, **form.values())  # noqa: E731
        if attempt(form, act):
            said(request, _("已修改点位 %(name)s") % {"name": site.name})
            return redirect("sites:show", site.pk)
    return render(request, "sites/form.html", {"form": form, "site": site})


@site_page
@require_POST
@dangerous
def switch_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will take a site out of use, or bring it back, with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid("reason_required", _("请写理由。"))
    is_active = not get_visible(policy.sites_visible_to(request.actor), pk).is_active
    site = sites.change_site(
        actor=request.actor, at=request.at, site_id=pk, is_active=is_active, reason=reason
    )
    said(request, (_("已恢复点位 %(name)s") if is_active else _("已停用点位 %(name)s")) % {"name": site.name})
    return redirect("sites:show", site.pk)


@site_page
def list_grades(request: HttpRequest) -> HttpResponse:
    """This function will list the published grades of areas, now and before, and take a new one."""
    units = units_visible_to(request.actor)
    filters = GradeFilter(request.GET, rows=units)
    form = GradeForm(request.POST or None, rows=units, prefix="new")
    if request.method == "POST" and attempt(form, lambda: _set_grade(request, form)):
        said(request, _("已记录区域等级"))
        return redirect("sites:grades")
    rows = _grades(request, filters)
    if request.GET.get("export"):
        return export_rows(request, _("区域等级"), GRADE_COLUMNS, rows)
    page = paginate(request, rows)
    for row in page:
        row.title = grade_title(row)
    return render(request, "sites/grades.html", {
        "filters": filters, "form": form, "page": page, "found": page.paginator.count, "now": request.at,
        "can": {"set": _may_change(request), "risk": _plans(request)},
    })  # fmt: skip


GRADE_COLUMNS = (
    ("区域", lambda row: row.area.name), ("编码", lambda row: row.area.code), ("分级表", lambda row: row.scheme.title),
    ("等级", grade_title), ("起", lambda row: row.starts_at), ("止", lambda row: row.ends_at), ("来源", lambda row: row.source),
)  # fmt: skip


def _set_grade(request: HttpRequest, form: GradeForm) -> RiskAreaGrade:
    scheme_id, grade = form.cleaned_data["grade"].split(":", 1)
    return sites.set_risk_grade(
        actor=request.actor, at=request.at, scheme_id=UUID(scheme_id), area_id=form.cleaned_data["area"].pk, grade=grade,
        source=form.cleaned_data["source"],
    )  # fmt: skip


def _grades(request: HttpRequest, filters: GradeFilter) -> QuerySet[RiskAreaGrade]:
    rows = (
        policy.grades_visible_to(request.actor)
        .select_related("scheme", "area")
        .order_by("-starts_at", "area_path")
    )
    filters.is_valid()
    given = filters.cleaned_data
    if area := given.get("area"):
        rows = rows.filter(within(area.path))
    if scheme := given.get("scheme"):
        rows = rows.filter(scheme=scheme)
    if state := given.get("state"):
        rows = rows.filter(ends_at__isnull=state == "open")
    return rows
