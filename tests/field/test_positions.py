"""A position is kept only in a campaign that allows it, whatever client sends one (§5: no more data than needed)."""

from uuid import uuid4

import pytest

from duban.campaigns.models import Campaign
from duban.inspection.models import Answer, Submission
from duban.kernel import files
from tests.checklists.workbooks import PLAIN, build
from tests.field.phone import ANSWERS, published, record

SPOT = {"type": "geopoint", "name": "spot", "label": "位置"}
HERE = "30.1 120.2 5 8"


@pytest.fixture
def sent(ready, mine):
    """A record with a position, as ODK Collect would send it; returns (answer, its bytes, sending it again)."""
    published(ready, content=build([*PLAIN, SPOT], settings={"version": "2"}))
    xml = record(ready, instance=uuid4(), version="2", answers={**ANSWERS, "spot": HERE})
    return lambda: mine.send(xml)


def test_position_is_dropped_on_receipt_and_from_the_kept_record(sent):
    assert sent().status_code == 201
    assert not Answer.objects.filter(name="spot").exists()
    assert Answer.objects.filter(name="shifts", value="2").exists()
    kept = files.read(Submission.objects.get().xml)
    assert HERE.encode() not in kept and b"<shifts>2</shifts>" in kept


def test_the_same_record_again_is_still_known_as_the_same(sent):
    assert [sent().status_code, sent().status_code] == [201, 201]
    assert Submission.objects.count() == 1


def test_position_is_kept_where_the_campaign_allows_it(ready, sent):
    Campaign.objects.filter(pk=ready.campaign.pk).update(may_open_position=True)
    assert sent().status_code == 201
    assert Answer.objects.get(name="spot").value == HERE


def test_required_position_is_not_demanded_where_it_may_not_be_kept(ready, mine):
    published(ready, content=build([*PLAIN, SPOT | {"required": "yes"}], settings={"version": "2"}))
    key = mine.get("day").json()["forms"][0]["key"]
    asked = 'nodeset="/data/spot" type="geopoint" required="true()"'
    assert asked not in mine.get(f"forms/{key}.xml").content.decode()
    assert mine.send(record(ready, instance=uuid4(), version="2", answers=ANSWERS)).status_code == 201
    Campaign.objects.filter(pk=ready.campaign.pk).update(may_open_position=True)
    assert asked in mine.get(f"forms/{key}.xml").content.decode()
    assert mine.send(record(ready, instance=uuid4(), version="2", answers=ANSWERS)).status_code == 422
