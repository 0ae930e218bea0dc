"""Word and PDF files made from the same texts as the plain ones, and files that must be refused."""

import io
import re
import zipfile

import docx
import typst

GAP = re.compile(r"\t|\s{3,}")


def _blocks(text: str) -> list[list[str] | str]:
    """The text as a typist would enter it: wrapped lines joined, table lines as rows."""
    blocks: list[list[str] | str] = []
    in_table = False
    for line in text.splitlines():
        if line.startswith("姓名"):
            in_table = True
        elif line.startswith("抄送"):
            in_table = False
        if in_table and line.strip():
            cells = GAP.split(line.strip())
            if line.startswith(" "):
                row = blocks[-1]
                column = 2 if cells[0].endswith("开发区") else 3
                row[column] += cells[0]
            else:
                blocks.append(cells)
        elif line.strip() and not in_table:
            starts = (
                line.startswith(("  ", "关于", "工作", "附件", "委领导", "抄送", "示例", "示纪", "各县"))
                or not blocks
            )
            if starts or isinstance(blocks[-1], list) or blocks[-1].endswith(("；", "。")):
                blocks.append(line.strip())
            else:
                blocks[-1] += line.strip()
    return blocks


def as_docx(text: str, *, prepare=None) -> bytes:
    document = docx.Document()
    table = None
    for block in _blocks(text):
        if isinstance(block, list):
            table = table or document.add_table(rows=0, cols=len(block))
            for cell, words in zip(table.add_row().cells, block, strict=True):
                cell.text = words
        else:
            document.add_paragraph(block)
    if prepare:
        prepare(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_pdf(text: str) -> bytes:
    source = [
        '#set page(paper: "a4", numbering: "— 1 —")',
        '#set text(lang: "zh", font: ("FandolFang", "Noto Serif CJK SC"), size: 14pt)',
        "#set par(justify: true, first-line-indent: (amount: 2em, all: true))",
    ]
    rows: list[str] = []
    for block in [*_blocks(text), ""]:
        if isinstance(block, list):
            rows += [f"[{cell}]" for cell in block]
            continue
        if rows:
            source.append(f"#table(columns: (3em, 8em, 9em, 8em), {', '.join(rows)})")
            rows = []
        flat = block.startswith(("示例", "示纪", "关于", "工作", "各县", "附件", "委领导", "抄送", "2021"))
        source.append(f"#par(first-line-indent: 0em)[{block}]" if flat else block)
    return typst.compile("\n\n".join(source).encode())


def picture_pdf() -> bytes:
    """A page with a drawing and no text, as a scanner makes it."""
    return typst.compile(b'#set page(paper: "a5")\n#rect(width: 50%, height: 30%, fill: gray)')


def locked_pdf() -> bytes:
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(picture_pdf()))
    writer.encrypt("geheim", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rezipped(
    content: bytes, *, add: dict[str, bytes], replace: dict[str, tuple[bytes, bytes]] | None = None
) -> bytes:
    """The Word file with further members, or with bytes of a member exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if replace and name in replace:
                body = body.replace(*replace[name])
            new.writestr(name, body)
        for name, body in add.items():
            new.writestr(name, body)
    return out.getvalue()
