"""The draw's pages: the dial in words and figures, the plan without names, what falls short, the protocol after the round."""

import json
from datetime import timedelta

import pytest

from duban.planning import operations as planning
from duban.planning import protocol
from duban.planning.models import Draw
from tests.world import DAY


@pytest.fixture
def shorter(world):
    """A round of two days in which team 1 can go to one site a day."""
    world.round.ends_on = DAY + timedelta(days=1)
    world.round.save()
    world.teams["1"].sectors.clear()
    world.teams["1"].daily_capacity = 1
    world.teams["1"].save()
    world.teams["2"].is_active = False
    world.teams["2"].save()
    return world


def test_form_explains_the_dial_and_the_plan_shows_no_names(shorter, page):
    wen = page.as_("wen")
    form = wen.get("/teams/draws/add/").content.decode()
    assert "风险与意外怎样取舍" in form
    answer = wen.post(
        "/teams/draws/add/",
        {
            "round": shorter.round.pk,
            "day": DAY.isoformat(),
            "teams": [shorter.teams["1"].pk],
            "dial": "0.2",
            "every": "60",
        },
    )
    made = Draw.objects.get()
    assert answer.headers["Location"] == f"/teams/draws/{made.pk}/"
    assert (made.algorithm, made.inputs["plan"]["dial"]) == ("optimal-v1", 0.2)
    text = wen.get(f"/teams/draws/{made.pk}/").content.decode()
    assert "今日被抽中的机会" in text
    short = len(shorter.sites) - 2
    assert f"各组容量合计 2 处次，差 {short} 处次" in text
    assert not any(name in text for name in shorter.sites)


def test_protocol_can_be_downloaded_once_the_seed_is_published(shorter, page, at):
    made = planning.commit_and_draw(
        actor=shorter.actor("wen"),
        at=at("07:30"),
        round_id=shorter.round.pk,
        day=DAY,
        team_ids=[shorter.teams["1"].pk],
    )
    url = f"/teams/draws/{made.pk}/protocol/"
    assert page.as_("wen").get(url).status_code == 404
    after = at("08:00", DAY + timedelta(days=2))
    planning.reveal_draws(actor=shorter.actor("hugo"), at=after, round_id=shorter.round.pk)
    assert protocol.check(json.loads(page.as_("wen").get(url).content))["ok"]
    assert page.as_("olga").get(url).status_code == 404
