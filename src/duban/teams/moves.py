"""When a unit moves, sites of dispatches that have not left go with it. Sectors and liaison areas name the unit itself."""

from duban.teams.models import DispatchSite
from duban.teams.states import DispatchState
from duban.territory.moves import Move, follows_moves


@follows_moves("planned_sites")
def follow(move: Move) -> int:
    """This function will bring the places of planned dispatches along; what has departed is an event."""
    planned = DispatchSite.objects.filter(move.inside(), dispatch__state=DispatchState.PLANNED)
    return planned.update(area_path=move.rewritten())
