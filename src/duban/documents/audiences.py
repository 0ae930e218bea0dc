"""Public versions of an internal text: names give way to posts, and no way out of the system carries one.

A variant is a document of its own with its own frozen record. `leaks` reads every place a reader could find a name:
title, record, file names, and the drawn files with their properties and parts.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from duban.documents import render
from duban.documents.models import Audience, OfficialDocument

Names = Sequence[Mapping[str, Any]]
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def hidden_names(names: Names, audience: str) -> list[str]:
    """Return the names a version may not carry, the longest first."""
    if audience == Audience.INTERNAL:
        return []
    hidden = [
        row["name"] for row in names if audience == Audience.UNNAMED or not row.get("may_be_named", False)
    ]
    return sorted(hidden, key=len, reverse=True)


def redacted(value: Any, names: Names, audience: str) -> Any:
    """Return a record or any part of it with every hidden name replaced by its post; spaces inside a name do not save it."""
    posts = {row["name"]: row["post"] for row in names}
    hidden = hidden_names(names, audience)
    if not hidden:
        return value
    pattern = re.compile("|".join(r"\s*".join(map(re.escape, name)) for name in hidden))

    def clean(part: Any) -> Any:
        if isinstance(part, str):
            return pattern.sub(lambda found: posts[re.sub(r"\s", "", found[0])], part)
        if isinstance(part, list):
            return [clean(one) for one in part]
        if isinstance(part, dict):
            return {key: clean(one) for key, one in part.items()}
        return part

    return clean(value)


def file_name(document: OfficialDocument, suffix: str) -> str:
    """Return the name under which a document leaves the system: number and title, no sign a file system refuses."""
    version = "" if document.audience == Audience.INTERNAL else f"（{document.get_audience_display()}）"
    is_named = document.number_text in document.title
    title = document.title if is_named else f"{document.number_text} {document.title}"
    stem = UNSAFE.sub("-", title.strip())[:80]
    return f"{stem}{version}.{suffix}"


def leaks(document: OfficialDocument, names: Names) -> list[str]:
    """Return where a version still shows a hidden name: empty when nothing does."""
    hidden = hidden_names(names, document.audience)
    if not hidden:
        return []
    found = []
    for place, texts in _ways_out(document):
        whole = re.sub(r"\s", "", "".join(texts))
        if any(name in whole for name in hidden):
            found.append(place)
    return found


def leaks_in_zip(content: bytes, documents: Sequence[OfficialDocument]) -> list[str]:
    """Return the members of a zip of public versions that still show a name hidden in any of them."""
    hidden = _hidden_in_any(documents)
    if not hidden:
        return []
    found = []
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in archive.namelist():
            whole = re.sub(r"\s", "", "".join([member, *_texts_of(member, archive.read(member))]))
            if any(name in whole for name in hidden):
                found.append(member)
    return found


def leaks_in_print(content: bytes, documents: Sequence[OfficialDocument]) -> list[str]:
    """Return the places in one PDF of many public versions that still show a name hidden in any of them."""
    hidden = _hidden_in_any(documents)
    if not hidden:
        return []
    found = []
    reader = PdfReader(BytesIO(content))
    places = [("PDF 属性", " ".join(str(value) for value in (reader.metadata or {}).values()))]
    places += [(f"第 {page} 页", one.extract_text()) for page, one in enumerate(reader.pages, start=1)]
    for place, text in places:
        whole = re.sub(r"\s", "", text)
        if any(name in whole for name in hidden):
            found.append(place)
    return found


def _hidden_in_any(documents: Sequence[OfficialDocument]) -> set[str]:
    return {
        name
        for one in documents
        if one.variant_of
        for name in hidden_names(one.variant_of.names, one.audience)
    }


def _texts_of(name: str, content: bytes) -> Iterable[str]:
    parts = _pdf_parts(content) if name.endswith(".pdf") else _word_parts(content)
    return [text for _place, texts in parts for text in texts]


def _ways_out(document: OfficialDocument) -> Iterable[tuple[str, list[str]]]:
    yield "标题（检索结果所显示）", [document.title, document.number_text, str(document)]
    yield "文件名", [file_name(document, suffix) for suffix in ("pdf", "docx")]
    yield "冻结内容", list(_strings(document.record))
    yield from _pdf_parts(render.render_pdf(document.kind, document.record))
    yield from _word_parts(render.render_docx(document.kind, document.record))


def _pdf_parts(content: bytes) -> Iterable[tuple[str, list[str]]]:
    reader = PdfReader(BytesIO(content))
    yield "PDF 属性", [str(value) for value in (reader.metadata or {}).values()]
    yield "PDF 正文", [page.extract_text() for page in reader.pages]


def _word_parts(content: bytes) -> Iterable[tuple[str, list[str]]]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            raw = archive.read(name).decode("utf-8", "ignore")
            yield f"DOCX {name}", [name, re.sub(r"<[^>]+>", "", raw), raw]


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key)
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
