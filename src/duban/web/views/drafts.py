"""拟稿: list, new, text with preview and lint, approval, recipient groups."""

from base64 import b64encode
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.documents import drafting, drawing, policy, preview, queries, recipients
from duban.documents import operations as documents
from duban.documents.capacities import words_of_capacity
from duban.documents.kinds import kind_of
from duban.documents.mending import mendable
from duban.documents.models import GUARDED_KINDS, Draft
from duban.documents.states import DraftState
from duban.kernel.errors import DubanError, NotFound
from duban.kernel.journal import VERBS, events_of
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.forms.drafts import DraftForm, GroupForm, NewDraftForm, drafted_kinds
from duban.web.forms.ruled_drafts import draft_form
from duban.web.pages import export_rows, form_errors, paginate, said, staff_page

ACTS: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "submit": (documents.submit_draft, gettext_lazy("已送核稿"), ()),
    "review": (documents.review_draft, gettext_lazy("已核稿"), ("opinion",)),
    "countersign": (documents.countersign_draft, gettext_lazy("已会签"), ("opinion",)),
    "send_back": (documents.send_back_draft, gettext_lazy("已退回拟稿人"), ("reason",)),
    "recall": (documents.recall_draft, gettext_lazy("已撤回，可以修改"), ()),
    "sign": (documents.sign_draft, gettext_lazy("已签发"), ()),
    "discard": (documents.discard_draft, gettext_lazy("已废止"), ("reason",)),
    "reserve": (documents.reserve_draft_number, gettext_lazy("已留号"), ()),
}


@staff_page
def list_drafts(request: HttpRequest) -> HttpResponse:
    """Show the drafts in reach, those that wait for the reader first in the tabs."""
    state, mine = request.GET.get("state", ""), bool(request.GET.get("mine"))
    rows = queries.drafts_listed(request.actor, request.campaign, state=state, mine=mine)
    if request.GET.get("export"):
        columns = [(_("标题"), lambda row: row.title), (_("文种"), lambda row: kind_of(row.kind).title),
                   (_("状态"), lambda row: row.get_state_display()), (_("拟稿"), lambda row: str(row.drafted_by)),
                   (_("签发人"), lambda row: str(row.signer or "")), (_("修改"), lambda row: row.changed_at)]  # fmt: skip
        return export_rows(request, _("文稿"), columns, rows)
    page = paginate(request, rows)
    for row in page:
        row.kind_title = kind_of(row.kind).title
    can = {"draft": policy.can_draft(request.actor, request.campaign)}
    context = {"page": page, "tabs": _tabs(request, state, mine), "can": can, "now": request.at}
    return render(request, "documents/drafts.html", context)


def _tabs(request: HttpRequest, state: str, mine: bool) -> list[dict[str, Any]]:
    waiting = queries.drafts_with(request.actor, campaign_id=request.campaign.pk).count()
    return [
        {"label": _("全部"), "url": request.path, "current": not state and not mine},
        {"label": _("待我办理"), "url": "?mine=1", "count": waiting, "current": mine},
        *({"label": label, "url": f"?state={value}", "current": state == value} for value, label in DraftState.choices),
    ]  # fmt: skip


@staff_page
def new_draft(request: HttpRequest) -> HttpResponse:
    """Choose kind and title; with ?corrects= the new document points at the one it corrects."""
    require(policy.can_draft(request.actor, request.campaign))
    corrects = _corrected(request)
    start = (
        {"kind": corrects.kind, "title": corrects.title}
        if corrects
        else {"kind": request.GET.get("kind", "notice")}
    )
    if corrects:
        require(policy.can_correct(request.actor, corrects, corrects.kind))
    may = [
        code for code, _title in drafted_kinds() if policy.can_draft(request.actor, request.campaign, code)
    ]
    form = NewDraftForm(request.POST or None, initial=start, kinds=may)
    if request.method == "POST" and form.is_valid():
        try:
            draft = documents.write_draft(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk,
                corrects_id=corrects.pk if corrects else None, **form.cleaned_data,
            )  # fmt: skip
            return redirect("drafts:edit", draft.pk)
        except DubanError as error:
            form_errors(form, error)
    return render(request, "documents/draft_new.html", {"form": form, "corrects": corrects})


def _corrected(request: HttpRequest) -> Any:
    asked = request.GET.get("corrects") or request.POST.get("corrects")
    try:
        return get_visible(policy.documents_visible_to(request.actor), UUID(asked)) if asked else None
    except ValueError:
        raise NotFound() from None


def _draft(request: HttpRequest, pk: UUID) -> Draft:
    rows = policy.drafts_visible_to(request.actor)
    related = ("campaign__body", "drafted_by", "reviewer", "signer", "number", "document", "corrects")
    return get_visible(rows.select_related(*related), pk)


@staff_page
def edit_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Type the text; save, look at it, or mend a fault by one click."""
    draft = _draft(request, pk)
    require(policy.can_change_draft(request.actor, draft))
    form = draft_form(request.POST or None, draft=draft)
    if request.method == "POST" and form.is_valid():
        try:
            documents.change_draft(
                actor=request.actor,
                at=request.at,
                draft_id=pk,
                version=form.cleaned_data["version"],
                **form.text(),
            )
            if code := request.POST.get("mend"):
                documents.mend_draft(actor=request.actor, at=request.at, draft_id=pk, code=code)
                return redirect("drafts:edit", pk)
            said(request, _("文稿已保存"))
            return redirect("drafts:edit" if request.POST.get("stay") else "drafts:show", pk)
        except DubanError as error:
            form_errors(form, error)
    shown = _shown(request, draft, form if form.is_bound and form.is_valid() else None)
    kind = kind_of(draft.kind)
    context = {
        "draft": draft,
        "form": form,
        "kind": kind,
        "capacity": words_of_capacity(kind),
        "is_guarded": draft.kind in GUARDED_KINDS,
        **shown,
    }
    return render(request, "documents/draft_edit.html", context)


@staff_page
@require_POST
def preview_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw the text as it is being typed: pages, characters, faults. Nothing is saved."""
    draft = _draft(request, pk)
    require(policy.can_change_draft(request.actor, draft))
    form = draft_form(request.POST, draft=draft)
    shown = _shown(request, draft, form if form.is_valid() else None)
    return render(request, "documents/draft_preview.html", {"draft": draft, "can_mend": True, **shown})


def _shown(request: HttpRequest, draft: Draft, typed: DraftForm | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if typed is not None:
        draft.title, draft.record, draft.names = (
            typed.cleaned_data["title"],
            typed.record(),
            typed.cleaned_data["names"],
        )
        draft.signer = typed.cleaned_data["signer"]
        given = {"mains": typed.recipients("main"), "copies": typed.recipients("copy")}
    record = drafting.shown_record(draft, request.at, **given)
    pages = drawing.preview(draft.kind, record)
    faults = drafting.lint_draft(draft, request.at, record)
    return {
        "images": [f"data:image/png;base64,{b64encode(page).decode()}" for page in pages],
        "characters": preview.count_characters(draft.kind, record), "limit": kind_of(draft.kind).lint.get("limit", 5000),
        "faults": [{"what": one, "mendable": mendable(one.code)} for one in faults],
    }  # fmt: skip


@staff_page
def show_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a draft as it will be printed, where it lies, and what the reader may do with it."""
    draft = _draft(request, pk)
    asked = list(draft.countersignatures.select_related("user"))
    waiting = any(one.user_id == request.actor.user_id and one.agreed_at is None for one in asked)
    can = {
        "change": policy.can_change_draft(request.actor, draft), "recall": policy.can_recall_draft(request.actor, draft),
        "review": policy.can_review_draft(request.actor, draft), "sign": policy.can_sign_draft(request.actor, draft),
        "countersign": policy.can_countersign_draft(request.actor, draft, waiting),
        "send_back": policy.can_send_back_draft(request.actor, draft, waiting),
    }  # fmt: skip
    history = [
        {"at": event.at, "who": event.actor_label, "what": VERBS[event.verb], "note": event.reason}
        for event in events_of(draft)
    ]
    context = {
        "draft": draft, "kind": kind_of(draft.kind), "capacity": words_of_capacity(kind_of(draft.kind)), "asked": asked, "can": can, "history": history, "now": request.at,
        "is_guarded": draft.kind in GUARDED_KINDS, "steps": _steps(draft, asked), "missing": drafting.missing(draft) if can["change"] else [],
        "mains": drafting.words_of(draft, copies=False).words, "copies": drafting.words_of(draft, copies=True).words,
        **_shown(request, draft),
    }  # fmt: skip
    return render(request, "documents/draft_show.html", context)


def _steps(draft: Draft, asked: list[Any]) -> list[dict[str, Any]]:
    order = [DraftState.DRAFTING, DraftState.REVIEWING, DraftState.COUNTERSIGNING, DraftState.SIGNING]
    people = [str(draft.drafted_by), str(draft.reviewer or "—"), "、".join(str(one.user) for one in asked), str(draft.signer or "—")]  # fmt: skip
    here = order.index(draft.state) if draft.state in order else len(order)
    words = [_("拟稿"), _("核稿"), _("会签"), _("签发")]
    return [
        {"label": word, "note": who, "state": "done" if n < here else "open" if n == here else "todo"}
        for n, (word, who) in enumerate(zip(words, people, strict=True))
        if n != 2 or asked
    ]


@staff_page
@require_POST
def act_on_draft(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Hand in, review, countersign, send back, recall, sign, discard, or reserve the number."""
    if act not in ACTS:
        raise NotFound()
    operation, words, names = ACTS[act]
    given = {name: request.POST.get("reason", "") for name in names}
    done = operation(actor=request.actor, at=request.at, draft_id=pk, **given)
    said(request, str(words))
    if act == "sign":
        return redirect("documents:show", done.pk)
    return redirect("drafts:show", pk)


@staff_page
def list_groups(request: HttpRequest) -> HttpResponse:
    """Show the recipient groups with the units they stand for now."""
    require(policy.can_draft(request.actor, request.campaign))
    rows = [
        {"group": group, "units": recipients.units_of(group)} for group in queries.groups_of(request.campaign)
    ]
    return render(request, "documents/groups.html", {"rows": rows})


@staff_page
def save_group(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """Set up a recipient group or change one."""
    require(policy.can_draft(request.actor, request.campaign))
    group = (
        get_visible(policy.groups_visible_to(request.actor).filter(campaign=request.campaign), pk)
        if pk
        else None
    )
    form = GroupForm(request.POST or None, group=group)
    if request.method == "POST" and form.is_valid():
        try:
            documents.save_group(
                actor=request.actor, at=request.at, campaign_id=request.campaign.pk, group_id=pk,
                name=form.cleaned_data["name"], kinds=form.cleaned_data["kinds"],
                unit_ids=[unit.pk for unit in form.cleaned_data["units"]],
            )  # fmt: skip
            said(request, _("分组已保存"))
            return redirect("drafts:groups")
        except DubanError as error:
            form_errors(form, error)
    return render(request, "documents/group_form.html", {"form": form, "group": group})


@staff_page
@require_POST
def remove_group(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Remove a recipient group no open draft uses."""
    documents.remove_group(actor=request.actor, at=request.at, group_id=pk)
    said(request, _("分组已删除"))
    return redirect("drafts:groups")
