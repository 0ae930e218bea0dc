"""Papers that would tell of a lead, a draw or a way: every door is tried by those who may not read them."""

import pytest

from duban.documents import operations as documents
from duban.documents import policy, queries, render
from duban.documents.kinds import all_kinds, kind_of
from duban.documents.models import (
    GUARDED_KINDS,
    GUARDED_SERIES,
    Bundle,
    Delivery,
    Draft,
    OfficialDocument,
)
from duban.documents.numbering import series_of
from duban.kernel.actor import SYSTEM, Role
from duban.kernel.errors import Denied, Invalid, NotFound
from duban.kernel.models import Event
from duban.people import operations as people
from duban.teams.operations import papers
from tests.documents.reading import text_of
from tests.world import World, at

OUTSIDE = ("wen", "asha", "rina", "lena", "olga", "hana", "cora", "ada", "nobody")
TITLE = "关于甲镇某岗位的移送单"


@pytest.fixture
def paper(world: World):
    """A lead transfer sent to a unit, its number taken and a second one held."""
    hugo = world.actor("hugo")
    number = documents.take_number(actor=hugo, at=at("10:00"), campaign=world.campaign, kind="lead_transfer")
    record = kind_of("lead_transfer").sample() | {"number": number.text}
    made = documents.issue_document(
        actor=hugo, at=at("10:01"), campaign=world.campaign, kind="lead_transfer", title=TITLE, record=record,
        subject=world.campaign, number=number,
    )  # fmt: skip
    documents.reserve_number(actor=hugo, at=at("10:02"), series=number.series)
    return made


def test_every_guarded_kind_that_has_numbers_is_numbered_in_a_guarded_series(world: World) -> None:
    pattern = world.campaign.order_number_pattern
    numbered = {series_of(kind, pattern)[0] for kind in GUARDED_KINDS if kind_of(kind).number_pattern}
    assert numbered | {papers.SERIES[0]} <= set(GUARDED_SERIES)
    shared = {series_of(kind, pattern)[0] for kind in all_kinds() if kind not in GUARDED_KINDS}
    assert not shared & set(GUARDED_SERIES)


@pytest.mark.parametrize("who", OUTSIDE)
def test_rows_are_out_of_reach(world: World, paper, who: str) -> None:
    Delivery.objects.create(document=paper, unit=world.units["乙镇"], sent_at=at("10:03"))
    actor = world.actor(who)
    assert not policy.documents_visible_to(actor).filter(pk=paper.pk).exists()
    assert not policy.deliveries_visible_to(actor).filter(document=paper).exists()
    assert not policy.series_visible_to(actor, world.campaign).filter(code="lead_transfer").exists()
    assert queries.reserved_number(actor, world.campaign, paper.number.series.numbers.last().pk) is None


@pytest.mark.parametrize("who", OUTSIDE)
def test_no_page_tells_of_it(world: World, page, paper, who: str) -> None:
    page.as_(who)
    for path in (
        "/documents/", "/documents/?export=1", "/documents/?kind=lead_transfer", "/documents/series/",
        f"/search/?q={paper.number_text}", f"/search/?q={TITLE[:6]}", f"/journal/?q={paper.number_text}", "/journal/",
        "/journal/?export=1", "/today/", "/today/changes/", f"/documents/{paper.pk}/", f"/documents/{paper.pk}/file.pdf",
    ):  # fmt: skip
        answer = page.get(path)
        body = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(
            "utf-8", "ignore"
        )
        asked = body.replace(f'value="{paper.number_text}"', "").replace(f'value="{TITLE[:6]}"', "")
        assert TITLE not in asked
        assert f"/documents/{paper.pk}" not in asked or answer.status_code == 404
        if "q=" not in path:
            assert paper.number_text not in asked


@pytest.mark.parametrize("who", ["wen", "asha"])
def test_no_act_reaches_it(world: World, paper, who: str) -> None:
    actor = world.actor(who)
    before = Event.objects.count()
    with pytest.raises(NotFound):
        documents.void_document(actor=actor, at=at("11:00"), document_id=paper.pk, reason="误发")
    with pytest.raises(Invalid):
        documents.ask_bundle(
            actor=actor,
            at=at("11:00"),
            campaign_id=world.campaign.pk,
            document_ids=[paper.pk],
            form="pdf_zip",
        )
    assert Event.objects.count() == before
    assert not Bundle.objects.exists()


def test_journal_lines_of_paper_number_and_series_stand_on_the_guarded_shelf(world: World, paper) -> None:
    lines = Event.objects.filter(subject_id__in=[paper.pk, paper.number_id, paper.number.series_id])
    assert {line.verb for line in lines} >= {"series.opened", "number.reserved", "document.issued"}
    assert {line.subject_type for line in lines} == {"documents.guarded"}


@pytest.mark.parametrize("who", ["hugo", "avi"])
def test_head_and_auditor_read_it_and_its_lines(world: World, page, paper, who: str) -> None:
    assert TITLE in page.as_(who).get("/documents/").content.decode()
    assert paper.number_text in page.get("/journal/").content.decode()


# A lead transfer is typed on the drafting page: no record of the lead stands behind it (decision 0011).
SUBJECT, SOURCE = "卯镇值班带班岗", "来源编号0498"
BOXES = {
    "to_unit": "示例市纪委监委案件监督管理室", "source_no": SOURCE, "subject": SUBJECT, "subject_class": "基层干部",
    "matter": "登记表有11行缺少时间，复查时已经补填。", "rule_item": "工作纪律第三条",
    "materials": "现场检查记录，1\n登记表照片，2，补填前、补填后", "suggestion": "建议依规处置。专班不作定性。",
}  # fmt: skip


def deputy(world: World) -> None:
    people.grant_role(
        actor=SYSTEM, at=at("08:30"), user_id=world.users["tess"].pk, role=Role.CAMPAIGN_HEAD,
        unit_id=world.units["示例市"].pk, campaign_id=world.campaign.pk,
    )  # fmt: skip


def typed_draft(world: World, page) -> Draft:
    """Return a transfer the head has typed on the page and handed to the deputy."""
    deputy(world)
    page.as_("hugo").post("/documents/drafts/new/", {"kind": "lead_transfer", "title": TITLE})
    row = Draft.objects.get()
    other = str(world.users["tess"].pk)
    answer = page.post(
        f"/documents/drafts/{row.pk}/edit/",
        BOXES | {"version": row.version, "title": TITLE, "reviewer": other, "signer": other, "stay": "1"},
    )
    assert answer.status_code == 302
    page.post(f"/documents/drafts/{row.pk}/submit/")
    row.refresh_from_db()
    assert row.state == "reviewing"
    return row


def test_head_types_a_lead_transfer_and_the_deputy_signs_it(world: World, page) -> None:
    row = typed_draft(world, page)
    page.as_("tess").post(f"/documents/drafts/{row.pk}/review/")
    page.post(f"/documents/drafts/{row.pk}/sign/")
    paper = OfficialDocument.objects.get()
    assert (paper.kind, paper.number_text) == ("lead_transfer", "示督移〔2020〕1号")
    assert {name: paper.record[name] for name in ("subject", "source_no", "to_unit")} == {
        "subject": SUBJECT, "source_no": SOURCE, "to_unit": BOXES["to_unit"],
    }  # fmt: skip
    assert paper.record["materials"] == [
        {"title": "现场检查记录", "count": "1"},
        {"title": "登记表照片", "count": "2", "remark": "补填前、补填后"},
    ]
    assert paper.record["approved_by"] == world.users["tess"].post_label
    assert paper.record["issued_at"].startswith("2020-02-16 ")
    assert not paper.deliveries.exists()
    drawn = "".join(text_of(render.render_pdf(paper.kind, paper.record)))
    assert SUBJECT in drawn and SOURCE in drawn


def test_what_was_typed_stands_in_its_boxes_again(world: World, page) -> None:
    row = typed_draft(world, page)
    page.post(f"/documents/drafts/{row.pk}/recall/")
    body = page.get(f"/documents/drafts/{row.pk}/edit/").content.decode()
    assert SOURCE in body and "登记表照片，2，补填前、补填后" in body


def test_head_without_a_deputy_is_told_that_nobody_can_sign(world: World, page) -> None:
    page.as_("hugo").post("/documents/drafts/new/", {"kind": "lead_transfer", "title": TITLE})
    body = page.get(f"/documents/drafts/{Draft.objects.get().pk}/edit/").content.decode()
    assert "没有别的专班负责人" in body
    assert "只有专班负责人看得到" in body


def test_missing_boxes_are_named_and_nothing_goes_on(world: World, page) -> None:
    deputy(world)
    page.as_("hugo").post("/documents/drafts/new/", {"kind": "lead_transfer", "title": TITLE})
    row = Draft.objects.get()
    assert "反映对象（单位、岗位）" in page.get(f"/documents/drafts/{row.pk}/").content.decode()
    with pytest.raises(Invalid):
        documents.submit_draft(actor=world.actor("hugo"), at=at("10:00"), draft_id=row.pk)
    row.refresh_from_db()
    assert row.state == "drafting"


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize("is_signed", [False, True])
def test_no_page_tells_others_of_a_typed_transfer(world: World, page, who: str, is_signed: bool) -> None:
    row = typed_draft(world, page)
    if is_signed:
        page.as_("tess").post(f"/documents/drafts/{row.pk}/review/")
        page.post(f"/documents/drafts/{row.pk}/sign/")
    page.as_(who)
    for path in (
        "/documents/drafts/", "/documents/drafts/?export=1", "/documents/drafts/?mine=1", "/documents/", "/documents/?export=1",
        "/documents/series/", "/documents/bundles/", f"/search/?q={SOURCE}", f"/search/?q={SUBJECT}", "/journal/",
        "/journal/?export=1", "/today/", "/today/changes/", f"/documents/drafts/{row.pk}/", f"/documents/drafts/{row.pk}/edit/",
    ):  # fmt: skip
        answer = page.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        words = (
            body.decode("utf-8", "ignore").replace(f'value="{SOURCE}"', "").replace(f'value="{SUBJECT}"', "")
        )
        assert TITLE not in words, path
        assert "示督移" not in words, path
        assert str(row.pk) not in words or answer.status_code in (403, 404), path
    assert not policy.drafts_visible_to(world.actor(who)).exists()
    assert not policy.documents_visible_to(world.actor(who)).filter(kind="lead_transfer").exists()


@pytest.mark.parametrize("who", ["wen", "asha", "avi", "nobody"])
def test_nobody_else_writes_one(world: World, page, who: str) -> None:
    assert 'value="lead_transfer"' not in page.as_(who).get("/documents/drafts/new/").content.decode()
    page.post("/documents/drafts/new/", {"kind": "lead_transfer", "title": TITLE})
    with pytest.raises((Denied, NotFound)):
        documents.write_draft(
            actor=world.actor(who),
            at=at("10:00"),
            campaign_id=world.campaign.pk,
            kind="lead_transfer",
            title=TITLE,
        )
    assert not Draft.objects.exists()


def test_reviewer_who_may_not_read_it_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        documents.write_draft(
            actor=world.actor("hugo"), at=at("10:00"), campaign_id=world.campaign.pk, kind="lead_transfer", title=TITLE,
            reviewer_id=world.users["wen"].pk,
        )  # fmt: skip
    assert refusal.value.code == "wrong_person"
    assert not Draft.objects.exists()


def test_person_who_is_head_no_more_reads_the_own_draft_no_more(world: World, page) -> None:
    row = typed_draft(world, page)
    grant = world.users["hugo"].grants.get(role=Role.CAMPAIGN_HEAD)
    people.revoke_grant(actor=SYSTEM, at=at("11:00"), grant_id=grant.pk)
    assert not policy.drafts_visible_to(world.actor("hugo", at("11:01"))).filter(pk=row.pk).exists()


def test_guarded_paper_is_corrected_by_its_own_kind_and_has_no_public_version(world: World, paper) -> None:
    with pytest.raises(Denied):
        documents.write_draft(
            actor=world.actor("hugo"), at=at("10:30"), campaign_id=world.campaign.pk, kind="notice",
            title="关于更正的通知", corrects_id=paper.pk,
        )  # fmt: skip
    with pytest.raises(Denied):
        documents.issue_variant(
            actor=world.actor("hugo"), at=at("10:30"), document_id=paper.pk, audience="unnamed"
        )
    assert not Draft.objects.exists()
    assert OfficialDocument.objects.count() == 1


def test_journal_lines_of_a_guarded_draft_stand_on_the_guarded_shelf(world: World, page) -> None:
    row = typed_draft(world, page)
    lines = Event.objects.filter(subject_id=row.pk)
    assert {line.verb for line in lines} == {"draft.written", "draft.changed", "draft.submitted"}
    assert {line.subject_type for line in lines} == {"documents.guarded"}
