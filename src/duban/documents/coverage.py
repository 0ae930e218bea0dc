"""Which characters the fonts in use can draw, read from their cmap tables (OpenType, formats 4 and 12).

A character no font has would be printed as an empty box: lint names it while the text is still a draft.
"""

import struct
from functools import cache
from pathlib import Path

from duban.documents.typefaces import typefaces_in_use

SUFFIXES = (".otf", ".ttf", ".ttc")
ALWAYS = frozenset("\n\r\t \u3000\u2003")


def undrawable(text: str) -> list[str]:
    """Return the characters of a text that no font in use has, each once, in order."""
    known = _characters(typefaces_in_use().folders)
    return [one for one in dict.fromkeys(text) if one not in ALWAYS and ord(one) not in known]


@cache
def _characters(folders: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for folder in folders:
        for path in sorted(Path(folder).iterdir()):
            if path.suffix.lower() in SUFFIXES:
                found |= _of_file(path)
    return frozenset(found)


def _of_file(path: Path) -> set[int]:
    with path.open("rb") as file:
        head = file.read(12)
        start = 0
        if head[:4] == b"ttcf":
            start = struct.unpack(">I", file.read(4))[0]
            file.seek(start)
            head = file.read(12)
        for _table in range(struct.unpack(">H", head[4:6])[0]):
            tag, _checksum, offset, length = struct.unpack(">4sIII", file.read(16))
            if tag == b"cmap":
                file.seek(offset)
                return _of_cmap(file.read(length))
    return set()


def _of_cmap(table: bytes) -> set[int]:
    found: set[int] = set()
    for position in range(struct.unpack(">H", table[2:4])[0]):
        platform, _encoding, offset = struct.unpack(">HHI", table[4 + 8 * position : 12 + 8 * position])
        if platform in (0, 3):
            kind = struct.unpack(">H", table[offset : offset + 2])[0]
            found |= (
                _format_4(table[offset:])
                if kind == 4
                else _format_12(table[offset:])
                if kind == 12
                else set()
            )
    return found


def _format_4(table: bytes) -> set[int]:
    segments = struct.unpack(">H", table[6:8])[0] // 2
    ends = struct.unpack(f">{segments}H", table[14 : 14 + 2 * segments])
    starts = struct.unpack(f">{segments}H", table[16 + 2 * segments : 16 + 4 * segments])
    return {
        code
        for start, end in zip(starts, ends, strict=True)
        for code in range(start, end + 1)
        if code < 0xFFFF
    }


def _format_12(table: bytes) -> set[int]:
    found: set[int] = set()
    for group in range(struct.unpack(">I", table[12:16])[0]):
        start, end, _glyph = struct.unpack(">III", table[16 + 12 * group : 28 + 12 * group])
        found.update(range(start, end + 1))
    return found
