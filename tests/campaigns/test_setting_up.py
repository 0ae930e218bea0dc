"""Creating, starting and steering a campaign."""

from datetime import date, time

import pytest

from duban.campaigns import operations as campaigns
from duban.campaigns import policy, queries
from duban.campaigns.models import Campaign, FocusSet
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.journal import events_of


def make(world, at, **changes):
    fields = {
        "code": "drill", "title": "演练专项", "pack": "epidemic-control", "scope_id": world.units["示例市"].pk,
        "body_id": world.units["示例市专项监督工作专班"].pk, "starts_on": date(2020, 2, 1), **changes,
    }  # fmt: skip
    return campaigns.create_campaign(actor=SYSTEM, at=at("08:00"), **fields)


def test_create_takes_clocks_and_pattern_from_the_pack(drill: Campaign) -> None:
    assert (drill.cutoff, drill.formal_order_at, drill.warn_minutes) == (time(16), time(17), 60)
    assert (drill.urgency, drill.urge_after_hours, drill.trace_after_hours) == ("emergency", 9, 57)
    assert drill.order_number_pattern == "疫督交〔{year}〕{serial}号"
    assert [mark["at"] for mark in drill.day_rail] == ["08:00", "08:30", "15:00", "16:00", "17:00", "24:00"]
    assert drill.rule_sets.filter(code="nine_prohibitions").count() == 1
    assert [line.unit.name for line in drill.scope_units.all()] == ["甲镇", "示例市卫生健康局"]


def test_create_normal_urgency_brings_its_limits(world, at, epidemic) -> None:
    assert make(world, at, urgency="normal").urge_after_hours == 24


def test_create_bad_input_is_refused_whole(world, at, epidemic) -> None:
    with pytest.raises(Invalid) as refused:
        make(world, at, ends_on=date(2020, 1, 1))
    assert "ends_on" in refused.value.fields
    with pytest.raises(Invalid):
        make(world, at, order_number_pattern="督交{month}号")
    with pytest.raises(Invalid):
        make(world, at, order_number_pattern="督交〔{year}〕号")
    with pytest.raises(Invalid):
        make(world, at, pack="nowhere")
    town = world.units["甲镇"].pk
    with pytest.raises(Invalid) as refused:
        make(world, at, units=[(town, "township"), (town, "township"), (world.units["乙镇"].pk, "group")])
    assert set(refused.value.fields) == {"第2行", "第3行"}
    assert not Campaign.objects.filter(code="drill").exists()


def test_create_same_code_conflicts(world, at, drill) -> None:
    with pytest.raises(Conflict):
        make(world, at)


def test_create_scope_outside_actor_is_not_found(world, at, epidemic) -> None:
    with pytest.raises(NotFound):
        campaigns.create_campaign(
            actor=world.actor("asha"), at=at("08:00"), code="mine", title="我的", pack="epidemic-control",
            scope_id=world.units["示例市"].pk, body_id=world.units["甲镇"].pk, starts_on=date(2020, 2, 1),
        )  # fmt: skip
    assert not Campaign.objects.filter(code="mine").exists()


def test_start_needs_scope_lines_and_happens_once(world, at, epidemic) -> None:
    campaign = make(world, at)
    with pytest.raises(Invalid):
        campaigns.start_campaign(actor=SYSTEM, at=at("08:00"), campaign_id=campaign.pk)
    campaigns.set_scope_units(
        actor=SYSTEM, at=at("08:00"), campaign_id=campaign.pk, units=[(world.units["甲镇"].pk, "township")]
    )
    assert campaigns.start_campaign(actor=SYSTEM, at=at("08:00"), campaign_id=campaign.pk).state == "running"
    with pytest.raises(WrongState):
        campaigns.start_campaign(actor=SYSTEM, at=at("08:01"), campaign_id=campaign.pk)


def test_set_scope_units_keeps_lines_and_order(world, at) -> None:
    kept = world.campaign.scope_units.get(unit__name="乙镇").pk
    campaigns.set_scope_units(
        actor=world.actor("wen"), at=at("09:00"), campaign_id=world.campaign.pk,
        units=[(world.units["乙镇"].pk, "township"), (world.units["甲镇"].pk, "township")],
    )  # fmt: skip
    assert [line.unit.name for line in world.campaign.scope_units.all()] == ["乙镇", "甲镇"]
    assert world.campaign.scope_units.get(unit__name="乙镇").pk == kept


def test_change_urgency_brings_profile_and_is_journalled(world, at, drill) -> None:
    changed = campaigns.change_campaign(actor=SYSTEM, at=at("09:00"), campaign_id=drill.pk, urgency="normal")
    assert (changed.urge_after_hours, changed.escalate_after_hours) == (24, 72)
    event = events_of(changed).first()
    assert event.verb == "campaign.changed"
    assert event.detail.body["before"]["urgency"] == "emergency"


def test_change_unknown_field_is_refused(world, at) -> None:
    with pytest.raises(Invalid):
        campaigns.change_campaign(actor=SYSTEM, at=at("09:00"), campaign_id=world.campaign.pk, state="closed")
    world.campaign.refresh_from_db()
    assert world.campaign.state == "running"


@pytest.mark.parametrize("name", ["asha", "olga", "lena", "hana", "vera"])
def test_change_denied_changes_nothing(world, at, name: str) -> None:
    with pytest.raises(Denied):
        campaigns.change_campaign(
            actor=world.actor(name), at=at("09:00"), campaign_id=world.campaign.pk, title="换题"
        )
    world.campaign.refresh_from_db()
    assert world.campaign.title == "防控专项监督"


def test_campaign_is_invisible_without_a_grant(world, at) -> None:
    assert not policy.campaigns_visible_to(world.actor("nobody")).exists()
    for name in ("asha", "olga", "hugo", "cora", "ada", "avi", "vera"):
        assert policy.campaigns_visible_to(world.actor(name)).get() == world.campaign
    for name in ("olga", "vera", "avi"):
        assert not policy.campaigns_readable_by(world.actor(name)).exists()
    with pytest.raises(NotFound):
        campaigns.change_campaign(
            actor=world.actor("nobody"), at=at("09:00"), campaign_id=world.campaign.pk, title="换题"
        )


def test_period_has_days_and_can_be_ended(world, at) -> None:
    wen, pk = world.actor("wen"), world.campaign.pk
    period = campaigns.add_period(
        actor=wen, at=at("09:00"), campaign_id=pk, kind="holiday", title="春节", starts_on=date(2020, 1, 24)
    )
    assert list(queries.periods_on(world.campaign, date(2020, 2, 16))) == [period]
    campaigns.end_period(
        actor=wen, at=at("09:00"), campaign_id=pk, period_id=period.pk, ends_on=date(2020, 2, 2)
    )
    assert not queries.periods_on(world.campaign, date(2020, 2, 16)).exists()
    with pytest.raises(Invalid):
        campaigns.end_period(
            actor=wen, at=at("09:00"), campaign_id=pk, period_id=period.pk, ends_on=date(2020, 1, 1)
        )


def test_focus_set_change_needs_reason_and_keeps_the_old_version(world, at, drill) -> None:
    current = drill.focus_sets.get(code="five_focuses")
    areas = [("supplies", "物资保障", "查账实"), ("vaccination", "疫苗接种", "")]
    with pytest.raises(Invalid):
        campaigns.change_focus_set(
            actor=SYSTEM,
            at=at("09:00"),
            campaign_id=drill.pk,
            focus_set_id=current.pk,
            areas=areas,
            reason=" ",
        )
    made = campaigns.change_focus_set(
        actor=SYSTEM,
        at=at("09:00"),
        campaign_id=drill.pk,
        focus_set_id=current.pk,
        areas=areas,
        reason="转入常态",
    )
    assert (made.version, made.change_reason) == (current.version + 1, "转入常态")
    assert drill.focus_sets.get(code="five_focuses") == made
    assert FocusSet.objects.get(pk=current.pk).areas.count() == 5
    assert [row.version for row in queries.focus_history(drill).filter(code="five_focuses")] == [2, 1]


def test_adopt_rule_set_switches_the_version(world, at) -> None:
    old = world.campaign.rule_sets.get()
    newer = type(old).objects.create(pack="test", code=old.code, title=old.title, kind=old.kind, version=2)
    assert queries.newer_rule_sets(world.campaign) == [newer]
    campaigns.adopt_rule_set(
        actor=world.actor("hugo"), at=at("09:00"), campaign_id=world.campaign.pk, rule_set_id=newer.pk
    )
    assert list(world.campaign.rule_sets.all()) == [newer]
    with pytest.raises(Denied):
        campaigns.adopt_rule_set(
            actor=world.actor("asha"), at=at("09:00"), campaign_id=world.campaign.pk, rule_set_id=old.pk
        )
