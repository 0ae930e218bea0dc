"""The toolkit of staff pages: the door decorator, paging, form errors, exports, confirmations."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any
from urllib.parse import quote

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme

from duban.kernel import journal
from duban.kernel.bounded import BOUND, AtLeast, bounded_count
from duban.kernel.errors import DubanError, NotFound
from duban.kernel.scope import in_list_order, is_kept_in_order
from duban.web import sign_in

View = Callable[..., HttpResponse]
PAGE_SIZE = 50


def staff_page(view: View | None = None, *, needs_campaign: bool = True) -> Any:
    """This decorator will let in signed-in people only, after second factor and recusal declaration where due."""

    def wrap(function: View) -> View:
        @login_required
        @wraps(function)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if first := sign_in.gate(request):
                return HttpResponseRedirect(first)
            if needs_campaign and not request.campaign:
                raise NotFound("no_campaign")
            return function(request, *args, **kwargs)

        inner.is_staff_page = True
        return inner

    return wrap(view) if view else wrap


def dangerous(view: View) -> View:
    """This decorator will ask for the password again before a dangerous act (allauth re-authentication)."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            raise_if_reauthentication_required(request, app="allauth.account")
        return view(request, *args, **kwargs)

    inner.is_dangerous = True
    return inner


class ListPaginator(Paginator):
    """Pages of a list of any size: counts no further than needed, reads whole rows only for the page shown.

    The bound grows with the page asked for, so that one can always go on; `total` spares the count.
    """

    def __init__(
        self, rows: QuerySet | Sequence, size: int, *, asked: int = 1, total: int | None = None
    ) -> None:
        super().__init__(rows, size)
        self.bound = max(BOUND, (asked + 1) * size)
        # A count that stopped at its bound is good for the pages before it; whoever goes on has it counted further.
        is_short = isinstance(total, AtLeast) and total < (asked + 1) * size
        self.total = None if is_short else total

    @cached_property
    def count(self) -> int:
        if self.total is not None:
            return self.total
        if isinstance(self.object_list, QuerySet) and not self.object_list.query.is_sliced:
            return bounded_count(self.object_list, self.bound)
        return len(self.object_list) if isinstance(self.object_list, Sequence) else self.object_list.count()

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = self.object_list
        if not isinstance(rows, QuerySet) or rows.query.is_sliced or self.count <= self.per_page:
            return super().page(number)
        # Joins and per-row figures are worked out for the rows shown, never for all that precede the cut.
        along = in_list_order(rows) if self.count >= BOUND and is_kept_in_order(rows) else rows
        keys = list(along.values_list("pk", flat=True)[start : start + self.per_page])
        # By their keys only: an engine might go through the whole area again for them.
        found = {row.pk: row for row in in_list_order(rows).filter(pk__in=keys).order_by()}
        return self._get_page([found[key] for key in keys if key in found], number, self)


def paginate(
    request: HttpRequest, rows: QuerySet | Sequence, size: int = PAGE_SIZE, *, total: int | None = None
) -> Page:
    """This function will return the asked page of `rows` (`?page=`), the nearest valid one if out of range."""
    asked = request.GET.get("page", "")
    pages = ListPaginator(
        rows, size, asked=int(asked) if asked.isdecimal() and len(asked) < 8 else 1, total=total
    )
    return pages.get_page(asked)


def form_errors(form: BaseForm, error: DubanError) -> None:
    """This function will put a domain refusal on a bound form: field messages beside fields, the rest on top."""
    placed = False
    for name, message in error.fields.items():
        if name in form.fields:
            form.add_error(name, str(message))
            placed = True
    if not placed or not error.fields:
        rest = [str(text) for name, text in error.fields.items() if name not in form.fields]
        form.add_error(None, "；".join([str(error.message), *rest]))


def said(request: HttpRequest, text: str) -> None:
    """This function will show one line in the past tense on the next page."""
    messages.success(request, text)


def back(request: HttpRequest, name: str, *args: Any) -> HttpResponseRedirect:
    """This function will redirect to `?next=` / form field `next` if it is ours, else to the named URL."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(reverse(name, args=args))


def export_rows(
    request: HttpRequest,
    name: str,
    columns: Sequence[tuple[str, Callable[[Any], Any]]],
    rows: Iterable[Any],
    *,
    head: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """This function will answer with an .xlsx of `rows`; the export is journalled with its name and row count.

    `columns` are (title, getter); `head` lines (scope, as-of, filter) stand above the table.
    """
    from duban.reporting.exports import workbook  # the exporter is reporting's

    content, count = workbook(name, columns, rows, head=head)
    with transaction.atomic():
        subject = request.campaign or request.user
        journal.record("export.made", actor=request.actor, at=request.at, subject=subject, label=name,
                       detail={"rows": count, "query": sorted(request.GET)})  # fmt: skip
    response = HttpResponse(
        content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    return response


def download(content: bytes, name: str, media_type: str, *, inline: bool = False) -> HttpResponse:
    """This function will answer with a file under its Chinese name, never sniffed, never cached."""
    response = HttpResponse(content, content_type=media_type)
    kind = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
