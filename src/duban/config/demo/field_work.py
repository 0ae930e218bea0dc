"""Field work of the demo: the draw, dispatches, visits with answers, findings with photos, daily sheets."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from duban.checklists.models import CheckItem
from duban.config.demo.loop import Loop
from duban.config.demo.photos import photo
from duban.config.demo.replay import Replay
from duban.inspection import operations as inspection
from duban.inspection.models import Finding, Mode
from duban.inspection.no_notice import POINTS
from duban.kernel import clock
from duban.planning import operations as planning
from duban.teams import operations as teams
from duban.teams.models import Dispatch, DispatchSite, Round, Team, TeamKind

FOR_VISITORS = (
    2  # problems that a printed account's team finds at its first places on each of the last two days
)


class FieldWork:
    """Plays the teams of one campaign."""

    def __init__(self, replay: Replay, loop: Loop) -> None:
        self.replay = replay
        self.loop = loop
        self.cast = replay.cast
        self.script = replay.script
        self.templates = dict(self._templates())
        self.items: dict[UUID, list[CheckItem]] = {}
        self.revealed: set[UUID] = set()  # opened before the visit of the draw

    def _templates(self) -> Any:
        from duban.campaigns.models import FindingTemplate

        for template in FindingTemplate.objects.filter(pack=self.replay.campaign.pack, is_active=True):
            yield template.code, template

    # the day ------------------------------------------------------------------------------------------------

    def open_day(self, opened: Round, day: date, wanted: int) -> None:
        """This function will schedule a whole day of the teams: draw, departures, `wanted` findings, sheets."""
        replay = self.replay
        head = self.cast["zuzhang"]
        for is_covert in (False, True):
            rows = [team for team in self.cast.teams if (team.kind == TeamKind.COVERT) == is_covert]
            quotas = {team.pk: self._quota(team) for team in rows}
            planning.commit_and_draw(
                actor=head, at=replay.now, round_id=opened.pk, day=day, team_ids=[team.pk for team in rows],
                is_covert=is_covert, quotas=quotas,
                early_reason="",
            )  # fmt: skip
        rows = Dispatch.objects.filter(round=opened, day=day).select_related("team")
        dispatches = list(rows.prefetch_related("team__partners"))
        visits = DispatchSite.objects.filter(dispatch__in=dispatches).count()
        shares = self._shares(dispatches, wanted, visits)
        for dispatch in dispatches:
            start = replay.at(day, "08:30") + timedelta(minutes=replay.between(0, 12))
            replay.schedule(start, lambda at, one=dispatch: self._depart(at, one, shares[one.pk]))

    def _quota(self, team: Team) -> int:
        return 2 if team.kind == TeamKind.COVERT else self.replay.chance.choice((3, 4, 4, 5))

    def _shares(self, dispatches: list[Dispatch], wanted: int, visits: int) -> dict[UUID, int]:
        """Spread the day's findings over the dispatches by chance; on the last two days a visitor's team finds some."""
        shares = {one.pk: 0 for one in dispatches}
        keys = list(shares)
        wanted = min(wanted, visits)
        if self.replay.days_left(self.replay.now) <= 1:
            for one in filter(self._is_of_visitors, dispatches):
                shares[one.pk] = min(FOR_VISITORS, wanted)
                wanted -= shares[one.pk]
        for _ in range(wanted):
            shares[self.replay.chance.choice(keys)] += 1
        return shares

    def _depart(self, at: datetime, dispatch: Dispatch, findings: int) -> None:
        crew = self.cast.crews[dispatch.team_id]
        head = self.cast[crew[0]]
        teams.depart(actor=head, at=at, dispatch_id=dispatch.pk)
        slots = list(
            DispatchSite.objects.filter(dispatch=dispatch)
            .select_related("site__site_type")
            .order_by("ordinal")
        )
        moment = at + timedelta(minutes=self.replay.between(8, 25))
        is_early = self.replay.days_left(at) <= 1 and self._is_of_visitors(dispatch)
        chosen = self._with_findings(slots[:FOR_VISITORS] if is_early else slots, findings)
        room = (self.replay.at(dispatch.day, "15:05") - moment) / max(len(slots), 1)
        for slot in slots:
            self.replay.schedule(
                max(moment, slot.opens_at or moment),
                lambda at, one=slot: self._visit(at, dispatch, one, chosen.get(one.pk, 0)),
            )
            moment += room * self.replay.between(0.8, 1.1)
        handed_in = self.replay.at(dispatch.day, "14:22") + timedelta(minutes=self.replay.between(0, 55))
        if dispatch.day == clock.local_day(self.replay.until) and self._is_of_visitors(dispatch):
            handed_in = self.replay.until + timedelta(minutes=1)  # this one is left to do
        self.replay.schedule(handed_in, lambda at: self._sheet(at, dispatch))

    def _is_of_visitors(self, dispatch: Dispatch) -> bool:
        return self.cast.is_printed(*self.cast.crews[dispatch.team_id])

    def _with_findings(self, slots: list[DispatchSite], findings: int) -> dict[UUID, int]:
        chosen: dict[UUID, int] = {}
        for _ in range(findings if slots else 0):
            slot = self.replay.chance.choice(slots)
            chosen[slot.pk] = chosen.get(slot.pk, 0) + 1
        return chosen

    # one visit ----------------------------------------------------------------------------------------------

    def _visit(self, at: datetime, dispatch: Dispatch, slot: DispatchSite, findings: int) -> None:
        crew = self.cast.crews[dispatch.team_id]
        member = self.cast[crew[-1] if self.replay.chance.random() < 0.7 else crew[1]]
        if slot.is_sealed and slot.pk not in self.revealed:
            teams.reveal_site(actor=self.cast[crew[0]], at=at, dispatch_site_id=slot.pk)
        covert = dispatch.team.kind == TeamKind.COVERT
        mode = (
            Mode.COVERT
            if covert
            else self.replay.chance.choice((Mode.OPEN, Mode.UNANNOUNCED, Mode.UNANNOUNCED))
        )
        arrived = at + timedelta(minutes=self.replay.between(1, 6))
        visit = inspection.open_visit(
            actor=member, at=arrived, team_id=dispatch.team_id, mode=mode, arrived_at=arrived, dispatch_site_id=slot.pk,
            methods=["on_site_visit", "documents"] if not covert else ["site_view"],
            inspector_ids=[self.cast.users[name].pk for name in crew],
            partner_ids=[unit.pk for unit in dispatch.team.partners.all()],
        )  # fmt: skip
        picks = [self._pick(slot) for _ in range(findings)]
        stay = self.replay.between(18, 34)
        closing = arrived + timedelta(minutes=stay)
        for number, template in enumerate(picks, start=1):
            moment = arrived + timedelta(minutes=stay * number / (len(picks) + 1.5))
            self.replay.schedule(moment, lambda at, one=template: self._finding(at, visit, slot, member, one))
        self.replay.schedule(closing, lambda at: self._close(at, visit, member, picks, mode))

    def _close(self, at: datetime, visit: Any, member: Any, picks: list[str], mode: str) -> None:
        if visit.checklist_version_id:
            answers = self._answers(visit.checklist_version_id, picks)
            inspection.record_answers(actor=member, at=at, visit_id=visit.pk, answers=answers)
        inspection.submit_visit(
            actor=member, at=at, visit_id=visit.pk, left_at=at, self_statement=self.script["self_statement"],
            signature="covert" if mode == Mode.COVERT else "signed",
            no_notice=dict.fromkeys(POINTS, True) if mode == Mode.UNANNOUNCED else None,
            accompanied_count=0 if mode != Mode.OPEN else 1, accompanied_post="" if mode != Mode.OPEN else "值班负责岗",
        )  # fmt: skip

    def _answers(self, version_id: UUID, picks: list[str]) -> dict[str, str]:
        if version_id not in self.items:
            self.items[version_id] = list(CheckItem.objects.filter(version_id=version_id).order_by("ordinal"))
        wrong = set(picks)
        answers: dict[str, str] = {}
        for item in self.items[version_id]:
            if item.finding_template in wrong:
                wrong.discard(item.finding_template)
                answers[item.name] = "no"
                answers[f"{item.name}_fact"] = "详见问题登记，岗位职责未按方案落实。"
            else:
                answers[item.name] = "yes" if item.is_must_ask or self.replay.chance.random() < 0.94 else "na"
        return answers

    def _pick(self, slot: DispatchSite) -> str:
        kind = slot.site.site_type.code
        fitting = [
            code
            for code, one in self.templates.items()
            if kind in one.site_types and code in self.script["facts"]
        ]
        return self.replay.chance.choice(fitting or ["plan_missing"])

    # one finding --------------------------------------------------------------------------------------------

    def _finding(self, at: datetime, visit: Any, slot: DispatchSite, member: Any, code: str) -> None:
        template = self.templates[code]
        on_spot = template.on_spot_possible and self.replay.chance.random() < 0.42
        if self.replay.days_left(at) <= 1 and self._is_of_visitors(slot.dispatch):
            on_spot = False  # becomes an order for the visitor's unit
        finding = inspection.register_finding(
            actor=member, at=at, visit_id=visit.pk, template=code, fact=self._fact(code, at), found_at=at, told_at=at,
            line=template.line, is_on_spot=on_spot,
            on_spot_note=self.replay.chance.choice(self.script["measures_done"]).format(**self._times(at)) if on_spot else "",
            corrected_at=at if on_spot else None, reported_figures=self._figures(code, at),
        )  # fmt: skip
        self._photo(finding, member, at, "before")
        if on_spot:
            self._photo(finding, member, at, "after")
        self.loop.take(finding)

    def _figures(self, code: str, at: datetime) -> dict[str, str] | None:
        """Both figures and their sources, where the problem is one of reporting (S0-61)."""
        figures = self.script["reported_figures"].get(code)
        return {**figures, "as_of": f"{clock.local(at):%Y-%m-%d %H:%M}"} if figures else None

    def _photo(self, finding: Finding, member: Any, at: datetime, phase: str) -> None:
        if self.replay.chance.random() < 0.5:
            return
        inspection.attach_evidence(
            actor=member, at=at, content=photo(str(finding.number), is_after=phase == "after"), file_name="photo.jpg",
            finding_id=finding.pk, phase=phase, caption=slot_caption(finding, phase), taken_at=at, cover_count=0,
        )  # fmt: skip

    def _fact(self, code: str, at: datetime) -> str:
        texts = self.script["facts"].get(code) or [self.script["default_fact"]]
        return self.replay.chance.choice(texts).format(**self._times(at))

    def _times(self, at: datetime) -> dict[str, Any]:
        local = clock.local(at)
        earlier = local - timedelta(minutes=self.replay.between(5, 25))
        return {
            "h": earlier.hour, "m": f"{earlier.minute:02d}", "h2": local.hour, "m2": f"{local.minute:02d}",
            "d": local.day, "n": self.replay.chance.randrange(2, 7),
        }  # fmt: skip

    # the sheet ----------------------------------------------------------------------------------------------

    def _sheet(self, at: datetime, dispatch: Dispatch) -> None:
        crew = self.cast.crews[dispatch.team_id]
        words = self.script["sheet"]
        inspection.submit_daily_sheet(
            actor=self.cast[crew[0]], at=at, team_id=dispatch.team_id, day=dispatch.day,
            typical_problems=words["typical"], difficulties=words["difficulties"] if self.replay.chance.random() < 0.3 else "",
            suggestions=words["suggestions"] if self.replay.chance.random() < 0.2 else "", tomorrow=words["tomorrow"],
        )  # fmt: skip
        self.replay.schedule(
            self.replay.at(dispatch.day, "16:40"),
            lambda moment: teams.return_dispatch(
                actor=self.cast[crew[0]], at=moment, dispatch_id=dispatch.pk
            ),
        )


def slot_caption(finding: Finding, phase: str) -> str:
    """This function will return the caption of a photo: where, before or after."""
    return f"{finding.site.name}{'整改后' if phase == 'after' else '整改前'}"
