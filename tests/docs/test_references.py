"""Whatever the documentation points to exists: links, files, tests; and it names no machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# The picture is taken from the running demo.
LATER = {"docs/images/today.png"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(page))
    missing = [one for one in targets if "://" not in one and not (page.parent / one).exists()]
    assert [one for one in missing if one not in LATER] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page):
    names = re.findall(
        r"`((?:src|tests|scripts|packs|docs|requirements|benchmarks)/[\w./-]+)`", text_of(page)
    )
    assert [name for name in names if not (ROOT / name).exists() and name not in LATER] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_tests_exist(page):
    named = re.findall(r"`([\w/]+\.py)(?:::(test_\w+))?`", text_of(page))
    missing = []
    for file, test in named:
        path = ROOT / "tests" / file
        if test and not (path.exists() and f"def {test}(" in path.read_text(encoding="utf-8")):
            missing.append(f"{file}::{test}")
    assert missing == []


def test_pages_name_no_machine():
    pattern = re.compile(r"/(?:work|root|tmp)/|p[y]pi\.org|registry\.n[p]mjs")
    assert [str(page.relative_to(ROOT)) for page in PAGES if pattern.search(text_of(page))] == []


def test_every_decision_has_its_four_parts():
    heads = ["## Context", "## Decision", "## Alternatives", "## Consequences"]
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(records) >= 12
    assert [page.name for page in records if any(head not in text_of(page) for head in heads)] == []


def test_glossary_names_what_exists():
    text = text_of(ROOT / "docs" / "glossary.md")
    named = {
        one
        for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
        for one in re.findall(r"`([A-Z]\w+)`", cell)
    }
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "duban").rglob("*.py"))
    known = set(re.findall(r"^class (\w+)", source, re.MULTILINE))
    assert len(named) > 40
    assert named - known == set()
