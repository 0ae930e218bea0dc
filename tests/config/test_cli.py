"""The command line: help of every command, JSON for programs, refusals as one sentence with exit code 2."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from duban.config.cli import COMMANDS, main
from duban.kernel import append_only, seals
from duban.kernel.models import Event
from duban.reporting.models import Edition
from tests.documents.test_issue import issue
from tests.world import DAY, World, at

HELPS = (
    "demo", "serve", "work", "tick", "campaign", "campaign new", "users", "users list", "users add", "import", "digest",
    "documents", "documents render", "journal", "journal verify", "journal prove", "risk", "risk evaluate", "draw", "draw check", "draw plan", "draw protocol", "draw verify",
    "backup", "restore",
)  # fmt: skip


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_LANGUAGE", "zh")


def run(*words: str) -> int:
    """The command with the database of the test."""
    return main([str(word) for word in words])


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as left:
        run(*words, "--help")
    assert left.value.code == 0
    return capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = helped(capsys)
    assert "督办" in text and "--data" in text
    for name in {*COMMANDS, "restore", "import"} - {"imports"}:
        assert re.search(rf"^    {name}\b", text, re.MULTILINE), name


@pytest.mark.parametrize("command", HELPS)
def test_help_of_each_command_reads_well(capsys: pytest.CaptureFixture[str], command: str) -> None:
    text = helped(capsys, *command.split())
    assert text.startswith((f"usage: duban {command}", f"用法：duban {command}"))
    # No option without a word about it.
    bare = [line for line in text.splitlines() if line.startswith("  --") and len(line.split()) < 2]
    assert bare == [] and "None" not in text and "%(" not in text


def test_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run("dance")
    assert left.value.code == 2 and "dance" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("serve", "--port", "99999"), "99999 不在 1 到 65535 之间"),
        (("work", "--threads", "0"), "0 不在 1 到 256 之间"),
        (("demo", "--port", "x"), "x 不在 1 到 65535 之间"),
        (("users", "add", "zoe", "--unit", "T", "--role", "king"), "king"),
    ],
)
def test_argument_that_cannot_be_meant_is_refused(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SystemExit) as left:
        run(*words)
    assert left.value.code == 2 and sentence in capsys.readouterr().err


def test_users_as_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("users", "list", "--json") == 0
    rows = {row["username"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["asha"]["roles"] == [{"role": "inspector", "area": "甲镇"}]
    assert rows["nobody"]["roles"] == [] and rows["nobody"]["active"]
    assert "password" not in json.dumps(list(rows.values()))


def test_tick_twice_for_one_moment_does_nothing_twice(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.dispatch("1")
    moment = f"{DAY}T16:01"
    assert run("tick", "--at", moment, "--json") == 0
    done = json.loads(capsys.readouterr().out)["done"]
    assert done["freeze_editions"] >= 1 and done["inspection.lock_sheets"] >= 1
    events, editions = Event.objects.count(), Edition.objects.count()
    assert run("tick", "--at", moment, "--json") == 0
    again = json.loads(capsys.readouterr().out)["done"]
    assert {
        name: count for name, count in again.items() if count and name not in ("heartbeat", "seal_journal")
    } == {}
    assert (Event.objects.count(), Edition.objects.count()) == (events, editions)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("tick", "--at", "four o'clock"), "时间写法不对"),
        (("tick", "--only", "nothing"), "没有名为 nothing 的巡检"),
        (("digest", "--date", "2020-02-30"), "日期写法不对"),
        (("digest", "--date", "16.2.2020"), "日期写法不对"),
        (("digest", "--date", str(DAY), "--campaign", "none"), "请用 --campaign 指定专项"),
        (("documents", "render", "无此号", "--out", "nowhere"), "没有编号为"),
        (("journal", "prove", "x"), "没有"),
        (("users", "add", "zoe", "--unit", "nowhere"), "没有编码为"),
        (("import", "units", "no-such-file.xlsx"), "没有文件"),
        (("restore", "no-such-file.zip"), "不是完整的备份"),
    ],
)
def test_refusal_is_one_sentence_and_exit_code_2(
    world: World, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    before = Event.objects.count()
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert said.startswith("duban: ") and sentence in said and said.count("\n") <= 2
    assert Event.objects.count() == before


def test_digest_before_the_cutoff_of_a_later_day_is_refused(world: World, clock_at, capsys) -> None:
    clock_at("15:12")
    assert run("digest", "--date", str(DAY)) == 2
    assert Edition.objects.count() == 0 and capsys.readouterr().err.startswith("duban: ")


def test_digest_freezes_once_and_prints_the_same(world: World, clock_at, capsys) -> None:
    clock_at("16:05")
    assert run("digest", "--date", str(DAY), "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["day"], first["sequence"], len(first["digest"])) == (str(DAY), 1, 64) and first["lines"]
    assert run("digest", "--date", str(DAY), "--json") == 0
    assert json.loads(capsys.readouterr().out) == first
    assert Edition.objects.count() == 1


def test_journal_verify_notices_a_changed_row(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    seals.seal_open_events(at("18:00"))
    assert run("journal", "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True
    event = Event.objects.order_by("id")[3]
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_event SET reason = 'nobody saw it' WHERE subject_id = %s AND verb = %s",
                       [_stored(event.subject_id), event.verb])  # fmt: skip
        assert cursor.rowcount
    append_only.install(connection)
    assert run("journal", "verify", "--json") == 1
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["verified"] is False and verdict["faults"]
    assert run("journal", "verify") == 1 and "有改动" in capsys.readouterr().out


def _stored(value: object) -> str:
    return str(value) if connection.vendor == "postgresql" else value.hex  # type: ignore[attr-defined]


def test_journal_proof_is_printed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    seals.seal_open_events(at("18:00"))
    event = Event.objects.order_by("id").first()
    assert run("journal", "prove", str(event.pk)) == 0
    assert json.loads(capsys.readouterr().out)


def test_documents_are_written_as_pdf_and_docx(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = issue(world)
    document.number_text = "示督通〔2020〕1号"
    document.save(update_fields=["number_text"])
    assert run("documents", "render", "示督通〔2020〕1号", "--out", str(tmp_path / "out")) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.suffix for path in paths] == [".pdf", ".docx"]
    assert paths[0].read_bytes().startswith(b"%PDF") and paths[1].read_bytes().startswith(b"PK")


def outside(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in its own process, with settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    source = str(Path(__file__).resolve().parents[2] / "src")
    return subprocess.run(
        [sys.executable, "-m", "duban", *map(str, words)], capture_output=True, text=True, timeout=120, check=False,
        env=kept | {"PYTHONPATH": source, "DUBAN_LANGUAGE": "zh"} | variables,
    )  # fmt: skip


def test_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "data"
    wrong.write_text("not a folder")
    done = outside("users", "list", "--data", wrong)
    assert done.returncode == 2 and "Traceback" not in done.stderr and str(wrong) in done.stderr
    assert wrong.read_text() == "not a folder"


def test_database_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    done = outside("users", "list", "--data", tmp_path, DUBAN_DATABASE="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 2 and "连不上数据库" in done.stderr and "Traceback" not in done.stderr
