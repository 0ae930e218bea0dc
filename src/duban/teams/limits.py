"""What keeps visits away from a unit: protected periods, and how often all campaigns together may come. Reads only.

Beside it what keeps a team from one area: the rotation rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from duban.campaigns.models import Campaign
from duban.sites.models import Site
from duban.teams.models import ProtectedPeriod, RotationRule, VisitBudget
from duban.teams.recusal import paths_of, touches

USUAL_VISITS, USUAL_DAYS = (
    3,
    7,
)  # not stated in source: what holds until the head of a campaign sets something else
USUAL_STAY, USUAL_WINDOW = 3, 7  # not stated in source, as above
LONGEST = 60


@dataclass(frozen=True)
class Budget:
    """So many visits in so many days."""

    visits: int = USUAL_VISITS
    days: int = USUAL_DAYS


def budget_of(campaign: Campaign) -> Budget:
    """Return the visit budget that holds for draws of a campaign."""
    row = VisitBudget.objects.filter(campaign=campaign).first()
    return Budget(row.visits, row.days) if row else Budget()


@dataclass(frozen=True)
class Rotation:
    """A team that was in one area on so many of so many days leaves it to another team."""

    days: int = USUAL_STAY
    window: int = USUAL_WINDOW


def rotation_of(campaign: Campaign) -> Rotation:
    """Return the rotation rule that holds for draws of a campaign."""
    row = RotationRule.objects.filter(campaign=campaign).first()
    return Rotation(row.days, row.window) if row else Rotation()


def protected_on(day: date) -> list[ProtectedPeriod]:
    """Return the protected periods of a day, of all campaigns: a unit in its examinations is so for everybody."""
    rows = ProtectedPeriod.objects.filter(starts_on__lte=day, ends_on__gte=day, lifted_at=None)
    return list(rows.select_related("unit").order_by("unit__path", "-ends_on"))


def protection_of(site: Site, periods: Iterable[ProtectedPeriod]) -> ProtectedPeriod | None:
    """Return the period that protects a site: of a unit that answers for it, or of the area it lies in."""
    paths = paths_of(site)
    return next((one for one in periods if touches(one.unit.path, paths)), None)
