"""Appeals, tolerance, publication, meddling records, and who sees which part of a case."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from duban.accountability import operations as accountability
from duban.accountability import policy, queries, sweeps
from duban.accountability.models import AccountabilityCase, Appeal, MeddlingRecord, Publication, ToleranceCase
from duban.accountability.states import Exclusion, Factor
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from tests.accountability import matters
from tests.world import DAY, World, at

MARCH = date(2020, 3, 10)


def effective(world: World, **more):
    case = matters.delivered(world, **more)
    sweeps.confirm_effects(at("01:00", date(2020, 3, 20)))
    case.refresh_from_db()
    return case


# Appeal
def test_appeal_in_time_does_not_stop_execution_and_is_upheld(world: World) -> None:
    appeal = matters.under_review(world)
    assert (appeal.is_within_limit, appeal.answer_due_on, appeal.is_on_behalf) == (
        True,
        date(2020, 3, 19),
        False,
    )
    case = appeal.case
    case.refresh_from_db()
    assert (case.state, queries.measures_in_force(case)) == ("appealed", ["admonition"])
    accountability.decide_appeal(
        actor=world.actor("lena"),
        at=at("10:00", MARCH),
        appeal_id=appeal.pk,
        outcome="uphold",
        reasons="认定准确。",
    )
    case.refresh_from_db()
    assert (case.state, case.effective_on) == ("effective", MARCH)


def test_last_day_of_the_month_is_in_time_and_the_next_is_late(world: World) -> None:
    case = matters.delivered(world)
    assert case.decision.remedy_is_open(date(2020, 3, 19))
    late = matters.under_review(world, case, day=date(2020, 3, 20))
    assert late.is_within_limit is False
    accountability.decide_appeal(
        actor=world.actor("lena"), at=at("10:00", date(2020, 3, 25)), appeal_id=late.pk, outcome="dismiss",
        reasons="超过期限，无正当理由。",
    )  # fmt: skip
    case.refresh_from_db()
    assert case.state == "effective"


def test_timely_appeal_cannot_be_dismissed(world: World) -> None:
    appeal = matters.under_review(world)
    with pytest.raises(Invalid) as refused:
        accountability.decide_appeal(
            actor=world.actor("lena"),
            at=at("10:00", MARCH),
            appeal_id=appeal.pk,
            outcome="dismiss",
            reasons="不受理",
        )
    assert refused.value.code == "timely"
    appeal.refresh_from_db()
    assert appeal.state == "under_review"


def test_reviewer_never_handled_the_case_nor_sat_in_the_decision(world: World) -> None:
    case = matters.proposed(world)
    matters.decide(world, case, attendees=[*matters.POSTS[:2], "委领导"])
    matters.deliver(world, case)
    filed = matters.appeal(world, case)
    for who, reason in (
        ("wen", "handled_case"), ("hugo", "handled_case"), ("lena", "handled_case"), ("asha", "not_reviewer_role"),
        ("olga", "own_unit"),
    ):  # fmt: skip
        with pytest.raises(Denied) as refused:
            accountability.assign_reviewer(
                actor=world.actor("hugo"), at=at("18:30", matters.LATER), appeal_id=filed.pk,
                reviewer_id=world.users[who].pk,
            )  # fmt: skip
        assert refused.value.code == reason, who
    filed.refresh_from_db()
    assert (filed.state, filed.reviewer_id) == ("filed", None)


def test_only_the_reviewer_decides_and_never_heavier(world: World) -> None:
    appeal = matters.under_review(world)
    decide = {"at": at("10:00", MARCH), "appeal_id": appeal.pk, "reasons": "认定过重。"}
    for who in ("hugo", "wen", "olga"):
        with pytest.raises(Denied):
            accountability.decide_appeal(actor=world.actor(who), outcome="uphold", **decide)
    for measures in (["transfer"], ["admonition"], ["admonition", "criticism"], []):
        with pytest.raises(Invalid):
            accountability.decide_appeal(
                actor=world.actor("lena"), outcome="change", measures=measures, **decide
            )
    appeal.refresh_from_db()
    assert appeal.state == "under_review"
    accountability.decide_appeal(
        actor=world.actor("lena"), outcome="change", measures=["criticism"], **decide
    )
    case = AccountabilityCase.objects.get(pk=appeal.case_id)
    assert (case.state, queries.measures_in_force(case)) == ("effective", ["criticism"])


def test_revoked_decision_leaves_the_figures_and_the_public_page(world: World) -> None:
    case = effective(world)
    late = date(2020, 3, 25)
    wen, hugo = world.actor("wen"), world.actor("hugo")
    text = accountability.draft_publication(
        actor=wen, at=at("09:00", late), case_id=case.pk, text="甲镇分管岗被诫勉。"
    )
    accountability.check_publication(
        actor=hugo, at=at("09:10", late), publication_id=text.pk, opinion="无姓名。"
    )
    accountability.publish_decision(actor=hugo, at=at("09:20", late), publication_id=text.pk)
    assert queries.counts(world.campaign, until=late).posts_by_measure == {"admonition": 1}
    appeal = matters.under_review(world, case, day=late)
    accountability.decide_appeal(
        actor=world.actor("lena"),
        at=at("20:00", late),
        appeal_id=appeal.pk,
        outcome="revoke",
        reasons="责任对象有误。",
    )
    case.refresh_from_db()
    text.refresh_from_db()
    figures = queries.counts(world.campaign, until=late)
    assert (case.state, text.state, figures.posts_by_measure) == ("withdrawn", "removed", {})
    assert (figures.appeals_filed, figures.appeals_upheld, figures.appeals_changed) == (1, 0, 1)


def test_second_appeal_and_appeal_of_another_unit_are_refused(world: World) -> None:
    case = matters.delivered(world)
    with pytest.raises(NotFound):
        matters.appeal(world, case, by="asha")
    with pytest.raises(Invalid):
        matters.appeal(world, case, reasons="")
    assert not Appeal.objects.exists()
    matters.appeal(world, case)
    with pytest.raises((Conflict, WrongState)):
        matters.appeal(world, case)


# Tolerance
def told_case(world: World, **more):
    case = matters.opened(world, **more)
    matters.change(world, case)
    matters.tell(world, case)
    return case


def test_tolerated_case_ends_lighter_and_still_corrects(world: World) -> None:
    case = told_case(world)
    row = matters.tolerance(world, case, until="told")
    matters.examine(world, case)
    matters.distinguish(world, case)
    matters.hear(world, case)
    matters.propose(world, case, measures=("admonition",))
    with pytest.raises(Invalid) as refused:
        matters.decide(world, case, measures=["admonition"])
    assert refused.value.code == "not_lighter"
    decision = matters.decide(world, case, measures=["criticism"])
    assert decision.measures == ["criticism"]
    wen, done = world.actor("wen"), DAY + timedelta(days=5)
    with pytest.raises(Invalid) as refused:
        accountability.close_tolerance(actor=wen, at=at("09:00", done), tolerance_id=row.pk)
    assert refused.value.code == "not_corrected"
    item = row.corrections.get()
    accountability.check_correction(
        actor=wen,
        at=at("09:00", done),
        item_id=item.pk,
        checked_on=done,
        is_corrected=True,
        note="排班已补齐。",
    )
    row = accountability.close_tolerance(actor=wen, at=at("09:10", done), tolerance_id=row.pk)
    figures = queries.counts(world.campaign, until=done)
    assert (row.state, figures.tolerance_applied, figures.tolerance_granted) == ("closed", 1, 1)


def test_limits_of_tolerance_are_working_days(world: World) -> None:
    case = told_case(world)
    row = matters.tolerance(world, case)
    assert row.due_on == date(2020, 2, 21)  # 16 February 2020 is a Sunday: five working days
    row = accountability.accept_tolerance(
        actor=world.actor("wen"), at=at("15:25"), tolerance_id=row.pk, reason="受理"
    )
    assert row.due_on == date(2020, 3, 6)


def test_exclusion_rules_tolerance_out(world: World) -> None:
    case = told_case(world)
    row = matters.tolerance(world, case, until="accepted")
    found = dict.fromkeys(Exclusion.values, False) | {"repeated": True}
    row = accountability.verify_tolerance(
        actor=world.actor("wen"), at=at("15:40"), tolerance_id=row.pk, opinion="屡次发生。",
        factors=dict.fromkeys(Factor.values, "已核实。"), exclusions=found,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        matters.determine(world, row, result="exempt")
    assert "同类错误屡次发生" in str(refused.value.fields["result"])
    row.refresh_from_db()
    assert row.state == "verified"
    row = matters.determine(world, row, result="none", corrections=[])
    assert row.result == "none"


def test_tolerance_needs_all_factors_exclusions_vote_and_corrections(world: World) -> None:
    case = told_case(world)
    row = matters.tolerance(world, case, until="accepted")
    with pytest.raises(Invalid) as refused:
        accountability.verify_tolerance(
            actor=world.actor("wen"),
            at=at("15:40"),
            tolerance_id=row.pk,
            factors={},
            exclusions={},
            opinion="",
        )
    assert len(refused.value.fields) == 6 + 7 + 1
    row = accountability.verify_tolerance(
        actor=world.actor("wen"), at=at("15:40"), tolerance_id=row.pk, opinion="从轻。",
        factors=dict.fromkeys(Factor.values, "已核实。"), exclusions=dict.fromkeys(Exclusion.values, False),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        matters.determine(world, row, corrections=[], attendees=["主任岗"], reason="")
    assert set(refused.value.fields) == {"corrections", "attendees", "votes_for", "reason"}
    assert ToleranceCase.objects.get().state == "verified"


def test_exempt_case_decides_without_measures(world: World) -> None:
    case = told_case(world)
    matters.tolerance(world, case, until="told", result="exempt")
    matters.examine(world, case)
    matters.distinguish(world, case)
    matters.hear(world, case)
    matters.propose(world, case, measures=("criticism",))
    with pytest.raises(Invalid) as refused:
        matters.decide(world, case, measures=["criticism"])
    assert refused.value.code == "exempted"
    assert matters.decide(world, case, measures=[]).measures == []


def test_open_tolerance_holds_up_the_decision_and_declined_does_not(world: World) -> None:
    case = matters.proposed(world)
    row = matters.tolerance(world, case)
    with pytest.raises(Invalid) as refused:
        matters.decide(world, case)
    assert list(refused.value.fields) == ["tolerance_result"]
    accountability.decline_tolerance(
        actor=world.actor("wen"), at=at("15:30"), tolerance_id=row.pk, reason="不属应急。"
    )
    case.refresh_from_db()
    assert (case.tolerance_choice, case.tolerance_reason) == ("not_opened", "不属应急。")
    matters.decide(world, case)


def test_emergency_grounds_need_no_intent(world: World) -> None:
    case = told_case(world)
    with pytest.raises(Invalid) as refused:
        accountability.apply_for_tolerance(
            actor=world.actor("olga"), at=at("15:20"), case_id=case.pk, applicant_label="甲镇人民政府", grounds="抢险。",
            emergency_grounds=["keep_order"],
        )  # fmt: skip
    assert list(refused.value.fields) == ["is_unintended"]
    assert not ToleranceCase.objects.exists()


# Publication
def test_nothing_is_published_before_effect(world: World) -> None:
    case = matters.delivered(world)
    with pytest.raises(Denied) as refused:
        accountability.draft_publication(
            actor=world.actor("wen"),
            at=at("18:00", matters.LATER),
            case_id=case.pk,
            text="甲镇分管岗被诫勉。",
        )
    assert refused.value.code == "not_effective"
    assert not Publication.objects.exists()


def test_public_text_names_nobody_and_is_checked_by_somebody_else(world: World) -> None:
    case = effective(world)
    late = date(2020, 3, 25)
    wen, hugo = world.actor("wen"), world.actor("hugo")
    with pytest.raises(Invalid) as refused:
        accountability.draft_publication(
            actor=wen, at=at("09:00", late), case_id=case.pk, text="olga 被诫勉。"
        )
    assert refused.value.code == "person_named"
    text = accountability.draft_publication(
        actor=wen, at=at("09:00", late), case_id=case.pk, text="甲镇分管岗被诫勉。"
    )
    with pytest.raises(Denied):
        accountability.check_publication(
            actor=wen, at=at("09:05", late), publication_id=text.pk, opinion="可以。"
        )
    with pytest.raises(WrongState):
        accountability.publish_decision(actor=hugo, at=at("09:06", late), publication_id=text.pk)
    accountability.check_publication(
        actor=hugo, at=at("09:10", late), publication_id=text.pk, opinion="可以。"
    )
    with pytest.raises(Denied):
        accountability.publish_decision(actor=wen, at=at("09:15", late), publication_id=text.pk)
    text = accountability.publish_decision(actor=hugo, at=at("09:20", late), publication_id=text.pk)
    assert (text.published_on, text.remove_on) == (late, date(2021, 3, 25))
    assert sweeps.remove_expired_publications(at("01:00", date(2021, 3, 25))) == 1
    text.refresh_from_db()
    assert text.state == "removed"


# Sight and meddling
def test_files_are_seen_by_head_handler_and_reviewer_only(world: World) -> None:
    case = matters.proposed(world)
    seen = {
        name for name in world.users if policy.files_visible_to(world.actor(name)).filter(pk=case.pk).exists()
    }
    assert seen == {"hugo", "wen"}
    told = {
        name for name in world.users if policy.cases_visible_to(world.actor(name)).filter(pk=case.pk).exists()
    }
    assert told == {"hugo", "wen", "olga"}
    matters.decide(world, case)
    assert not policy.decisions_visible_to(world.actor("olga")).exists()
    matters.deliver(world, case)
    assert policy.decisions_visible_to(world.actor("olga")).exists()
    matters.under_review(world, case)
    seen = {
        name for name in world.users if policy.files_visible_to(world.actor(name)).filter(pk=case.pk).exists()
    }
    assert seen == {"hugo", "wen", "lena"}


def test_unit_sees_nothing_before_it_is_told(world: World) -> None:
    case = matters.opened(world)
    assert not policy.cases_visible_to(world.actor("olga")).exists()
    with pytest.raises(NotFound):
        accountability.read_case_file(actor=world.actor("olga"), at=at("15:30"), case_id=case.pk)


def test_reading_a_file_leaves_a_trace(world: World) -> None:
    case = matters.opened(world)
    accountability.read_case_file(actor=world.actor("wen"), at=at("15:30"), case_id=case.pk)
    assert Event.objects.filter(verb="accountability.read", subject_id=case.pk).count() == 1


def test_another_office_post_becomes_handler_only_by_hand_over(world: World) -> None:
    case = matters.opened(world, handler_id=None)
    assert not policy.cases_visible_to(world.actor("wen")).exists()
    with pytest.raises(Invalid) as refused:
        accountability.hand_over_case(
            actor=world.actor("hugo"),
            at=at("15:30"),
            case_id=case.pk,
            handler_id=world.users["asha"].pk,
            reason="分工",
        )
    assert list(refused.value.fields) == ["handler"]
    accountability.hand_over_case(
        actor=world.actor("hugo"),
        at=at("15:30"),
        case_id=case.pk,
        handler_id=world.users["wen"].pk,
        reason="分工调整",
    )
    assert policy.cases_visible_to(world.actor("wen")).exists()


def test_meddling_is_recorded_by_whoever_was_asked(world: World) -> None:
    values = {
        "at": at("15:30"), "campaign_id": world.campaign.pk, "asker_label": "某局负责岗", "kind": "asking",
        "matter": "甲镇市场值守问题", "content": "来电询问处理意见。", "answer": "不予答复，已告知登记。", "asked_at": at("15:00"),
    }  # fmt: skip
    accountability.record_meddling(actor=world.actor("asha"), **values)
    for name, error in (("olga", Denied), ("nobody", NotFound)):
        with pytest.raises(error):
            accountability.record_meddling(actor=world.actor(name), **values)
    with pytest.raises(Invalid):
        accountability.record_meddling(actor=world.actor("asha"), **(values | {"asked_at": at("16:00")}))
    assert MeddlingRecord.objects.count() == 1
    seen = {name for name in world.users if policy.meddling_records_visible_to(world.actor(name)).exists()}
    assert seen == {"asha", "hugo", "avi"}


def test_what_waits_for_a_person_is_listed(world: World) -> None:
    trace = matters.trace_back(world)
    hugo = world.actor("hugo")
    assert list(queries.traces_to_answer(hugo, world.campaign.pk)) == [trace]
    case = matters.opened(world, trace=trace.pk, post=None)
    assert not queries.traces_to_answer(hugo, world.campaign.pk).exists()
    assert [str(text)[:8] for text in queries.hints(case)] == ["对组织问责的，应"]


def test_recused_head_keeps_out_of_the_case(world: World) -> None:
    case = matters.opened(world)
    recused = replace(world.actor("hugo"), recused_unit_ids=frozenset({case.unit_id}))
    with pytest.raises(Denied) as refused:
        accountability.withdraw_case(actor=recused, at=at("15:30"), case_id=case.pk, reason="重复")
    assert refused.value.code == "recused"
    case.refresh_from_db()
    assert case.state == "drafted"
