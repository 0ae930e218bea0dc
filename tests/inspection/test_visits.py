"""Opening, answering, handing in and ending a visit."""

import uuid

import pytest

from duban.inspection import operations as inspection
from duban.inspection.models import Visit
from duban.kernel.errors import Conflict, Denied, DubanError, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.people.models import RecusalDeclaration
from duban.sites import operations as sites
from duban.teams.models import DispatchSite
from tests.inspection.acts import close_visit, open_visit, register
from tests.world import at

POINTS = {
    name: True
    for name in ("no_notice", "no_greeting", "no_briefing", "no_escort", "to_grassroots", "to_scene")
}


def test_visit_at_dispatched_site_takes_number_round_and_crew(world):
    visit = open_visit(world)
    assert (visit.number, visit.round, visit.state) == (1, world.round, "open")
    assert visit.dispatch_site.site == world.sites["甲镇西卡口"]
    assert {user.username for user in visit.inspectors.all()} == {"asha", "tess"}
    assert visit.area_path == world.sites["甲镇西卡口"].area_path
    assert Event.objects.get(verb="visit.opened").subject_id == visit.pk


def test_visit_numbers_have_no_gap_after_a_refused_one(world):
    open_visit(world)
    with pytest.raises(Invalid):
        open_visit(world, site="甲镇农贸市场", arrived_at=at("23:00"))
    assert open_visit(world, site="甲镇农贸市场").number == 2


def test_same_client_id_and_content_is_the_same_visit(world):
    key = uuid.uuid4()
    first = open_visit(world, visit_id=key)
    again = open_visit(world, visit_id=key, at=at("09:30"))
    assert (first.pk, again.pk, Visit.objects.count()) == (key, key, 1)


def test_same_client_id_with_other_content_conflicts(world):
    key = uuid.uuid4()
    open_visit(world, visit_id=key)
    with pytest.raises(Conflict) as caught:
        open_visit(world, visit_id=key, mode="unannounced")
    assert caught.value.code == "same_id_other_content"
    assert Visit.objects.get().mode == "open"


def test_client_id_of_another_team_conflicts_without_showing_it(world):
    key = uuid.uuid4()
    open_visit(world, visit_id=key)
    with pytest.raises(Conflict):
        open_visit(world, "rina", "乙镇西卡口", team="2", visit_id=key)
    assert Visit.objects.count() == 1


def test_site_outside_the_dispatch_needs_a_reason(world):
    world.dispatch("1", sites=("甲镇西卡口",))
    with pytest.raises(Invalid) as caught:
        open_visit(world, site="甲镇农贸市场")
    assert caught.value.code == "not_in_dispatch"
    visit = open_visit(world, site="甲镇农贸市场", manual_reason="群众反映东门无人值守")
    assert (visit.dispatch_site, visit.manual_reason) == (None, "群众反映东门无人值守")


def test_slot_of_another_day_is_refused(world):
    dispatch = world.dispatch("1", day=at("09:00").date().replace(day=15))
    slot = dispatch.dispatch_sites.first()
    world.dispatch("1")
    with pytest.raises(Invalid) as caught:
        open_visit(world, site_id=None, dispatch_site_id=slot.pk)
    assert caught.value.code == "not_in_dispatch"


def test_sealed_site_must_be_revealed_first(world):
    DispatchSite.objects.filter(dispatch=world.dispatch("1")).update(is_sealed=True, revealed_at=None)
    with pytest.raises(Invalid) as caught:
        open_visit(world)
    assert caught.value.code == "site_sealed"
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"arrived_at": at("23:00")}, "arrived_at"),
        ({"mode": "raid"}, "mode"),
        ({"methods": ["telepathy"]}, "methods"),
        ({"mode": "phone"}, "methods"),
    ],
)
def test_impossible_head_is_refused_with_its_field(world, changes, field):
    with pytest.raises(Invalid) as caught:
        open_visit(world, **changes)
    assert field in caught.value.fields
    assert not Visit.objects.exists()


def test_one_inspector_alone_is_too_few(world):
    with pytest.raises(Invalid) as caught:
        open_visit(world, inspector_ids=[world.users["asha"].pk])
    assert caught.value.code == "too_few_inspectors"


def test_inspector_of_another_team_is_refused(world):
    with pytest.raises(Invalid) as caught:
        open_visit(world, inspector_ids=[world.users["asha"].pk, world.users["rina"].pk])
    assert caught.value.code == "not_team_member"


def test_inspector_who_declared_recusal_keeps_the_visit_from_opening(world):
    declaration = RecusalDeclaration.objects.get(user=world.users["tess"])
    declaration.units.add(world.units["甲镇人民政府"])
    with pytest.raises(Denied) as caught:
        open_visit(world)
    assert caught.value.code == "recused"
    assert not Visit.objects.exists()


@pytest.mark.parametrize("who", ["rina", "wen", "lena", "ada", "olga", "hana", "nobody", "cora"])
def test_nobody_else_opens_a_visit_for_the_team(world, who):
    with pytest.raises(DubanError) as caught:
        open_visit(world, who)
    assert caught.value.code in {"not_team_member", "not_found"}
    assert not Visit.objects.exists()
    assert not Event.objects.filter(verb="visit.opened").exists()


def test_office_enters_a_paper_record_with_its_true_times(world):
    visit = open_visit(world, "wen", entry="paper", at=at("20:00"))
    assert (visit.entry, visit.arrived_at, visit.entered_at) == ("paper", at("09:00"), at("20:00"))


def test_submit_needs_closing_statement_signature_and_times(world):
    visit = open_visit(world)
    with pytest.raises(Invalid) as caught:
        close_visit(world, visit, left_at=at("08:00"), self_statement=" ", signature="later")
    assert set(caught.value.fields) == {"left_at", "self_statement", "signature"}
    with pytest.raises(Invalid) as caught:
        close_visit(world, visit, left_at=at("23:00"))
    assert set(caught.value.fields) == {"left_at"}
    visit.refresh_from_db()
    assert (visit.state, visit.left_at) == ("open", None)


def test_submit_twice_is_one_submission(world):
    visit = open_visit(world)
    close_visit(world, visit)
    close_visit(world, visit, at=at("11:00"))
    visit.refresh_from_db()
    assert (visit.state, visit.submitted_at) == ("submitted", at("10:00"))
    assert Event.objects.filter(verb="visit.submitted").count() == 1


def test_unannounced_visit_declares_all_six_points(world):
    visit = open_visit(world, mode="unannounced")
    with pytest.raises(Invalid) as caught:
        close_visit(world, visit, no_notice={"no_notice": True})
    assert set(caught.value.fields) == {"no_notice"}
    visit = close_visit(world, visit, no_notice=POINTS | {"no_escort": False})
    assert [point["held"] for point in visit.no_notice_points] == [True, True, True, False, True, True]


def test_covert_visit_is_recorded_as_not_signed(world):
    visit = open_visit(world, "cora", team="c", mode="covert")
    with pytest.raises(Invalid):
        close_visit(world, visit, "cora")
    assert close_visit(world, visit, "cora", signature="covert").signature == "covert"


def test_personal_number_in_the_opinion_is_stopped(world):
    visit = open_visit(world)
    with pytest.raises(Invalid) as caught:
        close_visit(world, visit, unit_opinion="请联系 13800138000")
    assert caught.value.code == "personal_content"
    visit.refresh_from_db()
    assert visit.state == "open"


def test_deferred_visit_ends_without_being_counted(world):
    visit = open_visit(world)
    visit = inspection.defer_visit(
        actor=world.actor("asha"), at=at("09:10"), visit_id=visit.pk, reason="单位正在处置险情"
    )
    assert (visit.state, visit.deferred_at) == ("withdrawn", at("09:10"))
    assert Event.objects.get(verb="visit.deferred").reason == "单位正在处置险情"


def test_visit_with_standing_findings_cannot_be_withdrawn(world):
    visit = open_visit(world)
    register(world, visit)
    with pytest.raises(WrongState):
        inspection.withdraw_visit(actor=world.actor("asha"), at=at(), visit_id=visit.pk, reason="录错了")
    visit.refresh_from_db()
    assert visit.state == "open"


def test_other_team_cannot_touch_the_visit(world):
    visit = open_visit(world)
    with pytest.raises(NotFound):
        close_visit(world, visit, "rina")
    with pytest.raises(Denied):
        inspection.withdraw_visit(actor=world.actor("lena"), at=at(), visit_id=visit.pk, reason="试试")
    visit.refresh_from_db()
    assert visit.state == "open"


def test_visit_outside_campaign_area_is_refused(world):
    world.dispatch("1")
    far = sites.add_site(
        actor=world.actor("wen"), at=at("08:00"), code="X", name="另一点位", site_type_id=world.site_type.pk,
        area_id=world.units["甲镇"].pk, territory_unit_id=world.units["甲镇人民政府"].pk,
    )  # fmt: skip
    type(far).objects.filter(pk=far.pk).update(is_active=False)
    with pytest.raises(Invalid) as caught:
        open_visit(world, site_id=far.pk, manual_reason="临时增加的点位")
    assert caught.value.code == "site_out_of_scope"
