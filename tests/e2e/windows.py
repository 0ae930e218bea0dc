"""A person's browser window for the end-to-end tests: it remembers every complaint of the browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.world import PASSWORD

DESK, PHONE = {"width": 1366, "height": 850}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Window:
    """One person's browser window that remembers every complaint of the browser."""

    def __init__(self, browser: Any, base: str, size: dict[str, int]) -> None:
        self.page = browser.new_context(
            base_url=base, viewport=size, locale="zh-CN", has_touch=size is PHONE, is_mobile=size is PHONE
        ).new_page()
        self.size, self.complaints = size, []
        self.page.on(
            "console", lambda one: one.type in ("error", "warning") and self.complaints.append(one.text)
        )
        self.page.on("pageerror", lambda one: self.complaints.append(str(one)))
        self.page.on(
            "response", lambda one: one.status >= 500 and self.complaints.append(f"{one.status} {one.url}")
        )

    def go(self, path: str) -> None:
        response = self.page.goto(path)
        assert response is not None and response.status == 200, path
        self.check()

    def press(self, name: str) -> None:
        """Press the button of that name, wait for the next page, look at it."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).first.click()
        self.check()

    def check(self) -> None:
        """Nothing sticks out sideways, the browser complained about nothing (a CSP violation is such a complaint)."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.size["width"], (self.page.url, wide)
        assert self.complaints == [], self.page.url

    def sign_in(self, name: str) -> "Window":
        self.go("/account/login/")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.press("登录")
        return self


@contextmanager
def browser(sync_api: Any, path: str) -> Iterator[Any]:
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
