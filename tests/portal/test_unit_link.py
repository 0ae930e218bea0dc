"""The unit's link on a phone: no account, no scripts, receipt by a button, five questions, dead links say so."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from duban.burden.models import Deferral, Objection
from duban.inspection.models import Finding
from duban.kernel.models import Event
from duban.people.models import RecusalRequest
from duban.portal import throttle
from duban.rectification import operations as rectification
from duban.rectification.models import Dispute, PlanRequest, Reply, UnitLink, WorkOrder
from tests.page_client import PageClient
from tests.rectification import cases
from tests.world import World, at


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def _form(order: WorkOrder, **changes: str) -> dict[str, str]:
    item = order.items.order_by("ordinal").first()
    return {
        "outcome": "done", f"measures-{item.pk}": "11时30分增派1人。", "moment": "2020-02-16T13:40", "agreed": "on",
    } | changes  # fmt: skip


def test_link_shows_facts_and_limit_and_signs_nothing_by_itself(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    response = page.get(f"/u/{order.fresh_token}/")
    text = response.content.decode()
    assert "甲镇农贸市场" in text and "按排班在岗" in text and "24:00" in text and "签收交办单" in text
    assert "异议" in text and "加重负担" in text
    order.refresh_from_db()
    assert (order.state, order.received_at) == ("issued", None)
    assert UnitLink.objects.get().first_opened_at == at("15:12")
    page.get(f"/u/{order.fresh_token}/")
    assert Event.objects.filter(verb="link.opened").count() == 1


def test_link_needs_no_session_and_asks_nothing_from_third_parties(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    response = page.get(f"/u/{order.fresh_token}/")
    assert "sessionid" not in response.cookies
    assert not re.findall(r'(?:src|href)="https?://', response.content.decode())
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_whole_answer_over_the_link(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    page.post(f"/u/{order.fresh_token}/receive/")
    order.refresh_from_db()
    assert (order.state, order.received_at, order.received_by_label) == (
        "received",
        at("15:12"),
        "甲镇人民政府（扫码）",
    )
    text = page.get(f"/u/{order.fresh_token}/").content.decode()
    assert sorted(set(re.findall(r'question-number">(\d)<', text))) == ["1", "2", "3", "4", "5"]
    response = page.post(f"/u/{order.fresh_token}/reply/", _form(order))
    assert response.status_code == 302
    reply = Reply.objects.get()
    assert (reply.completed_at, reply.principal_agreed, reply.link.order_id) == (at("13:40"), True, order.pk)
    status = page.get(f"/u/{order.fresh_token}/").content.decode()
    assert "反馈已提交" in status and "他人核验" in status


def test_reply_with_gaps_says_where_and_keeps_what_was_typed(page: PageClient, world: World) -> None:
    order = cases.received(world)
    token = rectification.renew_link(actor=world.actor("wen"), at=at("11:20"), order_id=order.pk).fresh_token
    form = _form(order)
    form.pop("agreed")
    response = page.post(f"/u/{token}/reply/", form)
    text = response.content.decode()
    assert response.status_code == 422
    assert "须经主要负责岗看过并同意" in text and "11时30分增派1人。" in text
    assert not Reply.objects.exists()


def test_reply_time_before_the_finding_is_refused_beside_the_question(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    page.post(f"/u/{order.fresh_token}/receive/")
    response = page.post(f"/u/{order.fresh_token}/reply/", _form(order, moment="2020-02-16T08:00"))
    assert response.status_code == 422
    assert "须晚于发现时间 2020-02-16 09:42" in response.content.decode()


def test_cannot_today_becomes_a_plan_request(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    page.post(f"/u/{order.fresh_token}/receive/")
    form = _form(order, outcome="cannot_today", moment="2020-02-18T18:00")
    assert page.post(f"/u/{order.fresh_token}/reply/", form).status_code == 302
    plan = PlanRequest.objects.get()
    assert plan.asked_due_at == at("18:00") + timedelta(days=2)
    assert "限期整改待审批" in page.get(f"/u/{order.fresh_token}/").content.decode()


def test_dispute_over_the_link_stops_the_clock(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    item = order.items.get()
    page.get(f"/u/{order.fresh_token}/dispute/")
    bad = page.post(
        f"/u/{order.fresh_token}/dispute/", {"item": str(item.pk), "ground": "not_ours", "statement": ""}
    )
    assert bad.status_code == 422
    page.post(
        f"/u/{order.fresh_token}/dispute/",
        {"item": str(item.pk), "ground": "not_ours", "statement": "属乙镇。"},
    )
    assert Dispute.objects.get().filed_by_label == "甲镇人民政府（扫码）"
    assert Finding.objects.get().paused_at == at("15:12")
    assert "暂停计时" in page.get(f"/u/{order.fresh_token}/").content.decode()


def test_burden_objection_over_the_link(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    page.get(f"/u/{order.fresh_token}/burden/")
    page.post(f"/u/{order.fresh_token}/burden/", {"text": "一天报三次照片。"})
    objection = Objection.objects.get()
    assert (objection.unit.name, objection.due_on.isoformat(), objection.subject_label) == (
        "甲镇人民政府", "2020-02-18", order.number_text,
    )  # fmt: skip


def test_revoked_and_expired_links_are_gone(page: PageClient, world: World, clock_at) -> None:
    order = cases.issued(world)
    old = order.fresh_token
    new = rectification.renew_link(actor=world.actor("wen"), at=at("11:20"), order_id=order.pk).fresh_token
    assert page.get(f"/u/{old}/").status_code == 410
    assert page.post(f"/u/{old}/receive/").status_code == 410
    assert page.post(f"/u/{old}/reply/", _form(order)).status_code == 410
    assert page.get(f"/u/{new}/").status_code == 200
    clock_at(order.due_at + timedelta(days=7))
    assert page.get(f"/u/{new}/").status_code == 410
    order.refresh_from_db()
    assert (order.state, Reply.objects.count()) == ("issued", 0)


def test_wrong_token_is_not_found_and_slows_down(page: PageClient, world: World, monkeypatch) -> None:
    monkeypatch.setattr(throttle, "LIMIT", 3)
    answers = [page.get(f"/u/{'x' * 43}/").status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]


def test_link_opens_one_order_only(page: PageClient, world: World) -> None:
    mine = cases.issued(world)
    other = cases.issued(world, cases.finding(world, site="甲镇西卡口"))
    item = other.items.get()
    page.post(
        f"/u/{mine.fresh_token}/dispute/",
        {"item": str(item.pk), "ground": "not_ours", "statement": "不属本镇。"},
    )
    assert not Dispute.objects.exists()
    other.refresh_from_db()
    assert other.state == "issued"


def test_receiving_twice_is_told_not_broken(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    page.post(f"/u/{order.fresh_token}/receive/")
    assert page.post(f"/u/{order.fresh_token}/receive/").status_code == 409


def test_self_check_takes_yes_and_a_number_once_and_again(page: PageClient, world: World) -> None:
    from tests.rectification.test_common_problems import noticed

    problem = noticed(world)
    unit = world.units["甲镇"]
    token = problem.fresh_tokens[unit.pk]
    assert "只答这两项" in page.get(f"/u/s/{token}/").content.decode()
    assert page.post(f"/u/s/{token}/", {"has_problem": "yes"}).status_code == 422
    assert page.post(f"/u/s/{token}/", {"has_problem": "yes", "count": "3"}).status_code == 302
    check = problem.self_checks.get(unit=unit)
    assert (check.has_problem, check.count, check.replied_by_label) == (True, 3, "甲镇（扫码）")
    page.post(f"/u/s/{token}/", {"has_problem": "no"})
    check.refresh_from_db()
    assert (check.has_problem, check.count) == (False, 0)
    assert page.get("/u/s/" + "y" * 43 + "/").status_code == 404


def test_recusal_over_the_link_names_only_who_handled_the_order(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    token = order.fresh_token
    text = page.get(f"/u/{token}/recusal/").content.decode()
    assert world.users["asha"].post_label in text and world.users["cora"].post_label not in text
    asked = {"user": str(world.users["asha"].pk), "ground": "kin", "reason": "有亲属在本单位任职"}
    assert page.post(f"/u/{token}/recusal/", asked | {"user": str(world.users["wen"].pk)}).status_code == 422
    assert not RecusalRequest.objects.exists()
    sent = page.post(f"/u/{token}/recusal/", asked)
    assert "已提出回避申请" in page.get(sent.headers["Location"]).content.decode()
    assert RecusalRequest.objects.get().unit_id == order.unit_id


def test_unit_in_an_emergency_asks_checks_to_wait_and_takes_it_back(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    address = f"/u/{order.fresh_token}/defer/"
    assert address in page.get(f"/u/{order.fresh_token}/").content.decode()
    assert page.post(address, {}).status_code == 422
    answer = page.post(address, {"ground": "rescue"}, follow=True)
    assert "已收到缓检请求" in answer.content.decode()
    assert "抢险救援" in page.get(address).content.decode()
    page.post(address)
    assert Deferral.objects.get().withdrawn_at == at("15:12")
