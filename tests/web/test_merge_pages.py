"""The dispatch page offers to leave a place to the other team that goes there, and takes it back."""

import pytest
from django.urls import reverse

from tests.teams.test_dispatches import plan


@pytest.fixture
def both(world, at):
    return plan(world, at), plan(world, at, team="2")


def shown(page, who, dispatch):
    return page.as_(who).get(reverse("dispatches:show", args=[dispatch.pk])).content.decode()


def test_office_merges_on_the_dispatch_page_and_takes_it_back(page, world, at, both):
    first, second = both
    slot, other = second.dispatch_sites.get(), first.dispatch_sites.get()
    assert "第1督导组当日也到这里" in shown(page, "wen", second)
    wen = page.as_("wen")
    wen.post(
        reverse("dispatches:merge_place", args=[slot.pk]),
        {"into": str(other.pk), "reason": "同一点位，一并查看"},
    )
    assert "并入第1督导组" in shown(page, "wen", second)
    assert "第2督导组并入，请一并查看：群众反映集中" in shown(page, "asha", first)
    page.as_("wen").post(reverse("dispatches:part_place", args=[slot.pk]))
    assert "并入，请一并查看" not in shown(page, "asha", first)


def test_crew_of_the_other_team_gets_no_button(page, world, both):
    assert 'data-dialog="merge-' not in shown(page, "lena", both[0])
