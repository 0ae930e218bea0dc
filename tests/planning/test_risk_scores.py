"""Points of a site: what gives them, that they add up, that covert and sealed work does not show, who may read them."""

import dataclasses
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duban.campaigns.models import RiskTable
from duban.documents.models import Number
from duban.inspection.models import Finding, Visit
from duban.planning import risk
from duban.planning.models import DailyKeyPoints, KeyPoint
from duban.planning.policy import can_read_risk
from duban.planning.risk import scores
from duban.rectification.models import OrderItem, WorkOrder
from duban.sites import operations as sites
from duban.sites.models import RiskGradeScheme
from duban.teams.models import DispatchSite
from tests.world import DAY

MARKET, GATE = "甲镇农贸市场", "甲镇西卡口"


def visit(world, at, number, site=MARKET, team="1", day=DAY, who="asha"):
    place = world.sites[site]
    return Visit.objects.create(
        campaign=world.campaign, number=number, round=world.round, team=world.teams[team], site=place,
        area_path=place.area_path, mode="covert" if team == "c" else "open", day=day, arrived_at=at("10:00", day),
        entered_at=at("10:00", day), submitted_at=at("11:00", day), state="submitted", entered_by=world.users[who],
    )  # fmt: skip


def finding(
    world,
    at,
    number,
    site=MARKET,
    team="1",
    day=DAY,
    who="asha",
    severity="general",
    state="confirmed",
    **fields,
):
    made = visit(world, at, number, site, team, day, who)
    place = made.site
    moment = at("10:30", day)
    return Finding.objects.create(
        campaign=world.campaign, number=number, visit=made, round=world.round, team=made.team, site=place,
        unit=place.territory_unit, subject_class="organisation", area_path=place.area_path,
        unit_path=place.territory_unit.path, line="territory", territory_unit=place.territory_unit,
        category=world.categories["duty"], fact="岗位无人值守。", severity=severity, found_at=moment,
        found_by=world.users[who], entered_at=moment, confirmed_at=moment, state=state, state_at=moment, **fields,
    )  # fmt: skip


def order(world, at, found, moment):
    row = WorkOrder.objects.create(
        campaign=world.campaign, unit=found.unit, area_path=found.unit_path, drafted_by=world.users["wen"],
        drafted_at=moment, deadline_kind="same_day", due_at=moment, issued_at=moment, state="issued",
    )  # fmt: skip
    OrderItem.objects.create(order=row, finding=found, ordinal=1, requirement="按排班在岗。")
    assert not Number.objects.filter(order=row).exists()


def points(world, moment, site=MARKET):
    found = risk.site_scores(campaign=world.campaign, at=moment)[world.sites[site].pk]
    assert found.points == sum(one.points for one in found.reasons)
    return {one.code: one.points for one in found.reasons}


def test_reasons_add_up_and_open_their_rows(world, at):
    week_ago = DAY - timedelta(days=7)
    first = finding(world, at, 1, day=week_ago, severity="serious", overdue_at=at("00:00", DAY))
    last = visit(world, at, 2, day=DAY - timedelta(days=4))
    score = risk.site_scores(campaign=world.campaign, at=at("12:00"))[world.sites[MARKET].pk]
    given = {one.code: one for one in score.reasons}
    # 10 points for a serious finding, halved every 30 days; 3 open + 8 overdue; 4 days without a visit.
    assert {code: one.points for code, one in given.items()} == {
        "own_record": 8, "open_findings": 3, "overdue_findings": 8, "since_visit": 2, "type_rate": 5, "area_rate": 4,
    }  # fmt: skip
    assert score.points == 30
    assert [(row.kind, row.id) for row in given["overdue_findings"].rows] == [("finding", first.pk)]
    assert [(row.kind, row.id) for row in given["since_visit"].rows] == [("visit", last.pk)]
    assert (score.version, score.as_of) == ("default-2", at("12:00"))


def test_a_site_never_visited_outranks_a_clean_one_visited_today(world, at):
    visit(world, at, 1)
    assert points(world, at("12:00"), GATE)["since_visit"] == 20
    assert "since_visit" not in points(world, at("12:00"))


def test_a_closed_finding_counts_less_and_a_withdrawn_or_transferred_one_not_at_all(world, at):
    finding(world, at, 1, state="written_off", written_off_at=at("11:30"))
    assert points(world, at("11:00"))["open_findings"] == 3
    assert "open_findings" not in points(world, at("12:00"))
    Finding.objects.update(state="transferred")
    assert "own_record" not in points(world, at("12:00"))


def test_rates_pull_small_groups_to_the_mean_and_show_the_bad_area(world, at):
    for number in range(1, 41):
        found = finding if number % 2 else visit
        found(world, at, number, "甲镇西卡口")
        visit(world, at, number + 100, "乙镇西卡口", team="2", who="rina")
    assert points(world, at("12:00"), "甲镇农贸市场")["area_rate"] > 4
    assert points(world, at("12:00"), "乙镇农贸市场").get("area_rate", 0) < 4
    # nobody was in 丙镇 yet: the mean, neither good nor bad
    assert points(world, at("12:00"), "丙镇农贸市场")["area_rate"] == 4


def test_grade_of_the_area_and_key_points_of_the_day_give_points(world, at):
    scheme = RiskGradeScheme.objects.create(
        pack="test", code="test/area", title="区域等级",
        grades=[{"code": "high", "title": "高风险", "weight": 3}, {"code": "mid", "title": "中风险", "weight": 2},
                {"code": "low", "title": "低风险", "weight": 1}],
    )  # fmt: skip
    for town, grade in (("甲镇", "high"), ("乙镇", "low")):
        sites.set_risk_grade(
            actor=world.actor("wen"), at=at("07:00"), scheme_id=scheme.pk, area_id=world.units[town].pk, grade=grade,
            source="示例市指挥部通告",
        )  # fmt: skip
    old = finding(world, at, 1, GATE, day=DAY - timedelta(days=1))
    sheet = DailyKeyPoints.objects.create(
        campaign=world.campaign, day=DAY, state="pushed", composed_at=at("07:30"), approved_at=at("07:40")
    )
    by_finding = KeyPoint.objects.create(sheet=sheet, ordinal=1, source="finding", text="值守在岗对照检查")
    by_finding.findings.add(old)
    by_unit = KeyPoint.objects.create(sheet=sheet, ordinal=2, source="office", text="乙镇各点位")
    by_unit.target_units.add(world.units["乙镇人民政府"])
    KeyPoint.objects.create(
        sheet=sheet, ordinal=3, source="office", text="已撤下", dropped_reason="重复"
    ).target_units.add(world.units["乙镇"])
    gate, other = points(world, at("08:00"), GATE), points(world, at("08:00"), "乙镇西卡口")
    assert (gate["area_grade"], gate["key_points"]) == (15, 4)
    assert "area_grade" not in other and other["key_points"] == 4
    assert "key_points" not in points(world, at("08:00"), "甲镇农贸市场")
    assert "key_points" not in points(world, at("07:35"), GATE)  # not approved yet


def test_a_covert_visit_and_a_sealed_plan_change_nothing(world, at):
    visit(world, at, 1, day=DAY - timedelta(days=5))
    moments = [at("09:00"), at("12:00"), at("23:00")]
    before = [risk.site_scores(campaign=world.campaign, at=one) for one in moments]
    found = finding(world, at, 2, team="c", who="cora", severity="serious")
    world.dispatch("c", sites=(MARKET,))
    DispatchSite.objects.update(revealed_at=None)
    sheet = DailyKeyPoints.objects.create(
        campaign=world.campaign, day=DAY, state="pushed", composed_at=at("07:30"), approved_at=at("07:40")
    )
    point = KeyPoint.objects.create(sheet=sheet, ordinal=1, source="finding", text="对照检查")
    point.findings.add(found)
    assert [risk.site_scores(campaign=world.campaign, at=one) for one in moments] == before
    # once the unit has the order in hand it is no secret, and counts
    order(world, at, found, at("17:00"))
    assert [risk.site_scores(campaign=world.campaign, at=one) for one in moments[:2]] == before[:2]
    after = risk.site_scores(campaign=world.campaign, at=at("23:00"))[world.sites[MARKET].pk]
    assert {one.code for one in after.reasons} >= {"own_record", "open_findings", "key_points"}
    assert [one for one in after.reasons if one.code in ("since_visit", "type_rate", "area_rate")] == [
        one
        for one in before[2][world.sites[MARKET].pk].reasons
        if one.code in ("since_visit", "type_rate", "area_rate")
    ]


def test_no_person_and_no_team_is_read_and_none_moves_a_score(world, at):
    finding(world, at, 1, "乙镇西卡口", team="2", who="rina")
    with CaptureQueriesContext(connection) as captured:
        before = risk.site_scores(campaign=world.campaign, at=at("12:00"))
    forbidden = re.compile(r"inspector|team|found_by|entered_by|user|people_|post_id")
    for query in captured.captured_queries:
        # “was it covert work” is the one use of a team: it gives a yes or no and leaves rows out
        sql = re.sub(r'"team_id" IN \(SELECT .*?\)', "", query["sql"])
        columns = re.split(r"\bFROM\b", sql, maxsplit=1)[0]
        assert not forbidden.search(columns), columns
    Visit.objects.update(team=world.teams["1"], entered_by=world.users["tess"])
    Finding.objects.update(team=world.teams["1"], found_by=world.users["tess"])
    assert risk.site_scores(campaign=world.campaign, at=at("12:00")) == before
    for kind in (scores.SiteFacts, scores.FindingFact, scores.RateFact, scores.GradeFact):
        assert not [one.name for one in dataclasses.fields(kind) if forbidden.search(one.name)]


def test_queries_do_not_grow_with_sites_and_findings(world, at):
    finding(world, at, 1)
    with CaptureQueriesContext(connection) as one:
        risk.site_scores(campaign=world.campaign, at=at("12:00"))
    for number in range(2, 12):
        finding(world, at, number, list(world.sites)[number % 7])
    with CaptureQueriesContext(connection) as many:
        risk.site_scores(campaign=world.campaign, at=at("12:00"))
    assert len(one) == len(many) <= 10


def test_the_newest_table_of_the_campaign_holds_from_its_moment_on(world, at):
    lines = [
        {
            "code": "since_visit",
            "title": "距上次检查",
            "tag": "D",
            "values": {"most": 9, "days_per_point": 1, "never": 9},
        }
    ]
    for campaign, version, moment in ((None, 1, "08:00"), (world.campaign, 1, "10:00")):
        lines[0]["values"]["never"] += version if campaign is None else -1
        RiskTable.objects.create(
            pack="test", campaign=campaign, version=version, lines=lines, valid_from=at(moment), digest="-"
        )
    assert [points(world, at(moment)) for moment in ("07:00", "09:00", "11:00")] == [
        {"since_visit": 20}, {"since_visit": 9}, {"since_visit": 9},
    ]  # fmt: skip
    versions = [
        risk.site_scores(campaign=world.campaign, at=at(moment))[world.sites[MARKET].pk].version
        for moment in ("07:00", "09:00", "11:00")
    ]
    assert versions == ["default-2", "test-1", "demo-1"]


@pytest.mark.parametrize(
    "name", ["asha", "tess", "olga", "cora", "lena", "hana", "vera", "avi", "ada", "nobody"]
)
def test_only_who_plans_may_read_points(world, name):
    assert not can_read_risk(world.actor(name), world.campaign)


def test_head_and_office_may_read_points(world):
    assert all(can_read_risk(world.actor(name), world.campaign) for name in ("hugo", "wen"))
