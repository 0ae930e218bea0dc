"""The pages of phones and of their records: register, end, decide what was held, put two records of one look together."""

import re

import pytest
from django.urls import reverse

from duban.inspection import operations as inspection
from duban.inspection.models import Evidence, Finding, Submission, Visit
from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Event
from duban.people import operations as people
from duban.people.models import Device
from tests.field.phone import Phone, finding, message, phone, record
from tests.inspection.acts import photo
from tests.page_client import PageClient
from tests.world import World, at


def body(response) -> str:
    return response.content.decode()


def test_phone_registered_on_the_page_works_at_once(ready, page: PageClient):
    shown = body(page.as_("asha").post(reverse("devices:register"), {"name": "工作手机"}))
    token = re.search(r"/field/key/([\w-]{43})/", shown)[1]
    assert "<svg" in shown and "只在这一页显示一次" in shown
    mine = Phone(Device.objects.get(), token, page)
    assert message(mine.send(record(ready))) == "已收到。"
    assert token not in body(page.as_("asha").get(reverse("devices:list")))


def test_name_is_needed(ready, page: PageClient):
    response = page.as_("asha").post(reverse("devices:register"), {"name": " "})
    assert response.status_code == 422
    assert Device.objects.count() == 0


def test_lost_phone_is_ended(ready, page: PageClient):
    mine = phone(ready)
    page.as_("asha").post(reverse("devices:revoke", args=[mine.device.pk]), {"reason": "遗失"})
    assert Device.objects.get().revoked_at is not None
    assert mine.get("formList").status_code == 401
    assert "已停用" in body(page.get(reverse("devices:list")))
    assert Event.objects.get(verb="device.revoked").reason == "遗失"


@pytest.mark.parametrize("who", ["rina", "lena", "nobody"])
def test_phone_of_somebody_else_is_not_there(ready, page: PageClient, who):
    mine = phone(ready)
    page.as_(who)
    assert page.post(reverse("devices:revoke", args=[mine.device.pk])).status_code in (403, 404)
    assert Device.objects.get().revoked_at is None


def held(world: World) -> Submission:
    mine = phone(world)
    people.set_active(
        actor=world.actor("ada"), at=at("09:30"), user_id=world.users["asha"].pk, is_active=False
    )
    mine.send(record(world, findings=[finding(photo_1="a.jpg")]), {"a.jpg": photo()})
    return Submission.objects.get()


def test_held_record_is_entered_in_its_senders_name(ready, page: PageClient):
    row = held(ready)
    page.as_("wen")
    assert "待专班处理" in body(page.get(reverse("submissions:list")))
    assert "提交时账号已停用" in body(page.get(reverse("submissions:show", args=[row.pk])))
    page.post(reverse("submissions:accept", args=[row.pk]))
    row.refresh_from_db()
    assert (row.state, row.decided_by_label) == ("applied", "专班综合岗")
    visit, found = Visit.objects.get(), Finding.objects.get()
    assert visit.entered_by == found.found_by == ready.users["asha"]
    assert Evidence.objects.get().finding == found
    assert not ready.users["asha"].__class__.objects.get(username="asha").is_active


def test_held_record_is_left_out_with_a_reason(ready, page: PageClient):
    row = held(ready)
    page.as_("wen").post(reverse("submissions:discard", args=[row.pk]), {"reason": "重复提交"})
    row.refresh_from_db()
    assert (row.state, row.decision_reason, Visit.objects.count()) == ("discarded", "重复提交", 0)


def test_reason_is_needed_to_leave_a_record_out(ready):
    row = held(ready)
    with pytest.raises(Invalid):
        inspection.discard_submission(
            actor=ready.actor("wen"), at=at("10:05"), submission_id=row.pk, reason=" "
        )
    row.refresh_from_db()
    assert row.state == "held"


def test_nobody_decides_on_an_own_record(ready):
    row = held(ready)
    Submission.objects.update(user=ready.users["wen"])
    with pytest.raises(Denied):
        inspection.accept_submission(actor=ready.actor("wen"), at=at("10:05"), submission_id=row.pk)
    assert Visit.objects.count() == 0


def twice(world: World) -> tuple[Visit, Visit]:
    phone(world).send(record(world, findings=[finding(photo_1="a.jpg")]), {"a.jpg": photo()})
    phone(world, "tess").send(record(world, findings=[finding(), finding()]))
    return tuple(Visit.objects.order_by("entered_at", "id"))  # type: ignore[return-value]


def test_two_phones_at_one_place_are_both_kept_until_a_person_merges(ready, page: PageClient):
    first, second = twice(ready)
    assert {first.state, second.state} == {"submitted"}
    page.as_("wen")
    assert "同一点位当日有两条记录" in body(page.get(reverse("submissions:list")))
    address = reverse("submissions:merge", args=[first.pk, second.pk])
    assert "并入后撤销" in body(page.get(address))
    page.post(address, {"reason": "两人同到，各记一份"})
    second.refresh_from_db()
    assert (second.state, first.findings.count(), Finding.objects.count()) == ("withdrawn", 3, 3)
    assert "同一点位当日有两条记录" not in body(page.get(reverse("submissions:list")))


def test_records_of_two_places_are_not_merged(ready):
    mine = phone(ready)
    mine.send(record(ready))
    mine.send(record(ready, site="甲镇农贸市场"))
    first, second = Visit.objects.all()
    with pytest.raises(Invalid):
        inspection.merge_visits(actor=ready.actor("wen"), at=at("10:05"), keep_id=first.pk, drop_id=second.pk,
                                reason="误以为一处")  # fmt: skip
    assert not Visit.objects.filter(state="withdrawn").exists()


def test_record_can_be_taken_along_as_it_was_sent(ready, page: PageClient):
    xml = record(ready)
    phone(ready).send(xml)
    response = page.as_("wen").get(reverse("submissions:source", args=[Submission.objects.get().pk]))
    assert response.content == xml
