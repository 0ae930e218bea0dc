"""Photos: EXIF gone, scaled, hashed, deduplicated; everything that is not a photo refused with a clear message."""

import hashlib
import io
import struct
import uuid
import zlib

import pytest
from PIL import ExifTags, Image

from duban.inspection import operations as inspection
from duban.inspection import photos
from duban.inspection.models import Evidence, Finding
from duban.kernel import files
from duban.kernel.actor import Actor, Kind
from duban.kernel.errors import Conflict, DubanError, Invalid, TooLarge
from tests.inspection.acts import found, open_visit, photo
from tests.world import at


def exif_with_place(taken: str = "2020:02:16 09:12:00", offset: str | None = "+08:00") -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Phone"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (41.0, 43.0, 5.0)
    return exif


def attach(world, content: bytes, who: str = "asha", **changes) -> Evidence:
    values = {"finding_id": changes.pop("finding_id", None) or found(world).pk, "at": at("09:30")} | changes
    return inspection.attach_evidence(actor=world.actor(who), content=content, **values)


def test_exif_and_position_are_gone_and_the_capture_time_is_kept(world):
    content = photo(exif=exif_with_place())
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    evidence = attach(world, content, caption="西卡口第一岗")
    kept = files.read(evidence.file)
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert b"Exif" not in kept
    assert b"Phone" not in kept
    assert evidence.taken_at == at("09:12")
    assert evidence.received_sha256 == hashlib.sha256(content).hexdigest()
    assert evidence.file.sha256 == hashlib.sha256(kept).hexdigest()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_large_photos_are_scaled_and_get_a_thumbnail(world, format):
    evidence = attach(world, photo(size=(4000, 2000), format=format))
    assert (evidence.width, evidence.height) == (2560, 1280)
    assert max(Image.open(io.BytesIO(files.read(evidence.thumbnail))).size) == 480


def test_rotated_photo_stands_upright(world):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert (attach(world, photo(size=(400, 200), exif=exif)).width) == 200


def test_capture_time_in_the_future_is_not_believed(world):
    assert attach(world, photo(exif=exif_with_place("2021:01:01 00:00:00"))).taken_at is None


def test_same_photo_twice_is_one(world):
    finding = found(world)
    first = attach(world, photo(), finding_id=finding.pk)
    again = attach(world, photo(), finding_id=finding.pk)
    assert (first.pk, Evidence.objects.count()) == (again.pk, 1)


def test_same_client_id_with_another_photo_conflicts(world):
    finding, key = found(world), uuid.uuid4()
    attach(world, photo(), finding_id=finding.pk, evidence_id=key)
    assert attach(world, photo(), finding_id=finding.pk, evidence_id=key).pk == key
    with pytest.raises(Conflict):
        attach(world, photo(colour="red"), finding_id=finding.pk, evidence_id=key)
    assert Evidence.objects.count() == 1


def test_caption_is_made_of_phase_and_site_if_none_is_given(world):
    assert attach(world, photo()).caption == "整改前 · 甲镇西卡口"


def bomb() -> bytes:
    """A PNG header that promises 60,000 × 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


BAD = {
    "photo_empty": b"",
    "photo_not_an_image": b"%PDF-1.7 not a photo at all",
    "photo_heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "photo_truncated": photo(size=(800, 600))[:2000],
    "photo_too_many_pixels": bomb(),
}


@pytest.mark.parametrize("code", BAD)
def test_what_is_not_a_photo_is_refused_and_nothing_is_kept(world, code):
    finding = found(world)
    with pytest.raises(Invalid) as caught:
        attach(world, BAD[code], finding_id=finding.pk)
    assert caught.value.code == code
    assert str(caught.value.message)
    assert not Evidence.objects.exists()


def test_gif_is_refused():
    with pytest.raises(Invalid) as caught:
        photos.prepare(photo(format="GIF"))
    assert caught.value.code == "photo_not_an_image"


def test_photo_over_the_limit_is_too_large(world, monkeypatch):
    monkeypatch.setattr(photos, "LIMIT_BYTES", 100)
    with pytest.raises(TooLarge):
        attach(world, photo())


def test_plate_in_a_caption_is_stopped(world):
    with pytest.raises(Invalid) as caught:
        attach(world, photo(), caption="车辆辽A12345停在门口")
    assert caught.value.code == "personal_content"


@pytest.mark.parametrize("who", ["rina", "lena", "olga", "hana", "ada", "nobody"])
def test_strangers_add_no_photo(world, who):
    finding = found(world)
    with pytest.raises(DubanError) as caught:
        attach(world, photo(), who, finding_id=finding.pk)
    assert caught.value.status in (403, 404)
    assert not Evidence.objects.exists()


def test_unit_adds_after_photos_once_an_order_went_out(world):
    finding = found(world)
    link = Actor(kind=Kind.UNIT_LINK, label="甲镇人民政府", unit_id=finding.unit_id, order_id=uuid.uuid4())
    with pytest.raises(DubanError):
        inspection.attach_evidence(actor=link, at=at(), content=photo(), finding_id=finding.pk, phase="after")
    assert Finding.objects.filter(pk=finding.pk).exists()
    assert not Evidence.objects.exists()


def test_photo_of_a_visit_needs_no_finding(world):
    visit = open_visit(world)
    evidence = inspection.attach_evidence(
        actor=world.actor("asha"),
        at=at("09:30"),
        content=photo(),
        visit_id=visit.pk,
        question="entrance_photo",
    )
    assert (evidence.visit, evidence.finding, evidence.question) == (visit, None, "entrance_photo")
