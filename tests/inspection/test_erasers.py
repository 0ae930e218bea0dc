"""Evidence and sensitive wording are given up at the end of a campaign (G-9)."""

from datetime import timedelta

import pytest

from duban.campaigns import operations as campaigns
from duban.inspection.models import Evidence
from duban.kernel import files
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import NotFound
from duban.kernel.models import StoredFile


def test_erase_destroys_evidence_and_keeps_what_another_campaign_shows(
    world, at, django_capture_on_commit_callbacks
) -> None:
    mine = files.keep(b"mine", media_type="image/jpeg", at=at("09:00"))
    shared = files.keep(b"shared", media_type="image/jpeg", at=at("09:00"))
    other = type(world.campaign).objects.create(
        code="other", title="另一专项", pack="test", scope=world.units["示例市"],
        area_path=world.campaign.area_path, body=world.campaign.body, starts_on=at("09:00").date(),
    )  # fmt: skip
    for campaign, stored in ((world.campaign, mine), (world.campaign, shared), (other, shared)):
        Evidence.objects.create(
            campaign=campaign, file=stored, received_sha256=stored.sha256, uploaded_at=at("09:00"),
            uploaded_by_label="第1督导组成员", caption="门岗",
        )  # fmt: skip
    closed = campaigns.close_campaign(
        actor=SYSTEM, at=at("18:00"), campaign_id=world.campaign.pk, number="1号", reason="响应解除"
    )
    assert {"code": "evidence", "title": "照片和证据文件", "records": 2} in closed.erase_plan["lines"]
    with django_capture_on_commit_callbacks(execute=True):
        certificate = campaigns.erase_campaign(
            actor=SYSTEM, at=at("18:00") + timedelta(days=31), campaign_id=world.campaign.pk, reason="按计划"
        )
    assert certificate.file_digests == [mine.sha256]
    with pytest.raises(NotFound):
        files.read(StoredFile.objects.get(pk=mine.pk))
    assert files.read(StoredFile.objects.get(pk=shared.pk)) == b"shared"
    assert list(Evidence.objects.filter(campaign=world.campaign).values_list("caption", flat=True)) == [
        "",
        "",
    ]
    assert Evidence.objects.get(campaign=other).caption == "门岗"
