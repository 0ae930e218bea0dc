"""The whole loop of one order on a real database, and who may not do what."""

import pytest

from duban.documents.models import OfficialDocument
from duban.inspection.models import Finding
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongState
from duban.kernel.models import Event
from duban.people import operations as people
from duban.people.models import RecusalRequest
from duban.rectification import operations as rectification
from duban.rectification import queries
from duban.rectification.models import OrderItem, Reply, TraceBack, UnitLink, WorkOrder
from duban.territory.models import Unit
from tests.rectification import cases
from tests.world import World, at


def test_order_from_finding_to_write_off_keeps_six_times(world: World) -> None:
    finding = cases.finding(world)
    order = cases.replied(world, finding)
    cases.verify(world, finding)
    order.refresh_from_db()
    finding.refresh_from_db()
    times = [
        order.inspected_at,
        order.told_at,
        order.issued_at,
        order.rectified_at,
        order.replied_at,
        order.written_off_at,
    ]
    assert times == [at("09:42"), at("10:55"), at("11:02"), at("13:40"), at("14:26"), at("15:05")]
    assert (order.state, finding.state) == ("closed", "written_off")
    assert order.number_text == "示督交〔2020〕1号"
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {
        "order.drafted",
        "order.issued",
        "order.received",
        "order.replied",
        "verification.passed",
        "order.closed",
    } <= verbs


def test_issue_gives_number_paper_link_and_limit_of_today(world: World) -> None:
    order = cases.issued(world)
    document = OfficialDocument.objects.get(pk=order.document_id)
    assert order.due_at == at("00:00", day=at().date().replace(day=17))
    assert order.is_due_same_day
    assert document.number_text == "示督交〔2020〕1号"
    assert document.record["deadline"] == "2020-02-16 24:00"
    assert document.record["qr_svg"].startswith("<svg")
    link = UnitLink.objects.get(order=order)
    assert order.fresh_token not in (link.token_hash, "") and len(link.token_hash) == 64


def test_numbers_follow_without_gap_when_an_issue_fails(world: World) -> None:
    cases.issued(world)
    second = cases.draft(world)
    with pytest.raises(Denied):
        rectification.issue_order(actor=world.actor("wen"), at=at("11:05"), order_id=second.pk)
    issued = rectification.issue_order(actor=world.actor("hugo"), at=at("11:06"), order_id=second.pk)
    assert issued.number_text == "示督交〔2020〕2号"


@pytest.mark.parametrize("who", ["wen", "asha", "tess", "lena"])
def test_issue_without_signing_right_is_refused_and_changes_nothing(world: World, who: str) -> None:
    order = cases.draft(world)
    with pytest.raises(Denied):
        rectification.issue_order(actor=world.actor(who), at=at("11:02"), order_id=order.pk)
    order.refresh_from_db()
    assert (order.state, order.number_id, order.document_id) == ("draft", None, None)
    assert not UnitLink.objects.exists()


@pytest.mark.parametrize("who", ["rina", "olga", "hana", "vera", "ada", "nobody", "cora"])
def test_draft_order_is_not_there_for_others(world: World, who: str) -> None:
    order = cases.draft(world)
    with pytest.raises(NotFound):
        rectification.issue_order(actor=world.actor(who), at=at("11:02"), order_id=order.pk)


def test_finding_on_an_open_order_is_refused_on_a_second(world: World) -> None:
    finding = cases.finding(world)
    cases.draft(world, finding)
    with pytest.raises(Conflict):
        cases.draft(world, finding)
    assert WorkOrder.objects.count() == 1


def test_findings_of_two_units_become_two_orders(world: World) -> None:
    mine = cases.finding(world)
    other = cases.finding(world, site="乙镇农贸市场", unit="乙镇人民政府", team="2")
    with pytest.raises(Invalid):
        cases.draft(world, mine, other)
    orders = rectification.draft_orders(
        actor=world.actor("wen"), at=at("11:00"), finding_ids=[mine.pk, other.pk]
    )
    assert [order.unit.name for order in orders] == ["甲镇人民政府", "乙镇人民政府"]


def test_unconfirmed_finding_cannot_be_ordered(world: World) -> None:
    with pytest.raises(Invalid):
        cases.draft(world, cases.finding(world, state="registered"))
    assert not WorkOrder.objects.exists()


def test_two_people_receiving_one_order_the_second_is_told(world: World) -> None:
    order = cases.received(world)
    with pytest.raises(WrongState) as refused:
        rectification.receive_order(actor=world.actor("olga"), at=at("11:11"), order_id=order.pk)
    assert refused.value.status == 409
    order.refresh_from_db()
    assert order.received_at == at("11:10")


def test_two_people_issuing_one_draft_use_one_number(world: World) -> None:
    order = cases.draft(world)
    rectification.issue_order(actor=world.actor("hugo"), at=at("11:02"), order_id=order.pk)
    with pytest.raises(WrongState):
        rectification.issue_order(actor=world.actor("hugo"), at=at("11:03"), order_id=order.pk)
    assert OfficialDocument.objects.count() == 1


def test_reply_needs_measures_and_the_principal(world: World) -> None:
    order = cases.received(world)
    with pytest.raises(Invalid) as refused:
        cases.reply(world, order, measures={}, principal_agreed=False)
    assert set(refused.value.fields) == {"measures", "principal_agreed"}
    assert not Reply.objects.exists()


@pytest.mark.parametrize(("completed", "name"), [("09:00", "early"), ("23:00", "late")])
def test_reply_with_an_impossible_time_is_refused(world: World, completed: str, name: str) -> None:
    order = cases.received(world)
    with pytest.raises(Invalid) as refused:
        cases.reply(world, order, completed_at=at(completed))
    assert "completed_at" in refused.value.fields


def test_reply_to_some_items_leaves_the_others_waiting(world: World) -> None:
    first, second = cases.finding(world), cases.finding(world, site="甲镇西卡口")
    order = cases.received(world, first, second)
    item = OrderItem.objects.get(finding=first)
    cases.reply(world, order, measures={item.pk: "已增派。"})
    order.refresh_from_db()
    states = list(Finding.objects.order_by("number").values_list("state", flat=True))
    assert (order.state, states) == ("received", ["fed_back", "rectifying"])
    cases.verify(world, first)
    order.refresh_from_db()
    assert order.state == "received"
    cases.reply(world, order, measures={OrderItem.objects.get(finding=second).pk: "已补。"}, when=at("16:00"))
    cases.verify(world, second, when=at("16:30"))
    order.refresh_from_db()
    assert (order.state, order.written_off_at) == ("closed", at("16:30"))


def test_reply_from_the_counter_signs_for_the_order_too(world: World) -> None:
    order = cases.issued(world)
    cases.reply(world, order)
    order.refresh_from_db()
    assert (order.received_at, order.state) == (at("14:26"), "replied")


def test_entry_on_behalf_of_a_unit_is_marked_and_cannot_verify(world: World) -> None:
    finding = cases.finding(world)
    order = cases.issued(world, finding)
    reply = cases.reply(world, order, by="wen")
    assert reply.is_on_behalf and "代录" in reply.replied_by_label
    with pytest.raises(Denied) as refused:
        cases.verify(world, finding, by="wen")
    assert refused.value.code == "replier"
    finding.refresh_from_db()
    assert finding.state == "fed_back"


def test_unit_cannot_verify_its_own_reply(world: World) -> None:
    finding = cases.finding(world)
    cases.replied(world, finding)
    with pytest.raises(NotFound):
        cases.verify(world, finding, by="olga")
    user = world.users["wen"]
    user.unit = Unit.objects.get(name="甲镇人民政府")
    user.save()
    with pytest.raises(Denied) as refused:
        cases.verify(world, finding, by="wen")
    assert refused.value.code == "own_unit"


def test_finder_may_verify_a_general_one_but_not_a_serious_one(world: World) -> None:
    general = cases.finding(world)
    serious = cases.finding(world, severity="serious", site="甲镇西卡口")
    cases.replied(world, general, serious)
    cases.verify(world, general, by="asha")
    with pytest.raises(Denied) as refused:
        cases.verify(world, serious, by="asha")
    assert refused.value.code == "finder"
    serious.refresh_from_db()
    assert serious.state == "fed_back"
    cases.verify(world, serious, by="tess")


@pytest.mark.parametrize("severity", ["prominent", "serious"])
def test_prominent_problem_needs_a_visit(world: World, severity: str) -> None:
    finding = cases.finding(world, severity=severity)
    cases.replied(world, finding)
    with pytest.raises(Denied) as refused:
        cases.verify(world, finding, method="photos")
    assert refused.value.code == "on_site_needed"


def test_verification_by_another_district_is_not_found(world: World) -> None:
    finding = cases.finding(world)
    cases.replied(world, finding)
    with pytest.raises(NotFound):
        cases.verify(world, finding, by="rina")


def test_sent_back_goes_on_with_a_limit_and_the_order_reopens(world: World) -> None:
    finding = cases.finding(world)
    order = cases.replied(world, finding)
    cases.verify(world, finding, outcome="sent_back", opinion="仍缺1人。", when=at("15:05"))
    finding.refresh_from_db()
    order.refresh_from_db()
    assert (finding.state, order.state, finding.due_at) == ("rectifying", "received", order.due_at)


def test_false_reply_is_a_new_finding_and_a_proposal_to_trace_back(world: World) -> None:
    finding = cases.finding(world)
    cases.replied(world, finding)
    verification = cases.verify(world, finding, outcome="false", opinion="现场仍为1人。")
    finding.refresh_from_db()
    new = verification.new_finding
    assert finding.state == "rectifying"
    assert (new.is_false_rectification, new.category.title, new.state, new.number) == (
        True,
        "弄虚作假",
        "registered",
        2,
    )
    assert list(TraceBack.objects.values_list("reason", "state")) == [("false", "raised")]


def test_verifying_twice_is_refused(world: World) -> None:
    finding = cases.finding(world)
    cases.replied(world, finding)
    cases.verify(world, finding)
    with pytest.raises(WrongState):
        cases.verify(world, finding, by="tess", when=at("15:06"))


def test_verify_order_takes_each_item_with_its_own_opinion_or_none(world: World) -> None:
    first, second = cases.finding(world), cases.finding(world, site="甲镇西卡口", severity="prominent")
    order = cases.replied(world, first, second)
    rows = [
        {"finding_id": first.pk, "outcome": "passed", "method": "on_site", "opinion": "2人在岗。"},
        {"finding_id": second.pk, "outcome": "passed", "method": "photos", "opinion": "照片清楚。"},
    ]
    with pytest.raises(Denied):
        rectification.verify_order(actor=world.actor("wen"), at=at("15:05"), order_id=order.pk, results=rows)
    first.refresh_from_db()
    assert first.state == "fed_back"
    rows[1]["method"] = "on_site"
    rectification.verify_order(actor=world.actor("wen"), at=at("15:05"), order_id=order.pk, results=rows)
    order.refresh_from_db()
    assert order.state == "closed"


def test_void_takes_everything_back_and_keeps_the_number(world: World) -> None:
    finding = cases.finding(world)
    order = cases.received(world, finding)
    with pytest.raises(Invalid):
        rectification.void_order(actor=world.actor("hugo"), at=at("12:00"), order_id=order.pk, reason=" ")
    rectification.void_order(
        actor=world.actor("hugo"), at=at("12:00"), order_id=order.pk, reason="点位登记错误"
    )
    order.refresh_from_db()
    finding.refresh_from_db()
    assert (order.state, finding.state, finding.due_at) == ("voided", "confirmed", None)
    assert order.document.state == "voided" and order.number.state == "voided"
    assert not UnitLink.objects.filter(revoked_at=None).exists()
    again = cases.issued(world, finding)
    assert again.number_text == "示督交〔2020〕2号"


def test_draft_is_taken_back_without_using_a_number(world: World) -> None:
    finding = cases.finding(world)
    order = cases.draft(world, finding)
    rectification.discard_order(actor=world.actor("wen"), at=at("11:01"), order_id=order.pk)
    assert cases.issued(world, finding).number_text == "示督交〔2020〕1号"


def test_on_spot_order_needs_the_campaigns_leave(world: World) -> None:
    from datetime import datetime

    from duban.campaigns.models import InstalledPack

    finding = cases.finding(world)
    act = {
        "actor": world.actor("tess"),
        "at": at("10:30"),
        "finding_ids": [finding.pk],
        "unit_id": finding.unit_id,
    }
    with pytest.raises(Denied):
        rectification.issue_on_spot(**act)
    assert not WorkOrder.objects.exists()
    InstalledPack.objects.create(
        code="test", version="1", title="试", digest="0" * 64, profile={"team_heads_sign_orders": True},
        installed_at=datetime.fromisoformat("2020-01-01T00:00:00+08:00"),
    )  # fmt: skip
    order = rectification.issue_on_spot(**act)
    assert (order.state, order.signed_by_id, order.deadline_kind) == (
        "issued",
        world.users["tess"].pk,
        "at_once",
    )


def test_serious_consequence_raises_a_trace_back_at_the_order(world: World) -> None:
    cases.issued(world, cases.finding(world, consequence="serious", consequence_reason="造成停诊"))
    trace_back = TraceBack.objects.get()
    assert (trace_back.reason, trace_back.state) == ("serious", "raised")
    assert trace_back.nodes.count() >= 3


def test_reply_with_a_private_number_is_refused(world: World) -> None:
    order = cases.received(world)
    item = order.items.get()
    with pytest.raises(Invalid) as refused:
        cases.reply(world, order, measures={item.pk: "请拨打13800138000核实。"})
    assert refused.value.code == "personal_content"
    assert not Reply.objects.exists()


def test_draft_is_changed_before_it_is_signed(world: World) -> None:
    first, second, third = (cases.finding(world) for _ in range(3))
    order = cases.draft(world, first, second)
    rectification.change_order(
        actor=world.actor("wen"), at=at("11:01"), order_id=order.pk, deadline_kind="days", due_at=at("18:00"),
        basis="方案第六条", requirements={third.pk: "补齐值守人员。", first.pk: ""},
    )  # fmt: skip
    order.refresh_from_db()
    assert [(item.finding, item.requirement) for item in order.items.order_by("ordinal")] == [
        (third, "补齐值守人员。"),
        (first, "按排班在岗。"),
    ]
    assert (order.deadline_kind, order.due_at, order.basis) == ("days", at("18:00"), "方案第六条")
    assert (
        cases.issued(world, second).number_text == "示督交〔2020〕1号"
    )  # left out, so free for another order


def test_signed_order_or_a_strangers_draft_is_not_changed(world: World) -> None:
    finding, elsewhere = cases.finding(world), cases.finding(world, unit="乙镇人民政府", site="乙镇农贸市场")
    draft = cases.draft(world, finding)
    asked = {"deadline_kind": "same_day", "requirements": {finding.pk: "改"}}
    with pytest.raises(Denied):
        rectification.change_order(actor=world.actor("asha"), at=at("11:01"), order_id=draft.pk, **asked)
    with pytest.raises(NotFound):
        rectification.change_order(actor=world.actor("rina"), at=at("11:01"), order_id=draft.pk, **asked)
    for wrong in ({}, {elsewhere.pk: ""}):
        with pytest.raises(Invalid):
            rectification.change_order(
                actor=world.actor("wen"), at=at("11:01"), order_id=draft.pk, deadline_kind="same_day",
                requirements=wrong,
            )  # fmt: skip
    rectification.issue_order(actor=world.actor("hugo"), at=at("11:02"), order_id=draft.pk)
    with pytest.raises(WrongState):
        rectification.change_order(actor=world.actor("wen"), at=at("11:03"), order_id=draft.pk, **asked)
    assert [item.requirement for item in draft.items.all()] == ["按排班在岗。"]


def test_unit_asks_a_handler_to_keep_out_and_the_head_decides(world: World) -> None:
    order = cases.received(world)
    handlers = set(queries.handlers_of(order).values_list("username", flat=True))
    assert handlers == {"asha", "hugo"}
    ask = {"order_id": order.pk, "ground": "kin", "reason": "有亲属在本单位任职"}
    with pytest.raises(Invalid):
        rectification.request_recusal(
            actor=world.actor("olga"), at=at("11:20"), user_id=world.users["wen"].pk, **ask
        )
    made = rectification.request_recusal(
        actor=world.actor("olga"), at=at("11:20"), user_id=world.users["asha"].pk, **ask
    )
    people.decide_recusal(
        actor=world.actor("hugo"), at=at("11:30"), request_id=made.pk, is_upheld=True, reason="属实"
    )
    assert order.unit_id in world.actor("asha").recused_unit_ids


def test_covert_inspector_is_no_handler_a_unit_can_name(world: World) -> None:
    found = cases.finding(world, team="c", found_by=world.users["cora"])
    order = cases.received(world, found)
    assert set(queries.handlers_of(order).values_list("username", flat=True)) == {"hugo"}


def test_stranger_cannot_ask_for_recusal_in_a_units_name(world: World) -> None:
    order = cases.received(world)
    with pytest.raises(NotFound):
        rectification.request_recusal(
            actor=world.actor("rina"), at=at("11:20"), order_id=order.pk, user_id=world.users["asha"].pk,
            ground="kin", reason="有亲属在本单位任职",
        )  # fmt: skip
    assert not RecusalRequest.objects.exists()
