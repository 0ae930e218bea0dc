"""Accountability in the demo: one overdue item traced back and decided, then appealed; one error tolerated."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from duban.accountability import operations as accountability
from duban.accountability.limits import remedy_words
from duban.accountability.models import AccountabilityCase, ToleranceCase
from duban.accountability.states import Distinction, Exclusion
from duban.campaigns.models import Provision
from duban.config.demo.replay import Replay
from duban.kernel import clock
from duban.people.models import Post
from duban.rectification.models import TraceBack

HOUR = 60


class DueProcess:
    """Plays the file of one opened trace-back, step by step over the next days."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.cast = replay.cast
        self.words = replay.script["due_process"]

    def open(self, at: datetime, trace: TraceBack, kind: str) -> None:
        """This function will open a file on the post in charge and schedule its steps; `kind` is overdue or tolerated."""
        words = self.words[kind]
        unit = trace.finding.unit
        post = Post.objects.filter(unit=unit, is_principal=False).order_by("code").first()
        if post is None:
            return
        case = accountability.open_case(
            actor=self.cast["zuzhang"], at=at, trace_back_id=trace.pk, unit_id=unit.pk, act_on=clock.local_day(at),
            post_id=post.pk, handler_id=self.cast.users["zonghe"].pk, facts=words["facts"],
        )  # fmt: skip
        self.replay.after(2 * HOUR, lambda moment: self._examine(moment, case.pk, words, kind))
        self.replay.after(3 * HOUR, lambda moment: self._tell(moment, case.pk, words))
        if kind == "tolerated":
            self.replay.after(5 * HOUR, lambda moment: self._tolerate(moment, case.pk, words))
        self.replay.after(25 * HOUR, lambda moment: self._hear(moment, case.pk, words))
        self.replay.after(47 * HOUR, lambda moment: self._decide(moment, case.pk, words, kind))
        if kind == "overdue":
            self.replay.after(71 * HOUR, lambda moment: self._appeal(moment, case, words))
        else:
            self.replay.after(72 * HOUR, lambda moment: self._finish_tolerance(moment, case.pk, words))

    def _liaison(self, case: AccountabilityCase) -> Any:
        name = self.cast.liaisons.get(case.unit_id)
        return self.cast[name] if name else None

    def _body(self) -> UUID:
        return self.replay.place.units[self.words["body"]].pk

    def _examine(self, at: datetime, case_id: UUID, words: dict[str, Any], kind: str) -> None:
        actor = self.cast["zonghe"]
        basis = self.words["basis"]
        provision = Provision.objects.filter(
            version__instrument__code__endswith=basis["instrument"], version__valid_from__lte=clock.local_day(at),
            number=basis["provision"],
        ).order_by("-version__valid_from").first()  # fmt: skip
        if provision is None:
            raise LookupError("the pack's legal register lacks the demo's provision")
        accountability.change_case(
            actor=actor, at=at, case_id=case_id, facts=words["facts"], provision_id=provision.pk, basis_kind="law",
            responsibility="principal_leadership" if kind == "overdue" else "direct",
        )  # fmt: skip
        for line, is_responsible, result in words["lines"]:
            accountability.examine_line(
                actor=actor, at=at, case_id=case_id, line=line, is_responsible=is_responsible, result=result
            )
        answers = {
            code: (text.startswith("属于"), text)
            for code, text in zip(Distinction.values, words["distinctions"], strict=True)
        }
        accountability.answer_distinctions(actor=actor, at=at, case_id=case_id, answers=answers)
        accountability.consider_tolerance(
            actor=actor, at=at, case_id=case_id, is_opened=kind == "tolerated", reason=words["tolerance"]
        )

    def _tell(self, at: datetime, case_id: UUID, words: dict[str, Any]) -> None:
        accountability.tell_subject(
            actor=self.cast["zonghe"], at=at, case_id=case_id, told_on=clock.local_day(at), measures=words["measures"],
            reasons=words["reasons"], to_body_id=self._body(),
        )  # fmt: skip

    def _hear(self, at: datetime, case_id: UUID, words: dict[str, Any]) -> None:
        accountability.hear_defence(
            actor=self.cast["zonghe"], at=at, case_id=case_id, heard_on=clock.local_day(at),
            heard_by_posts=self.words["hearers"], statement=words["statement"], defence=words["defence"],
            response=words["response"], signature=words["signature"],
        )  # fmt: skip

    def _decide(self, at: datetime, case_id: UUID, words: dict[str, Any], kind: str) -> None:
        measures = [] if kind == "tolerated" else words["measures"]
        accountability.propose_measures(
            actor=self.cast["zonghe"],
            at=at,
            case_id=case_id,
            measures=measures,
            reasons=words["reasons"],
            to_body_id=self._body(),
        )
        accountability.record_decision(
            actor=self.cast["zuzhang"], at=at, case_id=case_id, body_id=self._body(), attendees=self.words["attendees"],
            decided_on=clock.local_day(at), votes_for=len(self.words["attendees"]), votes_against=0, measures=measures,
            reasons=words["reasons"], remedy=str(remedy_words(self.words["body"])),
        )  # fmt: skip
        accountability.deliver_decision(
            actor=self.cast["zonghe"], at=at + timedelta(minutes=90), case_id=case_id, delivered_on=clock.local_day(at),
            received_by_label="分管负责岗", delivery_method="当面送达",
        )  # fmt: skip

    def _appeal(self, at: datetime, case: AccountabilityCase, words: dict[str, Any]) -> None:
        actor = self._liaison(case) or self.cast["zonghe"]
        appeal = accountability.file_appeal(
            actor=actor, at=at, case_id=case.pk, reasons=words["appeal"], filed_by_label="分管负责岗"
        )
        accountability.assign_reviewer(
            actor=self.cast["zuzhang"],
            at=at + timedelta(hours=2),
            appeal_id=appeal.pk,
            reviewer_id=self.cast.users["hegao"].pk,
        )
        self.replay.after(
            26 * HOUR,
            lambda moment: accountability.decide_appeal(
                actor=self.cast["hegao"],
                at=moment,
                appeal_id=appeal.pk,
                outcome="uphold",
                reasons=words["answer"],
            ),
        )

    # tolerance ----------------------------------------------------------------------------------------------

    def _tolerate(self, at: datetime, case_id: UUID, words: dict[str, Any]) -> None:
        case = AccountabilityCase.objects.get(pk=case_id)
        actor = self._liaison(case)
        tolerance = accountability.apply_for_tolerance(
            actor=actor or self.cast["zonghe"], at=at, case_id=case_id, applicant_label="分管负责岗", grounds=words["grounds"],
            emergency_grounds=["urgent_work"], is_unintended=True, is_ex_officio=actor is None,
        )  # fmt: skip
        key = tolerance.pk
        self.replay.after(
            2 * HOUR,
            lambda moment: accountability.accept_tolerance(
                actor=self.cast["zonghe"], at=moment, tolerance_id=key, reason="材料齐全，予以受理。"
            ),
        )
        self.replay.after(
            20 * HOUR,
            lambda moment: accountability.verify_tolerance(
                actor=self.cast["zonghe"],
                at=moment,
                tolerance_id=key,
                factors=words["factors"],
                exclusions=dict.fromkeys(Exclusion.values, False),
                opinion=words["opinion"],
            ),
        )
        self.replay.after(24 * HOUR, lambda moment: self._determine(moment, key, words))

    def _determine(self, at: datetime, tolerance_id: UUID, words: dict[str, Any]) -> None:
        day = clock.local_day(at)
        accountability.determine_tolerance(
            actor=self.cast["zuzhang"], at=at, tolerance_id=tolerance_id, body_id=self._body(),
            attendees=self.words["attendees"], determined_on=day, votes_for=len(self.words["attendees"]), votes_against=0,
            result="exempt", reason=words["reason"], corrections=[(words["correction"], day + timedelta(days=2))],
        )  # fmt: skip
        accountability.tell_tolerance(
            actor=self.cast["zonghe"],
            at=at + timedelta(hours=1),
            tolerance_id=tolerance_id,
            told_on=day,
            told_to="分管负责岗",
        )

    def _finish_tolerance(self, at: datetime, case_id: UUID, words: dict[str, Any]) -> None:
        tolerance = ToleranceCase.objects.get(case_id=case_id)
        for item in tolerance.corrections.all():
            accountability.check_correction(
                actor=self.cast["zonghe"], at=at, item_id=item.pk, checked_on=clock.local_day(at), is_corrected=True,
                note=words["corrected"],
            )  # fmt: skip
        accountability.close_tolerance(actor=self.cast["zonghe"], at=at, tolerance_id=tolerance.pk)
