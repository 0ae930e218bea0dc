"""The generated pages say what the source says."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def generator():
    """The script as a module; it lies outside the package."""
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = generator().PAGES


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_matches_its_source(name):
    stale = (ROOT / name).read_text(encoding="utf-8") != PAGES[name]()
    assert not stale, f"{name} is stale. Run: .venv/bin/python scripts/build_docs.py"


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_the_same_every_time(name):
    assert PAGES[name]() == PAGES[name]()


def test_every_move_of_a_finding_is_in_the_states_page():
    from duban.inspection.states import FINDING_TRANSITIONS

    text = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    assert [action for action in FINDING_TRANSITIONS if f"| `{action}` |" not in text] == []
