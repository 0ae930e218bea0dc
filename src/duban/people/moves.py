"""When a unit moves, grants that stand go with it; what was revoked or has run out keeps the path it was used under."""

from django.db.models import Q

from duban.people.models import Grant
from duban.territory.moves import Move, follows_moves


@follows_moves("grants")
def follow(move: Move) -> int:
    """This function will bring the areas of open grants along."""
    standing = Grant.objects.filter(move.inside(), revoked_at=None).filter(
        Q(ends_at=None) | Q(ends_at__gt=move.at)
    )
    return standing.update(area_path=move.rewritten())
