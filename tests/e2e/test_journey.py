"""The loop in a real browser: register → confirm → order → phone → verify → bulletin; quiet console, no sideways scroll."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from duban.inspection.models import Evidence, Finding
from duban.rectification.models import WorkOrder
from duban.reporting.models import Bulletin
from tests import needs
from tests.inspection import acts
from tests.reporting import register
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
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


@pytest.fixture
def window(
    transactional_world: World,
    live_server: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    clock_at: Any,
) -> Iterator[Callable[..., Window]]:
    """`window(size)` opens a window on the running server; the clock stands at 15:12 of the world's day."""
    sync_api = pytest.importorskip("playwright.sync_api")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the driver keeps an event loop in this thread
    settings.BASE_URL = live_server.url
    clock_at("15:12")
    with _browser(sync_api, needs.chromium()) as browser:
        yield lambda size=DESK: Window(browser, live_server.url, size)


@contextmanager
def _browser(sync_api: Any, path: str) -> Iterator[Any]:
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def test_from_the_register_to_the_write_off(window: Any, transactional_world: World, tmp_path: Any) -> None:
    world = transactional_world
    finding = acts.register(world, acts.open_visit(world, methods=["on_site_visit"]))
    photo = tmp_path / "after.jpg"
    photo.write_bytes(acts.photo(size=(1600, 1200)))

    wen = window().sign_in("wen")
    assert wen.page.locator("h1").inner_text()
    wen.go("/findings/")
    assert wen.page.get_by_text("甲镇西卡口").first.is_visible()
    wen.go(f"/findings/{finding.pk}/")
    wen.press("确认问题")
    finding.refresh_from_db()
    assert finding.state == "confirmed"
    wen.go("/orders/new/")
    wen.page.locator(f"input[value='{finding.pk}']").check(force=True)
    wen.page.locator("input[name=deadline_kind][value=same_day]").check(force=True)
    wen.page.fill("[name=basis]", "方案第五条")
    wen.press("拟出交办单")
    order = WorkOrder.objects.get()
    assert order.state == "draft"

    hugo = window().sign_in("hugo")
    hugo.go(f"/orders/{order.pk}/")
    hugo.press("签发交办单")
    text = hugo.page.content()
    token = text.split("/u/", 1)[1].split("/", 1)[0]
    order.refresh_from_db()
    assert order.state == "issued" and len(token) > 20

    unit = window(PHONE)
    unit.go(f"/u/{token}/")
    assert unit.page.get_by_text("甲镇西卡口").first.is_visible()
    unit.press("签收交办单")
    item = order.items.get()
    unit.page.fill(f"[name='measures-{item.pk}']", "15时起增派1人，2人在岗。")
    unit.page.set_input_files(f"[name='photos-{item.pk}']", str(photo))
    unit.page.locator("input[name=outcome][value=done]").check(force=True)
    unit.page.fill("[name=moment]", "2020-02-16T15:05")
    unit.page.locator("input[name=agreed]").check()
    unit.press("提交反馈")
    order.refresh_from_db()
    assert order.state == "replied", unit.page.locator("main").inner_text()
    assert Evidence.objects.filter(phase="after").count() == 1

    tess = window(PHONE).sign_in("tess")
    tess.go("/verifications/")
    tess.go(f"/verifications/{finding.pk}/")
    tess.page.locator("input[name=outcome][value=passed]").check(force=True)
    tess.page.locator("input[name=method][value=on_site]").check(force=True)
    tess.page.fill("[name=opinion]", "现场查看，2人在岗。")
    tess.press("提交核验")
    finding.refresh_from_db()
    assert finding.state == "written_off" and Finding.objects.count() == 1


def test_bulletin_is_issued_and_its_pdf_comes(window: Any, transactional_world: World) -> None:
    register.finding(transactional_world)
    wen = window().sign_in("wen")
    wen.go("/bulletins/new/?day=2020-02-16")
    for box in wen.page.locator("input[name=findings]").all():
        box.check(force=True)
    wen.press("起草通报")
    wen.press("送审通报")
    hugo = window().sign_in("hugo")
    bulletin = Bulletin.objects.get()
    hugo.go(f"/bulletins/{bulletin.pk}/")
    hugo.press("审定并印发")
    bulletin.refresh_from_db()
    assert bulletin.state == "issued"
    answer = hugo.page.request.get(f"/bulletins/{bulletin.pk}/file.pdf")
    assert answer.status == 200 and answer.body().startswith(b"%PDF")


PAGES = ("/", "/overview/", "/findings/", "/visits/", "/orders/", "/verifications/", "/summaries/", "/bulletins/", "/documents/",
         "/key-points/", "/teams/", "/teams/dispatches/", "/sites/", "/campaign/", "/journal/", "/burden/")  # fmt: skip


def test_every_area_on_a_phone_without_sideways_scroll(window: Any, transactional_world: World) -> None:
    acts.register(transactional_world, acts.open_visit(transactional_world, methods=["on_site_visit"]))
    wen = window(PHONE).sign_in("wen")
    for path in PAGES:
        wen.go(path)
