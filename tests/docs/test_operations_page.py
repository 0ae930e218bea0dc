"""What docs/operations.md tells an operator to do works, and names every setting."""

import json
import re
from pathlib import Path

import pytest
from django.db import transaction

from duban.kernel import journal, seals
from duban.kernel.actor import SYSTEM
from duban.kernel.jobs import SWEEPS
from duban.kernel.models import Event
from tests.world import at

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table():
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src" / "duban" / "config").glob("*.py")
    )
    read = set(re.findall(r'env\.(?:text|flag|number|names|path)\(\s*"([A-Z_]+)"', source))
    rows = "\n".join(line for line in TEXT.splitlines() if line.startswith("| `DUBAN_"))
    assert len(read) > 20
    assert {name for name in read if f"`DUBAN_{name}`" not in rows} == set()


def test_every_sweep_is_in_the_table():
    assert {name for name in SWEEPS if f"`{name}`" not in TEXT} == set()


@pytest.mark.parametrize("more", [0, 1, 6])
def test_proof_is_checked_by_the_printed_program(world, tmp_path, monkeypatch, capsys, more):
    for _number in range(more):
        with transaction.atomic():
            journal.record("export.made", actor=SYSTEM, at=at(), subject=world.campaign)
    seals.seal_open_events(at("16:00"))
    program = re.search(r"```python\n(import hashlib.*?)```", TEXT, flags=re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    events = list(Event.objects.order_by("id"))
    for event in {events[0], events[len(events) // 2], events[-1]}:
        Path("proof.json").write_text(json.dumps(seals.inclusion_proof(event)), encoding="utf-8")
        exec(compile(program, "operations.md", "exec"), {})  # noqa: S102 - our own page
    assert "in seal 1" in capsys.readouterr().out


def test_printed_program_refuses_a_changed_event(world, tmp_path, monkeypatch):
    seals.seal_open_events(at("16:00"))
    program = re.search(r"```python\n(import hashlib.*?)```", TEXT, flags=re.DOTALL)[1]
    proof = seals.inclusion_proof(Event.objects.order_by("id").first())
    proof["leaf"] = proof["leaf"].replace('"reason":"', '"reason":"x')
    monkeypatch.chdir(tmp_path)
    Path("proof.json").write_text(json.dumps(proof), encoding="utf-8")
    with pytest.raises(AssertionError, match="leaf"):
        exec(compile(program, "operations.md", "exec"), {})  # noqa: S102 - our own page
