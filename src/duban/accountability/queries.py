"""Named reads of accountability: list, file, what waits for a person, hints, counts D5, D8, D9."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from duban.accountability import measures as forms
from duban.accountability.models import AccountabilityCase, Appeal, MeddlingRecord, ToleranceCase
from duban.accountability.policy import cases_visible_to, meddling_records_visible_to
from duban.accountability.states import (
    AFTER_DELIVERY,
    AppealState,
    CaseState,
    ExaminedLine,
    SubjectKind,
    ToleranceResult,
    ToleranceState,
)
from duban.campaigns.models import Campaign, Provision
from duban.inspection.models import Consequence, Finding, Severity
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.people.models import Post, User
from duban.rectification.models import TraceBack
from duban.rectification.policy import checkable_findings_visible_to, trace_backs_visible_to
from duban.rectification.states import TraceState
from duban.territory.models import Unit, UnitKind


def case_list(actor: Actor, campaign_id: UUID) -> QuerySet[AccountabilityCase]:
    """Return the cases of a campaign in the actor's reach, with what a list shows."""
    rows = cases_visible_to(actor).filter(campaign_id=campaign_id)
    return rows.select_related(
        "unit", "post", "handler", "decision", "appeal", "tolerance", "trace_back__finding"
    )


def case_file(actor: Actor) -> QuerySet[AccountabilityCase]:
    """Return visible cases with everything a case page shows."""
    related = (
        "campaign__body", "unit", "post", "handler", "opened_by", "provision__version__instrument",
        "trace_back__finding", "decision__body", "appeal__reviewer", "tolerance__body",
        "publication__checked_by",
    )  # fmt: skip
    return cases_visible_to(actor).select_related(*related).prefetch_related(
        "examinations", "defences__recorded_by", "proposals__to_body", "distinctions", "new_facts",
        "tolerance__corrections", "handlers",
    )  # fmt: skip


def meddling_list(actor: Actor, campaign_id: UUID) -> QuerySet[MeddlingRecord]:
    """Return the meddling records of a campaign the actor may read."""
    return meddling_records_visible_to(actor).filter(campaign_id=campaign_id)


def traces_to_answer(actor: Actor, campaign_id: UUID) -> QuerySet[TraceBack]:
    """Return opened trace-backs from which no case has been opened yet (S4-48); a person decides."""
    cases = AccountabilityCase.objects.filter(trace_back=OuterRef("pk"))
    rows = trace_backs_visible_to(actor).filter(campaign_id=campaign_id, state=TraceState.OPENED)
    return rows.filter(~Exists(cases)).select_related("finding__unit").order_by("raised_at")


def serious_without_trace_back(actor: Actor, campaign_id: UUID) -> QuerySet[Finding]:
    """Return serious findings nobody traced back or waived with reasons (S4-48, S2-47)."""
    traced = TraceBack.objects.filter(finding=OuterRef("pk"))
    rows = checkable_findings_visible_to(actor).filter(campaign_id=campaign_id, severity=Severity.SERIOUS)
    return rows.exclude(state__in=("withdrawn", "transferred")).filter(~Exists(traced)).select_related("unit")


def subjects_of(trace_back: TraceBack) -> tuple[QuerySet[Unit], QuerySet[Post]]:
    """Return the units on the chain of a trace-back and their posts: who may be the subject of a case."""
    ids = {trace_back.finding.unit_id, *trace_back.nodes.values_list("unit_id", flat=True)}
    units = Unit.objects.filter(pk__in=ids).order_by("path")
    return units, Post.objects.filter(unit_id__in=ids, is_active=True).select_related("unit")


def provisions_valid_on(day: date) -> QuerySet[Provision]:
    """Return the provisions whose version was in force on a day (known dates only)."""
    rows = Provision.objects.select_related("version__instrument").filter(version__valid_from__lte=day)
    return rows.exclude(version__valid_to__lt=day).order_by("version__instrument__title", "number")


def staff_of(campaign: Campaign, roles: frozenset[str]) -> QuerySet[User]:
    """Return active people with one of the roles in a campaign: whom one may name as handler or reviewer."""
    return (
        User.objects.filter(
            Q(grants__campaign_id=campaign.pk) | Q(grants__campaign_id=None),
            is_active=True,
            grants__role__in=[str(role) for role in roles],
            grants__revoked_at=None,
        )
        .distinct()
        .order_by("post_label")
    )


def hints(case: AccountabilityCase) -> list[str | Promise]:
    """Return what the program notices about a case; it proposes, a person judges (G-26)."""
    found: list[str | Promise] = []
    lines = {row.line: row.is_responsible for row in case.examinations.all()}
    if case.consequence == Consequence.SERIOUS and lines.get(ExaminedLine.LEADERSHIP) is False:
        found.append(_("后果严重，领导责任一栏为“无”，请复核理由。"))
    siblings = case.trace_back.accountability_cases.exclude(pk=case.pk).exclude(state=CaseState.WITHDRAWN)
    if case.subject_kind == SubjectKind.ORGANISATION and not siblings.filter(post__isnull=False).exists():
        found.append(_("对组织问责的，应一并核查领导班子中负有责任的岗位。"))
    answers = {row.distinction: row.is_fault_to_tolerate for row in case.distinctions.all()}
    tolerance = getattr(case, "tolerance", None)
    if any(answers.values()) and tolerance is None:
        found.append(_("“三个区分开来”有一项属于可容的失误，尚无容错申请。"))
    return found


@dataclass(frozen=True)
class Counts:
    """D5, D8, D9 of a campaign up to a day. Persons appear as posts; withdrawn decisions do not count."""

    cases: int
    decided: int
    organisations_by_measure: dict[str, int]
    posts_by_measure: dict[str, int]
    by_responsibility: dict[str, int]
    principal_posts: int
    tolerance_applied: int
    tolerance_granted: int
    tolerance_refused: int
    appeals_filed: int
    appeals_upheld: int
    appeals_changed: int


def measures_in_force(case: AccountabilityCase) -> list[str]:
    """Return the measures that hold: those of the decision, or what an appeal changed them to."""
    if case.state not in AFTER_DELIVERY:
        return []
    appeal = getattr(case, "appeal", None)
    if appeal is not None and appeal.state == AppealState.CHANGED:
        return list(appeal.measures or [])
    return list(case.decision.measures)


def counts(campaign: Campaign, *, until: date) -> Counts:
    """Return the figures D5, D8 and D9 from the rows, as of the end of `until`."""
    cases = AccountabilityCase.objects.filter(campaign=campaign, opened_at__date__lte=until)
    decided = list(
        cases.filter(state__in=AFTER_DELIVERY, decision__decided_on__lte=until)
        .select_related("decision", "appeal", "post")
    )  # fmt: skip
    organisations: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    for case in decided:
        (organisations if case.post_id is None else posts).update(measures_in_force(case))
    held = [case for case in decided if measures_in_force(case)]
    tolerances = ToleranceCase.objects.filter(campaign=campaign, applied_at__date__lte=until)
    appeals = Appeal.objects.filter(campaign=campaign, filed_on__lte=until)
    granted = tolerances.filter(result__in=(ToleranceResult.LIGHTER, ToleranceResult.EXEMPT))
    refused = tolerances.filter(state=ToleranceState.DECLINED) | tolerances.filter(
        result=ToleranceResult.NONE
    )
    changed = appeals.filter(state__in=(AppealState.CHANGED, AppealState.REVOKED))
    return Counts(
        cases=cases.count(), decided=len(decided), organisations_by_measure=dict(organisations),
        posts_by_measure=dict(posts), by_responsibility=dict(Counter(case.responsibility for case in held)),
        principal_posts=sum(1 for case in held if case.post and case.post.is_principal),
        tolerance_applied=tolerances.count(), tolerance_granted=granted.count(),
        tolerance_refused=refused.count(), appeals_filed=appeals.count(),
        appeals_upheld=appeals.filter(state=AppealState.UPHELD).count(),
        appeals_changed=changed.count(),
    )  # fmt: skip


def deciding_bodies(campaign: Campaign) -> QuerySet[Unit]:
    """Return the bodies a matter of the campaign may be put to: its own, commissions, committees, groups."""
    kinds = (
        UnitKind.COMMISSION, UnitKind.PARTY_COMMITTEE, UnitKind.LEADING_GROUP, UnitKind.DISPATCHED_BODY,
        UnitKind.TOWNSHIP_DISCIPLINE, UnitKind.UNIT_DISCIPLINE,
    )  # fmt: skip
    rows = Unit.objects.filter(within(campaign.area_path, field="path"), kind__in=kinds)
    return (rows | Unit.objects.filter(pk=campaign.body_id)).order_by("path")


def public_words(case: AccountabilityCase) -> str:
    """Return a draft of the text to be made public: subject, facts, measures, day; a person checks it."""
    return _text("%(subject)s问责情况：%(facts)s%(day)s，%(body)s决定：%(measures)s。") % {
        "subject": case.subject_label,
        "facts": case.facts,
        "day": case.decision.decided_on.isoformat(),
        "body": case.decision.body.name,
        "measures": forms.labels(measures_in_force(case)),
    }
