"""Rows of the division files as they stream past: CSV by line, JSON object by object, never the whole file at once."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid

CHUNK = 1 << 20


class Division(NamedTuple):
    """Code, name and the code of the division above."""

    code: str
    name: str
    parent: str


def csv_divisions(raw: IO[bytes], name: str, parent_column: str) -> Iterator[tuple[int, Division]]:
    """Yield (row number, division) of a CSV file in UTF-8 or GB18030."""
    stream = io.BufferedReader(raw, CHUNK)  # type: ignore[type-var]
    encoding = _encoding(stream.peek(CHUNK))
    reader = csv.reader(io.TextIOWrapper(stream, encoding=encoding, newline=""), strict=True)
    try:
        header = [one.strip() for one in next(reader, [])]
        code, title, parent = _places(header, name, parent_column)
        width = len(header)
        for number, row in enumerate(reader, start=2):
            if not row:
                continue
            if len(row) != width:
                raise Invalid(
                    "broken_row", _("%(file)s 第 %(row)s 行列数不对。") % {"file": name, "row": number}
                )
            yield (
                number,
                Division(row[code].strip(), row[title].strip(), row[parent].strip() if parent_column else ""),
            )
    except (csv.Error, UnicodeDecodeError) as error:
        words = {"file": name, "row": reader.line_num + 1}
        raise Invalid(
            "broken_row", _("%(file)s 第 %(row)s 行读不出来（编码或引号不对）。") % words
        ) from error


def _encoding(start: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start, final=False)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _places(header: list[str], name: str, parent_column: str) -> tuple[int, int, int]:
    wanted = ["code", "name", parent_column] if parent_column else ["code", "name"]
    if missing := [one for one in wanted if one not in header]:
        raise Invalid(
            "missing_columns", _("%(file)s 缺少列：%(names)s。") % {"file": name, "names": "、".join(missing)}
        )
    return header.index("code"), header.index("name"), header.index(parent_column) if parent_column else 0


def json_divisions(raw: IO[bytes], name: str, parent_column: str) -> Iterator[tuple[int, Division]]:
    """Yield (ordinal, division) of a JSON array of flat objects."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    reader, text, number = json.JSONDecoder(), "", 0
    stream = io.BufferedReader(raw, CHUNK)  # type: ignore[type-var]
    try:
        while part := stream.read(CHUNK):
            text += decoder.decode(part)
            text = text.lstrip(" \r\n\t[,")
            place = 0
            while text.find("}", place) >= 0:
                one, place = reader.raw_decode(text, place)
                number += 1
                yield number, _division(one, name, number, parent_column)
                while place < len(text) and text[place] in ", \r\n\t":
                    place += 1
            text = text[place:]
        text += decoder.decode(b"", final=True)
    except (ValueError, RecursionError) as error:
        words = {"file": name, "row": number + 1}
        raise Invalid("broken_row", _("%(file)s 第 %(row)s 项不是合规的 JSON。") % words) from error
    if text.strip() not in {"]", ""} or (not number and text.strip() != "]"):
        raise Invalid(
            "broken_row", _("%(file)s 第 %(row)s 项不是合规的 JSON。") % {"file": name, "row": number + 1}
        )


def _division(one: object, name: str, number: int, parent_column: str) -> Division:
    try:
        parent = str(one[parent_column]) if parent_column else ""  # type: ignore[index]
        return Division(str(one["code"]), str(one["name"]).strip(), parent)  # type: ignore[index]
    except (KeyError, TypeError) as error:
        words = {"file": name, "row": number}
        raise Invalid(
            "missing_columns", _("%(file)s 第 %(row)s 项缺少 code、name 或上级。") % words
        ) from error
