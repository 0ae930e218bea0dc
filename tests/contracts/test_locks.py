"""Lock files: complete on the day a newer release of anything appears."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["base", "dev"])
def test_lock_keeps_the_extras_of_names(name: str) -> None:
    # Without them pip, asked for hashes, picks a newer `coverage[toml]` and refuses the whole installation.
    asked = {
        line.split(">")[0].strip().lower()
        for line in (ROOT / f"requirements/{name}.in").read_text().splitlines()
        if "[" in line
    }
    pinned = (ROOT / f"requirements/{name}.lock").read_text().lower().replace(", ", ",")

    assert asked
    assert [one for one in asked if f"\n{one}==" not in pinned] == []
