"""One approved question to all units; referrals to the line authority; trace-backs decided by a person."""

from datetime import timedelta

import pytest

from duban.burden import operations as burden
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.rectification import operations as rectification
from duban.rectification import paper
from duban.rectification.models import CommonProblem, Referral, SelfCheck, TraceBack
from tests.rectification import cases
from tests.world import World, at

LATER = at("12:00") + timedelta(days=1)


def proposed(world: World) -> CommonProblem:
    """Return a common problem of two findings, proposed by wen."""
    rows = [cases.finding(world), cases.finding(world, site="甲镇西卡口")]
    return rectification.propose_common_problem(
        actor=world.actor("wen"), at=at("13:00"), finding_ids=[row.pk for row in rows], title="卡口登记缺项问题",
        question="登记表是否缺少时间，带班岗是否复核签字。",
    )  # fmt: skip


def noticed(world: World) -> CommonProblem:
    """Return a common problem whose notice hugo sent after approving its form."""
    problem = proposed(world)
    burden.decide_form_approval(
        actor=world.actor("hugo"), at=at("13:05"), approval_id=problem.approval_id, approve=True
    )
    return rectification.send_common_notice(
        actor=world.actor("hugo"), at=at("13:10"), common_problem_id=problem.pk, reply_due_at=LATER
    )


def test_notice_cannot_go_without_an_approved_form(world: World) -> None:
    problem = proposed(world)
    assert (problem.approval.minutes, len(problem.approval.fields)) == (2, 2)
    with pytest.raises(Conflict) as refused:
        rectification.send_common_notice(
            actor=world.actor("hugo"), at=at("13:10"), common_problem_id=problem.pk, reply_due_at=LATER
        )
    assert refused.value.code == "form_not_approved"
    problem.refresh_from_db()
    assert (problem.state, SelfCheck.objects.count(), problem.number_id) == ("proposed", 0, None)


def test_notice_reaches_every_unit_of_the_scope(world: World) -> None:
    problem = noticed(world)
    assert problem.self_checks.count() == world.campaign.scope_units.count() == len(problem.fresh_tokens)
    assert problem.number_text == "示督发〔2020〕1号"
    assert problem.document.deliveries.count() == 4


@pytest.mark.parametrize("who", ["wen", "asha"])
def test_notice_is_signed_by_the_head_only(world: World, who: str) -> None:
    problem = proposed(world)
    burden.decide_form_approval(
        actor=world.actor("hugo"), at=at("13:05"), approval_id=problem.approval_id, approve=True
    )
    with pytest.raises(Denied):
        rectification.send_common_notice(
            actor=world.actor(who), at=at("13:10"), common_problem_id=problem.pk, reply_due_at=LATER
        )
    assert not SelfCheck.objects.exists()


def test_one_finding_is_no_common_problem(world: World) -> None:
    with pytest.raises(Invalid):
        rectification.propose_common_problem(
            actor=world.actor("wen"),
            at=at("13:00"),
            finding_ids=[cases.finding(world).pk],
            title="缺项",
            question="有无？",
        )


def test_yes_needs_a_number_and_paper_is_entered_on_behalf(world: World) -> None:
    problem = noticed(world)
    check = problem.self_checks.get(unit=world.units["乙镇"])
    with pytest.raises(Invalid):
        rectification.answer_self_check(
            actor=world.actor("wen"), at=at("14:00"), self_check_id=check.pk, has_problem=True
        )
    done = rectification.answer_self_check(
        actor=world.actor("wen"), at=at("14:00"), self_check_id=check.pk, has_problem=True, count=2
    )
    assert "代录" in done.replied_by_label
    with pytest.raises(NotFound):
        rectification.answer_self_check(
            actor=world.actor("olga"), at=at("14:01"), self_check_id=check.pk, has_problem=False
        )


def test_closed_common_problem_takes_no_more_answers(world: World) -> None:
    problem = noticed(world)
    rectification.close_common_problem(actor=world.actor("wen"), at=LATER, common_problem_id=problem.pk)
    check = problem.self_checks.first()
    with pytest.raises(WrongState):
        rectification.answer_self_check(
            actor=world.actor("wen"), at=LATER, self_check_id=check.pk, has_problem=False
        )


def _refer(world: World, **changes) -> Referral:
    values = {
        "finding_id": changes.pop("finding", None) or cases.finding(world).pk,
        "authority_id": world.units["示例市卫生健康局"].pk,
        "matter": "通道设置不符合要求，请依职责处理。",
    }
    return rectification.refer_finding(actor=world.actor("wen"), at=at("15:30"), **(values | changes))


def test_referral_and_the_authoritys_own_result(world: World) -> None:
    referral = _refer(world)
    assert (referral.finding.state, referral.number_text) == ("referred", "示督函〔2020〕1号")
    assert referral.reply_due_on.isoformat() == "2020-02-19"
    done = rectification.answer_referral(
        actor=world.actor("vera"), at=at("16:30"), referral_id=referral.pk, result_kind="warning",
        result="责令立即改正，给予警告。", result_number="示卫罚〔2020〕1号", published_by_authority=True,
    )  # fmt: skip
    done.finding.refresh_from_db()
    assert (done.state, done.finding.state) == ("answered", "written_off")
    with pytest.raises(WrongState):
        rectification.answer_referral(
            actor=world.actor("vera"),
            at=at("16:31"),
            referral_id=referral.pk,
            result_kind="fine",
            result="罚款",
        )


def test_ordered_finding_keeps_its_course_when_referred(world: World) -> None:
    finding = cases.finding(world)
    cases.received(world, finding)
    referral = _refer(world, finding=finding.pk)
    finding.refresh_from_db()
    assert (finding.state, referral.state) == ("rectifying", "sent")


def test_referral_to_somebody_without_authority_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        _refer(world, authority_id=world.units["甲镇人民政府"].pk)
    assert "authority" in refused.value.fields
    assert not Referral.objects.exists()


@pytest.mark.parametrize("who", ["olga", "rina", "hana"])
def test_referral_result_is_not_for_others(world: World, who: str) -> None:
    referral = _refer(world)
    with pytest.raises(NotFound):
        rectification.answer_referral(
            actor=world.actor(who),
            at=at("16:30"),
            referral_id=referral.pk,
            result_kind="warning",
            result="警告",
        )
    referral.refresh_from_db()
    assert referral.state == "sent"


def _traced(world: World) -> TraceBack:
    finding = cases.finding(world, consequence="serious", consequence_reason="造成停诊", severity="serious")
    cases.issued(world, finding)
    return TraceBack.objects.get()


@pytest.mark.parametrize("who", ["wen", "lena"])
def test_trace_back_is_decided_by_the_head_with_reasons(world: World, who: str) -> None:
    trace = _traced(world)
    act = {"at": at("17:00"), "trace_back_id": trace.pk, "is_opened": True}
    with pytest.raises(Denied):
        rectification.decide_trace_back(actor=world.actor(who), reason="后果严重", **act)
    with pytest.raises(Invalid):
        rectification.decide_trace_back(actor=world.actor("hugo"), reason=" ", **act)
    trace.refresh_from_db()
    assert trace.state == "raised"


def test_trace_back_needs_every_rung_and_none_is_an_answer(world: World) -> None:
    trace = _traced(world)
    rectification.decide_trace_back(
        actor=world.actor("hugo"), at=at("17:00"), trace_back_id=trace.pk, is_opened=True, reason="后果严重"
    )
    rungs = list(trace.nodes.all())
    assert any("领导责任" in rung.duty for rung in rungs)  # S2-47
    answers = {rung.pk: {"done": "已督促", "gap": "", "responsibility": "无"} for rung in rungs}
    short = dict(list(answers.items())[:-1])
    with pytest.raises(Invalid):
        rectification.conclude_trace_back(
            actor=world.actor("wen"), at=at("18:00"), trace_back_id=trace.pk, conclusion="查明", nodes=short
        )
    done = rectification.conclude_trace_back(
        actor=world.actor("wen"),
        at=at("18:00"),
        trace_back_id=trace.pk,
        conclusion="各级均已尽责。",
        nodes=answers,
    )
    assert done.state == "concluded"


def test_waived_trace_back_stays_on_record(world: World) -> None:
    trace = _traced(world)
    done = rectification.decide_trace_back(
        actor=world.actor("hugo"),
        at=at("17:00"),
        trace_back_id=trace.pk,
        is_opened=False,
        reason="已当日消除影响",
    )
    assert (done.state, done.decision_reason) == ("waived", "已当日消除影响")


def test_notice_names_the_limit_in_running_text_and_ends_its_sentences() -> None:
    assert paper.spoken_limit(at("00:00") + timedelta(days=1)) == "2月16日24时"
    assert paper.spoken_limit(at("09:30")) == "2月16日9时30分"
    assert paper.sentence("请对照检查登记表") == "请对照检查登记表。"
    assert paper.sentence("是否填全？") == "是否填全？"
