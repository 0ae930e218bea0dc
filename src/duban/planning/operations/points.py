"""The points of a sheet: added, worded, ordered, dropped with a reason, restored. Drafts only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.planning import policy
from duban.planning.models import DailyKeyPoints, KeyPoint, PointSource
from duban.planning.wording import TEXT_LIMIT
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to


@transaction.atomic
def add_point(
    *,
    actor: Actor,
    at: datetime,
    sheet_id: UUID,
    text: str,
    is_must_ask: bool = False,
    check_items: Sequence[str] = (),
    target_unit_ids: Iterable[UUID] = (),
    source_note: str = "",
) -> KeyPoint:
    """This function will add a point the office itself proposes."""
    sheet = _load_draft(actor, sheet_id)
    last = sheet.points.order_by("-ordinal").values_list("ordinal", flat=True).first() or 0
    point = KeyPoint(
        sheet=sheet, ordinal=last + 1, source=PointSource.OFFICE, text=_worded(text), is_must_ask=is_must_ask,
        check_items=_named(check_items), source_note=source_note[:160],
    )  # fmt: skip
    point.save(force_insert=True)
    point.target_units.set(_units(actor, target_unit_ids))
    _record(actor, at, "key_point.added", point)
    return point


@transaction.atomic
def change_point(
    *,
    actor: Actor,
    at: datetime,
    point_id: UUID,
    text: str | None = None,
    is_must_ask: bool | None = None,
    check_items: Sequence[str] | None = None,
    target_unit_ids: Iterable[UUID] | None = None,
) -> KeyPoint:
    """This function will change wording, must-ask flag, linked check items or target units of a point."""
    point = _load_point(actor, point_id)
    before = {"text": point.text, "is_must_ask": point.is_must_ask}
    if text is not None:
        point.text = _worded(text)
    if is_must_ask is not None:
        point.is_must_ask = is_must_ask
    if check_items is not None:
        point.check_items = _named(check_items)
    point.save(update_fields=["text", "is_must_ask", "check_items"])
    if target_unit_ids is not None:
        point.target_units.set(_units(actor, target_unit_ids))
    _record(actor, at, "key_point.changed", point, detail={"before": before})
    return point


@transaction.atomic
def move_point(*, actor: Actor, at: datetime, point_id: UUID, step: int) -> KeyPoint:
    """This function will move a point one place up (step −1) or down (step 1) among the points that are kept."""
    point = _load_point(actor, point_id)
    kept = list(point.sheet.points.filter(dropped_reason="").order_by("ordinal", "id"))
    place = next((place for place, one in enumerate(kept) if one.pk == point.pk), None)
    other = None if place is None else place + (1 if step > 0 else -1)
    if place is None or other is None or not 0 <= other < len(kept):
        return point
    kept[place], kept[other] = kept[other], kept[place]
    dropped = list(point.sheet.points.exclude(dropped_reason="").order_by("ordinal", "id"))
    for ordinal, one in enumerate([*kept, *dropped], 1):
        KeyPoint.objects.filter(pk=one.pk).update(ordinal=ordinal)
    _record(actor, at, "key_point.moved", point)
    point.refresh_from_db(fields=["ordinal"])
    return point


@transaction.atomic
def drop_point(*, actor: Actor, at: datetime, point_id: UUID, reason: str) -> KeyPoint:
    """This function will take a point off the sheet; it stays readable with the reason."""
    point = _load_point(actor, point_id)
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明撤下理由。"), {"reason": _("请写明撤下理由。")})
    point.dropped_reason = reason.strip()[:200]
    point.save(update_fields=["dropped_reason"])
    _record(actor, at, "key_point.dropped", point, reason=reason)
    return point


@transaction.atomic
def restore_point(*, actor: Actor, at: datetime, point_id: UUID) -> KeyPoint:
    """This function will put a dropped point back on the draft."""
    point = _load_point(actor, point_id)
    point.dropped_reason = ""
    point.save(update_fields=["dropped_reason"])
    _record(actor, at, "key_point.restored", point)
    return point


def _load_draft(actor: Actor, sheet_id: UUID) -> DailyKeyPoints:
    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id, lock=True)
    require(policy.can_edit_sheet(actor, sheet))
    return sheet


def _load_point(actor: Actor, point_id: UUID) -> KeyPoint:
    point = get_visible(policy.points_visible_to(actor), point_id)
    point.sheet = _load_draft(actor, point.sheet_id)
    return point


def _worded(text: str) -> str:
    clean = " ".join(text.split())
    if not clean or len(clean) > TEXT_LIMIT:
        words = _("请填写要点，不超过 %(limit)s 字。") % {"limit": TEXT_LIMIT}
        raise Invalid("text_invalid", words, {"text": words})
    return clean


def _named(check_items: Sequence[str]) -> list[str]:
    return sorted({name.strip() for name in check_items if name.strip()})


def _units(actor: Actor, unit_ids: Iterable[UUID]) -> list[Unit]:
    return list(units_visible_to(actor).filter(pk__in=list(unit_ids)))


def _record(actor: Actor, at: datetime, verb: str, point: KeyPoint, **extra: object) -> None:
    sheet = point.sheet
    journal.record(
        verb, actor=actor, at=at, subject=sheet, label=f"{sheet} · {point}", area_path=sheet.campaign.area_path, **extra  # type: ignore[arg-type]
    )  # fmt: skip
