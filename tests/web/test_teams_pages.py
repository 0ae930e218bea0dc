"""Pages of teams, rounds, dispatches, draws and the liaison table: what each role sees, and that sealed stays sealed."""

from datetime import timedelta

import pytest

from duban.kernel.models import Event
from duban.planning import operations as planning
from duban.planning.models import Draw
from duban.teams import operations as teams
from duban.teams.models import Dispatch, DispatchSite, LiaisonAssignment, Round, Team, TeamMember
from tests.world import DAY
from tests.world import at as moment

LISTS = ["/teams/", "/teams/rounds/", "/teams/dispatches/", "/teams/liaison/"]


@pytest.fixture
def sealed(world, at):
    return teams.create_dispatch(
        actor=world.actor("wen"), at=at("07:30"), round_id=world.round.pk, team_id=world.teams["1"].pk, day=DAY,
        sites=[(world.sites["甲镇农贸市场"].pk, "draw", at("15:30")), (world.sites["甲镇西卡口"].pk, "draw", at("14:00"))],
        is_sealed=True,
    )  # fmt: skip


@pytest.fixture
def covert(world, at):
    return teams.create_dispatch(
        actor=world.actor("hugo"), at=at("07:30"), round_id=world.round.pk, team_id=world.teams["c"].pk, day=DAY,
        sites=[(world.sites["乙镇西卡口"].pk, "theme", None)],
    )  # fmt: skip


@pytest.mark.parametrize("url", LISTS)
def test_lists_open_for_staff_and_do_not_exist_for_the_supervised_side(page, url):
    for name in ("wen", "hugo", "asha", "cora", "lena", "avi"):
        assert page.as_(name).get(url).status_code == 200, name
    for name in ("olga", "vera", "nobody"):
        assert page.as_(name).get(url).status_code == 404, name


@pytest.mark.parametrize("url", [*LISTS, "/teams/draws/"])
def test_lists_can_be_exported_and_the_export_is_journalled(page, url):
    response = page.as_("wen").get(url, {"export": "1"})
    assert response.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert Event.objects.filter(verb="export.made").count() == 1


def test_covert_team_is_in_nobody_elses_pages(page, world, covert):
    urls = [
        *LISTS,
        f"/teams/{world.teams['c'].pk}/",
        f"/teams/dispatches/{covert.pk}/",
        f"/teams/dispatches/{covert.pk}/sheet/",
    ]
    for name in ("wen", "asha", "rina", "lena", "hana"):
        for url in urls:
            response = page.as_(name).get(url)
            assert "暗访一组" not in response.content.decode(), (name, url)
            assert response.status_code == (200 if url in LISTS and name != "hana" else 404), (name, url)
    for name in ("hugo", "cora"):
        assert "暗访一组" in page.as_(name).get("/teams/dispatches/").content.decode()
        assert page.as_(name).get(f"/teams/dispatches/{covert.pk}/").status_code == 200


def test_sealed_site_is_in_no_page_before_opening(page, world, sealed):
    urls = [*LISTS, "/teams/draws/", f"/teams/{world.teams['1'].pk}/", f"/teams/dispatches/{sealed.pk}/"]
    urls += [f"/teams/dispatches/{sealed.pk}/sheet/", "/key-points/", "/key-points/history/"]
    secrets = ["甲镇农贸市场", "甲镇西卡口", *(str(row.site_id) for row in sealed.dispatch_sites.all())]
    for name in ("asha", "tess", "rina", "wen", "hugo", "lena", "avi"):
        for url in urls:
            html = page.as_(name).get(url).content.decode()
            assert not [secret for secret in secrets if secret in html], (name, url)
    html = page.as_("asha").get(f"/teams/dispatches/{sealed.pk}/").content.decode()
    assert "未启封" in html
    assert "15:30 起可启封" in html


def test_team_departs_and_reveals_from_the_page(page, world, sealed):
    show = f"/teams/dispatches/{sealed.pk}/"
    client = page.as_("asha")
    assert client.post(f"{show}depart/").status_code == 302
    late, early = sealed.dispatch_sites.order_by("ordinal")
    assert (
        client.post(f"/teams/dispatches/sites/{late.pk}/reveal/").status_code == 403
    )  # opens at 15:30, it is 15:12
    assert client.post(f"/teams/dispatches/sites/{early.pk}/reveal/").status_code == 302
    html = client.get(show).content.decode()
    assert "甲镇西卡口" in html
    assert "甲镇农贸市场" not in html
    assert page.as_("rina").post(f"/teams/dispatches/sites/{late.pk}/reveal/").status_code == 404
    assert DispatchSite.objects.filter(revealed_at__isnull=False).count() == 1


def test_break_glass_shows_the_site_once_to_the_head(page, sealed):
    slot = sealed.dispatch_sites.first()
    url = f"/teams/dispatches/sites/{slot.pk}/break-seal/"
    assert page.as_("wen").confirmed().post(url, {"reason": "想提前看看"}).status_code == 403
    asked = page.as_("hugo").post(url, {"reason": "突发险情需核对位置"})  # the password first
    assert asked.headers["Location"].startswith("/account/reauthenticate/")
    assert not Event.objects.filter(verb="dispatch.seal_broken").exists()
    html = page.as_("hugo").confirmed().post(url, {"reason": "突发险情需核对位置"}).content.decode()
    assert "甲镇农贸市场" in html
    assert "甲镇农贸市场" not in page.get(f"/teams/dispatches/{sealed.pk}/").content.decode()
    assert Event.objects.filter(verb="dispatch.seal_broken").count() == 1


def test_who_saw_what_is_told_to_head_lead_planner_and_auditor(page, world, sealed):
    show, looks = f"/teams/dispatches/{sealed.pk}/", f"/teams/dispatches/{sealed.pk}/looks/"
    late, early = sealed.dispatch_sites.order_by("ordinal")
    client = page.as_("asha")
    client.post(f"{show}depart/")
    client.post(f"/teams/dispatches/sites/{early.pk}/reveal/")
    page.as_("hugo").confirmed().post(
        f"/teams/dispatches/sites/{late.pk}/break-seal/", {"reason": "突发险情需核对位置"}
    )
    for name in ("asha", "tess", "tess", "wen"):  # asha opened it; each other reader is on record once
        page.as_(name).get(show)
    seen = Event.objects.filter(verb="dispatch.site_seen").order_by("pk")
    assert list(seen.values_list("actor_label", "subject_id")) == [
        ("第1督导组组长", early.pk), ("专班综合岗", early.pk),
    ]  # fmt: skip
    for name in ("tess", "hugo", "wen", "avi"):
        html = page.as_(name).get(looks).content.decode()
        assert "突发险情需核对位置" in html, name
        assert not [place for place in ("甲镇西卡口", "甲镇农贸市场") if place in html], name
    assert page.as_("avi").get(show).status_code == 404
    assert "紧急查看第 1 处" in page.as_("tess").get(show).content.decode()
    for name, status in (("asha", 403), ("rina", 404), ("lena", 404), ("olga", 404)):
        assert page.as_(name).get(looks).status_code == status, name


def test_office_plans_swaps_adds_and_cancels(page, world):
    client = page.as_("wen")
    add = f"/teams/dispatches/add/{world.teams['1'].pk}/?day={DAY}"
    assert "甲镇农贸市场" in client.get(add).content.decode()
    wrong = client.post(add, {"round": world.round.pk, "source": "manual", "reason": ""})
    assert "处要改" in wrong.content.decode()
    members = [world.users["tess"].pk, world.users["asha"].pk]
    fields = {
        "round": world.round.pk, "source": "manual", "sites": [world.sites["甲镇农贸市场"].pk], "members": members,
        "reason": "群众反映集中", "every": 60,
    }  # fmt: skip
    assert client.post(add, fields).status_code == 302
    dispatch = Dispatch.objects.get()
    show = f"/teams/dispatches/{dispatch.pk}/"
    short = client.post(f"{show}swap/", {"out_user": members[0], "reason": "病假"})
    assert short.status_code == 422
    assert "至少 2 名督导人员" in short.content.decode()
    assert client.post(f"{show}sites/", {"code": "没有", "reason": "来电"}).status_code == 422
    assert client.post(f"{show}sites/", {"code": "甲镇西卡口", "reason": "来电"}).status_code == 302
    slot = dispatch.dispatch_sites.last()
    assert client.post(f"/teams/dispatches/sites/{slot.pk}/remove/", {"reason": "重复"}).status_code == 302
    assert client.post(f"{show}cancel/", {"reason": ""}).status_code == 422
    assert client.post(f"{show}cancel/", {"reason": "道路封闭施工"}).status_code == 302
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.dispatch_sites.count()) == ("cancelled", 1)


def test_inspector_cannot_plan_from_the_page(page, world):
    add = f"/teams/dispatches/add/{world.teams['1'].pk}/?day={DAY}"
    fields = {
        "round": world.round.pk, "source": "manual", "sites": [world.sites["甲镇农贸市场"].pk],
        "members": [world.users["tess"].pk, world.users["asha"].pk], "reason": "我想去",
    }  # fmt: skip
    assert page.as_("asha").get(add).status_code == 403
    assert page.post(add, fields).status_code == 403
    assert not Dispatch.objects.exists()


def test_draw_from_commitment_to_check(page, world, clock_at):
    client = page.as_("wen")
    client.get("/teams/draws/add/")
    fields = {
        "round": world.round.pk,
        "day": DAY,
        "teams": [world.teams["1"].pk, world.teams["2"].pk],
        "every": 60,
    }
    short = client.post("/teams/draws/add/", {**fields, "quota": 9}).content.decode()
    assert "差" in short
    assert not Draw.objects.exists()
    assert client.post("/teams/draws/add/", {**fields, "first": "15:30"}).status_code == 302
    made = Draw.objects.get()
    show = f"/teams/draws/{made.pk}/"
    assert made.commitment in client.get(show).content.decode()
    assert client.post(f"{show}run/").status_code == 302
    html = client.get(show, {"verify": "1"}).content.decode()
    assert "核对一致" in html
    assert made.seed not in html
    assert "甲镇农贸市场" not in html
    assert client.get(f"{show}inputs/").status_code == 404
    clock_at(moment("09:00", DAY + timedelta(days=1)))
    assert page.as_("hugo").post(f"/teams/draws/rounds/{world.round.pk}/reveal/").status_code == 302
    html = page.get(show, {"verify": "1"}).content.decode()
    assert made.seed in html
    assert "甲镇农贸市场" in html
    assert page.get(f"{show}inputs/").status_code == 200


def test_covert_draw_is_only_the_heads(page, world):
    assert page.as_("wen").get("/teams/draws/add/?covert=1").status_code == 403
    fields = {"round": world.round.pk, "day": DAY, "teams": [world.teams["c"].pk], "every": 60}
    assert page.as_("hugo").post("/teams/draws/add/?covert=1", fields).status_code == 302
    made = Draw.objects.get()
    assert page.as_("wen").get(f"/teams/draws/{made.pk}/").status_code == 404
    assert str(made.pk) not in page.get("/teams/draws/").content.decode()


def test_tampered_draw_is_reported(page, world, at):
    made = planning.commit_and_draw(
        actor=world.actor("wen"),
        at=at("07:30"),
        round_id=world.round.pk,
        day=DAY,
        team_ids=[world.teams["1"].pk],
    )
    result = {
        "assignments": [
            {**made.result["assignments"][0], "sites": made.result["assignments"][0]["sites"][:1]}
        ]
    }
    Draw.objects.filter(pk=made.pk).update(result=result)
    assert "核对不一致" in page.as_("wen").get(f"/teams/draws/{made.pk}/", {"verify": "1"}).content.decode()


def test_team_is_set_up_changed_and_staffed(page, world):
    client = page.as_("wen")
    fields = {
        "kind": "open",
        "number": 3,
        "name": "第3督导组",
        "daily_capacity": 6,
        "sectors": [world.units["丙镇"].pk],
    }
    assert "处要改" in client.post("/teams/add/", {**fields, "name": ""}).content.decode()
    assert client.post("/teams/add/", fields).status_code == 302
    team = Team.objects.get(number=3, kind="open")
    assert "缺组长" in client.get(f"/teams/{team.pk}/").content.decode()
    assert client.get(f"/teams/{team.pk}/change/").status_code == 200
    assert client.post(f"/teams/{team.pk}/change/", {"name": "第3组", "daily_capacity": 4}).status_code == 302
    member = {"user": world.users["nobody"].pk, "role": "head"}
    assert client.post(f"/teams/{team.pk}/members/", member).status_code == 302
    row = TeamMember.objects.get(team=team)
    assert client.post(f"/teams/members/{row.pk}/end/", {"reason": "轮换"}).status_code == 302
    supervised = client.post(f"/teams/{team.pk}/members/", {"user": world.users["olga"].pk, "role": "head"})
    assert supervised.status_code == 422
    assert client.post(f"/teams/{team.pk}/close/", {"reason": "任务结束"}).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.daily_capacity, team.is_active) == ("第3组", 4, False)
    covert = client.post("/teams/add/", {**fields, "kind": "covert", "name": "暗访三组"})
    assert "处要改" in covert.content.decode()
    assert not Team.objects.filter(name="暗访三组").exists()


def test_round_is_opened_and_moved(page, world):
    client = page.as_("wen")
    fields = {"number": 2, "starts_on": "2020-02-17", "ends_on": "2020-02-18"}
    assert client.post("/teams/rounds/", fields).status_code == 302
    assert "已经开启" in client.post("/teams/rounds/", fields).content.decode()
    opened = Round.objects.get(number=2)
    url = f"/teams/rounds/{opened.pk}/"
    assert client.get(url).status_code == 200
    moved = {"starts_on": "2020-02-17", "ends_on": "2020-02-19", "reason": "降雪延后"}
    assert client.post(url, moved).status_code == 302
    assert page.as_("asha").post(url, moved).status_code == 403
    opened.refresh_from_db()
    assert str(opened.ends_on) == "2020-02-19"


def test_liaison_table_warns_of_gaps_and_overlaps(page, world):
    client = page.as_("wen")
    fields = {
        "ordinal": 1, "leader_title": "委领导一", "areas": [world.units["甲镇"].pk, world.units["乙镇"].pk],
        "supporting_department": world.units["党风政风监督室"].pk, "valid_from": "2020-02-01",
    }  # fmt: skip
    assert client.post("/teams/liaison/assign/", fields).status_code == 302
    html = client.get("/teams/liaison/").content.decode()
    assert "还没有领导联系：丙镇" in html.replace("\n", "")
    again = {
        **fields,
        "ordinal": 2,
        "leader_title": "委领导二",
        "areas": [world.units["乙镇"].pk, world.units["丙镇"].pk],
    }
    assert client.post("/teams/liaison/assign/", again).status_code == 302
    html = client.get("/teams/liaison/").content.decode()
    assert "重复联系：乙镇（委领导一、委领导二）" in html
    assert client.get("/teams/liaison/?print=1").status_code == 200
    row = LiaisonAssignment.objects.get(ordinal=2)
    assert client.get(f"/teams/liaison/{row.pk}/end/").status_code == 200
    assert (
        client.post(f"/teams/liaison/{row.pk}/end/", {"on": "2020-02-15", "reason": "分工调整"}).status_code
        == 302
    )
    assert "以前的分工" in client.get("/teams/liaison/").content.decode()
    assert page.as_("lena").post("/teams/liaison/assign/", {**fields, "ordinal": 5}).status_code == 403
    assert LiaisonAssignment.objects.count() == 2
