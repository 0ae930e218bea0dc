"""The register of what people report: counts by place and matter, and the way from a topic to a visit."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from duban.kernel.clock import local_day
from duban.kernel.errors import NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import operations as teams
from duban.teams.models import Dispatch
from duban.teams.policy import can_plan_dispatch, dispatches_visible_to
from duban.teams.states import DispatchState
from duban.topics import operations as topics
from duban.topics import policy
from duban.topics.models import Topic
from duban.web.forms.teams import WithdrawForm
from duban.web.forms.topics import SendForm, TopicFilter, TopicForm
from duban.web.one_form import OneForm
from duban.web.pages import View, export_rows, paginate, staff_page

COLUMNS = (
    (_lazy("地区"), lambda row: row.area.label), (_lazy("点位"), lambda row: row.site.name if row.site else ""),
    (_lazy("事项"), lambda row: row.subject), (_lazy("类别"), lambda row: row.category.title if row.category else ""),
    (_lazy("渠道"), lambda row: row.get_channel_display()), (_lazy("件数"), lambda row: row.count),
    (_lazy("自"), lambda row: row.starts_on), (_lazy("至"), lambda row: row.ends_on),
    (_lazy("办理情况"), lambda row: row.answer),
)  # fmt: skip


def topic_page(view: View) -> View:
    """This decorator will show the page to those who may read topics; to all others it does not exist."""

    @staff_page
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy.can_see_topics(request.actor, request.campaign):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _rows(request: HttpRequest, form: TopicFilter) -> QuerySet[Topic]:
    rows = policy.topics_visible_to(request.actor).filter(campaign=request.campaign, withdrawn_at=None)
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q", "").strip():
        rows = rows.filter(
            Q(subject__contains=text) | Q(area__name__contains=text) | Q(site__name__contains=text)
        )
    found = {
        "channel": given.get("channel"),
        "ends_on__gte": given.get("since"),
        "starts_on__lte": given.get("until"),
    }
    return rows.filter(**{name: value for name, value in found.items() if value})


@topic_page
def list_topics(request: HttpRequest) -> HttpResponse:
    """This function will list topics, newest first."""
    form = TopicFilter(request.GET or None)
    rows = _rows(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("群众反映"), COLUMNS, rows)
    page = paginate(request, rows)
    keeps = bool(policy.can_keep_topics(request.actor, request.campaign))
    return render(request, "topics/list.html", {
        "form": form, "page": page, "found": page.paginator.count, "keeps": keeps, "now": request.at,
    })  # fmt: skip


@topic_page
def enter(request: HttpRequest) -> HttpResponse:
    """This function will enter a topic."""
    require(policy.can_keep_topics(request.actor, request.campaign))
    today = local_day(request.at)
    form = TopicForm(
        request.POST or None,
        initial={"starts_on": today, "ends_on": today},
        actor=request.actor,
        campaign=request.campaign,
    )
    act = {"actor": request.actor, "at": request.at, "campaign_id": request.campaign.pk}
    return _filled(
        request, form, lambda: topics.enter_topic(**act, **form.values()), _("登记群众反映"), _("登记")
    )


@topic_page
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will correct a topic."""
    topic = _kept(request, pk)
    initial = {
        "area": topic.area, "site_code": topic.site.code if topic.site else "", "category": topic.category_id,
        **{name: getattr(topic, name) for name in ("channel", "subject", "count", "starts_on", "ends_on", "answer")},
    }  # fmt: skip
    form = TopicForm(
        request.POST or None, initial=initial, actor=request.actor, campaign=request.campaign, topic=topic
    )
    act = {"actor": request.actor, "at": request.at, "topic_id": pk}
    return _filled(
        request, form, lambda: topics.correct_topic(**act, **form.values()), _("更正群众反映"), _("更正")
    )


@topic_page
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will take a topic out of the counts."""
    topic = _kept(request, pk)
    form = WithdrawForm(request.POST or None)
    act = {"actor": request.actor, "at": request.at, "topic_id": pk}
    title = _("撤销群众反映")
    return _filled(
        request, form, lambda: topics.withdraw_topic(**act, **form.cleaned_data), title, _("撤销"), str(topic)
    )


@topic_page
def send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will add the reported site to a dispatch of today or tomorrow, the topic being the reason."""
    topic = _kept(request, pk)
    if topic.site is None:
        raise NotFound()
    today = local_day(request.at)
    rows = dispatches_visible_to(request.actor).filter(
        campaign=request.campaign, day__range=(today, today + timedelta(days=1)),
        state__in=(DispatchState.PLANNED, DispatchState.DEPARTED),
    )  # fmt: skip
    allowed = [
        one.pk for one in rows.select_related("team__campaign") if can_plan_dispatch(request.actor, one.team)
    ]
    form = SendForm(
        request.POST or None, dispatches=Dispatch.objects.filter(pk__in=allowed).select_related("team")
    )

    def act() -> Any:
        reason = _("据群众反映：%(subject)s（%(count)s件）") % {
            "subject": topic.subject,
            "count": topic.count,
        }
        return teams.add_dispatch_site(
            actor=request.actor, at=request.at, dispatch_id=form.cleaned_data["dispatch"].pk, site_id=topic.site_id,
            reason=reason,
        )  # fmt: skip

    return _filled(request, form, act, _("据反映增派点位"), _("增派"), str(topic))


def _kept(request: HttpRequest, pk: UUID) -> Topic:
    topic = get_visible(policy.topics_visible_to(request.actor).filter(withdrawn_at=None), pk)
    require(policy.can_keep_topics(request.actor, topic.campaign))
    return topic


def _filled(
    request: HttpRequest, form: Any, act: Callable[[], Any], title: str, button: str, note: str = ""
) -> HttpResponse:
    page = OneForm(title, button, "topics:list", _("群众反映"), note)
    return page.answer(
        request, form, act, lambda row: _("%(title)s：%(row)s") % {"title": title, "row": note or row}
    )
