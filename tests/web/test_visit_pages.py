"""Visits and daily sheets over the pages: opening, checklist, handing in, printing, reporting."""

import uuid

import pytest
from django.urls import reverse

from duban.checklists import operations as checklists
from duban.inspection.models import DailySheet, Visit
from duban.kernel.models import Event
from duban.sites.models import Site
from tests.checklists.workbooks import build
from tests.inspection.acts import close_visit, found, open_visit
from tests.world import DAY, at


def head(world, **changes):
    slot = world.dispatch("1").dispatch_sites.get(site=world.sites["甲镇西卡口"])
    return {
        "visit_id": str(uuid.uuid4()), "slot": str(slot.pk), "entry": "web", "mode": "open", "methods": ["on_site_visit"],
        "arrived_at": "2020-02-16T14:30",
    } | changes  # fmt: skip


def closing(**changes):
    return {
        "left_at": "2020-02-16T15:00", "accompanied_count": "1", "accompanied_post": "值班岗", "unit_opinion": "无异议",
        "self_statement": "轻车简从，未接受宴请", "signature": "signed",
    } | changes  # fmt: skip


def test_visit_is_opened_from_the_dispatch_and_handed_in(world, page):
    values = head(world)
    page.as_("asha")
    assert "甲镇西卡口" in page.get(reverse("visits:open")).content.decode()
    page.post(reverse("visits:open"), values)
    page.post(reverse("visits:open"), values)
    visit = Visit.objects.get()
    page.get(reverse("visits:submit", args=[visit.pk]))
    response = page.post(reverse("visits:submit", args=[visit.pk]), closing(), follow=True)
    assert "已提交检查记录1。" in response.content.decode()
    visit.refresh_from_db()
    assert (visit.state, visit.accompanied_post) == ("submitted", "值班岗")


def test_site_is_preselected_from_the_dispatch_page(world, page):
    slot = world.dispatch("1").dispatch_sites.first()
    html = page.as_("asha").get(reverse("visits:open"), {"dispatch_site": slot.pk}).content.decode()
    assert f'value="{slot.pk}"' in html
    assert "checked" in html


def test_impossible_times_stay_on_the_form(world, page):
    html = (
        page.as_("asha")
        .post(reverse("visits:open"), head(world, arrived_at="2020-02-16T23:00"))
        .content.decode()
    )
    assert "到达时间不能晚于现在。" in html
    assert not Visit.objects.exists()
    visit = open_visit(world)
    html = page.post(
        reverse("visits:submit", args=[visit.pk]), closing(left_at="2020-02-16T08:00")
    ).content.decode()
    assert "离开时间须晚于到达时间09:00。" in html


def test_office_enters_a_paper_record(world, page):
    slot = world.dispatch("1").dispatch_sites.first()
    page.as_("wen")
    address = f"{reverse('visits:open')}?team={world.teams['1'].pk}&day=2020-02-16"
    assert "纸质记录补录" in page.get(address).content.decode()
    page.post(address, head(world, entry="paper", slot=str(slot.pk)))
    assert Visit.objects.get().entry == "paper"


def test_six_points_are_declared_one_by_one(world, page):
    visit = open_visit(world, mode="unannounced")
    page.as_("asha")
    address = reverse("visits:submit", args=[visit.pk])
    assert "不用陪同接待" in page.get(address).content.decode()
    page.post(address, closing())
    visit.refresh_from_db()
    assert visit.state == "open"
    points = {
        f"point_{name}": "1"
        for name in ("no_notice", "no_greeting", "no_briefing", "no_escort", "to_grassroots", "to_scene")
    }
    page.post(address, closing(**points))
    visit.refresh_from_db()
    assert visit.state == "submitted"


def test_visit_page_list_print_and_export(world, page):
    found(world)
    visit = close_visit(world, Visit.objects.get())
    page.as_("lena")
    assert "甲镇西卡口" in page.get(reverse("visits:list"), {"q": "西卡口", "mode": "open"}).content.decode()
    html = page.get(reverse("visits:show", args=[visit.pk])).content.decode()
    assert "0001" in html
    assert "提交检查记录" in html
    assert "陪同岗位已签字" in page.get(reverse("visits:print", args=[visit.pk])).content.decode()
    assert page.get(reverse("visits:export")).status_code == 200


def test_list_costs_the_same_for_one_and_three_rows(world, page, django_assert_max_num_queries):
    page.as_("wen")
    open_visit(world)
    page.get(reverse("visits:list"))
    with django_assert_max_num_queries(20) as one:
        page.get(reverse("visits:list"))
    open_visit(world, site="甲镇农贸市场")
    open_visit(world, "rina", "乙镇西卡口", team="2")
    page.get(reverse("visits:list"))  # the badge of to-dos is counted anew after an act
    with django_assert_max_num_queries(20) as three:
        page.get(reverse("visits:list"))
    assert len(three) == len(one)


@pytest.mark.parametrize("who", ["olga", "hana", "ada", "nobody", "vera"])
def test_visits_do_not_exist_for_other_roles(world, page, who):
    visit = open_visit(world)
    page.as_(who)
    for name, args in (
        ("visits:list", []),
        ("visits:show", [visit.pk]),
        ("visits:submit", [visit.pk]),
        ("visits:open", []),
    ):
        assert page.get(reverse(name, args=args)).status_code == 404


@pytest.mark.parametrize("name", ["submit", "defer", "withdraw", "photos", "support"])
def test_other_team_does_nothing_to_a_visit(world, page, name):
    visit = open_visit(world)
    before = Event.objects.count()
    assert (
        page.as_("rina").post(reverse(f"visits:{name}", args=[visit.pk]), {"reason": "试一试"}).status_code
        == 404
    )
    visit.refresh_from_db()
    assert (visit.state, Event.objects.count()) == ("open", before)


def test_covert_visit_in_progress_is_a_404_for_the_office(world, page):
    visit = open_visit(world, "cora", team="c", mode="covert")
    assert page.as_("wen").get(reverse("visits:show", args=[visit.pk])).status_code == 404
    assert page.as_("hugo").get(reverse("visits:show", args=[visit.pk])).status_code == 200


def test_unit_asks_for_another_day(world, page):
    visit = open_visit(world)
    page.as_("asha").post(reverse("visits:defer", args=[visit.pk]), {"reason": "单位正在处置险情"})
    visit.refresh_from_db()
    assert visit.deferred_at is not None
    assert "单位请求改期" in page.get(reverse("visits:list")).content.decode()


def test_sheet_has_its_figures_and_takes_four_texts(world, page):
    found(world)
    page.as_("asha")
    address = reverse("sheets:show", args=[world.teams["1"].pk, DAY.isoformat()])
    html = page.get(address).content.decode()
    assert "发现问题" in html
    assert "值守在岗" in html
    page.post(address, {"typical_problems": "卡口夜班交接不清", "tomorrow": "丙镇"})
    sheet = DailySheet.objects.get()
    assert (sheet.state, sheet.tomorrow) == ("submitted", "丙镇")
    assert "修改日报" in page.get(address).content.decode()


def test_late_sheet_says_so(world, page, clock_at):
    world.dispatch("1")
    clock_at("16:20")
    page.as_("asha")
    address = reverse("sheets:show", args=[world.teams["1"].pk, DAY.isoformat()])
    assert "已过截数时刻" in page.get(address).content.decode()
    html = page.post(address, {"difficulties": "缺测温枪 2 支"}, follow=True).content.decode()
    assert "缺测温枪 2 支" in html
    assert DailySheet.objects.get().state == "locked"


def test_overview_of_the_day(world, page):
    world.dispatch("1")
    world.dispatch("2")
    html = page.as_("wen").get(reverse("sheets:list")).content.decode()
    assert "已报 0 / 2 组" in html
    assert page.get(reverse("sheets:list"), {"day": "2020-02-30"}).status_code == 200
    assert page.get(reverse("sheets:export"), {"day": "2020-02-16"}).status_code == 200


@pytest.mark.parametrize("who", ["rina", "olga", "hana", "ada", "nobody"])
def test_sheet_of_another_team_does_not_exist(world, page, who):
    world.dispatch("1")
    address = reverse("sheets:show", args=[world.teams["1"].pk, DAY.isoformat()])
    assert page.as_(who).get(address).status_code == 404
    assert page.post(address, {"difficulties": "无"}).status_code == 404
    assert not DailySheet.objects.exists()


def test_impossible_day_is_a_404(world, page):
    assert (
        page.as_("asha").get(reverse("sheets:show", args=[world.teams["1"].pk, "2020-02-30"])).status_code
        == 404
    )


@pytest.fixture
def checklist(world, monkeypatch):
    monkeypatch.setenv("PATH", "")  # the XPath check is enough here
    version = checklists.upload_version(
        actor=world.actor("wen"), at=at("08:00"), campaign_id=world.campaign.pk, code="market", content=build(),
        file_name="market.xlsx",
    )  # fmt: skip
    return checklists.publish_version(actor=world.actor("wen"), at=at("08:10"), version_id=version.pk)


def test_paper_checklist_is_entered_kept_as_draft_and_handed_in(world, page, checklist):
    visit = open_visit(world)
    assert visit.checklist_version == checklist
    page.as_("asha")
    address = reverse("visits:answers", args=[visit.pk])
    assert "必问" in page.get(address).content.decode()
    page.post(address, {"q-ledger": "yes", "q-shifts": "3"})
    assert dict(visit.answers.values_list("name", "value")) == {"ledger": "yes", "shifts": "3"}
    html = page.post(reverse("visits:submit", args=[visit.pk]), closing()).content.decode()
    assert "检查表还有 1 处要补" in html
    assert "必问项须给出检查结果。" in html
    visit.refresh_from_db()
    assert visit.state == "open"
    page.post(address, {"q-on_post": "no", "q-on_post_fact": "9:10 西卡口第一岗无人值守", "q-ledger": "yes"})
    shown = page.get(reverse("visits:show", args=[visit.pk])).content.decode()
    assert "item=on_post" in shown
    page.post(reverse("visits:submit", args=[visit.pk]), closing())
    visit.refresh_from_db()
    assert visit.state == "submitted"
    assert "不符合" in page.get(reverse("visits:print", args=[visit.pk])).content.decode()


def test_wrong_answers_stay_on_the_form_with_their_message(world, page, checklist):
    visit = open_visit(world)
    html = (
        page.as_("asha")
        .post(reverse("visits:answers", args=[visit.pk]), {"q-shifts": "12", "q-ledger": "perhaps"})
        .content.decode()
    )
    assert "请从选项中选择。" in html
    assert not visit.answers.exists()


def test_flagged_answer_leads_to_a_prefilled_finding(world, page, checklist):
    visit = open_visit(world)
    page.as_("asha")
    html = page.get(
        reverse("findings:add"),
        {"visit": visit.pk, "item": "on_post", "template": "post-empty", "fact": "9:10 第一岗无人值守"},
    ).content.decode()
    assert "9:10 第一岗无人值守" in html
    assert 'name="check_item_name" value="on_post"' in html


def test_answers_of_a_visit_keep_their_version_when_a_new_one_is_published(world, page, checklist):
    visit = open_visit(world)
    newer = checklists.upload_version(
        actor=world.actor("wen"), at=at("12:00"), campaign_id=world.campaign.pk, code="market",
        content=build(settings={"version": "2"}), file_name="market.xlsx",
    )  # fmt: skip
    checklists.publish_version(actor=world.actor("wen"), at=at("12:10"), version_id=newer.pk)
    visit.refresh_from_db()
    assert visit.checklist_version == checklist
    assert open_visit(world, site="甲镇农贸市场").checklist_version == newer


def test_telephone_check_names_the_number_and_asks_what_came_of_the_call(world, page, checklist):
    Site.objects.filter(name="甲镇西卡口").update(duty_phone="0000-8800110")
    visit = open_visit(world, mode="phone", methods=["phone"])
    address = reverse("visits:submit", args=[visit.pk])
    asked = page.as_("asha").get(reverse("visits:answers", args=[visit.pk])).content.decode()
    assert 'href="tel:0000-8800110"' in asked and address in asked  # nobody answers: on without the checklist
    assert "0000-8800110" in page.get(address).content.decode()
    assert "请选通话结果。" in page.post(address, closing()).content.decode()
    shown = page.post(
        address, closing(call_outcome="unanswered", signature="phone"), follow=True
    ).content.decode()
    assert "无人接听" in shown and "0000-8800110" in shown
    visit.refresh_from_db()
    assert (visit.state, visit.call_outcome) == ("submitted", "unanswered")
