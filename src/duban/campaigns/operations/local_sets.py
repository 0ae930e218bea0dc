"""Rule sets and focus sets of the campaign's own, brought by a directive instead of a pack."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy
from duban.campaigns.models import FocusArea, FocusSet, Route, RuleItem, RuleSet
from duban.kernel import counters, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import SubjectClass

# What may only be registered with a competent authority's finding and after legal review (G-6), and what is
# erased at the end (G-9): said of the words of a rule, whoever brought it.
NEEDS_CITATION = ("谣言", "言论", "传播")
ERASED_AT_END = ("行程", "旅居", "接触史", "外出")


@transaction.atomic
def add_rule_set(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    title: str,
    kind: str,
    items: Sequence[Mapping[str, Any]],
    announced: int | None = None,
    source_note: str = "",
    valid_from: date | None = None,
) -> RuleSet:
    """This function will put a rule set in force for the campaign; a set of the same title goes out of force.

    Items are mappings: title, and where known text, subject_class, route. When more items are announced than given,
    the rest are kept as places “not stated in source”, to be filled in later; they cannot be cited until then.
    """
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id, lock=True)
    require(policy.can_change_campaign(actor, campaign))
    rows = [_item(number, given) for number, given in enumerate(items, 1)]
    title = title.strip()
    if not title or len(title) > 60 or not rows or not all(row["title"] for row in rows):
        message = _("规则集要有名称（至多 60 个字），每个条目要有内容。")
        raise Invalid("rule_set", message, {"title": message})
    made = RuleSet.objects.create(
        pack=campaign.pack, code=f"local-{counters.take(f'local_sets:{campaign.pack}')}", title=title, kind=kind,
        source_note=source_note[:300], valid_from=valid_from,
    )  # fmt: skip
    missing = range(len(rows) + 1, (announced or 0) + 1)
    rows += [_not_stated(number) for number in missing]
    RuleItem.objects.bulk_create(RuleItem(rule_set=made, **row) for row in rows)
    campaign.rule_sets.remove(*campaign.rule_sets.filter(title=title))
    campaign.rule_sets.add(made)
    journal.record(
        "rule_set.adopted", actor=actor, at=at, subject=made, label=f"{made.title} v{made.version}",
        campaign_id=campaign.pk, area_path=campaign.area_path, detail={"items": len(rows), "missing": len(missing)},
    )  # fmt: skip
    return made


def _item(number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    title, text = str(given["title"]).strip(), str(given.get("text") or given["title"]).strip()
    subject, route = given.get("subject_class") or "", given.get("route") or ""
    guarded = any(word in text for word in NEEDS_CITATION)
    return {
        "code": f"i{number}", "ordinal": number, "title": title[:80], "text": text, "evidence_tag": "S",
        "subject_class": subject if subject in SubjectClass.values else SubjectClass.DUTY_HOLDER,
        "route": route if route in Route.values else Route.RECTIFY, "needs_citation": guarded, "legal_review": guarded,
        "erase_at_end": any(word in text for word in ERASED_AT_END),
    }  # fmt: skip


def _not_stated(number: int) -> dict[str, Any]:
    return {
        "code": f"i{number}", "ordinal": number, "title": _("第%(number)s项（原文未载）") % {"number": number},
        "subject_class": SubjectClass.DUTY_HOLDER, "route": Route.RECTIFY, "status": "not_stated",
        "evidence_tag": "not stated in source", "is_active": False,
    }  # fmt: skip


@transaction.atomic
def add_focus_set(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    title: str,
    areas: Sequence[tuple[str, str]],
    source_note: str = "",
) -> FocusSet:
    """This function will put a focus set of (title, note) areas in force for the campaign; one of the same title goes out."""
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id, lock=True)
    require(policy.can_change_campaign(actor, campaign))
    title = title.strip()
    if not title or len(title) > 60 or not areas or not all(name.strip() for name, _note in areas):
        message = _("重点要有名称（至多 60 个字），每一项要有内容。")
        raise Invalid("focus_set", message, {"title": message})
    made = FocusSet.objects.create(
        pack=campaign.pack, code=f"local-{counters.take(f'local_sets:{campaign.pack}')}", title=title,
        change_reason=source_note[:200], changed_at=at, changed_by_label=actor.label, source_note=source_note[:300],
    )  # fmt: skip
    FocusArea.objects.bulk_create(
        FocusArea(focus_set=made, code=f"f{number}", ordinal=number, title=name.strip()[:60], note=note[:300])
        for number, (name, note) in enumerate(areas, 1)
    )
    campaign.focus_sets.remove(*campaign.focus_sets.filter(title=title))
    campaign.focus_sets.add(made)
    journal.record(
        "focus_set.changed", actor=actor, at=at, subject=made, label=f"{made.title} v{made.version}",
        reason=source_note[:300], campaign_id=campaign.pk, area_path=campaign.area_path,
    )  # fmt: skip
    return made
