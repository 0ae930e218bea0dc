"""Campaign settings: overview, change, summary lines, periods, start, end, destruction."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.campaigns import erasure, policy, queries
from duban.campaigns import operations as campaigns
from duban.kernel.actor import Role
from duban.kernel.clock import local_day, moment, start_of_day
from duban.kernel.errors import Conflict, DubanError, Invalid, NotFound, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.current import SESSION_KEY
from duban.web.forms import campaign as forms
from duban.web.pages import View, dangerous, export_rows, form_errors, said, staff_page


def campaign_page(view: View) -> View:
    """This decorator will show the page to those who may read the campaign's settings; to others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.campaigns_readable_by(request.actor).filter(pk=request.campaign.pk).exists():
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the tabs of this area."""
    rows = [
        ("campaign:show", _("设置")), ("directives:list", _("部署与措施")), ("checklists:list", _("检查清单")),
        ("gaps:show", _("缺口")), ("rules:list", _("规则")), ("focuses:list", _("监督重点")),
        ("legal:list", _("法规")), ("packs:list", _("专项包")),
    ]  # fmt: skip
    return [{"label": label, "url": reverse(name), "current": name == current} for name, label in rows]


def context(request: HttpRequest, current: str, **extra: Any) -> dict[str, Any]:
    """Return what every page of this area shows, with what the reader may change."""
    may = bool(request.campaign and policy.can_change_campaign(request.actor, request.campaign))
    return {"campaign": request.campaign, "tabs": tabs(current), "can_change": may, **extra}


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """This function will run `act` if the form holds; a refusal of the input goes onto the form."""
    if not form.is_valid():
        return None
    try:
        return act()
    except (Invalid, Conflict) as error:
        form_errors(form, error)
        return None


def rail_marks(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the day rail of the campaign as the tag takes it."""
    today = local_day(request.at)
    marks = []
    for mark in request.campaign.day_rail:
        hours, minutes = (int(part) for part in mark["at"].split(":"))
        start = start_of_day(today)
        at = start.replace(hour=hours % 24, minute=minutes)
        if hours == 24:
            at = moment(today.fromordinal(today.toordinal() + 1), at.time())
        english = request.LANGUAGE_CODE.startswith("en") and mark.get("title_en")
        marks.append({"at": at, "label": english or mark["title"], "clock": mark["at"]})
    return marks


def _is_head(request: HttpRequest) -> bool:
    """Test whether the reader may know how many journal lines there are: the number moves with every secret plan."""
    campaign = request.campaign
    return request.actor.has_role({Role.CAMPAIGN_HEAD}, campaign_id=campaign.pk, path=campaign.area_path)


@campaign_page
def show_campaign(request: HttpRequest) -> HttpResponse:
    campaign, actor = request.campaign, request.actor
    lines = campaign.scope_units.select_related("unit")
    if request.GET.get("export"):
        columns = [
            (_("单位"), lambda line: line.unit.name), (_("代码"), lambda line: line.unit.code),
            (_("分组"), lambda line: line.get_group_display()),
        ]  # fmt: skip
        return export_rows(request, _("%(title)s 汇总单位") % {"title": campaign.title}, columns, lines)
    return render(request, "campaign/show.html", context(
        request, "campaign:show", lines=lines, periods=campaign.periods.order_by("-starts_on"),
        marks=rail_marks(request), pack=queries.installed(campaign), plan=erasure.plan_lines(campaign) if _is_head(request) else [],
        certificates=campaign.certificates.all(), today=local_day(request.at),
        can_end=bool(policy.can_close_campaign(actor, campaign)), can_create=can_create(request),
    ))  # fmt: skip


def can_create(request: HttpRequest) -> bool:
    """Test whether the reader may set up another campaign somewhere in the own area."""
    return any(policy.can_create_campaign(request.actor, grant.area_path) for grant in request.actor.grants)


@staff_page(needs_campaign=False)
def create_campaign(request: HttpRequest) -> HttpResponse:
    if not can_create(request):
        raise NotFound()
    form = forms.CampaignForm(
        request.POST or None, actor=request.actor, initial={"starts_on": local_day(request.at)}
    )

    def act() -> Any:
        given = form.cleaned_data
        head = given["headquarters"]
        return campaigns.create_campaign(
            actor=request.actor, at=request.at, code=given["code"], title=given["title"], pack=given["pack"].code,
            scope_id=given["scope"].pk, body_id=given["body"].pk, headquarters_id=head.pk if head else None,
            starts_on=given["starts_on"], urgency=given["urgency"], trigger=given["trigger"], basis=given["basis"],
        )  # fmt: skip

    if request.method == "POST" and (made := attempt(form, act)):
        request.session[SESSION_KEY] = str(made.pk)
        said(request, _("%(title)s已设立，请列出汇总单位后启动") % {"title": made.title})
        return redirect("campaign:show")
    return render(request, "campaign/create.html", context(request, "campaign:show", form=form))


@campaign_page
def change_campaign(request: HttpRequest) -> HttpResponse:
    campaign = request.campaign
    require(policy.can_change_campaign(request.actor, campaign))
    form = forms.SettingsForm(request.POST or None, initial=forms.SettingsForm.start(campaign))

    def act() -> Any:
        return campaigns.change_campaign(
            actor=request.actor, at=request.at, campaign_id=campaign.pk, **form.changes(campaign)
        )

    if request.method == "POST" and attempt(form, act):
        said(request, _("专项设置已修改"))
        return redirect("campaign:show")
    return render(request, "campaign/change.html", context(request, "campaign:show", form=form))


@campaign_page
def change_scope(request: HttpRequest) -> HttpResponse:
    campaign = request.campaign
    require(policy.can_change_campaign(request.actor, campaign))
    form = forms.ScopeForm(request.POST or None, campaign=campaign)

    def act() -> Any:
        return campaigns.set_scope_units(
            actor=request.actor, at=request.at, campaign_id=campaign.pk, units=form.lines()
        )

    if request.method == "POST" and attempt(form, act):
        said(request, _("汇总单位已修改，共 %(count)d 个") % {"count": campaign.scope_units.count()})
        return redirect("campaign:show")
    return render(request, "campaign/scope.html", context(request, "campaign:show", form=form))


@campaign_page
def add_period(request: HttpRequest) -> HttpResponse:
    campaign = request.campaign
    require(policy.can_change_campaign(request.actor, campaign))
    pack = queries.installed(campaign)
    flags = pack.profile.get("period_flags", []) if pack else []
    form = forms.PeriodForm(request.POST or None, flags=flags)

    def act() -> Any:
        return campaigns.add_period(
            actor=request.actor, at=request.at, campaign_id=campaign.pk, **form.cleaned_data
        )

    if request.method == "POST" and (made := attempt(form, act)):
        said(request, _("%(title)s已登记") % {"title": made.title})
        return redirect("campaign:show")
    return render(request, "campaign/period.html", context(request, "campaign:show", form=form))


@campaign_page
def end_period(request: HttpRequest, pk: UUID) -> HttpResponse:
    campaign = request.campaign
    require(policy.can_change_campaign(request.actor, campaign))
    period = get_visible(campaign.periods.all(), pk)
    form = forms.EndPeriodForm(request.POST or None, initial={"ends_on": local_day(request.at)})

    def act() -> Any:
        return campaigns.end_period(
            actor=request.actor, at=request.at, campaign_id=campaign.pk, period_id=pk, **form.cleaned_data
        )

    if request.method == "POST" and attempt(form, act):
        said(request, _("%(title)s的结束日已登记") % {"title": period.title})
        return redirect("campaign:show")
    return render(
        request, "campaign/period.html", context(request, "campaign:show", form=form, period=period)
    )


@campaign_page
@require_POST
def start_campaign(request: HttpRequest) -> HttpResponse:
    campaigns.start_campaign(actor=request.actor, at=request.at, campaign_id=request.campaign.pk)
    said(request, _("%(title)s已启动") % {"title": request.campaign.title})
    return redirect("campaign:show")


def _ending(
    request: HttpRequest, form: BaseForm, act: Callable[[], Any], page: str, done: str
) -> HttpResponse:
    require(policy.can_close_campaign(request.actor, request.campaign))
    if request.method == "POST" and attempt(form, act):
        said(request, done % {"title": request.campaign.title})
        return redirect("campaign:show")
    plan = erasure.plan_lines(request.campaign)
    return render(request, page, context(request, "campaign:show", form=form, plan=plan))


@campaign_page
@dangerous
def close_campaign(request: HttpRequest) -> HttpResponse:
    form = forms.ClosingForm(request.POST or None)

    def act() -> Any:
        return campaigns.close_campaign(
            actor=request.actor, at=request.at, campaign_id=request.campaign.pk, **form.cleaned_data
        )

    return _ending(request, form, act, "campaign/close.html", _("%(title)s已结束"))


@campaign_page
@dangerous
def reopen_campaign(request: HttpRequest) -> HttpResponse:
    form = forms.ReasonForm(request.POST or None)

    def act() -> Any:
        return campaigns.reopen_campaign(
            actor=request.actor, at=request.at, campaign_id=request.campaign.pk, **form.cleaned_data
        )

    return _ending(request, form, act, "campaign/reopen.html", _("%(title)s已重新启动"))


@campaign_page
@dangerous
def erase_campaign(request: HttpRequest) -> HttpResponse:
    form = forms.ReasonForm(request.POST or None)

    def act() -> Any:
        try:
            return campaigns.erase_campaign(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk, **form.cleaned_data
            )
        except WrongState as error:
            raise _as_input(error) from None

    return _ending(request, form, act, "campaign/erase.html", _("%(title)s的证据资料已清除"))


def _as_input(error: DubanError) -> Invalid:
    """Return a refusal that belongs on the form (the plan is not due yet) as such."""
    return Invalid(error.code, error.message)


@campaign_page
def show_certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    certificate = get_visible(request.campaign.certificates.all(), pk)
    return render(
        request, "campaign/certificate.html", context(request, "campaign:show", certificate=certificate)
    )
