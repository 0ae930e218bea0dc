"""Installing packs: both twice, changed rule sets get a version, bad packs are refused row by row."""

import shutil
from pathlib import Path

import pytest
import yaml

from duban.campaigns import operations as campaigns
from duban.campaigns.models import (
    Category,
    Code,
    FindingTemplate,
    FocusSet,
    InstalledPack,
    LegalVersion,
    RuleSet,
)
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Event
from duban.sites.models import RiskGradeScheme, SiteType

TABLES = (RuleSet, FocusSet, Category, Code, FindingTemplate, LegalVersion, SiteType, RiskGradeScheme)


@pytest.fixture
def copied(packs_folder: Path, tmp_path: Path) -> Path:
    """A copy of the flood pack to change."""
    return Path(shutil.copytree(packs_folder / "flood-control", tmp_path / "flood-control"))


def rewrite(path: Path, change) -> None:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(loaded)
    path.write_text(yaml.safe_dump(loaded, allow_unicode=True), encoding="utf-8")


def test_install_both_packs_twice_makes_no_duplicates(world, at, packs_folder) -> None:
    for folder in ("epidemic-control", "flood-control"):
        campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=packs_folder / folder)
    counts = [table.objects.count() for table in TABLES]
    events = Event.objects.count()
    for folder in ("epidemic-control", "flood-control"):
        campaigns.install_pack(actor=SYSTEM, at=at("09:00"), directory=packs_folder / folder)
    assert [table.objects.count() for table in TABLES] == counts
    assert Event.objects.count() == events
    assert InstalledPack.objects.count() == 2
    assert FindingTemplate.objects.filter(pack="epidemic-control").count() >= 40


def test_install_changed_rule_set_adds_version_and_keeps_the_old(world, at, copied: Path) -> None:
    campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=copied)
    rewrite(copied / "rule_sets.yaml", lambda rows: rows["rule_sets"][0]["items"][0].update(title="不得脱岗"))
    code = yaml.safe_load((copied / "rule_sets.yaml").read_text(encoding="utf-8"))["rule_sets"][0]["code"]
    campaigns.install_pack(actor=SYSTEM, at=at("09:00"), directory=copied)
    versions = RuleSet.objects.filter(pack="flood-control", code=code).order_by("version")
    assert [row.version for row in versions] == [1, 2]
    assert versions[0].items.get(code="1").title != "不得脱岗"
    assert versions[1].items.get(code="1").title == "不得脱岗"
    assert RuleSet.objects.filter(pack="flood-control").exclude(code=code).filter(version=2).count() == 0


def test_install_template_gone_from_pack_is_switched_off(world, at, copied: Path) -> None:
    campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=copied)
    rewrite(copied / "finding_templates.yaml", lambda rows: rows["finding_templates"].pop())
    campaigns.install_pack(actor=SYSTEM, at=at("09:00"), directory=copied)
    assert FindingTemplate.objects.filter(pack="flood-control", is_active=False).count() == 1


def test_install_bad_rows_names_file_row_and_field(world, at, copied: Path) -> None:
    def spoil(rows) -> None:
        rows["rule_sets"][0]["items"][1]["subject_class"] = "citizen"
        del rows["rule_sets"][0]["items"][2]["title"]
        rows["rule_sets"][0]["items"][3]["colour"] = "red"

    rewrite(copied / "rule_sets.yaml", spoil)
    with pytest.raises(Invalid) as refused:
        campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=copied)
    assert set(refused.value.fields) == {
        "rule_sets.yaml 第1行 items 第2行 subject_class",
        "rule_sets.yaml 第1行 items 第3行 title",
        "rule_sets.yaml 第1行 items 第4行 colour",
    }
    assert not InstalledPack.objects.exists()
    assert not RuleSet.objects.filter(pack="flood-control").exists()


def test_install_unknown_reference_is_refused(world, at, copied: Path) -> None:
    rewrite(
        copied / "finding_templates.yaml",
        lambda rows: rows["finding_templates"][0].update(rule_items=["nowhere/9"], category_code="none"),
    )
    with pytest.raises(Invalid) as refused:
        campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=copied)
    assert set(refused.value.fields) == {
        "finding_templates.yaml 第1行 category_code", "finding_templates.yaml 第1行 rule_items",
    }  # fmt: skip


def test_install_wrong_encoding_broken_yaml_and_missing_file(world, at, copied: Path) -> None:
    (copied / "categories.yaml").write_bytes("categories: [{code: a, title: 值守}]".encode("gb18030"))
    (copied / "focus_sets.yaml").write_text("focus_sets: [\n", encoding="utf-8")
    (copied / "site_types.yaml").unlink()
    with pytest.raises(Invalid) as refused:
        campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=copied)
    assert "UTF-8" in refused.value.fields["categories.yaml"]
    assert "YAML" in refused.value.fields["focus_sets.yaml"]
    assert "site_types.yaml" in refused.value.fields


def test_install_folder_without_pack(world, at, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=tmp_path)
    assert refused.value.code == "pack_missing"


@pytest.mark.parametrize("name", ["asha", "wen", "olga", "nobody"])
def test_install_denied_changes_nothing(world, at, packs_folder, name: str) -> None:
    with pytest.raises(Denied):
        campaigns.install_pack(
            actor=world.actor(name), at=at("08:00"), directory=packs_folder / "flood-control"
        )
    assert not InstalledPack.objects.exists()
    assert not SiteType.objects.filter(pack="flood-control").exists()
