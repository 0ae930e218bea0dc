"""The world at 10:00 with its checklist published, team 1 on its way, and asha's phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duban.kernel.actor import SYSTEM
from duban.sites import operations as sites
from tests import needs
from tests.field import browser
from tests.field.browser import SITES
from tests.field.link import Link
from tests.field.phone import Phone, phone, published
from tests.world import World, at


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


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    needs.chromium()
    sync_api = pytest.importorskip("playwright.sync_api")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the driver keeps an event loop in this thread
    with sync_api.sync_playwright() as driver:
        yield driver


@pytest.fixture
def link(live_server: Any) -> Iterator[Link]:
    made = Link(live_server.url)
    yield made
    made.close()


@pytest.fixture
def on_the_road(transactional_world: World, monkeypatch: pytest.MonkeyPatch, clock_at: Any) -> World:
    world = transactional_world
    world.sites[SITES[2]] = sites.add_site(
        actor=SYSTEM, at=at("08:00"), code=SITES[2], name=SITES[2], site_type_id=world.site_type.pk,
        area_id=world.units["甲镇"].pk, territory_unit_id=world.units["甲镇人民政府"].pk,
        department_unit_id=world.units["示例市卫生健康局"].pk,
    )  # fmt: skip
    published(world)
    world.dispatch("1")
    clock_at("10:00")
    return world


@pytest.fixture
def app(on_the_road: World, driver: Any, link: Link, tmp_path: Path) -> Iterator[browser.Phone]:
    """asha's registered phone; whatever a test does, its pages throw nothing."""
    made = browser.Phone(driver, tmp_path / "profile", link.url)
    made.register(phone(on_the_road).token)
    yield made
    made.context.close()
    assert made.faults == []
