"""Verifications and look-backs on a phone: what it is given, what it hands in, and what it may not."""

from uuid import uuid4

import pytest

from duban.inspection import operations as inspection
from duban.inspection.models import Finding
from duban.kernel.models import Event
from duban.people import operations as people
from duban.rectification.models import LookBack, TraceBack, Verification
from tests.field.phone import message, phone
from tests.inspection import acts
from tests.rectification import cases
from tests.world import at

TOLD = "2020-02-16T14:40:00+08:00"


@pytest.fixture
def answered(ready, clock_at) -> Finding:
    """A finding the unit has replied to, at 15:00."""
    finding = cases.finding(ready)
    cases.replied(ready, finding)
    clock_at("15:00")
    return finding


def hand(phone_, finding, key=None, **changes):
    """Hand in a verification as the app does."""
    values = {
        "id": str(key or uuid4()), "target": str(finding.pk), "outcome": "passed", "method": "on_site",
        "opinion": "现场已有人值守", "told_at": TOLD, **changes,
    }  # fmt: skip
    return phone_.client.post(phone_.address("verify"), values)


def test_day_carries_what_waits_with_the_units_reply(ready, mine, answered):
    [row] = mine.get("day").json()["checks"]
    assert (row["kind"], row["id"], row["fact"]) == ("verify", str(answered.pk), answered.fact)
    assert row["reply"] and row["order"].endswith("1号") and row["unit"] == answered.unit.name


def test_verification_from_the_phone_writes_off_and_keeps_both_times(ready, mine, answered):
    key = uuid4()
    assert hand(mine, answered, key).status_code == 201
    answered.refresh_from_db()
    made = Verification.objects.get()
    assert (answered.state, made.pk, made.verifier_id) == ("written_off", key, ready.users["asha"].pk)
    assert made.verified_at == at("15:00") and made.told_at == at("14:40")
    assert mine.get("day").json()["checks"] == []


def test_sent_twice_is_entered_once_and_another_content_is_refused(mine, answered):
    key = uuid4()
    assert [hand(mine, answered, key).status_code for _ in range(3)] == [201, 201, 201]
    assert Event.objects.filter(verb="verification.passed").count() == 1
    other = hand(mine, answered, key, opinion="另一句话")
    assert (other.status_code, other.headers["X-Duban-Code"]) == (409, "same_id_other_content")


def test_who_comes_second_is_told_and_nothing_moves_twice(ready, mine, answered):
    cases.verify(ready, answered)
    late = hand(mine, answered, outcome="sent_back")
    assert late.status_code == 409 and message(late)
    answered.refresh_from_db()
    assert (answered.state, Verification.objects.count()) == ("written_off", 1)


def test_finder_of_a_serious_finding_neither_sees_nor_verifies_it(ready, mine, clock_at):
    finding = cases.finding(ready, severity="serious")
    cases.replied(ready, finding)
    clock_at("15:00")
    assert mine.get("day").json()["checks"] == []
    assert hand(mine, finding).status_code == 403
    assert not Verification.objects.exists()


def test_prominent_finding_is_verified_at_the_site_only(ready, mine, clock_at):
    finding = cases.finding(ready, severity="prominent")
    cases.replied(ready, finding)
    clock_at("15:00")
    [row] = mine.get("day").json()["checks"]
    assert row["needs_site"] is True
    assert hand(mine, finding, method="photos").status_code == 403
    assert hand(mine, finding).status_code == 201


@pytest.fixture
def drawn(ready, answered, clock_at) -> LookBack:
    """A look-back of the finding, drawn and due."""
    cases.verify(ready, answered)
    clock_at("16:00")
    return LookBack.objects.create(
        finding=answered, area_path=answered.area_path, sampled_at=at("15:30"), sample_seed="0" * 64,
        due_on=at().date(),
    )  # fmt: skip


def look(phone_, look_back, held="yes", note="仍有人值守"):
    return phone_.client.post(
        phone_.address("look-back"),
        {"target": str(look_back.pk), "held": held, "note": note, "told_at": TOLD},
    )


def test_look_back_from_the_phone_holds_once(mine, drawn):
    [row] = mine.get("day").json()["checks"]
    assert (row["kind"], row["id"]) == ("look_back", str(drawn.pk))
    assert [look(mine, drawn).status_code for _ in range(2)] == [201, 201]
    drawn.refresh_from_db()
    assert (drawn.held, drawn.done_at, drawn.told_at) == (True, at("16:00"), at("14:40"))
    assert Event.objects.filter(verb="look_back.held").count() == 1
    assert look(mine, drawn, held="no").status_code == 409  # what was recorded is not rewritten


def test_look_back_that_failed_opens_the_finding_again(mine, drawn):
    assert look(mine, drawn, held="no", note="无人值守").status_code == 201
    assert TraceBack.objects.filter(finding=drawn.finding, reason="recurrence").exists()
    drawn.finding.refresh_from_db()
    assert drawn.finding.state != "written_off"


def test_photo_of_a_check_comes_small_and_only_to_who_may_see_it(ready, mine, clock_at):
    finding = cases.finding(ready)
    kept = inspection.attach_evidence(
        actor=ready.actor("asha"),
        at=at("10:05"),
        finding_id=finding.pk,
        content=acts.photo(),
        file_name="a.jpg",
    )
    cases.replied(ready, finding)
    clock_at("15:00")
    [row] = mine.get("day").json()["checks"]
    assert row["before"] == str(kept.pk)
    answer = mine.get(f"photos/{row['before']}.jpg")
    assert answer.status_code == 200 and b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    assert phone(ready, "rina").get(f"photos/{kept.pk}.jpg").status_code in (403, 404)


def test_disabled_account_verifies_nothing(ready, mine, answered):
    people.set_active(
        actor=ready.actor("ada"), at=at("14:50"), user_id=ready.users["asha"].pk, is_active=False
    )
    assert hand(mine, answered).headers["X-Duban-Code"] == "account_disabled"
    assert not Verification.objects.exists()
