"""Versions: upload, publish, retire, differ, and the two-way gap report."""

import pytest

from duban.campaigns import operations as campaigns
from duban.campaigns import packs
from duban.checklists import comparison, policy, queries, sweeps
from duban.checklists import operations as checklists
from duban.checklists.models import CheckItem, Checklist, ChecklistVersion
from duban.kernel import files
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from tests.checklists.workbooks import PLAIN, build, check


def upload(world, at, content: bytes | None = None, actor: str = "wen", code: str = "market"):
    return checklists.upload_version(
        actor=world.actor(actor), at=at("09:00"), campaign_id=world.campaign.pk, code=code,
        content=build() if content is None else content, file_name="market.xlsx",
    )  # fmt: skip


def directive(world, at, **changes):
    fields = {
        "code": "market", "kind": "announcement", "issuer_title": "示例市指挥部", "title": "通告",
        "issued_on": at("09:00").date(), "measures": [{"code": "entrances", "text": "合并入口。"}], **changes,
    }  # fmt: skip
    return campaigns.register_directive(
        actor=world.actor("wen"), at=at("09:00"), campaign_id=world.campaign.pk, **fields
    )


def publish(world, at, version, actor: str = "wen"):
    return checklists.publish_version(actor=world.actor(actor), at=at("10:00"), version_id=version.pk)


@pytest.fixture(autouse=True)
def no_java(monkeypatch) -> None:
    """These tests are about versions: the XPath check is enough (ODK Validate has its own test)."""
    monkeypatch.setenv("PATH", "")


def test_upload_makes_draft_with_items_and_links(world, at) -> None:
    directive(world, at)
    world.campaign.rule_sets.update(code="nine")
    content = build()
    version = upload(world, at, content)
    assert (version.number, version.state, version.checklist.title) == (1, "draft", "农贸市场清单")
    item = version.items.get(name="on_post")
    assert item.is_must_ask
    assert [measure.reference for measure in item.measures.all()] == ["market/entrances"]
    assert list(item.rule_items.all()) == [world.rule_item]
    assert files.read(version.source) == content


def test_upload_same_bytes_gives_the_same_version(world, at) -> None:
    content = build()
    first = upload(world, at, content)
    events = Event.objects.count()
    assert upload(world, at, content) == first
    assert ChecklistVersion.objects.count() == 1
    assert Event.objects.count() == events


def test_upload_used_version_label_is_refused(world, at) -> None:
    upload(world, at)
    with pytest.raises(Invalid) as caught:
        upload(world, at, build([*PLAIN, check("more")]))
    assert caught.value.code == "version_used"
    assert ChecklistVersion.objects.count() == 1


def test_upload_bad_workbook_writes_nothing(world, at) -> None:
    with pytest.raises(Invalid):
        upload(world, at, b"not a workbook")
    with pytest.raises(Invalid):
        upload(world, at, code="中文")
    assert not Checklist.objects.exists()


@pytest.mark.parametrize("name", ["asha", "olga", "hana", "lena", "cora"])
def test_upload_denied_writes_nothing(world, at, name: str) -> None:
    with pytest.raises(Denied):
        upload(world, at, actor=name)
    assert not Checklist.objects.exists()


def test_publish_once_and_by_the_office(world, at) -> None:
    version = upload(world, at)
    with pytest.raises(NotFound):
        publish(world, at, version, actor="asha")  # a draft is the office's alone
    with pytest.raises(Denied):
        publish(world, at, version, actor="lena")
    version.refresh_from_db()
    assert version.state == "draft"
    published = publish(world, at, version)
    assert (published.state, published.checked_by) == ("published", "xpath")
    with pytest.raises(WrongState):
        publish(world, at, version)


def test_publish_is_refused_when_the_check_fails(world, at) -> None:
    version = upload(world, at)
    broken = files.read(version.xform).replace(b"string-length(.) &gt;= 8", b"string-length(. &gt;= 8")
    version.xform = files.keep(broken, media_type="application/xml", at=at("09:00"))
    version.save(update_fields=["xform"])
    with pytest.raises(Invalid):
        publish(world, at, version)
    version.refresh_from_db()
    assert version.state == "draft"
    assert not Event.objects.filter(verb="checklist.published").exists()


def test_visible_drafts_and_published(world, at) -> None:
    version = upload(world, at)
    assert not policy.versions_visible_to(world.actor("asha")).exists()
    publish(world, at, version)
    for name in ("asha", "cora", "wen", "hana"):
        assert policy.versions_visible_to(world.actor(name)).get() == version
    for name in ("olga", "vera", "nobody"):
        assert not policy.versions_visible_to(world.actor(name)).exists()


def test_retire_takes_out_of_use(world, at) -> None:
    version = publish(world, at, upload(world, at))
    assert queries.version_for(world.campaign, world.site_type) == version
    with pytest.raises(Denied):
        checklists.retire_version(actor=world.actor("asha"), at=at("11:00"), version_id=version.pk)
    checklists.retire_version(actor=world.actor("wen"), at=at("11:00"), version_id=version.pk)
    assert queries.version_for(world.campaign, world.site_type) is None


def test_newest_published_version_is_used(world, at) -> None:
    publish(world, at, upload(world, at))
    second = publish(world, at, upload(world, at, build([*PLAIN, check("more")], settings={"version": "2"})))
    assert list(queries.published(world.campaign)) == [second]


def test_difference_between_versions(world, at) -> None:
    first = upload(world, at)
    rows = [check("ledger", "台账逐日登记"), *(row for row in PLAIN if row.get("name") not in {"ledger", "since"}),
            check("more")]  # fmt: skip
    found = comparison.compare(first, upload(world, at, build(rows, settings={"version": "2"})))
    assert [one.name for one in found.added] == ["more"]
    assert [one.name for one in found.removed] == ["since"]
    assert [(one.name, one.fields) for one in found.changed] == [
        ("ledger", [("label", "台账当日登记", "台账逐日登记")])
    ]
    assert found.is_reordered
    assert not comparison.compare(first, first)


def test_gap_report_both_ways(world, at) -> None:
    directive(
        world,
        at,
        measures=[{"code": "entrances", "text": "合并入口。"}, {"code": "idle", "text": "无人查。"}],
    )
    version = upload(world, at)
    draft_only = queries.gap_report(world.campaign, at("09:30"))
    assert [one.code for one in draft_only.measures] == ["entrances", "idle"]
    publish(world, at, version)
    report = queries.gap_report(world.campaign, at("10:30"))
    assert [one.code for one in report.measures] == ["idle"]
    assert [one.name for one in report.items] == ["ledger"]
    assert (report.measure_total, report.item_total) == (2, 2)


def test_gap_report_leaves_out_what_was_repealed(world, at) -> None:
    row = directive(world, at, measures=[{"code": "idle", "text": "无人查。"}])
    campaigns.repeal_directive(actor=SYSTEM, at=at("10:00"), directive_id=row.pk, reason="废止")
    assert queries.gap_report(world.campaign, at("10:30")).measures == []


def test_directive_registered_later_is_linked_by_the_sweep(world, at) -> None:
    publish(world, at, upload(world, at))
    assert sweeps.link_all(at("10:00")) == 0
    directive(world, at)
    assert queries.gap_report(world.campaign, at("10:30")).measures == []  # counted even before the link
    assert sweeps.link_all(at("10:31")) == 1
    assert CheckItem.objects.get(name="on_post").measures.count() == 1
    assert sweeps.link_all(at("10:32")) == 0


def test_pack_checklists_load_once_and_cover_the_sample_directives(world, at) -> None:
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "packs" / "flood-control"
    campaigns.install_pack(actor=SYSTEM, at=at("08:00"), directory=folder)
    pack = packs.read_pack(folder)
    campaign = campaigns.create_campaign(
        actor=SYSTEM, at=at("08:00"), code="flood", title="防汛专项", pack="flood-control",
        scope_id=world.units["示例市"].pk, body_id=world.units["示例市专项监督工作专班"].pk,
        starts_on=at("08:00").date(),
    )  # fmt: skip
    campaigns.register_pack_directives(actor=SYSTEM, at=at("08:00"), campaign_id=campaign.pk, pack=pack)
    fields = {"actor": SYSTEM, "at": at("08:00"), "campaign_id": campaign.pk, "pack": pack}
    loaded = checklists.load_pack_checklists(**fields)
    assert {version.state for version in loaded} == {"published"}
    assert len(loaded) == len(pack.checklists)
    assert checklists.load_pack_checklists(**fields) == loaded
    report = queries.gap_report(campaign, at("09:00"))
    unchecked = {
        f"{row['code']}/{one['code']}"
        for row in pack.tables["directives"] for one in row["measures"] if not one.get("checklist_items")
    }  # fmt: skip
    assert {measure.reference for measure in report.measures} == unchecked
    assert [item.name for item in report.items] == []
