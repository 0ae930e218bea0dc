"""The pages of orders and what follows, as each role meets them: whole flows, denials, exports, empty states."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duban.burden.models import FormApproval, Objection
from duban.inspection.models import Finding
from duban.rectification import operations as rectification
from duban.rectification import sweeps
from duban.rectification.models import (
    CommonProblem,
    Dispute,
    LookBack,
    PlanRequest,
    Referral,
    Reply,
    TraceBack,
    Urge,
    Verification,
    WorkOrder,
)
from tests.page_client import PageClient
from tests.rectification import cases
from tests.rectification.test_common_problems import noticed, proposed
from tests.rectification.test_plans_and_disputes import _ask, _office
from tests.world import World, at

DUE = at("00:00") + timedelta(days=1)
LISTS = ["/orders/", "/verifications/", "/referrals/", "/commons/", "/trace-backs/", "/burden/"]


@pytest.mark.parametrize("path", LISTS)
def test_lists_open_empty(page: PageClient, world: World, path: str) -> None:
    assert page.as_("hugo").get(path).status_code == 200


def test_order_goes_through_the_pages_from_draft_to_write_off(
    page: PageClient, world: World, clock_at
) -> None:
    finding = cases.finding(world)
    clock_at("11:00")
    assert "甲镇农贸市场" in page.as_("wen").get("/orders/new/").content.decode()
    made = page.post(
        "/orders/new/", {"findings": [str(finding.pk)], "deadline_kind": "same_day", "basis": "方案第五条"}
    )
    order = WorkOrder.objects.get()
    assert made.headers["Location"] == f"/orders/{order.pk}/"
    text = page.get(f"/orders/{order.pk}/").content.decode()
    assert "待专班组长岗签发" in text and "签发交办单</button>" not in text
    clock_at("11:02")
    assert "签发交办单</button>" in page.as_("hugo").get(f"/orders/{order.pk}/").content.decode()
    shown = page.post(f"/orders/{order.pk}/issue/").content.decode()
    assert "<svg" in shown and "/u/" in shown
    clock_at("11:10")
    olga = page.as_("olga")
    assert "示督交〔2020〕1号" in olga.get("/orders/").content.decode()
    olga.post(f"/orders/{order.pk}/receive/")
    item = order.items.get()
    clock_at("14:26")
    assert olga.get(f"/orders/{order.pk}/reply/").status_code == 200
    answer = {
        "outcome": "done",
        f"measures-{item.pk}": "已增派1人。",
        "moment": "2020-02-16T13:40",
        "agreed": "on",
    }
    assert olga.post(f"/orders/{order.pk}/reply/", answer).status_code == 302
    assert not Reply.objects.get().is_on_behalf
    clock_at("15:05")
    wen = page.as_("wen")
    assert "提交核验" in wen.get(f"/orders/{order.pk}/").content.decode()
    wen.post(
        f"/orders/{order.pk}/verify/",
        {"i1-outcome": "passed", "i1-method": "on_site", "i1-opinion": "2人在岗。"},
    )
    order.refresh_from_db()
    assert order.state == "closed"
    text = wen.get(f"/orders/{order.pk}/").content.decode()
    assert "13:40" in text and "15:05" in text and "核验通过并销号" in text


def test_draft_without_a_choice_says_so(page: PageClient, world: World) -> None:
    cases.finding(world)
    response = page.as_("wen").post("/orders/new/", {"deadline_kind": "same_day"})
    assert response.status_code == 422 and "请选要交办的问题" in response.content.decode()


def test_likely_duplicate_is_shown_before_issue(page: PageClient, world: World) -> None:
    cases.issued(world)
    draft = cases.draft(world)
    assert "避免重复交办" in page.as_("hugo").get(f"/orders/{draft.pk}/").content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("rina", 404), ("hana", 404), ("nobody", 404), ("wen", 200), ("olga", 200), ("asha", 200)],
)
def test_order_page_by_role(page: PageClient, world: World, who: str, status: int) -> None:
    order = cases.received(world)
    assert page.as_(who).get(f"/orders/{order.pk}/").status_code == status


def test_unit_sees_neither_drafts_nor_the_journal(page: PageClient, world: World) -> None:
    draft = cases.draft(world)
    order = cases.received(world, cases.finding(world, site="甲镇西卡口"))
    olga = page.as_("olga")
    assert olga.get(f"/orders/{draft.pk}/").status_code == 404
    text = olga.get(f"/orders/{order.pk}/").content.decode()
    assert "经过" not in text and "填写反馈" in text
    assert str(draft.pk) not in olga.get("/orders/").content.decode()


def test_issue_by_the_office_is_forbidden_and_changes_nothing(page: PageClient, world: World) -> None:
    order = cases.draft(world)
    assert page.as_("wen").post(f"/orders/{order.pk}/issue/").status_code == 403
    order.refresh_from_db()
    assert order.state == "draft"


def test_second_click_on_receive_is_a_conflict_page(page: PageClient, world: World) -> None:
    order = cases.received(world)
    response = page.as_("olga").post(f"/orders/{order.pk}/receive/")
    assert response.status_code == 409


def test_void_asks_for_the_password_and_a_reason(page: PageClient, world: World) -> None:
    order = cases.received(world)
    hugo = page.as_("hugo")
    assert "作废这份交办单" in hugo.get(f"/orders/{order.pk}/").content.decode()
    hugo.confirmed().post(f"/orders/{order.pk}/void/", {"reason": "点位登记错误"})
    order.refresh_from_db()
    assert (order.state, order.void_reason) == ("voided", "点位登记错误")
    assert "点位登记错误" in hugo.get(f"/orders/{order.pk}/").content.decode()


def test_void_without_fresh_password_does_nothing(page: PageClient, world: World) -> None:
    order = cases.received(world)
    page.as_("hugo").post(f"/orders/{order.pk}/void/", {"reason": "点位登记错误"})
    order.refresh_from_db()
    assert order.state == "received"


@pytest.mark.parametrize(
    "view", ["all", "draft", "issued", "received", "replied", "overdue", "asking", "closed", "voided"]
)
def test_order_list_views_and_filters(page: PageClient, world: World, view: str) -> None:
    cases.draft(world)
    _ask(world, cases.received(world, cases.finding(world, site="甲镇西卡口")))
    response = page.as_("wen").get(
        "/orders/", {"view": view, "q": "甲镇", "since": "2020-02-01", "sort": "due"}
    )
    assert response.status_code == 200


def test_order_list_finds_by_site_and_exports_the_same_rows(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    other = cases.issued(world, cases.finding(world, site="甲镇西卡口"))
    text = page.as_("wen").get("/orders/", {"q": "西卡口"}).content.decode()
    assert f"/orders/{other.pk}/" in text and f"/orders/{order.pk}/" not in text
    response = page.get("/orders/", {"q": "西卡口", "export": "1"})
    assert response.headers["Content-Type"].endswith("sheet") and response.content[:2] == b"PK"


def test_order_list_takes_as_many_queries_for_three_as_for_one(page: PageClient, world: World) -> None:
    wen = page.as_("wen")
    counts = []
    for site in ("甲镇农贸市场", "甲镇西卡口", "丙镇农贸市场"):
        cases.issued(world, cases.finding(world, site=site))
        with CaptureQueriesContext(connection) as queries:
            wen.get("/orders/")
        counts.append(len(queries))
    assert counts[-1] <= counts[0]


def test_plan_is_decided_on_the_order_page(page: PageClient, world: World) -> None:
    order = cases.received(world)
    plan = _ask(world, order)
    wen = page.as_("wen")
    assert "限期整改申请" in wen.get(f"/orders/{order.pk}/").content.decode()
    assert wen.post(f"/orders/plans/{plan.pk}/", {"approve": "no"}).status_code == 422
    assert wen.post(f"/orders/plans/{plan.pk}/", {"approve": "yes"}).status_code == 302
    assert PlanRequest.objects.get().state == "approved"
    assert Finding.objects.get().is_extended


def test_dispute_is_filed_and_answered_by_somebody_else(page: PageClient, world: World) -> None:
    _office(world)
    order = cases.received(world)
    item = order.items.get()
    olga = page.as_("olga")
    assert olga.get(f"/orders/{order.pk}/dispute/").status_code == 200
    olga.post(
        f"/orders/{order.pk}/dispute/",
        {"item": str(item.pk), "ground": "fact_wrong", "statement": "当时2人在岗。"},
    )
    dispute = Dispute.objects.get()
    assert "须回避" in page.as_("wen").get(f"/orders/{order.pk}/").content.decode()
    refused = page.post(f"/orders/disputes/{dispute.pk}/", {"d1-upheld": "no", "d1-reason": "事实清楚"})
    assert refused.status_code == 422
    otto = page.as_("otto")
    assert otto.get(f"/orders/{order.pk}/").status_code == 200
    assert (
        otto.post(
            f"/orders/disputes/{dispute.pk}/", {"d1-upheld": "yes", "d1-reason": "监控为2人"}
        ).status_code
        == 302
    )
    assert "监控为2人" in otto.get(f"/orders/{order.pk}/").content.decode()


def test_office_enters_a_paper_answer_on_behalf_of_the_unit(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    wen = page.as_("wen")
    assert "代录签收" in wen.get(f"/orders/{order.pk}/").content.decode()
    wen.post(f"/orders/{order.pk}/receive/")
    item = order.items.get()
    wen.post(
        f"/orders/{order.pk}/reply/",
        {"outcome": "done", f"measures-{item.pk}": "已增派。", "moment": "2020-02-16T13:40", "agreed": "on"},
    )
    assert Reply.objects.get().is_on_behalf
    text = wen.get(f"/orders/{order.pk}/").content.decode()
    assert "须由他人核验" in text and "代录" in text


def test_queue_lists_what_waits_and_takes_a_verification(page: PageClient, world: World) -> None:
    finding = cases.finding(world, severity="prominent")
    cases.replied(world, finding)
    asha = page.as_("asha")
    assert f"/verifications/{finding.pk}/" in asha.get("/verifications/").content.decode()
    assert "须现场核验" in asha.get(f"/verifications/{finding.pk}/").content.decode()
    refused = asha.post(
        f"/verifications/{finding.pk}/", {"outcome": "passed", "method": "photos", "opinion": "清楚"}
    )
    assert refused.status_code == 422
    assert not Verification.objects.exists()
    asha.post(
        f"/verifications/{finding.pk}/",
        {"outcome": "passed", "method": "on_site", "opinion": "两个入口已分开。"},
    )
    assert Verification.objects.get().outcome == "passed"
    assert "两个入口已分开" in asha.get("/verifications/", {"view": "done"}).content.decode()
    assert asha.get("/verifications/", {"view": "done", "export": "1"}).content[:2] == b"PK"


def test_look_back_is_recorded_on_its_page(page: PageClient, world: World, clock_at) -> None:
    finding = cases.finding(world)
    cases.replied(world, finding)
    cases.verify(world, finding)
    sweeps.sample_look_backs(DUE)
    look_back = LookBack.objects.get()
    clock_at(DUE + timedelta(hours=9))
    asha = page.as_("asha")
    assert (
        f"/look-backs/{look_back.pk}/" in asha.get("/verifications/", {"view": "look_backs"}).content.decode()
    )
    assert asha.get(f"/verifications/look-backs/{look_back.pk}/").status_code == 200
    asha.post(f"/verifications/look-backs/{look_back.pk}/", {"held": "no", "note": "又只有1人。"})
    finding.refresh_from_db()
    assert finding.state == "rectifying"
    assert asha.get(f"/verifications/look-backs/{look_back.pk}/").status_code == 200


def test_urge_is_signed_by_the_head_from_the_list(page: PageClient, world: World, clock_at) -> None:
    order = cases.received(world)
    sweeps.advance_lateness(DUE + timedelta(hours=9))
    clock_at(DUE + timedelta(hours=9, minutes=10))
    urge = Urge.objects.get()
    assert "待签发督办单" in page.as_("wen").get("/orders/").content.decode()
    assert page.post(f"/orders/urges/{urge.pk}/sign/").status_code == 422
    page.as_("hugo").post(f"/orders/urges/{urge.pk}/sign/")
    urge.refresh_from_db()
    assert urge.number_text == "示督办〔2020〕1号"
    assert "逾期" in page.get(f"/orders/{order.pk}/").content.decode()


def test_new_link_is_shown_once(page: PageClient, world: World) -> None:
    order = cases.received(world)
    shown = page.as_("wen").post(f"/orders/{order.pk}/link/").content.decode()
    assert "/u/" in shown
    assert order.links.filter(revoked_at=None).count() == 1


def test_trace_back_is_decided_and_concluded(page: PageClient, world: World) -> None:
    cases.issued(world, cases.finding(world, consequence="serious", consequence_reason="造成停诊"))
    trace = TraceBack.objects.get()
    assert "作出决定" not in page.as_("wen").get(f"/trace-backs/{trace.pk}/").content.decode()
    hugo = page.as_("hugo")
    assert f"/trace-backs/{trace.pk}/" in hugo.get("/trace-backs/").content.decode()
    assert "作出决定" in hugo.get(f"/trace-backs/{trace.pk}/").content.decode()
    assert (
        hugo.post(f"/trace-backs/{trace.pk}/decide/", {"is_opened": "yes", "reason": ""}).status_code == 422
    )
    hugo.post(f"/trace-backs/{trace.pk}/decide/", {"is_opened": "yes", "reason": "后果严重"})
    wen = page.as_("wen")
    assert wen.get(f"/trace-backs/{trace.pk}/").status_code == 200
    answers = {f"responsibility-{rung.pk}": "无" for rung in trace.nodes.all()}
    short = dict(list(answers.items())[1:])
    assert wen.post(f"/trace-backs/{trace.pk}/conclude/", {"conclusion": "查明", **short}).status_code == 422
    assert (
        wen.post(f"/trace-backs/{trace.pk}/conclude/", {"conclusion": "各级已尽责。", **answers}).status_code
        == 302
    )
    trace.refresh_from_db()
    assert trace.state == "concluded"
    assert wen.get(f"/trace-backs/{trace.pk}/").status_code == 200


@pytest.mark.parametrize("who", ["asha", "olga", "rina", "vera"])
def test_trace_backs_are_not_for_the_field_or_the_unit(page: PageClient, world: World, who: str) -> None:
    cases.issued(world, cases.finding(world, consequence="serious", consequence_reason="造成停诊"))
    assert page.as_(who).get(f"/trace-backs/{TraceBack.objects.get().pk}/").status_code == 404


def test_referral_is_sent_and_answered_by_the_authority(page: PageClient, world: World) -> None:
    finding = cases.finding(world)
    wen = page.as_("wen")
    assert wen.get(f"/referrals/new/{finding.pk}/").status_code == 200
    authority = world.units["示例市卫生健康局"]
    wen.post(
        f"/referrals/new/{finding.pk}/",
        {"authority": str(authority.pk), "matter": "通道设置问题，请依职责处理。"},
    )
    referral = Referral.objects.get()
    vera = page.as_("vera")
    assert f"/referrals/{referral.pk}/" in vera.get("/referrals/").content.decode()
    assert vera.get(f"/referrals/{referral.pk}/").status_code == 200
    vera.post(f"/referrals/{referral.pk}/", {"result_kind": "warning", "result": "责令改正，给予警告。"})
    referral.refresh_from_db()
    assert referral.state == "answered"
    assert "给予警告" in vera.get(f"/referrals/{referral.pk}/").content.decode()
    assert page.as_("wen").get("/referrals/", {"export": "1"}).content[:2] == b"PK"


def test_common_problem_from_proposal_to_answers(page: PageClient, world: World) -> None:
    rows = [cases.finding(world), cases.finding(world, site="甲镇西卡口")]
    wen = page.as_("wen")
    assert wen.get("/commons/new/").status_code == 200
    wen.post(
        "/commons/new/",
        {"findings": [str(row.pk) for row in rows], "title": "登记缺项", "question": "是否缺项？"},
    )
    problem = CommonProblem.objects.get()
    hugo = page.as_("hugo")
    assert "未经审批" in hugo.get(f"/commons/{problem.pk}/").content.decode()
    form = {"reply_due_at": "2020-02-17T12:00"}
    assert hugo.post(f"/commons/{problem.pk}/notice/", form).status_code == 422
    hugo.post(f"/burden/forms/{problem.approval_id}/", {"approve": "yes"})
    shown = hugo.post(f"/commons/{problem.pk}/notice/", form).content.decode()
    assert shown.count("/u/s/") == 4
    text = hugo.get(f"/commons/{problem.pk}/").content.decode()
    assert "已答 0 / 4" in text and "未答" in text
    check = problem.self_checks.first()
    assert hugo.get(f"/self-checks/{check.pk}/").status_code == 200
    hugo.post(f"/self-checks/{check.pk}/", {"has_problem": "yes", "count": "2"})
    assert "共自查 2 个" in hugo.get(f"/commons/{problem.pk}/").content.decode()
    assert "/u/s/" in hugo.post(f"/self-checks/{check.pk}/link/").content.decode()
    hugo.post(f"/commons/{problem.pk}/close/")
    problem.refresh_from_db()
    assert problem.state == "closed"
    assert hugo.get("/commons/").status_code == 200
    assert hugo.get(f"/commons/{problem.pk}/", {"export": "1"}).content[:2] == b"PK"


def test_liaison_cannot_open_common_problems_of_staff(page: PageClient, world: World) -> None:
    problem = noticed(world)
    assert page.as_("olga").get(f"/commons/{problem.pk}/").status_code == 404


def test_burden_page_applies_warns_of_doubles_decides_and_answers(page: PageClient, world: World) -> None:
    problem = proposed(world)
    hugo = page.as_("hugo")
    hugo.post(f"/burden/forms/{problem.approval_id}/", {"approve": "yes"})
    wen = page.as_("wen")
    form = {
        "title": "物资数", "purpose": "核对库存", "fields_text": "数量\n单位", "unit_count": "3", "minutes": "5",
        "alternative_checked": "无", "expires_at": "2020-03-01T12:00",
    }  # fmt: skip
    assert "已在问：数量" in wen.post("/burden/forms/new/", form).content.decode()
    assert FormApproval.objects.count() == 1
    wen.post("/burden/forms/new/", {**form, "seen": "1"})
    approval = FormApproval.objects.get(title="物资数")
    assert page.as_("wen").post(f"/burden/forms/{approval.pk}/", {"approve": "yes"}).status_code == 422
    assert page.as_("hugo").post(f"/burden/forms/{approval.pk}/", {"approve": "no"}).status_code == 422
    page.post(f"/burden/forms/{approval.pk}/", {"approve": "no", "reason": "已有数据"})
    approval.refresh_from_db()
    assert approval.state == "refused"


def test_liaison_objects_and_the_office_answers(page: PageClient, world: World) -> None:
    order = cases.received(world)
    olga = page.as_("olga")
    assert olga.get("/burden/objections/new/", {"order": str(order.pk)}).status_code == 200
    olga.post(f"/burden/objections/new/?order={order.pk}", {"text": "一天报三次照片。"})
    objection = Objection.objects.get()
    assert objection.subject_label == order.number_text
    assert "一天报三次照片" in olga.get("/burden/").content.decode()
    assert (
        olga.post(f"/burden/objections/{objection.pk}/", {"upheld": "yes", "answer": "好"}).status_code == 422
    )
    wen = page.as_("wen")
    wen.post(f"/burden/objections/{objection.pk}/", {"upheld": "yes", "answer": "改为核验时再看。"})
    assert "改为核验时再看" in page.as_("olga").get("/burden/").content.decode()
    assert page.as_("wen").get("/burden/", {"export": "1"}).content[:2] == b"PK"


def test_self_check_of_a_liaisons_own_unit(page: PageClient, world: World) -> None:
    from duban.campaigns.models import CampaignUnit

    CampaignUnit.objects.create(
        campaign=world.campaign, unit=world.units["甲镇人民政府"], group="township", ordinal=9
    )
    problem = noticed(world)
    check = problem.self_checks.get(unit=world.units["甲镇人民政府"])
    olga = page.as_("olga")
    assert olga.get(f"/self-checks/{check.pk}/").status_code == 200
    olga.post(f"/self-checks/{check.pk}/", {"has_problem": "no"})
    check.refresh_from_db()
    assert (check.has_problem, check.replied_by_label) == (False, "甲镇联络员")


def test_reply_link_of_a_voided_order_is_gone(page: PageClient, world: World) -> None:
    order = cases.issued(world)
    token = order.fresh_token
    rectification.void_order(actor=world.actor("hugo"), at=at("12:00"), order_id=order.pk, reason="登记错误")
    assert page.get(f"/u/{token}/").status_code == 410


def test_draft_is_changed_on_its_page_and_what_is_wrong_is_said_there(page: PageClient, world: World) -> None:
    kept, dropped, joined = cases.finding(world), cases.finding(world), cases.finding(world)
    order = cases.draft(world, kept, dropped)
    text = page.as_("wen").get(f"/orders/{order.pk}/").content.decode()
    assert (
        "修改草稿" in text and "修改草稿" not in page.as_("asha").get(f"/orders/{order.pk}/").content.decode()
    )
    path = f"/orders/{order.pk}/change/"
    text = page.as_("wen").get(path).content.decode()
    assert text.count(" checked") >= 3 and str(joined) in text  # two problems, one kind of limit
    answer = {
        "deadline_kind": "days", f"asked-{joined.pk}": "补齐人员。", "findings": [str(kept.pk), str(joined.pk)],
    }  # fmt: skip
    wrong = page.post(path, answer)
    assert wrong.status_code == 422 and "补齐人员。" in wrong.content.decode() and order.items.count() == 2
    assert page.post(path, answer | {"due_at": "2020-02-18T18:00"}).status_code == 302
    assert {item.finding_id: item.requirement for item in order.items.all()} == {
        kept.pk: "按排班在岗。",
        joined.pk: "补齐人员。",
    }


def test_recusal_is_asked_from_the_order_and_waits_on_the_heads_desk(page: PageClient, world: World) -> None:
    order = cases.received(world)
    assert "申请经办人回避" in page.as_("olga").get(f"/orders/{order.pk}/").content.decode()
    asked = {"user": str(world.users["asha"].pk), "ground": "kin", "reason": "有亲属在本单位任职"}
    assert page.post(f"/orders/{order.pk}/recusal/", asked).status_code == 302
    assert "决定回避申请" in page.as_("hugo").get("/").content.decode()
    other = world.users["wen"].post_label
    assert other not in page.as_("olga").get("/recusal/request/").content.decode()


def test_marks_and_days_follow_the_language_of_the_page(page: PageClient, world: World) -> None:
    order = cases.received(world)
    rectification.dispute_item(
        actor=world.actor("olga"), at=at("11:30"), item_id=order.items.get().pk, ground="fact_wrong",
        statement="值守2人。",
    )  # fmt: skip
    chinese = page.as_("wen").get(f"/orders/{order.pk}/").content.decode()
    assert "事实与现场不符</b>：值守2人。" in chinese and "2月18日" in chinese
    english = page.get(f"/orders/{order.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "</b>: 值守2人。" in english and "18 Feb" in english and "2月18日" not in english
