"""The table of risk points in force at a moment: the campaign's own version, else its pack's, else the program's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from duban.campaigns.models import Campaign, RiskTable

# Used when a pack brings no table; the same numbers for every field of supervision, evidence tag D (design choice).
DEFAULT_VALUES: dict[str, dict[str, int]] = {
    "own_record": {
        "most": 30, "half_life_days": 30, "incipient": 1, "general": 3, "prominent": 6, "serious": 10, "recurrence": 4,
    },
    "open_findings": {"most": 12, "each": 3},
    "overdue_findings": {"most": 16, "each": 8},
    "since_visit": {"most": 20, "days_per_point": 2, "never": 20},
    "type_rate": {"most": 15, "average": 5, "per_doubling": 5, "prior_visits": 20},
    "area_rate": {"most": 10, "average": 4, "per_doubling": 3, "prior_visits": 30},
    "area_grade": {"most": 15},
    "key_points": {"most": 12, "each": 4},
    "topics": {"most": 12, "each": 2, "window_days": 14},
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Reason → numbers. A reason without a line gives no points."""

    version: str
    values: Mapping[str, Mapping[str, int]]
    row: RiskTable | None = None

    def of(self, code: str) -> Mapping[str, int] | None:
        return self.values.get(code)

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """Return the lines with titles and tags as the pack or the office wrote them."""
        if self.row is not None:
            return self.row.lines
        return [{"code": code, "tag": "D", "values": values} for code, values in self.values.items()]


def table_in_force(campaign: Campaign, at: datetime) -> Table:
    """Return the table by which the campaign's sites are scored at `at` (one query)."""
    row = (
        RiskTable.objects.filter(
            Q(campaign_id=campaign.pk) | Q(campaign=None, pack=campaign.pack), valid_from__lte=at
        )
        .order_by(F("campaign_id").asc(nulls_last=True), "-version")
        .first()
    )
    if row is None:
        return Table("default-2", DEFAULT_VALUES)
    source = campaign.code if row.campaign_id else row.pack
    values = {
        line["code"]: {name: int(number) for name, number in line["values"].items()} for line in row.lines
    }
    return Table(f"{source}-{row.version}", values, row)
