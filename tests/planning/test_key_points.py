"""Daily key points from three inputs, approved by somebody else, pushed and read (S2-33)."""

from datetime import date, timedelta

import pytest

from duban.campaigns.models import Directive, Measure
from duban.inspection.models import Finding, Visit
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.notices.models import Notice
from duban.planning import history as histories
from duban.planning import operations as planning
from duban.planning import sweeps
from duban.planning.models import DailyKeyPoints, KeyPoint, KeyPointsReading
from duban.reporting import todos
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


def test_merged_points_bring_everything_over_and_split_again(world, at):
    finding(world, at, 1, "duty")
    finding(world, at, 2, "ledger")
    sheet, wen = compose(world, at), world.actor("wen")
    duty, ledger = sheet.points.order_by("category__ordinal")
    town = world.units["甲镇"]
    planning.change_point(
        actor=wen, at=at("07:31"), point_id=duty.pk, check_items=["on_duty"], target_unit_ids=[town.pk]
    )
    planning.change_point(
        actor=wen, at=at("07:31"), point_id=ledger.pk, check_items=["list"], is_must_ask=True
    )
    merged = planning.merge_point(
        actor=wen, at=at("07:32"), point_id=ledger.pk, into_id=duty.pk, text="值守与台账一并查"
    )
    assert (merged.text, merged.check_items, merged.is_must_ask) == (
        "值守与台账一并查",
        ["list", "on_duty"],
        True,
    )
    assert merged.findings.count() == 2
    assert not merged.target_units.exists()  # the other one was about all units
    assert [point.text for point in sheet.points.filter(dropped_reason="")] == ["值守与台账一并查"]
    finding(world, at, 3, "ledger")
    compose(world, at, moment="07:40")  # what comes in later reaches the point that speaks for both
    assert merged.findings.count() == 3
    planning.restore_point(actor=wen, at=at("07:45"), point_id=ledger.pk)
    merged.refresh_from_db()
    assert (merged.check_items, merged.is_must_ask, merged.findings.count()) == (["on_duty"], False, 1)
    assert list(merged.target_units.all()) == [town]
    assert sheet.points.filter(dropped_reason="").count() == 2


def test_merging_wrong_points_is_refused_and_changes_nothing(world, at):
    finding(world, at, 1, "duty")
    sheet, wen = compose(world, at), world.actor("wen")
    point = sheet.points.get()
    other = planning.compose_key_points(
        actor=wen, at=at("16:30"), campaign_id=world.campaign.pk, day=DAY + timedelta(days=1)
    )
    strange = planning.add_point(actor=wen, at=at("16:31"), sheet_id=other.pk, text="次日")
    for into in (point, strange):
        with pytest.raises(Invalid):
            planning.merge_point(actor=wen, at=at("16:32"), point_id=point.pk, into_id=into.pk)
    for who in ("asha", "olga", "lena"):
        with pytest.raises((NotFound, Denied)):
            planning.merge_point(
                actor=world.actor(who), at=at("16:32"), point_id=point.pk, into_id=strange.pk
            )
    assert not KeyPoint.objects.exclude(merged_into=None).exists()


def test_draft_of_tomorrow_appears_once_after_the_cutoff(world, at):
    finding(world, at, 1, "duty", found=at("10:30"))
    finding(world, at, 2, "ledger", team="c", state="registered", found=at("11:00"))  # covert, not known yet
    assert sweeps.sweep(at("15:59")) == 1  # today's own, which nobody had drafted
    assert sweeps.sweep(at("16:00")) == 1
    assert sweeps.sweep(at("23:00")) == 0
    draft = DailyKeyPoints.objects.get(day=DAY + timedelta(days=1))
    assert (draft.composed_by, draft.composed_at) == (None, at("16:00"))
    assert [point.category.code for point in draft.points.all()] == ["duty"]
    for who in ("wen", "hugo"):
        mine = [
            str(one.act)
            for one in todos.collect(world.actor(who), world.campaign, at("16:05"))
            if one.is_mine
        ]
        assert "整理督导要点" in mine


def test_who_first_works_on_the_systems_draft_does_not_approve_it(world, at):
    sweeps.sweep(at("16:00"))
    draft = DailyKeyPoints.objects.get(day=DAY + timedelta(days=1))
    planning.add_point(actor=world.actor("hugo"), at=at("16:10"), sheet_id=draft.pk, text="值守")
    with pytest.raises(Denied, match="own_draft"):
        planning.approve_key_points(actor=world.actor("hugo"), at=at("16:11"), sheet_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.composed_by) == ("draft", world.users["hugo"])


def test_sentence_follows_new_findings_unless_somebody_reworded_it(world, at):
    finding(world, at, 1, "duty")
    sheet = compose(world, at)
    finding(world, at, 2, "duty")
    assert "2 个问题" in compose(world, at, moment="07:40").points.get().text
    steps = [str(step.what) for step in histories.steps_of(sheet.points.get())]
    assert steps == ["起草当日要点"]
