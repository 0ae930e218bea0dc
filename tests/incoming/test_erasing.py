"""At the end of a campaign the originals and what nobody confirmed go; the register stays."""

from datetime import timedelta
from uuid import uuid4

import pytest

from duban.campaigns import erasure
from duban.campaigns import operations as campaigns
from duban.campaigns.models import Campaign, Directive, Measure
from duban.incoming import operations as incoming
from duban.incoming.models import Passage, PostHolder
from duban.kernel import files
from duban.kernel.errors import NotFound
from duban.kernel.models import Event, StoredFile
from duban.teams.models import LiaisonAssignment
from tests.incoming.test_texts import ANNEX, confirm, receive
from tests.world import World, at

LATER = at("18:00") + timedelta(days=31)
WAITING = """关于报送情况的通知

各单位：
各镇应当每日上报水位。联系人：孙三丙（综合岗）。

示例市指挥部
2020年2月15日
"""


def another(world: World) -> Campaign:
    """Return a second campaign of the same place that goes on."""
    row = Campaign.objects.get(pk=world.campaign.pk)
    row.pk, row.code, row._state.adding = uuid4(), "other", True
    row.save()
    return row


def end(world: World, capture) -> dict[str, int]:
    """Close the campaign and erase it when its plan is due; return the plan by code."""
    closed = campaigns.close_campaign(
        actor=world.actor("hugo"), at=at("18:00"), campaign_id=world.campaign.pk, number="示专班发〔2020〕9号",
        reason="应急响应解除",
    )  # fmt: skip
    with capture(execute=True):
        campaigns.erase_campaign(
            actor=world.actor("hugo"), at=LATER, campaign_id=world.campaign.pk, reason="按清除计划"
        )
    return {line["code"]: line["records"] for line in closed.erase_plan["lines"]}


def test_plan_counts_originals_and_unconfirmed_readings_and_changes_nothing(world: World) -> None:
    text = receive(world, ANNEX)
    receive(world, WAITING, "waiting.txt")
    plan = {line["code"]: line["records"] for line in erasure.plan_lines(world.campaign)}
    assert plan["incoming_originals"] == 2
    assert plan["incoming_readings"] > 2
    assert files.read(text.file) == ANNEX.encode()
    assert text.proposals.exists()


def test_erasing_destroys_originals_and_readings_and_keeps_the_register(
    world: World, page, django_capture_on_commit_callbacks
) -> None:
    text = receive(world, ANNEX)
    second = text.proposals.filter(kind="liaison").last()
    directive = confirm(world, text, proposals={second.pk: {"is_taken": False}}, holder_ids=[])
    waiting = receive(world, WAITING, "孙三丙.txt")
    incoming.correct_text(
        actor=world.actor("wen"),
        at=at("11:00"),
        text_id=waiting.pk,
        head={"title": "孙三丙的通知"},
        proposals={},
    )
    measures = list(Measure.objects.filter(directive=directive).values_list("text", flat=True))
    plan = end(world, django_capture_on_commit_callbacks)
    assert plan["incoming_originals"] == 2

    for stored in (text.file, waiting.file):
        with pytest.raises(NotFound):
            files.read(StoredFile.objects.get(pk=stored.pk))
        assert not files.default_storage.exists(files.storage_name(stored.sha256))
    waiting.refresh_from_db()
    assert (waiting.title, waiting.text, waiting.file_name, waiting.earlier) == ("", "", "", [])
    assert not waiting.proposals.exists()
    assert not text.proposals.filter(is_taken=False).exists()
    assert (
        measures
        and list(Measure.objects.filter(directive=directive).values_list("text", flat=True)) == measures
    )
    assert all(passage.quote for passage in Passage.objects.filter(text=text))
    assert LiaisonAssignment.objects.exists() and not PostHolder.objects.exists()
    assert Event.objects.filter(verb="campaign.erased").count() == 1
    assert {line["code"]: line["records"] for line in erasure.plan_lines(world.campaign)}[
        "incoming_readings"
    ] == 0


def test_pages_after_erasing_say_so_and_offer_no_original(
    world: World, page, django_capture_on_commit_callbacks
) -> None:
    text = receive(world, ANNEX)
    directive = confirm(world, text)
    end(world, django_capture_on_commit_callbacks)
    shown = page.as_("hugo").get(f"/incoming/{text.pk}/")
    assert "原件已按清除计划清除" in shown.content.decode()
    assert "下载原件" not in page.get(f"/directives/{directive.pk}/").content.decode()


def test_original_that_another_campaign_still_holds_stays(
    world: World, django_capture_on_commit_callbacks
) -> None:
    text = receive(world, ANNEX)
    copy = Directive.objects.create(
        campaign=another(world), code="x", kind="directive", issuer_title="示例市", title="同一原件", issued_on="2020-02-15",
        source_file=text.file, received_at=at(),
    )  # fmt: skip
    end(world, django_capture_on_commit_callbacks)
    assert files.read(StoredFile.objects.get(pk=copy.source_file_id)) == ANNEX.encode()
