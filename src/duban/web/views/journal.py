"""The journal: who did what when; proof that a line was sealed; verification of all seals. Reading changes nothing."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.campaigns.journal_review import (
    can_review_journal,
    events_to_review,
    last_review,
    review_journal,
)  # fmt: skip
from duban.campaigns.journal_scope import can_read_journal, events_visible_to
from duban.campaigns.policy import campaigns_visible_to
from duban.kernel import clock, seals
from duban.kernel.errors import NotFound
from duban.kernel.journal import VERBS
from duban.kernel.loading import get_visible
from duban.kernel.models import Event, Seal
from duban.web.attempts import attempt
from duban.web.forms.journal import JournalFilter, ReviewForm
from duban.web.pages import View, export_rows, paginate, said, staff_page

EXPORT_LIMIT = 50_000


def journal_page(view: View) -> View:
    """This decorator will open the journal to auditors and the office; to others it does not exist."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_read_journal(request.actor):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def verb_words(event: Event) -> str:
    """This function will return the sentence of an event's verb."""
    return str(VERBS.get(event.verb, event.verb))


def subject_words(event: Event) -> str:
    """This function will return what kind of thing an event is about."""
    try:
        return str(apps.get_model(event.subject_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return event.subject_type


def _filtered(request: HttpRequest, form: JournalFilter) -> QuerySet[Event]:
    rows = events_visible_to(request.actor)
    form.is_valid()
    given = form.cleaned_data
    if text := given.get("q", "").strip():
        rows = rows.filter(Q(actor_label__contains=text) | Q(subject_label__contains=text))
    for name, field in (("verb", "verb"), ("campaign", "campaign_id"), ("subject", "subject_id")):
        if value := given.get(name):
            rows = rows.filter(**{field: value.pk if name == "campaign" else value})
    if given.get("since"):
        rows = rows.filter(at__gte=clock.start_of_day(given["since"]))
    if given.get("until"):
        rows = rows.filter(at__lt=clock.end_of_day(given["until"]))
    return rows.order_by("-id")


COLUMNS = (
    ("时间", lambda event: event.at), ("写入时间", lambda event: event.recorded_at), ("岗位", lambda event: event.actor_label),
    ("事项", verb_words), ("对象", lambda event: event.subject_label), ("理由", lambda event: event.reason),
    ("留痕编号", lambda event: str(event.pk)),
)  # fmt: skip


@journal_page
def list_events(request: HttpRequest) -> HttpResponse:
    """This function will list journal lines with filters, newest first."""
    form = JournalFilter(request.GET, campaigns=campaigns_visible_to(request.actor))
    rows = _filtered(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("留痕"), COLUMNS, rows[:EXPORT_LIMIT])
    page = paginate(request, rows)
    for event in page:
        event.words = verb_words(event)
    return render(request, "journal/list.html", {
        "form": form, "page": page, "found": page.paginator.count, "now": request.at, "view": "events",
        "may_review": bool(can_review_journal(request.actor)),
    })  # fmt: skip


@journal_page
def show_event(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show one line with its detail and where it is sealed."""
    event = get_visible(events_visible_to(request.actor).select_related("detail", "seal_place__seal"), pk)
    place = getattr(event, "seal_place", None)
    detail = getattr(event, "detail", None)
    facts = [
        (_("事项"), verb_words(event)), (_("岗位"), event.actor_label), (_("对象"), event.subject_label),
        (_("发生时间"), clock.local(event.at).strftime("%Y-%m-%d %H:%M:%S")),
        (_("写入时间"), clock.local(event.recorded_at).strftime("%Y-%m-%d %H:%M:%S")), (_("理由"), event.reason),
        (_("留痕编号"), str(event.pk)), (_("详情摘要"), event.detail_hash),
        (_("封存"), _("第 %(number)s 次封存") % {"number": place.seal_id} if place else _("待封存")),
    ]  # fmt: skip
    return render(request, "journal/show.html", {
        "event": event, "facts": facts, "place": place, "detail": sorted(detail.body.items()) if detail else [],
        "is_erased": bool(event.detail_hash and not detail),
    })  # fmt: skip


@journal_page
def show_proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show the printable proof that a line is in its seal."""
    event = get_visible(events_visible_to(request.actor), pk)
    proof = seals.inclusion_proof(event)
    path = proof["proof"].get("path", []) if isinstance(proof["proof"], dict) else []
    return render(
        request,
        "journal/proof.html",
        {"event": event, "proof": proof, "path": path, "words": verb_words(event)},
    )


@journal_page
def list_seals(request: HttpRequest) -> HttpResponse:
    """This function will list the seals, newest first."""
    page = paginate(request, Seal.objects.order_by("-number"))
    open_events = events_visible_to(request.actor).filter(seal_place=None).count()
    return render(
        request,
        "journal/seals.html",
        {
            "page": page,
            "open_events": open_events,
            "view": "seals",
            "verdict": None,
            "may_review": bool(can_review_journal(request.actor)),
        },
    )


@journal_page
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """This function will recompute every seal from the stored rows and say what it found."""
    verdict = seals.verify()
    page = paginate(request, Seal.objects.order_by("-number"))
    return render(request, "journal/seals.html", {
        "page": page, "open_events": verdict.open_events, "view": "seals", "verdict": verdict,
        "may_review": bool(can_review_journal(request.actor)),
    })  # fmt: skip


@journal_page
def review(request: HttpRequest) -> HttpResponse:
    """This function will list the acts that wait for the auditor's second look, and record that they were looked at."""
    if not can_review_journal(request.actor):
        raise NotFound()
    rows = events_to_review(request.actor, request.at)
    page = paginate(request, rows)
    first = page.number == 1 and len(page.object_list) > 0  # later pages wait until the first is reviewed
    form = ReviewForm(request.POST or None, initial={"until_id": page[-1].pk} if first else {})
    act = {"actor": request.actor, "at": request.at}
    if request.method == "POST" and (
        done := attempt(form, lambda: review_journal(**act, **form.cleaned_data))
    ):
        said(request, _("已复核%(count)s") % {"count": done.subject_label})
        return redirect("journal:review")
    if request.GET.get("export"):
        return export_rows(request, _("待复核的留痕"), COLUMNS, rows[:EXPORT_LIMIT])
    for event in page:
        event.words = verb_words(event)
    return render(request, "journal/review.html", {
        "form": form, "page": page, "found": page.paginator.count, "view": "review", "may_review": True,
        "until": first, "last": last_review(request.actor),
    })  # fmt: skip
