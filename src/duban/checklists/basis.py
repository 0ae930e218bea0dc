"""Links from check items to what they rest on: “directive/measure” and “rule set/item” as the author wrote them.

A directive may be registered after a checklist was published, so links are made when both exist, again and again.
"""

from collections.abc import Iterable
from uuid import UUID

from duban.campaigns.models import Campaign, Measure, RuleItem
from duban.checklists.models import CheckItem


def measures_by_reference(campaign_id: UUID) -> dict[str, Measure]:
    """Return the measures of a campaign by “directive/measure”."""
    rows = Measure.objects.filter(directive__campaign_id=campaign_id).select_related("directive")
    return {row.reference: row for row in rows}


def rules_by_reference(campaign: Campaign) -> dict[str, RuleItem]:
    """Return the rule items in force for a campaign by “rule set/item”."""
    rows = RuleItem.objects.filter(rule_set__campaigns=campaign).select_related("rule_set")
    return {f"{row.rule_set.code}/{row.code}": row for row in rows}


def link(campaign: Campaign, items: Iterable[CheckItem]) -> int:
    """This function will make the links of `items` that can be made now, and return how many were new."""
    measures, rules = measures_by_reference(campaign.pk), rules_by_reference(campaign)
    made = _add(items, "measure_refs", measures, CheckItem.measures.through, "measure_id")
    return made + _add(items, "rule_refs", rules, CheckItem.rule_items.through, "ruleitem_id")


def _add(items: Iterable[CheckItem], refs: str, known: dict, through: type, column: str) -> int:
    wanted = {
        (item.pk, known[reference].pk)
        for item in items
        for reference in getattr(item, refs)
        if reference in known
    }
    keys = {item_id for item_id, _target in wanted}
    present = set(through.objects.filter(checkitem_id__in=keys).values_list("checkitem_id", column))
    new = wanted - present
    through.objects.bulk_create(
        [through(checkitem_id=item_id, **{column: target}) for item_id, target in sorted(new)],
        ignore_conflicts=True,
    )
    return len(new)
