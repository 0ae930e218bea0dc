"""The journal is append-only and its seals prove it."""

import pytest
from django.db import DatabaseError, connection, transaction

from duban.kernel import journal, seals
from duban.kernel.actor import SYSTEM
from duban.kernel.models import Event, EventDetail
from tests.world import at


@pytest.fixture
def event(world, append_only_tables):
    with transaction.atomic():
        return journal.record(
            "export.made", actor=SYSTEM, at=at(), subject=world.campaign, detail={"rows": 3}
        )


def test_events_refuse_update_and_delete(event):
    for statement in ("UPDATE kernel_event SET reason = 'x'", "DELETE FROM kernel_event"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Event.objects.filter(pk=event.pk, reason="").exists()


def test_sealing_covers_every_event_once(event):
    count = Event.objects.count()
    assert seals.seal_open_events(at("16:00")) == count
    assert seals.seal_open_events(at("16:01")) == 0
    verdict = seals.verify()
    assert (verdict.seals, verdict.events, verdict.open_events, verdict.faults) == (1, count, 0, [])


def test_changed_detail_is_found(event):
    seals.seal_open_events(at("16:00"))
    EventDetail.objects.filter(event=event).update(body={"rows": 4})
    assert seals.verify().faults == [f"event {event.pk}: the detail was changed"]


def test_erased_detail_keeps_the_proof(event):
    seals.seal_open_events(at("16:00"))
    EventDetail.objects.filter(event=event).delete()
    assert seals.verify().is_sound
    assert seals.inclusion_proof(event)["seal"] == 1
