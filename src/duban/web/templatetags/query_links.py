"""Links to the same page with a changed query string, so that filters, order and page live in it."""

from collections.abc import Iterable

from django.http import HttpRequest


def link_with(request: HttpRequest | None, name: str, value: object) -> str:
    """Return the current query string with `name` set; any change but paging starts at the first page."""
    if request is None:
        return f"?{name}={value}"
    query = request.GET.copy()
    query[name] = str(value)
    if name != "page":
        query.pop("page", None)
    return f"?{query.urlencode()}"


def link_without(request: HttpRequest | None, names: Iterable[str]) -> str:
    """Return the current query string without `names` ("?" clears it)."""
    if request is None:
        return "?"
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return f"?{query.urlencode()}"
