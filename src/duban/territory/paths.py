"""Path segments: the unit's serial in base 36, so that a path stays short and never changes with the code or name."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def segment(serial: int) -> str:
    """This function will return the path segment of a serial."""
    text = ""
    while True:
        serial, digit = divmod(serial, 36)
        text = DIGITS[digit] + text
        if not serial:
            return text


def child_path(parent_path: str, serial: int) -> str:
    """This function will return the path of a child: `1.2k.` + `7` → `1.2k.7.`."""
    return f"{parent_path}{segment(serial)}."
