"""Making a received photo fit to keep (G-4): verified, re-encoded without EXIF and position, scaled, with a thumbnail.

Bytes in, bytes out. The capture time is read before the EXIF is dropped; the position never leaves this module.
"""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from duban.kernel import clock
from duban.kernel.errors import Invalid, TooLarge

LIMIT_BYTES = 20 * 1024 * 1024
LIMIT_PIXELS = 80_000_000
LONGEST_SIDE = 2560
THUMBNAIL_SIDE = 480
FORMATS = ("JPEG", "PNG", "WEBP")
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif"}


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo ready to keep; `received_sha256` is the hash of the bytes as received."""

    content: bytes
    media_type: str
    width: int
    height: int
    thumbnail: bytes
    received_sha256: str
    taken_at: datetime | None


def prepare(content: bytes) -> Photo:
    """This function will verify, strip, scale and re-encode a photo.

    :raises TooLarge: over 20 MB.
    :raises Invalid: empty, HEIC, not an image, truncated, or with too many pixels.
    """
    image = _open(content)
    taken_at = _taken_at(image)
    ImageOps.exif_transpose(image, in_place=True)
    clean = _flat(image)
    clean.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    small = _small(clean)
    return Photo(
        content=_jpeg(clean, 88),
        media_type="image/jpeg",
        width=clean.width,
        height=clean.height,
        thumbnail=_jpeg(small, 80),
        received_sha256=hashlib.sha256(content).hexdigest(),
        taken_at=taken_at,
    )


def _open(content: bytes) -> Image.Image:
    if not content:
        raise Invalid("photo_empty", _("收到的照片是空文件，请重新拍摄或选择。"))
    if len(content) > LIMIT_BYTES:
        raise TooLarge("photo_too_large", _("单张照片不能超过20MB，请缩小后再传。"))
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS:
        raise Invalid(
            "photo_heic", _("暂不支持HEIC格式，请在手机相机设置中选“兼容性最佳”，或转为JPEG后再传。")
        )
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > LIMIT_PIXELS:
            raise Invalid("photo_too_many_pixels", _("照片的像素过多，请缩小后再传。"))
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid("photo_too_many_pixels", _("照片的像素过多，请缩小后再传。")) from None
    except UnidentifiedImageError:
        raise Invalid("photo_not_an_image", _("这不是照片，请上传JPEG、PNG或WebP图片。")) from None
    except (OSError, SyntaxError, ValueError):
        raise Invalid("photo_truncated", _("照片不完整，可能传输中断，请重新上传。")) from None
    return image


def _taken_at(image: Image.Image) -> datetime | None:
    """Return the capture time of the EXIF; local time is assumed where no offset is written."""
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
        offset = str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip()
        if not text:
            return None
        stamp = str(text).strip("\x00 ")
        if offset:
            return datetime.strptime(f"{stamp} {offset}", "%Y:%m:%d %H:%M:%S %z")
        return datetime.strptime(stamp, "%Y:%m:%d %H:%M:%S").replace(tzinfo=clock.zone())
    except (ValueError, OSError, SyntaxError, KeyError, TypeError):
        return None


def _flat(image: Image.Image) -> Image.Image:
    """Return a new RGB image holding nothing but pixels (transparent parts become white)."""
    canvas = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        canvas.paste(layer, mask=layer.getchannel("A"))
    else:
        canvas.paste(image if image.mode == "RGB" else image.convert("RGB"))
    return canvas


def _small(image: Image.Image) -> Image.Image:
    """Return the thumbnail of an image; one that is small already is its own."""
    if max(image.size) <= THUMBNAIL_SIDE:
        return image
    shrink = THUMBNAIL_SIDE / max(image.size)
    width, height = (max(1, round(side * shrink)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
