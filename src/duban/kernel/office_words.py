"""Texts that are kept — documents, notices, drafted sections, names — are written in the office's language.

The reader's language is a matter of pages: a colleague who works in English must not turn an order into English.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

__all__ = ["gettext_noop", "in_office_language", "office_text"]

P = ParamSpec("P")
R = TypeVar("R")


def in_office_language(function: Callable[P, R]) -> Callable[P, R]:
    """This decorator will run `function` in the installation's language, whatever the reader's is."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(settings.LANGUAGE_CODE):
            return function(*args, **kwargs)

    return inner


@in_office_language
def office_text(words: str, **values: object) -> str:
    """This function will return a kept text in the office's language; mark `words` with gettext_noop where they stand."""
    return gettext(words) % values if values else gettext(words)
