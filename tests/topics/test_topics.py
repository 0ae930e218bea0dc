"""What people report: counted by place and matter, never by person; read by the task force, leaders and auditors only."""

from datetime import timedelta

import pytest
from django.urls import reverse

from duban.campaigns.models import RiskTable
from duban.kernel.errors import Conflict, Denied, Invalid
from duban.kernel.models import Event
from duban.planning import risk
from duban.teams.models import DispatchSite
from duban.topics import operations as topics
from duban.topics.models import Topic
from duban.topics.policy import topics_visible_to
from tests.world import DAY


def enter(world, at, who="wen", **changes) -> Topic:
    values = {
        "area_id": world.units["甲镇"].pk, "site_id": world.sites["甲镇农贸市场"].pk, "channel": "hotline",
        "subject": "市场入口无人值守", "count": 3, "starts_on": DAY - timedelta(days=2), "ends_on": DAY, "answer": "",
    }  # fmt: skip
    return topics.enter_topic(
        actor=world.actor(who), at=at("09:00"), campaign_id=world.campaign.pk, **(values | changes)
    )


def test_topic_is_counted_at_its_place(world, at) -> None:
    topic = enter(world, at)
    assert (topic.count, topic.area_path) == (3, world.sites["甲镇农贸市场"].area_path)
    assert Event.objects.get(verb="topic.entered").subject_label == "市场入口无人值守"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"subject": " "}, "subject"), ({"subject": "反映人13800001234"}, "subject"),
     ({"answer": "已回复110101199003074477"}, "answer"), ({"count": 0}, "count"),
     ({"ends_on": DAY + timedelta(days=1)}, "ends_on"), ({"starts_on": DAY + timedelta(days=1)}, "ends_on"),
     ({"channel": "rumour"}, "channel")],
    ids=["nothing said", "telephone", "citizen number", "none", "to come", "backwards", "no such channel"],
)  # fmt: skip
def test_what_cannot_be_or_points_at_a_person_is_refused(world, at, change, field) -> None:
    with pytest.raises(Invalid) as refused:
        enter(world, at, **change)
    assert list(refused.value.fields) == [field]
    assert not Topic.objects.exists()


def test_site_must_lie_in_the_area(world, at) -> None:
    with pytest.raises(Invalid) as refused:
        enter(world, at, site_id=world.sites["乙镇西卡口"].pk)
    assert list(refused.value.fields) == ["site"]


def test_correction_keeps_what_was_and_withdrawal_ends_it(world, at) -> None:
    topic = enter(world, at)
    topics.correct_topic(
        actor=world.actor("wen"), at=at("09:10"), topic_id=topic.pk, reason="件数有误", area_id=topic.area_id,
        site_id=topic.site_id, channel="online", subject=topic.subject, count=5, starts_on=topic.starts_on, ends_on=topic.ends_on,
    )  # fmt: skip
    topic.refresh_from_db()
    assert (topic.count, topic.channel) == (5, "online")
    assert Event.objects.get(verb="topic.corrected").detail.body["before"] == {
        "channel": "hotline",
        "count": "3",
    }
    act = {"actor": world.actor("wen"), "at": at("09:20"), "topic_id": topic.pk, "reason": "重复登记"}
    topics.withdraw_topic(**act)
    with pytest.raises(Conflict):
        topics.withdraw_topic(**act)


@pytest.mark.parametrize("who", ["asha", "olga", "cora", "hana", "vera", "ada", "nobody"])
def test_teams_units_and_others_learn_nothing_of_reports(world, at, who) -> None:
    enter(world, at)
    assert not topics_visible_to(world.actor(who)).exists()
    with pytest.raises((Denied, Exception)) as refused:
        enter(world, at, who=who)
    assert refused.value.code in {"not_office", "not_found"}


def test_office_enters_finds_and_sends_a_team_there(page, world) -> None:
    page.as_("wen")
    values = {
        "area": "T01", "site_code": "甲镇农贸市场", "channel": "hotline", "subject": "入口无人值守", "count": 4,
        "starts_on": DAY.isoformat(), "ends_on": DAY.isoformat(), "answer": "",
    }  # fmt: skip
    assert page.post(reverse("topics:enter"), values | {"site_code": "没有"}).status_code == 200
    assert page.post(reverse("topics:enter"), values).status_code == 302
    topic = Topic.objects.get()
    assert "入口无人值守" in page.get(reverse("topics:list") + "?q=农贸").content.decode()
    assert "没有符合条件的记录" in page.get(reverse("topics:list") + "?channel=letters").content.decode()
    dispatch = world.dispatch("1", sites=("甲镇西卡口",))
    answer = page.post(reverse("topics:send", args=[topic.pk]), {"dispatch": str(dispatch.pk)})
    assert answer.status_code == 302
    slot = DispatchSite.objects.get(dispatch=dispatch, site=topic.site)
    assert (slot.source, slot.manual_reason) == ("manual", "据群众反映：入口无人值守（4件）")
    again = page.post(reverse("topics:send", args=[topic.pk]), {"dispatch": str(dispatch.pk)})
    assert "该点位已在本批次中" in again.content.decode()


def test_leader_reads_own_areas_only_and_changes_nothing(page, world, at) -> None:
    topic = enter(world, at)
    enter(world, at, area_id=world.units["乙镇"].pk, site_id=None, subject="夜间无人值守")
    shown = page.as_("lena").get(reverse("topics:list")).content.decode()
    assert "市场入口无人值守" in shown and "夜间无人值守" not in shown
    assert reverse("topics:correct", args=[topic.pk]) not in shown
    assert page.post(reverse("topics:withdraw", args=[topic.pk]), {"reason": "试"}).status_code == 403
    assert page.as_("asha").get(reverse("topics:list")).status_code == 404


def test_reports_count_as_points_of_the_place_and_open_their_rows(page, world, at) -> None:
    lines = [
        {
            "code": "topics",
            "title": "群众反映",
            "title_en": "Reports",
            "values": {"most": 12, "each": 2, "window_days": 14},
        }
    ]
    RiskTable.objects.create(pack="test", version=1, lines=lines, valid_from=at("07:00"), digest="-")
    enter(world, at)
    enter(world, at, area_id=world.units["甲镇"].pk, site_id=None, subject="夜间无人值守", count=2)
    old = enter(
        world, at, subject="去年的事", starts_on=DAY - timedelta(days=60), ends_on=DAY - timedelta(days=30)
    )
    gone = enter(world, at, subject="重复登记", count=9)
    topics.withdraw_topic(actor=world.actor("wen"), at=at("09:05"), topic_id=gone.pk, reason="重复登记")
    scores = risk.site_scores(campaign=world.campaign, at=at("12:00"))
    points = {
        name: scores[world.sites[name].pk].points for name in ("甲镇农贸市场", "甲镇西卡口", "乙镇西卡口")
    }
    assert points == {"甲镇农贸市场": 10, "甲镇西卡口": 4, "乙镇西卡口": 0}
    reason = scores[world.sites["甲镇农贸市场"].pk].reasons[0]
    assert reason.facts["count"] == 5 and old.pk not in {row.id for row in reason.rows}
    before = risk.site_scores(campaign=world.campaign, at=at("08:00"))  # nothing was entered yet
    assert before[world.sites["甲镇农贸市场"].pk].points == 0
    shown = page.as_("wen").get(reverse("risk:show", args=[world.sites["甲镇农贸市场"].pk])).content.decode()
    assert "近期群众反映 5 件" in shown and f"{reverse('topics:list')}?q=" in shown
