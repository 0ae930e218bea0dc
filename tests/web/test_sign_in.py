"""Signing in is on record; a wrong password names the account and keeps nothing that was typed."""

from duban.kernel.models import Event, EventDetail
from tests.page_client import PageClient
from tests.world import PASSWORD, World


def sign_in(page: PageClient, name: str, password: str) -> int:
    return page.post("/account/login/", {"login": name, "password": password}).status_code


def test_sign_in_is_journalled_once(page: PageClient, world: World) -> None:
    assert sign_in(page, "wen", PASSWORD) == 302
    event = Event.objects.get(verb="user.signed_in")
    assert (event.subject_id, event.actor_id) == (world.users["wen"].pk, world.users["wen"].pk)
    assert page.get("/").status_code == 200
    assert Event.objects.filter(verb="user.signed_in").count() == 1


def test_wrong_password_is_journalled_without_what_was_typed(page: PageClient, world: World) -> None:
    details = EventDetail.objects.count()
    assert sign_in(page, "wen", "not-the-password") == 200
    event = Event.objects.get(verb="user.sign_in_failed")
    assert (event.subject_id, event.actor_id, event.reason) == (world.users["wen"].pk, None, "")
    assert EventDetail.objects.count() == details
    assert page.get("/").status_code == 302


def test_unknown_name_leaves_no_trace(page: PageClient, world: World) -> None:
    """It may be a password typed into the wrong field."""
    before = Event.objects.count()
    assert sign_in(page, "correct-horse-battery", "x") == 200
    assert Event.objects.count() == before
