"""Browser windows on the running server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import needs
from tests.e2e.windows import DESK, Window, browser
from tests.world import World


@pytest.fixture
def window(
    transactional_world: World,
    live_server: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    clock_at: Any,
) -> Iterator[Callable[..., Window]]:
    """`window(size)` opens a window on the running server; the clock stands at 15:12 of the world's day."""
    sync_api = pytest.importorskip("playwright.sync_api")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the driver keeps an event loop in this thread
    settings.BASE_URL = live_server.url
    clock_at("15:12")
    with browser(sync_api, needs.chromium()) as chromium:
        yield lambda size=DESK: Window(chromium, live_server.url, size)
