"""Pages of campaign settings, directives, gap report, rules, focuses, legal register, packs."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from duban.campaigns import operations as campaigns
from duban.campaigns.models import Campaign, Directive, FocusSet, InstalledPack
from duban.checklists import operations as checklists
from duban.checklists.models import ChecklistVersion
from duban.kernel.actor import SYSTEM
from duban.kernel.models import Event
from tests.checklists.workbooks import PLAIN, build, check

PACKS = Path(__file__).resolve().parents[2] / "packs"
READ_PAGES = (
    "campaign:show", "directives:list", "checklists:list", "gaps:show", "rules:list", "focuses:list", "legal:list",
    "packs:list",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def epidemic(world, at):
    """The epidemic pack installed and put under the world's campaign."""
    pack = campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=PACKS / "epidemic-control")
    Campaign.objects.filter(pk=world.campaign.pk).update(pack=pack.code)
    world.campaign.rule_sets.set(type(world.rule_item.rule_set).objects.filter(pack=pack.code))
    world.campaign.focus_sets.set(FocusSet.objects.filter(pack=pack.code))
    return pack


@pytest.fixture
def market(world, at):
    """A directive, and a published checklist that checks one of its two measures."""
    campaigns.register_directive(
        actor=SYSTEM, at=at("08:00"), campaign_id=world.campaign.pk, code="market", kind="announcement",
        issuer_title="示例市指挥部", title="关于合并入口的通告", number="第3号", issued_on=at("08:00").date(),
        measures=[{"code": "entrances", "text": "合并入口。"}, {"code": "idle", "text": "错峰经营。"}],
    )  # fmt: skip
    version = checklists.upload_version(
        actor=SYSTEM, at=at("08:00"), campaign_id=world.campaign.pk, code="market", content=build(),
        file_name="市场.xlsx",
    )  # fmt: skip
    return checklists.publish_version(actor=SYSTEM, at=at("08:30"), version_id=version.pk)


@pytest.fixture(autouse=True)
def no_java(monkeypatch) -> None:
    """Publishing without Java: ODK Validate has its own test."""
    monkeypatch.setattr("duban.checklists.validation.java", lambda: None)


def upload(content: bytes, name: str = "market.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, XLSX)


@pytest.mark.parametrize("name", ["wen", "hugo", "asha", "cora", "hana", "lena"])
def test_every_page_opens_for_readers(world, page, epidemic, market, name: str) -> None:
    page.as_(name)
    for url in READ_PAGES:
        assert page.get(reverse(url)).status_code == 200, url
    assert page.get(reverse("checklists:show", args=[market.pk])).status_code == 200
    assert page.get(reverse("directives:show", args=[Directive.objects.get().pk])).status_code == 200


@pytest.mark.parametrize("name", ["olga", "vera", "avi"])
def test_pages_do_not_exist_for_others(world, page, market, name: str) -> None:
    page.as_(name)
    for url in READ_PAGES:
        assert page.get(reverse(url)).status_code == 404, url
    assert page.get(reverse("checklists:source", args=[market.pk])).status_code == 404


def test_pages_open_empty(world, page) -> None:
    page.as_("wen")
    for url in READ_PAGES:
        assert page.get(reverse(url)).status_code == 200, url


def test_settings_change_is_shown_and_denied_to_inspectors(world, page) -> None:
    url = reverse("campaign:change")
    page.as_("wen")
    form = page.get(url).context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    answer = page.post(url, {**given, "title": "防控专项监督（第二阶段）", "cutoff": "15:30"}, follow=True)
    assert "防控专项监督（第二阶段）" in answer.content.decode()
    world.campaign.refresh_from_db()
    assert world.campaign.cutoff.strftime("%H:%M") == "15:30"
    page.as_("asha")
    assert page.get(url).status_code == 403
    assert page.post(url, {**given, "title": "别的"}).status_code == 403
    world.campaign.refresh_from_db()
    assert world.campaign.title == "防控专项监督（第二阶段）"


def test_settings_bad_pattern_stays_on_the_form(world, page) -> None:
    url = reverse("campaign:change")
    form = page.as_("wen").get(url).context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    answer = page.post(url, {**given, "order_number_pattern": "督交〔{year}〕号", "trigger": "新的起因"})
    assert "{serial}" in answer.content.decode()
    assert "新的起因" in answer.content.decode()


def test_scope_lines_are_chosen_by_group(world, page) -> None:
    town, office = world.units["甲镇"], world.units["示例市卫生健康局"]
    page.as_("wen").get(reverse("campaign:scope"))
    page.post(reverse("campaign:scope"), {f"unit-{town.pk}": "township", f"unit-{office.pk}": "city_unit"})
    assert [line.unit.name for line in world.campaign.scope_units.all()] == ["甲镇", "示例市卫生健康局"]


def test_period_is_added_and_ended(world, page, epidemic) -> None:
    page.as_("wen").get(reverse("campaign:add_period"))
    page.post(reverse("campaign:add_period"), {"kind": "holiday", "title": "春节", "starts_on": "2020-01-24"})
    period = world.campaign.periods.get()
    url = reverse("campaign:end_period", args=[period.pk])
    assert "结束日不能早于开始日" in page.post(url, {"ends_on": "2020-01-01"}).content.decode()
    page.post(url, {"ends_on": "2020-02-02"})
    period.refresh_from_db()
    assert str(period.ends_on) == "2020-02-02"


def test_directive_is_registered_with_measures(world, page) -> None:
    page.as_("wen").get(reverse("directives:register"))
    given = {
        "kind": "announcement", "issuer_title": "示例市指挥部", "title": "关于暂停门诊的通告", "issued_on": "2020-02-15",
        "measures-TOTAL_FORMS": "3", "measures-INITIAL_FORMS": "0", "measures-0-text": "暂停普通门诊。",
        "measures-0-exceptions": "儿科、产科", "measures-0-effective_from": "2020-02-16T00:00",
        "measures-1-text": "设便民门诊。",
    }  # fmt: skip
    answer = page.post(reverse("directives:register"), given, follow=True)
    directive = Directive.objects.get()
    assert [measure.text for measure in directive.measures.all()] == ["暂停普通门诊。", "设便民门诊。"]
    assert "儿科、产科" in answer.content.decode()
    assert "没有检查项" in answer.content.decode()
    wrong = {**given, "measures-0-effective_to": "2020-02-15T00:00", "title": "第二份"}
    assert "须晚于起始时间" in page.post(reverse("directives:register"), wrong).content.decode()
    assert Directive.objects.count() == 1


def test_directive_register_is_the_offices(world, page) -> None:
    page.as_("asha")
    assert page.get(reverse("directives:register")).status_code == 403
    assert page.post(reverse("directives:register"), {"title": "x"}).status_code == 403
    assert not Directive.objects.exists()


def test_directive_source_is_downloaded_not_shown(world, page) -> None:
    given = {
        "kind": "notice", "issuer_title": "示例市纪委监委", "title": "通知", "issued_on": "2020-02-15",
        "measures-TOTAL_FORMS": "0", "measures-INITIAL_FORMS": "0",
        "source": SimpleUploadedFile("a.html", b"<script>1</script>", "text/html"),
    }  # fmt: skip
    page.as_("wen").post(reverse("directives:register"), given)
    answer = page.get(reverse("directives:source", args=[Directive.objects.get().pk]))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_directive_list_filters_and_exports(world, page, market) -> None:
    page.as_("wen")
    assert "关于合并入口的通告" in page.get(reverse("directives:list"), {"q": "错峰"}).content.decode()
    assert "没有符合条件的部署" in page.get(reverse("directives:list"), {"q": "停诊"}).content.decode()
    assert (
        "没有符合条件的部署" in page.get(reverse("directives:list"), {"state": "repealed"}).content.decode()
    )
    answer = page.get(reverse("directives:list"), {"export": "1"})
    assert answer.headers["Content-Type"] == XLSX
    assert Event.objects.filter(verb="export.made").count() == 1


def test_directive_is_repealed_with_reason(world, page, market) -> None:
    directive = Directive.objects.get()
    url = reverse("directives:repeal", args=[directive.pk])
    page.as_("wen")
    assert page.post(url, {"reason": ""}).status_code == 200
    page.post(url, {"reason": "第5号通告废止"})
    directive.refresh_from_db()
    assert directive.repeal_reason == "第5号通告废止"
    assert "已废止" in page.get(reverse("directives:show", args=[directive.pk])).content.decode()


def test_gap_report_shows_both_ways(world, page, market) -> None:
    text = page.as_("wen").get(reverse("gaps:show")).content.decode()
    assert "market/idle" in text
    assert "market/entrances" not in text
    assert "台账当日登记" in text
    for which in ("measures", "items"):
        assert page.get(reverse("gaps:show"), {"export": which}).headers["Content-Type"] == XLSX


def test_rules_show_tags_and_the_request_to_check(world, page, epidemic) -> None:
    text = page.as_("asha").get(reverse("rules:list")).content.decode()
    assert "九个不准" in text
    assert "原文未载" in text
    legal = page.get(reverse("legal:list"), {"q": "实施条例"}).content.decode()
    assert "请以本地文件核对" in legal


def test_legal_register_by_day(world, page, epidemic) -> None:
    page.as_("wen")
    early = page.get(reverse("legal:list"), {"on": "2020-02-16", "q": "监察法"}).content.decode()
    late = page.get(reverse("legal:list"), {"on": "2025-07-01", "q": "监察法"}).content.decode()
    assert "2018-03-20" in early and "2025-06-01" not in early
    assert "2025-06-01" in late and "2018-03-20" not in late


def test_newer_rule_set_is_adopted_by_the_office(world, page) -> None:
    old = world.campaign.rule_sets.get()
    newer = type(old).objects.create(pack="test", code=old.code, title=old.title, kind=old.kind, version=2)
    url = reverse("rules:adopt", args=[newer.pk])
    assert page.as_("asha").post(url).status_code == 403
    assert list(world.campaign.rule_sets.all()) == [old]
    assert "换用新版" in page.as_("wen").get(reverse("rules:list")).content.decode()
    page.post(url)
    assert list(world.campaign.rule_sets.all()) == [newer]


def test_focuses_change_with_reason_is_logged(world, page, epidemic) -> None:
    current = world.campaign.focus_sets.get(code="five_focuses")
    url = reverse("focuses:change", args=[current.pk])
    page.as_("wen").get(url)
    assert (
        "应为“代码｜名称｜说明”" in page.post(url, {"areas": "只有名称", "reason": "转段"}).content.decode()
    )
    answer = page.post(
        url, {"areas": "supplies｜物资保障｜查账实\ncold|冷链", "reason": "转入常态"}, follow=True
    )
    assert "转入常态" in answer.content.decode()
    assert [area.code for area in world.campaign.focus_sets.get(code="five_focuses").areas.all()] == [
        "supplies",
        "cold",
    ]


def test_packs_are_installed_by_head_or_admin_only(world, page) -> None:
    url = reverse("packs:install", args=["flood-control"])
    assert page.as_("wen").post(url).status_code == 403
    assert not InstalledPack.objects.exists()
    assert "未安装" in page.as_("ada").get(reverse("packs:list")).content.decode()
    page.post(url)
    assert InstalledPack.objects.get().code == "flood-control"
    assert page.post(reverse("packs:install", args=["nowhere"])).status_code == 404


def test_admin_sets_up_a_campaign_from_a_pack(world, page, epidemic) -> None:
    page.as_("ada").get(reverse("campaign:create"))
    given = {
        "pack": "epidemic-control", "code": "second", "title": "第二专项", "scope": world.units["示例市"].pk,
        "body": world.units["示例市专项监督工作专班"].pk, "starts_on": "2020-03-01",
    }  # fmt: skip
    answer = page.post(reverse("campaign:create"), given, follow=True)
    assert "第二专项" in answer.content.decode()
    assert page.post(reverse("campaign:create"), given).status_code == 200
    assert Campaign.objects.filter(code="second").count() == 1
    assert page.as_("asha").get(reverse("campaign:create")).status_code == 404


def test_checklist_upload_preview_publish_compare_download(world, page) -> None:
    page.as_("wen").get(reverse("checklists:upload"))
    content = build()
    answer = page.post(reverse("checklists:upload"), {"code": "market", "file": upload(content)}, follow=True)
    version = ChecklistVersion.objects.get()
    assert "岗位有人值守" in answer.content.decode()
    assert "草稿" in answer.content.decode()
    page.post(reverse("checklists:publish", args=[version.pk]))
    version.refresh_from_db()
    assert version.state == "published"
    assert page.get(reverse("checklists:source", args=[version.pk])).content == content
    assert page.get(reverse("checklists:xform", args=[version.pk])).status_code == 200
    second = build([*PLAIN, check("more", "新增一问")], settings={"version": "2"})
    page.post(reverse("checklists:upload"), {"checklist": "market", "file": upload(second)})
    newest = ChecklistVersion.objects.get(number=2)
    assert "新增一问" in page.get(reverse("checklists:compare", args=[newest.pk])).content.decode()
    assert "第一版" in page.get(reverse("checklists:compare", args=[version.pk])).content.decode()
    page.post(reverse("checklists:retire", args=[version.pk]))
    version.refresh_from_db()
    assert version.state == "retired"


def test_checklist_mistakes_are_listed_by_sheet_and_row(world, page) -> None:
    wrong = build([check("a"), check("a"), check("b", relevant="wibble(${a})")])
    text = (
        page.as_("wen")
        .post(reverse("checklists:upload"), {"code": "market", "file": upload(wrong)})
        .content.decode()
    )
    assert "survey 第3行" in text
    for content, says in (
        (b"not a workbook", "不是 Excel 工作簿"),
        (build(without=("survey",)), "缺少工作表"),
    ):
        answer = page.post(reverse("checklists:upload"), {"code": "market", "file": upload(content)})
        assert says in answer.content.decode()
    assert "须写代码" in page.post(reverse("checklists:upload"), {"file": upload(build())}).content.decode()
    assert not ChecklistVersion.objects.exists()


def test_checklist_acts_are_denied_to_inspectors(world, page, market) -> None:
    page.as_("asha")
    assert page.get(reverse("checklists:upload")).status_code == 403
    assert page.post(reverse("checklists:upload"), {"code": "x", "file": upload(build())}).status_code == 403
    assert page.post(reverse("checklists:retire", args=[market.pk])).status_code == 403
    market.refresh_from_db()
    assert market.state == "published"


def test_checklist_list_filters_and_exports(world, page, market) -> None:
    page.as_("wen")
    assert "农贸市场清单" in page.get(reverse("checklists:list"), {"q": "market"}).content.decode()
    assert "没有符合条件的清单" in page.get(reverse("checklists:list"), {"state": "retired"}).content.decode()
    assert page.get(reverse("checklists:list"), {"export": "1"}).headers["Content-Type"] == XLSX


def test_close_asks_for_the_password_again(world, page) -> None:
    page.as_("hugo").get(reverse("campaign:close"))
    answer = page.post(reverse("campaign:close"), {"number": "1号", "reason": "解除"})
    assert answer.status_code == 302 and "reauthenticate" in answer.headers["Location"]
    world.campaign.refresh_from_db()
    assert world.campaign.state == "running"
    assert page.as_("wen").get(reverse("campaign:close")).status_code == 403


def test_closed_campaign_shows_when_it_is_erased(world, page, at, clock_at) -> None:
    campaigns.close_campaign(
        actor=world.actor("hugo"),
        at=at("14:00"),
        campaign_id=world.campaign.pk,
        number="1号",
        reason="响应解除",
    )
    text = page.as_("hugo").get(reverse("campaign:show")).content.decode()
    assert "2020-03-17 起可以清除" in text
    assert page.get(reverse("campaign:erase")).status_code == 200
    assert page.get(reverse("campaign:reopen")).status_code == 200
    certificate = campaigns.erase_campaign(
        actor=SYSTEM, at=at("14:00") + timedelta(days=31), campaign_id=world.campaign.pk, reason="按计划"
    )
    answer = page.get(reverse("campaign:certificate", args=[certificate.pk]))
    assert certificate.digest in answer.content.decode()
