"""Deciding on a text: confirmed into the register, added to a directive as a further source, or discarded."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from duban.campaigns import operations as campaigns
from duban.campaigns.models import Directive, DirectiveKind
from duban.campaigns.policy import directives_visible_to
from duban.incoming import policy, queries, reading_rows
from duban.incoming.models import IncomingText, Passage, PostHolder, Proposal, ProposalKind
from duban.incoming.operations.receiving import apply_corrections, load
from duban.incoming.reading import read_document
from duban.incoming.states import TRANSITIONS
from duban.kernel import clock, files, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, DubanError, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.teams import operations as teams
from duban.teams.models import LiaisonAssignment
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to

RULE_KINDS = {"prohibition": "prohibitions", "investigate": "conduct", "mechanism": "organisational"}


@transaction.atomic
def confirm_text(
    *,
    actor: Actor,
    at: datetime,
    text_id: UUID,
    head: Mapping[str, Any] | None = None,
    proposals: Mapping[UUID, Mapping[str, Any]] | None = None,
    holder_ids: Collection[UUID] = (),
    as_new: bool = False,
) -> Directive:
    """This function will register what was read and taken: directive, measures, rules, focuses, liaison lines, decisions.

    Last corrections may come with it. `holder_ids` are liaison proposals whose name is kept as holder of the post.
    Everything made points at its place in the text; all or nothing.

    :raises Invalid: with a field per mistake (p3-text …).
    :raises Conflict: if the register has the directive already and it is not said to be a new one.
    """
    text = load(actor, text_id)
    require(policy.can_confirm_text(actor, text))
    apply_corrections(text, head or {}, proposals or {})
    taken = list(text.proposals.filter(is_taken=True))
    _check(text, taken)
    if not as_new and (known := queries.repeated(text)):
        raise Conflict("same_directive", _("登记中已有同一部署：%(title)s。请并入，或注明是另一份。")
                       % {"title": known[0].title}, {"as_new": known[0].title})  # fmt: skip
    directive = _register(actor, at, text, [row for row in taken if row.kind == ProposalKind.MEASURE])
    _register_rules(actor, at, text, [row for row in taken if row.kind == ProposalKind.RULE_ITEM])
    _register_focuses(actor, at, text, [row for row in taken if row.kind == ProposalKind.FOCUS_AREA])
    liaisons = [row for row in taken if row.kind == ProposalKind.LIAISON]
    _register_liaisons(actor, at, text, liaisons, set(holder_ids))
    for row in taken:
        if row.kind == ProposalKind.MEETING:
            _register_meeting(actor, at, text, row)
    workflow.move(text, TRANSITIONS, "confirm", directive_id=directive.pk, decided_at=at,
                  decided_by_label=actor.label, earlier=[])  # fmt: skip
    journal.record("text.confirmed", actor=actor, at=at, subject=text,
                   detail={"directive": directive.code, "taken": len(taken)})  # fmt: skip
    return directive


def _check(text: IncomingText, taken: list[Proposal]) -> None:
    wrong: dict[str, Any] = {}
    if not text.title:
        wrong["title"] = _("请填写标题。")
    if not text.issuer_title:
        wrong["issuer_title"] = _("请填写发文机关。")
    if not text.issued_on:
        wrong["issued_on"] = _("请填写成文日期。")
    needed = {
        ProposalKind.MEASURE: ("text",), ProposalKind.RULE_ITEM: ("set", "title"), ProposalKind.FOCUS_AREA: ("set", "title"),
        ProposalKind.LIAISON: ("leader_title", "areas", "department"), ProposalKind.MEETING: ("body", "title", "text"),
    }  # fmt: skip
    for row in taken:
        for name in needed[ProposalKind(row.kind)]:
            if not row.content.get(name):
                wrong[f"p{row.ordinal}-{name}"] = _("采纳的条目这一栏不能空。")
    if wrong:
        raise Invalid(
            "text_incomplete", _("还有 %(count)d 处要填，才能登记。") % {"count": len(wrong)}, wrong
        )


def _register(actor: Actor, at: datetime, text: IncomingText, rows: list[Proposal]) -> Directive:
    measures = [
        {
            **{name: row.content.get(name) or "" for name in ("text", "scope_note", "exceptions")},
            "effective_from": _day(row.content.get("effective_from"), clock.start_of_day),
            "effective_to": _day(row.content.get("effective_to"), clock.end_of_day),
            "source_start": row.start, "source_end": row.end,
        }
        for row in rows
    ]  # fmt: skip
    try:
        directive = campaigns.register_directive(
            actor=actor, at=at, campaign_id=text.campaign_id, kind=text.kind, issuer_title=text.issuer_title,
            title=text.title, issued_on=text.issued_on, number=text.number, text=text.text, measures=measures,
            source=(files.read(text.file), text.file.media_type),
        )  # fmt: skip
    except Invalid as error:
        raise Invalid(error.code, error.message, _by_ordinal(error, rows)) from error
    whole = {"start": 0, "end": len(text.text), "original_start": 0, "original_end": 0}
    Passage.objects.create(text=text, directive=directive, **whole)
    _point(text, "measure", zip(rows, directive.measures.order_by("ordinal"), strict=True))
    return directive


def _day(value: str | None, moment: Any) -> datetime | None:
    return moment(date.fromisoformat(value)) if value else None


def _by_ordinal(error: DubanError, rows: list[Proposal]) -> dict[str, Any]:
    """Turn measures-0-text of the register into p7-text of the page."""
    fields = {}
    for name, message in error.fields.items():
        parts = name.split("-", 2)
        known = len(parts) == 3 and parts[0] == "measures" and parts[1].isdecimal()
        fields[f"p{rows[int(parts[1])].ordinal}-{parts[2]}" if known else name] = message
    return fields


def _point(text: IncomingText, name: str, pairs: Iterable[tuple[Proposal, Any]]) -> None:
    """Keep where in the text each new row came from."""
    Passage.objects.bulk_create(
        Passage(
            text=text, start=row.start, end=row.end, original_start=row.original_start,
            original_end=row.original_end, **{name: made},
        )
        for row, made in pairs
    )  # fmt: skip


def _sets(rows: list[Proposal]) -> dict[str, list[Proposal]]:
    sets: dict[str, list[Proposal]] = {}
    for row in rows:
        sets.setdefault(row.content["set"], []).append(row)
    return sets


def _register_rules(actor: Actor, at: datetime, text: IncomingText, rows: list[Proposal]) -> None:
    for title, items in _sets(rows).items():
        made = campaigns.add_rule_set(
            actor=actor, at=at, campaign_id=text.campaign_id, title=title,
            kind=RULE_KINDS.get(items[0].content.get("kind", ""), "conduct"), items=[row.content for row in items],
            announced=items[0].content.get("announced"), source_note=_note(text), valid_from=text.issued_on,
        )  # fmt: skip
        _point(text, "rule_item", zip(items, made.items.order_by("ordinal"), strict=False))


def _register_focuses(actor: Actor, at: datetime, text: IncomingText, rows: list[Proposal]) -> None:
    for title, areas in _sets(rows).items():
        made = campaigns.add_focus_set(
            actor=actor, at=at, campaign_id=text.campaign_id, title=title, source_note=_note(text),
            areas=[(row.content["title"], row.content.get("note") or "") for row in areas],
        )  # fmt: skip
        _point(text, "focus_area", zip(areas, made.areas.order_by("ordinal"), strict=True))


def _note(text: IncomingText) -> str:
    return " ".join(filter(None, (f"《{text.title}》", text.number)))[:200]


def _register_liaisons(
    actor: Actor, at: datetime, text: IncomingText, rows: list[Proposal], holder_ids: set[UUID]
) -> None:
    if not rows:
        return
    units = _units(actor, text, rows)
    lines = LiaisonAssignment.objects.filter(campaign_id=text.campaign_id)
    standing = dict(lines.filter(valid_to=None).values_list("leader_title", "ordinal"))
    following = (lines.aggregate(most=Max("ordinal"))["most"] or 0) + 1
    names = _names(text) if holder_ids & {row.pk for row in rows} else {}
    for row in rows:
        title = row.content["leader_title"]
        ordinal = standing.get(title, following)
        following += ordinal == following
        try:
            made = teams.assign_liaison(
                actor=actor, at=at, campaign_id=text.campaign_id, ordinal=ordinal, leader_title=title,
                area_ids=[units[name].pk for name in row.content["areas"]], valid_from=text.issued_on,
                supporting_department_id=units[row.content["department"]].pk,
            )  # fmt: skip
        except (Invalid, Conflict) as error:
            raise type(error)(
                error.code, error.message, {f"p{row.ordinal}-leader_title": error.message}
            ) from error
        _point(text, "liaison", [(row, made)])
        if row.pk in holder_ids and (name := names.get(tuple(row.content["row"]))):
            PostHolder.objects.create(
                liaison=made, name=name[:40], confirmed_at=at, confirmed_by_label=actor.label
            )


def _units(actor: Actor, text: IncomingText, rows: list[Proposal]) -> dict[str, Unit]:
    """Return the units of the lines by the names the annex uses.

    :raises Invalid: with a field per name that no unit, or more than one, has.
    """
    names = {name for row in rows for name in (*row.content["areas"], row.content["department"])}
    found: dict[str, list[Unit]] = {}
    for unit in units_visible_to(actor).filter(name__in=names, is_active=True):
        found.setdefault(unit.name, []).append(unit)
    inside = {
        name: [unit for unit in units if unit.path.startswith(text.area_path)]
        for name, units in found.items()
    }
    best = {name: inside[name] or units for name, units in found.items()}
    wrong: dict[str, Any] = {}
    for row in rows:
        for field in ("areas", "department"):
            given = row.content[field] if field == "areas" else [row.content[field]]
            if missing := [name for name in given if len(best.get(name, [])) != 1]:
                wrong[f"p{row.ordinal}-{field}"] = _("登记中没有（或不止一个）：%(names)s。请改成单位全称，或不采纳这一行。") % {
                    "names": "、".join(missing)}  # fmt: skip
    if wrong:
        raise Invalid(
            "units_unknown", _("联系分工有 %(count)d 处对不上单位。") % {"count": len(wrong)}, wrong
        )
    return {name: units[0] for name, units in best.items()}


def _names(text: IncomingText) -> dict[Any, str]:
    """Return the names of the annex from the original: they are kept nowhere else."""
    return reading_rows.names_of(read_document(files.read(text.file), text.file_name))


def _register_meeting(actor: Actor, at: datetime, text: IncomingText, row: Proposal) -> None:
    known = Directive.objects.filter(
        campaign_id=text.campaign_id, kind=DirectiveKind.MEETING, title=row.content["title"]
    )
    if known.exists():
        message = _("会议已在登记中：%(title)s。") % {"title": row.content["title"]}
        raise Conflict("meeting_known", message, {f"p{row.ordinal}-title": message})
    made = campaigns.register_directive(
        actor=actor, at=at, campaign_id=text.campaign_id, kind=DirectiveKind.MEETING, issuer_title=row.content["body"],
        title=row.content["title"], issued_on=text.issued_on, text=row.content["text"],
        measures=[{"text": row.content["text"], "source_start": row.start, "source_end": row.end}],
    )  # fmt: skip
    _point(text, "directive", [(row, made)])
    _point(text, "measure", [(row, made.measures.get())])


@transaction.atomic
def attach_text(*, actor: Actor, at: datetime, text_id: UUID, directive_id: UUID) -> IncomingText:
    """This function will add the text to a directive of the register as a further source; nothing else is made."""
    text = load(actor, text_id)
    require(policy.can_attach_text(actor, text))
    directive = get_visible(directives_visible_to(actor).filter(campaign_id=text.campaign_id), directive_id)
    workflow.move(text, TRANSITIONS, "attach", directive_id=directive.pk, decided_at=at,
                  decided_by_label=actor.label, earlier=[])  # fmt: skip
    whole = {"start": 0, "end": len(text.text), "original_start": 0, "original_end": 0}
    Passage.objects.create(text=text, directive=directive, **whole)
    journal.record("text.attached", actor=actor, at=at, subject=text, detail={"directive": directive.code})
    return text


@transaction.atomic
def discard_text(*, actor: Actor, at: datetime, text_id: UUID, reason: str) -> IncomingText:
    """This function will put a text aside with the reason; it stays on the list and its original is kept."""
    text = load(actor, text_id)
    require(policy.can_discard_text(actor, text))
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明理由。"), {"reason": _("请写明理由。")})
    workflow.move(text, TRANSITIONS, "discard", reason=reason.strip()[:300], decided_at=at,
                  decided_by_label=actor.label, earlier=[])  # fmt: skip
    journal.record("text.discarded", actor=actor, at=at, subject=text, reason=reason)
    return text
