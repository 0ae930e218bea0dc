"""Nobody who must not know can tell that a visit is coming: every door answers the same before and after the plan.

Two plans are made: a covert one by the head, and a sealed one of an open team by the office; then both teams set out.
Each role reads every address it may read, its lists, exports, searches and calendars, byte by byte.
"""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from duban.kernel import clock
from duban.notices.models import Notice
from duban.planning import operations as planning
from duban.teams import operations as teams
from duban.teams.models import Dispatch
from tests.contracts import everything
from tests.contracts.test_urls import OPEN, PLACE, ROUTES, arguments, ask, client_of, expected
from tests.field.phone import phone
from tests.world import DAY, World, at

# The planner of the covert team is the head; the crew of the sealed plan is team 2.
OUTSIDE_BOTH = ("asha", "olga", "lena", "hana", "vera", "ada", "nobody", "")
OUTSIDE_COVERT = ("wen", "rina")
MORE = """
/teams/dispatches/?day={day} /teams/dispatches/?export=1 /teams/dispatches/?day={next} /teams/?export=1
/teams/roster/?span=month /teams/roster/?by=person /teams/roster/?export=1 /teams/roster/file/?span=month
/teams/roster/coverage/?round=all /teams/roster/sites/?show=unvisited /teams/roster/repeats/ /teams/roster/load/
/teams/rounds/?export=1 /teams/draws/ /teams/draws/?export=1 /visits/ /sites/?q=西卡口 /sites/ /sheets/ /findings/?view=all
/search/?q=甲镇西卡口 /search/?q=乙镇 /search/?q=暗访一组 /search/?q=督派 /documents/ /key-points/?day={next} /overview/ /today/changes/
""".format(day=DAY, next=DAY + timedelta(days=1)).split()
# Pages of rules, papers of cases and settings: they read nothing of teams; their frame is the frame of all others.
ELSEWHERE = (
    "accountability", "checklists", "directives", "focuses", "gaps", "imports", "legal", "meddling", "packs",
    "posts", "recusal", "rules", "system", "units", "users",
)  # fmt: skip
# Made anew for every request: tokens, and the key a form gives to what it will register.
CHANGING = re.compile(
    rb'(name="csrfmiddlewaretoken" value="|name="visit_id" value="|X-CSRFToken": "|nonce=")[A-Za-z0-9+/=_-]+'
)


def plain(response: Any) -> bytes:
    """The answer without what differs from one request to the next."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            names = [name for name in book.namelist() if name != "docProps/core.xml"]
            body = b"\0".join(book.read(name) for name in sorted(names))
    head = f"{response.status_code} {response.headers.get('Location', '')}\n".encode()
    return head + CHANGING.sub(rb"\1", body)


def doors(who: str, addresses: dict[str, str]) -> list[str]:
    own = OPEN.split() if not who else [name for name in PLACE if expected(name, who) == "page"]
    own = [name for name in own if name.split(":")[0] not in ELSEWHERE]
    return [*(addresses[name] for name in own), *(MORE if who else ())]


def answers(world: World, names: tuple[str, ...], addresses: dict[str, str]) -> dict[tuple[str, str], bytes]:
    found = {}
    for who in names:
        client = client_of(world, who)
        for address in doors(who, addresses):
            found[who, address] = plain(ask(client, "get", address))
    return found


def differing(before: dict[tuple[str, str], bytes], after: dict[tuple[str, str], bytes]) -> dict[Any, Any]:
    def around(key: tuple[str, str]) -> tuple[str, str]:
        one, two = before[key].decode(errors="replace"), after[key].decode(errors="replace")
        place = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), 0)
        return one[max(place - 60, 0) : place + 60], two[max(place - 60, 0) : place + 60]

    return {key: around(key) for key in after if before[key] != after[key]}


def make_covert(world: World) -> Dispatch:
    hugo = world.actor("hugo")
    planning.commit_and_draw(
        actor=hugo, at=at("12:30"), round_id=world.round.pk, day=DAY, team_ids=[world.teams["c"].pk], is_covert=True,
        early_reason="突击",
    )  # fmt: skip
    return Dispatch.objects.get(team=world.teams["c"], day=DAY)


def make_sealed(world: World) -> Dispatch:
    return teams.create_dispatch(
        actor=world.actor("wen"), at=at("12:40"), round_id=world.round.pk, team_id=world.teams["2"].pk, day=DAY,
        sites=[(world.sites[name].pk, "draw", at("15:30")) for name in ("甲镇农贸市场", "乙镇西卡口")], is_sealed=True,
    )  # fmt: skip


@pytest.fixture
def addresses(world: World, clock_at: Any) -> dict[str, str]:
    clock_at("15:12")
    known = arguments(everything.make(world))
    return {name: reverse(name, args=known.get(name, ())) for name in ROUTES}


def test_no_door_tells_that_a_visit_is_coming(
    world: World, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Notice.objects.count()
    phones = {who: phone(world, who) for who in ("asha", "rina")}
    day_before = {who: one.get("day").content for who, one in phones.items()}
    before = answers(world, OUTSIDE_BOTH + OUTSIDE_COVERT, addresses)
    covert = make_covert(world)
    teams.depart(actor=world.actor("cora"), at=at("13:00"), dispatch_id=covert.pk)
    assert differing(before, answers(world, OUTSIDE_COVERT, addresses)) == {}
    assert {who: one.get("day").content for who, one in phones.items()} == day_before
    sealed = make_sealed(world)
    teams.depart(actor=world.actor("rina"), at=at("13:10"), dispatch_id=sealed.pk)
    assert differing(before, answers(world, OUTSIDE_BOTH, addresses)) == {}
    assert phones["asha"].get("day").content == day_before["asha"]
    own_day = phones["rina"].get("day").content.decode()
    assert (
        "甲镇农贸市场" not in own_day and "乙镇西卡口" not in own_day
    )  # of the own plan: number and time only
    assert Notice.objects.count() == told
    own = [
        f"/teams/dispatches/{one.pk}/{part}" for one in (covert, sealed) for part in ("", "sheet/", "looks/")
    ]
    for who in OUTSIDE_BOTH[:-1]:
        client = client_of(world, who)
        assert {ask(client, "get", address).status_code for address in own} == {404}, who
    assert clock.local_day(at("15:12")) == DAY
