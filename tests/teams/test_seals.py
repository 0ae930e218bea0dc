"""Sealed sites: the team opens them on the spot, nobody else sees them, every look leaves a trace."""

import pytest

from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.models import Event
from duban.teams import operations as teams
from duban.teams import queries
from duban.teams.policy import dispatch_sites_visible_to
from tests.world import DAY


@pytest.fixture
def sealed(world, at):
    return teams.create_dispatch(
        actor=world.actor("wen"), at=at("07:30"), round_id=world.round.pk, team_id=world.teams["1"].pk, day=DAY,
        sites=[(world.sites["甲镇农贸市场"].pk, "draw", at("13:30")), (world.sites["甲镇西卡口"].pk, "draw", None)],
        is_sealed=True,
    )  # fmt: skip


def test_nobody_reads_a_sealed_site(world, sealed):
    for name in world.users:
        assert not dispatch_sites_visible_to(world.actor(name)).exists(), name
    assert [slot.site for slot in queries.slots_of(sealed)] == [None, None]


def test_team_reveals_after_departure_and_opening_time(world, at, sealed):
    first, second = sealed.dispatch_sites.order_by("ordinal")
    asha = world.actor("asha")
    with pytest.raises(Denied, match="not_departed"):
        teams.reveal_site(actor=asha, at=at("08:00"), dispatch_site_id=second.pk)
    teams.depart(actor=asha, at=at("08:30"), dispatch_id=sealed.pk)
    teams.reveal_site(actor=asha, at=at("08:31"), dispatch_site_id=second.pk)
    with pytest.raises(Denied, match="too_early"):
        teams.reveal_site(actor=asha, at=at("13:29"), dispatch_site_id=first.pk)
    assert list(dispatch_sites_visible_to(asha)) == [second]
    teams.reveal_site(actor=asha, at=at("13:30"), dispatch_site_id=first.pk)
    with pytest.raises(Conflict):
        teams.reveal_site(actor=asha, at=at("13:31"), dispatch_site_id=first.pk)
    events = Event.objects.filter(verb="dispatch.site_revealed").order_by("at")
    assert [event.actor_id for event in events] == [world.users["asha"].pk] * 2
    assert [event.detail.body["code"] for event in events] == ["甲镇西卡口", "甲镇农贸市场"]


@pytest.mark.parametrize(
    ("who", "refusal"), [("rina", NotFound), ("wen", Denied), ("hugo", Denied), ("olga", NotFound)]
)
def test_others_cannot_reveal(world, at, sealed, who, refusal):
    teams.depart(actor=world.actor("asha"), at=at("08:30"), dispatch_id=sealed.pk)
    slot = sealed.dispatch_sites.last()
    with pytest.raises(refusal):
        teams.reveal_site(actor=world.actor(who), at=at("14:00"), dispatch_site_id=slot.pk)
    slot.refresh_from_db()
    assert slot.revealed_at is None
    assert not Event.objects.filter(verb="dispatch.site_revealed").exists()


def test_break_glass_is_for_the_head_with_a_reason_and_keeps_the_seal(world, at, sealed):
    slot = sealed.dispatch_sites.first()
    with pytest.raises(Denied):
        teams.break_seal(
            actor=world.actor("wen"), at=at("09:00"), dispatch_site_id=slot.pk, reason="突发险情需核对位置"
        )
    with pytest.raises(Invalid):
        teams.break_seal(actor=world.actor("hugo"), at=at("09:00"), dispatch_site_id=slot.pk, reason="")
    assert not Event.objects.filter(verb="dispatch.seal_broken").exists()
    seen = teams.break_seal(
        actor=world.actor("hugo"), at=at("09:00"), dispatch_site_id=slot.pk, reason="突发险情需核对位置"
    )
    assert seen.site.name == "甲镇农贸市场"
    assert Event.objects.get(verb="dispatch.seal_broken").reason == "突发险情需核对位置"
    assert not dispatch_sites_visible_to(world.actor("asha")).exists()


def test_journal_lines_before_opening_name_neither_site_nor_town(world, sealed):
    for event in Event.objects.filter(verb__startswith="dispatch."):
        text = f"{event.subject_label} {event.reason} {event.detail.body}"
        assert "甲镇" not in text
        assert event.area_path == world.campaign.area_path
