"""Registering findings: what counts as one, whom it may concern, what is filled in, what is refused."""

import uuid

import pytest

from duban.campaigns.models import Code, RuleItem
from duban.inspection import operations as inspection
from duban.inspection.models import Finding
from duban.kernel.errors import Conflict, Denied, DubanError, Invalid, NotFound
from duban.kernel.models import Event
from duban.people.models import RecusalDeclaration
from tests.inspection.acts import FACT, close_visit, found, open_visit, register
from tests.world import at


def test_finding_gets_number_lines_and_paths(world):
    finding = found(world)
    site = world.sites["甲镇西卡口"]
    assert (finding.number, str(finding), finding.state) == (1, "0001", "registered")
    assert finding.unit == site.territory_unit
    assert (finding.line, finding.subject_class) == ("territory", "organisation")
    assert (finding.area_path, finding.unit_path) == (site.area_path, site.territory_unit.path)
    assert finding.department_unit == site.department_unit


def test_numbers_follow_without_gap_after_refusals(world):
    found(world)
    with pytest.raises(Invalid):
        found(world, fact="短")
    assert found(world, fact=FACT + "第二处。").number == 2


def test_template_fills_severity_line_and_requirement(world):
    finding = found(world, template="post-empty", severity="", category_id=None)
    assert (finding.category, finding.severity, finding.line) == (
        world.categories["duty"],
        "general",
        "territory",
    )
    assert finding.requirement == "按排班在岗，不间断。"


def test_blanks_of_a_template_must_be_filled_in(world):
    with pytest.raises(Invalid) as caught:
        found(world, template="post-empty", fact="")
    assert set(caught.value.fields) == {"fact"}
    assert not Finding.objects.exists()


@pytest.mark.parametrize("line, unit", [("department", "示例市卫生健康局"), ("territory", "甲镇人民政府")])
def test_responsible_unit_follows_from_the_line(world, line, unit):
    assert found(world, line=line).unit == world.units[unit]


def test_post_makes_the_duty_holder_the_subject(world):
    finding = found(world, post_id=world.posts["甲镇分管副镇长岗"].pk)
    assert (finding.post, finding.unit.name, finding.subject_class) == (
        world.posts["甲镇分管副镇长岗"], "甲镇人民政府", "duty_holder",
    )  # fmt: skip


@pytest.mark.parametrize("subject", ["citizen", "resident", "", "群众"])
def test_citizen_as_subject_is_impossible(world, subject):
    with pytest.raises(Invalid) as caught:
        found(world, subject_class=subject)
    assert caught.value.code == "subject_class"
    assert not Finding.objects.exists()


def test_post_of_another_unit_is_refused(world):
    with pytest.raises(Invalid) as caught:
        found(world, unit_id=world.units["甲镇人民政府"].pk, post_id=world.posts["乙镇镇长岗"].pk)
    assert set(caught.value.fields) == {"post"}


def test_same_client_id_same_content_is_one_finding_also_after_a_correction(world):
    key = uuid.uuid4()
    first = found(world, finding_id=key)
    inspection.return_finding(actor=world.actor("wen"), at=at("09:30"), finding_id=key, reason="请补充时间段")
    inspection.resubmit_finding(
        actor=world.actor("asha"), at=at("09:40"), finding_id=key, fact="9:10 至 9:30 西卡口第一岗无人值守。"
    )
    again = found(world, finding_id=key)
    assert (first.pk, again.pk, Finding.objects.count()) == (key, key, 1)
    assert again.fact == "9:10 至 9:30 西卡口第一岗无人值守。"


def test_same_client_id_other_content_conflicts(world):
    key = uuid.uuid4()
    found(world, finding_id=key)
    with pytest.raises(Conflict):
        found(world, finding_id=key, fact="9:10 西卡口第二岗无人值守。")
    assert Finding.objects.get().fact == FACT


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"fact": "无人"}, "fact"),
        ({"severity": "awful"}, "severity"),
        ({"severity": ""}, "severity"),
        ({"category_id": None}, "category"),
        ({"line": "family"}, "line"),
        ({"consequence": "risk"}, "consequence_reason"),
        ({"found_at": at("08:00")}, "found_at"),
        ({"found_at": at("23:00")}, "found_at"),
        ({"is_on_spot": True}, "on_spot_note"),
        ({"is_on_spot": True, "on_spot_note": "已补岗", "corrected_at": at("08:00")}, "corrected_at"),
        ({"told_at": at("23:00")}, "told_at"),
    ],
)
def test_incomplete_finding_names_its_field(world, changes, field):
    with pytest.raises(Invalid) as caught:
        found(world, **changes)
    assert field in caught.value.fields
    assert not Finding.objects.exists()


def test_reporting_fault_needs_both_figures_and_sources(world):
    code = Code.objects.create(
        pack="test", group="reporting_fault", code="false_report", title="虚报", level="organisation"
    )
    with pytest.raises(Invalid) as caught:
        found(world, code_ids=[code.pk], reported_figures={"reported": 120, "true": 96})
    assert set(caught.value.fields) == {"reported_figures"}
    figures = {
        "reported": 120, "true": 96, "reported_source": "村报表", "true_source": "现场清点", "as_of": "2020-02-16 09:00",
    }  # fmt: skip
    assert found(world, code_ids=[code.pk], reported_figures=figures).reported_figures["true"] == 96


def test_rule_item_for_public_officials_cannot_stand_on_a_unit(world):
    item = RuleItem.objects.create(
        rule_set=world.rule_item.rule_set, code="x", ordinal=9, title="某条", subject_class="party_member", route="lead",
        evidence_tag="S",
    )  # fmt: skip
    with pytest.raises(Invalid) as caught:
        found(world, rule_item_ids=[item.pk])
    assert caught.value.code == "rule_item_subject"
    assert not Finding.objects.exists()


def test_personal_number_is_stopped_or_kept_with_a_journalled_reason(world):
    text = "9:10 登记台账封面写有 11010519491231002X，未遮盖。"
    with pytest.raises(Invalid) as caught:
        found(world, fact=text)
    assert caught.value.code == "personal_content"
    assert "******************" in caught.value.fields["fact"]
    finding = found(world, fact=text, screening_override="台账编号与证件号相同，已向单位核实")
    assert finding.fact == text
    event = Event.objects.get(verb="text.screening_overridden")
    assert event.reason == "台账编号与证件号相同，已向单位核实"
    assert "11010519491231002X" not in str(event.detail.body)


def test_finder_who_declared_recusal_is_refused(world):
    visit = open_visit(world)
    RecusalDeclaration.objects.get(user=world.users["asha"]).units.add(world.units["示例市卫生健康局"])
    with pytest.raises((Denied, NotFound)):
        register(world, visit)
    assert not Finding.objects.exists()


@pytest.mark.parametrize("who", ["rina", "lena", "olga", "hana", "ada", "nobody", "cora", "avi"])
def test_nobody_else_registers_on_the_visit(world, who):
    visit = open_visit(world)
    with pytest.raises(DubanError) as caught:
        register(world, visit, who)
    assert caught.value.code in {"not_team_member", "not_found"}
    assert not Finding.objects.exists()


def test_finding_after_submission_keeps_within_the_visit(world):
    visit = close_visit(world, open_visit(world))
    with pytest.raises(Invalid):
        register(world, visit, moment=at("11:00"), found_at=at("10:30"))
    assert register(world, visit, moment=at("11:00")).found_at == at("09:10")


def test_told_once_keeps_the_first_time(world):
    finding = found(world)
    inspection.tell_unit(
        actor=world.actor("asha"), at=at("09:30"), finding_id=finding.pk, told_at=at("09:12")
    )
    inspection.tell_unit(actor=world.actor("asha"), at=at("10:30"), finding_id=finding.pk)
    finding.refresh_from_db()
    assert finding.told_at == at("09:12")


def test_changing_the_unit_on_resubmission_moves_path_and_line(world):
    finding = found(world)
    inspection.return_finding(
        actor=world.actor("wen"), at=at("09:30"), finding_id=finding.pk, reason="单位不对"
    )
    finding = inspection.resubmit_finding(
        actor=world.actor("asha"),
        at=at("09:40"),
        finding_id=finding.pk,
        unit_id=world.units["示例市卫生健康局"].pk,
    )
    assert (finding.line, finding.unit_path) == ("department", world.units["示例市卫生健康局"].path)
