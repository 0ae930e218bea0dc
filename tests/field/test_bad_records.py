"""Bad input at the OpenRosa door: the right status, a sentence that says what to do, and nothing half-written."""

import hashlib
import io
from uuid import uuid4

import pytest

from duban.field import openrosa
from duban.inspection.models import Answer, Evidence, Finding, Submission, Visit
from duban.kernel.models import Event
from tests.checklists.workbooks import PLAIN, build, check
from tests.field.phone import ANSWERS, finding, message, phone, published, record
from tests.inspection.acts import photo
from tests.world import at


def nothing_written() -> bool:
    counts = [model.objects.count() for model in (Submission, Visit, Answer, Finding, Evidence)]
    return counts == [0] * 5 and not Event.objects.filter(verb__startswith="submission.").exists()


def refused(response, status: int, words: str) -> bool:
    assert response.status_code == status, (response.status_code, response.content.decode())
    assert words in message(response), message(response)
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    return nothing_written()


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"not xml", b"<data", b"\xff\xfe\x00",
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><data id="market" version="1">&b;</data>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><data id="market" version="1"/>',
        b'<data id="market" version="1"></data>',
        b'<data id="market" version="1"><meta><instanceID>uuid:zzz</instanceID></meta></data>',
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
    ids=["empty", "text", "cut", "bytes", "bomb", "outside", "no id", "bad id", "deep"],
)  # fmt: skip
def test_what_is_no_record_is_400(mine, xml):
    assert refused(mine.send(xml), 400, "提交")


def test_no_record_part_is_400(mine):
    assert refused(mine.client.post(mine.address("submission"), {"other": "x"}), 400, "没有记录")


def test_truncated_body_is_400(ready, mine):
    body = b'--b\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="r.xml"\r\n\r\n<data'
    response = mine.client.generic(
        "POST", mine.address("submission"), body, content_type="multipart/form-data; boundary=b"
    )
    assert refused(response, 400, "提交")


def test_body_over_the_limit_is_refused_before_it_is_read(mine):
    response = mine.client.generic(
        "POST", mine.address("submission"), b"x", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(2 * 1024**3),
    )  # fmt: skip
    assert refused(response, 413, "分批提交")


def test_body_of_unknown_length_is_read_up_to_the_limit(mine, monkeypatch):
    monkeypatch.setattr(openrosa, "LIMIT_BYTES", 1000)
    response = mine.client.generic(
        "POST", mine.address("submission"), b"x" * 1001, content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": io.BytesIO(b"x" * 1001)},
    )  # fmt: skip
    assert refused(response, 413, "分批提交")


def test_record_over_two_megabytes_is_refused(ready, mine):
    xml = record(ready, findings=[finding(fact="长" * 800_000)])
    assert refused(mine.send(xml), 413, "2MB")


def test_photo_that_is_no_photo_is_refused(ready, mine):
    xml = record(ready, findings=[finding(photo_1="a.jpg")])
    assert refused(mine.send(xml, {"a.jpg": b"not a photo at all"}), 422, "不是照片")


def test_photo_cut_short_is_refused(ready, mine):
    xml = record(ready, findings=[finding(photo_1="a.jpg")])
    assert refused(mine.send(xml, {"a.jpg": photo()[:2000]}), 422, "照片不完整")


def test_photo_that_changed_on_the_way_is_refused(ready, mine):
    xml = record(ready, findings=[finding(photo_1="a.jpg")])
    wrong = {"X-Duban-File-Digest": f"sha256={'0' * 64}"}
    assert refused(mine.send(xml, {"a.jpg": photo()}, headers=wrong), 422, "再提交一次")
    right = {"X-Duban-File-Digest": f"sha256={hashlib.sha256(photo()).hexdigest()}"}
    assert mine.send(xml, {"a.jpg": photo()}, headers=right).status_code == 201


def test_photo_the_record_does_not_name_is_refused(ready, mine):
    assert refused(mine.send(record(ready), {"stray.jpg": photo()}), 422, "stray.jpg")


def test_ten_thousand_repeats_are_refused(ready, mine):
    xml = record(ready, findings=[{"fact": "x"}] * 10_000)
    assert refused(mine.send(xml), 422, "分成几条")


def test_ten_thousand_turns_of_a_repeat_are_refused(no_java, world, clock_at):
    rows = [*PLAIN, {"type": "begin_repeat", "name": "shelf", "label": "货架"},
            {"type": "text", "name": "goods", "label": "货物"}, {"type": "end_repeat", "name": "shelf"}]  # fmt: skip
    published(world, content=build(rows))
    world.dispatch("1")
    clock_at("10:00")
    xml = record(world).replace(
        b"<duban_closing>", b"<shelf><goods>x</goods></shelf>" * 10_000 + b"<duban_closing>"
    )
    assert refused(phone(world).send(xml), 422, "分成几条")


def test_must_ask_that_was_not_asked_is_refused_with_its_question(ready, mine):
    xml = record(ready, answers={**ANSWERS, "g/on_post": "not_checked"})
    assert refused(mine.send(xml), 422, "必问项须给出检查结果")


def test_answer_outside_its_choices_is_refused(ready, mine):
    assert refused(mine.send(record(ready, answers={**ANSWERS, "ledger": "perhaps"})), 422, "选项")


def test_place_outside_the_dispatch_needs_a_reason(no_java, world, clock_at):
    published(world)
    world.dispatch("1", sites=("甲镇西卡口",))
    clock_at("10:00")
    mine, head = phone(world), {"site": "other", "other_code": "甲镇农贸市场"}
    assert refused(mine.send(record(world, head=head)), 422, "写明增加的理由")
    assert mine.send(record(world, head={**head, "manual_reason": "群众反映后临时增加"})).status_code == 201
    assert Visit.objects.get().manual_reason == "群众反映后临时增加"


@pytest.mark.parametrize("code", ["没有", "乙镇西卡口"])
def test_unknown_place_and_one_out_of_reach_look_the_same(ready, mine, code):
    head = {"site": "other", "other_code": code, "manual_reason": "群众反映后临时增加"}
    assert refused(mine.send(record(ready, head=head)), 422, f"没有编码为“{code}”的点位，或者不在您的范围内")


def test_sealed_place_is_refused(ready, mine):
    ready.dispatch("1").dispatch_sites.update(is_sealed=True, revealed_at=None)
    assert refused(mine.send(record(ready)), 422, "启封")


def test_form_of_another_kind_of_site_is_refused(ready, mine):
    rows = [check("other_check", "别的检查")]
    published(ready, content=build(rows, settings={"form_id": "clinic", "form_title": "诊所"}), code="clinic")
    xml = record(ready, form="clinic", answers={"other_check": "yes"})
    assert refused(mine.send(xml), 422, "不适用于所选点位")


def test_campaign_in_which_one_is_on_no_team_is_refused(ready):
    assert refused(phone(ready, "nobody").send(record(ready)), 404, "联系专班")


def test_personal_number_in_a_fact_is_refused(ready, mine):
    xml = record(ready, findings=[finding(fact="岗位无人，群众电话 13812345678 反映三次。")])
    response = mine.send(xml)
    assert response.status_code == 422
    assert nothing_written()


def test_findings_with_one_id_are_refused(ready, mine):
    one = finding()
    assert refused(mine.send(record(ready, findings=[one, one])), 409, "同一编号")


def test_record_of_somebody_else_is_not_taken_over(ready, mine):
    key = uuid4()
    xml = record(ready, instance=key)
    mine.send(xml)
    other = phone(ready, "tess").send(xml)
    assert other.status_code == 409
    assert Visit.objects.get().entered_by == ready.users["asha"]


def test_server_that_fails_says_so_and_keeps_nothing(ready, mine, monkeypatch):
    def broken(**_given):
        raise RuntimeError("disk")

    monkeypatch.setattr(openrosa.inspection, "receive_submission", broken)
    assert refused(mine.send(record(ready)), 500, "数据还在手机上")


def test_other_methods_are_405(mine):
    response = mine.client.put(mine.address("submission"), b"")
    assert (response.status_code, response.headers["Allow"]) == (405, "HEAD, POST")


def test_late_record_keeps_its_true_times(ready, mine, clock_at):
    clock_at("17:30")
    assert mine.send(record(ready, findings=[finding()])).status_code == 201
    row = Finding.objects.get()
    assert (row.found_at, row.entered_at) == (at("09:00"), at("17:30"))
