"""Pages of today, overview, summaries, bulletins and documents: who sees what, links that open their rows, files."""

import re
from typing import Any

import pytest
from django.urls import reverse

from duban.documents.models import Delivery
from duban.kernel.actor import SYSTEM
from duban.reporting import operations as reporting
from duban.reporting.models import Bulletin, Edition
from tests.page_client import PageClient
from tests.reporting import register
from tests.reporting.register import YESTERDAY
from tests.world import DAY, World, at

EVERYBODY = ("wen", "hugo", "asha", "tess", "rina", "cora", "olga", "hana", "lena", "vera", "avi", "ada")


def edition(world: World, day: Any = DAY) -> Edition:
    return reporting.freeze_edition(actor=SYSTEM, at=at("16:00", day), campaign_id=world.campaign.pk, day=day)


def bulletin(world: World) -> Bulletin:
    row = reporting.draft_bulletin(
        actor=world.actor("wen"), at=at("14:00"), campaign_id=world.campaign.pk, day=DAY,
        finding_ids=[register.finding(world).pk],
    )  # fmt: skip
    reporting.submit_bulletin(actor=world.actor("wen"), at=at("14:10"), bulletin_id=row.pk)
    return row


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("who", EVERYBODY)
def test_today_opens_for_every_role(page: PageClient, world: World, who: str) -> None:
    world.dispatch("1")
    register.finding(world, state="registered", confirmed_at=None)
    assert page.as_(who).get("/").status_code == 200


def test_today_tells_the_office_what_to_do_by_when(page: PageClient, world: World) -> None:
    world.dispatch("1")
    register.finding(world, state="registered", confirmed_at=None)
    bulletin(world)
    shown = text(page.as_("wen").get("/"))
    for words in (
        "现在 15:12",
        "16:00 前",
        "提醒缺报的督导组",
        "第1督导组",
        "确认新登记的问题",
        "审定督导通报",
    ):
        assert words in shown


def test_reminding_missing_teams(page: PageClient, world: World) -> None:
    world.dispatch("1")
    answer = page.as_("wen").post(reverse("today:remind"), follow=True)
    assert "已提醒：第1督导组" in text(answer)
    assert page.as_("asha").post(reverse("today:remind")).status_code == 403


def test_figure_of_today_opens_exactly_its_rows(page: PageClient, world: World) -> None:
    register.finding(world, confirmed=at("12:00", YESTERDAY))
    edition(world, YESTERDAY)
    register.finding(world)
    register.finding(world, is_on_spot=True)
    answer = page.as_("wen").get(reverse("overview:rows"), {"code": "B1-1", "window": "today"})
    assert (answer.context["total"], len(answer.context["lines"])) == (2, 2)


def test_rows_out_of_reach_are_counted_but_not_listed(page: PageClient, world: World) -> None:
    register.finding(world)
    register.finding(
        world, unit="乙镇人民政府", site="乙镇农贸市场", visit=register.visit(world, "乙镇农贸市场", "2")
    )
    answer = page.as_("asha").get(reverse("overview:rows"), {"code": "B1-2"})
    assert [line["cells"][2] for line in answer.context["lines"]] == ["甲镇人民政府"]
    other = world.units["乙镇"].pk
    assert page.get(reverse("overview:rows"), {"code": "B1-2", "area": other}).status_code == 404
    assert page.get(reverse("overview:rows"), {"code": "Z9"}).status_code == 404


@pytest.mark.parametrize("who", ["wen", "hugo", "asha", "lena", "avi"])
def test_overview_shows_coverage_flow_and_ages(page: PageClient, world: World, who: str) -> None:
    register.visit(world)
    register.finding(world)
    shown = text(page.as_(who).get(reverse("overview:show")))
    assert "乡镇覆盖率" in shown and "每日发现与销号" in shown and "需要看的地方" in shown


@pytest.mark.parametrize("who", ["olga", "vera", "ada", "nobody"])
def test_overview_is_closed_to_others(page: PageClient, world: World, who: str) -> None:
    assert page.as_(who).get(reverse("overview:show")).status_code in (403, 404)


def test_coverage_cell_leads_to_the_sites_not_reached(page: PageClient, world: World) -> None:
    register.visit(world, "甲镇农贸市场")
    answer = page.as_("wen").get(
        reverse("overview:rows"), {"rows": "unvisited", "area": world.units["甲镇"].pk, "round": 1}
    )
    assert [line["cells"][1] for line in answer.context["lines"]] == ["甲镇西卡口"]


@pytest.mark.parametrize("sheet", ["figures", "flow", "rates", "ages", "coverage"])
def test_overview_exports(page: PageClient, world: World, sheet: str) -> None:
    register.order(world, register.finding(world))
    answer = page.as_("wen").get(reverse("overview:export", args=[sheet]))
    assert answer.content[:2] == b"PK"


def test_definitions_name_every_indicator(page: PageClient, world: World) -> None:
    shown = text(page.as_("wen").get(reverse("overview:definitions")))
    assert "当日办结率" in shown and "签发当日24:00前销号的交办单" in shown and "第1版" in shown


def test_edition_goes_from_freeze_to_receipt_on_its_page(
    page: PageClient, world: World, clock_at: Any
) -> None:
    register.finding(world)
    clock_at("16:05")
    page.as_("wen").post(reverse("summaries:freeze"), {"day": "2020-02-16"})
    row = Edition.objects.get()
    shown = page.get(reverse("summaries:show", args=[row.pk]))
    assert "校验：合计相符" in text(shown) and "核稿通过，送审核" in text(shown)
    page.post(reverse("summaries:act", args=[row.pk, "check"]))
    page.as_("hugo").post(reverse("summaries:act", args=[row.pk, "review"]))
    page.post(reverse("summaries:act", args=[row.pk, "sign"]))
    page.as_("wen").post(reverse("summaries:act", args=[row.pk, "send"]))
    page.as_("hana").post(reverse("documents:receive", args=[Delivery.objects.get().pk]))
    row.refresh_from_db()
    assert row.state == "acknowledged"
    assert page.get(reverse("summaries:show", args=[row.pk])).status_code == 200


def test_edition_page_compares_exports_previews_and_drills(
    page: PageClient, world: World, clock_at: Any
) -> None:
    register.finding(world, confirmed=at("12:00", YESTERDAY))
    edition(world, YESTERDAY)
    register.finding(world)
    row = edition(world)
    clock_at("16:05")
    shown = page.as_("wen").get(reverse("summaries:show", args=[row.pk]), {"compare": "1"})
    assert "小字为比 2月15日 的增减" in text(shown)
    assert page.get(reverse("summaries:export", args=[row.pk])).content[:2] == b"PK"
    assert page.get(reverse("summaries:page", args=[row.pk, 1])).content[:8] == b"\x89PNG\r\n\x1a\n"
    assert page.get(reverse("summaries:page", args=[row.pk, 99])).status_code == 404
    assert page.get(reverse("summaries:file", args=[row.pk, "pdf"])).content[:4] == b"%PDF"
    rows = page.get(reverse("summaries:rows", args=[row.pk, 1, "found"]))
    assert (rows.context["total"], len(rows.context["lines"])) == (1, 1)
    total = page.get(reverse("summaries:rows", args=[row.pk, 0, "found_total"]))
    assert total.context["total"] == 2


def test_text_of_an_edition_is_edited_on_its_page(page: PageClient, world: World, clock_at: Any) -> None:
    row = edition(world)
    clock_at("16:05")
    address = reverse("summaries:edit", args=[row.pk])
    form = page.as_("wen").get(address).context["form"]
    typed = {name: "改过的文字。" for name in form.fields}
    assert page.post(address, typed).status_code == 302
    row.refresh_from_db()
    assert [part["paragraphs"] for part in row.sections if not part.get("is_frozen")] == [
        ["改过的文字。"]
    ] * 3
    assert page.as_("asha").get(address).status_code == 404


def test_refused_act_leaves_the_edition_alone(page: PageClient, world: World, clock_at: Any) -> None:
    row = edition(world)
    clock_at("16:05")
    for who, status in (("asha", 404), ("olga", 404), ("hana", 404), ("lena", 404)):
        assert page.as_(who).post(reverse("summaries:act", args=[row.pk, "check"])).status_code == status
    assert page.as_("wen").post(reverse("summaries:act", args=[row.pk, "sign"])).status_code in (403, 409)
    assert page.post(reverse("summaries:act", args=[row.pk, "praise"])).status_code == 404
    row.refresh_from_db()
    assert row.state == "frozen"


def test_bulletin_is_drafted_reviewed_and_issued_on_its_pages(
    page: PageClient, world: World, clock_at: Any
) -> None:
    finding = register.finding(world)
    clock_at("16:30")
    answer = page.as_("wen").post(
        reverse("bulletins:new"),
        {"day": "2020-02-16", "title": "", "by": "unit", "findings": [str(finding.pk)]},
    )
    assert answer.status_code == 302
    row = Bulletin.objects.get()
    edit = page.get(reverse("bulletins:edit", args=[row.pk])).context["form"]
    typed = {name: bound.value() for name, bound in ((name, edit[name]) for name in edit.fields)} | {
        "title": "新题目"
    }
    assert page.post(reverse("bulletins:edit", args=[row.pk]), typed).status_code == 302
    page.post(reverse("bulletins:act", args=[row.pk, "submit"]))
    assert page.post(reverse("bulletins:act", args=[row.pk, "issue"])).status_code == 403
    page.as_("hugo").post(reverse("bulletins:act", args=[row.pk, "issue"]))
    row.refresh_from_db()
    assert (row.state, row.issue, row.title) == ("issued", 1, "新题目")
    assert "督导通报第1期" in text(page.get(reverse("bulletins:show", args=[row.pk])))
    assert page.get(reverse("bulletins:file", args=[row.pk, "docx"])).content[:2] == b"PK"
    assert page.get(reverse("bulletins:page", args=[row.pk, 1])).content[:4] == b"\x89PNG"
    assert page.as_("asha").get(reverse("bulletins:show", args=[row.pk])).status_code == 200


def test_bulletin_without_findings_keeps_the_form(page: PageClient, world: World) -> None:
    register.finding(world)
    answer = page.as_("wen").post(reverse("bulletins:new"), {"day": "2020-02-16", "by": "category"})
    assert answer.status_code == 200 and not Bulletin.objects.exists()


def issued_bulletin(world: World) -> Bulletin:
    return reporting.issue_bulletin(actor=world.actor("hugo"), at=at("14:30"), bulletin_id=bulletin(world).pk)


def test_documents_are_listed_opened_downloaded_and_received(page: PageClient, world: World) -> None:
    document = issued_bulletin(world).document
    address = reverse("documents:show", args=[document.pk])
    assert "第1期" in text(page.as_("wen").get(reverse("documents:list"), {"q": "督导", "kind": "bulletin"}))
    assert page.get(address).status_code == 200
    first = page.get(reverse("documents:file", args=[document.pk, "pdf"]))
    assert first.content == page.get(reverse("documents:print", args=[document.pk])).content
    assert page.get(reverse("documents:file", args=[document.pk, "exe"])).status_code == 404
    assert page.get(reverse("documents:list"), {"export": "1"}).content[:2] == b"PK"
    delivery = document.deliveries.get(unit=world.units["甲镇"])
    assert page.post(reverse("documents:receive", args=[delivery.pk])).status_code == 403
    assert page.as_("olga").get(address).status_code == 404


def test_void_asks_for_the_password_and_a_reason(page: PageClient, world: World) -> None:
    document = issued_bulletin(world).document
    address = reverse("documents:void", args=[document.pk])
    assert page.as_("wen").post(address, {"reason": "错发"}).status_code == 302
    document.refresh_from_db()
    assert document.state == "issued"
    page.confirmed().post(address, {"reason": "错发"})
    document.refresh_from_db()
    assert document.state == "voided"


@pytest.mark.parametrize("name", ["summaries:list", "bulletins:list", "documents:list", "today:changes"])
@pytest.mark.parametrize("who", ["wen", "asha", "hana", "olga"])
def test_lists_open_empty_and_filled(page: PageClient, world: World, name: str, who: str) -> None:
    assert page.as_(who).get(reverse(name)).status_code == 200
    edition(world, YESTERDAY)
    issued_bulletin(world)
    assert page.get(reverse(name)).status_code == 200
    assert page.get(reverse(name), {"state": "issued"}).status_code == 200


@pytest.mark.parametrize("name", ["summaries:list", "bulletins:list", "documents:list"])
def test_lists_take_the_same_queries_for_one_and_three_rows(
    page: PageClient, world: World, name: str, django_assert_max_num_queries: Any
) -> None:
    def count() -> int:
        with django_assert_max_num_queries(25) as counted:
            page.get(reverse(name))
        return len(counted)

    page.as_("wen")
    edition(world, YESTERDAY.replace(day=10))
    issued_bulletin(world)
    page.get(reverse(name))
    one = count()
    for day in (11, 12):
        edition(world, YESTERDAY.replace(day=day))
        issued_bulletin(world)
    page.get(reverse(name))  # the badge of to-dos is counted anew after an act
    assert count() <= one
