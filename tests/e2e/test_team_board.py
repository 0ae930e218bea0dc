"""The team board in a real browser: by dragging, and by keyboard alone; neither moves anybody without a reason."""

from typing import Any

import pytest

from duban.teams.models import TeamMember
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def team_of(world: World, name: str) -> str:
    return TeamMember.objects.get(user=world.users[name], left_on=None).team.name


def card(page: Any, world: World, name: str) -> Any:
    return page.locator(f"li[data-drag-name='{world.users[name].post_label}']")


def column(page: Any, name: str) -> Any:
    return page.locator(f"section[data-drop-name='{name}']")


def test_member_is_dragged_to_another_team_and_moves_once_a_reason_is_given(
    window: Any, transactional_world: World
) -> None:
    world = transactional_world
    hugo = window().sign_in("hugo")
    hugo.go("/teams/board/")
    card(hugo.page, world, "asha").drag_to(column(hugo.page, "第2督导组"))
    dialog = hugo.page.get_by_role("dialog")
    assert dialog.is_visible() and "第2督导组" in dialog.inner_text()
    assert team_of(world, "asha") == "第1督导组"  # nothing has moved yet
    dialog.get_by_role("button", name="保留").click()
    assert not dialog.is_visible()
    card(hugo.page, world, "asha").drag_to(column(hugo.page, "第2督导组"))
    hugo.page.keyboard.type("第2组人手不足")  # the field has the focus
    hugo.press("确认调整")
    assert team_of(world, "asha") == "第2督导组"
    assert card(column(hugo.page, "第2督导组"), world, "asha").count() == 1


def test_the_same_is_done_with_the_keyboard_alone(window: Any, transactional_world: World) -> None:
    world = transactional_world
    hugo = window().sign_in("hugo")
    hugo.go("/teams/board/")
    card(hugo.page, world, "asha").get_by_role("link").focus()
    with hugo.page.expect_navigation():
        hugo.page.keyboard.press("Enter")
    hugo.check()
    page, keys = hugo.page, hugo.page.keyboard
    page.locator("[name=to_team]").focus()
    chosen = "document.activeElement.selectedOptions[0].text"
    for _ in range(page.locator("[name=to_team] option").count()):
        if page.evaluate(chosen) == "第2督导组":
            break
        keys.press("ArrowDown")
    assert page.evaluate(chosen) == "第2督导组"
    keys.press("Tab")
    while page.evaluate("document.activeElement.name") != "reason":
        keys.press("Tab")
    keys.type("第2组人手不足")
    while page.evaluate("document.activeElement.type") != "submit":
        keys.press("Tab")
    with page.expect_navigation():
        keys.press("Enter")
    hugo.check()
    assert team_of(world, "asha") == "第2督导组"
