"""收文 in the browser's words: bring in, read beside the original, correct, confirm, add to a directive, put aside."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from duban.campaigns.models import Directive
from duban.incoming import operations as incoming
from duban.incoming.models import IncomingText, PostHolder
from duban.kernel.models import StoredFile
from duban.reporting import todos
from duban.teams.models import LiaisonAssignment
from tests.incoming import papers, texts
from tests.incoming.test_reading import REFUSED
from tests.incoming.test_texts import ANNEX, receive
from tests.world import World, at


def bring(page: Any, **given: Any) -> Any:
    return page.post(reverse("incoming:receive"), given)


def typed(text: IncomingText, **changes: Any) -> dict[str, Any]:
    """What the page would send: every field as it stands, with some changed."""
    given: dict[str, Any] = {
        "title": text.title, "kind": text.kind, "number": text.number, "issuer_title": text.issuer_title,
        "issued_on": text.issued_on or "", "publisher": text.publisher, "source_url": text.source_url,
    }  # fmt: skip
    for row in text.proposals.all():
        for name, value in row.content.items():
            given[f"p{row.ordinal}-{name}"] = "、".join(value) if name == "areas" else value or ""
        if row.is_taken:
            given[f"p{row.ordinal}-is_taken"] = "on"
    return given | changes


@pytest.mark.parametrize("way", ["pasted", "docx", "pdf"])
def test_text_is_brought_in_by_paste_or_upload(world: World, page: Any, way: str) -> None:
    page.as_("wen")
    if way == "pasted":
        answer = bring(page, pasted=texts.NOTICE)
    else:
        content = {"docx": papers.as_docx, "pdf": papers.as_pdf}[way](texts.NOTICE)
        answer = bring(page, file=SimpleUploadedFile(f"notice.{way}", content))
    text = IncomingText.objects.get()
    assert answer.status_code == 302 and text.number == "示纪办发〔2021〕8号"
    shown = page.get(reverse("incoming:show", args=[text.pk])).content.decode()
    assert "九个不准" in shown and "第一监督检查室" in shown and 'id="o1"' in shown


def test_what_cannot_be_read_says_so_beside_the_file(world: World, page: Any) -> None:
    page.as_("wen")
    for given, words in (
        ({"file": SimpleUploadedFile("scan.pdf", papers.picture_pdf())}, "没有文字层"),
        ({}, "请选择文件，或者粘贴文字。"),
        ({"pasted": "\1\2\3" * 50}, "文件里不是文字"),
    ):
        answer = bring(page, **given)
        assert answer.status_code == 200 and words in answer.content.decode()
    assert not IncomingText.objects.exists()


@pytest.mark.parametrize("code", REFUSED)
def test_bad_file_is_refused_in_one_sentence_beside_it_and_nothing_is_kept(
    world: World, page: Any, code: str
) -> None:
    name, make = REFUSED[code]
    before = StoredFile.objects.count()
    answer = bring(page.as_("wen"), file=SimpleUploadedFile(name, make()))
    shown = answer.content.decode()
    assert answer.status_code == 200
    beside = re.search(r'class="field-error" id="id_file_error">(.*?)<label', shown, re.S)
    assert beside is not None
    assert re.sub(r"<[^>]+>", "", beside[1]).strip().endswith("。")
    assert "Traceback" not in shown
    assert (IncomingText.objects.count(), StoredFile.objects.count()) == (0, before)


def test_left_out_parts_of_a_page_are_shown_as_left_out(world: World, page: Any) -> None:
    text = receive(world, texts.REPORT, "report.html")
    shown = page.as_("wen").get(reverse("incoming:show", args=[text.pk])).content.decode()
    assert '<span class="left-out">免责声明' in shown


def test_corrections_are_kept_undone_and_confirmed(world: World, page: Any) -> None:
    page.as_("wen")
    text = receive(world, ANNEX, "annex.txt")
    first = text.proposals.get(ordinal=1)
    path = [text.pk]
    page.post(
        reverse("incoming:correct", args=path),
        typed(text, **{"p1-text": "每日上报水位。", "number": "第1号"}),
    )
    first.refresh_from_db()
    assert first.content["text"] == "每日上报水位。" and first.is_edited
    page.post(reverse("incoming:undo", args=path), {})
    text.refresh_from_db()
    assert text.number == "" and text.proposals.get(ordinal=1).content["text"] != "每日上报水位。"
    assert not Directive.objects.exists()
    sent = typed(text, **{"p2-is_taken": "", "p3-keeps_name": "on", "p1-exceptions": "无水库的镇"})
    answer = page.post(reverse("incoming:confirm", args=path), sent)
    directive = Directive.objects.get()
    assert answer.headers["Location"] == reverse("directives:show", args=[directive.pk])
    assert directive.measures.get().exceptions == "无水库的镇"
    assert [row.leader_title for row in LiaisonAssignment.objects.all()] == ["委领导二岗"]
    assert PostHolder.objects.get().name == "钱二乙"
    shown = page.get(answer.headers["Location"]).content.decode()
    assert "出处：正文第" in shown and '<mark class="quoted"' in shown and "1 个来源" in shown


def test_mistakes_stand_beside_their_fields_and_nothing_typed_is_lost(world: World, page: Any) -> None:
    page.as_("wen")
    text = receive(world, texts.NOTICE, "notice.txt")
    answer = page.post(reverse("incoming:confirm", args=[text.pk]), typed(text, title="", number="另一文号"))
    shown = answer.content.decode()
    assert answer.status_code == 200 and "请填写标题。" in shown and "另一文号" in shown
    assert not Directive.objects.exists()


def test_second_publisher_is_offered_to_be_added(world: World, page: Any) -> None:
    page.as_("wen")
    first = receive(world, texts.ZONE, "zone.txt")
    directive = incoming.confirm_text(
        actor=world.actor("wen"), at=at("10:00"), text_id=first.pk, head={"issuer_title": "示例高新区纪工委"}
    )
    second = receive(world, texts.ZONE + "\n来源：另一家网站\n", "again.txt")
    shown = page.get(reverse("incoming:show", args=[second.pk])).content.decode()
    assert "登记中已有同一部署" in shown and "标题和日期相同" in shown
    page.post(reverse("incoming:attach", args=[second.pk]), {"directive": directive.pk})
    assert "2 个来源" in page.get(reverse("directives:show", args=[directive.pk])).content.decode()


def test_original_comes_back_byte_for_byte(world: World, page: Any) -> None:
    text = receive(world, texts.REPORT, "report.html")
    answer = page.as_("wen").get(reverse("incoming:original", args=[text.pk]))
    assert (
        answer.content == texts.REPORT.encode()
        and answer.headers["Content-Type"] == "application/octet-stream"
    )


def test_list_filters_exports_and_costs_the_same_with_more_rows(
    world: World, page: Any, django_assert_max_num_queries: Any
) -> None:
    page.as_("wen")
    receive(world, texts.NOTICE, "notice.txt")
    page.get(reverse("incoming:list"))
    with django_assert_max_num_queries(24) as one:
        page.get(reverse("incoming:list"))
    for name in ("zone.txt", "practice.txt"):
        receive(world, texts.ALL[name], name)
    page.get(reverse("incoming:list"))  # the badge of to-dos is counted anew after an act
    with django_assert_max_num_queries(24) as three:
        page.get(reverse("incoming:list"))
    assert len(three) == len(one)
    found = page.get(reverse("incoming:list") + "?q=高新区&state=waiting").content.decode()
    assert "四个一" in found and "工作纪律的通知" not in found
    assert page.get(reverse("incoming:list") + "?export=1").headers["Content-Type"].endswith("sheet")


def test_waiting_texts_stand_on_the_page_of_today_for_the_office_only(world: World) -> None:
    receive(world, texts.NOTICE, "notice.txt")
    acts = {name: [str(todo.act) for todo in todos.collect(world.actor(name), world.campaign, at("09:30"))]
            for name in ("wen", "asha", "olga", "lena")}  # fmt: skip
    assert {name for name, found in acts.items() if "核对收文" in found} == {"wen"}


def test_discarded_text_shows_its_reason(world: World, page: Any) -> None:
    page.as_("wen")
    text = receive(world, texts.ESSAY, "essay.txt")
    page.post(reverse("incoming:discard", args=[text.pk]), {"reason": "与本专项无关"})
    shown = page.get(reverse("incoming:show", args=[text.pk])).content.decode()
    assert "与本专项无关" in shown and "确认登记" not in shown


def test_page_names_the_other_copy_and_says_who_may_read_the_names(world: World, page: Any) -> None:
    first = receive(world, ANNEX, "a.txt")
    second = receive(world, "某某网讯\n" + ANNEX, "b.txt")
    shown = page.as_("wen").get(reverse("incoming:show", args=[second.pk])).content.decode()
    assert "待核对的收文中有同一部署" in shown and reverse("incoming:show", args=[first.pk]) in shown
    assert "原件含个人姓名" in shown
