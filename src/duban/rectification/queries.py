"""Named reads of orders and what follows from them, prefetched for the pages and the figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from duban.campaigns.models import Campaign, InstalledPack
from duban.documents.models import OfficialDocument
from duban.inspection.models import Evidence, Finding, Phase
from duban.inspection.queries import whole_campaign
from duban.inspection.states import OPEN_STATES, WAITING_ON_UNIT, FindingState, Lateness
from duban.kernel import tally
from duban.kernel.actor import CASE_ROLES, Actor, Kind, Role
from duban.kernel.bounded import BOUND, COUNTED, GLANCE, AtLeast, bounded_count, count_of
from duban.kernel.models import Event
from duban.kernel.scope import anywhere, in_list_order, outermost
from duban.people.models import Grant, User
from duban.rectification import policy
from duban.rectification.models import (
    CommonProblem,
    Dispute,
    LookBack,
    OrderItem,
    PlanRequest,
    Reply,
    ReplyItem,
    SelfCheck,
    TraceBack,
    Urge,
    Verification,
    WorkOrder,
)
from duban.rectification.states import WITH_THE_UNIT, DisputeState, OrderState, PlanState, TraceState
from duban.teams.models import TeamKind

NEWEST = 300
FEW = 1000  # counted row by row: more than these show as “1000+”
MOST_URGES = 20  # proposed urges shown above the list, oldest first

# The few orders with the unit have an index of their own, by limit. SQLite uses it only for its condition written out.
_LISTED = ", ".join(f"'{state.value}'" for state in WITH_THE_UNIT)
_IS_WITH_THE_UNIT = RawSQL(  # noqa: S611 - constants of ours
    f"rectification_workorder.state IN ({_LISTED})", (), output_field=BooleanField()
)
# view of the list → condition
ORDER_VIEWS = {
    "all": Q(),
    "draft": Q(state=OrderState.DRAFT),
    "issued": Q(state=OrderState.ISSUED),
    "received": Q(state=OrderState.RECEIVED),
    "replied": Q(state=OrderState.REPLIED),
    "overdue": Q(_IS_WITH_THE_UNIT, is_late=True),
    "asking": Q(asks=True),
    "closed": Q(state=OrderState.CLOSED),
    "voided": Q(state=OrderState.VOIDED),
}


def orders_listed(actor: Actor, campaign_id: UUID) -> QuerySet[WorkOrder]:
    """Return the orders of a campaign with item counts, the next limit, lateness and open requests marked."""
    waiting = (
        OrderItem.objects.filter(order=OuterRef("pk"), is_open=True, finding__state__in=WAITING_ON_UNIT)
        .order_by("finding__due_at")
        .values("finding__due_at")
    )
    asks_plan = Exists(WorkOrder.objects.filter(pk=OuterRef("pk"), plans__state=PlanState.REQUESTED))
    asks_dispute = Exists(OrderItem.objects.filter(order=OuterRef("pk"), disputes__state=DisputeState.OPEN))
    return (
        policy.orders_visible_to(actor)
        .filter(campaign_id=campaign_id)
        .select_related("unit", "proposed_by_team", "signed_by", "drafted_by")
        .annotate(
            item_count=count_of(OrderItem, "order"),
            done_count=count_of(OrderItem, "order", finding__state=FindingState.WRITTEN_OFF),
            next_due_at=Subquery(waiting[:1]),
            is_late=_is_late(),
            asks=asks_plan | asks_dispute,
        )
    )


def _by_state(rows: QuerySet[WorkOrder]) -> Counter[str]:
    return Counter(dict(rows.order_by().values_list("state").annotate(found=Count("pk"))))


def order_states(actor: Actor, campaign_id: UUID, *, exact_below: int = COUNTED) -> Counter[str]:
    """Return the visible orders by state: counted in a small scope, taken from the tally in a large one.

    A large scope is the actor's areas and what its teams proposed for units elsewhere, which is few.
    """
    rows = policy.orders_visible_to(actor).filter(campaign_id=campaign_id)
    if actor.kind not in (Kind.USER, Kind.SYSTEM) or actor.has_role(
        {Role.UNIT_LIAISON}, campaign_id=campaign_id
    ):
        return _by_state(rows)
    areas = [("", None)] if actor.is_system else actor.areas(CASE_ROLES, campaign_id=campaign_id)
    paths = outermost(path for path, _any in areas)
    states: Counter[str] = Counter()
    for path in paths:
        states.update(tally.counts(WorkOrder.tally_topic, campaign_id=campaign_id, path=path))
    if states.total() <= exact_below:
        return _by_state(rows)
    if actor.team_ids and not whole_campaign(paths, campaign_id):
        states.update(_by_state(rows.filter(proposed_by_team_id__in=actor.team_ids).exclude(anywhere(paths))))
    return states


def _has_late_item() -> Exists:
    items = OrderItem.objects.filter(order=OuterRef("pk"), is_open=True, finding__state__in=WAITING_ON_UNIT)
    return Exists(items.exclude(finding__lateness=Lateness.NONE))


def _is_late() -> Coalesce:
    """Return the mark “an open item is late” of a list, asked order by order.

    As a bare EXISTS, PostgreSQL would join all late items first, however few orders a page shows.
    """
    return Coalesce(_has_late_item(), Value(False))


def _glance_of_late(rows: QuerySet[WorkOrder]) -> int:
    """Return up to GLANCE late orders of a large scope, read along their limits: the late ones stand first there."""
    marked = in_list_order(rows).annotate(_late=_is_late()).filter(_late=True).order_by("due_at", "-id")
    found = len(marked.values_list("pk", flat=True)[: GLANCE + 1])
    return found if found <= GLANCE else AtLeast(GLANCE)


def order_counts(actor: Actor, campaign_id: UUID) -> dict[str, int]:
    """Return the number of orders of each view (`ORDER_VIEWS`)."""
    rows = policy.orders_visible_to(actor).filter(campaign_id=campaign_id)
    late = rows.filter(_IS_WITH_THE_UNIT)
    by_state = order_states(actor, campaign_id)
    is_large = by_state.total() > BOUND
    counts = {view: by_state.get(view, 0) for view in OrderState.values}
    # From the few late items and open requests to their orders, not from every order to its items.
    plans = PlanRequest.objects.filter(state=PlanState.REQUESTED).order_by().values("order_id")
    disputes = Dispute.objects.filter(state=DisputeState.OPEN).order_by().values("item__order_id")
    return counts | {
        "all": sum(by_state.values()),
        "overdue": _glance_of_late(late) if is_large else bounded_count(late.filter(_has_late_item()), FEW),
        "asking": bounded_count(rows.filter(pk__in=plans.union(disputes))),
    }


def units_with_orders(actor: Actor, campaign_id: UUID, *, is_large: bool = False) -> list[tuple[UUID, str]]:
    """Return the units (id, name) of the newest orders in tree order: what a filter offers to choose from."""
    rows = policy.orders_visible_to(actor).filter(campaign_id=campaign_id).order_by("-issued_at", "-id")
    rows = in_list_order(rows) if is_large else rows
    newest = rows.values_list("area_path", "unit_id", "unit__name")[:NEWEST]
    return list(dict.fromkeys((key, name) for _path, key, name in sorted(newest, key=lambda row: row[0])))


def order_in_full(actor: Actor, campaign_id: UUID | None = None) -> QuerySet[WorkOrder]:
    """Return orders with everything the detail page shows."""
    items = OrderItem.objects.select_related(
        "finding__site", "finding__team", "finding__category", "finding__found_by", "finding__post"
    ).prefetch_related(
        Prefetch("finding__evidence", queryset=Evidence.objects.select_related("file")),
        Prefetch(
            "finding__verifications",
            queryset=Verification.objects.select_related("verifier", "new_finding").order_by("-verified_at"),
        ),
        Prefetch("replies", queryset=ReplyItem.objects.select_related("reply").order_by("-reply__sequence")),
        "disputes",
    )
    rows = policy.orders_visible_to(actor)
    if campaign_id is not None:
        rows = rows.filter(campaign_id=campaign_id)
    return rows.select_related(
        "unit", "campaign__body", "proposed_by_team", "signed_by", "drafted_by", "document", "number"
    ).prefetch_related(
        Prefetch("items", queryset=items.order_by("ordinal")),
        Prefetch("replies", queryset=Reply.objects.order_by("-sequence")),
        "plans__items",
        Prefetch("urges", queryset=Urge.objects.order_by("raised_at")),
    )


def photos_of(finding: Finding) -> tuple[Evidence | None, Evidence | None]:
    """Return the first photo before and the last photo after (from the prefetched evidence)."""
    rows = list(finding.evidence.all())
    before = next((one for one in rows if one.phase == Phase.BEFORE), None)
    after = next((one for one in reversed(rows) if one.phase == Phase.AFTER), None)
    return before, after


def neighbours(order: WorkOrder, actor: Actor) -> tuple[WorkOrder | None, WorkOrder | None]:
    """Return the order issued before and the one after, in the actor's scope."""
    if order.issued_at is None:
        return None, None
    rows = policy.orders_visible_to(actor).filter(campaign_id=order.campaign_id, issued_at__isnull=False)
    earlier = rows.filter(Q(issued_at__lt=order.issued_at) | Q(issued_at=order.issued_at, pk__lt=order.pk))
    later = rows.filter(Q(issued_at__gt=order.issued_at) | Q(issued_at=order.issued_at, pk__gt=order.pk))
    return earlier.order_by("-issued_at", "-pk").first(), later.order_by("issued_at", "pk").first()


def events_of_order(order: WorkOrder) -> QuerySet[Event]:
    """Return the journal of an order and of its findings, newest first."""
    findings = list(order.items.values_list("finding_id", flat=True))
    return Event.objects.filter(
        Q(subject_type=order._meta.label_lower, subject_id=order.pk)
        | Q(subject_type=Finding._meta.label_lower, subject_id__in=findings)
    ).order_by("-at", "-id")


def documents_of(order: WorkOrder) -> QuerySet[OfficialDocument]:
    """Return the official documents about an order, newest first."""
    return OfficialDocument.objects.filter(
        subject_type=order._meta.label_lower, subject_id=order.pk
    ).order_by("-issued_at", "-id")


@dataclass(frozen=True)
class Duplicate:
    """An open item elsewhere that asks the same unit about the same site and category (S3-16)."""

    finding: Finding
    item: OrderItem


def open_duplicates(findings: Iterable[Finding]) -> list[Duplicate]:
    """Return open order items for the same unit, site and category that stand on another order."""
    found = []
    for finding in findings:
        rows = OrderItem.objects.filter(
            is_open=True, finding__unit_id=finding.unit_id, finding__site_id=finding.site_id,
            finding__category_id=finding.category_id, finding__state__in=OPEN_STATES,
        ).exclude(finding=finding)  # fmt: skip
        found += [
            Duplicate(finding, item)
            for item in rows.exclude(order__items__finding=finding).select_related("order", "finding")
        ]
    return found


def handlers_of(order: WorkOrder) -> QuerySet[User]:
    """Return the accounts a unit has met over an order: who signed it, found or verified a problem on it.

    Covert inspectors are not among them: a unit learns of their posts from no page (S2-11).
    """
    on_it = Q(order_items__order=order)
    finders = Finding.objects.filter(on_it).exclude(team__kind=TeamKind.COVERT).values("found_by")
    verifiers = Verification.objects.filter(item__order=order).values("verifier")
    covert = Grant.objects.filter(role=Role.COVERT_INSPECTOR).values("user")
    met = Q(pk__in=finders) | Q(pk__in=verifiers) | Q(pk=order.signed_by_id)
    return User.objects.filter(met, is_active=True).exclude(pk__in=covert).order_by("post_label", "pk")


def count_to_order(actor: Actor, campaign_id: UUID, states: Counter[str]) -> int:
    """Return how many confirmed findings wait for an order; `states` are the actor's visible findings by state.

    Of the confirmed ones only those on a draft stand on an order, so that many confirmed ones need no count.
    """
    if states[FindingState.CONFIRMED] > FEW:
        drafted = OrderItem.objects.filter(
            is_open=True, order__campaign_id=campaign_id, order__state=OrderState.DRAFT
        )
        if states[FindingState.CONFIRMED] - bounded_count(drafted) > FEW:
            return AtLeast(FEW)
    return bounded_count(findings_to_order(actor, campaign_id), FEW)


def count_to_verify(actor: Actor, campaign_id: UUID, states: Counter[str]) -> int:
    """Return how many fed-back findings wait for verification; `states` are the actor's visible findings by state."""
    if states[FindingState.FED_BACK] > FEW:  # whoever sees a finding sees it in the queue
        return AtLeast(FEW)
    return bounded_count(findings_to_verify(actor, campaign_id), FEW)


def findings_to_order(actor: Actor, campaign_id: UUID) -> QuerySet[Finding]:
    """Return the confirmed findings that stand on no open order, by unit."""
    on_order = OrderItem.objects.filter(finding=OuterRef("pk"), is_open=True)
    return (
        policy.checkable_findings_visible_to(actor)
        .filter(campaign_id=campaign_id, state=FindingState.CONFIRMED)
        .filter(~Exists(on_order))
        .select_related("unit", "site", "category", "team")
        .order_by("unit__path", "number")
    )


def heads_may_sign(campaign: Campaign) -> bool:
    """Test whether the campaign's pack, as installed last, lets team heads sign orders at the site (S2-15)."""
    rows = InstalledPack.objects.filter(code=campaign.pack).order_by("-installed_at")
    return bool((rows.values_list("profile", flat=True).first() or {}).get("team_heads_sign_orders"))


def findings_to_verify(actor: Actor, campaign_id: UUID) -> QuerySet[Finding]:
    """Return the fed-back findings in scope, those due first in front."""
    return (
        policy.checkable_findings_visible_to(actor)
        .filter(campaign_id=campaign_id, state=FindingState.FED_BACK)
        .select_related("unit", "site", "category", "team", "found_by")
        .prefetch_related(
            Prefetch(
                "order_items",
                queryset=OrderItem.objects.filter(is_open=True)
                .select_related("order")
                .prefetch_related(
                    Prefetch(
                        "replies",
                        queryset=ReplyItem.objects.select_related("reply").order_by("-reply__sequence"),
                    )
                ),
                to_attr="open_items",
            )
        )
        .order_by("state_at", "number")
    )


def verifications_listed(actor: Actor, campaign_id: UUID) -> QuerySet[Verification]:
    """Return what was verified, newest first."""
    return (
        policy.verifications_visible_to(actor)
        .filter(finding__campaign_id=campaign_id)
        .select_related("finding__site", "finding__unit", "item__order", "verifier", "new_finding")
        .order_by("-verified_at", "-id")
    )


def look_backs_listed(actor: Actor, campaign_id: UUID) -> QuerySet[LookBack]:
    """Return the sampled re-checks, open ones by limit first."""
    return (
        policy.look_backs_visible_to(actor)
        .filter(finding__campaign_id=campaign_id)
        .select_related("finding__site", "finding__unit", "finding__category", "done_by")
        .order_by("done_at", "due_on", "id")
    )


def trace_backs_listed(actor: Actor, campaign_id: UUID) -> QuerySet[TraceBack]:
    """Return the trace-backs, undecided ones first."""
    return (
        policy.trace_backs_visible_to(actor)
        .filter(campaign_id=campaign_id)
        .select_related("finding__unit", "finding__site", "decided_by")
        .order_by("-raised_at", "-id")
    )


def urges_to_sign(actor: Actor, campaign_id: UUID) -> QuerySet[Urge]:
    """Return the proposed urges of orders the unit has not answered yet."""
    return (
        policy.urges_visible_to(actor)
        .filter(
            order__campaign_id=campaign_id,
            signed_at=None,
            order__state__in=(OrderState.ISSUED, OrderState.RECEIVED),
        )
        .select_related("order__unit")
        .prefetch_related("findings")
        .order_by("raised_at")
    )


def with_answer_counts(rows: QuerySet[CommonProblem]) -> QuerySet[CommonProblem]:
    """Return the common problems with how many findings, units asked and units that answered."""
    return rows.select_related("category", "approval").annotate(
        finding_count=Count("findings", distinct=True),
        asked_count=Count("self_checks", distinct=True),
        answered_count=Count("self_checks", filter=Q(self_checks__replied_at__isnull=False), distinct=True),
    )


def self_checks_of(problem: CommonProblem) -> QuerySet[SelfCheck]:
    """Return the units asked, in the campaign's order; who has not answered is listed too."""
    return problem.self_checks.select_related("unit").order_by("unit__path")


def waiting_for_decision(actor: Actor, campaign_id: UUID, at: datetime) -> dict[str, int]:
    """Return counts for the pages of today: what waits on the office in rectification."""
    orders = policy.orders_visible_to(actor).filter(campaign_id=campaign_id)
    return {
        "drafts": orders.filter(state=OrderState.DRAFT).count(),
        "plans": orders.filter(plans__state=PlanState.REQUESTED).count(),
        "disputes": orders.filter(items__disputes__state=DisputeState.OPEN).count(),
        "urges": urges_to_sign(actor, campaign_id).count(),
        "to_verify": findings_to_verify(actor, campaign_id).order_by().count(),
        "look_backs": look_backs_listed(actor, campaign_id).filter(done_at=None).order_by().count(),
        "trace_backs": trace_backs_listed(actor, campaign_id).filter(state=TraceState.RAISED).count(),
    }
