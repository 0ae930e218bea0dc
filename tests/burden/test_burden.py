"""Questions to units need an approval by somebody else; objections are answered by somebody of another unit."""

from datetime import timedelta

import pytest

from duban.burden import operations as burden
from duban.burden import queries, sweeps
from duban.burden.models import FormApproval, Objection
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from tests.world import World, at

WEEK = timedelta(days=7)


def _apply(world: World, by: str = "wen", **changes) -> FormApproval:
    values = {
        "at": at("10:00"), "campaign_id": world.campaign.pk, "title": "物资数", "purpose": "核对库存", "fields": ["数量", "单位"],
        "unit_count": 3, "minutes": 5, "expires_at": at("10:00") + WEEK,
    }  # fmt: skip
    return burden.request_form_approval(actor=world.actor(by), **(values | changes))


def _object(world: World, by: str = "olga", unit: str = "甲镇人民政府") -> Objection:
    return burden.file_objection(
        actor=world.actor(by), at=at("10:00"), campaign_id=world.campaign.pk, unit_id=world.units[unit].pk,
        subject_type="rectification.workorder", subject_id=world.campaign.pk, subject_label="示督交〔2020〕1号",
        text="一天报三次照片。",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"fields": []}, "fields"),
        ({"minutes": 0}, "minutes"),
        ({"expires_at": at("09:00")}, "expires_at"),
    ],
)
def test_application_with_gaps_is_refused(world: World, changes: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        _apply(world, **changes)
    assert field in refused.value.fields
    assert not FormApproval.objects.exists()


@pytest.mark.parametrize("who", ["asha", "olga", "hana", "ada"])
def test_only_the_office_may_apply(world: World, who: str) -> None:
    with pytest.raises(Denied):
        _apply(world, by=who)


def test_approval_is_decided_once_and_by_somebody_else(world: World) -> None:
    own = _apply(world, by="hugo")
    with pytest.raises(Denied) as refused:
        burden.decide_form_approval(
            actor=world.actor("hugo"), at=at("10:05"), approval_id=own.pk, approve=True
        )
    assert refused.value.code == "own_matter"
    approval = _apply(world)
    with pytest.raises(Invalid):
        burden.decide_form_approval(
            actor=world.actor("hugo"), at=at("10:05"), approval_id=approval.pk, approve=False
        )
    burden.decide_form_approval(
        actor=world.actor("hugo"), at=at("10:05"), approval_id=approval.pk, approve=True
    )
    with pytest.raises(Denied):
        burden.decide_form_approval(
            actor=world.actor("hugo"), at=at("10:06"), approval_id=approval.pk, approve=True
        )
    approval.refresh_from_db()
    assert (approval.state, approval.number[-2:]) == ("approved", "2号")


def test_double_questions_are_found_while_the_first_is_live(world: World) -> None:
    approval = _apply(world)
    assert queries.overlapping_approvals(world.campaign.pk, ["数量"], at("10:10")) == []
    burden.decide_form_approval(
        actor=world.actor("hugo"), at=at("10:05"), approval_id=approval.pk, approve=True
    )
    assert queries.overlapping_approvals(world.campaign.pk, ["数量 ", "库房"], at("10:10")) == [
        (approval, ["数量"])
    ]
    assert queries.overlapping_approvals(world.campaign.pk, ["数量"], at("10:10") + WEEK) == []


def test_approvals_expire_once_at_their_own_time(world: World) -> None:
    approval = _apply(world)
    burden.decide_form_approval(
        actor=world.actor("hugo"), at=at("10:05"), approval_id=approval.pk, approve=True
    )
    assert [
        sweeps.expire_form_approvals(at("09:00") + WEEK),
        *(sweeps.expire_form_approvals(at("11:00") + WEEK) for _ in range(2)),
    ] == [0, 1, 0]
    approval.refresh_from_db()
    assert approval.state == "expired"


def test_objection_is_due_in_two_working_days_and_answered_with_reasons(world: World) -> None:
    objection = _object(world)
    assert objection.due_on.isoformat() == "2020-02-18"
    with pytest.raises(Denied):
        burden.answer_objection(
            actor=world.actor("olga"), at=at("11:00"), objection_id=objection.pk, upheld=True, answer="好"
        )
    with pytest.raises(Invalid):
        burden.answer_objection(
            actor=world.actor("wen"), at=at("11:00"), objection_id=objection.pk, upheld=True, answer=" "
        )
    burden.answer_objection(
        actor=world.actor("wen"),
        at=at("11:00"),
        objection_id=objection.pk,
        upheld=True,
        answer="改为核验时再看。",
    )
    with pytest.raises((Denied, WrongState)):
        burden.answer_objection(
            actor=world.actor("wen"), at=at("11:01"), objection_id=objection.pk, upheld=False, answer="不"
        )
    assert queries.burden_figures(world.actor("hugo"), world.campaign.pk)["upheld"] == 1


@pytest.mark.parametrize(
    ("who", "unit"), [("olga", "乙镇人民政府"), ("vera", "甲镇人民政府"), ("asha", "甲镇人民政府")]
)
def test_nobody_objects_for_another_unit(world: World, who: str, unit: str) -> None:
    with pytest.raises(Denied):
        _object(world, by=who, unit=unit)
    assert not Objection.objects.exists()


def test_objection_of_another_district_is_not_found(world: World) -> None:
    objection = _object(world)
    with pytest.raises(NotFound):
        burden.answer_objection(
            actor=world.actor("rina"), at=at("11:00"), objection_id=objection.pk, upheld=True, answer="好"
        )
