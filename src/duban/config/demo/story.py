"""The particular events of the demo: hospital referral, common problem, trace-back, look-backs, support, objection."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from duban.burden import operations as burden
from duban.campaigns import journal_review
from duban.config.demo.due_process import DueProcess
from duban.config.demo.field_work import FieldWork
from duban.config.demo.loop import Loop
from duban.config.demo.replay import Replay
from duban.inspection import operations as inspection
from duban.inspection.models import Finding, Mode, SupportRequest, Visit
from duban.inspection.states import FindingState, SupportState
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.people.models import Post
from duban.rectification import operations as rectification
from duban.rectification.models import LookBack, TraceBack, WorkOrder
from duban.rectification.states import TraceState
from duban.sites.models import Site
from duban.teams import operations as teams
from duban.teams.models import DispatchSite, LiaisonAssignment, Team, TeamKind


class Story:
    """Plays what happens once."""

    def __init__(self, replay: Replay, loop: Loop, field_work: FieldWork) -> None:
        self.replay = replay
        self.loop = loop
        self.field_work = field_work
        self.cast = replay.cast
        self.script = replay.script
        self.due_process = DueProcess(replay)
        self.opened: set[str] = set()

    def schedule(self) -> None:
        """This function will put the story's acts on the queue."""
        hospital, common = self.script["hospital"], self.script["common"]
        self.replay.schedule(self.replay.at(hospital["day"], "10:20"), self._hospital)
        self.replay.schedule(self.replay.at(common["day"], "17:30"), self._common)
        start = self.script["city"]["starts_on"]
        last = self.script["city"]["open_day"]
        for offset in range(3, (last - start).days):
            day = start + timedelta(days=offset)
            self.replay.schedule(self.replay.at(day, "10:30"), self._look_backs)
            self.replay.schedule(self.replay.at(day, "09:30"), self._trace_backs)
            if offset % 4 == 0:
                self.replay.schedule(self.replay.at(day, "14:20"), self._support)
        self.replay.schedule(self.replay.at(last, self.script["last_hour"]["at"]), self._last_hour)
        self.replay.schedule(self.replay.at(last, "14:20"), self._support)  # waits for headquarters
        self.replay.schedule(self.replay.at(start + timedelta(days=12), "11:10"), self._objection)
        for words in self.script["liaison_visits"]:
            self.replay.schedule(self.replay.at(words["day"], "18:10"), partial(self._liaison_visit, words))
        for day in self.script["audit_days"]:
            self.replay.schedule(self.replay.at(day, "20:00"), self._review)

    # who watches from above ----------------------------------------------------------------------------------

    def _liaison_visit(self, words: dict[str, Any], at: datetime) -> None:
        leader = self.cast["weilingdao"]
        teams.log_liaison_visit(
            actor=leader, at=at, assignment_id=LiaisonAssignment.objects.get(leader_id=leader.user_id).pk,
            area_id=self.replay.place.units[words["area"]].pk, day=words["day"], watched=words["watched"],
            asked=words.get("asked", ""),
        )  # fmt: skip

    def _review(self, at: datetime) -> None:
        auditor = self.cast["shenji"]
        last = journal_review.events_to_review(auditor, at).last()
        journal_review.review_journal(actor=auditor, at=at, until_id=last.pk)

    # hospital: finding → referral → the authority's own result ----------------------------------------------

    def _hospital(self, at: datetime) -> None:
        words = self.script["hospital"]
        site = self.replay.place.sites[words["site"]]
        team = self.cast.teams[len(self.replay.place.townships)]
        crew = self.cast.crews[team.pk]
        member = self.cast[crew[-1]]
        self._open_if_drawn(at, team, site, self.cast[crew[0]])
        visit = inspection.open_visit(
            actor=member, at=at, team_id=team.pk, mode=Mode.UNANNOUNCED, arrived_at=at, site_id=site.pk,
            manual_reason="群众反映门诊仍在开放", methods=["on_site_visit", "themed"],
            inspector_ids=[self.cast.users[name].pk for name in crew],
        )  # fmt: skip
        finding = inspection.register_finding(
            actor=member,
            at=at,
            visit_id=visit.pk,
            template=words["template"],
            fact=words["fact"],
            found_at=at,
            told_at=at,
        )
        closing = at + timedelta(minutes=35)
        self.replay.schedule(
            closing,
            lambda moment: self.field_work._close(
                moment, visit, member, [words["template"]], Mode.UNANNOUNCED
            ),
        )
        self.loop.take(finding)
        self.replay.schedule(
            self.replay.at(words["day"], "17:10"), lambda moment: self._refer(moment, finding)
        )

    def _open_if_drawn(self, at: datetime, team: Team, site: Site, head: Actor) -> None:
        """The draw may have sent the team there that day anyway: then its sealed place is opened first."""
        for slot in DispatchSite.objects.filter(
            dispatch__team=team,
            dispatch__day=clock.local_day(at),
            site=site,
            is_sealed=True,
            revealed_at=None,
        ):
            teams.reveal_site(actor=head, at=at, dispatch_site_id=slot.pk)
            self.field_work.revealed.add(slot.pk)

    def _refer(self, at: datetime, finding: Finding) -> None:
        words = self.script["hospital"]
        authority = self.replay.place.units[words["authority"]]
        referral = rectification.refer_finding(
            actor=self.cast["zonghe"],
            at=at,
            finding_id=finding.pk,
            authority_id=authority.pk,
            matter=words["matter"],
        )
        next_day = words["day"] + timedelta(days=1)
        self.replay.schedule(
            self.replay.at(next_day, "15:20"),
            lambda moment: rectification.answer_referral(
                actor=self.cast["weijian"], at=moment, referral_id=referral.pk, result_kind=words["result_kind"],
                result=words["result"], result_number=words["result_number"], result_on=next_day,
                published_by_authority=True,
            ),
        )  # fmt: skip

    # the open day's last hour: a visit under way, its findings not yet confirmed ----------------------------

    def _last_hour(self, at: datetime) -> None:
        words = self.script["last_hour"]
        site = self.replay.place.sites[words["site"]]
        team = self.cast.teams[words["team"] - 1]
        crew = self.cast.crews[team.pk]
        member = self.cast[crew[-1]]
        self._open_if_drawn(at, team, site, self.cast[crew[0]])
        visit = inspection.open_visit(
            actor=member, at=at, team_id=team.pk, mode=Mode.UNANNOUNCED, arrived_at=at, site_id=site.pk,
            manual_reason=words["reason"], methods=["on_site_visit"],
            inspector_ids=[self.cast.users[name].pk for name in crew],
        )  # fmt: skip
        for one in words["findings"]:
            moment = self.replay.at(clock.local_day(at), one["at"])
            self.replay.schedule(moment, partial(self._found, visit, member, one))

    def _found(self, visit: Visit, member: Actor, words: dict[str, Any], at: datetime) -> None:
        inspection.register_finding(
            actor=member, at=at, visit_id=visit.pk, template=words["template"], fact=words["fact"], found_at=at, told_at=at
        )  # fmt: skip

    # common problem -----------------------------------------------------------------------------------------

    def _common(self, at: datetime) -> None:
        words = self.script["common"]
        rows = Finding.objects.filter(campaign=self.replay.campaign, template=words["template"]).exclude(
            state__in=(FindingState.WITHDRAWN, FindingState.REGISTERED, FindingState.RETURNED)
        )
        found = list(rows.order_by("-found_at").values_list("pk", flat=True)[:6])
        if len(found) < 2:
            return
        problem = rectification.propose_common_problem(
            actor=self.cast["zonghe"],
            at=at,
            finding_ids=found,
            title=words["title"],
            question=words["question"],
        )
        burden.decide_form_approval(
            actor=self.cast["fuzuzhang"],
            at=at + timedelta(minutes=10),
            approval_id=problem.approval_id,
            approve=True,
        )
        due = clock.end_of_day(clock.local_day(at) + timedelta(days=1))
        sent = at + timedelta(minutes=15)
        problem = rectification.send_common_notice(
            actor=self.cast["zuzhang"], at=sent, common_problem_id=problem.pk, reply_due_at=due
        )
        for number, check in enumerate(problem.self_checks.order_by("pk")):
            if number % 9 == 8:
                continue  # a few units do not answer in time
            later = sent + timedelta(minutes=self.replay.between(40, 1100))
            self.replay.schedule(later, lambda moment, one=check: self._self_check(moment, one))

    def _self_check(self, at: datetime, check: Any) -> None:
        has_problem = self.replay.chance.random() < 0.45
        name = self.cast.liaisons.get(self._government(check.unit))
        rectification.answer_self_check(
            actor=self.cast[name] if name else self.cast["zonghe"], at=at, self_check_id=check.pk, has_problem=has_problem,
            count=self.replay.chance.randrange(1, 5) if has_problem else None,
        )  # fmt: skip

    def _government(self, unit: Any) -> Any:
        below = unit.children.filter(kind="government").first()
        return below.pk if below else unit.pk

    # after write-off ----------------------------------------------------------------------------------------

    def _look_backs(self, at: datetime) -> None:
        words = self.script["look_back_note"]
        rows = LookBack.objects.filter(finding__campaign=self.replay.campaign, done_at=None).select_related(
            "finding"
        )
        for look_back in rows.order_by("due_on", "pk")[:3]:
            held = self.replay.chance.random() > 0.12
            done = rectification.record_look_back(
                actor=self.cast["hegao"],
                at=at,
                look_back_id=look_back.pk,
                held=held,
                note=words["held" if held else "recurred"],
            )
            if not held:
                order = done.finding.order_items.filter(is_open=True).first()
                if order:
                    self.replay.after(
                        self.replay.between(120, 400),
                        lambda moment, key=order.order_id: self.loop._reply(moment, key, "done"),
                    )

    def _trace_backs(self, at: datetime) -> None:
        """The first overdue and the first other one are opened; the rest are waived with reasons, as a person decides."""
        words = self.script["trace_back"]
        for trace in TraceBack.objects.filter(campaign=self.replay.campaign, state=TraceState.RAISED):
            kind = "overdue" if trace.reason == "overdue" else "tolerated"
            has_posts = Post.objects.filter(unit=trace.finding.unit, is_principal=False).exists()
            is_opened = has_posts and kind not in self.opened
            decided = rectification.decide_trace_back(
                actor=self.cast["zuzhang"], at=at, trace_back_id=trace.pk, is_opened=is_opened,
                reason=words["reason"] if is_opened else words["waived"],
            )  # fmt: skip
            if is_opened:
                self.opened.add(kind)
                self.due_process.open(at, decided, kind)
                self.replay.after(60 * 26, lambda moment, one=decided: self._conclude(moment, one))

    def _conclude(self, at: datetime, trace: TraceBack) -> None:
        words = self.script["trace_back"]
        nodes = {}
        for node, (_post, duty, gap, kind) in zip(
            trace.nodes.order_by("ordinal"), words["duties"] * 3, strict=False
        ):
            nodes[node.pk] = {"duty": duty, "done": "已按部署布置", "gap": gap, "responsibility": kind}
        rectification.conclude_trace_back(
            actor=self.cast["zuzhang"],
            at=at,
            trace_back_id=trace.pk,
            conclusion=words["conclusion"],
            nodes=nodes,
        )

    # support and burden -------------------------------------------------------------------------------------

    def _support(self, at: datetime) -> None:
        words = self.script["support"]
        visit = self._any_visit(at)
        if visit is None:
            return
        member: Actor = self.cast[
            next(name for name, user in self.cast.users.items() if user.pk == visit.entered_by_id)
        ]
        inspection.raise_support_request(
            actor=member, at=at, kind=words["kind"], text=words["text"], visit_id=visit.pk
        )
        self.replay.after(60 * 19, self._answer_support)

    def _any_visit(self, at: datetime) -> Any:
        rows = Visit.objects.filter(
            campaign=self.replay.campaign, day=clock.local_day(at), team__kind=TeamKind.OPEN
        )
        return rows.order_by("number").first()

    def _answer_support(self, at: datetime) -> None:
        for request in SupportRequest.objects.filter(campaign=self.replay.campaign, state=SupportState.OPEN):
            inspection.answer_support_request(
                actor=self.cast["zhihuibu"],
                at=at,
                request_id=request.pk,
                answer=self.script["support"]["answer"],
            )

    def _objection(self, at: datetime) -> None:
        """A town objects to a demand; the office answers within two working days (G-35)."""
        order = (
            WorkOrder.objects.filter(campaign=self.replay.campaign, unit_id__in=list(self.cast.liaisons))
            .order_by("-issued_at")
            .first()
        )
        if order is None:
            return
        objection = burden.file_objection(
            actor=self.cast[self.cast.liaisons[order.unit_id]], at=at, campaign_id=self.replay.campaign.pk,
            unit_id=order.unit_id, subject_type="rectification.workorder", subject_id=order.pk,
            subject_label=order.number_text, text="同一情况已在日报中报送，请不再另报照片。",
        )  # fmt: skip
        self.replay.after(
            60 * 24,
            lambda moment: burden.answer_objection(
                actor=self.cast["fuzuzhang"], at=moment, objection_id=objection.pk, upheld=True,
                answer="异议成立，有复查安排的事项不再要求照片。",
            ),
        )  # fmt: skip


def days_between(first: date, last: date) -> list[date]:
    """This function will return every day from first to last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
