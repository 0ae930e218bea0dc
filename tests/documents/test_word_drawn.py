"""The Word file as LibreOffice sets it: 22 lines of 28 characters, imprint and page numbers, in millimetres.

LibreOffice takes the typefaces this machine has; what is measured does not depend on them.
"""

import subprocess

import pdfplumber
import pytest

from duban.documents import render
from duban.documents.kinds import kind_of
from tests import needs
from tests.documents.reading import MM

PLAIN = "一二三四五六七八九十" * 150
# The last words would just fill page 1.
REQUEST = [*(f"第{n}项，请予支持。" for n in range(1, 7)), "妥否，请批示。"]
SAMPLES = {
    "notice": {"paragraphs": [PLAIN]},
    "report": {},
    "minutes": {},
    "bulletin": {},
    "problem_list": {},
    "ledger": {},
    "request": {"paragraphs": REQUEST, "sections": []},
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Set all samples in one run of LibreOffice; return the opened pages by kind."""
    room = tmp_path_factory.mktemp("word")
    program = needs.soffice()
    for kind, changes in SAMPLES.items():
        (room / f"{kind}.docx").write_bytes(render.render_docx(kind, kind_of(kind).sample() | changes))
    command = [program, f"-env:UserInstallation=file://{room}/profile", "--headless", "--convert-to", "pdf"]
    files = [str(room / f"{kind}.docx") for kind in SAMPLES]
    subprocess.run([*command, "--outdir", str(room), *files], check=True, capture_output=True, timeout=120)
    opened = {kind: pdfplumber.open(room / f"{kind}.pdf") for kind in SAMPLES}
    yield {kind: pdf.pages for kind, pdf in opened.items()}
    for pdf in opened.values():
        pdf.close()


def lines(page):
    """Return the lines of size 3 from the top as (baseline in points, text); LibreOffice rounds to a twentieth."""
    found = []
    for char in sorted(page.chars, key=lambda char: -char["matrix"][5]):
        if abs(char["size"] - 16) > 0.1 or not char["text"].strip():
            continue
        if not found or found[-1][0] - char["matrix"][5] > 1:
            found.append((char["matrix"][5], []))
        found[-1][1].append(char)
    in_order = [(at, sorted(chars, key=lambda char: char["x0"])) for at, chars in found]
    return [(at, "".join(char["text"] for char in chars)) for at, chars in in_order]


def texts(page):
    return [text for _at, text in lines(page)]


def rules_of(page):
    """Return (left, right, height) of the long rules, from the top."""
    drawn = [*page.rects, *page.lines, *page.curves]
    return sorted(
        (
            (one["x0"] * MM, one["x1"] * MM, one["top"] * MM)
            for one in drawn
            if (one["x1"] - one["x0"]) * MM > 150
        ),
        key=lambda rule: rule[2],
    )


def test_full_page_holds_22_lines_of_28_characters(drawn):
    assert [len(line) for line in texts(drawn["notice"][1])] == [28] * 22


def test_page_1_holds_as_many_lines_as_the_pdf(drawn):
    assert [line for line in texts(drawn["notice"][0]) if len(line) == 28] == [
        "".join(PLAIN[26 + 28 * n : 54 + 28 * n]) for n in range(8)
    ]


def test_lines_are_spread_over_225_mm(drawn):
    baselines = [at for at, _text in lines(drawn["notice"][1])]
    steps = [(upper - lower) * MM for upper, lower in zip(baselines, baselines[1:], strict=False)]
    assert steps == pytest.approx([225 / 22] * 21, abs=0.06)


def test_page_numbers_stand_on_the_outer_side_7_mm_below_the_type_area(drawn):
    for number, page in enumerate(drawn["notice"][:4], start=1):
        dashes = [char for char in page.chars if char["text"] == "—" and abs(char["size"] - 14) < 0.1]
        assert len(dashes) == 2
        # The dash lies 0.36 of a sign above the foot of 宋体.
        upper = 297 - (dashes[0]["matrix"][5] + 0.36 * 14) * MM
        assert upper == pytest.approx(37 + 225 + 7, abs=0.6)
        if number % 2:
            assert dashes[1]["x1"] * MM == pytest.approx(210 - 26 - 14 * MM, abs=0.6)
        else:
            assert dashes[0]["x0"] * MM == pytest.approx(28 + 14 * MM, abs=0.6)


@pytest.mark.parametrize("kind", ["notice", "report", "minutes", "bulletin"])
def test_last_rule_of_the_imprint_lies_on_the_lower_edge_of_the_last_back_page(drawn, kind):
    pages = drawn[kind]
    assert len(pages) % 2 == 0
    left, right, height = rules_of(pages[-1])[-1]
    assert (left, right) == (pytest.approx(28, abs=0.2), pytest.approx(184, abs=0.2))
    assert height == pytest.approx(37 + 225, abs=0.5)


def test_back_page_with_nothing_but_the_imprint_has_no_number(drawn):
    text = drawn["notice"][-1].extract_text()
    assert "抄送" in text
    assert "—" not in text


def test_number_of_a_lying_page_stands_turned_on_the_short_side_and_moves_no_text(drawn):
    assert (len(drawn["problem_list"]), len(drawn["ledger"])) == (2, 1)
    for number, page in [(1, drawn["ledger"][0]), *enumerate(drawn["problem_list"], start=1)]:
        dashes = [char for char in page.chars if char["text"] == "—" and char["matrix"][1] < -0.5]
        assert len(dashes) == 2
        # How high a sign is differs between typefaces: its middle lies in the line's 14 points, left of 35 mm less 7.
        for char in dashes:
            assert (char["x0"] + char["x1"]) / 2 * MM == pytest.approx(35 - 7 - 7 * MM, abs=1)
        ends = [char["top"] * MM for char in dashes] + [char["bottom"] * MM for char in dashes]
        if number % 2:
            assert max(ends) == pytest.approx(210 - 26 - 14 * MM, abs=1.5)
        else:
            assert min(ends) == pytest.approx(28 + 14 * MM, abs=1.5)
        rules = [one["top"] * MM for one in [*page.lines, *page.rects] if (one["x1"] - one["x0"]) * MM > 5]
        # The second page begins with the table's head. LibreOffice puts the 15 whole lines of the grid in the middle of 156 mm.
        if number == 2:
            assert min(rules) == pytest.approx(28 + (156 - 15 * 225 / 22) / 2, abs=0.3)


def test_signature_never_stands_on_a_page_without_words_of_the_text(drawn):
    first, second = texts(drawn["request"][0]), texts(drawn["request"][1])
    assert "第1项，请予支持。" in first
    assert "示例市专项监督工作专班" in second
    assert second[0] == "妥否，请批示。"
