"""Points of sites for those who plan: the list, one site with its reasons and rows, the table and its change."""

from collections.abc import Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from duban.campaigns.models import RiskTable
from duban.campaigns.risk_lines import LABELS, REASONS
from duban.kernel.clock import local
from duban.kernel.errors import NotFound
from duban.kernel.fields import within
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning import operations as planning
from duban.planning import policy, risk
from duban.planning.risk.wording import sentence, title
from duban.sites.models import Site
from duban.sites.policy import sites_visible_to
from duban.territory.policy import units_visible_to
from duban.web.attempts import attempt
from duban.web.forms.risk import RiskTableForm, ScoreFilter
from duban.web.pages import View, export_rows, paginate, said, staff_page

SHOWN_REASONS, SHOWN_ROWS = 3, 20
# Kinds of rows that are opened as a list: where, and by which field of its filter.
_LISTS = {"grade": ("sites:grades", ""), "type": ("risk:list", "kind"), "area": ("findings:list", "area")}
PARTIES = ("territory_unit_id", "department_unit_id", "operator_unit_id")


def risk_page(view: View) -> View:
    """This decorator will show the page to who plans; to all others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_read_risk(request.actor, request.campaign):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _sites(request: HttpRequest):
    """Return the scored sites the actor may look at: not those of a unit the actor declared to stay away from."""
    rows = sites_visible_to(request.actor).filter(within(request.campaign.area_path), is_active=True)
    for name in PARTIES if request.actor.recused_unit_ids else ():
        rows = rows.exclude(**{f"{name}__in": request.actor.recused_unit_ids})
    return rows.select_related("site_type", "area")


def _filtered(request: HttpRequest, form: ScoreFilter) -> Iterable[Site]:
    rows = _sites(request)
    form.is_valid()
    given = form.cleaned_data
    if text := given.get("q", "").strip():
        rows = rows.filter(Q(name__contains=text) | Q(code__startswith=text))
    if area := given.get("area"):
        rows = rows.filter(within(area.path))
    if kind := given.get("kind"):
        rows = rows.filter(site_type=kind)
    return rows


@risk_page
def list_scores(request: HttpRequest) -> HttpResponse:
    """This function will list the sites by points, highest first, each with its weightiest reasons."""
    form = ScoreFilter(request.GET, rows=units_visible_to(request.actor))
    scores = risk.site_scores(campaign=request.campaign, at=request.at)
    table = risk.table_in_force(request.campaign, request.at)
    found = [(scores[site.pk], site) for site in _filtered(request, form) if site.pk in scores]
    if wanted := form.cleaned_data.get("reason"):
        found = [one for one in found if any(reason.code == wanted for reason in one[0].reasons)]
    found.sort(key=lambda one: (-one[0].points, one[1].code))
    if request.GET.get("export"):
        head = [(_("截至"), f"{local(request.at):%Y-%m-%d %H:%M}"), (_("计分表"), table.version)]
        return export_rows(request, _("点位风险计分"), _columns(table), found, head=head)
    page = paginate(request, found)
    rows = [{"site": site, "score": score, "reasons": _weightiest(score, table)} for score, site in page]
    context = {"form": form, "page": page, "rows": rows, "found": len(found), "table": table}
    return render(request, "risk/list.html", context)


def _weightiest(score: risk.Score, table: risk.Table) -> list[tuple[str, int]]:
    reasons = sorted(score.reasons, key=lambda one: -one.points)[:SHOWN_REASONS]
    return [(title(one.code, table), one.points) for one in reasons]


def _columns(table: risk.Table) -> list[tuple[str, Any]]:
    columns = [
        (_("编码"), lambda row: row[1].code), (_("名称"), lambda row: row[1].name),
        (_("类型"), lambda row: row[1].site_type.title), (_("所在区划"), lambda row: row[1].area.name),
        (_("分数"), lambda row: row[0].points),
    ]  # fmt: skip
    for code in table.values:
        columns.append((title(code, table), lambda row, code=code: _points(row[0], code)))
    return columns


def _points(score: risk.Score, code: str) -> int:
    return sum(one.points for one in score.reasons if one.code == code)


@risk_page
def show_score(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show how a site's points add up, with the rows behind each reason."""
    site = get_visible(_sites(request), pk)
    score = risk.site_scores(campaign=request.campaign, at=request.at, site_ids=[pk])[pk]
    table = risk.table_in_force(request.campaign, request.at)
    reasons = [
        {
            "title": title(one.code, table), "points": one.points, "most": table.values[one.code]["most"],
            "text": sentence(one), "links": [(_address(row), _called(row)) for row in one.rows[::-1][:SHOWN_ROWS]],
            "more": max(0, len(one.rows) - SHOWN_ROWS),
        }
        for one in sorted(score.reasons, key=lambda one: -one.points)
    ]  # fmt: skip
    none = [title(code, table) for code in table.values if not _points(score, code)]
    context = {"site": site, "score": score, "reasons": reasons, "none": none, "table": table}
    return render(request, "risk/show.html", context)


def _address(row: risk.Opened) -> str:
    if row.kind in _LISTS:
        name, field = _LISTS[row.kind]
        return reverse(name) + (f"?{field}={row.id}" if field else "")
    if row.kind == "topic":
        return f"{reverse('topics:list')}?{urlencode({'q': row.label})}"
    names = {"finding": "findings:show", "visit": "visits:show", "key_point": "key-points:show"}
    return reverse(names[row.kind], args=[row.id])


def _called(row: risk.Opened) -> str:
    words = {
        "finding": _("问题 %(label)s"), "visit": _("检查 %(label)s"), "key_point": _("要点第%(label)s条"), "grade": "%(label)s",
        "topic": "%(label)s",
        "type": _("同类点位"), "area": _("%(label)s的问题"),
    }  # fmt: skip
    return words[row.kind] % {"label": row.label}


@risk_page
def show_table(request: HttpRequest) -> HttpResponse:
    """This function will explain how points come about, with the numbers in force and the versions before."""
    table = risk.table_in_force(request.campaign, request.at)
    lines = [
        {
            "title": title(line["code"], table), "note": line.get("note", ""), "tag": line.get("tag", ""),
            "numbers": [(LABELS[name], line["values"][name]) for name in REASONS[line["code"]]],
        }
        for line in table.lines
    ]  # fmt: skip
    versions = RiskTable.objects.filter(
        Q(campaign=request.campaign) | Q(campaign=None, pack=request.campaign.pack)
    )
    can = {"change": policy.can_change_risk_table(request.actor, request.campaign)}
    context = {"table": table, "lines": lines, "versions": versions.order_by("-valid_from"), "can": can}
    return render(request, "risk/table.html", context)


@risk_page
def change_table(request: HttpRequest) -> HttpResponse:
    """This function will put a new version of the table in force for the campaign, with a reason."""
    require(policy.can_change_risk_table(request.actor, request.campaign))
    table = risk.table_in_force(request.campaign, request.at)
    titles = {code: title(code, table) for code in REASONS}
    form = RiskTableForm(request.POST or None, values=table.values, titles=titles)
    if request.method == "POST":
        act = lambda: planning.change_risk_table(  # noqa: E731
            actor=request.actor, at=request.at, campaign_id=request.campaign.pk, values=form.values(),
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        if made := attempt(form, act):
            said(request, _("计分表已换为第%(version)d版，现在起生效") % {"version": made.version})
            return redirect("risk:table")
    return render(request, "risk/form.html", {"form": form, "table": table})
