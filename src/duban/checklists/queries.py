"""Named reads of checklists: versions in use, the two-way gap report (R-02)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from duban.campaigns.models import Campaign, Measure
from duban.checklists import basis, policy, questions
from duban.checklists.models import CheckItem, Checklist, ChecklistVersion
from duban.checklists.states import VersionState
from duban.kernel.actor import Actor
from duban.sites.models import SiteType


def checklists(actor: Actor, campaign: Campaign) -> QuerySet[Checklist]:
    """Return the checklists of a campaign with their visible versions, newest first."""
    versions = policy.versions_visible_to(actor).annotate(item_count=Count("items")).order_by("-number")
    return (
        policy.checklists_visible_to(actor)
        .filter(campaign=campaign)
        .prefetch_related(Prefetch("versions", versions, to_attr="shown"))
        .order_by("code")
    )


def published(campaign: Campaign) -> QuerySet[ChecklistVersion]:
    """Return the newest published version of every checklist of a campaign."""
    rows = ChecklistVersion.objects.filter(checklist__campaign=campaign, state=VersionState.PUBLISHED)
    newest: dict[UUID, UUID] = {}
    for checklist_id, pk in rows.order_by("checklist_id", "-number").values_list("checklist_id", "pk"):
        newest.setdefault(checklist_id, pk)
    return ChecklistVersion.objects.filter(pk__in=newest.values()).select_related("checklist")


@lru_cache(maxsize=128)
def questions_of(version_id: UUID) -> list[questions.Node]:
    """Return the questions of a version, read once: a version is never changed. The caller only reads them."""
    return ChecklistVersion.objects.values_list("questions", flat=True).get(pk=version_id)


def version_for(campaign: Campaign, site_type: SiteType) -> ChecklistVersion | None:
    """Return the published version to use at a kind of site: its default checklist, else one that names the kind."""
    rows = {version.checklist.code: version for version in published(campaign)}
    if site_type.default_checklist in rows:
        return rows[site_type.default_checklist]
    return next((row for row in rows.values() if site_type.code in row.checklist.site_types), None)


@dataclass(frozen=True)
class GapReport:
    """Both directions at one moment: measures nobody checks, checks without a basis."""

    at: datetime
    measures: list[Measure]
    items: list[CheckItem]
    measure_total: int
    item_total: int


def gap_report(campaign: Campaign, at: datetime) -> GapReport:
    """This function will compare the measures in force at `at` with the items of the published checklists."""
    items = list(
        CheckItem.objects.filter(version__in=published(campaign))
        .select_related("version__checklist")
        .prefetch_related("measures", "rule_items")
    )
    measures = list(
        Measure.objects.filter(directive__campaign=campaign, directive__repealed_at=None)
        .filter(Q(effective_to=None) | Q(effective_to__gt=at))
        .select_related("directive")
        .order_by("-directive__issued_on", "directive__code", "ordinal")
    )
    known = basis.measures_by_reference(campaign.pk)
    checked: set[UUID] = set()
    loose = []
    for item in items:
        # Written references count at once, even before the sweep has made the link.
        own = {measure.pk for measure in item.measures.all()}
        own |= {known[reference].pk for reference in item.measure_refs if reference in known}
        checked |= own
        if not own and not item.rule_items.all():
            loose.append(item)
    return GapReport(
        at=at,
        measures=[measure for measure in measures if measure.pk not in checked],
        items=loose,
        measure_total=len(measures),
        item_total=len(items),
    )
