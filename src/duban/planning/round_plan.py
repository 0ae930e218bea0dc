"""The morning's plan for the days a round has left, as part of a draw's inputs (docs/draw.md, `optimal-v1`).

Reads what is known now: who was where in the round, the points of sites, the teams of the coming days. Open draws are
planned as if covert teams did not exist.
"""

import hashlib
import hmac
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet

from duban.campaigns.models import Campaign
from duban.inspection.models import Visit
from duban.inspection.states import VisitState
from duban.planning.coverage import line_of, scope_lines
from duban.planning.draw import explain_unplaced
from duban.planning.drawing.audit import instance_of
from duban.planning.drawing.eligible import is_eligible
from duban.planning.drawing.optimal import recorded
from duban.planning.drawing.plan import Plan, hidden_finish, plan_round
from duban.planning.drawing.refusals import Infeasible
from duban.planning.risk import site_scores
from duban.teams.limits import budget_of, rotation_of
from duban.teams.models import DispatchSite, Round, TeamKind
from duban.teams.states import DispatchState

MOST_VISITS = 2
Row = dict[str, Any]


def with_plan(
    inputs: Row,
    opened: Round,
    day: date,
    at: datetime,
    *,
    later: list[Row],
    dial: float,
    places: dict[str, int],
) -> Row:
    """This function will return the inputs with the plan of the days left.

    `later` are rows of teams not sent today, `places` a team's places on a coming day by id. If the teams cannot reach
    every site that is left, the plan reaches as many as it can and `shortfall` says which demand failed and by how much.

    :raises Infeasible: if a site that must be drawn or an exact quota cannot be served.
    """
    sites, teams = inputs["sites"], inputs["teams"]
    days = (opened.ends_on - day).days + 1
    _count_visits(opened, day, sites, teams, inputs["is_covert"])
    points = site_scores(campaign=opened.campaign, at=at, site_ids=[UUID(row["id"]) for row in sites])
    for row in sites:
        score = points.get(UUID(row["id"]))
        row["risk"] = score.points if score else 0
    later = sorted(later, key=lambda row: row["id"])
    _check_reach(sites, [*teams, *later], teams)
    finish = _finish(opened, day, is_covert=inputs["is_covert"])
    daily = [[row["quota"], *[places[row["id"]]] * (days - 1)] for row in teams]
    daily += [[0, *[places[row["id"]]] * (days - 1)] for row in later]
    plan: Row = {
        "days": [(day + timedelta(days=number)).isoformat() for number in range(days)],
        "dial": dial, "cap": None, "finish": finish, "places": daily, "is_rotating": True,
    }  # fmt: skip
    inputs = {**inputs, "algorithm": "optimal-v1", "later_teams": later, "plan": plan, "shortfall": None}
    made = _plan(inputs)
    plan |= recorded(made.graph)  # type: ignore[arg-type] - a round always has a graph
    _check_quotas(inputs, teams)
    return inputs


def _plan(inputs: Row) -> Plan:
    """This function will plan for full coverage, and if that cannot hold for as much of it as fits.

    Tried first without any team coming to a site twice running, and with today's places filled before those of coming
    days; then with one or both given up. The draw still avoids teams coming again wherever it can.
    """
    plan, whole = inputs["plan"], inputs["plan"]["places"]
    trimmed = _trim(whole, inputs["sites"])
    for plan["is_rotating"], plan["places"] in product((True, False), (trimmed, whole)):
        try:
            made = plan_round(instance_of(inputs), plan["finish"])
            inputs["shortfall"] = None
            return made
        except Infeasible as error:
            if error.constraint in ("teams", "sites", "due_full"):
                raise
            inputs["shortfall"] = {
                "constraint": error.constraint, "subject": error.subject, "needed": error.needed, "available": error.available,
            }  # fmt: skip
    inputs["plan"]["finish"] = None
    for row in inputs["sites"]:
        row["most"] = int(row["most"] > 0 and (row["least"] > 0 or row["must"]))
        row["least"] = int(row["must"])
    return plan_round(instance_of(inputs), None)


def _count_visits(opened: Round, day: date, sites: list[Row], teams: list[Row], is_covert: bool) -> None:
    """This function will set how often each site must and may still be visited, and which team may not come again."""
    visits = _visits_before(opened.campaign, day, is_covert)
    coming = DispatchSite.objects.filter(
        dispatch__round=opened, dispatch__state=DispatchState.PLANNED, dispatch__day__lt=day
    )
    own_coming = Q(dispatch__team__kind=TeamKind.COVERT)
    seen = Counter(visits.filter(round=opened).values_list("site_id", flat=True))
    seen += Counter(coming.filter(own_coming if is_covert else ~own_coming).values_list("site_id", flat=True))
    resting = set() if is_covert else _resting(opened.campaign, day)
    for row in sites:
        been = seen.get(UUID(row["id"]), 0)
        row["least"] = int(row["must"] or not (been or is_covert or row["visited"]))
        row["most"] = max(row["least"], (1 if is_covert else MOST_VISITS) - max(been, int(row["visited"])))
        if resting.intersection([row["id"], *row["parties"]]):
            row["most"] = row["least"]


def _visits_before(campaign: Campaign, day: date, is_covert: bool) -> QuerySet[Visit]:
    """Return what teams of the own kind saw in the campaign: an open draw knows nothing of covert visits."""
    covert = Q(team__kind=TeamKind.COVERT)
    rows = Visit.objects.filter(campaign=campaign, day__lt=day).exclude(state=VisitState.WITHDRAWN)
    return rows.filter(covert if is_covert else ~covert)


def rotate_teams(inputs: Row, campaign: Campaign, day: date) -> None:
    """This function will write down for each team where rotation speaks against it: sites it saw last, areas it stayed in."""
    sites, teams = inputs["sites"], inputs["teams"]
    rows = _visits_before(campaign, day, inputs["is_covert"]).order_by("arrived_at", "id")
    last = dict(rows.values_list("site_id", "team_id"))
    rotates: dict[str, list[str]] = {row["id"]: [] for row in teams}
    for row in sites:
        before = str(last.get(UUID(row["id"]), ""))
        if before in rotates and sum(is_eligible(team, row) for team in teams) > 1:
            rotates[before].append(row["id"])
    for row in teams:
        row["rotates_from"] = sorted(rotates[row["id"]])
    _rest_teams(campaign, day, teams)


def _rest_teams(campaign: Campaign, day: date, teams: list[Row]) -> None:
    """This function will set the areas each team was in, or is sent to, on as many days of late as the rotation rule allows.

    The plan knows nothing of it: a wish about teams must not move the chances of sites. Only their assignment does.
    """
    rule, lines = rotation_of(campaign), scope_lines(campaign)
    paths = {str(unit.pk): unit.path for unit in lines}
    ids, since = [row["id"] for row in teams], day - timedelta(days=rule.window)
    been = Visit.objects.filter(team__in=ids, day__lt=day, day__gte=since).exclude(state=VisitState.WITHDRAWN)
    sent = DispatchSite.objects.filter(
        dispatch__team__in=ids, dispatch__day__lt=day, dispatch__day__gte=since, dispatch__state=DispatchState.PLANNED
    )  # fmt: skip
    days: dict[tuple[str, str], set[date]] = defaultdict(set)
    for rows in (
        been.order_by().values_list("team_id", "area_path", "day"),
        sent.order_by().values_list("dispatch__team_id", "area_path", "dispatch__day"),
    ):
        for team_id, area_path, when in rows.distinct():
            days[str(team_id), paths.get(line_of(area_path, lines), area_path)].add(when)
    for row in teams:
        row["rests_in"] = sorted(
            path for (team_id, path), seen in days.items() if team_id == row["id"] and len(seen) >= rule.days
        )


def put_resting_last(sites: list[Row], campaign: Campaign, day: date) -> None:
    """This function will count sites whose unit had its visits of late as visited, so that an even draw takes them last."""
    resting = _resting(campaign, day)
    for row in sites:
        row["visited"] = row["visited"] or bool(resting.intersection([row["id"], *row["parties"]]))


def _resting(campaign: Campaign, day: date) -> set[str]:
    """Return paths of operating units, and ids of sites without one, that had their visits of late, whoever came.

    Visits of all campaigns count, drawn or not; coverage stays, repeats go elsewhere.
    """
    budget = budget_of(campaign)
    rows = Visit.objects.filter(day__lt=day, day__gte=day - timedelta(days=budget.days))
    rows = rows.exclude(state=VisitState.WITHDRAWN).exclude(team__kind=TeamKind.COVERT)
    pairs = rows.order_by().values_list("site__operator_unit__path", "site_id")
    counts = Counter(path or str(site_id) for path, site_id in pairs)
    return {key for key, count in counts.items() if count >= budget.visits}


def _check_reach(sites: list[Row], everybody: list[Row], today: list[Row]) -> None:
    """This function will leave out sites that no team may visit, and refuse a site that must be drawn and cannot.

    :raises Infeasible: naming recusal, expert or sector as the reason.
    """
    for row in sites:
        if row["must"] and not any(is_eligible(team, row) for team in today):
            explain_unplaced(today, [row], set(), row)
        if not any(is_eligible(team, row) for team in everybody):
            row["least"] = row["most"] = 0


def _trim(places: list[list[int]], sites: list[Row]) -> list[list[int]]:
    """This function will lower the places of coming days when all visits together cannot fill them: today fills first."""
    visits = sum(max(row["most"], row["least"]) for row in sites)
    musts = sum(row["least"] for row in sites)
    today = sum(row[0] for row in places)
    coming = sum(sum(row[1:]) for row in places)
    room = max(0, max(int(0.95 * visits), int(1.1 * musts)) - today)
    if coming <= room:
        return places
    trimmed, seen = [], 0
    for row in places:
        kept = [row[0]]
        for one in row[1:]:
            kept.append((seen + one) * room // coming - seen * room // coming)
            seen += one
        trimmed.append(kept)
    return trimmed


def _finish(opened: Round, day: date, *, is_covert: bool) -> int | None:
    """Return after how many of the days left coverage ends: one secret day per round, the same every morning."""
    text = f"draw finish {opened.pk} {is_covert}".encode()
    key = hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).digest()
    whole = hidden_finish((opened.ends_on - opened.starts_on).days + 1, key)
    left = None if whole is None else whole - (day - opened.starts_on).days
    return left if left is not None and left >= 1 else None


def _check_quotas(inputs: Row, teams: list[Row]) -> None:
    """This function will refuse when quotas that must be met cannot be, which the plan knows before anything is drawn.

    :raises Infeasible:
    """
    exact = [row for row in teams if row["is_exact"]]
    plan = inputs["plan"]
    weight = np.array(plan["weight"][: len(plan["day"])])
    filled = int(weight[np.array(plan["day"], dtype=int) == 0].sum() + 0.5) >> plan["bits"]
    wanted = sum(row["quota"] for row in teams)
    if exact and filled < wanted:
        raise Infeasible("quota", wanted, filled, "、".join(row["name"] for row in exact))
