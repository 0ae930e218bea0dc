"""Issuing: the record is frozen, drawn later, drawn again to the same bytes; deliveries, receipts, who sees what."""

from copy import deepcopy

import pytest

from duban.documents import kinds, queries
from duban.documents import operations as documents
from duban.documents.models import Delivery, OfficialDocument
from duban.documents.policy import documents_visible_to
from duban.kernel import files, jobs
from duban.kernel.actor import SYSTEM, Actor, Kind
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.kernel.models import StoredFile
from tests.world import World, at


def issue(world: World, who: str = "hugo", kind: str = "notice", **changes) -> OfficialDocument:
    record = deepcopy(kinds.kind_of(kind).sample())
    values = {
        "campaign": world.campaign, "kind": kind, "title": record.get("title", "交办单"), "record": record,
        "subject": world.campaign, "main_ids": [world.units["甲镇人民政府"].pk],
    }  # fmt: skip
    return documents.issue_document(actor=world.actor(who), at=at("17:00"), **(values | changes))


def test_document_is_drawn_by_the_sweep_after_its_hint_was_lost(world: World) -> None:
    document = issue(world)
    assert document.pdf is None
    jobs.run_sweeps(at("17:01"), only="render_documents")
    document.refresh_from_db()
    assert files.read(document.pdf).startswith(b"%PDF")
    assert document.page_count >= 1
    assert jobs.run_sweeps(at("17:02"), only="render_documents") == {"render_documents": 0}


@pytest.mark.parametrize("suffix", ["pdf", "docx"])
def test_drawing_again_gives_the_same_bytes(world: World, suffix: str) -> None:
    document = issue(world)
    documents.render_document(actor=SYSTEM, at=at("17:01"), document_id=document.pk, suffix=suffix)
    document.refresh_from_db()
    first = getattr(document, suffix)
    OfficialDocument.objects.filter(pk=document.pk).update(pdf=None, docx=None)
    documents.render_document(actor=SYSTEM, at=at("18:01"), document_id=document.pk, suffix=suffix)
    document.refresh_from_db()
    assert getattr(document, suffix).pk == first.pk
    assert StoredFile.objects.count() == 1


def test_incomplete_record_issues_nothing_and_uses_no_number(world: World) -> None:
    series = documents.open_series(
        actor=world.actor("wen"), at=at(), body_id=world.campaign.body_id, campaign_id=world.campaign.pk,
        code="order", title="交办", pattern="示督交〔{year}〕{serial}号",
    )  # fmt: skip
    number = documents.reserve_number(actor=world.actor("hugo"), at=at(), series=series)
    with pytest.raises(Invalid) as refusal:
        issue(world, kind="work_order", title="交办单", record={"issuer": "专班"}, number=number)
    assert "承办单位" in str(refusal.value.message)
    number.refresh_from_db()
    assert (number.state, OfficialDocument.objects.count(), Delivery.objects.count()) == ("reserved", 0, 0)


@pytest.mark.parametrize("who", ["olga", "nobody", "hana", "ada"])
def test_issue_by_others_is_refused(world: World, who: str) -> None:
    with pytest.raises(Denied):
        issue(world, who)
    assert not OfficialDocument.objects.exists()


def test_unit_receives_its_document_once(world: World) -> None:
    document = issue(world)
    unread = queries.unread_deliveries(world.actor("olga"))
    assert [row.document_id for row in unread] == [document.pk]
    documents.receive_document(actor=world.actor("olga"), at=at("17:20"), delivery_id=unread[0].pk)
    assert list(queries.unread_deliveries(world.actor("olga"))) == []
    delivery = document.deliveries.get()
    assert (delivery.received_at, delivery.received_by_label) == (at("17:20"), "甲镇联络员")
    with pytest.raises(Denied):
        documents.receive_document(actor=world.actor("olga"), at=at("17:21"), delivery_id=delivery.pk)


def test_several_documents_are_received_at_once_and_only_by_whom_they_were_sent_to(world: World) -> None:
    mine = [issue(world).deliveries.get().pk for _ in range(2)]
    other = issue(world, main_ids=[world.units["乙镇人民政府"].pk]).deliveries.get()
    done = documents.receive_documents(
        actor=world.actor("olga"), at=at("17:20"), delivery_ids=[*mine, other.pk]
    )
    assert {row.pk for row in done} == set(mine)
    other.refresh_from_db()
    assert other.received_at is None
    assert (
        documents.receive_documents(actor=world.actor("olga"), at=at("17:21"), delivery_ids=mine) == []
    )  # a second tap


def test_receipt_by_the_sender_is_refused(world: World) -> None:
    delivery = issue(world).deliveries.get()
    with pytest.raises(Denied):
        documents.receive_document(actor=world.actor("wen"), at=at("17:20"), delivery_id=delivery.pk)
    with pytest.raises(NotFound):
        documents.receive_document(actor=world.actor("vera"), at=at("17:20"), delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.received_at is None


def test_sending_on_reaches_nobody_twice(world: World) -> None:
    document = issue(world)
    both = [world.units["甲镇人民政府"].pk, world.units["乙镇人民政府"].pk]
    documents.send_document(actor=world.actor("wen"), at=at("17:10"), document_id=document.pk, main_ids=both)
    assert document.deliveries.count() == 2


def test_documents_are_seen_by_staff_of_the_area_and_by_the_addressee(world: World) -> None:
    document = issue(world, area_path=world.units["甲镇"].path)
    seen = {
        name
        for name in (
            "hugo",
            "wen",
            "asha",
            "tess",
            "rina",
            "olga",
            "vera",
            "lena",
            "avi",
            "ada",
            "nobody",
            "hana",
        )
        if documents_visible_to(world.actor(name)).filter(pk=document.pk).exists()
    }
    assert seen == {"hugo", "wen", "asha", "tess", "olga", "lena", "avi"}


def test_headquarters_receives_only_what_was_sent_to_it(world: World) -> None:
    elsewhere, here = issue(world), issue(world, main_ids=[world.units["示例市指挥部"].pk])
    assert [row.document_id for row in queries.unread_deliveries(world.actor("hana"))] == [here.pk]
    with pytest.raises(NotFound):
        documents.receive_document(
            actor=world.actor("hana"), at=at("17:20"), delivery_id=elsewhere.deliveries.get().pk
        )


def test_link_of_an_order_opens_only_its_own_document(world: World) -> None:
    mine, other = issue(world, subject=world.units["甲镇人民政府"]), issue(world)
    link = Actor(
        kind=Kind.UNIT_LINK, label="甲镇", unit_id=world.units["甲镇人民政府"].pk, order_id=mine.subject_id
    )
    assert list(documents_visible_to(link)) == [mine]
    assert not documents_visible_to(Actor(kind=Kind.UNIT_LINK, label="")).exists()
    assert other.pk != mine.pk


def test_voided_document_keeps_its_record_and_takes_its_number_with_it(world: World) -> None:
    series = documents.open_series(
        actor=world.actor("wen"), at=at(), body_id=world.campaign.body_id, campaign_id=world.campaign.pk,
        code="notice", title="发文", pattern="示督发〔{year}〕{serial}号",
    )  # fmt: skip
    number = documents.reserve_number(actor=world.actor("hugo"), at=at(), series=series)
    document = issue(world, number=number)
    with pytest.raises(NotFound):
        documents.void_document(
            actor=world.actor("asha"), at=at("18:00"), document_id=document.pk, reason="错发"
        )
    documents.void_document(actor=world.actor("wen"), at=at("18:00"), document_id=document.pk, reason="错发")
    document.refresh_from_db()
    number.refresh_from_db()
    assert (document.state, number.state, document.void_reason) == ("voided", "voided", "错发")
    with pytest.raises((WrongState, Denied)):
        documents.void_document(
            actor=world.actor("wen"), at=at("18:01"), document_id=document.pk, reason="错发"
        )
