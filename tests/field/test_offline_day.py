"""A whole day without signal in Debian's Chromium at 390 × 844, then handed in over a link that loses every third request."""

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from duban.campaigns.models import Campaign
from duban.field import app as field_app
from duban.inspection.models import Evidence, Finding, Submission, Visit
from duban.people import devices
from duban.people import operations as people
from tests.checklists.workbooks import PLAIN, build
from tests.field.browser import LONG, PIN, SITES, Phone
from tests.field.link import Link
from tests.field.phone import phone, published
from tests.inspection.acts import photo
from tests.world import World, at

PHOTOS = (8, 7, 5)  # of the four findings of each visit


@pytest.fixture
def ready(on_the_road: World) -> World:
    return on_the_road


def test_day_without_signal_is_handed_in_whole_over_a_bad_link(
    ready: World, driver: Any, link: Link, tmp_path: Path
) -> None:
    key = phone(ready).token
    app = Phone(driver, tmp_path / "profile", link.url)
    app.register(key)
    link.cut()

    pictures = [
        photo(size=(640, 480), colour=(index * 12, 90, 200 - index * 9)) for index in range(sum(PHOTOS))
    ]
    taken = iter(pictures)
    for number, (site, count) in enumerate(zip(SITES, PHOTOS, strict=True)):
        app.start(site)
        app.answer_all()
        app.step("问题")
        for turn in range(4):
            mine = [next(taken) for _ in range(count // 4 + (turn < count % 4))]
            app.add_finding(f"9时{turn}0分{site}值守岗无人在岗，排班表为两人。", mine)
            if number < 2 and turn == 1:  # in the middle of a visit
                app.saved()
                app.kill_tab()
                app.press("继续填写")
                app.step("问题")
        app.close_visit()
        app.press("做完，交出")
        app.page.locator(".places").wait_for()
    assert Visit.objects.count() == 0
    app.page.locator(".tabs .count").filter(has_text="3").wait_for()

    link.loses = 3
    link.mend()
    app.press("待交")
    app.page.get_by_text("都已交出。").wait_for(timeout=4 * LONG)  # it tries again by itself
    app.context.close()

    assert link.lost >= 5
    assert (Visit.objects.count(), Finding.objects.count(), Evidence.objects.count()) == (3, 12, 20)
    assert {visit.site.name for visit in Visit.objects.all()} == set(SITES)
    kept = sorted(Evidence.objects.values_list("received_sha256", flat=True))
    assert kept == sorted(set(link.digests)) and len(set(kept)) == 20
    assert app.faults == []


STORES = """async () => {
  const db = await new Promise((done) => { const ask = indexedDB.open("duban-field"); ask.onsuccess = () => done(ask.result); });
  const all = (name) => new Promise((done) => {
    const ask = db.transaction(name).objectStore(name).getAll(); ask.onsuccess = () => done(ask.result); });
  const text = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? new TextDecoder("latin1").decode(value) + new TextDecoder().decode(value)
    : value && typeof value === "object" ? Object.entries(value).map(([key, one]) => key + text(one)).join("\\n") : String(value);
  const found = {};
  for (const name of db.objectStoreNames) found[name] = (await all(name)).map(text).join("\\n");
  return found;
}"""


def test_nothing_can_be_read_on_the_phone_without_the_pin(
    ready: World, driver: Any, link: Link, tmp_path: Path
) -> None:
    mine = phone(ready)
    app = Phone(driver, tmp_path / "profile", link.url)
    app.register(mine.token)
    app.start(SITES[0])
    app.step("问题")
    app.add_finding("值守岗无人在岗，排班表为两人。", [photo()])
    app.saved()
    app.kill_tab_only()
    kept = app.page.evaluate(STORES)
    assert kept["records"] and kept["photos"] and kept["boxes"]
    for text in ("值守岗无人在岗", SITES[0], mine.token, "duban_visit", "JFIF"):
        assert not any(text in store for store in kept.values()), text
    assert mine.token not in app.page.url
    app.unlock("000000")
    app.page.get_by_text("解锁码不对。").wait_for()
    app.page.fill("[name=pin]", PIN)
    app.page.get_by_role("button", name="解锁", exact=True).click()
    app.page.get_by_role("button", name="继续填写").first.wait_for()
    app.context.close()


def test_wrong_pins_cost_time_and_never_the_work(ready: World, app: Phone, link: Link) -> None:
    app.kill_tab_only()
    app.page.goto(f"{app.url}/field/")
    for _turn in range(5):
        app.page.fill("[name=pin]", "999999")
        app.page.get_by_role("button", name="解锁", exact=True).click()
        app.page.get_by_text("解锁码不对").wait_for()
        app.page.wait_for_function("document.querySelector('[name=pin]').value === ''")
    app.page.get_by_text("请等").wait_for()
    app.page.fill("[name=pin]", PIN)  # the right one has to wait too
    app.page.get_by_role("button", name="解锁", exact=True).click()
    app.page.get_by_text("请等").wait_for()
    assert app.page.locator(".places").count() == 0
    assert app.page.evaluate(STORES)["boxes"]


def test_two_accounts_on_one_phone_do_not_see_each_other(ready: World, app: Phone, link: Link) -> None:
    app.start(SITES[0])
    app.answer_all()
    app.saved()
    app.kill_tab_only()
    app.register(phone(ready, "rina").token, pin="135790")
    assert app.page.get_by_text(SITES[0]).count() == 0
    app.kill_tab_only()
    app.page.goto(f"{app.url}/field/")
    app.page.locator("select").select_option(label="第1督导组成员 · 工作手机")
    app.page.fill("[name=pin]", "135790")  # rina's PIN opens rina's place only
    app.page.get_by_role("button", name="解锁", exact=True).click()
    app.page.get_by_text("解锁码不对。").wait_for()
    app.page.fill("[name=pin]", PIN)
    app.page.get_by_role("button", name="解锁", exact=True).click()
    app.page.get_by_role("button", name="继续填写").first.wait_for()


def test_phone_that_was_ended_forgets_everything_at_its_next_contact(
    ready: World, driver: Any, link: Link, tmp_path: Path
) -> None:
    mine = phone(ready)
    app = Phone(driver, tmp_path / "profile", link.url)
    app.register(mine.token)
    devices.revoke_device(actor=ready.actor("asha"), at=at("10:05"), device_id=mine.device.pk)
    app.press("更新今日安排")
    app.page.get_by_text("这部手机已被停用").wait_for()
    assert not any(app.page.evaluate(STORES).values())
    app.context.close()


def test_ended_phone_keeps_only_unsent_work_and_hands_it_in_once_registered_anew(
    ready: World, driver: Any, link: Link, tmp_path: Path
) -> None:
    mine = phone(ready)
    app = Phone(driver, tmp_path / "profile", link.url)
    app.register(mine.token)
    link.cut()
    app.start(SITES[0])
    app.answer_all()
    app.close_visit()
    app.press("做完，交出")
    app.start(SITES[1])
    app.leave()
    devices.revoke_device(actor=ready.actor("asha"), at=at("10:05"), device_id=mine.device.pk)
    link.mend()
    app.press("更新今日安排")
    app.page.fill("[name=pin]", PIN)  # the app locked itself
    app.page.get_by_role("button", name="解锁", exact=True).click()
    told = app.page.locator("main")
    told.get_by_text("下面2条还没有交出").wait_for()
    assert SITES[0] in told.inner_text() and SITES[1] in told.inner_text()
    stores = app.page.evaluate(STORES)
    assert stores["records"] and not stores["boxes"]
    assert Visit.objects.count() == 0
    app.kill_tab_only()
    app.register(phone(ready).token)
    app.page.get_by_text("今日已交出1条。").wait_for()
    app.press("继续填写")
    app.page.locator(".steps").wait_for()
    assert Visit.objects.get().site.name == SITES[0]
    assert app.faults == []
    app.context.close()


@pytest.mark.parametrize(
    "answer", [(200, b"<html>welcome</html>"), (401, b"sign in"), (404, b"gone"), (413, b"big")]
)
def test_answer_of_somebody_in_between_is_not_believed(
    ready: World, driver: Any, link: Link, tmp_path: Path, answer: tuple[int, bytes]
) -> None:
    app = Phone(driver, tmp_path / "profile", link.url)
    app.register(phone(ready).token)
    app.start(SITES[0])
    app.answer_all()
    app.step("问题")
    app.add_finding("9时00分值守岗无人在岗，排班表为两人。", [photo()])
    app.close_visit()
    link.poses = answer
    app.press("做完，交出")
    app.page.locator(".line.off").wait_for()
    app.page.locator(".tabs .count").filter(has_text="1").wait_for()
    assert Visit.objects.count() == 0
    link.poses = None
    app.press("待交")
    app.page.get_by_text("都已交出。").wait_for()
    assert (Finding.objects.count(), Evidence.objects.count()) == (1, 1)
    app.context.close()


def test_second_tab_takes_over_and_the_first_locks_itself(ready: World, app: Phone, link: Link) -> None:
    app.start(SITES[0])
    app.step("检查表")
    app.fill("班次数", "4")
    first = app.page
    app.page = app._tab()
    app.unlock()
    app.press("继续填写")
    app.step("检查表")
    app.page.locator("input[type=number]").first.wait_for()
    assert app.field("班次数").locator("input").input_value() == "4"
    first.get_by_role("button", name="解锁", exact=True).wait_for()


def test_finding_takes_six_taps_and_names_the_unit_of_the_place(ready: World, app: Phone, link: Link) -> None:
    app.start(SITES[0])
    app.answer_all()
    app.step("问题")
    app.page.evaluate(
        "() => { window.taps = 0; addEventListener('pointerdown', () => window.taps++, true); }"
    )
    app.page.locator("button.wide.solid").filter(has_text="＋").click()
    app.field("常用事实").locator(".choice").first.click()
    for typed in ("9时10分", "西门值守岗", "2"):  # the blank of the usual fact has the focus already
        app.page.locator(".blanks input:focus").wait_for()
        app.page.keyboard.type(typed)
        app.page.keyboard.press("Enter")
    with app.page.expect_file_chooser() as chooser:
        app.page.locator(".turn .shoot").first.click()
    chooser.value.set_files({"name": "DCIM.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    app.press("用这张")
    app.page.locator(".turn img").wait_for()
    app.choose("程度", "突出")
    assert ready.sites[SITES[0]].territory_unit.name in app.field("责任线").inner_text()
    app.press("好了")
    assert app.page.evaluate("window.taps") <= 6
    app.close_visit()
    app.press("做完，交出")
    app.page.get_by_text("今日已交出1条。").wait_for()
    finding = Finding.objects.get()
    assert finding.fact == "9时10分西门值守岗无人值守，排班表为2人在岗。"
    assert (finding.severity, bool(finding.template), Evidence.objects.count()) == ("prominent", True, 1)


def test_disabled_account_still_hands_in_what_was_done(ready: World, app: Phone, link: Link) -> None:
    link.cut()
    app.start(SITES[0])
    app.answer_all()
    app.close_visit()
    app.press("做完，交出")
    app.page.locator(".tabs .count").filter(has_text="1").wait_for()
    people.set_active(
        actor=ready.actor("ada"),
        at=at("10:05"),
        user_id=ready.users["asha"].pk,
        is_active=False,
        reason="调离",
    )
    link.mend()
    app.press("待交")
    app.page.get_by_text("都已交出。").wait_for()
    submission = Submission.objects.get()
    assert submission.state == "held" and Visit.objects.count() == 0


def test_refused_record_comes_back_with_the_reason_and_goes_out_after_the_change(
    ready: World, app: Phone, link: Link
) -> None:
    app.start(SITES[0])
    app.answer_all()
    app.step("问题")
    app.add_finding("值守岗登记号110101199003074477无人在岗。", [])
    app.close_visit()
    app.press("做完，交出")
    app.press("待交")
    app.press("修改后再交")
    assert "身份证" in app.page.locator(".banner").inner_text()
    app.step("问题")
    app.page.locator(".turn-head").click()
    app.fill("事实", "值守岗无人在岗，排班表为两人。")
    app.step("离开前")
    app.press("做完，交出")
    app.page.get_by_text("今日已交出1条。").wait_for()
    assert Finding.objects.get().fact == "值守岗无人在岗，排班表为两人。"


def test_required_answers_are_asked_for_before_anything_is_handed_in(
    ready: World, app: Phone, link: Link
) -> None:
    app.start(SITES[0])
    app.close_visit()
    app.press("做完，交出")
    app.page.locator(".wrong").first.wait_for()
    assert "这一项必填" in app.page.locator(".wrong").first.inner_text()
    assert app.page.locator(".steps [aria-current]").inner_text() == "必问"
    assert Visit.objects.count() == 0


def test_photo_is_kept_small_without_what_the_camera_wrote_and_with_the_face_covered(
    ready: World, app: Phone, link: Link
) -> None:
    app.start(SITES[0])
    app.answer_all()
    app.step("问题")
    app.add_finding("9时00分值守岗无人在岗，排班表为两人。", [])
    app.page.locator(".turn-head").click()
    app.page.locator(".turn input[type=file]").first.set_input_files(
        {"name": "IMG_2041.jpg", "mimeType": "image/jpeg", "buffer": striped()}
    )
    canvas = app.page.locator(".editor canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    app.page.mouse.move(box["x"] + 2, box["y"] + 2)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    app.page.mouse.up()
    app.press("用这张")
    app.page.locator(".turn img").wait_for()
    app.press("好了")
    app.close_visit()
    app.press("做完，交出")
    app.page.get_by_text("今日已交出1条。").wait_for()
    assert link.photos and all(name != "IMG_2041.jpg" for name in link.photos)
    sent = Image.open(io.BytesIO(next(iter(link.photos.values()))))
    assert max(sent.size) == 1600 and not sent.getexif()
    assert stripes_in(sent, 0.25) <= 4 and stripes_in(sent, 0.75) > 30


def striped() -> bytes:
    """Return a large photo of thin stripes with a camera's data in it."""
    picture = Image.new("L", (3200, 2400), 255)
    for column in range(0, 3200, 16):
        picture.paste(0, (column, 0, column + 8, 2400))
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Camera", "2020:02:16 09:10:00"
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def stripes_in(picture: Image.Image, part: float) -> int:
    """Return how often light and dark change on a short line at a point of the diagonal."""
    x, y = int(picture.width * part), int(picture.height * part)
    line = picture.convert("L").crop((x - 100, y, x + 100, y + 1)).tobytes()
    light = [value > (min(line) + max(line)) / 2 for value in line]
    return sum(one != other for one, other in pairwise(light))


def test_full_storage_is_said_and_what_was_typed_stays(ready: World, app: Phone, link: Link) -> None:
    app.start(SITES[0])
    app.step("检查表")
    app.page.evaluate(
        "() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    app.fill("班次数", "3")
    app.page.get_by_text("手机存储已满").wait_for()
    assert app.field("班次数").locator("input").input_value() == "3"


LATER = "{ const now = Date.now; Date.now = () => now() + %d * 3600_000; }"


def test_work_that_waits_for_more_than_a_day_is_pointed_out(ready: World, app: Phone, link: Link) -> None:
    link.cut()
    app.start(SITES[0])
    app.answer_all()
    app.close_visit()
    app.press("做完，交出")
    app.page.locator(".tabs .count").filter(has_text="1").wait_for()
    app.context.add_init_script(LATER % 23)
    app.kill_tab()
    app.page.locator(".places").wait_for()
    assert app.page.get_by_text("超过24小时没有交出").count() == 0
    app.context.add_init_script(LATER % 2)
    app.kill_tab()
    app.page.get_by_role("alert").filter(has_text="有1条记录超过24小时没有交出。").wait_for()
    app.press("待交")
    app.page.get_by_text("超过24小时没有交出。", exact=True).wait_for()
    link.mend()
    app.press("现在交出")
    app.page.get_by_text("都已交出。").wait_for()
    assert app.page.get_by_text("超过24小时没有交出").count() == 0
    assert Visit.objects.count() == 1


def test_new_version_of_the_app_waits_until_it_is_asked_for_and_costs_no_work(
    ready: World, app: Phone, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.start(SITES[0])
    app.step("检查表")
    app.fill("班次数", "3")
    app.saved()
    monkeypatch.setattr(field_app, "bundle_version", lambda: "another")
    app.page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")
    told = app.page.get_by_role("status").filter(has_text="有新版本。")
    told.wait_for()
    assert app.field("班次数").locator("input").input_value() == "3"  # nothing was reloaded unasked
    told.get_by_role("button", name="更新").click()
    app.page.get_by_role("button", name="解锁", exact=True).wait_for()  # the new app starts locked
    assert app.page.evaluate("caches.keys()") == ["duban-field-another"]
    app.page.fill("[name=pin]", PIN)
    app.page.get_by_role("button", name="解锁", exact=True).click()
    app.press("继续填写")
    app.step("检查表")
    assert app.field("班次数").locator("input").input_value() == "3"


def test_position_is_offered_only_where_the_campaign_allows_it(
    ready: World, driver: Any, link: Link, tmp_path: Path
) -> None:
    spot = {"type": "geopoint", "name": "spot", "label": "位置"}
    published(ready, content=build([*PLAIN, spot], settings={"version": "2"}))
    app = Phone(driver, tmp_path / "profile", link.url)
    app.register(phone(ready).token)
    app.start(SITES[0])
    app.step("检查表")
    app.field("位置").get_by_text("本专项监督不记录定位。").wait_for()
    assert app.field("位置").locator("button").count() == 0
    app.leave()
    Campaign.objects.filter(pk=ready.campaign.pk).update(may_open_position=True)
    app.press("更新今日安排")
    app.page.locator("button:has-text('更新今日安排'):enabled").wait_for()
    app.press("继续填写")
    app.step("检查表")
    app.field("位置").get_by_text("没有定位").wait_for()
    app.context.set_geolocation({"latitude": 30.125, "longitude": 120.25})
    here = app.field("位置").get_by_role("button", name="定位", exact=True)
    here.click()
    app.field("位置").get_by_text("没有取到定位").wait_for()  # the phone has not allowed it
    app.context.grant_permissions(["geolocation"])
    here.click()
    app.field("位置").get_by_text("30.125").wait_for()
    app.context.close()
    assert app.faults == []
