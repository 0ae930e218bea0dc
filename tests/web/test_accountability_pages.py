"""Accountability as each role meets it in the pages: a whole case, the unit's view, denials, exports, meddling."""

from datetime import timedelta

import pytest
from django.urls import reverse

from duban.accountability import sweeps
from duban.accountability.models import AccountabilityCase, Appeal, MeddlingRecord, ToleranceCase
from duban.accountability.states import Distinction, Exclusion, Factor
from duban.kernel.models import Event
from duban.web.views.accountability_acts import ACTS
from tests.accountability import matters
from tests.page_client import PageClient
from tests.world import DAY, World, at


def url(case: AccountabilityCase, name: str = "show") -> str:
    return reverse(f"accountability:{name}", args=[case.pk])


def text(page: PageClient, path: str, status: int = 200) -> str:
    response = page.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def send(page: PageClient, case: AccountabilityCase, name: str, fields: dict) -> None:
    assert page.get(url(case, name)).status_code == 200, name
    response = page.post(url(case, name), fields)
    assert response.status_code == 302, (name, response.content.decode()[:4000])


def test_whole_case_goes_through_the_pages(page: PageClient, world: World, clock_at) -> None:
    trace, provision = matters.trace_back(world), matters.provision()
    body, wen = str(world.units["示例市纪委监委"].pk), str(world.users["wen"].pk)
    unit, post = world.units["甲镇人民政府"], world.posts["甲镇分管副镇长岗"]
    clock_at(at("09:00", DAY + timedelta(days=1)))
    hugo = page.as_("hugo")
    assert "启动问责核查" in text(hugo, "/accountability/")
    opened = hugo.post(
        f"/accountability/new/{trace.pk}/",
        {"subject": f"{unit.pk}/{post.pk}", "act_on": "2020-02-16", "handler": wen, "facts": "值守缺1人。"},
    )
    case = AccountabilityCase.objects.get()
    assert opened.headers["Location"] == url(case)
    page.as_("wen")
    assert "作出决定还缺" in text(page, url(case))
    send(page, case, "change", {
        "facts": "值守缺1人。", "act_on": "2020-02-16", "basis_kind": "regulation", "provision": str(provision.pk),
        "responsibility": "direct", "consequence": "none",
    })  # fmt: skip
    for line, answer in (("direct", "yes"), ("leadership", "no")):
        send(page, case, "examine", {"line": line, "is_responsible": answer, "result": "查了两个岗位。"})
    answers = {code: "不属于。" for code in Distinction.values} | {
        f"is-{code}": "no" for code in Distinction.values
    }
    send(page, case, "distinctions", answers)
    send(page, case, "consider", {"is_opened": "no", "reason": "无容错情形。"})
    send(page, case, "tell", {
        "told_on": "2020-02-17", "measures": ["admonition"], "reasons": "逾期。", "to_body": body,
    })  # fmt: skip
    send(page, case, "hear", {
        "heard_on": "2020-02-17", "heard_by_posts": "经办岗\n综合岗", "statement": "人手不足。", "response": "部分采纳。",
        "signature": "属实。",
    })  # fmt: skip
    send(page, case, "propose", {"measures": ["criticism"], "reasons": "已补岗。", "to_body": body})
    decision = {
        "body": body, "decided_on": "2020-02-17", "attendees": "\n".join(matters.POSTS), "votes_for": "3",
        "votes_against": "0", "votes_abstain": "0", "measures": ["criticism"], "reasons": "事实清楚。", "remedy": "可以申诉。",
        "appeal_months": "1", "answer_months": "1",
    }  # fmt: skip
    refused = page.post(url(case, "decide"), decision | {"measures": ["transfer"]})
    assert refused.status_code == 422 and "不得因申辩加重" in refused.content.decode()
    send(page, case, "decide", decision)
    send(page, case, "deliver", {
        "delivered_on": "2020-02-17", "received_by_label": "甲镇联络员", "delivery_method": "当面送达",
    })  # fmt: skip
    assert "2020-03-17" in text(page, url(case))
    sheet = text(page, url(case, "decision"))
    assert "批评教育" in sheet and "甲镇" in sheet and "2020年2月17日" in sheet
    assert Event.objects.filter(verb="accountability.read", subject_id=case.pk).count() >= 2


def test_unit_sees_facts_and_decision_and_appeals_by_itself(page: PageClient, world: World, clock_at) -> None:
    case = matters.delivered(world)
    clock_at(at("10:00", matters.LATER + timedelta(days=1)))
    olga = page.as_("olga")
    assert case.number_text in text(olga, "/accountability/")
    shown = text(olga, url(case))
    assert "值守缺1人" in shown and "诫勉" in shown and "2020-03-19" in shown
    for hidden in ("主任岗", "一案双查", "值班岗未补位", "赞成"):
        assert hidden not in shown
    send(page, case, "appeal", {"filed_by_label": "甲镇", "filed_on": "2020-02-20", "reasons": "认定过重。"})
    appeal = Appeal.objects.get()
    assert (appeal.is_within_limit, appeal.is_on_behalf) == (True, False)
    send(page.as_("hugo"), case, "reviewer", {"reviewer": str(world.users["lena"].pk)})
    send(page.as_("lena"), case, "review", {
        "outcome": "change", "measures": ["criticism"], "reasons": "情节较轻。", "decided_on": "2020-02-20",
    })  # fmt: skip
    assert "批评教育" in text(page.as_("olga"), url(case))


def test_handlers_are_not_offered_as_reviewers(page: PageClient, world: World, clock_at) -> None:
    case = matters.delivered(world)
    matters.appeal(world, case)
    clock_at(at("10:00", matters.LATER + timedelta(days=1)))
    form = text(page.as_("hugo"), url(case, "reviewer"))
    assert "委领导" in form and f'value="{world.users["wen"].pk}"' not in form


def test_tolerance_goes_through_the_pages(page: PageClient, world: World, clock_at) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    matters.tell(world, case)
    clock_at("16:00")
    send(page.as_("olga"), case, "apply", {
        "applicant_label": "甲镇人民政府", "grounds": "抢险抽调。", "emergency_grounds": ["protect_lives"],
        "is_unintended": "on",
    })  # fmt: skip
    page.as_("wen")
    send(page, case, "accept", {"reason": "属应急情形。"})
    fields = {f"factor-{code}": "已核实。" for code in Factor.values} | {"opinion": "从轻。"}
    send(page, case, "verify", fields | {f"exclusion-{code}": "no" for code in Exclusion.values})
    determined = {
        "body": str(world.units["示例市纪委监委"].pk), "determined_on": "2020-02-16", "attendees": "\n".join(matters.POSTS),
        "votes_for": "3", "votes_against": "0", "votes_abstain": "0", "result": "lighter", "reason": "应急。",
    }  # fmt: skip
    refused = page.post(url(case, "determine"), determined)
    assert refused.status_code == 422 and "容错仍须纠错" in refused.content.decode()
    send(page, case, "determine", determined | {"correction-1": "补齐排班。", "due-1": "2020-02-20"})
    send(page, case, "told", {"told_on": "2020-02-16", "told_to": "甲镇人民政府"})
    item = ToleranceCase.objects.get().corrections.get()
    send(page, case, "correct", {
        "item": str(item.pk), "checked_on": "2020-02-16", "is_corrected": "yes", "note": "已补齐。",
    })  # fmt: skip
    assert "补齐排班" in text(page, url(case))
    send(page, case, "close", {})
    assert ToleranceCase.objects.get().state == "closed"


def test_publication_goes_through_the_pages(page: PageClient, world: World, clock_at) -> None:
    case = matters.delivered(world)
    page.as_("wen")
    assert page.get(url(case, "publish-draft")).status_code == 403
    moment = clock_at(at("10:00", matters.LATER + timedelta(days=40)))
    sweeps.confirm_effects(moment)
    assert "诫勉" in text(page, url(case, "publish-draft"))
    send(page, case, "publish-draft", {"text": "甲镇分管岗被诫勉。"})
    assert page.get(url(case, "legal-check")).status_code == 403
    send(page.as_("hugo"), case, "legal-check", {"opinion": "无姓名。"})
    send(page, case, "publish", {})
    assert "已公开" in text(page, url(case))


def test_every_step_out_of_reach_is_refused_and_changes_nothing(page: PageClient, world: World) -> None:
    case = matters.opened(world)
    before = AccountabilityCase.objects.values().get()
    for name in ("asha", "tess", "rina", "hana", "avi", "ada", "nobody", "olga", "lena"):
        page.as_(name)
        paths = [url(case), url(case, "decision"), *[url(case, act.name) for act in ACTS]]
        assert {page.get(path).status_code for path in paths} == {404}, name
        assert {page.post(url(case, act.name), {}).status_code for act in ACTS} == {404}, name
    assert AccountabilityCase.objects.values().get() == before


def test_unit_cannot_take_the_steps_of_the_office(page: PageClient, world: World) -> None:
    case = matters.proposed(world)
    page.as_("olga")
    for act in ACTS:
        if act.name != "apply":
            assert page.get(url(case, act.name)).status_code in (403, 404, 409), act.name
    assert page.get(url(case, "decision")).status_code == 404


def test_list_filters_and_exports(page: PageClient, world: World) -> None:
    case = matters.opened(world)
    page.as_("hugo")
    assert case.number_text in text(page, "/accountability/?q=甲镇&kind=post")
    assert case.number_text not in text(page, "/accountability/?kind=organisation")
    assert page.get("/accountability/?since=wrong").status_code == 200
    assert "spreadsheetml" in page.get("/accountability/?export=1").headers["Content-Type"]
    assert case.number_text not in text(page.as_("lena"), "/accountability/")


@pytest.mark.parametrize("name", ["asha", "avi"])
def test_meddling_is_recorded_and_read(page: PageClient, world: World, name: str) -> None:
    page.as_("asha")
    assert page.get("/meddling/new/").status_code == 200
    done = page.post("/meddling/new/", {
        "asker_label": "某局负责岗", "kind": "asking", "matter": "甲镇市场问题", "asked_at": "2020-02-16T15:00",
        "content": "询问处理意见。", "answer": "不予答复。",
    })  # fmt: skip
    assert done.status_code == 302
    assert MeddlingRecord.objects.count() == 1
    assert "某局负责岗" in text(page.as_(name), "/meddling/")
    assert "某局负责岗" not in text(page.as_("rina"), "/meddling/")
