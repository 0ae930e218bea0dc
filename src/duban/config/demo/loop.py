"""The rectification loop of the demo: confirm, order, receive, reply, verify, write off; and what goes wrong.

How an order goes is drawn by chance when it is issued: most are done the same day; some need a plan, are disputed,
come late or are found not done. The last days leave work open for the visitor.
"""

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from duban.config.demo.photos import photo
from duban.config.demo.replay import Replay
from duban.inspection import operations as inspection
from duban.inspection.models import Finding, Severity
from duban.inspection.states import FindingState, Lateness
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import DubanError
from duban.rectification import operations as rectification
from duban.rectification.models import OrderItem, WorkOrder
from duban.rectification.states import OrderState

SLOTS = ("10:50", "14:05", "17:00")  # when the office drafts and signs orders
COURSES = (
    ("done", 0.80), ("morning", 0.07), ("sent_back", 0.05), ("plan", 0.03), ("dispute", 0.015), ("late", 0.025),
    ("false", 0.01),
)  # fmt: skip


class Loop:
    """Plays the office, the units and the verifiers of one campaign."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.cast = replay.cast
        self.script = replay.script
        self.waiting: list[UUID] = []
        self.units: dict[UUID, UUID] = {}
        self.open_day_courses = ["plan", "dispute"]  # one of each waits for the visitor
        self.told_false = 0
        self.has_stubborn = False

    # from the field to the office ---------------------------------------------------------------------------

    def take(self, finding: Finding) -> None:
        """This function will have the office confirm a new finding a little later."""
        minutes = self.replay.between(4, 40)
        self.replay.after(minutes, lambda at: self._confirm(at, finding.pk))

    def _confirm(self, at: datetime, finding_id: UUID) -> None:
        finding = inspection.confirm_finding(actor=self.cast["zonghe"], at=at, finding_id=finding_id)
        if finding.state == FindingState.ON_SPOT:
            self.replay.after(self.replay.between(30, 150), lambda moment: self._accept(moment, finding_id))
        elif (
            finding.state == FindingState.CONFIRMED
            and finding.template != self.script["hospital"]["template"]
        ):
            self.waiting.append(finding_id)

    def _accept(self, at: datetime, finding_id: UUID) -> None:
        opinion = self.replay.chance.choice(self.script["opinions"])
        inspection.verify_on_spot(actor=self.cast["hegao"], at=at, finding_id=finding_id, opinion=opinion)

    def office_day(self, day: Any) -> None:
        """This function will schedule the office's order slots of a day."""
        for slot in SLOTS:
            self.replay.schedule(self.replay.at(day, slot), self._draft)

    def _draft(self, at: datetime) -> None:
        wanted, self.waiting = self.waiting, []
        if not wanted:
            return
        orders = rectification.draft_orders(actor=self.cast["zonghe"], at=at, finding_ids=wanted)
        for number, order in enumerate(orders):
            self.replay.after(4 + number * 0.4, lambda moment, one=order: self._issue(moment, one))

    def _issue(self, at: datetime, order: WorkOrder) -> None:
        issued = rectification.issue_order(actor=self.cast["zuzhang"], at=at, order_id=order.pk)
        self.units[issued.pk] = issued.unit_id
        days_left = self.replay.days_left(at)
        is_of_visitor = days_left <= 1 and self.cast.is_printed(self.cast.liaisons.get(issued.unit_id))
        if is_of_visitor and days_left == 0:
            return  # the visitor signs for it and replies
        course = "morning" if is_of_visitor else self._course(at)
        self.replay.after(self.replay.between(4, 35), lambda moment: self._receive(moment, issued.pk, course))

    def _course(self, at: datetime) -> str:
        days_left = self.replay.days_left(at)
        draw = self.replay.chance.random()
        if days_left == 0 and self.open_day_courses:
            return self.open_day_courses.pop(0)
        if 12 < days_left < 19 and not self.has_stubborn:
            self.has_stubborn = True
            return "stubborn"
        if 1 <= days_left <= 3 and draw < 0.24:
            return "slow"
        for name, share in COURSES:
            draw -= share
            if draw < 0:
                return name
        return "done"

    # the unit -----------------------------------------------------------------------------------------------

    def _unit(self, order_id: UUID) -> Actor:
        """Who answers: the liaison's account where the unit has one, else the office on its behalf (G-36)."""
        name = self.cast.liaisons.get(self.units[order_id])
        return self.cast[name] if name else self.cast["zonghe"]

    def _receive(self, at: datetime, order_id: UUID, course: str) -> None:
        order = rectification.receive_order(actor=self._unit(order_id), at=at, order_id=order_id)
        due = clock.local(order.due_at)
        if course == "dispute":
            self.replay.after(self.replay.between(20, 60), lambda moment: self._dispute(moment, order_id))
        elif course == "plan":
            self.replay.after(self.replay.between(40, 120), lambda moment: self._plan(moment, order_id))
        elif course in ("late", "slow", "stubborn"):
            hours = {"late": self.replay.between(9, 40), "slow": self.replay.between(30, 90), "stubborn": 80}[
                course
            ]
            self.replay.schedule(
                due + timedelta(hours=hours), lambda moment: self._reply(moment, order_id, "done")
            )
        else:
            latest = (due - at).total_seconds() / 60 - 75
            minutes = min(self.replay.between(70, 330), max(latest, 20))
            self.replay.after(minutes, lambda moment: self._reply(moment, order_id, course))

    def _reply(self, at: datetime, order_id: UUID, course: str) -> None:
        order = WorkOrder.objects.get(pk=order_id)
        if order.state not in (OrderState.ISSUED, OrderState.RECEIVED):
            return
        items = list(self._open_items(order_id))
        if not items:
            return
        local = clock.local(at)
        words = {"h2": local.hour, "m": f"{local.minute:02d}"}
        photos: dict[UUID, list[bytes]] = {}
        for item in items:
            if item.finding.evidence.exists() and self.replay.chance.random() < 0.8:
                photos[item.pk] = [photo(str(item.finding.number), is_after=True)]
        rectification.reply_to_order(
            actor=self._unit(order_id), at=at, order_id=order_id, outcome="done", completed_at=at,
            measures={item.pk: self.replay.chance.choice(self.script["measures_done"]).format(**words) for item in items},
            principal_agreed=True, photos=photos,
        )  # fmt: skip
        wait = self.replay.between(35, 110)
        due = order.due_at
        if course == "morning":
            wait = (
                self.replay.at(clock.local_day(at) + timedelta(days=1), "09:20") - at
            ).total_seconds() / 60
        elif at < due:
            wait = min(wait, max((due - at).total_seconds() / 60 - 6, 5))
        self.replay.after(wait, lambda moment: self._verify(moment, order_id, course))

    def _open_items(self, order_id: UUID) -> Any:
        states = (FindingState.ORDERED, FindingState.RECTIFYING)
        return OrderItem.objects.filter(
            order_id=order_id, is_open=True, finding__state__in=states
        ).select_related("finding")

    # verification -------------------------------------------------------------------------------------------

    def _verifier(self, finding: Finding) -> str:
        """A member of the finder's team who is not the finder; the head for serious ones."""
        crew = [
            name
            for name in self.cast.crews[finding.team_id]
            if self.cast.users[name].pk != finding.found_by_id
        ]
        covert = next(team for team in self.cast.teams if team.pk == finding.team_id).is_covert
        return "fuzuzhang" if covert else crew[0]

    def _verify(self, at: datetime, order_id: UUID, course: str) -> None:
        rows = OrderItem.objects.filter(order_id=order_id, is_open=True, finding__state=FindingState.FED_BACK)
        for item in rows.select_related("finding"):
            finding = item.finding
            verifier = self._verifier(finding)
            if self.replay.days_left(at) == 0 and self.cast.is_printed(verifier):
                continue  # left to the visitor
            on_site = finding.severity in (Severity.PROMINENT, Severity.SERIOUS)
            method = "on_site" if on_site or course in ("false", "sent_back") else "photos"
            outcome, opinion = "passed", self.replay.chance.choice(self.script["opinions"])
            if course == "sent_back":
                outcome, opinion = "sent_back", self.script["returned_opinion"]
            elif course == "false" and self.told_false < 3:
                outcome, opinion = "false", self.script["false_opinion"]
                self.told_false += 1
            rectification.verify_item(
                actor=self.cast[verifier],
                at=at,
                finding_id=finding.pk,
                outcome=outcome,
                method=method,
                opinion=opinion,
            )
            if outcome == "false":
                self._take_new(finding)
        if course in ("sent_back", "false"):
            self.replay.after(
                self.replay.between(40, 160), lambda moment: self._reply(moment, order_id, "done")
            )

    def _take_new(self, finding: Finding) -> None:
        new = (
            Finding.objects.filter(campaign=finding.campaign, is_false_rectification=True)
            .order_by("-number")
            .first()
        )
        if new and new.state == FindingState.REGISTERED:
            self.take(new)

    # plans and disputes -------------------------------------------------------------------------------------

    def _plan(self, at: datetime, order_id: UUID) -> None:
        words = self.script["plan"]
        asked = clock.end_of_day(clock.local_day(at) + timedelta(days=3))
        request = rectification.request_plan(
            actor=self._unit(order_id),
            at=at,
            order_id=order_id,
            reason=words["reason"],
            plan=words["plan"],
            asked_due_at=asked,
        )
        decided = self.replay.now + timedelta(minutes=self.replay.between(60, 140))
        if clock.local_day(at) == clock.local_day(self.replay.until):
            return  # the open day's request waits for the visitor
        self.replay.schedule(decided, lambda moment: self._decide_plan(moment, request.pk, order_id))

    def _decide_plan(self, at: datetime, plan_id: UUID, order_id: UUID) -> None:
        rectification.decide_plan(actor=self.cast["fuzuzhang"], at=at, plan_id=plan_id, approve=True)
        later = self.replay.now + timedelta(days=2, hours=self.replay.between(1, 6))
        self.replay.schedule(later, lambda moment: self._reply(moment, order_id, "done"))

    def _dispute(self, at: datetime, order_id: UUID) -> None:
        words = self.script["dispute"]
        item = self._open_items(order_id).first()
        if item is None:
            return
        dispute = rectification.dispute_item(
            actor=self._unit(order_id),
            at=at,
            item_id=item.pk,
            ground=words["ground"],
            statement=words["statement"],
        )
        upheld = self.replay.chance.random() < 0.5
        if clock.local_day(at) == clock.local_day(self.replay.until):
            return  # waits for the visitor
        later = self.replay.at(clock.local_day(at) + timedelta(days=1), "09:40")
        self.replay.schedule(later, lambda moment: self._decide_dispute(moment, dispute.pk, order_id, upheld))

    def _decide_dispute(self, at: datetime, dispute_id: UUID, order_id: UUID, upheld: bool) -> None:
        words = self.script["dispute"]
        rectification.decide_dispute(
            actor=self.cast["fuzuzhang"], at=at, dispute_id=dispute_id, upheld=upheld,
            reason=words["upheld" if upheld else "rejected"],
        )  # fmt: skip
        self.replay.after(self.replay.between(60, 240), lambda moment: self._reply(moment, order_id, "done"))

    # urging -------------------------------------------------------------------------------------------------

    def office_morning(self, at: datetime) -> None:
        """This function will have the head sign urges that the sweep proposed (the open day's are left to the visitor)."""
        from duban.rectification.models import Urge

        for urge in Urge.objects.filter(order__campaign=self.replay.campaign, signed_at=None):
            new_due = clock.end_of_day(clock.local_day(at))
            with suppress(DubanError):  # the unit has answered meanwhile: nothing is left to urge
                rectification.sign_urge(
                    actor=self.cast["zuzhang"], at=at, urge_id=urge.pk, new_due_at=new_due
                )

    def by_category(self, day: Any) -> dict[UUID, list[UUID]]:
        """This function will group a day's counted findings by category (bulletins, common problems)."""
        rows = Finding.objects.filter(
            campaign=self.replay.campaign,
            found_at__gte=clock.start_of_day(day),
            found_at__lt=clock.end_of_day(day),
        ).exclude(state__in=(FindingState.WITHDRAWN, FindingState.REGISTERED, FindingState.RETURNED))
        groups: dict[UUID, list[UUID]] = defaultdict(list)
        for key, category in rows.values_list("pk", "category_id"):
            groups[category].append(key)
        return groups


LATE = (Lateness.OVERDUE, Lateness.URGED, Lateness.ESCALATED, Lateness.TRACED)
