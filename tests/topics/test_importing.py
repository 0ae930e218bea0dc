"""Topics from a table: places by code, exact row errors, the same list again counts nothing twice, no person enters."""

from datetime import timedelta

import pytest
from django.urls import reverse

from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid
from duban.kernel.models import Event
from duban.topics.importing import import_topics
from duban.topics.models import Topic
from tests.territory.sheets import as_csv
from tests.topics.test_topics import enter
from tests.world import DAY
from tests.world import at as moment

HEAD = ["地区编码", "点位编码", "渠道", "事项", "件数", "自", "至", "办理情况"]


def row(world, **changes) -> list[str]:
    values = {
        "area": world.units["甲镇"].code, "site": world.sites["甲镇农贸市场"].code, "channel": "政务热线",
        "subject": "市场入口无人值守", "count": "4", "from": "2020-02-14", "to": "2020-02-15", "answer": "",
    }  # fmt: skip
    return list((values | changes).values())


def run(world, *rows, by: str = "wen", **more):
    return import_topics(
        actor=world.actor(by), at=moment(), content=as_csv([HEAD, *rows]), file_name="热线.csv", **more
    )


def test_lines_become_topics_at_their_places(world) -> None:
    run(world, row(world), row(world, site="", channel="网络平台", to=""))
    first, second = Topic.objects.order_by("channel")
    assert (first.site, first.count, first.channel) == (world.sites["甲镇农贸市场"], 4, "hotline")
    assert (second.site, second.area_path) == (None, world.units["甲镇"].path)
    assert second.starts_on == second.ends_on == DAY - timedelta(days=2)
    assert Event.objects.get(verb="topics.imported").detail.body["new"] == 2


def test_dry_run_writes_nothing_and_says_what_it_would(world) -> None:
    plan = run(world, row(world), dry_run=True)
    assert plan.counts["new"] == 1 and not Topic.objects.exists()


def test_the_same_list_again_corrects_and_counts_nothing_twice(world) -> None:
    run(world, row(world))
    assert run(world, row(world)).counts["unchanged"] == 1
    plan = run(world, row(world, count="6", answer="当晚已设岗"))
    assert plan.changed[0].before_after == {"件数": ("4", "6"), "办理情况": ("", "当晚已设岗")}
    assert Topic.objects.get().count == 6


def test_what_was_entered_by_hand_is_known_again(world) -> None:
    topic = enter(world, lambda _text: moment())
    run(
        world, row(world, count="9", **{"from": topic.starts_on.isoformat(), "to": topic.ends_on.isoformat()})
    )
    assert Topic.objects.get().count == 9


@pytest.mark.parametrize(
    ("change", "column"),
    [({"subject": "反映人13800001234"}, "事项"), ({"answer": "已回复110101199003074477"}, "办理情况"),
     ({"area": "nowhere"}, "地区或单位编码"), ({"site": "nowhere"}, "点位编码"), ({"channel": "传言"}, "渠道"),
     ({"count": "几件"}, "件数"), ({"count": "0"}, "件数"), ({"from": "2020-02-31"}, "自"),
     ({"to": "2020-02-20"}, "至"), ({"to": "2020-02-01"}, "至"), ({"subject": ""}, "事项")],
)  # fmt: skip
def test_wrong_line_is_named_and_nothing_is_written(world, change, column) -> None:
    other = {"subject": "出入口未合并"}
    plan = run(world, row(world), row(world, **(other | change)), dry_run=True)
    assert {(one.row, one.column) for one in plan.faults} == {(3, column)}
    with pytest.raises(Invalid):
        run(world, row(world), row(world, **(other | change)))
    assert not Topic.objects.exists()


def test_one_line_twice_in_a_table_is_a_mistake(world) -> None:
    assert [one.row for one in run(world, row(world), row(world, count="5"), dry_run=True).faults] == [3]


@pytest.mark.parametrize("who", ["asha", "tess", "cora", "olga", "lena", "avi", "ada"])
def test_only_the_task_force_brings_them_in(world, who) -> None:
    with pytest.raises(Denied):
        run(world, row(world), by=who)


def test_office_takes_the_table_in_on_the_import_page(page, world) -> None:
    assert "?kind=topics" in page.as_("wen").get(reverse("topics:list")).content.decode()
    assert "群众反映" in page.get(reverse("imports:show")).content.decode()
    assert page.get(reverse("imports:template", args=["topics"])).status_code == 200
    assert page.as_("ada").get(reverse("imports:template", args=["topics"])).status_code == 404


def test_table_that_no_person_stands_for_is_refused(world) -> None:
    with pytest.raises(Denied):
        import_topics(actor=SYSTEM, at=moment(), content=as_csv([HEAD, row(world)]), file_name="热线.csv")
    assert not Topic.objects.exists()
