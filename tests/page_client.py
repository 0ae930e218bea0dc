"""A test client that checks every HTML page it fetches: valid structure, one h1, labels, unique ids, no inline code."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SVG_EMPTY = {"path", "use", "circle", "rect", "line", "polyline", "polygon", "ellipse", "stop"}
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}


class _Reader(HTMLParser):
    """Collects what the checks need while it checks that tags nest."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.fields: list[dict[str, str | None]] = []
        self.label_for: set[str] = set()
        self.references: list[str] = []
        self.h1 = 0
        self.title = ""
        self.inside_label = 0
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        names = [name for name, value in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> repeats an attribute")
        if tag == "html":
            self.lang = values.get("lang") or ""
        if "style" in values or any(name.startswith("on") for name in names):
            self.faults.append(f"<{tag}> has inline style or handler")
        if (
            tag == "script"
            and not values.get("src")
            and values.get("type") != "application/json"
            and "nonce" not in values
        ):
            self.faults.append("inline <script> without nonce")
        if tag == "style":
            self.faults.append("inline <style>")
        if values.get("id"):
            self.ids.append(values["id"] or "")
        if tag == "label":
            self.inside_label += 1
            if values.get("for"):
                self.label_for.add(values["for"] or "")
        if tag in {"input", "select", "textarea"} and values.get("type") not in UNLABELLED:
            self.fields.append({**values, "tag": tag, "wrapped": "yes" if self.inside_label else None})
        for name in ("aria-describedby", "aria-labelledby", "for"):
            if values.get(name):
                self.references += (values[name] or "").split()
        if tag == "img" and "alt" not in values:
            self.faults.append("<img> without alt")
        if tag == "h1":
            self.h1 += 1
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.inside_label -= 1
        if tag in VOID:
            return
        if not self.stack or self.stack[-1] != tag:
            self.faults.append(f"</{tag}> closes <{self.stack[-1] if self.stack else 'nothing'}>")
            if tag in self.stack:
                while self.stack.pop() != tag:
                    pass
            return
        self.stack.pop()

    def handle_data(self, text: str) -> None:
        if self.stack[-1:] == ["title"]:
            self.title += text.strip()


def faults_of(html: str, *, is_fragment: bool = False) -> list[str]:
    """This function will return what is wrong with a page (empty = fine)."""
    reader = _Reader()
    reader.feed(html)
    faults = list(reader.faults)
    faults += [f"id {one!r} twice" for one in {one for one in reader.ids if reader.ids.count(one) > 1}]
    for one in reader.fields:
        if not (
            one.get("wrapped")
            or one.get("aria-label")
            or one.get("aria-labelledby")
            or one.get("id") in reader.label_for
        ):
            faults.append(f"<{one['tag']} name={one.get('name')!r}> has no label")
    if re.search(r"\{\{|\{%|<Promise|__proxy__|None None", html):
        faults.append("unrendered template text")
    if is_fragment:
        return faults
    faults += [f"reference to missing id {one!r}" for one in reader.references if one not in reader.ids]
    if reader.stack:
        faults.append(f"unclosed: {reader.stack}")
    if reader.h1 != 1:
        faults.append(f"{reader.h1} <h1>")
    if not reader.title:
        faults.append("no <title>")
    if not reader.lang:
        faults.append("no lang")
    return faults


class PageClient(Client):
    """Django's client; every HTML answer is checked, CSP included."""

    def __init__(self, world: Any = None, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.world = world

    def as_(self, name: str) -> "PageClient":
        """Sign in as a member of the cast and return self."""
        self.force_login(self.world.users[name], backend="django.contrib.auth.backends.ModelBackend")
        return self

    def confirmed(self) -> "PageClient":
        """Act as if the password had just been entered again (dangerous acts)."""
        import time

        session = self.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = session["_auth_user_id"]
        session.save()
        return self

    def request(self, **kwargs: Any) -> HttpResponse:
        response = super().request(**kwargs)
        is_html = response.headers.get("Content-Type", "").startswith("text/html")
        if is_html and not response.streaming and response.content:
            html = response.content.decode()
            faults = faults_of(html, is_fragment="<html" not in html[:400].lower())
            assert not faults, f"{kwargs.get('PATH_INFO')}: {faults}"
            assert "Content-Security-Policy" in response.headers
            assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
        return response
