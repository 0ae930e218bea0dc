"""The directive register: what was ordered, measure by measure, and what was repealed (R-02, S2-52, S2-56)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy
from duban.campaigns.models import Campaign, Directive, DirectiveKind, Measure
from duban.campaigns.packs import Pack
from duban.kernel import clock, counters, files, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

MAX_SOURCE_BYTES = 20 * 1024 * 1024


@transaction.atomic
def register_directive(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    kind: str,
    issuer_title: str,
    title: str,
    issued_on: date,
    number: str = "",
    text: str = "",
    measures: Sequence[Mapping[str, Any]] = (),
    code: str = "",
    issuer_level: str = "",
    source: tuple[bytes, str] | None = None,
) -> Directive:
    """This function will register a directive with its measures, whole or not at all.

    Each measure is a mapping: text, and where known code, scope_note, exceptions, effective_from, effective_to
    (aware datetimes; from defaults to the start of the day of issue), source_start, source_end. Without a code the
    directive becomes d1, d2 … and its measures m1, m2 …; check items cite “directive/measure”.
    `source` is (content, media type) of the scanned original.

    :raises Invalid: with a field “measures-0-text” per mistake.
    """
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id)
    require(policy.can_register_directive(actor, campaign))
    if kind not in DirectiveKind.values:
        raise Invalid("kind", _("请选择文件种类。"), {"kind": _("请选择文件种类。")})
    rows = _checked_measures(measures, clock.start_of_day(issued_on))
    code = code.strip() or _free_code(campaign)
    if Directive.objects.filter(campaign=campaign, code=code).exists():
        message = _("代码“%(code)s”已被使用。") % {"code": code}
        raise Conflict("duplicate_code", message, {"code": message})
    stored = None
    if source:
        if len(source[0]) > MAX_SOURCE_BYTES:
            raise Invalid("source_too_large", _("原件超过 20 MB。"), {"source": _("原件超过 20 MB。")})
        stored = files.keep(source[0], media_type=source[1], at=at)
    directive = Directive.objects.create(
        campaign=campaign, code=code, kind=kind, issuer_title=issuer_title.strip(), issuer_level=issuer_level,
        number=number.strip(), title=title.strip(), issued_on=issued_on, text=text, source_file=stored, received_at=at,
    )  # fmt: skip
    Measure.objects.bulk_create(
        Measure(directive=directive, ordinal=place, **row) for place, row in enumerate(rows, 1)
    )
    journal.record(
        "directive.registered", actor=actor, at=at, subject=directive, area_path=campaign.area_path,
        detail={"number": number, "measures": [row["code"] for row in rows]},
    )  # fmt: skip
    return directive


def _free_code(campaign: Campaign) -> str:
    while True:
        code = f"d{counters.take(f'directive:{campaign.pk}')}"
        if not Directive.objects.filter(campaign=campaign, code=code).exists():
            return code


def _checked_measures(measures: Sequence[Mapping[str, Any]], from_default: datetime) -> list[dict[str, Any]]:
    problems: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    taken: set[str] = set()
    for place, given in enumerate(measures):
        text = str(given.get("text") or "").strip()
        code = str(given.get("code") or "").strip() or f"m{place + 1}"
        starts = given.get("effective_from") or from_default
        ends = given.get("effective_to")
        if not text or len(text) > 400:
            problems[f"measures-{place}-text"] = _("措施写 1 至 400 个字。")
        if code in taken or len(code) > 40 or "/" in code:
            problems[f"measures-{place}-code"] = _("措施代码不能重复，不含“/”，至多 40 个字符。")
        if ends and ends <= starts:
            problems[f"measures-{place}-effective_to"] = _("停止时间须晚于起始时间。")
        taken.add(code)
        rows.append({
            "code": code, "text": text, "scope_note": str(given.get("scope_note") or "")[:200],
            "exceptions": str(given.get("exceptions") or "")[:300], "effective_from": starts, "effective_to": ends,
            "source_start": given.get("source_start"), "source_end": given.get("source_end"),
        })  # fmt: skip
    if problems:
        raise Invalid("measures", _("措施有 %(count)d 处要改。") % {"count": len(problems)}, problems)
    return rows


@transaction.atomic
def register_pack_directives(
    *, actor: Actor, at: datetime, campaign_id: UUID, pack: Pack, up_to: date | None = None
) -> list[Directive]:
    """This function will register the sample directives of a pack that are issued up to a day and not yet known.

    Days count from the start of the campaign; {year} and {serial} in numbers are filled in. Idempotent by code.
    """
    campaign = get_visible(policy.campaigns_visible_to(actor), campaign_id)
    made = []
    known = set(campaign.directives.values_list("code", flat=True))
    for serial, row in enumerate(pack.tables["directives"], 1):
        issued_on = campaign.starts_on + timedelta(days=row["issued_offset_days"])
        if row["code"] in known or (up_to and issued_on > up_to):
            continue
        made.append(register_directive(
            actor=actor, at=at, campaign_id=campaign_id, code=row["code"], kind=row["kind"],
            issuer_title=row["issuer_title"], issuer_level=row.get("level") or "", title=row["title"],
            number=(row.get("number") or "").replace("{year}", str(issued_on.year)).replace("{serial}", str(serial)),
            issued_on=issued_on, text=row.get("text") or "",
            measures=[_sample_measure(one, campaign.starts_on) for one in row["measures"]],
        ))  # fmt: skip
    return made


def _sample_measure(row: Mapping[str, Any], first_day: date) -> dict[str, Any]:
    last = row.get("effective_to_offset")
    return {
        "code": row["code"], "text": row["text"], "scope_note": row.get("scope") or "",
        "exceptions": "、".join(row.get("exceptions") or []),
        "effective_from": clock.start_of_day(first_day + timedelta(days=row["effective_from_offset"])),
        "effective_to": clock.end_of_day(first_day + timedelta(days=last)) if last is not None else None,
    }  # fmt: skip


@transaction.atomic
def repeal_directive(*, actor: Actor, at: datetime, directive_id: UUID, reason: str) -> Directive:
    """This function will repeal a directive; its open measures end at the same moment and stay readable.

    :raises Conflict: if it is repealed already.
    """
    directive = get_visible(
        policy.directives_visible_to(actor).select_related("campaign"), directive_id, lock=True
    )
    require(policy.can_repeal_directive(actor, directive))
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明废止的依据。"), {"reason": _("请写明废止的依据。")})
    if directive.repealed_at:
        raise Conflict("already_repealed", _("这份部署已经废止。"))
    directive.repealed_at, directive.repeal_reason = at, reason.strip()
    directive.save(update_fields=["repealed_at", "repeal_reason"])
    for measure in directive.measures.filter(effective_to=None) | directive.measures.filter(
        effective_to__gt=at
    ):
        _end(measure, at)
    journal.record("directive.repealed", actor=actor, at=at, subject=directive, reason=reason,
                   area_path=directive.campaign.area_path)  # fmt: skip
    return directive


@transaction.atomic
def end_measure(*, actor: Actor, at: datetime, directive_id: UUID, measure_id: UUID, reason: str) -> Measure:
    """This function will end one measure while the rest of its directive stays in force."""
    directive = get_visible(
        policy.directives_visible_to(actor).select_related("campaign"), directive_id, lock=True
    )
    require(policy.can_repeal_directive(actor, directive))
    measure = get_visible(directive.measures.all(), measure_id, lock=True)
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明停止的依据。"), {"reason": _("请写明停止的依据。")})
    if measure.effective_to and measure.effective_to <= at:
        raise Conflict("already_ended", _("这项措施已经停止。"))
    _end(measure, at)
    journal.record("measure.ended", actor=actor, at=at, subject=measure, reason=reason, label=measure.text[:80],
                   campaign_id=directive.campaign_id, area_path=directive.campaign.area_path)  # fmt: skip
    return measure


def _end(measure: Measure, at: datetime) -> None:
    """End a measure; one that has not begun yet ends one second after its start, so that it never was in force."""
    measure.effective_to = (
        at if at > measure.effective_from else measure.effective_from + timedelta(seconds=1)
    )
    measure.save(update_fields=["effective_to"])
