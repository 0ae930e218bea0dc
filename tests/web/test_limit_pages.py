"""Pages of protected periods and the visit budget."""

from django.urls import reverse

from duban.teams.limits import budget_of
from duban.teams.models import ProtectedPeriod
from tests.world import DAY


def test_office_protects_a_unit_by_its_code_and_ends_it_early(page, world) -> None:
    page.as_("wen")
    days = {"starts_on": DAY.isoformat(), "ends_on": DAY.isoformat(), "reason": "中考"}
    wrong = page.post(reverse("limits:protect"), {"unit": "没有的单位", **days})
    assert wrong.status_code == 200 and "没有这个单位" in wrong.content.decode()
    assert page.post(reverse("limits:protect"), {"unit": "T01", **days}).status_code == 302
    row = ProtectedPeriod.objects.get()
    assert (row.unit, row.reason) == (world.units["甲镇"], "中考")
    shown = page.get(reverse("limits:list")).content.decode()
    assert "中考" in shown and reverse("limits:lift", args=[row.pk]) in shown
    assert page.post(reverse("limits:lift", args=[row.pk]), {"reason": "考试取消"}).status_code == 302
    assert "现在没有保护期" in page.get(reverse("limits:list")).content.decode()
    assert "已提前结束" in page.get(reverse("limits:list") + "?show=all").content.decode()


def test_head_sets_the_budget_others_only_read_it(page, world) -> None:
    values = {"visits": 2, "days": 10, "reason": "减轻负担"}
    assert page.as_("wen").post(reverse("limits:budget"), values).status_code == 403
    assert page.as_("hugo").post(reverse("limits:budget"), values).status_code == 302
    assert (budget_of(world.campaign).visits, budget_of(world.campaign).days) == (2, 10)
    assert "10 日内到访满 2 次" in page.as_("asha").get(reverse("limits:list")).content.decode()


def test_liaison_visit_is_entered_found_and_withdrawn_on_the_pages(page, world) -> None:
    page.as_("wen")
    line = {
        "ordinal": 1, "leader_title": "委领导一岗", "leader": str(world.users["lena"].pk), "areas": [str(world.units["甲镇"].pk)],
        "supporting_department": str(world.units["党风政风监督室"].pk), "valid_from": DAY.isoformat(),
    }  # fmt: skip
    assert page.post(reverse("liaison:assign"), line).status_code == 302
    page.as_("lena")
    waiting = page.get(reverse("liaison:visits")).content.decode()
    assert "待到联系地区" in waiting and "尚未到过" in waiting
    form = page.get(reverse("liaison:add_visit") + f"?area={world.units['甲镇'].pk}").context["form"]
    values = {
        "line": str(form["line"].value()), "area": form["area"].value(), "day": DAY.isoformat(), "watched": "看了卡口值守",
        "asked": "双人在岗",
    }  # fmt: skip
    assert page.post(reverse("liaison:add_visit"), values).status_code == 302
    shown = page.get(reverse("liaison:visits") + "?q=卡口").content.decode()
    assert "双人在岗" in shown and "尚未到过" not in shown
    assert "没有符合条件的记录" in page.get(reverse("liaison:visits") + "?q=学校").content.decode()
    pk = world.campaign.liaison_visits.get().pk
    assert page.post(reverse("liaison:withdraw_visit", args=[pk]), {"reason": "登记有误"}).status_code == 302
    assert "双人在岗" not in page.get(reverse("liaison:visits")).content.decode()


def test_auditor_reviews_on_the_page(page, world) -> None:
    page.as_("avi")
    form = page.get(
        reverse("journal:review"),
    ).context["form"]
    until = form["until_id"].value()
    answer = page.post(reverse("journal:review"), {"until_id": str(until), "note": "授权请补依据"})
    assert answer.status_code == 302
    assert "没有待复核的留痕" in page.get(reverse("journal:review")).content.decode()
    assert page.as_("wen").get(reverse("journal:review")).status_code == 404


def test_administrator_asks_for_a_backup_on_the_page(page, settings, tmp_path) -> None:
    settings.DATA = tmp_path
    assert page.as_("wen").get(reverse("system:backups")).status_code == 404
    page.as_("ada")
    assert "还没有备份" in page.get(reverse("system:backups")).content.decode()
    assert page.post(reverse("system:backups")).status_code == 302
    shown = page.get(reverse("system:backups")).content.decode()
    assert "正在备份" in shown and "立即备份" not in shown


def test_head_sets_the_rotation_and_everybody_reads_it(page, world) -> None:
    values = {"window": 5, "days": 2, "reason": "交叉检查"}
    assert page.as_("wen").post(reverse("limits:rotation"), values).status_code == 403
    page.as_("hugo")
    wrong = page.post(reverse("limits:rotation"), {**values, "days": 6})
    assert wrong.status_code == 200 and "请填 1 至 5" in wrong.content.decode()
    assert page.post(reverse("limits:rotation"), values).status_code == 302
    assert (
        "一个组 5 日内到同一片区满 2 日，换组前往"
        in page.as_("asha").get(reverse("limits:list")).content.decode()
    )
