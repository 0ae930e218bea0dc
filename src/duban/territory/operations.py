"""Writes on the tree of divisions and units. Imports in bulk live in importing.py."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.kernel import counters, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.territory import moves, policy
from duban.territory.models import Unit, UnitKind
from duban.territory.paths import child_path

CHANGEABLE = frozenset(
    {
        "name", "short_name", "kind", "sort_order", "sector", "is_line_authority", "acts_discipline",
        "acts_supervision", "credit_code", "party_organisation",
    }
)  # fmt: skip
SERIALS = "territory.serial"


@transaction.atomic
def add_unit(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    name: str,
    kind: str,
    parent_id: UUID | None = None,
    unit_id: UUID | None = None,
    host_ids: tuple[UUID, ...] = (),
    **fields: Any,
) -> Unit:
    """This function will add a division or body below `parent_id` (None = a root).

    :raises Conflict: if the code is taken.
    :raises Invalid: for an unknown kind or an empty name.
    """
    parent = get_visible(policy.units_visible_to(actor), parent_id) if parent_id else None
    require(policy.can_change_tree(actor, parent))
    if kind not in UnitKind.values:
        raise Invalid("unknown_kind", _("单位类型不存在。"), {"kind": _("请从类型表中选择。")})
    if not code.strip() or not name.strip():
        raise Invalid("empty_name", _("编码和名称不能为空。"))
    serial = counters.take(SERIALS)
    unit = Unit(
        code=code.strip(),
        name=name.strip(),
        kind=kind,
        parent=parent,
        serial=serial,
        path=child_path(parent.path if parent else "", serial),
        depth=parent.depth + 1 if parent else 0,
        **{key: value for key, value in fields.items() if key in CHANGEABLE},
    )
    if unit_id:
        unit.pk = unit_id
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
    except IntegrityError:
        raise Conflict("duplicate_code", _("编码 %(code)s 已被使用。") % {"code": code}) from None
    if host_ids:
        unit.hosts.set(host_ids)
    journal.record("unit.added", actor=actor, at=at, subject=unit, area_path=unit.path)
    return unit


@transaction.atomic
def change_unit(
    *, actor: Actor, at: datetime, unit_id: UUID, host_ids: Iterable[UUID] | None = None, **fields: Any
) -> Unit:
    """This function will change descriptive fields of a unit (never its code, id or path).

    `host_ids` says which units a resident group is stationed in (S0-16); None leaves them alone.
    """
    unit = get_visible(policy.units_visible_to(actor), unit_id, lock=True)
    require(policy.can_change_tree(actor, unit))
    unknown = set(fields) - CHANGEABLE
    if unknown:
        raise Invalid(
            "unknown_field", _("不能修改这些字段：%(names)s") % {"names": "、".join(sorted(unknown))}
        )
    before = {name: getattr(unit, name) for name in fields}
    for name, value in fields.items():
        setattr(unit, name, value)
    unit.save(update_fields=list(fields))
    if host_ids is not None:
        unit.hosts.set(policy.units_visible_to(actor).filter(pk__in=list(host_ids)))
        fields["hosts"] = sorted(unit.hosts.values_list("code", flat=True))
    journal.record(
        "unit.changed",
        actor=actor,
        at=at,
        subject=unit,
        area_path=unit.path,
        detail={"before": before, "after": fields},
    )
    return unit


@transaction.atomic
def move_unit(*, actor: Actor, at: datetime, unit_id: UUID, parent_id: UUID, reason: str) -> Unit:
    """This function will hang a unit below another parent: what is current follows, case rows keep their path.

    :raises Invalid: if the new parent lies below the unit (a cycle).
    :raises Conflict: if something current does not allow it (a running campaign over the unit).
    """
    moves.take_turn()
    unit = get_visible(policy.units_visible_to(actor), unit_id, lock=True)
    parent = get_visible(policy.units_visible_to(actor), parent_id)
    require(policy.can_change_tree(actor, unit))
    require(policy.can_change_tree(actor, parent))
    if parent.path.startswith(unit.path):
        raise Invalid("cycle", _("不能把单位移到它自己的下级。"))
    old = unit.path
    followed = moves.move_subtree(unit=unit, parent=parent, at=at)
    unit.refresh_from_db()
    journal.record(
        "unit.moved",
        actor=actor,
        at=at,
        subject=unit,
        reason=reason,
        area_path=unit.path,
        detail={"from": old, "to": unit.path, "followed": followed},
    )
    return unit


@transaction.atomic
def end_unit(*, actor: Actor, at: datetime, unit_id: UUID, reason: str) -> Unit:
    """This function will mark a unit as ended; its history stays."""
    unit = get_visible(policy.units_visible_to(actor), unit_id, lock=True)
    require(policy.can_change_tree(actor, unit))
    unit.is_active = False
    unit.ended_on = at.date()
    unit.save(update_fields=["is_active", "ended_on"])
    journal.record("unit.ended", actor=actor, at=at, subject=unit, reason=reason, area_path=unit.path)
    return unit


@transaction.atomic
def resume_unit(*, actor: Actor, at: datetime, unit_id: UUID, reason: str) -> Unit:
    """This function will bring an ended unit back into use."""
    unit = get_visible(policy.units_visible_to(actor), unit_id, lock=True)
    require(policy.can_change_tree(actor, unit))
    unit.is_active = True
    unit.ended_on = None
    unit.save(update_fields=["is_active", "ended_on"])
    journal.record("unit.resumed", actor=actor, at=at, subject=unit, reason=reason, area_path=unit.path)
    return unit
