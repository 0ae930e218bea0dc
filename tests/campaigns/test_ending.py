"""Closing by decision, the erase plan, destruction with a certificate."""

from datetime import timedelta

import pytest

from duban.campaigns import erasure, sweeps
from duban.campaigns import operations as campaigns
from duban.campaigns.models import DestructionCertificate
from duban.kernel import files, journal
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event, EventDetail, StoredFile


def close(world, at, actor: str = "hugo", **changes):
    fields = {"number": "示专班发〔2020〕9号", "reason": "应急响应解除", **changes}
    return campaigns.close_campaign(
        actor=world.actor(actor), at=at("18:00"), campaign_id=world.campaign.pk, **fields
    )


@pytest.fixture
def photos(at):
    """An app above that holds two photos, one of which another campaign uses too."""
    kept = files.keep(b"shared", media_type="image/jpeg", at=at("08:00"))
    gone = files.keep(b"only here", media_type="image/jpeg", at=at("08:00"))
    erasure.register(
        erasure.Eraser("test_photos", "照片", lambda campaign: 2, lambda campaign: [kept, gone],
                       in_use=lambda stored: stored.pk == kept.pk)
    )  # fmt: skip
    yield kept, gone
    del erasure.ERASERS["test_photos"]


def test_close_needs_number_and_reason(world, at) -> None:
    with pytest.raises(Invalid) as refused:
        close(world, at, number=" ", reason="")
    assert set(refused.value.fields) == {"number", "reason"}
    world.campaign.refresh_from_db()
    assert world.campaign.state == "running"


@pytest.mark.parametrize("name", ["wen", "asha", "olga", "ada", "hana"])
def test_close_is_the_heads_alone(world, at, name: str) -> None:
    with pytest.raises(Denied):
        close(world, at, actor=name)
    world.campaign.refresh_from_db()
    assert (world.campaign.state, world.campaign.closing_number) == ("running", "")


def test_close_lists_what_is_erased_and_when(world, at) -> None:
    closed = close(world, at)
    assert closed.state == "closed"
    assert closed.erase_plan["due_on"] == (at("18:00") + timedelta(days=30)).date().isoformat()
    assert "journal_details" in {line["code"] for line in closed.erase_plan["lines"]}
    with pytest.raises(WrongState):
        close(world, at)
    with pytest.raises(Denied):
        campaigns.change_campaign(
            actor=world.actor("hugo"), at=at("19:00"), campaign_id=world.campaign.pk, title="换题"
        )


def test_reopen_lets_it_run_again(world, at) -> None:
    close(world, at)
    again = campaigns.reopen_campaign(
        actor=world.actor("hugo"), at=at("19:00"), campaign_id=world.campaign.pk, reason="又起"
    )
    assert (again.state, again.closed_at, again.erase_plan) == ("running", None, {"after_days": 30})


def test_erase_before_close_or_before_due_is_refused(world, at) -> None:
    erase = {"actor": world.actor("hugo"), "campaign_id": world.campaign.pk, "reason": "按计划"}
    with pytest.raises(WrongState):
        campaigns.erase_campaign(at=at("18:00"), **erase)
    close(world, at)
    with pytest.raises(WrongState) as refused:
        campaigns.erase_campaign(at=at("18:00") + timedelta(days=29), **erase)
    assert refused.value.code == "erase_not_due"
    assert not DestructionCertificate.objects.exists()


def test_erase_destroys_files_and_details_and_certifies(
    world, at, photos, django_capture_on_commit_callbacks
) -> None:
    kept, gone = photos
    campaigns.change_campaign(actor=SYSTEM, at=at("09:00"), campaign_id=world.campaign.pk, trigger="输入")
    event = journal.events_of(world.campaign).get(verb="campaign.changed")
    assert EventDetail.objects.filter(event=event).exists()
    close(world, at)
    later = at("18:00") + timedelta(days=31)
    with django_capture_on_commit_callbacks(execute=True):
        certificate = campaigns.erase_campaign(
            actor=world.actor("hugo"), at=later, campaign_id=world.campaign.pk, reason="按清除计划"
        )
    assert certificate.file_digests == [gone.sha256]
    assert {line["code"]: line.get("files") for line in certificate.lines}["test_photos"] == 1
    with pytest.raises(NotFound):
        files.read(StoredFile.objects.get(pk=gone.pk))
    assert files.read(StoredFile.objects.get(pk=kept.pk)) == b"shared"
    assert not EventDetail.objects.filter(event=event).exists()
    assert Event.objects.get(pk=event.pk).detail_hash == event.detail_hash
    assert Event.objects.filter(verb="campaign.erased").count() == 1
    certificate.refresh_from_db()
    assert certificate.completed_at == later
    assert len(certificate.digest) == 64


def test_erase_interrupted_before_the_blobs_is_finished_by_the_sweep(world, at, photos) -> None:
    _kept, gone = photos
    close(world, at)
    later = at("18:00") + timedelta(days=31)
    campaigns.erase_campaign(actor=SYSTEM, at=later, campaign_id=world.campaign.pk, reason="按清除计划")
    assert files.default_storage.exists(files.storage_name(gone.sha256))
    assert sweeps.finish_destruction(later) == 1
    assert not files.default_storage.exists(files.storage_name(gone.sha256))
    assert sweeps.finish_destruction(later) == 0


def test_erase_denied_changes_nothing(world, at, photos) -> None:
    close(world, at)
    with pytest.raises(Denied):
        campaigns.erase_campaign(
            actor=world.actor("wen"),
            at=at("18:00") + timedelta(days=31),
            campaign_id=world.campaign.pk,
            reason="清",
        )
    assert StoredFile.objects.exclude(erased_at=None).count() == 0
