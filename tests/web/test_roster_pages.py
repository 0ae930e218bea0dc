"""Pages of roster, coverage, repeats, load, board and duty calendar: what each role sees, does and takes away."""

from datetime import timedelta

import pytest

from duban.kernel.models import Event
from duban.teams import operations as teams
from duban.teams.models import Absence, RosterFeed, TeamMember
from tests.inspection.acts import close_visit, open_visit
from tests.world import DAY

PAGES = ["", "?span=month", "?by=person", "coverage/", "coverage/?round=all", "sites/", "sites/?show=unvisited",
         "repeats/", "load/", "visits/"]  # fmt: skip


@pytest.fixture
def day(world, at):
    close_visit(world, open_visit(world))
    return teams.create_dispatch(
        actor=world.actor("wen"), at=at("07:30"), round_id=world.round.pk, team_id=world.teams["2"].pk, day=DAY,
        sites=[(world.sites["乙镇农贸市场"].pk, "draw", at("13:30"))], is_sealed=True,
    )  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_for_staff_and_do_not_exist_for_the_supervised_side(page, day, path):
    for name in ("wen", "hugo", "asha", "cora", "lena", "avi"):
        assert page.as_(name).get(f"/teams/roster/{path}").status_code == 200, name
    for name in ("olga", "vera", "hana", "nobody"):
        assert page.as_(name).get(f"/teams/roster/{path}").status_code == 404, name


@pytest.mark.parametrize("path", ["?export=1", "coverage/?export=1", "sites/?export=1", "repeats/?export=1", "repeats/?export=weeks",
                                  "load/?export=teams", "load/?export=members", "visits/?export=1"])  # fmt: skip
def test_each_page_is_exported_and_the_export_journalled(page, day, path):
    response = page.as_("wen").get(f"/teams/roster/{path}")
    assert response.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert Event.objects.filter(verb="export.made").count() == 1


def test_odd_addresses_show_the_page(page, day):
    for path in (
        "?span=x&day=2020-02-31",
        "coverage/?round=99",
        "sites/?line=x&type=y",
        "load/?since=x&until=y",
    ):
        assert page.as_("wen").get(f"/teams/roster/{path}").status_code == 200, path


def test_coverage_cells_lead_to_their_sites(page, world, day):
    html = page.as_("wen").get("/teams/roster/coverage/").content.decode()
    assert f"line={world.units['甲镇'].pk}&amp;type={world.site_type.pk}" in html
    found = page.get(f"/teams/roster/sites/?line={world.units['甲镇'].pk}&show=visited").content.decode()
    assert "甲镇西卡口" in found
    assert "甲镇农贸市场" not in found


def test_protected_places_are_counted_apart_from_the_other_unvisited_ones(page, world, at, day):
    teams.protect_unit(
        actor=world.actor("wen"), at=at("07:00"), campaign_id=world.campaign.pk, unit_id=world.units["丙镇"].pk,
        starts_on=DAY, ends_on=DAY + timedelta(days=2), reason="考试期间",
    )  # fmt: skip
    wen = page.as_("wen")
    assert "保护期内 2 处" in wen.get("/teams/roster/coverage/").content.decode()
    html = wen.get("/teams/roster/sites/?show=protected").content.decode()
    assert html.count("保护期至 2-18") == 2 and "乙镇农贸市场" not in html


def test_feed_is_read_without_account_by_its_address_until_it_is_stopped(page, world, day, client):
    assert page.as_("rina").post("/teams/roster/feed/open/").status_code == 302
    html = page.get("/teams/roster/").content.decode()
    address = html.split('value="http')[1].split('"')[0].split("/", 3)[3]
    assert address not in page.get("/teams/roster/").content.decode()
    response = client.get(f"/{address}")
    text = response.content.decode()
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert "第2督导组" in text
    assert not [word for word in ("乙镇", "农贸市场", "第1督导组") if word in text]
    assert page.as_("rina").post("/teams/roster/feed/revoke/").status_code == 302
    assert client.get(f"/{address}").status_code == 404
    assert client.get("/teams/roster/feed/guessed.ics").status_code == 404
    assert RosterFeed.objects.filter(revoked_at=None).count() == 0


def test_feed_ends_with_the_persons_account_or_role(page, world, day, client):
    _feed, token = teams.open_feed(
        actor=world.actor("rina"), at=page.world and day.created_at, campaign_id=world.campaign.pk
    )
    assert client.get(f"/teams/roster/feed/{token}.ics").status_code == 200
    world.users["rina"].grants.update(revoked_at=day.created_at)
    assert client.get(f"/teams/roster/feed/{token}.ics").status_code == 404


def test_duty_file_is_for_crews_and_office(page, day):
    for name, status in (("wen", 200), ("rina", 200), ("lena", 404), ("avi", 404), ("olga", 404)):
        assert page.as_(name).get("/teams/roster/file/?span=month").status_code == status, name


def test_board_moves_by_form_and_refuses_without_reason(page, world):
    member = TeamMember.objects.get(user=world.users["rina"])
    board, move = "/teams/board/", f"/teams/members/{member.pk}/move/"
    for name in ("asha", "lena", "avi"):
        assert page.as_(name).get(board).status_code == 403, name
        assert page.as_(name).post(move, {"to_team": world.teams["1"].pk, "reason": "x"}).status_code == 403
    client = page.as_("wen")
    html = client.get(board).content.decode()
    assert move in html
    assert "暗访一组" not in html
    assert "暗访一组" in page.as_("hugo").get(board).content.decode()
    client = page.as_("wen")
    assert "处要改" in client.post(move, {"to_team": world.teams["1"].pk, "reason": ""}).content.decode()
    assert client.post(move, {"to_team": world.teams["c"].pk, "reason": "调整"}).status_code == 200
    assert client.post(move, {"to_team": world.teams["1"].pk, "reason": "调整"}).status_code == 302
    assert world.teams["1"].members.filter(left_on=None).count() == 3
    town = world.units["乙镇"]
    sector = f"/teams/sectors/{town.pk}/move/?from={world.teams['2'].pk}"
    assert client.get(sector).status_code == 200
    assert client.post(sector, {"to_team": world.teams["1"].pk, "reason": "轮换"}).status_code == 302
    assert client.post(sector, {"to_team": world.teams["1"].pk, "reason": "轮换"}).status_code == 404
    assert town in world.teams["1"].sectors.all()


def test_absence_is_recorded_by_oneself_and_taken_back(page, world, day):
    client = page.as_("rina")
    url = "/teams/roster/absences/"
    assert "第2督导组组长" not in client.get(url).content.decode()
    fields = {"user": world.users["theo"].pk, "starts_on": DAY, "ends_on": DAY}
    assert client.post(url, fields).status_code == 200  # not hers to record
    fields |= {"user": world.users["rina"].pk, "ends_on": DAY + timedelta(days=1)}
    assert client.post(url, fields).status_code == 302
    absence = Absence.objects.get()
    assert "当日缺勤" in client.get(f"/teams/dispatches/{day.pk}/").content.decode()
    assert "须换人的批次" in page.as_("wen").get("/teams/roster/").content.decode()
    assert page.as_("asha").post(f"{url}{absence.pk}/withdraw/").status_code == 404
    assert page.as_("rina").post(f"{url}{absence.pk}/withdraw/").status_code == 302
    assert page.as_("lena").get(url).status_code == 404


def test_vehicle_and_swap_back_from_the_dispatch_page(page, world, day):
    client, show = page.as_("wen"), f"/teams/dispatches/{day.pk}/"
    assert client.post(f"{show}vehicle/", {"vehicle_note": "公车三号"}).status_code == 302
    TeamMember.objects.create(team=world.teams["1"], user=world.users["nobody"], role="member", joined_on=DAY)
    swap = {"out_user": world.users["rina"].pk, "in_user": world.users["nobody"].pk, "reason": "公务"}
    assert client.post(f"{show}swap/", swap).status_code == 302
    html = client.get(show).content.decode()
    assert "公车三号" in html
    assert "换回" in html
    undo = {
        "out_user": world.users["nobody"].pk,
        "in_user": world.users["rina"].pk,
        "reason": "撤回前一次换人",
    }
    assert client.post(f"{show}swap/", undo).status_code == 302
    assert set(day.members.all()) == {world.users["theo"], world.users["rina"]}
