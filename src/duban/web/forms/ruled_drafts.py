"""Drafting a ruled form: each box of the form is a field of its own. Texts with paragraphs are typed in drafts.py."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.documents.drafting import GIVEN
from duban.documents.kinds import Field, kind_of
from duban.documents.models import Draft
from duban.documents.recipients import Recipients
from duban.web.forms.drafts import DraftForm

TEXT_FIELDS = (
    "body", "annexes", "urgency", "note", "names", "main_groups", "main_units", "copy_groups", "copy_units",
)  # fmt: skip
TYPED = frozenset({"text", "rows"})
LONG = 15  # mm: from this height of its row a box is typed in several lines


def draft_form(*args: Any, draft: Draft) -> DraftForm:
    """Return the form in which a draft of this kind is typed."""
    is_ruled = kind_of(draft.kind).layout == "form"
    return RuledDraftForm(*args, draft=draft) if is_ruled else DraftForm(*args, draft=draft)


class RuledDraftForm(DraftForm):
    """A ruled form as one types it; the receiver and what is handed over are words, nobody is sent anything."""

    def __init__(self, *args: Any, draft: Draft, **kwargs: Any) -> None:
        super().__init__(*args, draft=draft, **kwargs)
        for name in TEXT_FIELDS:
            self.fields.pop(name, None)
        self.fields["title"].help_text = _("印在表格上方，不写个人姓名")
        kind = kind_of(draft.kind)
        if not self.fields["signer"].queryset.exists():
            self.fields["signer"].help_text = _(
                "没有别的专班负责人，现在签发不了。请管理员先授予另一位负责人权限"
            )
        heights = {
            cell["field"]: entry.get("height", 0) for entry in kind.form for cell in entry.get("row", [])
        }
        self.boxes = [one for one in kind.fields if one.type in TYPED and one.name not in GIVEN]
        self.box_names = [one.name for one in self.boxes]
        for box in self.boxes:
            self.fields[box.name] = _typed_box(box, draft.record.get(box.name), heights.get(box.name, 0))

    def record(self) -> dict[str, Any]:
        """Return the draft's record with the boxes as typed; an empty box is left out."""
        changed = dict(self.draft.record)
        for box in self.boxes:
            words = self.cleaned_data[box.name].strip()
            changed[box.name] = _rows(box, words) if box.type == "rows" else words
        return {name: value for name, value in changed.items() if value not in ("", [])}

    def text(self) -> dict[str, Any]:
        """Return what change_draft takes."""
        typed = self.cleaned_data
        people = {f"{name}_id": typed[name].pk if typed[name] else None for name in ("reviewer", "signer")}
        asked = [one.pk for one in typed["countersigners"]]
        return {"title": typed["title"], "record": self.record(), "countersigner_ids": asked, **people}

    def recipients(self, which: str) -> Recipients:
        """Return no recipients: the receiver of a form is a box of it."""
        return Recipients((), ())

    def clean(self) -> dict[str, Any]:
        self.cleaned_data.setdefault("names", self.draft.names)
        return self.cleaned_data


def _typed_box(box: Field, value: Any, height: float) -> forms.CharField:
    widget, hint, initial = forms.TextInput(), "", value or ""
    if box.type == "rows":
        titles = [column["title"] for column in _columns(box)]
        widget, hint = (
            forms.Textarea(attrs={"rows": 3}),
            _("一行一项：%(columns)s") % {"columns": "，".join(titles)},
        )
        initial = "\n".join(_line(box, row) for row in value or [])
    elif height >= LONG:
        widget = forms.Textarea(attrs={"rows": 5})
    return forms.CharField(
        label=gettext_lazy(box.label),
        required=False,
        widget=widget,
        help_text=hint,
        initial=initial,
        max_length=2000,
    )


def _columns(box: Field) -> list[dict[str, Any]]:
    return [column for column in box.columns if not column.get("ordinal")]


def _rows(box: Field, words: str) -> list[dict[str, Any]]:
    keys = [column["key"] for column in _columns(box)]
    rows = []
    for line in (one.strip() for one in words.splitlines()):
        # The last column takes what is left, commas included.
        parts = [part.strip() for part in line.replace(",", "，").split("，", len(keys) - 1)]
        if any(parts):
            rows.append({key: part for key, part in zip(keys, parts, strict=False) if part})
    return rows


def _line(box: Field, row: dict[str, Any]) -> str:
    values = [str(row.get(column["key"], "")) for column in _columns(box)]
    while values and not values[-1]:
        values.pop()
    return "，".join(values)
