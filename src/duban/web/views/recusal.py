"""Recusal: the own declaration before first access, requests about others, their decision (G-23)."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel.actor import FIELD_ROLES, OFFICE_ROLES, Role
from duban.kernel.errors import NotFound
from duban.kernel.fields import within
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people import operations as people
from duban.people import policy, queries
from duban.people.models import Grant, RecusalDeclaration, RecusalRequest, User
from duban.people.operations import GROUNDS
from duban.territory.models import Unit
from duban.web.attempts import attempt
from duban.web.forms.users import DecisionForm, RecusalForm, RecusalRequestForm
from duban.web.pages import back, export_rows, paginate, said, staff_page

STATES = {
    "open": gettext_lazy("待决定"),
    "upheld": gettext_lazy("应当回避"),
    "rejected": gettext_lazy("不需要回避"),
}
COLUMNS = [
    (gettext_lazy("时间"), lambda row: row.requested_at), (gettext_lazy("请谁回避"), lambda row: row.user.post_label),
    (gettext_lazy("涉及单位"), lambda row: row.unit.name), (gettext_lazy("事由"), lambda row: GROUNDS.get(row.ground, row.ground)),
    (gettext_lazy("提出"), lambda row: row.requested_by_label), (gettext_lazy("决定"), lambda row: STATES.get(row.state, row.state)),
]  # fmt: skip
DECLARING = frozenset({*FIELD_ROLES, Role.EXPERT})


def _campaign_units(request: HttpRequest):
    """Return the units of the campaign: one may have to stay out of a unit outside the own sector, too."""
    return Unit.objects.filter(within(request.campaign.area_path, field="path"), is_active=True)


@login_required
def declare(request: HttpRequest) -> HttpResponse:
    """This function will take the declaration for the current campaign; it stands before first access."""
    if not request.campaign:
        raise NotFound("no_campaign")
    standing = queries.open_declaration(request.user.pk, request.campaign.pk)
    initial = {}
    if standing:
        units = list(standing.units.all())
        ground = next(iter(standing.grounds.values()), "")
        initial = {"has_units": "yes" if units else "no", "units": units, "ground": ground}
    form = RecusalForm(request.POST or None, rows=_campaign_units(request), initial=initial)
    if request.method == "POST" and attempt(form, lambda: _declare(request, form)):
        said(request, _("已申报回避情况"))
        return back(request, "today:show")
    return render(request, "recusal/declare.html", {"form": form, "standing": standing})


def _declare(request: HttpRequest, form: RecusalForm) -> RecusalDeclaration:
    given = form.cleaned_data
    units = given["units"] if given["has_units"] == "yes" else []
    return people.declare_recusal(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, unit_ids=[unit.pk for unit in units],
        grounds={str(unit.pk): given["ground"] for unit in units},
    )  # fmt: skip


def _colleagues(request: HttpRequest):
    """Return the accounts that inspect in this campaign."""
    roles = [role.value for role in DECLARING | {Role.CAMPAIGN_HEAD, Role.OFFICE}]
    holders = Grant.objects.filter(role__in=roles, revoked_at=None, campaign_id=request.campaign.pk).values(
        "user"
    )
    covert = Grant.objects.filter(role=Role.COVERT_INSPECTOR.value, revoked_at=None).values("user")
    rows = User.objects.filter(pk__in=holders, is_active=True).order_by("post_label")
    return rows if request.actor.has_role({Role.CAMPAIGN_HEAD}) else rows.exclude(pk__in=covert)


@staff_page
def request_recusal(request: HttpRequest) -> HttpResponse:
    """This function will take a request that somebody keep out of a unit's matters."""
    given = {
        "user": request.GET.get("user") or request.user.pk,
        "unit": Unit.objects.filter(code=request.GET.get("unit", "")).first(),
    }
    is_staff = request.actor.has_role({*DECLARING, *OFFICE_ROLES}, campaign_id=request.campaign.pk)
    own = User.objects.filter(pk=request.user.pk)
    users = _colleagues(request) | own if is_staff else own
    form = RecusalRequestForm(request.POST or None, rows=_campaign_units(request), users=users, initial=given)
    if request.method == "POST":

        def act() -> RecusalRequest:
            shown = form.cleaned_data
            return people.request_recusal(
                actor=request.actor, at=request.at, user_id=shown["user"].pk, campaign_id=request.campaign.pk,
                unit_id=shown["unit"].pk, ground=shown["ground"], reason=shown["reason"],
            )  # fmt: skip

        if attempt(form, act):
            said(request, _("已提出回避申请，由专班组长决定"))
            return back(request, "recusal:declare")
    return render(request, "recusal/request.html", {"form": form})


@staff_page
def list_requests(request: HttpRequest) -> HttpResponse:
    """This function will list recusal requests of the campaign for those who decide them, and declarations."""
    if not request.actor.has_role(OFFICE_ROLES, campaign_id=request.campaign.pk):
        raise NotFound()
    rows = policy.recusal_requests_visible_to(request.actor).filter(campaign_id=request.campaign.pk)
    rows = rows.select_related("user", "unit", "decided_by").order_by("-requested_at")
    state = request.GET.get("state", "")
    if state in STATES:
        rows = rows.filter(state=state)
    if request.GET.get("export"):
        return export_rows(request, _("回避申请"), COLUMNS, rows)
    page = paginate(request, rows)
    for one in page:
        one.ground_title = GROUNDS.get(one.ground, one.ground)
        one.may_decide = one.state == "open" and bool(policy.can_decide_recusal(request.actor, one))
    tabs = [
        {"label": label, "url": f"?state={key}" if key else "?", "current": state == key}
        for key, label in (("", _("全部")), *STATES.items())
    ]
    return render(request, "recusal/list.html", {"page": page, "tabs": tabs, "now": request.at})


@staff_page
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will decide one recusal request; never one about oneself."""
    rows = policy.recusal_requests_visible_to(request.actor).filter(campaign_id=request.campaign.pk)
    wanted = get_visible(rows.select_related("user", "unit"), pk)
    require(policy.can_decide_recusal(request.actor, wanted))
    wanted.ground_title = GROUNDS.get(wanted.ground, wanted.ground)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":

        def act() -> RecusalRequest:
            is_upheld = form.cleaned_data["outcome"] == "upheld"
            reason = form.cleaned_data["reason"]
            return people.decide_recusal(
                actor=request.actor, at=request.at, request_id=wanted.pk, is_upheld=is_upheld, reason=reason
            )

        if attempt(form, act):
            said(request, _("已决定回避申请"))
            return redirect("recusal:list")
    return render(request, "recusal/decide.html", {"form": form, "wanted": wanted, "now": request.at})
