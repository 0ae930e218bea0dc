"""Who may go where, from the rows of recorded inputs: sector, recusal, expert need, rotation."""

from collections.abc import Mapping
from typing import Any


def is_eligible(team: Mapping[str, Any], site: Mapping[str, Any]) -> bool:
    """Test whether a team may go to a site: sector, recusal, expert need."""
    paths = [site["area"], *site["parties"]]
    if team["sectors"] and not any(path.startswith(sector) for sector in team["sectors"] for path in paths):
        return False
    if any(path.startswith(recused) for recused in team["recused"] for path in paths):
        return False
    return team["has_expert"] or not site["needs_expert"]


def returns(team: Mapping[str, Any], site: Mapping[str, Any]) -> int:
    """Return how many reasons of rotation speak against a team: it was there last, or in the area often of late (0 to 2)."""
    rests = any(site["area"].startswith(path) for path in team.get("rests_in", ()))
    return int(site["id"] in team.get("rotates_from", ())) + int(rests)


def is_allowed_today(team: Mapping[str, Any], site: Mapping[str, Any]) -> bool:
    """Test whether a team may go to a site today: eligible, and not the team that was there last."""
    return is_eligible(team, site) and site["id"] not in team.get("rotates_from", ())
