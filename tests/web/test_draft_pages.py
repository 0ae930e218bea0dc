"""Drafting pages: text, live preview, one-click mends, approval by the persons named, groups, lists, bundles."""

import re
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from duban.burden import operations as burden
from duban.documents import operations as documents
from duban.documents import render
from duban.documents.models import Bundle, Draft, Number, OfficialDocument, RecipientGroup
from duban.inspection import operations as inspection
from duban.kernel import jobs
from tests.documents.reading import text_of
from tests.documents.test_drafts import draft, group, ready
from tests.documents.test_issue import issue
from tests.documents.test_variants import NAMES
from tests.page_client import PageClient
from tests.rectification import cases
from tests.reporting import register
from tests.world import DAY, World, at

NEW = {"kind": "notice", "title": "关于做好整改核验工作的通知"}


def typed(world: World, row: Draft, **changes: Any) -> dict[str, Any]:
    values = {
        "version": row.version, "title": row.title, "body": "现通知如下。\n一、整改要求\n逐项整改。", "annexes": "",
        "urgency": "加急", "note": "", "main_units": "甲镇人民政府", "copy_units": "", "names": "",
        "reviewer": str(world.users["asha"].pk), "signer": str(world.users["hugo"].pk),
    }  # fmt: skip
    return values | changes


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_text_is_typed_handed_in_reviewed_and_signed_on_pages(page: PageClient, world: World) -> None:
    page.as_("wen").post(reverse("drafts:new"), NEW)
    row = Draft.objects.get()
    page.as_("wen").post(reverse("drafts:edit", args=[row.pk]), typed(world, row))
    row.refresh_from_db()
    assert row.record["sections"] == [{"heading": "一、整改要求", "level": 1, "paragraphs": ["逐项整改。"]}]
    for who, act in (("wen", "submit"), ("asha", "review"), ("hugo", "sign")):
        assert "办理" in text(page.as_(who).get(reverse("drafts:show", args=[row.pk])))
        page.as_(who).post(reverse("drafts:act", args=[row.pk, act]))
    document = OfficialDocument.objects.get()
    assert document.number_text == "示督发〔2020〕1号"
    assert "甲镇人民政府" in text(page.as_("hugo").get(reverse("documents:show", args=[document.pk])))
    assert "已签发" in text(page.as_("wen").get(reverse("drafts:list")))


def test_preview_draws_what_is_typed_counts_and_marks_faults_and_saves_nothing(
    page: PageClient, world: World
) -> None:
    row = draft(world)
    url = reverse("drafts:preview", args=[row.pk])
    shown = page.as_("wen").post(url, typed(world, row, body="请于2020年02月17日前反馈。"))
    assert "data:image/png;base64," in shown.content.decode()
    assert "日期的月、日前不补零" in text(shown)
    assert "改正" in text(shown)
    assert "/ 5000 字" in text(shown)
    row.refresh_from_db()
    assert row.version == 1


def test_one_click_saves_and_mends(page: PageClient, world: World) -> None:
    row = draft(world)
    body = typed(world, row, body="请于2020年02月17日前反馈。", mend="date_padding")
    page.as_("wen").post(reverse("drafts:edit", args=[row.pk]), body)
    row.refresh_from_db()
    assert row.record["paragraphs"] == ["请于2020年2月17日前反馈。"]


def test_edit_page_offers_phrases_and_says_when_somebody_saved_meanwhile(
    page: PageClient, world: World
) -> None:
    row = draft(world)
    url = reverse("drafts:edit", args=[row.pk])
    assert "现就有关事项通知如下。" in text(page.as_("wen").get(url))
    documents.change_draft(
        actor=world.actor("wen"), at=at("10:10"), draft_id=row.pk, title="关于别的事的通知"
    )
    refused = page.as_("wen").post(url, typed(world, row))
    assert "文稿在别处已保存过新的内容" in text(refused)
    row.refresh_from_db()
    assert row.title == "关于别的事的通知"


@pytest.mark.parametrize("who", ["asha", "olga", "rina", "ada"])
def test_draft_of_others_is_not_found(page: PageClient, world: World, who: str) -> None:
    row = draft(world)
    assert page.as_(who).get(reverse("drafts:show", args=[row.pk])).status_code == 404
    assert page.as_(who).get(reverse("drafts:edit", args=[row.pk])).status_code == 404


def test_waiting_text_is_on_the_signers_first_page(page: PageClient, world: World) -> None:
    ready(world)
    assert "关于做好整改核验工作的通知" in text(page.as_("hugo").get("/"))


def test_groups_are_set_up_shown_with_their_units_and_removed(page: PageClient, world: World) -> None:
    wen = page.as_("wen")
    wen.post(reverse("drafts:new_group"), {"name": "各乡镇人民政府", "kinds": ["government"], "units": ""})
    one = RecipientGroup.objects.get()
    assert "甲镇" in text(wen.get(reverse("drafts:groups")))
    wen.get(reverse("drafts:group", args=[one.pk]))
    wen.post(reverse("drafts:remove_group", args=[one.pk]))
    assert not RecipientGroup.objects.exists()


def test_empty_group_is_told_on_the_page_and_nothing_is_issued(page: PageClient, world: World) -> None:
    row = draft(world, main_groups=[group(world, "各派驻机构", ("resident_group",)).pk])
    told = page.as_("wen").post(reverse("drafts:act", args=[row.pk, "submit"]))
    assert "分组“各派驻机构”中没有单位" in text(told)
    assert not OfficialDocument.objects.exists()


@pytest.mark.parametrize("kind", ["problem_list", "duty_list", "measure_list", "ledger", "team_table"])
def test_lists_and_tables_are_made_from_the_records(page: PageClient, world: World, kind: str) -> None:
    finding = register.finding(world)
    page.as_("wen").get(reverse("documents:paper"))
    page.as_("wen").post(
        reverse("documents:paper"), {"kind": kind, "since": "2020-02-16", "until": "2020-02-16", "unit": ""}
    )
    document = OfficialDocument.objects.get(kind=kind)
    assert page.as_("wen").get(reverse("documents:show", args=[document.pk])).status_code == 200
    if kind != "team_table":
        assert finding.fact in str(document.record)
        assert "2月16日" in document.title


def test_list_without_findings_is_told_and_not_issued(page: PageClient, world: World) -> None:
    told = page.as_("wen").post(
        reverse("documents:paper"), {"kind": "ledger", "since": "", "until": "", "unit": ""}
    )
    assert "没有已确认的问题" in text(told)
    assert not OfficialDocument.objects.exists()


def test_public_version_is_made_on_the_page_and_linked(page: PageClient, world: World) -> None:
    original = issue(world, names=NAMES)
    page.as_("wen").post(reverse("documents:variant", args=[original.pk]), {"audience": "unnamed"})
    made = OfficialDocument.objects.get(variant_of=original)
    assert "公开版（不具名）" in text(page.as_("wen").get(reverse("documents:show", args=[original.pk])))
    assert "由内部版生成" in text(page.as_("wen").get(reverse("documents:show", args=[made.pk])))


def test_units_that_have_not_acknowledged_are_urged_once_an_hour(page: PageClient, world: World) -> None:
    document = issue(world)
    wen = page.as_("wen")
    assert "催未签收的单位" in text(wen.get(reverse("documents:show", args=[document.pk])))
    wen.post(reverse("documents:urge", args=[document.pk]))
    assert document.deliveries.get().urge_count == 1
    assert "已催1次" in text(wen.get(reverse("documents:show", args=[document.pk])))
    again = wen.post(reverse("documents:urge", args=[document.pk]))
    assert "一小时内已经催过" in text(again)
    assert document.deliveries.get().urge_count == 1


def test_document_is_sent_on_to_a_group(page: PageClient, world: World) -> None:
    document = issue(world)
    one = group(world)
    url = reverse("documents:send", args=[document.pk])
    page.as_("wen").get(url)
    page.as_("wen").post(url, {"main_groups": [str(one.pk)], "units": ""})
    assert document.deliveries.count() > 1


def test_filtered_list_is_bundled_in_the_background_and_downloaded(page: PageClient, world: World) -> None:
    issue(world, kind="letter")
    issue(world)
    wen = page.as_("wen")
    assert "打包" in text(wen.get(reverse("documents:list")))
    wen.post(f"{reverse('documents:ask_bundle')}?kind=letter", {"form": "pdf_zip"})
    assert "排队" in text(wen.get(reverse("documents:bundles")))
    jobs.run_sweeps(at("16:00"), only="make_bundles")
    bundle = Bundle.objects.get()
    assert (bundle.total, bundle.done) == (1, 1)
    assert "1 / 1" in text(wen.get(reverse("documents:bundles")))
    assert wen.get(reverse("documents:bundle_file", args=[bundle.pk])).content[:2] == b"PK"
    assert page.as_("hugo").get(reverse("documents:bundle_file", args=[bundle.pk])).status_code == 404


def test_series_page_shows_every_number_and_voids_a_reserved_one(page: PageClient, world: World) -> None:
    row = ready(world)
    documents.sign_draft(actor=world.actor("hugo"), at=at("11:00"), draft_id=row.pk)
    series = row.campaign.series.get(code="notice")
    wen = page.as_("wen")
    wen.post(reverse("documents:reserve", args=[series.pk]))
    shown = text(wen.get(reverse("documents:series")))
    assert "编到 2 号，已用 1，已留 1，作废 0 无缺号" in shown
    assert "示督发〔2020〕×号" in shown
    number = Number.objects.get(serial=2)
    wen.post(reverse("documents:void_number", args=[number.pk]), {"reason": "外单位撤回"})
    number.refresh_from_db()
    assert number.state in {"voided", "reserved"}  # the page asks for the password first


def paper(page: PageClient, who: str, **wanted: str) -> OfficialDocument | None:
    page.as_(who).post(
        reverse("documents:paper"), {"since": "", "until": "", "unit": "", "number": ""} | wanted
    )
    return OfficialDocument.objects.filter(kind=wanted["kind"]).first()


def test_rectification_notice_is_made_from_an_order_once_and_sent_to_its_unit(
    page: PageClient, world: World
) -> None:
    order = cases.issued(world, cases.finding(world))
    made = paper(page, "hugo", kind="rectification_notice", number=order.number_text)
    assert made.number_text == "示督改〔2020〕1号"
    assert [row.unit_id for row in made.deliveries.all()] == [order.unit_id]
    assert order.items.get().finding.fact in str(made.record)
    paper(page, "hugo", kind="rectification_notice", number=order.number_text)
    assert OfficialDocument.objects.filter(kind="rectification_notice").count() == 1
    assert paper(page, "wen", kind="form_approval", number="没有的编号") is None


def test_daily_sheets_of_a_day_become_documents_covert_ones_do_not(page: PageClient, world: World) -> None:
    for team, who in (("1", "tess"), ("c", "cora")):
        world.dispatch(team)
        inspection.submit_daily_sheet(
            actor=world.actor(who), at=at("15:00"), team_id=world.teams[team].pk, day=DAY, typical_problems="缺岗。",
            difficulties="", suggestions="", tomorrow="",
        )  # fmt: skip
    made = paper(page, "hugo", kind="team_daily", since=DAY.isoformat())
    assert (made.title, made.record["typical_problems"]) == ("第1督导组督导日报（2月16日）", "缺岗。")
    assert OfficialDocument.objects.filter(kind="team_daily").count() == 1


def test_approved_form_has_its_sheet(page: PageClient, world: World) -> None:
    one = burden.request_form_approval(
        actor=world.actor("wen"), at=at("09:00"), campaign_id=world.campaign.pk, title="物资数", purpose="核对库存",
        fields=["数量"], unit_count=3, minutes=5, expires_at=at("10:00", date(2020, 2, 19)),
    )  # fmt: skip
    assert paper(page, "wen", kind="form_approval", number=one.number) is None
    burden.decide_form_approval(actor=world.actor("hugo"), at=at("09:30"), approval_id=one.pk, approve=True)
    made = paper(page, "wen", kind="form_approval", number=one.number)
    assert (made.record["fields"], made.record["asked_units"]) == (["数量"], "3个单位")


def test_pages_of_a_recommendation_say_in_which_capacity_it_is_issued(page: PageClient, world: World) -> None:
    words = "以纪律检查机关身份（纪）发党组织"
    assert words in text(page.as_("wen").get(reverse("drafts:new")))
    row = draft(world, kind="discipline_recommendation", title="纪检建议书")
    assert words in text(page.as_("wen").get(reverse("drafts:edit", args=[row.pk])))
    assert words in text(page.as_("wen").get(reverse("drafts:show", args=[row.pk])))


def test_joint_issuers_are_typed_beside_the_text(page: PageClient, world: World) -> None:
    row = draft(world)
    page.as_("wen").post(
        reverse("drafts:edit", args=[row.pk]), typed(world, row, joint_issuers="示例市卫生健康局")
    )
    row.refresh_from_db()
    assert row.record["joint_issuers"] == ["示例市卫生健康局"]


def test_circular_is_drafted_with_the_problems_of_a_period_as_annex(page: PageClient, world: World) -> None:
    finding = cases.finding(world)
    wanted = {"kind": "circular", "since": "2020-02-16", "until": "2020-02-16", "unit": "", "number": ""}
    page.as_("wen").post(reverse("documents:paper"), wanted)
    row = Draft.objects.get()
    assert row.title == "关于2月16日督导发现问题的通报"
    assert [one["problem"] for one in row.record["problems"]] == [finding.fact]
    assert set(row.record["problems"][0]) == {"inspected_at", "unit", "place", "problem", "state"}
    page.as_("wen").post(reverse("drafts:edit", args=[row.pk]), typed(world, row))
    for who, act in (("wen", "submit"), ("asha", "review"), ("hugo", "sign")):
        page.as_(who).post(reverse("drafts:act", args=[row.pk, act]))
    document = OfficialDocument.objects.get(kind="circular")
    assert document.record["problems"] == row.record["problems"]


def test_circular_without_findings_is_told_and_not_drafted(page: PageClient, world: World) -> None:
    wanted = {"kind": "circular", "since": "", "until": "", "unit": "", "number": ""}
    assert "没有已确认的问题" in text(page.as_("wen").post(reverse("documents:paper"), wanted))
    assert not Draft.objects.exists()


def test_clerk_signs_for_all_that_is_listed_with_one_tap(page: Any, world: World, clock_at: Any) -> None:
    clock_at("17:20")
    for _ in range(2):
        issue(world)
    olga = page.as_("olga")
    shown = olga.get(reverse("documents:list"))
    assert "签收所列 2 份" in text(shown)
    olga.post(
        reverse("documents:receive_all"), {"delivery": [str(row.pk) for row in shown.context["unread"]]}
    )
    assert "待签收" not in text(olga.get(reverse("documents:list")))
    assert OfficialDocument.objects.filter(deliveries__received_at=None).count() == 0


def test_discipline_notice_is_typed_item_by_item_and_signed(page: PageClient, world: World) -> None:
    title = "关于严明专项监督工作纪律的通知"
    page.as_("wen").post(reverse("drafts:new"), {"kind": "directive_notice", "title": title})
    row = Draft.objects.get()
    items = "不准擅离职守，值班岗位须有人在岗。\n\n 不准迟报、漏报、瞒报。 "
    page.post(reverse("drafts:edit", args=[row.pk]), typed(world, row, title=title, rule_items=items))
    row.refresh_from_db()
    assert row.record["rule_items"] == ["不准擅离职守，值班岗位须有人在岗。", "不准迟报、漏报、瞒报。"]
    assert "不准迟报、漏报、瞒报。" in page.get(reverse("drafts:edit", args=[row.pk])).content.decode()
    for who, act in (("wen", "submit"), ("asha", "review"), ("hugo", "sign")):
        page.as_(who).post(reverse("drafts:act", args=[row.pk, act]))
    document = OfficialDocument.objects.get()
    assert document.number_text == "示督发〔2020〕1号"
    drawn = "".join(text_of(render.render_pdf(document.kind, document.record)))
    assert "1.不准擅离职守" in drawn and "2.不准迟报" in drawn
