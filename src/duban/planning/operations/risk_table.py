"""The table of risk points of a campaign: another version with a reason; earlier versions stay as they are."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import risk_lines
from duban.campaigns.models import RiskTable
from duban.campaigns.packs import digest_of
from duban.campaigns.policy import campaigns_visible_to
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require
from duban.planning import policy
from duban.planning.risk.table import Table, table_in_force

REASON_LIMIT = 200


@transaction.atomic
def change_risk_table(
    *, actor: Actor, at: datetime, campaign_id: UUID, values: Mapping[str, Mapping[str, int]], reason: str
) -> RiskTable:
    """This function will put a new version of the table in force for the campaign from `at` on.

    `values` are reason → its numbers, all of them (`campaigns.risk_lines.REASONS`). Scores of earlier moments keep
    the version of their time.

    :raises Invalid: `reason_missing`, `risk_values`, `risk_unchanged`.
    """
    campaign = get_visible(campaigns_visible_to(actor), campaign_id, lock=True)
    require(policy.can_change_risk_table(actor, campaign))
    if not (reason := reason.strip()) or len(reason) > REASON_LIMIT:
        message = _("请写明调整的理由，200 字以内。")
        raise Invalid("reason_missing", message, {"reason": message})
    current = table_in_force(campaign, at)
    lines = _lines(current, values)
    if wrong := risk_lines.complaints(lines):
        raise Invalid("risk_values", _("计分表有 %(count)d 处要改。") % {"count": len(wrong)}, wrong)
    changes = _changes(current, values)
    if not changes:
        raise Invalid("risk_unchanged", _("与现行计分表相同，没有改动。"))
    newest = RiskTable.objects.filter(campaign=campaign).order_by("-version").first()
    made = RiskTable.objects.create(
        pack=campaign.pack, campaign=campaign, version=newest.version + 1 if newest else 1, lines=lines, valid_from=at,
        change_reason=reason, changed_by_label=actor.label, digest=digest_of(lines),
    )  # fmt: skip
    journal.record(
        "risk_table.changed", actor=actor, at=at, subject=made, label=str(made), reason=reason,
        campaign_id=campaign.pk, area_path=campaign.area_path, detail={"from": current.version, "changes": changes},
    )  # fmt: skip
    return made


@in_office_language
def _lines(current: Table, values: Mapping[str, Mapping[str, int]]) -> list[dict]:
    """Return the lines of the new version: titles, tags and notes of the version in force, numbers as given."""
    known = {line["code"]: line for line in current.lines}
    return [
        {
            "code": code,
            "title": known.get(code, {}).get("title") or str(risk_lines.TITLES.get(code, code)),
            "title_en": known.get(code, {}).get("title_en") or "",
            "tag": known.get(code, {}).get("tag") or "D",
            "note": known.get(code, {}).get("note") or "",
            "values": dict(numbers),
        }
        for code, numbers in values.items()
    ]


def _changes(current: Table, values: Mapping[str, Mapping[str, int]]) -> dict[str, list[int | None]]:
    """Return what differs: “reason.number” → [before, now]."""
    before = {
        f"{code}.{name}": number
        for code, numbers in current.values.items()
        for name, number in numbers.items()
    }
    after = {f"{code}.{name}": number for code, numbers in values.items() for name, number in numbers.items()}
    names = sorted({*before, *after})
    return {
        name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)
    }
