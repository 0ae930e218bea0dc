"""The points of a sheet: added, worded, ordered, merged, dropped with a reason, restored. Drafts only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import Truncator
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
def merge_point(
    *, actor: Actor, at: datetime, point_id: UUID, into_id: UUID, text: str | None = None
) -> KeyPoint:
    """This function will merge a point into another one of the sheet and return the latter, reworded if `text` says so.

    Findings, check items, target units and the must-ask mark go over; no target units means all units. The merged point
    stays readable with its own source, and `restore_point` splits it off again.

    :raises Invalid: for a point of another sheet, itself, or one that is not kept.
    """
    point = _load_point(actor, point_id)
    target = point.sheet.points.filter(pk=into_id, dropped_reason="").first()
    if target is None or target.pk == point.pk or point.dropped_reason:
        words = _("请选择两条在列的不同要点。")
        raise Invalid("merge_invalid", words, {"into": words})
    target.sheet = point.sheet
    before = target.text
    if text is not None:
        target.text = _worded(text)
    point.merge_brought = _bring(point, target)
    target.save(update_fields=["text", "is_must_ask", "check_items"])
    point.merged_into = target
    point.dropped_reason = _("并入：%(text)s") % {"text": Truncator(target.text).chars(120)}
    point.save(update_fields=["merged_into", "merge_brought", "dropped_reason"])
    KeyPoint.objects.filter(merged_into=point).update(merged_into=target)
    _record(actor, at, "key_point.merged", point, detail={"into": target.pk})
    if before != target.text:
        _record(actor, at, "key_point.changed", target, detail={"before": {"text": before}})
    return target


def _bring(point: KeyPoint, target: KeyPoint) -> dict[str, Any]:
    """This function will hand over what the target lacks and return it, so that it can be taken back."""
    findings = set(point.findings.values_list("pk", flat=True)) - set(
        target.findings.values_list("pk", flat=True)
    )
    target.findings.add(*findings)
    items = sorted(set(point.check_items) - set(target.check_items))
    target.check_items = sorted({*target.check_items, *items})
    mine, theirs = list(target.target_units.all()), list(point.target_units.all())
    if mine:
        target.target_units.set([*mine, *theirs] if theirs else [])
    must_ask = point.is_must_ask and not target.is_must_ask
    target.is_must_ask = target.is_must_ask or must_ask
    units = [str(unit.pk) for unit in mine]
    return {
        "findings": sorted(str(key) for key in findings),
        "items": items,
        "units": units,
        "must_ask": must_ask,
    }


@transaction.atomic
def restore_point(*, actor: Actor, at: datetime, point_id: UUID) -> KeyPoint:
    """This function will put a dropped point back on the draft, or split a merged one off with what it had brought."""
    point = _load_point(actor, point_id)
    verb, detail = "key_point.restored", {}
    if point.merged_into is not None:
        verb, detail = "key_point.split", {"from": point.merged_into_id}
        _take_back(point.merged_into, point.merge_brought or {})
    point.dropped_reason, point.merged_into, point.merge_brought = "", None, None
    point.save(update_fields=["dropped_reason", "merged_into", "merge_brought"])
    _record(actor, at, verb, point, detail=detail)
    return point


def _take_back(target: KeyPoint, brought: dict[str, Any]) -> None:
    target.findings.remove(*brought.get("findings", []))
    target.check_items = [name for name in target.check_items if name not in brought.get("items", [])]
    target.is_must_ask = target.is_must_ask and not brought.get("must_ask")
    target.save(update_fields=["check_items", "is_must_ask"])
    if brought.get("units"):
        target.target_units.set(brought["units"])


def _load_draft(actor: Actor, sheet_id: UUID) -> DailyKeyPoints:
    sheet = get_visible(policy.sheets_visible_to(actor), sheet_id, lock=True)
    require(policy.can_edit_sheet(actor, sheet))
    take_over(sheet, actor)
    return sheet


def take_over(sheet: DailyKeyPoints, actor: Actor) -> None:
    """This function will make the first person who works on a draft of the system its composer: somebody else approves."""
    if sheet.composed_by_id is None and actor.user_id is not None:
        sheet.composed_by_id = actor.user_id
        sheet.save(update_fields=["composed_by"])


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


def _record(
    actor: Actor,
    at: datetime,
    verb: str,
    point: KeyPoint,
    *,
    detail: dict[str, Any] | None = None,
    **extra: object,
) -> None:
    sheet, extra["detail"] = point.sheet, {"point": point.pk} | (detail or {})
    journal.record(
        verb, actor=actor, at=at, subject=sheet, label=f"{sheet} · {point}", area_path=sheet.campaign.area_path, **extra  # type: ignore[arg-type]
    )  # fmt: skip
