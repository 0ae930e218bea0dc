"""Sweeps of checklists: link items whose directive was registered after their checklist."""

from datetime import datetime

from django.db.models import Count

from duban.campaigns.models import Campaign
from duban.checklists import basis
from duban.checklists.models import CheckItem
from duban.kernel.jobs import sweep


@sweep("checklists.basis", order=20)
def link_all(at: datetime) -> int:
    """This function will link items whose directive was registered after their checklist."""
    items = CheckItem.objects.exclude(measure_refs=[]).annotate(linked=Count("measures"))
    loose = [
        item
        for item in items.select_related("version__checklist__campaign")
        if item.linked < len(item.measure_refs)
    ]
    by_campaign: dict[Campaign, list[CheckItem]] = {}
    for item in loose:
        by_campaign.setdefault(item.version.checklist.campaign, []).append(item)
    return sum(basis.link(campaign, items) for campaign, items in by_campaign.items())
