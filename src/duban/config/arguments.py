"""Types of command line arguments that refuse what cannot be meant, in the words of argparse's own errors."""

import argparse
from collections.abc import Callable

from django.utils.translation import gettext as _


def between(low: int, high: int) -> Callable[[str], int]:
    """This function will return an argument type for whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not low <= int(text) <= high:
            words = {"text": text, "low": low, "high": high}
            raise argparse.ArgumentTypeError(_("%(text)s 不在 %(low)s 到 %(high)s 之间") % words)
        return int(text)

    return read


PORT = between(1, 65_535)
THREADS = between(1, 256)
PROCESSES = between(1, 64)
