"""Running an operation behind a form: what the operation refuses goes back onto the form, nothing typed is lost."""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm

from duban.kernel.errors import Conflict, Denied, Invalid
from duban.web.pages import form_errors


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """This function will run `act` if the form holds and return what it returned, or None after putting errors on it."""
    if not form.is_valid():
        return None
    try:
        return act()
    except (Invalid, Conflict, Denied) as error:
        form_errors(form, error)
        return None
