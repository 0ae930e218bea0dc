"""Orders ticked on the phone, and telephone spot checks with the record of the call (S2-15, S4-13)."""

from datetime import datetime
from uuid import uuid4

import pytest
from lxml import etree

from duban.campaigns.models import InstalledPack
from duban.inspection.models import Finding, Visit
from duban.notices.models import Notice
from duban.rectification.models import WorkOrder
from duban.sites.models import Site
from tests.field.phone import finding, message, phone, record
from tests.world import World


@pytest.fixture
def head(ready: World):
    """The phone of tess, head of team 1."""
    return phone(ready, "tess")


@pytest.fixture
def leave(ready: World) -> None:
    """The campaign's pack lets team heads sign."""
    InstalledPack.objects.create(
        code=ready.campaign.pack, version="9", title="试", digest="0" * 64, profile={"team_heads_sign_orders": True},
        installed_at=datetime.fromisoformat("2020-02-01T00:00:00+08:00"),
    )  # fmt: skip


def rights(one) -> bytes:
    key = one.get("day").json()["forms"][0]["key"]
    return one.get(f"forms/{key}/rights.csv").content


def test_only_a_head_with_leave_is_asked(leave, head, mine):
    assert b"order,yes" in rights(head)
    assert b"order,no" in rights(mine)


def test_head_without_leave_is_not_asked(head):
    assert b"order,no" in rights(head)


def test_ticked_finding_is_confirmed_and_ordered_once(ready, leave, head):
    key = uuid4()
    xml = record(ready, instance=key, findings=[finding(order_now="yes"), finding()])
    assert [head.send(xml).status_code for _ in range(2)] == [201, 201]
    order = WorkOrder.objects.get()
    assert (order.state, order.deadline_kind, order.signed_by_id) == (
        "issued",
        "at_once",
        ready.users["tess"].pk,
    )
    assert order.number_text and order.items.count() == 1
    assert sorted(Finding.objects.values_list("state", flat=True)) == ["ordered", "registered"]


def test_without_leave_the_record_is_kept_and_the_head_is_told(ready, head):
    assert head.send(record(ready, findings=[finding(order_now="yes")])).status_code == 201
    assert Finding.objects.get().state == "registered"
    assert not WorkOrder.objects.exists()
    told = Notice.objects.get(kind="not_ordered")
    assert told.user_id == ready.users["tess"].pk and "没有当场交办" in told.text


def test_corrected_on_the_spot_is_never_ordered(ready, leave, head):
    done = finding(order_now="yes", on_spot="yes", on_spot_note="当场补齐排班")
    assert head.send(record(ready, findings=[done])).status_code == 201
    assert not WorkOrder.objects.exists()


CALL = {"mode": "phone", "methods": "phone"}
UNSIGNED = {"signature": "phone"}


@pytest.fixture
def reachable(ready: World) -> None:
    Site.objects.filter(name="甲镇西卡口").update(duty_phone="0000-8800110")


def test_call_record_names_the_duty_phone_and_the_post(ready, mine, reachable):
    xml = record(ready, head=CALL | {"call_outcome": "answered", "call_post": "值班岗"}, closing=UNSIGNED)
    assert mine.send(xml).status_code == 201
    visit = Visit.objects.get()
    assert (visit.call_number, visit.call_outcome, visit.call_post) == ("0000-8800110", "answered", "值班岗")


def test_nobody_answers_and_nothing_is_asked(ready, mine, reachable):
    xml = record(ready, answers={}, head=CALL | {"call_outcome": "unanswered"}, closing=UNSIGNED)
    assert mine.send(xml).status_code == 201
    assert Visit.objects.get().state == "submitted"


def test_number_of_a_place_without_duty_phone_is_never_called(ready, mine):
    Site.objects.filter(name="甲镇西卡口").update(duty_phone="")
    answer = mine.send(
        record(ready, head=CALL | {"call_outcome": "answered", "call_post": "值班岗"}, closing=UNSIGNED)
    )
    assert answer.status_code == 422 and "值班电话" in message(answer)
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "said", [{}, {"call_outcome": "answered"}, {"call_outcome": "unanswered", "call_post": "值班岗"}]
)
def test_call_without_its_result_is_refused(ready, mine, reachable, said):
    assert mine.send(record(ready, head=CALL | said, closing=UNSIGNED)).status_code == 422


def test_form_asks_the_checklist_only_when_somebody_talks(ready, mine):
    key = mine.get("day").json()["forms"][0]["key"]
    form = etree.fromstring(mine.get(f"forms/{key}.xml").content)
    binds = {
        bind.get("nodeset"): bind.get("relevant", "")
        for bind in form.iter("{http://www.w3.org/2002/xforms}bind")
    }
    top = [
        path
        for path in binds
        if path.count("/") == 2 and "/duban_" not in path and not path.endswith("/meta")
    ]
    assert top and all("call_outcome = 'answered'" in binds[path] for path in top)


@pytest.mark.parametrize(
    ("head", "signature"), [(CALL | {"call_outcome": "unanswered"}, "signed"), ({}, "phone")]
)
def test_nobody_signs_over_the_telephone_and_somebody_at_the_place(ready, mine, reachable, head, signature):
    answer = mine.send(record(ready, head=head, closing={"signature": signature}))
    assert answer.status_code == 422 and "签字" in message(answer)
