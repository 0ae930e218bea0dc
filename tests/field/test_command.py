"""`duban device`: a phone registered and ended from the command line."""

import base64
import json
import zlib

import pytest
from django.test import Client

from duban.config.cli import main
from duban.people.models import Device
from tests.world import World


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duban.config.database.prepare", lambda: None)


def test_phone_is_registered_and_ended(world: World, capsys, clock_at) -> None:
    clock_at("10:00")
    assert main(["device", "register", "--user", "asha", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"id", "url", "settings", "expires_at"}
    server = json.loads(zlib.decompress(base64.b64decode(told["settings"])))["general"]["server_url"]
    assert server.endswith(told["url"].rstrip("/"))
    assert Client().get(f"{told['url']}formList").status_code == 200
    assert main(["device", "revoke", told["id"], "--reason", "遗失"]) == 0
    assert Client().get(f"{told['url']}formList").status_code == 401
    assert Device.objects.get().revoked_at is not None


def test_unknown_account_and_phone_are_said(world: World, capsys) -> None:
    assert main(["device", "register", "--user", "no-such"]) == 2
    assert "no-such" in capsys.readouterr().err
    assert main(["device", "revoke", "no-id"]) == 2
    assert Device.objects.count() == 0
