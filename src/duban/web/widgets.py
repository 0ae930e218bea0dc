"""How form widgets become HTML: selects and inputs are written directly, all others by Django's templates.

A filter with two hundred teams would render a template per option. The HTML is what Django's templates give.
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from django.forms import Select
from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"
OPTION = "django/forms/widgets/select_option.html"
SELECTED = " selected"
INPUTS = frozenset(
    f"django/forms/widgets/{kind}.html"
    for kind in ("input", "text", "date", "datetime", "time", "number", "email", "url", "search", "tel", "hidden", "password")
)  # fmt: skip


class PlainSelect(Select):
    """A select whose options are key and word only: written straight from the choices."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the select; nothing but the options chosen differs from one to the next."""
        chosen = set(self.format_value(value))
        options = "".join(
            f'\n  <option value="{escape(str(key))}"{SELECTED if str(key) in chosen else ""}>{escape(str(word))}</option>'
            for key, word in self.choices
        )
        shown = _attributes(self.build_attrs(self.attrs, attrs))
        return mark_safe(f'<select name="{escape(name)}"{shown}>{options}\n</select>')  # noqa: S308


class PlainRenderer(DjangoTemplates):
    """Django's form renderer, except that the most frequent widgets need no template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget")
        if widget is None:
            return super().render(template_name, context, request)
        if template_name in INPUTS:
            return _input(widget)
        if template_name == SELECT and _has_plain_options(widget):
            return _select(widget)
        return super().render(template_name, context, request)


def _has_plain_options(widget: dict[str, Any]) -> bool:
    return all(
        option["template_name"] == OPTION
        for _name, options, _index in widget["optgroups"]
        for option in options
    )


def _attributes(attrs: dict[str, Any]) -> str:
    """Return the attributes as they stand in a tag: True without a value, False not at all."""
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(str(value))}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget: dict[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else f' value="{conditional_escape(str(widget["value"]))}"'
    kind, name = conditional_escape(widget["type"]), conditional_escape(widget["name"])
    return mark_safe(f'<input type="{kind}" name="{name}"{value}{_attributes(widget["attrs"])}>')  # noqa: S308


def _select(widget: dict[str, Any]) -> SafeString:
    lines = "".join(_groups(widget["optgroups"]))
    name = conditional_escape(widget["name"])
    return mark_safe(f'<select name="{name}"{_attributes(widget["attrs"])}>{lines}\n</select>')  # noqa: S308


def _groups(groups: list[tuple[Any, list[dict[str, Any]], int]]) -> Iterator[str]:
    for name, options, _index in groups:
        if name:
            yield f'\n  <optgroup label="{conditional_escape(name)}">'
        for option in options:
            value, label = conditional_escape(str(option["value"])), conditional_escape(option["label"])
            yield f'\n  <option value="{value}"{_attributes(option["attrs"])}>{label}</option>'
        if name:
            yield "\n  </optgroup>"
