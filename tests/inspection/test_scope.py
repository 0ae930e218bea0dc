"""Who sees which visits, findings, photos, support requests; lists cost the same for 1 and 3 rows."""

import pytest

from duban.inspection import operations as inspection
from duban.inspection import policy, queries
from duban.inspection.models import Finding, SupportRequest
from duban.kernel.errors import DubanError
from duban.people.models import RecusalDeclaration
from tests.inspection.acts import FACT, close_visit, found, open_visit, register
from tests.world import at


def names(world, rows) -> set[str]:
    return {who for who in world.users if rows(world.actor(who)).exists()}


def test_finding_of_an_open_team_is_seen_in_its_area_and_by_the_office(world):
    found(world)
    assert names(world, policy.findings_visible_to) == {"asha", "tess", "hugo", "wen", "lena"}


def test_covert_visit_in_progress_is_seen_by_the_team_and_the_head_only(world):
    visit = open_visit(world, "cora", team="c", mode="covert")
    assert names(world, policy.visits_visible_to) == {"cora", "cyra", "hugo"}
    close_visit(world, visit, "cora", signature="covert")
    assert names(world, policy.visits_visible_to) == {"cora", "cyra", "hugo", "wen"}


def test_covert_finding_is_known_in_its_area_once_confirmed(world):
    visit = open_visit(world, "cora", team="c", mode="covert")
    finding = register(world, visit, "cora")
    assert names(world, policy.findings_visible_to) == {"cora", "cyra", "hugo", "wen"}
    inspection.confirm_finding(actor=world.actor("wen"), at=at("10:00"), finding_id=finding.pk)
    assert names(world, policy.findings_visible_to) == {"cora", "cyra", "hugo", "wen", "asha", "tess", "lena"}


def test_recused_member_sees_nothing_of_the_unit(world):
    found(world)
    RecusalDeclaration.objects.get(user=world.users["asha"]).units.add(world.units["甲镇人民政府"])
    assert not policy.findings_visible_to(world.actor("asha")).exists()
    assert not policy.visits_visible_to(world.actor("asha")).exists()
    assert policy.findings_visible_to(world.actor("tess")).exists()


def test_unit_reads_no_finding_before_an_order_was_issued(world):
    finding = found(world)
    for state in ("registered", "confirmed", "ordered", "rectifying"):
        Finding.objects.filter(pk=finding.pk).update(state=state)
        assert not policy.findings_visible_to(world.actor("olga")).exists()


def test_every_finding_the_office_may_confirm_is_visible_to_it(world):
    finding = found(world)
    for who in world.users:
        actor = world.actor(who)
        if policy.can_confirm_finding(actor, finding):
            assert policy.findings_visible_to(actor).filter(pk=finding.pk).exists()


def test_support_request_is_answered_by_headquarters_once(world):
    visit = open_visit(world)
    ask = {"visit_id": visit.pk, "kind": "materials", "text": "缺测温枪 2 支，今日 18:00 前"}
    request = inspection.raise_support_request(actor=world.actor("asha"), at=at("09:30"), **ask)
    again = inspection.raise_support_request(actor=world.actor("asha"), at=at("09:31"), **ask)
    assert (request.pk, SupportRequest.objects.count(), request.unit.name) == (again.pk, 1, "甲镇人民政府")
    assert names(world, policy.support_requests_visible_to) == {"asha", "tess", "hugo", "wen", "lena", "hana"}
    with pytest.raises(DubanError):
        inspection.answer_support_request(
            actor=world.actor("lena"), at=at(), request_id=request.pk, answer="已安排"
        )
    request = inspection.answer_support_request(
        actor=world.actor("hana"), at=at("11:00"), request_id=request.pk, answer="15:00 前送到"
    )
    assert (request.state, request.answered_by_label) == ("answered", "指挥部值班岗")


def test_similar_findings_at_other_sites_are_proposed(world):
    first = found(world)
    other_visit = open_visit(world, site="甲镇农贸市场")
    other = register(world, other_visit, found_at=at("09:15"))
    found(world, category_id=world.categories["ledger"].pk)
    assert list(queries.similar_elsewhere(first, world.actor("wen"))) == [other]


def fill(world, count):
    for number in range(count):
        found(world, fact=f"{FACT}第 {number} 处")


@pytest.mark.parametrize("count", [1, 3])
def test_register_costs_the_same_for_one_and_three_rows(world, count, django_assert_num_queries):
    fill(world, count)
    actor = world.actor("wen")
    with django_assert_num_queries(1):
        rows = list(queries.register(actor, world.campaign.pk))
        assert [(row.site.name, row.unit.name, row.category.title, row.team.name) for row in rows]
    assert len(rows) == count
    with django_assert_num_queries(4):
        counts = queries.tab_counts(actor, world.campaign.pk, at("15:00"))
    assert (counts["open"], counts["registered"], counts["all"]) == (count, count, count)


def test_filters_narrow_by_text_number_area_and_deadline(world):
    fill(world, 3)
    rows = queries.register(world.actor("wen"), world.campaign.pk)

    def numbers(**wanted):
        found_rows = queries.filtered(rows, queries.FindingFilter(**wanted), at("15:00"))
        return sorted(found_rows.values_list("number", flat=True))

    Finding.objects.filter(number=2).update(state="rectifying", due_at=at("14:00"))
    assert numbers(text="西卡口") == [1, 2, 3]
    assert numbers(text="0002") == [2]
    assert numbers(area_path=world.units["乙镇"].path) == []
    assert numbers(due="overdue") == [2]
    assert numbers(severity="serious") == []
    assert numbers(found_from=at().date(), found_to=at().date()) == [1, 2, 3]


@pytest.mark.parametrize(
    "sort", ["number", "-number", "found", "-found", "site", "severity", "-due", "unknown"]
)
def test_register_sorts_by_its_columns(world, sort):
    fill(world, 3)
    rows = list(queries.in_order(queries.register(world.actor("wen"), world.campaign.pk), sort))
    assert len(rows) == 3
    if sort == "number":
        assert [row.number for row in rows] == [1, 2, 3]
