"""Setting up and steering a campaign: scope lines, clocks, periods, focuses, rule versions, start."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns import day_rhythm, policy
from duban.campaigns.models import (
    Campaign,
    CampaignPeriod,
    CampaignUnit,
    FocusArea,
    FocusSet,
    InstalledPack,
    RuleSet,
    ScopeGroup,
    Urgency,
)  # fmt: skip
from duban.campaigns.states import TRANSITIONS
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to

CHANGEABLE = frozenset({
    "title", "title_en", "trigger", "basis", "urgency", "cutoff", "formal_order_at", "warn_minutes", "starts_on",
    "review_on", "ends_on", "order_number_pattern", "day_rail", "look_back_percent", "look_back_days",
    "urge_after_hours", "escalate_after_hours", "trace_after_hours", "may_open_position", "erase_plan",
    "headquarters_id", "lead_department_id",
})  # fmt: skip


def _loaded(actor: Actor, campaign_id: UUID, *, lock: bool = True) -> Campaign:
    return get_visible(policy.campaigns_visible_to(actor), campaign_id, lock=lock)


def _check_dates(starts_on: date, review_on: date | None, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        message = _("结束日不能早于开始日。")
        raise Invalid("dates", message, {"ends_on": message})
    if review_on and review_on < starts_on:
        message = _("评估日不能早于开始日。")
        raise Invalid("dates", message, {"review_on": message})


def _check_pattern(pattern: str) -> None:
    try:
        first, second = pattern.format(year=2020, serial=1), pattern.format(year=2020, serial=2)
    except (KeyError, IndexError, ValueError):
        first = second = ""
    if first == second:
        message = _("编号格式须含 {serial}，可含 {year}，不能有别的花括号。")
        raise Invalid("number_pattern", message, {"order_number_pattern": message})


@transaction.atomic
def create_campaign(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    title: str,
    pack: str,
    scope_id: UUID,
    body_id: UUID,
    starts_on: date,
    headquarters_id: UUID | None = None,
    lead_department_id: UUID | None = None,
    title_en: str = "",
    trigger: str = "",
    basis: str = "",
    urgency: str = "",
    review_on: date | None = None,
    ends_on: date | None = None,
    order_number_pattern: str = "",
    erase_after_days: int = 30,
    units: Sequence[tuple[UUID, str]] = (),
) -> Campaign:
    """This function will set up a campaign in preparation; clocks, day rail and number pattern come from the pack.

    `units` are the lines of the daily summary as (unit id, group). Newest rule and focus sets are pinned.

    :raises Invalid, Conflict:
    """
    scope = get_visible(units_visible_to(actor), scope_id)
    require(policy.can_create_campaign(actor, scope.path))
    installed = InstalledPack.objects.filter(code=pack).first()
    if installed is None:
        message = _("专项包“%(code)s”还没有安装。") % {"code": pack}
        raise Invalid("pack_not_installed", message, {"pack": message})
    if urgency and urgency not in Urgency.values:
        raise Invalid("urgency", _("紧急程度只有常态、应急两档。"), {"urgency": _("请从两档中选择。")})
    _check_dates(starts_on, review_on, ends_on)
    fields = day_rhythm.defaults(installed.profile, installed.words, urgency)
    if order_number_pattern:
        fields["order_number_pattern"] = order_number_pattern
    _check_pattern(fields["order_number_pattern"])
    for unit_id in (body_id, headquarters_id, lead_department_id):
        if unit_id and not Unit.objects.filter(pk=unit_id).exists():
            raise NotFound()
    campaign = Campaign(
        code=code.strip(), title=title.strip(), title_en=title_en, pack=pack, trigger=trigger, basis=basis,
        scope=scope, area_path=scope.path, body_id=body_id, headquarters_id=headquarters_id,
        lead_department_id=lead_department_id, starts_on=starts_on, review_on=review_on, ends_on=ends_on,
        erase_plan={"after_days": erase_after_days}, **fields,
    )  # fmt: skip
    try:
        with transaction.atomic():
            campaign.save(force_insert=True)
    except IntegrityError:
        message = _("专项代码“%(code)s”已被使用。") % {"code": code}
        raise Conflict("duplicate_code", message, {"code": message}) from None
    campaign.rule_sets.set(_newest(RuleSet, pack))
    campaign.focus_sets.set(_newest(FocusSet, pack))
    _write_scope(campaign, units)
    journal.record(
        "campaign.created", actor=actor, at=at, subject=campaign, detail={"pack": pack, "code": code}
    )
    return campaign


def _newest(model: type[RuleSet] | type[FocusSet], pack: str) -> list[Any]:
    """Return the newest version of every set of a pack."""
    newest: dict[str, Any] = {}
    for one in model.objects.filter(pack=pack).order_by("code", "version"):
        newest[one.code] = one
    return list(newest.values())


def _write_scope(campaign: Campaign, units: Sequence[tuple[UUID, str]]) -> None:
    found = {unit.pk: unit for unit in Unit.objects.filter(pk__in=[unit_id for unit_id, _group in units])}
    problems: dict[str, str] = {}
    seen: set[UUID] = set()
    for number, (unit_id, group) in enumerate(units, 1):
        unit = found.get(unit_id)
        place = _("第%(number)d行") % {"number": number}
        if unit is None or not unit.path.startswith(campaign.area_path):
            problems[place] = _("单位不存在，或不在专项范围内。")
        elif unit_id in seen:
            problems[place] = _("%(unit)s 重复。") % {"unit": unit.name}
        elif group not in ScopeGroup.values:
            problems[place] = _("分组只有乡镇（街道）、市直单位两种。")
        seen.add(unit_id)
    if problems:
        raise Invalid("scope_units", _("汇总单位有 %(count)d 处要改。") % {"count": len(problems)}, problems)
    kept = {line.unit_id: line for line in campaign.scope_units.all()}
    campaign.scope_units.exclude(unit_id__in=seen).delete()
    for number, (unit_id, group) in enumerate(units, 1):
        line = kept.get(unit_id) or CampaignUnit(campaign=campaign, unit_id=unit_id)
        line.group, line.ordinal = group, number
        line.save()


@transaction.atomic
def set_scope_units(
    *, actor: Actor, at: datetime, campaign_id: UUID, units: Sequence[tuple[UUID, str]]
) -> Campaign:
    """This function will replace the lines of the campaign's summary; each is reported even with zeros."""
    campaign = _loaded(actor, campaign_id)
    require(policy.can_change_campaign(actor, campaign))
    before = list(campaign.scope_units.values_list("unit__code", flat=True))
    _write_scope(campaign, units)
    after = list(campaign.scope_units.values_list("unit__code", flat=True))
    journal.record(
        "scope.changed", actor=actor, at=at, subject=campaign, detail={"before": before, "after": after}
    )
    return campaign


@transaction.atomic
def change_campaign(*, actor: Actor, at: datetime, campaign_id: UUID, **fields: Any) -> Campaign:
    """This function will change settings; a new urgency brings its time-limit profile unless limits are given too.

    :raises Invalid: for unknown fields, impossible dates or a number pattern without {serial}.
    """
    campaign = _loaded(actor, campaign_id)
    require(policy.can_change_campaign(actor, campaign))
    if unknown := set(fields) - CHANGEABLE:
        raise Invalid(
            "unknown_field", _("不能修改这些字段：%(names)s") % {"names": "、".join(sorted(unknown))}
        )
    if "order_number_pattern" in fields:
        _check_pattern(fields["order_number_pattern"])
    if fields.get("urgency", campaign.urgency) != campaign.urgency:
        fields = {**_limits_of(campaign, fields["urgency"]), **fields}
    before = {name: getattr(campaign, name) for name in fields}
    fields = {name: value for name, value in fields.items() if before[name] != value}
    if not fields:
        return campaign
    for name, value in fields.items():
        setattr(campaign, name, value)
    _check_dates(campaign.starts_on, campaign.review_on, campaign.ends_on)
    campaign.save(update_fields=[name.removesuffix("_id") for name in fields])
    detail = {"before": {name: before[name] for name in fields}, "after": fields}
    journal.record("campaign.changed", actor=actor, at=at, subject=campaign, detail=_printable(detail))
    return campaign


def _limits_of(campaign: Campaign, urgency: str) -> Mapping[str, int]:
    if urgency not in Urgency.values:
        raise Invalid("urgency", _("紧急程度只有常态、应急两档。"), {"urgency": _("请从两档中选择。")})
    installed = InstalledPack.objects.filter(code=campaign.pack).first()
    return day_rhythm.limits(installed.profile if installed else {}, urgency)


def _printable(detail: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        side: {
            name: value.isoformat() if isinstance(value, time) else value for name, value in values.items()
        }
        for side, values in detail.items()
    }


@transaction.atomic
def start_campaign(*, actor: Actor, at: datetime, campaign_id: UUID) -> Campaign:
    """This function will start a prepared campaign.

    :raises Invalid: if it has no line to report on.
    :raises WrongState: if it runs already.
    """
    campaign = _loaded(actor, campaign_id)
    require(policy.can_start_campaign(actor, campaign))
    if not campaign.scope_units.exists():
        raise Invalid("no_scope_units", _("请先列出汇总单位，再启动专项。"))
    workflow.move(campaign, TRANSITIONS, "start")
    journal.record("campaign.started", actor=actor, at=at, subject=campaign)
    return campaign


@transaction.atomic
def add_period(
    *, actor: Actor, at: datetime, campaign_id: UUID, kind: str, title: str, starts_on: date,
    ends_on: date | None = None,
) -> CampaignPeriod:  # fmt: skip
    """This function will flag a period (holiday, change of term, outbreak …) that rules may depend on (S0-81)."""
    campaign = _loaded(actor, campaign_id)
    require(policy.can_change_campaign(actor, campaign))
    if ends_on and ends_on < starts_on:
        message = _("结束日不能早于开始日。")
        raise Invalid("dates", message, {"ends_on": message})
    period = CampaignPeriod.objects.create(
        campaign=campaign, kind=kind, title=title.strip(), starts_on=starts_on, ends_on=ends_on
    )
    journal.record(
        "period.added", actor=actor, at=at, subject=period, label=period.title, area_path=campaign.area_path
    )
    return period


@transaction.atomic
def end_period(
    *, actor: Actor, at: datetime, campaign_id: UUID, period_id: UUID, ends_on: date
) -> CampaignPeriod:
    """This function will set the last day of an open period."""
    campaign = _loaded(actor, campaign_id)
    require(policy.can_change_campaign(actor, campaign))
    period = get_visible(campaign.periods.all(), period_id, lock=True)
    if ends_on < period.starts_on:
        message = _("结束日不能早于开始日。")
        raise Invalid("dates", message, {"ends_on": message})
    period.ends_on = ends_on
    period.save(update_fields=["ends_on"])
    journal.record(
        "period.ended", actor=actor, at=at, subject=period, label=period.title, area_path=campaign.area_path
    )
    return period


@transaction.atomic
def change_focus_set(
    *, actor: Actor, at: datetime, campaign_id: UUID, focus_set_id: UUID, areas: Sequence[tuple[str, str, str]],
    reason: str,
) -> FocusSet:  # fmt: skip
    """This function will put a new version of a focus set in force for the campaign (S1-13).

    `areas` are (code, title, note) in order. Findings keep the area of the version they were made under.
    """
    campaign = _loaded(actor, campaign_id)
    require(policy.can_change_campaign(actor, campaign))
    current = get_visible(campaign.focus_sets.all(), focus_set_id, lock=True)
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明调整的理由。"), {"reason": _("请写明调整的理由。")})
    codes = [code for code, _title, _note in areas]
    if not areas or len(set(codes)) != len(codes) or not all(code and title for code, title, _note in areas):
        message = _("至少一项重点，每项有代码和名称，代码不重复。")
        raise Invalid("areas", message, {"areas": message})
    newest = (
        FocusSet.objects.filter(pack=current.pack, code=current.code).order_by("-version").first() or current
    )
    made = FocusSet.objects.create(
        pack=current.pack, code=current.code, title=current.title, title_en=current.title_en,
        version=newest.version + 1, change_reason=reason.strip(), changed_at=at, changed_by_label=actor.label,
        source_note=current.source_note,
    )  # fmt: skip
    english = {area.code: area.title_en for area in current.areas.all()}
    for number, (area_code, title, note) in enumerate(areas, 1):
        FocusArea.objects.create(
            focus_set=made,
            code=area_code,
            ordinal=number,
            title=title,
            title_en=english.get(area_code, ""),
            note=note,
        )
    campaign.focus_sets.remove(current)
    campaign.focus_sets.add(made)
    journal.record(
        "focus_set.changed", actor=actor, at=at, subject=made, label=f"{made.title} v{made.version}",
        reason=reason, campaign_id=campaign.pk, area_path=campaign.area_path,
    )  # fmt: skip
    return made


@transaction.atomic
def adopt_rule_set(*, actor: Actor, at: datetime, campaign_id: UUID, rule_set_id: UUID) -> RuleSet:
    """This function will put another version of a rule set in force for the campaign; findings keep what they cite."""
    campaign = _loaded(actor, campaign_id)
    require(policy.can_change_campaign(actor, campaign))
    wanted = get_visible(RuleSet.objects.filter(pack=campaign.pack), rule_set_id)
    campaign.rule_sets.remove(*campaign.rule_sets.filter(code=wanted.code))
    campaign.rule_sets.add(wanted)
    journal.record(
        "rule_set.adopted", actor=actor, at=at, subject=wanted, label=f"{wanted.title} v{wanted.version}",
        campaign_id=campaign.pk, area_path=campaign.area_path,
    )  # fmt: skip
    return wanted
