"""The recorded draw: commitment first, then the draw and its dispatches, the seed after the round (S4-32).

The journal holds digests only, so that neither candidates nor results can be read there.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day, moment
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning import policy
from duban.planning.draw import ALGORITHMS, SEED_BYTES, Infeasible, commitment, digest, draw
from duban.planning.drawing.instance import DIAL
from duban.planning.inputs import draw_inputs
from duban.planning.models import Draw
from duban.planning.refused import explain
from duban.planning.states import DRAW_TRANSITIONS
from duban.teams import operations as teams
from duban.teams import queries as team_queries
from duban.teams.models import Round, Team
from duban.teams.policy import rounds_visible_to, teams_visible_to

MOST_DIAL = 1000


@transaction.atomic
def commit_draw(
    *,
    actor: Actor,
    at: datetime,
    round_id: UUID,
    day: date,
    team_ids: Iterable[UUID],
    is_covert: bool = False,
    quotas: Mapping[UUID, int] | None = None,
    site_type_ids: Iterable[UUID] = (),
    expert_type_ids: Iterable[UUID] = (),
    must_site_ids: Iterable[UUID] = (),
    opening: Mapping[str, Any] | None = None,
    early_reason: str = "",
    algorithm: str = "",
    dial: float = DIAL,
) -> Draw:
    """This function will fix inputs and seed of a draw and journal their hash; nothing is drawn yet.

    `quotas` (team id → number) must be met exactly, else teams are filled up to their capacity. `opening` is
    {"first": "08:30", "every": 45}: when the first sealed site may be opened and the minutes between them. `algorithm` is
    `optimal-v1` for a round of several days and `uniform-v1` for one day unless named; `dial` turns the first from risk
    (near 0) to surprise (large).

    :raises Invalid: when a demand cannot hold, naming it and by how much. :raises Denied: before the cut-off.
    """
    opened = get_visible(rounds_visible_to(actor), round_id)
    require(policy.can_draw(actor, opened.campaign, is_covert=is_covert))
    _check_moment(actor, at, opened, day, early_reason)
    chosen = _choose_teams(actor, opened, team_ids, day, is_covert=is_covert)
    if algorithm not in ("", *ALGORITHMS) or not 0 <= dial <= MOST_DIAL:
        raise Invalid("draw_method", _("没有这种抽取方法，或风险与意外的比重不对。"))
    try:
        inputs = draw_inputs(
            actor, opened, day, chosen, is_covert=is_covert, quotas=quotas or {}, site_type_ids=list(site_type_ids),
            expert_type_ids=list(expert_type_ids), must_ids=list(must_site_ids), opening=opening, at=at,
            algorithm=algorithm, dial=dial,
        )  # fmt: skip
        # Whether every demand can hold does not depend on the seed: try with a seed that is never used.
        draw(inputs, bytes(SEED_BYTES))
    except Infeasible as error:
        raise explain(error) from None
    seed = secrets.token_bytes(SEED_BYTES)
    made = Draw(
        campaign=opened.campaign, round=opened, day=day, is_covert=is_covert, algorithm=inputs["algorithm"],
        inputs=inputs, commitment=commitment(inputs, seed), seed=seed.hex(), committed_at=at,
        drawn_by_id=actor.user_id, early_reason=early_reason.strip()[:200],
    )  # fmt: skip
    made.save(force_insert=True)
    _record(
        actor, at, "draw.committed", made, reason=early_reason,
        detail={"commitment": made.commitment, "algorithm": made.algorithm, "teams": len(chosen)},
    )  # fmt: skip
    return made


@transaction.atomic
def run_draw(*, actor: Actor, at: datetime, draw_id: UUID, is_sealed: bool = True) -> Draw:
    """This function will draw with the committed seed and write one dispatch per team through teams.operations.

    :raises WrongState: if it was drawn already. :raises Conflict: if a team was sent out in the meantime.
    """
    made = get_visible(policy.draws_visible_to(actor), draw_id, lock=True)
    require(policy.can_draw(actor, made.campaign, is_covert=made.is_covert))
    try:
        result = draw(made.inputs, bytes.fromhex(made.seed))
    except Infeasible as error:
        raise explain(error) from None
    workflow.move(made, DRAW_TRANSITIONS, "draw", result=result, drawn_at=at, drawn_by_id=actor.user_id)
    for row in result["assignments"]:
        if not row["sites"]:
            continue
        places = [(UUID(key), "draw", _opens_at(made, place)) for place, key in enumerate(row["sites"])]
        teams.create_dispatch(
            actor=actor, at=at, round_id=made.round_id, team_id=UUID(row["team"]), day=made.day, sites=places,
            is_sealed=is_sealed,
        )  # fmt: skip
    count = sum(len(row["sites"]) for row in result["assignments"])
    _record(actor, at, "draw.drawn", made, detail={"result": digest(result), "sites": count})
    return made


@transaction.atomic
def commit_and_draw(
    *,
    actor: Actor,
    at: datetime,
    round_id: UUID,
    day: date,
    team_ids: Iterable[UUID],
    is_covert: bool = False,
    is_sealed: bool = True,
    **options: Any,
) -> Draw:
    """This function will commit and draw in one go; the commitment is journalled first. Options as in commit_draw."""
    made = commit_draw(
        actor=actor, at=at, round_id=round_id, day=day, team_ids=team_ids, is_covert=is_covert, **options
    )
    return run_draw(actor=actor, at=at, draw_id=made.pk, is_sealed=is_sealed)


@transaction.atomic
def reveal_draws(*, actor: Actor, at: datetime, round_id: UUID) -> list[Draw]:
    """This function will publish the seeds of all draws of a round that is over, so that anybody can re-run them."""
    opened = get_visible(rounds_visible_to(actor), round_id)
    require(policy.can_reveal_draws(actor, opened, at=at))
    revealed = []
    for made in (
        policy.draws_visible_to(actor).filter(round=opened, state="drawn").order_by("committed_at", "id")
    ):
        workflow.move(made, DRAW_TRANSITIONS, "reveal", revealed_at=at)
        inputs_digest = digest(made.inputs)
        _record(
            actor, at, "draw.revealed", made,
            detail={"seed": made.seed, "inputs": inputs_digest, "result": digest(made.result or {})},
        )  # fmt: skip
        revealed.append(made)
    return revealed


def _check_moment(actor: Actor, at: datetime, opened: Round, day: date, early_reason: str) -> None:
    today = local_day(at)
    text = ""
    if day < today:
        text = _("不能为已经过去的日期抽取。")
    elif not opened.starts_on <= day <= opened.ends_on:
        text = _("%(day)s 不在%(round)s日期内。") % {"day": day.isoformat(), "round": opened}
    if text:
        raise Invalid("wrong_day", text, {"day": text})
    if day > today and at < moment(day - timedelta(days=1), opened.campaign.cutoff):
        require(policy.can_draw_early(actor, opened.campaign, reason=early_reason))


def _choose_teams(
    actor: Actor, opened: Round, team_ids: Iterable[UUID], day: date, *, is_covert: bool
) -> list[Team]:
    wanted = {str(key) for key in team_ids}
    rows = teams_visible_to(actor).filter(campaign_id=opened.campaign_id, pk__in=wanted, is_active=True)
    chosen = [
        team for team in rows.order_by("number").prefetch_related("sectors") if team.is_covert == is_covert
    ]
    if not wanted or len(chosen) != len(wanted):
        text = _("请选择要派出的组；明察与暗访分开抽取。")
        raise Invalid("teams_invalid", text, {"teams": text})
    for team in chosen:
        if team_queries.live_dispatch(team, day) is not None:
            text = _("%(team)s当日已有批次，不能再抽。") % {"team": team.name}
            raise Conflict("already_dispatched", text, {"teams": text})
    return chosen


def _opens_at(made: Draw, place: int) -> datetime | None:
    opening = made.inputs.get("opening")
    if not opening:
        return None
    hour, minute = (int(part) for part in opening["first"].split(":"))
    start = moment(made.day, datetime.min.time().replace(hour=hour, minute=minute))
    later = start + timedelta(minutes=place * int(opening["every"]))
    return later if local_day(later) == made.day else start


def _record(actor: Actor, at: datetime, verb: str, made: Draw, **extra: Any) -> None:
    journal.record(verb, actor=actor, at=at, subject=made, area_path=made.campaign.area_path, **extra)
