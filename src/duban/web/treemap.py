"""A squarified treemap: figures become rectangles of the same area, as near to squares as they go. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float


def treemap(values: Sequence[float], box: Box) -> list[Box]:
    """This function will lay out positive values, in the order given, and return their boxes (Bruls, Huizing, van Wijk).

    Values of zero get an empty box.
    """
    total = sum(value for value in values if value > 0)
    order = sorted(
        (place for place, value in enumerate(values) if value > 0), key=lambda place: -values[place]
    )
    boxes = [Box(box.x, box.y, 0, 0)] * len(values)
    if not total or box.width <= 0 or box.height <= 0:
        return boxes
    scale = box.width * box.height / total
    row: list[int] = []
    for place in order:
        side = min(box.width, box.height)
        if row and _worst([values[one] * scale for one in [*row, place]], side) > _worst(
            [values[one] * scale for one in row], side
        ):
            box = _lay(row, values, scale, box, boxes)
            row = []
        row.append(place)
    if row:
        _lay(row, values, scale, box, boxes)
    return boxes


def _worst(areas: Sequence[float], side: float) -> float:
    """Return the worst ratio of sides if these areas share a row along `side`."""
    total = sum(areas)
    if not side or not total:
        return float("inf")
    return max(side**2 * max(areas) / total**2, total**2 / (side**2 * min(areas)))


def _lay(row: Sequence[int], values: Sequence[float], scale: float, box: Box, boxes: list[Box]) -> Box:
    """Put a row along the shorter side, write its boxes and return what is left."""
    total = sum(values[place] for place in row) * scale
    if box.width >= box.height:
        width, top = total / box.height, box.y
        for place in row:
            height = values[place] * scale / width
            boxes[place] = Box(box.x, top, width, height)
            top += height
        return Box(box.x + width, box.y, max(box.width - width, 0), box.height)
    height, left = total / box.width, box.x
    for place in row:
        width = values[place] * scale / height
        boxes[place] = Box(left, box.y, width, height)
        left += width
    return Box(box.x, box.y + height, box.width, max(box.height - height, 0))
