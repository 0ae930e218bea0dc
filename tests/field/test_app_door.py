"""The field app's own addresses: shell and worker without data, the day's package, setting out, opening places."""

import gzip
import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from duban.burden import operations as burden
from duban.checklists.models import ChecklistVersion
from duban.field import app
from duban.kernel.models import Event
from duban.people import operations as people
from duban.teams import operations as teams
from duban.teams.models import DispatchSite
from tests.field.phone import message, phone
from tests.inspection import acts
from tests.rectification import cases
from tests.world import DAY, at

FIRST_LOAD = 400 * 1024


def test_shell_runs_nothing_but_its_own_files_and_says_nothing(world):
    answer = Client().get("/field/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    scripts = policy["script-src"].split()
    assert "'self'" in scripts and "'wasm-unsafe-eval'" in scripts
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(scripts)
    assert "'wasm-unsafe-eval'" not in Client().get("/account/login/").headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers and "示例市" not in answer.content.decode()


def test_worker_keeps_exactly_what_the_shell_needs():
    shell = Client().get("/field/").content.decode()
    worker = Client().get("/field/worker.js").content.decode()
    kept = set(json.loads(re.search(r"const KEPT = (\[.*?\]);", worker)[1]))
    assert set(re.findall(r'(?:src|href)="([^"]+)"', shell)) | {"/field/"} <= kept
    assert not any("key" in path for path in kept)
    assert Client().get("/field/app.webmanifest").json()["scope"] == "/field/"


def test_first_load_fits_a_weak_signal():
    sizes = [len(gzip.compress((app.BUNDLE / name).read_bytes(), 6)) for name in app.FILES]
    assert sum(sizes) <= FIRST_LOAD


def test_day_names_opened_places_with_their_past_and_sealed_ones_by_number_only(ready, mine, clock_at):
    visit = acts.open_visit(ready)
    finding = acts.register(ready, visit)
    slot = DispatchSite.objects.get(site=ready.sites["甲镇农贸市场"])
    DispatchSite.objects.filter(pk=slot.pk).update(is_sealed=True, revealed_at=None)
    day = mine.get("day").json()
    places = {place["ordinal"]: place for place in day["dispatches"][0]["places"]}
    assert places[slot.ordinal]["site"] is None
    assert "甲镇农贸市场" not in json.dumps(day["dispatches"], ensure_ascii=False)
    other = next(place for place in places.values() if place["site"])
    assert (other["site"]["name"], other["site"]["checklist"]) == ("甲镇西卡口", "market")
    assert [row["fact"] for row in other["site"]["findings"]] == [finding.fact]
    assert [(form["id"], form["version"]) for form in day["forms"]] == [("market", "1")]
    assert day["who"]["post"] == "第1督导组成员"


def test_day_tells_open_orders_and_visits_of_others_but_no_covert_one(ready, mine):
    order = cases.received(ready)
    site = order.items.get().finding.site
    row = next(
        place["site"]
        for place in mine.get("day").json()["dispatches"][0]["places"]
        if place["site"]["code"] == site.code
    )
    assert [one["number"] for one in row["orders"]] == [order.number_text]
    assert row["others"] == []


def test_day_tells_that_the_unit_asked_to_wait_and_what_another_team_left(ready, mine):
    (slot,) = DispatchSite.objects.filter(site=ready.sites["甲镇西卡口"])
    other = ready.dispatch("2", sites=("甲镇西卡口",)).dispatch_sites.get()
    teams.merge_place(
        actor=ready.actor("wen"),
        at=at("09:00"),
        dispatch_site_id=other.pk,
        into_id=slot.pk,
        reason="同一点位",
    )
    burden.ask_deferral(
        actor=ready.actor("olga"), at=at("10:00"), campaign_id=ready.campaign.pk,
        unit_id=ready.units["甲镇人民政府"].pk, ground="rescue",
    )  # fmt: skip
    places = mine.get("day").json()["dispatches"][0]["places"]
    notes = next(one["site"]["notes"] for one in places if one["id"] == str(slot.pk))
    assert notes == [
        "甲镇人民政府请求缓检：抢险救援，去不去由组长判断。", "第2督导组并入，请一并查看：同一点位",
    ]  # fmt: skip


def test_place_is_opened_by_its_team_after_departure_and_it_is_on_record(ready, mine):
    slot = DispatchSite.objects.get(site=ready.sites["甲镇农贸市场"])
    DispatchSite.objects.filter(pk=slot.pk).update(is_sealed=True, revealed_at=None, opens_at=at("11:00"))
    early = mine.client.post(mine.address("reveal"), {"id": str(slot.pk)})
    assert early.status_code == 403 and message(early)
    DispatchSite.objects.filter(pk=slot.pk).update(opens_at=at("09:30"))
    stranger = phone(ready, "rina")
    assert stranger.client.post(stranger.address("reveal"), {"id": str(slot.pk)}).status_code == 404
    assert mine.client.post(mine.address("reveal"), {"id": str(slot.pk)}).status_code == 204
    event = Event.objects.get(verb="dispatch.site_revealed")
    assert (event.subject_id, event.actor_id, event.at) == (slot.pk, ready.users["asha"].pk, at("10:00"))
    assert mine.client.post(mine.address("reveal"), {"id": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["day", "sites.csv"])
def test_reading_a_place_somebody_else_opened_is_on_record_once(ready, path):
    slot = DispatchSite.objects.get(site=ready.sites["甲镇农贸市场"])
    opened = {"is_sealed": True, "revealed_at": at("09:40"), "revealed_to": ready.users["tess"]}
    DispatchSite.objects.filter(pk=slot.pk).update(**opened)
    mine = phone(ready)
    version = ChecklistVersion.objects.get()
    for _turn in range(2):
        assert mine.get(path if path == "day" else f"forms/{version.pk}/{path}").status_code == 200
    event = Event.objects.get(verb="dispatch.site_seen")
    assert (event.subject_id, event.actor_id) == (slot.pk, ready.users["asha"].pk)


def test_day_names_the_unit_of_each_line_and_whether_positions_are_recorded(ready, mine):
    day = mine.get("day").json()
    site = next(place["site"] for place in day["dispatches"][0]["places"] if place["site"])
    place = ready.sites[site["code"]]
    assert site["lines"]["territory"] == place.territory_unit.name
    assert set(site["lines"]) == {"territory", "department", "unit"}
    assert [form["may_locate"] for form in day["forms"]] == [False]


def test_departure_from_the_phone(ready, clock_at):
    dispatch = ready.dispatch("1")
    type(dispatch).objects.filter(pk=dispatch.pk).update(state="planned", departed_at=None)
    lead = phone(ready, "tess")
    assert lead.get("day").json()["dispatches"][0]["state"] == "planned"
    assert lead.client.post(lead.address("depart"), {"id": str(dispatch.pk)}).status_code == 204
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.departed_at) == ("departed", at("10:00"))


def test_day_of_yesterday_and_of_other_teams_is_not_told(ready, mine, clock_at):
    clock_at(at("10:00", DAY + timedelta(days=1)))
    assert mine.get("day").json()["dispatches"] == []
    clock_at("10:00")
    assert phone(ready, "rina").get("day").json()["dispatches"] == []


@pytest.mark.parametrize("path", ["day", "depart", "reveal"])
def test_disabled_account_reads_and_does_nothing(ready, mine, path):
    people.set_active(
        actor=ready.actor("ada"),
        at=at("10:00"),
        user_id=ready.users["asha"].pk,
        is_active=False,
        reason="调离",
    )
    answer = mine.get(path) if path == "day" else mine.client.post(mine.address(path), {"id": ""})
    assert answer.status_code == 403 and answer.headers["X-Duban-Code"] == "account_disabled"


def test_wrong_key_is_told_apart_from_an_expired_one(ready, mine, clock_at):
    wrong = Client().get("/field/key/nobody/day")
    assert (wrong.status_code, wrong.headers["X-Duban-Code"]) == (401, "unknown_device")
    clock_at(at("10:00", DAY + timedelta(days=366)))
    assert mine.get("day").headers["X-Duban-Code"] == "device_expired"
