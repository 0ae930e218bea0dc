"""How things stood at a past moment, told from the times the rows carry: counted, closed, fed back, overdue.

A problem counts from its confirmation (S2-18) until it is withdrawn. “Known” is the moment of looking: an ordinary
edition looks at its own cut-off; a correction looks back at the same window knowing what was withdrawn since.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest

from duban.inspection.models import Finding, Visit
from duban.inspection.states import WAITING_ON_UNIT, FindingState, Lateness, VisitState
from duban.kernel.models import Event
from duban.rectification.models import (
    Dispute,
    LookBack,
    Outcome,
    PlanRequest,
    ReplyItem,
    Verification,
    VerificationOutcome,
    WorkOrder,
)
from duban.rectification.states import OrderState, PlanState
from duban.reporting.models import Bulletin
from duban.reporting.states import BulletinState


@dataclass(frozen=True, slots=True)
class Moment:
    """What had happened by `as_of`, as far as it was known at `known_at`."""

    as_of: datetime
    known_at: datetime

    @classmethod
    def of(cls, as_of: datetime, known_at: datetime | None = None) -> "Moment":
        return cls(as_of, known_at or as_of)


def counted(rows: QuerySet[Finding], moment: Moment, *, since: datetime | None = None) -> QuerySet[Finding]:
    """Return the findings that count: confirmed by then (after `since`), not known to be withdrawn."""
    rows = rows.filter(confirmed_at__lte=moment.as_of)
    if since is not None:
        rows = rows.filter(confirmed_at__gt=since)
    return rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=moment.known_at))


def with_history(rows: QuerySet[Finding], moment: Moment) -> QuerySet[Finding]:
    """Return findings with `is_closed`, `is_fed_back` and `is_late` as they stood; at most one of them is true."""
    as_of = moment.as_of
    verified = Verification.objects.filter(finding=OuterRef("pk"), verified_at__lte=as_of)
    replied = ReplyItem.objects.filter(
        item__finding=OuterRef("pk"), reply__replied_at__lte=as_of, reply__outcome=Outcome.DONE
    )
    bounced = LookBack.objects.filter(finding=OuterRef("pk"), done_at__lte=as_of, held=False)
    passed = verified.filter(outcome=VerificationOutcome.PASSED)
    returned = verified.exclude(outcome=VerificationOutcome.PASSED)
    rows = rows.annotate(
        closed_a=_latest(passed, "verified_at"),
        closed_b=_if_past("written_off_at", as_of),
        opened_a=_latest(bounced, "done_at"),
        opened_b=_if_past("reopened_at", as_of),
        fed_back_at=_latest(replied, "reply__replied_at"),
        sent_back_at=_latest(returned, "verified_at"),
    ).annotate(
        closed_last=Coalesce(Greatest("closed_a", "closed_b"), "closed_a", "closed_b"),
        opened_last=Coalesce(Greatest("opened_a", "opened_b"), "opened_a", "opened_b"),
    )
    closed = Q(closed_last__isnull=False) & (Q(opened_last=None) | Q(closed_last__gt=F("opened_last")))
    waiting = (
        Q(fed_back_at__isnull=False)
        & (Q(sent_back_at=None) | Q(fed_back_at__gt=F("sent_back_at")))
        & (Q(opened_last=None) | Q(fed_back_at__gt=F("opened_last")))
    )
    extended = PlanRequest.objects.filter(
        items__finding=OuterRef("pk"), state=PlanState.APPROVED, decided_at__lte=as_of,
        decided_at__gte=OuterRef("overdue_at"), granted_due_at__gt=as_of,
    )  # fmt: skip
    disputed = Dispute.objects.filter(item__finding=OuterRef("pk"), filed_at__lte=as_of).filter(
        Q(decided_at=None) | Q(decided_at__gt=as_of)
    )
    return rows.annotate(
        is_closed=_flag(closed),
        is_fed_back=_flag(waiting & ~closed),
        is_late=_flag(Q(overdue_at__lte=as_of) & ~closed & ~waiting & ~Exists(extended) & ~Exists(disputed)),
    )


def _latest(rows: QuerySet, field: str) -> Subquery:
    return Subquery(rows.order_by(f"-{field}").values(field)[:1])


def _if_past(field: str, as_of: datetime) -> Case:
    return Case(When(**{f"{field}__lte": as_of}, then=F(field)))


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=True), default=False)


def undone_by(verb: str, moment: Moment) -> Exists:
    """Return the condition that the journal knew of `verb` about the row by then."""
    return Exists(Event.objects.filter(verb=verb, subject_id=OuterRef("pk"), at__lte=moment.known_at))


def submitted_visits(
    rows: QuerySet[Visit], moment: Moment, *, since: datetime | None = None
) -> QuerySet[Visit]:
    """Return the visits whose record was handed in by then (after `since`) and not known to be withdrawn."""
    rows = rows.filter(submitted_at__lte=moment.as_of)
    if since is not None:
        rows = rows.filter(submitted_at__gt=since)
    return rows.exclude(Q(state=VisitState.WITHDRAWN) & undone_by("visit.withdrawn", moment))


def issued_orders(
    rows: QuerySet[WorkOrder], moment: Moment, *, since: datetime | None = None
) -> QuerySet[WorkOrder]:
    """Return the orders issued by then (after `since`) and not known to be voided."""
    rows = rows.filter(issued_at__lte=moment.as_of)
    if since is not None:
        rows = rows.filter(issued_at__gt=since)
    return rows.exclude(Q(state=OrderState.VOIDED) & undone_by("order.voided", moment))


def issued_bulletins(
    rows: QuerySet[Bulletin], moment: Moment, *, since: datetime | None = None
) -> QuerySet[Bulletin]:
    """Return the bulletins issued by then (after `since`) and not known to be withdrawn."""
    rows = rows.filter(issued_at__lte=moment.as_of)
    if since is not None:
        rows = rows.filter(issued_at__gt=since)
    return rows.exclude(Q(state=BulletinState.WITHDRAWN) & undone_by("bulletin.withdrawn", moment))


def with_present(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """Return findings with the same three flags as they stand now: cheap, from the state itself."""
    return rows.annotate(
        is_closed=_flag(Q(state=FindingState.WRITTEN_OFF)),
        is_fed_back=_flag(Q(state=FindingState.FED_BACK)),
        is_late=_flag(Q(state__in=WAITING_ON_UNIT) & ~Q(lateness=Lateness.NONE)),
    )
