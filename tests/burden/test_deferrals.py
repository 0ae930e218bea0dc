"""A unit in an emergency asks checks to wait: at any time, learning nothing; the team sees it and decides (S4-10)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from duban.burden import operations as burden
from duban.burden import policy, queries
from duban.burden.models import Deferral
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.inspection.acts import open_visit
from tests.teams.test_dispatches import plan
from tests.world import at

UNIT = "甲镇人民政府"


def ask(world, who="olga", moment="10:00", ground="rescue"):
    return burden.ask_deferral(
        actor=world.actor(who), at=at(moment), campaign_id=world.campaign.pk, unit_id=world.units[UNIT].pk, ground=ground
    )  # fmt: skip


def test_request_stands_until_midnight_and_once(world):
    row = ask(world)
    assert row.until == at("00:00") + timedelta(days=1)
    with pytest.raises(Conflict):
        ask(world, moment="11:00")
    unit = world.units[UNIT].pk
    assert set(queries.deferrals_of([unit], at("23:59"))) == {unit}
    assert queries.deferrals_of([unit], row.until) == {}


def test_request_is_taken_back_and_may_be_made_again(world):
    row = ask(world)
    burden.withdraw_deferral(actor=world.actor("olga"), at=at("12:00"), deferral_id=row.pk)
    with pytest.raises(Conflict):
        burden.withdraw_deferral(actor=world.actor("olga"), at=at("12:01"), deferral_id=row.pk)
    assert ask(world, moment="14:00").pk != row.pk


@pytest.mark.parametrize("who", ["rina", "vera", "nobody", "hana"])
def test_nobody_asks_for_another_unit(world, who):
    with pytest.raises(Denied):
        ask(world, who)
    assert not Deferral.objects.exists()


def test_ground_is_one_of_the_list(world):
    with pytest.raises(Invalid):
        ask(world, ground="busy")


def test_request_forbids_no_visit_and_is_read_in_the_area_only(world):
    ask(world)
    assert open_visit(world).pk  # the team decided to go
    assert policy.deferrals_visible_to(world.actor("wen")).count() == 1
    assert policy.deferrals_visible_to(world.actor("asha")).count() == 1
    assert policy.deferrals_visible_to(world.actor("rina")).count() == 0
    with pytest.raises(NotFound):
        burden.withdraw_deferral(
            actor=world.actor("rina"), at=at("12:00"), deferral_id=Deferral.objects.get().pk
        )


def test_liaison_asks_on_the_page_and_the_crew_reads_it_at_the_place(page, world):
    dispatch = plan(world, at, sites=("甲镇西卡口",))
    olga = page.as_("olga")
    assert "请求缓检" in olga.get(reverse("burden:show")).content.decode()
    olga.post(reverse("burden:defer"), {"ground": "people"})
    assert "已处置完，撤回请求" in olga.get(reverse("burden:show")).content.decode()
    shown = page.as_("asha").get(reverse("dispatches:show", args=[dispatch.pk])).content.decode()
    assert "请求缓检：群众转移安置" in shown


def test_page_is_the_same_whether_or_not_somebody_is_coming(page, world):
    before = page.as_("olga").get(reverse("burden:show")).content.decode()
    plan(world, at, sites=("甲镇西卡口",))
    plan(world, at, "hugo", team="c", sites=("甲镇农贸市场",))
    after = page.as_("olga").get(reverse("burden:show")).content.decode()
    cut = before.index("<main"), after.index("<main")
    assert before[cut[0] :].count("缓检") == after[cut[1] :].count("缓检") > 0
    assert "甲镇西卡口" not in after
