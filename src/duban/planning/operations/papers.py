"""Papers of planning as official documents: the day's key points and the record of a draw."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.documents import operations as documents
from duban.documents.models import OfficialDocument
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import Denied, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require
from duban.planning import policy
from duban.planning.draw import digest
from duban.planning.models import DailyKeyPoints, Draw
from duban.planning.states import DrawState, KeyPointsState
from duban.sites.models import Site
from duban.teams.queries import round_on


@in_office_language
@transaction.atomic
def issue_key_points(*, actor: Actor, at: datetime, sheet_id: UUID) -> OfficialDocument:
    """This function will issue the approved key points of a day as a document.

    :raises Denied: while the sheet is a draft.
    """
    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id)
    require(policy.can_push_key_points(actor, sheet))
    if sheet.state == KeyPointsState.DRAFT:
        raise Denied("not_approved", _("要点批准后才能出文。"))
    title = _("%(month)s月%(day)s日督导要点") % {"month": sheet.day.month, "day": sheet.day.day}
    return documents.issue_document(
        actor=actor, at=at, campaign=sheet.campaign, kind="key_points", title=title, record=_sheet_record(sheet, title),
        subject=sheet, area_path=sheet.campaign.area_path,
    )  # fmt: skip


def _sheet_record(sheet: DailyKeyPoints, title: str) -> dict[str, Any]:
    opened = round_on(sheet.campaign, sheet.day)
    points = sheet.points.filter(dropped_reason="").prefetch_related("target_units")
    return {
        "title": title,
        "issuer": sheet.campaign.body.name,
        "date": sheet.day.isoformat(),
        "round": str(opened) if opened else "—",
        "approved_by": str(sheet.approved_by),
        "points": [
            {
                "source": point.source_note or str(point.get_source_display()),
                "point": point.text,
                "check_item": "、".join(point.check_items),
                "target_units": "、".join(unit.label for unit in point.target_units.all()) or _("各单位"),
                "must_ask": _("是") if point.is_must_ask else _("否"),
            }
            for point in points
        ],
    }


@in_office_language
@transaction.atomic
def issue_draw_record(*, actor: Actor, at: datetime, draw_id: UUID, witnessed_by: str) -> OfficialDocument:
    """This function will issue the record of an open draw once its seed is published.

    :raises Denied: before the seed is published, or for a covert draw. :raises Invalid: without a witness.
    """
    made = get_visible(policy.draws_visible_to(actor), draw_id)
    require(policy.can_draw(actor, made.campaign, is_covert=made.is_covert))
    if made.is_covert or made.state != DrawState.REVEALED:
        raise Denied("not_revealed", _("明察抽取的种子公开后才能出具抽取记录。"))
    if not witnessed_by.strip():
        raise Invalid("witness_missing", _("请填写见证岗位。"), {"witnessed_by": _("请填写见证岗位。")})
    title = _("%(round)s督导点位抽取记录（%(day)s）") % {"round": made.round, "day": made.day.isoformat()}
    record = _draw_record(made) | {"title": title, "witnessed_by": witnessed_by.strip()}
    return documents.issue_document(
        actor=actor, at=at, campaign=made.campaign, kind="draw_record", title=title, record=record, subject=made,
        area_path=made.campaign.area_path,
    )  # fmt: skip


def _method(algorithm: str) -> str:
    texts = {
        "uniform-v1": _(
            "%(name)s：本轮未到的点位先抽，组内等概率不放回。同一名录、同一种子可重做，结果相同。"
        ),
        "optimal-v1": _(
            "%(name)s：按全覆盖和点位风险算出各点位当日的机会，再按机会抽取并分组。同一名录、同一种子可重做，结果相同。"
        ),
    }
    return texts[algorithm] % {"name": algorithm}


def _draw_record(made: Draw) -> dict[str, Any]:
    teams = {row["id"]: row["name"] for row in made.inputs["teams"]}
    rows = [(key, teams[row["team"]]) for row in made.result["assignments"] for key in row["sites"]]
    sites = Site.objects.select_related("territory_unit", "area").in_bulk([UUID(key) for key, _team in rows])
    total = len(made.inputs["sites"])
    fresh = sum(not row["visited"] for row in made.inputs["sites"])
    return {
        "issuer": made.campaign.body.name,
        "drawn_at": f"{clock.local(made.drawn_at):%Y-%m-%d %H:%M}",
        "round": str(made.round),
        "method": _method(made.algorithm),
        "pool": _("候选点位 %(total)s 个，其中本轮未到 %(fresh)s 个。") % {"total": total, "fresh": fresh},
        "seed": made.seed,
        "pool_hash": digest(made.inputs),
        "drawn_by": str(made.drawn_by),
        "drawn": [
            {
                "stratum": sites[UUID(key)].area.label,
                "site": sites[UUID(key)].name,
                "unit": sites[UUID(key)].territory_unit.name,
                "team": team,
            }
            for key, team in rows
        ],
    }
