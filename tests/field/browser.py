"""The field app in Debian's Chromium at 390 × 844: one inspector's phone as a person uses it."""

import re
from pathlib import Path
from typing import Any

from tests import needs

PIN = "246810"
FLAGS = ["--no-sandbox"]
SITES = ("甲镇西卡口", "甲镇农贸市场", "甲镇东卡口")
LONG = 60_000


class Phone:
    """One inspector's phone: the app in a browser profile that outlives its tabs."""

    def __init__(self, driver: Any, folder: Path, url: str) -> None:
        self.url = url
        self.context = driver.chromium.launch_persistent_context(
            folder, executable_path=needs.chromium(), args=FLAGS, viewport={"width": 390, "height": 844}, has_touch=True,
            is_mobile=True, locale="zh-CN",
        )  # fmt: skip
        self.faults: list[str] = []
        self.page = self._tab()

    def _tab(self) -> Any:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.set_default_timeout(LONG)
        return page

    def register(self, token: str, pin: str = PIN) -> None:
        self.page.goto(f"{self.url}/field/#{token}")
        self.page.fill("[name=pin]", pin)
        self.page.fill("[name=again]", pin)
        self.page.get_by_role("button", name="登记", exact=True).click()
        self.page.locator("button:has-text('更新今日安排'):enabled").wait_for()
        self.page.evaluate("navigator.serviceWorker.ready")

    def kill_tab(self) -> None:
        """The tab dies without a word; a new one asks for the PIN."""
        self.kill_tab_only()
        self.unlock()

    def kill_tab_only(self) -> None:
        self.page.close(run_before_unload=False)
        self.page = self._tab()
        self.page.goto(f"{self.url}/field/")

    def unlock(self, pin: str = PIN) -> None:
        self.page.goto(f"{self.url}/field/")
        self.page.fill("[name=pin]", pin)
        self.page.get_by_role("button", name="解锁", exact=True).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def start(self, site: str) -> None:
        place = self.page.locator(".places > li").filter(has_text=site)
        place.get_by_role("button", name="开始检查").click()
        self.page.locator(".steps").wait_for()

    def step(self, name: str) -> None:
        self.page.locator(".steps").get_by_role("button", name=name).click()

    def field(self, question: str) -> Any:
        label = self.page.locator("label", has_text=re.compile(rf"^{question}( \*)?$"))
        return self.page.locator(".field").filter(has=label).first

    def choose(self, question: str, choice: str) -> None:
        self.field(question).locator(".choice").filter(has_text=re.compile(f"^{choice}$")).click()

    def fill(self, question: str, text: str) -> None:
        self.field(question).locator("input, textarea").fill(text)

    def shoot(self, number: int, picture: bytes) -> None:
        field = self.page.locator(".turn .field").filter(has_text="照片").nth(number)
        field.locator("input[type=file]").set_input_files(
            {"name": "DCIM.jpg", "mimeType": "image/jpeg", "buffer": picture}
        )
        self.press("用这张")
        field.locator("img").wait_for()

    def add_finding(self, fact: str, pictures: list[bytes]) -> None:
        self.page.locator("button.wide.solid").filter(has_text="＋").click()
        self.choose("类别", "值守在岗")
        self.fill("事实", fact)
        self.choose("程度", "一般")
        for number, picture in enumerate(pictures):
            self.shoot(number, picture)
        self.press("好了")

    def answer_all(self) -> None:
        self.step("必问")
        self.choose("岗位有人值守", "符合")
        self.step("检查表")
        self.choose("台账当日登记", "符合")

    def close_visit(self) -> None:
        self.step("离开前")
        self.choose("签字情况", "拒签")
        self.fill("陪同岗位", "值班岗")

    def leave(self) -> None:
        """Go back to 今日: leaving saves."""
        self.page.locator(".head").get_by_role("button", name="今日").click()
        self.page.locator(".places").wait_for()

    def saved(self) -> None:
        """Wait until the last edit is kept."""
        self.page.locator(".head [role=status]").filter(has_text="已存").wait_for()
