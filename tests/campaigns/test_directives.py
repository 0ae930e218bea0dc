"""The directive register."""

from datetime import date, timedelta

import pytest

from duban.campaigns import operations as campaigns
from duban.campaigns import packs, queries
from duban.campaigns.models import Directive
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound


def register(world, at, actor: str = "wen", **changes):
    fields = {
        "kind": "announcement", "issuer_title": "示例市指挥部", "number": "第3号", "title": "关于合并入口的通告",
        "issued_on": date(2020, 2, 15), "measures": [{"text": "合并入口。"}, {"text": "逐人测温。"}], **changes,
    }  # fmt: skip
    return campaigns.register_directive(
        actor=world.actor(actor), at=at("09:00"), campaign_id=world.campaign.pk, **fields
    )


def test_register_gives_codes_and_references(world, at) -> None:
    first, second = register(world, at), register(world, at)
    assert (first.code, second.code) == ("d1", "d2")
    assert [measure.reference for measure in first.measures.all()] == ["d1/m1", "d1/m2"]
    assert [measure.text for measure in queries.measures_in_force(world.campaign, at("09:00"))][:2] == [
        "合并入口。", "逐人测温。",
    ]  # fmt: skip


def test_register_bad_measures_is_refused_whole(world, at) -> None:
    with pytest.raises(Invalid) as refused:
        register(world, at, measures=[
            {"text": "", "code": "a"}, {"text": "好", "code": "a"},
            {"text": "好", "effective_from": at("10:00"), "effective_to": at("09:00")},
        ])  # fmt: skip
    assert set(refused.value.fields) == {"measures-0-text", "measures-1-code", "measures-2-effective_to"}
    assert not Directive.objects.exists()


def test_register_same_code_conflicts(world, at) -> None:
    register(world, at, code="market")
    with pytest.raises(Conflict):
        register(world, at, code="market")
    assert Directive.objects.count() == 1


@pytest.mark.parametrize("name", ["asha", "olga", "hana", "lena"])
def test_register_denied_changes_nothing(world, at, name: str) -> None:
    with pytest.raises(Denied):
        register(world, at, actor=name)
    assert not Directive.objects.exists()


def test_repeal_ends_measures_and_happens_once(world, at) -> None:
    directive = register(world, at)
    with pytest.raises(Invalid):
        campaigns.repeal_directive(
            actor=world.actor("wen"), at=at("10:00"), directive_id=directive.pk, reason=""
        )
    campaigns.repeal_directive(
        actor=world.actor("wen"), at=at("10:00"), directive_id=directive.pk, reason="第5号通告废止"
    )
    assert not queries.measures_in_force(world.campaign, at("10:01")).exists()
    assert queries.measures_in_force(world.campaign, at("09:30")).count() == 2
    with pytest.raises(Conflict):
        campaigns.repeal_directive(
            actor=world.actor("wen"), at=at("11:00"), directive_id=directive.pk, reason="再废"
        )


def test_repeal_unseen_directive_is_not_found(world, at) -> None:
    directive = register(world, at)
    for name in ("olga", "nobody"):
        with pytest.raises(NotFound):
            campaigns.repeal_directive(
                actor=world.actor(name), at=at("10:00"), directive_id=directive.pk, reason="废"
            )
    directive.refresh_from_db()
    assert directive.repealed_at is None


def test_end_measure_leaves_the_rest_in_force(world, at) -> None:
    directive = register(world, at)
    measure = directive.measures.first()
    campaigns.end_measure(
        actor=world.actor("wen"),
        at=at("10:00"),
        directive_id=directive.pk,
        measure_id=measure.pk,
        reason="已恢复",
    )
    assert [row.text for row in queries.measures_in_force(world.campaign, at("10:01"))] == ["逐人测温。"]


def test_repeal_before_a_measure_begins_means_it_never_applied(world, at) -> None:
    later = at("09:00") + timedelta(days=3)
    directive = register(world, at, measures=[{"text": "停诊。", "effective_from": later}])
    campaigns.repeal_directive(actor=SYSTEM, at=at("10:00"), directive_id=directive.pk, reason="不再需要")
    assert not queries.measures_in_force(world.campaign, later + timedelta(hours=1)).exists()


def test_pack_directives_arrive_with_the_days_and_only_once(world, at, drill, packs_folder) -> None:
    pack = packs.read_pack(packs_folder / "epidemic-control")
    fields = {"actor": SYSTEM, "at": at("09:00"), "campaign_id": drill.pk, "pack": pack}
    first = campaigns.register_pack_directives(**fields, up_to=drill.starts_on)
    assert {row.code for row in first} == {"notice_discipline", "order_command"}
    rest = campaigns.register_pack_directives(**fields)
    assert drill.directives.count() == len(first) + len(rest) == 11
    assert campaigns.register_pack_directives(**fields) == []
    assert "{" not in "".join(row.number for row in drill.directives.all())
