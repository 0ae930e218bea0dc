"""Daily key points from three inputs, approved by somebody else, pushed and read (S2-33)."""

from datetime import date, timedelta

import pytest

from duban.campaigns.models import Directive, Measure
from duban.inspection.models import Finding, Visit
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.notices.models import Notice
from duban.planning import operations as planning
from duban.planning.models import DailyKeyPoints, KeyPoint, KeyPointsReading
from tests.world import DAY

EVE = DAY - timedelta(days=1)


def directive(world, at, kind, title, measures=(), received="07:00", day=DAY):
    row = Directive.objects.create(
        campaign=world.campaign, code=title, kind=kind, issuer_title="示例市指挥部", number="第3号", title=title, issued_on=EVE,
        received_at=at(received, day),
    )  # fmt: skip
    for number, text in enumerate(measures, 1):
        Measure.objects.create(
            directive=row, code=f"m{number}", ordinal=number, text=text, effective_from=at("00:00", EVE)
        )
    return row


def finding(world, at, number, category, site="甲镇农贸市场", state="confirmed", team="1", found=None):
    place = world.sites[site]
    visit, _new = Visit.objects.get_or_create(
        campaign=world.campaign, number=number,
        defaults={
            "round": world.round, "team": world.teams[team], "site": place, "area_path": place.area_path, "mode": "open",
            "day": EVE, "arrived_at": at("10:00", EVE), "entered_at": at("10:00", EVE), "entered_by": world.users["asha"],
        },
    )  # fmt: skip
    return Finding.objects.create(
        campaign=world.campaign, number=number, visit=visit, round=world.round, team=world.teams[team], site=place,
        unit=place.territory_unit, subject_class="organisation", area_path=place.area_path,
        unit_path=place.territory_unit.path, line="territory", territory_unit=place.territory_unit,
        category=world.categories[category], fact="岗位无人值守。", severity="general", found_at=found or at("10:30", EVE),
        found_by=world.users["asha"], entered_at=at("10:40", EVE), state=state, state_at=at("10:40", EVE),
        check_item_name="on_duty",
    )  # fmt: skip


def compose(world, at, who="wen", moment="07:30", day=DAY):
    return planning.compose_key_points(
        actor=world.actor(who), at=at(moment), campaign_id=world.campaign.pk, day=day
    )


def test_three_inputs_become_points_findings_by_frequency(world, at):
    directive(world, at, "announcement", "第三号通告", ["卡口二十四小时值守"])
    directive(world, at, "directive", "关于做好复工监督的通知", ["复工企业逐家核对", "督导记录当日上报"])
    for number, category in enumerate(("ledger", "duty", "duty", "duty", "ledger"), 1):
        finding(world, at, number, category)
    finding(world, at, 8, "false", state="withdrawn")
    finding(world, at, 9, "supplies", found=at("09:00"))  # today's, not yesterday's
    sheet = compose(world, at)
    points = list(sheet.points.all())
    assert [(point.source, point.ordinal) for point in points] == [
        ("directive", 1), ("directive", 2), ("announcement", 3), ("finding", 4), ("finding", 5),
    ]  # fmt: skip
    assert [point.text[:4] for point in points[3:]] == ["值守在岗", "登记台账"]
    assert "3 个问题" in points[3].text
    assert points[3].findings.count() == 3
    assert points[3].check_items == ["on_duty"]
    assert "示例市指挥部 第3号《第三号通告》" in points[2].source_note


def test_old_repealed_and_already_considered_directives_stay_out(world, at):
    repealed = directive(world, at, "notice", "已废止")
    Directive.objects.filter(pk=repealed.pk).update(repealed_at=at("07:10"))
    used = directive(world, at, "notice", "昨日已列", received="15:00", day=EVE)
    planning.compose_key_points(
        actor=world.actor("wen"), at=at("16:30", EVE), campaign_id=world.campaign.pk, day=EVE
    )
    directive(world, at, "notice", "今晨新收")
    sheet = compose(world, at)
    assert [point.directive.title for point in sheet.points.all()] == ["今晨新收"]
    assert KeyPoint.objects.filter(directive=used).get().sheet.day == EVE


def test_composing_again_adds_only_what_is_new(world, at):
    directive(world, at, "notice", "第一件")
    finding(world, at, 1, "duty")
    sheet = compose(world, at)
    planning.change_point(
        actor=world.actor("wen"), at=at("07:31"), point_id=sheet.points.last().pk, text="改过的文字"
    )
    directive(world, at, "notice", "第二件", received="07:40")
    finding(world, at, 2, "duty")
    again = compose(world, at, moment="07:45")
    assert again.pk == sheet.pk
    assert [point.text for point in again.points.all()] == [
        "查《第一件》落实情况",
        "改过的文字",
        "查《第二件》落实情况",
    ]
    assert again.points.get(source="finding").findings.count() == 2


def test_order_must_ask_drop_with_reason_and_restore(world, at):
    sheet, wen = compose(world, at), world.actor("wen")
    first, second = (
        planning.add_point(actor=wen, at=at("07:31"), sheet_id=sheet.pk, text=text) for text in ("甲", "乙")
    )
    planning.move_point(actor=wen, at=at("07:32"), point_id=second.pk, step=-1)
    assert [point.text for point in sheet.points.all()] == ["乙", "甲"]
    planning.move_point(actor=wen, at=at("07:32"), point_id=second.pk, step=-1)  # already first
    planning.change_point(actor=wen, at=at("07:33"), point_id=first.pk, is_must_ask=True)
    with pytest.raises(Invalid):
        planning.drop_point(actor=wen, at=at("07:34"), point_id=second.pk, reason="")
    planning.drop_point(actor=wen, at=at("07:34"), point_id=second.pk, reason="与第三号通告重复")
    rows = {point.text: (point.is_must_ask, point.dropped_reason) for point in sheet.points.all()}
    assert rows == {"乙": (False, "与第三号通告重复"), "甲": (True, "")}
    assert planning.restore_point(actor=wen, at=at("07:35"), point_id=second.pk).dropped_reason == ""


def test_composer_does_not_approve_and_only_the_head_does(world, at):
    sheet = compose(world, at, who="hugo")
    planning.add_point(actor=world.actor("hugo"), at=at("07:31"), sheet_id=sheet.pk, text="值守")
    for who, reason in (("hugo", "own_draft"), ("wen", "not_head")):
        with pytest.raises(Denied, match=reason):
            planning.approve_key_points(actor=world.actor(who), at=at("07:40"), sheet_id=sheet.pk)
    for who in ("asha", "olga", "hana", "nobody"):
        with pytest.raises(NotFound):
            planning.approve_key_points(actor=world.actor(who), at=at("07:40"), sheet_id=sheet.pk)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.approved_by) == ("draft", None)


def test_empty_sheet_is_not_approved(world, at):
    with pytest.raises(Invalid):
        planning.approve_key_points(actor=world.actor("hugo"), at=at("07:40"), sheet_id=compose(world, at).pk)


def pushed(world, at):
    sheet = compose(world, at)
    planning.add_point(actor=world.actor("wen"), at=at("07:31"), sheet_id=sheet.pk, text="值守")
    planning.approve_key_points(actor=world.actor("hugo"), at=at("07:50"), sheet_id=sheet.pk)
    return planning.push_key_points(actor=world.actor("wen"), at=at("08:00"), sheet_id=sheet.pk)


def test_push_tells_each_member_once_and_nobody_else(world, at):
    sheet = pushed(world, at)
    told = Notice.objects.filter(kind="key_points").values_list("user__username", flat=True)
    assert sorted(told) == ["asha", "cora", "cyra", "rina", "tess", "theo"]
    with pytest.raises(WrongState):
        planning.push_key_points(actor=world.actor("wen"), at=at("08:01"), sheet_id=sheet.pk)
    assert Notice.objects.filter(kind="key_points").count() == 6


def test_approved_sheet_is_frozen_until_returned(world, at):
    sheet = compose(world, at)
    point = planning.add_point(actor=world.actor("wen"), at=at("07:31"), sheet_id=sheet.pk, text="值守")
    planning.approve_key_points(actor=world.actor("hugo"), at=at("07:50"), sheet_id=sheet.pk)
    with pytest.raises(Denied):
        planning.change_point(actor=world.actor("wen"), at=at("07:51"), point_id=point.pk, text="偷改")
    with pytest.raises(WrongState):
        compose(world, at, moment="07:52")
    planning.return_key_points(
        actor=world.actor("hugo"), at=at("07:53"), sheet_id=sheet.pk, reason="再核对一次"
    )
    planning.change_point(actor=world.actor("wen"), at=at("07:54"), point_id=point.pk, text="值守名单")
    sheet.refresh_from_db()
    assert (sheet.state, sheet.approved_by_id, sheet.points.get().text) == ("draft", None, "值守名单")


def test_team_reading_is_recorded_once_by_its_members(world, at):
    sheet = pushed(world, at)
    for moment in ("08:05", "09:00"):
        planning.read_key_points(
            actor=world.actor("asha"), at=at(moment), sheet_id=sheet.pk, team_id=world.teams["1"].pk
        )
    assert KeyPointsReading.objects.get().read_at == at("08:05")
    with pytest.raises(Denied):
        planning.read_key_points(
            actor=world.actor("rina"), at=at("08:06"), sheet_id=sheet.pk, team_id=world.teams["1"].pk
        )
    with pytest.raises(NotFound):
        planning.read_key_points(
            actor=world.actor("wen"), at=at("08:06"), sheet_id=sheet.pk, team_id=world.teams["c"].pk
        )
    with pytest.raises(NotFound):
        planning.read_key_points(
            actor=world.actor("olga"), at=at("08:06"), sheet_id=sheet.pk, team_id=world.teams["1"].pk
        )
    assert KeyPointsReading.objects.count() == 1


def test_drafts_are_not_seen_by_teams_and_nothing_by_the_supervised_side(world, at):
    from duban.planning.policy import sheets_visible_to

    compose(world, at)
    assert not sheets_visible_to(world.actor("asha")).exists()
    DailyKeyPoints.objects.all().update(state="pushed")
    assert sheets_visible_to(world.actor("asha")).exists()
    for name in ("olga", "vera", "nobody", "hana"):
        assert not sheets_visible_to(world.actor(name)).exists()


def test_past_days_are_refused(world, at):
    with pytest.raises(Invalid):
        compose(world, at, day=date(2020, 2, 14))
    assert not DailyKeyPoints.objects.exists()
