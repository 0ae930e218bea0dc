"""QR codes as SVG text, without references to anything outside."""

import io

import qrcode  # type: ignore[import-untyped]
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

# Every mask can be read; trying all eight for the prettiest takes longer than signing the order.
MASK = 3


def qr_svg(text: str) -> str:
    """This function will return an SVG picture of the QR code of `text`."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    out = io.BytesIO()
    code.make_image(image_factory=SvgPathImage).save(out)
    svg = out.getvalue().decode("utf-8")
    return svg[svg.index("<svg") :].replace(' id="qr-path"', "")  # several codes may stand on one page
