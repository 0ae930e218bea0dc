"""A protocol is enough to check a draw without the server; a changed one is noticed."""

import json
from datetime import timedelta

import pytest

from duban.config.cli import main
from duban.kernel import seals
from duban.planning import operations as planning
from duban.planning import protocol
from tests.world import DAY


@pytest.fixture
def written(world, at):
    """The protocol of a planned draw, after the round."""
    world.round.ends_on = DAY + timedelta(days=2)
    world.round.save()
    made = planning.commit_and_draw(
        actor=world.actor("wen"), at=at("07:30"), round_id=world.round.pk, day=DAY,
        team_ids=[world.teams["1"].pk, world.teams["2"].pk],
    )  # fmt: skip
    after = at("08:00", DAY + timedelta(days=3))
    planning.reveal_draws(actor=world.actor("hugo"), at=after, round_id=world.round.pk)
    seals.seal_open_events(after)
    made.refresh_from_db()
    return json.loads(json.dumps(protocol.write(made)))


def test_protocol_agrees_and_every_change_is_noticed(written):
    found = protocol.check(written)
    assert found["ok"] and found["plan_distance"] < 0.001
    assert written["journal"][0]["proof"]["seal"] == 1

    def changed(change):
        other = json.loads(json.dumps(written))
        change(other)
        return {name for name, value in protocol.check(other).items() if value is False} - {"ok"}

    assert "result" in changed(lambda one: one["result"]["assignments"][0]["sites"].clear())
    assert "commitment" in changed(lambda one: one["inputs"]["teams"][0].update(quota=1))
    assert "plan" in changed(lambda one: one["inputs"]["plan"]["weight"].__setitem__(0, 1))
    assert "journal" in changed(lambda one: one["journal"][0]["detail"].update(commitment="0"))
    assert "seals" in changed(lambda one: one["journal"][0]["proof"].update(leaf="{}"))


def test_protocol_is_written_and_verified_by_the_command(written, world, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DUBAN_LANGUAGE", "zh")
    assert main(["draw", "protocol", "--out", str(tmp_path)]) == 0
    [path] = tmp_path.glob("*.json")
    assert json.loads(path.read_text()) == written
    assert main(["draw", "verify", str(path)]) == 0
    assert "核对一致" in capsys.readouterr().out
    path.write_text(path.read_text().replace(written["seed"], "00" * 32))
    assert main(["draw", "verify", str(path), "--json"]) == 1
    path.write_text("{}")
    assert main(["draw", "verify", str(path)]) == 2
    assert main(["draw", "protocol", "--out", str(tmp_path), "--round", "9"]) == 2


def test_plan_of_a_day_is_shown_and_nothing_is_written(written, world, capsys):
    from duban.planning.models import Draw

    assert main(["draw", "plan", "--day", (DAY + timedelta(days=1)).isoformat(), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["days"] == 2 and len(shown["chance_by_risk"]) == 4
    assert not any(name in json.dumps(shown) for name in world.sites)
    assert Draw.objects.count() == 1
    assert main(["draw", "plan", "--day", "2031-01-01"]) == 2
