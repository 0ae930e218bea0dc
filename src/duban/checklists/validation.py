"""The last check before publishing: ODK Validate where Java is, our own XPath check where it is not."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

from duban.checklists import xlsform
from duban.kernel.errors import Invalid, Unavailable

TIMEOUT_SECONDS = 60
ODK_VALIDATE, XPATH = "odk_validate", "xpath"


def java() -> str | None:
    """Return the path of a Java runtime, or None."""
    return shutil.which("java")


def validate(xform: bytes, *, with_java: bool = True) -> str:
    """This function will check a converted form and return which check passed it.

    :raises Invalid: `validate_failed` with what is wrong.
    :raises Unavailable: if ODK Validate does not answer in time.
    """
    xlsform.check_expressions(xform)
    runtime = java() if with_java else None
    if not runtime or not Path(ODK_VALIDATE_PATH).exists():
        return XPATH
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xml"
        path.write_bytes(xform)
        command = [runtime, "-Djava.awt.headless=true", "-jar", ODK_VALIDATE_PATH, str(path)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise Unavailable("validate_timeout", _("校验程序没有按时答复，请稍后再发布。")) from None
    if done.returncode:
        raise _refusal(done.stderr.decode("utf-8", "replace"))
    return ODK_VALIDATE


def _refusal(said: str) -> Invalid:
    lines = [
        line.strip() for line in said.splitlines() if line.strip() and not line.strip().startswith("at ")
    ]
    text = " ".join(dict.fromkeys(lines))[:400]
    message = _("ODK Validate 不通过：%(text)s") % {"text": text or _("没有说明")}
    return Invalid("validate_failed", message, {"survey": message})
