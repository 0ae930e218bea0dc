"""What a national campaign writes beside findings: orders with letters and receipts, dispatches, people, editions.

Every finding that was ordered stands on an order of its own, with one letter and one delivery: as many rows as there
are findings. The rest follows the size of the campaign (teams × days, one account per township and village liaison).
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from rows import Loader, Unindexed, copied, key

ORDER_STATES = {"written_off": "closed", "ordered": "issued", "rectifying": "received", "fed_back": "replied"}
DAYS = 60
ACCOUNTS = 100_000


class Paperwork:
    """Writes the papers of a `national.Nation` whose findings are there."""

    def __init__(self, nation: Any) -> None:
        self.nation = nation
        self.campaign = nation.campaign
        self.head, self.office = nation.users["national_campaign_head"], nation.users["national_office"]

    def write(self, say: Any) -> None:
        """This function will write everything, the order letters first: orders point at them."""
        self._letters()
        say("letters")
        self._orders()
        say("orders")
        self._dispatches()
        self._people()
        say("dispatches, people")
        self._series()
        self._follow_ups()
        say("editions, bulletins, referrals, look-backs")

    def _ordered(self) -> Iterator[tuple[int, int, int, tuple[Any, Any, str]]]:
        """Yield (serial, finding, copy, place) of every finding with an order."""
        nation, total = self.nation, self.nation.findings
        for copy in range(nation.times):
            for number in range(1, total + 1):
                if nation.states[number - 1] in ORDER_STATES:
                    yield number + copy * total, number, copy, self._place(number)

    def _place(self, finding: int) -> tuple[Any, Any, str]:
        nation = self.nation
        visit = (finding - 1) * nation.total_visits // nation.findings + 1
        return nation.sites[nation.order_of_sites[visit - 1]]

    def _load(self, prototype: Any, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
        with Unindexed(prototype._meta.db_table):
            Loader(prototype, tuple(names)).load(rows)

    def _letters(self) -> None:
        from duban.documents.models import Delivery, OfficialDocument

        at = self.nation.at
        letter = OfficialDocument(
            campaign=self.campaign, kind="work_order", title="L", subject_type="rectification.workorder", subject_id=key(1, 5),
            record={}, record_digest="0" * 64, issued_at=at, issued_by_label="H", area_path="",
        )  # fmt: skip
        self._load(letter, ("id", "number_text", "title", "subject_id", "issued_at", "area_path"), (
            (key(serial, 8), f"C〔2020〕{serial}号", f"L{serial}", key(serial, 5), self._moment(finding), place[2])
            for serial, finding, _copy, place in self._ordered()
        ))  # fmt: skip
        delivery = Delivery(document_id=key(1, 8), unit=self.nation.country, sent_at=at)
        self._load(delivery, ("id", "document_id", "unit_id", "sent_at", "received_at"), (
            (key(serial, 9), key(serial, 8), place[1], self._moment(finding),
             None if self.nation.states[finding - 1] == "ordered" else self._moment(finding) + timedelta(hours=1))
            for serial, finding, _copy, place in self._ordered()
        ))  # fmt: skip

    def _moment(self, finding: int) -> Any:
        return self.nation.moment(finding, self.nation.findings)

    def _orders(self) -> None:
        from duban.rectification.models import OrderItem, WorkOrder

        nation, count = self.nation, self.nation.findings
        prototype = WorkOrder(
            campaign=self.campaign, unit=nation.country, area_path="", drafted_by=self.office, drafted_at=nation.at,
            signed_by=self.head, deadline_kind="same_day", due_at=nation.at, issued_at=nation.at, issued_on=nation.at.date(),
        )  # fmt: skip

        def rows() -> Iterator[tuple[Any, ...]]:
            for serial, finding, _copy, (_site, unit, path) in self._ordered():
                moment = self._moment(finding)
                yield (
                    key(serial, 5), f"C〔2020〕{serial}号", unit, path, nation.teams[finding % len(nation.teams)].pk,
                    ORDER_STATES[nation.states[finding - 1]], moment, moment, moment.date(), moment + timedelta(hours=12),
                    key(serial, 8),
                )  # fmt: skip

        self._load(prototype, (
            "id", "number_text", "unit_id", "area_path", "proposed_by_team_id", "state", "drafted_at", "issued_at",
            "issued_on", "due_at", "document_id",
        ), rows())  # fmt: skip
        item = OrderItem(order_id=key(1, 5), finding_id=key(1, 4), ordinal=1, requirement="R")
        self._load(item, ("id", "order_id", "finding_id"), (
            (key(serial, 6), key(serial, 5), copied(finding, 4, copy, count))
            for serial, finding, copy, _place in self._ordered()
        ))  # fmt: skip
        self._verifications()

    def _verifications(self) -> None:
        from duban.rectification.models import Verification

        nation, count = self.nation, self.nation.findings
        passed = Verification(
            finding_id=key(1, 4), verifier=self.office, method="photos", outcome="passed", opinion="O", verified_at=nation.at
        )  # fmt: skip
        self._load(passed, ("id", "finding_id", "item_id", "verified_at"), (
            (key(serial, 14), copied(finding, 4, copy, count), key(serial, 6), self._moment(finding) + timedelta(hours=3))
            for serial, finding, copy, _place in self._ordered() if nation.states[finding - 1] == "written_off"
        ))  # fmt: skip

    def _dispatches(self) -> None:
        from duban.teams.models import Dispatch, DispatchSite

        nation = self.nation
        teams = [*nation.teams, nation.covert]
        today = nation.at.date()
        prototype = Dispatch(
            campaign=self.campaign, round=nation.round, team=teams[0], day=today, state="returned", member_count=4,
            created_at=nation.at,
        )  # fmt: skip
        runs = [
            (number, team, today - timedelta(days=back))
            for number, (back, team) in enumerate(
                ((back, team) for back in range(DAYS) for team in teams), start=1
            )
        ]
        self._load(prototype, ("id", "team_id", "day"), (
            (key(number, 10), team.pk, day) for number, team, day in runs
        ))  # fmt: skip
        site = DispatchSite(
            dispatch_id=key(1, 10), site_id=nation.sites[0][0], ordinal=1, source="key_points"
        )
        per_run = max(1, min(40, nation.total_visits * 5 // len(runs)))
        self._load(site, ("id", "dispatch_id", "site_id", "ordinal"), (
            (key((number - 1) * per_run + place, 11), key(number, 10),
             nation.sites[(number * per_run + place) % len(nation.sites)][0], place)
            for number, _team, _day in runs for place in range(1, per_run + 1)
        ))  # fmt: skip

    def _people(self) -> None:
        from duban.people.models import Grant, Post, User

        nation = self.nation
        units = [(unit, path, "office") for unit, path in nation.levels["township"]]
        villages = nation.levels["village"]
        units += [
            (unit, path, "unit_liaison") for unit, path in villages[:: max(1, len(villages) // ACCOUNTS + 1)]
        ]
        self._load(Post(unit=nation.country, code="", title="P"), ("id", "unit_id", "code", "title"), (
            (key(number, 12), unit, f"P{number:06}", f"P{number}")
            for number, (unit, _path, _role) in enumerate(units, start=1)
        ))  # fmt: skip
        person = User(username="", display_name="", post_label="", created_at=nation.at)
        self._load(person, ("id", "username", "display_name", "post_label", "unit_id", "post_id"), (
            (key(number, 13), f"u{number:06}", f"u{number}", f"P{number}", unit, key(number, 12))
            for number, (unit, _path, _role) in enumerate(units, start=1)
        ))  # fmt: skip
        grant = Grant(user=self.head, role="office", unit=nation.country, area_path="", granted_at=nation.at,
                      campaign_id=self.campaign.pk)  # fmt: skip
        self._load(grant, ("id", "user_id", "role", "unit_id", "area_path"), (
            (key(number, 14), key(number, 13), role, unit, path)
            for number, (unit, path, role) in enumerate(units, start=1)
        ))  # fmt: skip

    def _series(self) -> None:
        from duban.campaigns.models import Directive, Measure
        from duban.reporting.models import Bulletin, Edition

        at, campaign = self.nation.at, self.campaign
        for number in range(1, DAYS + 1):
            moment = at - timedelta(days=DAYS - number)
            Edition.objects.create(
                campaign=campaign, day=moment.date(), as_of=moment, since=moment - timedelta(days=1), frozen_at=moment,
                definition_version=1, state="acknowledged", digest="0" * 64,
            )  # fmt: skip
            Bulletin.objects.create(
                campaign=campaign, issue=number, day=moment.date(), title=f"B{number}", state="issued", drafted_at=moment,
                issued_at=moment,
            )  # fmt: skip
        directive = Directive(campaign=campaign, code="", kind="directive", issuer_title="I", title="", issued_on=at.date(),
                              received_at=at)  # fmt: skip
        self._load(directive, ("id", "code", "title"), (
            (key(number, 15), f"D{number}", f"D{number}") for number in range(1, 601)
        ))  # fmt: skip
        measure = Measure(directive_id=key(1, 15), code="", text="M", effective_from=at)
        self._load(measure, ("id", "directive_id", "code", "ordinal"), (
            (key(number, 16), key((number - 1) // 5 + 1, 15), f"M{number}", number % 5 + 1) for number in range(1, 3001)
        ))  # fmt: skip

    def _of_state(self, state: str, every: int = 1) -> Iterator[tuple[int, Any, tuple[Any, Any, str]]]:
        """Yield (serial, finding id, place) of every n-th finding in a state."""
        nation, total = self.nation, self.nation.findings
        for copy in range(nation.times):
            for number in range(1, total + 1):
                if nation.states[number - 1] == state and number % every == 0:
                    yield number + copy * total, copied(number, 4, copy, total), self._place(number)

    def _follow_ups(self) -> None:
        from duban.inspection.models import SupportRequest
        from duban.rectification.models import CommonProblem, LookBack, Referral, TraceBack, Urge

        at, campaign, today = self.nation.at, self.campaign, self.nation.at.date()
        referral = Referral(campaign=campaign, finding_id=key(1, 4), area_path="", authority=self.nation.country, matter="M",
                            sent_at=at, sent_by=self.office, reply_due_on=today)  # fmt: skip
        self._load(referral, ("id", "finding_id", "area_path", "number_text"), (
            (key(serial, 17), finding, place[2], f"Z{serial}") for serial, finding, place in self._of_state("referred")
        ))  # fmt: skip
        look = LookBack(finding_id=key(1, 4), area_path="", sampled_at=at, sample_seed="0", due_on=today)
        self._load(look, ("id", "finding_id", "area_path", "due_on"), (
            (key(serial, 18), finding, place[2], today + timedelta(days=serial % 5))
            for serial, finding, place in self._of_state("written_off", 20)
        ))  # fmt: skip
        trace = TraceBack(
            campaign=campaign, finding_id=key(1, 4), area_path="", reason="overdue", raised_at=at
        )
        self._load(trace, ("id", "finding_id", "area_path"), (
            (key(serial, 19), finding, place[2]) for serial, finding, place in self._of_state("rectifying", 20)
        ))  # fmt: skip
        support = SupportRequest(campaign=campaign, unit=self.nation.country, area_path="", kind="materials", text="S",
                                 raised_at=at, due_at=at)  # fmt: skip
        self._load(support, ("id", "finding_id", "unit_id", "area_path"), (
            (key(serial, 20), finding, place[1], place[2]) for serial, finding, place in self._of_state("confirmed")
        ))  # fmt: skip
        urge = Urge(order_id=key(1, 5), step="urge", overdue_days=3, due_at=at, raised_at=at)
        self._load(urge, ("id", "order_id"), (
            (key(serial, 21), key(serial, 5)) for serial, _finding, _place in self._of_state("rectifying", 200)
        ))  # fmt: skip
        for number in range(1, 201):
            CommonProblem.objects.create(
                campaign=campaign,
                title=f"C{number}",
                question="Q",
                state="noticed",
                proposed_at=at,
                proposed_by=self.office,
            )
