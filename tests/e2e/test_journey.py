"""The loop in a real browser: register → confirm → order → phone → verify → bulletin; quiet console, no sideways scroll."""

from typing import Any

import pytest

from duban.inspection.models import Evidence, Finding
from duban.rectification.models import WorkOrder
from duban.reporting.models import Bulletin
from tests.e2e.windows import PHONE
from tests.inspection import acts
from tests.reporting import register
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


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
