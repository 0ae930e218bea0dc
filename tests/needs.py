"""Parts a test may need. Missing: the test is skipped and the part named; with DUBAN_REQUIRE_ALL=1 it fails."""

import os
import shutil

import pytest


def part(name: str, is_there: bool) -> None:
    """This function will skip the test if `name` is missing on this machine, or fail if all parts are required."""
    if is_there:
        return
    if os.environ.get("DUBAN_REQUIRE_ALL") == "1":
        pytest.fail(f"missing part: {name}")
    pytest.skip(f"missing part: {name}")


def chromium() -> str:
    """This function will return the path of the browser."""
    path = next(
        (found for one in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(one))),
        "",
    )
    part("Chromium", bool(path))
    return path


def java() -> str:
    """This function will return the path of the Java runtime."""
    path = shutil.which("java") or ""
    part("Java", bool(path))
    return path


def soffice() -> str:
    """This function will return the path of LibreOffice."""
    path = shutil.which("soffice") or shutil.which("libreoffice") or ""
    part("LibreOffice", bool(path))
    return path
