"""A unit hung below another parent: what is current follows, cases keep the path of their day, nobody loses their own.

甲镇第一村 goes from 甲镇 (team 1: asha) to 乙镇 (team 2: rina); 甲镇人民政府 goes there with its liaison olga.
"""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from duban.campaigns import operations as campaigns
from duban.inspection import policy as inspection_policy
from duban.inspection import sweeps as inspection_sweeps
from duban.inspection.models import Finding
from duban.kernel import tally
from duban.kernel.actor import SYSTEM, Role
from duban.kernel.errors import Conflict, DubanError, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.people import operations as people
from duban.people.models import Grant
from duban.rectification import policy as rectification_policy
from duban.reporting import freezing
from duban.sites import operations as sites
from duban.sites.models import RiskAreaGrade, RiskGradeScheme, Site
from duban.teams.models import DispatchSite
from duban.territory import operations as territory
from duban.territory.importing import import_units
from duban.territory.models import Unit
from tests.inspection import acts
from tests.rectification import cases
from tests.territory.sheets import as_csv
from tests.world import DAY, World, at

VILLAGE = "甲镇第一村"


def move(world: World, unit: str, below: str, who: str = "", moment: str = "12:00") -> Unit:
    actor = world.actor(who) if who else SYSTEM
    return territory.move_unit(
        actor=actor, at=at(moment), unit_id=world.units[unit].pk, parent_id=world.units[below].pk, reason="区划调整"
    )  # fmt: skip


def site_in_village(world: World) -> Site:
    world.sites["村卡口"] = sites.add_site(
        actor=SYSTEM, at=at("08:00"), code="村卡口", name="村卡口", site_type_id=world.site_type.pk,
        area_id=world.units[VILLAGE].pk, territory_unit_id=world.units["甲镇人民政府"].pk,
    )  # fmt: skip
    return world.sites["村卡口"]


def grant(world: World, who: str, role: Role, unit: str) -> Grant:
    return people.grant_role(
        actor=SYSTEM, at=at("08:00"), user_id=world.users[who].pk, role=role, unit_id=world.units[unit].pk,
        campaign_id=world.campaign.pk,
    )  # fmt: skip


def seen(world: World, who: str) -> set[Any]:
    return set(
        inspection_policy.findings_visible_to(world.actor(who, at("18:00"))).values_list("pk", flat=True)
    )


def told(world: World, path: str = "") -> dict[str, int]:
    return tally.counts("finding", campaign_id=world.campaign.pk, path=path)


def tree() -> set[tuple[str, str, str]]:
    return set(Unit.objects.values_list("code", "path", "former_paths"))


def test_move_carries_what_is_current_and_leaves_what_has_happened(world: World) -> None:
    site, village = site_in_village(world), world.units[VILLAGE]
    territory.add_unit(
        actor=SYSTEM, at=at("08:00"), code="G1", name="第一网格", kind="grid", parent_id=village.pk
    )
    open_grant = grant(world, "lena", Role.LEADER, VILLAGE)
    ended = people.revoke_grant(
        actor=SYSTEM, at=at("09:00"), grant_id=grant(world, "nobody", Role.LEADER, VILLAGE).pk
    )
    scheme = RiskGradeScheme.objects.create(
        pack="test", code="g", title="分级", grades=[{"code": "low"}, {"code": "high"}]
    )
    for moment, grade in (("08:00", "low"), ("10:00", "high")):
        sites.set_risk_grade(
            actor=SYSTEM, at=at(moment), scheme_id=scheme.pk, area_id=village.pk, grade=grade, source="公告"
        )
    gone = world.dispatch("1", sites=("村卡口",)).dispatch_sites.get()
    planned = world.dispatch("1", DAY + timedelta(days=1), sites=("村卡口",))
    planned.state = "planned"
    planned.save()
    finding = acts.register(world, acts.open_visit(world, site="村卡口"))
    old = village.path

    moved = move(world, VILLAGE, "乙镇")

    new = moved.path
    assert new.startswith(world.units["乙镇"].path) and moved.paths == [new, old]
    below = Unit.objects.get(code="G1")
    assert (below.path, below.depth, below.former_paths) == (
        f"{new}{below.path[len(new) :]}",
        moved.depth + 1,
        f"{old}{below.path[len(new) :]} ",
    )
    for row in (site, open_grant, ended, gone, finding):
        row.refresh_from_db()
    assert (site.area_path, open_grant.area_path) == (new, new)
    assert (ended.area_path, gone.area_path, finding.area_path) == (old, old, old)
    assert DispatchSite.objects.get(dispatch=planned).area_path == new
    grades = RiskAreaGrade.objects.order_by("starts_at").values_list("grade", "area_path")
    assert list(grades) == [("low", old), ("high", new)]
    event = Event.objects.get(verb="unit.moved")
    assert (event.reason, event.area_path) == ("区划调整", new)


def test_old_cases_stay_with_those_of_then_and_with_the_units_own(world: World) -> None:
    """The superior of then keeps them, the new one gets what comes; who is granted on the unit itself finds both."""
    site_in_village(world)
    grant(world, "lena", Role.LEADER, VILLAGE)
    world.dispatch("1", sites=("村卡口",))
    before = acts.register(world, acts.open_visit(world, site="村卡口"))
    assert (seen(world, "asha"), seen(world, "rina")) == ({before.pk}, set())
    move(world, VILLAGE, "乙镇")
    world.dispatch("2", sites=("村卡口",))
    visit = acts.open_visit(world, "rina", "村卡口", team="2", arrived_at=at("13:00"), at=at("13:05"))
    after = acts.register(world, visit, "rina", moment=at("13:20"), found_at=at("13:10"))
    assert seen(world, "asha") == {before.pk} and seen(world, "rina") == {after.pk}
    assert seen(world, "lena") >= {before.pk, after.pk} and seen(world, "hugo") == {before.pk, after.pk}
    # Somebody who is given the village only now takes its history over as well.
    grant(world, "nobody", Role.LEADER, VILLAGE)
    assert seen(world, "nobody") == {before.pk, after.pk}
    assert Finding.objects.get(pk=after.pk).area_path == Unit.objects.get(name=VILLAGE).path
    assert (told(world), told(world, world.units["甲镇"].path)) == ({"registered": 2}, {"registered": 1})
    assert inspection_sweeps.rebuild_tally() == 2
    assert (told(world), told(world, world.units["甲镇"].path)) == ({"registered": 2}, {"registered": 1})


def test_moved_unit_still_answers_its_open_order(world: World) -> None:
    order = cases.received(world)
    move(world, "甲镇人民政府", "乙镇")
    assert list(rectification_policy.orders_visible_to(world.actor("olga", at("13:00")))) == [order]
    cases.reply(world, order)
    order.refresh_from_db()
    assert order.state == "replied"
    cases.verify(world, cases.Finding.objects.get())
    order.refresh_from_db()
    assert order.state == "closed"


def test_day_frozen_before_a_move_counts_the_same_after_it(world: World) -> None:
    cases.issued(world)
    times = {"as_of": at("16:00"), "since": at("16:00", DAY - timedelta(days=1)), "known_at": at("16:00")}
    before = freezing.count_day(world.campaign, DAY, **times)
    assert before.value(1, "found") == 1
    move(world, "甲镇", "乙镇", moment="17:00")
    assert freezing.digest_of(freezing.count_day(world.campaign, DAY, **times)) == freezing.digest_of(before)


def test_move_below_itself_is_refused_and_changes_nothing(world: World) -> None:
    before, events = tree(), Event.objects.count()
    for below in ("甲镇", VILLAGE):
        with pytest.raises(Invalid) as error:
            move(world, "甲镇", below, "ada")
        assert error.value.code == "cycle"
    assert (tree(), Event.objects.count()) == (before, events)


@pytest.mark.parametrize("who", ["asha", "hugo", "olga", "avi", "nobody"])
def test_move_is_only_the_administrators(world: World, who: str) -> None:
    before = tree()
    with pytest.raises(DubanError):
        move(world, VILLAGE, "乙镇", who)
    assert tree() == before


def test_move_out_of_reach_is_not_found(world: World) -> None:
    people.grant_role(
        actor=SYSTEM,
        at=at("08:00"),
        user_id=world.users["nobody"].pk,
        role=Role.ADMIN,
        unit_id=world.units["甲镇"].pk,
    )
    before = tree()
    with pytest.raises(NotFound):
        move(world, VILLAGE, "乙镇", "nobody")
    assert tree() == before


def test_area_of_a_running_campaign_stays_where_it_is(world: World) -> None:
    city = territory.add_unit(actor=SYSTEM, at=at("08:00"), code="C", name="示例地区", kind="city")
    world.units["示例地区"] = city
    before = tree()
    with pytest.raises(Conflict) as error:
        move(world, "示例市", "示例地区")
    assert error.value.code == "campaign_running" and tree() == before
    campaigns.close_campaign(
        actor=world.actor("hugo"), at=at("18:00"), campaign_id=world.campaign.pk, number="示监〔2020〕1号", reason="工作结束"
    )  # fmt: skip
    move(world, "示例市", "示例地区", moment="19:00")
    world.campaign.refresh_from_db()
    assert not Unit.objects.get(code="T").path.startswith(world.campaign.area_path)
    with pytest.raises(Conflict):
        campaigns.reopen_campaign(
            actor=world.actor("hugo", at("20:00")),
            at=at("20:00"),
            campaign_id=world.campaign.pk,
            reason="继续",
        )


def test_imported_move_carries_the_same(world: World) -> None:
    site, old = site_in_village(world), world.units[VILLAGE].path
    table = as_csv([["编码", "名称", "类型", "上级编码"], ["T01-C1", VILLAGE, "村", "T02"]])
    import_units(actor=world.actor("ada"), at=at("12:00"), content=table, file_name="units.csv")
    site.refresh_from_db()
    unit = Unit.objects.get(name=VILLAGE)
    assert site.area_path == unit.path != old and unit.former_paths == f"{old} "


def test_two_moves_at_once_never_make_a_circle(transactional_world: World) -> None:
    """Each is sound by itself; together they would hang two towns below each other."""
    world = transactional_world
    start, refused = threading.Barrier(2), []

    def act(unit: str, below: str) -> None:
        try:
            start.wait()
            move(world, unit, below)
        except (Invalid, WrongState) as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in (("甲镇", "乙镇"), ("乙镇", "甲镇"))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert refused == ["cycle"]
    for unit in Unit.objects.select_related("parent"):
        assert unit.path.startswith(unit.parent.path if unit.parent else "")
