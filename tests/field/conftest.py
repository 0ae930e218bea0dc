"""The world at 10:00 with its checklist published, team 1 on its way, and asha's phone."""

import pytest

from tests.field.phone import Phone, phone, published
from tests.world import World


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishing is not what is tested here: the XPath check is enough (ODK Validate has its own test)."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def ready(no_java: None, world: World, clock_at) -> World:
    """The world with everything a phone needs."""
    published(world)
    world.dispatch("1")
    clock_at("10:00")
    return world


@pytest.fixture
def mine(ready: World) -> Phone:
    """The phone of asha, of team 1."""
    return phone(ready)
