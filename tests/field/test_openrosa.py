"""The OpenRosa door, row by row of FIELD.md's table: what ODK Collect and Enketo ask, and what they must get."""

import base64
import hashlib
import io
import json
import zlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import etree

from duban.inspection.models import Evidence, Finding, Submission, Visit
from duban.kernel import files
from duban.kernel.models import Event
from duban.people import devices
from duban.people.models import Device
from tests.checklists.workbooks import PLAIN, build
from tests.field.phone import Phone, finding, message, published, record
from tests.inspection.acts import FACT, photo
from tests.world import at

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"


def listed(one: Phone, query: str = "") -> list[dict[str, str]]:
    root = etree.fromstring(one.get(f"formList{query}").content)
    return [{etree.QName(part).localname: part.text for part in entry} for entry in root.iter(f"{LIST}xform")]


def has_headers(response) -> bool:
    return response.headers["X-OpenRosa-Version"] == "1.0" and "Date" in response.headers


# Forms ---------------------------------------------------------------------------------------------------
def test_form_list_names_every_form_with_the_hash_of_its_bytes(mine):
    response = mine.get("formList")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert has_headers(response)
    [entry] = listed(mine)
    assert (entry["formID"], entry["name"], entry["version"]) == ("market", "农贸市场清单", "1")
    form = mine.client.get(entry["downloadUrl"])
    assert entry["hash"] == f"md5:{hashlib.md5(form.content, usedforsecurity=False).hexdigest()}"
    assert entry["downloadUrl"].startswith("http://")


def test_head_comes_first_from_enketo(mine):
    response = mine.head("formList")
    assert (response.status_code, response.content, has_headers(response)) == (200, b"", True)


def test_form_list_can_be_asked_for_one_form(mine):
    assert len(listed(mine, "?formID=market&verbose=true&deviceID=x")) == 1
    assert listed(mine, "?formID=other") == []


def test_round_pins_the_version_and_all_versions_can_be_asked_for(ready, mine):
    newer = published(ready, content=build([*PLAIN, {"type": "text", "name": "more", "label": "其他"}],
                                           settings={"version": "2"}))  # fmt: skip
    assert [entry["version"] for entry in listed(mine)] == ["2"]
    ready.round.checklist_versions.add(newer.checklist.versions.get(number=1))
    assert [entry["version"] for entry in listed(mine)] == ["1"]
    assert {entry["version"] for entry in listed(mine, "?listAllVersions=true")} == {"1", "2"}


def test_form_has_head_findings_and_closing_and_keeps_the_checklist(mine):
    form = mine.client.get(listed(mine)[0]["downloadUrl"])
    text = form.content.decode()
    for name in (
        "duban_visit",
        "duban_findings",
        "duban_closing",
        "/data/g/on_post",
        "jr://file-csv/sites.csv",
    ):
        assert name in text
    assert "岗位有人值守" in text and "责任单位编码" in text and "Responsible unit" in text


def test_manifest_gives_the_places_of_today_and_the_wordings(ready, mine):
    root = etree.fromstring(mine.client.get(listed(mine)[0]["manifestUrl"]).content)
    files_of_form = {}
    for entry in root.iter(f"{MANIFEST}mediaFile"):
        parts = {etree.QName(part).localname: part.text for part in entry}
        content = mine.client.get(parts["downloadUrl"]).content
        assert parts["hash"] == f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
        files_of_form[parts["filename"]] = content.decode()
    assert "甲镇西卡口,甲镇西卡口（农贸市场）" in files_of_form["sites.csv"]
    assert "乙镇" not in files_of_form["sites.csv"]
    assert ready.template.fact in files_of_form["templates.csv"]
    assert "duty," in files_of_form["categories.csv"]


def test_sealed_place_is_not_in_the_list(ready, mine):
    ready.dispatch("1").dispatch_sites.filter(site=ready.sites["甲镇西卡口"]).update(
        is_sealed=True, revealed_at=None
    )
    root = etree.fromstring(mine.client.get(listed(mine)[0]["manifestUrl"]).content)
    urls = [part.text for part in root.iter(f"{MANIFEST}downloadUrl")]
    assert all("甲镇西卡口" not in mine.client.get(url).content.decode() for url in urls)


def test_form_of_another_campaign_is_not_there(mine):
    assert mine.get(f"forms/{uuid4()}.xml").status_code == 404


# Submissions ---------------------------------------------------------------------------------------------
def test_head_of_submission_is_exactly_204(mine):
    response = mine.head("submission")
    assert response.status_code == 204
    assert int(response.headers["X-OpenRosa-Accept-Content-Length"]) > 10_000_000
    assert has_headers(response)


def test_record_becomes_visit_answers_findings_and_photos(ready, mine):
    key, picture = uuid4(), photo()
    one = finding(photo_1="one.jpg")
    response = mine.send(record(ready, instance=key, findings=[one, finding(on_spot="yes", on_spot_note="当场补岗")]),
                         {"one.jpg": picture})  # fmt: skip
    assert (response.status_code, message(response)) == (201, "已收到。")
    visit = Visit.objects.get(pk=key)
    assert (visit.state, visit.entry, visit.site.name) == ("submitted", "openrosa", "甲镇西卡口")
    assert (visit.arrived_at, visit.left_at) == (at("09:00"), at("09:50"))
    assert visit.methods == ["on_site_visit", "site_view"]
    assert dict(visit.answers.values_list("name", "value")) == {
        "on_post": "yes",
        "ledger": "yes",
        "shifts": "2",
    }
    first, second = visit.findings.order_by("number")
    assert (str(first.pk), first.fact, first.is_on_spot) == (one["id"], FACT, False)
    assert (second.is_on_spot, second.on_spot_note) == (True, "当场补岗")
    [evidence] = Evidence.objects.all()
    assert evidence.finding == first
    assert evidence.received_sha256 == hashlib.sha256(picture).hexdigest()
    assert Event.objects.filter(verb="submission.received").count() == 1
    assert Event.objects.filter(verb="finding.registered").count() == 2


def test_record_is_kept_byte_for_byte(ready, mine):
    xml = record(ready)
    mine.send(xml)
    assert files.read(Submission.objects.get().xml) == xml


def test_exact_repeat_changes_nothing(ready, mine):
    xml, picture = record(ready, findings=[finding(photo_1="one.jpg")]), {"one.jpg": photo()}
    mine.send(xml, picture)
    events = Event.objects.count()
    assert mine.send(xml, picture).status_code == 201
    assert (Visit.objects.count(), Finding.objects.count(), Evidence.objects.count()) == (1, 1, 1)
    assert Event.objects.count() == events


def test_photos_come_one_by_one_in_any_order(ready, mine):
    xml = record(ready, findings=[finding(photo_1="a.jpg", photo_2="b.jpg"), finding(photo_1="c.jpg")])
    colours = {"a.jpg": photo(colour="red"), "b.jpg": photo(colour="blue"), "c.jpg": photo(colour="green")}
    for name in ("c.jpg", "a.jpg"):
        assert mine.send(xml, {name: colours[name]}, incomplete=True).status_code == 201
    assert mine.send(xml, {"b.jpg": colours["b.jpg"]}).status_code == 201
    assert mine.send(xml, {"a.jpg": colours["a.jpg"]}).status_code == 201
    received = {hashlib.sha256(one).hexdigest() for one in colours.values()}
    assert set(Evidence.objects.values_list("received_sha256", flat=True)) == received
    assert Visit.objects.count() == 1


def test_record_that_collect_splits_over_many_files_is_one_visit(ready, mine):
    findings = [finding(**{f"photo_{n}": f"{turn}-{n}.jpg" for n in (1, 2, 3)}) for turn in range(40)]
    xml = record(ready, findings=findings)
    names = [one[f"photo_{n}"] for one in findings for n in (1, 2, 3)]
    content = {
        name: photo(size=(16, 16), format="PNG", colour=f"#{number:06x}") for number, name in enumerate(names)
    }
    first, rest = names[:101], names[101:]
    assert mine.send(xml, {name: content[name] for name in first}, incomplete=True).status_code == 201
    assert mine.send(xml, {name: content[name] for name in rest}).status_code == 201
    assert (Visit.objects.count(), Finding.objects.count(), Evidence.objects.count()) == (1, 40, 120)


def test_same_id_with_other_content_is_refused(ready, mine):
    key = uuid4()
    mine.send(record(ready, instance=key))
    response = mine.send(record(ready, instance=key, findings=[finding()]))
    assert response.status_code == 409
    assert "内容不同" in message(response)
    assert Finding.objects.count() == 0


def test_other_photo_under_the_same_name_is_refused(ready, mine):
    xml = record(ready, findings=[finding(photo_1="a.jpg")])
    mine.send(xml, {"a.jpg": photo()})
    response = mine.send(xml, {"a.jpg": photo(colour="red")})
    assert response.status_code == 409 and "a.jpg" in message(response)
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize("change", [{"form": "nothing"}, {"version": "99"}])
def test_unknown_form_or_version_is_404(ready, mine, change):
    response = mine.send(record(ready, **change))
    assert response.status_code == 404 and "更新检查表" in message(response)


def test_retired_version_a_phone_still_has_is_taken(ready, mine):
    published(ready, content=build(settings={"version": "2"}))
    assert mine.send(record(ready)).status_code == 201
    assert Visit.objects.get().checklist_version.version_label == "1"


def test_correction_replaces_answers_and_adds_findings(ready, mine):
    first, second, one = uuid4(), uuid4(), finding()
    mine.send(record(ready, instance=first, findings=[one]))
    answers = {"g/on_post": "no", "g/on_post_fact": "9时10分岗位无人，排班两人", "ledger": "yes"}
    xml = record(ready, instance=second, replaces=first, answers=answers, findings=[one, finding()])
    assert mine.send(xml).status_code == 201
    assert mine.send(xml).status_code == 201
    visit = Visit.objects.get()
    assert visit.answers.get(name="on_post").value == "no"
    assert visit.findings.count() == 2
    assert Submission.objects.get(pk=second).replaces_id == first
    detail = Event.objects.get(verb="visit.amended").detail.body
    assert detail["changed"] == ["on_post", "on_post_fact", "shifts"]


def test_correction_cannot_reword_what_is_registered(ready, mine):
    first, one = uuid4(), finding()
    mine.send(record(ready, instance=first, findings=[one]))
    xml = record(ready, replaces=first, findings=[{**one, "fact": "10时20分另一件事，岗位有人。"}])
    response = mine.send(xml)
    assert response.status_code == 409 and "已登记" in message(response)
    assert Submission.objects.count() == 1


def test_chunked_body_is_read(ready, mine):
    """A client that does not know the length beforehand (Collect streams)."""
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    body = encode_multipart(
        BOUNDARY, {"xml_submission_file": SimpleUploadedFile("r.xml", record(ready), "text/xml")}
    )
    response = mine.client.generic(
        "POST", mine.address("submission"), body, content_type=MULTIPART_CONTENT, CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": io.BytesIO(body)},
    )  # fmt: skip
    assert response.status_code == 201
    assert Visit.objects.count() == 1


# Who speaks ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["formList", "submission", "forms/0192b4a0-0000-7000-8000-000000000001.xml"])
def test_wrong_token_is_401_with_a_way_on(ready, mine, path):
    response = mine.client.get(f"/field/key/{'x' * 43}/{path}") if path != "submission" else mine.client.head(
        f"/field/key/{'x' * 43}/submission")  # fmt: skip
    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers and has_headers(response)


def test_revoked_phone_is_refused_and_told_what_to_do(ready, mine):
    devices.revoke_device(actor=ready.actor("ada"), at=at("09:30"), device_id=mine.device.pk, reason="遗失")
    response = mine.send(record(ready))
    assert response.status_code == 401 and "联系专班" in message(response)
    assert Submission.objects.count() == 0


def test_expired_registration_is_refused(ready, mine, clock_at):
    clock_at(at("10:00") + timedelta(days=366))
    assert mine.get("formList").status_code == 401


def test_disabled_account_hands_in_and_reads_nothing(ready, mine):
    from duban.people import operations as people

    people.set_active(
        actor=ready.actor("ada"), at=at("09:30"), user_id=ready.users["asha"].pk, is_active=False
    )
    assert mine.get("formList").status_code == 403
    response = mine.send(record(ready, findings=[finding(photo_1="a.jpg")]), {"a.jpg": photo()})
    assert response.status_code == 201 and "专班核实" in message(response)
    row = Submission.objects.get()
    assert (row.state, row.held_for, row.visit) == ("held", "account_disabled", None)
    assert (Visit.objects.count(), Evidence.objects.count()) == (0, 0)


def test_clock_of_the_phone_is_measured_and_not_trusted(ready, mine):
    ahead = (at("10:00") + timedelta(hours=3)).isoformat()
    xml = record(
        ready, head={"arrived_at": at("12:00").isoformat()}, closing={"left_at": at("12:40").isoformat()}
    )
    assert mine.send(xml, headers={"X-Duban-Device-Time": ahead}).status_code == 201
    assert Device.objects.get(pk=mine.device.pk).clock_skew_seconds == 3 * 3600
    visit, row = Visit.objects.get(), Submission.objects.get()
    assert visit.arrived_at == visit.left_at == at("10:00")
    assert row.told_times["arrived_at"] == at("12:00").isoformat()


def test_settings_of_collect_lead_to_the_phone(ready, mine, settings):
    settings.BASE_URL = "https://duban.example"
    read = json.loads(zlib.decompress(base64.b64decode(devices.collect_settings(mine.token))))
    assert read["general"]["server_url"] == f"https://duban.example/field/key/{mine.token}"
    assert read["admin"] == {}
