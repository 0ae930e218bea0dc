"""Papers that would tell of a lead, a draw or a way: every door is tried by those who may not read them."""

import pytest

from duban.documents import operations as documents
from duban.documents import policy, queries
from duban.documents.kinds import all_kinds, kind_of
from duban.documents.models import GUARDED_KINDS, GUARDED_SERIES, Bundle, Delivery
from duban.documents.numbering import series_of
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.models import Event
from duban.teams.operations import papers
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
