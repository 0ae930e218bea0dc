"""Puts stored files together: a zip whose members carry the documents' own file names, or one PDF for printing.

For printing on both sides each document begins on a front page. The same files always give the same bytes.
"""

import zipfile
from collections.abc import Sequence
from io import BytesIO

from pypdf import PdfWriter

from duban.documents import audiences
from duban.documents.models import BundleForm, OfficialDocument
from duban.kernel import files

STAMP = (2000, 1, 1, 0, 0, 0)


def put_together(form: str, documents: Sequence[OfficialDocument]) -> bytes:
    """Return the bytes of a bundle; every document must be drawn."""
    if form == BundleForm.PRINT:
        return _one_pdf(documents)
    return _zipped(documents, "docx" if form == BundleForm.WORD_ZIP else "pdf")


def member_names(documents: Sequence[OfficialDocument], suffix: str) -> list[str]:
    """Return the names inside the zip; equal names get an ordinal, so that nothing is overwritten."""
    names: list[str] = []
    for document in documents:
        name = audiences.file_name(document, suffix)
        stem = name.removesuffix(f".{suffix}")
        again = 2
        while name in names:
            name, again = f"{stem}（{again}）.{suffix}", again + 1
        names.append(name)
    return names


def _zipped(documents: Sequence[OfficialDocument], suffix: str) -> bytes:
    # PDF and Word files are compressed already: storing them is as small and much quicker.
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, document in zip(member_names(documents, suffix), documents, strict=True):
            archive.writestr(zipfile.ZipInfo(name, STAMP), files.read(getattr(document, suffix)))
    return made.getvalue()


def _one_pdf(documents: Sequence[OfficialDocument]) -> bytes:
    writer = PdfWriter()
    for document in documents:
        writer.append(BytesIO(files.read(document.pdf)), import_outline=False)
        if len(writer.pages) % 2 and document is not documents[-1]:
            writer.add_blank_page()
    made = BytesIO()
    writer.write(made)
    return made.getvalue()
