"""What a figure is asked about: campaign, area, period, moment, dimensions; and the rows the asker may count.

A Question holds no figures. `visits`, `findings`, `orders` … return the rows in its scope before any counting rule.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.inspection import policy as inspection_policy
from duban.inspection.models import Finding, Line, Severity, SupportRequest, Visit
from duban.kernel import clock
from duban.kernel.actor import SYSTEM, Actor
from duban.kernel.errors import Text
from duban.kernel.fields import within
from duban.rectification import policy as rectification_policy
from duban.rectification.models import CommonProblem, Referral, SelfCheck, Urge, Verification, WorkOrder
from duban.reporting.models import Bulletin
from duban.reporting.moments import Moment
from duban.sites.models import Site
from duban.teams.models import Dispatch, DispatchSite, Round, Team, TeamKind


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the register. `since` is open at its lower end: (since, as_of]; None = from the start."""

    campaign: Campaign
    as_of: datetime
    since: datetime | None = None
    known_at: datetime | None = None
    actor: Actor = SYSTEM
    path: str = ""  # area of the site
    unit_path: str = ""  # responsible unit
    category_id: UUID | None = None
    severity: str = ""
    line: str = ""
    team_id: UUID | None = None
    site_type_id: UUID | None = None
    round_id: UUID | None = None
    sees_out: str = "all"  # dispatches still out: all, open (not covert), back (opened or returned ones only)
    is_live: bool = False  # the moment is now: read states instead of reconstructing them

    @property
    def moment(self) -> Moment:
        return Moment.of(self.as_of, self.known_at)

    def narrowed(self, **changes: Any) -> "Question":
        """Return the same question with other scope, period or dimension."""
        return replace(self, **changes)

    @property
    def first_day(self) -> date:
        return clock.local_day(self.since) if self.since else self.campaign.starts_on

    @property
    def last_day(self) -> date:
        return clock.local_day(self.as_of)


def _dimensions(question: Question, *, team: str = "", site_type: str = "", round_: str = "") -> Q:
    condition = Q()
    if team and question.team_id:
        condition &= Q(**{team: question.team_id})
    if site_type and question.site_type_id:
        condition &= Q(**{site_type: question.site_type_id})
    if round_ and question.round_id:
        condition &= Q(**{round_: question.round_id})
    return condition


def findings(question: Question) -> QuerySet[Finding]:
    """Return the findings in scope."""
    rows = Finding.objects.all()
    if not question.actor.is_system:
        rows = inspection_policy.findings_visible_to(question.actor)
    rows = rows.filter(campaign=question.campaign).filter(finding_condition(question))
    return rows.order_by("found_at", "id")


def finding_condition(question: Question, prefix: str = "") -> Q:
    """Return the condition for findings of the question's area and dimensions, reached through `prefix`."""
    condition = Q()
    if question.path:
        condition &= within(question.path, field=f"{prefix}area_path")
    if question.unit_path:
        condition &= within(question.unit_path, field=f"{prefix}unit_path")
    for name in ("category_id", "severity", "line"):
        if value := getattr(question, name):
            condition &= Q(**{f"{prefix}{name}": value})
    return condition & _dimensions(
        question, team=f"{prefix}team_id", site_type=f"{prefix}site__site_type_id", round_=f"{prefix}round_id"
    )


def visits(question: Question) -> QuerySet[Visit]:
    """Return the visits in scope."""
    rows = Visit.objects.all()
    if not question.actor.is_system:
        rows = inspection_policy.visits_visible_to(question.actor)
    rows = rows.filter(campaign=question.campaign)
    if question.path:
        rows = rows.filter(within(question.path))
    chosen = _dimensions(question, team="team_id", site_type="site__site_type_id", round_="round_id")
    return rows.filter(chosen).order_by("arrived_at", "id")


def orders(question: Question) -> QuerySet[WorkOrder]:
    """Return the orders in scope: by the place of their findings or by the unit."""
    rows = WorkOrder.objects.all()
    if not question.actor.is_system:
        rows = rectification_policy.orders_visible_to(question.actor)
    rows = rows.filter(campaign=question.campaign)
    narrowing = finding_condition(question, "items__finding__")
    if narrowing:
        rows = rows.filter(narrowing).distinct()
    return rows.order_by("issued_at", "id")


def dispatches(question: Question) -> QuerySet[Dispatch]:
    """Return the dispatches in scope. Numbers only: covert ones count, their rows open to few (teams.policy).

    For a reader who must not know (`sees_out`), a dispatch counts once it is back or its places are opened: a figure that
    moved earlier would tell that somebody is on the way.
    """
    rows = Dispatch.objects.filter(campaign=question.campaign)
    back, covert = Q(returned_at__isnull=False), Q(team__kind=TeamKind.COVERT)
    if question.sees_out != "all":
        rows = rows.filter(back | ~covert)
    if question.sees_out == "back":
        shut = DispatchSite.objects.filter(is_sealed=True, revealed_at=None).order_by().values("dispatch_id")
        rows = rows.filter(back | ~Q(pk__in=shut))
    if question.path:
        rows = rows.filter(within(question.path, field="dispatch_sites__area_path")).distinct()
    return rows.filter(_dimensions(question, team="team_id", round_="round_id")).order_by("day", "id")


def rounds(question: Question) -> QuerySet[Round]:
    """Return the rounds in scope."""
    return Round.objects.filter(campaign=question.campaign).order_by("number")


def teams(question: Question) -> QuerySet[Team]:
    """Return the teams in scope."""
    return Team.objects.filter(campaign=question.campaign, is_active=True).order_by("kind", "number")


def sites(question: Question) -> QuerySet[Site]:
    """Return the active sites of the campaign's area in scope."""
    rows = Site.objects.filter(within(question.campaign.area_path), is_active=True)
    if question.path:
        rows = rows.filter(within(question.path))
    if question.site_type_id:
        rows = rows.filter(site_type_id=question.site_type_id)
    return rows.order_by("area_path", "code")


def bulletins(question: Question) -> QuerySet[Bulletin]:
    """Return the bulletins in scope."""
    return Bulletin.objects.filter(campaign=question.campaign).order_by("issued_at", "id")


def urges(question: Question) -> QuerySet[Urge]:
    """Return the urges in scope."""
    rows = Urge.objects.filter(order__campaign=question.campaign)
    if narrowing := finding_condition(question, "findings__"):
        rows = rows.filter(narrowing).distinct()
    return rows.order_by("raised_at", "id")


def verifications(question: Question) -> QuerySet[Verification]:
    """Return the verifications in scope."""
    rows = Verification.objects.filter(finding__campaign=question.campaign)
    return rows.filter(finding_condition(question, "finding__")).order_by("verified_at", "id")


def referrals(question: Question) -> QuerySet[Referral]:
    """Return the referrals in scope."""
    rows = Referral.objects.filter(campaign=question.campaign)
    return rows.filter(finding_condition(question, "finding__")).order_by("sent_at", "id")


def supports(question: Question) -> QuerySet[SupportRequest]:
    """Return the support requests in scope."""
    rows = SupportRequest.objects.filter(campaign=question.campaign)
    if question.path:
        rows = rows.filter(within(question.path))
    return rows.order_by("raised_at", "id")


def common_problems(question: Question) -> QuerySet[CommonProblem]:
    """Return the common problems of the campaign."""
    return CommonProblem.objects.filter(campaign=question.campaign).order_by("noticed_at", "id")


def self_checks(question: Question) -> QuerySet[SelfCheck]:
    """Return the self-checks of the campaign in scope."""
    rows = SelfCheck.objects.filter(common_problem__campaign=question.campaign)
    if question.unit_path:
        rows = rows.filter(within(question.unit_path, field="unit__path"))
    return rows.order_by("replied_at", "id")


# Dimensions by which rows of a kind can be told apart: (group by, label to show).
DIMENSIONS: dict[str, dict[str, tuple[str, str]]] = {
    "finding": {
        "unit": ("unit_id", "unit__name"),
        "category": ("category_id", "category__title"),
        "severity": ("severity", "severity"),
        "line": ("line", "line"),
        "team": ("team_id", "team__name"),
        "site_type": ("site__site_type_id", "site__site_type__title"),
    },
    "visit": {
        "team": ("team_id", "team__name"),
        "site_type": ("site__site_type_id", "site__site_type__title"),
    },
}
DIMENSION_TITLES: dict[str, Text] = {
    "unit": _("责任单位"),
    "category": _("类别"),
    "severity": _("程度"),
    "line": _("责任线"),
    "team": _("督导组"),
    "site_type": _("点位类型"),
}
DIMENSION_LABELS: dict[str, dict[str, Text]] = {
    "severity": dict(Severity.choices),
    "line": dict(Line.choices),
}
