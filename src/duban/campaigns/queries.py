"""Named reads of campaigns: directive register, rules in force, catalogues, legal register, periods."""

from datetime import date, datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from duban.campaigns import policy
from duban.campaigns.models import (
    Campaign,
    CampaignPeriod,
    Code,
    Directive,
    FindingTemplate,
    FocusSet,
    InstalledPack,
    LegalVersion,
    Measure,
    RuleItem,
    RuleSet,
)  # fmt: skip
from duban.campaigns.states import CampaignState
from duban.kernel.actor import Actor


def current_campaign(actor: Actor) -> Campaign | None:
    """Return the campaign the actor works in now: the running one that started last, else the newest."""
    rows = policy.campaigns_visible_to(actor).order_by("-starts_on", "-id")
    return rows.filter(state=CampaignState.RUNNING).first() or rows.first()


def directives(actor: Actor, campaign: Campaign) -> QuerySet[Directive]:
    """Return the register of a campaign, newest first, with the number of measures."""
    return (
        policy.directives_visible_to(actor)
        .filter(campaign=campaign)
        .annotate(measure_count=Count("measures"))
        .order_by("-issued_on", "-id")
    )


def measures_in_force(campaign: Campaign, at: datetime) -> QuerySet[Measure]:
    """Return the measures that apply at a moment."""
    return (
        Measure.objects.filter(directive__campaign=campaign, effective_from__lte=at)
        .filter(Q(effective_to=None) | Q(effective_to__gt=at))
        .select_related("directive")
        .order_by("directive__issued_on", "directive_id", "ordinal")
    )


def periods_on(campaign: Campaign, day: date) -> QuerySet[CampaignPeriod]:
    """Return the periods a day falls into."""
    return campaign.periods.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))


def rule_items(campaign: Campaign) -> QuerySet[RuleItem]:
    """Return the active rule items in force for a campaign, with their set."""
    return (
        RuleItem.objects.filter(rule_set__campaigns=campaign, is_active=True)
        .select_related("rule_set")
        .order_by("rule_set__title", "ordinal", "code")
    )


def rule_sets(campaign: Campaign) -> QuerySet[RuleSet]:
    """Return the rule sets pinned by a campaign with their items."""
    return campaign.rule_sets.prefetch_related(
        Prefetch("items", RuleItem.objects.order_by("ordinal", "code"))
    )


def newer_rule_sets(campaign: Campaign) -> list[RuleSet]:
    """Return versions newer than those the campaign uses: it may adopt them."""
    used = dict(campaign.rule_sets.values_list("code", "version"))
    rows = RuleSet.objects.filter(pack=campaign.pack).order_by("code", "-version")
    newest: dict[str, RuleSet] = {}
    for row in rows:
        newest.setdefault(row.code, row)
    return [row for row in newest.values() if row.version > used.get(row.code, 0)]


def focus_sets(campaign: Campaign) -> QuerySet[FocusSet]:
    """Return the focus sets in force for a campaign with their areas."""
    return campaign.focus_sets.prefetch_related("areas").order_by("code")


def focus_history(campaign: Campaign) -> QuerySet[FocusSet]:
    """Return every version of the campaign's focus sets, newest first (change log with reasons, S1-13)."""
    codes = campaign.focus_sets.values("code")
    return (
        FocusSet.objects.filter(pack=campaign.pack, code__in=codes)
        .prefetch_related("areas")
        .order_by("code", "-version")
    )


def templates(campaign: Campaign, *, site_type: str = "") -> list[FindingTemplate]:
    """Return the finding templates of the campaign's pack, those for a site type if one is given."""
    rows = FindingTemplate.objects.filter(pack=campaign.pack, is_active=True).select_related("category")
    return [row for row in rows if not site_type or not row.site_types or site_type in row.site_types]


def codes(campaign: Campaign, group: str = "") -> QuerySet[Code]:
    """Return the codes of the campaign's pack, of one group if given."""
    rows = Code.objects.filter(pack=campaign.pack)
    return rows.filter(group=group) if group else rows


def legal_versions(on: date | None = None) -> QuerySet[LegalVersion]:
    """Return the legal register, only what was valid on a day if one is given (unknown dates are kept)."""
    rows = LegalVersion.objects.select_related("instrument").prefetch_related("provisions")
    if on:
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=on)).filter(
            Q(valid_to=None) | Q(valid_to__gte=on)
        )
    return rows.order_by("instrument__kind", "instrument__title", "-valid_from")


def installed(campaign: Campaign) -> InstalledPack | None:
    """Return the pack a campaign runs on (its words and defaults)."""
    return InstalledPack.objects.filter(code=campaign.pack).first()
