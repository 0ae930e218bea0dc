"""A case from an opened trace-back to a delivered decision; what G-20 and G-21 refuse, and that nothing changed."""

from datetime import date, timedelta

import pytest

from duban.accountability import completeness, limits, sweeps
from duban.accountability import operations as accountability
from duban.accountability.models import AccountabilityCase, AccountabilityDecision, Defence, Proposal
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from tests.accountability import matters
from tests.world import DAY, World, at


def test_case_runs_from_trace_back_to_delivered_decision(world: World) -> None:
    case = matters.delivered(world)
    decision = case.decision
    assert (case.state, decision.measures, decision.remedy_until) == (
        "delivered",
        ["admonition"],
        date(2020, 3, 19),
    )
    assert case.number_text == "demo-问责〔2020〕1号"
    verbs = list(
        Event.objects.filter(subject_type="accountability.accountabilitycase")
        .order_by("id")
        .values_list("verb", flat=True)
    )
    assert verbs == [
        "accountability.opened", "accountability.changed", "accountability.examined", "accountability.examined",
        "accountability.distinguished", "accountability.tolerance_considered", "accountability.told",
        "accountability.heard", "accountability.proposed", "accountability.decided", "accountability.delivered",
    ]  # fmt: skip


def test_case_needs_an_opened_trace_back(world: World) -> None:
    trace = matters.trace_back(world, is_opened=False)
    with pytest.raises(Denied) as refused:
        matters.opened(world, trace=trace.pk)
    assert refused.value.code == "trace_back_not_open"
    assert not AccountabilityCase.objects.exists()


def test_opening_by_anybody_but_the_head_is_refused_and_changes_nothing(world: World) -> None:
    trace = matters.trace_back(world)
    refusals = {}
    for who in ("wen", "lena", "asha", "rina", "olga", "avi", "nobody"):
        with pytest.raises((Denied, NotFound)) as refused:
            matters.opened(world, trace=trace.pk, actor=world.actor(who))
        refusals[who] = refused.value.status
    assert refusals == {"wen": 403, "lena": 403} | dict.fromkeys(
        ("asha", "rina", "olga", "avi", "nobody"), 404
    )
    assert not AccountabilityCase.objects.exists()


def test_subject_stands_on_the_chain_and_only_once(world: World) -> None:
    trace = matters.trace_back(world)
    with pytest.raises(Invalid) as wrong:
        matters.opened(world, trace=trace.pk, post=None, unit_id=world.units["乙镇人民政府"].pk)
    assert "unit" in wrong.value.fields
    with pytest.raises(Invalid) as wrong:
        matters.opened(world, trace=trace.pk, post_id=world.posts["乙镇镇长岗"].pk)
    assert "post" in wrong.value.fields
    matters.opened(world, trace=trace.pk)
    matters.opened(world, trace=trace.pk, post=None)
    with pytest.raises(Conflict):
        matters.opened(world, trace=trace.pk, post=None)
    assert AccountabilityCase.objects.count() == 2


def test_basis_not_in_force_on_the_day_of_the_act_is_refused(world: World) -> None:
    case = matters.opened(world)
    for valid_from, valid_to in (
        (date(2024, 1, 1), None),
        (date(2016, 7, 8), date(2019, 8, 31)),
        (None, None),
    ):
        wrong = matters.provision(valid_from=valid_from, valid_to=valid_to)
        with pytest.raises(Invalid) as refused:
            matters.change(world, case, provision_id=wrong.pk)
        assert list(refused.value.fields) == ["provision"]
    case.refresh_from_db()
    assert case.provision_id is None


def test_decision_without_anything_names_every_missing_part(world: World) -> None:
    case = matters.opened(world, facts="")
    with pytest.raises(Invalid) as refused:
        matters.decide(
            world, case, body_id=None, attendees=[], decided_on=None, votes_for=None, votes_against=None, reasons="",
            remedy="",
        )  # fmt: skip
    assert set(refused.value.fields) == {
        "facts", "basis", "responsibility", "examinations", "told", "defence", "distinctions", "tolerance", "proposal",
        "body", "attendees", "votes_for", "decided_on", "reasons", "remedy",
    }  # fmt: skip
    assert not AccountabilityDecision.objects.exists()


SKIPPED = {
    "examinations": matters.examine, "distinctions": matters.distinguish, "tolerance": matters.consider,
    "proposal": matters.propose,
}  # fmt: skip


@pytest.mark.parametrize("part", SKIPPED)
def test_decision_with_one_part_missing_names_it_and_changes_nothing(world: World, part: str) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    for name, step in SKIPPED.items():
        if name == "proposal":
            matters.tell(world, case)
            matters.hear(world, case)
        if name != part:
            step(world, case)
    with pytest.raises(Invalid) as refused:
        matters.decide(world, case)
    assert list(refused.value.fields) == [part]
    case.refresh_from_db()
    assert case.state == ("stated" if part == "proposal" else "proposed")
    assert not AccountabilityDecision.objects.exists()


def test_decision_that_is_not_collective_or_lacks_a_remedy_is_refused(world: World) -> None:
    case = matters.proposed(world)
    wrong = [
        ({"attendees": ["主任岗", "副主任岗"], "votes_for": 2}, "attendees"),
        ({"votes_for": 1, "votes_against": 2}, "votes_for"),
        ({"votes_for": 4}, "votes_for"),
        ({"votes_for": -1}, "votes_for"),
        ({"remedy": " "}, "remedy"),
        ({"reasons": ""}, "reasons"),
        ({"decided_on": DAY}, "decided_on"),
        ({"decided_on": matters.LATER + timedelta(days=1)}, "decided_on"),
        ({"appeal_months": 0}, "appeal_months"),
        ({"body_id": world.units["示例市"].pk}, "body"),
    ]
    for changes, field in wrong:
        with pytest.raises(Invalid) as refused:
            matters.decide(world, case, **changes)
        assert list(refused.value.fields) == [field]
    assert not AccountabilityDecision.objects.exists()


def test_defence_before_telling_or_with_one_hearer_is_refused(world: World) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    with pytest.raises(Invalid) as refused:
        matters.hear(world, case, heard_by_posts=["经办岗"], statement="", response="", signature="")
    assert set(refused.value.fields) == {"told", "heard_by_posts", "statement", "response", "signature"}
    assert not Defence.objects.exists()


def test_waived_defence_needs_its_record(world: World) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    matters.tell(world, case)
    with pytest.raises(Invalid) as refused:
        matters.hear(world, case, is_waived=True, statement="")
    assert list(refused.value.fields) == ["waiver_record"]
    matters.hear(world, case, is_waived=True, statement="", waiver_record="书面表示放弃。")
    case.refresh_from_db()
    assert "defence" not in completeness.missing(case)


def test_defence_never_aggravates_without_new_facts(world: World) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    matters.tell(world, case, measures=("criticism",))
    matters.hear(world, case)
    with pytest.raises(Invalid) as refused:
        matters.propose(world, case, measures=("admonition",))
    assert refused.value.code == "aggravation"
    matters.propose(world, case, measures=("reminder_talk",))
    with pytest.raises(Invalid):
        matters.propose(world, case, measures=("criticism",))
    assert Proposal.objects.count() == 2


def test_new_facts_lead_back_to_telling_and_hearing(world: World) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    matters.tell(world, case, measures=("criticism",))
    matters.hear(world, case)
    accountability.add_new_facts(
        actor=world.actor("wen"), at=at("09:00", matters.LATER), case_id=case.pk, facts="另有一处点位同样无人值守。",
        measures=["admonition"], reasons="两处无人值守。",
    )  # fmt: skip
    case.refresh_from_db()
    assert (case.state, case.told_on) == ("drafted", None)
    matters.tell(world, case, measures=("admonition",), told_on=matters.LATER, at=at("10:00", matters.LATER))
    matters.hear(world, case, heard_on=matters.LATER, at=at("11:00", matters.LATER))
    proposal = matters.propose(world, case, measures=("admonition",), at=at("12:00", matters.LATER))
    assert proposal.measures == ["admonition"]
    assert [row.sequence for row in case.defences.all()] == [1, 2]


def test_decision_heavier_than_the_proposal_is_refused(world: World) -> None:
    case = matters.proposed(world)
    with pytest.raises(Invalid) as refused:
        matters.decide(world, case, measures=["admonition", "transfer"])
    assert refused.value.code == "aggravation"
    assert not AccountabilityDecision.objects.exists()


def test_measure_of_a_unit_does_not_fit_a_post(world: World) -> None:
    case = matters.proposed(world)
    with pytest.raises(Invalid) as refused:
        matters.decide(world, case, measures=["reorganise"])
    assert refused.value.code == "measure_unfit"


def test_facts_that_were_told_are_not_rewritten(world: World) -> None:
    case = matters.opened(world)
    matters.change(world, case)
    matters.tell(world, case)
    case.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        matters.change(world, case, facts="另一说法。", provision_id=case.provision_id)
    assert list(refused.value.fields) == ["facts"]


STEPS = {
    "withdraw": lambda world, case, who: accountability.withdraw_case(
        actor=who, at=at("15:30"), case_id=case.pk, reason="重复"
    ),
    "tell": lambda world, case, who: matters.tell(world, case, actor=who),
    "hear": lambda world, case, who: matters.hear(world, case, actor=who),
    "propose": lambda world, case, who: matters.propose(world, case, actor=who),
    "decide": lambda world, case, who: matters.decide(world, case, actor=who),
    "deliver": lambda world, case, who: matters.deliver(world, case, actor=who),
}


def test_steps_by_those_who_do_not_handle_the_case_change_nothing(world: World) -> None:
    case = matters.proposed(world)
    before = AccountabilityCase.objects.values().get(pk=case.pk)
    events = Event.objects.count()
    for who in ("lena", "asha", "tess", "rina", "hana", "vera", "avi", "ada", "nobody", "olga"):
        for step in STEPS.values():
            with pytest.raises((NotFound, Denied, WrongState)):
                step(world, case, world.actor(who))
    assert AccountabilityCase.objects.values().get(pk=case.pk) == before
    assert Event.objects.count() == events


def test_delivery_starts_the_clock_and_effect_waits_for_its_end(world: World) -> None:
    case = matters.delivered(world)
    with pytest.raises(Invalid) as refused:
        accountability.confirm_effect(
            actor=world.actor("wen"), at=at("23:00", date(2020, 3, 19)), case_id=case.pk
        )
    assert refused.value.code == "remedy_open"
    assert sweeps.confirm_effects(at("23:00", date(2020, 3, 19))) == 0
    assert sweeps.confirm_effects(at("01:00", date(2020, 3, 20))) == 1
    assert sweeps.confirm_effects(at("02:00", date(2020, 3, 20))) == 0
    case.refresh_from_db()
    assert (case.state, case.effective_on) == ("effective", date(2020, 3, 20))
    accountability.conclude_case(
        actor=world.actor("wen"), at=at("09:00", date(2020, 3, 23)), case_id=case.pk, execution="已诫勉谈话。"
    )
    case.refresh_from_db()
    assert case.state == "concluded"


def test_delivery_before_the_decision_is_refused(world: World) -> None:
    case = matters.proposed(world)
    matters.decide(world, case)
    with pytest.raises(Invalid) as refused:
        matters.deliver(world, case, delivered_on=DAY)
    assert list(refused.value.fields) == ["delivered_on"]
    case.refresh_from_db()
    assert case.state == "decided"


def test_deciding_twice_is_refused(world: World) -> None:
    case = matters.delivered(world)
    with pytest.raises(WrongState):
        matters.decide(world, case)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2020, 1, 31), 1, date(2020, 2, 29)), (date(2019, 1, 31), 1, date(2019, 2, 28)),
        (date(2019, 12, 5), 1, date(2020, 1, 5)), (date(2020, 2, 19), 2, date(2020, 4, 19)),
    ],
)  # fmt: skip
def test_months_are_calendar_months(day: date, months: int, expected: date) -> None:
    assert limits.add_months(day, months) == expected
