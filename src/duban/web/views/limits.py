"""Protected periods of units and the visit budget: what keeps visits away from the grassroots."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from duban.kernel.clock import local_day
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import operations as teams
from duban.teams import policy
from duban.teams.limits import budget_of, rotation_of
from duban.teams.models import ProtectedPeriod
from duban.web.forms.limits import BudgetForm, ProtectionFilter, ProtectionForm, RotationForm
from duban.web.forms.teams import WithdrawForm
from duban.web.one_form import OneForm
from duban.web.pages import export_rows, paginate
from duban.web.views.teams import context, team_page

COLUMNS = (
    (_lazy("单位"), lambda row: row.unit.label), (_lazy("自"), lambda row: row.starts_on),
    (_lazy("至"), lambda row: row.ends_on), (_lazy("理由"), lambda row: row.reason),
    (_lazy("提前结束"), lambda row: local_day(row.lifted_at).isoformat() if row.lifted_at else ""),
)  # fmt: skip


def _rows(request: HttpRequest, form: ProtectionFilter) -> QuerySet[ProtectedPeriod]:
    rows = policy.protections_visible_to(request.actor)
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q", "").strip():
        rows = rows.filter(unit__name__contains=text)
    today = local_day(request.at)
    if given.get("show", "now") != "all":
        rows = rows.filter(ends_on__gte=today, lifted_at=None)
    return rows.order_by("starts_on", "unit__path")


@team_page
def list_limits(request: HttpRequest) -> HttpResponse:
    """This function will list the protected periods that hold or come, with the visit budget."""
    form = ProtectionFilter(request.GET or None)
    rows = _rows(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("保护期"), COLUMNS, rows)
    page = paginate(request, rows)
    today = local_day(request.at)
    for row in page:
        row.may_lift = (
            row.lifted_at is None
            and row.ends_on >= today
            and bool(policy.can_set_limits(request.actor, row.campaign))
        )
    return render(request, "teams/limits.html", context(
        request, "limits:list", form=form, page=page, found=page.paginator.count, budget=budget_of(request.campaign),
        rotation=rotation_of(request.campaign),
        may_set_budget=bool(policy.can_set_budget(request.actor, request.campaign)),
    ))  # fmt: skip


def _page(title: str, button: str, note: str = "") -> OneForm:
    return OneForm(title, button, "limits:list", _("保护期与上限"), note)


@team_page
def protect(request: HttpRequest) -> HttpResponse:
    """This function will enter a protected period."""
    campaign, today = request.campaign, local_day(request.at)
    require(policy.can_set_limits(request.actor, campaign))
    initial = {"starts_on": today, "ends_on": today}
    form = ProtectionForm(request.POST or None, initial=initial, actor=request.actor, campaign=campaign)
    act = {"actor": request.actor, "at": request.at, "campaign_id": campaign.pk}
    return _page(_("登记保护期"), _("登记")).answer(
        request, form, lambda: teams.protect_unit(**act, **form.values()),
        lambda row: _("已登记保护期：%(row)s") % {"row": row},
    )  # fmt: skip


@team_page
def lift(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will end a protected period before its time."""
    row = get_visible(policy.protections_visible_to(request.actor), pk)
    require(policy.can_set_limits(request.actor, row.campaign))
    form = WithdrawForm(request.POST or None)
    act = {"actor": request.actor, "at": request.at, "period_id": pk}
    return _page(_("提前结束保护期"), _("结束"), str(row)).answer(
        request, form, lambda: teams.lift_protection(**act, **form.cleaned_data),
        lambda row: _("已结束保护期：%(row)s") % {"row": row},
    )  # fmt: skip


@team_page
def set_budget(request: HttpRequest) -> HttpResponse:
    """This function will set how often one unit may be drawn."""
    require(policy.can_set_budget(request.actor, request.campaign))
    budget = budget_of(request.campaign)
    form = BudgetForm(request.POST or None, initial={"visits": budget.visits, "days": budget.days})
    act = {"actor": request.actor, "at": request.at, "campaign_id": request.campaign.pk}
    return _page(_("设定到访上限"), _("设定")).answer(
        request, form, lambda: teams.set_visit_budget(**act, **form.cleaned_data),
        lambda row: _("到访上限已设为%(row)s") % {"row": row},
    )  # fmt: skip


@team_page
def set_rotation(request: HttpRequest) -> HttpResponse:
    """This function will set how long a team may be drawn for one area."""
    require(policy.can_set_budget(request.actor, request.campaign))
    rule = rotation_of(request.campaign)
    form = RotationForm(request.POST or None, initial={"days": rule.days, "window": rule.window})
    act = {"actor": request.actor, "at": request.at, "campaign_id": request.campaign.pk}
    return _page(_("设定轮换"), _("设定")).answer(
        request, form, lambda: teams.set_rotation(**act, **form.cleaned_data),
        lambda row: _("轮换已设为%(row)s") % {"row": row},
    )  # fmt: skip
