"""The register and the page of a finding, as the people who use them see it."""

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from duban.inspection import operations as inspection
from duban.inspection.models import Evidence, Finding
from duban.kernel.models import Event
from tests.inspection.acts import FACT, found, open_visit, photo
from tests.world import at


def show(page, finding):
    return page.get(reverse("findings:show", args=[finding.pk]))


def act(page, finding, name, **values):
    return page.post(reverse(f"findings:{name}", args=[finding.pk]), values)


def form_of(world, **changes):
    return {
        "fact": FACT, "category": str(world.categories["duty"].pk), "line": "territory", "severity": "general",
        "found_at": "2020-02-16T09:10", "consequence": "none", "finding_id": str(uuid.uuid4()),
    } | changes  # fmt: skip


def test_register_shows_tabs_with_counts_and_rows(world, page):
    found(world)
    html = page.as_("wen").get(reverse("findings:list")).content.decode()
    assert "0001" in html
    assert "甲镇西卡口" in html
    assert FACT in html
    assert "待确认 <span>1</span>" in html
    assert "符合 1 个" in html


@pytest.mark.parametrize(
    "view",
    ["open", "mine", "registered", "rectifying", "fed_back", "overdue", "disputed", "written_off", "all"],
)
def test_every_tab_lists_as_many_as_it_counts(world, page, view):
    for number, state in enumerate(
        ["registered", "rectifying", "fed_back", "disputed", "written_off", "withdrawn"]
    ):
        finding = found(world, fact=f"{FACT}第{number}处")
        Finding.objects.filter(pk=finding.pk).update(state=state, due_at=at("12:00"))
    response = page.as_("wen").get(reverse("findings:list"), {"view": view})
    assert response.context["found"] == response.context["counts"][view]


def test_filters_live_in_the_address_and_are_shown_as_chips(world, page):
    found(world)
    found(world, fact="9:12 登记台账缺 3 小时记录。", category_id=world.categories["ledger"].pk)
    page.as_("wen")
    response = page.get(
        reverse("findings:list"), {"category": str(world.categories["ledger"].pk), "q": "台账"}
    )
    assert response.context["found"] == 1
    assert "全部清除" in response.content.decode()
    empty = page.get(reverse("findings:list"), {"q": "没有这样的字"}).content.decode()
    assert "没有符合条件的问题" in empty


@pytest.mark.parametrize(
    "query",
    [
        "?team=x&category=1&since=2020-02-30&sort=;drop&page=zzz&view=%00",
        "?sort=-severity",
        "?since=2020-02-16&until=2020-02-16",
        "?due=today&state=registered",
    ],
)
def test_odd_queries_still_show_the_page(world, page, query):
    found(world)
    assert page.as_("wen").get(reverse("findings:list") + query).status_code == 200


@pytest.mark.parametrize("who", ["ada", "hana", "nobody", "avi", "vera"])
def test_register_does_not_exist_for_other_roles(world, page, who):
    finding = found(world)
    page.as_(who)
    assert page.get(reverse("findings:list")).status_code == 404
    assert show(page, finding).status_code == 404


def test_register_costs_the_same_for_one_and_three_rows(world, page, django_assert_max_num_queries):
    page.as_("wen")
    found(world)
    page.get(reverse("findings:list"))
    with django_assert_max_num_queries(24) as one:
        page.get(reverse("findings:list"))
    found(world, fact=FACT + "二")
    found(world, fact=FACT + "三")
    page.get(reverse("findings:list"))  # the badge of to-dos is counted anew after an act
    with django_assert_max_num_queries(24) as three:
        page.get(reverse("findings:list"))
    assert len(three) == len(one)


def test_page_of_a_finding_says_what_may_be_done_and_why_not(world, page):
    finding = found(world)
    assert "确认问题" in show(page.as_("wen"), finding).content.decode()
    html = show(page.as_("asha"), finding).content.decode()
    assert "确认由专班办理。" in html
    assert "撤销问题" in html


def test_office_confirms_and_the_history_tells_it(world, page):
    finding = found(world)
    response = page.as_("wen").post(reverse("findings:confirm", args=[finding.pk]), follow=True)
    html = response.content.decode()
    assert "已确认问题0001。" in html
    assert "已确认" in html
    assert Event.objects.filter(verb="finding.confirmed", subject_id=finding.pk).count() == 1


@pytest.mark.parametrize(
    "name", ["confirm", "return", "withdraw", "transfer", "verify", "told", "photos", "support", "resubmit"]
)
def test_other_team_does_nothing_to_a_finding(world, page, name):
    finding = found(world)
    before = Event.objects.count()
    assert act(page.as_("rina"), finding, name, reason="试一试").status_code == 404
    finding.refresh_from_db()
    assert (finding.state, Event.objects.count()) == ("registered", before)


def test_inspector_is_told_no_when_confirming(world, page):
    finding = found(world)
    assert act(page.as_("asha"), finding, "confirm").status_code == 403
    finding.refresh_from_db()
    assert finding.state == "registered"


def test_return_and_resubmit_over_the_pages(world, page):
    finding = found(world)
    assert "有 1 处要改" in act(page.as_("wen"), finding, "return", reason=" ").content.decode()
    finding.refresh_from_db()
    assert finding.state == "registered"
    act(page, finding, "return", reason="缺起止时间")
    finding.refresh_from_db()
    assert finding.state == "returned"
    page.as_("asha")
    assert FACT in page.get(reverse("findings:resubmit", args=[finding.pk])).content.decode()
    act(
        page, finding, "resubmit", fact="9:10 至 9:30 西卡口第一岗无人值守。", category=str(world.categories["duty"].pk),
        severity="prominent", line="territory",
    )  # fmt: skip
    finding.refresh_from_db()
    assert (finding.state, finding.severity) == ("registered", "prominent")


def test_on_spot_correction_is_verified_by_somebody_else(world, page):
    finding = found(world, is_on_spot=True, on_spot_note="当场补岗 1 人")
    act(page.as_("wen"), finding, "confirm")
    assert act(page.as_("tess"), finding, "verify", passed="1", opinion="已看").status_code == 403
    act(page.as_("wen"), finding, "verify", passed="1", opinion="照片核对无误")
    finding.refresh_from_db()
    assert finding.state == "written_off"


def test_withdraw_asks_for_a_reason_and_keeps_the_number(world, page):
    finding = found(world)
    page.as_("wen")
    assert "不能恢复" in page.get(reverse("findings:withdraw", args=[finding.pk])).content.decode()
    act(page, finding, "withdraw", reason="与 0002 重复")
    assert "与 0002 重复" in show(page, finding).content.decode()


def test_bulk_confirm_reports_what_did_not_work(world, page):
    first, second = found(world), found(world, fact=FACT + "二")
    inspection.withdraw_finding(
        actor=world.actor("asha"), at=at("09:30"), finding_id=second.pk, reason="重复"
    )
    response = page.as_("wen").post(
        reverse("findings:bulk"), {"act": "confirm", "finding": [first.pk, second.pk]}, follow=True
    )
    assert "已确认1个问题；0002：" in response.content.decode()
    first.refresh_from_db()
    assert first.state == "confirmed"


def test_bulk_return_asks_for_the_reason_first(world, page):
    finding = found(world)
    page.as_("wen")
    html = page.post(reverse("findings:bulk"), {"act": "return", "finding": [finding.pk]}).content.decode()
    assert "理由" in html
    finding.refresh_from_db()
    assert finding.state == "registered"
    page.post(reverse("findings:bulk"), {"act": "return", "finding": [finding.pk], "reason": "缺时间"})
    finding.refresh_from_db()
    assert finding.state == "returned"


def test_bulk_acts_of_an_inspector_change_nothing(world, page):
    finding = found(world)
    page.as_("asha").post(reverse("findings:bulk"), {"act": "confirm", "finding": [finding.pk]})
    finding.refresh_from_db()
    assert finding.state == "registered"


def test_export_holds_the_filtered_rows_and_is_journalled(world, page):
    python_calamine = pytest.importorskip("python_calamine")
    found(world, fact="=1+1 岗位无人值守，公式不执行")
    found(world, fact=FACT)
    response = page.as_("wen").get(reverse("findings:export"), {"q": "公式"})
    rows = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.content))
        .get_sheet_by_index(0)
        .to_python()
    )
    facts = [row[3] for row in rows if "公式" in str(row[3])]
    assert len(facts) == 1
    assert Event.objects.get(verb="export.made").detail.body["rows"] == 1


def test_printed_list_and_selection(world, page):
    found(world)
    html = page.as_("lena").get(reverse("findings:print"), {"view": "all"}).content.decode()
    assert FACT in html
    assert "共 1 个" in html


def test_template_chip_fills_the_fact_and_keeps_what_was_typed(world, page):
    visit = open_visit(world)
    page.as_("asha")
    address = f"{reverse('findings:add')}?visit={visit.pk}"
    assert "岗位无人值守" in page.get(address).content.decode()
    html = page.post(
        address, {"fill": "post-empty", "requirement": "", "found_at": "2020-02-16T09:12"}
    ).content.decode()
    assert world.template.fact in html
    assert "2020-02-16T09:12" in html
    assert not Finding.objects.exists()


def test_finding_is_registered_with_photos_before_and_after(world, page):
    visit = open_visit(world)
    values = form_of(
        world, is_on_spot="on", on_spot_note="当场补岗 1 人",
        photos_before=[SimpleUploadedFile("1.jpg", photo(), "image/jpeg"), SimpleUploadedFile("2.png", photo(format="PNG", colour="red"))],
        photos_after=[SimpleUploadedFile("3.jpg", photo(colour="blue"))],
    )  # fmt: skip
    response = page.as_("asha").post(f"{reverse('findings:add')}?visit={visit.pk}", values, follow=True)
    finding = Finding.objects.get()
    assert "已登记问题0001。" in response.content.decode()
    assert sorted(finding.evidence.values_list("phase", flat=True)) == ["after", "before", "before"]
    assert finding.is_on_spot


def test_pressing_twice_registers_once(world, page):
    visit = open_visit(world)
    values = form_of(world)
    address = f"{reverse('findings:add')}?visit={visit.pk}"
    page.as_("asha").post(address, values)
    page.post(address, values)
    assert Finding.objects.count() == 1


def test_bad_photo_registers_nothing_and_keeps_the_text(world, page):
    visit = open_visit(world)
    values = form_of(world, photos_before=[SimpleUploadedFile("x.jpg", b"not a photo")])
    html = page.as_("asha").post(f"{reverse('findings:add')}?visit={visit.pk}", values).content.decode()
    assert "这不是照片" in html
    assert FACT in html
    assert not Finding.objects.exists()
    assert not Event.objects.filter(verb="finding.registered").exists()


def test_private_number_shows_the_masked_text_and_asks_for_a_reason(world, page):
    visit = open_visit(world)
    values = form_of(world, fact="9:10 台账封面写有 13800138000，未遮盖。")
    address = f"{reverse('findings:add')}?visit={visit.pk}"
    html = page.as_("asha").post(address, values).content.decode()
    assert "9:10 台账封面写有 ***********，未遮盖。" in html
    assert "保留文字的理由" in html
    page.post(address, values | {"screening_override": "单位公开的值班手机"})
    assert Finding.objects.get().fact.startswith("9:10 台账封面写有 13800138000")


def test_visit_is_chosen_before_a_finding(world, page):
    visit = open_visit(world)
    html = page.as_("asha").get(reverse("findings:add")).content.decode()
    assert f"?visit={visit.pk}" in html
    assert "没有可登记问题的检查记录" in page.as_("rina").get(reverse("findings:add")).content.decode()


def test_photo_is_sent_to_readers_only_and_never_cached(world, page):
    finding = found(world)
    photo_row = inspection.attach_evidence(
        actor=world.actor("asha"), at=at("09:30"), content=photo(), finding_id=finding.pk
    )
    page.as_("asha")
    response = page.get(reverse("evidence:show", args=[photo_row.pk]))
    assert b"".join(response.streaming_content)[:2] == b"\xff\xd8"
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Disposition"].startswith("inline;")
    assert page.get(reverse("evidence:thumbnail", args=[photo_row.pk])).status_code == 200
    for who in ("rina", "olga", "ada", "nobody", "cora"):
        assert page.as_(who).get(reverse("evidence:show", args=[photo_row.pk])).status_code == 404


def test_photo_can_be_added_later(world, page):
    finding = found(world)
    act(
        page.as_("asha"),
        finding,
        "photos",
        phase="record",
        caption="登记台账",
        photos=[SimpleUploadedFile("a.jpg", photo())],
    )
    assert Evidence.objects.get().caption == "登记台账"
    assert "请选择照片" in act(page, finding, "photos", phase="record").content.decode()


def test_similar_findings_elsewhere_are_shown(world, page):
    from tests.inspection.acts import register

    first = found(world)
    register(world, open_visit(world, site="甲镇农贸市场"))
    assert "其他点位的同类问题" in show(page.as_("wen"), first).content.decode()


def test_support_request_from_finding_to_answer(world, page):
    finding = found(world)
    act(page.as_("asha"), finding, "support", kind="staff", text="夜班缺 2 名值守人员，今晚要")
    listed = page.as_("hana").get(reverse("support:list"))
    assert "夜班缺 2 名值守人员" in listed.content.decode()
    row = finding.support_requests.get()
    page.post(reverse("support:answer", args=[row.pk]), {"answer": "18:00 前补 2 人"})
    row.refresh_from_db()
    assert row.state == "answered"
    assert "18:00 前补 2 人" in page.get(reverse("support:list") + "?view=all").content.decode()
    assert page.get(reverse("support:export") + "?view=all").status_code == 200
    assert page.as_("olga").get(reverse("support:list")).status_code == 404
