"""`duban draw check`: the figures as one JSON object; what cannot hold or be read ends with code 2 and a sentence."""

import json
from pathlib import Path

import pytest

from duban.config.cli import main
from tests.planning.drawing.instances import instance


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_LANGUAGE", "zh")


def check(tmp_path: Path, given: object, *words: str) -> int:
    path = tmp_path / "instance.json"
    path.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    return main(["draw", "check", str(path), "--draws", "10", "--jobs", "1", *words])


def test_check_prints_the_figures_and_the_same_again(tmp_path, capsys):
    assert check(tmp_path, instance(), "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert {
        "violations", "chi2_dof", "cells", "max_z", "entropy_ratio", "max_day_probability", "best_guess_p99", "distinct",
        "value", "lp_value", "lp_gap", "seconds_plan", "seconds_draw",
    } <= set(first)  # fmt: skip
    assert (first["violations"], first["distinct"]) == (0, 10)
    check(tmp_path, instance(), "--json")
    again = json.loads(capsys.readouterr().out)
    assert (again["chi2_dof"], again["max_z"]) == (first["chi2_dof"], first["max_z"])


def test_check_names_the_constraint_that_cannot_hold(tmp_path, capsys):
    assert check(tmp_path, instance(capacity=1, teams=2), "--json") == 2
    shown = capsys.readouterr()
    assert "全覆盖须到 24 处次，各组容量合计 12 处次，差 12 处次。" in shown.err
    assert json.loads(shown.out)["infeasible"]["short_by"] == 12


@pytest.mark.parametrize(
    ("given", "said"),
    [("{", "不是 JSON"), ([], "instance"), ({"days": 2}, "teams"), ({**instance(), "days": "x"}, "days")],
)
def test_check_refuses_a_file_it_cannot_read(tmp_path, capsys, given, said):
    assert check(tmp_path, given) == 2
    assert said in capsys.readouterr().err
