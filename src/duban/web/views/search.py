"""The search box. A search is journalled with the length of its text and what it counted, never with its words."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from duban.kernel import journal
from duban.web.pages import staff_page
from duban.web.search_groups import MAX_TEXT, search


@staff_page(needs_campaign=False)
def show_search(request: HttpRequest) -> HttpResponse:
    """This function will show what the text finds, grouped, each group with its count."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:MAX_TEXT]
    groups = search(request.actor, request.campaign or None, text) if text else []
    if text:
        with transaction.atomic():
            detail = {"length": len(text), "found": sum(group.count for group in groups)}
            journal.record(
                "search.made", actor=request.actor, at=request.at, subject=request.user, detail=detail
            )
    return render(
        request,
        "search/show.html",
        {"text": text, "groups": groups, "found": sum(one.count for one in groups)},
    )
