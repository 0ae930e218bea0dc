"""Marks between two values on a page, in the reader's language: `{{ mark.colon }}` is ： or “: ”.

Texts inside gettext carry their own marks; these stand where a template joins values.
"""

from django.http import HttpRequest
from django.utils.translation import get_language

CHINESE = {"colon": "：", "comma": "，", "list": "、", "semicolon": "；", "open": "（", "close": "）", "title": "《", "untitle": "》", "stop": "。"}  # fmt: skip
ENGLISH = {"colon": ": ", "comma": ", ", "list": ", ", "semicolon": "; ", "open": " (", "close": ")", "title": "“", "untitle": "”", "stop": ". "}  # fmt: skip


def marks(request: HttpRequest) -> dict[str, dict[str, str]]:
    """This function will give templates the marks of the page's language."""
    return {"mark": CHINESE if (get_language() or "zh").startswith("zh") else ENGLISH}
