"""From a draft to the record that is drawn: what the signature adds (number, date, recipients) and its blanks before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from duban.documents import recipients
from duban.documents.capacities import issuing_body, names_in_capacity, names_of_addressee, require_addressees
from duban.documents.kinds import Kind, kind_of
from duban.documents.lint import Finding, lint_record
from duban.documents.models import Draft, Number, RecipientGroup
from duban.documents.numbering import series_of
from duban.documents.recipients import Recipients
from duban.documents.states import DraftState
from duban.documents.vocabulary import is_empty
from duban.kernel import clock
from duban.kernel.errors import Invalid
from duban.kernel.office_words import in_office_language
from duban.territory.models import Unit

# What the signature writes.
GIVEN = frozenset({"issuer", "date", "number", "issue_no", "signer", "title", "issued_at", "approved_by"})


def field_names(kind: Kind) -> set[str]:
    """This function will return the names of the fields a kind lists itself."""
    return {field.name for field in kind.fields}


@in_office_language
def final_record(
    draft: Draft, at: datetime, *, number: Number | None, mains: Recipients, copies: Recipients
) -> dict[str, Any]:
    """This function will return the record as it is frozen at the signature."""
    kind = kind_of(draft.kind)
    unit = issuing_body(draft.campaign, kind)
    body, *others = names_in_capacity(unit, kind)
    suffix = _("文件") if kind.layout == "general" and not kind.capacity else ""
    record = {
        "title": draft.title,
        "issuer": body,
        "date": clock.local_day(at).isoformat(),
        **{name: value for name, value in draft.record.items() if not is_empty(value)},
    }
    if others:
        record["joint_issuers"] = others
    if kind.layout in {"general", "letter"}:
        record.setdefault("letterhead", f"{record['issuer']}{suffix}")
    if kind.layout == "general":
        record.setdefault("print_office", unit.name if kind.capacity else body)
        record.setdefault("printed_on", record["date"])
    if mains.words:
        record["addressees"] = list(mains.words)
    if copies.words:
        record["copy_to"] = list(copies.words)
    if "signer" in field_names(kind) and draft.signer:
        record["signer"] = draft.signer.display_name
    if kind.layout == "form":
        record.update(_of_the_signature(draft, kind, at))
    if number is not None:
        record.update(_numbered(kind, number))
    return record


def _of_the_signature(draft: Draft, kind: Kind, at: datetime) -> dict[str, Any]:
    """Return the moment and the approving post of a ruled form: the signature's, whatever was typed."""
    post = draft.signer.post_label if draft.signer else ""
    values = {"issued_at": f"{clock.local(at):%Y-%m-%d %H:%M}", "approved_by": post}
    return {name: value for name, value in values.items() if value and name in field_names(kind)}


def _numbered(kind: Kind, number: Number) -> dict[str, Any]:
    return {"issue_no": number.serial} if "issue_no" in field_names(kind) else {"number": number.text}


def shown_record(
    draft: Draft, at: datetime, *, mains: Recipients | None = None, copies: Recipients | None = None
) -> dict[str, Any]:
    """This function will return the record for the preview: blanks where number, recipients or text are still missing.

    Recipients are those stored unless given: a text that is being typed is looked at before it is saved.
    """
    kind = kind_of(draft.kind)
    mains = words_of(draft, copies=False) if mains is None else mains
    copies = words_of(draft, copies=True) if copies is None else copies
    record = final_record(draft, at, number=draft.number, mains=mains, copies=copies)
    if draft.number is None:
        _code, _title, pattern = series_of(draft.kind, draft.campaign.order_number_pattern)
        blank = pattern.replace("{year}", str(clock.local_day(at).year)).replace("{serial}", "\u3000")
        record.update({"issue_no": "＿"} if "issue_no" in field_names(kind) else {"number": blank})
    for field in kind.fields:
        if field.required and is_empty(record.get(field.name, kind.defaults.get(field.name))):
            record[field.name] = BLANKS.get(field.type, _("（待填写：%(label)s）")) % {"label": field.label}
            if field.type == "list":
                record[field.name] = [record[field.name]]
            elif field.type in {"sections", "rows", "annexes"}:
                record[field.name] = _blank_part(field)
    return record


BLANKS = {"date": "2000-01-01", "moment": "2000-01-01 00:00"}


def _blank_part(field: Any) -> list[dict[str, Any]]:
    words = str(_("（待填写：%(label)s）") % {"label": field.label})
    if field.type == "rows":
        return [{column["key"]: words for column in field.columns if column.get("required")}]
    return [{"title" if field.type == "annexes" else "heading": words, "numbered": False}]


def words_of(draft: Draft, *, copies: bool) -> Recipients:
    """This function will return the recipients as the text names them, without looking up the units."""
    if copies:
        return Recipients(
            (*(one.name for one in draft.copy_groups.all()), *(one.name for one in draft.copy_units.all())),
            (),
        )
    return printed(kind_of(draft.kind), draft.main_groups.all(), draft.main_units.all())


def printed(
    kind: Kind, groups: Iterable[RecipientGroup], units: Iterable[Unit], real: Iterable[Unit] = ()
) -> Recipients:
    """This function will return main recipients as the text names them; a recommendation names Party organisations."""
    named = [name for unit in units for name in names_of_addressee(kind, unit)]
    return Recipients((*(group.name for group in groups), *named), tuple(real))


def lint_draft(draft: Draft, at: datetime, record: dict[str, Any] | None = None) -> list[Finding]:
    """This function will return what a careful reader would mark in a draft, or in `record`, its text as being typed."""
    record = dict(record or shown_record(draft, at))
    if draft.number is None:
        record.pop("number", None)
    found = lint_record(draft.kind, record, [row["name"] for row in draft.names])
    return [one for one in found if not (one.code == "signer_missing" and draft.signer_id)]


def missing(draft: Draft) -> list[str]:
    """This function will return the labels of what must be filled before the text can go on."""
    kind = kind_of(draft.kind)
    given = {*GIVEN, *kind.defaults}
    labels = [
        field.label
        for field in kind.fields
        if field.required
        and field.name not in given
        and field.name != "addressees"
        and is_empty(draft.record.get(field.name))
    ]
    if needs_recipients(kind) and not words_of(draft, copies=False).words:
        labels.append(str(_("主送单位")))
    if draft.reviewer_id is None:
        labels.append(str(_("核稿人")))
    if draft.signer_id is None:
        labels.append(str(_("签发人")))
    return labels


def needs_recipients(kind: Kind) -> bool:
    """This function will tell whether a kind is addressed to somebody."""
    return any(field.name == "addressees" and field.required for field in kind.fields)


def real_recipients(draft: Draft) -> tuple[Recipients, Recipients]:
    """This function will return main and copy recipients with their units.

    :raises Invalid: for an empty group, or a text that nobody would receive.
    """
    mains, copies = recipients.main_recipients(draft), recipients.copy_recipients(draft)
    kind = kind_of(draft.kind)
    if needs_recipients(kind) and not mains.units:
        message = _("请选择主送单位或分组。")
        raise Invalid("no_recipients", message, {"main_groups": message})
    require_addressees(kind, mains.units)
    return printed(kind, draft.main_groups.all(), draft.main_units.all(), mains.units), copies


def is_used(group: RecipientGroup) -> bool:
    """This function will tell whether a draft that is not yet signed is addressed to the group."""
    open_drafts = Draft.objects.exclude(state__in=(DraftState.SIGNED, DraftState.DISCARDED))
    return open_drafts.filter(Q(main_groups=group) | Q(copy_groups=group)).exists()
