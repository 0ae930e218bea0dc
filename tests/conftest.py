"""Fixtures: the world and its cast, a page-checking client, a fixed clock, a database that can be emptied."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import translation

from duban.kernel import append_only, clock
from tests import template_database
from tests import world as worlds
from tests.page_client import PageClient

# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("duban", deadline=None)
hypothesis.settings.load_profile("duban")


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """A file that was brought is migrated already; the folder it lies in goes away at the end anyway."""
    return connection.vendor == "sqlite" or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite: start from the migrated file of an earlier run."""
    if connection.vendor == "sqlite":
        template_database.bring(Path(connection.settings_dict["TEST"]["NAME"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """SQLite: keep the migrated file for the next run, before any test writes into it."""
    if connection.vendor == "sqlite" and not template_database.place().exists():
        with django_db_blocker.unblock():
            template_database.keep()


@pytest.fixture
def world(db: None) -> worlds.World:
    """The world of tests/world.py in the test database."""
    return worlds.build()


@pytest.fixture
def at():
    """Moments: `at("15:12")` on the world's day."""
    return worlds.at


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch):
    """Set the clock of the doors: `clock_at("15:12")`; operations are given their time anyway."""

    def set_clock(moment: str | datetime) -> datetime:
        fixed = worlds.at(moment) if isinstance(moment, str) else moment
        monkeypatch.setattr(clock, "now", lambda: fixed)
        return fixed

    return set_clock


@pytest.fixture
def page(world: worlds.World, clock_at) -> PageClient:
    """A client that checks every page it gets; signed in with `page.as_("wen")`. The clock stands at 15:12."""
    clock_at("15:12")
    return PageClient(world)


@pytest.fixture(autouse=True)
def files_folder(tmp_path_factory: pytest.TempPathFactory, settings) -> None:
    """Every test writes files into its own folder."""
    folder = tmp_path_factory.mktemp("files")
    settings.MEDIA_ROOT = folder
    settings.STORAGES = {
        **django_settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        },
    }


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page fetched in English does not leave the next test in English."""
    yield
    translation.deactivate()


lifted: set[str] = set()


@pytest.fixture
def append_only_tables(db: None) -> None:
    """The triggers as migrated; put back only where an earlier test of this process had them lifted."""
    if lifted:
        append_only.install(connection)


@pytest.fixture(autouse=True)
def emptyable_journal(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that really commit are emptied by DELETE afterwards: lift the append-only triggers for that moment."""
    yield
    marker = request.node.get_closest_marker("django_db")
    is_transactional = (marker and marker.kwargs.get("transaction")) or {
        "transactional_db", "live_server",
    } & set(request.fixturenames)  # fmt: skip
    if is_transactional:
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock():
            append_only.remove(connection)
            lifted.add(connection.alias)


@pytest.fixture
def transactional_world(transactional_db: None) -> Iterator[worlds.World]:
    """The world in a database where commits are real (threads, live server)."""
    append_only.install(connection)
    yield worlds.build()
    append_only.remove(connection)  # before the tables are emptied, whatever else this test asked for
    lifted.add(connection.alias)
