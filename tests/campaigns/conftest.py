"""Packs and a town for tests of campaigns: both real packs installed once per test that asks."""

from pathlib import Path

import pytest

from duban.campaigns import operations as campaigns
from duban.kernel.actor import SYSTEM

PACKS = Path(__file__).resolve().parents[2] / "packs"


@pytest.fixture
def packs_folder() -> Path:
    """The packs that ship with the program."""
    return PACKS


@pytest.fixture
def epidemic(world, at, packs_folder):
    """The installed epidemic pack."""
    return campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=packs_folder / "epidemic-control")


@pytest.fixture
def drill(world, at, epidemic):
    """A second campaign over 示例市 made from the epidemic pack, still in preparation."""
    return campaigns.create_campaign(
        actor=SYSTEM, at=at("08:00"), code="drill", title="演练专项", pack="epidemic-control",
        scope_id=world.units["示例市"].pk, body_id=world.units["示例市专项监督工作专班"].pk,
        headquarters_id=world.units["示例市指挥部"].pk, starts_on=at("08:00").date(),
        units=[(world.units["甲镇"].pk, "township"), (world.units["示例市卫生健康局"].pk, "city_unit")],
    )  # fmt: skip
