"""Every (state, action) pair of the visit, finding, sheet and support tables, and who may move a finding."""

import pytest

from duban.inspection import operations as inspection
from duban.inspection.models import DailySheet, Finding, SupportRequest, Visit
from duban.inspection.states import (
    FINDING_TRANSITIONS,
    LATENESS_TRANSITIONS,
    SHEET_TRANSITIONS,
    SUPPORT_TRANSITIONS,
    VISIT_TRANSITIONS,
    FindingState,
    Lateness,
    SheetState,
    SupportState,
    VisitState,
)
from duban.kernel import workflow
from duban.kernel.errors import DubanError, WrongState
from duban.kernel.models import Event
from tests.inspection.acts import close_visit, found, open_visit, register
from tests.world import DAY, at


def pairs(states, table):
    return [(state, action) for state in states.values for action in table]


def check(obj, field, state, action, table):
    type(obj).objects.filter(pk=obj.pk).update(**{field: state})
    obj.refresh_from_db()
    sources, target = table[action]
    if state in sources:
        workflow.move(obj, table, action, field=field)
    else:
        with pytest.raises(WrongState):
            workflow.move(obj, table, action, field=field)
    obj.refresh_from_db()
    assert getattr(obj, field) == (target if state in sources else state)


@pytest.mark.parametrize(("state", "action"), pairs(VisitState, VISIT_TRANSITIONS))
def test_visit_table(world, state, action):
    check(open_visit(world), "state", state, action, VISIT_TRANSITIONS)


@pytest.mark.django_db
def test_finding_table(world):
    finding = found(world)
    for state, action in pairs(FindingState, FINDING_TRANSITIONS):
        check(finding, "state", state, action, FINDING_TRANSITIONS)


def test_lateness_table(world):
    finding = found(world)
    for state, action in pairs(Lateness, LATENESS_TRANSITIONS):
        check(finding, "lateness", state, action, LATENESS_TRANSITIONS)


@pytest.mark.parametrize(("state", "action"), pairs(SheetState, SHEET_TRANSITIONS))
def test_sheet_table(world, state, action):
    sheet = DailySheet.objects.create(campaign=world.campaign, team=world.teams["1"], day=DAY)
    check(sheet, "state", state, action, SHEET_TRANSITIONS)


@pytest.mark.parametrize(("state", "action"), pairs(SupportState, SUPPORT_TRANSITIONS))
def test_support_table(world, state, action):
    visit = open_visit(world)
    request = inspection.raise_support_request(
        actor=world.actor("asha"), at=at(), visit_id=visit.pk, kind="staff", text="夜班缺 2 名值守人员"
    )
    assert isinstance(request, SupportRequest)
    check(request, "state", state, action, SUPPORT_TRANSITIONS)


OPERATIONS = {
    "return": lambda actor, pk: inspection.return_finding(
        actor=actor, at=at("10:00"), finding_id=pk, reason="请补充"
    ),
    "resubmit": lambda actor, pk: inspection.resubmit_finding(actor=actor, at=at("10:00"), finding_id=pk),
    "confirm": lambda actor, pk: inspection.confirm_finding(actor=actor, at=at("10:00"), finding_id=pk),
    "verify_on_spot": lambda actor, pk: inspection.verify_on_spot(
        actor=actor, at=at("10:00"), finding_id=pk, opinion="现场查看已补岗"
    ),
    "refute_on_spot": lambda actor, pk: inspection.verify_on_spot(
        actor=actor, at=at("10:00"), finding_id=pk, opinion="再看时仍无人", passed=False
    ),
    "withdraw": lambda actor, pk: inspection.withdraw_finding(
        actor=actor, at=at("10:00"), finding_id=pk, reason="重复登记"
    ),
    "transfer": lambda actor, pk: inspection.transfer_finding(
        actor=actor, at=at("10:00"), finding_id=pk, reason="依规移送"
    ),
}
DOER = dict.fromkeys(OPERATIONS, "hugo") | {"resubmit": "asha"}


@pytest.mark.parametrize("action", OPERATIONS)
def test_operation_moves_only_from_the_states_of_the_table(world, action):
    finding = found(world)
    for state in FindingState.values:
        Finding.objects.filter(pk=finding.pk).update(state=state, is_on_spot=False)
        sources, target = FINDING_TRANSITIONS[action]
        if state in sources:
            OPERATIONS[action](world.actor(DOER[action]), finding.pk)
        else:
            with pytest.raises(DubanError) as caught:
                OPERATIONS[action](world.actor(DOER[action]), finding.pk)
            assert caught.value.status == 409
        finding.refresh_from_db()
        assert finding.state == (target if state in sources else state)


def test_confirming_an_on_spot_correction_leads_to_verification(world):
    finding = found(world, is_on_spot=True, on_spot_note="当场补岗 1 人")
    inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=finding.pk)
    finding.refresh_from_db()
    assert (finding.state, finding.corrected_at) == ("on_spot", at("09:10"))
    inspection.verify_on_spot(
        actor=world.actor("wen"), at=at("10:30"), finding_id=finding.pk, opinion="照片核对无误"
    )
    finding.refresh_from_db()
    assert (finding.state, finding.written_off_at) == ("written_off", at("10:30"))


@pytest.mark.parametrize("who", ["asha", "tess", "lena", "rina", "olga", "hana", "ada", "nobody"])
def test_only_the_office_confirms(world, who):
    finding = found(world)
    events = Event.objects.count()
    with pytest.raises(DubanError) as caught:
        inspection.confirm_finding(actor=world.actor(who), at=at("10:00"), finding_id=finding.pk)
    assert caught.value.status in (403, 404)
    finding.refresh_from_db()
    assert (finding.state, Event.objects.count()) == ("registered", events)


def test_head_of_the_own_team_confirms_only_where_an_order_follows(world):
    finding = found(world)
    inspection.confirm_finding(
        actor=world.actor("tess"), at=at("10:00"), finding_id=finding.pk, for_order_on_spot=True
    )
    finding.refresh_from_db()
    assert finding.state == "confirmed"


@pytest.mark.parametrize("who", ["asha", "tess"])
def test_finder_and_own_team_do_not_verify_on_the_spot(world, who):
    finding = found(world, is_on_spot=True, on_spot_note="当场补岗 1 人")
    inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=finding.pk)
    with pytest.raises(DubanError) as caught:
        inspection.verify_on_spot(
            actor=world.actor(who), at=at("10:30"), finding_id=finding.pk, opinion="已看过"
        )
    assert caught.value.status == 403
    finding.refresh_from_db()
    assert finding.state == "on_spot"


def test_two_people_deciding_at_once_only_one_wins(world):
    finding = found(world)
    inspection.return_finding(
        actor=world.actor("wen"), at=at("10:00"), finding_id=finding.pk, reason="缺时间段"
    )
    with pytest.raises(WrongState):
        inspection.confirm_finding(actor=world.actor("hugo"), at=at("10:00"), finding_id=finding.pk)
    finding.refresh_from_db()
    assert finding.state == "returned"


def test_withdrawn_finding_keeps_number_and_reason(world):
    finding = found(world)
    inspection.withdraw_finding(
        actor=world.actor("asha"), at=at("10:00"), finding_id=finding.pk, reason="与 0002 重复"
    )
    finding.refresh_from_db()
    assert (finding.number, finding.state, finding.withdraw_reason) == (1, "withdrawn", "与 0002 重复")
    visit = Visit.objects.get()
    assert register(world, visit, fact="9:15 另一处登记台账缺 3 小时记录。").number == 2


def test_team_cannot_withdraw_what_was_confirmed(world):
    finding = found(world)
    inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=finding.pk)
    with pytest.raises(DubanError):
        inspection.withdraw_finding(
            actor=world.actor("asha"), at=at("10:00"), finding_id=finding.pk, reason="不要了"
        )
    finding.refresh_from_db()
    assert finding.state == "confirmed"


def test_transfer_notes_number_and_status_and_copies_nothing(world):
    finding = found(world)
    inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=finding.pk)
    with pytest.raises(DubanError):
        inspection.transfer_finding(
            actor=world.actor("wen"), at=at("10:10"), finding_id=finding.pk, reason="依规移送"
        )
    finding = inspection.transfer_finding(
        actor=world.actor("hugo"), at=at("10:10"), finding_id=finding.pk, reason="依规移送"
    )
    assert (finding.state, finding.transfer_number) == ("transferred", "移〔2020〕1号")
    event = Event.objects.get(verb="finding.transferred")
    assert (event.detail_hash, finding.fact in event.reason) == ("", False)


def test_submitted_visit_refuses_answers(world):
    visit = close_visit(world, open_visit(world))
    with pytest.raises(WrongState):
        inspection.record_answers(actor=world.actor("asha"), at=at("10:10"), visit_id=visit.pk, answers={})
