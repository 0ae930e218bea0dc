"""`duban risk evaluate`: figures of a window by hand, nothing of the window is looked at, files make one history."""

import csv
import gzip
import io
import json
import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from duban.config.cli import main
from duban.kernel.errors import Invalid
from duban.planning.risk.examination import examine, measure
from duban.planning.risk.history import REQUIRED, read_history
from duban.planning.risk.learning import learn
from duban.planning.risk.reasons import REASONS, figures, window_numbers

FIRST = date(2020, 1, 1)


def made_up(count: int = 900) -> list[dict[str, str]]:
    """A history of invented inspections: area A and riskier sites show more, some sites come back."""
    dice = random.Random(7)  # noqa: S311
    rows = []
    for number in range(count):
        area, site = dice.choice("ABCD"), dice.randrange(count // 3)
        chance = (0.45 if area == "A" else 0.12) + (0.1 if site % 3 == 0 else 0)
        is_bad = dice.random() < chance
        rows.append({
            "inspection": str(number), "site": f"s{site}", "date": (FIRST + timedelta(days=number * 360 // count)).isoformat(),
            "site_type": dice.choice(["market", "canteen"]), "risk_class": "high" if site % 3 == 0 else "low", "area": area,
            "critical": str(int(is_bad)), "serious": str(dice.randrange(2)), "minor": str(dice.randrange(4)),
            "site_age_years": "3.5", "area_burglary": "2.0", "area_garbage_complaints": "1.5", "area_sanitation_complaints": "",
        })  # fmt: skip
    return rows


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return made_up()


@pytest.fixture(scope="module")
def file(rows, tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("risk") / "all.csv", rows)


def evaluate(capsys, *arguments: object) -> dict:
    assert main(["risk", "evaluate", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_window_by_hand():
    days = np.array([1, 1, 2, 3, 3, 4])
    is_critical = np.array([False, False, False, False, True, True])
    found = measure(days, is_critical, np.array([1, 2, 3, 4, 5, 6]))
    # the last two were on days 3 and 4, and are handed day 1 both: (2 + 3) / 2
    assert found["days_earlier"] == found["oracle"] == 2.5
    assert (found["auc"], found["first_half"], found["first_half_as_scheduled"]) == (1.0, 1.0, 0.0)
    assert found["random"] == pytest.approx(3.5 - 14 / 6, abs=1e-4)
    # equal scores share the days: what a random order gives
    assert measure(days, is_critical, np.zeros(6))["days_earlier"] == found["random"]
    assert measure(days, is_critical, -np.arange(6))["days_earlier"] == 0.0


def test_result_stands_between_random_and_best_and_says_both(capsys, file):
    found = evaluate(capsys, file)
    assert found["windows"] and found["random"] < found["days_earlier"] < found["oracle"]
    assert found["auc"] > 0.6 and found["first_half"] > found["first_half_as_scheduled"]
    assert found["days_earlier"] == pytest.approx(
        np.mean([one["days_earlier"] for one in found["windows"]]), abs=1e-3
    )
    assert {"from", "to", "inspections", "critical", "auc", "random", "oracle"} <= found["windows"][0].keys()


def test_several_files_in_any_order_with_repeats_are_one_history(capsys, rows, file, tmp_path):
    early = write(tmp_path / "early.csv.gz", rows[:500])
    late = write(tmp_path / "late.csv", list(reversed(rows[400:])))
    whole, parts = evaluate(capsys, file), evaluate(capsys, late, early)
    assert (whole["repeated"], parts["repeated"]) == (0, 100)
    assert {**parts, "repeated": 0} == whole


def test_columns_about_persons_teams_and_weather_change_nothing(capsys, rows, file, tmp_path):
    more = [
        {**row, "inspector": row["critical"], "team": row["critical"], "temperature": row["critical"]}
        for row in rows
    ]
    assert evaluate(capsys, write(tmp_path / "more.csv", more)) == evaluate(capsys, file)
    forbidden = ("inspector", "team", "person", "weather", "temperature", "strict")
    assert not [name for name in REQUIRED if any(word in name for word in forbidden)]
    assert not [one.code for one in REASONS if any(word in one.code for word in forbidden)]


def test_nothing_of_a_window_is_known_when_it_is_scored(rows, tmp_path):
    start = (FIRST + timedelta(days=240)).toordinal()
    changed = [
        {**row, "critical": "3", "serious": "9", "minor": "9", "area_burglary": "99"}
        if date.fromisoformat(row["date"]).toordinal() >= start
        else row
        for row in rows
    ]
    scores = []
    for name, given in (("a.csv", rows), ("b.csv", changed)):
        history = read_history([write(tmp_path / name, given)])
        known, numbers = figures(history, start, 60), window_numbers(history, start, 60)
        table = learn(known, history.is_critical, numbers, numbers < 0)
        scores.append(table.scores(known, numbers == 0))
    assert len(scores[0]) > 100 and (scores[0] == scores[1]).all()


def test_table_rises_where_it_must_and_adds_up(file):
    history = read_history([file])
    found = examine(history, start=FIRST + timedelta(days=240))
    for reason in found.table.reasons:
        points = found.table.points[reason.code]
        assert min(points) == 0 and len(points) == len(reason.cuts) + 1
        assert not reason.is_rising or list(points) == sorted(points)
    start = (FIRST + timedelta(days=240)).toordinal()
    known, one = figures(history, start, 60), np.zeros(len(history), dtype=bool)
    one[-1] = True
    parts = [found.table.of(reason, known[reason.code][one])[0] for reason in found.table.reasons]
    assert found.table.scores(known, one)[0] == sum(parts)


def test_windows_that_cannot_be_examined_are_named(file):
    found = examine(read_history([file]), start=FIRST)
    assert [one["from"] for one in found.left_out] == ["2020-01-01", "2020-03-01"]
    assert [one["from"] for one in found.windows][0] == "2020-04-30" and len(found.windows) == 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [{k: v for k, v in row.items() if k != "critical"} for row in rows], "critical"),
        (lambda rows: [{**rows[0], "date": "16/02/2020"}, *rows[1:]], "16/02/2020"),
        (lambda rows: [rows[0], {**rows[1], "critical": "many"}], "many"),
        (lambda rows: rows[:50], "200"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(capsys, rows, tmp_path, change, says):
    path = write(tmp_path / "bad.csv", change(rows))
    assert main(["risk", "evaluate", str(path), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and says in err


@pytest.mark.parametrize("raw", [b"", b"\x1f\x8bbroken", b"\xff\xfe\x00", b"inspection,site\n1,2\n"])
def test_a_file_that_is_no_history_is_refused(tmp_path, raw):
    path = tmp_path / "x.csv"
    path.write_bytes(raw)
    with pytest.raises(Invalid):
        read_history([path])


@pytest.mark.parametrize("options", [["--from", "soon"], ["--from", "2031-01-01"], ["--window-days", "0"]])
def test_impossible_windows_are_refused(capsys, file, options):
    assert main(["risk", "evaluate", str(file), *options]) == 2
    assert capsys.readouterr().err.startswith("duban: ")


def test_ablation_shows_what_carries_the_result(capsys, file):
    found = evaluate(capsys, file, "--ablation", "--from", (FIRST + timedelta(days=240)).isoformat())
    only = {name: means["auc"] for name, means in found["ablation"]["only"].items()}
    assert max(only, key=only.get) == "area_rate"
    assert found["ablation"]["without"]["area_rate"]["auc"] < found["auc"]
