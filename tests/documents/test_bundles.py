"""Many documents as one file: progress, same bytes, failure in the middle, retry, nobody else's bundle."""

import zipfile
from io import BytesIO

import pytest
from pypdf import PdfReader

from duban.documents import drawing
from duban.documents import operations as documents
from duban.documents.models import Bundle, OfficialDocument
from duban.kernel import files, jobs
from duban.kernel.errors import Denied, Invalid, NotFound
from tests.documents.test_issue import issue
from tests.world import World, at


def ask(world: World, rows, form: str = "pdf_zip", who: str = "wen") -> Bundle:
    return documents.ask_bundle(
        actor=world.actor(who), at=at("18:00"), campaign_id=world.campaign.pk, document_ids=[row.pk for row in rows],
        form=form,
    )  # fmt: skip


def made(bundle: Bundle) -> Bundle:
    jobs.run_sweeps(at("18:01"), only="make_bundles")
    bundle.refresh_from_db()
    return bundle


def test_zip_holds_every_document_under_its_own_name_and_is_the_same_each_time(world: World) -> None:
    rows = [issue(world, kind="letter"), issue(world, kind="letter"), issue(world, kind="request")]
    first, second = made(ask(world, rows)), made(ask(world, rows))
    assert (first.state, first.done, first.total) == ("ready", 3, 3)
    assert first.file_id == second.file_id
    with zipfile.ZipFile(BytesIO(files.read(first.file))) as archive:
        assert archive.namelist() == [
            "关于商请提供点位登记信息的函.pdf", "关于商请提供点位登记信息的函（2）.pdf", "关于增派现场核验人员的请示.pdf",
        ]  # fmt: skip
        assert all(archive.read(name).startswith(b"%PDF") for name in archive.namelist())


def test_one_file_for_printing_begins_each_document_on_a_front_page(world: World) -> None:
    rows = [issue(world, kind="letter"), issue(world, kind="request"), issue(world, kind="letter")]
    bundle = made(ask(world, rows, "print"))
    pages = [page.extract_text() for page in PdfReader(BytesIO(files.read(bundle.file))).pages]
    starts = [n for n, text in enumerate(pages) if "示督函" in text or "示督请" in text]
    assert starts == [0, 2, 4]
    assert len(pages) == 5


def test_word_bundle_holds_word_files(world: World) -> None:
    bundle = made(ask(world, [issue(world, kind="letter")], "docx_zip"))
    with zipfile.ZipFile(BytesIO(files.read(bundle.file))) as archive:
        assert [name[-5:] for name in archive.namelist()] == [".docx"]


def test_document_that_cannot_be_drawn_fails_the_bundle_keeps_no_half_file_and_can_be_tried_again(
    world: World,
) -> None:
    good, bad = issue(world, kind="letter"), issue(world, kind="letter")
    whole = bad.record
    OfficialDocument.objects.filter(pk=bad.pk).update(record={"title": "缺项"})
    bundle = made(ask(world, [good, bad]))
    assert (bundle.state, bundle.file) == ("failed", None)
    assert "不能生成" in bundle.fault
    good.refresh_from_db()
    assert good.pdf is not None
    OfficialDocument.objects.filter(pk=bad.pk).update(record=whole)
    documents.retry_bundle(actor=world.actor("wen"), at=at("18:05"), bundle_id=bundle.pk)
    assert made(bundle).state == "ready"


def test_bundle_is_seen_and_tried_again_by_nobody_else(world: World) -> None:
    bundle = ask(world, [issue(world, kind="letter")])
    for who in ("hugo", "olga", "nobody"):
        with pytest.raises(NotFound):
            documents.retry_bundle(actor=world.actor(who), at=at("18:05"), bundle_id=bundle.pk)
    with pytest.raises(Denied):
        documents.retry_bundle(actor=world.actor("wen"), at=at("18:05"), bundle_id=bundle.pk)


def test_documents_out_of_reach_or_none_at_all_are_refused(world: World) -> None:
    row = issue(world)
    with pytest.raises((Invalid, NotFound)):
        ask(world, [row], who="nobody")
    with pytest.raises(Invalid):
        ask(world, [])
    assert not Bundle.objects.exists()


def test_long_row_is_drawn_in_processes_with_the_same_bytes(world: World, monkeypatch) -> None:
    rows = [issue(world, kind="letter"), issue(world, kind="request")]
    alone = [drawing.draw(row, "docx").content for row in rows]
    monkeypatch.setattr(drawing, "APART", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert [one.content for one in drawing.draw_all(rows, "docx")] == alone
    rows[1].record = {"title": "缺项"}
    drawn = drawing.draw_all(rows, "docx")
    assert next(drawn).content == alone[0]
    with pytest.raises(Invalid, match="缺少"):
        next(drawn)
