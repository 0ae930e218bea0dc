"""Backup and restore: everything comes back equal, nothing is half-written, nothing goes onto what is there."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from duban.config.cli import main
from duban.kernel import append_only, archive, files
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.models import Event, StoredFile
from duban.people.models import User
from tests.inspection import acts
from tests.rectification import cases
from tests.world import World, at

pytestmark = pytest.mark.django_db(transaction=True)


def empty_database() -> None:
    """Take every row away, as in a new installation."""
    append_only.remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
            for model in archive._models():
                cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608
            cursor.execute("PRAGMA foreign_keys = ON")
        else:
            tables = ", ".join(f'"{model._meta.db_table}"' for model in archive._models())
            cursor.execute(f"TRUNCATE {tables} CASCADE")
    append_only.install(connection)


@pytest.fixture
def saved(transactional_world: World, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A backup of a world with an order, a reply with a photo and its journal."""
    order = cases.received(transactional_world)
    cases.reply(transactional_world, order, photos={order.items.get().pk: [acts.photo()]})
    path = tmp_path / "kept" / "all.zip"
    return path, archive.back_up(path, at=at("18:00"))


def test_restored_is_equal_to_what_was_saved(
    saved: tuple[Path, dict], tmp_path: Path, settings: Any, capsys: Any
) -> None:
    path, manifest = saved
    photos = {one.sha256: files.read(one) for one in StoredFile.objects.all()}
    assert photos
    empty_database()
    settings.MEDIA_ROOT = tmp_path / "new"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "new")},
        }
    }
    archive.restore(path)
    again = archive.back_up(tmp_path / "again.zip", at=at("18:00"))
    assert again["tables"] == manifest["tables"] and again["files"] == manifest["files"]
    assert {one.sha256: files.read(one) for one in StoredFile.objects.all()} == photos
    assert User.objects.get(username="asha").has_usable_password()
    # The restored database goes on: new rows do not collide with kept numbers.
    assert main(["backup", "--out", str(tmp_path / "next.zip")]) == 0
    assert Event.objects.filter(verb="backup.made").count() == 1


def test_restore_command_is_on_record(saved: tuple[Path, dict], capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("DUBAN_LANGUAGE", "zh")
    path, manifest = saved
    empty_database()
    assert main(["restore", str(path)]) == 0
    rows = sum(table["rows"] for table in manifest["tables"].values())
    assert f"已恢复 {rows} 行" in capsys.readouterr().out
    assert Event.objects.get(verb="backup.restored").subject_label


def test_restore_onto_something_is_refused(saved: tuple[Path, dict]) -> None:
    path, _manifest = saved
    events = Event.objects.count()
    with pytest.raises(Conflict) as refused:
        archive.restore(path)
    assert refused.value.code == "not_empty" and Event.objects.count() == events


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4000])


def one_bit(path: Path) -> None:
    """One bit of what is saved, not of a field of the zip that nobody reads (a date, say)."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as source:
        member = source.getinfo("rows/territory.Unit.jsonl")
    head = member.header_offset
    lengths = int.from_bytes(content[head + 26 : head + 28], "little") + int.from_bytes(
        content[head + 28 : head + 30], "little"
    )
    content[head + 30 + lengths + member.compress_size // 2] ^= 4
    path.write_bytes(bytes(content))


def other_words(path: Path) -> None:
    """A valid zip whose rows are not those that were saved."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["rows/territory.Unit.jsonl"] = parts["rows/territory.Unit.jsonl"].replace(
        "甲镇".encode(), "丁镇".encode()
    )
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)


def other_version(path: Path) -> None:
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    manifest = json.loads(parts["manifest.json"])
    manifest["migrations"].pop()
    parts["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)


def no_zip(path: Path) -> None:
    path.write_bytes(b"\x00" * 4096)


@pytest.mark.parametrize("damage", [cut_short, one_bit, other_words, other_version, no_zip])
def test_damaged_backup_is_refused_and_nothing_written(saved: tuple[Path, dict], damage: Any) -> None:
    path, _manifest = saved
    damage(path)
    empty_database()
    with pytest.raises(Invalid):
        archive.restore(path)
    assert not Event.objects.exists() and not User.objects.exists()


def test_backup_stopped_in_the_middle_leaves_no_file(saved: tuple[Path, dict], tmp_path: Path) -> None:
    def stop(name: str, count: int) -> None:
        if name == "people.User":
            raise KeyboardInterrupt

    target = tmp_path / "second" / "all.zip"
    with pytest.raises(KeyboardInterrupt):
        archive.back_up(target, at=at("18:30"), report=stop)
    assert list(target.parent.iterdir()) == []


def test_failed_backup_keeps_the_earlier_one(saved: tuple[Path, dict]) -> None:
    path, manifest = saved

    def stop(name: str, count: int) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        archive.back_up(path, at=at("18:30"), report=stop)
    assert archive.read_manifest(path) == manifest
