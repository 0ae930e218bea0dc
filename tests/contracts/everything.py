"""One of everything on the world's day, made through the operations: what the contracts are checked on."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model

from duban.accountability.models import Publication
from duban.burden import operations as burden
from duban.campaigns import operations as campaigns
from duban.campaigns.models import DestructionCertificate, FocusSet
from duban.checklists import operations as checklists
from duban.documents import operations as documents
from duban.incoming import operations as incoming
from duban.inspection import operations as inspection
from duban.inspection.models import Evidence, Submission
from duban.kernel import files
from duban.kernel.actor import SYSTEM
from duban.kernel.models import Event
from duban.people import devices, import_runs
from duban.people import operations as people
from duban.planning import operations as planning
from duban.rectification import operations as rectification
from duban.rectification.models import LookBack, Urge
from duban.reporting import operations as reporting
from duban.teams import operations as teams
from duban.topics import operations as topics
from tests.accountability import matters
from tests.checklists.workbooks import build as workbook
from tests.documents.test_drafts import draft, group
from tests.documents.test_issue import issue as issue_notice
from tests.incoming import texts
from tests.inspection import acts
from tests.rectification import cases
from tests.rectification.test_common_problems import noticed
from tests.world import DAY, World, at

LATER = DAY + timedelta(days=3)


@dataclass
class Everything:
    """The world and one row of every kind, by name; `token` and `check_token` open the two unit links."""

    world: World
    rows: dict[str, Model] = field(default_factory=dict)
    token: str = ""
    check_token: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.rows[name]

    def __setitem__(self, name: str, row: Model) -> None:
        self.rows[name] = row


def make(world: World) -> Everything:
    """This function will fill the world of the test database."""
    all_ = Everything(world)
    _campaign(all_)
    _field_work(all_)
    _orders(all_)
    _after_orders(all_)
    _papers(all_)
    _accountability(all_)
    return all_


def _campaign(all_: Everything) -> None:
    world, wen = all_.world, all_.world.actor("wen")
    campaign_id = world.campaign.pk
    all_["directive"] = campaigns.register_directive(
        actor=wen, at=at("07:00"), campaign_id=campaign_id, code="market", kind="announcement",
        issuer_title="示例市指挥部", title="关于合并入口的通告", number="第3号", issued_on=DAY,
        measures=[{"code": "entrances", "text": "合并入口。"}], source=(b"%PDF-1.4\n%%EOF\n", "tonggao.pdf"),
    )  # fmt: skip
    all_["text"] = incoming.receive_text(
        actor=wen, at=at("07:00"), campaign_id=campaign_id, content=texts.ZONE.encode(), file_name="zone.txt"
    )
    all_["measure"] = all_["directive"].measures.get()
    all_["import"] = import_runs.request_import(
        actor=world.actor("ada"), at=at("07:00"), kind="units", content="编码,名称,类型\nT,示例市,县级\n".encode(),
        file_name="单位.csv",
    )  # fmt: skip
    all_["period"] = campaigns.add_period(
        actor=world.actor("hugo"),
        at=at("07:00"),
        campaign_id=campaign_id,
        kind="holiday",
        title="假期",
        starts_on=DAY,
    )
    all_["certificate"] = DestructionCertificate.objects.create(
        campaign=world.campaign,
        number=1,
        destroyed_at=at("07:00"),
        destroyed_by_label="系统",
        reason="演练",
        digest="0" * 64,
    )
    all_["version"] = checklists.upload_version(
        actor=wen,
        at=at("07:00"),
        campaign_id=campaign_id,
        code="hall",
        content=workbook(),
        file_name="hall.xlsx",
    )
    all_["focus"] = FocusSet.objects.create(pack="test", code="eight", title="八项重点")
    world.campaign.focus_sets.set([all_["focus"]])
    all_["sheet"] = planning.compose_key_points(actor=wen, at=at("07:20"), campaign_id=campaign_id, day=DAY)
    all_["point"] = all_["sheet"].points.first()
    all_["liaison"] = teams.assign_liaison(
        actor=wen, at=at("07:30"), campaign_id=campaign_id, ordinal=1, leader_title="委领导一岗",
        area_ids=[world.units["甲镇"].pk], supporting_department_id=world.units["党风政风监督室"].pk, valid_from=DAY,
        leader_id=world.users["lena"].pk,
    )  # fmt: skip
    all_["liaison_visit"] = teams.log_liaison_visit(
        actor=wen, at=at("07:35"), assignment_id=all_["liaison"].pk, area_id=world.units["甲镇"].pk, day=DAY,
        watched="看了卡口值守",
    )  # fmt: skip
    all_["protection"] = teams.protect_unit(
        actor=wen, at=at("07:36"), campaign_id=campaign_id, unit_id=world.units["甲镇"].pk, starts_on=DAY + timedelta(days=9),
        ends_on=DAY + timedelta(days=10), reason="村级换届",
    )  # fmt: skip
    all_["topic"] = topics.enter_topic(
        actor=wen, at=at("07:37"), campaign_id=campaign_id, area_id=world.units["甲镇"].pk,
        site_id=world.sites["甲镇农贸市场"].pk, channel="hotline", subject="入口无人值守", count=2, starts_on=DAY, ends_on=DAY,
    )  # fmt: skip
    all_["recusal"] = people.request_recusal(
        actor=world.actor("olga"), at=at("07:40"), user_id=world.users["asha"].pk, campaign_id=campaign_id,
        unit_id=world.units["甲镇人民政府"].pk, ground="other", reason="近亲属在该单位任职。",
    )  # fmt: skip
    all_["draw"] = planning.commit_draw(
        actor=wen, at=at("07:45"), round_id=world.round.pk, day=DAY, team_ids=[world.teams["2"].pk]
    )
    all_["dispatch"] = teams.create_dispatch(
        actor=wen, at=at("07:50"), round_id=world.round.pk, team_id=world.teams["1"].pk, day=DAY,
        sites=[(world.sites["甲镇西卡口"].pk, "theme", None)], is_sealed=False,
    )  # fmt: skip
    all_["slot"] = all_["dispatch"].dispatch_sites.get()
    all_["absence"] = teams.record_absence(
        actor=world.actor("asha"), at=at("07:55"), campaign_id=campaign_id, user_id=world.users["asha"].pk,
        starts_on=LATER, ends_on=LATER,
    )  # fmt: skip


def _field_work(all_: Everything) -> None:
    world, asha = all_.world, all_.world.actor("asha")
    all_["visit"] = acts.open_visit(world, methods=["on_site_visit"])
    all_["registered"] = acts.register(world, all_["visit"])
    all_["support"] = inspection.raise_support_request(
        actor=asha, at=at("09:25"), visit_id=all_["visit"].pk, kind="staff", text="夜班缺 2 名值守人员"
    )
    all_["evidence"] = inspection.attach_evidence(
        actor=asha, at=at("09:30"), content=acts.photo(), file_name="a.jpg", finding_id=all_["registered"].pk,
        caption="西卡口无人值守",
    )  # fmt: skip
    all_["device"], _token = devices.register_device(
        actor=asha, at=at("08:30"), user_id=asha.user_id, name="工作手机"
    )
    all_["submission"] = Submission.objects.create(
        campaign=world.campaign, device=all_["device"], user_id=asha.user_id, checklist_version=all_["version"],
        xml=files.keep(b"<data/>", media_type="text/xml", at=at("09:35")), xml_sha256="0" * 64,
        area_path=world.campaign.area_path, received_at=at("09:35"),
    )  # fmt: skip
    all_["daily"] = inspection.submit_daily_sheet(
        actor=asha, at=at("09:40"), team_id=world.teams["1"].pk, day=DAY, typical_problems="卡口值守缺员。"
    )


def _orders(all_: Everything) -> None:
    world, olga = all_.world, all_.world.actor("olga")
    all_["confirmed"] = cases.finding(world)
    all_["ordered"] = cases.finding(world)
    all_["draft"] = cases.draft(world, cases.finding(world))
    all_["order"] = cases.issued(world, all_["ordered"])
    all_.token = all_["order"].fresh_token
    second, third = cases.finding(world), cases.finding(world)
    other = cases.received(world, second, third)
    all_["plan"] = rectification.request_plan(
        actor=olga,
        at=at("12:00"),
        order_id=other.pk,
        reason="需要施工",
        plan="完成隔离栏安装。",
        asked_due_at=at("12:00", LATER),
    )
    all_["dispute"] = rectification.dispute_item(
        actor=olga,
        at=at("12:10"),
        item_id=other.items.get(finding=second).pk,
        ground="fact_wrong",
        statement="当时2人在岗。",
    )
    closed = cases.finding(world)
    answered = cases.received(world, closed)
    item = answered.items.get()
    cases.reply(world, answered, photos={item.pk: [acts.photo(colour="navy")]})
    all_["photo"] = Evidence.objects.filter(phase="after").get()
    all_["fed_back"] = closed


def _after_orders(all_: Everything) -> None:
    world, wen = all_.world, all_.world.actor("wen")
    late = cases.finding(world)
    order = cases.received(world, late)
    with transaction.atomic():
        all_["urge"] = Urge.objects.create(
            order=order, step="urge", episode=1, raised_at=at("14:00"), overdue_days=0, due_at=at("18:00")
        )
        all_["urge"].findings.add(late)
        written_off = cases.finding(world, state="written_off", written_off_at=at("14:00"))
    all_["look_back"] = LookBack.objects.create(
        finding=written_off,
        area_path=written_off.area_path,
        sampled_at=at("14:10"),
        sample_seed="0",
        due_on=LATER,
    )
    all_["referral"] = rectification.refer_finding(
        actor=wen, at=at("14:15"), finding_id=cases.finding(world).pk,
        authority_id=world.units["示例市卫生健康局"].pk, matter="请依职责处理。",
    )  # fmt: skip
    all_["common"] = noticed(world)
    all_["check"] = all_["common"].self_checks.get(unit=world.units["甲镇"])
    all_.check_token = all_["common"].fresh_tokens[all_["check"].unit_id]
    all_["approval"] = burden.request_form_approval(
        actor=wen, at=at("14:20"), campaign_id=world.campaign.pk, title="物资数", purpose="核对库存", fields=["数量"],
        unit_count=3, minutes=5, expires_at=at("10:00", LATER),
    )  # fmt: skip
    all_["objection"] = burden.file_objection(
        actor=world.actor("olga"), at=at("14:25"), campaign_id=world.campaign.pk, unit_id=world.units["甲镇人民政府"].pk,
        subject_type="rectification.workorder", subject_id=order.pk, subject_label="交办单", text="一天报三次照片。",
    )  # fmt: skip
    all_["deferral"] = burden.ask_deferral(
        actor=world.actor("olga"), at=at("14:26"), campaign_id=world.campaign.pk, unit_id=world.units["甲镇人民政府"].pk,
        ground="rescue",
    )  # fmt: skip


def _papers(all_: Everything) -> None:
    world = all_.world
    all_["bulletin"] = reporting.draft_bulletin(
        actor=world.actor("wen"), at=at("14:30"), campaign_id=world.campaign.pk, day=DAY,
        finding_ids=[all_["ordered"].pk],
    )  # fmt: skip
    all_["document"] = issue_notice(world)
    all_["delivery"] = all_["document"].deliveries.get()
    all_["number"] = all_["order"].number
    all_["paper"] = draft(world)
    all_["group"] = group(world)
    all_["bundle"] = documents.ask_bundle(
        actor=world.actor("wen"), at=at("14:35"), campaign_id=world.campaign.pk, document_ids=[all_["document"].pk],
        form="pdf_zip",
    )  # fmt: skip
    documents.make_bundle(actor=SYSTEM, at=at("14:36"), bundle_id=all_["bundle"].pk)
    documents.render_document(actor=SYSTEM, at=at("14:40"), document_id=all_["document"].pk, suffix="pdf")
    all_["edition"] = reporting.freeze_edition(
        actor=SYSTEM, at=at("16:00"), campaign_id=world.campaign.pk, day=DAY
    )


def _accountability(all_: Everything) -> None:
    world = all_.world
    all_["trace"] = matters.trace_back(world)
    all_["case"] = matters.delivered(world)
    told = matters.opened(world, post="甲镇镇长岗")
    matters.change(world, told)
    matters.tell(world, told)
    all_["tolerance"] = matters.tolerance(world, told)
    all_["appeal"] = matters.under_review(world, all_["case"])
    all_["publication"] = Publication.objects.create(
        case=all_["case"], campaign=world.campaign, area_path=all_["case"].area_path, text="某单位值守缺员，予以通报。",
        drafted_by=world.users["wen"], drafted_at=at("18:40", LATER),
    )  # fmt: skip
    all_["event"] = Event.objects.filter(verb="order.issued").first()
