"""Somebody at the pages without a browser: opens them, fills in the forms they show, presses the buttons they have.

What a page does not offer cannot be sent: a missing button, field or choice is a failure of the test. Every page goes
through the checks of the page client, forms carry their CSRF token.
"""

from typing import Any

from django.http import HttpResponse
from lxml import html

from tests.page_client import PageClient


class Walker(PageClient):
    """One person's session; `text` is what the last page says."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.at, self.tree, self.answer = "/", None, None

    @property
    def text(self) -> str:
        return " ".join(self.tree.find("body").text_content().split())

    def open(self, path: str, status: int = 200) -> "Walker":
        return self._came(self.get(path, follow=True), status)

    def _came(self, answer: HttpResponse, status: int) -> "Walker":
        chain = getattr(answer, "redirect_chain", [])
        self.at = chain[-1][0] if chain else answer.request["PATH_INFO"] + (
            f"?{query}" if (query := answer.request["QUERY_STRING"]) else ""
        )  # fmt: skip
        self.answer = answer
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            self.tree = html.fromstring(answer.content.decode())
        assert answer.status_code == status, (self.at, answer.status_code, self.faults())
        return self

    def faults(self) -> list[str]:
        """Return what the page complains about."""
        found = self.tree.find_class("field-error") + self.tree.find_class("error-summary")
        return [" ".join(one.text_content().split()) for one in found] or [self.text[:300]]

    def buttons(self) -> list[str]:
        return [one.text_content().strip() for one in self.tree.iter("button")]

    def press(self, label: str, status: int = 200, *, is_refused: bool = False, **values: Any) -> "Walker":
        """Press the button `label`; `values` replace what its form holds (a list for several, "on" for a box).

        A page that comes back with a complaint beside a field fails the test, unless `is_refused` expects it.
        """
        button = next((one for one in self.tree.iter("button") if one.text_content().strip() == label), None)
        assert button is not None, (self.at, label, self.buttons())
        form = self._form(button)
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        if button.get("name"):
            data[button.get("name")] = button.get("value", "")
        offered = {one.get("name") for one in form.xpath(".//input|.//select|.//textarea")}
        assert set(values) <= offered, (self.at, set(values) - offered, sorted(filter(None, offered)))
        data |= values
        target = button.get("formaction") or form.get("action") or self.at
        if (form.get("method") or "get").lower() == "get":
            return self._came(self.get(target, data, follow=True), status)
        self._came(self.post(target, data, follow=True), status)
        complaints = self.tree.find_class("field-error") + self.tree.find_class("error-summary")
        assert bool(complaints) == is_refused, (self.at, label, self.faults())
        return self

    def _form(self, button: Any) -> Any:
        if button.get("form"):
            return self.tree.get_element_by_id(button.get("form"))
        return next(one for one in button.iterancestors("form"))

    def follow(self, label: str) -> "Walker":
        """Follow the first link with `label` in it."""
        link = next((one for one in self.tree.iter("a") if label in one.text_content()), None)
        assert link is not None, (self.at, label)
        return self.open(link.get("href"))

    def choice(self, name: str, label: str) -> str:
        """Return the value of the radio, box or option of field `name` whose label holds `label`."""
        for one in self.tree.xpath(f"//input[@name='{name}']"):
            words = [word.text_content() for word in one.iterancestors("label")]
            words += [word.text_content() for word in self.tree.xpath(f"//label[@for='{one.get('id')}']")]
            if any(label in word for word in words):
                return str(one.get("value"))
        for one in self.tree.xpath(f"//select[@name='{name}']/option"):
            if label in one.text_content():
                return str(one.get("value"))
        raise AssertionError((self.at, name, label))
