"""Verifying and looking again in the field app, without signal, with the tab killed in the middle."""

from typing import Any

import pytest

from duban.inspection import operations as inspection
from duban.inspection.models import Finding
from duban.rectification.models import LookBack, Verification
from tests.field.browser import Phone
from tests.field.link import Link
from tests.inspection.acts import photo
from tests.rectification import cases
from tests.world import World, at


@pytest.fixture
def ready(on_the_road: World, clock_at: Any) -> Finding:
    """A finding with a photo that the unit has replied to, at 15:00."""
    finding = cases.finding(on_the_road)
    inspection.attach_evidence(
        actor=on_the_road.actor("asha"),
        at=at("10:05"),
        finding_id=finding.pk,
        content=photo(),
        file_name="a.jpg",
    )
    cases.replied(on_the_road, finding)
    clock_at("15:00")
    return finding


def card(app: Phone) -> Any:
    return app.page.locator(".checks li").first


def test_verification_is_written_without_signal_and_handed_in_once(
    ready: Finding, app: Phone, link: Link
) -> None:
    link.cut()
    card(app).get_by_role("button", name="核验").click()
    app.page.locator(".pair img").wait_for()  # the photo came along
    assert "2-16 24:00" in app.page.locator(".check").inner_text()  # the end of the day, as offices write it
    app.page.get_by_text("未到位，退回整改").click()
    app.page.locator("#words").fill("仍只有1人在岗")
    app.press("‹ 今日")
    app.kill_tab()
    card(app).get_by_role("button", name="继续填写").click()
    assert app.page.locator("#words").input_value() == "仍只有1人在岗"
    app.press("做完，交出")
    card(app).get_by_text("待交").wait_for()
    assert not Verification.objects.exists()
    link.loses = 2
    link.mend()
    app.press("待交")
    app.page.get_by_text("都已交出。").wait_for()
    made = Verification.objects.get()
    assert (made.outcome, made.method, made.opinion) == ("sent_back", "on_site", "仍只有1人在岗")
    assert made.told_at is not None


def test_result_and_words_are_asked_for_before_it_goes_out(ready: Finding, app: Phone) -> None:
    card(app).get_by_role("button", name="核验").click()
    app.press("做完，交出")
    app.page.get_by_text("请选结果。").wait_for()
    app.page.get_by_text("通过，予以销号").click()
    app.press("做完，交出")
    app.page.get_by_text("请写明情况。").wait_for()
    assert not Verification.objects.exists()


def test_verification_somebody_else_made_first_comes_back_with_the_reason(
    ready: Finding, on_the_road: World, app: Phone, link: Link
) -> None:
    link.cut()
    card(app).get_by_role("button", name="核验").click()
    app.page.get_by_text("通过，予以销号").click()
    app.page.locator("#words").fill("2人在岗")
    app.press("做完，交出")
    cases.verify(on_the_road, ready, outcome="sent_back", when=at("14:59"))
    link.mend()
    app.press("待交")
    app.page.locator(".item .fault").wait_for()
    assert Verification.objects.count() == 1
    app.press("修改后再交")
    app.press("放弃")
    app.press("确定放弃")
    app.page.locator(".places").first.wait_for()
    app.press("待交")
    app.page.get_by_text("都已交出。").wait_for()


def test_look_back_is_recorded_on_the_phone(
    ready: Finding, on_the_road: World, app: Phone, clock_at: Any
) -> None:
    cases.verify(on_the_road, ready)
    clock_at("16:00")
    look_back = LookBack.objects.create(
        finding=ready,
        area_path=ready.area_path,
        sampled_at=at("15:30"),
        sample_seed="0" * 64,
        due_on=at().date(),
    )
    app.press("更新今日安排")
    card(app).get_by_role("button", name="登记回头看").click()
    app.page.get_by_text("未反弹").click()
    app.page.locator("#words").fill("2人在岗")
    app.press("做完，交出")
    card(app).get_by_text("已交出").wait_for()
    look_back.refresh_from_db()
    assert (look_back.held, look_back.note) == (True, "2人在岗")
