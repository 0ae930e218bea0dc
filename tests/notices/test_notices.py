"""A notice is left once and read by its reader only."""

import pytest
from django.db import transaction

from duban.kernel.errors import NotFound
from duban.kernel.models import Event
from duban.notices import operations as notices
from duban.notices import queries
from duban.notices.models import Notice
from tests.world import World, at


def _leave(world: World, **changes) -> Notice:
    values = {
        "at": at("15:00"), "campaign_id": world.campaign.pk, "once_key": "sheet:1", "kind": "sheet_missing",
        "text": "第1督导组日报未报。", "user_id": world.users["asha"].pk,
    }  # fmt: skip
    return notices.notify(**(values | changes))


def test_same_key_a_second_time_leaves_one_line(world: World) -> None:
    first, second = _leave(world), _leave(world, text="改过的文字")
    assert first.pk == second.pk
    assert Notice.objects.get().text == "第1督导组日报未报。"


def test_reader_marks_it_read_once(world: World) -> None:
    notice = _leave(world)
    assert list(queries.unread_notices(world.actor("asha"))) == [notice]
    notices.mark_read(actor=world.actor("asha"), at=at("15:10"), notice_id=notice.pk)
    again = notices.mark_read(actor=world.actor("asha"), at=at("15:20"), notice_id=notice.pk)
    assert again.read_at == at("15:10")
    assert not queries.unread_notices(world.actor("asha")).exists()


def test_liaison_reads_the_units_lines_and_nobody_elses(world: World) -> None:
    notice = _leave(world, user_id=None, unit_id=world.units["甲镇人民政府"].pk)
    assert list(queries.unread_notices(world.actor("olga"))) == [notice]
    with pytest.raises(NotFound):
        notices.mark_read(actor=world.actor("wen"), at=at("15:10"), notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_line_without_reader_is_a_mistake(world: World) -> None:
    with pytest.raises(ValueError, match="reader"):
        _leave(world, user_id=None)


def test_one_line_for_each_reader_is_left_once_and_journalled_each(world: World) -> None:
    asha, wen = world.users["asha"].pk, world.users["wen"].pk
    line = {
        "at": at("15:00"), "campaign_id": world.campaign.pk, "once_key": "points:1", "kind": "key_points",
        "text": "督导要点已下发。", "subject": world.campaign,
    }  # fmt: skip
    with transaction.atomic():
        assert len(notices.notify_each(**line, user_ids=[asha])) == 1
        assert [one.user_id for one in notices.notify_each(**line, user_ids=[asha, wen])] == [wen]
    assert Notice.objects.count() == 2
    events = Event.objects.filter(verb="notice.sent").order_by("id")
    assert [event.subject_id for event in events] == [
        Notice.objects.get(user_id=key).pk for key in (asha, wen)
    ]
