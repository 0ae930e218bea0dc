"""Pages of the daily key points: compose, order, approve by another person, push, read, look back."""

from datetime import timedelta

import pytest

from duban.campaigns.models import Directive
from duban.planning.models import DailyKeyPoints, KeyPointsReading
from tests.world import DAY

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def directive(world, at):
    return Directive.objects.create(
        campaign=world.campaign, code="d3", kind="announcement", issuer_title="示例市指挥部", number="第3号", title="第三号通告",
        issued_on=DAY, received_at=at("07:00"),
    )  # fmt: skip


def test_supervised_side_has_no_key_points_page(page):
    for name in ("olga", "vera", "nobody", "hana"):
        for url in ("/key-points/", "/key-points/history/"):
            assert page.as_(name).get(url).status_code == 404, name


def test_inputs_are_shown_before_the_sheet_exists(page, directive):
    html = page.as_("wen").get("/key-points/").content.decode()
    assert "新印发通告指令" in html
    assert "第三号通告" in html
    assert "第三号通告" not in page.as_("asha").get("/key-points/").content.decode()


def test_from_draft_to_reading(page, world, directive):
    client = page.as_("wen")
    assert client.post("/key-points/compose/", {"day": DAY}).status_code == 302
    sheet = DailyKeyPoints.objects.get()
    show = f"/key-points/{sheet.pk}/"
    assert "处要改" in client.post(f"{show}points/", {"text": ""}).content.decode()
    assert client.post(f"{show}points/", {"text": "各组对照检查值守"}).status_code == 302
    first, second = sheet.points.all()
    assert client.post(f"/key-points/points/{second.pk}/move/", {"step": "-1"}).status_code == 302
    assert client.post(f"/key-points/points/{second.pk}/must-ask/", {"is_must_ask": "1"}).status_code == 302
    assert client.post(f"/key-points/points/{first.pk}/drop/", {"reason": ""}).status_code == 422
    assert client.post(f"/key-points/points/{first.pk}/drop/", {"reason": "已列入清单"}).status_code == 302
    assert client.post(f"/key-points/points/{first.pk}/restore/").status_code == 302
    merge = {"point": first.pk, "into": second.pk, "text": ""}
    assert client.post(f"{show}merge/", merge | {"into": first.pk}).status_code == 422
    assert client.post(f"{show}merge/", merge).status_code == 302
    assert "分开" in client.get(show).content.decode()
    assert client.post(f"/key-points/points/{first.pk}/restore/").status_code == 302
    why = client.get(f"/key-points/points/{first.pk}/").content.decode()
    assert "第三号通告" in why
    assert [word for word in ("合并要点", "分开要点", "撤下要点", "已列入清单") if word not in why] == []
    assert client.get(f"/key-points/points/{second.pk}/").status_code == 200
    assert client.post(f"/key-points/points/{second.pk}/", {"text": "对照检查值守名单"}).status_code == 302
    assert "对照检查值守名单" in client.get(show).content.decode()
    assert client.post(f"{show}approve/").status_code == 403
    assert page.as_("asha").get(show).status_code == 404
    assert page.as_("hugo").post(f"{show}approve/").status_code == 302
    assert page.post(f"{show}return/", {"reason": "再核"}).status_code == 302
    assert page.post(f"{show}approve/").status_code == 302
    assert page.as_("wen").post(f"{show}push/").status_code == 302
    html = page.as_("asha").get("/key-points/").content.decode()
    assert "本组已读" in html
    assert page.post(f"{show}read/{world.teams['1'].pk}/").status_code == 302
    assert "本组已读" not in page.get(show).content.decode()
    assert KeyPointsReading.objects.count() == 1
    assert page.get(f"{show}?print=1").status_code == 200


def test_readings_shown_to_the_office_do_not_name_the_covert_team(page, world, at):
    DailyKeyPoints.objects.create(campaign=world.campaign, day=DAY, state="pushed", composed_at=at("07:00"))
    assert "第2督导组" in page.as_("wen").get("/key-points/").content.decode()
    assert "暗访一组" not in page.get("/key-points/").content.decode()
    assert "暗访一组" in page.as_("hugo").get("/key-points/").content.decode()


def test_tomorrows_draft_is_offered_after_the_cutoff(page, clock_at):
    assert "起草次日要点" not in page.as_("wen").get("/key-points/").content.decode()
    clock_at("16:01")
    assert f"?day={TOMORROW}" in page.get("/key-points/").content.decode()
    assert page.post("/key-points/compose/", {"day": TOMORROW}).status_code == 302
    assert DailyKeyPoints.objects.get().day == TOMORROW


def test_history_filters_and_exports(page, world, directive):
    client = page.as_("wen")
    client.post("/key-points/compose/", {"day": DAY})
    assert "第三号通告" in client.get("/key-points/history/", {"source": "announcement"}).content.decode()
    assert "没有符合条件" in client.get("/key-points/history/", {"source": "finding"}).content.decode()
    assert client.get("/key-points/history/", {"export": "1"}).status_code == 200
