"""Public versions: the same text without names, on every way out; checked before they exist."""

import re
import zipfile
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.urls import reverse
from pypdf import PdfReader

from duban.documents import audiences, queries
from duban.documents import operations as documents
from duban.documents.kinds import kind_of
from duban.documents.models import Bundle, OfficialDocument
from duban.kernel import files, jobs
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.models import Event
from tests.documents.test_issue import issue
from tests.page_client import PageClient
from tests.world import World, at

NAMES = [
    {"name": "张示例", "post": "丁镇值班带班岗负责人", "may_be_named": False},
    {"name": "李示范", "post": "某乡主要负责人", "may_be_named": True},
]
RECORD_TEXT = ["2月16日，张示例未到岗；张 示例事后补填登记。李示范负领导责任。"]


def internal(world: World, **changes) -> OfficialDocument:
    record = {
        **kind_of("circular").sample(),
        "paragraphs": RECORD_TEXT, "annexes": [{"title": "情况说明", "paragraphs": ["张示例的书面说明一份。"]}],
    }  # fmt: skip
    return issue(world, kind="circular", record=record, title=record["title"], names=NAMES, **changes)


def variant(world: World, original: OfficialDocument, audience: str = "unnamed", who: str = "wen", **more):
    return documents.issue_variant(
        actor=world.actor(who), at=at("18:00"), document_id=original.pk, audience=audience, **more
    )


@pytest.mark.parametrize(
    "audience, hidden, kept", [("unnamed", "张示例 李示范", ""), ("named", "张示例", "李示范")]
)
def test_no_way_out_carries_a_hidden_name(world: World, audience: str, hidden: str, kept: str) -> None:
    made = variant(world, internal(world), audience)
    shown = {}
    for suffix in ("pdf", "docx"):
        documents.render_document(actor=SYSTEM, at=at("18:01"), document_id=made.pk, suffix=suffix)
        shown[f"name.{suffix}"] = audiences.file_name(made, suffix)
    made = OfficialDocument.objects.select_related("pdf", "docx").get(pk=made.pk)
    reader = PdfReader(BytesIO(files.read(made.pdf)))
    shown["pdf"] = "".join(page.extract_text() for page in reader.pages)
    shown["pdf properties"] = str(dict(reader.metadata or {}))
    with zipfile.ZipFile(BytesIO(files.read(made.docx))) as archive:
        shown |= {one: archive.read(one).decode("utf-8", "ignore") for one in archive.namelist()}
    bundle = documents.ask_bundle(
        actor=world.actor("wen"),
        at=at("18:02"),
        campaign_id=world.campaign.pk,
        document_ids=[made.pk],
        form="pdf_zip",
    )
    jobs.run_sweeps(at("18:03"), only="make_bundles")
    bundle.refresh_from_db()
    with zipfile.ZipFile(BytesIO(files.read(bundle.file))) as archive:
        shown["zip"] = "".join(archive.namelist())
    found = queries.documents_listed(world.actor("wen"), text=made.number_text)
    shown["search"] = "".join(f"{row.number_text}{row.title}" for row in found)
    shown["journal"] = "".join(f"{e.subject_label}{e.reason}" for e in Event.objects.all())
    shown["record"] = str(made.record)
    for place, text in shown.items():
        assert not any(name in "".join(text.split()) for name in hidden.split()), place
    for name in kept.split():
        assert name in shown["pdf"]
    assert "丁镇值班带班岗负责人未到岗" in "".join(shown["pdf"].split())


def test_variant_keeps_number_and_points_at_the_original(world: World) -> None:
    original = internal(world)
    made = variant(world, original)
    assert (made.variant_of_id, made.number, made.number_text) == (original.pk, None, original.number_text)
    assert made.names == []
    assert "公开版（不具名）" in audiences.file_name(made, "pdf")
    with pytest.raises(Conflict):
        variant(world, original)


def test_name_that_redaction_cannot_reach_stops_the_version(world: World) -> None:
    original = internal(world)
    OfficialDocument.objects.filter(pk=original.pk).update(names=[{"name": "督导组", "post": "督导组某岗"}])
    before = OfficialDocument.objects.count()
    with pytest.raises(Invalid) as refusal:
        variant(world, original)
    assert refusal.value.code == "names_leak"
    assert OfficialDocument.objects.count() == before


@pytest.mark.parametrize("who", ["asha", "tess", "lena"])
def test_only_the_office_makes_public_versions(world: World, who: str) -> None:
    original = internal(world)
    with pytest.raises((Denied, NotFound)):
        variant(world, original, who=who)
    assert not original.variants.exists()


def test_public_version_is_not_made_from_a_public_version(world: World) -> None:
    made = variant(world, internal(world), "named")
    with pytest.raises(Denied):
        variant(world, made, "unnamed")


def bundle_of(world: World, *rows: OfficialDocument, form: str = "docx_zip") -> Bundle:
    bundle = documents.ask_bundle(
        actor=world.actor("wen"), at=at("18:00"), campaign_id=world.campaign.pk,
        document_ids=[row.pk for row in rows], form=form,
    )  # fmt: skip
    jobs.run_sweeps(at("18:01"), only="make_bundles")
    bundle.refresh_from_db()
    return bundle


def test_zip_of_public_versions_is_read_for_names_once_more(world: World) -> None:
    made = variant(world, internal(world))
    assert bundle_of(world, made).state == "ready"
    # As if a later fault had let a name into the stored file.
    spoiled = {**made.record, "note": "张示例"}
    OfficialDocument.objects.filter(pk=made.pk).update(record=spoiled, docx=None)
    failed = bundle_of(world, made)
    assert (failed.state, failed.file) == ("failed", None)
    assert "仍有个人姓名" in failed.fault


def test_print_file_of_public_versions_is_read_for_names_once_more(world: World) -> None:
    made = variant(world, internal(world))
    assert bundle_of(world, made, form="print").state == "ready"
    spoiled = {**made.record, "note": "张示例"}
    OfficialDocument.objects.filter(pk=made.pk).update(record=spoiled, pdf=None)
    failed = bundle_of(world, made, form="print")
    assert (failed.state, failed.file) == ("failed", None)
    assert "第 2 页" in failed.fault


def test_internal_and_public_versions_are_not_put_into_one_file(world: World) -> None:
    original = internal(world)
    with pytest.raises(Invalid):
        bundle_of(world, original, variant(world, original))
    assert not Bundle.objects.exists()


def test_search_finds_no_public_version_by_a_hidden_name(world: World, page: PageClient) -> None:
    original = internal(world)
    made = variant(world, original)
    found = page.as_("wen").get(reverse("search:show"), {"q": "张示例"}).content.decode()
    assert str(made.pk) not in found
    assert audiences.leaks(made, NAMES) == []


def words_of(body: bytes) -> str:
    """Return the text of a page or a PDF with its properties; of a zip, all parts and their names."""
    if body.startswith(b"%PDF"):
        reader = PdfReader(BytesIO(body))
        return str(dict(reader.metadata or {})) + "".join(page.extract_text() for page in reader.pages)
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as archive:
            return "".join(name + words_of(archive.read(name)) for name in archive.namelist())
    return re.sub(r"<[^>]+>", "", body.decode("utf-8", "ignore"))


def shown_by(answer) -> str:
    """Return all a browser gets: headers with the file's name, and what the file says."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return "".join((unquote(str(answer.headers)) + words_of(body)).split())


def test_unit_that_gets_the_public_version_meets_no_hidden_name_at_any_door(
    world: World, page: PageClient
) -> None:
    original = internal(world, main_ids=[])
    made = variant(world, original, main_ids=[world.units["甲镇人民政府"].pk])
    for suffix in ("pdf", "docx"):
        documents.render_document(actor=SYSTEM, at=at("18:01"), document_id=made.pk, suffix=suffix)
    page.as_("olga")
    here = f"/documents/{made.pk}/"
    doors = ["/documents/", "/documents/?export=1", "/search/?q=通报", f"/search/?q={made.number_text}", here,
             f"{here}print/", f"{here}file.pdf", f"{here}file.docx"]  # fmt: skip
    for door in doors:
        answer = page.get(door)
        assert answer.status_code == 200, door
        shown = shown_by(answer)
        assert "张示例" not in shown, door
        assert "李示范" not in shown, door
    assert page.get(f"/documents/{original.pk}/").status_code == 404


@pytest.mark.parametrize("form", ["pdf_zip", "docx_zip", "print"])
def test_bundle_of_public_versions_is_downloaded_without_a_hidden_name(
    world: World, page: PageClient, form: str
) -> None:
    bundle = bundle_of(world, variant(world, internal(world)), form=form)
    answer = page.as_("wen").get(f"/documents/bundles/{bundle.pk}/file/")
    assert answer.status_code == 200
    shown = shown_by(answer)
    assert "丁镇值班带班岗负责人" in shown
    assert "张示例" not in shown
    assert "李示范" not in shown
