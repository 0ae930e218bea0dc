"""When a unit moves, its sites and standing risk grades go with it; ended grades keep the path of their time."""

from duban.sites.models import RiskAreaGrade, Site
from duban.territory.moves import Move, follows_moves


@follows_moves("sites")
def follow(move: Move) -> int:
    """This function will bring the places of sites along."""
    return Site.objects.filter(move.inside()).update(area_path=move.rewritten())


@follows_moves("risk_grades")
def follow_grades(move: Move) -> int:
    """This function will bring the grades in force along."""
    return RiskAreaGrade.objects.filter(move.inside(), ends_at=None).update(area_path=move.rewritten())
