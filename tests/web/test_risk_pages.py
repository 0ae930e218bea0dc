"""Pages of the points of sites: who sees them, what they open, the change of the table with a reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duban.campaigns.models import RiskTable
from duban.kernel.errors import Denied, Invalid, NotFound
from duban.kernel.models import Event
from duban.people.models import RecusalDeclaration
from duban.planning import operations as planning
from duban.planning import risk
from duban.planning.risk.table import DEFAULT_VALUES
from tests.planning.test_risk_scores import MARKET, finding, visit
from tests.world import DAY

LIST, TABLE, CHANGE = "/sites/risk/", "/sites/risk/table/", "/sites/risk/table/change/"


def changed(**numbers):
    values = {code: dict(line) for code, line in DEFAULT_VALUES.items()}
    for name, number in numbers.items():
        code, _sep, key = name.partition("__")
        values[code][key] = number
    return values


def posted(values, reason):
    fields = {
        f"{code}-{name}": number for code, numbers in values.items() for name, number in numbers.items()
    }
    return {**fields, "reason": reason}


def test_points_do_not_exist_for_others(page, world):
    show = f"{LIST}{world.sites[MARKET].pk}/"
    for name in ("asha", "tess", "olga", "cora", "lena", "hana", "vera", "avi", "ada", "nobody"):
        for url in (LIST, show, TABLE, CHANGE):
            assert page.as_(name).get(url).status_code == 404, (name, url)
    html = page.as_("asha").get(f"/sites/{world.sites[MARKET].pk}/").content.decode()
    assert "风险计分" not in html and "风险计分" not in page.get("/sites/").content.decode()


def test_list_shows_points_and_a_site_opens_the_rows(page, world, at):
    found = finding(world, at, 1, severity="serious", day=DAY - timedelta(days=3))
    last = visit(world, at, 2, day=DAY - timedelta(days=2))
    client = page.as_("wen")
    html = client.get(LIST).content.decode()
    assert "default-2" in html and "15:12" in html
    assert html.index(">乙镇西卡口<") < html.index(">甲镇农贸市场<")  # never visited comes first
    html = client.get(f"{LIST}{world.sites[MARKET].pk}/").content.decode()
    assert f"/findings/{found.pk}/" in html and f"/visits/{last.pk}/" in html
    for url in (f"/findings/{found.pk}/", f"/visits/{last.pk}/"):
        assert client.get(url).status_code == 200
    score = risk.site_scores(campaign=world.campaign, at=at("15:12"))[world.sites[MARKET].pk]
    assert f"{score.points} 分" in html
    assert f"风险计分 {score.points} 分" in client.get(f"/sites/{world.sites[MARKET].pk}/").content.decode()
    assert "没有符合条件的点位" in client.get(f"{LIST}?q=无此点位").content.decode()
    assert "甲镇农贸市场" not in client.get(f"{LIST}?reason=area_grade").content.decode()
    assert client.get(f"{LIST}?export=1").status_code == 200


def test_a_covert_visit_moves_nothing_on_any_page(page, world, at):
    client = page.as_("wen")
    urls = [LIST, *(f"{LIST}{site.pk}/" for site in world.sites.values())]
    before = [strip(client.get(url)) for url in urls]
    finding(world, at, 1, team="c", who="cora", severity="serious")
    assert [strip(client.get(url)) for url in urls] == before


def strip(response) -> str:
    html = response.content.decode()
    return html[html.index("<main") : html.index("</main>")]


def test_sites_of_a_recused_unit_are_not_shown(page, world, at):
    wen = RecusalDeclaration.objects.create(
        user=world.users["wen"], campaign_id=world.campaign.pk, declared_at=at("08:00")
    )
    wen.units.add(world.units["甲镇人民政府"])
    html = page.as_("wen").get(LIST).content.decode()
    assert "甲镇农贸市场" not in html and "乙镇农贸市场" in html
    assert page.get(f"{LIST}{world.sites[MARKET].pk}/").status_code == 404


def test_table_is_explained_and_changed_with_a_reason(page, world, at):
    client = page.as_("wen")
    assert "每过多少天减半" in client.get(TABLE).content.decode()
    assert client.get(CHANGE).status_code == 200
    assert "处要改" in client.post(CHANGE, posted(changed(since_visit__never=30), "")).content.decode()
    assert client.post(CHANGE, posted(changed(since_visit__never=101), "更重视")).status_code == 200
    assert not RiskTable.objects.exists()
    values = changed(since_visit__never=5, since_visit__most=9)
    assert client.post(CHANGE, posted(values, "更重视问题记录")).status_code == 302
    html = client.get(TABLE).content.decode()
    assert "demo-1" in html and "更重视问题记录" in html
    event = Event.objects.get(verb="risk_table.changed")
    assert event.detail.body["changes"] == {"since_visit.most": [20, 9], "since_visit.never": [20, 5]}
    now = risk.site_scores(campaign=world.campaign, at=at("15:13"))[world.sites[MARKET].pk]
    then = risk.site_scores(campaign=world.campaign, at=at("15:00"))[world.sites[MARKET].pk]
    assert (now.points, now.version, then.points, then.version) == (5, "demo-1", 20, "default-2")


@pytest.mark.parametrize(
    ("name", "error"), [("asha", Denied), ("lena", Denied), ("olga", Denied), ("nobody", NotFound)]
)
def test_nobody_else_changes_the_table(world, at, name, error):
    with pytest.raises(error):
        planning.change_risk_table(
            actor=world.actor(name), at=at("15:00"), campaign_id=world.campaign.pk, values=changed(key_points__each=9),
            reason="试",
        )  # fmt: skip
    assert not RiskTable.objects.exists() and not Event.objects.filter(verb="risk_table.changed").exists()


def test_a_table_that_cannot_be_used_is_refused(world, at):
    for values in (
        changed(),
        changed(key_points__each=101),
        changed(key_points__team=1),
        {"inspector": {"most": 1}},
    ):
        with pytest.raises(Invalid):
            planning.change_risk_table(
                actor=world.actor("wen"),
                at=at("15:00"),
                campaign_id=world.campaign.pk,
                values=values,
                reason="试",
            )
    assert not RiskTable.objects.exists()


def test_one_and_seven_sites_cost_the_same_queries(page, world, at):
    client = page.as_("wen")
    finding(world, at, 1)
    client.get(LIST)
    counts = []
    for url in (f"{LIST}?q=市人民医院", LIST):
        with CaptureQueriesContext(connection) as counted:
            client.get(url)
        counts.append(len(counted))
    assert counts[0] == counts[1]
