"""What `{% load i18n %}` loads here: Django's tags, with `translate` remembering the words of a literal text.

A list says “责任单位” in every row; looking the word up costs more than all else in the cell. Everything that is not a
plain literal is Django's own.
"""

from typing import Any

from django import template
from django.template.base import Parser, Token, Variable
from django.template.context import Context
from django.templatetags import i18n
from django.utils.translation import get_language

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class WordNode(i18n.TranslateNode):
    """A translated literal, looked up once per language."""

    def __init__(self, node: i18n.TranslateNode) -> None:
        super().__init__(node.filter_expression, node.noop)
        self.target = node.asvar
        self.said: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        value = self.said.get(language)
        if value is None:
            value = self.said[language] = super().render(context)
        if self.target:
            context[self.target] = value
            return ""
        return value


def _is_literal(node: i18n.TranslateNode) -> bool:
    expression = node.filter_expression
    is_text = isinstance(expression.var, Variable) and expression.var.lookups is None
    return is_text and not expression.filters and node.message_context is None


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Any:
    """This function will compile `{% translate … %}`: Django's node, or one that remembers if it is a literal."""
    node = i18n.do_translate(parser, token)
    return WordNode(node) if _is_literal(node) else node
