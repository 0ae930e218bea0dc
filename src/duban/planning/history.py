"""Why a point is there: its source and what people did with it, as the journal tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duban.kernel.errors import Text
from duban.kernel.journal import VERBS, events_of
from duban.planning.inputs import Proposal
from duban.planning.models import DailyKeyPoints, KeyPoint

OF_THE_SHEET = ("key_points.approved", "key_points.returned", "key_points.pushed")


@dataclass(frozen=True)
class Step:
    """One thing that happened to a point: when, who (post), what, why."""

    at: datetime
    who: str
    what: Text
    note: str = ""


def steps_of(point: KeyPoint) -> list[Step]:
    """Return what happened to a point and to its sheet since, newest first."""
    steps = []
    for event in events_of(point.sheet).select_related("detail").order_by("-at", "-id"):
        detail = event.detail.body if hasattr(event, "detail") else {}
        came_in = str(point.pk) in detail.get("added", ())
        concerns = str(point.pk) in (detail.get("point"), detail.get("into"), detail.get("from"))
        if not (came_in or concerns or event.verb in OF_THE_SHEET):
            continue
        note = event.reason
        if (
            event.verb == "key_point.changed"
            and detail.get("before", {}).get("text", point.text) != point.text
        ):
            note = detail["before"]["text"]
        steps.append(Step(event.at, event.actor_label, VERBS.get(event.verb, event.verb), note))
    return steps


def untaken(sheet: DailyKeyPoints, proposed: Iterable[Proposal]) -> int:
    """Return how many proposals of the three inputs a sheet does not hold yet, new findings included."""
    points = list(sheet.points.prefetch_related("findings"))
    measures = {point.measure_id for point in points}
    directives = {point.directive_id for point in points if not point.measure_id}
    held = {finding.pk for point in points for finding in point.findings.all()}
    count = 0
    for one in proposed:
        if one.category is not None:
            count += any(finding.pk not in held for finding in one.findings)
        elif one.measure is not None:
            count += one.measure.pk not in measures
        elif one.directive is not None:
            count += one.directive.pk not in directives
    return count
