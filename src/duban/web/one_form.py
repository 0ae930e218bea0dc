"""A page that is one form with one button: asked for, sent, done or shown again with what is wrong, back to its list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from duban.kernel.errors import Text
from duban.web.pages import said
from duban.web.views.teams import attempt


@dataclass(frozen=True)
class OneForm:
    """What the page says, and the list it belongs to."""

    title: str
    button: str
    list_name: str
    list_title: str
    note: Text = ""

    def answer(
        self, request: HttpRequest, form: BaseForm, act: Callable[[], Any], done: Callable[[Any], str]
    ) -> HttpResponse:
        """Run `act` on a valid POST, say `done(result)` and go to the list; else show the form."""
        if request.method == "POST" and (result := attempt(form, act)):
            said(request, done(result))
            return redirect(self.list_name)
        return render(request, "base/one_form.html", {
            "form": form, "title": self.title, "button": self.button, "note": self.note, "list_title": self.list_title,
            "list_url": reverse(self.list_name), "now": request.at,
        })  # fmt: skip
